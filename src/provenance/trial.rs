use serde_json::Value;

use super::{Drawing, model};
use crate::{
    blueprint::keys,
    compare::Change,
    diagnostic::{Step, Trail},
    render::{self, Format},
    resolve::Resolved,
};

/// Values that are drawn before one is said to change nothing by itself.
const MAX_TRIES: usize = 4;
/// Values below one that is asked about which are tried, at most.
const MAX_BELOW: usize = 80;

/// What was done to a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Tried {
    /// It was left out.
    Removed,
    /// It was replaced.
    Changed(Value),
    /// It was written where nothing was.
    Written(Value),
}

/// One experiment: what was done, and what that did.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The value it was done to.
    pub trail: Trail,
    /// What was done.
    pub tried: Tried,
    /// What it changed in the templates; stacks are named by their files.
    pub changes: Vec<Change>,
    /// The other files it changed: `checkout/appspec.yaml`, `deploy.sh`.
    pub files: Vec<String>,
}

/// What is known of a value after all experiments.
#[derive(Debug, Clone)]
pub struct Effects {
    /// The value, where there is one.
    pub now: Option<Value>,
    /// Experiments that changed something.
    pub trials: Vec<Trial>,
    /// How many were sound: what the rules refuse is not drawn.
    pub tries: usize,
    /// Whether there were more values below it than are tried.
    pub is_cut: bool,
}

impl Effects {
    /// Whether nothing that was tried changed anything.
    pub fn is_silent(&self) -> bool {
        self.trials.is_empty()
    }
}

/// An application in an environment, about whose values questions can be asked.
pub struct Provenance<'s> {
    resolved: Resolved,
    document: Value,
    drawing: Drawing,
    files: Option<Vec<(String, String)>>,
    sound: &'s dyn Fn(&Resolved) -> bool,
}

impl<'s> Provenance<'s> {
    /// Draws an application. `sound` says whether the rules find no error in one that was changed.
    pub fn new(resolved: &Resolved, sound: &'s dyn Fn(&Resolved) -> bool) -> Self {
        let mut resolved = resolved.clone();
        resolved.forget_trees();
        let document = model::document(&resolved);
        let drawing = Drawing::of(&resolved);
        Self { resolved, document, drawing, files: None, sound }
    }

    /// Looks at the files beside the templates as well.
    #[must_use]
    pub fn with_files(mut self) -> Self {
        self.files = Some(files(&self.resolved));
        self
    }

    /// The stacks as they are.
    pub fn drawing(&self) -> &Drawing {
        &self.drawing
    }

