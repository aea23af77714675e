use std::sync::Arc;

use std::fmt;

use indexmap::IndexMap;

use super::names::Color;
use crate::blueprint::{Engine, engines::StrategyKind};
use crate::cfn::{Template, Text};

/// Properties that give an IAM resource a name, which CloudFormation wants acknowledged.
const IAM_NAMES: [&str; 5] =
    ["RoleName", "ManagedPolicyName", "UserName", "GroupName", "InstanceProfileName"];

/// Which of a template's resources are a service's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The service's key in the blueprint.
    pub service: String,
    /// What its logical ids start with: empty, or `Checkout` where one template holds several services.
    pub prefix: String,
    /// Positions among the template's resources.
    pub resources: std::ops::Range<usize>,
}

/// A name of `extra` that was not free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The service's key in the blueprint; empty for what stands beside all services.
    pub service: String,
    /// `resources` or `outputs`; `imported` for an output that services import a value by.
    pub section: &'static str,
    /// The name as it was written.
    pub id: String,
}

/// A template with everything needed to deploy it.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The stack's name: `shop-prod-checkout-edge`.
    pub name: String,
    /// The file without its ending: `checkout-edge`.
    pub file: String,
    /// What it holds, in a few words.
    pub purpose: String,
    /// The template.
    pub template: Template,
    /// Parameter values that are known when rendering.
    pub parameters: IndexMap<String, String>,
    /// Parameter values that are true only at the moment of a deployment.
    pub lookups: Vec<Lookup>,
    /// Stack-wide tags, which CloudFormation puts on every resource.
    pub tags: IndexMap<String, String>,
    /// What updates of this stack must not do.
    pub policy: Vec<Denial>,
    /// Names of stacks that must be there first.
    pub depends_on: Vec<String>,
    /// Which resources are a service's; the others are the environment's.
    pub parts: Vec<Part>,
    /// Logical ids of what people wrote beside a service, or beside all of them.
    pub extra: Vec<Text>,
    /// The name of the composite alarm that takes a release back, where it is CloudFormation that watches.
    pub rollback_alarm: Option<String>,
    /// The first of the resources that only a release changes, where an update of anything else must send them as the stack has
    /// them: from there on to the end of the template.
    pub released_from: Option<Text>,
    /// The service that such a release is of.
    pub releases: Option<Arc<ServiceNames>>,
    /// Extra resources and outputs whose logical ids bluegreen uses itself.
    pub taken: Vec<Taken>,
}

/// A parameter whose value `deploy.sh` finds out before it deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// `blue` or `green`, whichever target group the production listener sends traffic to; `blue` before the first
    /// deployment of the stack.
    LiveColor {
        /// The parameter.
        parameter: String,
        /// Whose traffic.
        service: Arc<ServiceNames>,
    },
    /// The image of the main container of the running task set; empty before there is a service.
    RunningImage {
        /// The parameter.
        parameter: String,
        /// Whose image.
        service: Arc<ServiceNames>,
    },
    /// `yes` once what runs is not what the service was created with, otherwise `no`.
    Released {
        /// The parameter.
        parameter: String,
        /// Whose tasks.
        service: Arc<ServiceNames>,
    },
    /// The ARN of the task definition's revision that the service runs; empty before there is a service. Only for services
    /// whose stack says which revision runs: every update names the one that runs, and a release names none, which means
    /// the stack's own.
    RunningRevision {
        /// The parameter.
        parameter: String,
        /// Whose revision.
        service: Arc<ServiceNames>,
    },
    /// The weight of a color's target group in the production listener, 0 to 100; for blue 100 and for green 0 before there is a
    /// listener. Only where a release moves weights by updates of the stack.
    Weight {
        /// The parameter.
        parameter: String,
        /// Whose traffic.
        service: Arc<ServiceNames>,
        /// Whose weight.
        color: Color,
    },
    /// `blue` or `green`, whichever runs the newest version: where the test listener sends traffic to, or would if there were one.
    /// `blue` before there is a load balancer.
    NewColor {
        /// The parameter.
        parameter: String,
        /// Whose traffic.
        service: Arc<ServiceNames>,
    },
    /// `yes` where a color has no tasks by choice. The stack keeps what it has: only a release starts and ends tasks.
    Idle {
        /// The parameter.
        parameter: String,
        /// Whose tasks.
        service: Arc<ServiceNames>,
    },
    /// `no` where the revision that runs does not name its port for Service Connect yet, otherwise `yes`: a service that names a port
    /// its tasks do not have is refused.
    NamedPort {
        /// The parameter.
        parameter: String,
        /// Whose port.
        service: Arc<ServiceNames>,
    },
    /// The full ARN of a secret that the blueprint names without its random suffix.
    SecretArn {
        /// The parameter.
        parameter: String,
        /// The secret's name.
        secret: String,
    },
    /// What another stack exports: for a stack that may not import.
    Export {
        /// The parameter.
        parameter: String,
        /// The export's name.
        export: String,
        /// Which item of it, from 0, where the export is a list joined by commas.
        item: Option<u32>,
        /// Whether it is read only when the stack is created: what a release alone may change rests on it, and would change with
        /// it unseen. Otherwise it is read anew for every deployment.
        once: bool,
    },
    /// A value only the person who deploys knows; asked for once, kept by the stack afterwards.
    Given {
        /// The parameter.
        parameter: String,
        /// What it is.
        description: String,
    },
}

