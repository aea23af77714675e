use super::{Check, Rule, Sink};
use crate::{
    blueprint::engines::Colors,
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
    stacks::{Color, Names},
};

/// Names made of application, environment and service have limits (facts 8.2).
pub(super) const RULE: Rule = Rule {
    code: codes::NAME_TOO_LONG,
    level: Level::Error,
    sources: &["S-143"],
    check: Check::Application(check),
};

/// What AWS allows in a role's name (facts 8.2).
const ROLE_NAME: usize = 64;
/// What AWS allows in a Lambda function's name.
const FUNCTION_NAME: usize = 64;
/// What AWS allows in a notification rule's name.
const NOTIFICATION_NAME: usize = 64;

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    for service in &resolved.services {
        let abilities = service.service.deploy.engine.abilities();
        // Green is the longer of the two.
        let color = (abilities.colors == Colors::Apart).then_some(Color::Green);
        let names = Names::new(resolved).of(color);
        let full = names.service(&service.name);
        let mut longest = vec![("the IAM role", names.execution_role(&service.name), ROLE_NAME)];
        if let Some(prefix) = abilities.function_prefix {
            longest.push(("the hook function", format!("{prefix}{full}"), FUNCTION_NAME));
        }
        if service.pipeline.is_some() {
            longest.push(("the notification rule", names.pipeline(&service.name), NOTIFICATION_NAME));
        }
        for (what, name, most) in longest {
            if name.len() > most {
                sink.add(
                    Finding::error(
                        codes::NAME_TOO_LONG,
                        format!("{what} `{name}` would have {} characters; AWS allows {most}", name.len()),
                    )
                    .at(Trail::of(["services", service.name.as_str()]), Aim::Key, "")
                    .related(Trail::of(["app"]), Aim::Value, "part of the name")
                    .related(
                        Trail::of(["environments", resolved.place.name.as_str()]),
                        Aim::Key,
                        "part of the name",
                    )
                    .help(format!("shorten one of the three by {}", name.len() - most)),
                );
                break;
            }
        }
    }
}
