use std::{fs, path::Path, process::Command};

use bluegreen::scripts::{ECS_HOOK_CODE, HOOK_CODE, HookCheck};
use indexmap::IndexMap;
use serde_json::json;

#[test]
fn the_code_fits_inline() {
    for code in [HOOK_CODE, ECS_HOOK_CODE] {
        assert!(code.len() <= 4_000, "{}", code.len());
        assert!(code.is_ascii());
    }
}

#[test]
fn the_code_does_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    let written = |name: &str, code: &str| {
        let path = folder.path().join(name);
        fs::write(&path, code).expect("the code is written");
        path
    };
    let output = Command::new("python3")
        .arg(root.join("tests/deploy_script/test_hook.py"))
        .arg(written("hook.py", HOOK_CODE))
        .arg(written("ecs_hook.py", ECS_HOOK_CODE))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("the hook is Python: this test needs python3 on PATH");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_check_is_written_as_the_hook_reads_it() {
    let check = HookCheck {
        name: "health".into(),
        method: "GET".into(),
        path: "/health".into(),
        headers: IndexMap::new(),
        body: String::new(),
        status: 200,
        within_ms: 800,
        json: None,
    };
    assert_eq!(
        serde_json::to_value(check).expect("JSON"),
        json!({
            "name": "health", "method": "GET", "path": "/health", "headers": {}, "body": "", "status": 200,
            "within_ms": 800,
        })
    );
}
