//! Three stacks of one service, and the world after they were deployed.

use bluegreen::{
    artifacts::{Context, Environment, Release, deploy_script, release_script, runbook, stack_policy},
    blueprint::{Engine, engines::StrategyKind},
    cfn::{Parameter, Template, TemplateKey},
    scripts::{AppSpec, LifecycleEvent},
    stacks::{Denial, Deployable, Lookup, ServiceNames, Stack},
};
use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::harness::Place;

pub const LISTENER: &str = "arn:listener";
pub const BLUE: &str = "arn:targetgroup/blue";
pub const GREEN: &str = "arn:targetgroup/green";
pub const IMAGE: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout@sha256:aa";

pub fn environment() -> Environment {
    Environment {
        application: "shop".into(),
        environment: "prod".into(),
        region: "eu-west-1".into(),
        account: Some("111122223333".into()),
        protected: false,
        ending: "yaml".into(),
    }
}

fn names() -> std::sync::Arc<ServiceNames> {
    names_of(Engine::Codedeploy, StrategyKind::Canary)
}

fn names_of(engine: Engine, strategy: StrategyKind) -> std::sync::Arc<ServiceNames> {
    std::sync::Arc::new(ServiceNames {
        service: "checkout".into(),
        color: None,
        cluster: "shop-prod".into(),
        ecs_service: "checkout".into(),
        container: "web".into(),
        port: Some(8080),
        family: "shop-prod-checkout".into(),
        application: "shop-prod-checkout".into(),
        deployment_group: "shop-prod-checkout".into(),
        engine,
        strategy,
        is_sent_connections: false,
        edge_stack: Some("shop-prod-checkout-edge".into()),
        service_stack: "shop-prod-checkout".into(),
        output_prefix: String::new(),
    })
}