impl ServiceNames {
    /// As scripts name it: `checkout`, or `checkout/blue` for the service of one color.
    pub fn key(&self) -> String {
        match self.color {
            Some(color) => format!("{}/{}", self.service, color.word()),
            None => self.service.clone(),
        }
    }
}

impl Lookup {
    /// The parameter it is for.
    pub fn parameter(&self) -> &str {
        match self {
            Self::LiveColor { parameter, .. }
            | Self::RunningImage { parameter, .. }
            | Self::Released { parameter, .. }
            | Self::RunningRevision { parameter, .. }
            | Self::Weight { parameter, .. }
            | Self::NewColor { parameter, .. }
            | Self::Idle { parameter, .. }
            | Self::NamedPort { parameter, .. }
            | Self::SecretArn { parameter, .. }
            | Self::Export { parameter, .. }
            | Self::Given { parameter, .. } => parameter,
        }
    }

    /// The service whose live state it asks for.
    pub fn service(&self) -> Option<&Arc<ServiceNames>> {
        match self {
            Self::LiveColor { service, .. }
            | Self::RunningImage { service, .. }
            | Self::Released { service, .. }
            | Self::RunningRevision { service, .. }
            | Self::NamedPort { service, .. }
            | Self::Weight { service, .. }
            | Self::NewColor { service, .. }
            | Self::Idle { service, .. } => Some(service),
            Self::SecretArn { .. } | Self::Export { .. } | Self::Given { .. } => None,
        }
    }
}

/// The names under which one service's live state is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServiceNames {
    /// The service's key in the blueprint: `checkout`.
    pub service: String,
    /// The color, where these are the names of one that has a service of its own.
    pub color: Option<Color>,
    /// ECS cluster: `shop-prod`.
    pub cluster: String,
    /// ECS service: `checkout`.
    pub ecs_service: String,
    /// The container of the application.
    pub container: String,
    /// The port of that container, where it listens on one.
    pub port: Option<u16>,
    /// Task definition family: `shop-prod-checkout`.
    pub family: String,
    /// CodeDeploy application: `shop-prod-checkout`.
    pub application: String,
    /// CodeDeploy deployment group: `shop-prod-checkout`.
    pub deployment_group: String,
    /// Who moves its traffic.
    pub engine: Engine,
    /// How it is replaced: without two versions there is one target group, and no color.
    pub strategy: StrategyKind,
    /// Whether a load balancer forwards connections to it, and so has listeners that move in place of rules.
    pub is_sent_connections: bool,
    /// The stack that holds listeners and target groups (outputs `…ProductionListenerArn`, `…BlueTargetGroupArn`,
    /// `…GreenTargetGroupArn`; for an engine that moves rules `…ProductionRuleArn` and `…TestRuleArn` as well).
    ///
    /// Nothing where there is no load balancer.
    pub edge_stack: Option<String>,
    /// The stack that holds the service (output `…TaskDefinitionArn`).
    pub service_stack: String,
    /// What the output names start with: empty, or `Checkout` where one template holds several services.
    pub output_prefix: String,
}

/// Something a stack policy denies, for every resource of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denial {
    /// `Update:Replace`, `Update:Delete`
    pub action: &'static str,
    /// `AWS::ECS::Service`
    pub resource_type: &'static str,
}

/// A capability CloudFormation wants acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Unnamed IAM resources.
    Iam,
    /// IAM resources with names.
    NamedIam,
    /// Macros, which rewrite the template.
    AutoExpand,
}

impl fmt::Display for Capability {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Iam => "CAPABILITY_IAM",
            Self::NamedIam => "CAPABILITY_NAMED_IAM",
            Self::AutoExpand => "CAPABILITY_AUTO_EXPAND",
        })
    }
}

impl ServiceNames {
    /// Whether old and new version have a target group each, so that one of two colors is live.
    pub fn has_colors(&self) -> bool {
        self.edge_stack.is_some() && self.strategy.has_two_versions()
    }
}

impl Stack {
    /// What must be acknowledged to deploy it.
    pub fn capabilities(&self) -> Vec<Capability> {
        let mut all = Vec::new();
        let mut iam =
            self.template.resources.values().filter(|entry| entry.kind.starts_with("AWS::IAM::")).peekable();
        if iam.peek().is_some() {
            let named = iam.any(|entry| {
                entry.draft.properties.iter().any(|(name, _)| IAM_NAMES.contains(&name.as_ref()))
            });
            all.push(if named { Capability::NamedIam } else { Capability::Iam });
        }
        if !self.template.transforms.is_empty() {
            all.push(Capability::AutoExpand);
        }
        all
    }
}
