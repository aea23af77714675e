use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    defaults, engines,
    units::{EnvName, Minutes, ParameterName, VariableName, Written, names},
};

/// A pipeline for each service: source, build, then a stage for each environment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineSpec {
    /// Where the code is.
    pub source: Source,
    /// How the image is built.
    #[serde(default)]
    pub build: Build,
    /// The environments a release goes through, in order.
    #[schemars(length(min = 1, max = 20))]
    pub stages: Vec<Stage>,
    /// The environment whose account and region the pipeline and the repository live in; the last stage's where it is
    /// not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Home>,
}

/// An environment's name.
pub type Home = EnvName;

/// Where the code is, reached through a connection of AWS CodeConnections.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// GitHub.
    Github(ConnectionSource),
    /// GitLab.
    Gitlab(ConnectionSource),
    /// Bitbucket.
    Bitbucket(ConnectionSource),
}

impl Source {
    /// The key that chooses it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Github(_) => "github",
            Self::Gitlab(_) => "gitlab",
            Self::Bitbucket(_) => "bitbucket",
        }
    }

    /// What is the same for all of them.
    pub fn connection(&self) -> &ConnectionSource {
        match self {
            Self::Github(source) | Self::Gitlab(source) | Self::Bitbucket(source) => source,
        }
    }
}

impl JsonSchema for Source {
    fn schema_name() -> Cow<'static, str> {
        "Source".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut one = |name: &str, place: &str| {
            let mut schema = generator.subschema_for::<ConnectionSource>();
            schema.insert("description".into(), format!("A repository on {place}.").into());
            json_schema!({"type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": false})
        };
        json_schema!({
            "description": "Where the code is: `github`, `gitlab` or `bitbucket`.",
            "x-choice": true,
            "oneOf": [one("github", "GitHub"), one("gitlab", "GitLab"), one("bitbucket", "Bitbucket")],
        })
    }
}

/// A repository behind a connection.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSource {
    /// Owner and name, such as acme/shop. `${service.name}` makes it one repository a service.
    #[schemars(regex(pattern = r"^[^\s/]+(/[^\s/]+)+$"), extend("x-expected" = "owner and name, such as acme/shop"))]
    pub repository: String,
    /// The branch that is released.
    #[serde(default = "defaults::branch")]
    #[schemars(length(min = 1, max = 255))]
    pub branch: String,
    /// The connection: its ARN, or `{parameter: Name}` for one given when deploying. A person has to complete its
    /// handshake once in the console.
    pub connection: Reference,
    /// Release only when a file below one of these paths changed, as globs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8))]
    pub paths: Option<Vec<String>>,
}

/// An ARN known now, or given when deploying.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Reference {
    /// Known now.
    Arn(String),
    /// Given when deploying.
    Given {
        /// The CloudFormation parameter that holds it.
        parameter: ParameterName,
    },
}

impl JsonSchema for Reference {
    fn schema_name() -> Cow<'static, str> {
        "Connection".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut parameter = super::units::schema_of::<ParameterName>();
        parameter.insert(
            "description".into(),
            format!(
                "The CloudFormation parameter that holds the connection's ARN: {}.",
                ParameterName::expected()
            )
            .into(),
        );
        json_schema!({
            "description": "A connection: its ARN, or `{parameter: Name}`.",
            "oneOf": [
                {
                    "type": "string",
                    "pattern": "^arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[A-Za-z0-9-]+$",
                    "examples": ["arn:aws:codeconnections:eu-west-1:111122223333:connection/0b1c2d3e"],
                    "x-expected": "the ARN of a connection, arn:aws:codeconnections:<region>:<account>:connection/<id>",
                },
                {"type": "object", "properties": {"parameter": parameter}, "required": ["parameter"], "additionalProperties": false},
            ],
        })
    }
}

/// How the image is built.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The Dockerfile, relative to the repository.
    #[serde(default = "defaults::dockerfile")]
    #[schemars(length(min = 1, max = 255))]
    pub dockerfile: String,
    /// The folder that is sent to Docker, relative to the repository.
    #[serde(default = "defaults::context")]
    #[schemars(length(min = 1, max = 255))]
    pub context: String,
    /// The stage of the Dockerfile to build; its last where this is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Build arguments, by name. Not for secrets: they end up in the image.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<VariableName>()))]
    pub arguments: IndexMap<VariableName, String>,
    /// Commands that must succeed before the image is built.
    #[serde(default)]
    pub test: Vec<String>,
    /// What to do about known vulnerabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<Scan>,
    /// The size of the build machine.
    #[serde(default)]
    pub compute: Compute,
    /// How long a build may take, 5m to 1d12h.
    #[serde(default = "defaults::build_timeout")]
    pub timeout: Minutes<5, 2160>,
}

impl Default for Build {
    fn default() -> Self {
        Self {
            dockerfile: defaults::dockerfile(),
            context: defaults::context(),
            target: None,
            arguments: IndexMap::new(),
            test: Vec::new(),
            scan: None,
            compute: Compute::default(),
            timeout: defaults::build_timeout(),
        }
    }
}

/// What to do about known vulnerabilities of the image.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// The lowest severity that fails the build.
    pub fail_on: ScanLevel,
}

/// A severity of ECR's image scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ScanLevel {
    /// Critical.
    Critical,
    /// High and above.
    High,
    /// Medium and above.
    Medium,
}

/// The size of the build machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Compute {
    /// 2 vCPU.
    #[default]
    Small,
    /// 4 vCPU.
    Medium,
    /// 8 vCPU.
    Large,
}

/// An environment a release goes through.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Which.
    #[schemars(extend("x-also" = ["name", "env", "stage"]))]
    pub environment: EnvName,
    /// Whether a person has to say go before this stage; `{timeout: 2d}` for how long it waits.
    #[serde(default)]
    pub approve: StageApproval,
    /// What releases here: `stack`, a build that updates the service's stack, or `action`, CodePipeline's own action of
    /// the engine. The action for `ecs` copies the revision that runs and exchanges the image: a first release, and changed
    /// settings such as CPU or variables, are then for `release.sh`. It gives up after an hour while ECS goes on, looks at
    /// no alarm before it starts, and does not count tasks that fail to start. Where it is not given, the first that the
    /// engine has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(transform = engines::tell_release_with)]
    pub release_with: Option<ReleaseWith>,
}

/// What a stage of a pipeline releases with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ReleaseWith {
    /// A build that updates the stack of the service.
    Stack,
    /// The engine's own action of CodePipeline.
    Action,
}

impl ReleaseWith {
    /// As blueprints write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stack => "stack",
            Self::Action => "action",
        }
    }
}

/// Whether a person has to say go before a stage.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum StageApproval {
    /// Yes, within CodePipeline's seven days, or no.
    Asked(bool),
    /// Yes, within this time.
    Within {
        /// How long it waits.
        timeout: Minutes<5, 86400>,
    },
}

impl Default for StageApproval {
    fn default() -> Self {
        Self::Asked(false)
    }
}

impl JsonSchema for StageApproval {
    fn schema_name() -> Cow<'static, str> {
        "StageApproval".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut timeout = generator.subschema_for::<Minutes<5, 86400>>();
        timeout.insert(
            "description".into(),
            "How long it waits, 5m to 60d; then the release fails here.".into(),
        );
        json_schema!({
            "description": "Whether a person has to say go before this stage; `{timeout: 2d}` for how long it waits.",
            "oneOf": [
                {"type": "boolean"},
                {"type": "object", "properties": {"timeout": timeout}, "required": ["timeout"], "additionalProperties": false},
            ],
        })
    }
}
