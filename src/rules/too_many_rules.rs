use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    resolve::Resolved,
};

/// A load balancer has a hundred rules and a hundred target groups, unless AWS has granted more (facts 6.9).
pub(super) const RULE: Rule = Rule {
    code: codes::TOO_MANY_RULES,
    level: Level::Warning,
    sources: &[],
    check: Check::Application(check),
};

/// What AWS grants a load balancer of either.
const MOST: usize = 100;

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    for front in resolved.fronts().filter(|front| front.shared.is_some()) {
        let both = |is_two: &dyn Fn(&crate::blueprint::Deploy) -> bool| -> usize {
            front.services.iter().map(|service| 1 + usize::from(is_two(&service.service.deploy))).sum()
        };
        let rules = both(&|deploy| deploy.test_traffic.is_some());
        let groups = both(&|deploy| deploy.strategy.kind().has_two_versions());
        for (what, number) in [("rules", rules), ("target groups", groups)] {
            if number <= MOST {
                continue;
            }
            sink.add(
                sink.found(format!(
                    "{number} {what} stand behind one load balancer, and AWS grants {MOST} unless it is asked for more"
                ))
                .at(front.at.clone(), Aim::Key, "")
                .note(format!(
                    "{} services, each with a rule for production and one for tests, and with two target groups where two versions run",
                    front.services.len()
                ))
                .help("give some of the services another load balancer, or ask AWS for a higher quota first"),
            );
        }
    }
}
