use super::{By, RELEASE, SOURCE, release_build, releases};
use crate::{
    blueprint::{PipelineSpec, StageApproval, units::EnvName},
    cfn::{BuildProject, Handle, Value},
    scripts,
    stacks::Site,
};

fn action(
    name: &str,
    category: &'static str,
    owner_provider: &'static str,
    configuration: Value,
    rest: Vec<(&'static str, Value)>,
) -> Value {
    let mut pairs = vec![
        ("Name".into(), name.to_owned().into()),
        (
            "ActionTypeId".into(),
            Value::map([
                ("Category", Value::from(category)),
                ("Owner", "AWS".into()),
                ("Provider", owner_provider.into()),
                ("Version", "1".into()),
            ]),
        ),
    ];
    if !matches!(&configuration, Value::Map(pairs) if pairs.is_empty()) {
        pairs.push(("Configuration".into(), configuration));
    }
    pairs.extend(rest.into_iter().map(|(key, value)| (key.into(), value)));
    Value::Map(pairs)
}

/// The stages of a pipeline: source, build, and one for each that was planned.
pub(super) fn stages(
    site: Site<'_>,
    spec: &PipelineSpec,
    project: &Handle<BuildProject>,
    release: Option<&Handle<BuildProject>>,
    connection: &Value,
) -> Value {
    let source = spec.source.connection();
    let artifact = |name: &'static str| Value::List(vec![Value::map([("Name", Value::from(name))])]);
    let stage = |name: &str, actions: Vec<Value>| {
        Value::map([("Name", Value::from(name.to_owned())), ("Actions", Value::List(actions))])
    };
    let mut stages = vec![
        stage(
            "Source",
            vec![action(
                "Source",
                "Source",
                "CodeStarSourceConnection",
                Value::map([
                    ("ConnectionArn", connection.clone()),
                    ("FullRepositoryId", source.repository.clone().into()),
                    ("BranchName", source.branch.clone().into()),
                    // The trigger above says when.
                    ("DetectChanges", "false".into()),
                ]),
                vec![("OutputArtifacts", artifact(SOURCE))],
            )],
        ),
        stage(
            "Build",
            vec![action(
                "Build",
                "Build",
                "CodeBuild",
                Value::map([("ProjectName", project.reference())]),
                vec![("InputArtifacts", artifact(SOURCE)), ("OutputArtifacts", artifact(RELEASE))],
            )],
        ),
    ];
    for (at, planned) in spec.stages.iter().enumerate() {
        let environment = planned.environment.as_str();
        let mut actions = Vec::new();
        let approval = match planned.approve {
            StageApproval::Asked(false) => None,
            StageApproval::Asked(true) => Some(None),
            StageApproval::Within { timeout } => Some(Some(timeout.minutes())),
        };
        let mut deploy = vec![("InputArtifacts", artifact(RELEASE))];
        if let Some(timeout) = approval {
            let text = format!("Release {} to {environment}?", site.service.name);
            // Beside it would be at the same time.
            deploy.push(("RunOrder", 2.into()));
            let mut rest = vec![("RunOrder", Value::from(1))];
            if let Some(minutes) = timeout {
                rest.push(("TimeoutInMinutes", minutes.into()));
            }
            actions.push(action(
                "Approve",
                "Approval",
                "Manual",
                Value::map([("CustomData", Value::from(text))]),
                rest,
            ));
        }
        let how = releases(site, spec).find(|release| release.at == at);
        actions.push(match (how, release) {
            (Some(how), Some(project)) if how.by == By::Stack => action(
                "Deploy",
                "Build",
                "CodeBuild",
                Value::map([
                    ("ProjectName", project.reference()),
                    ("EnvironmentVariables", release_build::variables(site, how.place, how.service).into()),
                ]),
                deploy,
            ),
            (Some(how), _) if how.by == By::Action => {
                action(
                    "Deploy",
                    "Deploy",
                    "ECS",
                    Value::map([
                        ("ClusterName", Value::from(how.names(site).base())),
                        ("ServiceName", site.service.name.to_string().into()),
                        ("FileName", scripts::IMAGES.into()),
                        // As long as it can; ECS goes on after that.
                        ("DeploymentTimeout", how.minutes.to_string().into()),
                    ]),
                    deploy,
                )
            }
            _ => codedeploy(site, environment, &planned.environment, deploy),
        });
        // Two stages may go to one environment; their names must differ.
        let before =
            spec.stages[..at].iter().filter(|other| other.environment == planned.environment).count();
        let name = if before == 0 { environment.to_owned() } else { format!("{environment}-{}", before + 1) };
        stages.push(stage(&name, actions));
    }
    Value::List(stages)
}

/// The action that registers a revision and has CodeDeploy release it.
fn codedeploy(
    site: Site<'_>,
    folder: &str,
    environment: &EnvName,
    rest: Vec<(&'static str, Value)>,
) -> Value {
    let full = site.names().elsewhere(environment).service(&site.service.name);
    action(
        "Deploy",
        "Deploy",
        "CodeDeployToECS",
        Value::map([
            ("ApplicationName", Value::from(full.clone())),
            ("DeploymentGroupName", full.into()),
            ("TaskDefinitionTemplateArtifact", RELEASE.into()),
            ("TaskDefinitionTemplatePath", format!("{folder}/taskdef.json").into()),
            ("AppSpecTemplateArtifact", RELEASE.into()),
            ("AppSpecTemplatePath", format!("{folder}/appspec.yaml").into()),
            ("Image1ArtifactName", RELEASE.into()),
            ("Image1ContainerName", scripts::IMAGE.trim_matches(['<', '>']).into()),
        ]),
        rest,
    )
}
