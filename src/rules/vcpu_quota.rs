use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Place, Rollout},
};

/// Blue and green together need twice the vCPUs.
pub(super) const RULE: Rule =
    Rule { code: codes::VCPU_QUOTA, level: Level::Warning, sources: &["S-82"], check: Check::Place(check) };

fn check(place: &Place, sink: &mut Sink<'_>) {
    let Some(quota) = &place.vcpu_quota else { return };
    let of = |it: &Rollout| it.overlapping(it.tasks.most().max) * u64::from(it.tasks.cpu_units.value);
    let all: u64 = place.rollouts.iter().map(of).sum();
    let most = u64::from(quota.value) * 1024;
    let Some(largest) = place.rollouts.iter().max_by_key(|it| of(it)) else { return };
    if all <= most {
        return;
    }
    let range = largest.tasks.most();
    let each = u64::from(largest.overlap) * u64::from(largest.tasks.cpu_units.value.max(1));
    let excess = ((all - most) * 100).div_ceil(each.max(1));
    let fewer = u64::from(range.max).saturating_sub(excess);
    #[allow(clippy::cast_precision_loss, reason = "shown with two digits")]
    let vcpu = |units: u64| format!("{}", (units as f64 / 1024.0 * 100.0).round() / 100.0);
    let finding = sink
        .found(format!(
            "{} may need {} vCPUs, and the account has {}",
            largest.both(),
            vcpu(all),
            quota.value
        ))
        .at(range.at.clone(), Aim::Value, "the most tasks, twice while they overlap")
        .related(quota.at.clone(), Aim::Value, "declared here")
        .related(largest.tasks.cpu_units.at.clone(), Aim::Value, "the CPU of each")
        .note(format!(
            "new tasks do not start without them, and the deployment fails after {}",
            length(largest.engine.start)
        ))
        .help("or raise the quota `Fargate On-Demand vCPU resource count` in Service Quotas");
    sink.add(match u32::try_from(fewer) {
        Ok(fewer) if fewer >= range.least() => finding.advise(
            range.at.clone(),
            range.written(range.min, fewer),
            format!("let `{}` run fewer tasks: `{}`", largest.service, range.keyed(range.min, fewer)),
        ),
        _ => finding,
    });
}
