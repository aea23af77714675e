use serde::Serialize;

use crate::{
    blueprint::{
        Count, Service,
        engines::{Owner, Property},
    },
    rollout::Rollout,
};

/// Something and who says what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owned {
    /// What.
    pub property: Property,
    /// Who.
    pub owner: Owner,
    /// How it is changed.
    pub how: &'static str,
}

/// Who owns what of a service. Without two versions there is one target group, and so none that is live; without a load balancer
/// there is neither that nor a listener.
pub(super) fn of(rollout: &Rollout, service: &Service) -> Vec<Owned> {
    let two = service.deploy.strategy.kind().has_two_versions();
    let mut all: Vec<Owned> = rollout
        .engine
        .course
        .owns
        .iter()
        .filter(|(property, ..)| match property {
            Property::LiveTargetGroup => two && service.has_load_balancer(),
            Property::Route => service.has_load_balancer(),
            _ => true,
        })
        .map(|(property, owner, how)| Owned { property: *property, owner: *owner, how })
        .collect();
    let count = match &service.count {
        Count::Fixed(_) => Owned {
            property: Property::DesiredCount,
            owner: Owner::Stack,
            how: "the number of the blueprint",
        },
        Count::Scaled(_) => {
            Owned { property: Property::DesiredCount, owner: Owner::Scaling, how: rollout.engine.scaling }
        }
    };
    all.push(count);
    all.sort_by_key(|owned| owned.property);
    all
}
