use super::{Check, Rule, Sink, Subject};
use crate::{
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::{Front, Resolved},
};

/// Two things cannot listen on one port.
pub(super) const RULE: Rule = Rule {
    code: codes::PORT_TAKEN,
    level: Level::Error,
    sources: &[],
    check: Check::Both(check_application, containers),
};

fn check_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    resolved.fronts().for_each(|front| listeners(&front, sink));
}

fn listeners(front: &Front<'_>, sink: &mut Sink<'_>) {
    let Some(test) = &front.balancer.test_traffic else { return };
    let production = front.balancer.production_port();
    let port = test.port.get();
    if port == production || (port == 80 && front.balancer.redirects()) {
        let what = if port == production { "production traffic" } else { "the redirect to HTTPS" };
        let finding = Finding::error(codes::PORT_TAKEN, format!("test traffic and {what} share port {port}"))
            .at(front.test_at.key("port"), Aim::Value, "")
            .help("give test traffic a port of its own, such as 8443");
        let tcp = front.services.first().and_then(|service| service.service.tcp.as_ref());
        sink.add(match tcp.map_or(front.balancer.port, |tcp| tcp.port) {
            Some(_) if port == production => {
                finding.related(front.at.key("port"), Aim::Value, "production traffic comes here")
            }
            _ if port == production => finding.note(format!(
                "production traffic comes to port {production}, since `{}` says no other",
                key(front)
            )),
            _ => finding.note("with a certificate, requests to port 80 are sent on to HTTPS"),
        });
    }
}

/// The port of production traffic, as people write it.
fn key(front: &Front<'_>) -> String {
    match front.shared {
        Some(_) => front.at.key("port").to_string(),
        None => {
            let key = front.services.first().map_or("http", |service| service.front_key());
            format!("{key}.port")
        }
    }
}

/// The containers of a task share one network interface.
fn containers(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let mut taken: Vec<_> = service.port.map(|port| (port, Trail::of(["port"]))).into_iter().collect();
    for (name, sidecar) in &service.sidecars {
        for (at, port) in sidecar.ports.iter().enumerate() {
            let trail = Trail::of(["sidecars", name.as_str(), "ports"]).index(at);
            if let Some((_, first)) = taken.iter().find(|(known, _)| known == port) {
                sink.add(
                    Finding::error(
                        codes::PORT_TAKEN,
                        format!("two containers of a task listen on port {}", port.get()),
                    )
                    .at(trail, Aim::Value, "")
                    .related(first.clone(), Aim::Value, "taken here")
                    .note("the containers of a Fargate task share one network interface")
                    .help("give one of them another port"),
                );
            } else {
                taken.push((*port, trail));
            }
        }
    }
}
