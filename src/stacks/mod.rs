//! A resolved application to stacks: one building block per file.

mod stack;

pub use stack::{Capability, Denial, Lookup, ServiceNames, Stack};
