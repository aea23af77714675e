//! Names that people may have meant.

/// How many are named at most.
const MOST: usize = 3;

/// The names nearest to `word`, the nearest first; none that is wholly different.
pub(super) fn names<'n>(word: &str, known: impl Iterator<Item = &'n str>) -> Vec<String> {
    let lower = word.to_lowercase();
    let mut all: Vec<(usize, &str)> = known
        .map(|name| {
            let other = name.to_lowercase();
            let part = lower.len() > 3 && (other.contains(&lower) || lower.contains(&other));
            (if part { 1 } else { strsim::damerau_levenshtein(&other, &lower) }, name)
        })
        .filter(|(distance, _)| *distance <= 1 + word.len() / 4)
        .collect();
    all.sort();
    all.dedup();
    all.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
}

/// `` `a` or `b` ``
pub(super) fn or(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}
