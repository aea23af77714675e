//! The language's text formats as patterns, for editors: a wrong unit is marked as it is typed.
//!
//! A pattern refuses nothing that the format's own parser takes, and says less than it: bounds, and what is counted in whole minutes,
//! are the check's. Every pattern is read by JavaScript and by Rust, so digits and letters are spelt out and nothing looks ahead.

use serde_json::{Map, Value};

/// Lower-case words with single hyphens between them.
const WORD: &str = "^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$";
/// Numbers with units.
const TIME: &str = r"^\s*(?:[0-9]+(?:ms|[dhms]))+\s*$";

/// The pattern of a format; `None` where a pattern would say nothing.
pub(super) fn pattern(format: &str) -> Option<&'static str> {
    let of_time = ["Seconds", "Minutes", "Milliseconds", "Duration", "Retention"];
    if of_time.iter().any(|kind| format.split('-').next() == Some(kind)) {
        return Some(TIME);
    }
    Some(match format {
        "AppName" | "BlueprintName" | "ContainerName" | "EnvName" | "LoadBalancerName" | "ServiceName" => {
            WORD
        }
        "Cpu" => r"^\s*(?:\+?[0-9]+|[-+.0-9eE]+\s*[vV][cC][pP][uU][sS]?)\s*$",
        "Memory" => r"^\s*[.0-9]+\s*(?:[mM](?:[iI]?[bB])?|[gG](?:[iI]?[bB])?)?\s*$",
        "TaskRange" => r"^\s*\+?[0-9]+\s*-\s*\+?[0-9]+\s*$",
        "Day" => "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "Cidr" => r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}$",
        "AccountId" => "^[0-9]{12}$",
        "CertificateArn" => "^arn:aws[^:]*:acm:[^:]*:[0-9]*:certificate/",
        "FunctionName" => "^arn:aws[^:]*:lambda:[^:]*:[0-9]*:function:",
        "RoleArn" => "^arn:aws[^:]*:iam:[^:]*:[0-9]*:policy/",
        "SecretReference" => r"^(?:arn:aws[^:]*:secretsmanager:[^:]*:[0-9]*:secret:|[A-Za-z0-9/_+=.@-]+$)",
        "SsmParameter" => r"^(?:arn:aws[^:]*:ssm:[^:]*:[0-9]*:parameter/|/[A-Za-z0-9/_.-]*$)",
        "Email" => r"^[^\s@]+@[^\s]+$",
        "EntryName" => "^[A-Za-z0-9][A-Za-z0-9_-]*$",
        "Digest" => "^[0-9a-f]{16}$",
        "FilePath" => r"^\.\.?/.*\.ya?ml$",
        "HostName" => r"^(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$",
        "HttpPath" => "^/[!-~]*$",
        "PathPattern" => r#"^/[A-Za-z0-9_.$/~"'@:+&*?-]*$"#,
        "ImageUri" => "^[A-Za-z0-9._/:@-]*:[A-Za-z0-9._:@-]*$",
        "LogicalId" | "ParameterName" => "^[A-Za-z][A-Za-z0-9]*$",
        "ParamName" => "^[a-z][a-z0-9_]*$",
        "Region" => "^[a-z]{2,4}(?:-[a-z]+){1,2}-[0-9]$",
        "RepositoryName" => "^[a-z0-9](?:[a-z0-9._/-]*[a-z0-9])?$",
        "ResourceType" => "^[A-Za-z0-9@_-]+(?:::[A-Za-z0-9@_-]+){1,3}$",
        "RuleName" => "^(?:BG[0-9]{3}|[a-z][a-z0-9-]*)$",
        "ScheduleExpression" => r"^\s*[^\s]+(?:\s+[^\s]+){5}\s*$",
        "TlsPolicy" => "^ELBSecurityPolicy-TLS13-1-[23][A-Za-z0-9-]*$",
        "VariableName" => "^[A-Za-z_][A-Za-z0-9_]*$",
        _ => return None,
    })
}

/// Puts the pattern of its format beside every format, and what to say of a text that does not match.
pub(in crate::blueprint) fn put(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            put_one(object);
            object.values_mut().for_each(put);
        }
        Value::Array(items) => items.iter_mut().for_each(put),
        _ => {}
    }
}

