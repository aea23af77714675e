//! Engine `cloudformation`: what an update sends, and what the transform makes of it. CloudFormation itself is not asked: a model of
//! what is documented and reported of it (facts 5.2, 5.3, 5.5) plays the stack, release after release.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{collections::BTreeSet, path::Path};

use bluegreen::{
    cfn::references::{Target, all},
    compare,
    render::{self, Format},
    resolve::Blueprint,
    source::{self, Sources},
};
use serde_json::{Value, json};

const GOOD: [&str; 3] = ["cloudformation-all-at-once", "cloudformation-canary", "cloudformation-linear"];
const FORMATS: [Format; 2] = [Format::Yaml, Format::Json];

/// The template of the service's stack, and what a release puts at its end.
struct Sent {
    template: String,
    release: String,
    format: Format,
}

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/good/{name}.yaml")))
        .unwrap()
}

fn rendered(text: &str, format: Format) -> Sent {
    let mut sources = Sources::new();
    let file = sources.add("it.yaml", text);
    let blueprint = Blueprint::read_with(&mut sources, file, &mut source::load)
        .unwrap_or_else(|findings| panic!("{findings:#?}"));
    let files = render::environment(blueprint.resolve("prod").unwrap(), "it.yaml", format).unwrap().files;
    let text = |path: &str| {
        let path = format!("hook/prod/{path}.{}", format.ending());
        files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}")).text.clone()
    };
    Sent { template: text("web"), release: text("web/release"), format }
}

impl Sent {
    /// Up to what only a release changes, and that: as `deploy.sh` parts it.
    fn parts<'t>(&self, text: &'t str) -> (&'t str, &'t str) {
        let line = match self.format {
            Format::Yaml => "\n  TaskDefinition:\n",
            Format::Json => "\n    \"TaskDefinition\": {\n",
        };
        let found: Vec<_> = text.match_indices(line).collect();
        assert_eq!(found.len(), 1, "the line stands once:\n{text}");
        text.split_at(found[0].0 + 1)
    }

    /// An update of anything else, over the stack's own template.
    fn update(&self, own: &str) -> String {
        format!("{}{}", self.parts(&self.template).0, self.parts(own).1)
    }

    /// A release, over the stack's own template.
    fn release(&self, own: &str, image: &str) -> String {
        let end = self.parts(&self.release).1;
        let at = end.find("Image").unwrap();
        let line = end[at..].find('\n').unwrap() + at;
        let (name, comma) = match self.format {
            Format::Yaml => ("Image: ", ""),
            Format::Json => ("Image\": ", ","),
        };
        let end = format!("{}{name}\"{image}\"{comma}{}", &end[..at], &end[line..]);
        format!("{}{end}", self.parts(own).0)
    }

    fn parsed(&self, text: &str) -> Value {
        match self.format {
            Format::Json => serde_json::from_str(text).unwrap(),
            Format::Yaml => long_form(&serde_yaml::from_str(text).unwrap()),
        }
    }
}

/// Short tags as functions.
fn long_form(value: &serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    match value {
        Yaml::Mapping(map) => Value::Object(
            map.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), long_form(value))).collect(),
        ),
        Yaml::Sequence(items) => Value::Array(items.iter().map(long_form).collect()),
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = match tag.trim_start_matches('!') {
                "Ref" => "Ref".to_owned(),
                other => format!("Fn::{other}"),
            };
            json!({name: long_form(&tagged.value)})
        }
        other => serde_json::to_value(other).unwrap(),
    }
}

/// A stack: the template it was sent last, and what the transform made of it.
struct Stack {
    sent: String,
    processed: Value,
}

/// The logical ids and target groups of the hook, blue and green.
fn pairs(template: &Value) -> [[String; 2]; 3] {
    let hook = &template["Hooks"]["BlueGreenHook"]["Properties"]["Applications"][0]["ECSAttributes"];
    let pair = |value: &Value| [0, 1].map(|at| value[at].as_str().unwrap().to_owned());
    [pair(&hook["TaskDefinitions"]), pair(&hook["TaskSets"]), pair(&hook["TrafficRouting"]["TargetGroups"])]
}

/// The template with blue and green changed for each other, where they stand for what is live.
fn other_color(template: &Value) -> Value {
    let [definitions, sets, groups] = pairs(template);
    let swap = |of: &[String; 2], name: &str| {
        (of[0] == name).then(|| of[1].clone()).or_else(|| (of[1] == name).then(|| of[0].clone()))
    };
    let ids = |name: &str| swap(&definitions, name).or_else(|| swap(&sets, name));
    let moved = |name: &str| ids(name).or_else(|| swap(&groups, name));
    let mut out = template.clone();
    let resources = template["Resources"].as_object().unwrap();
    let mut changed = serde_json::Map::new();
    for (id, resource) in resources {
        let kind = resource["Type"].as_str().unwrap();
        let mut resource = match kind {
            "AWS::ECS::TaskSet" => bluegreen::cfn::references::renamed(resource, &moved),
            _ => bluegreen::cfn::references::renamed(resource, &ids),
        };
        if kind == "AWS::ElasticLoadBalancingV2::Listener" {
            let actions = &resource["Properties"]["DefaultActions"];
            let actions = bluegreen::cfn::references::renamed(actions, &moved);
            resource["Properties"]["DefaultActions"] = actions;
        }
        changed.insert(ids(id).unwrap_or_else(|| id.clone()), resource);
    }
    out["Resources"] = Value::Object(changed);
    out
}

