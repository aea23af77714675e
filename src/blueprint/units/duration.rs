use std::fmt;

use super::{Written, formats::name_of, written};

/// A length of time in whole seconds, from `MIN` to `MAX`: what becomes a health-check interval, a drain or a cooldown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds<const MIN: u32, const MAX: u32>(u32);

/// A length of time in whole minutes, from `MIN` to `MAX`: the granularity of everything CodeDeploy waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minutes<const MIN: u32, const MAX: u32>(u32);

/// A length of time in milliseconds, up to a minute: a latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(u32);

/// How long CloudWatch Logs keeps events: one of the periods it offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Retention(u32);

/// The periods CloudWatch Logs offers, in days (`RetentionInDays` of `AWS::Logs::LogGroup`).
const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Reads `1h30m`, `45s`, `250ms` as milliseconds.
pub(crate) fn milliseconds(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!("`{text}` is not a length of time: write a number and a unit, such as 30s, 5m, 1h30m or 2d")
    };
    let mut rest = text.trim();
    let (mut total, mut last) = (0_u64, u64::MAX);
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "" if rest.is_empty() => {
                return Err(format!(
                    "`{text}` has no unit: write {number}s for seconds or {number}m for minutes"
                ));
            }
            _ => return Err(wrong()),
        };
        // Units go from large to small, each once, so that a text has one reading.
        if unit >= last {
            return Err(wrong());
        }
        last = unit;
        rest = &rest[letters..];
        total = number.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
    }
    Ok(total)
}

fn bounded(text: &str, step: u64, name: &str, min: u32, max: u32) -> Result<u32, String> {
    let total = milliseconds(text)?;
    if total % step != 0 {
        let below = total / step;
        let near: Vec<String> = [below, below + 1]
            .into_iter()
            .filter(|value| (u64::from(min)..=u64::from(max)).contains(value))
            .map(|value| match value {
                0 => format!("0{}", if step == 60_000 { "m" } else { "s" }),
                value => show(value * step / 1_000),
            })
            .collect();
        let write = match near.as_slice() {
            [] => String::new(),
            near => format!(": write {}", near.join(" or ")),
        };
        return Err(format!("`{text}` is not a whole number of {name}{write}"));
    }
    let value = total / step;
    if value < u64::from(min) || value > u64::from(max) {
        let unit = step / 1_000;
        let bound = |value: u32| match value {
            0 if unit == 60 => "0m".into(),
            value => show(u64::from(value) * unit),
        };
        let (min, max) = (bound(min), bound(max));
        return Err(format!("`{text}` is out of range: write {min} to {max}"));
    }
    Ok(u32::try_from(value).expect("bounded by a u32"))
}

/// The shortest way to write a number of seconds.
fn show(mut seconds: u64) -> String {
    if seconds == 0 {
        return "0s".into();
    }
    let mut out = String::new();
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
        // Two days read better than 48h; 90m reads better than 1h30m to nobody.
        if seconds >= unit {
            out.push_str(&format!("{}{name}", seconds / unit));
            seconds %= unit;
        }
    }
    out
}

impl<const MIN: u32, const MAX: u32> Seconds<MIN, MAX> {
    /// One of this many seconds.
    ///
    /// # Panics
    /// When out of bounds: for constants of bluegreen only.
    pub const fn new(seconds: u32) -> Self {
        assert!(seconds >= MIN && seconds <= MAX, "a default is within its bounds");
        Self(seconds)
    }

    /// How many seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> Minutes<MIN, MAX> {
    /// One of this many minutes.
    ///
    /// # Panics
    /// When out of bounds: for constants of bluegreen only.
    pub const fn new(minutes: u32) -> Self {
        assert!(minutes >= MIN && minutes <= MAX, "a default is within its bounds");
        Self(minutes)
    }

    /// How many minutes.
    pub const fn minutes(self) -> u32 {
        self.0
    }
}

impl Millis {
    /// One of this many milliseconds.
    pub const fn new(milliseconds: u32) -> Self {
        Self(milliseconds)
    }

    /// How many milliseconds.
    pub const fn milliseconds(self) -> u32 {
        self.0
    }

    /// How many seconds, for metrics in seconds.
    pub fn seconds(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

impl Retention {
    /// One of this many days.
    pub const fn new(days: u32) -> Self {
        Self(days)
    }

    /// How many days.
    pub const fn days(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> fmt::Display for Seconds<MIN, MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&show(self.0.into()))
    }
}

impl<const MIN: u32, const MAX: u32> fmt::Display for Minutes<MIN, MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => out.write_str("0m"),
            minutes => out.write_str(&show(u64::from(minutes) * 60)),
        }
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            whole if whole % 1_000 == 0 => write!(out, "{}s", whole / 1_000),
            part => write!(out, "{part}ms"),
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}d", self.0)
    }
}

