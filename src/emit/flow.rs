//! What a person takes in at a glance stands on one line, between brackets: a function's arguments, a list of plain values, a
//! small map in a list. No lists of lists, no choice inside another function, and not past the usual width.

use std::fmt::Write as _;

use super::{
    function::{Arguments, Function, Item, Items},
    layout::column,
    scalar::{self, Context},
};
use crate::cfn::{Text, Value};

/// Columns a line keeps within.
const WIDTH: usize = 110;

/// Writes the arguments on this line, or writes nothing and answers `false`.
pub(super) fn arguments(out: &mut String, arguments: Items<'_>) -> bool {
    let before = out.len();
    let limit = before + WIDTH.saturating_sub(column(out));
    let fits = Flow { out, limit }.items(arguments);
    if !fits {
        out.truncate(before);
    }
    fits
}

/// Writes a list of plain values on this line, as in `Action: [s3:GetObject, s3:PutObject]`, or writes nothing and answers
/// `false`.
pub(super) fn list(out: &mut String, items: &[Value]) -> bool {
    !items.is_empty() && attempt(out, |flow| flow.list(items.iter().map(Item::Value)))
}

/// Writes a map of plain values that is an item of a list, as in `- {Key: team, Value: payments}`, or writes nothing and
/// answers `false`.
pub(super) fn leaf(out: &mut String, pairs: &[(Text, Value)]) -> bool {
    (2..=5).contains(&pairs.len()) && attempt(out, |flow| flow.map(pairs))
}

fn attempt(out: &mut String, write: impl FnOnce(&mut Flow<'_>) -> bool) -> bool {
    let before = out.len();
    let limit = before + WIDTH.saturating_sub(column(out));
    out.push(' ');
    let fits = write(&mut Flow { out, limit });
    if !fits {
        out.truncate(before);
    }
    fits
}

/// Every method answers whether what it wrote belongs on one line; what it wrote before it found out is the caller's to
/// take back.
struct Flow<'w> {
    out: &'w mut String,
    limit: usize,
}

impl Flow<'_> {
    fn items(&mut self, items: Items<'_>) -> bool {
        self.list(items.iter())
    }

    fn list<'a>(&mut self, items: impl Iterator<Item = Item<'a>>) -> bool {
        let mut before = '[';
        for item in items {
            self.out.push(before);
            if before == ',' {
                self.out.push(' ');
            }
            if !self.item(item) || self.out.len() >= self.limit {
                return false;
            }
            before = ',';
        }
        if before == '[' {
            self.out.push('[');
        }
        self.out.push(']');
        self.out.len() <= self.limit
    }

    fn map(&mut self, pairs: &[(Text, Value)]) -> bool {
        let mut before = "{";
        for (key, value) in pairs {
            self.out.push_str(before);
            // A long key is read more easily on a line of its own.
            if key.len() > 40 || !self.text(key) {
                return false;
            }
            self.out.push_str(": ");
            let written = match value {
                Value::List(items) => !items.is_empty() && self.list(items.iter().map(Item::Value)),
                value => self.value(value),
            };
            if !written || self.out.len() >= self.limit {
                return false;
            }
            before = ", ";
        }
        self.out.push('}');
        self.out.len() <= self.limit
    }

    fn item(&mut self, item: Item<'_>) -> bool {
        match item {
            Item::Text(text) => self.text(text),
            Item::Number(number) => write!(self.out, "{number}").is_ok(),
            Item::Value(value) => self.value(value),
            Item::Values(values) => self.list(values.iter().map(Item::Value)),
            Item::Map(_) => false,
            Item::Condition(condition) => self.function(condition.into()),
        }
    }

    fn value(&mut self, value: &Value) -> bool {
        match value {
            Value::Bool(it) => write!(self.out, "{it}").is_ok(),
            Value::Int(it) => write!(self.out, "{it}").is_ok(),
            Value::Float(it) => {
                scalar::float(self.out, *it);
                true
            }
            Value::Text(text) => self.text(text),
            Value::Call(call) => match Function::from(call.as_ref()) {
                Function { name: "Fn::If" | "Fn::Join", .. } => false,
                function => self.function(function),
            },
            Value::Reasoned(_, value) => self.value(value),
            Value::List(_) | Value::Map(_) | Value::Noted(..) => false,
        }
    }

    fn function(&mut self, function: Function<'_>) -> bool {
        self.out.push('!');
        self.out.push_str(function.tag());
        self.out.push(' ');
        match function.arguments {
            Arguments::Text(text) => self.text(text),
            Arguments::Attribute(id, attribute) => {
                scalar::attribute(self.out, id, attribute);
                true
            }
            Arguments::Items(items) => self.items(items),
        }
    }

    fn text(&mut self, text: &str) -> bool {
        // What follows a line break reads better on a line.
        !text.contains('\n') && {
            scalar::line(self.out, text, Context::Flow);
            true
        }
    }
}
