//! What the YAML writer writes is read back as the very data that the JSON holds, by two readers that share no code:
//! `yaml_serde`, which is libyaml, and granit-parser's events with the typing rules of YAML 1.1 and 1.2 applied here at
//! once. Plain data is read by serde-saphyr as well, which takes more bare words for booleans and numbers than either.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::LazyLock;

use bluegreen::{
    cfn::{
        Call, Condition, DeletionPolicy, Draft, Entry, Output, Parameter, Template, TemplateKey, Text, Value,
    },
    emit,
};
use granit_parser::{Event, Parser, ScalarStyle};
use proptest::{collection::vec, prelude::*, sample::select};
use regex::Regex;
use serde_json::{Map, Number, Value as Json};

/// Text that some YAML reader or other takes for something else.
const NASTY: &[&str] = &[
    "",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "n",
    "Y",
    "N",
    "true",
    "False",
    "t",
    "12:30",
    "1:30:00",
    "190:20:30.15",
    "1_000",
    "010",
    "0o14",
    "0x1",
    "0b11",
    "1e3",
    "1.",
    ".5",
    "+1",
    "-1",
    "-",
    "--",
    "1.5e+3",
    ".inf",
    "-.INF",
    ".nan",
    "NaN",
    "inf",
    "~",
    "null",
    "Null",
    "<<",
    "=",
    "2010-09-09",
    "2001-12-14t21:59:43.10-05:00",
    "- a",
    "-a",
    "? a",
    "?",
    "a: b",
    "a:b",
    "a:",
    ":a",
    ":",
    "#x",
    "a #x",
    "a#x",
    "!Ref",
    "!",
    "!!str x",
    "%",
    "%YAML 1.1",
    "@a",
    "`a",
    "&a",
    "*a",
    "*",
    "|",
    ">",
    "|-\n a",
    "'",
    "\"",
    "''",
    "'a'",
    "\"a\"",
    "it's",
    "a\"b",
    "\\",
    "\\n",
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    "{a: b}",
    "[a, b]",
    ",",
    "a, b",
    "a,b",
    "---",
    "--- a",
    "...",
    "... a",
    "a\u{85}b",
    "\u{feff}",
    "\u{feff}a",
    "a\u{2028}b",
    "a\u{2029}",
    "\u{a0}",
    "é",
    "日本",
    "😀",
    "\0",
    "\u{1b}[0m",
    "\x7f",
    "\u{9f}",
    "\u{ffff}",
    "\u{10ffff}",
    "\u{e000}",
    "\u{ad}",
    "\u{202e}x",
    "a ",
    " a",
    "  ",
    "\t",
    "a\t",
    "a\tb",
    "\n",
    "\n\n",
    "\na",
    "a\n",
    "a\n\n",
    "a\nb",
    "a\n\nb\n",
    "a\n  b\n",
    " a\nb",
    "a \nb",
    "a\n b \n",
    "a\n#b\n",
    "a\n---\nb\n",
    "#!/bin/sh\nset -e\n",
    "# a\nb\n",
    "- a\n- b\n",
    "a\r\nb",
    "a\rb",
    "\r",
    "a\n\tb\n",
    "a\n \nb",
    "a\n\u{feff}b",
    "${AWS::Region}",
    "arn:${AWS::Partition}:s3:::x/*",
    "$",
    "AWS::NoValue",
    "Fn::Sub",
    "aws:SourceArn",
    "10.0.0.0/16",
    "s3:Get*",
    "cron(0 22 * * ? *)",
    "rate(5 minutes)",
    "a  b",
    "0",
    "00",
    "08",
    "1,000",
    "0.0.0.0",
    "Infinity",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(NASTY).prop_map(str::to_owned),
        2 => vec(select(NASTY), 2..4).prop_map(|parts| parts.concat()),
        2 => vec(select(NASTY), 2..5).prop_map(|lines| lines.join("\n")),
        2 => "[a-zA-Z0-9:/._ -]{1,30}",
        1 => "\\PC{0,20}",
        1 => any::<String>(),
        1 => vec(select(NASTY), 30..80).prop_map(|parts| parts.concat()),
    ]
}

fn shared() -> impl Strategy<Value = Text> {
    text().prop_map(Text::Owned)
}

fn name() -> impl Strategy<Value = Text> {
    "[A-Za-z][A-Za-z0-9]{0,12}".prop_map(Text::Owned)
}

