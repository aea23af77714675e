//! A rendered environment in an account on loopback: what a person does with it, and what is there afterwards.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use regex::Regex;
use serde_json::{Value, json};

use super::{
    emulator::Emulator,
    venv::{oracle, programs},
};

/// The blueprint of an example.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("blueprint.yaml")
}

/// A blueprint as data, changed as an RFC 7396 merge patch says, in a file of the same name.
pub fn changed(blueprint: &Path, patch: &Value, folder: &Path) -> PathBuf {
    let mut data: Value = serde_yaml::from_str(&fs::read_to_string(blueprint).unwrap()).unwrap();
    merge(&mut data, patch);
    fs::create_dir_all(folder).unwrap();
    let path = folder.join("blueprint.yaml");
    // JSON is YAML.
    fs::write(&path, serde_json::to_string_pretty(&data).unwrap()).unwrap();
    path
}

fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    let object = into.as_object_mut().unwrap();
    for (key, value) in patch {
        if value.is_null() {
            object.shift_remove(key);
        } else {
            merge(object.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// A folder as `render` writes it: `dist/shop/prod`.
pub struct Environment<'a> {
    emulator: &'a Emulator,
    pub folder: PathBuf,
    pub manifest: Value,
}

/// What came of a program.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn told(&self) -> String {
        format!("exit {}\n{}\n{}", self.code, self.stdout, self.stderr)
    }

    #[track_caller]
    pub fn succeeded(&self) {
        assert_eq!(self.code, 0, "{}", self.told());
    }

    /// It failed and said this.
    #[track_caller]
    pub fn refused(&self, said: &str) {
        assert_ne!(self.code, 0, "{}", self.told());
        assert!(self.stderr.contains(said), "{said:?} is missing from: {}", self.told());
    }
}

impl<'a> Environment<'a> {
    /// Renders with the real program.
    #[track_caller]
    pub fn render(
        emulator: &'a Emulator,
        blueprint: &Path,
        environment: &str,
        out: &Path,
        format: &str,
    ) -> Self {
        let output = Command::new(env!("CARGO_BIN_EXE_bluegreen"))
            .arg("render")
            .arg(blueprint)
            .args(["--environment", environment, "--format", format, "--out"])
            .arg(out)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let apps: Vec<_> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [app] = apps.as_slice() else { panic!("one application is rendered: {apps:?}") };
        let folder = app.join(environment);
        let manifest =
            serde_json::from_str(&fs::read_to_string(folder.join("stacks.json")).unwrap()).unwrap();
        Self { emulator, folder, manifest }
    }

    pub fn region(&self) -> &str {
        self.manifest["region"].as_str().unwrap()
    }

