use serde_json::{Map, Value, json};

/// What CodePipeline replaces with the revision it registered.
pub const TASK_DEFINITION: &str = "<TASK_DEFINITION>";

/// What CodeDeploy is told about one release.
#[derive(Debug, Clone, PartialEq)]
pub struct AppSpec {
    /// The container that gets the traffic.
    pub container: String,
    /// The port of that container.
    pub port: u16,
    /// `LATEST`, `1.4.0`; CodeDeploy keeps the service's where it is absent.
    pub platform_version: Option<String>,
    /// Capacity providers of the new task set; CodeDeploy keeps the service's where it is empty.
    pub capacity: Vec<Capacity>,
    /// Lambda functions by name, and when they run.
    pub hooks: Vec<(LifecycleEvent, String)>,
}

/// One capacity provider of a task set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    /// `FARGATE`, `FARGATE_SPOT`: the short name, CodeDeploy refuses an ARN.
    pub provider: String,
    /// Tasks that run here before weights count. One provider at most may have it.
    pub base: Option<u32>,
    /// Its share of the rest.
    pub weight: u32,
}

/// A moment of a deployment at which CodeDeploy calls a function, in the order they happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LifecycleEvent {
    /// Before the new task set exists.
    BeforeInstall,
    /// The new task set exists and has no traffic.
    AfterInstall,
    /// The test listener reaches the new task set.
    AfterAllowTestTraffic,
    /// Production traffic is about to move.
    BeforeAllowTraffic,
    /// All production traffic is on the new task set.
    AfterAllowTraffic,
}

impl LifecycleEvent {
    /// CodeDeploy's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeInstall => "BeforeInstall",
            Self::AfterInstall => "AfterInstall",
            Self::AfterAllowTestTraffic => "AfterAllowTestTraffic",
            Self::BeforeAllowTraffic => "BeforeAllowTraffic",
            Self::AfterAllowTraffic => "AfterAllowTraffic",
        }
    }
}

/// The AppSpec file of a release, with [`TASK_DEFINITION`] where the revision goes.
///
/// Network settings are left out: CodeDeploy then uses the service's own, so green runs where blue was.
pub fn appspec(spec: &AppSpec) -> Value {
    let mut properties = Map::new();
    properties.insert("TaskDefinition".into(), json!(TASK_DEFINITION));
    properties.insert(
        "LoadBalancerInfo".into(),
        json!({"ContainerName": spec.container, "ContainerPort": spec.port}),
    );
    if let Some(version) = &spec.platform_version {
        properties.insert("PlatformVersion".into(), json!(version));
    }
    if !spec.capacity.is_empty() {
        let strategy: Vec<Value> = spec.capacity.iter().map(capacity).collect();
        properties.insert("CapacityProviderStrategy".into(), json!(strategy));
    }
    let mut out = Map::new();
    out.insert("version".into(), json!(0.0));
    out.insert(
        "Resources".into(),
        json!([{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}]),
    );
    if !spec.hooks.is_empty() {
        let mut hooks: Vec<_> = spec.hooks.iter().collect();
        hooks.sort_by_key(|(event, _)| *event);
        let hooks: Vec<Value> =
            hooks.into_iter().map(|(event, function)| json!({event.name(): function})).collect();
        out.insert("Hooks".into(), json!(hooks));
    }
    Value::Object(out)
}

fn capacity(capacity: &Capacity) -> Value {
    let mut out = Map::new();
    if let Some(base) = capacity.base {
        out.insert("Base".into(), json!(base));
    }
    out.insert("CapacityProvider".into(), json!(capacity.provider));
    out.insert("Weight".into(), json!(capacity.weight));
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> AppSpec {
        AppSpec {
            container: "web".into(),
            port: 8080,
            platform_version: None,
            capacity: Vec::new(),
            hooks: Vec::new(),
        }
    }

    #[test]
    fn the_smallest_has_a_number_as_port_and_no_hooks() {
        assert_eq!(
            appspec(&spec()).to_string(),
            r#"{"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Properties":{"TaskDefinition":"<TASK_DEFINITION>","LoadBalancerInfo":{"ContainerName":"web","ContainerPort":8080}}}}]}"#
        );
    }

    #[test]
    fn hooks_stand_in_the_order_they_run() {
        let spec = AppSpec {
            hooks: vec![
                (LifecycleEvent::AfterAllowTestTraffic, "check".into()),
                (LifecycleEvent::BeforeInstall, "migrate".into()),
            ],
            ..spec()
        };
        assert_eq!(
            appspec(&spec)["Hooks"],
            json!([{"BeforeInstall": "migrate"}, {"AfterAllowTestTraffic": "check"}])
        );
    }

    #[test]
    fn capacity_and_platform_are_written_when_asked_for() {
        let spec = AppSpec {
            platform_version: Some("LATEST".into()),
            capacity: vec![Capacity { provider: "FARGATE".into(), base: Some(1), weight: 1 }],
            ..spec()
        };
        let properties = &appspec(&spec)["Resources"][0]["TargetService"]["Properties"];
        assert_eq!(properties["PlatformVersion"], "LATEST");
        assert_eq!(
            properties["CapacityProviderStrategy"],
            json!([{"Base": 1, "CapacityProvider": "FARGATE", "Weight": 1}])
        );
    }
}
