//! Other values a key takes: what to try instead of the one it has, to see what it is good for.

use serde_json::{Number, Value, json};

use super::{Key, branches, kind};

/// Numbers of a text that are varied, at most: a change of any of them is as good.
const MAX_NUMBERS: usize = 3;

impl Key {
    /// Other values it may take, the smallest change first. Whether one is legal in its place is known when it is put there:
    /// here only the bounds of numbers and the words of a choice are kept to.
    pub fn others(&self, now: &Value) -> Vec<Value> {
        let mut others = match now {
            Value::Bool(now) => vec![json!(!now)],
            Value::Number(now) => self.other_numbers(now),
            Value::String(now) => self.other_texts(now),
            Value::Array(now) => match now.split_last() {
                Some((_, rest)) => vec![json!(rest)],
                None => Vec::new(),
            },
            Value::Null | Value::Object(_) => Vec::new(),
        };
        others.push(self.example());
        others.dedup();
        others.retain(|other| other != now);
        others
    }

    fn other_numbers(&self, now: &Number) -> Vec<Value> {
        let candidates: Vec<Value> = match now.as_i64() {
            Some(now) => [now + 1, now - 1, now.saturating_mul(2), now / 2].map(Value::from).into(),
            None => now.as_f64().map(|now| vec![json!(now * 2.0), json!(now / 2.0)]).unwrap_or_default(),
        };
        let bounds: Vec<(f64, f64)> = branches(&self.schema)
            .into_iter()
            .filter(|branch| matches!(kind(branch), Some("integer" | "number")))
            .map(|branch| {
                let bound = |keyword: &str| branch.get(keyword).and_then(Value::as_f64);
                (bound("minimum").unwrap_or(f64::MIN), bound("maximum").unwrap_or(f64::MAX))
            })
            .collect();
        let legal = |value: &Value| {
            bounds.is_empty()
                || value
                    .as_f64()
                    .is_some_and(|value| bounds.iter().any(|(least, most)| *least <= value && value <= *most))
        };
        candidates.into_iter().filter(legal).collect()
    }

    fn other_texts(&self, now: &str) -> Vec<Value> {
        let words: Vec<Value> = branches(&self.schema)
            .into_iter()
            .flat_map(|branch| {
                let listed = branch.get("enum").and_then(Value::as_array).into_iter().flatten();
                branch.get("const").into_iter().chain(listed)
            })
            .filter(|word| word.is_string())
            .cloned()
            .collect();
        if words.iter().any(|word| word == now) {
            return words;
        }
        let mut others = other_figures(now);
        others.extend(["x", "-x"].map(|end| json!(format!("{now}{end}"))));
        others
    }
}

/// A text with one of its numbers doubled, halved or one up: `10m` as `20m`, `5m` and `11m`.
fn other_figures(text: &str) -> Vec<Value> {
    let mut others = Vec::new();
    let mut rest = 0;
    for _ in 0..MAX_NUMBERS {
        let Some(start) = text[rest..].find(|sign: char| sign.is_ascii_digit()).map(|at| rest + at) else {
            break;
        };
        let figure = |sign: char| sign.is_ascii_digit() || sign == '.';
        let end = text[start..].find(|sign| !figure(sign)).map_or(text.len(), |at| start + at);
        let number = text[start..end].trim_end_matches('.');
        let behind = &text[start + number.len()..];
        let put = |number: String| json!(format!("{}{number}{behind}", &text[..start]));
        if let Ok(number) = number.parse::<u64>() {
            others.push(put(number.saturating_mul(2).to_string()));
            if number.is_multiple_of(2) && number > 0 {
                others.push(put((number / 2).to_string()));
            }
            others.push(put(number.saturating_add(1).to_string()));
        } else if let Ok(number) = number.parse::<f64>() {
            others.extend([put((number * 2.0).to_string()), put((number / 2.0).to_string())]);
        }
        rest = end;
    }
    others
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::blueprint::keys::{Found, find};

    fn others(key: &str, now: Value) -> Vec<Value> {
        match find(key) {
            Found::One(key, _) => key.others(&now),
            other => panic!("{key}: {other:?}"),
        }
    }

    #[test]
    fn another_value_is_of_the_same_kind() {
        assert_eq!(others("deploy.keep_old", json!("10m"))[..3], [json!("20m"), json!("5m"), json!("11m")]);
        assert_eq!(others("services.checkout.exec", json!(true)), [json!(false)]);
        assert!(others("network.nat", json!("one")).contains(&json!("per_zone")));
        assert!(others("services.checkout.cpu", json!("0.5 vCPU")).contains(&json!("1 vCPU")));
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        assert!(!others("network.zones", json!(2)).contains(&json!(1)));
        assert!(others("network.zones", json!(2)).contains(&json!(3)));
    }

    #[test]
    fn the_present_value_is_no_other() {
        for now in [json!("1h"), json!("2h"), json!("10m")] {
            assert!(!others("deploy.keep_old", now.clone()).contains(&now));
        }
    }
}