impl<const MIN: u32, const MAX: u32> Written for Seconds<MIN, MAX> {
    fn format() -> &'static str {
        name_of("Seconds", MIN, MAX)
    }

    fn expected() -> String {
        format!("a length of time in whole seconds from {} to {}", show(MIN.into()), show(MAX.into()))
    }

    fn example() -> &'static str {
        if MIN <= 30 && MAX >= 30 { "30s" } else { "5m" }
    }

    fn unit() -> Option<&'static str> {
        Some("s")
    }

    fn parse(text: &str) -> Result<Self, String> {
        bounded(text, 1_000, "seconds", MIN, MAX).map(Self)
    }
}

impl<const MIN: u32, const MAX: u32> Written for Minutes<MIN, MAX> {
    fn format() -> &'static str {
        name_of("Minutes", MIN, MAX)
    }

    fn expected() -> String {
        format!("a length of time in whole minutes from {} to {}", Self(MIN), Self(MAX))
    }

    fn example() -> &'static str {
        if MIN <= 10 { "10m" } else { "30d" }
    }

    fn unit() -> Option<&'static str> {
        Some("m")
    }

    fn parse(text: &str) -> Result<Self, String> {
        bounded(text, 60_000, "minutes", MIN, MAX).map(Self)
    }
}

impl Written for Millis {
    fn format() -> &'static str {
        "Milliseconds"
    }

    fn expected() -> String {
        "a length of time from 1ms to 1m".into()
    }

    fn example() -> &'static str {
        "800ms"
    }

    fn unit() -> Option<&'static str> {
        Some("ms")
    }

    fn parse(text: &str) -> Result<Self, String> {
        match milliseconds(text)? {
            value @ 1..=60_000 => Ok(Self(u32::try_from(value).expect("at most 60,000"))),
            _ => Err(format!("`{text}` is out of range: write 1ms to 1m")),
        }
    }
}

impl Written for Retention {
    fn format() -> &'static str {
        "Retention"
    }

    fn expected() -> String {
        "one of the periods CloudWatch Logs offers, from 1d to 3653d".into()
    }

    fn example() -> &'static str {
        "30d"
    }

    fn unit() -> Option<&'static str> {
        Some("d")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let days = milliseconds(text)? / 86_400_000;
        match RETENTION_DAYS.iter().find(|offered| u64::from(**offered) == days) {
            Some(days) if milliseconds(text)? % 86_400_000 == 0 => Ok(Self(*days)),
            _ => {
                let longer = RETENTION_DAYS.iter().find(|offered| u64::from(**offered) > days);
                Err(match longer {
                    Some(near) => {
                        format!("CloudWatch Logs does not offer `{text}`: write {near}d, the next longer")
                    }
                    None => format!("CloudWatch Logs does not offer `{text}`: write 3653d, the longest"),
                })
            }
        }
    }
}

written!(generic [const MIN: u32, const MAX: u32] Seconds<MIN, MAX>, <Self as Written>::format());
written!(generic [const MIN: u32, const MAX: u32] Minutes<MIN, MAX>, <Self as Written>::format());
written!(Millis, "Milliseconds");
written!(Retention, "Retention");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_shown() {
        for (text, minutes) in [("10m", 10), ("1h30m", 90), ("2d", 2880), ("0m", 0), ("120s", 2)] {
            assert_eq!(Minutes::<0, 2880>::parse(text).unwrap().minutes(), minutes, "{text}");
        }
        assert_eq!(Minutes::<0, 2880>::new(90).to_string(), "1h30m");
        assert_eq!(Seconds::<0, 3600>::new(45).to_string(), "45s");
        assert_eq!(Millis::parse("1s500ms").unwrap().milliseconds(), 1500);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "10", "10x", "m", "5m5m", "30s1h", "-5m", "1.5h", "99999999999999999999m", "90s", "2881m"]
        {
            assert!(Minutes::<0, 2880>::parse(text).is_err(), "{text}");
        }
        assert!(Retention::parse("31d").unwrap_err().contains("60d"));
        assert!(Retention::parse("5000d").unwrap_err().contains("the longest"));
        let advice = |text| Minutes::<1, 10>::parse(text).unwrap_err();
        assert!(advice("30s").ends_with("write 1m") && advice("90s").ends_with("write 1m or 2m"));
        assert!(advice("10m30s").ends_with("write 10m") && advice("11m30s").ends_with("minutes"));
        assert!(Minutes::<0, 10>::parse("30s").unwrap_err().ends_with("write 0m or 1m"));
    }
}
