//! Every code has a page, and its examples do what it says of them.

use bluegreen::{
    blueprint::units::{Day, Written},
    diagnostic::{Finding, codes, explanations},
    policy::Allowances,
    render::{self, Format},
    resolve::{self, Document},
    rules,
    source::{FileId, LoadError, MAX_BYTES, Sources},
    yaml,
};
use camino::Utf8Path;
use serde_json::Value;

/// What fragments are laid over.
const SMALLEST: &str = "\
schema: 1
app: shop
environments: {prod: {region: eu-west-1}}
services:
  checkout:
    port: 8080
    http: {certificate: \"arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e\", healthcheck: /health}
";

/// Codes whose bad example would fill pages: what `…` stands for there.
fn filler(id: &str) -> Option<String> {
    (id == "BG011").then(|| "x".repeat(MAX_BYTES))
}

/// The parts of a page: meaning, reason with formula and level where they are said, bad and good example.
fn parts(page: &str) -> Option<[&str; 4]> {
    let (heading, rest) = page.split_once("\n\n")?;
    assert!(heading.starts_with("# BG"), "{heading}");
    let (meaning, rest) = rest.split_once("\n\nWhy: ")?;
    let (why, rest) = rest.split_once("\n\n## Bad\n\n```yaml\n")?;
    let (bad, rest) = rest.split_once("\n```\n\n## Good\n\n```yaml\n")?;
    let good = rest.strip_suffix("\n```\n")?;
    Some([meaning, why, bad, good])
}

fn lay(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                lay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

/// Everything that is said of a text: as a whole blueprint where it is one, otherwise laid over the smallest.
fn findings(text: &str) -> Vec<Finding> {
    let mut sources = Sources::new();
    let file = sources.add("example.yaml", text);
    let tree = match yaml::read(&sources, file) {
        Ok(tree) if tree.get("schema").is_some() => return judge(&mut sources, file),
        Ok(tree) => tree,
        Err(findings) => return findings,
    };
    let base = sources.add("smallest.yaml", SMALLEST);
    let mut whole = yaml::read(&sources, base).unwrap().to_json();
    lay(&mut whole, tree.to_json());
    let file = sources.add("whole.yaml", serde_json::to_string_pretty(&whole).unwrap());
    judge(&mut sources, file)
}

fn judge(sources: &mut Sources, file: FileId) -> Vec<Finding> {
    // Every file there is holds the example itself.
    let text = sources.text(file).to_owned();
    let mut load = |sources: &mut Sources, path: &Utf8Path| {
        if path.as_str().contains("missing") {
            return Err(LoadError::Missing(path.to_owned()));
        }
        Ok(sources.add(path, text.as_str()))
    };
    let blueprint = match resolve::read(sources, file, &mut load) {
        Ok(Document::Application(blueprint)) => blueprint,
        Ok(Document::ServiceBlueprint(_, findings)) => return findings,
        Ok(Document::Shared(_)) => return Vec::new(),
        Err(findings) => return findings,
    };
    let mut all = Vec::new();
    let mut allowances = Allowances::new(Some(Day::parse("2026-11-21").unwrap()));
    for environment in blueprint.environments() {
        match blueprint.resolve(environment) {
            Ok(resolved) => {
                let mut found = rules::check(&resolved, blueprint.tree());
                found.extend(render::check(&resolved, blueprint.tree()));
                allowances.apply(&blueprint, &resolved, &mut found);
                found.retain(Finding::counts);
                if found.is_empty() {
                    all.extend(
                        render::environment(resolved, "blueprint.yaml", Format::Yaml).unwrap().findings,
                    );
                }
                all.extend(found);
            }
            Err(found) => all.extend(found),
        }
    }
    all.extend(allowances.unused());
    all
}

#[test]
fn every_code_has_a_page_with_every_part() {
    for (code, _) in codes::ALL {
        let page = explanations::page(*code).unwrap_or_else(|| panic!("{} has no page", code.id));
        assert!(
            page.starts_with(&format!("# {} {}\n", code.id, code.name)),
            "{} has another's page",
            code.id
        );
        let [meaning, why, bad, good] = parts(page).unwrap_or_else(|| panic!("{} lacks a part", code.id));
        let (why, level) = why.split_once("\n\nLevel: ").unwrap_or((why, "One."));
        let (why, formula) = why.split_once("\n\nFormula: ").unwrap_or((why, "None."));
        for text in [meaning, why, formula, level] {
            let ends = text.ends_with('.') || text.ends_with(".)");
            assert!(ends && !text.contains('\n'), "{}: {text}", code.id);
        }
        assert_ne!(bad, good, "{}", code.id);
    }
    // Beside them lies the table of deployment-safety rules.
    let pages = std::fs::read_dir("docs/rules").unwrap().count() - 1;
    assert_eq!(pages, codes::ALL.len(), "a page for a code that does not exist");
}

#[test]
fn bad_examples_give_their_code_alone_and_good_ones_nothing() {
    let mut wrong = Vec::new();
    for (code, _) in codes::ALL {
        let Some([_, _, bad, good]) = explanations::page(*code).and_then(parts) else { continue };
        // The net below every other code; its page says that nobody knows what falls into it.
        if *code == codes::WRONG_SHAPE {
            assert!(bad.starts_with("# None is known"));
            continue;
        }
        let bad = filler(code.id).map_or_else(|| bad.to_owned(), |filler| bad.replace('…', &filler));
        let found = findings(&bad);
        if found.is_empty() || found.iter().any(|finding| finding.code != *code) {
            let found: Vec<_> = found.iter().map(|it| (it.code.id, &it.title)).collect();
            wrong.push(format!("{} bad: {found:?}", code.id));
        }
        let found = findings(good);
        if !found.is_empty() {
            let found: Vec<_> = found.iter().map(|it| (it.code.id, &it.title)).collect();
            wrong.push(format!("{} good: {found:?}", code.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
