use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Allow, Cluster, Extra, LoadBalancer, Network, Patch, PipelineSpec, Quotas, Service,
    template::Variable,
    units::{
        AccountId, AppName, Email, EntryName, EnvName, FilePath, LoadBalancerName, ParamName, Region,
        RoleArn, RuleName, ServiceName, names,
    },
};

/// An application blueprint: one application, its environments and its services.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The version of the blueprint language. There is one: 1.
    #[schemars(extend("x-also" = ["version", "apiVersion"]))]
    pub schema: SchemaVersion,
    /// The application's name, the first part of every stack's name: at most 24 lower-case letters, digits and hyphens.
    #[schemars(extend("x-also" = ["name", "application"]))]
    pub app: AppName,
    /// Files whose `environments`, `network`, `cluster`, `load_balancers`, `notify`, `tags` and `vars` lie below those of this one,
    /// the last one on top; at most 16. Paths begin with `./` or `../` and are relative to this file.
    #[serde(default, skip_serializing)]
    #[schemars(length(max = 16))]
    pub include: Vec<FilePath>,
    /// Variables for expressions (`${vars.name}`), by name. They may use `env` and `app` themselves.
    #[serde(default, skip_serializing)]
    #[schemars(with = "IndexMap<ParamName, Variable>", extend("propertyNames" = names::<ParamName>(), "examples" = [{"domain": "example.com"}]))]
    pub vars: IndexMap<ParamName, serde_json::Value>,
    /// Whether an environment becomes several stacks, so that what changes often is apart from what must not (`split`),
    /// or one template (`single`).
    #[serde(default)]
    pub layout: Layout,
    /// Tags for every resource, at most 40. Listeners do not get them: a changed tag would update a listener, and
    /// nothing should do that which need not.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 40))]
    pub tags: IndexMap<String, String>,
    /// Named places to deploy to, each with what differs there.
    #[schemars(extend("minProperties" = 1, "propertyNames" = names::<EnvName>(), "examples" = [{"prod": {"region": "eu-west-1"}}]))]
    #[schemars(extend("x-also" = ["envs", "stages", "env"]))]
    pub environments: IndexMap<EnvName, Environment>,
    /// The VPC: created, or imported.
    #[serde(default)]
    #[schemars(extend("x-also" = ["vpc"]))]
    pub network: Network,
    /// The ECS cluster of each environment.
    #[serde(default)]
    pub cluster: Cluster,
    /// Load balancers that several services stand behind, by name. A service that names none in `http.load_balancer` has one for
    /// itself. Each has a stack of its own, `shop-prod-public-load-balancer`, and answers 404 where no service's rule fits; every
    /// service behind it brings its rules and target groups. At most 20.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 20, "propertyNames" = names::<LoadBalancerName>(), "examples" = [{"public": {"certificate": {"parameter": "CertificateArn"}}}]))]
    #[schemars(extend("x-also" = ["balancers", "albs", "load_balancer"]))]
    pub load_balancers: IndexMap<LoadBalancerName, LoadBalancer>,
    /// Who is told of what.
    #[serde(default)]
    #[schemars(extend("x-also" = ["notifications", "sns"]))]
    pub notify: Notify,
    /// The services, by name.
    #[schemars(extend("minProperties" = 1, "propertyNames" = names::<ServiceName>(), "examples" = [{"checkout": {"port": 8080, "http": {"certificate": {"parameter": "CertificateArn"}}}}]))]
    #[schemars(extend("x-also" = ["service", "apps"]))]
    pub services: IndexMap<ServiceName, Service>,
    /// CloudFormation of your own beside all services: what several of them use. It has a stack of its own, `shop-prod-extra`, deployed
    /// after network and cluster and before the services, so that an update of a table that fails takes back nothing else, and what
    /// holds data outlives what runs; with `layout: single` it is in the one template. Every service gets its variables and
    /// permissions, and one that says some of the same name itself keeps its own. Its outputs are exported, as `shop-prod-extra:Name`. What
    /// services still import, CloudFormation does not let be taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["resources", "Resources"]))]
    pub extra: Option<Extra>,
    /// Findings of rules that are known and accepted, by code or name, wherever in the file they are.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(extend("examples" = [{"BG108": {"reason": "traffic moves at night only", "until": "2027-03-01"}}], "x-also" = ["suppress", "ignore"], "propertyNames" = names::<RuleName>()))]
    pub allow: Allow,
    /// A pipeline for each service: from source to every stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["ci", "cicd"]))]
    pub pipeline: Option<PipelineSpec>,
    /// Changes of rendered resources, by name: the way out where the language has no word for something.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<EntryName>(), "x-also" = ["overrides", "escape_hatches"]))]
    pub patches: IndexMap<EntryName, Patch>,
}

/// The version of the blueprint language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(inline, extend("const" = 1))]
pub struct SchemaVersion(u8);

impl TryFrom<u8> for SchemaVersion {
    type Error = String;

    fn try_from(version: u8) -> Result<Self, Self::Error> {
        if version == 1 {
            Ok(Self(1))
        } else {
            Err(format!("there is no version {version} of the language: write 1"))
        }
    }
}

impl From<SchemaVersion> for u8 {
    fn from(version: SchemaVersion) -> Self {
        version.0
    }
}

/// How an environment is cut into stacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Layout {
    /// Network, cluster, and for each service edge, service and pipeline.
    #[default]
    Split,
    /// One template.
    Single,
}

/// A named place to deploy to.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"region": "eu-west-1"}]))]
pub struct Environment {
    /// The AWS region.
    #[schemars(extend("x-also" = ["aws_region"]))]
    pub region: Region,
    /// The AWS account, 12 digits in quotes. Where it is given, `deploy.sh` refuses any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["account_id", "accountId"]))]
    pub account: Option<AccountId>,
    /// Whether load balancers are protected from deletion, and `deploy.sh` asks before it changes anything.
    #[serde(default)]
    #[schemars(extend("x-also" = ["protect"]))]
    pub protected: bool,
    /// A permissions boundary for every role of this environment, by ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<RoleArn>,
    /// What AWS grants the account here. Declared, not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotas: Option<Quotas>,
    /// What differs from the application's `vars` here.
    #[serde(default, skip_serializing)]
    #[schemars(with = "IndexMap<ParamName, Variable>", extend("propertyNames" = names::<ParamName>()))]
    pub vars: IndexMap<ParamName, serde_json::Value>,
    /// What differs from the application's `network` here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Network>", extend("x-overlay" = true))]
    pub network: Option<serde_json::Value>,
    /// What differs from the application's `cluster` here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Cluster>", extend("x-overlay" = true))]
    pub cluster: Option<serde_json::Value>,
    /// What differs from the application's `load_balancers` here, by their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "IndexMap<LoadBalancerName, OverlaySchema>", extend("propertyNames" = names::<LoadBalancerName>()))]
    pub load_balancers: Option<serde_json::Value>,
}

/// A load balancer of which only the parts that differ are written: for the schema alone.
struct OverlaySchema;

impl JsonSchema for OverlaySchema {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LoadBalancerOverlay".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"x-overlay": true, "$ref": "#/$defs/LoadBalancer"})
    }
}

/// Who is told of what.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Told of every deployment that starts, succeeds, fails, stops, rolls back or waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<Topic>,
    /// Told of every alarm, when it fires and when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oncall: Option<Topic>,
}

/// Where a kind of news goes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// E-mail addresses; each has to confirm once.
    #[schemars(length(min = 1, max = 20))]
    pub email: Vec<Email>,
}
