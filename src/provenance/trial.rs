use serde_json::{Value, json};

use super::{Drawing, OnUpdate, model, on_update};
use crate::{
    blueprint::keys,
    cfn::{self, Entry, Text},
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
    /// It was replaced together with another value, because no rule lets either change alone; what the other one changes by
    /// itself is not counted.
    Together(Value, Trail, Value),
}

/// One experiment: what was done, and what that did.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The value it was done to.
    pub trail: Trail,
    /// What was done.
    pub tried: Tried,
    /// What it changed in the templates.
    pub effects: Vec<Effect>,
    /// The other files it changed: `checkout/appspec.yaml`, `deploy.sh`.
    pub files: Vec<String>,
}

/// One thing that an experiment changed in a template.
#[derive(Debug, Clone)]
pub struct Effect {
    /// What; the stack is named by its file.
    pub change: Change,
    /// Of a resource, its type and what an update that changes this does to it.
    pub resource: Option<(String, OnUpdate)>,
    /// Whether the resource is there as things are.
    pub is_there: bool,
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
        model::inside(&self.document, trail.steps())
    }

    /// Whether a value at a trail would be one of the application's, and not only of the document's.
    pub fn holds(&self, trail: &Trail) -> bool {
        matches!(trail.steps().first(), Some(Step::Key(top)) if model::PARTS.contains(&top.as_str()))
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
                    matches!(rest.first(), Some(Step::Key(key)) if key == "network" || key == "cluster" || key == "load_balancers");
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

    /// What an application makes otherwise in which something was changed that is no value of its own, such as what another
    /// value is worked out from.
    pub fn compare(&self, trail: &Trail, tried: Tried, application: &Resolved) -> Effects {
        let mut effects = Effects { now: None, trials: Vec::new(), tries: 0, is_cut: false };
        self.draw(trail, tried, application, &mut effects);
        effects
    }

    /// Whether a value has none inside it that could be asked about: a list of plain values is one.
    pub(super) fn is_leaf(&self, trail: &Trail) -> bool {
        match self.value(trail) {
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(items)) => !items.iter().any(|item| item.is_object() || item.is_array()),
            Some(_) => true,
            None => false,
        }
    }

    /// Leaves a value out, where something else holds then.
    pub(super) fn leave_out(&self, trail: &Trail, effects: &mut Effects) {
        if let Some(application) = model::with(&self.resolved, trail, None)
            && model::document(&application) != self.document
        {
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
        if effects.tries == first {
            self.change_together(trail, effects);
        }
    }

    /// Changes a value that cannot change alone, such as a CPU that goes with certain sizes of memory only, together with one
    /// beside it.
    fn change_together(&self, trail: &Trail, effects: &mut Effects) {
        let mut above = trail.clone();
        let Some(Step::Key(own)) = above.pop() else { return };
        let (Some(now), Some(key)) = (self.value(trail), keys::at(trail)) else { return };
        let Some(siblings) = self.value(&above).and_then(Value::as_object) else { return };
        for (name, value) in siblings.iter().filter(|(name, value)| **name != own && value.is_string()) {
            let beside = above.key(name);
            for second in keys::at(&beside).map(|key| key.others(value)).into_iter().flatten() {
                let Some(base) = model::with(&self.resolved, &beside, Some(&second)) else { continue };
                if !(self.sound)(&base) {
                    continue;
                }
                for first in key.others(now) {
                    let Some(both) = model::with(&base, trail, Some(&first)) else { continue };
                    let tried = Tried::Together(first, beside.clone(), second.clone());
                    if Self::new(&base, self.sound).draw(trail, tried, &both, effects) {
                        return;
                    }
                }
            }
        }
    }

    /// Writes a value that is not there: beside what is, or in its stead where it is another choice.
    fn write(&self, trail: &Trail, effects: &mut Effects) {
        let Some(key) = keys::at(trail) else { return };
        let steps = trail.steps();
        let at = |count: usize| steps.iter().take(count).cloned().collect::<Trail>();
        // What is missing first on the way, and so has to be written whole.
        let missing =
            (1..=steps.len()).find(|count| self.value(&at(*count)).is_none()).unwrap_or(steps.len());
        let mut candidates = vec![key.example()];
        candidates.extend(key.default().map(|default| key.others(default)).into_iter().flatten());
        if missing == steps.len() {
            for value in &candidates {
                let written = model::with(&self.resolved, trail, Some(value));
                if self.draw_written(trail, value, written, effects) {
                    return;
                }
            }
        }
        let whole = at(missing);
        let Some(mut example) = keys::at(&whole).map(keys::Key::example) else { return };
        let rest = &steps[missing..];
        if !rest.is_empty() && model::inside(&example, rest).is_none() {
            let base = model::with(&self.resolved, &whole, Some(&example)).filter(|base| (self.sound)(base));
            if let Some(base) = base {
                let files = self.files.as_ref().map(|_| files(&base));
                let below = Self { files, ..Self::new(&base, self.sound) };
                // What is written down no further than before would be asked for ever.
                if below.value(&whole).is_some() {
                    below.write(trail, effects);
                }
                // Where it says the same in the example of what it stands in, all of that is what it makes.
                if !effects.is_silent() || self.draw(&whole, Tried::Written(example.clone()), &base, effects)
                {
                    return;
                }
            }
            let Some(filled) = model::put(example, rest, Some(&key.example())) else { return };
            example = filled;
        }
        let beside = model::with(&self.resolved, &whole, Some(&example));
        if self.draw_written(&whole, &example, beside, effects) {
            return;
        }
        if let Some(Step::Key(name)) = whole.steps().last() {
            let alone = model::with(&self.resolved, &at(missing - 1), Some(&json!({name: example})));
            self.draw_written(&whole, &example, alone, effects);
        }
    }

    /// Draws an application in which something was written. Whether it makes something, or enough was tried.
    fn draw_written(
        &self,
        trail: &Trail,
        value: &Value,
        application: Option<Resolved>,
        effects: &mut Effects,
    ) -> bool {
        application
            .is_some_and(|application| self.draw(trail, Tried::Written(value.clone()), &application, effects))
            || effects.tries >= MAX_TRIES
    }

    /// Draws a changed application where it is sound, and notes what differs. Whether something did.
    fn draw(&self, trail: &Trail, tried: Tried, application: &Resolved, effects: &mut Effects) -> bool {
        if !(self.sound)(application) {
            return false;
        }
        effects.tries += 1;
        let after = Drawing::of(application);
        let found: Vec<Effect> =
            self.drawing.differences(&after).into_iter().map(|change| self.effect(change, &after)).collect();
        let changed_files = match &self.files {
            Some(before) => differing(before, &files(application)),
            None => Vec::new(),
        };
        let differs = !found.is_empty() || !changed_files.is_empty();
        if differs {
            effects.trials.push(Trial { trail: trail.clone(), tried, effects: found, files: changed_files });
        }
        differs
    }

    /// A change with what an update of the stack does of it.
    fn effect(&self, change: Change, after: &Drawing) -> Effect {
        let in_stack = |drawing: &Drawing| {
            let stack = drawing.stack(&change.stack)?;
            let entry = stack.template.resources.get(change.id.as_str())?;
            let told = on_update(&change, &entry.kind, controller(entry), &stack.policy);
            Some((entry.kind.to_string(), told))
        };
        let is_resource = change.section == "Resources";
        let before = if is_resource { in_stack(&self.drawing) } else { None };
        let is_there = before.is_some();
        let resource = before.or_else(|| if is_resource { in_stack(after) } else { None });
        Effect { change, resource, is_there }
    }
}

/// `DeploymentController.Type` of a service.
fn controller(entry: &Entry) -> Option<&str> {
    let within =
        |pairs: &'_ [(Text, cfn::Value)], key: &str| pairs.iter().position(|(known, _)| known == key);
    let properties = &entry.draft.properties;
    let cfn::Value::Map(controller) = &properties[within(properties, "DeploymentController")?].1 else {
        return None;
    };
    match &controller[within(controller, "Type")?].1 {
        cfn::Value::Text(kind) => Some(kind.as_ref()),
        _ => None,
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
    let Ok(rendering) = render::environment(resolved.clone(), "", Format::Yaml) else { return Vec::new() };
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
