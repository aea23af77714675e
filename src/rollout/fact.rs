use crate::diagnostic::Trail;

/// On what a number rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// It follows from what is rendered.
    Proven,
    /// People said so of the world outside: traffic, start-up time, quotas.
    Declared,
    /// Nobody knows; it is what bluegreen reckons with.
    Assumed,
}

/// A quantity, where it comes from, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<T> {
    /// The quantity, in the unit its owner documents.
    pub value: T,
    /// The key it comes from, from the root of the document.
    pub at: Trail,
    /// What it rests on.
    pub basis: Basis,
}

impl<T> Fact<T> {
    /// What is rendered from this key.
    pub fn proven(value: T, at: Trail) -> Self {
        Self { value, at, basis: Basis::Proven }
    }

    /// What people say at this key.
    pub fn declared(value: T, at: Trail) -> Self {
        Self { value, at, basis: Basis::Declared }
    }

    /// What bluegreen reckons with in place of this key.
    pub fn assumed(value: T, at: Trail) -> Self {
        Self { value, at, basis: Basis::Assumed }
    }
}
