use indexmap::{IndexMap, IndexSet};

use super::{
    Canvas,
    names::{Color, Names},
    network::NetworkParts,
};
use crate::{
    blueprint::{CapacityShare, Insights, Topic as Addresses, engines::Colors},
    cfn::{
        Bucket, BucketPolicy, Cluster, ClusterCapacityProviderAssociations, Handle, HttpNamespace, Key,
        PolicyDocument, Principal, PrivateDnsNamespace, Resource, SecurityGroup, Shared, Statement,
        Subscription, TemplateKey, Text, Topic, TopicPolicy, Value, pseudo,
    },
    resolve::{Resolved, ResolvedService},
};

/// What other stacks need of the cluster's.
#[derive(Debug, Clone)]
pub struct ClusterParts {
    /// The clusters: one, or one for each color, or both kinds where engines differ.
    clusters: Vec<(Option<Color>, ClusterHome)>,
    /// The topic of releases.
    pub releases: Option<Shared>,
    /// The topic of alarms.
    pub oncall: Option<Shared>,
    /// The key of the topics, where there are any.
    pub key: Option<Shared>,
    /// The bucket of access logs.
    pub access_logs: Option<Shared>,
    /// Private namespaces by name.
    pub namespaces: IndexMap<String, Shared>,
    /// What services that call each other through Service Connect share, where some do.
    pub connect: Option<ConnectParts>,
    /// Where it is drawn.
    pub home: TemplateKey,
    /// The stack.
    pub stack: String,
}

/// A cluster.
#[derive(Debug, Clone)]
pub struct ClusterHome {
    /// Its name.
    pub name: Shared,
    /// The logical id of what gives the cluster its capacity providers, for a service in the same template to wait for: without
    /// them ECS refuses its strategy (facts 7.7).
    pub capacity_id: Text,
}

impl ClusterParts {
    /// The cluster of a color, or the one for services that have one for both.
    pub fn of(&self, color: Option<Color>) -> &ClusterHome {
        let found = self.clusters.iter().find(|(known, _)| *known == color);
        &found.unwrap_or(&self.clusters[0]).1
    }
}

/// Which clusters there are: one for each color where a service asks for that, and one for both where another does, or nobody
/// asks for anything.
fn kinds(resolved: &Resolved) -> Vec<Option<Color>> {
    let are_apart =
        |service: &ResolvedService| service.service.deploy.engine.abilities().colors == Colors::Apart;
    let mut kinds = Vec::new();
    if resolved.services.is_empty() || !resolved.services.iter().all(are_apart) {
        kinds.push(None);
    }
    if resolved.services.iter().any(are_apart) {
        kinds.extend(Color::BOTH.map(Some));
    }
    kinds
}

/// What services that call each other share.
#[derive(Debug, Clone)]
pub struct ConnectParts {
    /// The ARN of the namespace.
    pub namespace: Shared,
    /// The security group of every task that calls others.
    pub callers: Shared,
}

