//! A schema without what it says to people, which is most of it: enough to tell what is a choice and what a map.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Keywords that say nothing of which keys there are.
const PROSE: [&str; 7] = ["default", "description", "examples", "format", "pattern", "title", "x-also"];

/// Keywords whose members are called by names, none of which is a keyword.
const NAMES: [&str; 3] = ["$defs", "patternProperties", "properties"];

/// Reads a schema without its prose.
///
/// # Errors
/// Where the text is no JSON.
pub(super) fn outline(text: &str) -> serde_json::Result<Value> {
    Outline { names: false }.deserialize(&mut serde_json::Deserializer::from_str(text))
}

#[derive(Clone, Copy)]
struct Outline {
    /// Whether the keys of a map are names.
    names: bool,
}

impl<'de> DeserializeSeed<'de> for Outline {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Outline {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a part of a schema")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = list.next_element_seed(Self { names: false })? {
            found.push(item);
        }
        Ok(found.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if !self.names && PROSE.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let names = !self.names && NAMES.contains(&key.as_str());
            let value = map.next_value_seed(Self { names })?;
            found.insert(key, value);
        }
        Ok(found.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::blueprint::{
        schema::APPLICATION,
        shape::{Shape, schema::Schema},
    };

    /// Every way down from a schema, by keys; a name that people give is `any`.
    fn ways(schema: Schema<'_>, root: &Value, way: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        if way.len() > 5 {
            return;
        }
        for map in schema.alternatives(root) {
            let named = map.properties().into_iter().flat_map(|all| all.keys().cloned());
            let any = map.any_key().map(|_| "any".to_owned());
            for key in named.chain(any) {
                let Some(child) = map.child(&key) else { continue };
                way.push(key);
                if !found.contains(way) {
                    found.push(way.clone());
                    ways(child, root, way, found);
                }
                way.pop();
            }
        }
    }

    #[test]
    fn choices_are_told_as_by_the_whole() {
        let root: Value = serde_json::from_str(APPLICATION).expect("JSON");
        let mut all = Vec::new();
        ways(Schema::new(&root), &root, &mut Vec::new(), &mut all);
        let (ours, whole) = (Shape::application(), Shape::deferred(root, &[]));
        let mut choices = 0;
        for way in &all {
            let keys: Vec<&str> = way.iter().map(String::as_str).collect();
            let told = ours.is_choice(&keys);
            assert_eq!(told, whole.is_choice(&keys), "{keys:?}");
            choices += usize::from(told);
        }
        assert!(all.len() > 300 && choices >= 5, "{} ways, {choices} choices", all.len());
    }
}
