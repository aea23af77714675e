//! What becomes of findings after they are made: how much each weighs, and which are known and accepted.
//!
//! A finding that is accepted stays a finding, with the reason why it does not count ([`Finding::suppression`]): formats tell
//! it as what it is. Only what is a matter of judgement can be lowered, allowed or left for later
//! ([`Code::is_a_matter_of_judgement`]).
//!
//! [`Finding::suppression`]: crate::diagnostic::Finding::suppression
//! [`Code::is_a_matter_of_judgement`]: crate::diagnostic::Code::is_a_matter_of_judgement

mod allow;
mod baseline;
mod levels;

pub use allow::Allowances;
pub use baseline::{Baseline, BaselineError, Known, Recorder};
pub use levels::{LevelError, Levels};
