use serde::Serialize;

use crate::{
    blueprint::Engine,
    diagnostic::{Code, Finding, Level},
    render,
    resolve::Resolved,
    rules,
    yaml::Node,
};

/// What the rules find under one engine and not under the other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The engine under which it is found.
    pub engine: &'static str,
    /// Its stable id.
    pub code: &'static str,
    /// The id as words.
    pub name: &'static str,
    /// What it weighs.
    pub level: Level,
    /// The key it is about, where it is about one.
    pub trail: Option<String>,
    /// What is wrong.
    pub title: String,
    /// What was computed or known, a sentence each.
    pub notes: Vec<String>,
    /// What to write instead, a sentence each.
    pub help: Vec<String>,
}

impl Verdict {
    /// Whether nothing is rendered because of it.
    pub fn is_refusal(&self) -> bool {
        self.level == Level::Error
    }
}

/// The findings of an application under two engines.
pub(super) struct Verdicts {
    /// Those under the first alone, then those under the second alone.
    pub(super) apart: Vec<Verdict>,
    /// Errors under both: no engine mends them.
    pub(super) wrong: Vec<Finding>,
}

/// Judges an application under two engines. Numbers in their titles aside, findings of one code at one key are the same.
pub(super) fn of(applications: &[Resolved; 2], document: &Node, engines: [Engine; 2]) -> Verdicts {
    let [first, second] = applications.each_ref().map(|application| findings(application, document));
    let key = |finding: &Finding| (finding.code, finding.trail().cloned());
    let is_among =
        |finding: &Finding, others: &[Finding]| others.iter().any(|other| key(other) == key(finding));
    let alone = |these: &[Finding], others: &[Finding], engine: Engine| -> Vec<Verdict> {
        let alone = these.iter().filter(|finding| !is_among(finding, others));
        alone.map(|finding| verdict(finding, engine)).collect()
    };
    let mut apart = alone(&first, &second, engines[0]);
    apart.extend(alone(&second, &first, engines[1]));
    let wrong = first
        .into_iter()
        .filter(|finding| finding.level == Level::Error && finding.counts() && is_among(finding, &second))
        .collect();
    Verdicts { apart, wrong }
}

/// What the rules find, and what CloudFormation would not accept of what people amend.
fn findings(resolved: &Resolved, document: &Node) -> Vec<Finding> {
    let mut findings = rules::check(resolved, document);
    findings.extend(render::check(resolved, document));
    findings
}

fn verdict(finding: &Finding, engine: Engine) -> Verdict {
    let Code { id, name } = finding.code;
    Verdict {
        engine: engine.word(),
        code: id,
        name,
        level: finding.level,
        trail: finding.trail().map(ToString::to_string),
        title: finding.title.clone(),
        notes: finding.notes.clone(),
        help: finding.help.clone(),
    }
}
