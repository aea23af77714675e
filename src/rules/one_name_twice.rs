use indexmap::IndexMap;

use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, Trail, codes},
    resolve::Resolved,
};

/// In a namespace of Service Connect, a name and its port lead to one service (facts 4.7).
pub(super) const RULE: Rule =
    Rule { code: codes::ONE_NAME_TWICE, level: Level::Error, sources: &[], check: Check::Application(check) };

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let mut seen: IndexMap<(String, u16), Trail> = IndexMap::new();
    for service in &resolved.services {
        let Some((connect, port)) = service.service.called() else { continue };
        let name = connect.alias.as_ref().map_or_else(|| service.name.to_string(), ToString::to_string);
        let port = connect.port.unwrap_or(port).get();
        let trail = Resolved::trail(&service.name).key("connect");
        if let Some(first) = seen.get(&(name.clone(), port)) {
            sink.add(
                sink.found(format!("two services would be called as `{name}:{port}`"))
                    .at(trail.clone(), Aim::Key, "")
                    .related(first.clone(), Aim::Key, "the other")
                    .advise(
                        trail.key("alias"),
                        service.name.to_string(),
                        format!("write `alias: {}`", service.name),
                    ),
            );
        } else {
            seen.insert((name, port), trail);
        }
    }
}
