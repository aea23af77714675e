//! A template as YAML.

use super::{
    comment, flow,
    function::{Arguments, Function, Item},
    scalar,
    writer::{At, Node, Writer},
};
use crate::cfn::{Entry, Output, Parameter, Template, Text, Value};

/// The template's text.
pub(super) fn write(template: &Template) -> String {
    let mut writer = Writer::with_capacity(1024 + template.resources.len() * 768);
    for line in &template.header {
        comment::lines(&mut writer.out, line);
    }
    // Bare, YAML 1.1 reads a date.
    writer.pair("AWSTemplateFormatVersion", 0, "2010-09-09");
    if !template.description.is_empty() {
        writer.pair("Description", 0, template.description.as_str());
    }
    if !template.transforms.is_empty() {
        writer.pair("Transform", 0, template.transforms.as_slice());
    }
    if !template.parameters.is_empty() {
        section(&mut writer, "Parameters");
        for (name, it) in &template.parameters {
            parameter(&mut writer, name, it);
        }
    }
    if !template.conditions.is_empty() {
        section(&mut writer, "Conditions");
        for (name, condition) in &template.conditions {
            writer.pair(name, 2, Function::from(condition));
        }
    }
    if !template.hooks.is_empty() {
        section(&mut writer, "Hooks");
        for (id, hook) in &template.hooks {
            if let Some(note) = &hook.note {
                comment::wrapped(&mut writer.out, note, 2);
            }
            writer.open(id, 2);
            writer.pair("Type", 4, hook.kind.as_ref());
            writer.pair("Properties", 4, &hook.properties);
        }
    }
    section(&mut writer, "Resources");
    for (at, (id, entry)) in template.resources.iter().enumerate() {
        if at > 0 {
            writer.out.push('\n');
        }
        resource(&mut writer, id, entry);
    }
    if template.resources.is_empty() {
        writer.out.truncate(writer.out.len() - 1);
        writer.bare("{}", None);
    }
    if !template.outputs.is_empty() {
        section(&mut writer, "Outputs");
        for (name, it) in &template.outputs {
            output(&mut writer, name, it);
        }
    }
    writer.out
}

fn section(writer: &mut Writer, name: &str) {
    writer.out.push('\n');
    writer.open(name, 0);
}

fn parameter(writer: &mut Writer, name: &str, it: &Parameter) {
    writer.open(name, 2);
    writer.pair("Type", 4, it.kind.as_ref());
    if !it.description.is_empty() {
        writer.pair("Description", 4, it.description.as_ref());
    }
    if let Some(default) = &it.default {
        writer.pair("Default", 4, default);
    }
    if !it.allowed_values.is_empty() {
        writer.pair("AllowedValues", 4, it.allowed_values.as_slice());
    }
    if let Some(pattern) = &it.allowed_pattern {
        writer.pair("AllowedPattern", 4, pattern.as_ref());
    }
    if let Some(description) = &it.constraint_description {
        writer.pair("ConstraintDescription", 4, description.as_ref());
    }
}

fn resource(writer: &mut Writer, id: &str, it: &Entry) {
    let draft = &it.draft;
    if let Some(note) = &draft.note {
        comment::wrapped(&mut writer.out, note, 2);
    }
    writer.open(id, 2);
    writer.pair("Type", 4, it.kind.as_ref());
    if let Some(condition) = &draft.condition {
        writer.pair("Condition", 4, condition.as_ref());
    }
    match draft.depends_on.as_slice() {
        [] => {}
        [one] => writer.pair("DependsOn", 4, one.as_ref()),
        several => writer.pair("DependsOn", 4, several),
    }
    if let Some(policy) = draft.deletion_policy {
        writer.pair("DeletionPolicy", 4, policy.as_str());
    }
    if let Some(policy) = draft.update_replace_policy {
        writer.pair("UpdateReplacePolicy", 4, policy.as_str());
    }
    if !draft.creation_policy.is_empty() {
        writer.pair("CreationPolicy", 4, draft.creation_policy.as_slice());
    }
    if !draft.update_policy.is_empty() {
        writer.pair("UpdatePolicy", 4, draft.update_policy.as_slice());
    }
    if !draft.metadata.is_empty() {
        writer.pair("Metadata", 4, draft.metadata.as_slice());
    }
    if !draft.properties.is_empty() {
        writer.pair("Properties", 4, draft.properties.as_slice());
    }
}

fn output(writer: &mut Writer, name: &str, it: &Output) {
    writer.open(name, 2);
    if !it.description.is_empty() {
        writer.pair("Description", 4, it.description.as_ref());
    }
    writer.pair("Value", 4, &it.value);
    if let Some(export) = &it.export {
        writer.open("Export", 4);
        writer.pair("Name", 6, export.as_ref());
    }
}

impl Node for &Value {
    fn write(self, writer: &mut Writer, at: At<'_>) {
        match self {
            Value::Bool(true) => writer.bare("true", at.note),
            Value::Bool(false) => writer.bare("false", at.note),
            Value::Int(number) => writer.int(*number, at.note),
            Value::Float(number) => writer.float(*number, at.note),
            Value::Text(text) => writer.text(text, at),
            Value::List(items) if at.note.is_none() && flow::list(&mut writer.out, items) => writer.end(None),
            Value::List(items) => writer.list(items.iter(), at),
            Value::Map(pairs) if at.inline && at.note.is_none() && flow::leaf(&mut writer.out, pairs) => {
                writer.end(None);
            }
            Value::Map(pairs) => pairs.as_slice().write(writer, at),
            Value::Call(call) => Function::from(call.as_ref()).write(writer, at),
            Value::Noted(reason, value) => value.as_ref().write(writer, At { note: Some(reason), ..at }),
            Value::Reasoned(_, value) => value.as_ref().write(writer, at),
        }
    }
}

