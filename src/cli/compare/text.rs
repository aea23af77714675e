//! A comparison for people.

use std::fmt::Write as _;

use crate::{
    blueprint::{
        RollbackEvent,
        engines::{self, Act, Owner},
    },
    contrast::{Contrast, Drawn, Fate, Phase, Row, Side, Span, Verdict, Way},
    rules::length,
};

pub(super) fn of(all: &[Contrast], environment: &str) -> String {
    let mut out = String::new();
    for (at, contrast) in all.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        service(&mut out, contrast, environment);
    }
    out
}

fn line(out: &mut String, indent: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{}", "", text.trim_end());
}

fn service(out: &mut String, contrast: &Contrast, environment: &str) {
    let [first, second] = &contrast.engines;
    let titled = |side: &Side| {
        let mut title = side.engine.to_owned();
        if side.is_written {
            title.push_str(" (as written)");
        }
        if side.is_refused {
            title.push_str(" (refused)");
        }
        title
    };
    line(out, 0, &format!("{} in {environment}: {} and {}", contrast.service, titled(first), titled(second)));
    for side in &contrast.engines {
        line(out, 2, &format!("{}: {}", side.engine, side.summary));
    }
    phases(out, contrast);
    owners(out, contrast);
    ways_back(out, contrast);
    let to = second.engine;
    let refused = |side: &Side| -> Vec<&Verdict> {
        contrast
            .findings
            .iter()
            .filter(|finding| finding.engine == side.engine && finding.is_refusal())
            .collect()
    };
    balance(out, &format!("lost with {to}"), &refused(second), &contrast.balance.lost, contrast);
    balance(out, &format!("gained with {to}"), &refused(first), &contrast.balance.gained, contrast);
    balance(out, &format!("other with {to}"), &[], &contrast.balance.differs, contrast);
    findings(out, contrast);
    resources(out, contrast);
}

fn phases(out: &mut String, contrast: &Contrast) {
    let [first, second] = &contrast.engines;
    let mut acts: Vec<Act> = first.phases.iter().chain(&second.phases).map(|phase| phase.act).collect();
    acts.sort_unstable();
    acts.dedup();
    let find = |side: &Side, act| side.phases.iter().find(|phase| phase.act == act).map(cell);
    let mut rows: Vec<[String; 3]> = vec![["a release".into(), first.engine.into(), second.engine.into()]];
    for act in acts {
        let cells = [first, second].map(|side| find(side, act).unwrap_or_else(|| "-".into()));
        rows.push([format!("  {}", act.words()), cells[0].clone(), cells[1].clone()]);
    }
    let together = |side: &Side| match side.phases.is_empty() {
        true => "-".to_owned(),
        false => span(side.seconds),
    };
    rows.push(["  together".into(), together(first), together(second)]);
    out.push('\n');
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let (names, cells) = (width(0), width(1));
    for [name, left, right] in &rows {
        line(out, 0, &format!("{name:names$}  {left:cells$}  {right}"));
    }
}

fn cell(phase: &Phase) -> String {
    let mut cell = format!("{}: {}", phase.name, span(phase.seconds));
    if phase.beside {
        cell.push_str(" meanwhile");
    }
    let steps: Vec<String> = phase
        .steps
        .iter()
        .map(|step| {
            if step.after == 0 {
                format!("{}%", step.percent)
            } else {
                format!("{}% at {}", step.percent, length(step.after))
            }
        })
        .collect();
    if phase.steps.len() > 4 {
        let _ = write!(cell, ", {} … {}", steps[0], steps[steps.len() - 1]);
    } else if !steps.is_empty() {
        let _ = write!(cell, ", {}", steps.join(", "));
    }
    let tasks = match phase.tasks {
        Span { least, most: Some(most) } if least == most => least.to_string(),
        Span { least, most: Some(most) } => format!("{least}-{most}"),
        Span { least, most: None } => format!("{least} or more"),
    };
    let _ = write!(cell, ", {tasks} tasks");
    cell
}

