use indexmap::IndexMap;

use super::{priority, written::Layers};
use crate::{
    blueprint::{
        Application, Cluster, Environment, Extra, Layout, LoadBalancer, Network, Notify, Patch, PipelineSpec,
        Service, units,
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
    /// The load balancers here that services share, by name.
    pub load_balancers: IndexMap<units::LoadBalancerName, LoadBalancer>,
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
    /// The load balancer in front of it with its listeners, where there is one: its own, or the one that it shares. It has test
    /// traffic where the service has.
    pub balancer: Option<LoadBalancer>,
    /// Its pipeline, where the application has one.
    pub pipeline: Option<PipelineSpec>,
    /// The service in each stage's environment, by the environment's name, where this environment is the pipeline's home.
    pub stages: Vec<(Place, Service)>,
    /// The merged tree it was read from, for places and origins.
    pub tree: Node,
    /// Who wrote the tree beside the document.
    pub layers: Layers,
}

/// A load balancer with the services behind it.
#[derive(Debug, Clone)]
pub struct Front<'r> {
    /// Where what belongs to it is written.
    pub at: Trail,
    /// Where its test listener is.
    pub test_at: Trail,
    /// What it is.
    pub balancer: &'r LoadBalancer,
    /// The services behind it.
    pub services: Vec<&'r ResolvedService>,
    /// Its name, where it is one that services share.
    pub shared: Option<&'r units::LoadBalancerName>,
}

impl ResolvedService {
    /// The load balancer that it shares with others.
    pub fn shares(&self) -> Option<&units::LoadBalancerName> {
        self.service.http.as_ref()?.load_balancer.as_ref()
    }

    /// The key of what stands before it.
    pub fn front_key(&self) -> &'static str {
        if self.service.tcp.is_some() { "tcp" } else { "http" }
    }

    /// Where its rule stands among those of the others on a shared load balancer: as written, or else by what it says itself.
    pub fn priority(&self) -> u16 {
        let http = self.service.http.as_ref();
        http.and_then(|http| http.priority).unwrap_or_else(|| {
            let host = http.and_then(|http| http.host.as_ref());
            priority::of(&self.name, host, http.and_then(|http| http.paths.as_deref()))
        })
    }
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

    /// Gives every service the load balancer that it stands behind. One that is not there is told of by a rule.
    pub fn settle_balancers(&mut self) {
        for service in &mut self.services {
            let deploy = &mut service.service.deploy;
            let Some(http) = &service.service.http else {
                let (tcp, port) = (service.service.tcp.as_ref(), service.service.port);
                let test_traffic = deploy.test_traffic.as_ref();
                service.balancer = tcp.map(|tcp| LoadBalancer::of_connections(tcp, port, test_traffic));
                continue;
            };
            let named = http.load_balancer.as_ref();
            let balancer = match named.and_then(|name| self.load_balancers.get(name)) {
                None => LoadBalancer::of(http, deploy.test_traffic.as_ref()),
                Some(shared) => {
                    // There is no listener for it.
                    let tests = shared.tests();
                    if tests.is_none() {
                        deploy.test_traffic = None;
                    }
                    let test_traffic = deploy.test_traffic.as_ref().and(tests);
                    LoadBalancer { test_traffic, ..shared.clone() }
                }
            };
            service.balancer = Some(balancer);
        }
    }

    /// The load balancers here, each with the services behind it: those that are shared first.
    pub fn fronts(&self) -> impl Iterator<Item = Front<'_>> {
        let shared = self.load_balancers.iter().map(|(name, balancer)| {
            let at = Trail::of(["load_balancers", name.as_str()]);
            let services = self.services.iter().filter(|service| service.shares() == Some(name)).collect();
            Front { test_at: at.key("test_traffic"), at, balancer, services, shared: Some(name) }
        });
        let own = self.services.iter().filter(|service| service.shares().is_none()).filter_map(|service| {
            let at = Self::trail(&service.name);
            Some(Front {
                test_at: at.key("deploy").key("test_traffic"),
                at: at.key(service.front_key()),
                balancer: service.balancer.as_ref()?,
                services: vec![service],
                shared: None,
            })
        });
        shared.chain(own)
    }

    /// Those of them that bluegreen makes: one that is there already is its owner's.
    pub fn made_fronts(&self) -> impl Iterator<Item = Front<'_>> {
        self.fronts().filter(|front| front.balancer.import.is_none())
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
