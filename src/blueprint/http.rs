use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    defaults,
    units::{
        CertificateArn, Cidr, EntryName, HostName, HttpPath, LoadBalancerName, ParameterName, PathPattern,
        Port, Seconds, TlsPolicy, names,
    },
};

/// The load balancer in front of a service: one for itself, or its part of one that several share.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The load balancer that it shares with other services, one of `load_balancers` at the top. What belongs to the load
    /// balancer and its listeners (`scheme`, `certificate`, `more_certificates`, `port`, `from`, `idle`, `tls`, `access_logs`) is
    /// written there then, and here stands what its rule goes by: `host`, `paths`, `priority`. Only for engines that move rules
    /// (`ecs`). Fixed at creation: a target group has one load balancer for ever, so a service that runs moves to another by way of a
    /// second service beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["shared", "behind"]))]
    pub load_balancer: Option<LoadBalancerName>,
    /// Whether the load balancer has public addresses (`internet`) or private ones (`internal`).
    #[serde(default)]
    #[schemars(extend("x-also" = ["internal", "internet_facing"]))]
    pub scheme: Scheme,
    /// The certificate of the production and test listeners: its ARN, or `{parameter: Name}` for one given when
    /// deploying. Without one, traffic is plain HTTP, which only an internal load balancer may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["certificate_arn", "certificateArn", "cert", "certificates", "acm"]))]
    pub certificate: Option<Certificate>,
    /// More certificates, by name: attached beside the listener, so that a change does not touch it.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<EntryName>()))]
    pub more_certificates: indexmap::IndexMap<EntryName, Certificate>,
    /// The host name: what the test listener is called by, where checks ask it, and on a shared load balancer what requests for
    /// this service are told by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["alias", "domain", "hostname", "domain_name"]))]
    pub host: Option<HostName>,
    /// On a shared load balancer: the paths that are this service's, with `*` for any text and `?` for one character; all of the
    /// host's where none are given. Upper and lower case differ, and a rule takes five values, the host among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 5), extend("uniqueItems" = true, "examples" = [["/checkout", "/checkout/*"]]))]
    #[schemars(extend("x-also" = ["path_patterns", "path_pattern", "pathPatterns", "routes"]))]
    pub paths: Option<Vec<PathPattern>>,
    /// On a shared load balancer: where its rule stands among those of the others, 1 to 50000; of two that fit a request, the one
    /// with the lower number gets it. By default from 1000 to 48999: lower the more the host and the shortest path say, so that
    /// `/checkout/*` goes before `/*`, and then by the service's name, so that no other service changes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50_000))]
    #[schemars(extend("x-also" = ["rule_priority", "rulePriority", "order"]))]
    pub priority: Option<u16>,
    /// The production listener's port, 1 to 65535: 443 with a certificate, otherwise 80.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["listener_port", "production_port"]))]
    pub port: Option<Port>,
    /// Who may send production traffic: blocks of addresses. The default is everyone for `internet`, the VPC for `internal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    #[schemars(extend("x-also" = ["allow", "ingress", "cidr", "allowed_source_ips", "source_ips", "allowed_cidrs"]))]
    pub from: Option<Vec<Cidr>>,
    /// How the load balancer knows that a task is healthy: a path, or more.
    #[serde(default)]
    #[schemars(extend("x-also" = ["health_check", "healthCheck", "health", "health_check_path", "path"]))]
    pub healthcheck: HealthCheck,
    /// How long a task that is going away finishes what it began, 0s to 1h.
    #[serde(default = "defaults::drain")]
    #[schemars(extend("x-also" = ["deregistration_delay", "deregistrationDelay", "draining"]))]
    pub drain: Seconds<0, 3600>,
    /// How long a connection may be idle, 1s to 4000s.
    #[serde(default = "defaults::idle")]
    #[schemars(extend("x-also" = ["idle_timeout", "timeout"]))]
    pub idle: Seconds<1, 4000>,
    /// The version of HTTP that tasks speak: `http1`, `http2` or `grpc`; the latter two need a certificate.
    #[serde(default)]
    #[schemars(extend("x-also" = ["version", "protocol_version"]))]
    pub protocol: Protocol,
    /// The security policy of HTTPS listeners.
    #[serde(default = "defaults::tls")]
    #[schemars(extend("x-also" = ["ssl_policy", "sslPolicy", "tls_policy"]))]
    pub tls: TlsPolicy,
    /// Whether every request is logged to a bucket, kept for 90 days.
    #[serde(default)]
    #[schemars(extend("x-also" = ["logs", "logging", "accessLogs"]))]
    pub access_logs: bool,
}

/// Where a load balancer can be reached from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Scheme {
    /// The internet.
    #[default]
    Internet,
    /// The VPC.
    Internal,
}

