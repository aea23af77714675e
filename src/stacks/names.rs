use std::fmt::Write as _;

use crate::blueprint::units::{EnvName, LoadBalancerName, ServiceName};
use crate::resolve::{Resolved, ResolvedService};

/// One of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Color {
    /// The first one: what is made first is live there.
    Blue,
    /// The other one.
    Green,
}

impl Color {
    /// Both, in the order in which they are made.
    pub const BOTH: [Self; 2] = [Self::Blue, Self::Green];

    /// As scripts and parameters write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }

    /// As logical ids begin.
    pub fn title(self) -> &'static str {
        match self {
            Self::Blue => "Blue",
            Self::Green => "Green",
        }
    }
}

/// Every name that is fixed, in one place: who reads one template finds the same name in the next.
#[derive(Debug, Clone, Copy)]
pub struct Names<'r> {
    app: &'r str,
    environment: &'r str,
    color: Option<Color>,
}

impl<'r> Names<'r> {
    /// The names of an application in an environment.
    pub fn new(resolved: &'r Resolved) -> Self {
        Self { app: resolved.app.as_str(), environment: resolved.place.name.as_str(), color: None }
    }

    /// The same names in another environment.
    pub fn elsewhere(self, environment: &'r EnvName) -> Self {
        Self { environment: environment.as_str(), ..self }
    }

    /// The names of what there is once for each color: `shop-prod-checkout-blue` in place of `shop-prod-checkout`.
    pub fn of(self, color: Option<Color>) -> Self {
        Self { color, ..self }
    }

    fn with_color(self, name: String) -> String {
        match self.color {
            Some(color) => format!("{name}-{}", color.word()),
            None => name,
        }
    }

    /// `shop-prod`, or `shop-prod-blue` where each color has a cluster.
    pub fn cluster(self) -> String {
        self.with_color(self.base())
    }

    /// `shop-prod`: what every stack's name starts with.
    pub fn base(self) -> String {
        format!("{}-{}", self.app, self.environment)
    }

    /// `shop-prod-network`
    pub fn network_stack(self) -> String {
        format!("{}-network", self.base())
    }

    /// `shop-prod-cluster`
    pub fn cluster_stack(self) -> String {
        format!("{}-cluster", self.base())
    }

    /// `shop-prod-extra`: what the blueprint asks for beside all services.
    pub fn extra_stack(self) -> String {
        format!("{}-extra", self.base())
    }

    /// `shop-prod-public-load-balancer`: a load balancer that services share.
    pub fn balancer_stack(self, name: &LoadBalancerName) -> String {
        format!("{}-{name}-load-balancer", self.base())
    }

    /// `shop-prod-checkout-edge`
    pub fn edge_stack(self, service: &ServiceName) -> String {
        format!("{}-edge", self.of(None).service(service))
    }

    /// `shop-prod-checkout`: the service's stack, task definition family, CodeDeploy application and deployment group.
    pub fn service(self, service: &ServiceName) -> String {
        self.with_color(format!("{}-{service}", self.base()))
    }

    /// `shop-checkout-pipeline`: one for all environments.
    pub fn pipeline(self, service: &ServiceName) -> String {
        format!("{}-{service}-pipeline", self.app)
    }

    /// The role of the running task; named, because policies of other resources name it.
    pub fn task_role(self, service: &ServiceName) -> String {
        format!("{}-task", self.service(service))
    }

    /// The role that starts the task; named, because the pipeline's and CodeDeploy's roles may pass this one alone.
    pub fn execution_role(self, service: &ServiceName) -> String {
        format!("{}-execution", self.service(service))
    }

    /// The role by which CloudFormation's hook deploys; named, because the hook names it.
    pub fn deployment_role(self, service: &ServiceName) -> String {
        format!("{}-deploy", self.service(service))
    }

    /// The repository bluegreen makes: one for all environments where a pipeline builds once, else one for each.
    pub fn repository(self, service: &ResolvedService) -> String {
        match (&service.service.image.repository, &service.pipeline) {
            (Some(name), _) => name.to_string(),
            (None, Some(_)) => format!("{}/{}", self.app, service.name),
            (None, None) => format!("{}/{}", self.base(), service.name),
        }
    }

    /// The log group of a service.
    pub fn log_group(self, service: &ServiceName) -> String {
        self.with_color(format!("/{}/{}/{service}", self.app, self.environment))
    }

    /// The name another stack imports a value by.
    pub fn export(self, stack: &str, value: &str) -> String {
        format!("{stack}:{value}")
    }
}

/// `checkout-api` as `CheckoutApi`, for logical ids.
pub fn pascal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            let _ = write!(out, "{}{}", first.to_ascii_uppercase(), letters.as_str());
        }
    }
    out
}
