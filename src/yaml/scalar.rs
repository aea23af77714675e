//! What a plain scalar means: the core schema of YAML 1.2, and nothing of YAML 1.1.
//!
//! `yes`, `on`, `12:30` and `1_000` are text, `010` is ten. No two readers of a blueprint may disagree, so the
//! typing is done here and left to no library.

use super::Data;

/// The value of a plain scalar, or `None` for a number that cannot be held without changing it.
pub(super) fn plain(text: &str) -> Option<Data> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Data::Null),
        "true" | "True" | "TRUE" => return Some(Data::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Data::Bool(false)),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Some(Data::Text(text.to_owned()));
    }
    if let Some((digits, radix)) = prefixed(text) {
        return i64::from_str_radix(digits, radix).ok().map(Data::Int);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if all_digits(unsigned) {
        return text.parse().ok().map(Data::Int);
    }
    if is_decimal(unsigned) {
        return text.parse().ok().filter(|value: &f64| value.is_finite()).map(Data::Float);
    }
    // JSON, which the schema and every later stage speak, has no such numbers.
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return None;
    }
    Some(Data::Text(text.to_owned()))
}

/// Whether text may be written without quotes, in brackets too, and is read as that text by YAML 1.1 and 1.2 alike.
/// In doubt it may not.
pub fn is_bare(text: &str) -> bool {
    let inner = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/' | ':' | ' ' | '+')
    };
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    // Numbers of every notation, base 60 and dates among them.
    let number = text.bytes().all(|byte| byte.is_ascii_digit() || b"_:.-+eExXoObBtTzZ".contains(&byte));
    let digit_first = text.starts_with(|first: char| first.is_ascii_digit());
    (digit_first || text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/'))
        && text.chars().all(inner)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !word
        && !(number && digit_first)
        && matches!(plain(text), Some(Data::Text(_)))
}

/// The digits and radix of `0o17` and `0x1f`.
fn prefixed(text: &str) -> Option<(&str, u32)> {
    let (digits, radix) = match text.get(..2)? {
        "0o" => (&text[2..], 8),
        "0x" => (&text[2..], 16),
        _ => return None,
    };
    (!digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))).then_some((digits, radix))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && (fraction.is_empty() || all_digits(fraction)),
        None => all_digits(mantissa),
    };
    mantissa
        && exponent.is_none_or(|exponent| all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Option<Data> {
        Some(Data::Text(value.to_owned()))
    }

    #[test]
    fn core_schema_types() {
        assert_eq!(plain("null"), Some(Data::Null));
        assert_eq!(plain("~"), Some(Data::Null));
        assert_eq!(plain("TRUE"), Some(Data::Bool(true)));
        assert_eq!(plain("-12"), Some(Data::Int(-12)));
        assert_eq!(plain("+12"), Some(Data::Int(12)));
        assert_eq!(plain("010"), Some(Data::Int(10)));
        assert_eq!(plain("0o17"), Some(Data::Int(15)));
        assert_eq!(plain("0x1F"), Some(Data::Int(31)));
        assert_eq!(plain("0.5"), Some(Data::Float(0.5)));
        assert_eq!(plain(".5"), Some(Data::Float(0.5)));
        assert_eq!(plain("5."), Some(Data::Float(5.0)));
        assert_eq!(plain("1e3"), Some(Data::Float(1000.0)));
        assert_eq!(plain("-1.5E-1"), Some(Data::Float(-0.15)));
    }

    #[test]
    fn what_yaml_1_1_retypes_stays_text() {
        for value in [
            "yes",
            "No",
            "on",
            "OFF",
            "y",
            "n",
            "12:30",
            "1:30:00",
            "1_000",
            "0b101",
            "2010-09-09",
            "=",
            "-",
            ".",
        ] {
            assert_eq!(plain(value), text(value));
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        for value in [
            "1.2.3", "0x", "0o9", "+0x1", "1e", "e1", "--1", "10m", "nULL", "tRue", "+", "..", "1.e",
            "infinity",
        ] {
            assert_eq!(plain(value), text(value));
        }
    }

    #[test]
    fn bare_text_is_text_to_every_reader() {
        for value in
            ["a", "10m", "1h30m", "0.5 vCPU", "/health", "arn:aws:acm:x", "eu-west-1", "1.29.0-alpine"]
        {
            assert!(is_bare(value), "{value}");
        }
        for value in [
            "",
            "yes",
            "12",
            "1_000",
            "12:30",
            "2010-09-09",
            "a: b",
            "a:",
            "- a",
            "*a",
            "{a}",
            "a #b",
            "1.5",
            "0x1f",
        ] {
            assert!(!is_bare(value), "{value}");
        }
    }

    #[test]
    fn numbers_that_would_change_are_refused() {
        for value in ["9223372036854775808", "0xffffffffffffffffff", "1e999", ".inf", "-.INF", ".nan"] {
            assert_eq!(plain(value), None, "{value}");
        }
        assert_eq!(plain("-9223372036854775808"), Some(Data::Int(i64::MIN)));
    }
}
