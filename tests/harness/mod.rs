//! What tests against the oracles share: a Python with them, AWS on loopback, an environment rendered and deployed there.
#![allow(dead_code, reason = "every test file uses another part")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

pub mod emulator;
pub mod environment;
pub mod venv;
