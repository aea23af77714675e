//! What a resource of a rendered stack is for, which lines made it, and why each statement of its policies is there.

use crate::{
    cfn::{DeletionPolicy, catalogue::Catalogue},
    cli::{
        Console,
        outcome::Failure,
        places::{Place, Places, Value},
    },
    diagnostic::Trail,
    emit,
    provenance::{Drawing, Line, Needed, Provenance, Reason, SourceMap, Subject},
};

/// Parts of a resource that are told for each line.
const MAX_PARTS: usize = 4;
/// Resources that are named when one is near another.
const MAX_NEAR: usize = 3;
/// Resources that need one, at most.
const MAX_NEEDED: usize = 12;

/// What was asked for.
#[derive(Debug, PartialEq)]
struct Asked<'w> {
    /// A stack, its file, or a service.
    place: Option<&'w str>,
    id: &'w str,
    sid: Option<&'w str>,
}

/// The ways to read a word, the likeliest first.
fn readings(what: &str) -> Vec<Asked<'_>> {
    fn of(word: &str) -> (Option<&str>, &str) {
        word.rsplit_once('.').map_or((None, word), |(place, id)| (Some(place), id))
    }
    match what.split('/').collect::<Vec<_>>()[..] {
        [one] => {
            let (place, id) = of(one);
            vec![Asked { place, id, sid: None }]
        }
        [first, second] => {
            let (place, id) = of(first);
            vec![Asked { place: Some(first), id: second, sid: None }, Asked { place, id, sid: Some(second) }]
        }
        [stack, id, sid] => vec![Asked { place: Some(stack), id, sid: Some(sid) }],
        _ => Vec::new(),
    }
}

/// The resources an environment has of what was asked for.
fn found<'d>(drawing: &'d Drawing, asked: &Asked<'_>) -> Vec<Subject<'d>> {
    Subject::all(drawing)
        .filter(|subject| match asked.place {
            None => subject.id == asked.id,
            Some(place) => {
                let stack = subject.stack;
                let service = crate::stacks::pascal(place);
                let own = stack.file == place
                    || ["edge", "pipeline"].iter().any(|part| stack.file == format!("{place}-{part}"));
                (subject.id == asked.id && (stack.name == place || own))
                    || subject.id.strip_prefix(service.as_str()) == Some(asked.id)
            }
        })
        .filter(|subject| {
            asked.sid.is_none_or(|sid| subject.statements().iter().any(|statement| statement.sid == sid))
        })
        .collect()
}

/// Tells of a resource, where there is one. Whether there was.
pub(super) fn tell(console: &mut Console<'_>, places: &Places, what: &str) -> Result<bool, Failure> {
    let readings = readings(what);
    let mut headed = false;
    let mut made: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for place in places.each() {
        let Some(resolved) = place.resolved.as_ref().filter(|_| !place.has_errors) else { continue };
        let sound = |application: &_| place.is_sound(application);
        let provenance = Provenance::new(resolved, &sound);
        let drawing = provenance.drawing();
        let Some((asked, subjects)) = readings
            .iter()
            .map(|asked| (asked, found(drawing, asked)))
            .find(|(_, subjects)| !subjects.is_empty())
        else {
            continue;
        };
        let subject = match subjects.as_slice() {
            [one] => one,
            several => {
                let names: Vec<String> =
                    several.iter().map(|one| format!("{}/{}", one.stack.name, one.id)).collect();
                return Err(format!("there are several `{what}`; say which: {}", names.join(", ")).into());
            }
        };
        if let Some(sid) = asked.sid {
            if !headed {
                statement(console, subject, sid)?;
                headed = true;
            }
            continue;
        }
        if !headed {
            head(console, subject)?;
            headed = true;
        }
        let map = SourceMap::of(&provenance);
        let lines = lines(&place, map.lines(&subject.stack.file, subject.id))?;
        match made.iter_mut().find(|(_, known)| *known == lines) {
            Some((environments, _)) => environments.push(place.name.to_owned()),
            None => made.push((vec![place.name.to_owned()], lines)),
        }
    }
    if !made.is_empty() {
        writeln!(console.out, "\nmade by:")?;
    }
    for (environments, lines) in made {
        writeln!(console.out, "  {}:", environments.join(", "))?;
        for line in lines {
            writeln!(console.out, "    {line}")?;
        }
    }
    Ok(headed)
}

