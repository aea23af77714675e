//! What every resource is for. A test asks for each resource of every example, so none is without.

/// Type, how the logical id ends (a service's prefix, a zone's letter and numbers aside), and the purpose.
const PURPOSES: &[(&str, &str, &str)] = &[
    (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "ScalableTarget",
        "Gives the number of tasks of the service to scaling, within the bounds of the blueprint.",
    ),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "ScaleByCpu",
        "Keeps the processor use of the tasks near the target by adding and removing tasks.",
    ),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "ScaleByMemory",
        "Keeps the memory use of the tasks near the target by adding and removing tasks.",
    ),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "ScaleByRequests",
        "Keeps the requests for each task near the target, counted over both colors, so that a release does not blind it.",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "Alarm",
        "Watches the target groups; when it fires during a release, the engine rolls back where the blueprint says so.",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "ErrorsAlarm",
        "Fires when too many answers of the service are errors, on either color.",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "BurstAlarm",
        "Fires at once on many errors within one period, on either color.",
    ),
    ("AWS::CloudWatch::Alarm", "LatencyAlarm", "Fires when answers take too long, on either color."),
    (
        "AWS::CloudWatch::Alarm",
        "ConnectionsAlarm",
        "Fires when the load balancer cannot connect to tasks, on either color.",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "UnhealthyAlarm",
        "Fires when tasks stay unhealthy longer than starting explains, on either color.",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "FailOpenAlarm",
        "Fires when the load balancer sends requests to unhealthy tasks because no healthy one is left.",
    ),
    (
        "AWS::CloudWatch::CompositeAlarm",
        "RollbackAlarm",
        "Takes a release back when one of the alarms does that the blueprint says: CloudFormation watches it while it updates the stack.",
    ),
    (
        "AWS::CloudWatch::Dashboard",
        "Dashboard",
        "Shows traffic, errors, latency and health of both colors, with the alarms, on one page.",
    ),
    (
        "AWS::CodeBuild::Project",
        "BuildProject",
        "Builds, tests, scans and pushes the image, and writes what each stage deploys.",
    ),
    (
        "AWS::CodeBuild::Project",
        "ReleaseProject",
        "Releases the image of a stage through the stack of its service, and waits until ECS has rolled it out.",
    ),
    (
        "AWS::CodeDeploy::Application",
        "DeploymentApplication",
        "Holds the deployment group and the revisions of the service; CodeDeploy asks for one.",
    ),
    (
        "AWS::CodeDeploy::DeploymentConfig",
        "DeploymentConfig",
        "Says in which steps production traffic moves; a configuration cannot be changed under its name, so its numbers are in the name.",
    ),
    (
        "AWS::CodeDeploy::DeploymentGroup",
        "DeploymentGroup",
        "Runs the releases: knows service, listeners and both target groups, the alarms that stop it, and how long the old tasks stay.",
    ),
    (
        "AWS::CodePipeline::Pipeline",
        "Pipeline",
        "Takes a change of the source through build and stages to a release.",
    ),
    (
        "AWS::CodeStarNotifications::NotificationRule",
        "PipelineNotifications",
        "Tells who follows releases when the pipeline fails, succeeds or waits.",
    ),
    ("AWS::EC2::EIP", "NatAddress", "The fixed public address of a NAT gateway: partners may allow it."),
    (
        "AWS::EC2::InternetGateway",
        "InternetGateway",
        "Connects the public subnets, where the load balancers stand, with the internet.",
    ),
    (
        "AWS::EC2::NatGateway",
        "NatGateway",
        "Lets tasks in private subnets reach the internet without being reached from it.",
    ),
    (
        "AWS::EC2::Route",
        "PrivateInternetRoute",
        "Sends what tasks send to the internet through the NAT gateway.",
    ),
    (
        "AWS::EC2::Route",
        "PublicInternetRoute",
        "Sends traffic of the public subnets to the internet gateway.",
    ),
    ("AWS::EC2::RouteTable", "PrivateRouteTable", "The routes of private subnets."),
    ("AWS::EC2::RouteTable", "PublicRouteTable", "The routes of public subnets."),
    (
        "AWS::EC2::SecurityGroup",
        "LoadBalancerSecurityGroup",
        "Says who reaches the listeners, and lets the load balancer reach nothing but the tasks.",
    ),
    (
        "AWS::EC2::SecurityGroup",
        "TaskSecurityGroup",
        "The firewall of the tasks: in from the load balancer, out to what they call.",
    ),
    (
        "AWS::EC2::SecurityGroup",
        "CheckSecurityGroup",
        "The firewall of the function that runs the checks, so that the test listener can let it in.",
    ),
    ("AWS::EC2::SecurityGroup", "EndpointSecurityGroup", "Lets the VPC reach its endpoints of AWS services."),
    (
        "AWS::EC2::SecurityGroupIngress",
        "TaskIngress",
        "Lets the load balancer reach the tasks' port, and nobody else.",
    ),
    (
        "AWS::EC2::Subnet",
        "PrivateSubnet",
        "Addresses for tasks in one zone; nothing outside reaches them directly.",
    ),
    ("AWS::EC2::Subnet", "PublicSubnet", "Addresses for load balancers and NAT gateways in one zone."),
    ("AWS::EC2::SubnetRouteTableAssociation", "Routes", "Gives a subnet its routes."),
    ("AWS::EC2::VPC", "Vpc", "The network of the environment."),
    ("AWS::EC2::VPCEndpoint", "Endpoint", "Lets tasks reach this service of AWS without the internet."),
    (
        "AWS::EC2::VPCEndpoint",
        "S3Endpoint",
        "Lets tasks reach S3, where image layers come from, without the internet and without a charge.",
    ),
    (
        "AWS::EC2::VPCGatewayAttachment",
        "InternetGatewayAttachment",
        "Attaches the internet gateway to the network.",
    ),
    (
        "AWS::ECR::Repository",
        "Repository",
        "Keeps the images of the service; old ones go after the number the blueprint keeps.",
    ),
    ("AWS::ECS::Cluster", "Cluster", "Where the services of the environment run."),
    (
        "AWS::ECS::ClusterCapacityProviderAssociations",
        "CapacityProviders",
        "Lets the cluster use Fargate and Fargate Spot.",
    ),
    (
        "AWS::ECS::PrimaryTaskSet",
        "PrimaryTaskSet",
        "Says which task set the service shows as its own; a release makes it the new one.",
    ),
    (
        "AWS::ECS::Service",
        "Service",
        "Keeps the tasks running behind the load balancer, and is where releases happen: CodeDeploy decides which revision runs, or, with engine `ecs`, an update of the stack that names no running one.",
    ),
    (
        "AWS::ECS::TaskDefinition",
        "TaskDefinition",
        "What a task is made of: containers, sizes, variables, secrets. A change registers a revision; a release runs it.",
    ),
    (
        "AWS::ECS::TaskSet",
        "TaskSet",
        "The tasks of one color: which revision runs, in which subnets, behind which target group. A release replaces it.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        "ProductionListener",
        "Takes production traffic: splits it by weight between blue and green, which the engine moves, or leaves that to its rule.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "ProductionRule",
        "Sends production traffic to the tasks; between blue and green it is split by weight, which ECS moves.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "TestRule",
        "Sends test traffic to the tasks: during a release to the new version.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        "TestListener",
        "Shows the new version before production does: hooks and checks ask it.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        "RedirectListener",
        "Sends people who come over HTTP to HTTPS.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerCertificate",
        "",
        "Adds a further certificate beside the listener's own, so that changing it never updates the listener.",
    ),
    (
        "AWS::EC2::SecurityGroupEgress",
        "LoadBalancerEgress",
        "Lets a load balancer that services share reach the tasks of this one.",
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        "CheckIngress",
        "Lets the checks of this service reach the test listener of a load balancer that services share.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "LoadBalancer",
        "Where requests or connections arrive; it carries the listeners.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "BlueTargetGroup",
        "The tasks of one color: the first tasks go here, then every other release.",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "GreenTargetGroup",
        "The tasks of the other color: empty until the first release.",
    ),
    (
        "AWS::Events::Rule",
        "ReleaseEvents",
        "Tells who follows releases when one starts, ends, fails or waits for someone.",
    ),
    ("AWS::Events::Rule", "SuspensionTrigger", "Starts the suspension of scaling when a deployment starts."),
    ("AWS::IAM::Role", "BuildRole", "What the build may do."),
    ("AWS::IAM::Role", "ReleaseRole", "What the build that releases through a stack may do."),
    ("AWS::IAM::Role", "DeploymentRole", "What CodeDeploy may do to this service, and to no other."),
    (
        "AWS::IAM::Role",
        "ExecutionRole",
        "What ECS may do to start the tasks: pull images, read secrets, write logs.",
    ),
    (
        "AWS::IAM::Role",
        "HookCallerRole",
        "Lets ECS call the functions that look at a deployment, and nothing else.",
    ),
    ("AWS::IAM::Role", "HookRole", "What the function that looks at a new version may do."),
    (
        "AWS::IAM::Role",
        "InfrastructureRole",
        "What ECS may do to the load balancer of this service: register targets and move the weights of its rules or listeners.",
    ),
    ("AWS::IAM::Role", "PipelineRole", "What the pipeline may do: read the source, build, deploy."),
    ("AWS::IAM::Role", "SuspensionRole", "What the suspension of scaling may do."),
    ("AWS::IAM::Role", "SuspensionTriggerRole", "Lets EventBridge start the suspension."),
    ("AWS::IAM::Role", "TaskRole", "What the application itself may do: the blueprint's `permissions`."),
    (
        "AWS::KMS::Key",
        "NotificationKey",
        "Encrypts the topics; the key AWS offers for that cannot be used by the services that publish.",
    ),
    (
        "AWS::Lambda::Function",
        "HookFunction",
        "Looks at the new version before production traffic does: target health first, then the checks of the blueprint.",
    ),
    ("AWS::Logs::LogGroup", "LogGroup", "Keeps the output of the containers."),
    ("AWS::Logs::LogGroup", "HookLogGroup", "Keeps the log of the function that looks at a new version."),
    ("AWS::Logs::LogGroup", "BuildLogGroup", "Keeps the log of the builds."),
    ("AWS::Logs::LogGroup", "ReleaseLogGroup", "Keeps the log of the builds that release."),
    ("AWS::S3::Bucket", "AccessLogsBucket", "Keeps the access logs of the load balancers."),
    ("AWS::S3::Bucket", "Artifacts", "Keeps what the stages of the pipeline hand to each other."),
    (
        "AWS::S3::BucketPolicy",
        "AccessLogsBucketPolicy",
        "Lets load balancers write their access logs, and nobody connect without TLS.",
    ),
    ("AWS::S3::BucketPolicy", "ArtifactsPolicy", "Lets nobody reach the artifacts without TLS."),
    (
        "AWS::SNS::Subscription",
        "Email",
        "Sends what is told on the topic to an address, once that was confirmed.",
    ),
    ("AWS::SNS::Topic", "ReleasesTopic", "Where releases are told: started, failed, rolled back, waiting."),
    ("AWS::SNS::Topic", "OncallTopic", "Where alarms are told."),
    ("AWS::SNS::TopicPolicy", "TopicPolicy", "Says which service of AWS may publish on the topic."),
    (
        "AWS::EC2::SecurityGroup",
        "ConnectSecurityGroup",
        "Tells the tasks that call others through Service Connect from everything else.",
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        "ConnectIngress",
        "Lets services that call this one by name reach the port of its tasks.",
    ),
    (
        "AWS::ServiceDiscovery::HttpNamespace",
        "ConnectNamespace",
        "The namespace in which services call each other through Service Connect.",
    ),
    (
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        "Namespace",
        "The private domain in which services find each other.",
    ),
    (
        "AWS::ServiceDiscovery::Service",
        "Discovery",
        "The name of the service in the private domain; its tasks are registered under it.",
    ),
    (
        "AWS::StepFunctions::StateMachine",
        "Suspension",
        "Suspends scaling while a deployment runs: a scaling event during the shift could fail it.",
    ),
];

/// What a resource is for, in a sentence.
pub fn purpose(kind: &str, id: &str) -> Option<&'static str> {
    // `NatGatewayB` is the NAT gateway of a zone, `OncallEmail2` the second address.
    let bare = id.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let zone = id.strip_suffix(['A', 'B', 'C', 'D', 'E', 'F']).unwrap_or(id);
    PURPOSES
        .iter()
        .filter(|(known, end, _)| *known == kind && [id, bare, zone].iter().any(|id| id.ends_with(end)))
        .max_by_key(|(_, end, _)| end.len())
        .map(|(.., purpose)| *purpose)
}
