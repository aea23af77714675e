use clap::Args;

use super::{
    BlueprintArgs, Console, FindingFormat, Outcome,
    input::{environments, judge, merge, read_any, settle, tell},
    outcome::Failure,
};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    input: BlueprintArgs,

    /// Check these environments only; may be given several times.
    #[arg(short, long, value_name = "NAME")]
    environment: Vec<String>,

    /// How findings are told.
    #[arg(long, value_enum, default_value_t = FindingFormat::Text)]
    format: FindingFormat,
}

pub(super) fn run(args: &CheckArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let input = read_any(&args.input.blueprint)?;
    let (findings, checked) = match &input.blueprint {
        None => (input.findings, 0),
        Some(blueprint) => {
            let names = environments(blueprint, &args.environment)?;
            let mut all = Vec::new();
            for name in &names {
                merge(&mut all, judge(blueprint, name).1);
            }
            (settle(all, names.len()), names.len())
        }
    };
    tell(console, &input.sources, &findings, args.format, true)?;
    if !findings.is_empty() {
        return Ok(Outcome::Findings);
    }
    if let (FindingFormat::Text, Some(other)) = (args.format, &input.other) {
        writeln!(console.out, "{}: no findings in {other}", args.input.blueprint)?;
    } else if args.format == FindingFormat::Text {
        let environments = if checked == 1 { "environment" } else { "environments" };
        writeln!(console.out, "{}: no findings in {checked} {environments}", args.input.blueprint)?;
        writeln!(console.err, "next: bluegreen render {} --out dist", args.input.blueprint)?;
    }
    Ok(Outcome::Clean)
}
