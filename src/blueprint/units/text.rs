use std::{fmt, sync::Arc};

use super::{Written, written};

/// Text newtypes: a name, what is expected, an example, and a check that says why not.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $expected:literal, $example:literal, |$it:ident| $check:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Written for $name {
            fn format() -> &'static str {
                stringify!($name)
            }

            fn expected() -> String {
                $expected.into()
            }

            fn example() -> &'static str {
                $example
            }

            fn parse($it: &str) -> Result<Self, String> {
                if $check { Ok(Self($it.into())) } else { Err(format!("`{}` is not {}", $it, $expected)) }
            }
        }

        written!($name, stringify!($name));
    )*};
}

fn word(text: &str, most: usize) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= most
        && text.bytes().all(inner)
        && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && !text.ends_with('-')
        && !text.contains("--")
}

fn all(text: &str, most: usize, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.len() <= most && text.chars().all(allowed)
}

/// `arn:<partition>:<service>:<region>:<account>:<rest>`
fn arn<'t>(text: &'t str, service: &str) -> Option<&'t str> {
    let mut parts = text.splitn(6, ':');
    let head = parts.next()? == "arn";
    let partition = parts.next()?;
    let named = parts.next()? == service;
    let (region, account) = (parts.next()?, parts.next()?);
    let rest = parts.next()?;
    let region = region.is_empty() || self::region(region);
    let account =
        account.is_empty() || account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (head && named && partition.starts_with("aws") && region && account && !rest.is_empty()).then_some(rest)
}

/// The parts of an ARN that say where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'t> {
    /// `aws`, `aws-cn`, `aws-us-gov` and their like.
    pub partition: &'t str,
    /// The region; empty where the service is global.
    pub region: &'t str,
    /// The account; empty where names are unique without one.
    pub account: &'t str,
}

impl<'t> Arn<'t> {
    /// The parts of a text that is an ARN.
    pub fn of(text: &'t str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let mut next = || parts.next();
        let (partition, _, region, account) = (next()?, next()?, next()?, next()?);
        next().map(|_| Self { partition, region, account })
    }
}

impl Region {
    /// The partition that the region is in (facts 9.5).
    pub fn partition(&self) -> &'static str {
        let begins = |start: &str| self.as_str().starts_with(start);
        match () {
            () if begins("cn-") => "aws-cn",
            () if begins("us-gov-") => "aws-us-gov",
            () if begins("us-isob-") => "aws-iso-b",
            () if begins("us-isof-") => "aws-iso-f",
            () if begins("us-iso-") => "aws-iso",
            () if begins("eu-isoe-") => "aws-iso-e",
            () if begins("eusc-") => "aws-eusc",
            () => "aws",
        }
    }
}

/// What stands before the number of a region: a slip in it is a region that does not exist.
const DIRECTIONS: [&str; 9] =
    ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

