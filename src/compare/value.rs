use serde_json::Value;

use super::{Path, Step, list, pairs};

/// Two values that differ, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    pub(super) path: Path,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// Everything that differs between two values, deepest places first named.
pub(super) fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let mut walk = Walk { steps: Vec::new(), found: Vec::new() };
    walk.compare(before, after);
    walk.found
}

/// Where the comparison stands, and what it found.
pub(super) struct Walk {
    steps: Vec<Step>,
    found: Vec<Difference>,
}

impl Walk {
    /// Compares what is one step further.
    pub(super) fn step(&mut self, step: Step, before: Option<&Value>, after: Option<&Value>) {
        self.steps.push(step);
        self.compare(before, after);
        self.steps.pop();
    }

    /// The name of the property the values belong to.
    pub(super) fn property(&self) -> &str {
        self.steps
            .iter()
            .rev()
            .find_map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Item(..) => None,
            })
            .unwrap_or_default()
    }

    /// Notes a difference here.
    pub(super) fn differs(&mut self, before: Option<Value>, after: Option<Value>) {
        self.found.push(Difference { path: Path(self.steps.clone()), before, after });
    }

    fn compare(&mut self, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (Some(then), Some(now)) if then == now => {}
            (Some(Value::Object(then)), Some(Value::Object(now))) if !is_leaf(before) && !is_leaf(after) => {
                for (key, then, now) in pairs(then, now) {
                    self.step(Step::Key(key.to_owned()), then, now);
                }
            }
            (Some(Value::Array(then)), Some(Value::Array(now))) => list::compare(self, then, now),
            // CloudFormation and IAM take one for a list of one.
            (Some(Value::Array(then)), Some(now)) if list::may_be_one(self.property()) => {
                list::compare(self, then, std::slice::from_ref(now));
            }
            (Some(then), Some(Value::Array(now))) if list::may_be_one(self.property()) => {
                list::compare(self, std::slice::from_ref(then), now);
            }
            (Some(then), Some(now)) if attribute(then).is_some() && attribute(then) == attribute(now) => {}
            (None, None) => {}
            (then, now) => self.differs(then.cloned(), now.cloned()),
        }
    }
}

/// Whether a value is a function, which is shown as one. Only the branches of an `Fn::If` are looked into.
fn is_leaf(value: Option<&Value>) -> bool {
    let Some(Value::Object(map)) = value else { return true };
    let mut keys = map.keys();
    match (keys.next(), keys.next()) {
        (Some(only), None) => only == "Ref" || (only.starts_with("Fn::") && only != "Fn::If"),
        _ => false,
    }
}

/// What an `Fn::GetAtt` names, in either of its forms.
fn attribute(value: &Value) -> Option<String> {
    match value.get("Fn::GetAtt")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            parts.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|parts| parts.join("."))
        }
        _ => None,
    }
}
