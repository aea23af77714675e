use serde_json::Value;

use super::{
    Blueprint, Origin,
    params::{Call, bind},
    scope::Scope,
    service::{Begun, Faults},
};
use crate::{
    source::Span,
    yaml::{self, Data, Node},
};

/// A parameter of a service blueprint, and what it is worth where that is extended.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What the service blueprint is called: a built-in's name, or the file's path.
    pub blueprint: String,
    /// Whether it came with the tool.
    pub built_in: bool,
    /// Where it is declared.
    pub declared_at: Span,
    /// The declaration: `type`, `description`, `default` and its bounds.
    pub declaration: Value,
    /// Its value in the environment.
    pub value: Value,
    /// Who gave that.
    pub origin: Origin,
}

impl Blueprint {
    /// The parameters of a service blueprint that a service extends, with their values in an environment: of the one that the service
    /// names (`depth` 0), or of the one that that one extends (1), and so on. None where there is no such service or service blueprint.
    pub fn parameters(&self, service: &str, environment: &str, depth: usize) -> Vec<Parameter> {
        self.parameters_of(service, environment, depth).unwrap_or_default()
    }

    fn parameters_of(&self, service: &str, environment: &str, depth: usize) -> Option<Vec<Parameter>> {
        let place = self.places().iter().find(|place| place.name.as_str() == environment)?;
        let written = self.tree.get("services")?.get(service)?;
        let vars = self.vars(place, &mut Vec::new())?;
        let Begun { mut given, extends, with, .. } =
            self.begin(service, written, place, &vars, &mut Faults::default());
        // An expression is worth what its names stand for, and stands where it is written.
        let over = written.get("environments").and_then(|all| all.get(environment));
        let mut spans = [Some(written), over].map(|part| part.and_then(|part| part.get("with")));
        let here = self.here(place, Some(service));
        for (at, index) in self.chains.get(service)?.iter().enumerate() {
            let template = self.library.get(*index);
            let call = Call {
                shown: String::new(),
                extends,
                with,
                callee: &template.name,
                built_in: template.built_in,
                trail: None,
            };
            let map = given.as_ref().and_then(Node::as_map);
            let bound = bind(&template.params, map, &call, here, &self.engine);
            if at == depth {
                let parameter = |declared: &super::params::Declared| {
                    let name = declared.name.as_str();
                    let node = bound.values.get(name)?;
                    let [own, over] = spans.map(|part| {
                        let node = part.and_then(|part| part.get(name))?;
                        (node.data != Data::Null).then_some(node.span)
                    });
                    let origin = match (own, over) {
                        (_, Some(span)) => Origin::Environment(span),
                        (Some(span), None) => Origin::Written(span),
                        (None, None) => Origin::Default,
                    };
                    Some(Parameter {
                        name: name.to_owned(),
                        blueprint: template.name.clone(),
                        built_in: template.built_in,
                        declared_at: declared.key,
                        declaration: declared.declaration(),
                        value: node.to_json(),
                        origin,
                    })
                };
                return Some(template.params.iter().filter_map(parameter).collect());
            }
            let inside = Scope::inside(here, &bound.values);
            let next = template.tree.get("with");
            spans = [next, None];
            given = next.cloned();
            if let Some(given) = &mut given {
                self.engine.apply(&inside, given);
            }
        }
        None
    }

    /// The document of a service blueprint that a service extends, by its depth in the chain.
    pub fn extended(&self, service: &str, depth: usize) -> Option<&yaml::Node> {
        let index = self.chains.get(service)?.get(depth)?;
        Some(&self.library.get(*index).tree)
    }
}
