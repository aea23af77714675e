//! Comment lines of a template.

use super::layout::pad;

/// Columns a comment keeps within, where its words allow.
const WIDTH: usize = 110;

/// Writes a note as comment lines, broken between words.
pub(super) fn wrapped(out: &mut String, note: &str, indent: usize) {
    for paragraph in note.trim_end().split('\n') {
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > WIDTH {
                end(out);
                column = 0;
            }
            if column == 0 {
                pad(out, indent);
                out.push('#');
                column = indent + 1;
            }
            out.push(' ');
            harmless(out, word);
            column += 1 + width;
        }
        if column == 0 {
            pad(out, indent);
            out.push('#');
        }
        end(out);
    }
}

/// Writes lines as comments, as they are.
pub(super) fn lines(out: &mut String, text: &str) {
    for line in text.split('\n') {
        out.push_str("# ");
        harmless(out, line);
        end(out);
    }
}

/// Writes a reason behind what stands on a line already, and ends the line.
pub(super) fn trailing(out: &mut String, reason: &str) {
    out.push_str("  # ");
    harmless(out, reason.trim());
    end(out);
}

/// Ends a line without spaces before its end.
fn end(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

/// Writes a comment's text without anything that could end the comment.
fn harmless(out: &mut String, text: &str) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push_str(text);
    } else {
        out.extend(text.chars().map(|char| {
            let breaks = char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
            if breaks { ' ' } else { char }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_breaks_between_words() {
        let mut out = String::new();
        wrapped(&mut out, &"word ".repeat(40), 2);
        assert_eq!(out.lines().count(), 2);
        assert!(out.lines().all(|line| line.starts_with("  # word") && line.len() <= WIDTH), "{out}");
    }

    #[test]
    fn a_comment_cannot_end_early() {
        let mut out = String::new();
        wrapped(&mut out, "a\nb\u{85}c\u{2028}d\re", 0);
        lines(&mut out, "x\ny\rz\n");
        trailing(&mut out, "p\nq");
        assert_eq!(out, "# a\n# b c d e\n# x\n# y z\n#\n  # p q\n");
    }
}
