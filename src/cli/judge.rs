//! Judging a blueprint in all environments: what `check` and `render` have in common.

use camino::Utf8Path;

use super::{
    input::{Input, environments, has_errors, judge_sound, merge, read_any, settle},
    makes,
    outcome::Failure,
};
use crate::{
    blueprint::units::Day,
    diagnostic::Finding,
    mend::Texts,
    policy::{Allowances, Baseline, Levels, Recorder},
    source::Sources,
};

/// By what a blueprint is judged.
pub(super) struct Bench {
    pub(super) levels: Levels,
    /// The day allowances are judged by, where they are judged at all.
    pub(super) today: Option<Day>,
    pub(super) baseline: Option<Baseline>,
    /// The environments that are judged; none for all.
    pub(super) environments: Vec<String>,
    /// Whether it is told what values make in the templates that findings are about.
    pub(super) makes: bool,
}

/// What is said of a blueprint.
pub(super) struct Checked {
    pub(super) sources: Sources,
    /// Everything found, what does not count among it.
    pub(super) findings: Vec<Finding>,
    /// What the document is, where it is no application and has no fault.
    pub(super) other: Option<String>,
    /// Environments that were judged.
    pub(super) environments: usize,
    /// What a new baseline would hold, and whether there is something that cannot be in it.
    pub(super) recorder: Recorder,
    pub(super) unrecorded: bool,
}

impl Checked {
    pub(super) fn has_errors(&self) -> bool {
        has_errors(&self.findings)
    }
}

impl Bench {
    /// Reads and judges a blueprint, with these texts instead of the files of their names.
    pub(super) fn check(&self, path: &Utf8Path, texts: &Texts) -> Result<Checked, Failure> {
        let Input { sources, blueprint, findings, other } = read_any(path, texts)?;
        let mut checked = Checked {
            sources,
            findings,
            other,
            environments: 0,
            recorder: Recorder::default(),
            unrecorded: true,
        };
        let Some(blueprint) = blueprint else {
            self.levels.apply(&mut checked.findings);
            return Ok(checked);
        };
        let names = environments(&blueprint, &self.environments)?;
        let mut allowances = Allowances::new(self.today);
        let mut baseline = self.baseline.clone();
        let mut all = Vec::new();
        let mut whole = names.len() == blueprint.environments().count();
        checked.environments = names.len();
        checked.unrecorded = false;
        for name in &names {
            let (resolved, mut findings) = judge_sound(&blueprint, name);
            match &resolved {
                Some(resolved) => {
                    allowances.apply(&blueprint, resolved, &mut findings);
                    whole &= resolved.whole;
                }
                None => whole = false,
            }
            if let Some(baseline) = &mut baseline {
                baseline.apply(&mut findings);
            }
            checked.unrecorded |= checked.recorder.take(&findings);
            self.levels.apply(&mut findings);
            if let (Some(resolved), true) = (&resolved, self.makes) {
                makes::note(&blueprint, resolved, &mut findings);
            }
            merge(&mut all, findings);
        }
        // Only who has seen all environments knows what is in none.
        if whole {
            let mut unused = allowances.unused();
            unused.extend(baseline.iter().flat_map(|baseline| baseline.unused(&mut checked.sources)));
            self.levels.apply(&mut unused);
            merge(&mut all, unused);
        }
        checked.findings = settle(all, names.len());
        Ok(checked)
    }
}
