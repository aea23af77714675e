//! Text to tree. Whatever a map, an alias or a number could hide is refused here, at its place.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use super::{
    Data, Entry, Map, Node,
    events::{Event, Events, Marks},
    scalar, syntax,
};
use crate::{
    diagnostic::{Finding, Fix, codes},
    source::{FileId, MAX_BYTES, Sources, Span},
};

/// Lists and maps that may stand in each other. The model is 12 deep; everything that walks a tree may recurse.
pub const MAX_DEPTH: usize = 64;
/// Values a document may have, aliases written out: a small text must not become a large tree.
pub const MAX_NODES: usize = 2_000_000;
/// Bytes of text in those values, for a long text that is repeated by many aliases.
const MAX_TEXT: usize = 4 * MAX_BYTES;
/// Findings after which reading ends: nobody reads more.
const MAX_FINDINGS: usize = 100;

/// Reads a file of `sources` as one YAML 1.2 document.
///
/// # Errors
/// All the findings there are up to the first fault of syntax; never an empty list.
pub fn read(sources: &Sources, file: FileId) -> Result<Node, Vec<Finding>> {
    let text = sources.text(file);
    if text.len() > MAX_BYTES {
        let title =
            format!("the file has {} MiB; a blueprint may have {} MiB", mib(text.len()), mib(MAX_BYTES));
        return Err(vec![
            Finding::error(codes::DOCUMENT_TOO_LARGE, title).at_span(Span { file, start: 0, end: 0 }, ""),
        ]);
    }
    let mut reader = Reader::new(file, text);
    let root = reader.run();
    match root {
        Some(root) if reader.findings.is_empty() => Ok(root),
        _ => Err(reader.findings),
    }
}

fn mib(bytes: usize) -> usize {
    bytes.div_ceil(1024 * 1024)
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    open: Vec<Frame>,
    anchors: BTreeMap<usize, Anchor>,
    root: Option<Node>,
    findings: Vec<Finding>,
    weight: Weight,
    /// The last scalar read, for words on faults of syntax.
    last: Range<u32>,
}

/// A list or map that has begun.
struct Frame {
    start: u32,
    end: u32,
    brackets: bool,
    anchor: usize,
    body: Body,
}

enum Body {
    List(Vec<Node>),
    Map(Map, Key),
}

/// What is known of the key whose value comes next.
enum Key {
    /// The next event is a key.
    Awaited,
    /// A good key.
    Read(String, Span),
    /// A key that was refused; its value is read and dropped.
    Refused,
}

#[derive(Default)]
struct Anchor {
    name: String,
    /// `None` until its value has ended.
    value: Option<(Node, Weight, usize)>,
}

#[derive(Default, Clone, Copy)]
struct Weight {
    nodes: usize,
    text: usize,
}

/// Reading cannot go on; the reason is among the findings.
struct Stop;

impl<'t> Reader<'t> {
    fn new(file: FileId, text: &'t str) -> Self {
        Self {
            file,
            text,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            findings: Vec::new(),
            weight: Weight::default(),
            last: 0..0,
        }
    }

    fn run(&mut self) -> Option<Node> {
        let mut documents = 0;
        for event in Events::new(self.text) {
            let outcome = match event {
                Ok((Event::Document, at)) => {
                    documents += 1;
                    if documents == 1 { Ok(()) } else { self.second_document(at) }
                }
                Ok((event, at)) => self.take(event, at),
                Err(fault) => {
                    let bracket = self.open.iter().rev().find(|frame| frame.brackets);
                    let bracket = bracket.map(|frame| frame.start);
                    let finding = syntax::finding(self.file, self.text, &fault, self.last.clone(), bracket);
                    self.findings.push(finding);
                    Err(Stop)
                }
            };
            if outcome.is_err() || self.findings.len() >= MAX_FINDINGS {
                return None;
            }
        }
        if self.root.as_ref().is_none_or(|root| root.data == Data::Null) && self.findings.is_empty() {
            self.findings.push(
                Finding::error(codes::EMPTY_DOCUMENT, "the file holds nothing")
                    .at_span(self.span(0..0), "")
                    .help("`bluegreen init` writes a blueprint to start from"),
            );
            return None;
        }
        self.root.take()
    }

    fn take(&mut self, event: Event<'t>, at: Range<u32>) -> Result<(), Stop> {
        match event {
            Event::Scalar { text, plain, marks } => {
                self.last = at.clone();
                self.scalar(text, plain, &marks, at)
            }
            Event::Open { map, brackets, marks } => {
                self.charge(Weight { nodes: 1, text: 0 }, &at)?;
                self.refuse_tag(&marks, true);
                if self.open.len() >= MAX_DEPTH {
                    return self.too_deep(at);
                }
                let body = if map { Body::Map(Map::new(), Key::Awaited) } else { Body::List(Vec::new()) };
                self.open.push(Frame { start: at.start, end: at.end, brackets, anchor: marks.anchor, body });
                Ok(())
            }
            Event::Close => self.close(&at),
            Event::Anchor(id, name) => {
                self.anchors.entry(id).or_default().name = name.into_owned();
                Ok(())
            }
            Event::Alias(id) => self.alias(id, at),
            Event::UnknownAlias(name) => {
                self.unknown_alias(&name, at.clone());
                self.place(Node { span: self.span(at), data: Data::Null }, None)
            }
            Event::Document => Ok(()),
        }
    }

