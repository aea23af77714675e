use serde_json::{Map, Value as Json};

use super::{Site, task::TaskParts};
use crate::{
    cfn::{Call, Template, Value, pseudo},
    scripts,
};

/// The task definition of a template as `RegisterTaskDefinition` takes it, with the image left to the release.
///
/// It is read off the template, so the two cannot differ (facts S-104). What only AWS knows stands in angle
/// brackets: `<ACCOUNT_ID>` where the blueprint names no account, `<…SecretArn>` for the ARN of a secret given by name.
pub(super) fn taskdef(template: &Template, site: Site<'_>, task: &TaskParts) -> Json {
    let draft = &template.resources[task.definition.id().as_ref()].draft;
    let reader = Reader { site, task };
    let mut out = Map::new();
    for (key, value) in &draft.properties {
        if let Some(value) = reader.value(value, true) {
            out.insert(camel(key), value);
        }
    }
    if let Some(main) = out.get_mut("containerDefinitions").and_then(|containers| containers.get_mut(0)) {
        main["image"] = scripts::IMAGE.into();
    }
    Json::Object(out)
}

struct Reader<'r> {
    site: Site<'r>,
    task: &'r TaskParts,
}

/// `ContainerDefinitions` as `containerDefinitions`.
fn camel(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

impl Reader<'_> {
    fn account(&self) -> &str {
        self.site
            .resolved
            .place
            .environment
            .account
            .as_ref()
            .map_or("<ACCOUNT_ID>", |account| account.as_str())
    }

    fn partition(&self) -> &'static str {
        let region = self.site.resolved.place.environment.region.as_str();
        match region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// The value with functions worked out as for a release: an image is given. Keys are the API's, but for maps whose keys
    /// are the user's own.
    fn value(&self, value: &Value, typed: bool) -> Option<Json> {
        Some(match value {
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Text(value) => value.as_ref().into(),
            Value::List(items) => {
                Json::Array(items.iter().filter_map(|item| self.value(item, typed)).collect())
            }
            Value::Map(pairs) => {
                let pairs = pairs.iter().filter_map(|(key, value)| {
                    let free = matches!(key.as_ref(), "Options" | "DockerLabels");
                    let value = self.value(value, typed && !free)?;
                    Some((if typed { camel(key) } else { key.to_string() }, value))
                });
                Json::Object(pairs.collect())
            }
            Value::Noted(_, value) | Value::Reasoned(_, value) => return self.value(value, typed),
            Value::Call(call) => match call.as_ref() {
                Call::If(_, released, _) => return self.value(released, typed),
                Call::Ref(_) if *value == pseudo::no_value() => return None,
                call => self.text(call).into(),
            },
        })
    }

    fn text(&self, call: &Call) -> String {
        match call {
            Call::Ref(name) => self.name(name),
            Call::GetAtt(id, attribute) => self.attribute(id, attribute),
            Call::Sub(text, values) => {
                let mut out = String::new();
                let mut rest = text.as_ref();
                while let Some(start) = rest.find("${") {
                    let (before, after) = rest.split_at(start);
                    out.push_str(before);
                    let end = after.find('}').unwrap_or(after.len() - 1);
                    let name = &after[2..end];
                    if let Some(literal) = name.strip_prefix('!') {
                        out.push_str(&format!("${{{literal}}}"));
                    } else if let Some((_, value)) = values.iter().find(|(known, _)| known == name) {
                        if let Some(Json::String(value)) = self.value(value, false) {
                            out.push_str(&value);
                        }
                    } else if let Some((id, attribute)) = name.split_once('.') {
                        out.push_str(&self.attribute(id, attribute));
                    } else {
                        out.push_str(&self.name(name));
                    }
                    rest = &after[end + 1..];
                }
                out.push_str(rest);
                out
            }
            other => format!("<{other:?}>"),
        }
    }

    fn name(&self, name: &str) -> String {
        match name {
            "AWS::Region" => self.site.resolved.place.environment.region.to_string(),
            "AWS::AccountId" => self.account().to_owned(),
            "AWS::Partition" => self.partition().to_owned(),
            name if name == self.task.logs.id() => self.site.names().log_group(&self.site.service.name),
            name => format!("<{name}>"),
        }
    }

    fn attribute(&self, id: &str, attribute: &str) -> String {
        let names = self.site.names();
        let role = if id == self.task.execution_role.id() {
            names.execution_role(&self.site.service.name)
        } else if id == self.task.task_role.id() {
            names.task_role(&self.site.service.name)
        } else {
            return format!("<{id}.{attribute}>");
        };
        format!("arn:{}:iam::{}:role/{role}", self.partition(), self.account())
    }
}
