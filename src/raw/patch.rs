//! One patch: applied, judged, compared with what it was written against.

use serde_json::Value as Json;

use super::{
    digest::{self, Underlying},
    judge::{self, Known},
    owned, pointer,
    select::{self, Seen},
};
use crate::{
    blueprint::{Patch, units::Pointer},
    cfn::{DeletionPolicy, Draft, Value},
    diagnostic::{Aim, Finding, Step, Trail, codes},
    emit,
    resolve::Resolved,
    stacks::Stack,
};

/// A patch on its way through the stacks.
pub(super) struct Candidate<'r> {
    name: &'r str,
    patch: &'r Patch,
    /// What it replaced so far, as bluegreen rendered it.
    underlying: Vec<Underlying>,
    /// Logical ids it changed.
    touched: Vec<String>,
}

impl<'r> Candidate<'r> {
    pub(super) fn new(name: &'r str, patch: &'r Patch) -> Self {
        Self { name, patch, underlying: Vec::new(), touched: Vec::new() }
    }

    /// The logical ids it changed, each with the patch's name.
    pub(super) fn touched(&self) -> impl Iterator<Item = (String, String)> {
        self.touched.iter().map(|id| (id.clone(), self.name.to_owned()))
    }

    fn trail(&self) -> Trail {
        Trail::of(["patches", self.name])
    }

    /// Changes what it means in a stack.
    pub(super) fn apply(&mut self, stack: &mut Stack, findings: &mut Vec<Finding>) {
        for (id, role) in select::fitting(&self.patch.place, stack) {
            self.touched.push(id.clone());
            let entry = &stack.template.resources[id.as_str()];
            let before = emit::resource_to_json(entry);
            let mut after = before.clone();
            let from = findings.len();
            self.change(&role, &before, &mut after, findings);
            if findings.len() == from {
                self.judge(stack, &id, &role, &before, &after, findings);
            }
            if findings.len() == from {
                let draft = &mut stack.template.resources[id.as_str()].draft;
                write(draft, &before, &after);
                let said = format!("Patched by `{}`: {}", self.name, self.patch.reason.replace('\n', " "));
                draft.note = Some(match draft.note.take() {
                    Some(note) => format!("{note}\n{said}").into(),
                    None => said.into(),
                });
            }
        }
    }

    fn change(&mut self, role: &str, before: &Json, after: &mut Json, findings: &mut Vec<Finding>) {
        let patch = self.patch;
        for (at, value) in &patch.set {
            let steps = pointer::steps(at.as_str());
            self.underlying.push((role.to_owned(), at.to_string(), pointer::get(before, &steps).cloned()));
            if let Err(why) = pointer::set(after, &steps, value.clone()) {
                findings.push(
                    Finding::error(codes::PATCH_POINTER, format!("`{at}` leads nowhere in `{role}`: {why}"))
                        .at(self.trail().key("set").key(at.as_str()), Aim::Key, "")
                        .help("`bluegreen render` shows the resource as it is"),
                );
            }
        }
        for (index, at) in patch.remove.iter().enumerate() {
            let steps = pointer::steps(at.as_str());
            self.underlying.push((role.to_owned(), at.to_string(), pointer::get(before, &steps).cloned()));
            if let Err(why) = pointer::remove(after, &steps) {
                findings.push(
                    Finding::error(codes::PATCH_POINTER, format!("`{at}` leads nowhere in `{role}`: {why}"))
                        .at(self.trail().key("remove").index(index), Aim::Value, "")
                        .help("remove what there is, or leave it out"),
                );
            }
        }
    }

