use std::sync::Arc;

use super::{
    Canvas, Lookup,
    balancer::{self, BalancerParts, Notes, nothing_here, rule},
    names::Color,
    site::{Front, Served},
    stack::ServiceNames,
    task_group::task_group,
};
use crate::{
    blueprint::{
        Forwards, Http, Protocol, Tcp, TcpHealthCheck,
        engines::{Abilities, Colors, Revision, Routes},
    },
    cfn::{
        Condition, Handle, Listener, ListenerRule, LoadBalancer, Parameter, Resource, SecurityGroup,
        SecurityGroupEgress, SecurityGroupIngress, Shared, TargetGroup, Text, Value,
    },
};

/// What the service's stack needs of its edge.
#[derive(Debug, Clone)]
pub struct EdgeParts {
    /// What the load balancer forwards.
    pub forwards: Forwards,
    /// `app/<name>/<id>` or `net/<name>/<id>`: the dimension of metrics.
    pub load_balancer: Shared,
    /// The DNS name.
    pub dns_name: Shared,
    /// The listener of production traffic.
    pub production: Shared,
    /// The listener of test traffic.
    pub test: Option<Shared>,
    /// The rules that send traffic to the target groups, where it is not the listeners themselves.
    pub rules: Option<RuleParts>,
    /// The blue target group.
    pub blue: TargetGroupParts,
    /// The green target group, where two versions run side by side.
    pub green: Option<TargetGroupParts>,
    /// The security group of tasks.
    pub tasks: Shared,
    /// The security group of the function that runs checks, where there are checks.
    pub checks: Option<Shared>,
    /// Logical ids of what sends traffic to the target groups, for a service in the same template to wait for.
    pub route_ids: Vec<Text>,
    /// Where it is drawn.
    pub home: crate::cfn::TemplateKey,
    /// The only color that counts, where each has a service of its own.
    pub only: Option<Color>,
}

/// The rules of the listeners.
#[derive(Debug, Clone)]
pub struct RuleParts {
    /// The rule of production traffic.
    pub production: Shared,
    /// The rule of test traffic.
    pub test: Option<Shared>,
}

impl EdgeParts {
    /// The target groups that count, each with its color.
    pub fn colors(&self) -> impl Iterator<Item = (&'static str, &TargetGroupParts)> {
        let all = [(Color::Blue, Some(&self.blue)), (Color::Green, self.green.as_ref())];
        all.into_iter()
            .filter(|(color, _)| self.only.is_none_or(|only| only == *color))
            .filter_map(|(color, group)| Some((color.word(), group?)))
    }

    /// The target group of the first tasks.
    pub fn first(&self) -> &TargetGroupParts {
        match (self.only, &self.green) {
            (Some(Color::Green), Some(green)) => green,
            _ => &self.blue,
        }
    }

    /// What ECS moves, of production and of test traffic: rules of an Application Load Balancer, listeners of a Network Load
    /// Balancer (facts 4.3). Nothing where an engine moves the listeners of an Application Load Balancer.
    pub fn moved_by_ecs(&self) -> Option<(&Shared, Option<&Shared>)> {
        match (&self.rules, self.forwards) {
            (Some(rules), _) => Some((&rules.production, rules.test.as_ref())),
            (None, Forwards::Connections) => Some((&self.production, self.test.as_ref())),
            (None, Forwards::Requests) => None,
        }
    }

    /// Whether one target group alone counts.
    pub fn is_alone(&self) -> bool {
        self.colors().count() == 1
    }

    /// The same for the service of one color.
    pub fn of(&self, color: Color) -> Self {
        Self { only: Some(color), ..self.clone() }
    }
}

/// One color.
#[derive(Debug, Clone)]
pub struct TargetGroupParts {
    /// Its ARN.
    pub arn: Shared,
    /// Its name: what CodeDeploy asks for.
    pub name: Shared,
    /// `targetgroup/<name>/<id>`: the dimension of metrics.
    pub full_name: Shared,
}

/// Where a load balancer's metrics are.
pub(super) fn namespace(forwards: Forwards) -> &'static str {
    match forwards {
        Forwards::Requests => "AWS/ApplicationELB",
        Forwards::Connections => "AWS/NetworkELB",
    }
}

