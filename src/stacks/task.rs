use std::sync::Arc;

use super::{Canvas, Lookup, Site, connect, names::Color};
use crate::{
    blueprint::{
        Architecture, Bootstrap, ContainerHealth, Count, Secret, Service,
        engines::Revision,
        units::{HttpPath, ImageUri},
    },
    cfn::{
        Condition, Handle, LogGroup, Parameter, PolicyDocument, Resource, Role, Statement, TaskDefinition,
        Text, Value,
    },
};

/// The image that answers health checks before the first release. A fixed tag of a public registry that asks for no
/// account and sets no pull limit worth meeting; a web server is among its tools.
pub(crate) const PLACEHOLDER: &str = "public.ecr.aws/docker/library/busybox:1.37";

/// What the service needs of its task.
#[derive(Debug)]
pub(super) struct TaskParts {
    pub(super) definition: Handle<TaskDefinition>,
    pub(super) execution_role: Handle<Role>,
    pub(super) task_role: Handle<Role>,
    pub(super) logs: Handle<LogGroup>,
    /// The condition that the stack describes an image of the application, where there may be none.
    pub(super) has_image: Option<Text>,
    /// The condition that a release runs, where there are no tasks before the first one.
    pub(super) is_released: Option<Text>,
    /// The condition that this very update releases for the first time, where the stack says which revision runs and there
    /// were no tasks before.
    pub(super) starts_tasks: Option<Text>,
    /// Which revision the service runs, where the stack says so.
    pub(super) running: Option<Running>,
    /// The condition that the revision the service runs names its port, where others call it through Service Connect.
    pub(super) names_port: Option<Text>,
    /// Whether there are tasks at all, where a color has a service of its own.
    pub(super) idle: Option<Idle>,
}

/// Whether a color has tasks.
#[derive(Debug)]
pub(super) struct Idle {
    /// The condition that it has none.
    pub(super) is_idle: Text,
    /// The condition that a release says how many it starts with, and how many; only where scaling decides later.
    pub(super) starts_with: Option<(Text, Value)>,
}

/// The revision that runs, as far as the stack has a say.
#[derive(Debug)]
pub(super) struct Running {
    /// The condition that it is the stack's own.
    pub(super) is_own: Text,
    /// Its ARN where it is another one.
    pub(super) revision: Value,
}

