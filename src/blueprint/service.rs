use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    Alarm, Allow, Connect, Count, Deploy, Downstream, ExpectedReleases, ExpectedTraffic, Extra, Http, Secret,
    Tcp, defaults, engines,
    template::Variable,
    units::{
        BlueprintReference, ContainerName, Cpu, EntryName, EnvName, HostName, ImageUri, Memory, ParamName,
        Port, RepositoryName, Retention, RuleName, Seconds, VariableName, names,
    },
};

/// A service on Fargate: behind a load balancer, or without one where nobody calls it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The service blueprint this one completes and changes: a built-in (`web`, `api` …; `bluegreen blueprints` lists them), or a
    /// file's path that begins with `./` or `../` and is relative to this file.
    #[serde(default, skip_serializing)]
    #[schemars(extend("x-also" = ["template", "inherits", "base", "type"]))]
    pub extends: Option<BlueprintReference>,
    /// Values for the parameters of the service blueprint, by name.
    #[serde(default, skip_serializing)]
    #[schemars(extend("examples" = [{"port": 8080}], "x-also" = ["params", "parameters", "props"]))]
    pub with: IndexMap<String, serde_json::Value>,
    /// Variables of this service for expressions (`${vars.name}`), by name; they go before those of the application.
    #[serde(default, skip_serializing)]
    #[schemars(with = "IndexMap<ParamName, Variable>", extend("propertyNames" = names::<ParamName>()))]
    pub vars: IndexMap<ParamName, serde_json::Value>,
    /// What it does, in a sentence of at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub description: Option<String>,
    /// The port the container listens on, 1 to 65535. A service with `http` or `tcp` needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = [8080], "x-also" = ["containerPort", "target_port", "listen"]))]
    pub port: Option<Port>,
    /// CPU of a task: units (256 to 16384) or vCPUs. Goes with certain sizes of memory only.
    #[serde(default = "defaults::cpu")]
    pub cpu: Cpu,
    /// Memory of a task: MiB or a size. Goes with certain sizes of CPU only.
    #[serde(default = "defaults::memory")]
    pub memory: Memory,
    /// The processor images are built for: `x86_64` or `arm64`.
    #[serde(default)]
    pub architecture: Architecture,
    /// Ephemeral storage of a task in GiB, 21 to 200. Fargate gives 20 without being asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 21, max = 200))]
    pub storage: Option<u16>,
    /// Where the image comes from.
    #[serde(default)]
    #[schemars(extend("examples" = [{"uri": "public.ecr.aws/nginx/nginx:1.29"}]))]
    pub image: Image,
    /// The command, where it is not the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub command: Option<Vec<String>>,
    /// The entry point, where it is not the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub entrypoint: Option<Vec<String>>,
    /// A command inside the container that tells whether it is healthy. ECS ignores the image's own `HEALTHCHECK`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<ContainerHealth>,
    /// How long a task that was told to stop may take, 2s to 2m; then it is killed.
    #[serde(default = "defaults::stop_timeout")]
    pub stop_timeout: Seconds<2, 120>,
    /// Whether the container's file system is read-only.
    #[serde(default)]
    pub readonly: bool,
    /// Whether people may open a shell in a running container with ECS Exec. Fixed at creation: AWS does not document
    /// changing it on a service under CodeDeploy.
    #[serde(default)]
    #[schemars(extend("x-also" = ["enableExecuteCommand", "execute_command", "ecs_exec"]))]
    pub exec: bool,
    /// How many tasks run: a number, or a `range` and what it follows.
    #[serde(default = "defaults::count")]
    #[schemars(extend("examples" = [2], "x-also" = ["desiredCount", "replicas", "instances", "tasks", "scaling"]))]
    pub count: Count,
    /// Variables the container sees, by name. Not for secrets.
    #[serde(default)]
    #[schemars(extend("examples" = [{"LOG_LEVEL": "info"}], "x-also" = ["env", "environment", "env_vars", "environment_variables"], "propertyNames" = names::<VariableName>()))]
    pub variables: IndexMap<VariableName, Scalar>,
    /// Secrets the container sees as variables, by name; read when a task starts.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<VariableName>()))]
    pub secrets: IndexMap<VariableName, Secret>,
    /// What the application may do in AWS, by name.
    #[serde(default)]
    #[schemars(extend("x-also" = ["iam", "policy", "policies", "taskRole", "taskRoleArn", "task_policies"], "propertyNames" = names::<EntryName>()))]
    pub permissions: IndexMap<EntryName, Permission>,
    /// Other containers of the task, by name.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 9, "x-also" = ["containers", "containerDefinitions"], "propertyNames" = names::<ContainerName>()))]
    pub sidecars: IndexMap<ContainerName, Sidecar>,
    /// Calls between services by name, through Service Connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(transform = engines::tell_connect)]
    #[schemars(extend("x-also" = ["service_connect", "serviceConnect"]))]
    pub connect: Option<Connect>,
    /// A private DNS name for the tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery: Option<Discovery>,
    /// Where its log goes and for how long.
    #[serde(default)]
    pub logs: Logs,
    /// The load balancer in front. Without it the service is one that nobody sends requests to: a worker, a consumer of a
    /// queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(transform = engines::tell_without_load_balancer)]
    #[schemars(extend("examples" = [{"certificate": {"parameter": "CertificateArn"}, "healthcheck": "/health"}], "x-also" = ["load_balancer", "alb", "ingress", "listener"]))]
    pub http: Option<Http>,
    /// The Network Load Balancer in front, in place of `http`, for a service that speaks something else than HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(transform = engines::tell_tcp)]
    #[schemars(extend("x-also" = ["nlb", "network_load_balancer", "networkLoadBalancer"]))]
    pub tcp: Option<Tcp>,
    /// How a release replaces the one before.
    #[serde(default)]
    pub deploy: Deploy,
    /// Alarms over both colors, by name. `errors`, `burst`, `latency`, `connections`, `unhealthy` and `fail_open` are there
    /// unless they are changed, or removed with `null`; with `tcp` they are `unhealthy`, `missing` and `memory`, and without a load balancer
    /// `missing` and `memory`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, Option<Alarm>>", extend("propertyNames" = names::<EntryName>()))]
    pub alarms: IndexMap<EntryName, Alarm>,
    /// CloudFormation of your own beside the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["addons", "additional_resources", "cloudformation", "Resources"]))]
    pub extra: Option<Extra>,
    /// How long a task takes until it answers, image pull included: what 99 of 100 starts stay below, 1s to 2h. Declared,
    /// not rendered: rules compare it with health checks and alarms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup: Option<Seconds<1, 7200>>,
    /// How long the application takes to finish after it was told to stop, 0s to 1h. Declared, not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Seconds<0, 3600>>,
    /// How long the longest request that must not be cut off takes, 0s to 1h. Declared, not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_request: Option<Seconds<0, 3600>>,
    /// How long connections such as WebSockets or event streams stay open, 0s to 1d. Declared, not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_connection: Option<Seconds<0, 86400>>,
    /// The traffic it gets. Declared, not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_traffic: Option<ExpectedTraffic>,
    /// How often it is released. Declared, not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_releases: Option<ExpectedReleases>,
    /// What its tasks hold connections to, by name. Declared, not rendered.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(extend("propertyNames" = names::<EntryName>()))]
    pub downstream: IndexMap<EntryName, Downstream>,
    /// Findings of rules that are known and accepted for this service, by code or name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(extend("examples" = [{"BG108": {"reason": "traffic moves at night only", "until": "2027-03-01"}}], "x-also" = ["suppress", "ignore"], "propertyNames" = names::<RuleName>()))]
    pub allow: Allow,
    /// What differs in an environment, by its name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "IndexMap<EnvName, OverlaySchema>", extend("propertyNames" = names::<EnvName>()))]
    pub environments: IndexMap<EnvName, serde_json::Value>,
}