impl EdgeParts {
    /// A metric of one color: the dimensions are those of its target group behind its load balancer. Without a target group, a
    /// metric of the whole load balancer.
    pub(super) fn metric(
        &self,
        load_balancer: Value,
        target_group: Option<Value>,
        name: &'static str,
    ) -> Value {
        let dimension =
            |name: &'static str, value| Value::map([("Name", Value::from(name)), ("Value", value)]);
        let group = target_group.map(|group| dimension("TargetGroup", group));
        Value::map([
            ("Namespace", Value::from(namespace(self.forwards))),
            ("MetricName", name.into()),
            (
                "Dimensions",
                Value::List([dimension("LoadBalancer", load_balancer)].into_iter().chain(group).collect()),
            ),
        ])
    }
}

/// The last rule of a listener, so that any other one comes before it.
const LAST: u16 = 50_000;

/// Where a service's traffic comes from.
struct Entrance {
    load_balancer: Shared,
    dns_name: Shared,
    production: Shared,
    test: Option<Shared>,
}

/// The load balancer that is drawn in the service's own stack.
struct Own {
    load_balancer: Handle<LoadBalancer>,
    test: Option<Handle<Listener>>,
    production: Handle<Listener>,
}

/// Draws the target groups, two, or one where no traffic moves, and what sends traffic to them: rules on the listeners of a load
/// balancer that is shared, or a load balancer of its own with its listeners.
pub(super) fn edge(
    canvas: &mut Canvas,
    site: Served<'_>,
    stack: &str,
    live: Arc<ServiceNames>,
    engine: &Abilities,
    shared: Option<&BalancerParts>,
) -> EdgeParts {
    let deploy = &site.service.service.deploy;
    // A Network Load Balancer has no rules: its listeners are what moves.
    let routes = match site.balancer.forwards {
        Forwards::Requests => engine.routes,
        Forwards::Connections => Routes::Listener,
    };
    let has_green = deploy.strategy.kind().has_two_versions();
    let has_test = site.balancer.test_traffic.is_some();
    let apart = (engine.colors == Colors::Apart).then(|| weights(canvas, live.clone(), has_test));
    let follows = has_green && apart.is_none() && engine.revision != Revision::Template;
    let green_is_live = follows.then(|| green_is_live(canvas, live));

    let groups = security_groups(canvas, site, shared);
    let load_balancer =
        groups.load_balancer.as_ref().map(|group| balancer::load_balancer(canvas, site.ground(), group));
    let blue = target_group(canvas, site, "Blue");
    let green = has_green.then(|| target_group(canvas, site, "Green"));

    // One color or the other: all of the traffic on green where the condition holds, else on blue.
    let one_of = |is_green: &Text, green: &Handle<TargetGroup>| {
        forwarding(vec![
            weighted(&blue, Value::when(is_green.clone(), 0, 100)),
            weighted(green, Value::when(is_green.clone(), 100, 0)),
        ])
    };
    let (forward, test_forward) = match (&apart, &green_is_live, &green) {
        (Some(apart), _, Some(green)) => (
            forwarding(vec![weighted(&blue, apart.blue.clone()), weighted(green, apart.green.clone())]),
            one_of(&apart.new_is_green, green),
        ),
        (None, Some(green_is_live), Some(green)) => {
            let both = one_of(green_is_live, green);
            (both.clone(), both)
        }
        // One group where the engine's hook reads the listeners: that is the shape it is documented with (facts 5.1).
        _ => {
            let alone = forwarding(vec![weighted(&blue, 100.into())]);
            (alone.clone(), alone)
        }
    };
    let own = load_balancer.map(|load_balancer| {
        let notes = match routes {
            Routes::Listener if site.balancer.forwards == Forwards::Connections => {
                if has_green {
                    CONNECTIONS_MOVE
                } else {
                    CONNECTIONS_STAY
                }
            }
            Routes::Listener if engine.colors == Colors::Apart => RELEASES_MOVE,
            Routes::Listener if engine.revision == Revision::Template => TEMPLATE_MOVES,
            Routes::Listener => LISTENERS_MOVE,
            Routes::Rule => RULES_MOVE,
        };
        let (default, test_default) = match routes {
            Routes::Listener => (forward.clone(), test_forward),
            Routes::Rule => {
                let nothing = nothing_here("503", "no rule of this listener fits");
                (nothing.clone(), nothing)
            }
        };
        let defaults = [&default, &test_default];
        let (test, production) = balancer::listeners(canvas, site.ground(), &load_balancer, defaults, notes);
        Own { load_balancer, test, production }
    });
    let rules = match (site.front, routes, shared, &own) {
        (Front::Http(http), Routes::Rule, Some(shared), _) => {
            let test = deploy.test_traffic.as_ref().and(shared.test.as_ref());
            let test = test.map(|test| canvas.template.import(test));
            let production = canvas.template.import(&shared.production);
            Some(rules(canvas, site, http, &forward, test, production))
        }
        (Front::Http(http), Routes::Rule, None, Some(own)) => {
            let test = own.test.as_ref().map(Handle::reference);
            Some(rules(canvas, site, http, &forward, test, own.production.reference()))
        }
        _ => None,
    };
    if own.is_some() {
        canvas.deny("AWS::ElasticLoadBalancingV2::Listener");
    }
    if rules.is_some() {
        canvas.deny("AWS::ElasticLoadBalancingV2::ListenerRule");
    }
    canvas.deny("AWS::ElasticLoadBalancingV2::TargetGroup");
    if own.is_some() {
        canvas.deny("AWS::ElasticLoadBalancingV2::LoadBalancer");
    }

    let names = site.names();
    let mut share = |name: &str, description: String, value: Value| {
        let name = canvas.id(name);
        let export = names.export(stack, &name);
        canvas.template.share(name, description, export, value)
    };
    let mut color = |name: &str, group: &Handle<TargetGroup>| TargetGroupParts {
        arn: share(&format!("{name}TargetGroupArn"), format!("{name} target group"), group.reference()),
        name: share(
            &format!("{name}TargetGroupName"),
            format!("{name} target group, as CodeDeploy knows it"),
            group.attribute(TargetGroup::TARGET_GROUP_NAME),
        ),
        full_name: share(
            &format!("{name}Dimension"),
            format!("{name} target group, as a dimension of CloudWatch metrics"),
            group.attribute(TargetGroup::TARGET_GROUP_FULL_NAME),
        ),
    };
    let (blue, green) = (color("Blue", &blue), green.map(|green| color("Green", &green)));
    let listeners = own.as_ref().map(|own| {
        let production = share(
            "ProductionListenerArn",
            "Listener of production traffic".into(),
            own.production.reference(),
        );
        let test = own.test.as_ref().map(|listener| {
            share("TestListenerArn", "Listener of test traffic".into(), listener.reference())
        });
        (production, test)
    });
    let route_ids = match (&rules, &own) {
        (Some(rules), _) => rules.test.iter().chain([&rules.production]).map(Handle::id).collect(),
        (None, Some(own)) => own.test.iter().chain([&own.production]).map(Handle::id).collect(),
        (None, None) => Vec::new(),
    };
    let rules = rules.map(|rules| RuleParts {
        production: share(
            "ProductionRuleArn",
            "Rule that sends production traffic".into(),
            rules.production.reference(),
        ),
        test: rules
            .test
            .as_ref()
            .map(|rule| share("TestRuleArn", "Rule that sends test traffic".into(), rule.reference())),
    });
    let mut entrance = None;
    if let (Some(own), Some((production, test))) = (&own, listeners) {
        let load_balancer = share(
            "LoadBalancerDimension",
            "Load balancer, as a dimension of CloudWatch metrics".into(),
            own.load_balancer.attribute(LoadBalancer::LOAD_BALANCER_FULL_NAME),
        );
        let dns_name = share(
            "LoadBalancerDnsName",
            "DNS name of the load balancer, for alias records".into(),
            own.load_balancer.attribute(LoadBalancer::DNS_NAME),
        );
        entrance = Some(Entrance { load_balancer, dns_name, production, test });
    }
    let tasks = share(
        "TaskSecurityGroupId",
        "Security group of tasks".into(),
        groups.tasks.attribute(SecurityGroup::GROUP_ID),
    );
    let checks = groups.checks.as_ref().map(|group| {
        share(
            "CheckSecurityGroupId",
            "Security group of the checks".into(),
            group.attribute(SecurityGroup::GROUP_ID),
        )
    });
    if let Some(own) = &own {
        balancer::hosted_zone(canvas, &own.load_balancer);
    }
    let entrance = entrance.or_else(|| shared.map(behind));
    let entrance =
        entrance.expect("a service stands behind its own load balancer or behind one that is shared");
    url(canvas, site, &entrance);
    EdgeParts {
        forwards: site.balancer.forwards,
        load_balancer: entrance.load_balancer,
        dns_name: entrance.dns_name,
        production: entrance.production,
        test: entrance.test.filter(|_| deploy.test_traffic.is_some()),
        rules,
        blue,
        green,
        tasks,
        checks,
        route_ids,
        home: canvas.template.key(),
        only: None,
    }
}

