//! How one piece of text is written in YAML so that no reader takes it for anything else.
//!
//! CloudFormation reads YAML 1.1, most other readers 1.2, and libraries differ within each. Text is therefore bare only
//! inside a narrow whitelist that all of them agree on, and quoted everywhere else. Quoting costs nothing.

/// May stand inside bare text.
const INSIDE: u8 = 1;
/// May be the first character: nothing any YAML schema gives a type begins with it, apart from [`is_word_with_type`].
const FIRST: u8 = 2;
/// May be the last character.
const LAST: u8 = 4;

const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'/' => INSIDE | FIRST | LAST,
            b'0'..=b'9' | b'_' | b'-' | b'.' | b'+' | b'@' | b'=' | b'*' | b'(' | b')' | b'\'' => {
                INSIDE | LAST
            }
            b' ' | b':' | b',' | b';' => INSIDE,
            _ => 0,
        };
        byte += 1;
    }
    class
};

/// Whether text stands between `[` and `]`, where a comma ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Block,
    Flow,
}

/// Whether every YAML 1.1 and 1.2 reader takes this bare text for text.
pub(super) fn is_plain(text: &str, context: Context) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    if CLASS[first as usize] & FIRST == 0 || CLASS[last as usize] & LAST == 0 {
        return false;
    }
    // A colon before a space makes a key of what precedes it.
    let key = bytes.windows(2).any(|pair| pair == b": ");
    let item = context == Context::Flow && bytes.contains(&b',');
    let inside = bytes.iter().all(|&byte| CLASS[byte as usize] & INSIDE != 0);
    inside && !key && !item && !is_word_with_type(text)
}

/// Words some reader takes for a boolean, nothing or a number, in any mixture of cases.
fn is_word_with_type(text: &str) -> bool {
    const WORDS: [&str; 18] = [
        "y",
        "n",
        "t",
        "f",
        "on",
        "no",
        "yes",
        "off",
        "nan",
        "inf",
        "nil",
        "true",
        "null",
        "none",
        "false",
        "undefined",
        "infinity",
        "nothing",
    ];
    text.len() <= 9 && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// How a block of lines ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chomping {
    /// `|`: with one line break.
    Clip,
    /// `|-`: without.
    Strip,
}

impl Chomping {
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Clip => "|",
            Self::Strip => "|-",
        }
    }
}

/// How to write text as a block of lines, where a block can hold it exactly.
pub(super) fn block(text: &str) -> Option<Chomping> {
    let (body, chomping) = match text.strip_suffix('\n') {
        Some(body) => (body, Chomping::Clip),
        None => (text, Chomping::Strip),
    };
    // A block takes its indentation from its first line, and loses or gains breaks at its end: the blank line between
    // two resources would become part of the text if breaks at the end were kept.
    if !text.contains('\n')
        || body.is_empty()
        || body.starts_with([' ', '\n'])
        || body.ends_with([' ', '\n'])
        || body.contains(" \n")
    {
        return None;
    }
    let holds =
        |line: &str| line.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !line.chars().any(must_escape);
    body.split('\n').all(holds).then_some(chomping)
}

/// Whether a character is kept out of the file: controls, whatever some reader takes for a line break, and what a
/// person reading the template would not see or would see elsewhere than it is.
fn must_escape(char: char) -> bool {
    matches!(char,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}')
}

/// Writes text between double quotes, with JSON's escapes only, so that JSON and YAML readers agree on it.
pub(super) fn quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut done = 0;
    for (at, char) in text.char_indices() {
        if (char.is_ascii() && !matches!(char, '"' | '\\' | '\0'..='\x1f' | '\x7f'))
            || (!char.is_ascii() && !must_escape(char))
        {
            continue;
        }
        out.push_str(&text[done..at]);
        done = at + char.len_utf8();
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Every character that must be escaped is in the basic plane, where four digits are enough.
            _ => {
                out.push_str("\\u");
                for shift in [12, 8, 4, 0] {
                    out.push(char::from_digit((u32::from(char) >> shift) & 0xf, 16).unwrap_or('0'));
                }
            }
        }
    }
    out.push_str(&text[done..]);
    out.push('"');
}

