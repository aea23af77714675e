//! Where a rule stands on a listener that services share, when nobody says.

use crate::blueprint::units::{HostName, PathPattern, ServiceName};

/// The lowest number that is given: those below are for people.
const FIRST: u16 = 1_000;
/// How many numbers rules have that say as much.
const WIDTH: u16 = 800;
/// Literal characters of a path that are counted; more say no more.
const MOST: u16 = 19;

/// A number from 1000 to 48999 that depends on nothing but the service's name and what its rule goes by. So a service that
/// comes or goes changes no rule of another: a rule that gets a new number takes other requests than before, at once.
///
/// A rule whose host and shortest path say more has a lower number, so that it is asked first. Among those that say as much,
/// the name decides; two of them may get the same number, which is an error that a written priority mends.
pub(super) fn of(name: &ServiceName, host: Option<&HostName>, paths: Option<&[PathPattern]>) -> u16 {
    let host = match host {
        Some(host) if !host.as_str().contains('*') => 0,
        Some(_) => 1,
        None => 2,
    };
    let literal = |path: &PathPattern| path.as_str().chars().take_while(|c| !matches!(c, '*' | '?')).count();
    let path = paths.into_iter().flatten().map(literal).min().unwrap_or(0);
    let path = MOST - u16::try_from(path).unwrap_or(MOST).min(MOST);
    let among = u16::try_from(hash(name.as_str()) % u64::from(WIDTH)).unwrap_or(0);
    FIRST + (host * (MOST + 1) + path) * WIDTH + among
}

/// FNV-1a with 64 bits, which stays what it is: a number that differed from one version of bluegreen to the next would move
/// rules that are live.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::units::Written;

    fn priority(name: &str, host: Option<&str>, paths: &[&str]) -> u16 {
        let host = host.map(|host| HostName::parse(host).unwrap());
        let paths: Vec<PathPattern> = paths.iter().map(|path| PathPattern::parse(path).unwrap()).collect();
        let paths = (!paths.is_empty()).then_some(paths.as_slice());
        of(&ServiceName::parse(name).unwrap(), host.as_ref(), paths)
    }

    #[test]
    fn what_says_more_is_asked_first() {
        let host = Some("shop.example.com");
        let order = [
            priority("z", host, &["/a-path-that-is-long/*"]),
            priority("a", host, &["/checkout", "/checkout/*"]),
            priority("z", host, &["/check/*"]),
            priority("a", host, &["/*"]),
            priority("z", host, &[]),
            priority("a", Some("*.example.com"), &["/checkout/*"]),
            priority("z", Some("*.example.com"), &[]),
            priority("a", None, &["/checkout/*"]),
            priority("z", None, &[]),
        ];
        assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
        assert!(order.iter().all(|number| (1_000..=48_999).contains(number)), "{order:?}");
    }

    #[test]
    fn numbers_stay_what_they_are() {
        assert_eq!(priority("checkout", Some("shop.example.com"), &["/checkout", "/checkout/*"]), 9_473);
    }
}
