//! Files that are written from the model of the blueprint language.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use bluegreen::blueprint;

/// Arguments of the chores that write a file.
#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail when the file is stale
    #[arg(long)]
    check: bool,
}

/// The schemas: the one that is published, and the one that the check is compiled from.
pub fn schema(args: &Args) -> Result<()> {
    write(args, "schemas/application.schema.json", "schema", &blueprint::schema::application_text())?;
    write(args, "schemas/blueprint.schema.json", "schema", &blueprint::schema::published_text())
}

/// docs/reference.md and docs/engines.md
pub fn reference(args: &Args) -> Result<()> {
    write(args, "docs/reference.md", "reference", &blueprint::reference::markdown())?;
    write(args, "docs/engines.md", "reference", &blueprint::engines::markdown())
}

fn write(args: &Args, name: &str, chore: &str, text: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if args.check {
        if fs::read_to_string(&path).unwrap_or_default() != text {
            bail!("{name} is stale: run `cargo xtask {chore}`");
        }
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making the folder of {name}"))?;
    }
    fs::write(&path, text).with_context(|| format!("writing {name}"))
}
