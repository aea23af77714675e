//! What runs: task definition, service, and what must outlive them.

use bluegreen::blueprint::{Engine, engines::Revision};
use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text},
    spoil, spoil_of,
};

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "the service names its task definition by family and waits for it",
        check: family,
        spoils: &[
            spoil("a reference", |it| {
                it.set("Service", "/Properties/TaskDefinition", json!({"Ref": "TaskDefinition"}))
            }),
            spoil("another family", |it| it.set("Service", "/Properties/TaskDefinition", json!("shop-prod"))),
            spoil("another family of the definition", |it| {
                it.set("TaskDefinition", "/Properties/Family", json!("x"))
            }),
            spoil("a revision", |it| {
                it.set("Service", "/Properties/TaskDefinition", json!("shop-prod-web:3"))
            }),
            spoil("no wait", |it| it.remove("Service", "/DependsOn")),
        ],
    },
    Assertion {
        name: "what a rollback or a person needs later is retained",
        check: retained,
        spoils: &[
            spoil("task definition replaced", |it| it.remove("TaskDefinition", "/UpdateReplacePolicy")),
            spoil("task definition deleted", |it| it.remove("TaskDefinition", "/DeletionPolicy")),
            spoil("log group deleted", |it| it.set("LogGroup", "/DeletionPolicy", json!("Delete"))),
            spoil("hook's log group deleted", |it| it.remove("HookLogGroup", "/DeletionPolicy")),
            spoil("repository replaced", |it| it.set("Repository", "/UpdateReplacePolicy", json!("Delete"))),
            spoil("artifacts deleted", |it| it.remove("Artifacts", "/DeletionPolicy")),
            spoil("access logs deleted", |it| it.remove("AccessLogsBucket", "/DeletionPolicy")),
            spoil("key deleted", |it| it.remove("NotificationKey", "/DeletionPolicy")),
        ],
    },
    Assertion {
        name: "a number of tasks stands in the service only where nothing scales it",
        check: desired_count,
        spoils: &[
            spoil("beside a scalable target", |it| it.set("Service", "/Properties/DesiredCount", json!(2))),
            spoil_of("fixed", "none at all", |it| it.remove("Service", "/Properties/DesiredCount")),
            spoil_of("bootstrap-none", "tasks before there is a release", |it| {
                it.remove("Service", "/Properties/DesiredCount");
            }),
            spoil_of("bootstrap-none", "a number once there is a release", |it| {
                it.set("Service", "/Properties/DesiredCount/Fn::If/1", json!(2));
            }),
            spoil_of("bootstrap-none", "a least capacity before there is a release", |it| {
                it.set("ScalableTarget", "/Properties/MinCapacity", json!(2));
            }),
            spoil_of("bootstrap-none-schedule", "a schedule before there is a release", |it| {
                it.set(
                    "ScalableTarget",
                    "/Properties/ScheduledActions/0/ScalableTargetAction/MinCapacity",
                    json!(1),
                );
            }),
            spoil_of("bootstrap-none-fixed", "a fixed number before there is a release", |it| {
                it.set("Service", "/Properties/DesiredCount", json!(2));
            }),
            spoil_of("bootstrap-none", "tasks as soon as there is an image, which nothing runs yet", |it| {
                it.set("Service", "/Properties/DesiredCount/Fn::If/0", json!("HasImage"));
            }),
            spoil("less than the range before there is a release, though a placeholder runs", |it| {
                it.set("ScalableTarget", "/Properties/MinCapacity", json!({"Fn::If": ["HasImage", 2, 0]}));
            }),
        ],
    },
    Assertion {
        name: "the placeholder listens on the container's port and serves the health path",
        check: placeholder,
        spoils: &[
            spoil("another port", |it| it.replace("TaskDefinition", "-p 8080", "-p 80")),
            spoil("another path", |it| it.replace("TaskDefinition", "/tmp/www/health", "/tmp/www/up")),
            spoil("another folder", |it| it.replace("TaskDefinition", "-h /tmp/www", "-h /tmp")),
            spoil("the application's own entry point", |it| {
                it.set(
                    "TaskDefinition",
                    "/Properties/ContainerDefinitions/0/EntryPoint",
                    json!(["/bin/tini", "--"]),
                );
            }),
            spoil("the application's own health check", |it| {
                let own = it.resource("TaskDefinition")["Properties"]["ContainerDefinitions"][0]["HealthCheck"]["Fn::If"][1].clone();
                it.set("TaskDefinition", "/Properties/ContainerDefinitions/0/HealthCheck", own);
            }),
            spoil("no label to know it by", |it| {
                it.remove("TaskDefinition", "/Properties/ContainerDefinitions/0/DockerLabels");
            }),
            spoil_of("readonly", "a read-only file system", |it| {
                it.set(
                    "TaskDefinition",
                    "/Properties/ContainerDefinitions/0/ReadonlyRootFilesystem",
                    json!(true),
                );
            }),
            spoil("an image of nothing", |it| {
                it.set(
                    "TaskDefinition",
                    "/Properties/ContainerDefinitions/0/Image",
                    json!({"Ref": "ImageUri"}),
                );
            }),
        ],
    },
    Assertion {
        name: "the service carries nothing that CodeDeploy refuses",
        check: controller,
        spoils: &[
            spoil("another controller", |it| {
                it.set("Service", "/Properties/DeploymentController/Type", json!("ECS"))
            }),
            spoil("native settings", |it| {
                it.set("Service", "/Properties/DeploymentConfiguration", json!({"BakeTimeInMinutes": 5}))
            }),
            spoil("service connect", |it| {
                it.set("Service", "/Properties/ServiceConnectConfiguration", json!({}))
            }),
            spoil("a dependency between containers", |it| {
                it.set(
                    "TaskDefinition",
                    "/Properties/ContainerDefinitions/0/DependsOn",
                    json!([{"ContainerName": "otel"}]),
                );
            }),
        ],
    },
];

