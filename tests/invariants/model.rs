//! An environment as it was written to disk, read back, with every reference followed to what it means.

use std::{cell::OnceCell, collections::BTreeMap, rc::Rc};

use bluegreen::{render::Format, resolve::Resolved};
use serde_json::{Map, Value, json};

use crate::matrix::Case;

/// One stack of `stacks.json` and its template as written.
#[derive(Clone)]
pub struct Stack {
    pub name: String,
    pub template: Value,
    /// Its entry in `stacks.json`.
    pub entry: Value,
    pub policy: Option<Value>,
}

/// Everything an assertion may look at.
#[derive(Clone)]
pub struct Environment {
    pub label: String,
    /// What was asked for.
    pub resolved: Rc<Resolved>,
    pub stacks: Vec<Stack>,
    /// `checkout/taskdef.json`, `checkout/appspec.yaml`, `checkout/buildspec.yml`: parsed; `deploy.sh` as text.
    pub files: BTreeMap<String, Value>,
    meaning: OnceCell<Vec<Meaning>>,
}

/// A resource of which every reference was replaced by text that says what it refers to (see [`Environment::meant`]).
#[derive(Debug, Clone)]
pub struct Meaning {
    pub stack: String,
    pub id: String,
    pub kind: String,
    pub properties: Value,
    pub depends_on: Vec<String>,
    /// `DeletionPolicy` and `UpdateReplacePolicy`.
    pub kept: [String; 2],
}

impl Meaning {
    /// `<stack/Id>`: what `Ref` of it means.
    pub fn reference(&self) -> String {
        format!("<{}/{}>", self.stack, self.id)
    }

    /// `<stack/Id.Attribute>`: what `GetAtt` of it means.
    pub fn attribute(&self, name: &str) -> String {
        format!("<{}/{}.{name}>", self.stack, self.id)
    }

    /// A property, or null.
    pub fn at(&self, pointer: &str) -> &Value {
        self.properties.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// How it is called in what an assertion says.
    pub fn called(&self) -> String {
        format!("{}/{}", self.stack, self.id)
    }
}

impl Environment {
    pub fn of(case: &Case) -> Self {
        let mut texts: BTreeMap<String, String> =
            case.files(Format::Json).into_iter().map(|(path, text)| (path.into_string(), text)).collect();
        let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        let manifest = read(&texts["stacks.json"]);
        let stacks = manifest["stacks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| Stack {
                name: entry["name"].as_str().unwrap().into(),
                template: read(&texts[entry["template"].as_str().unwrap()]),
                policy: entry["policy"].as_str().map(|path| read(&texts[path])),
                entry: entry.clone(),
            })
            .collect();
        texts.retain(|path, _| {
            ["taskdef.json", "appspec.yaml", "buildspec.yml", "deploy.sh"]
                .iter()
                .any(|name| path.ends_with(name))
        });
        let files = texts.into_iter().map(|(path, text)| {
            let script = path.ends_with(".sh");
            let value = if script { Value::String(text) } else { serde_yaml::from_str(&text).unwrap() };
            (path, value)
        });
        Self {
            label: case.label.clone(),
            resolved: Rc::new(case.resolved.clone()),
            stacks,
            files: files.collect(),
            meaning: OnceCell::new(),
        }
    }

    /// Every resource, with references as text.
    ///
    /// `<stack/Id>` is `Ref`, `<stack/Id.Attribute>` is `GetAtt`, `<stack/Name?>` a parameter; imports and the exports they
    /// name are followed; `Fn::Sub` is filled in; `${AWS::Region}` and the like stay. `Fn::If` stays, with `"<none>"` for
    /// no value. An import that leads nowhere is `<nowhere:name>`. A cluster's `Ref` is the name it was given.
    pub fn meant(&self) -> &[Meaning] {
        self.meaning.get_or_init(|| {
            let mut all = Vec::new();
            for stack in &self.stacks {
                for (id, resource) in stack.resources() {
                    let depends_on = match &resource["DependsOn"] {
                        Value::String(id) => vec![id.clone()],
                        Value::Array(ids) => ids.iter().map(|id| id.as_str().unwrap().into()).collect(),
                        _ => vec![],
                    };
                    let text = |key: &str| resource[key].as_str().unwrap_or_default().to_owned();
                    all.push(Meaning {
                        stack: stack.name.clone(),
                        id: id.clone(),
                        kind: text("Type"),
                        properties: self.meaning_of(stack, &resource["Properties"]),
                        depends_on,
                        kept: [text("DeletionPolicy"), text("UpdateReplacePolicy")],
                    });
                }
            }
            all
        })
    }

