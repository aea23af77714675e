//! A schema's parts under the names we use for them.

use serde_json::{Map, Value};

use crate::yaml::{Data, Node};

/// References and choices are followed this deep; a schema that refers to itself without end stops here.
const MAX_HOPS: usize = 32;

/// One schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema<'s> {
    value: &'s Value,
    /// `x-expected` of this schema or of the nearest around it.
    pub expected: Option<&'s str>,
}

/// What a value can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Int,
    Number,
    Text,
    List,
    Map,
}

const KINDS: [(Kind, &str, &str); 7] = [
    (Kind::Bool, "boolean", "true or false"),
    (Kind::Int, "integer", "a whole number"),
    (Kind::Number, "number", "a number"),
    (Kind::Text, "string", "text"),
    (Kind::List, "array", "a list"),
    (Kind::Map, "object", "a map"),
    (Kind::Null, "null", "nothing"),
];

impl Kind {
    /// How people call it.
    pub(super) fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("a value", |(_, _, name)| name)
    }

    pub(super) fn of(node: &Node) -> Self {
        match node.data {
            Data::Null => Self::Null,
            Data::Bool(_) => Self::Bool,
            Data::Int(_) => Self::Int,
            Data::Float(_) => Self::Number,
            Data::Text(_) => Self::Text,
            Data::List(_) => Self::List,
            Data::Map(_) => Self::Map,
        }
    }

    fn of_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Int,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Map,
        }
    }
}

impl<'s> Schema<'s> {
    pub(super) fn new(value: &'s Value) -> Self {
        Self { value, expected: value.get("x-expected").and_then(Value::as_str) }
    }

    /// A schema inside this one.
    pub(super) fn inner(&self, value: &'s Value) -> Self {
        Self { value, expected: Self::new(value).expected.or(self.expected) }
    }

