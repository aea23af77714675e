mod ask;
mod dockerfile;

use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Console, Outcome, outcome::Failure};
use crate::{
    blueprint::{
        Certificate, schema,
        shape::written,
        units::{
            AppName, CertificateArn, EnvName, HttpPath, ParameterName, Port, Region, ServiceName, Written,
        },
    },
    scripts::text,
};
use ask::ask;
use dockerfile::Hints;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where to write; made where it does not exist.
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: Utf8PathBuf,

    /// The application's name.
    #[arg(long, value_name = "NAME", value_parser = AppName::parse)]
    app: Option<AppName>,

    /// An environment and its region; may be given several times.
    #[arg(long, value_name = "NAME=REGION", value_parser = place)]
    environment: Vec<(EnvName, Region)>,

    /// The service's name.
    #[arg(long, value_name = "NAME", value_parser = ServiceName::parse)]
    service: Option<ServiceName>,

    /// The port its container listens on; `none` for a worker, which nobody sends requests to.
    #[arg(long, value_name = "PORT|none", value_parser = listening)]
    port: Option<Listening>,

    /// The certificate's ARN, or the name of the parameter it is given by when deploying.
    #[arg(long, value_name = "ARN|PARAMETER", value_parser = certificate)]
    certificate: Option<Certificate>,

    /// What tells whether a task is healthy: the path that is asked, or for a worker the command that is run in it.
    #[arg(long, value_name = "PATH|COMMAND")]
    health: Option<String>,

    /// Ask nothing: what is not given takes its default.
    #[arg(short, long)]
    yes: bool,

    /// The continuous integration to write a workflow for.
    #[arg(long, value_enum, default_value_t = Ci::Github)]
    ci: Ci,
}

/// Whose workflow is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ci {
    /// GitHub Actions.
    Github,
    /// None.
    None,
}

/// Whether a container listens, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listening {
    /// On this port.
    On(Port),
    /// It works by itself.
    Nowhere,
}

/// What the blueprint is made of.
struct Answers {
    app: AppName,
    environments: Vec<(EnvName, Region)>,
    service: ServiceName,
    kind: Kind,
}

/// What a service is.
enum Kind {
    /// Something behind a load balancer.
    Web { port: Port, certificate: Certificate, health: HttpPath },
    /// Something that works by itself. Its health is a command and what that is given.
    Worker { health: Vec<String> },
}

impl InitArgs {
    /// Whether a worker is asked for.
    fn is_worker(&self) -> bool {
        self.port == Some(Listening::Nowhere)
    }

    /// Where a container listens, which has to fit what else was given.
    fn agreed(&self, listening: Listening) -> Result<Listening, String> {
        if listening == Listening::Nowhere && self.certificate.is_some() {
            return Err(
                "a service without a port has no load balancer, and --certificate is for one".to_owned()
            );
        }
        Ok(listening)
    }
}

pub(super) fn run(args: &InitArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut paths = vec![at(args, "blueprint.yaml"), at(args, "schemas/blueprint.schema.json")];
    let repository = Repository::around(&args.folder);
    if args.ci == Ci::Github {
        paths.push(repository.workflow(args));
    }
    // Looked at before anything is asked: answers in vain are worse than none.
    let taken: Vec<String> =
        paths.iter().filter(|path| fs::symlink_metadata(path).is_ok()).map(ToString::to_string).collect();
    if !taken.is_empty() {
        return Err(format!(
            "nothing was written: {} there already: {}",
            if taken.len() == 1 { "this file is" } else { "these files are" },
            taken.join(", ")
        )
        .into());
    }
    args.port.map(|port| args.agreed(port)).transpose()?;
    let answers = answers(args, console)?;
    let texts = [
        blueprint(&answers)?,
        format!("{}\n", serde_json::to_string_pretty(&schema::published())?),
        text::render(
            "bluegreen.yaml",
            include_str!("init/workflow.yaml.j2"),
            &Workflow::of(&repository),
            4 << 10,
        )?,
    ];
    let files: Vec<(Utf8PathBuf, &String)> = paths.into_iter().zip(&texts).collect();
    write_new(&files)?;
    for (path, _) in &files {
        writeln!(console.out, "{path}")?;
    }
    if args.ci == Ci::Github && repository.inside.is_none() {
        writeln!(
            console.err,
            "note: there is no repository here yet; GitHub reads workflows at the root of one only"
        )?;
    }
    if args.ci == Ci::Github && ignores_dist(args) {
        writeln!(
            console.err,
            "note: the workflow compares with what is committed under dist/, which .gitignore leaves out"
        )?;
    }
    let first = &files[0].0;
    writeln!(
        console.err,
        "next: bluegreen check {first}, then bluegreen render {first} --out {}",
        at(args, "dist")
    )?;
    Ok(Outcome::Clean)
}