    /// Every resource of a type.
    pub fn all<'e>(&'e self, kind: &'e str) -> impl Iterator<Item = &'e Meaning> {
        self.meant().iter().filter(move |resource| resource.kind == kind)
    }

    /// What a text as [`Self::meant`] writes it refers to, and the attribute (empty for `Ref`).
    pub fn find(&self, text: &Value) -> Option<(&Meaning, String)> {
        let inner = text.as_str()?.strip_prefix('<')?.strip_suffix('>')?;
        let (stack, rest) = inner.split_once('/')?;
        let (id, attribute) = rest.split_once('.').unwrap_or((rest, ""));
        let found = self.meant().iter().find(|it| it.stack == stack && it.id == id)?;
        Some((found, attribute.into()))
    }

    /// The exported value of a name, with the stack that exports it.
    pub fn export(&self, name: &str) -> Option<(&Stack, &Value)> {
        self.stacks.iter().find_map(|stack| {
            let outputs = stack.template["Outputs"].as_object()?;
            let output = outputs.values().find(|output| output["Export"]["Name"] == name)?;
            Some((stack, &output["Value"]))
        })
    }

    /// A value of a stack's template as [`Self::meant`] writes it.
    pub fn meaning_of(&self, stack: &Stack, value: &Value) -> Value {
        match value {
            Value::Array(items) => items
                .iter()
                .map(|item| self.meaning_of(stack, item))
                .filter(|item| *item != "<none>")
                .collect(),
            Value::Object(map) => match single(map) {
                Some(("Ref", Value::String(name))) => self.named(stack, name).into(),
                Some(("Fn::GetAtt", Value::Array(path))) => {
                    let path: Vec<&str> = path.iter().map(|part| part.as_str().unwrap()).collect();
                    format!("<{}/{}>", stack.name, path.join(".")).into()
                }
                Some(("Fn::ImportValue", name)) => {
                    let name = text(&self.meaning_of(stack, name));
                    match self.export(&name) {
                        Some((home, value)) => self.meaning_of(home, value),
                        None => format!("<nowhere:{name}>").into(),
                    }
                }
                Some(("Fn::Sub", argument)) => self.filled_in(stack, argument),
                Some(("Fn::Split", Value::Array(arguments))) => {
                    let joined = self.meaning_of(stack, &arguments[1]);
                    match joined.get("Fn::Join") {
                        Some(join) if join[0] == arguments[0] => join[1].clone(),
                        _ => json!({"Fn::Split": [arguments[0], joined]}),
                    }
                }
                Some(("Fn::If", Value::Array(arguments))) => json!({"Fn::If": [
                    arguments[0],
                    self.meaning_of(stack, &arguments[1]),
                    self.meaning_of(stack, &arguments[2]),
                ]}),
                _ => map
                    .iter()
                    .map(|(key, value)| (key.clone(), self.meaning_of(stack, value)))
                    .filter(|(_, value)| *value != "<none>")
                    .collect::<Map<_, _>>()
                    .into(),
            },
            other => other.clone(),
        }
    }

    fn named(&self, stack: &Stack, name: &str) -> String {
        match name {
            "AWS::NoValue" => "<none>".into(),
            name if name.starts_with("AWS::") => format!("${{{name}}}"),
            name if stack.template["Resources"].get(name).is_some() => {
                let resource = &stack.template["Resources"][name];
                match (resource["Type"].as_str(), resource["Properties"]["ClusterName"].as_str()) {
                    // A cluster is written by its name as often as by reference.
                    (Some("AWS::ECS::Cluster"), Some(given)) => given.into(),
                    _ => format!("<{}/{name}>", stack.name),
                }
            }
            name => match stack.entry["lookup"][name]["export"].as_str() {
                // What deploy.sh reads from an export means what an import would.
                Some(export) => {
                    let all = text(&self.meaning_of(stack, &json!({"Fn::ImportValue": export})));
                    match stack.entry["lookup"][name]["item"].as_u64() {
                        Some(item) => all.split(',').nth(item as usize).unwrap_or("<nowhere>").to_owned(),
                        None => all,
                    }
                }
                None => format!("<{}/{name}?>", stack.name),
            },
        }
    }

