use crate::{
    cfn::{Handle, PolicyDocument, Role, Rule, ScalableTarget, StateMachine, Statement, Value},
    rollout::Rollout,
    stacks::{self, Canvas, ServiceParts, Site},
};

/// Seconds between two looks at a deployment, where it does not last for too many of them.
const POLL_SECONDS: u32 = 60;

/// Looks at one deployment. Each is six states and 21 events, and an execution that has 25,000 fails and would leave scaling
/// suspended (facts 1.5.6); some are left for what is tried again.
const MOST_LOOKS: u32 = 1_000;

/// Seconds between two looks: no more looks than an execution has events for, however long people wait with going on and with
/// taking the old version away.
fn poll_seconds(rollout: &Rollout) -> u32 {
    const HOUR: u32 = 3_600;
    // An hour for the new tasks, one for each hook (facts 2.4), and one to end.
    let longest = [
        2 * HOUR,
        rollout.hooks.saturating_mul(HOUR),
        rollout.approve.as_ref().map_or(0, |approve| approve.value),
        rollout.shift.mode.full(),
        rollout.keep_old.value,
    ];
    let longest = longest.into_iter().fold(0_u32, u32::saturating_add);
    longest.div_ceil(MOST_LOOKS).max(POLL_SECONDS)
}

/// Draws what suspends scaling while a deployment runs and always resumes it.
///
/// While two task sets run, averages halve, scaling in would take tasks from the live color, and a scaling event of more than
/// five minutes fails the shift (facts 1.5.4). CodeDeploy cannot suspend scaling itself. Its start event runs a
/// state machine that calls the APIs directly: no function to keep up to date.
///
/// Scaling in stays suspended until the deployment is over. Scaling out and schedules come back as soon as production
/// has moved: keeping the old version for an hour is no reason to serve a rush with too few tasks. The suspension is
/// written anew at every look, so a resumption that came late from an earlier deployment does not last, and only the
/// last deployment that ends resumes.
pub(super) fn draw(
    canvas: &mut Canvas,
    site: Site<'_>,
    parts: &ServiceParts<'_>,
    target: &Handle<ScalableTarget>,
) {
    let full = site.full_name();
    let group = Value::sub(
        "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:${name}/${name}",
        [("name", full.clone().into())],
    );
    let role = canvas.template.add(
        canvas.id("SuspensionRole"),
        Role::new()
            .description("Suspends and resumes scaling around a deployment")
            .assume_role_policy_document(PolicyDocument::trust("states.amazonaws.com", None))
            .permissions_boundary(stacks::boundary(site.resolved))
            .policies(Value::List(vec![stacks::policy(
                "suspend-scaling",
                vec![
                    Statement::allow("SuspendScaling", "Scaling is suspended when a deployment starts and resumed afterwards: a scaling event during the shift fails the deployment (facts 1.5.4).").actions(["application-autoscaling:RegisterScalableTarget"]).on(
                        Value::sub(
                            "arn:${AWS::Partition}:application-autoscaling:${AWS::Region}:${AWS::AccountId}:scalable-target/*",
                            [],
                        )
                        .noted("the id of a scalable target is not known to the template"),
                    ),
                    Statement::allow("FollowDeployment", "Scaling resumes when the deployment has ended, so the state machine follows it.")
                        .actions(["codedeploy:GetDeployment", "codedeploy:ListDeployments"])
                        .on(group),
                    Statement::allow("FollowTraffic", "Scaling out resumes once production has moved, which only the deployment's target tells.")
                        .actions(["codedeploy:GetDeploymentTarget"])
                        .on_everything("AWS lists no resource for codedeploy:GetDeploymentTarget"),
                ],
            )])),
    );

    let service = parts.service.attribute(crate::cfn::Service::NAME);
    let resource_id = Value::sub_all(
        "service/${Cluster}/${Service}",
        vec![("Cluster".into(), parts.cluster.clone()), ("Service".into(), service.clone())],
    );
    let target_id = Value::sub_all(
        "${Cluster}:${Service}",
        vec![("Cluster".into(), parts.cluster.clone()), ("Service".into(), service)],
    );
    let machine = canvas.template.add(
        canvas.id("Suspension"),
        StateMachine::new().state_machine_type("STANDARD").role_arn(role.attribute(Role::ARN)).definition(
            definition(
                &full,
                &resource_id,
                &target_id,
                poll_seconds(&Rollout::of(site.resolved, site.service)),
            ),
        ),
    );
    let draft = canvas.template.draft_of(&machine);
    draft.depends_on.push(target.id());
    draft.note = Some(
        "Suspends scaling while a deployment runs. Scaling out resumes once production has moved, the rest at the end.".into(),
    );

    let events = canvas.template.add(
        canvas.id("SuspensionTriggerRole"),
        Role::new()
            .description("Lets EventBridge start the suspension")
            .assume_role_policy_document(PolicyDocument::trust("events.amazonaws.com", None))
            .permissions_boundary(stacks::boundary(site.resolved))
            .policies(Value::List(vec![stacks::policy(
                "start-suspension",
                vec![
                    Statement::allow(
                        "StartSuspension",
                        "EventBridge starts the suspension when a deployment starts.",
                    )
                    .actions(["states:StartExecution"])
                    .on(machine.reference()),
                ],
            )])),
    );
    canvas.template.add(
        canvas.id("SuspensionTrigger"),
        Rule::new()
            .description(format!("A deployment of {full} starts"))
            .event_pattern(Value::map([
                ("source", Value::list(["aws.codedeploy"])),
                ("detail-type", Value::list(["CodeDeploy Deployment State-change Notification"])),
                (
                    "detail",
                    Value::map([
                        ("application", Value::list([full.clone()])),
                        ("deploymentGroup", Value::list([full.clone()])),
                        ("state", Value::list(["START"])),
                    ]),
                ),
            ]))
            .targets(Value::List(vec![Value::map([
                ("Id", Value::from("suspension")),
                ("Arn", machine.reference()),
                ("RoleArn", events.attribute(Role::ARN)),
                ("InputPath", "$.detail".into()),
            ])])),
    );
}

