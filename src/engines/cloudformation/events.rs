use crate::{
    cfn::{Rule, Value},
    stacks::{Canvas, Site},
};

/// Draws what tells of releases: there is no deployment group whose triggers could, so EventBridge passes on what becomes of
/// updates of the stack.
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>) {
    let Some(topic) = &site.cluster.releases else { return };
    let topic = canvas.template.import(topic);
    let full = site.full_name();
    canvas.template.add(
        canvas.id("ReleaseEvents"),
        Rule::new()
            .description(format!("An update of {full}, such as a release, starts, ends or is taken back"))
            .event_pattern(Value::map([
                ("source", Value::list(["aws.cloudformation"])),
                ("detail-type", Value::list(["CloudFormation Stack Status Change"])),
                (
                    "detail",
                    Value::map([(
                        "stack-id",
                        Value::List(vec![Value::Call(Box::new(crate::cfn::Call::Ref(
                            "AWS::StackId".into(),
                        )))]),
                    )]),
                ),
            ]))
            .targets(Value::List(vec![Value::map([("Id", Value::from("releases")), ("Arn", topic)])])),
    );
}
