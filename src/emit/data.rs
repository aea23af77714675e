//! Plain YAML data: AppSpec files, build specifications.

use serde_json::Value;

use super::writer::{At, Node, Writer};

/// The data's text.
pub(super) fn write(value: &Value) -> String {
    let mut writer = Writer::with_capacity(1024);
    match value {
        // A map or list at the top starts on the first line, where nothing precedes it.
        Value::Object(pairs) if !pairs.is_empty() => {
            pairs.iter().for_each(|(key, value)| writer.pair(key, 0, value))
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                writer.out.push('-');
                item.write(&mut writer, At { indent: 2, inline: true, note: None });
            }
        }
        _ => {
            value.write(&mut writer, At::below(2));
            writer.out.remove(0);
        }
    }
    writer.out
}

impl Node for &Value {
    fn write(self, writer: &mut Writer, at: At<'_>) {
        match self {
            Value::Null => writer.bare("null", at.note),
            Value::Bool(true) => writer.bare("true", at.note),
            Value::Bool(false) => writer.bare("false", at.note),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => writer.int(number, at.note),
                (None, Some(float)) if number.is_f64() => writer.float(float, at.note),
                _ => writer.bare(&number.to_string(), at.note),
            },
            Value::String(text) => writer.text(text, at),
            Value::Array(items) => writer.list(items.iter(), at),
            Value::Object(pairs) => writer.map(pairs.iter().map(|(key, value)| (key.as_str(), value)), at),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::write;

    #[test]
    fn data_is_written_as_people_write_it() {
        let text = write(&json!({
            "version": 0.2,
            "phases": {"build": {"commands": ["docker build .", "set -e\nmake\n"]}},
            "cache": {"paths": []},
            "Hooks": [{"BeforeAllowTraffic": "Fn"}, {}],
            "on": null,
        }));
        assert_eq!(
            text,
            "version: 0.2
phases:
  build:
    commands:
      - docker build .
      - |
        set -e
        make
cache:
  paths: []
Hooks:
  - BeforeAllowTraffic: Fn
  - {}
\"on\": null
"
        );
    }

    #[test]
    fn anything_can_stand_at_the_top() {
        assert_eq!(write(&json!("yes")), "\"yes\"\n");
        assert_eq!(write(&json!("a\nb\n")), "|\n  a\n  b\n");
        assert_eq!(write(&json!({})), "{}\n");
        assert_eq!(write(&json!([[1, 2], {"a": 1, "b": 2}])), "- - 1\n  - 2\n- a: 1\n  b: 2\n");
    }
}