fn forwarding(groups: Vec<Value>) -> Value {
    Value::List(vec![Value::map([
        ("Type", Value::from("forward")),
        ("ForwardConfig", Value::map([("TargetGroups", Value::List(groups))])),
    ])])
}

/// What a release says of the listeners, where it is the stack that moves traffic.
struct Weights {
    blue: Value,
    green: Value,
    /// The condition that the newest version is green.
    new_is_green: Text,
}

/// The parameters for weights and for the color of the newest version.
fn weights(canvas: &mut Canvas, live: Arc<ServiceNames>, has_test: bool) -> Weights {
    let mut weight = |color: Color, first: i64| {
        let name = canvas.id(&format!("{}Weight", color.title()));
        canvas.lookup(
            Parameter {
                kind: "Number".into(),
                description: format!("The part of production traffic that goes to {}, in percent: 0 to 100. deploy.sh passes what the listener has; only release.sh passes another.", color.word()).into(),
                default: Some(first.into()),
                ..Parameter::default()
            },
            Lookup::Weight { parameter: name.to_string(), service: live.clone(), color },
        )
    };
    let (blue, green) = (weight(Color::Blue, 100), weight(Color::Green, 0));
    let name = canvas.id("NewColor");
    let color = canvas.lookup(
        Parameter {
            kind: "String".into(),
            description: "The color of the newest version, where test traffic goes: the live one, or the one that a release is moving traffic to. deploy.sh passes what is so; only release.sh passes another.".into(),
            default: Some("blue".into()),
            allowed_values: vec!["blue".into(), "green".into()],
            ..Parameter::default()
        },
        Lookup::NewColor { parameter: name.to_string(), service: live },
    );
    // Without a test listener nothing else would hold it, and an update that changes nothing is none.
    canvas.template.output(name, "The color of the newest version", color.clone());
    let new_is_green = canvas.id("NewIsGreen");
    if has_test {
        canvas.template.condition(new_is_green.clone(), Condition::Equals(color, "green".into()));
    }
    Weights { blue, green, new_is_green }
}

