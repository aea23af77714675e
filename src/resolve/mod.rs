//! From files to one resolved application per environment: layers, expressions, defaults, and where every value came from.

mod environment;
mod expression;
mod layers;
mod origin;
mod shorthand;
mod written;

pub use environment::{Place, Resolved, ResolvedService};
pub use layers::Blueprint;
pub use origin::{Origin, origins};
pub(crate) use written::locate;
