//! Layers, scopes and files: what a service has when blueprints, the service and its environments lie over each other.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use bluegreen::{
    blueprint::built_in,
    diagnostic::Finding,
    resolve::{self, Blueprint, Document, Origin, origins},
    source::{FileId, LoadError, Sources},
};
use camino::Utf8Path;
use proptest::prelude::*;
use serde_json::{Value, json};

const TOP: &str = "schema: 1\napp: shop\nenvironments: {prod: {region: eu-west-1, account: \"111122223333\"}, staging: {region: eu-west-1}}\n";

/// Files by path, the first one the application.
struct Project {
    sources: Sources,
    files: BTreeMap<String, String>,
}

impl Project {
    fn new(application: &str) -> Self {
        let files = BTreeMap::from([("repo/app.yaml".to_owned(), application.to_owned())]);
        Self { sources: Sources::new(), files }
    }

    /// An application of one service, `web`.
    fn service(service: &str) -> Self {
        Self::new(&format!("{TOP}services: {{web: {service}}}\n"))
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    fn document(&mut self, path: &str) -> Result<(Document, FileId), Vec<Finding>> {
        let files = &self.files;
        let mut load = |sources: &mut Sources, path: &Utf8Path| match files.get(path.as_str()) {
            Some(text) => Ok(sources.add(path, text.as_str())),
            None => Err(LoadError::Missing(path.to_owned())),
        };
        let file = load(&mut self.sources, Utf8Path::new(path)).unwrap();
        resolve::read(&mut self.sources, file, &mut load).map(|document| (document, file))
    }

    fn read(&mut self) -> Result<Blueprint, Vec<Finding>> {
        let (document, file) = self.document("repo/app.yaml")?;
        document.application(&self.sources, file)
    }

    fn told(&self, findings: &[Finding]) -> String {
        findings.iter().map(|finding| format!("{} {}\n", finding.code.id, finding.title)).collect()
    }

    /// The service `web` in an environment.
    fn web(&mut self, environment: &str) -> Value {
        let blueprint = self.read().unwrap_or_else(|findings| panic!("{}", self.told(&findings)));
        let resolved =
            blueprint.resolve(environment).unwrap_or_else(|findings| panic!("{}", self.told(&findings)));
        serde_json::to_value(&resolved.services[0].service).unwrap()
    }

    /// What is wrong, as code and title.
    fn wrong(&mut self) -> String {
        let findings = match self.read() {
            Ok(blueprint) => blueprint.resolve("prod").err().unwrap_or_default(),
            Err(findings) => findings,
        };
        assert!(!findings.is_empty(), "nothing is wrong");
        self.told(&findings)
    }
}

const BASE: &str = "schema: 1\nblueprint: base\nparams:\n  port: {type: port, default: 8080}\n  level: {type: string, default: null}\n  keep: {type: duration, default: null}\nservice:\n  port: ${params.port}\n  variables: {FROM: base, BASE: \"1\", LEVEL: \"${params.level}\"}\n  deploy: {keep_old: \"${params.keep}\"}\n  alarms: {burst: null}\n  http: {scheme: internal, healthcheck: {path: /base, interval: 20s}}\n";

#[test]
fn the_nearest_layer_wins() {
    let near = "schema: 1\nblueprint: near\nextends: ../base.yaml\nwith: {port: 9000}\nservice:\n  variables: {FROM: near, NEAR: \"1\"}\n  http: {healthcheck: /near}\n";
    let service = "{extends: ./blueprints/near.yaml, variables: {FROM: service}, environments: {staging: {variables: {FROM: staging, BASE: null}}}}";
    let mut project = Project::service(service)
        .file("repo/blueprints/near.yaml", near)
        // Relative to the file that says it.
        .file("repo/base.yaml", BASE);
    let prod = project.web("prod");
    assert_eq!(prod["port"], 9000);
    assert_eq!(prod["variables"], json!({"FROM": "service", "BASE": "1", "NEAR": "1"}));
    assert_eq!(prod["http"]["healthcheck"]["path"], "/near");
    assert_eq!(prod["http"]["healthcheck"]["interval"], "20s");
    assert!(prod["alarms"].get("burst").is_none() && prod["alarms"].get("errors").is_some());
    assert_eq!(project.web("staging")["variables"], json!({"FROM": "staging", "NEAR": "1"}));
}

#[test]
fn what_is_absent_leaves_what_lies_below() {
    let mut project = Project::service("{extends: ./base.yaml}").file("repo/base.yaml", BASE);
    let web = project.web("prod");
    // Neither `null` nor the text of an expression: the default of the language.
    assert_eq!(web["deploy"]["keep_old"], "1h");
    assert!(web["variables"].get("LEVEL").is_none());
    let mut project = Project::service("{extends: ./base.yaml, with: {keep: 2h, level: info}}")
        .file("repo/base.yaml", BASE);
    let web = project.web("prod");
    assert_eq!((&web["deploy"]["keep_old"], &web["variables"]["LEVEL"]), (&json!("2h"), &json!("info")));
}

#[test]
fn a_map_of_which_nothing_is_left_goes_too() {
    let text = "schema: 1\nblueprint: held\nparams: {hold: {type: duration, default: null}, port: {type: port, default: 80}}\nservice:\n  port: ${params.port}\n  http: {scheme: internal}\n  deploy: {approve: {timeout: \"${params.hold}\"}}\n";
    let mut project = Project::service("{extends: ./held.yaml}").file("repo/held.yaml", text);
    assert!(project.web("prod")["deploy"].get("approve").is_none());
    let mut project =
        Project::service("{extends: ./held.yaml, with: {hold: 1h}}").file("repo/held.yaml", text);
    assert_eq!(project.web("prod")["deploy"]["approve"]["timeout"], "1h");
}

#[test]
fn parameters_may_differ_in_an_environment() {
    let service = "{extends: ./base.yaml, with: {port: 9000, level: info}, environments: {staging: {with: {level: debug}}}}";
    let mut project = Project::service(service).file("repo/base.yaml", BASE);
    assert_eq!(project.web("prod")["variables"]["LEVEL"], "info");
    let staging = project.web("staging");
    assert_eq!((&staging["variables"]["LEVEL"], &staging["port"]), (&json!("debug"), &json!(9000)));
}

#[test]
fn every_layer_has_its_own_names() {
    // `level` of the outer blueprint is not that of the inner one, and neither knows the application's variables.
    let outer = "schema: 1\nblueprint: outer\nextends: ./base.yaml\nwith: {level: \"outer-${params.level}\"}\nparams: {level: {type: string, default: x}}\nservice: {variables: {OUTER: \"${params.level}\"}}\n";
    let application = format!(
        "{TOP}vars: {{level: top, only: \"${{env.name}}\"}}\nservices:\n  web:\n    extends: ./outer.yaml\n    vars: {{level: own}}\n    with: {{level: \"${{vars.level}}-${{vars.only}}\"}}\n    variables: {{OWN: \"${{vars.level}}\"}}\n"
    );
    let project = || Project::new(&application).file("repo/base.yaml", BASE);
    let web = project().file("repo/outer.yaml", outer).web("prod");
    assert_eq!(web["variables"]["LEVEL"], "outer-own-prod");
    assert_eq!((&web["variables"]["OUTER"], &web["variables"]["OWN"]), (&json!("own-prod"), &json!("own")));

    let curious = outer.replace("${params.level}\"}}", "${vars.level}\"}}");
    let wrong = project().file("repo/outer.yaml", &curious).wrong();
    assert!(wrong.contains("variables are not known inside a service blueprint"), "{wrong}");
    let wrong = Project::service("{extends: ./base.yaml, variables: {A: \"${params.port}\"}}")
        .file("repo/base.yaml", BASE)
        .wrong();
    assert!(wrong.contains("parameters are known inside a service blueprint only"), "{wrong}");
}

#[test]
fn a_default_may_use_the_parameters_before_it() {
    let text = "schema: 1\nblueprint: names\nparams:\n  port: {type: port, default: 80}\n  name: {type: string, default: \"${app.name}-${params.port}\"}\nservice:\n  port: ${params.port}\n  http: {scheme: internal}\n  variables: {NAME: \"${params.name}\", ALL: \"${params.name | upper}\", PORT: \"${params.port + 1}\"}\n";
    let web = Project::service("{extends: ./names.yaml, with: {port: 81}}")
        .file("repo/names.yaml", text)
        .web("prod");
    assert_eq!(web["variables"], json!({"NAME": "shop-81", "ALL": "SHOP-81", "PORT": 82}));
}

#[test]
fn only_what_remains_has_to_be_worked_out() {
    // There is no account in staging, and there nothing needs it.
    let service = "{port: 80, http: {scheme: internal}, variables: {ACCOUNT: \"${env.account}\"}, environments: {staging: {variables: {ACCOUNT: none}}}}";
    let mut project = Project::service(service);
    assert_eq!(project.web("staging")["variables"]["ACCOUNT"], "none");
    assert_eq!(project.web("prod")["variables"]["ACCOUNT"], "111122223333");
}

#[test]
fn what_is_shared_lies_below() {
    let shared = "schema: 1\nshared: company\ninclude: [./places.yaml]\ntags: {team: none, company: acme}\nvars: {domain: example.com}\nnetwork: {cidr: 10.1.0.0/16, nat: one}\n";
    let places = "schema: 1\nshared: places\nenvironments:\n  prod: {region: eu-west-1, network: {nat: per_zone, endpoints: null}}\nnetwork: {zones: 3, endpoints: [s3, ecr]}\n";
    let application = "schema: 1\napp: shop\ninclude: [./shared/company.yaml]\ntags: {team: shop}\nenvironments: {prod: {protected: true}}\nservices: {web: {port: 80, http: {scheme: internal}, variables: {D: \"${vars.domain}\"}}}\n";
    let mut project = Project::new(application)
        .file("repo/shared/company.yaml", shared)
        .file("repo/shared/places.yaml", places);
    assert_eq!(project.web("prod")["variables"]["D"], "example.com");
    let blueprint = project.read().unwrap();
    let resolved = blueprint.resolve("prod").unwrap();
    assert_eq!(json!(resolved.tags), json!({"team": "shop", "company": "acme"}));
    let network = json!(resolved.network);
    assert_eq!((&network["zones"], &network["nat"]), (&json!(3), &json!("per_zone")));
    // Removed in the environment, so the default of the language holds.
    assert_eq!(network["endpoints"], json!(["s3"]));
    assert!(
        resolved.place.environment.protected && resolved.place.environment.region.as_str() == "eu-west-1"
    );
    let tree = blueprint.part_tree("network", "prod");
    let rows = origins(&blueprint, "prod", None, tree.as_ref(), &network);
    let of = |key: &str| {
        rows.iter().find(|(trail, ..)| trail.to_string() == key).map(|(.., origin)| origin.clone())
    };
    let Some(Origin::Written(span)) = of("cidr") else { panic!("{rows:?}") };
    assert_eq!(project.sources.path(span.file), "repo/shared/company.yaml");
    let Some(Origin::Environment(span)) = of("nat") else { panic!("{rows:?}") };
    assert_eq!(project.sources.path(span.file), "repo/shared/places.yaml");
}

/// Line and column at which an expression is blamed.
fn place(value: &str) -> (usize, usize, String) {
    let mut project =
        Project::service(&format!("{{port: 80, http: {{scheme: internal}}, variables: {{A: {value}}}}}"));
    let findings = project.read().unwrap().resolve("prod").unwrap_err();
    let span = findings[0].primary.as_ref().unwrap().span.unwrap();
    let at = project.sources.position(span.file, span.start);
    (at.line, at.column, project.sources.slice(span).to_owned())
}

#[test]
fn an_expression_is_blamed_where_it_is_wrong() {
    assert_eq!(place("\"x ${env.nmae} y\"").2, "env.nmae");
    assert_eq!(place("'${env.name}${ env.nmae }'").2, "env.nmae");
    assert_eq!(place("\"${app.name ~ nowhere}\"").2, "nowhere");
    assert_eq!(place("\"a ${env.name +} b\"").2, "env.name +");
    assert_eq!(place("\"a ${} b\"").2, "${}");
    assert_eq!(place("\"a ${env.name\"").2, "${env.name");
    // Written otherwise than it is read: the whole of it.
    assert_eq!(place("\"\\x41 ${env.nmae}\"").2, "\"\\x41 ${env.nmae}\"");
    // What is in quotes is text.
    assert_eq!(place("\"${ '}' ~ env.nmae }\"").2, "env.nmae");
}

#[test]
fn expressions_have_types_and_conditions() {
    let value = |expression: &str| {
        let service = format!("{{port: 80, http: {{scheme: internal}}, variables: {{A: \"{expression}\"}}}}");
        Project::service(&service).web("prod")["variables"].get("A").cloned()
    };
    assert_eq!(value("${1 + 2}"), Some(json!(3)));
    assert_eq!(value("${6 / 2}"), Some(json!(3)));
    assert_eq!(value("${1 / 2}"), Some(json!(0.5)));
    assert_eq!(value("${env.protected}"), Some(json!(false)));
    assert_eq!(value("${'a' if env.name == 'prod' else 'b'}"), Some(json!("a")));
    assert_eq!(value("${env.name == 'prod'} or not"), Some(json!("true or not")));
    assert_eq!(value("${env.region | replace('-', '_') | upper}"), Some(json!("EU_WEST_1")));
    assert_eq!(value("${none}"), None);
    assert_eq!(value("$${HOME} ${AWS::Region}"), Some(json!("${HOME} ${AWS::Region}")));
    assert_eq!(value("${AWS::Region}"), Some(json!("${AWS::Region}")));
    assert_eq!(value("${'{}' ~ '}'}"), Some(json!("{}}")));
}

#[test]
fn no_expression_runs_away() {
    for bomb in [
        "${[0] * 100000000}",
        "${(0, 1) * 100000000}",
        "${'a' * 99999999}",
        "${'a' * 60000 ~ 'a' * 60000}",
        "${('a' * 60000) | replace('a', 'a' * 60000)}",
        "${vars.many * 100000000}",
        "${[['a' ~ 'b'], env.name] | join('x' * 10)}",
    ] {
        let service = format!(
            "{{port: 80, http: {{scheme: internal}}, vars: {{many: [1, 2]}}, variables: {{A: \"{bomb}\"}}}}"
        );
        let wrong = Project::service(&service).wrong();
        assert!(wrong.starts_with("BG032 "), "{bomb}: {wrong}");
    }
}

#[test]
fn what_comes_with_the_tool_is_right() {
    for (name, text) in built_in::ALL {
        let path = format!("repo/{name}.yaml");
        let mut project = Project::new("").file(&path, text);
        match project.document(&path) {
            Ok((Document::ServiceBlueprint(found, findings), _)) => {
                assert_eq!((found.as_str(), project.told(&findings).as_str()), (*name, ""));
            }
            Ok((other, _)) => panic!("{name} is {other:?}"),
            Err(findings) => panic!("{name}: {}", project.told(&findings)),
        }
        for line in text.lines().filter(|line| line.contains("type: ")) {
            let described = line.contains("description: ") || line.trim_start().starts_with("type: ");
            assert!(described, "{name}: a parameter without a description: {line}");
        }
    }
}

#[test]
fn one_bad_service_does_not_hide_another() {
    let text = format!(
        "{TOP}services:\n  good: {{port: 80, http: {{scheme: internal}}}}\n  bad: {{port: 80, http: {{scheme: internal}}, cpu: \"${{env.name}}\"}}\n"
    );
    let (resolved, findings) = Project::new(&text).read().unwrap().resolve_sound("prod");
    let resolved = resolved.unwrap();
    assert_eq!(findings.len(), 1);
    assert!(!resolved.whole && resolved.services.len() == 1 && resolved.services[0].name.as_str() == "good");
}

fn text_of(layer: &[Option<u8>; 3]) -> String {
    let mut parts = Vec::new();
    if let Some(value) = layer[0] {
        parts.push(format!("storage: {}", 21 + u32::from(value)));
    }
    let variables: Vec<String> = (1..3)
        .filter_map(|at| {
            layer[at]
                .map(|value| format!("V{at}: {}", if value == 0 { "null".into() } else { value.to_string() }))
        })
        .collect();
    parts.push(format!("variables: {{{}}}", variables.join(", ")));
    parts.join(", ")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever is nearest and says something is right; `null` takes away what is below.
    #[test]
    fn the_topmost_word_holds(layers in prop::array::uniform4(prop::array::uniform3(prop::option::of(0..4_u8)))) {
        let [far, near, service, environment] = &layers;
        let far = format!("schema: 1\nblueprint: far\nservice: {{port: 80, http: {{scheme: internal}}, {}}}\n", text_of(far));
        let near = format!("schema: 1\nblueprint: near\nextends: ./far.yaml\nservice: {{{}}}\n", text_of(near));
        let service = format!("{{extends: ./near.yaml, {}, environments: {{prod: {{{}}}}}}}", text_of(service), text_of(environment));
        let web = Project::service(&service).file("repo/far.yaml", &far).file("repo/near.yaml", &near).web("prod");
        let said = |at: usize| layers.iter().rev().find_map(|layer| layer[at]);
        prop_assert_eq!(web.get("storage").and_then(Value::as_u64), said(0).map(|value| 21 + u64::from(value)));
        for at in 1..3 {
            let wanted = said(at).filter(|value| *value > 0).map(u64::from);
            prop_assert_eq!(web["variables"].get(format!("V{at}")).and_then(Value::as_u64), wanted);
        }
    }
}