/// The entrance by a load balancer that is shared.
fn behind(shared: &BalancerParts) -> Entrance {
    Entrance {
        load_balancer: shared.dimension.clone(),
        dns_name: shared.dns_name.clone(),
        production: shared.production.clone(),
        test: shared.test.clone(),
    }
}

fn url(canvas: &mut Canvas, site: Served<'_>, entrance: &Entrance) {
    let balancer = site.balancer;
    let Front::Http(http) = site.front else {
        let scheme = if balancer.certificate.is_some() { "tls" } else { "tcp" };
        let url = Value::sub(
            "${scheme}://${name}:${port}",
            [
                ("scheme", scheme.into()),
                ("name", canvas.template.import(&entrance.dns_name)),
                ("port", balancer.production_port().into()),
            ],
        );
        let name = canvas.id("Url");
        canvas.template.output(name, "Where the service answers", url);
        return;
    };
    let scheme = if balancer.is_https() { "https" } else { "http" };
    let port = match (scheme, balancer.production_port()) {
        ("https", 443) | ("http", 80) => String::new(),
        (_, port) => format!(":{port}"),
    };
    // The beginning that all requests of the first pattern have.
    let path = http.paths.as_ref().filter(|_| http.load_balancer.is_some()).and_then(|paths| paths.first());
    let path = path.and_then(|path| path.as_str().split(['*', '?']).next()).unwrap_or_default();
    let url = match &http.host {
        Some(host) if !host.as_str().starts_with('*') => {
            Value::from(format!("{scheme}://{host}{port}{path}"))
        }
        _ => Value::sub(
            "${scheme}://${name}${port}",
            [
                ("scheme", scheme.into()),
                ("name", canvas.template.import(&entrance.dns_name)),
                ("port", format!("{port}{path}").into()),
            ],
        ),
    };
    let name = canvas.id("Url");
    canvas.template.output(name, "Where the service answers", url);
}