/// Draws log group, roles and task definition.
pub(super) fn task(
    canvas: &mut Canvas,
    site: Site<'_>,
    live: Arc<super::ServiceNames>,
    revision: Revision,
) -> TaskParts {
    let service = &site.service.service;
    let full = site.full_name();
    let logs = canvas.template.add(
        canvas.id("LogGroup"),
        LogGroup::new()
            .log_group_name(site.names().log_group(&site.service.name))
            .retention_in_days(service.logs.retention.days())
            .retained(),
    );

    let (image, has_image) = image(canvas, site, live.clone());
    let running = match revision {
        Revision::Engine | Revision::Template => None,
        Revision::Stack => Some(running(canvas, live.clone())),
    };
    let names_port = running
        .as_ref()
        .filter(|_| service.called().is_some())
        .map(|running| names_port(canvas, live.clone(), running));
    let idle = site.color.map(|color| idle(canvas, site, live.clone(), color));
    let released = has_image.as_ref().filter(|_| idle.is_none()).and_then(|has_image| {
        let has_released = released(canvas, site, live)?;
        Some(match &running {
            None => (has_released, None),
            Some(running) => release_of_stack(canvas, has_released, has_image, running),
        })
    });
    let (is_released, starts_tasks) = released.unzip();
    let (environment, secrets, secret_statements) = secrets(canvas, site);
    let execution_role = execution_role(canvas, site, &logs, secret_statements);
    let task_role = task_role(canvas, site);

    let mut main = vec![("Name".into(), site.service.name.to_string().into()), ("Image".into(), image)];
    let main: &mut Vec<(Text, Value)> = &mut main;
    main.push(("Essential".into(), true.into()));
    let bootstrap = has_image.clone().filter(|_| service.image.bootstrap == Bootstrap::Placeholder);
    let unless_bootstrap = |value: Option<Value>| match (&bootstrap, value) {
        (Some(condition), Some(value)) => {
            Some(Value::when(condition.clone(), value, crate::cfn::pseudo::no_value()))
        }
        (_, value) => value,
    };
    let mut push = |key: &'static str, value: Option<Value>| {
        if let Some(value) = value {
            main.push((key.into(), value));
        }
    };
    let words = |words: &Vec<String>| Value::list(words.clone());
    push("EntryPoint", unless_bootstrap(service.entrypoint.as_ref().map(words)));
    let command = service.command.as_ref().map(words);
    push(
        "Command",
        match &bootstrap {
            Some(condition) => Some(Value::when(
                condition.clone(),
                command.unwrap_or_else(crate::cfn::pseudo::no_value),
                placeholder_command(service),
            )),
            None => command,
        },
    );
    // Not only where the placeholder runs: without tasks the revision names it as well, and `deploy.sh` takes the image of the
    // running revision for the one to keep.
    push(
        "DockerLabels",
        has_image.as_ref().map(|condition| {
            Value::when(
                condition.clone(),
                crate::cfn::pseudo::no_value(),
                Value::map([("bluegreen.bootstrap", Value::from("true"))]),
            )
        }),
    );
    push(
        "PortMappings",
        service.port.map(|port| {
            let mut mapping: Vec<(Text, Value)> =
                vec![("ContainerPort".into(), port.get().into()), ("Protocol".into(), "tcp".into())];
            mapping.extend(connect::named_port(site));
            Value::List(vec![Value::Map(mapping)])
        }),
    );
    push("Environment", environment);
    push("Secrets", secrets);
    push("HealthCheck", unless_bootstrap(service.health.as_ref().map(health_check)));
    push("StopTimeout", Some(service.stop_timeout.seconds().into()));
    push("ReadonlyRootFilesystem", unless_bootstrap(service.readonly.then_some(Value::from(true))));
    push(
        "LinuxParameters",
        // ECS Exec leaves zombies behind without an init process.
        service.exec.then(|| Value::map([("InitProcessEnabled", Value::from(true))])),
    );
    push("LogConfiguration", Some(log_configuration(&logs, site.service.name.as_str())));
    let mut containers = vec![Value::Map(std::mem::take(main))];
    containers.extend(sidecars(canvas, site, &logs));

    let architecture = match service.architecture {
        Architecture::X86 => "X86_64",
        Architecture::Arm64 => "ARM64",
    };
    let definition = canvas.template.add(
        canvas.id("TaskDefinition"),
        TaskDefinition::new()
            .family(full)
            .requires_compatibilities(Value::list(["FARGATE"]))
            .network_mode("awsvpc")
            .cpu(service.cpu.units().to_string())
            .memory(service.memory.mib().to_string())
            .ephemeral_storage(service.storage.map(|gib| Value::map([("SizeInGiB", Value::from(gib))])))
            .runtime_platform(Value::map([
                ("OperatingSystemFamily", Value::from("LINUX")),
                ("CpuArchitecture", architecture.into()),
            ]))
            .execution_role_arn(execution_role.attribute(Role::ARN))
            .task_role_arn(task_role.attribute(Role::ARN))
            .container_definitions(Value::List(containers))
            .because("A change registers a new revision; only a deployment runs it. Old revisions stay: a rollback needs them.")
            .retained(),
    );
    TaskParts {
        definition,
        execution_role,
        task_role,
        logs,
        has_image,
        is_released,
        starts_tasks: starts_tasks.flatten(),
        running,
        idle,
        names_port,
    }
}

