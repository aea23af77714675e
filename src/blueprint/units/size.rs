use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Written, written};

/// Task CPU in units of 1/1024 vCPU: `256` or `0.25 vCPU` up to `16384` or `16 vCPU` (facts 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpu(u32);

/// Memory in MiB: `512`, `512MB`, `1GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(u32);

/// A number from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent(f64);

/// How few and how many tasks scaling may run: `3-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskRange {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
}

/// The CPU sizes of Fargate. 32 vCPU is new in 2026 and not yet in the API's own text (facts 7.1): left out.
pub(crate) const CPU_SIZES: [u32; 7] = [256, 512, 1024, 2048, 4096, 8192, 16384];

impl Cpu {
    /// One of this many units.
    pub const fn new(units: u32) -> Self {
        Self(units)
    }

    /// How many units.
    pub const fn units(self) -> u32 {
        self.0
    }

    /// The memory sizes Fargate offers with it, in MiB (facts 7.1).
    pub fn memory_sizes(self) -> Vec<u32> {
        match self.0 {
            256 => vec![512, 1024, 2048],
            512 => (1..=4).map(|gib| gib * 1024).collect(),
            1024 => (2..=8).map(|gib| gib * 1024).collect(),
            2048 => (4..=16).map(|gib| gib * 1024).collect(),
            4096 => (8..=30).map(|gib| gib * 1024).collect(),
            8192 => (16..=60).step_by(4).map(|gib| gib * 1024).collect(),
            16384 => (32..=120).step_by(8).map(|gib| gib * 1024).collect(),
            _ => vec![],
        }
    }

    fn of_units(units: u32) -> Result<Self, String> {
        if CPU_SIZES.contains(&units) {
            return Ok(Self(units));
        }
        let near = CPU_SIZES.iter().copied().find(|size| *size >= units).unwrap_or(16384);
        let hint = if units < 256 { ": CPU units are 1024 to a vCPU" } else { "" };
        Err(format!(
            "Fargate has no task of {units} CPU units; the next larger is {near} ({}){hint}",
            Self(near)
        ))
    }
}

impl Memory {
    /// One of this many MiB.
    pub const fn new(mib: u32) -> Self {
        Self(mib)
    }

    /// How many MiB.
    pub const fn mib(self) -> u32 {
        self.0
    }
}

impl Percent {
    /// One of this size.
    pub const fn new(percent: f64) -> Self {
        Self(percent)
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} vCPU", f64::from(self.0) / 1024.0)
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            mib if mib % 1024 == 0 => write!(out, "{}GB", mib / 1024),
            mib => write!(out, "{mib}MB"),
        }
    }
}

impl fmt::Display for TaskRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.min, self.max)
    }
}

impl Written for Cpu {
    fn format() -> &'static str {
        "Cpu"
    }

    fn expected() -> String {
        "CPU units (256, 512, 1024 …) or vCPUs (0.25 vCPU, 0.5 vCPU, 1 vCPU … 16 vCPU)".into()
    }

    fn example() -> &'static str {
        "0.5 vCPU"
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a CPU size: write 256, 512, 1024 … or 0.25 vCPU, 0.5 vCPU, 1 vCPU …");
        let trimmed = text.trim();
        if let Ok(units) = trimmed.parse::<u32>() {
            return Self::of_units(units);
        }
        let lower = trimmed.to_ascii_lowercase();
        let number =
            lower.strip_suffix("vcpus").or_else(|| lower.strip_suffix("vcpu")).ok_or_else(wrong)?.trim();
        let vcpu: f64 = number.parse().map_err(|_| wrong())?;
        if !(0.0..=1024.0).contains(&vcpu) {
            return Err(wrong());
        }
        Self::of_units((vcpu * 1024.0).round() as u32)
    }
}

