//! Which kind of document a file holds.

use super::{
    Blueprint, include,
    library::{Load, Template, first},
    standalone,
};
use crate::{
    diagnostic::{Finding, codes},
    source::{FileId, Sources},
    yaml,
};

/// A document that was read and has the right shape.
#[derive(Debug)]
pub enum Document {
    /// An application blueprint.
    Application(Box<Blueprint>),
    /// A service blueprint, by its name, and what is worth knowing about it.
    ServiceBlueprint(String, Vec<Finding>),
    /// A part that application blueprints share, by its name.
    Shared(String),
}

/// Reads a file that was loaded; `load` gives the files that it names.
///
/// # Errors
/// Every fault of reading, or else every fault of shape, located.
pub fn read(sources: &mut Sources, file: FileId, load: &mut Load<'_>) -> Result<Document, Vec<Finding>> {
    let tree = yaml::read(sources, file)?;
    let name = |key: &str| tree.get(key).map(|name| name.as_text().unwrap_or_default().to_owned());
    if tree.get("app").is_none() && tree.get("services").is_none() {
        if let Some(name) = name("blueprint") {
            let path = sources.path(file).as_str().to_owned();
            let template = Template::of(tree, file, &path, false)?;
            let findings = standalone::check(sources, load, template);
            let error = |finding: &Finding| finding.level == crate::diagnostic::Level::Error;
            return if findings.iter().any(error) {
                Err(findings)
            } else {
                Ok(Document::ServiceBlueprint(name, findings))
            };
        }
        if let Some(name) = name("shared") {
            let findings = include::check(sources, load, &tree);
            return if findings.is_empty() { Ok(Document::Shared(name)) } else { Err(findings) };
        }
    }
    Blueprint::of(sources, tree, load).map(|blueprint| Document::Application(Box::new(blueprint)))
}

impl Document {
    /// The application blueprint.
    ///
    /// # Errors
    /// That it is something else.
    pub fn application(self, sources: &Sources, file: FileId) -> Result<Blueprint, Vec<Finding>> {
        let (what, help) = match self {
            Self::Application(blueprint) => return Ok(*blueprint),
            Self::ServiceBlueprint(name, _) => (
                format!("`{name}` is a service blueprint, not an application"),
                "let a service of an application extend it; `bluegreen check` checks it by itself",
            ),
            Self::Shared(name) => (
                format!("`{name}` is a part that applications share, not an application"),
                "let an application include it; `bluegreen check` checks it by itself",
            ),
        };
        let at = yaml::read(sources, file).map(|tree| first(&tree))?;
        Err(vec![Finding::error(codes::WRONG_DOCUMENT, what).at_span(at, "").help(help)])
    }
}
