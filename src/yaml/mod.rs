//! YAML text to a tree with spans, and trees laid over each other. The only module that names a YAML parser.

mod node;

pub use node::{Data, Entry, Map, Node};