impl Node for &[(Text, Value)] {
    fn write(self, writer: &mut Writer, at: At<'_>) {
        writer.map(self.iter().map(|(key, value)| (key.as_ref(), value)), at);
    }
}

impl Node for &[Text] {
    fn write(self, writer: &mut Writer, at: At<'_>) {
        writer.list(self.iter().map(AsRef::as_ref), at);
    }
}

/// In short form: none of the functions takes a scalar that could itself be a function, so that no tag ever stands
/// directly before another, which CloudFormation refuses.
impl Node for Function<'_> {
    fn write(self, writer: &mut Writer, at: At<'_>) {
        writer.out.push_str(" !");
        writer.out.push_str(self.tag());
        match self.arguments {
            Arguments::Text(text) => writer.text(text, at),
            Arguments::Attribute(id, attribute) => {
                writer.out.push(' ');
                scalar::attribute(&mut writer.out, id, attribute);
                writer.end(at.note);
            }
            Arguments::Items(items) => {
                writer.out.push(' ');
                if flow::arguments(&mut writer.out, items) {
                    return writer.end(at.note);
                }
                writer.out.pop();
                // Behind a tag a list cannot start on the line of the tag.
                writer.list(items.iter(), At { inline: false, ..at });
            }
        }
    }
}

impl Node for Item<'_> {
    fn write(self, writer: &mut Writer, at: At<'_>) {
        match self {
            Self::Text(text) => writer.text(text, at),
            Self::Number(number) => writer.int(number.into(), at.note),
            Self::Value(value) => value.write(writer, at),
            Self::Values(values) => writer.list(values.iter(), at),
            Self::Map(pairs) => pairs.write(writer, at),
            Self::Condition(condition) => Function::from(condition).write(writer, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::cfn::{
        Call, Condition, LogGroup, Parameter, PolicyDocument, Resource as _, Role, Statement, Template,
        TemplateKey, Value, pseudo,
    };

    fn call(call: Call) -> Value {
        Value::Call(Box::new(call))
    }

    #[test]
    fn a_template_reads_as_people_write_it() {
        let mut template = Template::new(TemplateKey(0), "Checkout: service and roles");
        template.header = vec!["Written by bluegreen; change the blueprint instead.".into(), String::new()];
        let color = template.parameter(
            "LiveColor",
            Parameter {
                kind: "String".into(),
                description: "Which target group has production traffic".into(),
                default: Some("blue".into()),
                allowed_values: vec!["blue".into(), "green".into()],
                ..Parameter::default()
            },
        );
        let live = template.condition("BlueIsLive", Condition::Equals(color.clone(), "blue".into()));
        template.condition(
            "Other",
            Condition::And(vec![
                Condition::Named(live.clone()).negated(),
                Condition::Not(Box::new(Condition::Equals(color, "".into()))),
            ]),
        );
        let logs = template
            .add("Logs", LogGroup::new().retention_in_days(30).retained().because("Outlives the stack."));
        template.draft_of(&logs).properties.push(("Zones".into(), call(Call::Select(0, call(Call::GetAzs)))));
        let policy = PolicyDocument::of([
            Statement::allow("Write", "Logs are written.")
                .actions(["logs:PutLogEvents"])
                .on(logs.attribute(LogGroup::ARN)),
            Statement::allow("Login", "Images are pulled.")
                .actions(["ecr:GetAuthorizationToken"])
                .on_everything("no narrower resource"),
        ]);
        let role = Role::new()
            .assume_role_policy_document(PolicyDocument::trust("ecs-tasks.amazonaws.com", None))
            .policies(Value::list([Value::map([
                ("PolicyName", "a".into()),
                ("PolicyDocument", policy.into()),
            ])]))
            .after("Logs");
        let role = template.add("Role", role);
        let properties = &mut template.draft_of(&role).properties;
        let mut set = |name: &'static str, value: Value| properties.push((name.into(), value));
        set("Sub", Value::sub("${AWS::StackName}-x", []));
        set("Lines", Value::sub("#!/bin/sh\necho ${AWS::Region}\n", []));
        set("Mixed", Value::sub("${vpc}/*", [("vpc", Value::import("shop-prod-vpc"))]));
        set("Flat", Value::when("BlueIsLive", 100, pseudo::no_value()));
        set(
            "Deep",
            Value::when(
                "BlueIsLive",
                Value::map([("A", 1.into()), ("B", 2.into())]),
                Value::list(["x", "y"]),
            ),
        );
        set("Nested", Value::when("BlueIsLive", Value::when("Other", 1, 2), Value::Map(vec![])));
        set("Joined", call(Call::Join(",".into(), vec!["a".into(), pseudo::region()])));
        set("Blocks", call(Call::Cidr("10.0.0.0/16".into(), 4, 8)));
        set(
            "Lists",
            Value::List(vec![Value::list(["on", "a"]), Value::List(vec![]), Value::when("Other", "a", "b")]),
        );
        set("Why", Value::map([("A", true.into())]).noted("because"));
        template.output("RoleArn", "The role", role.attribute(Role::ARN));
        template.share("LogGroup", "Its log group", "shop-prod-logs", logs.reference());

        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../snapshots/emit");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let _bound = settings.bind_to_scope();
        insta::assert_snapshot!("template.yaml", write(&template));
        insta::assert_snapshot!("template.json", crate::emit::json(&template));
    }

    #[test]
    fn an_empty_template_still_has_resources() {
        let text = write(&Template::new(TemplateKey(0), ""));
        assert_eq!(text, "AWSTemplateFormatVersion: \"2010-09-09\"\n\nResources: {}\n");
    }
}
