//! The `bluegreen` command.

fn main() {}
