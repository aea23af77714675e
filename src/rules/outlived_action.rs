use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Finding, Level, Trail, codes},
    rollout::{PipelineStage, Rollout},
};

/// What a release waits for in any case fits into the time that the pipeline's action waits (facts 3.2, 3.3).
pub(super) const RULE: Rule = Rule {
    code: codes::OUTLIVED_ACTION,
    level: Level::Error,
    sources: &["S-45"],
    check: Check::Rollout(check),
};

/// Seconds that a release takes at least: the waits that nobody and nothing makes shorter.
pub(super) fn least(rollout: &Rollout) -> u32 {
    start(rollout).saturating_add(traffic(rollout)).saturating_add(rollout.keep_old.value)
}

/// Seconds until all traffic has moved, with what a Network Load Balancer takes for each step.
fn traffic(rollout: &Rollout) -> u32 {
    rollout.shift.mode.full().saturating_add(rollout.moving())
}

/// Has the stage release with another action of the engine, where one waits long enough.
pub(super) fn another(finding: Finding, rollout: &Rollout, stage: &PipelineStage, seconds: u32) -> Finding {
    let Some(longer) = rollout.engine.pipeline.iter().find(|other| other.minutes * 60 >= seconds) else {
        return finding;
    };
    let word = longer.with.word();
    finding.advise(
        stage.at.key("release_with"),
        word,
        format!("write `release_with: {word}`, which waits {}", length(longer.minutes * 60)),
    )
}

/// Seconds until the new tasks answer, where somebody said so.
fn start(rollout: &Rollout) -> u32 {
    rollout.startup.as_ref().map_or(0, |startup| startup.value)
}

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(stage) = rollout.pipeline.iter().min_by_key(|stage| stage.action.minutes) else { return };
    let (least, limit) = (least(rollout), stage.action.minutes * 60);
    if least <= limit {
        return;
    }
    let (full, kept) = (traffic(rollout), rollout.keep_old.value);
    let mut finding = sink
        .found(format!(
            "a release takes {} at least, and the action `{}` of the pipeline gives up after {}",
            length(least),
            stage.action.provider,
            length(limit)
        ))
        .at(rollout.keep_old.at.clone(), Aim::Value, "how long the old version stays")
        .related(stage.at.clone(), Aim::Key, "the stage")
        .note(format!(
            "{}{} for the traffic, `{}: {}` after it",
            match start(rollout) {
                0 => String::new(),
                start => format!("{} until the new tasks answer, ", length(start)),
            },
            length(full),
            rollout.kept_key(),
            length(kept)
        ))
        .note("the stage would fail each time, while the release goes on");
    finding = another(finding, rollout, stage, least);
    let late = least - limit;
    if late <= kept {
        let minutes = (kept - late) / 60;
        let text = length(minutes * 60);
        let text = if minutes == 0 { "0m".to_owned() } else { text };
        finding = finding.suggest(
            rollout.keep_old.at.clone(),
            text.clone(),
            format!("write `{}: {text}` or less", rollout.kept_key()),
        );
    } else if let Some([wait, _]) = rollout.shift.keys() {
        finding = shorter_steps(finding, rollout, &wait, limit);
    }
    sink.add(finding);
}

/// Where no time is left for the old version, the steps have to be shorter too.
fn shorter_steps(finding: Finding, rollout: &Rollout, wait: &Trail, limit: u32) -> Finding {
    let others = start(rollout).saturating_add(rollout.moving()).saturating_add(rollout.keep_old.value);
    let minutes = limit.saturating_sub(others) / 60 / rollout.shift.mode.waits().max(1);
    if minutes == 0 {
        return finding.help("make steps and what comes after them shorter: together they have to fit");
    }
    finding.suggest(wait.clone(), format!("{minutes}m"), format!("write `wait: {minutes}m` or less"))
}
