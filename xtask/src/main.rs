//! Development chores that are part of the repository but not of the product: `cargo xtask <chore>`.

mod catalogue;
mod generate;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Development chores of bluegreen.
#[derive(Parser)]
#[command(name = "xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Vendor the facts of the CloudFormation resource schemas into schemas/cloudformation
    Catalogue(catalogue::Args),
    /// Write schemas/blueprint.schema.json and schemas/application.schema.json from the model
    Schema(generate::Args),
    /// Write docs/reference.md from the schema, and docs/engines.md from the table of engines
    Reference(generate::Args),
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Catalogue(args) => catalogue::run(&args),
        Chore::Schema(args) => generate::schema(&args),
        Chore::Reference(args) => generate::reference(&args),
    }
}
