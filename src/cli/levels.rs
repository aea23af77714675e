use std::{env, time::SystemTime};

use clap::Args;

use super::outcome::Failure;
use crate::{
    blueprint::units::{Day, Written},
    policy::{LevelError, Levels},
};

/// Arguments of whatever judges a blueprint.
#[derive(Debug, Args)]
pub(super) struct LevelArgs {
    /// Take these findings for errors: a code, its name, `warnings`, or `all` for warnings and notes; may be given several
    /// times.
    #[arg(long, value_name = "CODE")]
    deny: Vec<String>,

    /// Take these findings for warnings: a code or its name; may be given several times. Only for what is a matter of
    /// judgement.
    #[arg(long, value_name = "CODE")]
    warn: Vec<String>,
}

impl LevelArgs {
    pub(super) fn levels(&self) -> Result<Levels, LevelError> {
        Levels::new(&self.deny, &self.warn)
    }
}

/// The day allowances are judged by: the one given, that of `SOURCE_DATE_EPOCH`, or that of the clock, in UTC.
pub(super) fn today(given: Option<&str>) -> Result<Option<Day>, Failure> {
    if let Some(day) = given {
        return Ok(Some(Day::parse(day).map_err(|why| format!("--today: {why}"))?));
    }
    if let Some(moment) = env::var_os("SOURCE_DATE_EPOCH").filter(|moment| !moment.is_empty()) {
        let seconds = moment.to_str().and_then(|text| text.parse::<i64>().ok());
        return match seconds.and_then(Day::of_unix_time) {
            Some(day) => Ok(Some(day)),
            None => Err("SOURCE_DATE_EPOCH is no number of seconds since 1970".into()),
        };
    }
    // A clock that stands before 1970 tells no day.
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
    Ok(since.and_then(|since| Day::of_unix_time(i64::try_from(since.as_secs()).ok()?)))
}