/// The services of an environment, each with its name in the blueprint.
pub fn services(it: &Environment) -> impl Iterator<Item = &Meaning> {
    it.all("AWS::ECS::Service")
}

/// The services that an engine was asked for.
pub fn services_of(it: &Environment, engine: Engine) -> impl Iterator<Item = &Meaning> {
    services(it).filter(move |service| asked(it, service).deploy.engine == engine)
}

/// What was asked for of a service.
pub fn asked<'e>(it: &'e Environment, service: &Meaning) -> &'e bluegreen::blueprint::Service {
    &known(it, service).service
}

/// What was asked for of a service, and of the load balancer in front of it.
pub fn known<'e>(it: &'e Environment, service: &Meaning) -> &'e bluegreen::resolve::ResolvedService {
    let name = text(service.at("/ServiceName"));
    it.resolved.services.iter().find(|known| known.name.as_str() == name).unwrap()
}

/// The task definition of a service.
pub fn definition<'e>(it: &'e Environment, service: &Meaning) -> Option<&'e Meaning> {
    it.all("AWS::ECS::TaskDefinition").find(|known| {
        let named = service.at("/TaskDefinition");
        // By family, or as what the service runs where no revision is given.
        let by_family = known.stack == service.stack && known.at("/Family") == named;
        by_family || named["Fn::If"][1] == json!(known.reference())
    })
}

