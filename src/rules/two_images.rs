use super::{Check, Rule, Sink, Subject};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// An image is either pushed to a repository of bluegreen's or built by others.
pub(super) const RULE: Rule =
    Rule { code: codes::TWO_IMAGES, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let image = &subject.service.service.image;
    if image.repository.is_some() && image.uri.is_some() {
        sink.add(
            Finding::error(
                codes::TWO_IMAGES,
                "the image comes from a repository of bluegreen's and from elsewhere",
            )
            .at(Trail::of(["image", "uri"]), Aim::Key, "")
            .related(Trail::of(["image", "repository"]), Aim::Key, "and from here")
            .help(
                "keep `repository` for images that are pushed to it, or `uri` for an image that others build",
            ),
        );
    }
}
