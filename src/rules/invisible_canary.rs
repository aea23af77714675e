use super::{Check, Rule, Sink};
use crate::{
    blueprint::units::Share,
    diagnostic::{Aim, Level, codes},
    rollout::{Rollout, Signal},
};

/// A share of the requests can be told from chance only where there are enough of them (facts 10.5).
pub(super) const RULE: Rule = Rule {
    code: codes::INVISIBLE_CANARY,
    level: Level::Warning,
    sources: &["S-12"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(traffic) = &rollout.traffic.quiet else { return };
    let (Some(first), Some([_, key])) = (rollout.shift.mode.first_percent(), rollout.shift.keys()) else {
        return;
    };
    let full = f64::from(rollout.shift.mode.full()) / 60.0;
    for alarm in rollout.watched() {
        let Signal::ErrorRate { above, minimum } = alarm.signal else { continue };
        if above <= 0.0 {
            continue;
        }
        let period = f64::from(alarm.period) / 60.0;
        let window = (f64::from(alarm.bad) * period).min(full);
        let enough = (300.0 / above).ceil();
        let rpm = f64::from(traffic.value);
        let seen = |share: Share| rpm * share.percent() / 100.0;
        let good =
            |share: Share| seen(share) * window >= enough && seen(share) * period >= f64::from(minimum);
        if good(first) {
            continue;
        }
        let mut finding = sink
            .found(format!("the first step is too small for the alarm `{}` to tell anything", alarm.name))
            .at(key.clone(), Aim::Value, "")
            .related(alarm.at.clone(), Aim::Key, "the alarm")
            .related(traffic.at.clone(), Aim::Value, "declared here")
            .note(format!(
                "{first} percent of {} requests a minute, declared, are {} in the {window} minutes the alarm looks at; to see {above} percent it takes {enough}",
                traffic.value,
                (seen(first) * window).floor()
            ));
        if seen(first) * period < f64::from(minimum) {
            finding = finding.note(format!(
                "below {minimum} requests a period does not count, and these are {}",
                (seen(first) * period).floor()
            ));
        }
        sink.add(match (first.up()..=99).find(|percent| good(Share::whole(*percent))) {
            Some(percent) => finding.advise(
                key.clone(),
                percent.to_string(),
                format!("write `percent: {percent}` or more"),
            ),
            None => finding.help("watch a number of errors instead of a percentage: `http_5xx: {above: 5}`"),
        });
    }
}