impl Service {
    /// Whether a load balancer stands before it.
    pub fn has_load_balancer(&self) -> bool {
        self.http.is_some() || self.tcp.is_some()
    }

    /// How others call it through Service Connect, and at which port of its container; nothing where none does.
    pub fn called(&self) -> Option<(&Connect, Port)> {
        let connect = self.connect.as_ref().filter(|connect| !connect.client_only)?;
        Some((connect, self.port?))
    }
}

/// A service of which only the parts that differ are written: for the schema alone.
struct OverlaySchema;

impl JsonSchema for OverlaySchema {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ServiceOverlay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"x-overlay": true, "$ref": "#/$defs/Service"})
    }
}

/// A value of a variable: containers see text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(out),
            Self::Int(value) => value.fmt(out),
            Self::Float(value) => value.fmt(out),
            Self::Text(value) => out.write_str(value),
        }
    }
}

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// The processor images are built for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Architecture {
    /// Intel and AMD.
    #[default]
    #[serde(rename = "x86_64")]
    X86,
    /// Graviton.
    Arm64,
}

/// Where the image comes from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The repository in ECR, made by bluegreen. Its default is named after application, environment (where there is no
    /// pipeline) and service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["name", "repo"]))]
    pub repository: Option<RepositoryName>,
    /// An image that others build, with tag or digest: no repository is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["location", "image", "registry", "url"]))]
    pub uri: Option<ImageUri>,
    /// What runs before the first release, while the repository is empty: `placeholder` (a web server that answers the
    /// health check) or `none` (no tasks at all). Where tasks speak HTTP/2 or gRPC, which the placeholder does not, or nobody
    /// asks for its health, it is `none` by default.
    #[serde(default)]
    pub bootstrap: Bootstrap,
    /// How many images the repository keeps, 2 to 1000. Rollbacks need the old ones.
    #[serde(default = "defaults::keep_images")]
    #[schemars(range(min = 2, max = 1000))]
    pub keep: u16,
}