fn put_one(object: &mut Map<String, Value>) {
    // A key that people may write is called `format` nowhere with text behind it.
    let Some(pattern) = object.get("format").and_then(Value::as_str).and_then(pattern) else { return };
    object.insert("pattern".into(), pattern.into());
    if let Some(expected) = object.get("x-expected").and_then(Value::as_str) {
        let message = format!("Expected {expected}.");
        object.insert("patternErrorMessage".into(), message.into());
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::pattern;
    use crate::blueprint::{ParamType, units::formats};

    /// What may be written somewhere, or nowhere.
    const TEXTS: &[&str] = &[
        "",
        " ",
        "1",
        "0",
        "-1",
        "+512",
        "512",
        "256",
        "8080",
        "1e3",
        "0.5",
        ".25 vcpu",
        "0.5 vCPU",
        "1vCPUs",
        "1e0 vCPU",
        "16 VCPU",
        "one vCPU",
        "512MB",
        "512 mib",
        "1GB",
        "1.5GB",
        "1g",
        "1TB",
        "GB",
        "30s",
        "5m",
        "1h30m",
        "2d",
        "1d1h1m1s1ms",
        "250ms",
        " 30s ",
        "30",
        "5 minutes",
        "5min",
        "m",
        "3-12",
        "3 - 12",
        "+3-4",
        "12",
        "3..12",
        "2027-03-01",
        "2027-3-1",
        "10.0.0.0/16",
        "10.0.0.0",
        "0.0.0.0/0",
        "10.0.0.0/33",
        "fd00::/8",
        "111122223333",
        "11112222333",
        "web",
        "team-web",
        "Web",
        "a--b",
        "web_1",
        "-web",
        "a1",
        "./web.yaml",
        "../a/b.yml",
        "web.yaml",
        "./web.json",
        "/health",
        "/",
        "/a b",
        "health",
        "nginx",
        "nginx:1.29",
        "public.ecr.aws/nginx/nginx:1.29",
        "a@sha256:0b1c",
        "localhost:5000/a",
        "shop.example.com",
        "*.example.com",
        "example",
        "a..b",
        "oncall@example.com",
        "a+b@c.example.com",
        "oncall",
        "@example.com",
        "eu-west-1",
        "us-gov-east-1",
        "eu-west",
        "EU-WEST-1",
        "arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e",
        "arn:aws-cn:acm:cn-north-1:111122223333:certificate/x",
        "arn:aws:iam::111122223333:server-certificate/x",
        "arn:aws:iam::111122223333:policy/team-boundary",
        "arn:aws:lambda:eu-west-1:111122223333:function:smoke-test",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:checkout/db-a1b2c3",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/key",
        "arn:aws:ssm:eu-west-1::parameter/aws/service/x",
        "checkout/db",
        "/shop/prod/api-key",
        "a b",
        "LOG_LEVEL",
        "1LOG",
        "LOG-LEVEL",
        "shop/checkout-api",
        "a",
        "1a",
        "Shop/checkout",
        "a/",
        "AWS::S3::Bucket",
        "AWS::S3",
        "Custom::Thing",
        "AWS::A::B::C",
        "AWS",
        "BG108",
        "BG10",
        "blind-rollout",
        "0 22 * * ? *",
        "0 22 * * *",
        "0  22 * * ? *",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "ELBSecurityPolicy-2016-08",
        "3f9c07d1a2b4e586",
        "3F9C07D1A2B4E586",
        "/Properties/SslPolicy",
        "DependsOn",
        "ProductionListener",
        "Production-Listener",
        "health_path",
        "Health_path",
        "14d",
        "15d",
    ];

    /// An editor that marks what the check takes would be worse than one that marks nothing.
    #[test]
    fn a_pattern_refuses_nothing_that_is_right() {
        let mut refused = 0;
        for format in formats().iter().chain(ParamType::formats()) {
            let Some(pattern) = pattern(format.name) else { continue };
            let regex = Regex::new(pattern).expect(pattern);
            let mut taken = 0;
            for text in TEXTS {
                if (format.check)(text).is_ok() {
                    assert!(regex.is_match(text), "{}: `{text}` does not match {pattern}", format.name);
                    taken += 1;
                } else {
                    refused += usize::from(!regex.is_match(text));
                }
            }
            assert!(taken > 0, "{} takes none of the texts", format.name);
        }
        assert!(refused > 2_000, "{refused}");
    }

    #[test]
    fn wrong_units_are_refused() {
        for (format, text) in [
            ("Minutes-0-2880", "10"),
            ("Minutes-0-2880", "10 minutes"),
            ("Seconds-2-120", "30sec"),
            ("Milliseconds", "800"),
            ("Memory", "1TB"),
            ("Cpu", "half"),
            ("Cpu", "0.5 cores"),
            ("TaskRange", "3 to 12"),
            ("Cidr", "10.0.0.0"),
            ("Duration", "1 hour"),
        ] {
            let pattern = pattern(format).expect(format);
            assert!(!Regex::new(pattern).expect(pattern).is_match(text), "{format}: {text}");
        }
    }
}
