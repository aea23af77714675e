//! An intrinsic function as CloudFormation names it, with its arguments in CloudFormation's order. Both formats are
//! written from this, so that they cannot disagree.

use crate::cfn::{Call, Condition, Text, Value};

/// A function of a value or of a condition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function<'a> {
    /// `Ref`, `Fn::If` …: the key of the long form. The short form drops `Fn::`.
    pub name: &'static str,
    pub arguments: Arguments<'a>,
}

/// What a function is given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arguments<'a> {
    /// One piece of text.
    Text(&'a str),
    /// A logical id and the name of an attribute.
    Attribute(&'a str, &'a str),
    /// A list.
    Items(Items<'a>),
}

/// A list of arguments.
#[derive(Debug, Clone, Copy)]
pub(super) enum Items<'a> {
    Two([Item<'a>; 2]),
    Three([Item<'a>; 3]),
    One(&'a Condition),
    Conditions(&'a [Condition]),
}

/// An argument.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'a> {
    Text(&'a str),
    Number(u32),
    Value(&'a Value),
    Values(&'a [Value]),
    Map(&'a [(Text, Value)]),
    Condition(&'a Condition),
}

impl Function<'_> {
    /// The name in the short form, without the exclamation mark.
    pub(super) fn tag(&self) -> &'static str {
        self.name.strip_prefix("Fn::").unwrap_or(self.name)
    }
}

impl<'a> Items<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Two(_) => 2,
            Self::Three(_) => 3,
            Self::One(_) => 1,
            Self::Conditions(conditions) => conditions.len(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Item<'a>> + '_ {
        (0..self.len()).map(|at| match self {
            Self::Two(items) => items[at],
            Self::Three(items) => items[at],
            Self::One(condition) => Item::Condition(condition),
            Self::Conditions(conditions) => Item::Condition(&conditions[at]),
        })
    }
}

impl<'a> From<&'a Call> for Function<'a> {
    fn from(call: &'a Call) -> Self {
        use Arguments::{Attribute, Items as List, Text};
        use Items::{Three, Two};
        let (name, arguments) = match call {
            Call::Ref(id) => ("Ref", Text(id)),
            Call::GetAtt(id, attribute) => ("Fn::GetAtt", Attribute(id, attribute)),
            Call::Sub(text, variables) if variables.is_empty() => ("Fn::Sub", Text(text)),
            Call::Sub(text, variables) => ("Fn::Sub", List(Two([Item::Text(text), Item::Map(variables)]))),
            Call::Join(delimiter, values) => {
                ("Fn::Join", List(Two([Item::Text(delimiter), Item::Values(values)])))
            }
            Call::Select(index, list) => ("Fn::Select", List(Two([Item::Number(*index), Item::Value(list)]))),
            Call::Split(delimiter, text) => {
                ("Fn::Split", List(Two([Item::Text(delimiter), Item::Value(text)])))
            }
            Call::If(condition, yes, no) => {
                ("Fn::If", List(Three([Item::Text(condition), Item::Value(yes), Item::Value(no)])))
            }
            Call::ImportValue(export) => ("Fn::ImportValue", Text(export)),
            Call::Cidr(block, count, bits) => {
                ("Fn::Cidr", List(Three([Item::Value(block), Item::Number(*count), Item::Number(*bits)])))
            }
            // Nothing means the region of the stack, and spares a function directly inside a function.
            Call::GetAzs => ("Fn::GetAZs", Text("")),
        };
        Self { name, arguments }
    }
}

impl<'a> From<&'a Condition> for Function<'a> {
    fn from(condition: &'a Condition) -> Self {
        use Arguments::{Items as List, Text};
        let (name, arguments) = match condition {
            Condition::Equals(left, right) => {
                ("Fn::Equals", List(Items::Two([Item::Value(left), Item::Value(right)])))
            }
            Condition::Not(other) => ("Fn::Not", List(Items::One(other))),
            Condition::And(all) => ("Fn::And", List(Items::Conditions(all))),
            Condition::Or(any) => ("Fn::Or", List(Items::Conditions(any))),
            Condition::Named(name) => ("Condition", Text(name)),
        };
        Self { name, arguments }
    }
}