    pub(super) fn get(&self, keyword: &str) -> Option<&'s Value> {
        self.value.get(keyword)
    }

    pub(super) fn text(&self, keyword: &str) -> Option<&'s str> {
        self.get(keyword)?.as_str()
    }

    pub(super) fn count(&self, keyword: &str) -> Option<usize> {
        self.get(keyword)?.as_u64()?.try_into().ok()
    }

    /// Whether nothing at all fits.
    pub(super) fn is_never(&self) -> bool {
        self.value == &Value::Bool(false)
    }

    /// What this stands for once references and choices are followed: the schemas of which a value fits one.
    pub(super) fn alternatives(&self, root: &'s Value) -> Vec<Self> {
        let mut found = Vec::new();
        self.collect(root, MAX_HOPS, &mut found);
        found
    }

    fn collect(&self, root: &'s Value, hops: usize, found: &mut Vec<Self>) {
        if hops == 0 {
            return;
        }
        if let Some(target) = self.target(root) {
            target.collect(root, hops - 1, found);
            return;
        }
        // Without a value to choose by, it is what stands there where nothing special does.
        if let Some(otherwise) = self.get("else") {
            self.inner(otherwise).collect(root, hops - 1, found);
            return;
        }
        let mut choice = false;
        for branch in self.branches() {
            choice = true;
            branch.collect(root, hops - 1, found);
        }
        // Fields beside a choice (a flattened enum) hold whatever is chosen.
        if !choice || self.get("properties").is_some() {
            found.push(*self);
        }
    }

    /// What a reference leads to.
    pub(super) fn target(&self, root: &'s Value) -> Option<Self> {
        let pointer = self.text("$ref")?.strip_prefix('#')?;
        Some(self.inner(root.pointer(pointer)?))
    }

    /// What a value has to fit where a key that it has decides (`if` with nothing but `required`).
    pub(super) fn chosen(&self, node: &Node) -> Option<Self> {
        let keys = self.get("if")?.get("required")?.as_array()?;
        let has = keys.iter().all(|key| key.as_str().is_some_and(|key| node.get(key).is_some()));
        self.get(if has { "then" } else { "else" }).map(|schema| self.inner(schema))
    }

    /// The branches of a choice.
    pub(super) fn branches(&self) -> impl Iterator<Item = Self> {
        ["oneOf", "anyOf"]
            .into_iter()
            .filter_map(|keyword| self.get(keyword)?.as_array())
            .flatten()
            .map(|branch| self.inner(branch))
    }

    /// The words and numbers that are spelt out.
    pub(super) fn words(&self) -> Vec<&'s Value> {
        match (self.get("const"), self.get("enum").and_then(Value::as_array)) {
            (Some(word), _) => vec![word],
            (None, Some(words)) => words.iter().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// The kinds of value that can fit; all where nothing is said.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let named = |name: &str| KINDS.iter().find(|(_, own, _)| *own == name).map(|(kind, ..)| *kind);
        match self.get("type") {
            Some(Value::String(name)) => named(name).into_iter().collect(),
            Some(Value::Array(names)) => names.iter().filter_map(|name| named(name.as_str()?)).collect(),
            _ => {
                let mut kinds: Vec<_> = self.words().into_iter().map(Kind::of_json).collect();
                if kinds.is_empty() && !self.is_never() {
                    kinds = if self.get("properties").is_some() || self.get("required").is_some() {
                        vec![Kind::Map]
                    } else if self.get("items").is_some() {
                        vec![Kind::List]
                    } else {
                        KINDS.iter().map(|(kind, ..)| *kind).collect()
                    };
                }
                kinds
            }
        }
    }

    /// Whether a value of that kind can fit.
    pub(super) fn takes(&self, kind: Kind) -> bool {
        let kinds = self.kinds();
        kinds.contains(&kind) || kind == Kind::Int && kinds.contains(&Kind::Number)
    }

    pub(super) fn properties(&self) -> Option<&'s Map<String, Value>> {
        self.get("properties")?.as_object()
    }

    pub(super) fn property(&self, key: &str) -> Option<Self> {
        // What is expected of a map says nothing of its parts.
        self.properties()?.get(key).map(Self::new)
    }

    /// The schema of a key's value.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        self.property(key).or_else(|| self.any_key())
    }

    /// The schema for values whose keys are names people give.
    pub(super) fn any_key(&self) -> Option<Self> {
        self.get("additionalProperties").filter(|schema| schema.is_object()).map(|schema| self.inner(schema))
    }

    pub(super) fn items(&self) -> Option<Self> {
        self.get("items").map(|schema| self.inner(schema))
    }

    /// Whether keys that are not named are refused.
    pub(super) fn is_closed(&self) -> bool {
        self.get("additionalProperties") == Some(&Value::Bool(false))
    }

    /// Whether any key is good.
    pub(super) fn is_open(&self) -> bool {
        self.takes(Kind::Map) && !self.is_closed()
    }

    pub(super) fn required(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        self.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// See [`super::Shape::is_choice`].
    pub(super) fn is_choice(&self, root: &'s Value) -> bool {
        self.is_marked(root, MAX_HOPS) || {
            let maps: Vec<_> = self.alternatives(root).into_iter().filter(|it| it.takes(Kind::Map)).collect();
            let own = |at: usize| {
                maps[at].required().any(|key| {
                    maps.iter().enumerate().all(|(other, map)| other == at || map.property(key).is_none())
                })
            };
            maps.len() > 1 && (0..maps.len()).all(own)
        }
    }

    fn is_marked(&self, root: &'s Value, hops: usize) -> bool {
        hops > 0
            && (self.get("x-choice") == Some(&Value::Bool(true))
                || self.target(root).is_some_and(|target| target.is_marked(root, hops - 1))
                || self.branches().any(|branch| branch.is_marked(root, hops - 1)))
    }
}

/// Every pattern a schema names.
pub(super) fn patterns(schema: &Value, found: &mut impl FnMut(&str)) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(pattern)) = object.get("pattern") {
                found(pattern);
            }
            if let Some(Value::Object(keys)) = object.get("patternProperties") {
                keys.keys().for_each(|pattern| found(pattern));
            }
            object.values().for_each(|inner| patterns(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|item| patterns(item, found)),
        _ => {}
    }
}
