//! Applications made around documents that are none by themselves: what a service blueprint makes shows in a service that extends
//! it, and what a shared part makes in an application that includes it.

use camino::Utf8Path;
use serde_json::{Value, json};

use super::Example;
use crate::{
    blueprint::keys::Document,
    cli::{
        input::{Input, STDIN, has_errors, judge},
        outcome::Failure,
    },
    resolve::{Blueprint, example_parameters},
    source::{self, Sources},
    yaml::{self, Node},
};

/// What the service is called where the service blueprint's name is too long for one.
const SERVICE: &str = "service";
/// Characters of a service's name, at most.
const MAX_NAME: usize = 32;

/// What kind of document a file holds; an application where it cannot be told.
pub(super) fn kind(path: &Utf8Path) -> Document {
    match document(path) {
        Ok(Some((tree, _))) => kind_of(&tree),
        _ => Document::Application,
    }
}

fn kind_of(tree: &Node) -> Document {
    let has = |key: &str| tree.get(key).is_some();
    match () {
        () if has("app") || has("services") => Document::Application,
        () if has("blueprint") => Document::ServiceBlueprint,
        () if has("shared") => Document::Shared,
        () => Document::Application,
    }
}

/// A document and its file's name; nothing where it is not YAML, or where files beside it could not be named.
fn document(path: &Utf8Path) -> Result<Option<(Node, &str)>, Failure> {
    let Some(name) = path.file_name().filter(|_| path != "-" && path != STDIN) else { return Ok(None) };
    let mut sources = Sources::new();
    let file = source::load(&mut sources, path)?;
    Ok(yaml::read(&sources, file).ok().map(|tree| (tree, name)))
}

/// An application around the document of a file; nothing where that is an application, or nothing can be made around it.
pub(super) fn around(path: &Utf8Path) -> Result<Option<(Input, Example)>, Failure> {
    let Some((tree, name)) = document(path)? else { return Ok(None) };
    let (service, candidates) = match kind_of(&tree) {
        Document::Application => return Ok(None),
        Document::ServiceBlueprint => {
            let service = tree.get("blueprint").and_then(Node::as_text).unwrap_or(SERVICE);
            let service = if service.len() > MAX_NAME { SERVICE } else { service }.to_owned();
            (Some(service.clone()), extending(name, &service, &example_parameters(&tree)))
        }
        Document::Shared => (None, including(name)),
    };
    let mut last = None;
    for candidate in candidates {
        let mut sources = Sources::new();
        // Beside the document, so that its name leads there.
        let own = path.with_file_name("an application around it");
        let file = sources.add(&own, candidate.to_string());
        let Ok(blueprint) = Blueprint::read_with(&mut sources, file, &mut source::load) else { continue };
        let is_sound = blueprint.environments().all(|name| {
            let (resolved, findings) = judge(&blueprint, name);
            resolved.is_some() && !has_errors(&findings)
        });
        let input = Input { sources, blueprint: Some(blueprint), findings: Vec::new(), other: None };
        last = Some((input, Example { file, service: service.clone() }));
        if is_sound {
            break;
        }
    }
    Ok(last)
}

/// Services that extend a service blueprint, with ever more of what it may leave to them.
fn extending(file: &str, service: &str, with: &Value) -> Vec<Value> {
    let certificate = json!({"certificate": {"parameter": "CertificateArn"}});
    let whole = json!({"certificate": {"parameter": "CertificateArn"}, "healthcheck": "/health"});
    [json!({}), json!({"http": certificate}), json!({"port": 8080}), json!({"port": 8080, "http": whole})]
        .into_iter()
        .map(|mut own| {
            own["extends"] = format!("./{file}").into();
            own["with"] = with.clone();
            json!({
                "schema": 1,
                "app": "app",
                "environments": {"prod": {"region": "eu-west-1", "account": "111122223333"}},
                "services": {service: own},
            })
        })
        .collect()
}

/// Applications that include a shared part, which may leave the environments to them.
fn including(file: &str) -> Vec<Value> {
    let application = json!({
        "schema": 1,
        "app": "app",
        "include": [format!("./{file}")],
        "services": {SERVICE: {
            "port": 8080,
            "http": {"certificate": {"parameter": "CertificateArn"}, "healthcheck": "/health"},
        }},
    });
    let mut with_environment = application.clone();
    with_environment["environments"] = json!({"prod": {"region": "eu-west-1", "account": "111122223333"}});
    vec![application, with_environment]
}
