use super::{Check, Rule, Sink, Subject};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// A rule takes five values and five wildcards (facts 6.9).
pub(super) const RULE: Rule = Rule {
    code: codes::TOO_MANY_CONDITIONS,
    level: Level::Error,
    sources: &[],
    check: Check::Service(check),
};

/// Values, and wildcards, of all conditions of a rule.
const MOST: usize = 5;

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let Some(http) = &subject.service.service.http else { return };
    if http.load_balancer.is_none() {
        return;
    }
    let host = http.host.as_ref().map(|host| host.as_str());
    let texts: Vec<&str> =
        host.into_iter().chain(http.paths.iter().flatten().map(|path| path.as_str())).collect();
    let wildcards = texts.iter().flat_map(|text| text.chars()).filter(|c| matches!(c, '*' | '?')).count();
    for (what, number) in [("values", texts.len()), ("wildcards", wildcards)] {
        if number > MOST {
            let with = if http.host.is_some() { ", those of `host` among them" } else { "" };
            sink.add(
                Finding::error(
                    codes::TOO_MANY_CONDITIONS,
                    format!("`paths` makes a rule with {number} {what}, and a rule takes {MOST}"),
                )
                .at(Trail::of(["http", "paths"]), Aim::Value, "")
                .note(format!("the limit is for all conditions of a rule together{with}"))
                .help(
                    "let one pattern stand for several paths: `/checkout*` for `/checkout` and `/checkout/*`",
                ),
            );
        }
    }
}
