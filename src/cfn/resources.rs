//! The resource types bluegreen emits, each with the properties it sets. The names are CloudFormation's own, so that a
//! misspelt one does not compile; whether a value fits is the catalogue's to say.

use super::{Attribute, Draft, Property, Resource};

macro_rules! resources {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($method:ident: $property:literal),* $(,)? } [$($constant:ident: $attribute:literal),* $(,)?])*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default)]
        pub struct $name(Draft);

        impl Resource for $name {
            const TYPE: &'static str = $kind;

            fn draft(&mut self) -> &mut Draft {
                &mut self.0
            }

            fn into_draft(self) -> Draft {
                self.0
            }
        }

        impl $name {
            $(
                #[doc = concat!("`Fn::GetAtt` of `", $attribute, "`")]
                pub const $constant: Attribute<Self> = Attribute::new($attribute);
            )*

            /// One without properties.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                #[doc = concat!("Sets `", $property, "`; `None` leaves it out.")]
                #[must_use]
                pub fn $method(mut self, value: impl Property) -> Self {
                    if let Some(value) = value.property() {
                        self.0.properties.push(($property.into(), value));
                    }
                    self
                }
            )*
        }
    )*};
}

resources! {
    /// `AWS::EC2::VPC`
    Vpc = "AWS::EC2::VPC" {
        cidr_block: "CidrBlock",
        enable_dns_hostnames: "EnableDnsHostnames",
        enable_dns_support: "EnableDnsSupport",
        tags: "Tags",
    } [VPC_ID: "VpcId"]
    /// `AWS::EC2::Subnet`
    Subnet = "AWS::EC2::Subnet" {
        vpc_id: "VpcId",
        availability_zone: "AvailabilityZone",
        cidr_block: "CidrBlock",
        map_public_ip_on_launch: "MapPublicIpOnLaunch",
        tags: "Tags",
    } []
    /// `AWS::EC2::RouteTable`
    RouteTable = "AWS::EC2::RouteTable" {
        vpc_id: "VpcId",
        tags: "Tags",
    } []
    /// `AWS::EC2::Route`
    Route = "AWS::EC2::Route" {
        route_table_id: "RouteTableId",
        destination_cidr_block: "DestinationCidrBlock",
        gateway_id: "GatewayId",
        nat_gateway_id: "NatGatewayId",
    } []
    /// `AWS::EC2::SubnetRouteTableAssociation`
    SubnetRouteTableAssociation = "AWS::EC2::SubnetRouteTableAssociation" {
        subnet_id: "SubnetId",
        route_table_id: "RouteTableId",
    } []
    /// `AWS::EC2::InternetGateway`
    InternetGateway = "AWS::EC2::InternetGateway" {
        tags: "Tags",
    } []
    /// `AWS::EC2::VPCGatewayAttachment`
    VpcGatewayAttachment = "AWS::EC2::VPCGatewayAttachment" {
        vpc_id: "VpcId",
        internet_gateway_id: "InternetGatewayId",
    } []
    /// `AWS::EC2::EIP`
    Eip = "AWS::EC2::EIP" {
        domain: "Domain",
        tags: "Tags",
    } [ALLOCATION_ID: "AllocationId"]
    /// `AWS::EC2::NatGateway`
    NatGateway = "AWS::EC2::NatGateway" {
        subnet_id: "SubnetId",
        allocation_id: "AllocationId",
        connectivity_type: "ConnectivityType",
        tags: "Tags",
    } []
    /// `AWS::EC2::VPCEndpoint`
    VpcEndpoint = "AWS::EC2::VPCEndpoint" {
        vpc_id: "VpcId",
        service_name: "ServiceName",
        vpc_endpoint_type: "VpcEndpointType",
        private_dns_enabled: "PrivateDnsEnabled",
        subnet_ids: "SubnetIds",
        security_group_ids: "SecurityGroupIds",
        route_table_ids: "RouteTableIds",
        policy_document: "PolicyDocument",
    } []
    /// `AWS::EC2::SecurityGroup`
    SecurityGroup = "AWS::EC2::SecurityGroup" {
        group_description: "GroupDescription",
        vpc_id: "VpcId",
        security_group_ingress: "SecurityGroupIngress",
        security_group_egress: "SecurityGroupEgress",
        tags: "Tags",
    } [GROUP_ID: "GroupId"]
    /// `AWS::EC2::SecurityGroupIngress`
    SecurityGroupIngress = "AWS::EC2::SecurityGroupIngress" {
        description: "Description",
        group_id: "GroupId",
        ip_protocol: "IpProtocol",
        from_port: "FromPort",
        to_port: "ToPort",
        cidr_ip: "CidrIp",
        source_security_group_id: "SourceSecurityGroupId",
    } []
    /// `AWS::EC2::SecurityGroupEgress`
    SecurityGroupEgress = "AWS::EC2::SecurityGroupEgress" {
        description: "Description",
        group_id: "GroupId",
        ip_protocol: "IpProtocol",
        from_port: "FromPort",
        to_port: "ToPort",
        cidr_ip: "CidrIp",
        destination_security_group_id: "DestinationSecurityGroupId",
    } []
    /// `AWS::ECS::Cluster`
    Cluster = "AWS::ECS::Cluster" {
        cluster_name: "ClusterName",
        cluster_settings: "ClusterSettings",
        configuration: "Configuration",
    } [ARN: "Arn"]
    /// `AWS::ECS::ClusterCapacityProviderAssociations`
    ClusterCapacityProviderAssociations = "AWS::ECS::ClusterCapacityProviderAssociations" {
        cluster: "Cluster",
        capacity_providers: "CapacityProviders",
        default_capacity_provider_strategy: "DefaultCapacityProviderStrategy",
    } []
    /// `AWS::ECS::TaskDefinition`
    TaskDefinition = "AWS::ECS::TaskDefinition" {
        family: "Family",
        requires_compatibilities: "RequiresCompatibilities",
        network_mode: "NetworkMode",
        cpu: "Cpu",
        memory: "Memory",
        ephemeral_storage: "EphemeralStorage",
        runtime_platform: "RuntimePlatform",
        execution_role_arn: "ExecutionRoleArn",
        task_role_arn: "TaskRoleArn",
        container_definitions: "ContainerDefinitions",
        volumes: "Volumes",
        tags: "Tags",
    } []
    /// `AWS::ECS::Service`
    Service = "AWS::ECS::Service" {
        service_name: "ServiceName",
        cluster: "Cluster",
        task_definition: "TaskDefinition",
        desired_count: "DesiredCount",
        deployment_controller: "DeploymentController",
        deployment_configuration: "DeploymentConfiguration",
        launch_type: "LaunchType",
        capacity_provider_strategy: "CapacityProviderStrategy",
        platform_version: "PlatformVersion",
        network_configuration: "NetworkConfiguration",
        load_balancers: "LoadBalancers",
        service_registries: "ServiceRegistries",
        health_check_grace_period_seconds: "HealthCheckGracePeriodSeconds",
        enable_execute_command: "EnableExecuteCommand",
        enable_ecs_managed_tags: "EnableECSManagedTags",
        propagate_tags: "PropagateTags",
    } [NAME: "Name"]
    /// `AWS::ECS::TaskSet`
    TaskSet = "AWS::ECS::TaskSet" {
        cluster: "Cluster",
        service: "Service",
        task_definition: "TaskDefinition",
        scale: "Scale",
        launch_type: "LaunchType",
        network_configuration: "NetworkConfiguration",
        load_balancers: "LoadBalancers",
    } [ID: "Id"]
    /// `AWS::ECS::PrimaryTaskSet`
    PrimaryTaskSet = "AWS::ECS::PrimaryTaskSet" {
        cluster: "Cluster",
        service: "Service",
        task_set_id: "TaskSetId",
    } []
    /// `AWS::ElasticLoadBalancingV2::LoadBalancer`
    LoadBalancer = "AWS::ElasticLoadBalancingV2::LoadBalancer" {
        name: "Name",
        kind: "Type",
        scheme: "Scheme",
        ip_address_type: "IpAddressType",
        subnets: "Subnets",
        security_groups: "SecurityGroups",
        load_balancer_attributes: "LoadBalancerAttributes",
        tags: "Tags",
    } [DNS_NAME: "DNSName", CANONICAL_HOSTED_ZONE_ID: "CanonicalHostedZoneID", LOAD_BALANCER_FULL_NAME: "LoadBalancerFullName"]
    /// `AWS::ElasticLoadBalancingV2::TargetGroup`
    TargetGroup = "AWS::ElasticLoadBalancingV2::TargetGroup" {
        name: "Name",
        target_type: "TargetType",
        vpc_id: "VpcId",
        port: "Port",
        protocol: "Protocol",
        protocol_version: "ProtocolVersion",
        health_check_protocol: "HealthCheckProtocol",
        health_check_port: "HealthCheckPort",
        health_check_path: "HealthCheckPath",
        health_check_interval_seconds: "HealthCheckIntervalSeconds",
        health_check_timeout_seconds: "HealthCheckTimeoutSeconds",
        healthy_threshold_count: "HealthyThresholdCount",
        unhealthy_threshold_count: "UnhealthyThresholdCount",
        matcher: "Matcher",
        target_group_attributes: "TargetGroupAttributes",
        tags: "Tags",
    } [TARGET_GROUP_FULL_NAME: "TargetGroupFullName", TARGET_GROUP_NAME: "TargetGroupName"]
    /// `AWS::ElasticLoadBalancingV2::Listener`
    Listener = "AWS::ElasticLoadBalancingV2::Listener" {
        load_balancer_arn: "LoadBalancerArn",
        port: "Port",
        protocol: "Protocol",
        ssl_policy: "SslPolicy",
        certificates: "Certificates",
        default_actions: "DefaultActions",
    } []
    /// `AWS::ElasticLoadBalancingV2::ListenerRule`
    ListenerRule = "AWS::ElasticLoadBalancingV2::ListenerRule" {
        listener_arn: "ListenerArn",
        priority: "Priority",
        conditions: "Conditions",
        actions: "Actions",
    } []
    /// `AWS::ElasticLoadBalancingV2::ListenerCertificate`
    ListenerCertificate = "AWS::ElasticLoadBalancingV2::ListenerCertificate" {
        listener_arn: "ListenerArn",
        certificates: "Certificates",
    } []
    /// `AWS::CodeDeploy::Application`
    CodeDeployApplication = "AWS::CodeDeploy::Application" {
        application_name: "ApplicationName",
        compute_platform: "ComputePlatform",
    } []
    /// `AWS::CodeDeploy::DeploymentConfig`
    DeploymentConfig = "AWS::CodeDeploy::DeploymentConfig" {
        deployment_config_name: "DeploymentConfigName",
        compute_platform: "ComputePlatform",
        traffic_routing_config: "TrafficRoutingConfig",
    } []
    /// `AWS::CodeDeploy::DeploymentGroup`
    DeploymentGroup = "AWS::CodeDeploy::DeploymentGroup" {
        application_name: "ApplicationName",
        deployment_group_name: "DeploymentGroupName",
        service_role_arn: "ServiceRoleArn",
        deployment_config_name: "DeploymentConfigName",
        deployment_style: "DeploymentStyle",
        blue_green_deployment_configuration: "BlueGreenDeploymentConfiguration",
        ecs_services: "ECSServices",
        load_balancer_info: "LoadBalancerInfo",
        auto_rollback_configuration: "AutoRollbackConfiguration",
        alarm_configuration: "AlarmConfiguration",
        trigger_configurations: "TriggerConfigurations",
    } []
    /// `AWS::CodePipeline::Pipeline`
    Pipeline = "AWS::CodePipeline::Pipeline" {
        name: "Name",
        pipeline_type: "PipelineType",
        execution_mode: "ExecutionMode",
        role_arn: "RoleArn",
        artifact_store: "ArtifactStore",
        triggers: "Triggers",
        stages: "Stages",
    } []
    /// `AWS::CodeBuild::Project`
    BuildProject = "AWS::CodeBuild::Project" {
        name: "Name",
        description: "Description",
        service_role: "ServiceRole",
        artifacts: "Artifacts",
        source: "Source",
        environment: "Environment",
        logs_config: "LogsConfig",
        timeout_in_minutes: "TimeoutInMinutes",
        queued_timeout_in_minutes: "QueuedTimeoutInMinutes",
        cache: "Cache",
    } [ARN: "Arn"]
    /// `AWS::CodeStarNotifications::NotificationRule`
    NotificationRule = "AWS::CodeStarNotifications::NotificationRule" {
        name: "Name",
        detail_type: "DetailType",
        resource: "Resource",
        event_type_ids: "EventTypeIds",
        targets: "Targets",
    } []
    /// `AWS::ECR::Repository`
    Repository = "AWS::ECR::Repository" {
        repository_name: "RepositoryName",
        image_tag_mutability: "ImageTagMutability",
        image_scanning_configuration: "ImageScanningConfiguration",
        encryption_configuration: "EncryptionConfiguration",
        lifecycle_policy: "LifecyclePolicy",
    } [ARN: "Arn", REPOSITORY_URI: "RepositoryUri"]
    /// `AWS::Logs::LogGroup`
    LogGroup = "AWS::Logs::LogGroup" {
        log_group_name: "LogGroupName",
        retention_in_days: "RetentionInDays",
    } [ARN: "Arn"]
    /// `AWS::Logs::ResourcePolicy`
    LogResourcePolicy = "AWS::Logs::ResourcePolicy" {
        policy_name: "PolicyName",
        policy_document: "PolicyDocument",
    } []
    /// `AWS::S3::Bucket`
    Bucket = "AWS::S3::Bucket" {
        bucket_name: "BucketName",
        bucket_encryption: "BucketEncryption",
        lifecycle_configuration: "LifecycleConfiguration",
        ownership_controls: "OwnershipControls",
        public_access_block_configuration: "PublicAccessBlockConfiguration",
        versioning_configuration: "VersioningConfiguration",
    } [ARN: "Arn"]
    /// `AWS::S3::BucketPolicy`
    BucketPolicy = "AWS::S3::BucketPolicy" {
        bucket: "Bucket",
        policy_document: "PolicyDocument",
    } []
    /// `AWS::KMS::Key`
    Key = "AWS::KMS::Key" {
        description: "Description",
        enable_key_rotation: "EnableKeyRotation",
        key_policy: "KeyPolicy",
    } [ARN: "Arn"]
    /// `AWS::IAM::Role`
    Role = "AWS::IAM::Role" {
        role_name: "RoleName",
        description: "Description",
        assume_role_policy_document: "AssumeRolePolicyDocument",
        managed_policy_arns: "ManagedPolicyArns",
        permissions_boundary: "PermissionsBoundary",
        policies: "Policies",
    } [ARN: "Arn"]
    /// `AWS::SNS::Topic`
    Topic = "AWS::SNS::Topic" {
        topic_name: "TopicName",
        display_name: "DisplayName",
        kms_master_key_id: "KmsMasterKeyId",
    } []
    /// `AWS::SNS::TopicPolicy`
    TopicPolicy = "AWS::SNS::TopicPolicy" {
        topics: "Topics",
        policy_document: "PolicyDocument",
    } []
    /// `AWS::SNS::Subscription`
    Subscription = "AWS::SNS::Subscription" {
        topic_arn: "TopicArn",
        protocol: "Protocol",
        endpoint: "Endpoint",
    } []
    /// `AWS::CloudWatch::Alarm`
    Alarm = "AWS::CloudWatch::Alarm" {
        alarm_name: "AlarmName",
        alarm_description: "AlarmDescription",
        actions_enabled: "ActionsEnabled",
        alarm_actions: "AlarmActions",
        ok_actions: "OKActions",
        metrics: "Metrics",
        namespace: "Namespace",
        metric_name: "MetricName",
        dimensions: "Dimensions",
        statistic: "Statistic",
        extended_statistic: "ExtendedStatistic",
        period: "Period",
        evaluation_periods: "EvaluationPeriods",
        datapoints_to_alarm: "DatapointsToAlarm",
        threshold: "Threshold",
        comparison_operator: "ComparisonOperator",
        treat_missing_data: "TreatMissingData",
    } [ARN: "Arn"]
    /// `AWS::CloudWatch::CompositeAlarm`
    CompositeAlarm = "AWS::CloudWatch::CompositeAlarm" {
        alarm_name: "AlarmName",
        alarm_description: "AlarmDescription",
        alarm_rule: "AlarmRule",
    } []
    /// `AWS::CloudWatch::Dashboard`
    Dashboard = "AWS::CloudWatch::Dashboard" {
        dashboard_name: "DashboardName",
        dashboard_body: "DashboardBody",
    } []
    /// `AWS::Events::Rule`
    Rule = "AWS::Events::Rule" {
        description: "Description",
        event_pattern: "EventPattern",
        state: "State",
        targets: "Targets",
    } [ARN: "Arn"]
    /// `AWS::Lambda::Function`
    Function = "AWS::Lambda::Function" {
        function_name: "FunctionName",
        description: "Description",
        runtime: "Runtime",
        architectures: "Architectures",
        handler: "Handler",
        timeout: "Timeout",
        memory_size: "MemorySize",
        role: "Role",
        code: "Code",
        environment: "Environment",
        logging_config: "LoggingConfig",
        vpc_config: "VpcConfig",
    } [ARN: "Arn"]
    /// `AWS::StepFunctions::StateMachine`
    StateMachine = "AWS::StepFunctions::StateMachine" {
        state_machine_type: "StateMachineType",
        role_arn: "RoleArn",
        definition: "Definition",
        logging_configuration: "LoggingConfiguration",
    } []
    /// `AWS::ApplicationAutoScaling::ScalableTarget`
    ScalableTarget = "AWS::ApplicationAutoScaling::ScalableTarget" {
        service_namespace: "ServiceNamespace",
        scalable_dimension: "ScalableDimension",
        resource_id: "ResourceId",
        min_capacity: "MinCapacity",
        max_capacity: "MaxCapacity",
        scheduled_actions: "ScheduledActions",
    } []
    /// `AWS::ApplicationAutoScaling::ScalingPolicy`
    ScalingPolicy = "AWS::ApplicationAutoScaling::ScalingPolicy" {
        policy_name: "PolicyName",
        policy_type: "PolicyType",
        scaling_target_id: "ScalingTargetId",
        target_tracking_scaling_policy_configuration: "TargetTrackingScalingPolicyConfiguration",
    } []
    /// `AWS::ServiceDiscovery::PrivateDnsNamespace`
    PrivateDnsNamespace = "AWS::ServiceDiscovery::PrivateDnsNamespace" {
        name: "Name",
        vpc: "Vpc",
    } [ID: "Id"]
    /// `AWS::ServiceDiscovery::Service`
    DiscoveryService = "AWS::ServiceDiscovery::Service" {
        name: "Name",
        namespace_id: "NamespaceId",
        dns_config: "DnsConfig",
        health_check_custom_config: "HealthCheckCustomConfig",
    } [ARN: "Arn"]
}
