use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
};

/// A pipeline releases within one account and region.
pub(super) const RULE: Rule = Rule {
    code: codes::STAGE_ELSEWHERE,
    level: Level::Error,
    sources: &[],
    check: Check::Application(check),
};

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let Some(pipeline) = resolved.services.iter().find_map(|service| service.pipeline.as_ref()) else {
        return;
    };
    let home = Resolved::home(pipeline);
    for (at, stage) in pipeline.stages.iter().enumerate() {
        let trail = Trail::of(["pipeline", "stages"]).index(at).key("environment");
        // Environments that do not exist are told when the blueprint is read.
        let Some(place) = resolved.place_of(&stage.environment) else { continue };
        let Some(home) = resolved.place_of(home) else { continue };
        let (here, there) = (&home.environment, &place.environment);
        if here.region != there.region || here.account != there.account {
            let what = if here.region == there.region { "another account" } else { "another region" };
            sink.add(
                Finding::error(
                    codes::STAGE_ELSEWHERE,
                    format!("the stage `{}` is in {what} than the pipeline", stage.environment),
                )
                .at(trail, Aim::Value, "")
                .related(Trail::of(["environments", home.name.as_str()]), Aim::Key, "the pipeline lives here")
                .related(Trail::of(["environments", place.name.as_str()]), Aim::Key, "the stage is here")
                .help("a pipeline releases within one account and region: leave this stage out and release there with the commands of its RUNBOOK.md"),
            );
        }
    }
}