/// The parameters for the tasks of a color: none while it is idle, and how many a release starts.
fn idle(canvas: &mut Canvas, site: Site<'_>, live: Arc<super::ServiceNames>, color: Color) -> Idle {
    // Blue is live first. Without tasks before the first release it is as idle as green: that release starts green.
    let service = &site.service.service;
    let has_first = service.image.uri.is_some() || service.image.bootstrap == Bootstrap::Placeholder;
    let initially = if color == Color::Blue && has_first { "no" } else { "yes" };
    let name = canvas.id("Idle");
    let value = canvas.lookup(
        Parameter {
            kind: "String".into(),
            description: "Whether this color has no tasks; release.sh starts and ends them. Any other update leaves it as it is.".into(),
            default: Some(initially.into()),
            allowed_values: vec!["no".into(), "yes".into()],
            ..Parameter::default()
        },
        Lookup::Idle { parameter: name.to_string(), service: live },
    );
    let is_idle = canvas.id("IsIdle");
    let is_idle = canvas.template.condition(is_idle, Condition::Equals(value, "yes".into()));
    let starts_with = matches!(service.count, Count::Scaled(_)).then(|| {
        let name = canvas.id("Tasks");
        let parameter = Parameter {
            kind: "Number".into(),
            description: "How many tasks a release starts this color with. 0: as many as scaling decides."
                .into(),
            default: Some(0.into()),
            ..Parameter::default()
        };
        let tasks = canvas.parameter(&name, parameter, "0");
        let starts = canvas.id("StartsTasks");
        let starts =
            canvas.template.condition(starts, Condition::Equals(tasks.clone(), "0".into()).negated());
        (starts, tasks)
    });
    Idle { is_idle, starts_with }
}

/// The parameter for the revision that runs. With it, an update of anything else leaves that revision alone; without it, the
/// service runs the stack's own, which is how it is created and how it is released.
fn running(canvas: &mut Canvas, live: Arc<super::ServiceNames>) -> Running {
    let name = canvas.id("RunningRevision");
    let revision = canvas.lookup(
        Parameter {
            kind: "String".into(),
            description: "The ARN of the task definition's revision that the service runs; deploy.sh reads it from ECS. Empty for a release: the service then runs the revision this stack describes.".into(),
            default: Some("".into()),
            allowed_pattern: Some(r"^(arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:task-definition/[A-Za-z0-9_-]+:\d+)?$".into()),
            constraint_description: Some("must be the ARN of a task definition with its revision, or empty".into()),
            ..Parameter::default()
        },
        Lookup::RunningRevision { parameter: name.to_string(), service: live },
    );
    let is_own = canvas.id("RunsOwnRevision");
    let is_own = canvas.template.condition(is_own, Condition::Equals(revision.clone(), "".into()));
    Running { is_own, revision }
}

/// The condition that the service runs a revision that names its port: its own does, and `deploy.sh` looks at any other. Without it, a
/// service that gets `connect` later would be refused in an update that leaves what runs alone; with it, the release brings both.
fn names_port(canvas: &mut Canvas, live: Arc<super::ServiceNames>, running: &Running) -> Text {
    let name = canvas.id("NamedPort");
    let value = canvas.lookup(
        Parameter {
            kind: "String".into(),
            description: "Whether the revision that runs names its port, as Service Connect asks; deploy.sh reads it from ECS.".into(),
            default: Some("yes".into()),
            allowed_values: vec!["yes".into(), "no".into()],
            ..Parameter::default()
        },
        Lookup::NamedPort { parameter: name.to_string(), service: live },
    );
    let is_named = canvas.id("PortIsNamed");
    let is_named = canvas.template.condition(is_named, Condition::Equals(value, "yes".into()));
    let connects = canvas.id("Connects");
    canvas.template.condition(
        connects,
        Condition::Or(vec![Condition::Named(running.is_own.clone()), Condition::Named(is_named)]),
    )
}

