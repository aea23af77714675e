use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Place, Rollout},
};

/// Blue and green together need twice the addresses (facts 7.6).
pub(super) const RULE: Rule = Rule {
    code: codes::TOO_FEW_ADDRESSES,
    level: Level::Error,
    sources: &["S-80", "S-81"],
    check: Check::Place(check),
};

/// Free addresses that a load balancer needs in each of its subnets (facts 6.6).
const BALANCER: u32 = 8;

/// How many tasks of a service there are at most.
fn overlapping(rollout: &Rollout) -> u32 {
    u32::try_from(rollout.overlapping(rollout.tasks.most().max)).unwrap_or(u32::MAX)
}

fn check(place: &Place, sink: &mut Sink<'_>) {
    let Some(subnets) = &place.subnets else { return };
    let balancers = place
        .rollouts
        .iter()
        .filter(|rollout| rollout.internet.as_ref().is_some_and(|internet| !internet.value))
        .count();
    let balancers = u32::try_from(balancers).unwrap_or(u32::MAX).saturating_mul(BALANCER);
    let tasks: u32 = place
        .rollouts
        .iter()
        .map(|it| overlapping(it).div_ceil(subnets.count.max(1)))
        .fold(0, u32::saturating_add);
    let needed = tasks.saturating_add(balancers);
    let Some(largest) = place.rollouts.iter().max_by_key(|it| overlapping(it)) else { return };
    if needed <= subnets.free.value {
        return;
    }
    let mut finding = sink
        .found(format!(
            "{} need {needed} addresses in each private subnet, and {} are free",
            largest.both(),
            subnets.free.value
        ))
        .at(subnets.free.at.clone(), Aim::Value, "")
        .related(largest.tasks.most().at.clone(), Aim::Value, "the most tasks, twice while they overlap")
        .note(format!(
            "{tasks} of them for tasks: twice the most of every service, spread over {} subnets",
            subnets.count
        ));
    if balancers > 0 {
        finding = finding.note(format!("{balancers} for internal load balancers, {BALANCER} each"));
    }
    for other in &subnets.others {
        finding = finding.note(other.clone());
    }
    let range = largest.tasks.most();
    let excess = (needed - subnets.free.value).saturating_mul(subnets.count);
    let excess = excess.saturating_mul(100).div_ceil(largest.overlap.max(1));
    sink.add(if range.max > excess && range.max - excess >= range.least() {
        let fewer = range.max - excess;
        finding
            .help("or give a new VPC a larger block: `cidr: 10.0.0.0/16`; the block of one that exists cannot be changed")
            .advise(range.at.clone(), range.written(range.min, fewer), format!("let `{}` run fewer tasks: `{}`", largest.service, range.keyed(range.min, fewer)))
    } else {
        finding.help("use larger subnets, or fewer tasks")
    });
}
