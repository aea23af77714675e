use super::{Check, Rule, Sink};
use crate::{
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

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(traffic) = &rollout.traffic.quiet else { return };
    let first = rollout.shift.mode.first_percent().unwrap_or(100);
    for alarm in rollout.watched() {
        let Signal::Latency { percentile, .. } = alarm.signal else { continue };
        let enough = 1000_u64.div_ceil(u64::from(100 - percentile.min(99)));
        let a_minute = u64::from(traffic.value) * u64::from(first);
        let seen = |period: u32| a_minute * u64::from(period) / 6000;
        if seen(alarm.period) >= enough {
            continue;
        }
        let finding = sink
            .found(format!("the alarm `{}` sees too few answers for its percentile", alarm.name))
            .at(alarm.at.clone(), Aim::Key, "")
            .related(rollout.shift.at.clone(), Aim::Value, "the first step")
            .related(traffic.at.clone(), Aim::Value, "declared here")
            .note(format!(
                "{first} percent of {} requests a minute, declared, are {} a period; p{percentile} takes {enough}",
                traffic.value,
                seen(alarm.period)
            ))
            .help("or watch a lower percentile, which takes fewer");
        let longer = (1..=1440).map(|minutes| minutes * 60).find(|period| seen(*period) >= enough);
        sink.add(match longer {
            Some(period) => {
                let minutes = period / 60;
                finding.advise(
                    alarm.at.key("over"),
                    format!("{minutes}m"),
                    format!("write `over: {minutes}m`, which fires later"),
                )
            }
            None => finding,
        });
    }
}