/// Writes text on one line: bare where that is safe, quoted elsewhere.
pub(super) fn line(out: &mut String, text: &str, context: Context) {
    if is_plain(text, context) { out.push_str(text) } else { quoted(out, text) }
}

/// Writes what `!GetAtt` is given: the id and the attribute with a point between them, or both in a list where the id
/// has a point itself.
pub(super) fn attribute(out: &mut String, id: &str, attribute: &str) {
    if id.contains('.') || !is_plain(id, Context::Flow) || !is_plain(attribute, Context::Flow) {
        out.push('[');
        quoted(out, id);
        out.push_str(", ");
        quoted(out, attribute);
        out.push(']');
    } else {
        out.push_str(id);
        out.push('.');
        out.push_str(attribute);
    }
}

/// Writes a number that is not whole so that every reader takes it for one: always with a point, never with an exponent,
/// which YAML 1.1 wants written otherwise than 1.2. What is no number at all has no spelling they share.
pub(super) fn float(out: &mut String, number: f64) {
    if !number.is_finite() {
        out.push_str("null");
        return;
    }
    let text = number.to_string();
    out.push_str(&text);
    if !text.contains('.') {
        out.push_str(".0");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        line(&mut out, text, Context::Block);
        out
    }

    #[test]
    fn what_everyone_reads_as_text_is_bare() {
        for text in [
            "AWS::ECS::Service",
            "a",
            "arn:aws:s3:::bucket/*",
            "/health",
            "s3:Get*",
            "ELBSecurityPolicy-TLS13-1-2",
            "the service's name, in words (short)",
            "aws:SourceArn",
            "Fn::Sub",
            "us-east-1",
            "a=b",
            "yess",
            "x:y",
        ] {
            assert_eq!(written(text), text);
        }
    }

    #[test]
    fn what_some_reader_retypes_is_quoted() {
        for text in [
            "",
            "yes",
            "Yes",
            "oN",
            "off",
            "y",
            "N",
            "true",
            "NULL",
            "~",
            "12",
            "12:30",
            "1_000",
            "0x1f",
            "010",
            "1e3",
            "-1",
            "+1",
            ".5",
            ".inf",
            "2012-10-17",
            "<<",
            "=",
            "- a",
            "a: b",
            "a:",
            " a",
            "a ",
            "a #b",
            "#a",
            "!a",
            "*a",
            "&a",
            "%a",
            "@a",
            "`a",
            "{a",
            "[a",
            "a]",
            "?a",
            "|",
            ">",
            "'a",
            "---",
            "...",
            "10.0.0.0/16",
            "NaN",
            "infinity",
        ] {
            assert!(written(text).starts_with('"'), "{text} is written {}", written(text));
        }
    }

    #[test]
    fn a_comma_is_quoted_only_where_it_ends_an_item() {
        assert!(is_plain("a, b", Context::Block));
        assert!(!is_plain("a, b", Context::Flow));
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(
            written("a\u{85}\u{feff}\u{2028}\u{202e}\u{0}\x7f\t\r\n\"\\é😀"),
            "\"a\\u0085\\ufeff\\u2028\\u202e\\u0000\\u007f\\t\\r\\n\\\"\\\\é😀\""
        );
    }

    #[test]
    fn a_block_holds_only_what_it_gives_back() {
        assert_eq!(block("a\nb\n"), Some(Chomping::Clip));
        assert_eq!(block("a\n\n  b"), Some(Chomping::Strip));
        for text in [
            "a",
            "a\n\n",
            "\na",
            "\n",
            " a\nb",
            "a \nb",
            "a\nb ",
            "a\n \nb",
            "a\tb\n",
            "a\r\nb\n",
            "a\u{85}\nb",
        ] {
            assert_eq!(block(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_keep_their_point() {
        let mut out = String::new();
        for number in [0.5, 1e21, 1e-7, -0.0, f64::NAN] {
            float(&mut out, number);
            out.push(' ');
        }
        assert_eq!(out, "0.5 1000000000000000000000.0 0.0000001 -0.0 null ");
    }
}
