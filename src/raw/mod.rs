//! CloudFormation that people write themselves: patches of rendered resources, and resources beside a service. Both are held to
//! the resource schemas and to what is in the template, and neither may break what CodeDeploy owns.

mod attributes;
mod cycle;
mod digest;
mod extra;
mod judge;
mod near;
mod owned;
mod patch;
mod pointer;
mod select;

use crate::{
    diagnostic::{Aim, Finding, Step, Trail},
    resolve::Resolved,
    stacks::Stack,
};

/// What is amended in the stacks of an environment. Each stack is given to [`Amendments::amend`] before it is written, and
/// [`Amendments::finish`] tells what was wrong.
pub struct Amendments<'r> {
    resolved: &'r Resolved,
    patches: Vec<patch::Candidate<'r>>,
    seen: select::Seen,
    findings: Vec<Finding>,
    /// Whether a patch or something extra amends anything: asked for every stack, so it is looked up once.
    amends: bool,
}

impl<'r> Amendments<'r> {
    /// Those of an environment.
    pub fn new(resolved: &'r Resolved) -> Self {
        let here = &resolved.place.name;
        let patches: Vec<_> = resolved
            .patches
            .iter()
            .filter(|(_, patch)| patch.place.environment.as_ref().is_none_or(|place| place == here))
            .map(|(name, patch)| patch::Candidate::new(name.as_str(), patch))
            .collect();
        let amends = !patches.is_empty()
            || resolved.extra.is_some()
            || resolved.services.iter().any(|it| it.service.extra.is_some());
        Self { resolved, patches, seen: select::Seen::default(), findings: Vec::new(), amends }
    }

    /// Whether there is nothing to amend.
    pub fn is_empty(&self) -> bool {
        !self.amends
    }

    /// Amends a stack.
    pub fn amend(&mut self, stack: &mut Stack) {
        if self.is_empty() {
            return;
        }
        self.seen.note(stack);
        extra::check(self.resolved, stack, &mut self.findings);
        for patch in &mut self.patches {
            patch.apply(stack, &mut self.findings);
        }
        let written = cycle::Written {
            extra: extra::ids(self.resolved, stack),
            patched: self.patches.iter().flat_map(patch::Candidate::touched).collect(),
        };
        self.findings.extend(cycle::check(stack, &written));
    }

    /// Everything that was wrong, with trails from the top of the document.
    pub fn finish(mut self) -> Vec<Finding> {
        for patch in &self.patches {
            patch.finish(self.resolved, &self.seen, &mut self.findings);
        }
        self.findings
    }
}

/// The trail of a JSON pointer below another.
fn below(trail: &Trail, pointer: &str, value: &serde_json::Value) -> Trail {
    let mut trail = trail.clone();
    let mut here = Some(value);
    for step in pointer::steps(pointer) {
        let (step, next) = match here {
            Some(serde_json::Value::Array(items)) => match step.parse::<usize>() {
                Ok(at) => (Step::Index(at), items.get(at)),
                Err(_) => (Step::Key(step), None),
            },
            Some(serde_json::Value::Object(map)) => {
                let next = map.get(&step);
                (Step::Key(step), next)
            }
            _ => break,
        };
        trail.push(step);
        here = next;
    }
    trail
}

/// A finding at a value.
fn at(finding: Finding, trail: Trail) -> Finding {
    finding.at(trail, Aim::Value, "")
}
