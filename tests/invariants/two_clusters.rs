//! Where each color has a cluster: what is live are weights, and an update of one color cannot touch the other.

use bluegreen::blueprint::{Bootstrap, Count, Engine};
use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, text},
    release::{asked, services_of},
    spoil_of,
};

const COLORS: [&str; 2] = ["Blue", "Green"];
const GROUPS: &str = "/Properties/DefaultActions/0/ForwardConfig/TargetGroups";

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "weights are what the stack is told, and it is told what the listener has",
        check: weights,
        spoils: &[
            spoil_of("two-clusters", "a weight that an update moves", |it| {
                it.set("ProductionListener", &format!("{GROUPS}/0/Weight"), json!(100));
            }),
            spoil_of("two-clusters", "weights the other way round", |it| {
                it.set("ProductionListener", &format!("{GROUPS}/0/Weight"), json!({"Ref": "GreenWeight"}));
            }),
            spoil_of("two-clusters", "one group alone", |it| {
                it.resource("ProductionListener")["Properties"]["DefaultActions"][0]["ForwardConfig"]
                    ["TargetGroups"]
                    .as_array_mut()
                    .unwrap()
                    .pop();
            }),
            spoil_of("two-clusters", "green from the start", |it| {
                it.stack("-edge").template["Parameters"]["GreenWeight"]["Default"] = json!(100);
            }),
            spoil_of("two-clusters", "nobody looks a weight up", |it| {
                it.stack("-edge").entry["lookup"]["BlueWeight"] = json!({"given": "the weight"});
            }),
            spoil_of("two-clusters", "the weight of the other color", |it| {
                it.stack("-edge").entry["lookup"]["BlueWeight"] = json!({"weight_of": ["web", "green"]});
            }),
            spoil_of("two-clusters", "test traffic by weights", |it| {
                it.set("TestListener", &format!("{GROUPS}/0/Weight"), json!({"Ref": "BlueWeight"}));
            }),
            spoil_of("two-clusters", "nobody looks the newest color up", |it| {
                it.stack("-edge").entry["lookup"]["NewColor"] = json!({"given": "the color"});
            }),
            spoil_of("two-clusters-no-test-traffic", "nothing holds the newest color", |it| {
                it.stack("-edge").template["Outputs"].as_object_mut().unwrap().shift_remove("NewColor");
            }),
            spoil_of("two-clusters", "production before test", |it| {
                it.remove("ProductionListener", "/DependsOn")
            }),
        ],
    },
    Assertion {
        name: "a color has its own cluster, stack, target group and running revision",
        check: colors,
        spoils: &[
            spoil_of("two-clusters", "green in the blue cluster", |it| {
                color(it, "green")["Properties"]["Cluster"] =
                    json!({"Fn::ImportValue": "shop-prod-cluster:BlueClusterName"});
            }),
            spoil_of("two-clusters", "green behind the blue group", |it| {
                color(it, "green")["Properties"]["LoadBalancers"][0]["TargetGroupArn"] =
                    json!({"Fn::ImportValue": "shop-prod-web-edge:BlueTargetGroupArn"});
            }),
            spoil_of("two-clusters", "an update that releases", |it| {
                color(it, "blue")["Properties"]["TaskDefinition"] = json!({"Ref": "TaskDefinition"});
            }),
            spoil_of("two-clusters", "the revision of the other color", |it| {
                it.stack("-green").entry["lookup"]["RunningRevision"] =
                    json!({"running_revision_of": "web/blue"});
            }),
            spoil_of("two-clusters", "the image of the other color", |it| {
                it.stack("-green").entry["lookup"]["ImageUri"] = json!({"running_image_of": "web/blue"});
            }),
            spoil_of("two-clusters", "another controller", |it| {
                color(it, "blue")["Properties"]["DeploymentController"]["Type"] = json!("CODE_DEPLOY");
            }),
            spoil_of("two-clusters", "no circuit breaker", |it| {
                color(it, "blue")["Properties"]["DeploymentConfiguration"]["DeploymentCircuitBreaker"]["Enable"] =
                    json!(false);
            }),
        ],
    },
    Assertion {
        name: "a color that is idle has no tasks, and no update but a release says whether it is",
        check: idle,
        spoils: &[
            spoil_of("two-clusters-fixed", "a number of tasks", |it| {
                color(it, "green")["Properties"]["DesiredCount"] = json!(3);
            }),
            spoil_of("two-clusters", "scaling that fills an idle color", |it| {
                it.stack("-green").template["Resources"]["ScalableTarget"]["Properties"]["MinCapacity"] =
                    json!(2);
            }),
            spoil_of("two-clusters", "green runs from the start", |it| {
                it.stack("-green").template["Parameters"]["Idle"]["Default"] = json!("no");
            }),
            spoil_of("two-clusters-bootstrap-none", "blue runs from the start", |it| {
                it.stack("-blue").template["Parameters"]["Idle"]["Default"] = json!("no");
            }),
            spoil_of("two-clusters", "a person may set it", |it| {
                it.stack("-blue").entry["lookup"].as_object_mut().unwrap().shift_remove("Idle");
            }),
            spoil_of("two-clusters", "tasks that stay when a release is over", |it| {
                color(it, "blue")["Properties"]["DesiredCount"] =
                    json!({"Fn::If": ["IsIdle", 0, {"Ref": "Tasks"}]});
            }),
        ],
    },
    Assertion {
        name: "nothing of a color's stack is of the other color",
        check: apart,
        spoils: &[
            spoil_of("two-clusters", "an alarm on the other group", |it| {
                let alarm = &mut it.stack("-blue").template["Resources"]["ErrorsAlarm"];
                *alarm = serde_json::from_str(&alarm.to_string().replace("BlueDimension", "GreenDimension"))
                    .unwrap();
            }),
            spoil_of("two-clusters-full", "scaling by the other group", |it| {
                let policy = &mut it.stack("-green").template["Resources"]["ScaleByRequests"];
                *policy =
                    serde_json::from_str(&policy.to_string().replace("GreenDimension", "BlueDimension"))
                        .unwrap();
            }),
        ],
    },
];

