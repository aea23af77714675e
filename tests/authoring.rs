//! What helps people to write a blueprint: `init`, `explain`, `completions`.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "authoring/explain.rs"]
mod explain;
#[path = "authoring/init.rs"]
mod init;
#[path = "authoring/man.rs"]
mod man;
#[path = "authoring/pages.rs"]
mod pages;

/// Names a snapshot under `snapshots/authoring/`.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/authoring");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