/// Where an update of the stack releases, it starts the first tasks as well: the condition that a release runs after it, and
/// the condition that it is the first.
fn release_of_stack(
    canvas: &mut Canvas,
    has_released: Text,
    has_image: &Text,
    running: &Running,
) -> (Text, Option<Text>) {
    let starts = canvas.id("StartsTasks");
    let starts = canvas.template.condition(
        starts,
        Condition::And(vec![
            Condition::Named(has_released.clone()).negated(),
            Condition::Named(has_image.clone()),
            Condition::Named(running.is_own.clone()),
        ]),
    );
    let runs = canvas.id("RunsTasks");
    let runs = canvas.template.condition(
        runs,
        Condition::Or(vec![Condition::Named(has_released), Condition::Named(starts.clone())]),
    );
    (runs, Some(starts))
}

/// The image: fixed in the blueprint, or a parameter that is empty until the first release.
fn image(canvas: &mut Canvas, site: Site<'_>, live: Arc<super::ServiceNames>) -> (Value, Option<Text>) {
    let service = &site.service.service;
    if let Some(uri) = &service.image.uri {
        let parameter = Parameter {
            kind: "String".into(),
            description: "The image of the main container, with tag or digest.".into(),
            default: Some(uri.to_string().into()),
            allowed_pattern: Some(r"^\S+$".into()),
            constraint_description: Some("must be an image".into()),
            ..Parameter::default()
        };
        let name = canvas.id("ImageUri");
        let value = canvas.parameter(&name, parameter, uri.as_str());
        return (value, None);
    }
    let name = canvas.id("ImageUri");
    let value = canvas.lookup(
        Parameter {
            kind: "String".into(),
            description: "The image of the main container; deploy.sh passes the one that runs. Empty until the first release.".into(),
            default: Some("".into()),
            allowed_pattern: Some(r"^\S*$".into()),
            constraint_description: Some("must be an image, or empty".into()),
            ..Parameter::default()
        },
        Lookup::RunningImage { parameter: name.to_string(), service: live },
    );
    let has_image = canvas.id("HasImage");
    canvas.template.condition(has_image.clone(), Condition::Equals(value.clone(), "".into()).negated());
    (Value::when(has_image.clone(), value, PLACEHOLDER), Some(has_image))
}

/// Whether a release runs. An image that the stack describes is not enough: until it is released, more tasks would be tasks of
/// the revision the service was created with, and an update that waits for them would wait in vain.
fn released(canvas: &mut Canvas, site: Site<'_>, live: Arc<super::ServiceNames>) -> Option<Text> {
    if site.service.service.image.bootstrap == Bootstrap::Placeholder {
        return None;
    }
    let name = canvas.id("Released");
    let value = canvas.lookup(
        Parameter {
            kind: "String".into(),
            description: "Whether a release runs; deploy.sh asks ECS. Until then there are no tasks.".into(),
            default: Some("no".into()),
            allowed_values: vec!["no".into(), "yes".into()],
            ..Parameter::default()
        },
        Lookup::Released { parameter: name.to_string(), service: live },
    );
    let is_released = canvas.id("IsReleased");
    canvas.template.condition(is_released.clone(), Condition::Equals(value, "yes".into()));
    Some(is_released)
}

/// Serves the health path: a file for it in a temporary folder, and busybox' web server before that folder. Where nobody asks, it
/// waits until it is told to end.
fn placeholder_command(service: &Service) -> Value {
    let front = match (&service.http, &service.tcp) {
        (Some(http), _) => Some(Some(http.healthcheck.path.as_str())),
        (None, Some(tcp)) => Some(tcp.healthcheck.path.as_ref().map(HttpPath::as_str)),
        (None, None) => None,
    };
    let (Some(path), Some(port)) = (front, service.port) else {
        let script =
            "trap 'exit 0' TERM; echo 'waiting for the first release'; while :; do sleep 60 & wait $!; done";
        return Value::list(["sh", "-c", script]);
    };
    // Where nobody asks for a path, it is enough that somebody listens.
    let path = path.unwrap_or("/");
    let path = path.split(['?', '#']).next().unwrap_or("/");
    let file = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let script = format!(
        "mkdir -p {} && echo 'waiting for the first release' > {} && exec httpd -f -p {} -h /tmp/www",
        quoted(&format!("/tmp/www{folder}")),
        quoted(&format!("/tmp/www{file}")),
        port.get(),
    );
    Value::list(["sh".to_owned(), "-c".to_owned(), script])
}

