use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    Exposure, Rolling, defaults, engines,
    units::{Cidr, EntryName, FunctionName, HttpPath, Millis, Minutes, Port, Share, names},
};

/// How a release replaces the one before.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// Who moves the traffic.
    #[serde(default)]
    #[schemars(extend("x-also" = ["controller", "type"]))]
    pub engine: Engine,
    /// How it moves: `all_at_once`, `{canary: …}`, `{linear: …}` or `{rolling: …}`.
    #[serde(default)]
    #[schemars(extend("x-also" = ["deployment_config", "config", "method"]))]
    pub strategy: Strategy,
    /// A second listener that reaches the new version before production does; `null` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["test_listener", "testListener", "test"]))]
    pub test_traffic: Option<TestTraffic>,
    /// Hold before production traffic moves, until someone says go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["approval", "manual_approval"]))]
    pub approve: Option<Approve>,
    /// How long the old version keeps running after all traffic has left it, 0m to 2d: until then a rollback is a flip
    /// of weights.
    #[serde(default = "defaults::keep_old")]
    #[schemars(transform = engines::tell_keep_old)]
    #[schemars(extend("x-also" = ["termination_wait", "termination_wait_time", "bake", "bake_time", "terminate_after"]))]
    pub keep_old: Minutes<0, 2880>,
    /// What becomes of the color without production traffic when a release is over. `zero`, the default: it is scaled to zero
    /// after `keep_old`, and going back is then a release. `running`: its tasks run on, at least as many as the least of `count`;
    /// going back is a flip of weights at any time, and twice the tasks are paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(transform = engines::tell_idle_color)]
    #[schemars(extend("x-also" = ["idle", "scale_down", "standby", "old_color"]))]
    pub idle_color: Option<IdleColor>,
    /// Requests sent to the new version through the test listener before production traffic moves, by name. The
    /// deployment fails when one of them does.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 20, "propertyNames" = names::<EntryName>()))]
    #[schemars(extend("x-also" = ["smoke_tests", "tests", "validation"]))]
    pub checks: IndexMap<EntryName, Check>,
    /// Functions of your own that the engine calls and waits for.
    #[serde(default)]
    #[schemars(extend("x-also" = ["lifecycle_hooks", "lifecycle"]))]
    pub hooks: Hooks,
    /// When a deployment is taken back.
    #[serde(default)]
    #[schemars(extend("x-also" = ["auto_rollback", "rollback_alarms"]))]
    pub rollback: Rollback,
    /// How much a bad release may reach before an alarm takes it back. Declared, not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
}

impl Deploy {
    /// Whether the old version runs on when its release is long over.
    pub fn old_stays(&self) -> bool {
        self.idle_color == Some(IdleColor::Running)
    }
}

impl Default for Deploy {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            strategy: Strategy::default(),
            test_traffic: None,
            approve: None,
            keep_old: defaults::keep_old(),
            idle_color: None,
            checks: IndexMap::new(),
            hooks: Hooks::default(),
            rollback: Rollback::default(),
            exposure: None,
        }
    }
}

/// Who moves the traffic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// AWS CodeDeploy.
    #[default]
    Codedeploy,
    /// Amazon ECS itself.
    Ecs,
    /// AWS CloudFormation's hook.
    Cloudformation,
    /// Two clusters behind weighted target groups.
    TwoClusters,
}

impl JsonSchema for Engine {
    fn schema_name() -> Cow<'static, str> {
        "Engine".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<serde_json::Value> = engines::ALL
            .iter()
            .map(|engine| {
                serde_json::json!({"type": "string", "const": engine.engine.word(), "description": engine.summary})
            })
            .collect();
        json_schema!({"description": "Who moves the traffic.", "oneOf": words})
    }
}

/// How traffic moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Strategy {
    /// All of it in one step.
    AllAtOnce {},
    /// A part, a wait, then the rest.
    Canary {
        /// The part.
        #[serde(default = "defaults::canary_percent")]
        percent: Share,
        /// The wait.
        #[serde(default = "defaults::canary_wait")]
        wait: Minutes<1, 2880>,
    },
    /// Equal parts, a wait after each.
    Linear {
        /// Each part.
        #[serde(default = "defaults::linear_percent")]
        percent: Share,
        /// The wait after each.
        #[serde(default = "defaults::linear_wait")]
        wait: Minutes<1, 2880>,
    },
    /// No traffic moves: tasks are replaced a few at a time.
    Rolling(Rolling),
}

impl Default for Strategy {
    fn default() -> Self {
        Self::Canary { percent: defaults::canary_percent(), wait: defaults::canary_wait() }
    }
}

/// Names of strategies that AWS and SAM use, and what they mean: kind, percent, minutes.
pub(crate) const STRATEGY_NAMES: [(&str, &str, u8, u32); 10] = [
    ("CodeDeployDefault.ECSAllAtOnce", "all_at_once", 0, 0),
    ("CodeDeployDefault.ECSCanary10Percent5Minutes", "canary", 10, 5),
    ("CodeDeployDefault.ECSCanary10Percent15Minutes", "canary", 10, 15),
    ("CodeDeployDefault.ECSLinear10PercentEvery1Minutes", "linear", 10, 1),
    ("CodeDeployDefault.ECSLinear10PercentEvery3Minutes", "linear", 10, 3),
    ("AllAtOnce", "all_at_once", 0, 0),
    ("Canary10Percent5Minutes", "canary", 10, 5),
    ("Canary10Percent15Minutes", "canary", 10, 15),
    ("Linear10PercentEvery1Minute", "linear", 10, 1),
    ("Linear10PercentEvery3Minutes", "linear", 10, 3),
];

