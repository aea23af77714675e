//! JSON pointers into a resource, as patches write them.

use serde_json::{Map, Value};

/// Keys by which an item of a list is named, beside its position.
const NAMES: [&str; 4] = ["Name", "Key", "Sid", "Id"];

/// The steps of a pointer, unescaped.
pub(super) fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// The value a pointer leads to.
pub(super) fn get<'v>(value: &'v Value, steps: &[String]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match value {
        Value::Object(map) => map.get(step),
        Value::Array(items) => items.get(position(items, step)?),
        _ => None,
    })
}

/// The pointer with the position in place of each item's name.
pub(super) fn by_position(value: &Value, steps: &[String]) -> Vec<String> {
    let mut here = Some(value);
    let mut out = Vec::with_capacity(steps.len());
    for step in steps {
        let (name, next) = match here {
            Some(Value::Array(items)) => match position(items, step) {
                Some(at) => (at.to_string(), items.get(at)),
                None if step == "-" => (items.len().to_string(), None),
                None => (step.clone(), None),
            },
            Some(Value::Object(map)) => (step.clone(), map.get(step)),
            _ => (step.clone(), None),
        };
        out.push(name);
        here = next;
    }
    out
}

/// Puts a value where a pointer leads; maps on the way are made.
///
/// # Errors
/// Why there is no such place.
pub(super) fn set(value: &mut Value, steps: &[String], new: Value) -> Result<(), String> {
    let mut here = value;
    for (at, step) in steps.iter().enumerate() {
        let place = || place(&steps[..at]);
        here = match here {
            Value::Object(map) => {
                may_enter(map, step).map_err(|function| {
                    format!("{} is the function `{function}`, which has no `{step}`", place())
                })?;
                map.entry(step.as_str()).or_insert_with(|| Value::Object(Map::new()))
            }
            Value::Array(items) => {
                let last = at + 1 == steps.len();
                let index = match position(items, step) {
                    Some(index) => index,
                    None if last && (step == "-" || step.parse() == Ok(items.len())) => items.len(),
                    None => return Err(format!("{} {}", place(), no_item(items, step))),
                };
                if index == items.len() {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            other => return Err(format!("{} is {}, which has nothing inside", place(), kind(other))),
        };
    }
    *here = new;
    Ok(())
}

/// Takes away what a pointer leads to.
///
/// # Errors
/// Why there is nothing.
pub(super) fn remove(value: &mut Value, steps: &[String]) -> Result<(), String> {
    let Some((last, way)) = steps.split_last() else { return Err("it leads to the whole resource".into()) };
    let mut here = value;
    for (at, step) in way.iter().enumerate() {
        let place = || place(&steps[..at]);
        here = match here {
            Value::Object(map) => {
                let missing = missing(map, step);
                map.get_mut(step).ok_or_else(|| format!("{} {missing}", place()))?
            }
            Value::Array(items) => match position(items, step) {
                Some(index) => &mut items[index],
                None => return Err(format!("{} {}", place(), no_item(items, step))),
            },
            other => return Err(format!("{} is {}, which has nothing inside", place(), kind(other))),
        };
    }
    let place = || place(way);
    match here {
        Value::Object(map) => {
            let missing = missing(map, last);
            map.shift_remove(last).map(drop).ok_or_else(|| format!("{} {missing}", place()))
        }
        Value::Array(items) => match position(items, last) {
            Some(index) => {
                items.remove(index);
                Ok(())
            }
            None => Err(format!("{} {}", place(), no_item(items, last))),
        },
        other => Err(format!("{} is {}, which has nothing inside", place(), kind(other))),
    }
}

/// The position of an item that exists.
fn position(items: &[Value], step: &str) -> Option<usize> {
    if let Ok(index) = step.parse::<usize>() {
        return (index < items.len()).then_some(index);
    }
    items.iter().position(|item| {
        NAMES.iter().any(|key| item.get(key).and_then(Value::as_str).is_some_and(|name| name == step))
    })
}

/// Nothing is added beside a function, which would no longer be one.
fn may_enter<'m>(map: &'m Map<String, Value>, step: &str) -> Result<(), &'m str> {
    match (map.len(), map.keys().next()) {
        (1, Some(name)) if (name == "Ref" || name.starts_with("Fn::")) && name != step => Err(name),
        _ => Ok(()),
    }
}

fn place(steps: &[String]) -> String {
    if steps.is_empty() { "the resource".into() } else { format!("`/{}`", steps.join("/")) }
}

fn missing(map: &Map<String, Value>, step: &str) -> String {
    match super::near::names(step, map.keys().map(String::as_str)).as_slice() {
        [] => format!("has no `{step}`"),
        [near, ..] => format!("has no `{step}`; did you mean `{near}`?"),
    }
}

fn no_item(items: &[Value], step: &str) -> String {
    match items.len() {
        0 => format!("is an empty list and has no item `{step}`"),
        1 => format!("has 1 item and none is `{step}`"),
        count => format!("has {count} items and none is `{step}`"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource() -> Value {
        json!({"Properties": {
            "Containers": [{"Name": "web", "Cpu": 1}, {"Name": "otel", "Cpu": 2}],
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "a/b": 1,
        }})
    }

    #[test]
    fn items_are_found_by_position_and_by_name() {
        let resource = resource();
        for pointer in ["/Properties/Containers/1/Cpu", "/Properties/Containers/otel/Cpu"] {
            assert_eq!(get(&resource, &steps(pointer)), Some(&json!(2)));
            let way = by_position(&resource, &steps(pointer));
            assert_eq!(way, ["Properties", "Containers", "1", "Cpu"]);
        }
        assert_eq!(get(&resource, &steps("/Properties/a~1b")), Some(&json!(1)));
        assert_eq!(get(&resource, &steps("/Properties/Containers/none")), None);
    }

    #[test]
    fn maps_on_the_way_are_made() {
        let mut value = resource();
        set(&mut value, &steps("/Properties/New/Deep"), json!(3)).unwrap();
        set(&mut value, &steps("/Properties/Containers/-"), json!({"Name": "new"})).unwrap();
        set(&mut value, &steps("/Properties/Containers/web/Cpu"), json!(9)).unwrap();
        assert_eq!(value["Properties"]["New"]["Deep"], json!(3));
        assert_eq!(value["Properties"]["Containers"][0]["Cpu"], json!(9));
        assert_eq!(value["Properties"]["Containers"][2]["Name"], json!("new"));
        remove(&mut value, &steps("/Properties/Containers/new")).unwrap();
        assert_eq!(value["Properties"]["Containers"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_is_not_there_is_told() {
        let mut value = resource();
        let told = [
            remove(&mut value, &steps("/Properties/Rol")),
            remove(&mut value, &steps("/Properties/Containers/7")),
            set(&mut value, &steps("/Properties/Containers/none/Cpu"), json!(1)),
            set(&mut value, &steps("/Properties/Role/Arn"), json!(1)),
            set(&mut value, &steps("/Properties/a~1b/c"), json!(1)),
        ];
        let told: Vec<String> = told.into_iter().map(Result::unwrap_err).collect();
        assert_eq!(
            told,
            [
                "`/Properties` has no `Rol`; did you mean `Role`?",
                "`/Properties/Containers` has 2 items and none is `7`",
                "`/Properties/Containers` has 2 items and none is `none`",
                "`/Properties/Role` is the function `Fn::GetAtt`, which has no `Arn`",
                "`/Properties/a/b` is a number, which has nothing inside",
            ]
        );
        assert_eq!(value, resource());
    }
}
