//! Service blueprints that services extend: each read once, followed to the end of its chain.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::params::Declared;
use crate::{
    blueprint::{
        built_in, is_expression,
        shape::Shape,
        units::{FilePath, Written},
    },
    diagnostic::{Finding, Fix, codes},
    source::{FileId, LoadError, Sources, Span},
    yaml::{self, Node},
};

/// What gives files to those who may not read the disk.
pub type Load<'l> = dyn FnMut(&mut Sources, &Utf8Path) -> Result<FileId, LoadError> + 'l;

/// Service blueprints from the one a service extends to the last one: more is a mistake.
const MAX_CHAIN: usize = 16;

/// A service blueprint that was read.
#[derive(Debug)]
pub(super) struct Template {
    /// The file.
    pub file: FileId,
    /// What people call it: the built-in's name, or the file's path.
    pub name: String,
    /// Whether it came with the tool.
    pub built_in: bool,
    /// The document.
    pub tree: Node,
    /// Its parameters, in the order written.
    pub params: Vec<Declared>,
}

/// Every service blueprint that was asked for.
#[derive(Debug, Default)]
pub(super) struct Library {
    /// By what they are called. `None` for what could not be read, which was told.
    templates: Vec<(String, Option<Template>)>,
}

/// A chain of service blueprints, the one that is extended first.
pub(super) type Chain = Vec<usize>;

/// How a file is reached from another: paths are relative to the file that names them, and told apart without asking the disk.
pub(super) fn beside(from: &Utf8Path, path: &str) -> Utf8PathBuf {
    let mut whole = Utf8PathBuf::new();
    let folder = from.parent().unwrap_or(Utf8Path::new(""));
    for component in folder.components().chain(Utf8Path::new(path).components()) {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir
                if matches!(whole.components().next_back(), Some(Utf8Component::Normal(_))) =>
            {
                whole.pop();
            }
            other => whole.push(other.as_str()),
        }
    }
    whole
}

/// That a file could not be read, at the place that names it.
pub(super) fn unreadable(error: &LoadError, key: &str, span: Span) -> Finding {
    Finding::error(codes::UNREADABLE_FILE, format!("`{key}`: {error}"))
        .at_span(span, "")
        .help("paths are relative to the file that names them")
}

impl Library {
    pub(super) fn get(&self, index: usize) -> &Template {
        self.templates[index].1.as_ref().expect("only what was read is in a chain")
    }

    /// Follows `extends` from the map that says it. `key` is what that map is called.
    ///
    /// # Errors
    /// What is wrong on the way; nothing where it was told before.
    pub(super) fn chain(
        &mut self,
        sources: &mut Sources,
        load: &mut Load<'_>,
        start: &Node,
        key: &str,
    ) -> Result<Chain, Vec<Finding>> {
        let mut chain: Chain = Vec::new();
        let Some(mut reference) = start.get("extends").cloned() else { return Ok(chain) };
        let mut key = format!("{key}.extends");
        while let Some(named) = reference.as_text() {
            let index = self.find(sources, load, named, &key, reference.span)?;
            if let Some(at) = chain.iter().position(|known| *known == index) {
                let mut finding = Finding::error(
                    codes::CIRCLE,
                    format!(
                        "`{key}`: `{named}` extends itself{}",
                        if at + 1 < chain.len() { " by way of others" } else { "" }
                    ),
                )
                .at_span(reference.span, "comes back to where it began")
                .help("let the last one extend nothing, or a built-in");
                for (inner, known) in chain[at..].iter().enumerate() {
                    let extends = self.get(*known).tree.get("extends");
                    if let Some(extends) = extends.filter(|_| at + inner + 1 < chain.len()) {
                        finding = finding.related_span(extends.span, "by way of this");
                    }
                }
                return Err(vec![finding]);
            }
            chain.push(index);
            if chain.len() > MAX_CHAIN {
                let finding = Finding::error(
                    codes::UNREADABLE_FILE,
                    format!("`{key}`: more than {MAX_CHAIN} service blueprints extend each other"),
                )
                .at_span(reference.span, "")
                .help("let some of them be one");
                return Err(vec![finding]);
            }
            match self.get(index).tree.get("extends") {
                Some(next) => reference = next.clone(),
                None => break,
            }
            key = "extends".into();
        }
        Ok(chain)
    }