    fn filled_in(&self, stack: &Stack, argument: &Value) -> Value {
        let (pattern, values) = match argument {
            Value::Array(parts) => (parts[0].as_str().unwrap(), parts[1].clone()),
            other => (other.as_str().unwrap(), Value::Null),
        };
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').unwrap();
            out.push_str(before);
            match (name.strip_prefix('!'), values.get(name), name.split_once('.')) {
                (Some(literal), ..) => out.push_str(&format!("${{{literal}}}")),
                (None, Some(value), _) => out.push_str(&text(&self.meaning_of(stack, value))),
                (None, None, Some((id, attribute))) => {
                    out.push_str(&format!("<{}/{id}.{attribute}>", stack.name));
                }
                (None, None, None) => out.push_str(&self.named(stack, name)),
            }
            rest = behind;
        }
        out.push_str(rest);
        out.into()
    }

    // What spoils are made with.

    /// Changes a resource, found by its logical id.
    pub fn resource(&mut self, id: &str) -> &mut Value {
        self.meaning = OnceCell::new();
        let found = self.stacks.iter_mut().find_map(|stack| stack.template["Resources"].get_mut(id));
        found.unwrap_or_else(|| panic!("there is no resource {id} to spoil"))
    }

    /// Sets a value inside a resource; the last step may be new, `-` appends to a list.
    pub fn set(&mut self, id: &str, pointer: &str, value: Value) {
        set(self.resource(id), pointer, value);
    }

    /// Removes a value inside a resource.
    pub fn remove(&mut self, id: &str, pointer: &str) {
        remove(self.resource(id), pointer);
    }

    /// A copy of a resource under another name in the same template.
    pub fn copy(&mut self, id: &str, to: &str) {
        self.meaning = OnceCell::new();
        let stack =
            self.stacks.iter_mut().find(|stack| stack.template["Resources"].get(id).is_some()).unwrap();
        let copy = stack.template["Resources"][id].clone();
        stack.template["Resources"][to] = copy;
    }

    /// Changes a stack, found by the end of its name.
    pub fn stack(&mut self, ending: &str) -> &mut Stack {
        self.meaning = OnceCell::new();
        self.stacks.iter_mut().find(|stack| stack.name.ends_with(ending)).unwrap()
    }

    /// Replaces text wherever it stands in a resource.
    pub fn replace(&mut self, id: &str, from: &str, to: &str) {
        let resource = self.resource(id);
        *resource = serde_json::from_str(&resource.to_string().replace(from, to)).unwrap();
    }

    /// Replaces text wherever it stands in a file.
    pub fn replace_in_file(&mut self, path: &str, from: &str, to: &str) {
        let file = self.files.get_mut(path).unwrap();
        *file = serde_json::from_str(&file.to_string().replace(from, to)).unwrap();
    }

    /// The statement of a role's policy, found by its sid.
    pub fn statement(&mut self, role: &str, sid: &str) -> &mut Value {
        let statements =
            self.resource(role).pointer_mut("/Properties/Policies/0/PolicyDocument/Statement").unwrap();
        statements.as_array_mut().unwrap().iter_mut().find(|statement| statement["Sid"] == sid).unwrap()
    }

    /// All that can be spoiled, to see whether a spoil did anything.
    pub fn fingerprint(&self) -> String {
        let stacks: Vec<Value> = self
            .stacks
            .iter()
            .map(|stack| json!([stack.name, stack.template, stack.entry, stack.policy]))
            .collect();
        json!([stacks, self.files]).to_string()
    }
}

impl Stack {
    pub fn resources(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.template["Resources"].as_object().into_iter().flatten()
    }

    pub fn depends_on(&self) -> Vec<&str> {
        self.entry["depends_on"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
    }
}

fn single(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut pairs = map.iter();
    match (pairs.next(), pairs.next()) {
        (Some((key, value)), None) => Some((key, value)),
        _ => None,
    }
}

/// Text of a value, without quotes where it is text.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The items of a list, or the one item that stands for a list.
pub fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => vec![],
        other => vec![other],
    }
}

/// As [`items`], as text.
pub fn texts(value: &Value) -> Vec<String> {
    items(value).into_iter().map(text).collect()
}

pub fn set(value: &mut Value, pointer: &str, new: Value) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap_or_else(|| panic!("there is no {parent}"));
    match parent {
        Value::Array(items) if last == "-" => items.push(new),
        Value::Array(items) => items[last.parse::<usize>().unwrap()] = new,
        parent => parent[last] = new,
    }
}

pub fn remove(value: &mut Value, pointer: &str) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap_or_else(|| panic!("there is no {parent}"));
    let removed = match parent {
        Value::Array(items) => Some(items.remove(last.parse::<usize>().unwrap())),
        parent => parent.as_object_mut().unwrap().shift_remove(last),
    };
    assert!(removed.is_some(), "there is no {pointer} to remove");
}

/// Calls back for every value below this one, itself included.
pub fn walk<'v>(value: &'v Value, see: &mut dyn FnMut(&'v Value)) {
    see(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, see)),
        Value::Object(map) => map.values().for_each(|item| walk(item, see)),
        _ => {}
    }
}