fn pairs<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<(Text, T)>> {
    vec((shared(), value), 0..4).prop_map(|mut pairs| {
        let mut seen = Vec::new();
        pairs.retain(|(key, _)| {
            let fresh = !seen.contains(key);
            seen.push(key.clone());
            fresh
        });
        pairs
    })
}

fn call(call: Call) -> Value {
    Value::Call(Box::new(call))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::Int),
        1 => prop_oneof![
            any::<i32>().prop_map(|it| f64::from(it) / 128.0),
            select(&[1e21, 1e-7, -0.0, 1e300, 0.1, 5.0][..])
        ]
        .prop_map(Value::Float),
        8 => shared().prop_map(Value::Text),
        1 => shared().prop_map(|id| call(Call::Ref(id))),
        1 => (name(), prop_oneof![name(), Just(Text::from("Outputs.X"))]).prop_map(|(id, at)| call(Call::GetAtt(id, at))),
        1 => (shared(), shared()).prop_map(|(id, at)| call(Call::GetAtt(format!("{id}.x").into(), at))),
        2 => shared().prop_map(|text| call(Call::Sub(text, vec![]))),
        1 => shared().prop_map(|export| call(Call::ImportValue(export))),
        1 => Just(call(Call::GetAzs)),
        1 => (shared(), shared()).prop_map(|(why, text)| Value::Text(text).noted(why)),
    ];
    leaf.prop_recursive(5, 60, 4, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::List),
            2 => pairs(inner.clone()).prop_map(Value::Map),
            1 => (shared(), pairs(inner.clone())).prop_map(|(text, values)| call(Call::Sub(text, values))),
            1 => (shared(), vec(inner.clone(), 0..4)).prop_map(|(by, values)| call(Call::Join(by, values))),
            1 => (any::<u32>(), inner.clone()).prop_map(|(at, list)| call(Call::Select(at, list))),
            1 => (shared(), inner.clone()).prop_map(|(by, text)| call(Call::Split(by, text))),
            1 => (shared(), inner.clone(), inner.clone()).prop_map(|(when, yes, no)| Value::when(when, yes, no)),
            1 => (inner.clone(), any::<u32>(), any::<u32>()).prop_map(|(block, n, bits)| call(Call::Cidr(block, n, bits))),
            1 => (shared(), inner).prop_map(|(why, value)| value.noted(why)),
        ]
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        shared().prop_map(Condition::Named),
        (value(), value()).prop_map(|(left, right)| Condition::Equals(left, right)),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Condition::negated),
            vec(inner.clone(), 1..4).prop_map(Condition::And),
            vec(inner, 1..4).prop_map(Condition::Or),
        ]
    })
}

fn policy() -> impl Strategy<Value = Option<DeletionPolicy>> {
    select(&[None, Some(DeletionPolicy::Delete), Some(DeletionPolicy::RetainExceptOnCreate)][..])
}

fn draft() -> impl Strategy<Value = Draft> {
    let attributes = (vec(shared(), 0..3), proptest::option::of(shared()), policy(), policy());
    let policies = (pairs(value()), pairs(value()));
    (pairs(value()), attributes, policies, proptest::option::of(shared()), pairs(value())).prop_map(
        |(properties, attributes, (creation_policy, update_policy), note, metadata)| {
            let (depends_on, condition, deletion_policy, update_replace_policy) = attributes;
            Draft {
                properties,
                depends_on,
                condition,
                deletion_policy,
                update_replace_policy,
                creation_policy,
                update_policy,
                note,
                metadata,
            }
        },
    )
}

fn parameter() -> impl Strategy<Value = Parameter> {
    let optional = || proptest::option::of(shared());
    (shared(), shared(), proptest::option::of(value()), vec(shared(), 0..3), optional(), optional()).prop_map(
        |(kind, description, default, allowed_values, allowed_pattern, constraint_description)| Parameter {
            kind,
            description,
            default,
            allowed_values,
            allowed_pattern,
            constraint_description,
        },
    )
}

fn output() -> impl Strategy<Value = Output> {
    (shared(), value(), proptest::option::of(shared())).prop_map(|(description, value, export)| Output {
        description,
        value,
        export,
    })
}

fn template() -> impl Strategy<Value = Template> {
    (vec(text(), 0..3), text(), pairs(parameter()), pairs(condition()), pairs(draft()), pairs(output()))
        .prop_map(|(header, description, parameters, conditions, resources, outputs)| {
            let mut template = Template::new(TemplateKey(0), description);
            template.header = header;
            template.parameters.extend(parameters);
            template.conditions.extend(conditions);
            template.resources.extend(
                resources
                    .into_iter()
                    .map(|(id, draft)| (id, Entry { kind: "AWS::S3::Bucket".into(), draft })),
            );
            template.outputs.extend(outputs);
            template
        })
}

