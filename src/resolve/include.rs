//! What the files of a repository share: trees below the document.

use camino::{Utf8Path, Utf8PathBuf};

use super::library::{Load, beside, first, unreadable};
use crate::{
    blueprint::{is_expression, shape::Shape},
    diagnostic::{Finding, codes},
    source::{Sources, Span},
    yaml::{self, Data, Map, Node},
};

/// What may be shared.
const KEYS: [&str; 7] = ["environments", "network", "cluster", "load_balancers", "notify", "tags", "vars"];
/// Files that one document includes, those of its files among them.
const MAX_FILES: usize = 64;

/// What one document includes.
struct Includes<'i, 'l> {
    sources: &'i mut Sources,
    load: &'i mut Load<'l>,
    /// The files on the way here, and where the next one is named.
    way: Vec<(Utf8PathBuf, Span)>,
    /// Every file that was included, and where.
    seen: Vec<(Utf8PathBuf, Span)>,
    shared: Option<Node>,
    findings: Vec<Finding>,
}

/// Lays the document over what it includes.
pub(super) fn include(
    sources: &mut Sources,
    load: &mut Load<'_>,
    tree: &mut Node,
    is_choice: &dyn Fn(&[&str]) -> bool,
) -> Vec<Finding> {
    if tree.get("include").is_none() {
        return Vec::new();
    }
    let path = sources.path(tree.span.file).to_owned();
    let mut includes = Includes {
        sources,
        load,
        way: vec![(beside(&path, path.file_name().unwrap_or_default()), first(tree))],
        seen: Vec::new(),
        shared: None,
        findings: Vec::new(),
    };
    includes.all(tree, &path, is_choice);
    let Includes { shared, findings, .. } = includes;
    if let (Some(shared), true) = (shared, findings.is_empty()) {
        *tree = lay(&shared, tree, is_choice);
    }
    findings
}

/// What is wrong with a shared part that is checked by itself.
pub(super) fn check(sources: &mut Sources, load: &mut Load<'_>, tree: &Node) -> Vec<Finding> {
    let mut findings = faults(tree);
    if findings.is_empty() {
        findings = include(sources, load, &mut tree.clone(), &|_| false);
    }
    findings
}

/// What is wrong with the shape of a shared part.
fn faults(tree: &Node) -> Vec<Finding> {
    let mut findings = Shape::application().part("/$defs/Shared").walk(tree);
    findings.retain(|finding| {
        let value = finding.trail().and_then(|trail| tree.at(trail)).and_then(Node::as_text);
        !value.is_some_and(is_expression)
    });
    findings
}

impl Includes<'_, '_> {
    /// Everything a file includes, the first one lowest.
    fn all(&mut self, tree: &Node, from: &Utf8Path, is_choice: &dyn Fn(&[&str]) -> bool) {
        let Some(Node { data: Data::List(named), .. }) = tree.get("include") else { return };
        for (index, item) in named.iter().enumerate() {
            if let Some(first) = named[..index].iter().find(|other| other.data == item.data) {
                let path = item.as_text().unwrap_or_default();
                self.findings.push(repeated(&format!("include[{index}]"), path, item.span, first.span));
            }
        }
        if !self.findings.is_empty() {
            return;
        }
        for (index, named) in named.iter().enumerate() {
            if let Some(path) = named.as_text() {
                self.one(path, &format!("include[{index}]"), named.span, from, is_choice);
            }
        }
    }