/// What tasks speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Protocol {
    /// HTTP/1.1
    #[default]
    Http1,
    /// HTTP/2
    Http2,
    /// gRPC
    Grpc,
}

/// A certificate: known now, or given when deploying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Certificate {
    /// Known now.
    Arn(CertificateArn),
    /// Given when deploying.
    Given {
        /// The CloudFormation parameter that holds its ARN.
        parameter: ParameterName,
    },
}

impl JsonSchema for Certificate {
    fn schema_name() -> Cow<'static, str> {
        "Certificate".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut parameter = generator.subschema_for::<ParameterName>();
        parameter.insert(
            "description".into(),
            "The CloudFormation parameter that holds the certificate's ARN.".into(),
        );
        json_schema!({
            "description": "A certificate: its ARN, or `{parameter: Name}` for one given when deploying.",
            "oneOf": [
                generator.subschema_for::<CertificateArn>(),
                {
                    "type": "object",
                    "properties": {"parameter": parameter},
                    "required": ["parameter"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// How the load balancer knows that a task is healthy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// The path asked for.
    #[serde(default = "defaults::health_path")]
    pub path: HttpPath,
    /// How often.
    #[serde(default = "defaults::health_interval")]
    pub interval: Seconds<5, 300>,
    /// How long an answer may take; less than `interval`.
    #[serde(default = "defaults::health_timeout")]
    pub timeout: Seconds<2, 120>,
    /// Good answers in a row until a task is healthy again.
    #[serde(default = "defaults::healthy")]
    pub healthy: u8,
    /// Bad answers in a row until it is not.
    #[serde(default = "defaults::unhealthy")]
    pub unhealthy: u8,
    /// Which status codes are good.
    #[serde(default = "defaults::health_codes")]
    pub codes: String,
    /// How long after a task's start its health does not count against it.
    #[serde(default = "defaults::grace")]
    pub grace: Seconds<0, 2147483647>,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            path: defaults::health_path(),
            interval: defaults::health_interval(),
            timeout: defaults::health_timeout(),
            healthy: defaults::healthy(),
            unhealthy: defaults::unhealthy(),
            codes: defaults::health_codes(),
            grace: defaults::grace(),
        }
    }
}

/// The long form, for the schema: [`HealthCheck`] may also be written as its path alone.
#[derive(JsonSchema)]
#[schemars(rename = "HealthCheckDetail", deny_unknown_fields)]
#[allow(dead_code, reason = "its schema is what it is for")]
struct Detail {
    /// The path asked for. `/` says little about an application. For gRPC it is a method, by default
    /// `/grpc.health.v1.Health/Check`.
    #[serde(default = "defaults::health_path")]
    #[schemars(extend("x-also" = ["url", "uri", "http_path"]))]
    path: HttpPath,
    /// How often, 5s to 5m.
    #[serde(default = "defaults::health_interval")]
    interval: Seconds<5, 300>,
    /// How long an answer may take, 2s to 2m; less than `interval`.
    #[serde(default = "defaults::health_timeout")]
    timeout: Seconds<2, 120>,
    /// Good answers in a row until a task is healthy again, 2 to 10.
    #[serde(default = "defaults::healthy")]
    #[schemars(range(min = 2, max = 10))]
    #[schemars(extend("x-also" = ["healthy_threshold", "healthyThreshold"]))]
    healthy: u8,
    /// Bad answers in a row until it is not, 2 to 10.
    #[serde(default = "defaults::unhealthy")]
    #[schemars(range(min = 2, max = 10))]
    #[schemars(extend("x-also" = ["unhealthy_threshold", "unhealthyThreshold", "retries"]))]
    unhealthy: u8,
    /// Which answers are good: HTTP status codes from 200 to 499, such as 200, 200-299 or 200,204. For gRPC, its codes from 0 to
    /// 99, by default 0.
    #[serde(default = "defaults::health_codes")]
    #[schemars(regex(pattern = r"^[0-9]{1,3}(-[0-9]{1,3})?(,[0-9]{1,3}(-[0-9]{1,3})?)*$"), extend("x-expected" = "status codes such as 200, 200-299 or 200,204"))]
    #[schemars(extend("x-also" = ["success_codes", "matcher", "status"]))]
    codes: String,
    /// How long after a task's start its health does not count against it: longer than the application takes to start.
    #[serde(default = "defaults::grace")]
    #[schemars(extend("x-also" = ["grace_period", "start_period", "health_check_grace_period"]))]
    grace: Seconds<0, 2147483647>,
}

impl JsonSchema for HealthCheck {
    fn schema_name() -> Cow<'static, str> {
        "HealthCheck".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How the load balancer knows that a task is healthy: a path, or more.",
            "oneOf": [generator.subschema_for::<HttpPath>(), generator.subschema_for::<Detail>()],
        })
    }
}
