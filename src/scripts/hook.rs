use serde::Serialize;
use serde_json::Value;

/// The function CodeDeploy calls once the test listener reaches green (`AfterAllowTestTraffic`), for Python 3.13.
/// Small enough to stand inline in a template.
pub const HOOK_CODE: &str = concat!(include_str!("hook_codedeploy.py"), include_str!("hook_checks.py"));

/// The same for ECS, which calls it once the rule of test traffic reaches the new version (`POST_TEST_TRAFFIC_SHIFT`) and
/// reads the answer off what it returns (facts 4.4).
pub const ECS_HOOK_CODE: &str = concat!(include_str!("hook_ecs.py"), include_str!("hook_checks.py"));

/// The same for a deployment that CloudFormation's hook started: its target names no task set, so the new version is found by the
/// test listener.
pub const CLOUDFORMATION_HOOK_CODE: &str =
    concat!(include_str!("hook_cloudformation.py"), include_str!("hook_checks.py"));

/// One request the hook makes of green, as its variable `CHECKS` lists them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HookCheck {
    /// The name in the blueprint.
    pub name: String,
    /// `GET`, `POST` …
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// Headers, `Host` among them where rules of the listener need it.
    pub headers: indexmap::IndexMap<String, String>,
    /// What is sent; nothing where it is empty. JSON wants a `Content-Type` among the headers.
    pub body: String,
    /// The status it must answer.
    pub status: u16,
    /// How long the whole answer may take.
    pub within_ms: u32,
    /// What the answer must hold, where it is JSON: the same value, or an object with at least these keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
}

/// The hook's environment variables, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HookSettings;

impl HookSettings {
    /// `<cluster>:<service>`, which is what CodeDeploy calls the target of an ECS deployment.
    pub const TARGET: &str = "TARGET";
    /// ARN of the test listener: where green is looked for when CodeDeploy does not name it.
    pub const TEST_LISTENER: &str = "TEST_LISTENER";
    /// ARN of the rule of test traffic, by whose weights ECS' hook finds the new version.
    pub const TEST_RULE: &str = "TEST_RULE";
    /// Where green is reached: `https://<load balancer>:8443`.
    pub const TEST_URL: &str = "TEST_URL";
    /// The checks, as a JSON list of [`HookCheck`].
    pub const CHECKS: &str = "CHECKS";
}
