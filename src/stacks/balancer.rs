use super::{Canvas, ClusterParts, Lookup, Names, NetworkParts, names::pascal};
use crate::{
    blueprint::{
        Certificate, ExistingListener, ExistingLoadBalancer, Forwards, LoadBalancer as Balancer, Scheme,
        units::{LoadBalancerName, ServiceName},
    },
    cfn::{
        Handle, Listener, ListenerCertificate, LoadBalancer, Parameter, Resource, SecurityGroup, Shared,
        Value,
    },
    resolve::{Front, Resolved},
};

/// What services need of a load balancer that they share.
#[derive(Debug, Clone)]
pub(super) struct BalancerParts {
    /// Its stack, unless it was there already.
    pub stack: Option<String>,
    /// `app/<name>/<id>`: the dimension of metrics.
    pub dimension: Shared,
    /// The DNS name.
    pub dns_name: Shared,
    /// The listener of production traffic.
    pub production: Shared,
    /// The listener of test traffic.
    pub test: Option<Shared>,
    /// Its security group.
    pub group: Shared,
}

/// The port of the listener that redirects to HTTPS.
const HTTP: u16 = 80;

/// A load balancer to draw, and what it stands on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'r> {
    /// The application in the environment.
    pub resolved: &'r Resolved,
    /// The network.
    pub network: &'r NetworkParts,
    /// The cluster.
    pub cluster: &'r ClusterParts,
    /// The load balancer.
    pub balancer: &'r Balancer,
    /// What its objects in the bucket of logs begin with.
    pub log_prefix: &'r str,
    /// Its service, where it has one alone.
    pub service: Option<&'r ServiceName>,
}

/// Draws a load balancer that services share: everything that is not one service's.
///
/// Nothing of it moves in a release. Its listeners answer that nothing is there; what leads to a service are the rules of that
/// service, in its own stack.
pub(super) fn shared(
    canvas: &mut Canvas,
    resolved: &Resolved,
    network: &NetworkParts,
    cluster: &ClusterParts,
    front: &Front<'_>,
    name: &LoadBalancerName,
    stack: String,
) -> BalancerParts {
    let names = Names::new(resolved);
    let balancer = front.balancer;
    let ground = Ground { resolved, network, cluster, balancer, log_prefix: name.as_str(), service: None };
    let vpc = canvas.template.import(&network.vpc);
    let is_checked = front.services.iter().any(|service| !service.service.deploy.checks.is_empty());
    let ingress = ingress(canvas, ground, is_checked);
    let group = canvas.template.add(
        canvas.id("LoadBalancerSecurityGroup"),
        SecurityGroup::new()
            .group_description(format!("Load balancer {name} of {}", names.base()))
            .vpc_id(vpc)
            .security_group_ingress(Value::List(ingress))
            // A group without any rule may reach everything. Every service adds one that leads to its tasks.
            .security_group_egress(Value::List(vec![Value::map([
                ("Description", Value::from("Nothing by itself: each service lets it reach its tasks")),
                ("IpProtocol", "icmp".into()),
                ("FromPort", 252.into()),
                ("ToPort", 86.into()),
                ("CidrIp", "255.255.255.255/32".into()),
            ])]))
            .tags(resource_tags(ground)),
    );
    let load_balancer = load_balancer(canvas, ground, &group);
    let default = nothing_here("404", "nothing is here");
    let notes = Notes {
        test: "What is tested is told by the rules of the services.",
        production: "Where requests go is told by the rules of the services.",
    };
    let (test, production) = listeners(canvas, ground, &load_balancer, [&default, &default], notes);
    canvas.deny("AWS::ElasticLoadBalancingV2::Listener");
    canvas.deny("AWS::ElasticLoadBalancingV2::LoadBalancer");

    let mut share = |name: &str, description: &str, value: Value| {
        let name = canvas.id(name);
        let export = names.export(&stack, &name);
        canvas.template.share(name, description.to_owned(), export, value)
    };
    let parts = BalancerParts {
        dimension: share(
            "LoadBalancerDimension",
            "Load balancer, as a dimension of CloudWatch metrics",
            load_balancer.attribute(LoadBalancer::LOAD_BALANCER_FULL_NAME),
        ),
        dns_name: share(
            "LoadBalancerDnsName",
            "DNS name of the load balancer, for alias records",
            load_balancer.attribute(LoadBalancer::DNS_NAME),
        ),
        production: share("ProductionListenerArn", "Listener of production traffic", production.reference()),
        test: test.map(|test| share("TestListenerArn", "Listener of test traffic", test.reference())),
        group: share(
            "LoadBalancerSecurityGroupId",
            "Security group of the load balancer",
            group.attribute(SecurityGroup::GROUP_ID),
        ),
        stack: Some(stack.clone()),
    };
    hosted_zone(canvas, &load_balancer);
    parts
}

