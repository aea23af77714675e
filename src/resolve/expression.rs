use minijinja::{
    Environment, UndefinedBehavior, Value,
    value::{Serde, ValueKind},
};
use serde_json::json;

use super::Place;
use crate::{
    diagnostic::{Aim, Finding, Step, Trail, codes},
    yaml::{Data, Node},
};

/// Works out `${…}` in the strings of a tree: over declared names only, strict about any other.
///
/// `$${` is a literal `${`; CloudFormation's own `${AWS::…}` stays. A string that is one whole expression takes the type
/// of its value. Expressions see parsed scalars and answer scalars, so nothing they hold changes the document's shape.
pub(super) struct Expressions {
    engine: Environment<'static>,
    names: Value,
    known: Vec<String>,
}

impl Expressions {
    /// The names of one service in one environment.
    pub(super) fn new(app: &str, place: &Place, service: Option<&str>) -> Self {
        let mut engine = Environment::empty();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        // An expression is a few operations; more is a mistake or an attack.
        engine.set_fuel(Some(10_000));
        let mut names = json!({
            "app": {"name": app},
            "env": {
                "name": place.name.as_str(),
                "region": place.environment.region.as_str(),
                "protected": place.environment.protected,
            },
        });
        let mut known = vec!["app.name", "env.name", "env.region", "env.protected"];
        if let Some(account) = &place.environment.account {
            names["env"]["account"] = account.as_str().into();
            known.push("env.account");
        }
        if let Some(service) = service {
            names["service"] = json!({"name": service});
            known.push("service.name");
        }
        Self {
            engine,
            names: Value::from(Serde(&names)),
            known: known.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Works out every string of a tree in place and tells what could not be.
    /// `shown` is where a trail of the tree was written.
    pub(super) fn apply(
        &self,
        node: &mut Node,
        shown: &dyn Fn(&Trail) -> Trail,
        findings: &mut Vec<Finding>,
    ) {
        self.walk(node, &mut Trail::root(), shown, findings);
    }

    fn walk(
        &self,
        node: &mut Node,
        trail: &mut Trail,
        shown: &dyn Fn(&Trail) -> Trail,
        findings: &mut Vec<Finding>,
    ) {
        match &mut node.data {
            Data::Map(map) => {
                for (key, entry) in map {
                    trail.push(Step::Key(key.clone()));
                    self.walk(&mut entry.value, trail, shown, findings);
                    trail.pop();
                }
            }
            Data::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    trail.push(Step::Index(index));
                    self.walk(item, trail, shown, findings);
                    trail.pop();
                }
            }
            Data::Text(text) if text.contains("${") => match self.text(text) {
                Ok(data) => node.data = data,
                Err(reason) => findings.push(
                    Finding::error(codes::EXPRESSION, format!("`{}`: {reason}", shown(trail)))
                        .at(trail.clone(), Aim::Value, "")
                        .help(format!("names that can be used here: {}", self.known.join(", ")))
                        .help("write `$${` for a literal `${`"),
                ),
            },
            _ => {}
        }
    }

    fn text(&self, text: &str) -> Result<Data, String> {
        if let Some(inner) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
            && !inner.contains("${")
            && !inner.contains('}')
            && !inner.starts_with("AWS::")
        {
            return self.value(inner).and_then(|value| data(&value));
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            if let Some(literal) = before.strip_suffix('$') {
                out.push_str(literal);
                out.push_str("${");
                rest = &after[2..];
                continue;
            }
            out.push_str(before);
            let end = after.find('}').ok_or("an expression `${` has no closing `}`")?;
            let inner = &after[2..end];
            if inner.starts_with("AWS::") {
                out.push_str(&after[..=end]);
            } else {
                match data(&self.value(inner)?)? {
                    Data::Text(text) => out.push_str(&text),
                    Data::Int(number) => out.push_str(&number.to_string()),
                    Data::Float(number) => out.push_str(&number.to_string()),
                    Data::Bool(value) => out.push_str(if value { "true" } else { "false" }),
                    Data::Null | Data::List(_) | Data::Map(_) => {
                        return Err(format!("`{inner}` is not text"));
                    }
                }
            }
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        Ok(Data::Text(out))
    }

    fn unknown(&self, short: &str) -> String {
        let near = self.known.iter().map(|name| (strsim::damerau_levenshtein(name, short), name)).min();
        match near {
            Some((distance, name)) if distance <= 2 => {
                format!("`{short}` names nothing that is known here: did you mean `{name}`?")
            }
            _ => format!("`{short}` names nothing that is known here"),
        }
    }

    fn value(&self, expression: &str) -> Result<Value, String> {
        let short: String = expression.trim().chars().take(60).collect();
        if short.is_empty() {
            return Err("`${}` holds no expression".into());
        }
        let compiled = self.engine.compile_expression(expression).map_err(|error| {
            format!("`{short}` is not an expression: {}", error.detail().unwrap_or("syntax error"))
        })?;
        let value = compiled.eval(&self.names).map_err(|error| match error.kind() {
            minijinja::ErrorKind::UndefinedError => self.unknown(&short),
            _ => format!("`{short}` cannot be worked out: {}", error.detail().unwrap_or("it fails")),
        })?;
        if value.is_undefined() {
            return Err(self.unknown(&short));
        }
        Ok(value)
    }
}

fn data(value: &Value) -> Result<Data, String> {
    match value.kind() {
        ValueKind::None => Ok(Data::Null),
        ValueKind::Bool => Ok(Data::Bool(value.is_true())),
        ValueKind::Number => match i64::try_from(value.clone()) {
            Ok(whole) => Ok(Data::Int(whole)),
            Err(_) => {
                f64::try_from(value.clone()).map(Data::Float).map_err(|_| "the number is too large".into())
            }
        },
        ValueKind::String => Ok(Data::Text(value.as_str().unwrap_or_default().to_owned())),
        _ => Err("an expression answers one value, not a list or a map".into()),
    }
}
