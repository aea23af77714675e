//! The result for people and machines.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Case, Verdict};
use crate::{
    compare::{Change, Kind},
    report::{escaped, scrub},
};

/// Characters of a value that are shown.
const WIDTH: usize = 90;
/// Properties of a resource that are shown; beyond, only how many there are.
const MOST: usize = 12;

/// For people: what differs, a resource at a time.
pub(super) fn text(cases: &[Case]) -> String {
    let mut out = String::new();
    let mut blueprint = None;
    for case in cases.iter().filter(|case| !matches!(case.verdict, Verdict::Same | Verdict::Checked(_))) {
        if blueprint != Some(&case.blueprint) {
            let _ = writeln!(out, "{}", scrub(case.blueprint.as_str()));
            blueprint = Some(&case.blueprint);
        }
        out.push_str(&of_case(case));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&counts(cases));
    out
}

/// What is said of an environment, in lines with two blanks before.
fn of_case(case: &Case) -> String {
    let mut out = String::new();
    let place =
        if case.environment.is_empty() { String::new() } else { format!("{}: ", scrub(&case.environment)) };
    let line = match &case.verdict {
        Verdict::Same => "as its snapshot".to_owned(),
        Verdict::Checked(what) => format!("{what} has no fault by itself"),
        Verdict::New { written: true } => format!("first snapshot written, {}", stacks(case.stacks)),
        Verdict::New { written: false } => format!("no snapshot yet, {}", stacks(case.stacks)),
        Verdict::Broken(why) => format!("cannot be rendered, {why}"),
        Verdict::Gone { removed: true } => "snapshot removed, its blueprint or environment is gone".into(),
        Verdict::Gone { removed: false } => {
            "there is a snapshot, and no blueprint or environment of it any more".into()
        }
        Verdict::Differs { written: true, .. } => "taken".into(),
        Verdict::Differs { written: false, .. } => "differs".into(),
    };
    let _ = writeln!(out, "  {place}{line}");
    if let Verdict::Differs { changes, unreadable, .. } = &case.verdict {
        for file in unreadable {
            let _ = writeln!(out, "    ! {}", scrub(file));
        }
        let mut stack = None;
        for (at, change) in changes.iter().enumerate() {
            if stack != Some(&change.stack) {
                let _ = writeln!(out, "    {}", scrub(&change.stack));
                stack = Some(&change.stack);
            }
            of_change(case, changes, at, &mut out);
        }
    }
    out
}

fn of_change(case: &Case, changes: &[Change], at: usize, out: &mut String) {
    let change = &changes[at];
    let same = |other: &Change| {
        other.stack == change.stack && other.section == change.section && other.id == change.id
    };
    let nth = changes[..at].iter().filter(|other| same(other)).count();
    if nth == 0 {
        let sign = match (change.path.is_empty(), change.kind()) {
            (true, Kind::Added) => '+',
            (true, Kind::Removed) => '-',
            _ => '~',
        };
        let _ = writeln!(out, "      {sign} {}", scrub(&subject(case, change)));
    }
    if change.path.is_empty() && change.kind() != Kind::Changed {
        return;
    }
    if nth == MOST {
        let all = changes.iter().filter(|other| same(other)).count();
        let _ = writeln!(out, "          ... and {} more", all - MOST);
    }
    if nth >= MOST {
        return;
    }
    let path = change.path.to_string();
    let path = if path.is_empty() { String::new() } else { format!("{}: ", scrub(&path)) };
    let told = match (&change.before, &change.after) {
        (Some(before), Some(after)) => from_to(before, after),
        (None, Some(after)) => format!("+ {}", shown(after)),
        (Some(before), None) => format!("- {}", shown(before)),
        (None, None) => String::new(),
    };
    let _ = writeln!(out, "          {path}{}", scrub(&told));
}

/// What a change is about.
fn subject(case: &Case, change: &Change) -> String {
    match (change.section.as_str(), change.id.as_str()) {
        ("", _) => "the whole stack".into(),
        ("Resources", id) => {
            let kind = case.kinds.get(&(change.stack.clone(), id.to_owned()));
            kind.map_or_else(|| id.to_owned(), |kind| format!("{id} ({kind})"))
        }
        ("Stack", _) => "the stack's own settings".into(),
        (section, "") => section.to_owned(),
        (section, id) => format!("{} {id}", section.to_lowercase().trim_end_matches('s')),
    }
}

fn from_to(before: &Value, after: &Value) -> String {
    if let (Value::String(before), Value::String(after)) = (before, after)
        && (before.contains('\n') || after.contains('\n'))
    {
        let first = before.lines().zip(after.lines()).position(|(then, now)| then != now);
        let lines = before.lines().count().min(after.lines().count());
        let at = first.unwrap_or(lines);
        let line = |text: &str| {
            text.lines().nth(at).map_or("nothing".to_owned(), |line| clip(&format!("{:?}", line.trim())))
        };
        return format!("line {}: {} -> {}", at + 1, line(before), line(after));
    }
    // What is long is shown from where it differs.
    let (before, after) = (before.to_string(), after.to_string());
    if before.len().max(after.len()) > WIDTH {
        let same = before.chars().zip(after.chars()).take_while(|(then, now)| then == now).count();
        let from = same.saturating_sub(20);
        let part = |text: &str| {
            let part: String = text.chars().skip(from).collect();
            clip(&format!("{}{part}", if from > 0 { "..." } else { "" }))
        };
        return format!("{} -> {}", part(&before), part(&after));
    }
    format!("{before} -> {after}")
}

