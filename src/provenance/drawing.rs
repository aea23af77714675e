use serde_json::{Value, json};

use crate::{
    compare::{self, Change, Path},
    emit, render,
    resolve::Resolved,
    stacks::Stack,
};

/// Every stack of an application in an environment, ready to be compared.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// The stacks in the order of deployment.
    pub stacks: Vec<Stack>,
    /// The file of each stack, and its template with what else deploying it needs.
    facts: Vec<(String, Value)>,
}

impl Drawing {
    /// Draws an application.
    pub fn of(resolved: &Resolved) -> Self {
        let (mut stacks, mut facts) = (Vec::new(), Vec::new());
        render::templates(resolved, &[], &mut |stack| {
            let mut template = emit::to_json_value(&stack.template);
            template["StackTags"] = json!(stack.tags);
            template["ParameterValues"] = json!(stack.parameters);
            // A description is for people; what it says stands elsewhere too.
            if let Some(map) = template.as_object_mut() {
                map.shift_remove("Description");
            }
            // By file: names of stacks hold the application's, which may be what is changed.
            facts.push((stack.file.clone(), template));
            stacks.push(stack);
        });
        Self { stacks, facts }
    }

    /// A stack by its name or its file's name.
    pub fn stack(&self, name: &str) -> Option<&Stack> {
        self.stacks.iter().find(|stack| stack.name == name || stack.file == name)
    }

    /// A stack's template in the long form.
    pub fn template(&self, file: &str) -> Option<&Value> {
        self.facts.iter().find(|(known, _)| known == file).map(|(_, template)| template)
    }

    /// What differs in another drawing, with the stacks named by their files. A stack that came or went is told resource by
    /// resource.
    pub fn differences(&self, other: &Self) -> Vec<Change> {
        let mut all = Vec::new();
        for change in compare::stacks(&self.facts, &other.facts) {
            if !change.section.is_empty() {
                all.push(change);
                continue;
            }
            let resources = |template: &Option<Value>| {
                template
                    .as_ref()
                    .and_then(|template| template["Resources"].as_object())
                    .cloned()
                    .unwrap_or_default()
            };
            let one = |id: String, before: Option<Value>, after: Option<Value>| Change {
                stack: change.stack.clone(),
                section: "Resources".into(),
                id,
                path: Path::default(),
                before,
                after,
            };
            all.extend(resources(&change.before).into_iter().map(|(id, it)| one(id, Some(it), None)));
            all.extend(resources(&change.after).into_iter().map(|(id, it)| one(id, None, Some(it))));
        }
        all
    }
}
