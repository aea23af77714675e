//! Wording: what is shown of a user's text, lists of names, the nearest name.

use serde_json::Value;

use crate::diagnostic::Trail;

/// Names listed before the rest is only counted.
const MAX_LISTED: usize = 32;

/// A trail for a title: quoted, or the document.
pub(super) fn place(trail: &Trail) -> String {
    if trail.steps().is_empty() {
        "the document".into()
    } else {
        format!("`{}`", clip(&trail.to_string(), 120))
    }
}

/// User text for a title: one line, no control characters, not long.
pub(super) fn clip(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (at, letter) in text.chars().enumerate() {
        if at == most {
            shown.push('…');
            break;
        }
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// "`a`, `b` and `c`", with `last` for "and".
pub(super) fn list<T: AsRef<str>>(names: &[T], last: &str) -> String {
    let quoted: Vec<_> =
        names.iter().take(MAX_LISTED).map(|name| format!("`{}`", clip(name.as_ref(), 60))).collect();
    match quoted.as_slice() {
        all if names.len() > all.len() => {
            format!("{} {last} {} more", all.join(", "), names.len() - all.len())
        }
        [] => "nothing".into(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// The name that was most likely meant; of several that are as likely, the first.
pub(super) fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    likeliest(written, names).first().copied()
}

/// The names that were most likely meant: several where none of them is likelier than the others.
pub(super) fn likeliest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    if written.chars().count() > 60 {
        return Vec::new();
    }
    let plain = |name: &str| name.to_lowercase().replace(['-', '_', ' ', '.'], "");
    let wanted = plain(written);
    let mut best: (usize, Vec<&str>) = (usize::MAX, Vec::new());
    for name in names {
        let own = plain(name);
        let distance = strsim::damerau_levenshtein(&wanted, &own);
        let length = wanted.chars().count().max(own.chars().count());
        // One slip in a short word, two in a common one; and a word of which only the beginning was written, or more.
        let near = distance <= if length <= 4 { 1 } else { (length / 3).min(3) };
        let part = wanted.len().min(own.len()) >= 3 && (own.starts_with(&wanted) || wanted.starts_with(&own));
        if near || part {
            if distance < best.0 {
                best = (distance, Vec::new());
            }
            if distance == best.0 {
                best.1.push(name);
            }
        }
    }
    best.1
}

/// Words of other tools, and how they are called here wherever that word is known.
const ELSEWHERE: [(&str, &str); 14] = [
    ("amd64", "x86_64"),
    ("x64", "x86_64"),
    ("aarch64", "arm64"),
    ("graviton", "arm64"),
    ("public", "internet"),
    ("external", "internet"),
    ("private", "internal"),
    ("single", "one"),
    ("per_az", "per_zone"),
    ("one_per_az", "per_zone"),
    ("failed", "failure"),
    ("deployment_failure", "failure"),
    ("deployment_stop_on_alarm", "alarm"),
    ("deployment_stop_on_request", "stop"),
];

/// The word of the language that people of other tools mean.
pub(super) fn elsewhere<'n>(written: &str, words: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = written.to_lowercase().replace(['-', ' '], "_");
    let (_, ours) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == wanted)?;
    words.into_iter().find(|word| word == ours)
}

/// The name that was meant for certain: the only one that differs by case and separators alone, or by one slip of the hand in a
/// word long enough to tell.
pub(super) fn slip<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_', ' ', '.'], "");
    let wanted = plain(written);
    let length = wanted.chars().count();
    if !(2..=60).contains(&length) {
        return None;
    }
    let near: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted, &plain(name)), name))
        .filter(|(distance, _)| *distance == 0 || *distance == 1 && length >= 4)
        .collect();
    // A slip that might lead to two words is none for certain, and nor is one beside a word spelt as written.
    match near.as_slice() {
        [(_, one)] => Some(one),
        _ => None,
    }
}

/// Whether a property is known elsewhere by that name: `desiredCount` of CloudFormation is our `count`.
pub(super) fn also(property: &Value, key: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    let names = property.get("x-also").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).any(|name| plain(name) == plain(key))
}

/// A value as one would write it on one line of YAML.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::String(text) if crate::yaml::is_bare(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(key, value)| format!("{key}: {}", written(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn near_names_are_found() {
        let names = ["port", "healthcheck", "certificate", "count", "cpu", "memory"];
        for (written, wanted) in [
            ("prot", Some("port")),
            ("healthCheck", Some("healthcheck")),
            ("health_check", Some("healthcheck")),
            ("certificate_arn", Some("certificate")),
            ("cert", Some("certificate")),
            ("ports", Some("port")),
            ("memroy", Some("memory")),
            ("cup", Some("cpu")),
            ("image", None),
            ("x", None),
        ] {
            assert_eq!(nearest(written, names), wanted, "{written}");
        }
    }

    #[test]
    fn of_names_that_are_as_near_none_is_the_nearest() {
        assert_eq!(likeliest("p96", ["p50", "p90", "p95", "p99"]), ["p90", "p95", "p99"]);
        assert_eq!(likeliest("https", ["http1", "http2", "grpc"]), ["http1", "http2"]);
        assert_eq!(likeliest("prot", ["port", "cpu"]), ["port"]);
        assert_eq!(elsewhere("AMD64", ["x86_64", "arm64"]), Some("x86_64"));
        assert_eq!(elsewhere("amd64", ["one", "none"]), None);
    }

    #[test]
    fn only_one_slip_is_certain() {
        let names = ["port", "healthcheck", "certificate", "p90", "p95", "http1", "http2", "cpu", "count"];
        for (written, wanted) in [
            ("prot", Some("port")),
            ("health_check", Some("healthcheck")),
            ("CPU", Some("cpu")),
            ("cup", None),
            ("certificates", Some("certificate")),
            ("certificate_arn", None),
            ("cert", None),
            ("p96", None),
            ("http3", None),
            ("coutn", Some("count")),
            ("x", None),
        ] {
            assert_eq!(slip(written, names), wanted, "{written}");
        }
    }

    #[test]
    fn values_are_written_as_yaml() {
        assert_eq!(written(&json!({"a": ["x", "1", "yes", true, 2]})), "{a: [x, \"1\", \"yes\", true, 2]}");
    }

    #[test]
    fn lists_read_well() {
        assert_eq!(list(&["a"], "and"), "`a`");
        assert_eq!(list(&["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }

    #[test]
    fn control_characters_are_never_shown() {
        assert_eq!(clip("a\u{1b}[1m\n", 10), "a\\u{1b}[1m\\n");
    }
}