    /// A service blueprint by what it is called at `at`.
    fn find(
        &mut self,
        sources: &mut Sources,
        load: &mut Load<'_>,
        named: &str,
        key: &str,
        at: Span,
    ) -> Result<usize, Vec<Finding>> {
        let file = named.starts_with('.') || named.contains('/') || named.ends_with(".yaml");
        if file
            && !is_expression(named)
            && let Err(reason) = FilePath::parse(named)
        {
            return Err(vec![
                Finding::error(codes::UNREADABLE_FILE, format!("`{key}`: {reason}"))
                    .at_span(at, "")
                    .help("write the path from this file, such as ./blueprints/team-web.yaml"),
            ]);
        }
        let path = beside(sources.path(at.file), named);
        let id = if file { path.as_str().to_owned() } else { named.to_owned() };
        if let Some(known) = self.templates.iter().position(|(known, _)| *known == id) {
            // What is wrong with it was told where it was first asked for.
            return if self.templates[known].1.is_some() { Ok(known) } else { Err(Vec::new()) };
        }
        let read = if is_expression(named) {
            Err(vec![by_expression(key, at)])
        } else if file {
            match load(sources, &path) {
                Ok(file) => Template::read(sources, file, path.as_str(), false).map_err(|mut findings| {
                    for finding in &mut findings {
                        *finding = finding.clone().related_span(at, "extended here");
                    }
                    findings
                }),
                Err(error) => Err(vec![unreadable(&error, key, at)]),
            }
        } else {
            match built_in::text(named) {
                Some(text) => {
                    let file = sources.add_built_in(&format!("built-in {named}"), text);
                    Template::read(sources, file, named, true)
                }
                None => Err(vec![unknown(named, key, at)]),
            }
        };
        let (template, result) = match read {
            Ok(template) => (Some(template), Ok(self.templates.len())),
            Err(findings) => (None, Err(findings)),
        };
        self.templates.push((id, template));
        result
    }

    /// Puts a document that was read already among the others, so that what extends it comes to an end.
    pub(super) fn add(&mut self, template: Template) -> usize {
        let id = beside(Utf8Path::new(""), &template.name).into_string();
        self.templates.push((id, Some(template)));
        self.templates.len() - 1
    }
}

fn by_expression(key: &str, at: Span) -> Finding {
    Finding::error(
        codes::UNKNOWN_BLUEPRINT,
        format!("`{key}`: a service blueprint is named without an expression"),
    )
    .at_span(at, "")
    .help("give the service blueprint a parameter, and let `with` differ in the environment")
}

fn unknown(named: &str, key: &str, at: Span) -> Finding {
    let names: Vec<&str> = built_in::ALL.iter().map(|(name, _)| *name).collect();
    let near = names.iter().map(|name| (strsim::damerau_levenshtein(name, named), *name)).min();
    let mut finding = Finding::error(
        codes::UNKNOWN_BLUEPRINT,
        format!("`{key}`: there is no built-in service blueprint `{named}`"),
    )
    .at_span(at, "");
    match near.filter(|(distance, _)| *distance <= 2) {
        Some((_, near)) => finding.fixes.push(Fix {
            title: format!("did you mean `{near}`?"),
            span: at,
            text: near.to_owned(),
            certain: false,
        }),
        None => finding.help.push(format!("built in are {}", names.join(", "))),
    }
    finding.help("a file's path begins with `./` or `../`")
}

impl Template {
    /// Reads a document. What came with the tool is right: tests see to it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn read(
        sources: &mut Sources,
        file: FileId,
        name: &str,
        built_in: bool,
    ) -> Result<Self, Vec<Finding>> {
        let tree = yaml::read(sources, file)?;
        Self::of(tree, file, name, built_in)
    }

    /// A document that was read.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn of(tree: Node, file: FileId, name: &str, built_in: bool) -> Result<Self, Vec<Finding>> {
        if !built_in {
            if tree.get("blueprint").is_none() {
                return Err(vec![
                    Finding::error(
                        codes::WRONG_DOCUMENT,
                        format!("`{name}` is no service blueprint: `blueprint` is missing"),
                    )
                    .at_span(first(&tree), "")
                    .help(
                        "begin with `schema: 1` and `blueprint: <name>`, and put the service under `service`",
                    ),
                ]);
            }
            let mut findings = Shape::application().part("/$defs/ServiceBlueprint").walk(&tree);
            // What an expression stands for is known, and checked, in each environment.
            findings.retain(|finding| {
                let value = finding.trail().and_then(|trail| tree.at(trail)).and_then(Node::as_text);
                !value.is_some_and(is_expression)
            });
            if !findings.is_empty() {
                return Err(findings);
            }
        }
        let params = Declared::all(&tree);
        if !built_in {
            let findings: Vec<Finding> = params.iter().flat_map(Declared::faults).collect();
            if !findings.is_empty() {
                return Err(findings);
            }
        }
        Ok(Self { file, name: name.to_owned(), built_in, tree, params })
    }
}

/// Where a document begins.
pub(super) fn first(tree: &Node) -> Span {
    tree.as_map().and_then(|map| map.first()).map_or(tree.span, |(_, first)| first.key)
}
