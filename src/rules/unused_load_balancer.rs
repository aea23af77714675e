use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    resolve::{Resolved, ResolvedService},
};

/// A load balancer costs by the hour, whether or not a service stands behind it.
pub(super) const RULE: Rule = Rule {
    code: codes::UNUSED_LOAD_BALANCER,
    level: Level::Warning,
    sources: &[],
    check: Check::Application(check),
};

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    // A service that has a fault of its own may stand behind it, and one that names none that is there may mean it.
    let known = |name| resolved.load_balancers.contains_key(name);
    if !resolved.whole || !resolved.services.iter().filter_map(ResolvedService::shares).all(known) {
        return;
    }
    for front in resolved.made_fronts() {
        if let (Some(name), true) = (front.shared, front.services.is_empty()) {
            sink.add(
                sink.found(format!("no service stands behind the load balancer `{name}`"))
                    .at(front.at.clone(), Aim::Key, "")
                    .note("a load balancer costs by the hour, whatever it answers")
                    .help(format!("write `load_balancer: {name}` in `http` of a service, or leave it out")),
            );
        }
    }
}
