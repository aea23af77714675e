//! The digest by which a patch knows what it was written against.

use std::hash::Hasher as _;

use fnv::FnvHasher;
use serde_json::Value;

/// What a patch replaces: the resource without its service's name, the pointer, and the value, where there is one.
pub(super) type Underlying = (String, String, Option<Value>);

/// 16 hexadecimal digits over everything a patch replaces. The order in which it was met and the order of keys mean nothing.
///
/// It tells that something changed, not that nobody wanted it to: FNV-1a with 64 bits will do.
pub(super) fn digest(values: &[Underlying]) -> String {
    let mut texts: Vec<String> = values
        .iter()
        .map(|(resource, pointer, value)| {
            let value = value.as_ref().map_or_else(String::new, canonical);
            format!("{resource}\n{pointer}\n{value}\n")
        })
        .collect();
    texts.sort();
    let mut hasher = FnvHasher::default();
    texts.iter().for_each(|text| hasher.write(text.as_bytes()));
    format!("{:016x}", hasher.finish())
}

/// JSON with sorted keys.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let pairs: Vec<String> = keys
                .into_iter()
                .map(|key| format!("{}:{}", Value::from(key.as_str()), canonical(&map[key])))
                .collect();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: Option<Value>) -> Underlying {
        ("Listener".into(), "/Properties/A".into(), value)
    }

    #[test]
    fn order_means_nothing_and_everything_else_does() {
        let one = digest(&[of(Some(json!({"a": 1, "b": [1, 2]}))), of(None)]);
        assert_eq!(one, digest(&[of(None), of(Some(json!({"b": [1, 2], "a": 1})))]));
        assert_ne!(one, digest(&[of(None), of(Some(json!({"b": [2, 1], "a": 1})))]));
        assert_ne!(digest(&[of(None)]), digest(&[of(Some(Value::Null))]));
        assert_eq!(one.len(), 16);
    }
}
