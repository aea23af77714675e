//! What is wrong with a user's document, as data. How it looks is the business of [`crate::report`].

pub mod codes;
mod digest;
pub mod explanations;
pub mod secrecy;
mod trail;

use serde::Serialize;

use crate::source::Span;
pub use digest::digest;
pub use trail::{Aim, Step, Trail};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Works, but will hurt.
    Warning,
    /// Nothing is rendered until it is mended.
    Error,
}

/// A finding's stable name: `BG` and three digits, and a slug that names the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Code {
    /// `BG001`
    pub id: &'static str,
    /// `unknown-key`
    pub name: &'static str,
}

/// Where a mark points: into a tree that is at hand when the finding is located, or at known bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A way through the tree.
    Trail(Trail, Aim),
    /// Bytes of a file.
    Span(Span),
}

/// A place and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub place: Place,
    /// The bytes, once [`Finding::locate`] has found them.
    pub span: Option<Span>,
    /// A few words, or nothing.
    pub label: String,
}

/// A change of text that mends the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the change does: "write `protected`".
    pub title: String,
    /// The bytes to replace.
    pub span: Span,
    /// What to write there.
    pub text: String,
    /// Whether nothing else can have been meant, so that `check --fix` may make the change unasked. A guess is only shown.
    pub certain: bool,
}

impl Fix {
    /// A change that is what was meant for certain.
    pub fn certain(title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Self { title: title.into(), span, text: text.into(), certain: true }
    }

    /// A change that was most likely meant, and that people have to choose.
    pub fn likely(title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Self { certain: false, ..Self::certain(title, span, text) }
    }
}

/// Why a finding does not count although it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suppression {
    /// The blueprint allows it.
    Allowed {
        /// Why, as the blueprint says.
        reason: String,
        /// The last day it is allowed, as `2027-03-01`, where there is one.
        until: Option<String>,
        /// Where the blueprint says so.
        place: Option<Span>,
    },
    /// It was there when the baseline was written.
    Baseline {
        /// The baseline's file.
        file: String,
    },
}

/// A value that mends a finding: what to write at the end of a trail.
///
/// Where the document writes that key as a scalar, [`Finding::fixes`] has the same change as bytes; elsewhere it is told
/// as help, since where a new key belongs is for its author to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the change does: "write `keep_old: 8m`".
    pub title: String,
    /// What is set. Once located, the way people would write it in the document, which may not have all of it.
    pub trail: Trail,
    /// A scalar, or a list or map in flow style, as YAML writes it.
    pub value: String,
    /// Whether nothing speaks against it, so that a machine may write it. Otherwise it is told as help: it mends the
    /// finding, and costs something else.
    pub certain: bool,
}

/// A part of a template that a value makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// The file of the stack, without its ending.
    pub stack: String,
    /// The resource's logical id.
    pub resource: String,
    /// The resource's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The property, as `HealthCheckPath` or `TargetGroupAttributes[stickiness.enabled].Value`; `None` where the resource is there
    /// because of the value, or not there because of it.
    pub property: Option<String>,
}

/// One located, coded fault of the user's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The stable name.
    pub code: Code,
    /// The weight.
    pub level: Level,
    /// One line that stands alone, in lower case, without a full stop.
    pub title: String,
    /// The place that is wrong. `None` where a whole file or run is meant.
    pub primary: Option<Mark>,
    /// Other places that have to do with it.
    pub related: Vec<Mark>,
    /// What was computed or known, a sentence each.
    pub notes: Vec<String>,
    /// What to do, a sentence each.
    pub help: Vec<String>,
    /// Changes that mend it. Each does so by itself; the first is the smallest.
    pub fixes: Vec<Fix>,
    /// Values that mend it, each by itself; the first is the smallest change.
    pub suggestions: Vec<Suggestion>,
    /// The environment in which it shows, where it does not show in all.
    pub environment: Option<String>,
    /// Why it does not count, where it does not.
    pub suppression: Option<Suppression>,
    /// The value of the resolved application that it is about, once that was looked for.
    pub value: Option<Trail>,
    /// What that value makes in the templates, where somebody asked.
    pub makes: Vec<Made>,
}

