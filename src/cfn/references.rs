//! What a value in the long form refers to: so that what people write can be held to what there is.

use serde_json::Value as Json;

/// Pseudo parameters.
const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// What is referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A parameter or resource, by `Ref` or in the text of `Fn::Sub`.
    Name(String),
    /// An attribute of a resource, by `Fn::GetAtt` or in the text of `Fn::Sub`.
    Attribute(String, String),
    /// A condition, by `Fn::If`.
    Condition(String),
}

/// Something referred to, and where: a JSON pointer to the function's argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What.
    pub target: Target,
    /// Where.
    pub pointer: String,
}

/// Everything a value refers to, pseudo parameters aside.
pub fn all(value: &Json) -> Vec<Reference> {
    let mut found = Vec::new();
    walk(value, &mut String::new(), &mut |target, pointer| {
        found.push(Reference { target, pointer: pointer.to_owned() });
    });
    found
}

/// Whether a name is that of a pseudo parameter.
pub fn is_pseudo(name: &str) -> bool {
    PSEUDO.contains(&name)
}

fn walk(value: &Json, pointer: &mut String, visit: &mut impl FnMut(Target, &str)) {
    match value {
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                inside(&at.to_string(), item, pointer, visit);
            }
        }
        Json::Object(map) => {
            if let (1, Some((name, argument))) = (map.len(), map.iter().next()) {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(name);
                function(name, argument, &mut |target| visit(target, pointer));
                pointer.truncate(length);
            }
            for (key, inner) in map {
                inside(&key.replace('~', "~0").replace('/', "~1"), inner, pointer, visit);
            }
        }
        _ => {}
    }
}

fn inside(step: &str, value: &Json, pointer: &mut String, visit: &mut impl FnMut(Target, &str)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(step);
    walk(value, pointer, visit);
    pointer.truncate(length);
}

fn function(name: &str, argument: &Json, visit: &mut impl FnMut(Target)) {
    let of_name = |name: &str| (!is_pseudo(name)).then(|| Target::Name(name.to_owned()));
    match (name, argument) {
        ("Ref", Json::String(name)) => {
            of_name(name).map(visit);
        }
        ("Fn::GetAtt", Json::String(dotted)) => {
            if let Some((id, attribute)) = dotted.split_once('.') {
                visit(Target::Attribute(id.to_owned(), attribute.to_owned()));
            }
        }
        ("Fn::GetAtt", Json::Array(parts)) => {
            if let [Json::String(id), Json::String(attribute)] = parts.as_slice() {
                visit(Target::Attribute(id.clone(), attribute.clone()));
            }
        }
        ("Fn::If", Json::Array(parts)) => {
            if let Some(Json::String(condition)) = parts.first() {
                visit(Target::Condition(condition.clone()));
            }
        }
        ("Fn::Sub", argument) => {
            let (text, own) = match argument {
                Json::String(text) => (text.as_str(), None),
                Json::Array(parts) => match parts.as_slice() {
                    [Json::String(text), names] => (text.as_str(), names.as_object()),
                    _ => return,
                },
                _ => return,
            };
            for name in variables(text) {
                if own.is_some_and(|own| own.contains_key(name)) {
                    continue;
                }
                match name.split_once('.') {
                    Some((id, attribute)) => {
                        visit(Target::Attribute(id.to_owned(), attribute.to_owned()));
                    }
                    None => {
                        of_name(name).map(&mut *visit);
                    }
                }
            }
        }
        _ => {}
    }
}

/// The names in `${…}` of a text for `Fn::Sub`; `${!…}` is text.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("${").filter_map(move |(at, _)| {
        let rest = &text[at + 2..];
        let name = &rest[..rest.find('}')?];
        (!name.starts_with('!')).then_some(name.trim())
    })
}

