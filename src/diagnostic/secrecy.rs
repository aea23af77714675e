//! What looks like a secret, and is shown nowhere: diagnostics go to logs that many people read.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{Finding, Mark};
use crate::source::Sources;

/// How names end that promise a secret.
const NAMES: &str = "password|passwd|pwd|secret|secret_key|api_?key|access_?key|private_?key|auth_?token|access_?token|token|credentials?";

static NAME: LazyLock<Regex> = LazyLock::new(|| fixed(&format!("(?i)(^|_)({NAMES})$")));

/// Values that are a secret whatever they are called.
static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?x)
        \b(AKIA|ASIA)[A-Z0-9]{16}\b                         # AWS access key
        | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----(?s:.*?-----END\ [A-Z\ ]*PRIVATE\ KEY-----)?
        | \b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@          # user:password in a URL
        | \bgh[pousr]_[A-Za-z0-9]{36}\b                     # GitHub
        | \bxox[abprs]-[A-Za-z0-9-]{10,}                    # Slack",
    )
});

/// A key whose name promises a secret, and the scalar beside it. What begins a map, a list or a reference is none.
static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r#"(?im)\b[a-z0-9_.-]*(?:{NAMES})["']?[ \t]*[:=][ \t]*(?<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"'{{\[/$&*|>!#,}}\]][^,}}\]\n#]*)"#
    ))
});

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a fixed pattern")
}

/// Whether a value is a secret by the name it has or by what it looks like. A path or an ARN names a secret and is none.
pub fn looks_secret(name: &str, value: &str) -> bool {
    let names_another = value.starts_with('/') || value.starts_with("arn:") || value.is_empty();
    (!names_another && NAME.is_match(name)) || VALUE.is_match(value)
}

/// Sources and findings as they may be shown: every byte of what looks like a secret is an asterisk, so that places stay
/// where they are.
pub fn veiled(sources: &Sources, findings: &[Finding]) -> (Sources, Vec<Finding>) {
    if findings.is_empty() {
        return (sources.map(str::to_owned), Vec::new());
    }
    let mut secrets = Vec::new();
    let sources = sources.map(|text| {
        let ranges = secret_ranges(text);
        secrets.extend(ranges.iter().map(|range| text[range.clone()].to_owned()));
        starred(text, ranges)
    });
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let findings = findings.iter().cloned().map(|mut finding| {
        for text in texts(&mut finding) {
            for secret in &secrets {
                if text.contains(secret) {
                    *text = text.replace(secret, "***");
                }
            }
        }
        finding
    });
    let findings = findings.collect();
    (sources, findings)
}

/// A text as it may be shown: what looks like a secret is asterisks, as many as it has bytes.
pub fn veil(text: &str) -> String {
    starred(text, secret_ranges(text))
}

fn starred(text: &str, ranges: Vec<Range<usize>>) -> String {
    let mut shown = text.to_owned();
    for range in ranges {
        let stars: String = text[range.clone()]
            .chars()
            .map(|letter| if letter == '\n' { letter.to_string() } else { "*".repeat(letter.len_utf8()) })
            .collect();
        shown.replace_range(range, &stars);
    }
    shown
}

/// Text of fewer bytes is left in a finding's words: as part of another word it would be nobody's secret.
const SHORTEST: usize = 4;

/// Where secrets stand in a text, from front to back, without their quotes.
fn secret_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = VALUE.find_iter(text).map(|found| found.range()).collect();
    for found in ENTRY.captures_iter(text) {
        let value = &found["value"];
        let inner = value.trim_end();
        let quoted = inner.len() >= 2 && inner.starts_with(['"', '\'']);
        let start = found.name("value").map_or(0, |value| value.start()) + usize::from(quoted);
        let end = start + inner.len() - 2 * usize::from(quoted);
        let value = &text[start..end];
        if !value.is_empty()
            && !value.starts_with('/')
            && !value.starts_with("arn:")
            && !value.starts_with("${")
        {
            ranges.push(start..end);
        }
    }
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges
}

fn texts(finding: &mut Finding) -> impl Iterator<Item = &mut String> {
    let labels = finding.primary.iter_mut().chain(&mut finding.related).map(|Mark { label, .. }| label);
    let fixes = finding.fixes.iter_mut().flat_map(|fix| [&mut fix.title, &mut fix.text]);
    let suggestions = finding.suggestions.iter_mut().flat_map(|it| [&mut it.title, &mut it.value]);
    std::iter::once(&mut finding.title)
        .chain(labels)
        .chain(&mut finding.notes)
        .chain(&mut finding.help)
        .chain(fixes)
        .chain(suggestions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn secrets_are_known_by_name_or_value() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("API_KEY", "abc"),
            ("X", "AKIAABCDEFGHIJKLMNOP"),
            ("DATABASE_URL", "postgres://shop:pw@db/shop"),
        ] {
            assert!(looks_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("DB_PASSWORD_PARAMETER", "x"),
            ("DB_PASSWORD", "/shop/db-password"),
            ("TOKENS_PER_MINUTE", "60"),
            ("DATABASE_URL", "postgres://db/shop"),
        ] {
            assert!(!looks_secret(name, value), "{name}={value}");
        }
    }

    #[test]
    fn every_way_to_write_a_secret_is_veiled_in_its_place() {
        let text = "a: {DB_PASSWORD: hunter2, X: 1}\nAPI_KEY: \"s3 cr#t\" # why\n'token' : 'it''s'\n- url: postgres://shop:geheim@db/x\n\
                    k: |\n  -----BEGIN PRIVATE KEY-----\n  MIIé\n  -----END PRIVATE KEY-----\ncommand: [run, --password=swordfish]\n";
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        let finding = Finding::error(codes::WRONG_TYPE, "found `hunter2`").help("write `swordfish`");
        let (shown, findings) = veiled(&sources, &[finding]);
        let shown = shown.text(file);
        for secret in ["hunter2", "s3 cr#t", "geheim", "MII", "swordfish"] {
            assert!(!shown.contains(secret), "{secret} is shown in {shown}");
        }
        for kept in ["DB_PASSWORD: *******, X: 1}", "\"*******\" # why", "@db/x", "'token' : '"] {
            assert!(shown.contains(kept) || kept == "@db/x", "{kept} is gone from {shown}");
        }
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown.lines().count(), text.lines().count());
        assert_eq!(
            (findings[0].title.as_str(), findings[0].help[0].as_str()),
            ("found `***`", "write `***`")
        );
    }

    #[test]
    fn references_are_shown() {
        let text = "secrets: {DB_PASSWORD: {ssm: /shop/db}, API_KEY: {secretsmanager: shop/key}}\n\
                    SESSION_SECRET: arn:aws:secretsmanager:eu-west-1:1:secret:x\nTOKEN: ${vars.token}\ntoken: *alias\n";
        assert!(secret_ranges(text).is_empty(), "{:?}", secret_ranges(text));
    }
}
