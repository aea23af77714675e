use serde::Serialize;
use serde_json::{Value, json};

use super::text;

/// The placeholder CodePipeline replaces with the image it finds in `imageDetail.json`
/// (`Image1ContainerName: IMAGE1_NAME`).
pub const IMAGE: &str = "<IMAGE1_NAME>";

/// The file in which the action of ECS finds the image of each container.
pub const IMAGES: &str = "imagedefinitions.json";

/// The folder the build's artifact is made from, beside the source.
pub const RELEASE_DIRECTORY: &str = "bluegreen-release";

/// What the build stage of a pipeline does.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildSpec {
    /// ECR repository, by name.
    pub repository: String,
    /// The repository's region.
    pub region: String,
    /// `Dockerfile`, relative to the source.
    pub dockerfile: String,
    /// What the image is built from, relative to the source.
    pub context: String,
    /// The stage of the Dockerfile; its last one where absent.
    pub target: Option<String>,
    /// `--build-arg`, name and value.
    pub build_args: Vec<(String, String)>,
    /// `linux/arm64`, `linux/amd64`
    pub platform: String,
    /// Commands that must succeed before the image is pushed. `$IMAGE` is the image just built.
    pub test: Vec<String>,
    /// Findings of this severity and above stop the release; nothing is waited for where absent.
    pub scan: Option<ScanLevel>,
    /// The container that gets the image.
    pub container: String,
    /// Where CodeDeploy releases the image, in order.
    pub stages: Vec<Stage>,
    /// Where the action of ECS releases it, in order.
    pub by_action: Vec<Copied>,
}

/// An environment in which the action of ECS copies the revision that runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Copied {
    /// `staging`
    pub environment: String,
    /// Where its service is.
    pub region: String,
    /// The cluster.
    pub cluster: String,
    /// The service.
    pub service: String,
    /// Whether something else than the application runs before the first release.
    pub starts_as_placeholder: bool,
}

/// One environment of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// `staging`: the folder of its files in the artifact.
    pub environment: String,
    /// Where its stacks are.
    pub region: String,
    /// The stack that describes the service.
    pub service_stack: String,
    /// The stack's output with the task definition: `TaskDefinitionArn`.
    pub output_name: String,
    /// The container that gets the image.
    pub container: String,
    /// What CodeDeploy is told, see [`super::appspec`].
    pub appspec: Value,
    /// What the container has otherwise once it runs the real image, as ECS takes it; null where it then has nothing.
    pub main: serde_json::Map<String, Value>,
}

/// A severity of image findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScanLevel {
    /// `LOW` and above.
    Low,
    /// `MEDIUM` and above.
    Medium,
    /// `HIGH` and above.
    High,
    /// `CRITICAL` only.
    Critical,
}

impl ScanLevel {
    /// ECR's names for it and all above it.
    fn and_above(self) -> &'static [&'static str] {
        match self {
            Self::Low => &["CRITICAL", "HIGH", "MEDIUM", "LOW"],
            Self::Medium => &["CRITICAL", "HIGH", "MEDIUM"],
            Self::High => &["CRITICAL", "HIGH"],
            Self::Critical => &["CRITICAL"],
        }
    }
}

/// The files of the build's artifact, relative to [`RELEASE_DIRECTORY`].
pub fn files(spec: &BuildSpec) -> Vec<String> {
    let of =
        |stage: &Stage| ["taskdef.json", "appspec.yaml"].map(|file| format!("{}/{file}", stage.environment));
    let images = (!spec.by_action.is_empty()).then(|| IMAGES.to_owned());
    let all = std::iter::once("imageDetail.json".to_owned()).chain(images);
    all.chain(spec.stages.iter().flat_map(of)).collect()
}

/// `buildspec.yml`, version 0.2. One command per purpose; each stands alone and hands over through files.
pub fn buildspec(spec: &BuildSpec) -> Value {
    let mut commands = vec![image_command(spec)];
    if let Some(level) = spec.scan {
        commands.push(scan_command(spec, level));
    }
    if !spec.stages.is_empty() {
        commands.push(releases_command(&spec.stages));
    }
    if !spec.by_action.is_empty() {
        commands.push(images_command(spec));
    }
    json!({
        "version": 0.2,
        "env": {"shell": "bash"},
        "phases": {"build": {"on-failure": "ABORT", "commands": commands}},
        "artifacts": {"base-directory": RELEASE_DIRECTORY, "files": files(spec)},
    })
}