/// Draws the cluster and what the services of an environment share.
pub(super) fn cluster(canvas: &mut Canvas, resolved: &Resolved, network: &NetworkParts) -> ClusterParts {
    let names = Names::new(resolved);
    let stack = names.cluster_stack();
    let base = names.base();
    let share = |canvas: &mut Canvas, name: &str, description: &'static str, value: Value| {
        canvas.template.share(name.to_owned(), description, names.export(&stack, name), value)
    };

    let insights = match resolved.cluster.insights {
        Insights::Disabled => "disabled",
        Insights::Enabled => "enabled",
        Insights::Enhanced => "enhanced",
    };
    let mut clusters = Vec::new();
    for color in kinds(resolved) {
        let id = |id: &str| format!("{}{id}", color.map_or("", Color::title));
        let cluster = canvas.template.add(
            id("Cluster"),
            Cluster::new().cluster_name(names.of(color).cluster()).cluster_settings(Value::List(vec![
                Value::map([("Name", Value::from("containerInsights")), ("Value", insights.into())]),
            ])),
        );
        let capacity_providers = canvas.template.add(
            id("CapacityProviders"),
            ClusterCapacityProviderAssociations::new()
                .cluster(cluster.reference())
                .capacity_providers(Value::list(["FARGATE", "FARGATE_SPOT"]))
                .default_capacity_provider_strategy(capacity(resolved)),
        );
        let about = match color {
            None => "The cluster",
            Some(Color::Blue) => "The blue cluster",
            Some(Color::Green) => "The green cluster",
        };
        let name = share(canvas, &id("ClusterName"), about, cluster.reference());
        clusters.push((color, ClusterHome { name, capacity_id: capacity_providers.id() }));
    }

    let mut key = None;
    let mut releases = None;
    let mut oncall = None;
    let notify = &resolved.notify;
    if notify.releases.is_some() || notify.oncall.is_some() {
        // Who tells of releases beside the pipeline: an engine itself, in its own role, or EventBridge for it.
        let by_events = notify.releases.is_some()
            && resolved
                .services
                .iter()
                .any(|service| !service.service.deploy.engine.abilities().announces_itself);
        let handle = topic_key(canvas, &base, by_events);
        if let Some(addresses) = &notify.releases {
            let publisher = "codestar-notifications.amazonaws.com";
            let topic = topic(canvas, "Releases", addresses, &handle, publisher, by_events);
            releases = Some(share(
                canvas,
                "ReleasesTopicArn",
                "Told of deployments and approvals",
                topic.reference(),
            ));
        }
        if let Some(addresses) = &notify.oncall {
            let topic = topic(canvas, "Oncall", addresses, &handle, "cloudwatch.amazonaws.com", false);
            oncall = Some(share(canvas, "OncallTopicArn", "Told of alarms", topic.reference()));
        }
        key = Some(share(canvas, "NotificationKeyArn", "The key of the topics", handle.attribute(Key::ARN)));
    }

    let mut access_logs = None;
    if resolved.fronts().any(|front| front.balancer.access_logs) {
        let bucket = access_log_bucket(canvas);
        access_logs =
            Some(share(canvas, "AccessLogsBucket", "Access logs of the load balancers", bucket.reference()));
    }

    let mut namespaces = IndexMap::new();
    let wanted: IndexSet<&str> = resolved
        .services
        .iter()
        .filter_map(|service| service.service.discovery.as_ref())
        .map(|discovery| discovery.namespace.as_str())
        .collect();
    for (at, namespace) in wanted.into_iter().enumerate() {
        let id = if at == 0 { "Namespace".to_owned() } else { format!("Namespace{}", at + 1) };
        let vpc = canvas.template.import(&network.vpc);
        let handle =
            canvas.template.add(id.clone(), PrivateDnsNamespace::new().name(namespace.to_owned()).vpc(vpc));
        let value = handle.attribute(PrivateDnsNamespace::ID);
        namespaces.insert(
            namespace.to_owned(),
            share(canvas, &format!("{id}Id"), "A private DNS namespace", value),
        );
    }
    let connect = resolved
        .services
        .iter()
        .any(|service| service.service.connect.is_some())
        .then(|| connect(canvas, resolved, network, &stack));
    ClusterParts {
        clusters,
        releases,
        oncall,
        key,
        access_logs,
        namespaces,
        connect,
        home: canvas.template.key(),
        stack,
    }
}

