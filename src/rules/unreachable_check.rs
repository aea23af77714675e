use super::{Check, Rule, Sink, Subject, shadowed_rule::includes};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// A check asks for what the rule of its service takes: anything else on a shared load balancer gets the answer of nobody, or of
/// another service.
pub(super) const RULE: Rule =
    Rule { code: codes::UNREACHABLE_CHECK, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let Some(http) = &service.http else { return };
    if http.load_balancer.is_none() || service.deploy.test_traffic.is_none() {
        return;
    }
    for (name, check) in &service.deploy.checks {
        let at = Trail::of(["deploy", "checks", name.as_str()]);
        let (key, asked) = match (&check.get, &check.post) {
            (Some(path), _) => ("get", path.as_str()),
            (None, Some(path)) => ("post", path.as_str()),
            (None, None) => continue,
        };
        let path = asked.split(['?', '#']).next().unwrap_or_default();
        if let Some(paths) = &http.paths
            && !paths.iter().any(|pattern| includes(pattern.as_str(), path))
        {
            sink.add(
                Finding::error(
                    codes::UNREACHABLE_CHECK,
                    format!(
                        "the check `{name}` asks for `{path}`, which is not among the paths of the service"
                    ),
                )
                .at(at.key(key), Aim::Value, "")
                .related(Trail::of(["http", "paths"]), Aim::Value, "its rule takes these")
                .note("the test listener is shared as well, and would answer 404 or with another service")
                .help("check a path below these, or add this one to `paths`"),
            );
        }
        let Some(host) = http.host.as_ref().map(|host| host.as_str().to_ascii_lowercase()) else { continue };
        let own = check.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case("host"));
        let (trail, asked) = match own {
            Some((header, value)) => (at.key("headers").key(header.as_str()), value.to_ascii_lowercase()),
            None if host.contains('*') => (Trail::of(["http", "host"]), String::new()),
            None => continue,
        };
        if includes(&host, &asked) {
            continue;
        }
        sink.add(
            Finding::error(
                codes::UNREACHABLE_CHECK,
                format!("the check `{name}` asks by a host name that is not the service's"),
            )
            .at(trail, Aim::Value, "")
            .note(format!("the rule of the service takes {host}"))
            .help(format!("write `headers: {{Host: …}}` in the check, with a name that {host} fits")),
        );
    }
}