/// A short tag turned back into the long form.
fn long(tag: &str, argument: Json) -> Json {
    let argument = match (tag, argument) {
        ("GetAtt", Json::String(path)) => {
            let (id, attribute) = path.split_once('.').expect("an attribute of something");
            Json::from(vec![id, attribute])
        }
        (_, argument) => argument,
    };
    let name = if matches!(tag, "Ref" | "Condition") { tag.to_owned() } else { format!("Fn::{tag}") };
    Json::Object(Map::from_iter([(name, argument)]))
}

/// The data as libyaml and its Rust typing see it.
fn read_by_libyaml(text: &str) -> Json {
    fn json(value: serde_yaml::Value) -> Json {
        match value {
            serde_yaml::Value::Null => Json::Null,
            serde_yaml::Value::Bool(it) => Json::Bool(it),
            serde_yaml::Value::Number(it) => match it.as_i64() {
                Some(int) => Json::from(int),
                None => Json::from(it.as_f64().expect("a number")),
            },
            serde_yaml::Value::String(it) => Json::String(it),
            serde_yaml::Value::Sequence(items) => items.into_iter().map(json).collect(),
            serde_yaml::Value::Mapping(pairs) => pairs
                .into_iter()
                .map(|(key, value)| (key.as_str().expect("a key is text").to_owned(), json(value)))
                .collect::<Map<_, _>>()
                .into(),
            serde_yaml::Value::Tagged(tagged) => {
                let tag = tagged.tag.to_string();
                long(tag.trim_start_matches('!'), json(tagged.value))
            }
        }
    }
    json(serde_yaml::from_str(text).expect("libyaml reads it"))
}

/// The data as events and the typing rules of YAML 1.1 and 1.2 at once see it.
fn read_by_events(text: &str) -> Json {
    struct Open {
        tag: Option<String>,
        list: Option<Vec<Json>>,
        map: Map<String, Json>,
        key: Option<String>,
    }

    let mut stack: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.expect("granit-parser reads it");
        let done = match event {
            Event::Scalar(text, style, anchor, tag) => {
                assert_eq!(anchor, 0, "an anchor");
                let tag = tag.map(|tag| tag.suffix().to_owned());
                let scalar = match style {
                    ScalarStyle::Plain => typed(&text, tag.is_some()),
                    ScalarStyle::DoubleQuoted | ScalarStyle::Literal => Json::String(text.into_owned()),
                    other => panic!("a scalar written {other:?}"),
                };
                match tag {
                    Some(tag) => long(&tag, scalar),
                    None => scalar,
                }
            }
            Event::SequenceStart(_, anchor, tag) => {
                assert_eq!(anchor, 0, "an anchor");
                let tag = tag.map(|tag| tag.suffix().to_owned());
                stack.push(Open { tag, list: Some(vec![]), map: Map::new(), key: None });
                continue;
            }
            Event::MappingStart(_, anchor, tag) => {
                assert_eq!((anchor, tag), (0, None), "an anchor or tag on a map");
                stack.push(Open { tag: None, list: None, map: Map::new(), key: None });
                continue;
            }
            Event::SequenceEnd => {
                let open = stack.pop().expect("a list is open");
                let list = Json::Array(open.list.expect("a list is open"));
                match open.tag {
                    Some(tag) => long(&tag, list),
                    None => list,
                }
            }
            Event::MappingEnd => Json::Object(stack.pop().expect("a map is open").map),
            Event::Alias(_) => panic!("an alias"),
            _ => continue,
        };
        match stack.last_mut() {
            None => root = Some(done),
            Some(Open { list: Some(list), .. }) => list.push(done),
            Some(open) => match open.key.take() {
                Some(key) => assert_eq!(open.map.insert(key, done), None, "a key twice"),
                None => open.key = Some(done.as_str().expect("a key is text").to_owned()),
            },
        }
    }
    root.expect("a document")
}