/// What is said of listeners that CodeDeploy moves.
const LISTENERS_MOVE: Notes = Notes {
    test: "Starts on the live color, as CodeDeploy asks; a deployment points it at the new version.",
    production: "CodeDeploy moves these weights. LiveColor keeps an update of this listener from moving them back.",
};
/// What is said of listeners whose weights are parameters of their stack.
const RELEASES_MOVE: Notes = Notes {
    test: "On the live color; a release points it at the new one before production traffic moves.",
    production: "release.sh moves these weights, one update for each step. Any other update passes those that the listener has.",
};
/// What is said of listeners in whose place a transform says where traffic goes.
const TEMPLATE_MOVES: Notes = Notes {
    test: "Written as it was created; the transform says in its place where test traffic goes.",
    production: "Written as it was created, on blue for ever: the transform says in its place which color is live.",
};
/// What is said of listeners that ECS moves.
const CONNECTIONS_MOVE: Notes = Notes {
    test: "Starts on the live color; a deployment points it at the new version, and back at its end.",
    production: "ECS moves these weights. LiveColor keeps an update of this listener from moving them back.",
};
/// What is said of listeners that nothing moves.
const CONNECTIONS_STAY: Notes = Notes {
    test: "A rolling update moves no traffic.",
    production: "A rolling update moves no traffic: it replaces the tasks behind this listener.",
};
/// What is said of listeners whose rules move.
const RULES_MOVE: Notes = Notes {
    test: "Its rule sends test traffic to the tasks.",
    production: "Its rule sends production traffic to the tasks.",
};

/// The parameter for the color that production is on, and the condition that it is green.
fn green_is_live(canvas: &mut Canvas, live: Arc<ServiceNames>) -> Text {
    let live_color = canvas.id("LiveColor");
    canvas.lookup(
        Parameter {
            kind: "String".into(),
            description: "The color that production traffic is on at this moment. deploy.sh reads it from the load balancer, so that an update of a listener says what is true already.".into(),
            default: Some("blue".into()),
            allowed_values: vec!["blue".into(), "green".into()],
            ..Parameter::default()
        },
        Lookup::LiveColor { parameter: live_color.to_string(), service: live },
    );
    let green_is_live = canvas.id("GreenIsLive");
    let color = Value::Call(Box::new(crate::cfn::Call::Ref(live_color)));
    canvas.template.condition(green_is_live, Condition::Equals(color, "green".into()))
}

struct Rules {
    test: Option<Handle<ListenerRule>>,
    production: Handle<ListenerRule>,
}

/// What tells the requests of a service from those of others on the same listener, and where the rule stands among theirs.
fn told_by(site: Served<'_>, http: &Http) -> (u16, Vec<Value>) {
    let condition = |field: &'static str, config: &'static str, values: Vec<String>| {
        let values = Value::List(values.into_iter().map(Value::from).collect());
        Value::map([("Field", Value::from(field)), (config, Value::map([("Values", values)]))])
    };
    let every_path = || condition("path-pattern", "PathPatternConfig", vec!["/*".into()]);
    if http.load_balancer.is_none() {
        return (LAST, vec![every_path()]);
    }
    let mut conditions = Vec::new();
    if let Some(host) = &http.host {
        conditions.push(condition("host-header", "HostHeaderConfig", vec![host.to_string()]));
    }
    if let Some(paths) = &http.paths {
        let paths = paths.iter().map(ToString::to_string).collect();
        conditions.push(condition("path-pattern", "PathPatternConfig", paths));
    }
    if conditions.is_empty() {
        conditions.push(every_path());
    }
    (site.service.priority(), conditions)
}