impl Stack {
    fn create(sent: &Sent) -> Self {
        let processed = sent.parsed(&sent.template);
        Self { sent: sent.template.clone(), processed }
    }

    fn color(&self) -> &'static str {
        let [definitions, ..] = pairs(&self.processed);
        match definitions.map(|id| self.processed["Resources"].get(&id).is_some()) {
            [true, false] => "blue",
            [false, true] => "green",
            both => panic!("{both:?}"),
        }
    }

    /// What CloudFormation does with a template: whether a green deployment starts.
    fn update(&mut self, sent: &Sent, text: String) -> Result<bool, String> {
        let new = sent.parsed(&text);
        let old = sent.parsed(&self.sent);
        let [definitions, sets, _] = pairs(&new);
        let released: BTreeSet<&str> = [definitions[0].as_str(), sets[0].as_str()].into();
        let changes = compare::templates("it", &old, &new);
        let of_release = |change: &&compare::Change| {
            change.section == "Resources" && released.contains(change.id.as_str())
        };
        let deploys = changes.iter().any(|change| of_release(&change));
        let beside: BTreeSet<&str> = changes
            .iter()
            .filter(|change| change.section == "Resources" && !of_release(change))
            .map(|change| change.id.as_str())
            .collect();
        if deploys && !beside.is_empty() {
            return Err(format!("additional resource diff: {beside:?}"));
        }
        let was_blue = self.color() == "blue";
        self.processed = if was_blue == deploys { other_color(&new) } else { new };
        self.sent = text;
        Ok(deploys)
    }
}

fn changed(before: &Value, after: &Value) -> BTreeSet<String> {
    compare::templates("it", before, after).into_iter().map(|change| change.id).collect()
}

fn each(mut check: impl FnMut(&str, &Sent)) {
    for name in GOOD {
        for format in FORMATS {
            check(name, &rendered(&read(name), format));
        }
    }
}

#[test]
fn every_release_starts_a_deployment_and_the_logical_ids_alternate() {
    each(|name, sent| {
        let mut stack = Stack::create(sent);
        assert_eq!(stack.color(), "blue", "{name}");
        for (at, color) in ["green", "blue", "green", "blue"].into_iter().enumerate() {
            let before = stack.processed.clone();
            let image = format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:{at:064}");
            let text = sent.release(&stack.sent, &image);
            assert_eq!(stack.update(sent, text), Ok(true), "{name}: release {at}");
            assert_eq!(stack.color(), color, "{name}: release {at}");
            let ids = ["TaskDefinition", "TaskDefinitionGreen", "TaskSet", "TaskSetGreen", "PrimaryTaskSet"];
            let mut wanted: BTreeSet<String> = ids.into_iter().map(Into::into).collect();
            wanted.insert("ProductionListener".into());
            if before["Resources"].get("TestListener").is_some() {
                wanted.insert("TestListener".into());
            }
            // The very first one may also be the one that ends the placeholder; nothing else changes even then.
            assert_eq!(changed(&before, &stack.processed), wanted, "{name}: release {at}");
            let suffix = if color == "green" { "Green" } else { "" };
            let definition = &stack.processed["Resources"][format!("TaskDefinition{suffix}")]["Properties"];
            assert_eq!(definition["ContainerDefinitions"][0]["Image"], image, "{name}");
            let labels = &definition["ContainerDefinitions"][0]["DockerLabels"];
            assert!(labels.is_null(), "{name}: a release is no placeholder");
            let set = &stack.processed["Resources"][format!("TaskSet{suffix}")]["Properties"];
            assert_eq!(set["TaskDefinition"], json!({"Ref": format!("TaskDefinition{suffix}")}), "{name}");
            let group = if color == "green" { "GreenTargetGroup" } else { "BlueTargetGroup" };
            assert_eq!(set["LoadBalancers"][0]["TargetGroupArn"], json!({"Ref": group}), "{name}");
        }
    });
}

#[test]
fn the_same_image_again_changes_nothing() {
    each(|name, sent| {
        let mut stack = Stack::create(sent);
        let text = sent.release(&stack.sent, "web:1");
        assert_eq!(stack.update(sent, text), Ok(true), "{name}");
        let text = sent.release(&stack.sent, "web:1");
        assert_eq!(stack.update(sent, text), Ok(false), "{name}");
    });
}

