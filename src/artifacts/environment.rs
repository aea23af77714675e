use crate::scripts::AppSpec;

/// The place everything is deployed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `shop`
    pub application: String,
    /// `prod`
    pub environment: String,
    /// `eu-west-1`
    pub region: String,
    /// The account it must be, where the blueprint says so.
    pub account: Option<String>,
    /// Whether a deployment is confirmed by a person.
    pub protected: bool,
    /// How the templates' file names end: `yaml` or `json`.
    pub ending: String,
}

/// How one service is released: what the stacks do not say.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// The service's key in the blueprint.
    pub service: String,
    /// What a deployment of it is started with, where CodeDeploy releases it.
    pub appspec: Option<AppSpec>,
    /// How long a deployment waits for somebody to approve, as written in the blueprint: `2h`.
    pub approve: Option<String>,
    /// How long the old tasks stay after a release, as written in the blueprint: `1h`.
    pub keep_old: Option<String>,
    /// Whether the blueprint fixes its image.
    pub fixes_image: bool,
    /// The same in seconds; 0 where they go at once.
    pub keep_seconds: u32,
    /// Whether the old tasks run on after that.
    pub old_stays: bool,
    /// The weights of the new version one after the other, in percent, each with the seconds that are waited after it.
    pub steps: Vec<(u32, u32)>,
    /// The fewest tasks that a release starts, where scaling decides later.
    pub least: u32,
    /// Functions of people's own by the key below `deploy.hooks`, where it is `release.sh` that calls them.
    pub functions: Vec<(&'static str, String)>,
    /// The pipeline that releases it, by name.
    pub pipeline: Option<String>,
    /// Whether the pipeline copies the revision that runs, so that only its image changes.
    pub pipeline_copies: bool,
}
