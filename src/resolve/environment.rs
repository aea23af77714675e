use indexmap::IndexMap;

use super::written::Layers;
use crate::{
    blueprint::{
        Application, Cluster, Environment, Extra, Layout, Network, Notify, Patch, PipelineSpec, Service,
        units,
    },
    diagnostic::Trail,
    yaml::{Data, Node},
};

/// A named place.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its name.
    pub name: units::EnvName,
    /// Where it is.
    pub environment: Environment,
}

/// One application in one environment: every layer laid over the other, every expression worked out, every default
/// filled in.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The application's name.
    pub app: units::AppName,
    /// How it is cut into stacks.
    pub layout: Layout,
    /// Tags for every resource.
    pub tags: IndexMap<String, String>,
    /// The environment.
    pub place: Place,
    /// Every environment of the application, this one among them: a pipeline goes through several.
    pub places: Vec<Place>,
    /// The network here.
    pub network: Network,
    /// The cluster here.
    pub cluster: Cluster,
    /// Who is told of what.
    pub notify: Notify,
    /// Resources beside all services, with what every service gets of them.
    pub extra: Option<Extra>,
    /// What is changed in the rendered resources, by name.
    pub patches: IndexMap<units::EntryName, Patch>,
    /// The services here.
    pub services: Vec<ResolvedService>,
    /// Whether all of its services are there; those with a fault are not.
    pub whole: bool,
}

/// One service in one environment.
#[derive(Debug, Clone)]
pub struct ResolvedService {
    /// Its name.
    pub name: units::ServiceName,
    /// What it is.
    pub service: Service,
    /// Its pipeline, where the application has one.
    pub pipeline: Option<PipelineSpec>,
    /// The service in each stage's environment, by the environment's name, where this environment is the pipeline's home.
    pub stages: Vec<(Place, Service)>,
    /// The merged tree it was read from, for places and origins.
    pub tree: Node,
    /// Who wrote the tree beside the document.
    pub layers: Layers,
}

impl Resolved {
    /// The environment a pipeline and its repository live in.
    pub fn home(pipeline: &PipelineSpec) -> &units::EnvName {
        pipeline.home.as_ref().unwrap_or_else(|| {
            &pipeline.stages.last().expect("the schema asks for at least one stage").environment
        })
    }

    /// Whether a pipeline lives in this environment.
    pub fn is_home_of(&self, pipeline: &PipelineSpec) -> bool {
        Self::home(pipeline) == &self.place.name
    }

    /// The trail of a service.
    pub fn trail(service: &units::ServiceName) -> Trail {
        Trail::of(["services", service.as_str()])
    }

    /// Drops the trees, which only what is said of the blueprint needs: a thousand of them are a third of what is held
    /// while rendering.
    pub fn forget_trees(&mut self) {
        for service in &mut self.services {
            service.tree.data = Data::Null;
        }
    }

    /// An environment by name.
    pub fn place_of(&self, name: &units::EnvName) -> Option<&Place> {
        self.places.iter().find(|place| &place.name == name)
    }
}

/// The places of an application.
pub(super) fn places(application: &Application) -> Vec<Place> {
    application
        .environments
        .iter()
        .map(|(name, environment)| Place { name: name.clone(), environment: environment.clone() })
        .collect()
}
