use super::{Check, Rule, Sink, length};
use crate::{
    blueprint::units::Share,
    diagnostic::{Aim, Level, codes},
    rollout::{Rollout, Signal},
};

/// A percentile needs `10 / (1 - X / 100)` answers a period (facts 10.4).
pub(super) const RULE: Rule = Rule {
    code: codes::TOO_FEW_SAMPLES,
    level: Level::Warning,
    sources: &["S-13"],
    check: Check::Rollout(check),
};

/// The percentiles that alarms go by, the highest first.
const PERCENTILES: [u32; 4] = [99, 95, 90, 50];

/// How many answers a period must have for a percentile to say something.
fn answers(percentile: u32) -> u64 {
    1000_u64.div_ceil(u64::from(100 - percentile.min(99)))
}

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(traffic) = &rollout.traffic.quiet else { return };
    let first = rollout.shift.mode.first_percent().unwrap_or(Share::ALL);
    for alarm in rollout.watched() {
        let Signal::Latency { percentile, minimum } = alarm.signal else { continue };
        let (enough, minimum) = (answers(percentile), u64::from(minimum));
        // An alarm that waits for as many is never set off by chance. While the first step is too small for it, it waits
        // for the next one; it is of no use only where all of the traffic is too little.
        let waits = minimum >= enough;
        let (share, wanted) = if waits { (Share::ALL, minimum) } else { (first, enough) };
        let seen = |period: u32| share.of(u64::from(traffic.value) * u64::from(period)) / 60;
        if seen(alarm.period) >= wanted {
            continue;
        }
        let (title, wants) = if waits {
            ("never sees as many answers as it waits for", format!("it waits for {wanted}"))
        } else {
            ("sees too few answers for its percentile", format!("p{percentile} takes {wanted}"))
        };
        let mut finding = sink
            .found(format!("the alarm `{}` {title}", alarm.name))
            .at(alarm.at.clone(), Aim::Key, "")
            .related(rollout.shift.at.clone(), Aim::Value, "the first step")
            .related(traffic.at.clone(), Aim::Value, "declared here")
            .note(format!(
                "{share} percent of {} requests a minute, declared, are {} a period; {wants}",
                traffic.value,
                seen(alarm.period)
            ));
        if waits {
            finding.level = Level::Note;
            finding.related.remove(0);
        }
        let lower = PERCENTILES.iter().filter(|it| **it < percentile);
        if let Some(lower) = lower.copied().find(|it| answers(*it) <= seen(alarm.period)).filter(|_| !waits) {
            finding = finding.help(format!("or watch `p{lower}`, which takes {}", answers(lower)));
        }
        let longer = (1..=1440).map(|minutes| minutes * 60).find(|period| seen(*period) >= wanted);
        sink.add(match longer {
            Some(period) => finding.advise(
                alarm.at.key("over"),
                length(period),
                format!("write `over: {}`, which fires later", length(period)),
            ),
            None => finding.help("leave it out of `rollback.alarms`, or declare more traffic"),
        });
    }
}