/// The load balancer that is there already. Nothing is drawn.
pub(super) fn existing(there: &ExistingLoadBalancer) -> BalancerParts {
    let listener = |known: &ExistingListener| Shared::fixed(known.listener.to_string());
    BalancerParts {
        stack: None,
        dimension: Shared::fixed(there.production.load_balancer().to_owned()),
        dns_name: Shared::fixed(there.dns_name.to_string()),
        production: listener(&there.production),
        test: there.test.as_ref().map(listener),
        group: Shared::fixed(there.security_group.clone()),
    }
}

/// The output for alias records.
pub(super) fn hosted_zone(canvas: &mut Canvas, load_balancer: &Handle<LoadBalancer>) {
    let zone = canvas.id("LoadBalancerHostedZoneId");
    canvas.template.output(
        zone,
        "Hosted zone of the DNS name, for alias records",
        load_balancer.attribute(LoadBalancer::CANONICAL_HOSTED_ZONE_ID),
    );
}

/// The load balancer itself.
pub(super) fn load_balancer(
    canvas: &mut Canvas,
    ground: Ground<'_>,
    group: &Handle<SecurityGroup>,
) -> Handle<LoadBalancer> {
    let balancer = ground.balancer;
    let key = canvas.template.key();
    let (scheme, subnets) = match balancer.scheme {
        Scheme::Internet => ("internet-facing", ground.network.public.within(key)),
        Scheme::Internal => ("internal", ground.network.private.within(key)),
    };
    let attribute =
        |key: &'static str, value: Value| Value::map([("Key", Value::from(key)), ("Value", value)]);
    let yes_or_no = |value: bool| Value::from(if value { "true" } else { "false" });
    let mut attributes = vec![attribute(
        "deletion_protection.enabled",
        yes_or_no(ground.resolved.place.environment.protected),
    )];
    let kind = match balancer.forwards {
        Forwards::Requests => {
            attributes.extend([
                attribute("idle_timeout.timeout_seconds", balancer.idle.seconds().to_string().into()),
                // Headers that are no headers are how requests are smuggled past a load balancer.
                attribute("routing.http.drop_invalid_header_fields.enabled", "true".into()),
                attribute("routing.http.desync_mitigation_mode", "defensive".into()),
            ]);
            "application"
        }
        Forwards::Connections => {
            // Otherwise a zone's node knows the tasks of its zone alone, and the weights would be shares of each node's own
            // (facts 6.11).
            attributes.push(attribute("load_balancing.cross_zone.enabled", "true".into()));
            "network"
        }
    };
    if balancer.access_logs
        && let Some(bucket) = &ground.cluster.access_logs
    {
        attributes.push(attribute("access_logs.s3.enabled", "true".into()));
        attributes.push(attribute("access_logs.s3.bucket", canvas.template.import(bucket)));
        attributes.push(attribute("access_logs.s3.prefix", ground.log_prefix.to_owned().into()));
    }
    let mut resource = LoadBalancer::new()
        .kind(kind)
        .scheme(scheme)
        .subnets(subnets)
        .security_groups(Value::List(vec![group.attribute(SecurityGroup::GROUP_ID)]))
        .load_balancer_attributes(Value::List(attributes))
        .tags(resource_tags(ground));
    // In one template the bucket's policy must be there before ELB tries to write.
    if balancer.access_logs && canvas.template.resources.contains_key("AccessLogsBucketPolicy") {
        resource = resource.after("AccessLogsBucketPolicy");
    }
    if balancer.scheme == Scheme::Internet
        && canvas.template.resources.contains_key("InternetGatewayAttachment")
    {
        resource = resource.after("InternetGatewayAttachment");
    }
    canvas.template.add(canvas.id("LoadBalancer"), resource)
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

/// What is said of the listeners.
#[derive(Clone, Copy)]
pub(super) struct Notes {
    /// Of the one for tests.
    pub test: &'static str,
    /// Of the one for production.
    pub production: &'static str,
}

/// The test listener comes first: should it fail to update, CloudFormation takes back the test listener alone, and the
/// production listener is not touched at all.
pub(super) fn listeners(
    canvas: &mut Canvas,
    ground: Ground<'_>,
    load_balancer: &Handle<LoadBalancer>,
    [default, test_default]: [&Value; 2],
    notes: Notes,
) -> (Option<Handle<Listener>>, Handle<Listener>) {
    let balancer = ground.balancer;
    let arn = balancer.certificate.as_ref().map(|written| certificate(canvas, written));
    let (encrypted, plain) = match balancer.forwards {
        Forwards::Requests => ("HTTPS", "HTTP"),
        Forwards::Connections => ("TLS", "TCP"),
    };
    let listener = |port: u16, default: &Value| {
        let listener = Listener::new().load_balancer_arn(load_balancer.reference()).port(port);
        let listener = match &arn {
            Some(arn) => listener
                .protocol(encrypted)
                .ssl_policy(balancer.tls.to_string())
                .certificates(Value::List(vec![Value::map([("CertificateArn", arn.clone())])])),
            None => listener.protocol(plain),
        };
        listener.default_actions(default.clone())
    };
    if balancer.redirects() {
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
    let test = balancer.test_traffic.as_ref().map(|test| {
        canvas
            .template
            .add(canvas.id("TestListener"), listener(test.port.get(), test_default).because(notes.test))
    });
    let mut production = listener(balancer.production_port(), default).because(notes.production);
    if let Some(test) = &test {
        production = production.after(test.id());
    }
    let production = canvas.template.add(canvas.id("ProductionListener"), production);
    for (name, written) in &balancer.more_certificates {
        let arn = certificate(canvas, written);
        let more = |listener: &Handle<Listener>| {
            ListenerCertificate::new()
                .listener_arn(listener.reference())
                .certificates(Value::List(vec![Value::map([("CertificateArn", arn.clone())])]))
        };
        canvas.template.add(canvas.id(&format!("Certificate{}", pascal(name.as_str()))), more(&production));
        // Behind one that is shared, host names are what tells services apart on the test listener too.
        if let (Some(test), None) = (&test, ground.service) {
            canvas.template.add(canvas.id(&format!("TestCertificate{}", pascal(name.as_str()))), more(test));
        }
    }
    (test, production)
}

/// Tags on each resource, where the stack carries none so that its listeners do not (design, invariant 1).
pub(super) fn resource_tags(ground: Ground<'_>) -> Option<Value> {
    let tags = super::tags(ground.resolved, ground.service);
    Some(Value::List(
        tags.into_iter()
            .map(|(key, value)| Value::map([("Key", Value::from(key)), ("Value", value.into())]))
            .collect(),
    ))
}
/// What a listener answers where no rule of it does.
pub(super) fn nothing_here(status: &'static str, message: &'static str) -> Value {
    Value::List(vec![Value::map([
        ("Type", Value::from("fixed-response")),
        (
            "FixedResponseConfig",
            Value::map([
                ("StatusCode", Value::from(status)),
                ("ContentType", "text/plain".into()),
                ("MessageBody", message.into()),
            ]),
        ),
    ])])
}

/// A rule of a security group.
pub(super) fn rule(description: &str, port: u16, peer: (&'static str, Value)) -> Value {
    Value::map([
        ("Description", Value::from(description.to_owned())),
        ("IpProtocol", "tcp".into()),
        ("FromPort", port.into()),
        ("ToPort", port.into()),
        peer,
    ])
}

/// Who may reach the load balancer. `is_checked` says whether functions in the VPC ask its test listener.
pub(super) fn ingress(canvas: &Canvas, ground: Ground<'_>, is_checked: bool) -> Vec<Value> {
    let balancer = ground.balancer;
    let vpc_block = ground.network.cidr.map(|block| block.to_string());
    let mut ingress = Vec::new();
    let from: Vec<String> = match (&balancer.from, balancer.scheme) {
        (Some(blocks), _) => blocks.iter().map(ToString::to_string).collect(),
        (None, Scheme::Internet) => vec!["0.0.0.0/0".into()],
        (None, Scheme::Internal) => vpc_block.clone().into_iter().collect(),
    };
    for block in &from {
        ingress.push(rule("Production traffic", balancer.production_port(), ("CidrIp", block.into())));
    }
    if balancer.redirects() {
        for block in &from {
            ingress.push(rule("HTTP, which is redirected to HTTPS", HTTP, ("CidrIp", block.into())));
        }
    }
    let Some(test) = &balancer.test_traffic else { return ingress };
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
    if balancer.scheme == Scheme::Internet && (test.from.is_none() || is_checked) {
        for address in &ground.network.nat_addresses {
            let address = canvas.template.import(address);
            let block = Value::sub("${NatAddress}/32", [("NatAddress", address)]);
            ingress.push(rule("Test traffic from the VPC's NAT gateways", port, ("CidrIp", block)));
        }
    }
    ingress
}
