//! The parsed form of a vendored schema.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::ResourceSchema;
use super::pattern::Pattern;

/// What holds for a resource type as a whole.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) type_name: String,
    pub(super) definitions: BTreeMap<String, Schema>,
    pub(super) attributes: Vec<String>,
    pub(super) primary_identifier: Vec<Pointer>,
    pub(super) create_only: Vec<Pointer>,
    pub(super) conditional_create_only: Vec<Pointer>,
    pub(super) read_only: Vec<Pointer>,
    pub(super) write_only: Vec<Pointer>,
    pub(super) deprecated: Vec<Pointer>,
}

/// A schema: `true`, `false` or rules.
#[derive(Debug)]
pub(super) enum Schema {
    /// Anything fits.
    Any,
    /// Nothing fits.
    Never,
    /// What fits all rules fits.
    Rules(Box<Rules>),
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Schema;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a schema")
            }

            fn visit_bool<E: Error>(self, any: bool) -> Result<Schema, E> {
                Ok(if any { Schema::Any } else { Schema::Never })
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Schema, M::Error> {
                let mut rules = Box::<Rules>::default();
                while let Some(keyword) = map.next_key::<&str>()? {
                    if !rules.set(keyword, &mut map)? {
                        return Err(M::Error::custom(format_args!("unknown keyword {keyword}")));
                    }
                }
                Ok(Schema::Rules(rules))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// The rules of one schema object.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) reference: Option<Reference>,
    pub(super) types: Types,
    pub(super) values: Vec<Value>,
    pub(super) values_any_case: Vec<Value>,
    pub(super) constant: Option<Value>,
    pub(super) format: Option<String>,
    pub(super) pattern: Option<Pattern>,
    pub(super) min_length: Option<u32>,
    pub(super) max_length: Option<u32>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) multiple_of: Option<f64>,
    pub(super) items: Option<Schema>,
    pub(super) contains: Option<Schema>,
    pub(super) min_items: Option<u32>,
    pub(super) max_items: Option<u32>,
    pub(super) max_unique_items: Option<u32>,
    pub(super) unique_items: bool,
    pub(super) unique_keys: Vec<String>,
    pub(super) properties: BTreeMap<String, Schema>,
    pub(super) pattern_properties: PatternProperties,
    pub(super) additional_properties: Option<Schema>,
    pub(super) property_names: Option<Schema>,
    pub(super) min_properties: Option<u32>,
    pub(super) max_properties: Option<u32>,
    pub(super) required: Vec<String>,
    pub(super) required_or: Vec<String>,
    pub(super) required_xor: Vec<String>,
    pub(super) dependent_required: BTreeMap<String, Vec<String>>,
    pub(super) dependent_excluded: BTreeMap<String, Vec<String>>,
    pub(super) all_of: Vec<Schema>,
    pub(super) any_of: Vec<Schema>,
    pub(super) one_of: Vec<Schema>,
    pub(super) not: Option<Schema>,
    pub(super) condition: Option<Schema>,
    pub(super) then: Option<Schema>,
    pub(super) otherwise: Option<Schema>,
}

/// `fn set` of a struct: reads the value of one keyword, unless the struct has no such keyword.
///
/// Filling a struct in its place spares moving it: most of a schema object's many rules are empty.
macro_rules! set {
    ($struct:ty { $($keyword:literal => $field:ident,)* }) => {
        impl $struct {
            fn set<'de, M: MapAccess<'de>>(&mut self, keyword: &str, map: &mut M) -> Result<bool, M::Error> {
                match keyword {
                    $($keyword => self.$field = map.next_value()?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}

set! { Rules {
    "$ref" => reference,
    "type" => types,
    "enum" => values,
    "enumCaseInsensitive" => values_any_case,
    "const" => constant,
    "format" => format,
    "pattern" => pattern,
    "minLength" => min_length,
    "maxLength" => max_length,
    "minimum" => minimum,
    "maximum" => maximum,
    "multipleOf" => multiple_of,
    "items" => items,
    "contains" => contains,
    "minItems" => min_items,
    "maxItems" => max_items,
    "maxUniqueItems" => max_unique_items,
    "uniqueItems" => unique_items,
    "uniqueKeys" => unique_keys,
    "properties" => properties,
    "patternProperties" => pattern_properties,
    "additionalProperties" => additional_properties,
    "propertyNames" => property_names,
    "minProperties" => min_properties,
    "maxProperties" => max_properties,
    "required" => required,
    "requiredOr" => required_or,
    "requiredXor" => required_xor,
    "dependentRequired" => dependent_required,
    "dependentExcluded" => dependent_excluded,
    "allOf" => all_of,
    "anyOf" => any_of,
    "oneOf" => one_of,
    "not" => not,
    "if" => condition,
    "then" => then,
    "else" => otherwise,
} }

set! { Facts {
    "typeName" => type_name,
    "definitions" => definitions,
    "attributes" => attributes,
    "primaryIdentifier" => primary_identifier,
    "createOnlyProperties" => create_only,
    "conditionalCreateOnlyProperties" => conditional_create_only,
    "readOnlyProperties" => read_only,
    "writeOnlyProperties" => write_only,
    "deprecatedProperties" => deprecated,
} }

impl<'de> Deserialize<'de> for ResourceSchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;

        impl<'de> Visitor<'de> for Whole {
            type Value = ResourceSchema;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a resource schema")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<ResourceSchema, M::Error> {
                let mut schema = ResourceSchema { facts: Facts::default(), body: Rules::default() };
                while let Some(keyword) = map.next_key::<&str>()? {
                    if !schema.body.set(keyword, &mut map)? && !schema.facts.set(keyword, &mut map)? {
                        return Err(M::Error::custom(format_args!("unknown keyword {keyword}")));
                    }
                }
                Ok(schema)
            }
        }

        deserializer.deserialize_map(Whole)
    }
}

/// The name of a definition, from `#/definitions/<name>`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Reference(pub(super) String);

impl TryFrom<String> for Reference {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("#/definitions/") {
            Some(name) if !name.contains('/') => Ok(Self(name.to_owned())),
            _ => Err(format!("{text} is not the place of a definition")),
        }
    }
}

/// The place of a property: its path below the properties, `*` for any position in a list.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pointer(pub(super) Vec<String>);

impl TryFrom<String> for Pointer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("/properties/") {
            Some(path) => Ok(Self(path.split('/').map(str::to_owned).collect())),
            None => Err(format!("{text} is not the place of a property")),
        }
    }
}

