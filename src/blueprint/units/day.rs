use std::fmt;

use time::{Date, Month, OffsetDateTime};

use super::{Written, written};

/// A day of the calendar, in UTC where it is compared with a clock: 2027-03-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// The day that holds a moment, given as seconds since 1970-01-01 in UTC. `None` beyond the year 9999.
    pub fn of_unix_time(seconds: i64) -> Option<Self> {
        let day = OffsetDateTime::from_unix_timestamp(seconds).ok()?.date();
        (0..=9999).contains(&day.year()).then_some(Self(day))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl Written for Day {
    fn format() -> &'static str {
        "Day"
    }

    fn expected() -> String {
        "a day such as 2027-03-01".into()
    }

    fn example() -> &'static str {
        "2027-03-01"
    }

    fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let digits =
            |part: &str, many: usize| part.len() == many && part.bytes().all(|it| it.is_ascii_digit());
        let read = || match parts.as_slice() {
            [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
                let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
                Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
            }
            _ => None,
        };
        read().map(Self).ok_or_else(|| format!("`{text}` is not {}: year, month and day", Self::expected()))
    }
}

written!(Day, "Day");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for good in ["2027-03-01", "2028-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Day::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "2027-02-29",
            "2027-13-01",
            "2027-3-1",
            "01.03.2027",
            "2027-03-01T00:00:00Z",
            "+027-03-01",
            "",
            "--",
        ] {
            assert!(Day::parse(bad).is_err(), "{bad}");
        }
        assert!(Day::parse("2027-03-01") < Day::parse("2027-10-01"));
    }

    #[test]
    fn moments_lie_in_days() {
        assert_eq!(Day::of_unix_time(0).unwrap().to_string(), "1970-01-01");
        assert_eq!(Day::of_unix_time(86_399).unwrap().to_string(), "1970-01-01");
        assert_eq!(Day::of_unix_time(1_803_859_200).unwrap().to_string(), "2027-03-01");
        assert_eq!(Day::of_unix_time(i64::MAX), None);
    }
}