/// A blueprint with everything changed that is no release and one thing that is.
fn changed_blueprint(name: &str) -> String {
    let mut text = read(name);
    for (from, to) in [
        ("    port: 8080\n", "    port: 8080\n    cpu: 1 vCPU\n    memory: 2GB\n    stop_timeout: 45s\n"),
        ("app: hook\n", "app: hook\ntags: {team: payments}\n"),
        ("{parameter: CertificateArn}", "\"arn:aws:acm:eu-west-1:111122223333:certificate/9f8e7d6c\""),
        ("certificate/0b1c2d3e", "certificate/9f8e7d6c"),
        ("range: 2-6", "range: 3-9"),
        ("    count: 2\n", "    count: 4\n"),
        ("    count: 3\n", "    count: 5\n"),
        ("healthcheck: /health", "healthcheck: {path: /health, interval: 20s}"),
        ("    deploy:\n", "    alarms: {latency: {p95: {above: 700ms}, over: 1m, times: 2}}\n    deploy:\n"),
    ] {
        text = text.replace(from, to);
    }
    text
}

#[test]
fn an_update_of_anything_else_leaves_color_listeners_and_revision_alone() {
    for name in GOOD {
        for format in FORMATS {
            let first = rendered(&read(name), format);
            let later = rendered(&changed_blueprint(name), format);
            for releases in 0..3 {
                let mut stack = Stack::create(&first);
                for at in 0..releases {
                    let text = first.release(&stack.sent, &format!("web:{at}"));
                    stack.update(&first, text).unwrap();
                }
                let (before, color) = (stack.processed.clone(), stack.color());
                let text = later.update(&stack.sent);
                assert_eq!(stack.update(&later, text), Ok(false), "{name}: {releases} releases");
                assert_eq!(stack.color(), color, "{name}");
                let changes = compare::templates("it", &before, &stack.processed);
                assert!(changes.len() > 5, "{name}: something changes: {changes:?}");
                for change in &changes {
                    let path = change.path.to_string();
                    let is_theirs = change.id.starts_with("TaskDefinition")
                        || change.id.starts_with("TaskSet")
                        || change.id == "PrimaryTaskSet"
                        || path.contains("DefaultActions");
                    assert!(!is_theirs, "{name}: {} {path}", change.id);
                }
                // What waits for a release comes with the next one, and alone.
                let text = later.release(&stack.sent, "web:new");
                assert_eq!(stack.update(&later, text), Ok(true), "{name}");
                let suffix = if stack.color() == "green" { "Green" } else { "" };
                let definition = &stack.processed["Resources"][format!("TaskDefinition{suffix}")];
                assert_eq!(definition["Properties"]["Cpu"], "1024", "{name}");
            }
        }
    }
}

/// Why an update is parted: together CloudFormation refuses it.
#[test]
fn a_release_together_with_anything_else_is_refused() {
    for name in GOOD {
        let first = rendered(&read(name), Format::Yaml);
        let later = rendered(&changed_blueprint(name), Format::Yaml);
        let mut stack = Stack::create(&first);
        let refused = stack.update(&later, later.template.clone());
        assert!(
            refused.as_ref().is_err_and(|said| said.contains("ErrorsAlarm") || said.contains("Listener")),
            "{name}: {refused:?}"
        );
    }
}

/// What is released refers to nothing whose value changes unseen: to resources that stay, and to parameters that a stack keeps
/// from its creation on.
#[test]
fn what_is_released_hides_no_change() {
    each(|name, sent| {
        let template = sent.parsed(&sent.template);
        let released = sent.parsed(&sent.release);
        assert_eq!(
            released["Resources"].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["TaskDefinition", "TaskSet"],
            "{name}"
        );
        let ids: Vec<&String> = template["Resources"].as_object().unwrap().keys().collect();
        assert_eq!(ids[ids.len() - 2..], ["TaskDefinition", "TaskSet"], "{name}: they end the template");
        for resources in [&template["Resources"], &released["Resources"]] {
            for id in ["TaskDefinition", "TaskSet"] {
                for reference in all(&resources[id]) {
                    match reference.target {
                        Target::Condition(condition) => panic!("{name}: {id} depends on {condition}"),
                        Target::Name(known) | Target::Attribute(known, _) => {
                            let parameter = template["Parameters"].get(&known).is_some();
                            assert!(
                                !parameter || known == "ClusterName" || known.starts_with("PrivateSubnetId"),
                                "{name}: {id} hides {known}"
                            );
                        }
                    }
                }
                let text = resources[id].to_string();
                assert!(!text.contains("resolve:") && !text.contains("Fn::ImportValue"), "{name}");
            }
            let image = &resources["TaskDefinition"]["Properties"]["ContainerDefinitions"][0]["Image"];
            assert!(image.is_string(), "{name}: {image}");
        }
    });
}
