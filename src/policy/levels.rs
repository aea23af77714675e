use crate::diagnostic::{Code, Finding, Level, codes};

/// How much findings weigh, where the command line says other than the rules do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    /// The least that becomes an error.
    all_from: Option<Level>,
    denied: Vec<Code>,
    warned: Vec<Code>,
}

/// Why levels are not what was asked for.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LevelError {
    /// There is no such code.
    #[error("there is no code or rule `{word}`; {}", likely(.near))]
    Unknown {
        /// What was asked for.
        word: String,
        /// Names like it.
        near: Vec<&'static str>,
    },
    /// It is not up to anybody.
    #[error("{} {} cannot be lowered: {}", .0.id, .0.name, binding(.0))]
    Binding(Code),
    /// It is to be both.
    #[error("{} {} is both denied and lowered", .0.id, .0.name)]
    Both(Code),
}

fn likely(names: &[&str]) -> String {
    if names.is_empty() {
        "`bluegreen rules` lists them".to_owned()
    } else {
        format!("near it are {}", names.join(", "))
    }
}

/// Why a code is no matter of judgement.
pub(super) fn binding(code: &Code) -> &'static str {
    if code.id < "BG020" {
        "what cannot be read cannot be rendered"
    } else if code.id < "BG100" {
        "what has the wrong shape cannot be rendered"
    } else if [codes::UNUSED_ALLOWANCE, codes::EXPIRED_ALLOWANCE, codes::IMPOSSIBLE_ALLOWANCE].contains(code)
    {
        "it is about what is allowed"
    } else {
        "AWS would refuse what comes of it"
    }
}

/// The code called so.
pub(super) fn code(word: &str) -> Result<Code, LevelError> {
    codes::find(word).ok_or_else(|| LevelError::Unknown { word: word.to_owned(), near: codes::near(word) })
}

impl Levels {
    /// The levels that `deny` raises to errors and `warn` sets to warnings, by id or name. `deny` also takes `warnings` and
    /// `all`, which is warnings and notes. What is named goes before what is not.
    ///
    /// # Errors
    /// When something is named that does not exist, that cannot be lowered, or that is to be both.
    pub fn new(deny: &[String], warn: &[String]) -> Result<Self, LevelError> {
        let mut levels = Self::default();
        for word in deny {
            match word.as_str() {
                "all" => levels.all_from = Some(Level::Note),
                "warnings" => {
                    levels.all_from =
                        Some(levels.all_from.map_or(Level::Warning, |it| it.min(Level::Warning)));
                }
                word => levels.denied.push(code(word)?),
            }
        }
        for word in warn {
            let code = code(word)?;
            if !code.is_a_matter_of_judgement() {
                return Err(LevelError::Binding(code));
            }
            if levels.denied.contains(&code) {
                return Err(LevelError::Both(code));
            }
            levels.warned.push(code);
        }
        Ok(levels)
    }

    /// Gives each finding its level.
    pub fn apply(&self, findings: &mut [Finding]) {
        for finding in findings {
            if self.denied.contains(&finding.code) {
                finding.level = Level::Error;
            } else if self.warned.contains(&finding.code) {
                finding.level = Level::Warning;
            } else if self.all_from.is_some_and(|least| finding.level >= least) {
                finding.level = Level::Error;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(deny: &[&str], warn: &[&str]) -> Result<Levels, LevelError> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Levels::new(&owned(deny), &owned(warn))
    }

    fn level(levels: &Levels, finding: Finding) -> Level {
        let mut all = [finding];
        levels.apply(&mut all);
        all[0].level
    }

    #[test]
    fn what_is_named_goes_before_what_is_not() {
        let warning = || Finding::warning(codes::BLIND_ROLLOUT, "late");
        let error = || Finding::error(codes::PLAIN_INTERNET, "plain");
        let mut note = Finding::warning(codes::BLIND_ROLLOUT, "note");
        note.level = Level::Note;
        let none = levels(&[], &[]).unwrap();
        assert_eq!((level(&none, warning()), level(&none, error())), (Level::Warning, Level::Error));
        let warnings = levels(&["warnings"], &["plain-internet"]).unwrap();
        assert_eq!((level(&warnings, warning()), level(&warnings, error())), (Level::Error, Level::Warning));
        assert_eq!(level(&warnings, note.clone()), Level::Note);
        assert_eq!(level(&levels(&["all", "warnings"], &[]).unwrap(), note.clone()), Level::Error);
        let named = levels(&["warnings"], &["BG108"]).unwrap();
        assert_eq!((level(&named, warning()), level(&named, note)), (Level::Warning, Level::Warning));
        assert_eq!(level(&levels(&["bg108"], &[]).unwrap(), warning()), Level::Error);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let told = |deny: &[&str], warn: &[&str]| levels(deny, warn).unwrap_err().to_string();
        assert!(told(&["blind-rolout"], &[]).contains("near it are blind-rollout"));
        assert!(told(&[], &["zzz"]).contains("bluegreen rules"));
        assert!(told(&[], &["BG020"]).contains("wrong shape"));
        assert!(told(&[], &["not-yaml"]).contains("cannot be read"));
        assert!(told(&[], &["BG100"]).contains("AWS would refuse"));
        assert!(told(&["BG108"], &["blind-rollout"]).contains("both"));
        assert!(levels(&["BG020"], &[]).is_ok());
    }
}
