use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    Certificate, Scheme, defaults,
    units::{Cidr, HttpPath, Port, Seconds, TlsPolicy},
};

/// The Network Load Balancer in front of a service that speaks something else than HTTP: a broker of messages, a protocol of one's own.
/// It forwards connections and looks into none, so what is about requests (`checks`, alarms on answers, scaling by `requests`)
/// does not go with it. A release moves new connections; those that are open stay with the tasks they are with until these drain.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"port": 8883, "certificate": {"parameter": "CertificateArn"}}]))]
pub struct Tcp {
    /// Whether the load balancer has public addresses (`internet`) or private ones (`internal`). Fixed at creation: AWS replaces the
    /// load balancer for it.
    #[serde(default = "defaults::tcp_scheme")]
    #[schemars(extend("x-also" = ["internal", "internet_facing"]))]
    pub scheme: Scheme,
    /// The certificate with which the load balancer ends TLS: its ARN, or `{parameter: Name}` for one given when deploying. Without one
    /// it passes on what comes, which may be TLS that the tasks end themselves. Tasks are spoken to without TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["certificate_arn", "certificateArn", "cert", "certificates", "acm"]))]
    pub certificate: Option<Certificate>,
    /// The production listener's port, 1 to 65535; the container's own where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["listener_port", "production_port"]))]
    pub port: Option<Port>,
    /// Who may connect: blocks of addresses. The default is everyone for `internet`, the VPC for `internal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    #[schemars(extend("x-also" = ["allow", "ingress", "cidr", "allowed_source_ips", "source_ips", "allowed_cidrs"]))]
    pub from: Option<Vec<Cidr>>,
    /// How the load balancer knows that a task is healthy: it connects, or asks for a path.
    #[serde(default)]
    #[schemars(with = "PathOrMore")]
    #[schemars(extend("x-also" = ["health_check", "healthCheck", "health"]))]
    pub healthcheck: TcpHealthCheck,
    /// How long connections to a task that is going away may last, 0s to 1h. Not longer than `stop_timeout`, or a task may be killed with
    /// connections open.
    #[serde(default = "defaults::tcp_drain")]
    #[schemars(extend("x-also" = ["deregistration_delay", "deregistrationDelay", "draining"]))]
    pub drain: Seconds<0, 3600>,
    /// Whether tasks see the addresses of clients instead of those of the load balancer. Who calls the service from one of its own
    /// tasks does not get through then.
    #[serde(default = "defaults::preserve_client_ip")]
    #[schemars(extend("x-also" = ["preserve_client_ip_enabled", "client_ip"]))]
    pub preserve_client_ip: bool,
    /// The security policy of the listeners, where there is a certificate.
    #[serde(default = "defaults::tls")]
    #[schemars(extend("x-also" = ["ssl_policy", "sslPolicy", "tls_policy"]))]
    pub tls: TlsPolicy,
}

/// The schema of [`TcpHealthCheck`], which may also be written as its path alone.
struct PathOrMore;

impl JsonSchema for PathOrMore {
    fn schema_name() -> Cow<'static, str> {
        "TcpHealthCheck".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How a Network Load Balancer knows that a task is healthy: a path, or more.",
            "oneOf": [generator.subschema_for::<HttpPath>(), generator.subschema_for::<TcpHealthCheck>()],
        })
    }
}

/// How a Network Load Balancer knows that a task is healthy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TcpHealthCheckDetail")]
pub struct TcpHealthCheck {
    /// The path that is asked for with HTTP at the port of the container; an answer from 200 to 299 is health. Without one it is
    /// health that a connection is taken, which says little about the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["url", "uri", "http_path"]))]
    pub path: Option<HttpPath>,
    /// How often, 5s to 5m.
    #[serde(default = "defaults::health_interval")]
    pub interval: Seconds<5, 300>,
    /// How long an answer may take, 2s to 2m; less than `interval`.
    #[serde(default = "defaults::health_timeout")]
    pub timeout: Seconds<2, 120>,
    /// Good answers in a row until a task is healthy, 2 to 10.
    #[serde(default = "defaults::healthy")]
    #[schemars(range(min = 2, max = 10))]
    #[schemars(extend("x-also" = ["healthy_threshold", "healthyThreshold"]))]
    pub healthy: u8,
    /// Bad answers in a row until it is not, 2 to 10.
    #[serde(default = "defaults::unhealthy")]
    #[schemars(range(min = 2, max = 10))]
    #[schemars(extend("x-also" = ["unhealthy_threshold", "unhealthyThreshold", "retries"]))]
    pub unhealthy: u8,
    /// How long after a task's start its health does not count against it: longer than the application takes to start.
    #[serde(default = "defaults::grace")]
    #[schemars(extend("x-also" = ["grace_period", "start_period", "health_check_grace_period"]))]
    pub grace: Seconds<0, 2147483647>,
}

impl Default for TcpHealthCheck {
    fn default() -> Self {
        Self {
            path: None,
            interval: defaults::health_interval(),
            timeout: defaults::health_timeout(),
            healthy: defaults::healthy(),
            unhealthy: defaults::unhealthy(),
            grace: defaults::grace(),
        }
    }
}

impl TcpHealthCheck {
    /// The answers to HTTP that are health: no redirect, and nothing that went wrong.
    pub const GOOD: (u32, u32) = (200, 299);
}
