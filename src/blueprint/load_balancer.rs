use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Certificate, Http, Scheme, Tcp, TestTraffic, defaults,
    units::{Cidr, EntryName, HostName, ListenerArn, Port, Seconds, TlsPolicy, names},
};

/// A load balancer that several services stand behind, with its listeners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"certificate": {"parameter": "CertificateArn"}}]))]
pub struct LoadBalancer {
    /// Whether it has public addresses (`internet`) or private ones (`internal`).
    #[serde(default)]
    #[schemars(extend("x-also" = ["internal", "internet_facing"]))]
    pub scheme: Scheme,
    /// The certificate of the production and test listeners: its ARN, or `{parameter: Name}` for one given when
    /// deploying. Without one, traffic is plain HTTP, which only an internal load balancer may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["certificate_arn", "certificateArn", "cert", "certificates", "acm"]))]
    pub certificate: Option<Certificate>,
    /// More certificates, by name, for the other host names of the services behind it: attached beside the listeners, so that a
    /// change does not touch them.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<EntryName>()))]
    pub more_certificates: IndexMap<EntryName, Certificate>,
    /// The production listener's port, 1 to 65535: 443 with a certificate, otherwise 80.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["listener_port", "production_port"]))]
    pub port: Option<Port>,
    /// Who may send production traffic: blocks of addresses. The default is everyone for `internet`, the VPC for `internal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    #[schemars(extend("x-also" = ["allow", "ingress", "cidr", "allowed_source_ips", "source_ips", "allowed_cidrs"]))]
    pub from: Option<Vec<Cidr>>,
    /// A second listener that reaches new versions before production does; `null` for none, and then no service behind it has
    /// test traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["test_listener", "testListener", "test"]))]
    pub test_traffic: Option<TestTraffic>,
    /// How long a connection may be idle, 1s to 4000s.
    #[serde(default = "defaults::idle")]
    #[schemars(extend("x-also" = ["idle_timeout", "timeout"]))]
    pub idle: Seconds<1, 4000>,
    /// The security policy of HTTPS listeners.
    #[serde(default = "defaults::tls")]
    #[schemars(extend("x-also" = ["ssl_policy", "sslPolicy", "tls_policy"]))]
    pub tls: TlsPolicy,
    /// Whether every request is logged to a bucket, kept for 90 days.
    #[serde(default)]
    #[schemars(extend("x-also" = ["logs", "logging", "accessLogs"]))]
    pub access_logs: bool,
    /// An existing load balancer instead, which somebody else makes and keeps: the services add target groups and rules to it and
    /// touch nothing else. Beside it only `scheme` is written. Priorities of rules must be free there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["existing"]))]
    pub import: Option<ExistingLoadBalancer>,
    /// What it forwards. Nobody writes it: one that services share forwards requests.
    #[serde(skip)]
    pub forwards: Forwards,
}

/// What a load balancer forwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Forwards {
    /// Requests: an Application Load Balancer.
    #[default]
    Requests,
    /// Connections: a Network Load Balancer.
    Connections,
}

/// A load balancer that is there already, in the imported VPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExistingLoadBalancer {
    /// Its DNS name.
    #[schemars(extend("x-also" = ["dns", "dnsName"]))]
    pub dns_name: HostName,
    /// Its security group, which gets a rule that leads to the tasks of each service.
    #[schemars(regex(pattern = r"^sg-[0-9a-f]{3,17}$"), extend("x-expected" = "the id of a security group such as sg-0abc1234"))]
    #[schemars(extend("x-also" = ["security_groups", "securityGroup"]))]
    pub security_group: String,
    /// The listener of production traffic.
    #[schemars(extend("x-also" = ["listener", "listener_arn"]))]
    pub production: ExistingListener,
    /// The listener of test traffic; without one, no service behind it has test traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["test_listener", "test_traffic"]))]
    pub test: Option<ExistingListener>,
}

/// A listener that is there already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExistingListener {
    /// Its ARN.
    #[schemars(extend("x-also" = ["arn", "listener_arn"]))]
    pub listener: ListenerArn,
    /// Its port, 1 to 65535: 443 with HTTPS, otherwise 80.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// Whether it speaks HTTPS.
    #[serde(default = "defaults::https")]
    pub https: bool,
}

