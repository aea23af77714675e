//! Services that call each other through Service Connect.

use bluegreen::blueprint::ConnectProtocol;
use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text},
    release::{asked, definition, services},
    spoil_of,
};

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "services call each other in the namespace of the environment, by the names they were given",
        check: configuration,
        spoils: &[
            spoil_of("connect", "another namespace", |it| {
                it.set(
                    "Service",
                    "/Properties/ServiceConnectConfiguration/Fn::If/1/Namespace",
                    json!("other"),
                );
            }),
            spoil_of("connect", "another port", |it| {
                let alias =
                    "/Properties/ServiceConnectConfiguration/Fn::If/1/Services/0/ClientAliases/0/Port";
                it.set("Service", alias, json!(81));
            }),
            spoil_of("connect", "no header", |it| {
                let rules = "/Properties/ServiceConnectConfiguration/Fn::If/1/Services/0/ClientAliases/0/TestTrafficRules";
                it.remove("Service", rules);
            }),
            spoil_of("connect", "whatever runs", |it| {
                let pointer = "/Properties/ServiceConnectConfiguration";
                let whole = it.resource("Service").pointer(&format!("{pointer}/Fn::If/1")).unwrap().clone();
                it.set("Service", pointer, whole);
            }),
            spoil_of("connect-single", "a caller that is none", |it| {
                it.remove("JobsService", "/Properties/ServiceConnectConfiguration");
            }),
            spoil_of("connect", "another condition", |it| {
                it.stack("-prices").template["Conditions"]["Connects"] = json!({"Condition": "PortIsNamed"});
            }),
            spoil_of("connect", "a port that nothing looks up", |it| {
                it.stack("-prices").entry["lookup"]["NamedPort"] = json!({"given": "the port"});
            }),
        ],
    },
    Assertion {
        name: "a service that is called names its port, and says what it speaks there",
        check: port,
        spoils: &[
            spoil_of("connect", "no name", |it| {
                it.remove("TaskDefinition", "/Properties/ContainerDefinitions/0/PortMappings/0/Name");
            }),
            spoil_of("connect", "another protocol", |it| {
                let mapping = "/Properties/ContainerDefinitions/0/PortMappings/0/AppProtocol";
                it.set("TaskDefinition", mapping, json!("http"));
            }),
        ],
    },
    Assertion {
        name: "whoever calls may reach the port of whoever is called, and nobody else may",
        check: reach,
        spoils: &[
            spoil_of("connect", "another port", |it| {
                it.set("ConnectIngress", "/Properties/ToPort", json!(9999))
            }),
            spoil_of("connect", "everyone", |it| {
                it.remove("ConnectIngress", "/Properties/SourceSecurityGroupId");
                it.set("ConnectIngress", "/Properties/CidrIp", json!("0.0.0.0/0"));
            }),
            spoil_of("connect", "the group of callers with any update", |it| {
                let group = "/Properties/NetworkConfiguration/AwsvpcConfiguration/SecurityGroups/1";
                let callers = it.resource("Service").pointer(&format!("{group}/Fn::If/1")).unwrap().clone();
                it.set("Service", group, callers);
            }),
            spoil_of("connect-single", "a caller without the group", |it| {
                it.remove(
                    "JobsService",
                    "/Properties/NetworkConfiguration/AwsvpcConfiguration/SecurityGroups/1",
                );
            }),
        ],
    },
];

fn connected(it: &Environment) -> impl Iterator<Item = (&Meaning, &bluegreen::blueprint::Connect)> {
    services(it).filter_map(|service| Some((service, asked(it, service).connect.as_ref()?)))
}

/// What a service's logical ids begin with.
fn prefix(service: &Meaning) -> &str {
    service.id.strip_suffix("Service").unwrap()
}

