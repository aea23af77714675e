//! Who reaches what: security groups, listeners, routes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text},
    release::{asked, known},
    spoil, spoil_of,
    traffic::{Ends, ends},
};

const INGRESS: &str = "/Properties/SecurityGroupIngress/-";

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "the load balancer reaches tasks on the container's port, and nobody else does",
        check: chain,
        spoils: &[
            spoil_of("shared-single", "a shared one that reaches everything", |it| {
                it.remove("PublicLoadBalancerSecurityGroup", "/Properties/SecurityGroupEgress")
            }),
            spoil_of("shared-single", "a shared one that does not reach a service", |it| {
                it.set("BLoadBalancerEgress", "/Type", json!("AWS::SNS::Topic"))
            }),
            spoil("another port in", |it| it.set("TaskIngress", "/Properties/FromPort", json!(80))),
            spoil("a range of ports in", |it| it.set("TaskIngress", "/Properties/ToPort", json!(65535))),
            spoil("from the world", |it| {
                it.remove("TaskIngress", "/Properties/SourceSecurityGroupId");
                it.set("TaskIngress", "/Properties/CidrIp", json!("0.0.0.0/0"));
            }),
            spoil("into another group", |it| {
                it.set(
                    "TaskIngress",
                    "/Properties/GroupId",
                    json!({"Fn::GetAtt": ["CheckSecurityGroup", "GroupId"]}),
                );
            }),
            spoil("another port out", |it| {
                it.set("LoadBalancerSecurityGroup", "/Properties/SecurityGroupEgress/0/FromPort", json!(443));
            }),
            spoil("out to everything", |it| {
                it.remove("LoadBalancerSecurityGroup", "/Properties/SecurityGroupEgress");
            }),
            spoil("one more way in", |it| {
                it.copy("TaskIngress", "More");
                it.set("More", "/Properties/FromPort", json!(22));
            }),
            spoil("a way in of the group's own", |it| {
                it.set(
                    "TaskSecurityGroup",
                    "/Properties/SecurityGroupIngress",
                    json!([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]),
                );
            }),
            spoil("tasks of another group", |it| {
                it.replace("Service", ":TaskSecurityGroupId", ":CheckSecurityGroupId");
            }),
            spoil("public addresses", |it| {
                it.set(
                    "Service",
                    "/Properties/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp",
                    json!("ENABLED"),
                );
            }),
            spoil("public subnets", |it| it.replace("Service", ":PrivateSubnetIds", ":PublicSubnetIds")),
        ],
    },
    Assertion {
        name: "listeners are open to whom was asked, the test listener to nobody else",
        check: doors,
        spoils: &[
            spoil("the test port to the world", |it| {
                let rule =
                    json!({"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIp": "0.0.0.0/0"});
                it.set("LoadBalancerSecurityGroup", INGRESS, rule);
            }),
            spoil("the test port to the world of IPv6", |it| {
                let rule = json!({"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIpv6": "::/0"});
                it.set("LoadBalancerSecurityGroup", INGRESS, rule);
            }),
            spoil("the test port within a range", |it| {
                let rule =
                    json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 9000, "CidrIp": "0.0.0.0/0"});
                it.set("LoadBalancerSecurityGroup", INGRESS, rule);
            }),
            spoil("every protocol", |it| {
                it.set(
                    "LoadBalancerSecurityGroup",
                    INGRESS,
                    json!({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}),
                );
            }),
            spoil("production to nobody", |it| {
                it.remove("LoadBalancerSecurityGroup", "/Properties/SecurityGroupIngress/0");
            }),
            spoil_of("from", "production to one of two", |it| {
                it.remove("LoadBalancerSecurityGroup", "/Properties/SecurityGroupIngress/1");
            }),
            spoil_of("internal", "an internal one to the world", |it| {
                it.replace("LoadBalancerSecurityGroup", "10.0.0.0/16", "0.0.0.0/0");
            }),
            spoil("checks are not let in", |it| {
                it.replace("LoadBalancerSecurityGroup", "CheckSecurityGroup", "TaskSecurityGroup");
            }),
            spoil("one more rule beside", |it| {
                it.copy("TaskIngress", "More");
                it.set(
                    "More",
                    "/Properties/GroupId",
                    json!({"Fn::GetAtt": ["LoadBalancerSecurityGroup", "GroupId"]}),
                );
            }),
        ],
    },
    Assertion {
        name: "HTTPS is current, HTTP only redirects where there is a certificate, and odd headers are dropped",
        check: tls,
        spoils: &[
            spoil("an old policy", |it| {
                it.set("ProductionListener", "/Properties/SslPolicy", json!("ELBSecurityPolicy-2016-08"))
            }),
            spoil("TLS 1.0 in a new coat", |it| {
                it.set("TestListener", "/Properties/SslPolicy", json!("ELBSecurityPolicy-TLS13-1-0-2021-06"));
            }),
            spoil("no policy", |it| it.remove("ProductionListener", "/Properties/SslPolicy")),
            spoil("plain production", |it| {
                it.set("ProductionListener", "/Properties/Protocol", json!("HTTP"))
            }),
            spoil("plain test traffic", |it| it.set("TestListener", "/Properties/Protocol", json!("HTTP"))),
            spoil("another certificate for test traffic", |it| {
                it.set("TestListener", "/Properties/Certificates/0/CertificateArn", json!("arn:x"));
            }),
            spoil("two certificates on the listener", |it| {
                it.set(
                    "ProductionListener",
                    "/Properties/Certificates/-",
                    json!({"CertificateArn": "arn:x"}),
                );
            }),
            spoil("no redirect", |it| it.set("RedirectListener", "/Properties/Port", json!(8080))),
            spoil("odd headers", |it| {
                it.replace(
                    "LoadBalancer",
                    r#"drop_invalid_header_fields.enabled","Value":"true""#,
                    r#"drop_invalid_header_fields.enabled","Value":"false""#,
                );
            }),
            spoil("unprotected", |it| {
                it.replace(
                    "LoadBalancer",
                    r#"deletion_protection.enabled","Value":"true""#,
                    r#"deletion_protection.enabled","Value":"false""#,
                );
            }),
            spoil("on the internet by mistake", |it| {
                it.set("LoadBalancer", "/Properties/Scheme", json!("internal"))
            }),
            spoil("no access logs", |it| {
                it.replace(
                    "LoadBalancer",
                    r#"access_logs.s3.enabled","Value":"true""#,
                    r#"access_logs.s3.enabled","Value":"false""#,
                );
            }),
            spoil("another certificate is left out", |it| {
                it.set("CertificateOld", "/Type", json!("AWS::SNS::Topic"))
            }),
        ],
    },
    Assertion {
        name: "tasks reach their registry, logs and secrets",
        check: paths,
        spoils: &[
            spoil_of("nat-none", "no registry", |it| {
                it.set("EcrApiEndpoint", "/Type", json!("AWS::SNS::Topic"))
            }),
            spoil_of("nat-none", "no layers", |it| it.set("S3Endpoint", "/Type", json!("AWS::SNS::Topic"))),
            spoil_of("nat-none", "no logs", |it| it.set("LogsEndpoint", "/Type", json!("AWS::SNS::Topic"))),
            spoil_of("base", "no way out", |it| {
                let stack = it.stack("-network");
                let resources = stack.template["Resources"].as_object_mut().unwrap();
                resources.retain(|_, resource| resource["Properties"].get("NatGatewayId").is_none());
            }),
            spoil_of("nat-per-zone", "one zone without a way out", |it| {
                let stack = it.stack("-network");
                let resources = stack.template["Resources"].as_object_mut().unwrap();
                let first = resources.iter().find(|(_, it)| it["Properties"].get("NatGatewayId").is_some());
                let id = first.unwrap().0.clone();
                resources.shift_remove(&id);
            }),
        ],
    },
];

