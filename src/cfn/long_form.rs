//! A value from the JSON people write in templates, functions in their long form.

use serde_json::Value as Json;

use super::{Call, Text, Value};

impl Value {
    /// Reads a value whose functions are written in the long form (`{"Ref": …}`, `{"Fn::Sub": …}`).
    ///
    /// A function that bluegreen does not write itself, or arguments it does not, stay as they are: CloudFormation reads the
    /// long form anywhere. `null`, which no template may hold, becomes `AWS::NoValue`.
    pub fn from_long_form(json: &Json) -> Self {
        match json {
            Json::Null => super::pseudo::no_value(),
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Self::Int(whole),
                (None, Some(float)) => Self::Float(float),
                (None, None) => Self::Text(number.to_string().into()),
            },
            Json::String(text) => Self::Text(text.clone().into()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_long_form).collect()),
            Json::Object(map) => {
                if let (1, Some((name, argument))) = (map.len(), map.iter().next())
                    && let Some(call) = call(name, argument)
                {
                    return Self::Call(Box::new(call));
                }
                Self::Map(
                    map.iter()
                        .map(|(key, value)| (key.clone().into(), Self::from_long_form(value)))
                        .collect(),
                )
            }
        }
    }
}

fn text(json: &Json) -> Option<Text> {
    json.as_str().map(|text| text.to_owned().into())
}

fn number(json: &Json) -> Option<u32> {
    match json {
        Json::String(text) => text.parse().ok(),
        other => other.as_u64()?.try_into().ok(),
    }
}

fn call(name: &str, argument: &Json) -> Option<Call> {
    let value = Value::from_long_form;
    let items = argument.as_array().map(Vec::as_slice);
    Some(match (name, items) {
        ("Ref", _) => Call::Ref(text(argument)?),
        ("Fn::GetAtt", Some([id, attribute])) => Call::GetAtt(text(id)?, text(attribute)?),
        ("Fn::GetAtt", None) => {
            let (id, attribute) = argument.as_str()?.split_once('.')?;
            Call::GetAtt(id.to_owned().into(), attribute.to_owned().into())
        }
        ("Fn::Sub", None) => Call::Sub(text(argument)?, Vec::new()),
        ("Fn::Sub", Some([template, names])) => {
            let names = names.as_object()?;
            let names = names.iter().map(|(name, it)| (name.clone().into(), value(it))).collect();
            Call::Sub(text(template)?, names)
        }
        ("Fn::Join", Some([delimiter, Json::Array(values)])) => {
            Call::Join(text(delimiter)?, values.iter().map(value).collect())
        }
        ("Fn::Select", Some([index, list])) => Call::Select(number(index)?, value(list)),
        ("Fn::Split", Some([delimiter, whole])) => Call::Split(text(delimiter)?, value(whole)),
        ("Fn::If", Some([condition, yes, no])) => Call::If(text(condition)?, value(yes), value(no)),
        ("Fn::ImportValue", _) => Call::ImportValue(text(argument)?),
        ("Fn::Cidr", Some([block, count, bits])) => Call::Cidr(value(block), number(count)?, number(bits)?),
        ("Fn::GetAZs", None) if argument.as_str() == Some("") => Call::GetAzs,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn functions_are_recognised() {
        let value = |json: Json| Value::from_long_form(&json);
        let call = |call: Call| Value::Call(Box::new(call));
        assert_eq!(value(json!({"Ref": "A"})), call(Call::Ref("A".into())));
        for written in [json!({"Fn::GetAtt": ["A", "B.C"]}), json!({"Fn::GetAtt": "A.B.C"})] {
            assert_eq!(value(written), call(Call::GetAtt("A".into(), "B.C".into())));
        }
        assert_eq!(
            value(json!({"Fn::Sub": ["${a}", {"a": {"Ref": "A"}}]})),
            call(Call::Sub("${a}".into(), vec![("a".into(), call(Call::Ref("A".into())))]))
        );
        assert_eq!(
            value(json!({"Fn::Select": ["0", {"Fn::GetAZs": ""}]})),
            call(Call::Select(0, call(Call::GetAzs)))
        );
    }

    #[test]
    fn what_is_not_recognised_stays_as_it_is() {
        for kept in [
            json!({"Fn::Base64": {"Fn::Sub": "x"}}),
            json!({"Fn::Join": [",", {"Ref": "List"}]}),
            json!({"Ref": ["A"]}),
            json!({"Ref": "A", "More": 1}),
        ] {
            assert!(matches!(Value::from_long_form(&kept), Value::Map(_)), "{kept}");
        }
    }
}