fn color<'e>(it: &'e mut Environment, color: &str) -> &'e mut Value {
    &mut it.stack(&format!("-{color}")).template["Resources"]["Service"]
}

/// Whether the weights of a listener are parameters of its stack.
pub fn carries_weights(it: &Environment, listener: &Meaning) -> bool {
    services_of(it, Engine::TwoClusters).any(|service| listener.stack == format!("{}-edge", of_both(service)))
        && listener.at("/DefaultActions/0/Type") == "forward"
}

/// `shop-prod-web` of `shop-prod-web-blue`.
fn of_both(service: &Meaning) -> &str {
    service.stack.rsplit_once('-').map_or("", |(full, _)| full)
}

/// The color of a service by its stack.
fn color_of(service: &Meaning) -> &'static str {
    COLORS.into_iter().find(|color| service.stack.ends_with(&color.to_lowercase())).unwrap_or("none")
}

fn weights(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in services_of(it, Engine::TwoClusters).filter(|service| color_of(service) == "Blue") {
        let name = text(service.at("/ServiceName"));
        let edge = format!("{}-edge", of_both(service));
        let stack = it.stacks.iter().find(|stack| stack.name == edge).unwrap();
        let mut same = |what: &str, found: &Value, wanted: Value| {
            if *found != wanted {
                said.push(format!("{edge}: {what} is {found}, not {wanted}"));
            }
        };
        let resources = &stack.template["Resources"];
        let forward = |weights: [Value; 2]| {
            let [blue, green] = weights;
            json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
                {"TargetGroupArn": {"Ref": "BlueTargetGroup"}, "Weight": blue},
                {"TargetGroupArn": {"Ref": "GreenTargetGroup"}, "Weight": green},
            ]}}])
        };
        let production = &resources["ProductionListener"];
        same(
            "production",
            &production["Properties"]["DefaultActions"],
            forward([json!({"Ref": "BlueWeight"}), json!({"Ref": "GreenWeight"})]),
        );
        if asked(it, service).deploy.test_traffic.is_some() {
            same(
                "test traffic",
                &resources["TestListener"]["Properties"]["DefaultActions"],
                forward([
                    json!({"Fn::If": ["NewIsGreen", 0, 100]}),
                    json!({"Fn::If": ["NewIsGreen", 100, 0]}),
                ]),
            );
            same("what production waits for", &production["DependsOn"], json!("TestListener"));
        }
        same(
            "the output of the newest color",
            &stack.template["Outputs"]["NewColor"]["Value"],
            json!({"Ref": "NewColor"}),
        );
        for (parameter, first, lookup) in [
            ("BlueWeight", json!(100), json!({"weight_of": [name, "blue"]})),
            ("GreenWeight", json!(0), json!({"weight_of": [name, "green"]})),
            ("NewColor", json!("blue"), json!({"new_color_of": name})),
        ] {
            same(parameter, &stack.template["Parameters"][parameter]["Default"], first);
            same(parameter, &stack.entry["lookup"][parameter], lookup);
        }
    }
    said
}