/// The deployment's states in which it is not over (facts 2.7).
const RUNNING: [&str; 5] = ["Created", "Queued", "InProgress", "Ready", "Baking"];

fn definition(full: &str, resource_id: &Value, target_id: &Value, poll: u32) -> Value {
    let register = |scaling_in: bool, rest: bool| {
        Value::map([
            ("ServiceNamespace", Value::from("ecs")),
            ("ScalableDimension", "ecs:service:DesiredCount".into()),
            ("ResourceId", resource_id.clone()),
            (
                "SuspendedState",
                Value::map([
                    ("DynamicScalingInSuspended", Value::from(scaling_in)),
                    ("DynamicScalingOutSuspended", rest.into()),
                    ("ScheduledScalingSuspended", rest.into()),
                ]),
            ),
        ])
    };
    let retry = || {
        Value::List(vec![Value::map([
            ("ErrorEquals", Value::list(["States.ALL"])),
            ("MaxAttempts", 12.into()),
            ("MaxDelaySeconds", 120.into()),
        ])])
    };
    // Whatever cannot be done here, the loop goes on to its end, which resumes.
    let catch = |next: &'static str| {
        Value::List(vec![Value::map([
            ("ErrorEquals", Value::list(["States.ALL"])),
            ("ResultPath", "$.problem".into()),
            ("Next", next.into()),
        ])])
    };
    let call = |action: &str| {
        Value::sub("arn:${AWS::Partition}:states:::aws-sdk:${action}", [("action", action.to_owned().into())])
    };
    let register_call = || call("applicationautoscaling:registerScalableTarget");
    let task = |parameters: Value, next: &'static str, on_error: &'static str| {
        Value::map([
            ("Type", Value::from("Task")),
            ("Resource", register_call()),
            ("Parameters", parameters),
            ("ResultPath", "$.suspended".into()),
            ("Retry", retry()),
            ("Catch", catch(on_error)),
            ("Next", next.into()),
        ])
    };
    let running = RUNNING
        .iter()
        .map(|status| {
            Value::map([("Variable", Value::from("$.deployment.status")), ("StringEquals", (*status).into())])
        })
        .collect::<Vec<_>>();
    Value::map([
        ("Comment", Value::from(format!("Suspends scaling of {full} while a deployment runs"))),
        ("StartAt", "SuspendScaling".into()),
        (
            "States",
            Value::map([
                ("SuspendScaling", task(register(true, true), "Wait", "Wait")),
                (
                    "Wait",
                    Value::map([
                        ("Type", Value::from("Wait")),
                        ("Seconds", poll.into()),
                        ("Next", "ReadDeployment".into()),
                    ]),
                ),
                (
                    "ReadDeployment",
                    Value::map([
                        ("Type", Value::from("Task")),
                        ("Resource", call("codedeploy:getDeployment")),
                        ("Parameters", Value::map([("DeploymentId.$", Value::from("$.deploymentId"))])),
                        (
                            "ResultSelector",
                            Value::map([("status.$", Value::from("$.DeploymentInfo.Status"))]),
                        ),
                        ("ResultPath", "$.deployment".into()),
                        ("Retry", retry()),
                        ("Catch", catch("ReadOtherDeployments")),
                        ("Next", "IsRunning".into()),
                    ]),
                ),
                (
                    "IsRunning",
                    Value::map([
                        ("Type", Value::from("Choice")),
                        (
                            "Choices",
                            Value::List(vec![Value::map([
                                ("Or", Value::List(running)),
                                ("Next", "ReadTarget".into()),
                            ])]),
                        ),
                        ("Default", "ReadOtherDeployments".into()),
                    ]),
                ),
                (
                    "ReadTarget",
                    Value::map([
                        ("Type", Value::from("Task")),
                        ("Resource", call("codedeploy:getDeploymentTarget")),
                        (
                            "Parameters",
                            Value::map([
                                ("DeploymentId.$", Value::from("$.deploymentId")),
                                ("TargetId", target_id.clone()),
                            ]),
                        ),
                        (
                            "ResultSelector",
                            Value::map([(
                                "shifted.$",
                                Value::from(
                                    "$.DeploymentTarget.EcsTarget.LifecycleEvents[?(@.LifecycleEventName == 'AllowTraffic' && @.Status == 'Succeeded')].Status",
                                ),
                            )]),
                        ),
                        ("ResultPath", "$.target".into()),
                        ("Retry", retry()),
                        ("Catch", catch("SuspendScaling")),
                        ("Next", "HasShifted".into()),
                    ]),
                ),
                (
                    "HasShifted",
                    Value::map([
                        ("Type", Value::from("Choice")),
                        (
                            "Choices",
                            Value::List(vec![Value::map([
                                ("Variable", Value::from("$.target.shifted[0]")),
                                ("IsPresent", true.into()),
                                ("Next", "SuspendScalingIn".into()),
                            ])]),
                        ),
                        ("Default", "SuspendScaling".into()),
                    ]),
                ),
                ("SuspendScalingIn", task(register(true, false), "Wait", "Wait")),
                (
                    "ReadOtherDeployments",
                    Value::map([
                        ("Type", Value::from("Task")),
                        ("Resource", call("codedeploy:listDeployments")),
                        (
                            "Parameters",
                            Value::map([
                                ("ApplicationName", Value::from(full.to_owned())),
                                ("DeploymentGroupName", full.to_owned().into()),
                                ("IncludeOnlyStatuses", Value::list(RUNNING)),
                            ]),
                        ),
                        ("ResultPath", "$.others".into()),
                        ("Retry", retry()),
                        ("Catch", catch("ResumeScaling")),
                        ("Next", "IsLast".into()),
                    ]),
                ),
                (
                    "IsLast",
                    Value::map([
                        ("Type", Value::from("Choice")),
                        (
                            "Choices",
                            Value::List(vec![Value::map([
                                ("Variable", Value::from("$.others.Deployments[0]")),
                                ("IsPresent", true.into()),
                                ("Next", "LeftToNextDeployment".into()),
                            ])]),
                        ),
                        ("Default", "ResumeScaling".into()),
                    ]),
                ),
                ("LeftToNextDeployment", Value::map([("Type", Value::from("Succeed"))])),
                (
                    "ResumeScaling",
                    Value::map([
                        ("Type", Value::from("Task")),
                        ("Resource", register_call()),
                        ("Parameters", register(false, false)),
                        (
                            "Retry",
                            Value::List(vec![Value::map([
                                ("ErrorEquals", Value::list(["States.ALL"])),
                                ("MaxAttempts", 60.into()),
                                ("MaxDelaySeconds", 900.into()),
                            ])]),
                        ),
                        ("End", true.into()),
                    ]),
                ),
            ]),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{resolve::Blueprint, source::Sources};

    fn poll(deploy: &str) -> u32 {
        let text = format!(
            "schema: 1\napp: shop\nenvironments: {{prod: {{region: eu-west-1}}}}\nservices:\n  checkout:\n    \
             port: 8080\n    http: {{certificate: {{parameter: CertificateArn}}}}\n    deploy: {deploy}\n"
        );
        let mut sources = Sources::new();
        let file = sources.add("it.yaml", text);
        let resolved = Blueprint::read(&mut sources, file).unwrap().resolve("prod").unwrap();
        poll_seconds(&Rollout::of(&resolved, &resolved.services[0]))
    }

    #[test]
    fn no_deployment_is_looked_at_more_often_than_an_execution_has_events_for() {
        assert_eq!(poll("{}"), 60);
        assert_eq!(poll("{keep_old: 12h}"), 60);
        // Three hours, ten minutes and two days, and a week of them with five days for approval.
        assert_eq!(poll("{keep_old: 2d}"), 185);
        let longest = poll("{keep_old: 2d, approve: {timeout: 5d}}");
        assert_eq!(longest, 617);
        let seconds = (3 + 24 * 7) * 3_600 + 600;
        assert!(seconds / longest * 21 < 25_000, "{longest}");
    }
}