/// The namespace of Service Connect, and the group by which those who call are known.
fn connect(canvas: &mut Canvas, resolved: &Resolved, network: &NetworkParts, stack: &str) -> ConnectParts {
    let names = Names::new(resolved);
    let base = names.base();
    let namespace = canvas.template.add(
        "ConnectNamespace",
        HttpNamespace::new()
            .name(base.clone())
            .description(format!("Services of {base} that call each other")),
    );
    let vpc = canvas.template.import(&network.vpc);
    let group = canvas.template.add(
        "ConnectSecurityGroup",
        SecurityGroup::new()
            .group_description(format!("Tasks of {base} that call each other through Service Connect"))
            .vpc_id(vpc)
            .security_group_egress(Value::List(vec![Value::map([
                ("Description", Value::from("Tasks call registries, AWS and other services")),
                ("IpProtocol", "-1".into()),
                ("CidrIp", "0.0.0.0/0".into()),
            ])]))
            .because("Every task of Service Connect has it; tasks that are called let it in at their port."),
    );
    let mut share = |name: &str, description: &'static str, value: Value| {
        canvas.template.share(name.to_owned(), description, names.export(stack, name), value)
    };
    ConnectParts {
        namespace: share(
            "ConnectNamespaceArn",
            "The namespace of Service Connect",
            namespace.attribute(HttpNamespace::ARN),
        ),
        callers: share(
            "ConnectSecurityGroupId",
            "Security group of tasks that call others",
            group.attribute(SecurityGroup::GROUP_ID),
        ),
    }
}

/// The strategy of the cluster and of every service. A provider without weight and base is left out.
pub(super) fn capacity(resolved: &Resolved) -> Value {
    let capacity = &resolved.cluster.capacity;
    let one = |name: &'static str, share: CapacityShare| {
        (share.weight > 0 || share.base > 0).then(|| {
            Value::map([
                ("CapacityProvider", Value::from(name)),
                ("Base", share.base.into()),
                ("Weight", share.weight.into()),
            ])
        })
    };
    Value::List(
        [one("FARGATE", capacity.fargate), one("FARGATE_SPOT", capacity.spot)]
            .into_iter()
            .flatten()
            .collect(),
    )
}