fn shown(value: &Value) -> String {
    clip(&value.to_string())
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

fn stacks(count: usize) -> String {
    if count == 1 { "1 stack".into() } else { format!("{count} stacks") }
}

fn counts(cases: &[Case]) -> String {
    let count = |wanted: &dyn Fn(&Verdict) -> bool| cases.iter().filter(|case| wanted(&case.verdict)).count();
    let mut parts = vec![format!("{} as their snapshots", count(&|it| matches!(it, Verdict::Same)))];
    for (what, number) in [
        ("new", count(&|it| matches!(it, Verdict::New { .. }))),
        ("differ", count(&|it| matches!(it, Verdict::Differs { written: false, .. }))),
        ("taken", count(&|it| matches!(it, Verdict::Differs { written: true, .. }))),
        ("cannot be rendered", count(&|it| matches!(it, Verdict::Broken(_)))),
        ("gone", count(&|it| matches!(it, Verdict::Gone { .. }))),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    let checked = count(&|it| matches!(it, Verdict::Checked(_)));
    let environments = cases.len() - checked;
    let all = if environments == 1 { "1 environment".into() } else { format!("{environments} environments") };
    let beside = match checked {
        0 => String::new(),
        1 => "; 1 service blueprint or shared part has no fault".to_owned(),
        many => format!("; {many} service blueprints and shared parts have no fault"),
    };
    format!("{all}: {}{beside}\n", parts.join(", "))
}

/// The word for a verdict.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "same",
        Verdict::Checked(_) => "checked",
        Verdict::New { .. } => "new",
        Verdict::Differs { .. } => "differs",
        Verdict::Broken(_) => "broken",
        Verdict::Gone { .. } => "gone",
    }
}

/// For programs.
pub(super) fn json(cases: &[Case]) -> String {
    let of_change = |case: &Case, change: &Change| {
        json!({
            "stack": change.stack,
            "section": change.section,
            "id": change.id,
            "type": case.kinds.get(&(change.stack.clone(), change.id.clone())).filter(|_| change.section == "Resources"),
            "path": change.path.to_string(),
            "pointer": change.path.pointer(),
            "kind": match change.kind() {
                Kind::Added => "added",
                Kind::Changed => "changed",
                Kind::Removed => "removed",
            },
            "before": change.before,
            "after": change.after,
        })
    };
    let of_case = |case: &Case| {
        let (changes, unreadable) = match &case.verdict {
            Verdict::Differs { changes, unreadable, .. } => (changes.as_slice(), unreadable.as_slice()),
            _ => (&[][..], &[][..]),
        };
        json!({
            "blueprint": case.blueprint.as_str(),
            "environment": if case.environment.is_empty() { Value::Null } else { case.environment.as_str().into() },
            "document": match &case.verdict {
                Verdict::Checked(what) => Some(what),
                _ => None,
            },
            "result": word(&case.verdict),
            "passed": !case.fails(),
            "changes": changes.iter().map(|change| of_change(case, change)).collect::<Vec<_>>(),
            "unreadable": unreadable,
        })
    };
    let whole = json!({"version": 1, "environments": cases.iter().map(of_case).collect::<Vec<_>>()});
    let mut text = serde_json::to_string_pretty(&whole).expect("JSON data has text for keys");
    text.push('\n');
    text
}

/// For whatever shows test results: a suite per blueprint, a test case per environment.
pub(super) fn junit(cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| case.fails()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"bluegreen test\" tests=\"{}\" failures=\"{failures}\" errors=\"0\">",
        cases.len()
    );
    let mut rest = cases;
    while let Some(first) = rest.first() {
        let many = rest.iter().take_while(|case| case.blueprint == first.blueprint).count();
        let (suite, others) = rest.split_at(many);
        rest = others;
        let name = escaped(&scrub(first.blueprint.as_str()));
        let failures = suite.iter().filter(|case| case.fails()).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{many}\" failures=\"{failures}\" errors=\"0\">"
        );
        for case in suite {
            let environment = if case.environment.is_empty() { "blueprint" } else { &case.environment };
            let _ = write!(
                out,
                "    <testcase name=\"{}\" classname=\"{name}\" file=\"{name}\"",
                escaped(&scrub(environment))
            );
            if case.fails() {
                let told = of_case(case);
                let message = told.lines().next().unwrap_or_default().trim().to_owned();
                let _ = writeln!(
                    out,
                    ">\n      <failure message=\"{}\" type=\"{}\">{}</failure>\n    </testcase>",
                    escaped(&message),
                    word(&case.verdict),
                    escaped(&told)
                );
            } else {
                out.push_str("/>\n");
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