/// The rules that ECS moves. A rule of its own, because the ARN of a listener's default rule cannot be read from a template
/// (facts 4.3). The test rule comes first, as the test listener does.
fn rules(
    canvas: &mut Canvas,
    site: Served<'_>,
    http: &Http,
    forward: &Value,
    test: Option<Value>,
    production: Value,
) -> Rules {
    let two = site.service.service.deploy.strategy.kind().has_two_versions();
    let (priority, conditions) = told_by(site, http);
    let rule = |listener: Value| {
        ListenerRule::new()
            .listener_arn(listener)
            .priority(priority)
            .conditions(Value::List(conditions.clone()))
            .actions(forward.clone())
    };
    let test = test.map(|listener| {
        canvas.template.add(
            canvas.id("TestRule"),
            rule(listener).because(
                "Starts on the live color; a deployment points it at the new version, and back at its end.",
            ),
        )
    });
    let mut production = rule(production).because(if two {
        "ECS moves these weights. LiveColor keeps an update of this rule from moving them back."
    } else {
        "A rolling update moves no traffic: it replaces the tasks behind this rule."
    });
    if let Some(test) = &test {
        production = production.after(test.id());
    }
    let production = canvas.template.add(canvas.id("ProductionRule"), production);
    Rules { test, production }
}

fn weighted(group: &Handle<TargetGroup>, weight: Value) -> Value {
    Value::map([("TargetGroupArn", group.reference()), ("Weight", weight)])
}

struct Groups {
    /// Of the load balancer, where the service has one for itself.
    load_balancer: Option<Handle<SecurityGroup>>,
    tasks: Handle<SecurityGroup>,
    checks: Option<Handle<SecurityGroup>>,
}

fn security_groups(canvas: &mut Canvas, site: Served<'_>, shared: Option<&BalancerParts>) -> Groups {
    let service = &site.service.service;
    let port = site.port.get();
    let vpc = canvas.template.import(&site.network.vpc);
    let tags = balancer::resource_tags(site.ground());
    let test_port = site.balancer.test_traffic.as_ref().map(|test| test.port.get());

    let tasks = task_group(canvas, *site, tags.clone());
    let checks = (!service.deploy.checks.is_empty()).then(|| {
        // Both are reached by names whose addresses change: a load balancer on the internet by its public ones.
        let out = |description: &str, port: u16| {
            Value::map([
                ("Description", Value::from(description.to_owned())),
                ("IpProtocol", "tcp".into()),
                ("FromPort", port.into()),
                ("ToPort", port.into()),
                ("CidrIp", "0.0.0.0/0".into()),
            ])
        };
        let test = test_port.filter(|port| *port != 443).map(|port| out("The test listener", port));
        let apis = out(
            if test.is_some() { "The APIs of AWS" } else { "The test listener and the APIs of AWS" },
            443,
        );
        canvas.template.add(
            canvas.id("CheckSecurityGroup"),
            SecurityGroup::new()
                .group_description(format!("Checks of {}", site.full_name()))
                .vpc_id(vpc.clone())
                .security_group_egress(Value::List(test.into_iter().chain([apis]).collect()))
                .tags(tags.clone()),
        )
    });

    let mut own = None;
    let group = if let Some(shared) = shared {
        let group = canvas.template.import(&shared.group);
        canvas.template.add(
            canvas.id("LoadBalancerEgress"),
            SecurityGroupEgress::new()
                .description(format!("Tasks of {}", site.full_name()))
                .group_id(group.clone())
                .ip_protocol("tcp")
                .from_port(port)
                .to_port(port)
                .destination_security_group_id(tasks.attribute(SecurityGroup::GROUP_ID)),
        );
        if let (Some(checks), Some(test)) = (&checks, test_port) {
            canvas.template.add(
                canvas.id("CheckIngress"),
                SecurityGroupIngress::new()
                    .description(format!("Checks of a new version of {}", site.full_name()))
                    .group_id(group.clone())
                    .ip_protocol("tcp")
                    .from_port(test)
                    .to_port(test)
                    .source_security_group_id(checks.attribute(SecurityGroup::GROUP_ID)),
            );
        }
        group
    } else {
        let mut ingress = balancer::ingress(canvas, site.ground(), checks.is_some());
        if let (Some(checks), Some(test)) = (&checks, test_port) {
            let peer = ("SourceSecurityGroupId", checks.attribute(SecurityGroup::GROUP_ID));
            ingress.push(rule("Checks of a new version", test, peer));
        }
        let to_tasks =
            rule("Tasks", port, ("DestinationSecurityGroupId", tasks.attribute(SecurityGroup::GROUP_ID)));
        let group = canvas.template.add(
            canvas.id("LoadBalancerSecurityGroup"),
            SecurityGroup::new()
                .group_description(format!("Load balancer of {}", site.full_name()))
                .vpc_id(vpc)
                .security_group_ingress(Value::List(ingress))
                .security_group_egress(Value::List(vec![to_tasks]))
                .tags(tags),
        );
        own.insert(group).attribute(SecurityGroup::GROUP_ID)
    };
    canvas.template.add(
        canvas.id("TaskIngress"),
        SecurityGroupIngress::new()
            .description("The load balancer")
            .group_id(tasks.attribute(SecurityGroup::GROUP_ID))
            .ip_protocol("tcp")
            .from_port(port)
            .to_port(port)
            .source_security_group_id(group),
    );
    Groups { load_balancer: own, tasks, checks }
}

