use std::borrow::Cow;

/// Text that is mostly known when bluegreen is compiled.
pub type Text = Cow<'static, str>;

/// A property value of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Text),
    /// A list.
    List(Vec<Value>),
    /// A map in the order written.
    Map(Vec<(Text, Value)>),
    /// Something CloudFormation computes.
    Call(Box<Call>),
    /// A scalar with the reason for it, which the YAML writer puts beside it as a comment.
    Noted(Text, Box<Value>),
    /// A scalar with the reason for what it names, which templates leave out and `explain` tells.
    Reasoned(Text, Box<Value>),
}

/// An intrinsic function.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// A parameter, pseudo parameter or resource.
    Ref(Text),
    /// An attribute of a resource.
    GetAtt(Text, Text),
    /// Text with `${…}` in it, and values for names that are neither parameters nor resources.
    Sub(Text, Vec<(Text, Value)>),
    /// Values joined with a delimiter.
    Join(Text, Vec<Value>),
    /// An item of a list.
    Select(u32, Value),
    /// Text split at a delimiter.
    Split(Text, Value),
    /// One of two values, by a condition.
    If(Text, Value, Value),
    /// A value another stack exports.
    ImportValue(Text),
    /// Equal CIDR blocks of a block: block, count, host bits.
    Cidr(Value, u32, u32),
    /// The availability zones of the region.
    GetAzs,
}

/// A condition of the `Conditions` section.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Both are equal.
    Equals(Value, Value),
    /// The other does not hold.
    Not(Box<Condition>),
    /// All hold.
    And(Vec<Condition>),
    /// One holds.
    Or(Vec<Condition>),
    /// The condition of this name holds.
    Named(Text),
}

/// Pseudo parameters.
pub mod pseudo {
    use super::{Call, Value};

    macro_rules! pseudo {
        ($($name:ident = $text:literal),* $(,)?) => {$(
            #[doc = concat!("`", $text, "`")]
            pub fn $name() -> Value {
                Value::Call(Box::new(Call::Ref($text.into())))
            }
        )*};
    }
    pseudo! {
        region = "AWS::Region",
        account = "AWS::AccountId",
        partition = "AWS::Partition",
        no_value = "AWS::NoValue",
        url_suffix = "AWS::URLSuffix",
    }
}

impl Value {
    /// A map from pairs.
    pub fn map<K: Into<Text>, const N: usize>(pairs: [(K, Value); N]) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A list of values.
    pub fn list<V: Into<Value>>(items: impl IntoIterator<Item = V>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// Text with `${name}` replaced by values. A reference to a parameter or resource is written into the text, fixed
    /// text too; only what can be neither stays a variable. `${AWS::…}` stays as it is.
    pub fn sub<const N: usize>(text: &str, values: [(&'static str, Value); N]) -> Self {
        Self::sub_all(text, values.into_iter().map(|(name, value)| (Text::from(name), value)).collect())
    }

    /// As [`Value::sub`], for names known only at run time.
    pub fn sub_all(text: &str, values: Vec<(Text, Value)>) -> Self {
        let mut out = String::with_capacity(text.len() + 32);
        let mut left: Vec<(Text, Value)> = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            out.push_str(before);
            let Some(end) = after.find('}') else {
                out.push_str(after);
                rest = "";
                break;
            };
            let name = &after[2..end];
            match values.iter().find(|(known, _)| known == name) {
                None => out.push_str(&after[..=end]),
                Some((_, Value::Text(fixed))) => out.push_str(fixed),
                Some((_, Value::Int(fixed))) => out.push_str(&fixed.to_string()),
                Some((key, value)) => match value.as_call() {
                    Some(Call::Ref(id)) => out.push_str(&format!("${{{id}}}")),
                    Some(Call::GetAtt(id, attribute)) => out.push_str(&format!("${{{id}.{attribute}}}")),
                    Some(Call::Sub(inner, vars)) if vars.is_empty() => out.push_str(inner),
                    _ => {
                        out.push_str(&after[..=end]);
                        if !left.iter().any(|(known, _)| known == key) {
                            left.push((key.clone(), value.clone()));
                        }
                    }
                },
            }
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        if left.is_empty() && !out.contains("${") {
            return Self::Text(out.into());
        }
        Self::Call(Box::new(Call::Sub(out.into(), left)))
    }

    /// One of two values, by a condition's name.
    pub fn when(condition: impl Into<Text>, yes: impl Into<Value>, no: impl Into<Value>) -> Self {
        Self::Call(Box::new(Call::If(condition.into(), yes.into(), no.into())))
    }

    /// A value another stack exports.
    pub fn import(export: impl Into<Text>) -> Self {
        Self::Call(Box::new(Call::ImportValue(export.into())))
    }

    /// This scalar with the reason for it beside it.
    #[must_use]
    pub fn noted(self, reason: impl Into<Text>) -> Self {
        Self::Noted(reason.into(), Box::new(self))
    }

    /// This scalar with the reason for what it names, for `explain` alone: comments count towards the size of a template.
    #[must_use]
    pub fn reasoned(self, reason: impl Into<Text>) -> Self {
        Self::Reasoned(reason.into(), Box::new(self))
    }

    /// The intrinsic function, where it is one.
    pub fn as_call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            _ => None,
        }
    }

    /// Calls `visit` with every value inside this one, itself first.
    pub fn walk<'v>(&'v self, visit: &mut impl FnMut(&'v Value)) {
        visit(self);
        match self {
            Self::List(items) => items.iter().for_each(|item| item.walk(visit)),
            Self::Map(pairs) => pairs.iter().for_each(|(_, value)| value.walk(visit)),
            Self::Noted(_, value) | Self::Reasoned(_, value) => value.walk(visit),
            Self::Call(call) => match call.as_ref() {
                Call::Sub(_, values) => values.iter().for_each(|(_, value)| value.walk(visit)),
                Call::Join(_, values) => values.iter().for_each(|value| value.walk(visit)),
                Call::Select(_, value) | Call::Split(_, value) | Call::Cidr(value, ..) => value.walk(visit),
                Call::If(_, yes, no) => {
                    yes.walk(visit);
                    no.walk(visit);
                }
                Call::Ref(_) | Call::GetAtt(..) | Call::ImportValue(_) | Call::GetAzs => {}
            },
            Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Text(_) => {}
        }
    }
}

impl Value {
    /// This value with every value inside it put through `change`, innermost first. A function that answers nothing takes the value out
    /// of the list or map it stands in; taken out whole, it is `AWS::NoValue`.
    #[must_use]
    pub fn mapped(self, change: &mut impl FnMut(Value) -> Option<Value>) -> Self {
        self.changed(change).unwrap_or_else(pseudo::no_value)
    }