impl ExistingListener {
    /// `app/<name>/<id>`: its load balancer, as a dimension of CloudWatch metrics.
    pub fn load_balancer(&self) -> &str {
        let listener = self.listener.as_str();
        let of = listener.split_once(":listener/").and_then(|(_, rest)| rest.rsplit_once('/'));
        of.map_or(listener, |(load_balancer, _)| load_balancer)
    }

    /// What it listens on.
    pub fn port(&self) -> Port {
        self.port.unwrap_or(Port::new(if self.https { 443 } else { 80 }))
    }
}

impl LoadBalancer {
    /// Keys of `http` that belong to a load balancer and its listeners: in a service only where it has one of its own.
    pub const KEYS: [&str; 8] =
        ["scheme", "certificate", "more_certificates", "port", "from", "idle", "tls", "access_logs"];

    /// The one that a service has for itself.
    pub fn of(http: &Http, test_traffic: Option<&TestTraffic>) -> Self {
        Self {
            scheme: http.scheme,
            certificate: http.certificate.clone(),
            more_certificates: http.more_certificates.clone(),
            port: http.port,
            from: http.from.clone(),
            test_traffic: test_traffic.cloned(),
            idle: http.idle,
            tls: http.tls.clone(),
            access_logs: http.access_logs,
            forwards: Forwards::Requests,
            import: None,
        }
    }

    /// The one that forwards connections to a service, whose container listens on `port`.
    pub fn of_connections(tcp: &Tcp, port: Option<Port>, test_traffic: Option<&TestTraffic>) -> Self {
        Self {
            scheme: tcp.scheme,
            certificate: tcp.certificate.clone(),
            more_certificates: IndexMap::new(),
            port: tcp.port.or(port),
            from: tcp.from.clone(),
            test_traffic: test_traffic.cloned(),
            idle: defaults::idle(),
            tls: tcp.tls.clone(),
            access_logs: false,
            forwards: Forwards::Connections,
            import: None,
        }
    }

    /// What tests listen to: as written, or as it is on the one that is there already.
    pub fn tests(&self) -> Option<TestTraffic> {
        match &self.import {
            Some(there) => there.test.as_ref().map(|test| TestTraffic { port: test.port(), from: None }),
            None => self.test_traffic.clone(),
        }
    }

    /// Whether production speaks HTTPS.
    pub fn is_https(&self) -> bool {
        self.import.as_ref().map_or(self.certificate.is_some(), |there| there.production.https)
    }

    /// Whether tests speak HTTPS, where there are any.
    pub fn is_tested_by_https(&self) -> bool {
        match &self.import {
            Some(there) => there.test.as_ref().is_some_and(|test| test.https),
            None => self.certificate.is_some(),
        }
    }

    /// Keys beside `import` that say what bluegreen would make.
    pub fn made(&self) -> Vec<&'static str> {
        let by_default = TestTraffic { port: defaults::test_port(), from: None };
        let all = [
            ("certificate", self.certificate.is_some()),
            ("more_certificates", !self.more_certificates.is_empty()),
            ("port", self.port.is_some()),
            ("from", self.from.is_some()),
            ("test_traffic", self.test_traffic.as_ref().is_some_and(|test| *test != by_default)),
            ("idle", self.idle != defaults::idle()),
            ("tls", self.tls != defaults::tls()),
            ("access_logs", self.access_logs),
        ];
        all.into_iter().filter_map(|(key, is_said)| is_said.then_some(key)).collect()
    }

    /// Production listens here.
    pub fn production_port(&self) -> u16 {
        if let Some(there) = &self.import {
            return there.production.port().get();
        }
        match (self.port, &self.certificate) {
            (Some(port), _) => port.get(),
            (None, Some(_)) => 443,
            (None, None) => 80,
        }
    }

    /// Whether a listener on port 80 sends people to HTTPS.
    pub fn redirects(&self) -> bool {
        self.forwards == Forwards::Requests && self.certificate.is_some() && self.production_port() == 443
    }
}
