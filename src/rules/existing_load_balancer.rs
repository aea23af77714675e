use super::{Check, Rule, Sink};
use crate::{
    blueprint::ExistingLoadBalancer,
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
};

/// A load balancer that is there already stands in a VPC that is there already, and both of its listeners are its own.
pub(super) const RULE: Rule = Rule {
    code: codes::EXISTING_LOAD_BALANCER,
    level: Level::Error,
    sources: &[],
    check: Check::Application(check),
};

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    for (name, balancer) in &resolved.load_balancers {
        let Some(there) = &balancer.import else { continue };
        let at = Trail::of(["load_balancers", name.as_str(), "import"]);
        if resolved.network.import.is_none() {
            sink.add(
                Finding::error(
                    codes::EXISTING_LOAD_BALANCER,
                    format!("the load balancer `{name}` is there already, and the VPC is not"),
                )
                .at(at.clone(), Aim::Key, "")
                .note("a load balancer sends requests to target groups of its own VPC alone")
                .help("name its VPC and subnets: `network: {import: {vpc: vpc-0abc1234, private: [subnet-0abc1234, subnet-0def5678]}}`")
                .advise(at.clone(), "null", "or leave `import` out, for a load balancer in the VPC that is made"),
            );
        }
        listeners(there, &at, sink);
    }
}

fn listeners(there: &ExistingLoadBalancer, at: &Trail, sink: &mut Sink<'_>) {
    let Some(test) = &there.test else { return };
    let production = &there.production;
    let title = if production.listener == test.listener {
        "production and test traffic come to the same listener"
    } else if production.load_balancer() != test.load_balancer() {
        "the listeners of production and test traffic are of two load balancers"
    } else {
        return;
    };
    sink.add(
        Finding::error(codes::EXISTING_LOAD_BALANCER, title)
            .at(at.key("test").key("listener"), Aim::Value, "")
            .related(at.key("production").key("listener"), Aim::Value, "production traffic comes here")
            .note("a new version is tested on a listener of its own, before production traffic moves on the other; its target group has one load balancer")
            .help(format!("write the ARN of another listener of `{}`", production.load_balancer()))
            .advise(at.key("test"), "null", "or leave `test` out: then no service behind it has test traffic"),
    );
}
