use std::sync::Arc;

use super::{Canvas, Lookup, names::Color, site::Served, stack::ServiceNames, task_group::task_group};
use crate::{
    blueprint::{
        Certificate, Http, Protocol, Scheme, TestTraffic,
        engines::{Abilities, Colors, Revision, Routes},
    },
    cfn::{
        Condition, Handle, Listener, ListenerCertificate, ListenerRule, LoadBalancer, Parameter, Resource,
        SecurityGroup, SecurityGroupIngress, Shared, TargetGroup, Text, Value,
    },
};

/// What the service's stack needs of its edge.
#[derive(Debug, Clone)]
pub struct EdgeParts {
    /// `app/<name>/<id>`: the dimension of metrics.
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

/// A metric of one color: the dimensions are those of its target group behind its load balancer.
pub(super) fn metric(load_balancer: Value, target_group: Value, name: &'static str) -> Value {
    let dimension = |name: &'static str, value| Value::map([("Name", Value::from(name)), ("Value", value)]);
    Value::map([
        ("Namespace", Value::from("AWS/ApplicationELB")),
        ("MetricName", name.into()),
        (
            "Dimensions",
            Value::List(vec![
                dimension("LoadBalancer", load_balancer),
                dimension("TargetGroup", target_group),
            ]),
        ),
    ])
}

/// The port of the listener that redirects to HTTPS.
const HTTP: u16 = 80;

/// Production listens here.
pub(crate) fn production_port(http: &Http) -> u16 {
    match (http.port, &http.certificate) {
        (Some(port), _) => port.get(),
        (None, Some(_)) => 443,
        (None, None) => HTTP,
    }
}

/// Whether a listener on port 80 sends people to HTTPS.
pub(crate) fn redirects(http: &Http) -> bool {
    http.certificate.is_some() && production_port(http) == 443
}

/// The last rule of a listener, so that any other one comes before it.
const LAST: i64 = 50_000;

/// Draws the load balancer, its listeners and the target groups: two, or one where no traffic moves.
pub(super) fn edge(
    canvas: &mut Canvas,
    site: Served<'_>,
    stack: &str,
    live: Arc<ServiceNames>,
    engine: &Abilities,
) -> EdgeParts {
    let deploy = &site.service.service.deploy;
    let test = deploy.test_traffic.clone();
    let routes = engine.routes;
    let has_green = deploy.strategy.kind().has_two_versions();
    let apart = (engine.colors == Colors::Apart).then(|| weights(canvas, live.clone(), test.is_some()));
    let follows = has_green && apart.is_none() && engine.revision != Revision::Template;
    let green_is_live = follows.then(|| green_is_live(canvas, live));

    let groups = security_groups(canvas, site, test.as_ref());
    let load_balancer = load_balancer(canvas, site, &groups.load_balancer);
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
    let (default, test_default) = match routes {
        Routes::Listener => (forward.clone(), test_forward),
        Routes::Rule => (nothing_here(), nothing_here()),
    };
    let (test_listener, production) =
        listeners(canvas, site, &load_balancer, [&default, &test_default], test.as_ref(), engine);
    let rules = match routes {
        Routes::Listener => None,
        Routes::Rule => Some(rules(canvas, site, &forward, test_listener.as_ref(), &production)),
    };
    canvas.deny("AWS::ElasticLoadBalancingV2::Listener");
    if rules.is_some() {
        canvas.deny("AWS::ElasticLoadBalancingV2::ListenerRule");
    }
    canvas.deny("AWS::ElasticLoadBalancingV2::TargetGroup");
    canvas.deny("AWS::ElasticLoadBalancingV2::LoadBalancer");

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
    let production_arn =
        share("ProductionListenerArn", "Listener of production traffic".into(), production.reference());
    let test_arn = test_listener
        .as_ref()
        .map(|listener| share("TestListenerArn", "Listener of test traffic".into(), listener.reference()));
    let route_ids = match &rules {
        Some(rules) => rules.test.iter().chain([&rules.production]).map(Handle::id).collect(),
        None => test_listener.iter().chain([&production]).map(Handle::id).collect(),
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
    let full_name = share(
        "LoadBalancerDimension",
        "Load balancer, as a dimension of CloudWatch metrics".into(),
        load_balancer.attribute(LoadBalancer::LOAD_BALANCER_FULL_NAME),
    );
    let dns_name = share(
        "LoadBalancerDnsName",
        "DNS name of the load balancer, for alias records".into(),
        load_balancer.attribute(LoadBalancer::DNS_NAME),
    );
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
    let zone = canvas.id("LoadBalancerHostedZoneId");
    canvas.template.output(
        zone,
        "Hosted zone of the DNS name, for alias records",
        load_balancer.attribute(LoadBalancer::CANONICAL_HOSTED_ZONE_ID),
    );
    let http = site.http;
    let scheme = if http.certificate.is_some() { "https" } else { "http" };
    let port = match (scheme, production_port(http)) {
        ("https", 443) | ("http", 80) => String::new(),
        (_, port) => format!(":{port}"),
    };
    let url = match &http.host {
        Some(host) => Value::from(format!("{scheme}://{host}{port}")),
        None => Value::sub(
            "${scheme}://${name}${port}",
            [
                ("scheme", scheme.into()),
                ("name", load_balancer.attribute(LoadBalancer::DNS_NAME)),
                ("port", port.into()),
            ],
        ),
    };
    let name = canvas.id("Url");
    canvas.template.output(name, "Where the service answers", url);
    EdgeParts {
        load_balancer: full_name,
        dns_name,
        production: production_arn,
        test: test_arn,
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

/// What a listener answers where no rule of it does.
fn nothing_here() -> Value {
    Value::List(vec![Value::map([
        ("Type", Value::from("fixed-response")),
        (
            "FixedResponseConfig",
            Value::map([
                ("StatusCode", Value::from("503")),
                ("ContentType", "text/plain".into()),
                ("MessageBody", "no rule of this listener fits".into()),
            ]),
        ),
    ])])
}

struct Rules {
    test: Option<Handle<ListenerRule>>,
    production: Handle<ListenerRule>,
}

/// The rules that ECS moves. A rule of its own, because the ARN of a listener's default rule cannot be read from a template
/// (facts 4.3). The test rule comes first, as the test listener does.
fn rules(
    canvas: &mut Canvas,
    site: Served<'_>,
    forward: &Value,
    test: Option<&Handle<Listener>>,
    production: &Handle<Listener>,
) -> Rules {
    let two = site.service.service.deploy.strategy.kind().has_two_versions();
    let rule = |listener: &Handle<Listener>| {
        ListenerRule::new()
            .listener_arn(listener.reference())
            .priority(LAST)
            .conditions(Value::List(vec![Value::map([
                ("Field", Value::from("path-pattern")),
                ("PathPatternConfig", Value::map([("Values", Value::list(["/*"]))])),
            ])]))
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
    load_balancer: Handle<SecurityGroup>,
    tasks: Handle<SecurityGroup>,
    checks: Option<Handle<SecurityGroup>>,
}

fn rule(description: &str, port: u16, peer: (&'static str, Value)) -> Value {
    Value::map([
        ("Description", Value::from(description.to_owned())),
        ("IpProtocol", "tcp".into()),
        ("FromPort", port.into()),
        ("ToPort", port.into()),
        peer,
    ])
}

fn security_groups(canvas: &mut Canvas, site: Served<'_>, test: Option<&TestTraffic>) -> Groups {
    let service = &site.service.service;
    let http = site.http;
    let port = site.port.get();
    let vpc = canvas.template.import(&site.network.vpc);
    let tags = resource_tags(site);

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
        let test =
            service.deploy.test_traffic.as_ref().map(|test| test.port.get()).filter(|port| *port != 443);
        let test = test.map(|port| out("The test listener", port));
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

    let vpc_block = site.network.cidr.map(|block| block.to_string());
    let mut ingress = Vec::new();
    let from: Vec<String> = match (&http.from, http.scheme) {
        (Some(blocks), _) => blocks.iter().map(ToString::to_string).collect(),
        (None, Scheme::Internet) => vec!["0.0.0.0/0".into()],
        (None, Scheme::Internal) => vpc_block.clone().into_iter().collect(),
    };
    for block in &from {
        ingress.push(rule("Production traffic", production_port(http), ("CidrIp", block.into())));
    }
    if redirects(http) {
        for block in &from {
            ingress.push(rule("HTTP, which is redirected to HTTPS", HTTP, ("CidrIp", block.into())));
        }
    }
    if let Some(test) = test {
        let port = test.port.get();
        match &test.from {
            Some(blocks) => {
                for block in blocks {
                    ingress.push(rule("Test traffic", port, ("CidrIp", block.to_string().into())));
                }
            }
            None => {
                if let Some(block) = &vpc_block {
                    ingress.push(rule("Test traffic from the VPC", port, ("CidrIp", block.into())));
                }
            }
        }
        // A load balancer on the internet is reached by its public addresses, so the VPC comes from its NAT gateways.
        if http.scheme == Scheme::Internet && (test.from.is_none() || checks.is_some()) {
            for address in &site.network.nat_addresses {
                let address = canvas.template.import(address);
                let block = Value::sub("${NatAddress}/32", [("NatAddress", address)]);
                ingress.push(rule("Test traffic from the VPC's NAT gateways", port, ("CidrIp", block)));
            }
        }
        if let Some(checks) = &checks {
            let peer = ("SourceSecurityGroupId", checks.attribute(SecurityGroup::GROUP_ID));
            ingress.push(rule("Checks of a new version", port, peer));
        }
    }
    let to_tasks =
        rule("Tasks", port, ("DestinationSecurityGroupId", tasks.attribute(SecurityGroup::GROUP_ID)));
    let load_balancer = canvas.template.add(
        canvas.id("LoadBalancerSecurityGroup"),
        SecurityGroup::new()
            .group_description(format!("Load balancer of {}", site.full_name()))
            .vpc_id(vpc)
            .security_group_ingress(Value::List(ingress))
            .security_group_egress(Value::List(vec![to_tasks]))
            .tags(tags),
    );
    canvas.template.add(
        canvas.id("TaskIngress"),
        SecurityGroupIngress::new()
            .description("The load balancer")
            .group_id(tasks.attribute(SecurityGroup::GROUP_ID))
            .ip_protocol("tcp")
            .from_port(port)
            .to_port(port)
            .source_security_group_id(load_balancer.attribute(SecurityGroup::GROUP_ID)),
    );
    Groups { load_balancer, tasks, checks }
}

fn load_balancer(
    canvas: &mut Canvas,
    site: Served<'_>,
    group: &Handle<SecurityGroup>,
) -> Handle<LoadBalancer> {
    let http = site.http;
    let key = canvas.template.key();
    let (scheme, subnets) = match http.scheme {
        Scheme::Internet => ("internet-facing", site.network.public.within(key)),
        Scheme::Internal => ("internal", site.network.private.within(key)),
    };
    let attribute =
        |key: &'static str, value: Value| Value::map([("Key", Value::from(key)), ("Value", value)]);
    let yes_or_no = |value: bool| Value::from(if value { "true" } else { "false" });
    let mut attributes = vec![
        attribute("deletion_protection.enabled", yes_or_no(site.resolved.place.environment.protected)),
        attribute("idle_timeout.timeout_seconds", http.idle.seconds().to_string().into()),
        // Headers that are no headers are how requests are smuggled past a load balancer.
        attribute("routing.http.drop_invalid_header_fields.enabled", "true".into()),
        attribute("routing.http.desync_mitigation_mode", "defensive".into()),
    ];
    if http.access_logs
        && let Some(bucket) = &site.cluster.access_logs
    {
        attributes.push(attribute("access_logs.s3.enabled", "true".into()));
        attributes.push(attribute("access_logs.s3.bucket", canvas.template.import(bucket)));
        attributes.push(attribute("access_logs.s3.prefix", site.service.name.to_string().into()));
    }
    let mut resource = LoadBalancer::new()
        .kind("application")
        .scheme(scheme)
        .subnets(subnets)
        .security_groups(Value::List(vec![group.attribute(SecurityGroup::GROUP_ID)]))
        .load_balancer_attributes(Value::List(attributes))
        .tags(resource_tags(site));
    // In one template the bucket's policy must be there before ELB tries to write.
    if http.access_logs && canvas.template.resources.contains_key("AccessLogsBucketPolicy") {
        resource = resource.after("AccessLogsBucketPolicy");
    }
    if http.scheme == Scheme::Internet && canvas.template.resources.contains_key("InternetGatewayAttachment")
    {
        resource = resource.after("InternetGatewayAttachment");
    }
    canvas.template.add(canvas.id("LoadBalancer"), resource)
}

/// Blue and green are drawn by the same hand: nothing copies settings from one to the other (facts 6.2).
fn target_group(canvas: &mut Canvas, site: Served<'_>, color: &str) -> Handle<TargetGroup> {
    let http = site.http;
    let check = &http.healthcheck;
    let (version, codes) = match http.protocol {
        Protocol::Http1 => ("HTTP1", "HttpCode"),
        Protocol::Http2 => ("HTTP2", "HttpCode"),
        Protocol::Grpc => ("GRPC", "GrpcCode"),
    };
    let attribute =
        |key: &'static str, value: String| Value::map([("Key", Value::from(key)), ("Value", value.into())]);
    let vpc = canvas.template.import(&site.network.vpc);
    canvas.template.add(
        canvas.id(&format!("{color}TargetGroup")),
        TargetGroup::new()
            .target_type("ip")
            .vpc_id(vpc)
            .port(site.port.get())
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
                attribute("deregistration_delay.timeout_seconds", http.drain.seconds().to_string()),
                // A canary's weights are shares of requests only without sticky sessions (facts 6.4).
                attribute("stickiness.enabled", "false".into()),
            ]))
            .tags(resource_tags(site)),
    )
}

/// The ARN of a certificate, known or given.
fn certificate(canvas: &mut Canvas, certificate: &Certificate) -> Value {
    match certificate {
        Certificate::Arn(arn) => arn.to_string().into(),
        Certificate::Given { parameter } => canvas.lookup(
            Parameter {
                kind: "String".into(),
                description: "The ARN of a certificate in AWS Certificate Manager, in this region.".into(),
                allowed_pattern: Some(r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/.+$".into()),
                constraint_description: Some("must be the ARN of an ACM certificate".into()),
                ..Parameter::default()
            },
            Lookup::Given {
                parameter: parameter.to_string(),
                description: "the ARN of the certificate of the listeners".into(),
            },
        ),
    }
}

/// The test listener comes first: should it fail to update, CloudFormation takes back the test listener alone, and the
/// production listener is not touched at all.
fn listeners(
    canvas: &mut Canvas,
    site: Served<'_>,
    load_balancer: &Handle<LoadBalancer>,
    [default, test_default]: [&Value; 2],
    test: Option<&TestTraffic>,
    engine: &Abilities,
) -> (Option<Handle<Listener>>, Handle<Listener>) {
    let http = site.http;
    let arn = http.certificate.as_ref().map(|written| certificate(canvas, written));
    let listener = |port: u16, default: &Value| {
        let listener = Listener::new().load_balancer_arn(load_balancer.reference()).port(port);
        let listener = match &arn {
            Some(arn) => listener
                .protocol("HTTPS")
                .ssl_policy(http.tls.to_string())
                .certificates(Value::List(vec![Value::map([("CertificateArn", arn.clone())])])),
            None => listener.protocol("HTTP"),
        };
        listener.default_actions(default.clone())
    };
    if redirects(http) {
        canvas.template.add(
            canvas.id("RedirectListener"),
            Listener::new()
                .load_balancer_arn(load_balancer.reference())
                .port(HTTP)
                .protocol("HTTP")
                .default_actions(Value::List(vec![Value::map([
                    ("Type", Value::from("redirect")),
                    (
                        "RedirectConfig",
                        Value::map([
                            ("Protocol", Value::from("HTTPS")),
                            ("Port", "443".into()),
                            ("StatusCode", "HTTP_301".into()),
                        ]),
                    ),
                ])])),
        );
    }
    let (test_note, production_note) = match engine.routes {
        Routes::Listener if engine.colors == Colors::Apart => (
            "On the live color; a release points it at the new one before production traffic moves.",
            "release.sh moves these weights, one update for each step. Any other update passes those that the listener has.",
        ),
        Routes::Listener if engine.revision == Revision::Template => (
            "Written as it was created; the transform says in its place where test traffic goes.",
            "Written as it was created, on blue for ever: the transform says in its place which color is live.",
        ),
        Routes::Listener => (
            "Starts on the live color, as CodeDeploy asks; a deployment points it at the new version.",
            "CodeDeploy moves these weights. LiveColor keeps an update of this listener from moving them back.",
        ),
        Routes::Rule => {
            ("Its rule sends test traffic to the tasks.", "Its rule sends production traffic to the tasks.")
        }
    };
    let test = test.map(|test| {
        canvas
            .template
            .add(canvas.id("TestListener"), listener(test.port.get(), test_default).because(test_note))
    });
    let mut production = listener(production_port(http), default).because(production_note);
    if let Some(test) = &test {
        production = production.after(test.id());
    }
    let production = canvas.template.add(canvas.id("ProductionListener"), production);
    let more: Vec<(String, Certificate)> =
        http.more_certificates.iter().map(|(name, written)| (name.to_string(), written.clone())).collect();
    for (name, written) in more {
        let arn = certificate(canvas, &written);
        canvas.template.add(
            canvas.id(&format!("Certificate{}", super::names::pascal(&name))),
            ListenerCertificate::new()
                .listener_arn(production.reference())
                .certificates(Value::List(vec![Value::map([("CertificateArn", arn)])])),
        );
    }
    (test, production)
}

/// Tags on each resource, where the stack carries none so that its listeners do not (design, invariant 1).
fn resource_tags(site: Served<'_>) -> Option<Value> {
    let tags = super::tags(site.resolved, Some(&site.service.name));
    Some(Value::List(
        tags.into_iter()
            .map(|(key, value)| Value::map([("Key", Value::from(key)), ("Value", value.into())]))
            .collect(),
    ))
}
