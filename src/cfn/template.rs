use std::{fmt, marker::PhantomData, sync::Arc};

use indexmap::IndexMap;

use super::{Attribute, Call, Condition, Draft, Resource, Text, Value};

/// Which template something belongs to, so that a value is exported and imported only across a border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateKey(pub u32);

/// One CloudFormation template.
#[derive(Debug, Clone)]
pub struct Template {
    key: TemplateKey,
    /// Comment lines above everything.
    pub header: Vec<String>,
    /// `Description`, at most 1,024 bytes.
    pub description: String,
    /// `Transform`: macros that rewrite the template before it is used.
    pub transforms: Vec<Text>,
    /// `Parameters`
    pub parameters: IndexMap<Text, Parameter>,
    /// `Hooks`: what takes part in an update of the stack.
    pub hooks: IndexMap<Text, Hook>,
    /// `Conditions`
    pub conditions: IndexMap<Text, Condition>,
    /// `Resources`
    pub resources: IndexMap<Text, Entry>,
    /// `Outputs`
    pub outputs: IndexMap<Text, Output>,
}

/// A resource in a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `AWS::Service::Type`
    pub kind: Text,
    /// Properties and attributes.
    pub draft: Draft,
}

/// What takes part in an update of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// `AWS::CodeDeploy::BlueGreen`
    pub kind: Text,
    /// Its properties.
    pub properties: Value,
    /// Why it is there or as it is, for the reader of the template.
    pub note: Option<Text>,
}

/// A parameter of a template.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameter {
    /// `String`, `Number`, `CommaDelimitedList` …
    pub kind: Text,
    /// What it is, in a sentence.
    pub description: Text,
    /// The value where none is given.
    pub default: Option<Value>,
    /// The only values.
    pub allowed_values: Vec<Text>,
    /// A pattern for the whole value.
    pub allowed_pattern: Option<Text>,
    /// What to say when the pattern does not match.
    pub constraint_description: Option<Text>,
}

/// An output of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// What it is.
    pub description: Text,
    /// The value.
    pub value: Value,
    /// The name other stacks import it by.
    pub export: Option<Text>,
}

/// A resource that was added: the only thing a reference can be made from.
pub struct Handle<R> {
    id: Arc<str>,
    kind: PhantomData<fn() -> R>,
}

impl<R> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self { id: Arc::clone(&self.id), kind: PhantomData }
    }
}

impl<R> fmt::Debug for Handle<R> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Handle({})", self.id)
    }
}

impl<R> Handle<R> {
    /// The logical id.
    pub fn id(&self) -> Text {
        Text::Owned(self.id.to_string())
    }

    /// `Ref`
    pub fn reference(&self) -> Value {
        Value::Call(Box::new(Call::Ref(self.id())))
    }

    /// `Fn::GetAtt`
    pub fn attribute(&self, attribute: Attribute<R>) -> Value {
        Value::Call(Box::new(Call::GetAtt(self.id(), attribute.name().into())))
    }
}

/// A value that other templates may use: directly in its own, through an export elsewhere.
#[derive(Debug, Clone)]
pub struct Shared {
    home: TemplateKey,
    export: Text,
    value: Value,
}

impl Shared {
    /// A value that is known without any stack, such as the id of an imported VPC.
    pub fn fixed(value: impl Into<Value>) -> Self {
        Self { home: TemplateKey(u32::MAX), export: "".into(), value: value.into() }
    }

    /// A value that a template is going to export: [`Template::keep`] writes it there.
    pub fn planned(home: TemplateKey, export: impl Into<Text>, value: Value) -> Self {
        Self { home, export: export.into(), value }
    }

    /// The value as written in the template of this key.
    pub fn within(&self, key: TemplateKey) -> Value {
        if self.home == key || self.export.is_empty() {
            self.value.clone()
        } else {
            Value::import(self.export.clone())
        }
    }
}

impl Template {
    /// An empty template.
    pub fn new(key: TemplateKey, description: impl Into<String>) -> Self {
        Self {
            key,
            header: Vec::new(),
            description: description.into(),
            transforms: Vec::new(),
            parameters: IndexMap::new(),
            hooks: IndexMap::new(),
            conditions: IndexMap::new(),
            resources: IndexMap::new(),
            outputs: IndexMap::new(),
        }
    }

    /// Which template this is.
    pub fn key(&self) -> TemplateKey {
        self.key
    }

    /// Adds a resource and answers the handle that references are made from.
    ///
    /// # Panics
    /// When the logical id is taken: two building blocks that choose one id are a fault of bluegreen.
    pub fn add<R: Resource>(&mut self, id: impl Into<Text>, resource: R) -> Handle<R> {
        let id = id.into();
        let handle = Handle { id: Arc::from(id.as_ref()), kind: PhantomData };
        let before = self.resources.insert(id, Entry { kind: R::TYPE.into(), draft: resource.into_draft() });
        assert!(before.is_none(), "the logical id {} is taken", handle.id);
        handle
    }

    /// Adds a resource of any type, where its logical id is free; answers whether it was.
    pub fn add_raw(&mut self, id: impl Into<Text>, kind: impl Into<Text>, draft: Draft) -> bool {
        let id = id.into();
        let free = !self.resources.contains_key(&id);
        if free {
            self.resources.insert(id, Entry { kind: kind.into(), draft });
        }
        free
    }

    /// A resource already added, to change.
    pub fn draft_of<R: Resource>(&mut self, handle: &Handle<R>) -> &mut Draft {
        &mut self
            .resources
            .get_mut(handle.id.as_ref())
            .expect("a handle exists only for a resource that was added")
            .draft
    }

    /// Adds a parameter, or finds the one of this name, and refers to it.
    pub fn parameter(&mut self, name: impl Into<Text>, parameter: Parameter) -> Value {
        let name = name.into();
        self.parameters.entry(name.clone()).or_insert(parameter);
        Value::Call(Box::new(Call::Ref(name)))
    }

    /// Adds a condition and answers its name.
    pub fn condition(&mut self, name: impl Into<Text>, condition: Condition) -> Text {
        let name = name.into();
        self.conditions.entry(name.clone()).or_insert(condition);
        name
    }

    /// Adds an output for people and scripts.
    pub fn output(&mut self, name: impl Into<Text>, description: impl Into<Text>, value: Value) {
        self.outputs.insert(name.into(), Output { description: description.into(), value, export: None });
    }

    /// Adds an output that other stacks import under `export`.
    pub fn share(
        &mut self,
        name: impl Into<Text>,
        description: impl Into<Text>,
        export: impl Into<Text>,
        value: Value,
    ) -> Shared {
        let export = export.into();
        let output =
            Output { description: description.into(), value: value.clone(), export: Some(export.clone()) };
        self.outputs.insert(name.into(), output);
        Shared { home: self.key, export, value }
    }

    /// Adds the output that a planned value is imported by; answers whether its name was free.
    pub fn keep(&mut self, name: impl Into<Text>, description: impl Into<Text>, shared: &Shared) -> bool {
        let name = name.into();
        let free = !self.outputs.contains_key(&name);
        if free {
            let export = Some(shared.export.clone());
            self.outputs.insert(
                name,
                Output { description: description.into(), value: shared.value.clone(), export },
            );
        }
        free
    }

    /// A shared value as written here.
    pub fn import(&self, shared: &Shared) -> Value {
        shared.within(self.key)
    }
}