/// What it is and what it has to do with others, as in the first environment that has it.
fn head(console: &mut Console<'_>, subject: &Subject<'_>) -> Result<(), Failure> {
    let out = &mut console.out;
    let stack = subject.stack;
    writeln!(out, "{}/{} ({})\n", stack.name, subject.id, subject.entry.kind)?;
    if let Some(purpose) = subject.purpose() {
        writeln!(out, "{purpose}")?;
    }
    if let Some(note) = &subject.entry.draft.note {
        writeln!(out, "{note}")?;
    }
    writeln!(out)?;
    let list = |needed: &[Needed]| {
        let mut names: Vec<String> = needed
            .iter()
            .take(MAX_NEEDED)
            .map(|it| {
                let id =
                    if it.stack == stack.name { it.id.clone() } else { format!("{}/{}", it.stack, it.id) };
                if it.order_only { format!("{id} (waits for it)") } else { id }
            })
            .collect();
        if needed.len() > MAX_NEEDED {
            names.push(format!("and {} more", needed.len() - MAX_NEEDED));
        }
        names.join(", ")
    };
    let (needs, needed_by) = (subject.needs(), subject.needed_by());
    if !needs.is_empty() {
        writeln!(out, "needs      {}", list(&needs))?;
    }
    if !needed_by.is_empty() {
        // Who waits is another than who is waited for.
        writeln!(out, "needed by  {}", list(&needed_by).replace("(waits for it)", "(waits for this)"))?;
    }
    writeln!(out, "deleted    {}", deleted(subject))?;
    writeln!(out, "replaced   {}", replaced(subject))?;
    let statements = subject.statements();
    if !statements.is_empty() {
        writeln!(out, "\nstatements of its policies:")?;
    }
    let width = statements.iter().map(|it| it.sid.len()).max().unwrap_or(0);
    for statement in &statements {
        writeln!(out, "  {:width$}  {}", statement.sid, statement.reason)?;
    }
    Ok(())
}

fn denies(subject: &Subject<'_>, action: &str) -> bool {
    let mut policy = subject.stack.policy.iter();
    policy.any(|denial| denial.action == action && denial.resource_type == subject.entry.kind)
}

fn deleted(subject: &Subject<'_>) -> String {
    let what = match subject.entry.draft.deletion_policy {
        Some(DeletionPolicy::Retain | DeletionPolicy::RetainExceptOnCreate) => {
            "no: it stays when it leaves the stack or the stack is deleted"
        }
        Some(DeletionPolicy::Snapshot) => "yes, with its stack, and a snapshot of it stays",
        Some(DeletionPolicy::Delete) | None => "with its stack, or when nothing makes it any more",
    };
    let denied = if denies(subject, "Update:Delete") {
        "; the stack policy denies an update that would delete it"
    } else {
        ""
    };
    format!("{what}{denied}")
}

fn replaced(subject: &Subject<'_>) -> String {
    let schema = Catalogue::schema(&subject.entry.kind);
    let properties: Vec<&str> = subject
        .entry
        .draft
        .properties
        .iter()
        .map(|(name, _)| name.as_ref())
        .filter(|name| schema.is_some_and(|schema| schema.is_create_only(name)))
        .collect();
    let what = match properties.as_slice() {
        [] => "by nothing that is set here".to_owned(),
        some => format!("when one of these changes: {}", some.join(", ")),
    };
    let kept = match subject.entry.draft.update_replace_policy {
        Some(DeletionPolicy::Retain | DeletionPolicy::RetainExceptOnCreate) => "; the old one stays",
        _ => "",
    };
    let denied = if denies(subject, "Update:Replace") { "; the stack policy denies it" } else { "" };
    format!("{what}{kept}{denied}")
}

