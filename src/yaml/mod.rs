//! YAML text to a tree with spans, and trees laid over each other. The only module that names a YAML parser.

mod events;
mod node;
mod overlay;
mod read;
mod scalar;
mod syntax;

pub use node::{Data, Entry, Map, Node};
pub use overlay::overlay;
pub use read::{MAX_DEPTH, MAX_NODES, read};
pub use scalar::is_bare;