fn health_check(health: &ContainerHealth) -> Value {
    let mut command = vec![Value::from("CMD")];
    command.extend(health.command.iter().map(Value::from));
    Value::map([
        ("Command", Value::List(command)),
        ("Interval", health.interval.seconds().into()),
        ("Timeout", health.timeout.seconds().into()),
        ("Retries", health.retries.into()),
        ("StartPeriod", health.start.seconds().into()),
    ])
}

pub(super) fn log_configuration(logs: &Handle<LogGroup>, prefix: &str) -> Value {
    Value::map([
        ("LogDriver", Value::from("awslogs")),
        (
            "Options",
            Value::map([
                ("awslogs-group", logs.reference()),
                ("awslogs-region", crate::cfn::pseudo::region()),
                ("awslogs-stream-prefix", prefix.to_owned().into()),
                // A log that blocks stops the application when CloudWatch does (facts 7.5).
                ("mode", "non-blocking".into()),
                ("max-buffer-size", "25m".into()),
            ]),
        ),
    ])
}

fn sidecars(canvas: &mut Canvas, site: Site<'_>, logs: &Handle<LogGroup>) -> Vec<Value> {
    let mut containers = Vec::new();
    for (name, sidecar) in &site.service.service.sidecars {
        let mut container: Vec<(Text, Value)> = vec![
            ("Name".into(), name.to_string().into()),
            ("Image".into(), sidecar.image.to_string().into()),
            ("Essential".into(), sidecar.essential.into()),
        ];
        if let Some(command) = &sidecar.command {
            container.push(("Command".into(), Value::list(command.clone())));
        }
        if let Some(memory) = sidecar.memory {
            container.push(("Memory".into(), memory.mib().into()));
        }
        if !sidecar.ports.is_empty() {
            let ports = sidecar.ports.iter().map(|port| {
                Value::map([("ContainerPort", Value::from(port.get())), ("Protocol", "tcp".into())])
            });
            container.push(("PortMappings".into(), Value::List(ports.collect())));
        }
        if !sidecar.variables.is_empty() {
            container.push(("Environment".into(), variables(&sidecar.variables)));
        }
        if !sidecar.secrets.is_empty() {
            let values =
                sidecar.secrets.iter().map(|(name, secret)| secret_value(canvas, name.as_str(), secret).0);
            container.push(("Secrets".into(), Value::List(values.collect())));
        }
        if let Some(health) = &sidecar.health {
            container.push(("HealthCheck".into(), health_check(health)));
        }
        container.push(("LogConfiguration".into(), log_configuration(logs, name.as_str())));
        containers.push(Value::Map(container));
    }
    containers
}

fn variables<'v>(
    variables: impl IntoIterator<Item = (&'v crate::blueprint::units::VariableName, &'v crate::blueprint::Scalar)>,
) -> Value {
    let one = |(name, value): (&crate::blueprint::units::VariableName, &crate::blueprint::Scalar)| {
        Value::map([("Name", Value::from(name.to_string())), ("Value", text_or_sub(&value.to_string()))])
    };
    Value::List(variables.into_iter().map(one).collect())
}

/// Text in which CloudFormation's own `${AWS::…}` may stand.
pub(super) fn text_or_sub(text: &str) -> Value {
    if text.contains("${AWS::") {
        // Anything else that looks like a variable is the user's own text.
        let escaped = text.replace("${", "${!").replace("${!AWS::", "${AWS::");
        Value::Call(Box::new(crate::cfn::Call::Sub(escaped.into(), vec![])))
    } else {
        Value::from(text.to_owned())
    }
}