/// Rules of a security group: its own, and those that stand beside it.
fn rules(it: &Environment, group: &Meaning) -> Vec<Value> {
    let id = json!(group.attribute("GroupId"));
    let beside = it.all("AWS::EC2::SecurityGroupIngress").filter(|rule| *rule.at("/GroupId") == id);
    items(group.at("/SecurityGroupIngress"))
        .into_iter()
        .cloned()
        .chain(beside.map(|it| it.properties.clone()))
        .collect()
}

/// What a security group lets out: its own rules, and those that stand beside it.
fn out(it: &Environment, group: &Meaning) -> BTreeSet<Open> {
    let id = json!(group.attribute("GroupId"));
    let beside = it.all("AWS::EC2::SecurityGroupEgress").filter(|rule| *rule.at("/GroupId") == id);
    items(group.at("/SecurityGroupEgress"))
        .into_iter()
        .cloned()
        .chain(beside.map(|it| it.properties.clone()))
        .map(|it| rule(&it))
        .collect()
}

/// The security group of the load balancer of a listener.
fn front<'e>(it: &'e Environment, listener: &Meaning) -> Option<&'e Meaning> {
    it.find(balancer(it, listener)?.at("/SecurityGroups/0")).map(|(found, _)| found)
}

/// The security group of the tasks of a service.
fn of_tasks<'e>(it: &'e Environment, service: &Meaning) -> Option<&'e Meaning> {
    let groups = service.at("/NetworkConfiguration/AwsvpcConfiguration/SecurityGroups");
    it.find(items(groups).first()?).map(|(found, _)| found)
}