/// A bare scalar as every schema types it, or a panic where schemas disagree.
fn typed(text: &str, tagged: bool) -> Json {
    static INT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(0|-?[1-9][0-9]*)$").unwrap());
    static FLOAT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^-?(0|[1-9][0-9]*)\.[0-9]+$").unwrap());
    // The implicit resolvers of YAML 1.1 (its type repository, with PyYAML's wider floats) and of 1.2's core schema.
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x)^(?:
            y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF
            | [-+]?0b[0-1_]+ | [-+]?0o?[0-7_]+ | [-+]?[0-9][0-9_]* | [-+]?0x[0-9a-fA-F_]+ | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(\.[0-9_]*)?
            | [-+]?(?:[0-9][0-9_]*)?\.[0-9_]*(?:[eE][-+]?[0-9]+)? | [-+]?[0-9][0-9_]*[eE][-+]?[0-9]+
            | [-+]?\.?(?:inf|Inf|INF|nan|NaN|NAN)
            | ~ | null | Null | NULL | << | = |
            | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*
            )$",
        )
        .unwrap()
    });
    match text {
        // A function's own tag says that its argument is text.
        _ if tagged => {
            assert!(!OTHER.is_match(text), "{text} is bare behind a tag");
            Json::String(text.to_owned())
        }
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ if INT.is_match(text) => Json::from(text.parse::<i64>().unwrap()),
        _ if FLOAT.is_match(text) => Json::Number(Number::from_f64(text.parse().unwrap()).unwrap()),
        _ => {
            assert!(!OTHER.is_match(text), "{text} is bare, and readers disagree about it");
            Json::String(text.to_owned())
        }
    }
}

fn written_well(text: &str) {
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "one line break at the end");
    assert!(text.chars().all(|it| it == '\n' || !it.is_control()), "no control characters");
    assert!(!text.lines().any(|line| line.ends_with(' ')), "no spaces at the end of a line");
}

/// Plain data, with nothing, big numbers and any text.
fn data() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<i32>().prop_map(|it| Json::from(f64::from(it) / 128.0)),
        6 => text().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((text(), inner), 0..4).prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_template_is_read_as_its_json(template in template()) {
        let yaml = emit::yaml(&template);
        let expected = emit::to_json_value(&template);
        written_well(&yaml);
        prop_assert_eq!(&read_by_events(&yaml), &expected, "{}", yaml);
        prop_assert_eq!(&read_by_libyaml(&yaml), &expected, "{}", yaml);
        let json = emit::json(&template);
        prop_assert_eq!(&serde_json::from_str::<Json>(&json).unwrap(), &expected);
        prop_assert!(json.ends_with('\n'));
    }

    #[test]
    fn one_text_is_read_as_itself(text in text()) {
        let yaml = emit::yaml_plain(&Json::from(vec![Json::Object(Map::from_iter([(text.clone(), Json::from(text.clone()))]))]));
        let read = read_by_events(&yaml);
        prop_assert_eq!(read[0].as_object().unwrap().iter().next(), Some((&text, &Json::from(text.clone()))), "{}", yaml);
    }

    #[test]
    fn data_is_read_as_itself(data in data()) {
        let yaml = emit::yaml_plain(&data);
        written_well(&yaml);
        prop_assert_eq!(&serde_saphyr::from_str::<Json>(&yaml).unwrap(), &data, "{}", yaml);
        prop_assert_eq!(&read_by_libyaml(&yaml), &data, "{}", yaml);
    }
}

#[test]
fn every_nasty_text_survives_as_key_item_value_and_argument() {
    let mut template = Template::new(TemplateKey(0), "x");
    for (at, text) in NASTY.iter().enumerate() {
        let properties = vec![
            (Text::Borrowed(*text), Value::Text((*text).into())),
            ("List\u{0}".into(), Value::list([*text, "between", *text])),
            ("Sub\u{0}".into(), call(Call::Sub((*text).into(), vec![("a".into(), 1.into())]))),
            ("If\u{0}".into(), Value::when(*text, *text, *text)),
            ("Noted\u{0}".into(), Value::from(*text).noted(*text)),
        ];
        let draft = Draft { properties, note: Some((*text).into()), ..Draft::default() };
        template.resources.insert(format!("R{at}").into(), Entry { kind: "AWS::S3::Bucket".into(), draft });
    }
    let (yaml, expected) = (emit::yaml(&template), emit::to_json_value(&template));
    written_well(&yaml);
    assert_eq!(read_by_events(&yaml), expected);
    assert_eq!(read_by_libyaml(&yaml), expected);
}

#[test]
fn the_strict_reader_refuses_what_readers_disagree_about() {
    for bare in ["yes", "12:30", "1_000", "010", "2010-09-09", "~", "1e3", "<<"] {
        let refused = std::panic::catch_unwind(|| read_by_events(&format!("a: {bare}\n"))).is_err();
        assert!(refused, "{bare} was taken");
    }
}