fn family(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    // One for each color where these are apart.
    let of = |service: &bluegreen::resolve::ResolvedService| match service.service.deploy.engine {
        Engine::TwoClusters => 2,
        _ => 1,
    };
    if services(it).count() != it.resolved.services.iter().map(of).sum::<usize>() {
        said.push("not every service of the blueprint has an ECS service".into());
    }
    for service in services_of(it, Engine::Codedeploy) {
        let raw = &it.stacks.iter().find(|stack| stack.name == service.stack).unwrap().template["Resources"]
            [&service.id];
        let Some(family) = raw["Properties"]["TaskDefinition"].as_str() else {
            said.push(format!("{} names no family", service.called()));
            continue;
        };
        match definition(it, service) {
            None => said.push(format!("no task definition of the template has the family {family}")),
            Some(definition) if !service.depends_on.contains(&definition.id) => {
                said.push(format!("{} does not wait for {}", service.called(), definition.id));
            }
            Some(_) => {}
        }
    }
    said
}

fn retained(it: &Environment) -> Vec<String> {
    const KEPT: [&str; 5] = [
        "AWS::ECS::TaskDefinition",
        "AWS::Logs::LogGroup",
        "AWS::ECR::Repository",
        "AWS::S3::Bucket",
        "AWS::KMS::Key",
    ];
    it.meant()
        .iter()
        .filter(|resource| KEPT.contains(&resource.kind.as_str()))
        .filter(|resource| {
            let [deletion, replacement] = &resource.kept;
            !matches!(deletion.as_str(), "Retain" | "RetainExceptOnCreate") || replacement != "Retain"
        })
        .map(|resource| format!("{} is not retained: {:?}", resource.called(), resource.kept))
        .collect()
}

/// The scalable target of a service.
pub fn scalable_target<'e>(it: &'e Environment, service: &Meaning) -> Option<&'e Meaning> {
    let name = service.attribute("Name");
    it.all("AWS::ApplicationAutoScaling::ScalableTarget")
        .find(|target| text(target.at("/ResourceId")).ends_with(&format!("/{name}")))
}

fn desired_count(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::{Bootstrap, Count};
    let mut said = Vec::new();
    for service in services(it) {
        let asked = asked(it, service);
        // A color that is idle has none: an assertion of its own.
        if asked.deploy.engine == Engine::TwoClusters {
            continue;
        }
        // `IsReleased` of the service at hand, where one template holds several. A stack that releases says so by another one.
        let by_stack = asked.deploy.engine.abilities().revision == Revision::Stack;
        let is_released = service.id.replace("Service", if by_stack { "RunsTasks" } else { "IsReleased" });
        let starts = service.id.replace("Service", "StartsTasks");
        let empty = asked.image.uri.is_none() && asked.image.bootstrap == Bootstrap::None;
        let when = |value: Value| if empty { json!({"Fn::If": [is_released, value, 0]}) } else { value };
        let mut same = |what: &str, found: &Value, wanted: Value| {
            if *found != wanted {
                said.push(format!("{}: {what} is {found}, not {wanted}", service.called()));
            }
        };
        let target = scalable_target(it, service);
        match &asked.count {
            Count::Fixed(count) => {
                same("DesiredCount", service.at("/DesiredCount"), when(json!(count)));
                if target.is_some() {
                    same("the scalable target", &json!(true), json!(false));
                }
            }
            Count::Scaled(scaling) => {
                let wanted = match (empty, by_stack) {
                    (false, _) => Value::Null,
                    (true, false) => when(json!("<none>")),
                    // Scaling comes after the release, so the release starts with its least.
                    (true, true) => {
                        json!({"Fn::If": [starts, scaling.range.min, when(json!("<none>"))]})
                    }
                };
                same("DesiredCount", service.at("/DesiredCount"), wanted);
                let Some(target) = target else {
                    same("the scalable target", &Value::Null, json!("there"));
                    continue;
                };
                same("MinCapacity", target.at("/MinCapacity"), when(json!(scaling.range.min)));
                same("MaxCapacity", target.at("/MaxCapacity"), when(json!(scaling.range.max)));
                for (action, (_, asked)) in
                    items(target.at("/ScheduledActions")).into_iter().zip(&scaling.schedule)
                {
                    same(
                        "a schedule",
                        &action["ScalableTargetAction"]["MinCapacity"],
                        when(json!(asked.range.min)),
                    );
                    same(
                        "a schedule",
                        &action["ScalableTargetAction"]["MaxCapacity"],
                        when(json!(asked.range.max)),
                    );
                }
            }
        }
    }
    said
}