    fn changed(self, change: &mut impl FnMut(Value) -> Option<Value>) -> Option<Self> {
        let inner = match self {
            Self::List(items) => {
                Self::List(items.into_iter().filter_map(|item| item.changed(change)).collect())
            }
            Self::Map(pairs) => Self::Map(
                pairs.into_iter().filter_map(|(key, value)| Some((key, value.changed(change)?))).collect(),
            ),
            Self::Noted(note, value) => Self::Noted(note, Box::new(value.changed(change)?)),
            Self::Reasoned(note, value) => Self::Reasoned(note, Box::new(value.changed(change)?)),
            Self::Call(call) => Self::Call(Box::new(match *call {
                Call::Sub(text, values) => Call::Sub(
                    text,
                    values.into_iter().map(|(name, value)| (name, value.mapped(change))).collect(),
                ),
                Call::Join(delimiter, values) => Call::Join(
                    delimiter,
                    values.into_iter().filter_map(|value| value.changed(change)).collect(),
                ),
                Call::Select(at, value) => Call::Select(at, value.mapped(change)),
                Call::Split(delimiter, value) => Call::Split(delimiter, value.mapped(change)),
                Call::Cidr(value, count, bits) => Call::Cidr(value.mapped(change), count, bits),
                Call::If(condition, yes, no) => Call::If(condition, yes.mapped(change), no.mapped(change)),
                other @ (Call::Ref(_) | Call::GetAtt(..) | Call::ImportValue(_) | Call::GetAzs) => other,
            })),
            plain => plain,
        };
        change(inner)
    }
}

impl Condition {
    /// The other way round.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}

macro_rules! into_value {
    ($($from:ty => |$it:ident| $make:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from($it: $from) -> Self {
                $make
            }
        }
    )*};
}
into_value! {
    bool => |it| Value::Bool(it),
    i64 => |it| Value::Int(it),
    i32 => |it| Value::Int(it.into()),
    u32 => |it| Value::Int(it.into()),
    u16 => |it| Value::Int(it.into()),
    u8 => |it| Value::Int(it.into()),
    f64 => |it| if it.fract() == 0.0 && it.abs() < 1e15 { Value::Int(it as i64) } else { Value::Float(it) },
    &'static str => |it| Value::Text(Text::Borrowed(it)),
    String => |it| Value::Text(Text::Owned(it)),
    &String => |it| Value::Text(Text::Owned(it.clone())),
    Text => |it| Value::Text(it),
    Vec<Value> => |it| Value::List(it),
}

/// What a property can be set to: a value, or `None` to leave it out.
pub trait Property {
    /// The value, or nothing.
    fn property(self) -> Option<Value>;
}

impl<V: Into<Value>> Property for V {
    fn property(self) -> Option<Value> {
        Some(self.into())
    }
}

impl Property for Option<Value> {
    fn property(self) -> Option<Value> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_inlines_what_the_text_can_hold() {
        let reference = Value::Call(Box::new(Call::Ref("Logs".into())));
        let attribute = Value::Call(Box::new(Call::GetAtt("Role".into(), "Arn".into())));
        let sub = Value::sub(
            "${a}:${b}:${c}:${AWS::Region}",
            [("a", reference), ("b", attribute), ("c", "x".into())],
        );
        assert_eq!(sub.as_call(), Some(&Call::Sub("${Logs}:${Role.Arn}:x:${AWS::Region}".into(), vec![])));
    }

    #[test]
    fn sub_keeps_imports_as_variables() {
        let sub = Value::sub("${v}/*", [("v", Value::import("x"))]);
        assert_eq!(sub.as_call(), Some(&Call::Sub("${v}/*".into(), vec![("v".into(), Value::import("x"))])));
    }

    #[test]
    fn sub_of_fixed_text_is_text() {
        assert_eq!(Value::sub("a-${n}", [("n", "b".into())]), Value::Text("a-b".into()));
    }
}
