//! Environments side by side: a row for each value, a column for each environment.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{InspectArgs, InspectFormat};
use crate::{
    blueprint::shape::written,
    cli::{
        Console, FindingFormat, Outcome,
        input::{has_errors, merge, settle, tell},
        outcome::Failure,
        places::{self, Places},
    },
    diagnostic::{Step, Trail},
    emit,
};

/// Columns a key is given; a longer one pushes its row to the right.
const KEY: usize = 64;
/// Columns a value is given; a longer one is cut short. With where it came from, twice as many.
const CELL: usize = 36;
/// What stands for a value that an environment does not have.
const NONE: &str = "-";

/// A value in one environment.
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    value: Value,
    text: String,
    origin: String,
}

/// A value in all environments, by their places among the columns.
type Row = Vec<Option<Cell>>;

pub(super) fn show(
    args: &InspectArgs,
    places: &Places,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let mut all = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut rows: IndexMap<String, Row> = IndexMap::new();
    let mut services: Vec<String> = Vec::new();
    for mut place in places.each() {
        merge(&mut all, std::mem::take(&mut place.findings));
        let Some(resolved) = &place.resolved else { continue };
        services.extend(resolved.services.iter().map(|service| service.name.to_string()));
        let at = columns.len();
        columns.push(place.name.to_owned());
        // What an environment alone has goes where it has it, not to the end.
        let mut next = 0;
        for (trail, cell) in together(place.values()?) {
            let Some(key) = key(&trail, place.name) else { continue };
            let known = rows.get_index_of(&key).unwrap_or_else(|| {
                rows.shift_insert(next, key, Row::new());
                next
            });
            let row = &mut rows[known];
            row.resize(at, None);
            row.push(Some(cell));
            next = known + 1;
        }
    }
    let findings = settle(all, places.names.len());
    tell(console, &places.sources, &findings, FindingFormat::Text, false)?;
    if let Some(only) = &args.service {
        if !services.contains(only) {
            services.sort_unstable();
            services.dedup();
            return Err(format!("there is no service `{only}`; there are {}", services.join(", ")).into());
        }
        rows.retain(|key, _| {
            key.strip_prefix("services.").is_some_and(|rest| rest.split('.').next() == Some(only))
        });
    }
    for row in rows.values_mut() {
        row.resize(columns.len(), None);
    }
    let all = rows.len();
    let differing = rows.values().filter(|row| differs(row)).count();
    if args.only_differences {
        rows.retain(|_, row| differs(row));
    }
    match args.format {
        Some(InspectFormat::Json) => {
            writeln!(console.out, "{}", serde_json::to_string_pretty(&data(&columns, &rows, args.origin))?)?;
        }
        Some(InspectFormat::Yaml) => {
            write!(console.out, "{}", emit::yaml_plain(&data(&columns, &rows, args.origin)))?;
        }
        Some(InspectFormat::Table) | None => write!(console.out, "{}", table(&columns, &rows, args.origin))?,
    }
    if columns.len() > 1 {
        writeln!(console.err, "{differing} of {all} values differ")?;
    }
    let faulty = columns.len() < places.names.len();
    Ok(if faulty || has_errors(&findings) { Outcome::Findings } else { Outcome::Clean })
}

/// What a row is called: an environment's own part is the same part of each. What it says of the network and the cluster is
/// laid over those already.
fn key(trail: &Trail, environment: &str) -> Option<String> {
    match trail.steps() {
        [Step::Key(top), Step::Key(name), rest @ ..] if top == "environments" && name == environment => {
            let laid = matches!(rest.first(), Some(Step::Key(key)) if key == "network" || key == "cluster" || key == "load_balancers");
            let part = Trail::of(["environments", "<name>"]).join(&rest.iter().cloned().collect());
            (!laid).then(|| part.to_string())
        }
        _ => Some(trail.to_string()),
    }
}

/// Values in which a list of plain values is one: an item more is no change of all behind it.
fn together(values: Vec<places::Value>) -> Vec<(Trail, Cell)> {
    let mut all: Vec<(Trail, Cell)> = Vec::new();
    for it in values {
        let mut trail = it.trail;
        if !matches!(trail.steps().last(), Some(Step::Index(_))) {
            all.push((trail, Cell { value: it.value, text: it.text, origin: it.origin }));
            continue;
        }
        trail.pop();
        match all.last_mut() {
            Some((known, cell)) if *known == trail && cell.value.is_array() => {
                if let Some(items) = cell.value.as_array_mut() {
                    items.push(it.value);
                }
                cell.text = written(&cell.value);
            }
            _ => {
                let value = json!([it.value]);
                all.push((trail, Cell { text: written(&value), value, origin: it.origin }));
            }
        }
    }
    all
}

fn differs(row: &Row) -> bool {
    row.windows(2)
        .any(|pair| pair[0].as_ref().map(|cell| &cell.value) != pair[1].as_ref().map(|cell| &cell.value))
}

fn data(columns: &[String], rows: &IndexMap<String, Row>, origins: bool) -> Value {
    let of = |row: &Row, pick: &dyn Fn(&Cell) -> Value| -> Map<String, Value> {
        let cells = columns.iter().zip(row).filter_map(|(name, cell)| Some((name, cell.as_ref()?)));
        cells.map(|(name, cell)| (name.clone(), pick(cell))).collect()
    };
    rows.iter()
        .map(|(key, row)| {
            let mut out = json!({
                "trail": key,
                "differs": differs(row),
                "values": of(row, &|cell| cell.value.clone()),
            });
            if origins {
                out["origins"] = Value::Object(of(row, &|cell| json!(cell.origin)));
            }
            out
        })
        .collect()
}

fn table(columns: &[String], rows: &IndexMap<String, Row>, origins: bool) -> String {
    let most = if origins { 2 * CELL } else { CELL };
    let text = |cell: &Option<Cell>| match cell {
        None => NONE.to_owned(),
        Some(cell) if origins => format!("{}  {}", short(&cell.text, CELL), cell.origin),
        Some(cell) => short(&cell.text, CELL),
    };
    let lines: Vec<(bool, &str, Vec<String>)> =
        rows.iter().map(|(key, row)| (differs(row), key.as_str(), row.iter().map(text).collect())).collect();
    let width = |text: &str| text.chars().count();
    let keys = lines.iter().map(|(_, key, _)| width(key)).max().unwrap_or(0).min(KEY);
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells = lines.iter().map(|(.., cells)| width(&cells[at]));
            cells.chain([width(name)]).max().unwrap_or(0).min(most)
        })
        .collect();
    let mut out = String::new();
    let mut line = |mark: &str, key: &str, cells: &[String]| {
        let mut line = format!("{mark} {key:keys$}");
        for (cell, width) in cells.iter().zip(&widths) {
            line.push_str(&format!("  {cell:width$}"));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    };
    line(" ", "", columns);
    for (differs, key, cells) in &lines {
        line(if *differs { "*" } else { " " }, key, cells);
    }
    out
}

/// A text of at most so many characters: cut where it is longer, with its end kept, which often tells two from each other.
fn short(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let end = most / 3;
    let start: String = text.chars().take(most - end - 3).collect();
    let rest: String = text.chars().skip(count - end).collect();
    format!("{start}...{rest}")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_long_text_keeps_its_start_and_its_end() {
        assert_eq!(short("0123456789", 10), "0123456789");
        assert_eq!(short("0123456789abcdef", 12), "01234...cdef");
        assert_eq!(short("äöü", 3), "äöü");
    }
}
