use crate::{
    blueprint::{
        PipelineSpec, Service,
        engines::{PipelineAction, Revision},
    },
    resolve::Place,
    stacks::{Names, Site},
};

/// Who releases in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stacks) enum By {
    /// CodeDeploy, started by its action.
    CodeDeploy,
    /// A build that updates the stack of the service.
    Stack,
    /// The action of ECS, which copies the revision that runs and exchanges the image.
    Action,
}

/// A stage of a pipeline whose environment is known.
#[derive(Debug, Clone, Copy)]
pub(in crate::stacks) struct Release<'r> {
    /// Which stage, counted from 0.
    pub(super) at: usize,
    /// Where.
    pub(in crate::stacks) place: &'r Place,
    /// The service as it is there.
    pub(in crate::stacks) service: &'r Service,
    /// Who releases.
    pub(in crate::stacks) by: By,
    /// Minutes after which the action gives up.
    pub(super) minutes: u32,
}

impl Release<'_> {
    /// The names in that environment.
    pub(in crate::stacks) fn names<'s>(&self, site: Site<'s>) -> Names<'s>
    where
        Self: 's,
    {
        site.names().elsewhere(&self.place.name)
    }

    /// Whether the service is there before an image of it is.
    pub(in crate::stacks) fn starts_as_placeholder(&self) -> bool {
        self.service.image.uri.is_none()
    }
}

/// The stages in order, each with who releases there.
pub(in crate::stacks) fn releases<'r>(
    site: Site<'r>,
    spec: &'r PipelineSpec,
) -> impl Iterator<Item = Release<'r>> {
    spec.stages.iter().enumerate().filter_map(move |(at, stage)| {
        let (place, service) =
            site.service.stages.iter().find(|(place, _)| place.name == stage.environment)?;
        let engine = service.deploy.engine.abilities();
        // What an engine has not, a rule told; then the first it has.
        let action = engine.releases_with(stage.release_with).or_else(|| engine.releases_with(None));
        let by = match (engine.revision, action) {
            (_, Some(PipelineAction { copies: true, .. })) => By::Action,
            (Revision::Stack, _) => By::Stack,
            (Revision::Engine | Revision::Template, _) => By::CodeDeploy,
        };
        Some(Release { at, place, service, by, minutes: action.map_or(0, |action| action.minutes) })
    })
}
