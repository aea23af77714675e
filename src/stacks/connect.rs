//! Service Connect: how a service calls others by name, and is called.

use super::{
    Canvas, Site,
    task::{TaskParts, log_configuration},
};
use crate::{
    blueprint::{Connect, ConnectProtocol},
    cfn::{SecurityGroupIngress, Text, Value, pseudo},
};

/// What the port mapping of the container says beside its port, where others call it: the name that the service refers to,
/// and what is spoken there.
pub(super) fn named_port(site: Site<'_>) -> Vec<(Text, Value)> {
    let service = &site.service.service;
    let Some((connect, _)) = service.called() else { return Vec::new() };
    let mut out: Vec<(Text, Value)> = vec![("Name".into(), site.service.name.to_string().into())];
    let protocol = match connect.speaks(service) {
        ConnectProtocol::Http1 => Some("http"),
        ConnectProtocol::Http2 => Some("http2"),
        ConnectProtocol::Grpc => Some("grpc"),
        ConnectProtocol::Tcp => None,
    };
    out.extend(protocol.map(|protocol| ("AppProtocol".into(), protocol.into())));
    out
}

/// `ServiceConnectConfiguration`, where the service has to do with it.
pub(super) fn configuration(canvas: &Canvas, site: Site<'_>, task: &TaskParts) -> Option<Value> {
    let service = &site.service.service;
    let (connect, shared) = service.connect.as_ref().zip(site.cluster.connect.as_ref())?;
    let mut pairs: Vec<(Text, Value)> = vec![
        ("Enabled".into(), true.into()),
        ("Namespace".into(), canvas.template.import(&shared.namespace)),
        // Of the proxy itself: without it, nothing tells why a call failed.
        ("LogConfiguration".into(), log_configuration(&task.logs, "connect")),
    ];
    let Some((_, port)) = service.called() else { return Some(Value::Map(pairs)) };
    let name = site.service.name.to_string();
    let alias = connect.alias.as_ref().map_or_else(|| name.clone(), ToString::to_string);
    let mut client: Vec<(Text, Value)> =
        vec![("DnsName".into(), alias.into()), ("Port".into(), connect.port.unwrap_or(port).get().into())];
    client.extend(test_rules(connect));
    pairs.push((
        "Services".into(),
        Value::List(vec![Value::map([
            ("PortName", Value::from(name)),
            ("ClientAliases", Value::List(vec![Value::Map(client)])),
        ])]),
    ));
    let whole = Value::Map(pairs);
    Some(match &task.names_port {
        Some(names_port) => Value::when(names_port.clone(), whole, pseudo::no_value()),
        None => whole,
    })
}

fn test_rules(connect: &Connect) -> Option<(Text, Value)> {
    let header = connect.test_header.as_ref()?;
    let value = Value::map([("Exact", Value::from(header.exact.clone()))]);
    let header = Value::map([("Name", Value::from(header.name.clone())), ("Value", value)]);
    Some(("TestTrafficRules".into(), Value::map([("Header", header)])))
}

/// The security groups of its tasks: their own, and that of all who call. One that is called later has the second from the release
/// on that makes it so: a change of them starts a deployment, and no other update may.
pub(super) fn groups(canvas: &Canvas, site: Site<'_>, task: &TaskParts, own: Value) -> Value {
    let mut all = vec![own];
    if site.service.service.connect.is_some()
        && let Some(shared) = &site.cluster.connect
    {
        let callers = canvas.template.import(&shared.callers);
        all.push(match &task.names_port {
            Some(names_port) => Value::when(names_port.clone(), callers, pseudo::no_value()),
            None => callers,
        });
    }
    Value::List(all)
}

/// Lets those who call reach the port.
pub(super) fn ingress(canvas: &mut Canvas, site: Site<'_>, tasks: Value) {
    let (Some((_, port)), Some(shared)) = (site.service.service.called(), &site.cluster.connect) else {
        return;
    };
    let callers = canvas.template.import(&shared.callers);
    canvas.template.add(
        canvas.id("ConnectIngress"),
        SecurityGroupIngress::new()
            .description("Services that call it by name")
            .group_id(tasks)
            .ip_protocol("tcp")
            .from_port(port.get())
            .to_port(port.get())
            .source_security_group_id(callers),
    );
}
