//! The hash by which GitHub's code scanning knows a line: `primaryLocationLineHash`. GitHub's own upload action adds it to
//! SARIF files; written here, it is there whichever way they are uploaded.

use std::collections::HashMap;

/// Characters that a line is known by, beginning with its own.
const WINDOW: usize = 100;
/// What stands for the end of the file.
const END: u16 = u16::MAX;

/// The hash of each line: its first 100 characters and those of the lines after it, without blanks and tabs. Lines that are alike
/// are counted.
///
/// Characters are UTF-16 units and every line break is one `\n`, as GitHub reads them.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len() + 1);
    let mut starts = vec![0];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' => {}
            '\r' | '\n' => {
                if letter == '\r' {
                    letters.next_if_eq(&'\n');
                }
                units.push(u16::from(b'\n'));
                starts.push(units.len());
            }
            _ => units.extend(letter.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    units.push(END);
    let mut counts: HashMap<u64, usize> = HashMap::new();
    let mut line_hash = |start: usize| {
        let units = units[start..].iter().copied().chain(std::iter::repeat(0)).take(WINDOW);
        let hash = units.fold(0_u64, |hash, unit| hash.wrapping_mul(37).wrapping_add(u64::from(unit)));
        let count = counts.entry(hash).or_default();
        *count += 1;
        format!("{hash:x}:{count}")
    };
    starts.into_iter().map(&mut line_hash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by another program, which rolls the hash over the file as GitHub's does.
    #[test]
    fn hashes_are_those_of_github() {
        let expected: [(&str, &[&str]); 4] = [
            ("", &["c129715d7a2bc9a3:1"]),
            ("schema: 1\napp: shop\n", &["96f42c0110d7ccb8:1", "2e51c14477c15e0a:1", "c129715d7a2bc9a3:1"]),
            (
                "schema: 1\r\n\tapp:  été🚀\r\n",
                &["44f0c853eb01be89:1", "f5a83a5516a2d99f:1", "c129715d7a2bc9a3:1"],
            ),
            (
                &"port: 8080 # checkout and its health check\n".repeat(6),
                &[
                    "d37bc1afda27f5bf:1",
                    "d37bc1afda27f5bf:2",
                    "d37bc1afda27f5bf:3",
                    "d37bc1afda27f5bf:4",
                    "145fc7efaea977fd:1",
                    "b996075af848eb68:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ];
        for (text, hashes) in expected {
            assert_eq!(line_hashes(text), hashes, "{text:?}");
        }
    }
}