impl Finding {
    /// A finding of this weight.
    pub fn of(code: Code, level: Level, title: impl Into<String>) -> Self {
        Self::new(code, level, title)
    }

    /// An error.
    pub fn error(code: Code, title: impl Into<String>) -> Self {
        Self::new(code, Level::Error, title)
    }

    /// A warning.
    pub fn warning(code: Code, title: impl Into<String>) -> Self {
        Self::new(code, Level::Warning, title)
    }

    fn new(code: Code, level: Level, title: impl Into<String>) -> Self {
        Self {
            code,
            level,
            title: title.into(),
            primary: None,
            related: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
            suggestions: Vec::new(),
            environment: None,
            suppression: None,
            value: None,
            makes: Vec::new(),
        }
    }

    /// Whether it counts: it is neither allowed nor in the baseline.
    pub fn counts(&self) -> bool {
        self.suppression.is_none()
    }

    /// Points at the value (or key) a trail leads to.
    #[must_use]
    pub fn at(mut self, trail: Trail, aim: Aim, label: impl Into<String>) -> Self {
        self.primary = Some(Mark { place: Place::Trail(trail, aim), span: None, label: label.into() });
        self
    }

    /// Points at bytes.
    #[must_use]
    pub fn at_span(mut self, span: Span, label: impl Into<String>) -> Self {
        self.primary = Some(Mark { place: Place::Span(span), span: Some(span), label: label.into() });
        self
    }

    /// Names another place that has to do with it.
    #[must_use]
    pub fn related(mut self, trail: Trail, aim: Aim, label: impl Into<String>) -> Self {
        self.related.push(Mark { place: Place::Trail(trail, aim), span: None, label: label.into() });
        self
    }

    /// Names other bytes that have to do with it.
    #[must_use]
    pub fn related_span(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push(Mark { place: Place::Span(span), span: Some(span), label: label.into() });
        self
    }

    /// Adds what was computed or known.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Says what to write, and where. `title` says it to people: "write `keep_old: 8m`".
    #[must_use]
    pub fn suggest(mut self, trail: Trail, value: impl Into<String>, title: impl Into<String>) -> Self {
        self.suggestions.push(Suggestion { title: title.into(), trail, value: value.into(), certain: true });
        self
    }

    /// Says what one may write, and where, when it is for people to weigh: it is told, and never written by a machine.
    #[must_use]
    pub fn advise(mut self, trail: Trail, value: impl Into<String>, title: impl Into<String>) -> Self {
        self.suggestions.push(Suggestion { title: title.into(), trail, value: value.into(), certain: false });
        self
    }

    /// Turns every trail into bytes with the help of `find`, which answers the nearest place that exists.
    pub fn locate(&mut self, find: impl Fn(&Trail, Aim) -> Span) {
        for mark in self.primary.iter_mut().chain(&mut self.related) {
            if let (Place::Trail(trail, aim), None) = (&mark.place, mark.span) {
                mark.span = Some(find(trail, *aim));
            }
        }
    }

    /// Puts a trail before every trail, for a finding made in a part of the document. The bytes have to be known by then.
    pub fn under(&mut self, prefix: &Trail) {
        for mark in self.primary.iter_mut().chain(&mut self.related) {
            if let Place::Trail(trail, _) = &mut mark.place {
                *trail = prefix.join(trail);
            }
        }
    }

    /// The trail of the primary mark, where it has one.
    pub fn trail(&self) -> Option<&Trail> {
        match &self.primary.as_ref()?.place {
            Place::Trail(trail, _) => Some(trail),
            Place::Span(_) => None,
        }
    }
}