/// The repository a folder is in.
struct Repository {
    /// The way from its root to the folder, empty for the root itself; `None` where there is no repository.
    inside: Option<Utf8PathBuf>,
}

impl Repository {
    fn around(folder: &Utf8Path) -> Self {
        // The folder may not be there yet.
        let whole = camino::absolute_utf8(folder).unwrap_or_else(|_| folder.to_owned());
        let whole: Utf8PathBuf = whole.components().fold(Utf8PathBuf::new(), step);
        let root = whole.ancestors().find(|root| root.join(".git").exists());
        Self { inside: root.and_then(|root| whole.strip_prefix(root).ok()).map(Utf8Path::to_owned) }
    }

    /// The way to the folder, where it is not the root.
    fn below(&self) -> Option<&Utf8Path> {
        self.inside.as_deref().filter(|inside| !inside.as_str().is_empty())
    }

    /// Where the workflow is read: at the root, under a name of its own for each folder.
    fn workflow(&self, args: &InitArgs) -> Utf8PathBuf {
        let Some(below) = self.below() else { return at(args, ".github/workflows/bluegreen.yaml") };
        let up = "../".repeat(below.components().count());
        let name: String = below
            .as_str()
            .to_lowercase()
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
            .collect();
        let path = at(args, &format!("{up}.github/workflows/bluegreen-{name}.yaml"));
        path.components().fold(Utf8PathBuf::new(), step)
    }
}

/// A path with one more component, without steps there and back.
fn step(mut path: Utf8PathBuf, component: Utf8Component<'_>) -> Utf8PathBuf {
    match component {
        Utf8Component::CurDir => {}
        Utf8Component::ParentDir
            if matches!(path.components().next_back(), Some(Utf8Component::Normal(_))) =>
        {
            path.pop();
        }
        other => path.push(other.as_str()),
    }
    path
}

/// Whether what is rendered would not be committed.
fn ignores_dist(args: &InitArgs) -> bool {
    fs::read_to_string(at(args, ".gitignore"))
        .is_ok_and(|text| text.lines().any(|line| line.trim().trim_matches('/') == "dist"))
}

/// A path in the folder, as one would write it.
fn at(args: &InitArgs, path: &str) -> Utf8PathBuf {
    if args.folder == "." { path.into() } else { args.folder.join(path) }
}

/// What was given, asked for, or is the default.
fn answers(args: &InitArgs, console: &mut Console<'_>) -> Result<Answers, Failure> {
    let path = at(args, "Dockerfile");
    let hints = match fs::read_to_string(&path) {
        Ok(text) => {
            let hints = dockerfile::read(&text);
            for line in hints.told(args.port.is_none(), args.health.is_none() && !args.is_worker()) {
                writeln!(console.err, "{path}: {line}")?;
            }
            hints
        }
        Err(_) => Hints::default(),
    };
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    let missing: Vec<&str> = [
        ("--app", args.app.is_none()),
        ("--environment", args.environment.is_empty()),
        ("--service", args.service.is_none()),
        ("--port", args.port.is_none() && hints.port.is_none()),
        ("--certificate", args.certificate.is_none() && !args.is_worker()),
        ("--health", args.health.is_none() && (args.is_worker() || hints.health.is_none())),
    ]
    .into_iter()
    .filter_map(|(flag, missing)| missing.then_some(flag))
    .collect();
    if !missing.is_empty() && !args.yes && !terminal {
        return Err(format!(
            "there is no terminal to ask on: give {}, or --yes for the defaults",
            missing.join(", ")
        )
        .into());
    }
    let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| Region::parse(&std::env::var(name).ok()?).ok())
        .map_or_else(|| Region::example().to_owned(), |region| region.to_string());
    let asks = !args.yes && terminal;
    let mut stdin = io::stdin().lock();
    collect(args, &hints, &folder_name(&args.folder), &region, asks, &mut stdin, console.err)
}

