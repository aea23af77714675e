//! What is wrong with a resolved application beyond its shape: parts that do not fit together, and rollouts that would not
//! protect what they promise to.

mod alarms;
mod containers;
mod deploy;
mod http;
mod names;
mod network;
mod pipeline;
mod service;

use crate::{
    diagnostic::{Aim, Code, Finding, Trail},
    resolve::{Resolved, ResolvedService, locate},
};

/// What a rule says goes here, located in the tree it was resolved from.
struct Sink<'r> {
    findings: Vec<Finding>,
    environment: &'r str,
}

/// A service under judgement.
struct Subject<'r> {
    resolved: &'r Resolved,
    service: &'r ResolvedService,
}

/// Everything that is wrong with an application in an environment.
pub fn check(resolved: &Resolved, document: &crate::yaml::Node) -> Vec<Finding> {
    let mut sink = Sink { findings: Vec::new(), environment: resolved.place.name.as_str() };
    network::check(resolved, &mut sink);
    pipeline::check(resolved, &mut sink);
    names::check_application(resolved, &mut sink);
    let environment = resolved.place.name.as_str();
    for finding in &mut sink.findings {
        locate(finding, &Trail::root(), document, environment, Some(resolved));
    }
    for service in &resolved.services {
        let from = sink.findings.len();
        let subject = Subject { resolved, service };
        service::check(&subject, &mut sink);
        containers::check(&subject, &mut sink);
        http::check(&subject, &mut sink);
        deploy::check(&subject, &mut sink);
        alarms::check(&subject, &mut sink);
        names::check(&subject, &mut sink);
        let trail = Resolved::trail(&service.name);
        for finding in &mut sink.findings[from..] {
            locate(finding, &trail, document, environment, Some(resolved));
        }
    }
    sink.findings
}

impl Sink<'_> {
    fn add(&mut self, mut finding: Finding) {
        finding.environment = Some(self.environment.to_owned());
        self.findings.push(finding);
    }

    /// An error at a value.
    fn error<const N: usize>(
        &mut self,
        code: Code,
        at: [&str; N],
        title: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Finding::error(code, title).at(Trail::of(at), Aim::Value, "").help(help));
    }
}
