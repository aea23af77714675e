use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Protocol, Service,
    units::{Port, ServiceName},
};

/// Service Connect: services of an application call each other by name, through a proxy in every task. The proxy learns of names when
/// its task starts: a caller that runs already does not see a name that is new, and needs a release of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// Whether it only calls others, and is called by none.
    #[serde(default)]
    #[schemars(extend("x-also" = ["client"]))]
    pub client_only: bool,
    /// The name by which others call it; the service's own where it is not given. At most 32 lower-case letters, digits and
    /// single hyphens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["dns_name", "dnsName", "name"]))]
    pub alias: Option<ServiceName>,
    /// The port at which others call it, 1 to 65535; the container's own where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// What it speaks: `http1`, `http2`, `grpc` or `tcp`. That of `http` where it is not given, `tcp` behind `tcp`, and `http1`
    /// without either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["app_protocol", "appProtocol"]))]
    pub protocol: Option<ConnectProtocol>,
    /// Requests with this header reach a new version before production traffic does. Without it, those with
    /// `x-amzn-ecs-blue-green-test` do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["test_traffic_rules", "testTrafficRules"]))]
    pub test_header: Option<TestHeader>,
}

/// What a service speaks to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ConnectProtocol {
    /// HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
    /// gRPC
    Grpc,
    /// Anything: connections and no requests.
    Tcp,
}

/// A header of requests that are meant for a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestHeader {
    /// Its name, at most 64 characters.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,64}$"), extend("examples" = ["x-test-version"]))]
    pub name: String,
    /// The very value it has, 1 to 128 characters without blanks.
    #[schemars(regex(pattern = r"^[!-~]{1,128}$"), extend("examples" = ["next"]))]
    pub exact: String,
}

impl Connect {
    /// What it speaks, as part of this service.
    pub fn speaks(&self, service: &Service) -> ConnectProtocol {
        self.protocol.unwrap_or(match service.http.as_ref().map(|http| http.protocol) {
            None if service.tcp.is_some() => ConnectProtocol::Tcp,
            None | Some(Protocol::Http1) => ConnectProtocol::Http1,
            Some(Protocol::Http2) => ConnectProtocol::Http2,
            Some(Protocol::Grpc) => ConnectProtocol::Grpc,
        })
    }
}