/// A length of time from the least to the most.
fn span(seconds: Span<u32>) -> String {
    match seconds {
        Span { least: 0, most: Some(0) } => "at once".into(),
        Span { least, most: Some(most) } if least == most => length(most),
        Span { least: 0, most: Some(most) } => format!("up to {}", length(most)),
        Span { least, most: Some(most) } => format!("{} to {}", length(least), length(most)),
        Span { least: 0, most: None } => "as long as it takes".into(),
        Span { least, most: None } => format!("{} or more", length(least)),
    }
}

fn owners(out: &mut String, contrast: &Contrast) {
    line(out, 0, "\nwho owns what");
    let mut told = Vec::new();
    for owned in contrast.engines.iter().flat_map(|side| &side.owns) {
        if told.contains(&owned.property) {
            continue;
        }
        told.push(owned.property);
        line(out, 2, owned.property.words());
        for side in &contrast.engines {
            if let Some(owned) = side.owns.iter().find(|known| known.property == owned.property) {
                line(out, 4, &format!("{}: {}; {}", side.engine, owner(side, owned.owner), owned.how));
            }
        }
    }
}

fn owner(side: &Side, owner: Owner) -> &'static str {
    match owner {
        Owner::Engine => engines::ALL
            .iter()
            .find(|known| known.engine.word() == side.engine)
            .map_or("", |known| known.name),
        Owner::Stack => "the stack",
        Owner::Scaling => "scaling",
    }
}

fn ways_back(out: &mut String, contrast: &Contrast) {
    line(out, 0, "\nways back");
    for side in &contrast.engines {
        line(out, 2, side.engine);
        if side.ways_back.is_empty() {
            line(out, 4, "-");
        }
        for way in &side.ways_back {
            line(out, 4, &way_back(way));
        }
    }
}

fn way_back(way: &Way) -> String {
    let on = way.on.map(|event| format!(", on {}", event.word())).unwrap_or_default();
    let from = if way.on == Some(RollbackEvent::Alarm) { " from the fault" } else { "" };
    let open = way.open.map(|open| format!(", open for {}", length(open))).unwrap_or_default();
    format!("{}{on}: {}{from}{open}; {}", way.moment.words(), span(way.seconds), way.how)
}

fn balance(out: &mut String, title: &str, refusals: &[&Verdict], rows: &[Row], contrast: &Contrast) {
    if rows.is_empty() && refusals.is_empty() {
        return;
    }
    line(out, 0, &format!("\n{title}"));
    for finding in refusals {
        line(out, 2, &format!("* {} [{}]", finding.title, finding.code));
        for help in &finding.help {
            line(out, 6, help);
        }
    }
    let [first, second] = &contrast.engines;
    for row in rows {
        let mark = if row.is_asked { '*' } else { ' ' };
        line(out, 2, &format!("{mark} {}", row.what));
        line(out, 6, &format!("{}: {}", first.engine, row.says[0]));
        line(out, 6, &format!("{}: {}", second.engine, row.says[1]));
    }
}

fn findings(out: &mut String, contrast: &Contrast) {
    let warnings: Vec<&Verdict> = contrast.findings.iter().filter(|finding| !finding.is_refusal()).collect();
    if warnings.is_empty() {
        return;
    }
    line(out, 0, "\nfound under one of them alone");
    for finding in warnings {
        let level = format!("{:?}", finding.level).to_lowercase();
        line(out, 2, &format!("{}: {level}[{}] {}", finding.engine, finding.code, finding.title));
    }
}

fn resources(out: &mut String, contrast: &Contrast) {
    let [first, second] = &contrast.engines;
    line(out, 0, &format!("\nresources, from {} to {}", first.engine, second.engine));
    let Some(resources) = &contrast.resources else {
        line(out, 2, "not rendered: one of them refuses the blueprint");
        return;
    };
    if resources.is_empty() {
        line(out, 2, "the same");
    }
    let mut stack = "";
    for drawn in resources {
        if drawn.stack != stack {
            stack = &drawn.stack;
            line(out, 2, stack);
        }
        line(out, 4, &resource(drawn));
    }
}

fn resource(drawn: &Drawn) -> String {
    let sign = match drawn.fate {
        Fate::Added => '+',
        Fate::Changed => '~',
        Fate::Removed => '-',
    };
    let parts = if drawn.parts.is_empty() { String::new() } else { format!(": {}", drawn.parts.join(", ")) };
    format!("{sign} {} ({}){parts}", drawn.id, drawn.kind)
}