    fn judge(
        &self,
        stack: &Stack,
        id: &str,
        role: &str,
        before: &Json,
        after: &Json,
        findings: &mut Vec<Finding>,
    ) {
        let kind = stack.template.resources[id].kind.as_ref();
        let policed = stack.policy.iter().any(|denial| denial.resource_type == kind);
        if let Some(owned) = owned::broken(kind, policed, before, after) {
            let (trail, aim) = self.place(before, &owned.pointer);
            let aim = if trail.steps().iter().any(|step| *step == Step::Key("set".into())) {
                Aim::Key
            } else {
                aim
            };
            let finding = Finding::error(
                codes::PATCHES_OWNED,
                format!("`patches.{}` must not change `{}` of `{role}`", self.name, owned.pointer),
            );
            tell(finding.at(trail, aim, "").note(owned.why).help(owned.instead), role, findings);
            return;
        }
        let empty = Json::Object(serde_json::Map::new());
        let mut faults = judge::properties(kind, after.get("Properties").unwrap_or(&empty));
        faults.extend(judge::references(after, &Known::new(&stack.template, &|_| None)));
        faults.extend(attributes(after, stack));
        for fault in faults {
            let (trail, aim) = self.place(before, &fault.pointer);
            let exact = trail
                .steps()
                .last()
                .is_some_and(|step| matches!(step, Step::Key(at) if *at == fault.pointer));
            let aim = if fault.is_of_the_key() && exact { Aim::Key } else { aim };
            let finding = Finding::error(fault.code, fault.title(&format!("`{role}`")))
                .at(trail, aim, "")
                .note(format!("`{id}` is an {kind} of the stack `{}`", stack.name))
                .help(fault.advice(kind));
            tell(finding, role, findings);
        }
    }

    /// Where in the patch a place of the resource was written: the key that sets it, something in it or around it.
    fn place(&self, before: &Json, wanted: &str) -> (Trail, Aim) {
        let wanted = pointer::steps(wanted);
        let touches = |at: &Pointer| {
            let steps = pointer::by_position(before, &pointer::steps(at.as_str()));
            let common = steps.iter().zip(&wanted).take_while(|(left, right)| left == right).count();
            common == steps.len().min(wanted.len())
        };
        if let Some((at, _)) = self.patch.set.iter().rev().find(|(at, _)| touches(at)) {
            return (self.trail().key("set").key(at.as_str()), Aim::Value);
        }
        if let Some(index) = self.patch.remove.iter().position(touches) {
            return (self.trail().key("remove").index(index), Aim::Value);
        }
        (self.trail(), Aim::Key)
    }

    /// Says what only shows when all stacks were seen.
    pub(super) fn finish(&self, resolved: &Resolved, seen: &Seen, findings: &mut Vec<Finding>) {
        let patch = self.patch;
        if patch.set.is_empty() && patch.remove.is_empty() {
            findings.push(
                Finding::error(codes::MISSING_KEY, format!("`patches.{}` changes nothing", self.name))
                    .at(self.trail(), Aim::Key, "")
                    .help("give it `set` or `remove`"),
            );
        }
        if patch.place.resource.is_none() && patch.place.kind.is_none() {
            findings.push(
                Finding::error(
                    codes::MISSING_KEY,
                    format!("`patches.{}.where` says neither `resource` nor `type`", self.name),
                )
                .at(self.trail().key("where"), Aim::Key, "")
                .help("name the resource, such as `resource: ProductionListener`"),
            );
        } else if self.touched.is_empty() {
            findings.push(select::nothing(self.name, &patch.place, resolved, seen));
            return;
        }
        let now = digest::digest(&self.underlying);
        let Some(was) = patch.was.as_ref().filter(|was| was.as_str() != now) else { return };
        let mut finding = Finding::warning(
            codes::STALE_PATCH,
            format!("`patches.{}` was written for other values than bluegreen renders now", self.name),
        )
        .at(self.trail().key("was"), Aim::Value, "")
        .related(self.trail(), Aim::Key, "the patch")
        .note(format!("`{was}` is not the digest of what it replaces"));
        for (role, at, value) in &self.underlying {
            let value = value.as_ref().map_or("not set".to_owned(), |value| clip(&value.to_string()));
            finding.notes.push(format!("`{at}` of `{role}` is {value}"));
        }
        let help = format!("look whether the patch is still right, then write `was: {}`", quoted(&now));
        findings.push(finding.help(help));
    }
}