impl Written for Memory {
    fn format() -> &'static str {
        "Memory"
    }

    fn expected() -> String {
        "MiB (512, 1024 …) or a size (512MB, 1GB … 120GB)".into()
    }

    fn example() -> &'static str {
        "1GB"
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a memory size: write 512, 512MB or 1GB");
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, unit) = lower.split_at(digits);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let factor = match unit.trim() {
            "" | "mb" | "mib" | "m" => 1.0,
            "gb" | "gib" | "g" => 1024.0,
            _ => return Err(wrong()),
        };
        let mib = number * factor;
        if mib.fract() != 0.0 || !(1.0..=262_144.0).contains(&mib) {
            return Err(wrong());
        }
        Ok(Self(mib as u32))
    }
}

impl Written for TaskRange {
    fn format() -> &'static str {
        "TaskRange"
    }

    fn expected() -> String {
        "the fewest and the most tasks, such as 3-12, each from 0 to 5000".into()
    }

    fn example() -> &'static str {
        "3-12"
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a range of tasks: write the fewest and the most, such as 3-12");
        let (min, max) = text.split_once('-').ok_or_else(wrong)?;
        let (min, max): (u32, u32) =
            (min.trim().parse().map_err(|_| wrong())?, max.trim().parse().map_err(|_| wrong())?);
        if min > max {
            return Err(format!("`{text}` is upside down: write {max}-{min}"));
        }
        // 5,000 tasks a service is the default quota of Amazon ECS.
        if max > 5_000 {
            return Err(format!("`{text}` is more than the 5000 tasks a service may have"));
        }
        Ok(Self { min, max })
    }
}

written!(TaskRange, "TaskRange");

/// Sizes may be written as a number of the base unit or as text with a unit.
macro_rules! sized {
    ($type:ty, $name:literal, $number:expr, $schema:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $type;

                    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                        out.write_str(&<$type>::expected())
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        <$type>::parse(text).map_err(E::custom)
                    }

                    fn visit_u64<E: de::Error>(self, number: u64) -> Result<$type, E> {
                        <$type>::parse(&number.to_string()).map_err(E::custom)
                    }

                    fn visit_i64<E: de::Error>(self, number: i64) -> Result<$type, E> {
                        <$type>::parse(&number.to_string()).map_err(E::custom)
                    }
                }
                deserializer.deserialize_any(Visitor)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}
sized!(
    Cpu,
    "Cpu",
    CPU_SIZES,
    json_schema!({"x-expected": Cpu::expected(), "oneOf": [{"type": "integer", "enum": CPU_SIZES}, super::schema_of::<Cpu>()]})
);
sized!(
    Memory,
    "Memory",
    (),
    json_schema!({"x-expected": Memory::expected(), "oneOf": [{"type": "integer", "minimum": 1, "maximum": 262_144}, super::schema_of::<Memory>()]})
);

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if (0.0..=100.0).contains(&number) {
            Ok(Self(number))
        } else {
            Err(de::Error::custom(format!("{number} is not a percentage: from 0 to 100")))
        }
    }
}

impl JsonSchema for Percent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "maximum": 100, "x-expected": "a percentage from 0 to 100"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_every_spelling() {
        for text in ["512", "0.5 vCPU", "0.5vcpu"] {
            assert_eq!(Cpu::parse(text).unwrap().units(), 512, "{text}");
        }
        for text in ["1024", "1GB", "1 GB", "1gib", "1024MB"] {
            assert_eq!(Memory::parse(text).unwrap().mib(), 1024, "{text}");
        }
        assert_eq!(TaskRange::parse("3-12").unwrap(), TaskRange { min: 3, max: 12 });
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "0.3 vCPU", "2", "1 cpu", "nan vCPU", "inf vCPU", "-1 vCPU"] {
            assert!(Cpu::parse(text).is_err(), "{text}");
        }
        for text in ["", "1TB", "1.0001GB", "GB", "1e3", "..", "9999999999GB"] {
            assert!(Memory::parse(text).is_err(), "{text}");
        }
        for text in ["", "3", "12-3", "a-b", "1-99999", "-1-2"] {
            assert!(TaskRange::parse(text).is_err(), "{text}");
        }
    }
}