/// What nobody can be reached by: it keeps a group without another rule from reaching everything.
const NOWHERE: (i64, i64, &str) = (252, 86, "icmp 255.255.255.255/32");

/// From which port to which, and for whom, with the protocol where it is not TCP.
type Open = (i64, i64, String);

/// Ports, protocol and peer of a rule.
fn rule(rule: &Value) -> Open {
    let port = |key: &str| rule[key].as_i64().unwrap_or(-1);
    let peer =
        ["CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId", "SourcePrefixListId"]
            .into_iter()
            .find_map(|key| rule.get(key))
            .map(text);
    let protocol = text(&rule["IpProtocol"]);
    let peer = peer.unwrap_or_default();
    (port("FromPort"), port("ToPort"), if protocol == "tcp" { peer } else { format!("{protocol} {peer}") })
}

fn balancer<'e>(it: &'e Environment, listener: &Meaning) -> Option<&'e Meaning> {
    it.find(listener.at("/LoadBalancerArn")).map(|(found, _)| found)
}

fn chain(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let all = ends(it);
    for Ends { service, production, .. } in &all {
        let port = i64::from(asked(it, service).port.unwrap().get());
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", service.called()));
            }
        };
        let network = service.at("/NetworkConfiguration/AwsvpcConfiguration");
        let groups = crate::connect::groups(service);
        // Those who call others by name have the group of all callers as well.
        let blueprint = asked(it, service);
        must(
            groups.len() == 1 + usize::from(blueprint.connect.is_some()),
            format!("tasks have the security groups {groups:?}"),
        );
        let (Some(tasks), Some(group)) = (of_tasks(it, service), front(it, production)) else {
            must(false, "security groups are not ours".into());
            continue;
        };
        let mut found: Vec<_> = rules(it, tasks).iter().map(rule).collect();
        let mut wanted = vec![(port, port, group.attribute("GroupId"))];
        if blueprint.called().is_some() {
            wanted.extend(groups.get(1).map(|callers| (port, port, text(callers))));
        }
        found.sort();
        wanted.sort();
        must(found == wanted, format!("tasks are reached by {found:?}"));
        // One that is shared reaches the tasks of all who stand behind it, and nothing else.
        let behind = all
            .iter()
            .filter(|other| front(it, other.production).is_some_and(|it| it.called() == group.called()));
        let mut wanted: BTreeSet<_> = behind
            .filter_map(|other| {
                let port = i64::from(asked(it, other.service).port.unwrap().get());
                Some((port, port, of_tasks(it, other.service)?.attribute("GroupId")))
            })
            .collect();
        if known(it, service).shares().is_some() {
            wanted.insert((NOWHERE.0, NOWHERE.1, NOWHERE.2.into()));
        }
        let found = out(it, group);
        must(found == wanted, format!("the load balancer reaches {found:?}"));
        must(network["AssignPublicIp"] == "DISABLED", "tasks have public addresses".into());
        let public: Vec<String> = match &it.resolved.network.import {
            Some(import) => import.public.clone(),
            None => it
                .all("AWS::EC2::Subnet")
                .filter(|subnet| subnet.id.starts_with("Public"))
                .map(Meaning::reference)
                .collect(),
        };
        let subnets = items(&network["Subnets"]);
        must(subnets.len() >= 2, format!("tasks stand in {} subnets", subnets.len()));
        must(subnets.iter().all(|it| !public.contains(&text(it))), "tasks stand in public subnets".into());
    }
    said
}