    fn scalar(&mut self, text: Cow<'t, str>, plain: bool, marks: &Marks, at: Range<u32>) -> Result<(), Stop> {
        self.charge(Weight { nodes: 1, text: text.len() }, &at)?;
        self.refuse_tag(marks, false);
        // The parser takes the blank lines after a block into its span.
        let written = self.text.get(at.start as usize..at.end as usize).unwrap_or_default();
        let span = self.span(at.start..at.start + written.trim_end().len() as u32);
        if self.expects_key() {
            let missing = plain && at.is_empty();
            let merge = plain && text == "<<";
            let key = if missing || merge { None } else { Some(text.into_owned()) };
            if missing {
                self.key_not_text(span, "a key is missing before `:`");
            } else if merge {
                self.findings.push(
                    Finding::error(codes::MERGE_KEY, "merge keys (`<<`) are not part of YAML 1.2")
                        .at_span(span, "")
                        .help("write the keys out; `&name` and `*name` repeat one whole value"),
                );
            }
            if let Some(body) = self.open.last_mut() {
                body.end = body.end.max(at.end);
            }
            self.set_key(key.map_or(Key::Refused, |key| Key::Read(key, span)));
            return Ok(());
        }
        let data = if plain && !marks.text {
            scalar::plain(&text).unwrap_or_else(|| {
                self.unusable_number(&text, span);
                Data::Null
            })
        } else {
            Data::Text(text.into_owned())
        };
        let node = Node { span, data };
        self.keep(marks.anchor, &node)?;
        self.place(node, None)
    }

