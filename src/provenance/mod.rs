//! Which value of a blueprint makes what in the templates, and back: the source map behind `explain`.
//!
//! Nothing is annotated, so nothing can go stale: a question is answered *by experiment*. Drawing an application is pure and takes
//! milliseconds, so a value is changed (or left out, or written where it is missing), the stacks are drawn again, and what
//! differs by meaning is what that value makes.
//!
//! The experiment changes the *resolved* application, not the document: so a value nobody wrote, a default, can be asked
//! about like any other, layers and expressions need not be undone, and where a value was written is known from its
//! [origin](crate::resolve::origins). Only what the rules find no fault with is drawn.
//!
//! What two values decide together shows only as far as one of them alone changes it: [`Effects::is_silent`] says where
//! nothing did.

mod consequence;
mod drawing;
mod map;
mod model;
mod subject;
mod trial;

pub use consequence::{Consequence, OnUpdate, on_update};
pub use drawing::Drawing;
pub use map::{Line, SourceMap};
pub use subject::{Needed, Reason, Subject};
pub use trial::{Effect, Effects, Provenance, Trial, Tried};