impl Pointer {
    /// As `Fn::GetAtt` would write it.
    pub(super) fn dotted(&self) -> String {
        self.0.join(".")
    }

    /// Whether `pointer` is this place or one below it.
    pub(super) fn covers(&self, pointer: &str) -> bool {
        let (common, own_left, _) = self.compare(pointer);
        common && own_left == 0
    }

    /// Whether `pointer` is this place, one below or one above it.
    pub(super) fn touches(&self, pointer: &str) -> bool {
        self.compare(pointer).0
    }

    /// Whether the two agree as far as both go, and how many steps each then has left.
    fn compare(&self, pointer: &str) -> (bool, usize, usize) {
        let path = ["/Properties/", "/properties/", "/"]
            .iter()
            .find_map(|start| pointer.strip_prefix(start))
            .unwrap_or(pointer);
        let mut own = self.0.iter().filter(|step| *step != "*").peekable();
        let mut other = path.split('/').filter(|step| !is_position(step)).peekable();
        while let (Some(a), Some(b)) = (own.peek(), other.peek()) {
            if a != b {
                return (false, own.count(), other.count());
            }
            own.next();
            other.next();
        }
        (true, own.count(), other.count())
    }
}

/// Whether a step of a JSON pointer is a position in a list, or stands for any.
fn is_position(step: &str) -> bool {
    matches!(step, "*" | "-") || (!step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Schemas for the properties whose names match a pattern.
#[derive(Debug, Default)]
pub(super) struct PatternProperties(pub(super) Vec<(Pattern, Schema)>);

impl<'de> Deserialize<'de> for PatternProperties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = BTreeMap::<String, Schema>::deserialize(deserializer)?;
        Ok(Self(named.into_iter().map(|(name, schema)| (Pattern::from(name), schema)).collect()))
    }
}

/// The types a value may have; none given: any.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const ARRAY: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const NUMBER: Self = Self(8);
    pub(super) const OBJECT: Self = Self(16);
    pub(super) const STRING: Self = Self(32);

    const NAMES: [(Self, &'static str); 6] = [
        (Self::ARRAY, "array"),
        (Self::BOOLEAN, "boolean"),
        (Self::INTEGER, "integer"),
        (Self::NUMBER, "number"),
        (Self::OBJECT, "object"),
        (Self::STRING, "string"),
    ];

    pub(super) fn is_any(self) -> bool {
        self.0 == 0
    }

    /// Whether `one` is among them, or any type is.
    pub(super) fn allow(self, one: Self) -> bool {
        self.is_any() || self.0 & one.0 != 0
    }

    /// The names, `a or b`.
    pub(super) fn names(self) -> String {
        let names: Vec<_> =
            Self::NAMES.iter().filter(|(one, _)| self.0 & one.0 != 0).map(|(_, name)| *name).collect();
        names.join(" or ")
    }
}

impl<'de> Deserialize<'de> for Types {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;

        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Types;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a type, or several")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Types, E> {
                match Types::NAMES.iter().find(|(_, known)| *known == name) {
                    Some((one, _)) => Ok(*one),
                    None => Err(E::custom(format_args!("unknown type {name}"))),
                }
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Types, S::Error> {
                let mut all = Types::default();
                while let Some(one) = seq.next_element::<Types>()? {
                    all.0 |= one.0;
                }
                Ok(all)
            }
        }

        deserializer.deserialize_any(OneOrMore)
    }
}
