//! User text made harmless for a terminal: nothing in a document may move the cursor, hide text or start a line.

use std::borrow::Cow;

/// Text for one line: what is not for show is spelt out.
pub fn scrub(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// Lines of a document, with what is not for show replaced by as many bytes, so that every place stays where it is.
pub(super) fn scrub_source(text: &str) -> Cow<'_, str> {
    let strange = |letter: char| is_hidden(letter) && !matches!(letter, '\n' | '\r' | '\t');
    if !text.chars().any(strange) {
        return Cow::Borrowed(text);
    }
    let replace = |letter: char| match (strange(letter), letter.len_utf8()) {
        (false, _) => letter,
        (true, 1) => '?',
        (true, 2) => '¿',
        (true, 3) => '\u{fffd}',
        // Plane 14 tags, four bytes.
        (true, _) => '\u{1f7c6}',
    };
    Cow::Owned(text.chars().map(replace).collect())
}

/// Controls, and the marks that turn or hide the text around them.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_untouched() {
        assert!(matches!(scrub("grüße 日本 🚀"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_not_for_show_is_spelt_out() {
        assert_eq!(scrub("a\u{1b}[2J\nb\u{202e}\u{9b}"), "a\\u{1b}[2J\\nb\\u{202e}\\u{9b}");
    }

    #[test]
    fn source_keeps_its_bytes() {
        let text = "a\t\u{1b}b\u{9b}c\u{202e}d\u{e0041}\n";
        let shown = scrub_source(text);
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown.find('d'), text.find('d'));
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    }
}