fn collect(
    args: &InitArgs,
    hints: &Hints,
    app: &str,
    region: &str,
    asks: bool,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<Answers, Failure> {
    /// What was given, the answer, or the default.
    fn one<T: Clone>(
        given: Option<&T>,
        asks: Option<(&mut dyn BufRead, &mut dyn Write)>,
        question: (&str, &str),
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        match (given, asks) {
            (Some(given), _) => Ok(given.clone()),
            (None, Some((input, out))) => ask(input, out, question, default, parse),
            (None, None) => Ok(parse(default)?),
        }
    }
    macro_rules! one {
        ($given:expr, $question:literal, $why:literal, $default:expr, $parse:expr) => {
            one(
                $given,
                if asks { Some((&mut *input, &mut *out)) } else { None },
                ($question, $why),
                $default,
                $parse,
            )?
        };
    }
    let app = one!(
        args.app.as_ref(),
        "Name of the application",
        "Every stack's name starts with it.",
        app,
        AppName::parse
    );
    let given = (!args.environment.is_empty()).then_some(&args.environment);
    let default = format!("staging={region} prod={region}");
    let environments = one!(
        given,
        "Environments, each with its region",
        "Each environment gets stacks of its own, in its region.",
        &default,
        |text: &str| places(text)
    );
    let service = one!(
        args.service.as_ref(),
        "Name of the service",
        "A service is what is released as one: a container behind a load balancer, or one that works by itself.",
        "web",
        ServiceName::parse
    );
    let default = hints.port.map_or(8080, Port::get).to_string();
    let port = one!(
        args.port.as_ref(),
        "Port its container listens on, or `none`",
        "The load balancer sends requests to this port of every task; a worker, off a queue or a schedule, has none.",
        &default,
        |text: &str| args.agreed(listening(text)?)
    );
    let kind = match port {
        Listening::Nowhere => Kind::Worker {
            health: one!(
                args.health.as_deref().map(command).transpose()?.as_ref(),
                "Command that tells whether a task works, run in its container",
                "Without one, a task that runs is taken for one that works.",
                "bin/healthy",
                command
            ),
        },
        Listening::On(port) => {
            let certificate = one!(
                args.certificate.as_ref(),
                "Certificate: its ARN, or a parameter to give it by when deploying",
                "Production listens with HTTPS, so it needs a certificate of ACM in each region.",
                ParameterName::example(),
                |text: &str| fitting(certificate(text)?, &environments)
            );
            let certificate = fitting(certificate, &environments)?;
            let default = hints.health.as_ref().map_or(HttpPath::example(), HttpPath::as_str);
            let health = one!(
                args.health.as_deref().map(HttpPath::parse).transpose()?.as_ref(),
                "Path that tells whether a task is healthy",
                "No traffic moves to a new version before this path answers 200.",
                default,
                HttpPath::parse
            );
            Kind::Web { port, certificate, health }
        }
    };
    if let Some((name, _)) = repeated(&environments) {
        return Err(format!("the environment `{name}` is given twice").into());
    }
    Ok(Answers { app, environments, service, kind })
}

/// The folder's name as an application's, as far as it can be one.
fn folder_name(folder: &Utf8Path) -> String {
    let full = folder.canonicalize_utf8().unwrap_or_else(|_| folder.to_owned());
    let name: String = full
        .file_name()
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    let mut name = words.join("-");
    name.truncate(24);
    let name = name.trim_end_matches('-');
    AppName::parse(name).map_or_else(|_| AppName::example().to_owned(), |app| app.to_string())
}

fn place(text: &str) -> Result<(EnvName, Region), String> {
    let (name, region) =
        text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=REGION, such as prod=eu-west-1"))?;
    Ok((EnvName::parse(name)?, Region::parse(region)?))
}

fn places(text: &str) -> Result<Vec<(EnvName, Region)>, String> {
    let places =
        text.split([' ', ',']).filter(|place| !place.is_empty()).map(place).collect::<Result<Vec<_>, _>>()?;
    if places.is_empty() {
        return Err("at least one environment is needed, such as prod=eu-west-1".to_owned());
    }
    match repeated(&places) {
        Some((name, _)) => Err(format!("the environment `{name}` is given twice")),
        None => Ok(places),
    }
}

fn repeated(places: &[(EnvName, Region)]) -> Option<&(EnvName, Region)> {
    let mut seen = std::collections::BTreeSet::new();
    places.iter().find(|(name, _)| !seen.insert(name))
}

fn port(text: &str) -> Result<Port, String> {
    let number: u16 = text.parse().map_err(|_| format!("`{text}` is not a port from 1 to 65535"))?;
    Port::try_from(number).map_err(str::to_owned)
}

fn listening(text: &str) -> Result<Listening, String> {
    if text == "none" {
        return Ok(Listening::Nowhere);
    }
    port(text).map(Listening::On).map_err(|reason| format!("{reason}, or `none`"))
}

/// A command and what it is given. No shell reads it, so a quote would be a part of a word.
fn command(text: &str) -> Result<Vec<String>, String> {
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() || text.contains(['"', '\'']) {
        return Err(format!("`{text}` is not a command in words without quotes, such as bin/healthy"));
    }
    Ok(words)
}

fn certificate(text: &str) -> Result<Certificate, String> {
    if text.starts_with("arn:") {
        CertificateArn::parse(text).map(Certificate::Arn)
    } else {
        ParameterName::parse(text).map(|parameter| Certificate::Given { parameter })
    }
}

/// A load balancer takes certificates of its own region only.
fn fitting(certificate: Certificate, places: &[(EnvName, Region)]) -> Result<Certificate, String> {
    if let Certificate::Arn(arn) = &certificate
        && let Some(there) = arn.as_str().split(':').nth(3)
        && let Some((name, region)) = places.iter().find(|(_, region)| region.as_str() != there)
    {
        return Err(format!(
            "the certificate is in {there}, and the environment `{name}` in {region}: write a parameter's name, such as {}",
            ParameterName::example()
        ));
    }
    Ok(certificate)
}

/// Values as they are written in YAML.
#[derive(Serialize)]
struct Blueprint {
    app: String,
    environments: Vec<PlaceText>,
    service: String,
    web: Option<WebText>,
    command: Vec<String>,
}

#[derive(Serialize)]
struct WebText {
    port: u16,
    certificate: Option<String>,
    parameter: Option<String>,
    health: String,
}

#[derive(Serialize)]
struct PlaceText {
    name: String,
    region: String,
    protected: bool,
}

#[derive(Serialize)]
struct Workflow {
    version: &'static str,
    /// The folder its commands run in, where that is not the root, as YAML writes it.
    folder: Option<String>,
}

impl Workflow {
    /// With the version that wrote it, so that what it renders does not change unasked.
    fn of(repository: &Repository) -> Self {
        let folder = repository.below().map(|below| written(&below.as_str().into()));
        Self { version: env!("CARGO_PKG_VERSION"), folder }
    }
}

fn blueprint(answers: &Answers) -> Result<String, Failure> {
    // A name such as `no` or `on` is text only in quotes.
    let text = |text: &str| written(&text.into());
    let (web, command) = match &answers.kind {
        Kind::Web { port, certificate, health } => {
            let (certificate, parameter) = match certificate {
                Certificate::Arn(arn) => (Some(text(arn.as_str())), None),
                Certificate::Given { parameter } => (None, Some(text(parameter.as_str()))),
            };
            let health = text(health.as_str());
            (Some(WebText { port: port.get(), certificate, parameter, health }), Vec::new())
        }
        Kind::Worker { health } => (None, health.iter().map(|word| text(word)).collect()),
    };
    let environments = answers.environments.iter().map(|(name, region)| PlaceText {
        name: text(name.as_str()),
        region: text(region.as_str()),
        protected: matches!(name.as_str(), "prod" | "production" | "live"),
    });
    let values = Blueprint {
        app: text(answers.app.as_str()),
        environments: environments.collect(),
        service: text(answers.service.as_str()),
        web,
        command,
    };
    Ok(text::render("blueprint.yaml", include_str!("init/blueprint.yaml.j2"), &values, 4 << 10)?)
}

/// Writes files that are not there, all or none.
fn write_new(files: &[(Utf8PathBuf, &String)]) -> Result<(), Failure> {
    let mut made = Vec::new();
    for (path, text) in files {
        let result = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            made.push(path);
            file.write_all(text.as_bytes())
        });
        if let Err(error) = result {
            for path in made {
                let _ = fs::remove_file(path);
            }
            return Err(format!("nothing was written: `{path}`: {error}").into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: InitArgs,
    }

    fn answered(flags: &[&str], answers: Option<&str>) -> (Result<String, String>, String) {
        let line = Line::try_parse_from(["init"].iter().chain(flags)).expect("arguments");
        let mut out = Vec::new();
        let mut input = answers.unwrap_or_default().as_bytes();
        let hints = dockerfile::read("FROM a\nEXPOSE 3000\nHEALTHCHECK CMD curl http://localhost:3000/up\n");
        let given = collect(&line.args, &hints, "shop", "eu-west-1", answers.is_some(), &mut input, &mut out);
        let text = given.and_then(|given| blueprint(&given)).map_err(|error| error.to_string());
        (text, String::from_utf8(out).expect("UTF-8"))
    }

    #[test]
    fn empty_answers_are_the_defaults() {
        let (by_default, silence) = answered(&[], None);
        let (asked, questions) = answered(&[], Some("\n\n\n\n\n\n"));
        assert_eq!(asked, by_default);
        assert!(asked.is_ok(), "{asked:?}");
        assert_eq!(silence, "");
        assert_eq!(questions.matches("]: ").count(), 6, "{questions}");
        // Each is explained in a line of its own.
        assert_eq!(questions.matches(".\n").count(), 6, "{questions}");
        assert!(questions.contains("[3000]") && questions.contains("[/up]"), "{questions}");
    }

    #[test]
    fn what_is_given_is_not_asked() {
        let (text, questions) = answered(&["--app", "cart", "--health", "/ok"], Some("\napi\n\n\n"));
        let text = text.expect("answers");
        assert!(text.contains("app: cart") && text.contains("  api:") && text.contains("/ok"), "{text}");
        assert_eq!(questions.matches("]: ").count(), 4, "{questions}");
    }

    #[test]
    fn a_worker_is_asked_nothing_of_a_load_balancer() {
        let (text, questions) = answered(&[], Some("\n\nmails\nnone\nbin/healthy now\n"));
        let text = text.expect("answers");
        assert!(text.contains("  mails:") && text.contains("extends: worker"), "{text}");
        assert_eq!(questions.matches("]: ").count(), 5, "{questions}");
        assert!(text.contains("command: [bin/healthy, now]"), "{text}");
        // What is given of a load balancer is not dropped.
        let arn = "arn:aws:acm:eu-west-1:111122223333:certificate/a";
        let (_, questions) = answered(&["--certificate", arn], Some("\n\n\nnone\n80\n\n"));
        assert!(questions.contains("--certificate is for one"), "{questions}");
    }

    #[test]
    fn answers_that_end_early_are_no_blueprint() {
        assert!(answered(&[], Some("\n\n")).0.is_err());
    }
}