fn colors(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in services_of(it, Engine::TwoClusters) {
        let (name, color) = (text(service.at("/ServiceName")), color_of(service));
        let stack = it.stacks.iter().find(|stack| stack.name == service.stack).unwrap();
        let mut same = |what: &str, found: &Value, wanted: Value| {
            if *found != wanted {
                said.push(format!("{}: {what} is {found}, not {wanted}", service.called()));
            }
        };
        let cluster = it.all("AWS::ECS::Cluster").find(|cluster| cluster.id == format!("{color}Cluster"));
        let group = it.all("AWS::ElasticLoadBalancingV2::TargetGroup").find(|group| {
            group.stack == format!("{}-edge", of_both(service)) && group.id == format!("{color}TargetGroup")
        });
        let (Some(cluster), Some(group)) = (cluster, group) else {
            same("its cluster and group", &Value::Null, json!(color));
            continue;
        };
        same("the cluster", service.at("/Cluster"), cluster.at("/ClusterName").clone());
        same("the target group", service.at("/LoadBalancers/0/TargetGroupArn"), json!(group.reference()));
        same("the second load balancer", service.at("/LoadBalancers/1"), Value::Null);
        same("the controller", service.at("/DeploymentController/Type"), json!("ECS"));
        same("the strategy", service.at("/DeploymentConfiguration/Strategy"), json!("ROLLING"));
        let breaker = "/DeploymentConfiguration/DeploymentCircuitBreaker";
        for key in ["Enable", "Rollback"] {
            same("the circuit breaker", service.at(&format!("{breaker}/{key}")), json!(true));
        }
        same(
            "the revision",
            &stack.template["Resources"]["Service"]["Properties"]["TaskDefinition"],
            json!({"Fn::If": ["RunsOwnRevision", {"Ref": "TaskDefinition"}, {"Ref": "RunningRevision"}]}),
        );
        let key = format!("{name}/{}", color.to_lowercase());
        same(
            "where the revision is read",
            &stack.entry["lookup"]["RunningRevision"],
            json!({"running_revision_of": key}),
        );
        if asked(it, service).image.uri.is_none() {
            same(
                "where the image is read",
                &stack.entry["lookup"]["ImageUri"],
                json!({"running_image_of": key}),
            );
        }
    }
    said
}

fn idle(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in services_of(it, Engine::TwoClusters) {
        let (name, color, asked) = (text(service.at("/ServiceName")), color_of(service), asked(it, service));
        let stack = it.stacks.iter().find(|stack| stack.name == service.stack).unwrap();
        let mut same = |what: &str, found: &Value, wanted: Value| {
            if *found != wanted {
                said.push(format!("{}: {what} is {found}, not {wanted}", service.called()));
            }
        };
        let count = &stack.template["Resources"]["Service"]["Properties"]["DesiredCount"];
        let unless_idle = |value: Value| json!({"Fn::If": ["IsIdle", 0, value]});
        match &asked.count {
            Count::Fixed(number) => same("DesiredCount", count, unless_idle(json!(number))),
            Count::Scaled(scaling) => {
                let wanted = json!({"Fn::If": ["StartsTasks", {"Ref": "Tasks"}, {"Ref": "AWS::NoValue"}]});
                same("DesiredCount", count, unless_idle(wanted));
                let target = it
                    .all("AWS::ApplicationAutoScaling::ScalableTarget")
                    .find(|target| target.stack == service.stack);
                let Some(target) = target else {
                    same("the scalable target", &Value::Null, json!("there"));
                    continue;
                };
                same("MinCapacity", target.at("/MinCapacity"), unless_idle(json!(scaling.range.min)));
                same("MaxCapacity", target.at("/MaxCapacity"), json!(scaling.range.max));
                let id = text(target.at("/ResourceId"));
                let cluster = format!("-{}/", color.to_lowercase());
                same("whether it scales this color", &json!(id.contains(&cluster)), json!(true));
            }
        }
        let has_first = asked.image.uri.is_some() || asked.image.bootstrap == Bootstrap::Placeholder;
        let first = if color == "Blue" && has_first { "no" } else { "yes" };
        same("Idle", &stack.template["Parameters"]["Idle"]["Default"], json!(first));
        let key = format!("{name}/{}", color.to_lowercase());
        same("where Idle is from", &stack.entry["lookup"]["Idle"], json!({"idle": key}));
        same(
            "the condition",
            &stack.template["Conditions"]["IsIdle"],
            json!({"Fn::Equals": [{"Ref": "Idle"}, "yes"]}),
        );
    }
    said
}

fn apart(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in services_of(it, Engine::TwoClusters) {
        let other = if color_of(service) == "Blue" { "Green" } else { "Blue" };
        let stack = it.stacks.iter().find(|stack| stack.name == service.stack).unwrap();
        let written = stack.template["Resources"].to_string();
        for part in [other.to_owned(), format!("-{}", other.to_lowercase())] {
            if written.contains(&part) {
                said.push(format!("{} mentions {part}", service.stack));
            }
        }
        // A watch that watches nothing would mention nothing.
        let group = format!("{}Dimension", color_of(service));
        let alarms = it.all("AWS::CloudWatch::Alarm").filter(|alarm| alarm.stack == service.stack);
        for alarm in alarms {
            let own = &stack.template["Resources"][&alarm.id];
            if !own.to_string().contains(&group) {
                said.push(format!("{} does not watch {group}", alarm.called()));
            }
        }
    }
    said
}
