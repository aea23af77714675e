//! The names that expressions of one layer know.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use minijinja::Value;

use super::{Place, expression::seen};
use crate::yaml::{Data, Node};

/// Names and what they stand for.
pub(super) type Names = IndexMap<String, Node>;

/// What is known to every expression about where it is worked out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here<'h> {
    /// The application's name.
    pub app: &'h str,
    /// The environment.
    pub place: &'h Place,
    /// The service's name, within one.
    pub service: Option<&'h str>,
}

/// The names one layer's expressions know.
#[derive(Debug)]
pub(super) struct Scope {
    names: Value,
    known: Vec<String>,
    /// What `params.<name>` and `vars.<name>` stand for, as it was written.
    nodes: Names,
    /// Whether it is a service blueprint's, which knows parameters and no variables.
    inside: bool,
}

impl Scope {
    /// Of an application: with variables.
    pub(super) fn outside(here: Here<'_>, vars: &Names) -> Self {
        Self::new(here, "vars", vars, false)
    }

    /// Of a service blueprint: with parameters.
    pub(super) fn inside(here: Here<'_>, params: &Names) -> Self {
        Self::new(here, "params", params, true)
    }

    fn new(here: Here<'_>, kind: &str, values: &Names, inside: bool) -> Self {
        let place = here.place;
        let mut known: Vec<String> =
            ["app.name", "env.name", "env.region", "env.protected"].map(str::to_owned).into();
        let mut env = vec![
            ("name", Value::from(place.name.as_str())),
            ("region", place.environment.region.as_str().into()),
            ("protected", place.environment.protected.into()),
        ];
        if let Some(account) = &place.environment.account {
            env.push(("account", account.as_str().into()));
            known.push("env.account".into());
        }
        let mut names = vec![("app", map([("name", here.app.into())])), ("env", map(env))];
        if let Some(service) = here.service {
            names.push(("service", map([("name", service.into())])));
            known.push("service.name".into());
        }
        known.extend(values.keys().map(|name| format!("{kind}.{name}")));
        names.push((kind, map(values.iter().map(|(name, node)| (name.as_str(), seen(node))))));
        let nodes = values.iter().map(|(name, node)| (format!("{kind}.{name}"), node.clone())).collect();
        Self { names: map(names), known, nodes, inside }
    }

    pub(super) fn names(&self) -> &Value {
        &self.names
    }

    /// What a name stands for that is passed on as it is.
    pub(super) fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.get(name)
    }

    /// Whether a name is declared, or a part of one, or what others are parts of.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.known.iter().any(|known| {
            let part =
                |whole: &str, part: &str| part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'));
            known == name || part(known, name) || part(name, known)
        })
    }

    /// Whether a name stands for a list.
    pub(super) fn is_list(&self, name: &str) -> bool {
        self.nodes.get(name).is_none_or(|node| matches!(node.data, Data::List(_) | Data::Map(_)))
            && !self.known.iter().any(|known| known == name && !self.nodes.contains_key(name))
    }

    /// The known name that is written most like an unknown one.
    pub(super) fn nearest(&self, name: &str) -> Option<String> {
        let likeness = |known: &String| strsim::damerau_levenshtein(known, name);
        let last = name.rsplit('.').next().unwrap_or(name);
        let near = self.known.iter().map(|known| (likeness(known), known)).min();
        near.filter(|(distance, _)| *distance <= 2).map(|(_, known)| known.clone()).or_else(|| {
            // `port` for `params.port`, `environment.name` and `environment` for `env.name`.
            let (head, inner) = name.split_once('.').map_or((name, "name"), |(head, _)| (head, last));
            let begins = |known: &&String| known.split('.').next().is_some_and(|own| head.starts_with(own));
            let ends = |known: &&String| known.rsplit('.').next() == Some(last);
            let short =
                self.known.iter().filter(begins).find(|known| known.rsplit('.').next() == Some(inner));
            let mut same = self.known.iter().filter(ends);
            let only = same.next().filter(|_| same.next().is_none());
            short.or(only).cloned()
        })
    }

    /// Why a name that others know is not known here.
    pub(super) fn why_not(&self, name: &str) -> Option<&'static str> {
        match name.split('.').next() {
            Some("params") if !self.inside => Some("parameters are known inside a service blueprint only"),
            Some("vars") if self.inside => {
                Some("variables are not known inside a service blueprint; pass them on as a parameter")
            }
            _ => None,
        }
    }

    /// What can be written in the place of a name that is not known.
    pub(super) fn help(&self) -> String {
        format!("names that can be used here: {}", self.known.join(", "))
    }
}

/// A map, as expressions see it.
fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
    Value::from(entries.collect::<BTreeMap<String, Value>>())
}