impl Default for Image {
    fn default() -> Self {
        Self { repository: None, uri: None, bootstrap: Bootstrap::default(), keep: defaults::keep_images() }
    }
}

/// What runs before the first release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Bootstrap {
    /// A web server that answers the health check.
    #[default]
    Placeholder,
    /// No tasks.
    None,
}

/// A command inside the container that tells whether it is healthy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContainerHealth {
    /// The command and its arguments; its tool must be in the image.
    #[schemars(length(min = 1))]
    pub command: Vec<String>,
    /// How often, 5s to 5m.
    #[serde(default = "defaults::container_health_interval")]
    pub interval: Seconds<5, 300>,
    /// How long it may take, 2s to 1m; less than `interval`.
    #[serde(default = "defaults::container_health_timeout")]
    pub timeout: Seconds<2, 60>,
    /// Failures in a row until the container is unhealthy, 1 to 10.
    #[serde(default = "defaults::container_health_retries")]
    #[schemars(range(min = 1, max = 10))]
    pub retries: u8,
    /// How long after its start failures do not count, 0s to 5m.
    #[serde(default = "defaults::container_health_start")]
    pub start: Seconds<0, 300>,
}

/// What the application may do in AWS.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// IAM actions such as `s3:GetObject`. `*` alone is refused.
    #[schemars(length(min = 1), extend("items" = {"type": "string", "pattern": r"^[a-z0-9-]+:[A-Za-z0-9*?]+$", "x-expected": "an IAM action such as s3:GetObject"}))]
    pub actions: Vec<String>,
    /// ARNs of what they may be done on.
    #[schemars(length(min = 1), extend("items" = {"type": "string", "pattern": r"^(\*|arn:\S+)$", "x-expected": "an ARN such as arn:aws:s3:::shop-receipts/*"}))]
    pub resources: Vec<String>,
}

/// Another container of the task.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// Its image, with tag or digest.
    pub image: ImageUri,
    /// Whether the task stops when it does.
    #[serde(default)]
    pub essential: bool,
    /// Ports it listens on inside the task.
    #[serde(default)]
    pub ports: Vec<Port>,
    /// The command, where it is not the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub command: Option<Vec<String>>,
    /// The part of the task's memory it may use at most, in MiB or as a size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// Variables it sees, by name.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<VariableName>()))]
    pub variables: IndexMap<VariableName, Scalar>,
    /// Secrets it sees as variables, by name.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<VariableName>()))]
    pub secrets: IndexMap<VariableName, Secret>,
    /// A command inside it that tells whether it is healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<ContainerHealth>,
}

/// A private DNS name for the tasks. Fixed at creation: AWS refuses the change on a service under CodeDeploy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discovery {
    /// The private namespace, such as shop.local; services of an application share it.
    pub namespace: HostName,
}

/// Where the log goes and for how long.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// How long CloudWatch Logs keeps it: one of its periods, 1d to 3653d.
    #[serde(default = "defaults::retention")]
    pub retention: Retention,
}

impl Default for Logs {
    fn default() -> Self {
        Self { retention: defaults::retention() }
    }
}
