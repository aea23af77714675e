//! What the schema cannot say of one key: found with the codes of shape, so it is no rule of its own.

use super::{Sink, Subject};
use crate::diagnostic::codes;

pub(super) fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    for (name, check) in &subject.service.service.deploy.checks {
        let trail = ["deploy", "checks", name.as_str()];
        match (&check.get, &check.post) {
            (Some(_), Some(_)) => {
                sink.error(
                    codes::SEVERAL_CHOICES,
                    trail,
                    format!("the check `{name}` asks twice"),
                    "keep `get` or `post`",
                );
            }
            (None, None) => {
                sink.error(
                    codes::MISSING_KEY,
                    trail,
                    format!("the check `{name}` does not say what to ask for"),
                    "write `get: /path` or `post: /path`",
                );
            }
            (Some(_), None) if check.body.is_some() => {
                sink.error(
                    codes::SEVERAL_CHOICES,
                    ["deploy", "checks", name.as_str(), "body"],
                    format!("the check `{name}` has a body, which GET does not send"),
                    "write `post` instead of `get`, or leave the body out",
                );
            }
            _ => {}
        }
    }
}