fn target_group_attribute(key: &'static str, value: String) -> Value {
    Value::map([("Key", Value::from(key)), ("Value", value.into())])
}

/// Blue and green are drawn by the same hand: nothing copies settings from one to the other (facts 6.2).
fn target_group(canvas: &mut Canvas, site: Served<'_>, color: &str) -> Handle<TargetGroup> {
    let vpc = canvas.template.import(&site.network.vpc);
    let group = TargetGroup::new().target_type("ip").vpc_id(vpc).port(site.port.get());
    let group = match site.front {
        Front::Http(http) => for_requests(group, http),
        Front::Tcp(tcp) => for_connections(group, tcp),
    };
    let tags = balancer::resource_tags(site.ground());
    canvas.template.add(canvas.id(&format!("{color}TargetGroup")), group.tags(tags))
}

fn for_requests(group: TargetGroup, http: &Http) -> TargetGroup {
    let check = &http.healthcheck;
    let (version, codes) = match http.protocol {
        Protocol::Http1 => ("HTTP1", "HttpCode"),
        Protocol::Http2 => ("HTTP2", "HttpCode"),
        Protocol::Grpc => ("GRPC", "GrpcCode"),
    };
    group
        .protocol("HTTP")
        .protocol_version(version)
        .health_check_protocol("HTTP")
        .health_check_port("traffic-port")
        .health_check_path(check.path.to_string())
        .health_check_interval_seconds(check.interval.seconds())
        .health_check_timeout_seconds(check.timeout.seconds())
        .healthy_threshold_count(check.healthy)
        .unhealthy_threshold_count(check.unhealthy)
        .matcher(Value::map([(codes, Value::from(check.codes.clone()))]))
        .target_group_attributes(Value::List(vec![
            target_group_attribute("deregistration_delay.timeout_seconds", http.drain.seconds().to_string()),
            // A canary's weights are shares of requests only without sticky sessions (facts 6.4).
            target_group_attribute("stickiness.enabled", "false".into()),
        ]))
}

fn for_connections(group: TargetGroup, tcp: &Tcp) -> TargetGroup {
    let check = &tcp.healthcheck;
    let (from, to) = TcpHealthCheck::GOOD;
    let (protocol, path, good) = match &check.path {
        Some(path) => (
            "HTTP",
            Some(Value::from(path.to_string())),
            Some(Value::map([("HttpCode", Value::from(format!("{from}-{to}")))])),
        ),
        None => ("TCP", None, None),
    };
    group
        .protocol("TCP")
        .health_check_protocol(protocol)
        .health_check_port("traffic-port")
        .health_check_path(path)
        .health_check_interval_seconds(check.interval.seconds())
        .health_check_timeout_seconds(check.timeout.seconds())
        .healthy_threshold_count(check.healthy)
        .unhealthy_threshold_count(check.unhealthy)
        .matcher(good)
        .target_group_attributes(Value::List(vec![
            target_group_attribute("deregistration_delay.timeout_seconds", tcp.drain.seconds().to_string()),
            target_group_attribute("preserve_client_ip.enabled", tcp.preserve_client_ip.to_string()),
            // A canary's weights are shares of connections only without sticky clients.
            target_group_attribute("stickiness.enabled", "false".into()),
        ]))
}