/// Variables, secrets, and what the execution role needs to read the secrets.
fn secrets(canvas: &mut Canvas, site: Site<'_>) -> (Option<Value>, Option<Value>, Vec<Statement>) {
    let service = &site.service.service;
    let mut environment = match variables(&service.variables) {
        Value::List(items) => items,
        _ => Vec::new(),
    };
    environment.extend(super::extra::variables(canvas, site));
    let environment = (!environment.is_empty()).then_some(Value::List(environment));
    let mut values = Vec::new();
    let mut secrets_manager: Vec<Value> = Vec::new();
    let mut parameters: Vec<Value> = Vec::new();
    let sidecars = service.sidecars.values().flat_map(|sidecar| &sidecar.secrets);
    for (main, (name, secret)) in
        service.secrets.iter().map(|secret| (true, secret)).chain(sidecars.map(|secret| (false, secret)))
    {
        let (value, resource) = secret_value(canvas, name.as_str(), secret);
        if main {
            values.push(value);
        }
        let list = match secret {
            Secret::SecretsManager { .. } => &mut secrets_manager,
            Secret::Ssm { .. } => &mut parameters,
        };
        if !list.contains(&resource) {
            list.push(resource);
        }
    }
    let statements = [
        (
            "ReadSecrets",
            "ECS reads the `secrets` of the blueprint that stand in Secrets Manager when it starts a task.",
            "secretsmanager:GetSecretValue",
            secrets_manager,
        ),
        (
            "ReadParameters",
            "ECS reads the `secrets` of the blueprint that stand in Parameter Store when it starts a task.",
            "ssm:GetParameters",
            parameters,
        ),
    ];
    let statements = statements
        .into_iter()
        .filter(|(.., resources)| !resources.is_empty())
        .map(|(sid, reason, action, resources)| {
            resources.into_iter().fold(Statement::allow(sid, reason).actions([action]), Statement::on)
        })
        .collect();
    (environment, (!values.is_empty()).then_some(Value::List(values)), statements)
}

/// The parameter that holds a secret's ARN. Checkers take a parameter whose name has "secret" or "password" in it for the
/// value itself, so those words are left out.
pub(crate) fn secret_parameter(secret: &str) -> String {
    let name = super::names::pascal(secret);
    let mut plain = name.clone();
    for word in ["Secret", "secret", "Password", "password"] {
        plain = plain.replace(word, "");
    }
    format!("Stored{plain}Arn")
}

/// The entry of a secret, and the resource that reading it needs.
fn secret_value(canvas: &mut Canvas, name: &str, secret: &Secret) -> (Value, Value) {
    let (from, resource) = match secret {
        Secret::SecretsManager { secretsmanager, key } => {
            let arn = if secretsmanager.as_str().starts_with("arn:") {
                Value::from(secretsmanager.to_string())
            } else {
                let parameter = secret_parameter(secretsmanager.as_str());
                canvas.lookup(
                    Parameter {
                        kind: "String".into(),
                        description: format!(
                            "The full ARN of the secret {secretsmanager}; deploy.sh looks it up."
                        )
                        .into(),
                        allowed_pattern: Some(
                            r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$".into(),
                        ),
                        constraint_description: Some("must be the full ARN of a secret".into()),
                        ..Parameter::default()
                    },
                    Lookup::SecretArn {
                        parameter: canvas.id(&parameter).to_string(),
                        secret: secretsmanager.to_string(),
                    },
                )
            };
            let from = match key {
                Some(key) => {
                    Value::sub("${secret}:${key}::", [("secret", arn.clone()), ("key", key.clone().into())])
                }
                None => arn.clone(),
            };
            (from, arn)
        }
        Secret::Ssm { ssm } => {
            let arn = if ssm.as_str().starts_with("arn:") {
                Value::from(ssm.to_string())
            } else {
                Value::sub(
                    "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${name}",
                    [("name", ssm.to_string().into())],
                )
            };
            (arn.clone(), arn)
        }
    };
    (Value::map([("Name", Value::from(name.to_owned())), ("ValueFrom", from)]), resource)
}

