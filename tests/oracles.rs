//! Checkers that share no code with bluegreen have nothing to say about any example: see `tests/oracles/README.md`.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "invariants/matrix.rs"]
mod matrix;
#[path = "harness/venv.rs"]
mod venv;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use bluegreen::{blueprint::engines::ALL, render::Format};
use tempfile::TempDir;

/// An example in one environment, under its own engine or another one, on disk as YAML and as JSON.
struct Written {
    region: String,
    yaml: PathBuf,
    json: PathBuf,
    services: Vec<String>,
    /// Names of templates without their ending.
    templates: Vec<String>,
}

impl Written {
    fn files(&self) -> impl Iterator<Item = [PathBuf; 2]> {
        self.templates
            .iter()
            .map(|name| [self.yaml.join(format!("{name}.yaml")), self.json.join(format!("{name}.json"))])
    }
}

/// Variations that the linters see as well: what no example asks for.
const VARIATIONS: [&str; 16] = [
    "ecs-all-at-once",
    "ecs-rolling-full",
    "ecs-rolling-single",
    "ecs-bootstrap-none",
    "ecs-pipeline-action",
    "ecs-pipeline-action-rolling",
    "hook-shop@staging",
    "hook-shop@prod",
    "hook-internal-api",
    "hook-full",
    "hook-linear",
    "hook-image-public",
    "connections-single",
    "connections-rolling",
    "connections-full",
    "two-clusters-all-at-once",
];

/// Every example in every environment, written once.
fn examples() -> &'static [Written] {
    static WRITTEN: OnceLock<(TempDir, Vec<Written>)> = OnceLock::new();
    let (_, written) = WRITTEN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let variations = matrix::of_ecs()
            .into_iter()
            .chain(matrix::of_cloudformation())
            .chain(matrix::of_connections())
            .chain(matrix::of_two_clusters())
            .filter(|case| VARIATIONS.contains(&case.label.as_str()));
        let cases: Vec<matrix::Case> = matrix::examples()
            .into_iter()
            .chain(matrix::examples_under_other_engines())
            .chain(variations)
            .collect();
        assert!(
            cases.len() >= VARIATIONS.len() + 2 * matrix::examples().len(),
            "some engine lost the examples"
        );
        let seen: BTreeSet<(&str, &str)> = cases
            .iter()
            .flat_map(|case| &case.resolved.services)
            .map(|service| &service.service.deploy)
            .map(|deploy| (deploy.engine.word(), deploy.strategy.kind().word()))
            .collect();
        for engine in ALL {
            for offer in engine.strategies {
                let pair = (engine.engine.word(), offer.strategy.word());
                assert!(seen.contains(&pair), "the linters see no template of {pair:?}");
            }
        }
        let all = cases.iter().map(|case| write(case, folder.path())).collect();
        (folder, all)
    });
    written
}

fn write(case: &matrix::Case, folder: &Path) -> Written {
    let folder = folder.join(case.label.replace(['/', '@', ' '], "-"));
    let mut templates = Vec::new();
    for format in [Format::Yaml, Format::Json] {
        for (path, text) in case.files(format) {
            let path = folder.join(format.ending()).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let manifest = fs::read_to_string(folder.join("json/stacks.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    for stack in manifest["stacks"].as_array().unwrap() {
        templates.push(stack["template"].as_str().unwrap().trim_end_matches(".json").to_owned());
    }
    Written {
        region: case.resolved.place.environment.region.to_string(),
        yaml: folder.join("yaml"),
        json: folder.join("json"),
        services: case.resolved.services.iter().map(|service| service.name.to_string()).collect(),
        templates,
    }
}

/// Runs a checker, which must find nothing.
fn silent(program: &str, arguments: impl FnOnce(&mut Command)) {
    let mut command = Command::new(venv::programs().join("python"));
    command
        .arg("-W")
        .arg("ignore")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles").join(program));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    arguments(&mut command);
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let aside = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.is_empty(), "{program}:\n{said}{aside}");
}

#[test]
fn linters_find_nothing_in_templates_as_written_and_as_resolved() {
    let resolved = tempfile::tempdir().unwrap();
    // Linters read the schemas of a region once for all its templates.
    let mut regions: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for (at, example) in examples().iter().enumerate() {
        let files = regions.entry(&example.region).or_default();
        files.extend(example.files().flatten());
        // Before the first release, and after one that left traffic on green.
        let image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout:8f2c1d0";
        for (name, stacks, arguments) in [
            ("first", &example.yaml, vec![]),
            ("later", &example.json, vec!["--color", "green", "--image", image]),
        ] {
            let out = resolved.path().join(format!("{at}-{name}"));
            silent("resolve.py", |command| {
                command.arg("--stacks").arg(stacks.join("stacks.json"));
                command.arg("--out").arg(&out).arg("--no-lint").args(arguments);
            });
            files.extend(fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    for (region, files) in regions {
        silent("lint.py", |command| {
            command.arg("--region").arg(region).arg("--resolved").arg(resolved.path()).args(files);
        });
    }
}

#[test]
fn requests_and_artifacts_have_the_shapes_of_the_apis() {
    for example in examples() {
        for (at, service) in example.services.iter().enumerate() {
            silent("api.py", |command| {
                if at == 0 {
                    command.arg("--stacks").arg(example.yaml.join("stacks.json"));
                }
                let folder = example.yaml.join(service);
                command.arg("--taskdef").arg(folder.join("taskdef.json"));
                // Only CodeDeploy is told by one.
                if folder.join("appspec.yaml").exists() {
                    command.arg("--appspec").arg(folder.join("appspec.yaml"));
                }
            });
        }
    }
}

#[test]
fn policies_name_actions_that_exist_and_the_resources_they_take() {
    silent("iam.py", |command| {
        command.args(examples().iter().flat_map(Written::files).map(|[_, json]| json));
    });
}

#[test]
fn policies_of_every_variation_do_so_too() {
    let folder = tempfile::tempdir().unwrap();
    let written: Vec<Written> = matrix::variations().iter().map(|case| write(case, folder.path())).collect();
    silent("iam.py", |command| {
        command.args(written.iter().flat_map(Written::files).map(|[_, json]| json));
    });
}

#[test]
fn another_reader_of_yaml_sees_what_stands_in_the_json() {
    silent("yaml_agree.py", |command| {
        command.args(examples().iter().flat_map(Written::files).flatten());
    });
}