    fn close(&mut self, at: &Range<u32>) -> Result<(), Stop> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let end = if frame.brackets { at.end } else { frame.end };
        let data = match frame.body {
            Body::List(items) => Data::List(items),
            Body::Map(map, _) => Data::Map(map),
        };
        let node = Node { span: self.span(frame.start..end.max(frame.start)), data };
        self.keep(frame.anchor, &node)?;
        self.place(node, Some("a list or a map cannot be a key"))
    }

    fn alias(&mut self, id: usize, at: Range<u32>) -> Result<(), Stop> {
        let span = self.span(at.clone());
        let anchor = self.anchors.get(&id);
        let Some((value, weight, depth)) = anchor.and_then(|anchor| anchor.value.as_ref()) else {
            let name = anchor.map(|anchor| anchor.name.as_str()).unwrap_or_default();
            let title = format!("`*{name}` stands inside the value it repeats");
            self.findings.push(Finding::error(codes::ENDLESS_ALIAS, title).at_span(span, "would never end"));
            return self.place(Node { span, data: Data::Null }, None);
        };
        let (data, weight, depth) = (value.data.clone(), *weight, *depth);
        self.charge(weight, &at)?;
        if self.open.len() + depth > MAX_DEPTH {
            return self.too_deep(at);
        }
        self.place(Node { span, data }, Some("an alias cannot be a key"))
    }

    /// Gives a value to the list or map it stands in.
    fn place(&mut self, node: Node, as_key: Option<&str>) -> Result<(), Stop> {
        let end = node.span.end;
        if self.expects_key() {
            if let Some(problem) = as_key {
                self.key_not_text(node.span, problem);
            }
            self.set_key(Key::Refused);
            return Ok(());
        }
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.end = frame.end.max(end);
        match &mut frame.body {
            Body::List(items) => items.push(node),
            Body::Map(map, key) => {
                if let Key::Read(name, span) = std::mem::replace(key, Key::Awaited) {
                    if let Some(first) = map.get(&name) {
                        let title = format!("the key `{name}` stands here twice");
                        let first = first.key;
                        self.findings.push(
                            Finding::error(codes::DUPLICATE_KEY, title)
                                .at_span(span, "again")
                                .related_span(first, "first")
                                .help("keep one of the two"),
                        );
                    } else {
                        map.insert(name, Entry { key: span, value: node });
                    }
                }
            }
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { body: Body::Map(_, Key::Awaited), .. }))
    }

    fn set_key(&mut self, next: Key) {
        if let Some(Frame { body: Body::Map(_, key), .. }) = self.open.last_mut() {
            *key = next;
        }
    }

    /// Remembers the value of an anchor.
    fn keep(&mut self, anchor: usize, node: &Node) -> Result<(), Stop> {
        if anchor != 0 {
            let mut weight = Weight::default();
            let depth = weigh(node, &mut weight);
            // The copy kept is memory too.
            self.charge(weight, &(node.span.start..node.span.end))?;
            self.anchors.entry(anchor).or_default().value = Some((node.clone(), weight, depth));
        }
        Ok(())
    }

    fn charge(&mut self, weight: Weight, at: &Range<u32>) -> Result<(), Stop> {
        self.weight.nodes += weight.nodes;
        self.weight.text += weight.text;
        if self.weight.nodes <= MAX_NODES && self.weight.text <= MAX_TEXT {
            return Ok(());
        }
        let title =
            format!("the document holds more than {MAX_NODES} values or {} MiB of text", mib(MAX_TEXT));
        self.findings.push(
            Finding::error(codes::TOO_MANY_VALUES, title)
                .at_span(self.span(at.clone()), "reached here")
                .note("values repeated by aliases count each time"),
        );
        Err(Stop)
    }

    fn too_deep(&mut self, at: Range<u32>) -> Result<(), Stop> {
        self.findings.push(syntax::too_deep(self.span(at)));
        Err(Stop)
    }

    fn second_document(&mut self, at: Range<u32>) -> Result<(), Stop> {
        let finding = Finding::error(codes::SECOND_DOCUMENT, "a second document begins here")
            .at_span(self.span(at), "")
            .help("a file holds one blueprint; put the second into a file of its own");
        self.findings.push(finding);
        Err(Stop)
    }

    fn refuse_tag(&mut self, marks: &Marks, collection: bool) {
        let Some(at) = marks.tag.clone().filter(|_| collection || !marks.text) else { return };
        let tag = self.text.get(at.start as usize..at.end as usize).unwrap_or_default();
        let behind = self.text.get(at.end as usize..).unwrap_or_default();
        let argument = behind.split(['\n', ',', '}', ']', '#']).next().unwrap_or_default();
        let argument = argument.trim().trim_matches(['"', '\'']);
        let title = format!("the tag `{tag}` means nothing in a blueprint");
        let finding = Finding::error(codes::UNSUPPORTED_TAG, title).at_span(self.span(at), "");
        self.findings.push(if tag.starts_with("!!") {
            finding.help("types follow from the value; quotes make text of it")
        } else {
            function(finding, tag, argument)
        });
    }

    fn key_not_text(&mut self, span: Span, title: &str) {
        self.findings.push(Finding::error(codes::KEY_NOT_TEXT, title).at_span(span, "").help(
            "keys are words; write `key: value`, and quote text that begins with `[`, `{`, `*` or `&`",
        ));
    }

    fn unusable_number(&mut self, text: &str, span: Span) {
        self.findings.push(
            Finding::error(
                codes::UNUSABLE_NUMBER,
                format!("the number `{text}` cannot be held without changing it"),
            )
            .at_span(span, "")
            .help(format!("write \"{text}\" in quotes where text is meant")),
        );
    }

    fn unknown_alias(&mut self, name: &str, at: Range<u32>) {
        let near = self
            .anchors
            .values()
            .map(|anchor| (strsim::damerau_levenshtein(&anchor.name, name), &anchor.name))
            .filter(|(distance, _)| *distance <= 2)
            .min();
        let title = format!("no anchor `&{name}` is set before this");
        let mut finding = Finding::error(codes::UNKNOWN_ALIAS, title).at_span(self.span(at.clone()), "");
        if let Some((_, near)) = near {
            let title = format!("did you mean `*{near}`?");
            finding.fixes.push(Fix::likely(title, self.span(at), format!("*{near}")));
        } else {
            finding.help.push(format!("text that begins with `*` must be quoted: \"*{name}\""));
        }
        self.findings.push(finding);
    }

    fn span(&self, at: Range<u32>) -> Span {
        Span { file: self.file, start: at.start, end: at.end }
    }
}

/// Says what to write in the place of CloudFormation's short form of a function.
fn function(finding: Finding, tag: &str, argument: &str) -> Finding {
    let plain = !argument.is_empty()
        && argument.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, ':' | '.'));
    match (tag, argument) {
        ("!Ref", pseudo) if plain && pseudo.starts_with("AWS::") => {
            finding.help(format!("write `\"${{{pseudo}}}\"`"))
        }
        _ => {
            let long = match (tag, argument.split_once('.')) {
                ("!Ref", None) if plain => format!("{{Ref: {argument}}}"),
                ("!GetAtt", Some((id, attribute))) if plain => {
                    format!("{{\"Fn::GetAtt\": [{id}, {attribute}]}}")
                }
                _ => "{Ref: Orders}".into(),
            };
            finding
                .help(format!("in `extra` and `patches`, write the long form, as in `{long}`"))
                .help("anywhere else no function stands: what is given when deploying is `{parameter: Name}` where that is offered, and text may hold `${AWS::Region}` and its like")
                .help("quotes make text of what begins with `!`")
        }
    }
}

/// Adds up a value and answers how deep it is.
fn weigh(node: &Node, weight: &mut Weight) -> usize {
    weight.nodes += 1;
    match &node.data {
        Data::Text(text) => {
            weight.text += text.len();
            0
        }
        Data::List(items) => 1 + items.iter().map(|item| weigh(item, weight)).max().unwrap_or_default(),
        Data::Map(map) => {
            1 + map
                .iter()
                .map(|(key, entry)| {
                    weight.text += key.len();
                    weigh(&entry.value, weight)
                })
                .max()
                .unwrap_or_default()
        }
        _ => 0,
    }
}