/// The value with every name that `rename` answers another for replaced by that: in `Ref`, `Fn::GetAtt` and the text of
/// `Fn::Sub`.
pub fn renamed(value: &Json, rename: &dyn Fn(&str) -> Option<String>) -> Json {
    let new = |name: &str| rename(name).unwrap_or_else(|| name.to_owned());
    match value {
        Json::Array(items) => Json::Array(items.iter().map(|item| renamed(item, rename)).collect()),
        Json::Object(map) => {
            let one = |(name, argument): (&String, &Json)| {
                let argument = match (map.len(), name.as_str(), argument) {
                    (1, "Ref", Json::String(name)) => Json::String(new(name)),
                    (1, "Fn::GetAtt", Json::String(dotted)) => match dotted.split_once('.') {
                        Some((id, attribute)) => Json::String(format!("{}.{attribute}", new(id))),
                        None => argument.clone(),
                    },
                    (1, "Fn::GetAtt", Json::Array(parts)) => {
                        let mut parts = parts.clone();
                        if let Some(Json::String(id)) = parts.first_mut() {
                            *id = new(id);
                        }
                        Json::Array(parts)
                    }
                    (1, "Fn::Sub", Json::String(text)) => Json::String(sub(text, &|_| false, &new)),
                    (1, "Fn::Sub", Json::Array(parts)) => match parts.as_slice() {
                        [Json::String(text), names] => {
                            let own = |name: &str| names.get(name).is_some();
                            Json::Array(vec![sub(text, &own, &new).into(), renamed(names, rename)])
                        }
                        _ => argument.clone(),
                    },
                    _ => renamed(argument, rename),
                };
                (name.clone(), argument)
            };
            Json::Object(map.iter().map(one).collect())
        }
        other => other.clone(),
    }
}

fn sub(text: &str, own: &dyn Fn(&str) -> bool, new: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = after.find('}') else {
            rest = after;
            break;
        };
        let name = after[2..end].trim();
        if name.starts_with('!') || own(name) {
            out.push_str(&after[..=end]);
        } else {
            let (id, attribute) = name.split_once('.').map_or((name, None), |(id, rest)| (id, Some(rest)));
            out.push_str("${");
            out.push_str(&new(id));
            if let Some(attribute) = attribute {
                out.push('.');
                out.push_str(attribute);
            }
            out.push('}');
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_reference_is_found() {
        let value = json!({
            "A": {"Ref": "One"},
            "B": [{"Fn::GetAtt": ["Two", "Arn"]}, {"Fn::GetAtt": "Three.Endpoint.Address"}],
            "C": {"Fn::Sub": ["${Four}-${own}-${!no}-${AWS::Region}", {"own": {"Ref": "Five"}}]},
            "D": {"Fn::If": ["Six", 1, {"Fn::Sub": "${Seven.Arn}"}]},
        });
        let told: Vec<_> = all(&value)
            .into_iter()
            .map(|it| match it.target {
                Target::Name(name) => format!("{} {name}", it.pointer),
                Target::Attribute(id, attribute) => format!("{} {id} {attribute}", it.pointer),
                Target::Condition(name) => format!("{} ? {name}", it.pointer),
            })
            .collect();
        assert_eq!(
            told,
            [
                "/A/Ref One",
                "/B/0/Fn::GetAtt Two Arn",
                "/B/1/Fn::GetAtt Three Endpoint.Address",
                "/C/Fn::Sub Four",
                "/C/Fn::Sub/1/own/Ref Five",
                "/D/Fn::If ? Six",
                "/D/Fn::If/2/Fn::Sub Seven Arn",
            ]
        );
    }

    #[test]
    fn names_are_replaced_wherever_they_stand() {
        let rename = |name: &str| (name == "Orders").then(|| "CheckoutOrders".to_owned());
        let before = json!([
            {"Ref": "Orders"},
            {"Ref": "AWS::Region"},
            {"Fn::GetAtt": ["Orders", "Arn"]},
            {"Fn::GetAtt": "Orders.Arn"},
            {"Fn::Sub": "${Orders}/${Orders.Arn}/${!Orders}/${AWS::Region}"},
            {"Fn::Sub": ["${Orders}", {"Orders": {"Ref": "Orders"}}]},
            {"Fn::Join": ["", [{"Ref": "Orders"}, "Orders"]]},
            {"Ref": "Orders", "Other": 1},
        ]);
        assert_eq!(
            renamed(&before, &rename),
            json!([
                {"Ref": "CheckoutOrders"},
                {"Ref": "AWS::Region"},
                {"Fn::GetAtt": ["CheckoutOrders", "Arn"]},
                {"Fn::GetAtt": "CheckoutOrders.Arn"},
                {"Fn::Sub": "${CheckoutOrders}/${CheckoutOrders.Arn}/${!Orders}/${AWS::Region}"},
                {"Fn::Sub": ["${Orders}", {"Orders": {"Ref": "CheckoutOrders"}}]},
                {"Fn::Join": ["", [{"Ref": "CheckoutOrders"}, "Orders"]]},
                {"Ref": "Orders", "Other": 1},
            ])
        );
    }
}