fn doors(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Scheme;
    let mut said = Vec::new();
    // Who stands behind a load balancer that is shared adds to what it is open to.
    let mut all: BTreeMap<String, (&Meaning, BTreeSet<Open>)> = BTreeMap::new();
    for Ends { service, production, test, .. } in ends(it) {
        let (asked, settings) = (asked(it, service), known(it, service).balancer.as_ref().unwrap());
        let Some(group) = front(it, production) else { continue };
        let vpc = match &it.resolved.network.import {
            Some(import) => import.cidr.as_ref().map(ToString::to_string),
            None => Some(it.resolved.network.cidr.to_string()),
        };
        let production_port = production.at("/Port").as_i64().unwrap_or_default();
        let wanted = &mut all.entry(group.called()).or_insert((group, BTreeSet::new())).1;
        let from: Vec<String> = match (&settings.from, settings.scheme) {
            (Some(blocks), _) => blocks.iter().map(ToString::to_string).collect(),
            (None, Scheme::Internet) => vec!["0.0.0.0/0".into()],
            (None, Scheme::Internal) => vpc.clone().into_iter().collect(),
        };
        let redirects = settings.certificate.is_some() && production_port == 443;
        for block in from {
            wanted.insert((production_port, production_port, block.clone()));
            if redirects {
                wanted.insert((80, 80, block));
            }
        }
        if let (Some(test), Some(traffic)) = (test, &settings.test_traffic) {
            let port = test.at("/Port").as_i64().unwrap_or_default();
            let checks = !asked.deploy.checks.is_empty();
            match &traffic.from {
                Some(blocks) => wanted.extend(blocks.iter().map(|it| (port, port, it.to_string()))),
                None => wanted.extend(vpc.iter().map(|it| (port, port, it.clone()))),
            }
            // From inside, an internet-facing load balancer is reached through the NAT gateways.
            if settings.scheme == Scheme::Internet && (traffic.from.is_none() || checks) {
                wanted
                    .extend(it.all("AWS::EC2::EIP").map(|it| (port, port, format!("{}/32", it.reference()))));
            }
            if checks {
                let group = service.id.replace("Service", "CheckSecurityGroup");
                let edge = format!("{}-edge", service.stack);
                let group = it
                    .all("AWS::EC2::SecurityGroup")
                    .find(|it| it.id == group && (it.stack == service.stack || it.stack == edge));
                wanted.extend(group.map(|it| (port, port, it.attribute("GroupId"))));
            }
        }
    }
    for (group, wanted) in all.into_values() {
        let found: BTreeSet<Open> = rules(it, group).iter().map(rule).collect();
        for (from, to, peer) in found.symmetric_difference(&wanted) {
            said.push(format!(
                "{}: {from} to {to} for {peer} is open and was not asked for, or the other way round",
                group.called()
            ));
        }
    }
    said
}