/// The value of a container's property while there is no image.
fn before_release<'v>(container: &'v Value, key: &str) -> &'v Value {
    match container[key].get("Fn::If") {
        Some(branches) => &branches[2],
        None => &container[key],
    }
}

fn placeholder(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Bootstrap;
    let mut said = Vec::new();
    for service in services(it) {
        let asked = asked(it, service);
        if asked.image.uri.is_some() {
            continue;
        }
        let Some(definition) = definition(it, service) else { continue };
        let main = &definition.at("/ContainerDefinitions")[0];
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", definition.called()));
            }
        };
        // Without it `deploy.sh`, run again before the first release, would take the placeholder for a release.
        let label = &before_release(main, "DockerLabels")["bluegreen.bootstrap"];
        must(label == "true", "the placeholder is not labelled as one".into());
        if asked.image.bootstrap == Bootstrap::None {
            continue;
        }
        let none = |value: &Value| value.is_null() || *value == "<none>";
        for key in ["EntryPoint", "HealthCheck", "ReadonlyRootFilesystem"] {
            must(none(before_release(main, key)), format!("the placeholder has the application's {key}"));
        }
        let path = match (&asked.http, &asked.tcp) {
            (Some(http), _) => Some(http.healthcheck.path.as_str()),
            // Where no path is asked for, any will do.
            (None, Some(tcp)) => Some(tcp.healthcheck.path.as_ref().map_or("/", |path| path.as_str())),
            (None, None) => None,
        };
        let (Some(port), Some(path)) = (asked.port, path) else {
            let script = text(&before_release(main, "Command")[2]);
            must(script.contains("sleep"), format!("the placeholder does not wait: {script}"));
            continue;
        };
        let port = port.get();
        let image = text(before_release(main, "Image"));
        must(image.starts_with("public.ecr.aws/"), format!("before the first release runs {image}"));
        let command = before_release(main, "Command");
        let script = text(&command[2]);
        must(command[0] == "sh" && command[1] == "-c", format!("{command} is not what the placeholder runs"));
        must(
            script.ends_with(&format!("exec httpd -f -p {port} -h /tmp/www")),
            format!("it serves elsewhere: {script}"),
        );
        let file =
            if path.ends_with('/') { format!("/tmp/www{path}index.html") } else { format!("/tmp/www{path}") };
        must(script.contains(&format!("> '{file}' &&")), format!("nothing stands at {path}: {script}"));
        let folder = file.rsplit_once('/').unwrap().0;
        must(
            script.starts_with(&format!("mkdir -p '{folder}' &&")),
            format!("no folder for {path}: {script}"),
        );
        must(main["PortMappings"][0]["ContainerPort"] == json!(port), "another port is mapped".into());
    }
    said
}

fn controller(it: &Environment) -> Vec<String> {
    const REFUSED: [&str; 5] = [
        "DeploymentConfiguration",
        "ServiceConnectConfiguration",
        "VpcLatticeConfigurations",
        "VolumeConfigurations",
        "ForceNewDeployment",
    ];
    let mut said = Vec::new();
    for service in services_of(it, Engine::Codedeploy) {
        if service.at("/DeploymentController/Type") != "CODE_DEPLOY" {
            said.push(format!("{} is not CodeDeploy's", service.called()));
        }
        for key in REFUSED {
            if service.properties.get(key).is_some() {
                said.push(format!("{} has {key}", service.called()));
            }
        }
        let containers = definition(it, service).map(|found| items(found.at("/ContainerDefinitions")));
        for container in containers.into_iter().flatten() {
            if container.get("DependsOn").is_some() {
                said.push(format!("{} waits for another container", container["Name"]));
            }
        }
    }
    said
}
