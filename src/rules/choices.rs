//! What the schema cannot say of one key: found with the codes of shape, so it is no rule of its own.

use super::{Sink, Subject};
use crate::{
    blueprint::{Measure, Protocol},
    diagnostic::{Aim, Finding, Trail, codes},
};

pub(super) fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    health_codes(subject, sink);
    for (name, alarm) in &subject.service.service.alarms {
        let Measure::Metric(metric) = &alarm.measure else { continue };
        let trail = ["alarms", name.as_str(), "metric"];
        let what = format!("the alarm `{name}`");
        match (metric.above, metric.below) {
            (None, None) => sink.error(
                codes::MISSING_KEY,
                trail,
                format!("{what} does not say when it fires"),
                "write `above: <number>` or `below: <number>`",
            ),
            (Some(_), Some(_)) => sink.error(
                codes::SEVERAL_CHOICES,
                trail,
                format!("{what} fires above one number and below another"),
                "keep `above` or `below`; make two alarms for both",
            ),
            _ => {}
        }
    }
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

/// The bounds of status codes depend on the protocol (facts 6.1).
fn health_codes(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let Some(http) = &subject.service.service.http else { return };
    let (speaks, least, most, example) = match http.protocol {
        Protocol::Grpc => ("gRPC", 0, 99, "0"),
        Protocol::Http1 | Protocol::Http2 => ("HTTP", 200, 499, "200"),
    };
    let written = &http.healthcheck.codes;
    let wrong = written.split(',').find(|part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        let (from, to) = (number(from), number(to));
        from < least || to > most || from > to
    });
    let Some(wrong) = wrong else { return };
    let at = Trail::of(["http", "healthcheck", "codes"]);
    sink.add(
        Finding::error(
            codes::OUT_OF_RANGE,
            format!("`{wrong}` is no range of status codes that a load balancer asks for"),
        )
        .at(at.clone(), Aim::Value, "")
        .related(Trail::of(["http", "protocol"]), Aim::Value, "the protocol of the tasks")
        .note(format!("those of {speaks} are {least} to {most}, the smaller one of a range first"))
        .advise(at, format!("\"{example}\""), format!("write `codes: \"{example}\"`")),
    );
}
