use crate::{blueprint::units::Share, diagnostic::Trail};

/// How production traffic moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All of it in one step.
    AllAtOnce,
    /// `percent` of it, a wait of `minutes`, then the rest.
    Canary {
        /// More than 0, less than 100.
        percent: Share,
        /// At least 1.
        minutes: u32,
    },
    /// `percent` of it every `minutes`.
    Linear {
        /// More than 0, less than 100.
        percent: Share,
        /// At least 1.
        minutes: u32,
    },
    /// Not at all: tasks are replaced a few at a time, and how long that takes nobody says.
    Rolling,
}

/// How production traffic moves, and the key that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// How.
    pub mode: Mode,
    /// `deploy.strategy`.
    pub at: Trail,
}

impl Mode {
    /// Steps after the first one: none, one, or `ceil(100 / percent) - 1` (facts 2.3).
    pub fn waits(self) -> u32 {
        match self {
            Self::AllAtOnce | Self::Rolling => 0,
            Self::Canary { .. } => 1,
            Self::Linear { percent, .. } => percent.times_in(Share::ALL).saturating_sub(1),
        }
    }

    /// The percentage of the first step. `None` where there are no steps.
    pub fn first_percent(self) -> Option<Share> {
        match self {
            Self::AllAtOnce | Self::Rolling => None,
            Self::Canary { percent, .. } | Self::Linear { percent, .. } => Some(percent),
        }
    }

    /// Seconds from the first step until all traffic has moved: `T100`. Nothing is counted for a rolling update, which at worst
    /// is through at once.
    pub fn full(self) -> u32 {
        let minutes = match self {
            Self::AllAtOnce | Self::Rolling => 0,
            Self::Canary { minutes, .. } | Self::Linear { minutes, .. } => minutes,
        };
        self.waits() * minutes * 60
    }

    /// The part of the traffic on the new version this many seconds after the first step.
    pub fn percent_at(self, seconds: u32) -> Share {
        match self {
            Self::AllAtOnce | Self::Rolling => Share::ALL,
            Self::Canary { percent, minutes } => {
                if seconds < minutes * 60 {
                    percent
                } else {
                    Share::ALL
                }
            }
            Self::Linear { percent, minutes } => percent.times(seconds / (minutes * 60) + 1),
        }
    }

    /// Minutes of all the traffic that the new version gets in the first `seconds`: the sum of its weights.
    pub fn exposure_minutes(self, seconds: u32) -> f64 {
        let step = match self {
            Self::AllAtOnce | Self::Rolling => return f64::from(seconds) / 60.0,
            Self::Canary { minutes, .. } | Self::Linear { minutes, .. } => minutes * 60,
        };
        let (mut at, mut sum) = (0, 0.0);
        while at < seconds {
            let percent = self.percent_at(at);
            let until = if percent == Share::ALL { seconds } else { (at + step).min(seconds) };
            sum += percent.percent() / 100.0 * f64::from(until - at) / 60.0;
            at = until;
        }
        sum
    }
}

impl Shift {
    /// The key of the wait between steps, and of the percentage. `None` where there are no steps.
    pub fn keys(&self) -> Option<[Trail; 2]> {
        let kind = match self.mode {
            Mode::AllAtOnce | Mode::Rolling => return None,
            Mode::Canary { .. } => "canary",
            Mode::Linear { .. } => "linear",
        };
        let strategy = self.at.key(kind);
        Some([strategy.key("wait"), strategy.key("percent")])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINEAR: Mode = Mode::Linear { percent: Share::whole(30), minutes: 2 };

    #[test]
    fn linear_steps_end_at_all_of_it() {
        assert_eq!((LINEAR.waits(), LINEAR.full()), (3, 360));
        let seen = [0, 119, 120, 240, 360, 900].map(|at| LINEAR.percent_at(at));
        assert_eq!(seen, [30, 30, 60, 90, 100, 100].map(Share::whole));
    }

    #[test]
    fn exposure_is_the_area_below_the_weights() {
        assert_eq!(Mode::AllAtOnce.exposure_minutes(300), 5.0);
        let canary = Mode::Canary { percent: Share::whole(10), minutes: 5 };
        assert!((canary.exposure_minutes(420) - 2.5).abs() < 1e-9);
        assert!((LINEAR.exposure_minutes(480) - (0.6 + 1.2 + 1.8 + 2.0)).abs() < 1e-9);
    }
}
