//! From files to one resolved application per environment: what is included and extended, layers, expressions, defaults, and
//! where every value came from.

mod beside;
mod document;
mod environment;
mod expression;
mod include;
mod layers;
mod library;
mod origin;
mod parameters;
mod params;
mod priority;
mod scope;
mod service;
mod shorthand;
mod standalone;
mod written;

pub use document::{Document, read};
pub use environment::{Front, Place, Resolved, ResolvedService};
pub use layers::Blueprint;
pub use library::Load;
pub use origin::{Origin, origins};
pub use parameters::Parameter;
pub use standalone::example_parameters;
pub use written::Layers;
pub(crate) use written::locate;
