//! The scripts bluegreen writes, run: `deploy.sh`, `release.sh`, the buildspec's commands, the hook's code.
#![cfg(unix)]

#[path = "deploy_script/buildspec.rs"]
mod buildspec;
#[path = "deploy_script/cloudformation.rs"]
mod cloudformation;
#[path = "deploy_script/deploy.rs"]
mod deploy;
#[path = "deploy_script/ecs.rs"]
mod ecs;
#[path = "deploy_script/fixture.rs"]
mod fixture;
#[path = "deploy_script/harness.rs"]
mod harness;
#[path = "deploy_script/hook.rs"]
mod hook;
#[path = "deploy_script/release.rs"]
mod release;
#[path = "deploy_script/runbook.rs"]
mod runbook;
#[path = "deploy_script/two_clusters.rs"]
mod two_clusters;