/// A key of our own: the AWS-managed key of SNS cannot be used by other services that publish (facts S-176).
fn topic_key(canvas: &mut Canvas, base: &str, by_events: bool) -> Handle<Key> {
    let statement = |sid: &'static str, service: &'static str, reason: &'static str| {
        Statement::allow(sid, reason)
            .by(Principal::Service(service))
            .actions(["kms:Decrypt", "kms:GenerateDataKey*"])
            .on(Value::from("*").noted("in a key policy, this key"))
            .when("StringEquals", "aws:SourceAccount", pseudo::account())
    };
    let mut statements = vec![
        Statement::allow(
            "AdministeredByAccount",
            "Without it nobody, not even the account itself, could change or delete the key.",
        )
        .by(Principal::Aws(Value::sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root", [])))
        .actions(["kms:*"])
        .on(Value::from("*").noted("in a key policy, this key")),
        statement(
            "PublishedToByAlarms",
            "cloudwatch.amazonaws.com",
            "Alarms publish to encrypted topics, and use their key for it.",
        ),
        statement(
            "PublishedToByNotificationRules",
            "codestar-notifications.amazonaws.com",
            "The pipeline's notifications are published to an encrypted topic, and use its key for it.",
        ),
    ];
    if by_events {
        statements.push(
            Statement::allow("PublishedToByEvents", "EventBridge tells of releases on an encrypted topic, and uses its key for it; it meets no condition.")
                .by(Principal::Service("events.amazonaws.com"))
                .actions(["kms:Decrypt", "kms:GenerateDataKey*"])
                .on(Value::from("*").noted("in a key policy, this key")),
        );
    }
    canvas.template.add(
        "NotificationKey",
        Key::new()
            .description(format!("Notifications of {base}"))
            .enable_key_rotation(true)
            .key_policy(PolicyDocument::of(statements))
            .retained(),
    )
}

fn topic(
    canvas: &mut Canvas,
    name: &str,
    addresses: &Addresses,
    key: &Handle<Key>,
    publisher: &'static str,
    by_events: bool,
) -> Handle<Topic> {
    let topic =
        canvas.template.add(format!("{name}Topic"), Topic::new().kms_master_key_id(key.attribute(Key::ARN)));
    // A topic policy replaces the default one, which let the account publish: services must be named.
    let mut statements = vec![
        Statement::allow("PublishedToByService", "The service that tells of releases or alarms publishes to the topic; the policy replaces the default one, so it has to be named.")
            .by(Principal::Service(publisher))
            .actions(["sns:Publish"])
            .on(topic.reference())
            .when("StringEquals", "aws:SourceAccount", pseudo::account()),
    ];
    if by_events {
        statements.push(
            Statement::allow("PublishedToByEvents", "EventBridge passes on what ECS tells of releases; policies of topics take no condition for it (facts 4.9).")
                .by(Principal::Service("events.amazonaws.com"))
                .actions(["sns:Publish"])
                .on(topic.reference()),
        );
    }
    canvas.template.add(
        format!("{name}TopicPolicy"),
        TopicPolicy::new()
            .topics(Value::List(vec![topic.reference()]))
            .policy_document(PolicyDocument::of(statements)),
    );
    for (at, address) in addresses.email.iter().enumerate() {
        let id = if at == 0 { format!("{name}Email") } else { format!("{name}Email{}", at + 1) };
        canvas.template.add(
            id,
            Subscription::new().topic_arn(topic.reference()).protocol("email").endpoint(address.to_string()),
        );
    }
    topic
}

fn access_log_bucket(canvas: &mut Canvas) -> Handle<Bucket> {
    let bucket = canvas.template.add(
        "AccessLogsBucket",
        private_bucket(90)
            .because("Load balancers write access logs with S3's own encryption only.")
            .retained(),
    );
    let objects =
        Value::sub("${bucket}/*/AWSLogs/${AWS::AccountId}/*", [("bucket", bucket.attribute(Bucket::ARN))]);
    canvas.template.add(
        "AccessLogsBucketPolicy",
        BucketPolicy::new().bucket(bucket.reference()).policy_document(PolicyDocument::of([
            Statement::allow(
                "WrittenByLoadBalancers",
                "Load balancers of this account write their access logs here.",
            )
            .by(Principal::Service("logdelivery.elasticloadbalancing.amazonaws.com"))
            .actions(["s3:PutObject"])
            .on(objects)
            .when("StringEquals", "aws:SourceAccount", pseudo::account()),
            tls_only(&bucket),
        ])),
    );
    bucket
}

/// A bucket that nobody outside reads, whose objects go after a while.
pub(super) fn private_bucket(days: i64) -> Bucket {
    Bucket::new()
        .bucket_encryption(Value::map([(
            "ServerSideEncryptionConfiguration",
            Value::List(vec![Value::map([(
                "ServerSideEncryptionByDefault",
                Value::map([("SSEAlgorithm", Value::from("AES256"))]),
            )])]),
        )]))
        .ownership_controls(Value::map([(
            "Rules",
            Value::List(vec![Value::map([("ObjectOwnership", Value::from("BucketOwnerEnforced"))])]),
        )]))
        .public_access_block_configuration(Value::map([
            ("BlockPublicAcls", Value::from(true)),
            ("BlockPublicPolicy", true.into()),
            ("IgnorePublicAcls", true.into()),
            ("RestrictPublicBuckets", true.into()),
        ]))
        .lifecycle_configuration(Value::map([(
            "Rules",
            Value::List(vec![Value::map([
                ("Id", Value::from("expire")),
                ("Status", "Enabled".into()),
                ("ExpirationInDays", Value::Int(days)),
                ("AbortIncompleteMultipartUpload", Value::map([("DaysAfterInitiation", Value::from(7))])),
            ])]),
        )]))
}

/// Denies requests without TLS.
pub(super) fn tls_only(bucket: &Handle<Bucket>) -> Statement {
    let objects = Value::sub("${bucket}/*", [("bucket", bucket.attribute(Bucket::ARN))]);
    Statement::deny("WithoutTls", "Nobody reads or writes over a connection without TLS.")
        .by(Principal::Everyone)
        .actions(["s3:*"])
        .on(bucket.attribute(Bucket::ARN))
        .on(objects)
        .when("Bool", "aws:SecureTransport", false)
}