/// One statement: why it is there, why for everything, and itself.
fn statement(console: &mut Console<'_>, subject: &Subject<'_>, sid: &str) -> Result<(), Failure> {
    let all = subject.statements();
    let Some(Reason { reason, everything, statement, .. }) = all.iter().find(|it| it.sid == sid) else {
        return Ok(());
    };
    let out = &mut console.out;
    writeln!(out, "{}/{}/{sid} (a statement of {})\n", subject.stack.name, subject.id, subject.entry.kind)?;
    writeln!(out, "{reason}")?;
    if let Some(everything) = everything {
        writeln!(out, "For every resource, because: {everything}.")?;
    }
    writeln!(out)?;
    for line in emit::yaml_plain(statement).lines() {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// The lines of the blueprint that made a resource: what it is there for first.
fn lines(place: &Place<'_>, made: &[Line]) -> Result<Vec<String>, Failure> {
    let values = place.values()?;
    // A map is why something is there where nothing in it says so more exactly.
    let inside = |line: &Line, other: &Line| {
        other.exists && other.trail != line.trail && other.trail.steps().starts_with(line.trail.steps())
    };
    let mut made: Vec<&Line> = made
        .iter()
        .filter(|line| !line.exists || !line.sets.is_empty() || !made.iter().any(|other| inside(line, other)))
        .collect();
    made.sort_by_key(|line| !line.exists);
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for line in &made {
        let parts: Vec<String> = line
            .sets
            .iter()
            .map(ToString::to_string)
            .map(|path| path.strip_prefix("Properties.").unwrap_or(&path).to_owned())
            .collect();
        let what = match (line.exists, parts.len()) {
            (true, _) => "is why it is there".to_owned(),
            (_, count) if count > MAX_PARTS => {
                format!("{} and {} more", parts[..MAX_PARTS].join(", "), count - MAX_PARTS)
            }
            _ => parts.join(", "),
        };
        rows.push((origin(place, &values, &line.trail), line.trail.to_string(), what));
    }
    if rows.is_empty() {
        return Ok(vec!["nothing by itself: it is the same whatever one value is changed to".to_owned()]);
    }
    let width = |pick: fn(&(String, String, String)) -> &String, most: usize| {
        rows.iter().map(|row| pick(row).chars().count()).max().unwrap_or(0).min(most)
    };
    let (origins, trails) = (width(|row| &row.0, 60), width(|row| &row.1, 60));
    Ok(rows
        .iter()
        .map(|(origin, trail, what)| format!("{origin:origins$}  {trail:trails$}  {what}"))
        .collect())
}

/// Where a value came from: a map, where it stands in the document, or else the first value inside it.
fn origin(place: &Place<'_>, values: &[Value], trail: &Trail) -> String {
    let exact = values.iter().find(|value| value.trail == *trail).map(|value| value.origin.clone());
    let inside = |value: &&Value| value.trail.steps().starts_with(trail.steps());
    exact
        .or_else(|| place.written_at(trail))
        .or_else(|| values.iter().find(inside).map(|value| value.origin.clone()))
        .unwrap_or_else(|| "default".to_owned())
}

/// Resources whose names are most like a word.
pub(super) fn near(places: &Places, what: &str) -> Vec<String> {
    let last = what.rsplit(['.', '/']).next().unwrap_or(what);
    let mut near: Vec<(f64, String)> = Vec::new();
    for place in places.each() {
        let Some(resolved) = place.resolved.as_ref().filter(|_| !place.has_errors) else { continue };
        for subject in Subject::all(&Drawing::of(resolved)) {
            let likeness = strsim::normalized_damerau_levenshtein(subject.id, last);
            near.push((likeness, format!("{}/{}", subject.stack.name, subject.id)));
        }
    }
    near.retain(|(likeness, _)| *likeness >= 0.7);
    near.sort_by(|left, right| right.0.total_cmp(&left.0));
    near.into_iter().take(MAX_NEAR).map(|(_, name)| name).collect()
}
