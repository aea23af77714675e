//! What CloudFormation accepts for each resource type bluegreen writes.
//!
//! The facts are those of the official resource schemas, vendored under `schemas/cloudformation` by
//! `cargo xtask catalogue` and compiled in. A schema is parsed when its type is first asked for, a pattern in
//! it compiled when a value first meets it.
//!
//! ```
//! use bluegreen::cfn::catalogue::Catalogue;
//! use serde_json::json;
//!
//! let alias = Catalogue::schema("AWS::KMS::Alias").expect("a known type");
//! let faults = alias.validate(&json!({"AliasName": "alias/orders", "TargetKeyID": {"Ref": "Key"}}));
//! assert_eq!(faults[0].pointer, "/TargetKeyID");
//! assert_eq!(faults[0].message, "unknown property `TargetKeyID`; did you mean `TargetKeyId`?");
//! assert_eq!(faults[1].pointer, "");
//! assert_eq!(faults[1].message, "`TargetKeyId` is required");
//! ```

mod check;
mod pattern;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::OnceLock;

use rules::{Facts, Rules};

/// A compiled-in schema: its text, and what it was parsed into once somebody asked.
struct Entry {
    kind: &'static str,
    text: &'static str,
    schema: OnceLock<ResourceSchema>,
}

/// Declares the table of schemas, sorted by type.
macro_rules! entries {
    ($($kind:literal => $file:literal,)*) => {
        pub(super) static ENTRIES: [super::Entry; [$($kind),*].len()] = [$(super::Entry {
            kind: $kind,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/schemas/cloudformation/", $file, ".json"
            )),
            schema: std::sync::OnceLock::new(),
        }),*];
    };
}

mod table;

/// The resource types bluegreen knows, with what CloudFormation accepts for each.
pub struct Catalogue;

impl Catalogue {
    /// The schema of a resource type such as `AWS::ECS::Service`; nothing for a type bluegreen does not write.
    ///
    /// The first call for a type parses its schema (well under a millisecond), later ones look it up. Any
    /// thread may call.
    #[must_use]
    pub fn schema(kind: &str) -> Option<&'static ResourceSchema> {
        let at = table::ENTRIES.binary_search_by(|entry| entry.kind.cmp(kind)).ok()?;
        let entry = &table::ENTRIES[at];
        Some(
            entry.schema.get_or_init(|| {
                serde_json::from_str(entry.text).expect("the tests parse every vendored schema")
            }),
        )
    }

    /// The faults of `properties` of a type that is not known: `null`, and functions that CloudFormation would not take for
    /// functions.
    #[must_use]
    pub fn well_formed(properties: &serde_json::Value) -> Vec<Fault> {
        check::well_formed_properties(properties)
    }

    /// Every known resource type, in alphabetical (byte) order.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        table::ENTRIES.iter().map(|entry| entry.kind)
    }
}

/// What CloudFormation accepts for one resource type, and how its properties behave.
///
/// Wherever a method takes a `pointer`, it may be written from the resource (`/Properties/Tags/0/Key`), from its
/// properties (`/Tags/0/Key`) or, for a property at the top, as the bare name (`Tags`). Positions in lists do
/// not matter.
#[derive(Debug)]
pub struct ResourceSchema {
    facts: Facts,
    body: Rules,
}

