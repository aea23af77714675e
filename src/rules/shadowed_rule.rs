use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Finding, Level, codes},
    resolve::{Front, Resolved, ResolvedService},
};

/// Every rule on a shared load balancer gets requests that no rule before it takes.
pub(super) const RULE: Rule =
    Rule { code: codes::SHADOWED_RULE, level: Level::Error, sources: &[], check: Check::Application(check) };

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    for front in resolved.fronts().filter(|front| front.shared.is_some()) {
        let mut services = front.services.clone();
        services.sort_by_key(|service| service.priority());
        for (at, later) in services.iter().enumerate() {
            // The first that takes everything is the one to tell of.
            if let Some(first) = services[..at].iter().find(|first| covers(first, later)) {
                tell(&front, first, later, sink);
            }
        }
    }
}

fn tell(front: &Front<'_>, first: &ResolvedService, later: &ResolvedService, sink: &mut Sink<'_>) {
    let (at, other) = (Resolved::trail(&later.name).key("http"), Resolved::trail(&first.name).key("http"));
    if covers(later, first) {
        sink.add(
            Finding::error(
                codes::SHADOWED_RULE,
                format!("the rules of `{}` and `{}` take the same requests", first.name, later.name),
            )
            .at(at, Aim::Key, "")
            .related(other, Aim::Key, "the other")
            .note(format!("{}, with priority {}", says(first), first.priority()))
            .note(format!("{}, with priority {}", says(later), later.priority()))
            .help("give them different values of `host` or `paths`"),
        );
        return;
    }
    if first.priority() == later.priority() {
        return;
    }
    let taken = |number: &u16| front.services.iter().any(|service| service.priority() == *number);
    let free = (1..first.priority()).rev().find(|number| !taken(number));
    let finding = Finding::error(
        codes::SHADOWED_RULE,
        format!(
            "no request reaches `{}`: the rule of `{}` is asked first and takes them all",
            later.name, first.name
        ),
    )
    .at(at.clone(), Aim::Key, "")
    .related(other, Aim::Key, "this one takes them")
    .note(format!("{}, with priority {}", says(first), first.priority()))
    .note(format!("{}, with priority {}", says(later), later.priority()));
    sink.add(match free {
        Some(free) => finding.advise(
            at.key("priority"),
            free.to_string(),
            format!("write `priority: {free}` for `{}`, which says more", later.name),
        ),
        None => finding.help(format!("give `{}` a higher `priority`", first.name)),
    });
}

/// What the rule of a service goes by, in words.
fn says(service: &ResolvedService) -> String {
    let Some(http) = &service.service.http else { return format!("`{}` takes nothing", service.name) };
    let host = http.host.as_ref().map_or_else(|| "any host".to_owned(), ToString::to_string);
    let paths = http.paths.as_ref().map_or_else(
        || "any path".to_owned(),
        |paths| paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    );
    format!("`{}` takes {host} and {paths}", service.name)
}

/// Whether every request that fits one rule fits another.
fn covers(wide: &ResolvedService, narrow: &ResolvedService) -> bool {
    let (Some(wide), Some(narrow)) = (&wide.service.http, &narrow.service.http) else { return false };
    let host = match (&wide.host, &narrow.host) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => {
            let lower = |host: &str| host.to_ascii_lowercase();
            includes(&lower(wide.as_str()), &lower(narrow.as_str()))
        }
    };
    let paths = match (&wide.paths, &narrow.paths) {
        (None, _) => true,
        (Some(wide), None) => wide.iter().any(|wide| includes(wide.as_str(), "/*")),
        (Some(wide), Some(narrow)) => {
            narrow.iter().all(|narrow| wide.iter().any(|wide| includes(wide.as_str(), narrow.as_str())))
        }
    };
    host && paths
}

/// Whether every text that a pattern fits is one that another fits: `*` stands for any text, `?` for one character. Read against
/// a text without either, whether the text fits.
pub(super) fn includes(wide: &str, narrow: &str) -> bool {
    let (wide, narrow): (Vec<char>, Vec<char>) = (wide.chars().collect(), narrow.chars().collect());
    // fits[at]: whether the pattern so far fits the first `at` signs.
    let mut fits = vec![false; narrow.len() + 1];
    fits[0] = true;
    for sign in wide {
        let mut next = vec![false; narrow.len() + 1];
        next[0] = fits[0] && sign == '*';
        for (at, other) in narrow.iter().enumerate() {
            next[at + 1] = match sign {
                '*' => fits[at + 1] || next[at],
                '?' => fits[at] && *other != '*',
                sign => fits[at] && *other == sign,
            };
        }
        fits = next;
    }
    fits[narrow.len()]
}

#[cfg(test)]
mod tests {
    use super::includes;

    #[test]
    fn a_pattern_includes_what_it_fits() {
        for (wide, narrow) in [
            ("/*", "/checkout/*"),
            ("/checkout/*", "/checkout/*"),
            ("/checkout*", "/checkout"),
            ("/c?eckout", "/checkout"),
            ("*.example.com", "shop.example.com"),
            ("*", ""),
            ("/a*c*", "/abc*"),
            ("/?", "/?"),
        ] {
            assert!(includes(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in [
            ("/checkout/*", "/*"),
            ("/checkout/*", "/checkout"),
            ("/?", "/*"),
            ("/a?c", "/ac"),
            ("shop.example.com", "*.example.com"),
            ("/a*c", "/abd"),
            ("", "x"),
        ] {
            assert!(!includes(wide, narrow), "{wide} {narrow}");
        }
    }
}