fn stack(key: u32, file: &str, purpose: &str, parameters: &[&'static str]) -> Stack {
    let mut template = Template::new(TemplateKey(key), purpose);
    for name in parameters {
        template.parameter(*name, Parameter { kind: "String".into(), ..Parameter::default() });
    }
    Stack {
        name: format!("shop-prod-{file}"),
        file: file.into(),
        purpose: purpose.into(),
        template,
        parameters: IndexMap::new(),
        lookups: Vec::new(),
        tags: IndexMap::new(),
        policy: Vec::new(),
        depends_on: Vec::new(),
        parts: Vec::new(),
        taken: Vec::new(),
        extra: Vec::new(),
        rollback_alarm: None,
        released_from: None,
        releases: None,
    }
}

pub fn stacks() -> Vec<Stack> {
    stacks_of(&names())
}

/// The same where ECS itself moves the traffic.
pub fn ecs_stacks() -> Vec<Stack> {
    ecs_stacks_of(StrategyKind::Canary)
}

/// The same with another strategy. A rolling update has no color.
pub fn ecs_stacks_of(strategy: StrategyKind) -> Vec<Stack> {
    let names = names_of(Engine::Ecs, strategy);
    let mut stacks = stacks_of(&names);
    let service = stacks.last_mut().expect("the service's stack");
    service
        .template
        .parameter("RunningRevision", Parameter { default: Some("".into()), ..Parameter::default() });
    service.lookups.push(Lookup::RunningRevision { parameter: "RunningRevision".into(), service: names });
    if !strategy.has_two_versions() {
        let edge = &mut stacks[1];
        edge.template.parameters.shift_remove("LiveColor");
        edge.lookups.retain(|lookup| !matches!(lookup, Lookup::LiveColor { .. }));
    }
    stacks
}

fn stacks_of(names: &std::sync::Arc<ServiceNames>) -> Vec<Stack> {
    let names = || std::sync::Arc::clone(names);
    let mut cluster = stack(0, "cluster", "cluster, it's shared", &["Owner"]);
    cluster.parameters.insert("Owner".into(), "Team \"Pay\" & co's $HOME".into());
    cluster.tags.insert("team".into(), "payments and more".into());

    let mut edge = stack(1, "checkout-edge", "ALB and target groups", &["LiveColor", "CertificateArn"]);
    edge.lookups = vec![
        Lookup::LiveColor { parameter: "LiveColor".into(), service: names() },
        Lookup::Given {
            parameter: "CertificateArn".into(),
            description: "ARN of the certificate\nfor shop.example.com".into(),
        },
    ];
    edge.policy =
        vec![Denial { action: "Update:Replace", resource_type: "AWS::ElasticLoadBalancingV2::Listener" }];

    let mut service = stack(2, "checkout", "service and deployment group", &["Image", "DbSecret"]);
    service.lookups = vec![
        Lookup::RunningImage { parameter: "Image".into(), service: names() },
        Lookup::SecretArn { parameter: "DbSecret".into(), secret: "checkout/db".into() },
    ];
    service.template.parameters["Image"].default = Some("".into());
    vec![cluster, edge, service]
}

pub fn releases() -> Vec<Release> {
    vec![Release {
        service: "checkout".into(),
        appspec: Some(AppSpec {
            container: "web".into(),
            port: 8080,
            platform_version: None,
            capacity: Vec::new(),
            hooks: vec![(LifecycleEvent::AfterAllowTestTraffic, "shop-prod-checkout-check".into())],
        }),
        approve: Some("2h".into()),
        keep_old: Some("1h".into()),
        fixes_image: false,
        keep_seconds: 0,
        old_stays: false,
        steps: Vec::new(),
        least: 0,
        functions: Vec::new(),
        pipeline: None,
        pipeline_copies: false,
    }]
}

/// The environment's folder.
pub fn place_of(environment: &Environment) -> Place {
    place_with(environment, stacks())
}

/// The folder where there are no tasks before the first release.
pub fn place_without_placeholder() -> Place {
    let mut stacks = stacks();
    let service = stacks.last_mut().expect("the service's stack");
    service.template.parameter("Released", Parameter { kind: "String".into(), ..Parameter::default() });
    service.lookups.push(Lookup::Released { parameter: "Released".into(), service: names() });
    place_with(&environment(), stacks)
}

/// What scripts know of these stacks.
pub fn context(environment: &Environment, stacks: &[Stack]) -> Context {
    Context::new(environment, stacks.iter().cloned().map(Deployable::from).collect(), releases())
}

fn place_with(environment: &Environment, stacks: Vec<Stack>) -> Place {
    let place = Place::new();
    let context = context(environment, &stacks);
    place.write("deploy.sh", &deploy_script(&context).expect("the script renders"));
    let release = release_script(&context).expect("the script renders");
    place.write("release.sh", &release.expect("there is a service"));
    place.write("RUNBOOK.md", &runbook(&context).expect("the runbook renders"));
    for stack in &stacks {
        place.write(&format!("{}.yaml", stack.file), "Resources: {}\n");
        if let Some(policy) = stack_policy(&stack.policy) {
            place.write(&format!("policies/{}.json", stack.file), &policy.to_string());
        }
    }
    place
}

/// One stack for the service, whose template says what runs.
pub fn cloudformation_place() -> Place {
    let names = names_of(Engine::Cloudformation, StrategyKind::Canary);
    let names = std::sync::Arc::new(ServiceNames {
        edge_stack: Some(names.service_stack.clone()),
        ..std::sync::Arc::unwrap_or_clone(names)
    });
    let mut service = stack(1, "checkout", "service and task set", &["ClusterName"]);
    service.lookups = vec![Lookup::Export {
        parameter: "ClusterName".into(),
        export: "shop-prod-cluster:ClusterName".into(),
        item: None,
        once: true,
    }];
    service.rollback_alarm = Some("shop-prod-checkout-rollback".into());
    service.released_from = Some("TaskDefinition".into());
    service.releases = Some(names);
    let place = place_with(&environment(), vec![stack(0, "cluster", "cluster", &[]), service]);
    place.write("checkout/release.yaml", PART);
    place
}

/// What a release puts at the end of the template.
pub const PART: &str = "Resources:\n  # What runs.\n  TaskDefinition:\n    Image: placeholder\n    Cpu: 512\n    Sidecar:\n      Image: otel\n";

/// The folder where ECS itself moves the traffic.
pub fn ecs_place() -> Place {
    place_with(&environment(), ecs_stacks())
}

/// The same where tasks are replaced a few at a time.
pub fn rolling_place() -> Place {
    place_with(&environment(), ecs_stacks_of(StrategyKind::Rolling))
}

pub fn place() -> Place {
    place_of(&environment())
}

/// Nothing but an account, a secret, and what stacks will say once they exist.
pub fn empty_world() -> Value {
    json!({
        "account": "111122223333",
        "region": "eu-west-1",
        "stacks": {},
        "secrets": {"checkout/db": "arn:secret:checkout/db-AbCdEf"},
        "rules": {},
        "clusters": {},
        "outputs_of": {
            "shop-prod-checkout-edge": {
                "ProductionListenerArn": LISTENER, "BlueTargetGroupArn": BLUE, "GreenTargetGroupArn": GREEN,
                "CheckoutUrl": "https://shop.example.com",
            },
            "shop-prod-checkout": {"TaskDefinitionArn": "arn:task-definition/shop-prod-checkout:1"},
        },
    })
}

/// Everything deployed once, green live after a release.
pub fn green_world() -> Value {
    let mut world = empty_world();
    let outputs = world["outputs_of"].clone();
    world["stacks"] = json!({
        "shop-prod-cluster": {"status": "CREATE_COMPLETE"},
        "shop-prod-checkout-edge": {
            "status": "UPDATE_COMPLETE",
            "outputs": outputs["shop-prod-checkout-edge"],
            "parameters": {"CertificateArn": "arn:certificate", "LiveColor": "blue"},
        },
        "shop-prod-checkout": {"status": "UPDATE_ROLLBACK_COMPLETE", "outputs": outputs["shop-prod-checkout"]},
    });
    world["outputs_of"]["shop-prod-checkout"]["TaskDefinitionArn"] =
        json!("arn:task-definition/shop-prod-checkout:10");
    world["deployments"] = json!({"shop-prod-checkout": [{"id": "d-OLD", "status": "Succeeded"}]});
    world["rules"][LISTENER] = json!([
        {"IsDefault": false, "Actions": [{"Type": "redirect"}]},
        {"IsDefault": true, "Actions": [{
            "Type": "forward",
            "ForwardConfig": {"TargetGroups": [
                {"TargetGroupArn": BLUE, "Weight": 0}, {"TargetGroupArn": GREEN, "Weight": 100},
            ]},
        }]},
    ]);
    world["clusters"]["shop-prod"]["checkout"] = json!({
        "status": "ACTIVE",
        "taskDefinition": "arn:task-definition/shop-prod-checkout:1",
        "taskSets": [
            {
                "status": "ACTIVE",
                "taskDefinition": "arn:task-definition/shop-prod-checkout:1",
                "loadBalancers": [{"targetGroupArn": BLUE}],
            },
            {
                "status": "PRIMARY",
                "taskDefinition": "arn:task-definition/shop-prod-checkout:9",
                "loadBalancers": [{"targetGroupArn": GREEN}],
            },
        ],
    });
    world["task_definitions"]["arn:task-definition/shop-prod-checkout:9"] = json!({
        "taskDefinition": {"containerDefinitions": [{"name": "otel", "image": "otel"}, {"name": "web", "image": IMAGE}]},
    });
    world
}
