//! Places in the text: where a line starts, how far in, how wide it is.

/// Writes spaces.
pub(super) fn pad(out: &mut String, mut columns: usize) {
    const SPACES: &str = "                                                                ";
    while columns > SPACES.len() {
        out.push_str(SPACES);
        columns -= SPACES.len();
    }
    out.push_str(&SPACES[..columns]);
}

/// Bytes on the last line so far.
pub(super) fn column(out: &str) -> usize {
    out.bytes().rev().take_while(|byte| *byte != b'\n').count()
}