/// What the build of a stage does that releases through the service's stack: an update of it that describes the image, and one
/// that runs it, which CloudFormation waits for and takes back when it fails. The action that runs it names the place:
/// `REGION`, `STACK`, `CLUSTER`, `SERVICE`, `IMAGE_PARAMETER`, `REVISION_PARAMETER` and `OUTPUT`.
pub fn release_buildspec() -> Value {
    let command = script(
        "The release: the stack describes the image that was built, and ECS rolls it out.",
        &[],
        include_str!("release.sh"),
    );
    json!({
        "version": 0.2,
        "env": {"shell": "bash"},
        "phases": {"build": {"on-failure": "ABORT", "commands": [command]}},
    })
}

/// A command: what it is for, the variables that differ from service to service, and the script that does not.
fn script(purpose: &str, variables: &[(&str, String)], body: &str) -> String {
    let assignments: String = variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    format!("# {purpose}\nset -euo pipefail\n{assignments}\n{body}")
}

fn words(values: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = values.into_iter().map(|value| text::quote(&value)).collect();
    format!("({})", words.join(" "))
}

fn image_command(spec: &BuildSpec) -> String {
    let mut build =
        vec!["--platform".to_owned(), spec.platform.clone(), "--file".into(), spec.dockerfile.clone()];
    if let Some(target) = &spec.target {
        build.extend(["--target".to_owned(), target.clone()]);
    }
    for (name, value) in &spec.build_args {
        build.extend(["--build-arg".to_owned(), format!("{name}={value}")]);
    }
    let suffix = if spec.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    script(
        "The image: built, tested and pushed once per commit. Tags never move, so a tag that is there is the very image.",
        &[
            ("repository", text::quote(&spec.repository)),
            ("region", text::quote(&spec.region)),
            ("registry_suffix", format!("dkr.ecr.{}.{suffix}", spec.region)),
            ("build_context", text::quote(&spec.context)),
            ("build_options", words(build)),
            ("tests", words(spec.test.iter().cloned())),
            ("release", RELEASE_DIRECTORY.to_owned()),
        ],
        include_str!("image.sh"),
    )
}

fn scan_command(spec: &BuildSpec, level: ScanLevel) -> String {
    script(
        "The gate: findings of these severities stop the release.",
        &[
            ("repository", text::quote(&spec.repository)),
            ("region", text::quote(&spec.region)),
            ("severities", words(level.and_above().iter().map(ToString::to_string))),
            ("release", RELEASE_DIRECTORY.to_owned()),
        ],
        include_str!("scan.sh"),
    )
}

fn releases_command(stages: &[Stage]) -> String {
    // Quoted here-documents: nothing in them means anything to the shell, and JSON on one line cannot be the word that
    // ends one.
    let body = [
        "# Away from the source, whose .python-version may choose a Python that is not there.\n",
        "work=$(mktemp -d)\n",
        "cat >\"$work/stages.json\" <<'STAGES'\n",
        &json!(stages).to_string(),
        "\nSTAGES\n",
        "cat >\"$work/releases.py\" <<'PYTHON'\n",
        include_str!("releases.py"),
        "PYTHON\n",
        "(cd \"$work\" && python3 releases.py stages.json \"$release\")\n",
        "rm -rf \"$work\"\n",
    ];
    script(
        "What each environment runs: its stack's own task definition, with a place for the image.",
        &[("release", format!("$PWD/{RELEASE_DIRECTORY}"))],
        &body.concat(),
    )
}

fn images_command(spec: &BuildSpec) -> String {
    let looked_at = spec.by_action.iter().filter(|stage| stage.starts_as_placeholder);
    let line = |stage: &Copied| {
        [&stage.environment, &stage.region, &stage.cluster, &stage.service].map(String::as_str).join(" ")
    };
    script(
        "What the action of ECS exchanges: the image of one container. Everything else it copies from the revision that runs, so that has to be the application's.",
        &[
            ("container", text::quote(&spec.container)),
            ("stages", words(looked_at.map(line))),
            ("release", RELEASE_DIRECTORY.to_owned()),
            ("images", IMAGES.to_owned()),
        ],
        include_str!("images.sh"),
    )
}
