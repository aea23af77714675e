use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{defaults, units::Cidr};

/// The largest and smallest VPC that is divided: AWS allows a /16 at most, and below a /22 a public subnet would be smaller
/// than the /27 a load balancer needs (facts 6.6).
pub(crate) const VPC_PREFIXES: std::ops::RangeInclusive<u8> = 16..=22;

/// A private subnet's prefix is this much longer than the VPC's: an eighth of its addresses.
pub(crate) const PRIVATE_SUBNET_BITS: u8 = 3;

/// The VPC: created from a block of addresses, or imported.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The VPC's addresses, from a /16 to a /22. Each zone gets one public and one private subnet.
    #[serde(default = "defaults::cidr")]
    pub cidr: Cidr,
    /// How many availability zones, 2 to 4. A load balancer needs two.
    #[serde(default = "defaults::zones")]
    #[schemars(range(min = 2, max = 4))]
    pub zones: u8,
    /// How tasks in private subnets reach the internet: not at all (`none`, endpoints then carry images, logs and
    /// secrets), through one NAT gateway (`one`, cheaper), or one in every zone (`per_zone`, survives the loss of one).
    #[serde(default = "defaults::nat")]
    pub nat: Nat,
    /// AWS services reached without leaving the VPC.
    #[serde(default = "defaults::endpoints")]
    #[schemars(extend("uniqueItems" = true))]
    pub endpoints: Vec<Endpoint>,
    /// An existing VPC and its subnets instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            cidr: defaults::cidr(),
            zones: defaults::zones(),
            nat: defaults::nat(),
            endpoints: defaults::endpoints(),
            import: None,
        }
    }
}

/// How private subnets reach the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Nat {
    /// Not at all.
    None,
    /// One NAT gateway.
    One,
    /// A NAT gateway in every zone.
    PerZone,
}

/// An AWS service that a VPC endpoint reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Endpoint {
    /// Amazon ECR: `ecr.api` and `ecr.dkr`, by the hour and zone.
    Ecr,
    /// Amazon S3, where ECR keeps image layers: a gateway, free.
    S3,
    /// CloudWatch Logs.
    Logs,
    /// AWS Secrets Manager.
    Secretsmanager,
    /// SSM Parameter Store.
    Ssm,
    /// The channels of ECS Exec.
    Ssmmessages,
    /// AWS KMS.
    Kms,
    /// AWS STS.
    Sts,
}

/// An existing VPC.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Its id.
    #[schemars(regex(pattern = r"^vpc-[0-9a-f]{3,17}$"), extend("x-expected" = "a VPC id such as vpc-0abc1234"))]
    pub vpc: String,
    /// Its addresses. Needed where something must be opened to the VPC alone, such as the test listener by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr: Option<Cidr>,
    /// How many addresses are free in each private subnet before anything of this application runs, 0 to 65531: of the
    /// one that has fewest. Declared, not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65531))]
    pub free_addresses: Option<u32>,
    /// Public subnets in at least two zones, for internet-facing load balancers.
    #[serde(default)]
    #[schemars(extend("items" = {"type": "string", "pattern": "^subnet-[0-9a-f]{3,17}$", "x-expected": "a subnet id such as subnet-0abc1234"}, "examples" = [["subnet-0abc1234", "subnet-0def5678"]]))]
    pub public: Vec<String>,
    /// Private subnets in at least two zones, for tasks and internal load balancers.
    #[schemars(extend("items" = {"type": "string", "pattern": "^subnet-[0-9a-f]{3,17}$", "x-expected": "a subnet id such as subnet-0abc1234"}, "examples" = [["subnet-0abc1234", "subnet-0def5678"]]), length(min = 2, max = 16))]
    pub private: Vec<String>,
}
