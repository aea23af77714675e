//! Levels, allowances and baselines: which findings count, how much, and that nothing hides for longer than it should.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use bluegreen::{
    diagnostic::{Finding, Level, codes},
    policy::Allowances,
    render::{self, Format},
    resolve::Blueprint,
    rules,
    source::Sources,
};

/// A blueprint with one warning, BG108, and one error that is a matter of judgement, BG102.
const RASH: &str = "\
schema: 1
app: shop
environments: {prod: {region: eu-west-1}, dev: {region: eu-west-1}}
services:
  checkout:
    port: 8080
    http: {healthcheck: /health}
    deploy: {strategy: {canary: {percent: 10, wait: 1m}}}
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(blueprint: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("blueprint.yaml", blueprint);
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bluegreen"));
        command.current_dir(self.path()).args(arguments).env("COLUMNS", "100").stdin(Stdio::null());
        command.env_remove("SOURCE_DATE_EPOCH");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// The codes that `check` tells as counting, with their levels: those this test is about, others may come and go.
    fn codes(&self, arguments: &[&str]) -> Vec<String> {
        let ran = self.run(&[&["check", "--format", "json"], arguments].concat());
        let report: serde_json::Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
        let findings = report["findings"].as_array().unwrap().iter();
        let told = findings.map(|it| (it["level"].as_str().unwrap(), it["code"].as_str().unwrap()));
        let ours = told.filter(|(_, code)| ["BG102", "BG108", "BG125", "BG126", "BG127"].contains(code));
        ours.map(|(level, code)| format!("{level} {code}")).collect()
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// [`RASH`] with lines below the service, and lines at the top.
fn rash(service: &str, top: &str) -> String {
    let service: String = service.lines().map(|line| format!("    {line}\n")).collect();
    format!("{RASH}{service}{top}\n")
}

#[test]
fn only_errors_fail() {
    let folder = Folder::with(&rash("", "allow: {BG102: {reason: \"TLS ends before\"}}"));
    assert_eq!(folder.codes(&[]), ["warning BG108"]);
    assert_eq!(folder.run(&["check"]).code, 0);
    let rendered = folder.run(&["render"]);
    assert_eq!(rendered.code, 0, "{}", rendered.err);
    assert!(rendered.err.contains("warning[BG108]"), "{}", rendered.err);
}

#[test]
fn levels_are_raised_and_lowered() {
    let folder = Folder::with(RASH);
    assert_eq!(folder.codes(&[]), ["error BG102", "warning BG108"]);
    assert_eq!(folder.codes(&["--deny", "warnings"]), ["error BG102", "error BG108"]);
    assert_eq!(
        folder.codes(&["--deny", "all", "--warn", "plain-internet"]),
        ["warning BG102", "error BG108"]
    );
    assert_eq!(folder.codes(&["--deny", "BG108", "--warn", "BG102"]), ["warning BG102", "error BG108"]);
    for (arguments, code) in [
        (&["--warn", "BG102"][..], 0),
        (&["--warn", "BG102", "--deny", "blind-rollout"], 1),
        (&["--warn", "BG102", "--deny", "warnings"], 1),
        (&["--deny", "blind-rolout"], 2),
        (&["--warn", "unknown-key"], 2),
        (&["--warn", "BG100"], 2),
        (&["--warn", "BG108", "--deny", "BG108"], 2),
    ] {
        for command in ["check", "render"] {
            let ran = folder.run(&[&[command], arguments].concat());
            assert_eq!(ran.code, code, "{command} {arguments:?}: {}{}", ran.out, ran.err);
        }
        assert_eq!(folder.path().join("dist").exists(), code == 0, "{arguments:?}");
        let _ = fs::remove_dir_all(folder.path().join("dist"));
    }
    assert!(folder.run(&["check", "--deny", "blind-rolout"]).err.contains("near it are blind-rollout"));
}

#[test]
fn allowances_stand_for_a_service_a_file_or_an_environment() {
    let reason = "{reason: \"it is known\"}";
    let all = [
        (rash(&format!("allow: {{BG102: {reason}, blind-rollout: {reason}}}"), ""), vec![]),
        (rash("", &format!("allow: {{BG108: {reason}}}")), vec!["error BG102"]),
        // In one environment only, so that it still shows in the other.
        (
            rash(&format!("environments: {{dev: {{allow: {{BG102: {reason}}}}}}}"), ""),
            vec!["error BG102", "warning BG108"],
        ),
        // Another service's.
        (
            format!(
                "{RASH}  web: {{port: 80, allow: {{BG108: {reason}}}, http: {{certificate: {{parameter: Cert}}, healthcheck: /up}}}}\n"
            ),
            vec!["error BG102", "warning BG108", "warning BG125"],
        ),
        // The file's is not needed where the service's is.
        (
            rash(
                &format!("allow: {{BG108: {reason}, BG102: {reason}}}"),
                &format!("allow: {{BG108: {reason}}}"),
            ),
            vec!["warning BG125"],
        ),
    ];
    for (blueprint, codes) in all {
        assert_eq!(Folder::with(&blueprint).codes(&[]), codes, "{blueprint}");
    }
    let folder = Folder::with(&rash(&format!("environments: {{dev: {{allow: {{BG102: {reason}}}}}}}"), ""));
    let report: serde_json::Value =
        serde_json::from_str(&folder.run(&["check", "--format", "json"]).out).unwrap();
    assert_eq!(report["findings"][0]["environment"], "prod");
    assert_eq!(report["suppressed"][0]["environment"], "dev");
    assert_eq!(report["suppressed"][0]["suppression"]["reason"], "it is known");
}

#[test]
fn what_is_unused_is_known_only_where_all_is_judged() {
    let folder = Folder::with(&rash(
        "environments: {dev: {http: {certificate: {parameter: Cert}}}}",
        "allow: {BG102: {reason: \"in production only\"}}",
    ));
    assert_eq!(folder.codes(&[]), ["warning BG108"]);
    assert_eq!(folder.codes(&["-e", "dev"]), ["warning BG108"]);
    assert_eq!(folder.codes(&["-e", "prod"]), ["warning BG108"]);
}

#[test]
fn an_allowance_ends_with_its_last_day() {
    let folder = Folder::with(&rash("", "allow: {BG102: {reason: \"ordered\", until: 2026-11-21}}"));
    let (before, after) = (["warning BG108"], ["error BG102", "warning BG108", "warning BG126"]);
    for (day, codes) in [("2026-11-20", &before[..]), ("2026-11-21", &before), ("2026-11-22", &after)] {
        assert_eq!(folder.codes(&["--today", day]), codes, "{day}");
    }
    // By the day of a build that can be repeated, and not by the clock.
    for (moment, code) in [("1795305599", 0), ("1795305600", 1), ("soon", 2)] {
        let output = folder.command(&["check"]).env("SOURCE_DATE_EPOCH", moment).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{moment}");
        let output =
            folder.command(&["check", "--today", "2026-11-21"]).env("SOURCE_DATE_EPOCH", moment).output();
        assert_eq!(output.unwrap().status.code(), Some(0), "what is given goes first");
        // Rendering knows no day.
        let output = folder.command(&["render"]).env("SOURCE_DATE_EPOCH", moment).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
    assert_eq!(folder.run(&["check", "--today", "tomorrow"]).code, 2);
}

#[test]
fn a_baseline_holds_what_was_there() {
    let folder = Folder::with(RASH);
    let written = folder.run(&["check", "--write-baseline", "known.json"]);
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{}", written.err);
    let text = folder.read("known.json");
    folder.run(&["check", "--write-baseline", "known.json"]);
    assert_eq!(folder.read("known.json"), text, "the same findings are the same file");
    assert!(!text.contains("line"), "{text}");

    let known = ["--baseline", "known.json"];
    assert_eq!(folder.codes(&known), [""; 0]);
    let ran = folder.run(&["check", "--baseline", "known.json"]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("2 findings in the baseline"), "{}", ran.err);

    // Unrelated edits do not matter; a new fault does; one that is gone is told.
    folder.write(
        "blueprint.yaml",
        &format!("# first\n\n{}", RASH.replace("    port: 8080", "    description: pays\n    port: 9090")),
    );
    assert_eq!(folder.codes(&known), [""; 0]);
    folder.write(
        "blueprint.yaml",
        &RASH.replace("app: shop", "app: shop\nallow: {BG102: {reason: \"TLS ends before\"}}"),
    );
    let ran = folder.run(&["check", "--baseline", "known.json"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains("warning[BG125]: `BG102 at services.checkout.http in prod` is in the baseline"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("known.json:"), "told where it stands: {}", ran.out);
    assert_eq!(folder.codes(&known), ["warning BG125", "warning BG125"]);
    assert_eq!(folder.run(&["check", "--baseline", "known.json", "--deny", "warnings"]).code, 1);
    let more = RASH.replace("  checkout:", "  web: {port: 80, http: {healthcheck: /up}}\n  checkout:");
    folder.write("blueprint.yaml", &more);
    assert_eq!(folder.codes(&known), ["error BG102"]);
    let ran = folder.run(&["check", "--baseline", "none.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    folder.write("broken.json", "{");
    assert_eq!(folder.run(&["check", "--baseline", "broken.json"]).code, 2);
}

#[test]
fn what_cannot_be_rendered_is_in_no_baseline() {
    for blueprint in [RASH.replace("port", "prot"), rash("memory: 9GB", ""), "{".to_owned()] {
        let folder = Folder::with(&blueprint);
        let ran = folder.run(&["check", "--write-baseline", "known.json"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.out.contains("error[BG") && ran.err.contains("is not written"), "{}{}", ran.out, ran.err);
        assert!(!folder.path().join("known.json").exists());
    }
}

/// Whatever is allowed, what is rendered then is whole: rules that nothing can be rendered without cannot be allowed.
#[test]
fn what_is_allowed_can_be_rendered() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut rendered = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(text) =
            path.extension().filter(|it| *it == "yaml").map(|_| fs::read_to_string(&path).unwrap())
        else {
            continue;
        };
        let mut sources = Sources::new();
        let file = sources.add("blueprint.yaml", text);
        let Ok(blueprint) = Blueprint::read(&mut sources, file) else { continue };
        for environment in blueprint.environments() {
            let Ok(resolved) = blueprint.resolve(environment) else { continue };
            let found = rules::check(&resolved, blueprint.tree());
            if found.iter().all(|finding| finding.code.is_a_matter_of_judgement()) {
                let files = render::environment(resolved, "blueprint.yaml", Format::Yaml).unwrap();
                assert!(!files.files.is_empty());
                rendered.extend(found.iter().filter(|it| it.level == Level::Error).map(|it| it.code.name));
            }
        }
    }
    assert!(rendered.len() >= 4, "{rendered:?}");
}

#[test]
fn allowances_of_a_library_user_are_applied_by_environment() {
    let mut sources = Sources::new();
    let file = sources
        .add("blueprint.yaml", rash("", "allow: {BG102: {reason: \"known\"}, BG130: {reason: \"unused\"}}"));
    let blueprint = Blueprint::read(&mut sources, file).unwrap();
    let mut allowances = Allowances::new(None);
    let resolved = blueprint.resolve("prod").unwrap();
    let mut found = rules::check(&resolved, blueprint.tree());
    allowances.apply(&blueprint, &resolved, &mut found);
    let allowed: Vec<_> =
        found.iter().filter(|finding| !finding.counts()).map(|finding| finding.code).collect();
    assert_eq!(allowed, [codes::PLAIN_INTERNET]);
    assert!(allowances.unused().iter().all(|finding: &Finding| finding.code == codes::UNUSED_ALLOWANCE));
}
