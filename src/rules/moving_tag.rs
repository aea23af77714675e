use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Under CodeDeploy, tags of images are not pinned to digests (facts 1.2).
pub(super) const RULE: Rule = Rule {
    code: codes::MOVING_TAG,
    level: Level::Warning,
    sources: &["S-100"],
    check: Check::Rollout(check),
};

/// Tags that mean another image tomorrow.
const MOVING: [&str; 12] = [
    "latest",
    "main",
    "master",
    "trunk",
    "develop",
    "dev",
    "edge",
    "nightly",
    "stable",
    "staging",
    "prod",
    "production",
];

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    if rollout.engine.pins_digests {
        return;
    }
    for image in &rollout.foreign_images {
        let uri = &image.uri.value;
        let Some((_, tag)) = uri.rsplit_once(':').filter(|_| !uri.contains('@')) else { continue };
        if !MOVING.contains(&tag.to_lowercase().as_str()) {
            continue;
        }
        sink.add(
            sink.found(format!(
                "the image of `{}` is whatever `{tag}` means when a task starts",
                image.container
            ))
            .at(image.uri.at.clone(), Aim::Value, "")
            .note("blue and green, or two tasks of one color, may run different images")
            .help(format!(
                "name a version, or the digest: {}@sha256:…",
                uri.trim_end_matches(tag).trim_end_matches(':')
            )),
        );
    }
}