fn region(text: &str) -> bool {
    let direction = text.rsplit('-').nth(1);
    if !direction.is_some_and(|direction| DIRECTIONS.contains(&direction)) {
        return false;
    }
    let mut parts = text.split('-');
    let words = parts.clone().count();
    (3..=4).contains(&words)
        && parts
            .next()
            .is_some_and(|area| (2..=4).contains(&area.len()) && area.bytes().all(|b| b.is_ascii_lowercase()))
        && parts
            .next_back()
            .is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
        && parts.all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

/// `AWS::Service::Type`, `Custom::Name`, `Vendor::Service::Type` or a module.
fn resource_type(text: &str) -> bool {
    let mut parts = text.split("::");
    let vendor = parts.next();
    let rest = parts.clone().count();
    let word = |part: &str| all(part, 64, |c| c.is_ascii_alphanumeric() || matches!(c, '@' | '_' | '-'));
    let enough = if vendor == Some("Custom") { rest == 1 } else { (2..=3).contains(&rest) };
    enough && vendor.is_some_and(word) && parts.all(word)
}

/// The tilde is followed by 0 or 1.
fn pointer(text: &str) -> bool {
    let first = text.strip_prefix('/').and_then(|rest| rest.split('/').next());
    let deep = text.matches('/').count() > 1;
    let known = match first {
        Some("Properties" | "Metadata") => deep,
        Some("DependsOn" | "DeletionPolicy" | "UpdateReplacePolicy") => !deep,
        _ => false,
    };
    let escapes = text.match_indices('~').all(|(at, _)| text[at + 1..].starts_with(['0', '1']));
    known && escapes && text.len() <= 1_000
}

/// Host names: labels of letters, digits and hyphens.
fn host(text: &str) -> bool {
    let label = |label: &str| {
        all(label, 63, |c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.strip_prefix("*.").unwrap_or(text).split('.').all(label)
}

fn file(text: &str) -> bool {
    let ending = [".yaml", ".yml"].iter().find_map(|ending| text.strip_suffix(ending));
    text.len() <= 1024
        && (text.starts_with("./") || text.starts_with("../"))
        && ending.is_some_and(|stem| !stem.ends_with('/'))
        && !text.chars().any(|letter| letter.is_control() || letter == '\\')
}

texts! {
    /// A file of blueprints beside or around the one that names it: at most 1,024 bytes, never absolute.
    FilePath: "a file's path that begins with ./ or ../ and ends with .yaml", "./common.yaml", |it| file(it);
    /// A service blueprint to extend: the name of a built-in one, or a file.
    BlueprintReference: "the name of a built-in service blueprint such as web, or a file's path that begins with ./ or ../ and ends with .yaml",
        "web", |it| all(it, 1024, |c| !c.is_control());
    /// A service blueprint's name, or that of a shared part.
    BlueprintName: "a name of at most 40 lower-case letters, digits and single hyphens, starting with a letter", "team-web",
        |it| word(it, 40);
    /// A parameter's or a variable's name: what expressions call it.
    ParamName: "a name of at most 40 lower-case letters, digits and `_`, starting with a letter", "health_path",
        |it| it.starts_with(|c: char| c.is_ascii_lowercase())
            && all(it, 40, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    /// The application's name: the first part of every stack's name.
    AppName: "a name of at most 24 lower-case letters, digits and single hyphens, starting with a letter", "shop",
        |it| word(it, 24);
    /// An environment's name.
    EnvName: "a name of at most 20 lower-case letters, digits and single hyphens, starting with a letter", "prod",
        |it| word(it, 20);
    /// A service's name: the ECS service, and part of stack names and logical ids.
    ServiceName: "a name of at most 32 lower-case letters, digits and single hyphens, starting with a letter", "checkout",
        |it| word(it, 32);
    /// The name of a load balancer that services share: part of stack names and logical ids.
    LoadBalancerName: "a name of at most 32 lower-case letters, digits and single hyphens, starting with a letter", "public",
        |it| word(it, 32);
    /// A container's name in a task definition: at most 255 characters for ECS; 64 here, so that log streams stay short.
    ContainerName: "a name of at most 64 lower-case letters, digits and single hyphens, starting with a letter", "otel",
        |it| word(it, 64);
    /// A name for an alarm, a check, a certificate, a permission or a schedule: part of logical ids and physical names.
    EntryName: "a name of at most 64 letters, digits, `-` and `_`, starting with a letter or digit", "errors",
        |it| it.starts_with(|c: char| c.is_ascii_alphanumeric())
            && all(it, 64, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    /// The name of a resource in a template.
    LogicalId: "a logical id of at most 200 letters and digits, starting with a letter", "ProductionListener",
        |it| all(it, 200, |c| c.is_ascii_alphanumeric()) && it.starts_with(|c: char| c.is_ascii_alphabetic());
    /// A resource type of CloudFormation.
    ResourceType: "a resource type such as AWS::DynamoDB::Table", "AWS::DynamoDB::Table",
        |it| resource_type(it);
    /// A JSON pointer (RFC 6901) into a resource: to a property, or to an attribute that every resource has.
    Pointer: "a JSON pointer to a property such as /Properties/SslPolicy, or to DependsOn, DeletionPolicy, UpdateReplacePolicy or Metadata", "/Properties/SslPolicy",
        |it| pointer(it);
    /// The digest of values that a patch replaces: 16 hexadecimal digits.
    Digest: "a digest of 16 hexadecimal digits", "3f9c07d1a2b4e586",
        |it| it.len() == 16 && it.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    /// An AWS region.
    Region: "a region such as eu-west-1", "eu-west-1", |it| region(it);
    /// An AWS account.
    AccountId: "an account id of 12 digits in quotes", "111122223333",
        |it| it.len() == 12 && it.bytes().all(|byte| byte.is_ascii_digit());
    /// An e-mail address.
    Email: "an e-mail address", "oncall@example.com",
        |it| it.len() <= 254 && !it.chars().any(|c| c.is_whitespace() || c.is_control())
            && it.split_once('@').is_some_and(|(name, host)| !name.is_empty() && self::host(host));
    /// A certificate of AWS Certificate Manager.
    CertificateArn: "the ARN of an ACM certificate, arn:aws:acm:<region>:<account>:certificate/<id>",
        "arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e",
        |it| arn(it, "acm").is_some_and(|rest| rest.strip_prefix("certificate/").is_some_and(|id| !id.is_empty()));
    /// A listener of an Application Load Balancer.
    ListenerArn: "the ARN of a listener of an Application Load Balancer, such as arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/public/50dc6c495c0c9188/f2f7dc8efc522ab2",
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/public/50dc6c495c0c9188/f2f7dc8efc522ab2",
        |it| arn(it, "elasticloadbalancing").and_then(|rest| rest.strip_prefix("listener/app/")).is_some_and(|rest| {
            let parts: Vec<&str> = rest.split('/').collect();
            let id = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            parts.len() == 3 && all(parts[0], 32, |c| c.is_ascii_alphanumeric() || c == '-') && id(parts[1]) && id(parts[2])
        });
    /// The name of a CloudFormation parameter that whoever deploys gives.
    ParameterName: "a CloudFormation parameter name: a letter, then at most 63 letters and digits", "CertificateArn",
        |it| it.starts_with(|c: char| c.is_ascii_alphabetic()) && all(it, 64, |c| c.is_ascii_alphanumeric());
    /// A path that health checks and tests ask for: at most 1,024 characters (facts 6.1).
    HttpPath: "a path that starts with / and has no spaces", "/health",
        |it| it.starts_with('/') && all(it, 1024, |c| c.is_ascii_graphic());
    /// A pattern of paths that a rule of a load balancer goes by: `*` stands for any text, `?` for one character; at most 128
    /// characters, and upper and lower case differ (facts 6.3).
    PathPattern: "a path that starts with / such as /checkout/*, without a query", "/checkout/*",
        |it| it.starts_with('/')
            && all(it, 128, |c| c.is_ascii_alphanumeric() || "_-.$/~\"'@:+&*?".contains(c));
    /// A host name.
    HostName: "a host name such as shop.example.com", "shop.example.com", |it| host(it);
    /// A repository of Amazon ECR: 2 to 256 characters (facts 8.2).
    RepositoryName: "an ECR repository name: lower-case words joined by . _ - or /", "shop/checkout",
        // The repository's address is not its name.
        |it| (2..=256).contains(&it.len()) && !it.contains(".amazonaws.com") && it.split('/').all(|part| {
            part.split(['.', '_', '-']).filter(|word| !word.is_empty()).count() > 0
                && part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c))
        });
    /// An image with a tag or digest.
    ImageUri: "an image with a tag or digest, such as public.ecr.aws/nginx/nginx:1.29", "public.ecr.aws/nginx/nginx:1.29",
        |it| all(it, 512, |c| c.is_ascii_alphanumeric() || "._-/:@".contains(c))
            && it.rsplit('/').next().is_some_and(|last| last.contains(':'));
    /// The name of a variable a container sees.
    VariableName: "a variable name: letters, digits and _, not starting with a digit", "LOG_LEVEL",
        |it| all(it, 255, |c| c.is_ascii_alphanumeric() || c == '_') && !it.starts_with(|c: char| c.is_ascii_digit());
    /// A secret of AWS Secrets Manager, by name or ARN: names have at most 512 characters.
    SecretReference: "the name or ARN of a secret in Secrets Manager", "checkout/db",
        |it| if it.starts_with("arn:") {
            arn(it, "secretsmanager").is_some_and(|rest| rest.starts_with("secret:"))
        } else {
            all(it, 512, |c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c))
        };
    /// A parameter of SSM Parameter Store, by name or ARN.
    SsmParameter: "the name (starting with /) or ARN of a parameter in Parameter Store", "/shop/prod/api-key",
        |it| if it.starts_with("arn:") {
            arn(it, "ssm").is_some_and(|rest| rest.starts_with("parameter/"))
        } else {
            it.starts_with('/') && all(it, 1011, |c| c.is_ascii_alphanumeric() || "/_.-".contains(c))
        };
    /// A Lambda function the engine calls, by ARN.
    FunctionName: "the ARN of a Lambda function", "arn:aws:lambda:eu-west-1:111122223333:function:smoke-test",
        |it| arn(it, "lambda").is_some_and(|rest| rest.starts_with("function:"));
    /// An IAM role or policy, by ARN.
    RoleArn: "the ARN of an IAM policy", "arn:aws:iam::111122223333:policy/team-boundary",
        |it| arn(it, "iam").is_some_and(|rest| rest.starts_with("policy/"));
    /// What a finding is called by.
    RuleName: "a code such as BG108, or its name such as blind-rollout", "BG108",
        |it| it.strip_prefix("BG").is_some_and(|number| number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()))
            || word(it, 64);
    /// When, in Application Auto Scaling's cron format: six fields.
    ScheduleExpression: "a cron expression of six fields: minute hour day-of-month month day-of-week year",
        "0 22 * * ? *",
        |it| it.split_whitespace().count() == 6
            && all(it, 200, |c| c.is_ascii_alphanumeric() || " *?,-/#LW".contains(c));
    /// A security policy of an Application Load Balancer that speaks nothing older than TLS 1.2 (facts 6.5).
    TlsPolicy: "an ELB security policy for TLS 1.2 or later (ELBSecurityPolicy-TLS13-1-2-… or -1-3-…)",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        |it| (it.starts_with("ELBSecurityPolicy-TLS13-1-2") || it.starts_with("ELBSecurityPolicy-TLS13-1-3"))
            && all(it, 128, |c| c.is_ascii_alphanumeric() || c == '-');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_what_they_stand_for() {
        for format in crate::blueprint::units::formats() {
            assert!((format.check)("").is_err(), "{} accepts nothing at all", format.name);
        }
        assert!(RepositoryName::parse("Shop").is_err());
        assert!(RepositoryName::parse("shop/checkout-api").is_ok());
        assert!(ServiceName::parse("-a").is_err() && ServiceName::parse("a--b").is_err());
        assert!(Region::parse("us-est-1").is_err() && Region::parse("eusc-de-east-1").is_ok());
        assert!(RepositoryName::parse("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop").is_err());
        assert!(Region::parse("eu-west-1").is_ok() && Region::parse("us-gov-east-1").is_ok());
        assert!(Region::parse("eu-west").is_err() && Region::parse("EU-WEST-1").is_err());
        assert!(ImageUri::parse("nginx").is_err() && ImageUri::parse("localhost:5000/a").is_err());
        assert!(CertificateArn::parse("arn:aws:iam::111122223333:server-certificate/x").is_err());
        assert!(ScheduleExpression::parse("0 22 * * *").is_err());
    }

    #[test]
    fn arns_say_where_things_are() {
        let arn = Arn::of("arn:aws-cn:acm:cn-north-1:111122223333:certificate/x:y").unwrap();
        assert_eq!((arn.partition, arn.region, arn.account), ("aws-cn", "cn-north-1", "111122223333"));
        assert_eq!(Arn::of("arn:aws:s3:::bucket/*").map(|arn| arn.account), Some(""));
        assert!(Arn::of("checkout/db").is_none() && Arn::of("arn:aws:s3").is_none());
        let partition = |region: &str| Region::parse(region).unwrap().partition();
        assert_eq!(
            ["eu-west-1", "cn-north-1", "us-gov-west-1"].map(partition),
            ["aws", "aws-cn", "aws-us-gov"]
        );
    }
}