/// Tells what is wrong once, of however many resources it is true.
fn tell(finding: Finding, role: &str, findings: &mut Vec<Finding>) {
    let place = |finding: &Finding| finding.primary.as_ref().map(|mark| mark.place.clone());
    let same = |told: &&mut Finding| {
        told.code == finding.code && told.help == finding.help && place(told) == place(&finding)
    };
    match findings.iter_mut().find(same) {
        None => findings.push(finding),
        Some(told) => {
            let note = format!("so it is of `{role}`");
            if told.title != finding.title
                && !told.title.contains(&format!("`{role}`"))
                && !told.notes.contains(&note)
            {
                told.notes.push(note);
            }
        }
    }
}

/// Attributes beside `Properties` that a patch may set.
fn attributes(after: &Json, stack: &Stack) -> Vec<judge::Fault> {
    let fault = |pointer: &str, message: String| judge::Fault {
        code: codes::INVALID_RESOURCE,
        pointer: pointer.into(),
        message,
        help: None,
    };
    let mut faults = Vec::new();
    for key in ["DeletionPolicy", "UpdateReplacePolicy"] {
        let known = after.get(key).is_none_or(|it| it.as_str().and_then(DeletionPolicy::parse).is_some());
        let never = key == "UpdateReplacePolicy" && after[key] == "RetainExceptOnCreate";
        if !known || never {
            let words = if never {
                "`Delete`, `Retain` or `Snapshot`"
            } else {
                "`Delete`, `Retain`, `RetainExceptOnCreate` or `Snapshot`"
            };
            faults.push(fault(&format!("/{key}"), format!("must be one of {words}")));
        }
    }
    let ids: Option<Vec<&str>> = match after.get("DependsOn") {
        None => Some(Vec::new()),
        Some(Json::String(one)) => Some(vec![one]),
        Some(Json::Array(all)) => all.iter().map(Json::as_str).collect(),
        Some(_) => None,
    };
    match ids {
        None => faults.push(fault("/DependsOn", "must be a logical id or a list of them".into())),
        Some(ids) => {
            for id in ids.into_iter().filter(|id| !stack.template.resources.contains_key(*id)) {
                faults.push(judge::Fault {
                    code: codes::DANGLING_REFERENCE,
                    pointer: "/DependsOn".into(),
                    message: format!("waits for `{id}`, which is no resource of the stack"),
                    help: None,
                });
            }
        }
    }
    if after.get("Metadata").is_some_and(|it| !it.is_object()) {
        faults.push(fault("/Metadata", "must be a map".into()));
    }
    faults
}

/// Writes the changed resource back; what did not change keeps its comments.
fn write(draft: &mut Draft, before: &Json, after: &Json) {
    let empty = serde_json::Map::new();
    let map = |json: &'_ Json, key: &str| {
        json.get(key).and_then(Json::as_object).cloned().unwrap_or_else(|| empty.clone())
    };
    for (key, into) in [("Properties", &mut draft.properties), ("Metadata", &mut draft.metadata)] {
        let (then, now) = (map(before, key), map(after, key));
        into.retain(|(name, _)| now.contains_key(name.as_ref()));
        for (name, value) in &now {
            if then.get(name) == Some(value) {
                continue;
            }
            let value = Value::from_long_form(value);
            match into.iter_mut().find(|(known, _)| known == name) {
                Some((_, old)) => *old = value,
                None => into.push((name.clone().into(), value)),
            }
        }
    }
    let policy = |key: &str| after.get(key).and_then(Json::as_str).and_then(DeletionPolicy::parse);
    draft.deletion_policy = policy("DeletionPolicy");
    draft.update_replace_policy = policy("UpdateReplacePolicy");
    draft.depends_on = match after.get("DependsOn") {
        Some(Json::String(one)) => vec![one.clone().into()],
        Some(Json::Array(all)) => {
            all.iter().filter_map(Json::as_str).map(|id| id.to_owned().into()).collect()
        }
        _ => Vec::new(),
    };
}

/// Text that YAML would read as a number stands in quotes.
fn quoted(digest: &str) -> String {
    if digest.bytes().any(|byte| byte.is_ascii_alphabetic() && byte != b'e') {
        digest.to_owned()
    } else {
        format!("\"{digest}\"")
    }
}

fn clip(text: &str) -> String {
    const MOST: usize = 300;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