impl ResourceSchema {
    /// The resource type, such as `AWS::ECS::Service`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.facts.type_name
    }

    /// The properties at the top, those that cannot be set included, in alphabetical order.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        self.body.properties.keys().map(String::as_str)
    }

    /// The properties at the top that must always be set, in alphabetical order.
    ///
    /// Where one of several will do, none of them is among these: only [`validate`](Self::validate) knows.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.body.required.iter().map(String::as_str)
    }

    /// The names `Fn::GetAtt` accepts, such as `TargetGroupFullName` or `Endpoint.Address`, in alphabetical order.
    ///
    /// For most types these are the read-only properties; some answer for further ones.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.facts.attributes.iter().map(String::as_str)
    }

    /// Whether `Fn::GetAtt` accepts `name`.
    #[must_use]
    pub fn has_attribute(&self, name: &str) -> bool {
        self.facts.attributes.iter().any(|known| known == name)
    }

    /// The properties that together identify a resource, as dotted names, in the order of the identifier.
    ///
    /// Mostly `Ref` gives the one there is. Types with several may differ: `Ref` of an `AWS::ECS::Service` is its
    /// ARN alone, though its cluster is part of the identifier.
    pub fn primary_identifier(&self) -> impl Iterator<Item = String> {
        self.facts.primary_identifier.iter().map(rules::Pointer::dotted)
    }

    /// Whether changing what is at `pointer` can make CloudFormation replace the resource.
    ///
    /// True for a create-only property, for anything below one, and for anything that holds one: with only
    /// `/EncryptionConfiguration/KmsKey` create-only, a change of `EncryptionConfiguration` may be that of the key.
    /// Properties that replace only sometimes are told by
    /// [`is_conditional_create_only`](Self::is_conditional_create_only).
    #[must_use]
    pub fn is_create_only(&self, pointer: &str) -> bool {
        self.facts.create_only.iter().any(|listed| listed.touches(pointer))
    }

    /// Whether changing what is at `pointer` replaces the resource for some values and not for others.
    #[must_use]
    pub fn is_conditional_create_only(&self, pointer: &str) -> bool {
        self.facts.conditional_create_only.iter().any(|listed| listed.touches(pointer))
    }

    /// Whether what is at `pointer` is read-only, or lies in something that is: a template cannot set it.
    #[must_use]
    pub fn is_read_only(&self, pointer: &str) -> bool {
        self.facts.read_only.iter().any(|listed| listed.covers(pointer))
    }

    /// Whether what is at `pointer` is write-only, or lies in something that is: CloudFormation does not read it
    /// back, so drift in it goes unseen.
    #[must_use]
    pub fn is_write_only(&self, pointer: &str) -> bool {
        self.facts.write_only.iter().any(|listed| listed.covers(pointer))
    }

    /// Whether what is at `pointer` is deprecated, or lies in something that is.
    #[must_use]
    pub fn is_deprecated(&self, pointer: &str) -> bool {
        self.facts.deprecated.iter().any(|listed| listed.covers(pointer))
    }

    /// All faults of `properties`, the value of a resource's `Properties`, each told once. None: CloudFormation
    /// accepts their shape.
    ///
    /// * Intrinsic functions are in their long form (`{"Ref": ..}`, `{"Fn::Sub": ..}`). What one will yield is not
    ///   known, so it satisfies any type and any limit; a rule that depends on it is not applied.
    /// * `Fn::If` is followed, both ways: every combination of the conditions met is checked, the same condition
    ///   going the same way throughout. Beyond ten conditions in one resource (1024 combinations) the rest is not
    ///   looked at, and a fault says so.
    /// * `{"Ref": "AWS::NoValue"}` is the same as leaving the property or the list item out.
    /// * As in CloudFormation, `"443"` is an integer, `"true"` a boolean, and `443` or `true` a string.
    /// * Checked are types, required properties and alternatives, unknown and read-only properties, values, limits,
    ///   patterns, uniqueness, JSON in strings, CIDR blocks, `null` (nowhere allowed), the names of functions, and
    ///   those rules of cfn-lint that the catalogue holds. A pattern that gives up on a value counts as met.
    #[must_use]
    pub fn validate(&self, properties: &serde_json::Value) -> Vec<Fault> {
        check::validate(&self.facts, &self.body, properties)
    }
}

/// Something about the properties of a resource that CloudFormation does not accept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fault {
    /// Where, as a JSON pointer below `Properties`; empty for the properties as a whole.
    ///
    /// It leads through the value as given: `/Tags/Fn::If/1/0/Key` lies in the first branch of an `Fn::If`.
    /// For something missing it leads to the object it is missing from.
    pub pointer: String,
    /// What is wrong, in one line without a full stop.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(f, "{at}: {}", self.message)
    }
}