    /// The value a trail leads to.
    pub fn value(&self, trail: &Trail) -> Option<&Value> {
        trail.steps().iter().try_fold(&self.document, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }

    /// Every value of the application, each before those inside it, but what holds in other environments alone.
    pub fn trails(&self) -> Vec<Trail> {
        let mut all = Vec::new();
        walk(&self.document, &mut Trail::root(), &mut all);
        let here = self.resolved.place.name.as_str();
        all.retain(|trail| match trail.steps() {
            [Step::Key(top), Step::Key(name), rest @ ..] if top == "environments" => {
                // What differs here is laid over the network and the cluster already.
                let laid =
                    matches!(rest.first(), Some(Step::Key(key)) if key == "network" || key == "cluster");
                name == here && !laid
            }
            _ => true,
        });
        all
    }

    /// What a value makes: of one that is there by changing it and leaving it out, and of every value below it; of one that is
    /// not, by writing its example.
    pub fn effects(&self, trail: &Trail) -> Effects {
        let now = self.value(trail).cloned();
        let mut effects = Effects { now: now.clone(), trials: Vec::new(), tries: 0, is_cut: false };
        let Some(now) = now else {
            self.write(trail, &mut effects);
            return effects;
        };
        self.leave_out(trail, &mut effects);
        let mut below = Vec::new();
        walk(&now, &mut trail.clone(), &mut below);
        let leaves: Vec<&Trail> = below.iter().filter(|trail| self.is_leaf(trail)).collect();
        effects.is_cut = leaves.len() > MAX_BELOW;
        for leaf in leaves.into_iter().take(MAX_BELOW) {
            self.change(leaf, &mut effects);
        }
        if self.is_leaf(trail) {
            self.change(trail, &mut effects);
        }
        effects
    }

    /// What another value in its place changes, drawn as it is; nothing where the model refuses it.
    pub fn with(&self, trail: &Trail, value: &Value) -> Option<Vec<Change>> {
        let application = model::with(&self.resolved, trail, Some(value))?;
        Some(self.drawing.differences(&Drawing::of(&application)))
    }

    /// Whether a value has none inside it.
    pub(super) fn is_leaf(&self, trail: &Trail) -> bool {
        match self.value(trail) {
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(_) => true,
            None => false,
        }
    }

    /// Leaves a value out.
    pub(super) fn leave_out(&self, trail: &Trail, effects: &mut Effects) {
        if let Some(application) = model::with(&self.resolved, trail, None) {
            self.draw(trail, Tried::Removed, &application, effects);
        }
    }

    /// Changes a value until something differs.
    pub(super) fn change(&self, trail: &Trail, effects: &mut Effects) {
        let (Some(now), Some(key)) = (self.value(trail), keys::at(trail)) else { return };
        let first = effects.tries;
        for other in key.others(now) {
            if let Some(application) = model::with(&self.resolved, trail, Some(&other))
                && (self.draw(trail, Tried::Changed(other), &application, effects)
                    || effects.tries - first >= MAX_TRIES)
            {
                return;
            }
        }
    }

    /// Writes a value that is not there, with the examples of what it stands in where those are missing too.
    fn write(&self, trail: &Trail, effects: &mut Effects) {
        let Some(key) = keys::at(trail) else { return };
        let mut base = None;
        let mut above = Trail::root();
        let (_, way) = trail.steps().split_last().unwrap_or((&Step::Index(0), &[]));
        for step in way {
            above.push(step.clone());
            if self.value(&above).is_none()
                && let Some(key) = keys::at(&above)
                && let Some(application) = model::with(&self.resolved, &above, Some(&key.example()))
            {
                base = Some(application);
                break;
            }
        }
        let other = base.as_ref().map(|base| Self::new(base, self.sound));
        let from = match &other {
            Some(base) if base.value(trail).is_none() => base,
            _ => self,
        };
        let mut candidates = vec![key.example()];
        candidates.extend(key.default().map(|default| key.others(default)).into_iter().flatten());
        for example in candidates {
            if let Some(application) = model::with(&from.resolved, trail, Some(&example))
                && (from.draw(trail, Tried::Written(example), &application, effects)
                    || effects.tries >= MAX_TRIES)
            {
                return;
            }
        }
        // Where it stands in an example already, that whole example is what writing it does.
        if let Some(base) = base.filter(|_| effects.is_silent()) {
            let example = keys::at(&above).map(keys::Key::example).unwrap_or_default();
            self.draw(&above, Tried::Written(example), &base, effects);
        }
    }

    /// Draws a changed application where it is sound, and notes what differs. Whether something did.
    fn draw(&self, trail: &Trail, tried: Tried, application: &Resolved, effects: &mut Effects) -> bool {
        if !(self.sound)(application) {
            return false;
        }
        effects.tries += 1;
        let changes = self.drawing.differences(&Drawing::of(application));
        let changed_files = match &self.files {
            Some(before) => differing(before, &files(application)),
            None => Vec::new(),
        };
        let differs = !changes.is_empty() || !changed_files.is_empty();
        if differs {
            effects.trials.push(Trial { trail: trail.clone(), tried, changes, files: changed_files });
        }
        differs
    }
}

/// Every value inside a value.
fn walk(value: &Value, trail: &mut Trail, all: &mut Vec<Trail>) {
    let mut visit = |step: Step, inner: &Value| {
        trail.push(step);
        all.push(trail.clone());
        walk(inner, trail, all);
        trail.pop();
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| visit(Step::Key(key.clone()), inner)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, inner)| visit(Step::Index(at), inner)),
        _ => {}
    }
}

/// The files that are neither templates nor made of them, by the way below the environment's folder.
fn files(resolved: &Resolved) -> Vec<(String, String)> {
    let folder = render::folder(resolved);
    let Ok(rendering) = render::environment(resolved, "", Format::Yaml) else { return Vec::new() };
    let templates: Vec<_> = rendering.purposes.iter().map(|(path, _)| path).collect();
    rendering
        .files
        .iter()
        .filter(|file| !templates.contains(&&file.path))
        .filter_map(|file| Some((file.path.strip_prefix(&folder).ok()?.to_string(), file.text.clone())))
        .filter(|(path, _)| {
            !path.starts_with("parameters/") && !path.starts_with("policies/") && path != "stacks.json"
        })
        .collect()
}

fn differing(before: &[(String, String)], after: &[(String, String)]) -> Vec<String> {
    let known = |files: &[(String, String)], path: &str, text: &str| {
        files.iter().any(|(known, content)| known == path && content == text)
    };
    let mut all: Vec<String> = before
        .iter()
        .filter(|(path, text)| !known(after, path, text))
        .chain(after.iter().filter(|(path, text)| !known(before, path, text)))
        .map(|(path, _)| path.clone())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}
