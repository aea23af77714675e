//! The YAML parser, behind our own events. The only file that names it.

use std::{borrow::Cow, ops::Range};

use granit_parser::{
    ErrorKind, Event as Raw, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, options,
};

use super::read::MAX_DEPTH;

/// What stands in the text, in order.
pub(super) enum Event<'t> {
    /// A document begins.
    Document,
    /// A value without parts.
    Scalar {
        /// The text, escapes resolved.
        text: Cow<'t, str>,
        /// Written without quotes and not as a block, so its type follows from its text.
        plain: bool,
        /// How it is marked.
        marks: Marks,
    },
    /// A list or a map begins.
    Open {
        /// Whether it is a map.
        map: bool,
        /// Written with brackets, so the closing event has a place of its own.
        brackets: bool,
        /// How it is marked.
        marks: Marks,
    },
    /// The innermost list or map ends.
    Close,
    /// The name of the anchor on the value just begun.
    Anchor(usize, Cow<'t, str>),
    /// The value of an anchor once more.
    Alias(usize),
    /// An alias of an anchor that is not set.
    UnknownAlias(Cow<'t, str>),
}

/// The properties of a value.
pub(super) struct Marks {
    /// The anchor, 0 for none.
    pub anchor: usize,
    /// The place of a tag.
    pub tag: Option<Range<u32>>,
    /// Whether that tag is `!!str`.
    pub text: bool,
}

/// Why the text is not YAML.
pub(super) struct Fault {
    /// Byte at which reading stopped.
    pub at: u32,
    /// What kind of fault it is.
    pub kind: FaultKind,
}

/// Faults that are told apart.
pub(super) enum FaultKind {
    /// Nested too deep.
    Depth,
    /// A tab where only blanks may stand.
    Tab,
    /// A colon where no key can be.
    Colon,
    /// A line that is neither a key nor a value.
    KeyExpected,
    /// A line that is indented like none before it, or is a key among items or an item among keys.
    Indentation,
    /// Something behind the closing quote of a text.
    BehindQuote,
    /// Neither a comma nor the bracket that closes what is open.
    Separator(char),
    /// An anchor or an alias without a name.
    Nameless,
    /// Anything else, in a few words.
    Other(String),
}

/// The events of a text.
pub(super) struct Events<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Events<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self(Parser::new_from_str_with_options(
            text,
            options! {
                emit_comments: false,
                emit_anchor_events: true,
                emit_unresolved_aliases: true,
                flow_nesting_limit: MAX_DEPTH,
                block_nesting_limit: MAX_DEPTH,
            },
        ))
    }
}

impl<'t> Iterator for Events<'t> {
    type Item = Result<(Event<'t>, Range<u32>), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (raw, span) = match self.0.next_event()? {
                Ok(next) => next,
                Err(error) => return Some(Err(fault(&error))),
            };
            let marks = |anchor, tag: Option<Cow<'_, granit_parser::Tag>>| Marks {
                anchor,
                tag: tag.is_some().then(|| span.tag_span().map_or_else(|| bytes(&span), |tag| bytes(&tag))),
                text: tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str")),
            };
            let event = match raw {
                Raw::DocumentStart(..) => Event::Document,
                Raw::Scalar(text, style, anchor, tag) => {
                    Event::Scalar { text, plain: style == ScalarStyle::Plain, marks: marks(anchor, tag) }
                }
                Raw::SequenceStart(style, anchor, tag) => Event::Open {
                    map: false,
                    brackets: style == StructureStyle::Flow,
                    marks: marks(anchor, tag),
                },
                Raw::MappingStart(style, anchor, tag) => Event::Open {
                    map: true,
                    brackets: style == StructureStyle::Flow,
                    marks: marks(anchor, tag),
                },
                Raw::SequenceEnd | Raw::MappingEnd => Event::Close,
                Raw::Anchor(id, name) => Event::Anchor(id, name),
                Raw::Alias(id) => Event::Alias(id),
                Raw::UnresolvedAlias(name) => Event::UnknownAlias(name),
                _ => continue,
            };
            return Some(Ok((event, bytes(&span))));
        }
    }
}

fn bytes(span: &granit_parser::Span) -> Range<u32> {
    // The text is bounded far below 4 GiB before it comes here.
    let range = span.byte_range().unwrap_or_default();
    range.start as u32..range.end.max(range.start) as u32
}

fn fault(error: &ScanError) -> Fault {
    let at = error.marker().byte_offset().unwrap_or_default() as u32;
    let kind = match error.kind() {
        ErrorKind::RecursionLimitExceeded => FaultKind::Depth,
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => FaultKind::Tab,
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => FaultKind::Colon,
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => FaultKind::KeyExpected,
        ErrorKind::UnexpectedCharacter { character: character @ ('@' | '`' | '%') } => {
            FaultKind::Other(format!("a value that begins with `{character}` must be quoted"))
        }
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => FaultKind::Other("a quote is never closed".into()),
        ErrorKind::UnclosedFlowCollection { open } => {
            FaultKind::Other(format!("`{open}` is never closed: add the other half where it ends"))
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            FaultKind::Other(format!("`{open}` is closed by `{close}`"))
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            FaultKind::Other("a bracket is closed that was never opened".into())
        }
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::UnexpectedEof => FaultKind::Other("the text ends before the value does".into()),
        ErrorKind::ExpectedFlowMappingSeparator => FaultKind::Separator('}'),
        ErrorKind::ExpectedFlowSequenceSeparator => FaultKind::Separator(']'),
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation => FaultKind::Indentation,
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            FaultKind::BehindQuote
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            FaultKind::Other("an unknown escape; in single quotes a backslash is just a backslash".into())
        }
        ErrorKind::MissingAnchorOrAliasName => FaultKind::Nameless,
        kind => FaultKind::Other(kind.to_string().to_lowercase()),
    };
    Fault { at, kind }
}