fn execution_role(
    canvas: &mut Canvas,
    site: Site<'_>,
    logs: &Handle<LogGroup>,
    secret_statements: Vec<Statement>,
) -> Handle<Role> {
    let mut statements = vec![
        Statement::allow("WriteLogs", "The containers' output goes to the log group of the service.")
            .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
            .on(logs.attribute(LogGroup::ARN)),
    ];
    let repositories = repository_arns(site);
    if !repositories.is_empty() {
        statements.push(
            Statement::allow("LogInToRegistry", "ECS logs in to ECR before it pulls.")
                .actions(["ecr:GetAuthorizationToken"])
                .on_everything("ecr:GetAuthorizationToken has no resource"),
        );
        let pull =
            Statement::allow("PullImage", "ECS pulls the images of the service from these repositories.")
                .actions([
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchGetImage",
                ]);
        statements.push(repositories.into_iter().fold(pull, Statement::on));
    }
    statements.extend(secret_statements);
    canvas.template.add(
        canvas.id("ExecutionRole"),
        Role::new()
            .role_name(site.names().execution_role(&site.service.name))
            .description("Starts tasks: pulls images, reads secrets, writes logs")
            .assume_role_policy_document(task_trust())
            .permissions_boundary(super::boundary(site.resolved))
            .policies(Value::List(vec![super::policy("start-tasks", statements)])),
    )
}

fn task_trust() -> PolicyDocument {
    PolicyDocument::trust(
        "ecs-tasks.amazonaws.com",
        Some(Value::sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*", [])),
    )
}

fn task_role(canvas: &mut Canvas, site: Site<'_>) -> Handle<Role> {
    let service = &site.service.service;
    let mut statements: Vec<Statement> = service
        .permissions
        .iter()
        .map(|(name, permission)| {
            let reason = format!("The blueprint gives it to the application: `permissions.{name}`.");
            let statement = Statement::allow(super::names::pascal(name.as_str()), reason)
                .actions(permission.actions.clone());
            permission.resources.iter().fold(statement, |statement, arn| statement.on(text_or_sub(arn)))
        })
        .collect();
    statements.extend(super::extra::statements(canvas, site));
    if service.exec {
        statements.push(
            Statement::allow("EcsExec", "`exec: true`: a shell in a running container (`aws ecs execute-command`) talks over these channels.")
                .actions([
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ])
                .on_everything("the channels of ECS Exec have no resource"),
        );
    }
    let policies =
        (!statements.is_empty()).then(|| Value::List(vec![super::policy("application", statements)]));
    canvas.template.add(
        canvas.id("TaskRole"),
        Role::new()
            .role_name(site.names().task_role(&site.service.name))
            .description("What the application may do")
            .assume_role_policy_document(task_trust())
            .permissions_boundary(super::boundary(site.resolved))
            .policies(policies),
    )
}

/// The private repositories the images are pulled from: the main container's, where it is one, and those of sidecars.
fn repository_arns(site: Site<'_>) -> Vec<Value> {
    let of = |uri: &ImageUri| {
        private_repository(uri).map(|(region, account, name)| {
            Value::sub(
                "arn:${AWS::Partition}:ecr:${region}:${account}:repository/${name}",
                [
                    ("region", region.to_owned().into()),
                    ("account", account.to_owned().into()),
                    ("name", name.to_owned().into()),
                ],
            )
        })
    };
    let service = &site.service.service;
    let main = match &service.image.uri {
        Some(uri) => of(uri),
        None => Some(Value::sub(
            "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${name}",
            [("name", site.names().repository(site.service).into())],
        )),
    };
    let mut all: Vec<Value> = Vec::new();
    for arn in main.into_iter().chain(service.sidecars.values().filter_map(|sidecar| of(&sidecar.image))) {
        if !all.contains(&arn) {
            all.push(arn);
        }
    }
    all
}

/// Region, account and name of an image in a private ECR repository.
fn private_repository(uri: &ImageUri) -> Option<(&str, &str, &str)> {
    let (host, path) = uri.as_str().split_once('/')?;
    let mut parts = host.split('.');
    let (account, dkr, ecr, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if dkr != "dkr" || ecr != "ecr" {
        return None;
    }
    let name = path.split(['@', ':']).next()?;
    Some((region, account, name))
}
