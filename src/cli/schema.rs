use clap::Args;

use super::{Console, Outcome, outcome::Failure};
use crate::blueprint::schema;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {}

pub(super) fn run(_: &SchemaArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    write!(console.out, "{}", schema::published_text())?;
    Ok(Outcome::Clean)
}
