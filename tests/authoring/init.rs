//! `init` writes what checks clean and renders, and never over what is there.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::snapshot;

fn bluegreen(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bluegreen"))
        .args(args)
        .current_dir(folder)
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder of a known name.
fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let keep = tempfile::tempdir().unwrap();
    let folder = keep.path().join("My_Shop.2");
    fs::create_dir(&folder).unwrap();
    (keep, folder)
}

/// Checks clean, renders, and what was rendered is what the workflow compares with.
fn holds(folder: &Path) {
    let (code, out, err) = bluegreen(folder, &["check", "blueprint.yaml"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("no findings"), "{out}");
    assert_eq!(bluegreen(folder, &["render", "blueprint.yaml", "--out", "dist"]).0, 0);
    assert_eq!(bluegreen(folder, &["render", "blueprint.yaml", "--out", "dist", "--check"]).0, 0);
}

const ALL: [&str; 15] = [
    "init",
    "--app",
    "on",
    "--environment",
    "dev=eu-central-1",
    "--environment",
    "live=eu-central-1",
    "--service",
    "no",
    "--port",
    "3000",
    "--certificate",
    "arn:aws:acm:eu-central-1:111122223333:certificate/0b1c2d3e",
    "--health",
    "/up?deep=1",
];

#[test]
fn defaults_check_clean_and_render() {
    let (_keep, folder) = folder();
    let (code, out, err) = bluegreen(&folder, &["init", "--yes"]);
    assert_eq!(code, 0, "{err}");
    let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
    snapshot("init-defaults", &format!("{out}---\n{err}---\n{}", read("blueprint.yaml")));
    snapshot(
        "init-workflow",
        &read(".github/workflows/bluegreen.yaml").replace(env!("CARGO_PKG_VERSION"), "[version]"),
    );
    assert_eq!(read("schemas/blueprint.schema.json"), bluegreen(&folder, &["schema"]).1);
    holds(&folder);
}

#[test]
fn a_worker_checks_clean_and_renders() {
    let (_keep, folder) = folder();
    let (code, _, err) = bluegreen(&folder, &["init", "--yes", "--service", "mails", "--port", "none"]);
    assert_eq!(code, 0, "{err}");
    snapshot("init-worker", &fs::read_to_string(folder.join("blueprint.yaml")).unwrap());
    holds(&folder);
}

#[test]
fn all_flags_check_clean_and_render() {
    let (_keep, folder) = folder();
    let (code, _, err) = bluegreen(&folder, &ALL);
    assert_eq!(code, 0, "{err}");
    snapshot("init-all-flags", &fs::read_to_string(folder.join("blueprint.yaml")).unwrap());
    holds(&folder);
}

/// In a repository of several services, the workflow stands where GitHub reads it, and runs where the blueprint is.
#[test]
fn the_workflow_of_a_folder_stands_at_the_root_of_the_repository() {
    let (_keep, root) = folder();
    fs::create_dir(root.join(".git")).unwrap();
    let (code, out, err) = bluegreen(&root, &["init", "services/Cart_1", "--yes"]);
    assert_eq!(code, 0, "{err}");
    let written: Vec<&str> = out.lines().collect();
    assert_eq!(
        written,
        [
            "services/Cart_1/blueprint.yaml",
            "services/Cart_1/schemas/blueprint.schema.json",
            ".github/workflows/bluegreen-services-cart-1.yaml",
        ]
    );
    let text = fs::read_to_string(root.join(written[2])).unwrap();
    let workflow: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(workflow["defaults"]["run"]["working-directory"], "services/Cart_1");
    assert!(!err.contains("GitHub reads"), "{err}");
    holds(&root.join("services/Cart_1"));

    // A second one beside it, from inside its folder; and at the root nothing is said twice.
    fs::create_dir_all(root.join("services/orders")).unwrap();
    let (code, out, err) = bluegreen(&root.join("services/orders"), &["init", "--yes"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("../../.github/workflows/bluegreen-services-orders.yaml"), "{out}");
    assert!(root.join(".github/workflows/bluegreen-services-orders.yaml").exists());
    assert_eq!(bluegreen(&root, &["init", "--yes"]).0, 0);
    let text = fs::read_to_string(root.join(".github/workflows/bluegreen.yaml")).unwrap();
    assert!(!text.contains("working-directory"), "{text}");
    let (code, _, err) = bluegreen(&root, &["init", "services/orders", "--yes"]);
    assert!(code == 2 && err.contains(".github/workflows/bluegreen-services-orders.yaml"), "{err}");
}

#[test]
fn a_dockerfile_tells_port_and_path() {
    let (_keep, folder) = folder();
    fs::write(
        folder.join("Dockerfile"),
        "FROM a\nEXPOSE 9000\nHEALTHCHECK CMD curl -f http://localhost:9000/up\n",
    )
    .unwrap();
    let (code, _, err) = bluegreen(&folder, &["init", "--yes", "--ci", "none"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("Dockerfile: port 9000 (EXPOSE)\nDockerfile: health check on /up (HEALTHCHECK)"),
        "{err}"
    );
    let text = fs::read_to_string(folder.join("blueprint.yaml")).unwrap();
    assert!(text.contains("port: 9000\n") && text.contains("health: /up\n"), "{text}");
    assert!(!folder.join(".github").exists());
    holds(&folder);
}

#[test]
fn what_a_dockerfile_does_not_tell_is_said() {
    let (_keep, folder) = folder();
    fs::write(folder.join("Dockerfile"), "FROM a\n").unwrap();
    fs::write(folder.join(".gitignore"), "target\n/dist/\n").unwrap();
    let (code, _, err) = bluegreen(&folder, &["init", "--yes", "--port", "80"]);
    assert_eq!(code, 0);
    assert!(err.contains("Dockerfile: no URL that a health check asks (HEALTHCHECK)"), "{err}");
    assert!(!err.contains("EXPOSE"), "what is given is not looked for: {err}");
    assert!(err.contains("which .gitignore leaves out"), "{err}");
}

#[test]
fn nothing_is_written_over_what_is_there() {
    let (_keep, folder) = folder();
    fs::create_dir(folder.join("schemas")).unwrap();
    fs::write(folder.join("schemas/blueprint.schema.json"), "mine").unwrap();
    let (code, _, err) = bluegreen(&folder, &["init", "--yes"]);
    assert_eq!(code, 2);
    snapshot("init-in-the-way", &err);
    assert!(!folder.join("blueprint.yaml").exists() && !folder.join(".github").exists());
    assert_eq!(fs::read_to_string(folder.join("schemas/blueprint.schema.json")).unwrap(), "mine");
}

#[test]
fn without_a_terminal_what_is_missing_is_said() {
    let (_keep, folder) = folder();
    let (code, _, err) = bluegreen(&folder, &["init", "--app", "shop", "--port", "80"]);
    assert_eq!(code, 2);
    snapshot("init-missing", &err);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn bad_values_are_refused_with_the_reason() {
    let (_keep, folder) = folder();
    for (args, reason) in [
        (&["--app", "My Shop"][..], "at most 24 lower-case letters"),
        (&["--environment", "prod"], "not NAME=REGION"),
        (&["--environment", "prod=Ireland"], "a region such as eu-west-1"),
        (&["--environment", "a=eu-west-1", "--environment", "a=eu-west-2"], "given twice"),
        (&["--port", "0"], "not a port"),
        (
            &["--port", "none", "--certificate", "CertificateArn"],
            "a service without a port has no load balancer",
        ),
        (&["--port", "none", "--health", "sh -c 'a b'"], "words without quotes"),
        (&["--certificate", "arn:aws:iam::1:x"], "ACM certificate"),
        (
            &["--certificate", "arn:aws:acm:us-east-1:111122223333:certificate/a"],
            "the certificate is in us-east-1",
        ),
        (&["--health", "health"], "starts with /"),
    ] {
        let (code, _, err) = bluegreen(&folder, &[&["init", "--yes"], args].concat());
        assert_eq!(code, 2, "{args:?}");
        assert!(err.contains(reason), "{args:?}: {err}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn completions_name_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, _) = bluegreen(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        for command in ["init", "check", "render", "inspect", "explain", "schema", "completions"] {
            assert!(out.contains(command), "{shell} lacks {command}");
        }
    }
    assert_eq!(bluegreen(folder.path(), &["completions", "csh"]).0, 2);
}

#[test]
fn help_says_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["init", "explain", "completions"] {
        snapshot(&format!("help-{command}"), &bluegreen(folder.path(), &[command, "--help"]).1);
    }
}