fn tls(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Scheme;
    const OLD: [&str; 2] = ["TLS13-1-0", "TLS13-1-1"];
    let mut said = Vec::new();
    for Ends { service, production, test, .. } in ends(it) {
        let asked = known(it, service).balancer.as_ref().unwrap();
        let network = crate::ecs::is_sent_connections(it, service);
        let secure = asked.certificate.is_some();
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", production.called()));
            }
        };
        for listener in [production].into_iter().chain(test) {
            let protocol = match (network, secure) {
                (false, true) => "HTTPS",
                (false, false) => "HTTP",
                (true, true) => "TLS",
                (true, false) => "TCP",
            };
            must(
                listener.at("/Protocol") == protocol,
                format!("{} speaks {}", listener.id, listener.at("/Protocol")),
            );
            let policy = text(listener.at("/SslPolicy"));
            let current = policy.starts_with("ELBSecurityPolicy-TLS13-1-")
                && !OLD.iter().any(|old| policy.contains(old));
            must(current == secure, format!("{} has the policy {policy}", listener.id));
            must(items(listener.at("/Certificates")).len() == usize::from(secure), "its certificates".into());
            must(
                listener.at("/Certificates") == production.at("/Certificates"),
                "another certificate".into(),
            );
        }
        let on_80 = it.all("AWS::ElasticLoadBalancingV2::Listener").find(|listener| {
            listener.at("/Port") == 80 && listener.at("/LoadBalancerArn") == production.at("/LoadBalancerArn")
        });
        let redirect = on_80.is_some_and(|listener| listener.at("/DefaultActions/0/Type") == "redirect");
        let expected = secure && production.at("/Port") == 443 && !network;
        must(redirect == expected, format!("port 80 redirects: {redirect}, not {expected}"));
        let more: BTreeSet<String> = it
            .all("AWS::ElasticLoadBalancingV2::ListenerCertificate")
            .filter(|certificate| *certificate.at("/ListenerArn") == production.reference())
            .map(|certificate| text(certificate.at("/Certificates/0/CertificateArn")))
            .collect();
        must(more.len() == asked.more_certificates.len(), format!("further certificates: {more:?}"));

        let Some(balancer) = balancer(it, production) else { continue };
        let attribute = |key: &str| {
            items(balancer.at("/LoadBalancerAttributes"))
                .into_iter()
                .find(|it| it["Key"] == key)
                .map(|it| text(&it["Value"]))
        };
        let is = |key: &str, value: bool| attribute(key) == Some(value.to_string());
        must(
            network || is("routing.http.drop_invalid_header_fields.enabled", true),
            "odd headers pass".into(),
        );
        let protected = it.resolved.place.environment.protected;
        must(is("deletion_protection.enabled", protected), format!("protection is not {protected}"));
        let logs = attribute("access_logs.s3.enabled").is_some_and(|it| it == "true");
        must(logs == asked.access_logs, "access logs are not as asked".into());
        let scheme = if asked.scheme == Scheme::Internet { "internet-facing" } else { "internal" };
        must(balancer.at("/Scheme") == scheme, format!("the load balancer is {}", balancer.at("/Scheme")));
    }
    said
}

fn paths(it: &Environment) -> Vec<String> {
    if it.resolved.network.import.is_some() {
        return vec![];
    }
    let mut said = Vec::new();
    let routes: Vec<&Meaning> =
        it.all("AWS::EC2::Route").filter(|route| route.at("/DestinationCidrBlock") == "0.0.0.0/0").collect();
    let mut without = Vec::new();
    for subnet in it.all("AWS::EC2::Subnet").filter(|subnet| subnet.id.starts_with("Private")) {
        let table = it
            .all("AWS::EC2::SubnetRouteTableAssociation")
            .find(|association| *association.at("/SubnetId") == subnet.reference())
            .map(|association| association.at("/RouteTableId"));
        let out = routes
            .iter()
            .any(|route| Some(route.at("/RouteTableId")) == table && !route.at("/NatGatewayId").is_null());
        if !out {
            without.push(subnet.called());
        }
    }
    if without.is_empty() {
        return said;
    }
    if it.all("AWS::EC2::NatGateway").next().is_some() {
        said.push(format!("{without:?} have no way out though there is one"));
    }
    let endpoints: String =
        it.all("AWS::EC2::VPCEndpoint").map(|it| text(it.at("/ServiceName")) + " ").collect();
    let mut needed = vec![".ecr.api ", ".ecr.dkr ", ".s3 ", ".logs "];
    for service in &it.resolved.services {
        for secret in service.service.secrets.values() {
            use bluegreen::blueprint::Secret;
            needed.push(match secret {
                Secret::SecretsManager { .. } => ".secretsmanager ",
                Secret::Ssm { .. } => ".ssm ",
            });
        }
    }
    for service in needed {
        if !endpoints.contains(service) {
            said.push(format!("{without:?} do not reach{service}"));
        }
    }
    said
}
