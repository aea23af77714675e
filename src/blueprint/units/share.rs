use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A part of the traffic in percent. How fine it may be is each engine's matter; it is kept in millionths of a percent, so
/// that sums of steps are exact and what is finer than that stays no multiple of any step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

/// Millionths in a percent.
const PARTS: u32 = 1_000_000;

impl Share {
    /// None of it.
    pub const NONE: Self = Self(0);
    /// All of it.
    pub const ALL: Self = Self::whole(100);

    /// This many percent, at most 100.
    pub const fn whole(percent: u8) -> Self {
        Self(if percent > 100 { 100 } else { percent as u32 } * PARTS)
    }

    /// This many tenths of a percent, at most 1000.
    pub const fn tenths(tenths: u16) -> Self {
        Self(if tenths > 1000 { 1000 } else { tenths as u32 } * (PARTS / 10))
    }

    /// In percent.
    pub fn percent(self) -> f64 {
        f64::from(self.0) / f64::from(PARTS)
    }

    /// The next whole percent that is not below it.
    pub fn up(self) -> u8 {
        u8::try_from(self.0.div_ceil(PARTS)).unwrap_or(100)
    }

    /// Whether it is so many times another.
    pub fn is_multiple_of(self, other: Self) -> bool {
        self.0.is_multiple_of(other.0)
    }

    /// How often it goes into another, the last part counted as one.
    pub fn times_in(self, other: Self) -> u32 {
        if self.0 == 0 { 0 } else { other.0.div_ceil(self.0) }
    }

    /// What is left of another after taking it away as often as it goes.
    pub fn rest_of(self, other: Self) -> Self {
        Self(if self.0 == 0 { 0 } else { other.0 % self.0 })
    }

    /// So many times, at most all of it.
    pub fn times(self, times: u32) -> Self {
        Self(self.0.saturating_mul(times)).min(Self::ALL)
    }

    /// The multiple of a step that is nearest, above where two are.
    pub fn nearest(self, step: Self) -> Self {
        match step.0 {
            0 => self,
            step => Self((self.0 + step / 2) / step * step),
        }
    }

    /// So much of a number, without what is less than one.
    pub fn of(self, number: u64) -> u64 {
        let part = u128::from(number) * u128::from(self.0) / u128::from(Self::ALL.0);
        u64::try_from(part).unwrap_or(u64::MAX)
    }

    fn read(percent: f64) -> Option<Self> {
        if !(percent > 0.0 && percent < 100.0) {
            return None;
        }
        let parts = percent * f64::from(PARTS);
        // What a binary number is off by is no digit that somebody wrote.
        let parts = if (parts - parts.round()).abs() < 1e-3 { parts.round() } else { parts.ceil() };
        Some(Self(parts as u32))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.percent().fmt(out)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(PARTS) {
            serializer.serialize_u32(self.0 / PARTS)
        } else {
            serializer.serialize_f64(self.percent())
        }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let percent = f64::deserialize(deserializer)?;
        Self::read(percent).ok_or_else(|| {
            de::Error::custom(format!("{percent} is no part of the traffic: more than 0 and less than 100"))
        })
    }
}

impl JsonSchema for Share {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    /// Steps are left to the rule that knows the engine; editors would not count them right either, since 10.1 is no
    /// multiple of 0.1 in binary numbers.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_to_the_digit_and_written_as_it_was() {
        for text in ["0.1", "2.5", "10.1", "33.3", "99.9", "10", "0.123456"] {
            let share: Share = serde_json::from_str(text).unwrap();
            assert_eq!(
                (share.to_string(), serde_json::to_string(&share).unwrap()),
                (text.into(), text.into())
            );
        }
        for text in ["0", "100", "-1", "\"5\"", "1e9"] {
            assert!(serde_json::from_str::<Share>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn steps_are_counted_exactly() {
        for tenths in 1..1000 {
            let share: Share = serde_json::from_str(&format!("{}.{}", tenths / 10, tenths % 10)).unwrap();
            assert_eq!(share, Share::tenths(tenths));
            assert!(share.is_multiple_of(Share::tenths(1)));
            assert_eq!(share.is_multiple_of(Share::whole(1)), tenths % 10 == 0);
        }
        for finer in [0.15, 2.500_000_01] {
            assert!(!Share::read(finer).unwrap().is_multiple_of(Share::tenths(1)), "{finer}");
        }
        assert_eq!(Share::tenths(333).times_in(Share::ALL), 4);
        assert_eq!(Share::tenths(333).rest_of(Share::ALL), Share::tenths(1));
        assert_eq!(Share::tenths(333).times(4), Share::ALL);
        assert_eq!(Share::tenths(25).nearest(Share::whole(1)), Share::whole(3));
        assert_eq!((Share::tenths(25).of(1000), Share::ALL.of(u64::MAX)), (25, u64::MAX));
        assert_eq!((Share::tenths(25).up(), Share::whole(7).up()), (3, 7));
    }
}