impl JsonSchema for Strategy {
    fn schema_name() -> Cow<'static, str> {
        "Strategy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let step = |generator: &mut SchemaGenerator, kind, what: &str, wait: &str, minutes: u32| {
            let mut minute = generator.subschema_for::<Minutes<1, 2880>>();
            minute.insert("description".into(), format!("{wait}, 1m to 2d, in whole minutes.").into());
            minute.insert("default".into(), format!("{minutes}m").into());
            minute.insert("x-also".into(), ["interval", "minutes", "bake", "bake_time"].as_slice().into());
            let mut percent = generator.subschema_for::<Share>();
            percent.insert(
                "description".into(),
                format!("{what}, in percent. {}", engines::steps_of(kind)).into(),
            );
            percent.insert("default".into(), 10.into());
            json_schema!({
                "type": "object",
                "properties": {
                    "percent": percent,
                    "wait": minute,
                },
                "additionalProperties": false,
            })
        };
        let canary = step(
            generator,
            engines::StrategyKind::Canary,
            "The part of the traffic that moves first",
            "How long it is watched before the rest moves",
            10,
        );
        let linear = step(
            generator,
            engines::StrategyKind::Linear,
            "The part of the traffic that each step moves",
            "How long each step is watched",
            3,
        );
        let rolling = generator.subschema_for::<Rolling>();
        let mut names: Vec<&str> = vec!["all_at_once", "canary", "linear", "rolling"];
        names.extend(STRATEGY_NAMES.iter().map(|(name, ..)| *name));
        let one = |name: &str, description: &str, schema: Schema| {
            let mut schema = schema;
            schema.insert("description".into(), description.into());
            json_schema!({
                "type": "object",
                "properties": {name: schema},
                "required": [name],
                "additionalProperties": false,
            })
        };
        json_schema!({
            "description": format!("How traffic moves: `all_at_once`, `{{canary: {{percent, wait}}}}`, `{{linear: {{percent, wait}}}}` or `{{rolling: {{…}}}}`. The short word and the names of AWS and SAM mean the same. {}", engines::who_has_what()),
            "x-choice": true,
            "oneOf": [
                {"type": "string", "enum": names},
                one("canary", "A part of the traffic, a wait, then the rest.", canary),
                one("linear", "Equal parts of the traffic, with a wait after each.", linear),
                one("rolling", "No traffic moves: tasks are replaced a few at a time, which is no blue/green.", rolling),
                one("all_at_once", "All of the traffic in one step, after the target-health check.", json_schema!({"type": "object", "additionalProperties": false})),
            ],
        })
    }
}

/// What becomes of the color without production traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum IdleColor {
    /// Scaled to zero when `keep_old` is over: whoever wants it back after that releases it again.
    Zero,
    /// Its tasks run on, at least as many as the least of `count`: whoever wants it back moves the weights. Twice the tasks are
    /// paid for, at any time.
    Running,
}

/// A listener that reaches the new version before production does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestTraffic {
    /// Its port, 1 to 65535.
    #[serde(default = "defaults::test_port")]
    pub port: Port,
    /// Who may use it: blocks of addresses. The default is the VPC alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    pub from: Option<Vec<Cidr>>,
}

/// A hold before production traffic moves.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// How long to wait for someone to say go, 1m to 5d; then the deployment stops and is rolled back.
    #[serde(default = "defaults::approve_timeout")]
    #[schemars(transform = engines::tell_hold)]
    pub timeout: Minutes<1, 7200>,
}

/// A request to the new version and what it must answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Ask for this path with GET.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get: Option<HttpPath>,
    /// Ask for this path with POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<HttpPath>,
    /// Headers to send, by name.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// The body to send with POST, at most 4,096 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub body: Option<String>,
    /// What it must answer.
    #[serde(default)]
    pub expect: Expect,
}

/// Milliseconds an answer to a check may take where it does not say.
pub(crate) const CHECK_PATIENCE_MS: u32 = 10_000;

/// What a check must answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The HTTP status, 100 to 599.
    #[serde(default = "defaults::check_status")]
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// How long the answer may take, up to 1m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Millis>,
    /// Keys that a JSON answer must have, with these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<IndexMap<String, serde_json::Value>>,
}

impl Default for Expect {
    fn default() -> Self {
        Self { status: defaults::check_status(), within: None, json: None }
    }
}

/// Functions that the engine calls and waits for, at most an hour each, by life-cycle event.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    /// Before the new tasks start, by ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_install: Option<FunctionName>,
    /// After the new tasks run, before they get any traffic, by ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_install: Option<FunctionName>,
    /// After test traffic and bluegreen's own checks, before production traffic moves, by ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(transform = engines::tell_before_traffic, extend("x-also" = ["AfterAllowTestTraffic", "BeforeAllowTraffic"]))]
    pub before_traffic: Option<FunctionName>,
    /// After all production traffic has moved, by ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["AfterAllowTraffic"]))]
    pub after_traffic: Option<FunctionName>,
}

/// When a deployment is taken back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// On which events: `failure`, `alarm`, `stop`.
    #[serde(default = "defaults::rollback_on")]
    #[schemars(extend("uniqueItems" = true))]
    pub on: Vec<RollbackEvent>,
    /// Which of the service's alarms stop a deployment; all of them where this is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40), transform = engines::tell_alarms)]
    pub alarms: Option<Vec<EntryName>>,
}

impl Default for Rollback {
    fn default() -> Self {
        Self { on: defaults::rollback_on(), alarms: None }
    }
}

/// An event that takes a deployment back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum RollbackEvent {
    /// It failed.
    Failure,
    /// An alarm fired.
    Alarm,
    /// Someone stopped it.
    Stop,
}

impl RollbackEvent {
    /// As blueprints write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Alarm => "alarm",
            Self::Stop => "stop",
        }
    }
}