fn configuration(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let namespace = it.all("AWS::ServiceDiscovery::HttpNamespace").next().map(|found| found.attribute("Arn"));
    for (service, connect) in connected(it) {
        let prefix = prefix(service);
        let logs = definition(it, service)
            .map(|found| found.at("/ContainerDefinitions/0/LogConfiguration").clone())
            .map(|mut logs| {
                logs["Options"]["awslogs-stream-prefix"] = json!("connect");
                logs
            });
        let mut wanted = json!({"Enabled": true, "Namespace": namespace, "LogConfiguration": logs});
        let name = text(service.at("/ServiceName"));
        if let Some((_, port)) = asked(it, service).called() {
            let mut alias = json!({
                "DnsName": connect.alias.as_ref().map_or_else(|| name.clone(), ToString::to_string),
                "Port": connect.port.unwrap_or(port).get(),
            });
            if let Some(header) = &connect.test_header {
                alias["TestTrafficRules"] =
                    json!({"Header": {"Name": header.name, "Value": {"Exact": header.exact}}});
            }
            wanted["Services"] = json!([{"PortName": name, "ClientAliases": [alias]}]);
            wanted = json!({"Fn::If": [format!("{prefix}Connects"), wanted, "<none>"]});
            // Only a revision that names its port.
            let stack = it.stacks.iter().find(|stack| stack.name == service.stack).unwrap();
            let either = json!({"Fn::Or": [
                {"Condition": format!("{prefix}RunsOwnRevision")}, {"Condition": format!("{prefix}PortIsNamed")},
            ]});
            if stack.template["Conditions"][format!("{prefix}Connects")] != either {
                said.push(format!(
                    "{}: the condition is not that a revision names its port",
                    service.called()
                ));
            }
            if stack.entry["lookup"][format!("{prefix}NamedPort")]["named_port_of"].is_null() {
                said.push(format!("{}: nothing looks its port up", service.called()));
            }
        }
        let found = service.at("/ServiceConnectConfiguration");
        if *found != wanted {
            said.push(format!("{}: {found}, not {wanted}", service.called()));
        }
    }
    said
}

fn port(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (service, connect) in connected(it) {
        let blueprint = asked(it, service);
        if blueprint.called().is_none() {
            continue;
        }
        let protocol = match connect.speaks(blueprint) {
            ConnectProtocol::Http1 => json!("http"),
            ConnectProtocol::Http2 => json!("http2"),
            ConnectProtocol::Grpc => json!("grpc"),
            ConnectProtocol::Tcp => Value::Null,
        };
        let found =
            definition(it, service).map(|found| found.at("/ContainerDefinitions/0/PortMappings/0").clone());
        let found = found.unwrap_or_default();
        if found["Name"] != *service.at("/ServiceName") || found["AppProtocol"] != protocol {
            said.push(format!("{}: its port is {found}", service.called()));
        }
    }
    said
}

const GROUPS: &str = "/NetworkConfiguration/AwsvpcConfiguration/SecurityGroups";

/// The security groups of tasks, once a revision runs that names their port.
pub fn groups(service: &Meaning) -> Vec<&Value> {
    let groups = items(service.at(GROUPS)).into_iter();
    groups.map(|group| group.get("Fn::If").map_or(group, |branches| &branches[1])).collect()
}

fn reach(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let callers = it
        .all("AWS::EC2::SecurityGroup")
        .find(|group| group.id == "ConnectSecurityGroup")
        .map(|group| group.attribute("GroupId"));
    for (service, _) in connected(it) {
        let groups = groups(service);
        // Of one that is called, together with what is called: both wait for a revision that names the port.
        let waits = text(&service.at("/ServiceConnectConfiguration")["Fn::If"][0]);
        if items(service.at(GROUPS)).iter().skip(1).any(|group| text(&group["Fn::If"][0]) != waits) {
            said.push(format!("{} may deploy when nothing is released", service.called()));
        }
        let Some(callers) = callers.as_ref().filter(|callers| groups.iter().any(|group| *group == *callers))
        else {
            said.push(format!("{} has not the group of those who call", service.called()));
            continue;
        };
        let wanted = asked(it, service).called().map(|(_, port)| port.get());
        let found: Vec<&Meaning> = it
            .all("AWS::EC2::SecurityGroupIngress")
            .filter(|rule| {
                rule.stack == service.stack && rule.id == format!("{}ConnectIngress", prefix(service))
            })
            .collect();
        let right = match (wanted, found.as_slice()) {
            (None, []) => true,
            (Some(port), [rule]) => {
                *rule.at("/GroupId") == *groups[0]
                    && *rule.at("/SourceSecurityGroupId") == json!(callers)
                    && [rule.at("/FromPort"), rule.at("/ToPort")].iter().all(|it| **it == json!(port))
                    && rule.at("/CidrIp").is_null()
            }
            _ => false,
        };
        if !right {
            said.push(format!("{}: its port is not reached by those who call alone", service.called()));
        }
    }
    said
}