    /// Every stack, in the order of deployment.
    pub fn stacks(&self) -> Vec<&str> {
        self.manifest["stacks"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
    }

    /// The stack that holds the listeners.
    pub fn edge(&self) -> &Value {
        let stacks = self.manifest["stacks"].as_array().unwrap();
        let follows = |stack: &&Value| {
            stack["lookup"]
                .as_object()
                .is_some_and(|it| it.values().any(|value| value.get("live_color_of").is_some()))
        };
        stacks.iter().find(follows).unwrap()
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Makes what the environment expects to be there already: certificates, an imported network, secrets, parameters,
    /// and a bucket for what is too large to be sent.
    pub fn plant(&self) {
        self.emulator
            .command("aws")
            .args(["--region", self.region(), "s3", "mb", "s3://templates"])
            .output()
            .unwrap();
        let mut text = String::new();
        for name in self.manifest["files"].as_array().unwrap() {
            text += &self.read(name.as_str().unwrap());
        }
        for arn in found(&text, r#"arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+"#) {
            self.emulator.control("POST", "certificate", &json!({"arn": arn}));
        }
        for vpc in found(&text, r"\bvpc-[0-9a-f]{17}\b") {
            let subnets = found(&text, r"\bsubnet-[0-9a-f]{17}\b");
            self.emulator.control(
                "POST",
                "network",
                &json!({"region": self.region(), "vpc": vpc, "cidr": "10.40.0.0/16", "subnets": subnets}),
            );
        }
        for stack in self.manifest["stacks"].as_array().unwrap() {
            for lookup in stack["lookup"].as_object().into_iter().flat_map(serde_json::Map::values) {
                if let Some(secret) = lookup["arn_of_secret"].as_str() {
                    self.secret(secret);
                }
            }
        }
        for name in found(&text, r":parameter(/[\w./-]+)") {
            let name = name.trim_start_matches(":parameter");
            let put = ["ssm", "put-parameter", "--overwrite", "--type", "SecureString", "--value", "x"];
            self.aws(&[&put[..], &["--name", name]].concat());
        }
    }

    /// The ARN of a secret, which is created where it is missing.
    fn secret(&self, name: &str) -> String {
        let known = self.aws(&["secretsmanager", "list-secrets"]);
        let same = |it: &&Value| it["Name"] == name;
        let made = match known["SecretList"].as_array().unwrap().iter().find(same) {
            Some(found) => found.clone(),
            None => self.aws(&[
                "secretsmanager",
                "create-secret",
                "--name",
                name,
                "--secret-string",
                r#"{"url":"x"}"#,
            ]),
        };
        made["ARN"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub fn aws(&self, arguments: &[&str]) -> Value {
        self.emulator.aws(self.region(), arguments)
    }

    /// Runs the rendered `deploy.sh`; from another folder, because people do.
    pub fn deploy(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.emulator.command(self.folder.join("deploy.sh"));
        command.arg("--yes").args(arguments).env("TEMPLATE_BUCKET", "templates");
        outcome(command)
    }

    /// Runs the rendered `release.sh`, in the same way.
    pub fn release_script(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.emulator.command(self.folder.join("release.sh"));
        command.arg("--yes").args(arguments).env("TEMPLATE_BUCKET", "templates");
        outcome(command)
    }

    /// Runs the rendered `release.sh` until it has said something, and interrupts it some seconds later, as a person does.
    #[cfg(unix)]
    pub fn release_until(&self, arguments: &[&str], said: &str, seconds: u64) -> Outcome {
        self.release_meanwhile(arguments, said, |id| {
            std::thread::sleep(std::time::Duration::from_secs(seconds));
            Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap();
        })
    }

    /// Runs the rendered `release.sh`; once it has said something, something happens to its process or beside it.
    #[cfg(unix)]
    pub fn release_meanwhile(&self, arguments: &[&str], said: &str, happens: impl FnOnce(u32)) -> Outcome {
        use std::{io::Read, process::Stdio};
        let mut command = self.emulator.command(self.folder.join("release.sh"));
        command.arg("--yes").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let mut told = String::new();
        let mut buffer = [0; 1024];
        while !told.contains(said) {
            let read = stdout.read(&mut buffer).unwrap();
            assert!(read > 0, "it ended without saying {said:?}: {told}");
            told += &String::from_utf8_lossy(&buffer[..read]);
        }
        happens(child.id());
        let mut rest = (String::new(), String::new());
        stdout.read_to_string(&mut rest.0).unwrap();
        stderr.read_to_string(&mut rest.1).unwrap();
        let code = child.wait().unwrap().code().unwrap_or(-1);
        Outcome { code, stdout: told + &rest.0, stderr: rest.1 }
    }

    /// Runs commands as a person does who copies them from the runbook.
    pub fn shell(&self, commands: &str) -> Outcome {
        let mut command = self.emulator.command("bash");
        command.args(["-euo", "pipefail", "-c", commands]);
        outcome(command)
    }

    /// Everything that is there, as the services tell.
    #[track_caller]
    pub fn observe(&self) -> Value {
        let mut command = self.emulator.command(programs().join("python"));
        command.arg(oracle("observe.py")).arg("--stacks").arg(self.folder.join("stacks.json"));
        let seen = outcome(command);
        seen.succeeded();
        serde_json::from_str(&seen.stdout).unwrap()
    }

    /// Releases every service as the pipeline does: registers `taskdef.json` with an image, has CodeDeploy shift to it.
    pub fn release(&self, image: &str) {
        for (name, group) in self.observe()["groups"].as_object().unwrap() {
            let service = group["service"]["name"].as_str().unwrap();
            let mut definition =
                self.read(&format!("{service}/taskdef.json")).replace("<IMAGE1_NAME>", image);
            for stack in self.manifest["stacks"].as_array().unwrap() {
                for (parameter, lookup) in stack["lookup"].as_object().into_iter().flatten() {
                    if let Some(secret) = lookup["arn_of_secret"].as_str() {
                        definition = definition.replace(&format!("<{parameter}>"), &self.secret(secret));
                    }
                }
            }
            let registered = self.aws(&["ecs", "register-task-definition", "--cli-input-json", &definition]);
            let definition = &registered["taskDefinition"]["taskDefinitionArn"];
            self.emulator.control(
                "POST",
                "release",
                &json!({
                    "application": group["application"], "deploymentGroup": name, "taskDefinition": definition,
                }),
            );
        }
    }

    /// The ```sh blocks below a heading of the runbook.
    pub fn runbook(&self, heading: &str) -> Vec<String> {
        self.section(heading)
            .split("```sh\n")
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap().to_owned())
            .collect()
    }

    /// The runbook from a heading to the next one.
    pub fn section(&self, heading: &str) -> String {
        let text = self.read("RUNBOOK.md");
        let start = text.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
        text[start + 4..].split("\n## ").next().unwrap().to_owned()
    }
}

fn outcome(mut command: Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn found(text: &str, pattern: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().find_iter(text).map(|it| it.as_str().to_owned()).collect()
}