    fn one(
        &mut self,
        named: &str,
        key: &str,
        at: Span,
        from: &Utf8Path,
        is_choice: &dyn Fn(&[&str]) -> bool,
    ) {
        let path = beside(from, named);
        if let Some(begin) = self.way.iter().position(|(known, _)| *known == path) {
            let mut finding = Finding::error(codes::CIRCLE, format!("`{key}`: `{named}` includes itself"))
                .at_span(at, "comes back to where it began")
                .help("take one of them out");
            for (_, span) in &self.way[begin + 1..] {
                finding = finding.related_span(*span, "by way of this");
            }
            self.findings.push(finding);
            return;
        }
        if let Some((_, before)) = self.seen.iter().find(|(known, _)| *known == path) {
            self.findings.push(repeated(key, named, at, *before));
            return;
        }
        if self.seen.len() == MAX_FILES {
            self.findings.push(
                Finding::error(
                    codes::UNREADABLE_FILE,
                    format!("`{key}`: more than {MAX_FILES} files are included"),
                )
                .at_span(at, "")
                .help("let some of them be one"),
            );
            return;
        }
        self.seen.push((path.clone(), at));
        let file = match (self.load)(self.sources, &path) {
            Ok(file) => file,
            Err(error) => {
                self.findings.push(unreadable(&error, key, at));
                return;
            }
        };
        let tree = match yaml::read(self.sources, file) {
            Ok(tree) => tree,
            Err(findings) => {
                self.findings.extend(findings.into_iter().map(|it| it.related_span(at, "included here")));
                return;
            }
        };
        if tree.get("shared").is_none() {
            self.findings.push(
                Finding::error(codes::WRONG_DOCUMENT, format!("`{path}` is no shared part: `shared` is missing"))
                    .at_span(first(&tree), "")
                    .related_span(at, "included here")
                    .help("begin with `schema: 1` and `shared: <name>`; services are not shared, they extend a service blueprint"),
            );
            return;
        }
        let found = faults(&tree);
        if !found.is_empty() {
            self.findings.extend(found.into_iter().map(|it| it.related_span(at, "included here")));
            return;
        }
        self.way.push((path.clone(), at));
        self.all(&tree, &path, is_choice);
        self.way.pop();
        let own = only_shared(&tree);
        self.shared = Some(match &self.shared {
            Some(below) => lay(below, &own, is_choice),
            None => own,
        });
    }
}

fn repeated(key: &str, named: &str, at: Span, first: Span) -> Finding {
    Finding::error(codes::REPEATED_INCLUDE, format!("`{key}`: `{named}` is included twice"))
        .at_span(at, "again")
        .related_span(first, "first")
        .help("keep one of the two")
}

fn only_shared(tree: &Node) -> Node {
    let mut shared = tree.clone();
    if let Some(map) = shared.as_map_mut() {
        map.retain(|key, _| KEYS.contains(&key.as_str()));
    }
    shared
}

/// A document over what lies below it. What is not shared stays as it is, and what is removed in an environment stays removed.
fn lay(below: &Node, tree: &Node, is_choice: &dyn Fn(&[&str]) -> bool) -> Node {
    let mut whole = tree.clone();
    let (Some(map), Some(below)) = (whole.as_map_mut(), below.as_map()) else { return whole };
    for (key, entry) in below {
        let Some(own) = map.get_mut(key) else {
            map.insert(key.clone(), entry.clone());
            continue;
        };
        own.value = if key == "environments" {
            environments(&entry.value, &own.value)
        } else {
            yaml::overlay(&entry.value, &own.value, &|keys| {
                let keys: Vec<&str> = std::iter::once(key.as_str()).chain(keys.iter().copied()).collect();
                is_choice(&keys)
            })
        };
    }
    whole
}

/// Environments over environments. Their parts are overlays themselves: `null` in them is kept for what they are laid over.
fn environments(below: &Node, over: &Node) -> Node {
    fn merge(below: &Node, over: &Node) -> Node {
        let (Data::Map(under), Data::Map(above)) = (&below.data, &over.data) else { return over.clone() };
        let mut merged: Map = under.clone();
        for (key, entry) in above {
            match merged.get_mut(key) {
                Some(known) => {
                    *known = yaml::Entry { key: entry.key, value: merge(&known.value, &entry.value) }
                }
                None => drop(merged.insert(key.clone(), entry.clone())),
            }
        }
        Node { span: over.span, data: Data::Map(merged) }
    }
    merge(below, over)
}
