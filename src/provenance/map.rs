use indexmap::IndexMap;

use super::{Effects, Provenance};
use crate::{
    compare::{Kind, Path},
    diagnostic::Trail,
};

/// A value that made a resource, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The value.
    pub trail: Trail,
    /// Whether the resource is there because of it.
    pub exists: bool,
    /// The parts of the resource it sets: `Properties.Port`.
    pub sets: Vec<Path>,
}

/// Every value of an application with what it makes: from a line to the templates and back.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    /// By stack (its file) and logical id.
    resources: IndexMap<(String, String), Vec<Line>>,
}

impl SourceMap {
    /// Asks about every value, one after the other.
    pub fn of(provenance: &Provenance<'_>) -> Self {
        let mut map = Self::default();
        // The layout says in which stack a resource stands, not why there is one.
        for trail in provenance.trails().into_iter().filter(|trail| *trail != Trail::of(["layout"])) {
            let mut effects = Effects { now: None, trials: Vec::new(), tries: 0, is_cut: false };
            let leaf = provenance.is_leaf(&trail);
            if trail.steps().len() > 1 {
                provenance.leave_out(&trail, &mut effects);
            }
            // What leaving a map out changes is told by the values inside it, but for what is there because of it.
            let whole_only = effects.trials.len();
            if leaf {
                provenance.change(&trail, &mut effects);
            }
            for (at, trial) in effects.trials.iter().enumerate() {
                for change in
                    trial.effects.iter().map(|effect| &effect.change).filter(|it| it.section == "Resources")
                {
                    let whole = change.path.is_empty() && change.kind() != Kind::Changed;
                    if whole || leaf || at >= whole_only {
                        map.note(&change.stack, &change.id, &trail, whole, &change.path);
                    }
                }
            }
        }
        map
    }

    fn note(&mut self, stack: &str, id: &str, trail: &Trail, whole: bool, path: &Path) {
        let lines = self.resources.entry((stack.to_owned(), id.to_owned())).or_default();
        let at = lines.iter().position(|line| line.trail == *trail).unwrap_or_else(|| {
            lines.push(Line { trail: trail.clone(), exists: false, sets: Vec::new() });
            lines.len() - 1
        });
        let line = &mut lines[at];
        line.exists |= whole;
        if !whole && !line.sets.contains(path) {
            line.sets.push(path.clone());
        }
    }

    /// What made a resource, given its stack's file and its logical id, in the order of the blueprint.
    pub fn lines(&self, stack: &str, id: &str) -> &[Line] {
        self.resources.get(&(stack.to_owned(), id.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The parts of templates a value makes: stack (its file), logical id, path.
    pub fn makes<'m>(&'m self, trail: &'m Trail) -> impl Iterator<Item = (&'m str, &'m str, &'m Line)> {
        self.resources.iter().flat_map(move |((stack, id), lines)| {
            lines
                .iter()
                .filter(move |line| line.trail == *trail)
                .map(move |line| (stack.as_str(), id.as_str(), line))
        })
    }
}
