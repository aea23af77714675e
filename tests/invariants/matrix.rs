//! What the assertions are held against: every example in every environment, and variations of one small blueprint.

use std::{fs, path::Path};

use bluegreen::{
    blueprint::engines,
    render::{self, Format},
    resolve::{Blueprint, Resolved},
    rules,
    source::{Sources, load},
    yaml::Node,
};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};

/// A blueprint resolved for one environment.
pub struct Case {
    /// `examples/shop@prod`, `linear`.
    pub label: String,
    pub resolved: Resolved,
    document: Node,
}

impl Case {
    /// Its files, with paths below the environment's folder.
    pub fn files(&self, format: Format) -> Vec<(Utf8PathBuf, String)> {
        let folder = render::folder(&self.resolved);
        let rendering = render::environment(self.resolved.clone(), "blueprint.yaml", format).unwrap();
        assert!(rendering.findings.is_empty(), "{}: {:?}", self.label, rendering.findings);
        let below = |path: &Utf8Path| path.strip_prefix(&folder).unwrap().to_owned();
        rendering.files.into_iter().map(|file| (below(&file.path), file.text)).collect()
    }

    /// What the rules of bluegreen have against it.
    pub fn errors(&self) -> Vec<String> {
        rules::check(&self.resolved, &self.document)
            .into_iter()
            .filter(|finding| finding.level == bluegreen::diagnostic::Level::Error)
            .map(|finding| format!("{}: {}", self.label, finding.title))
            .collect()
    }
}

fn cases(label: &str, sources: &mut Sources, file: bluegreen::source::FileId) -> Vec<Case> {
    let told = |findings: Vec<bluegreen::diagnostic::Finding>| -> String {
        findings.iter().map(|finding| format!("{label}: {}\n", finding.title)).collect()
    };
    let blueprint = Blueprint::read_with(sources, file, &mut load).map_err(told).unwrap();
    let names: Vec<&str> = blueprint.environments().collect();
    names
        .iter()
        .map(|name| Case {
            label: if names.len() == 1 && !label.contains('/') {
                label.into()
            } else {
                format!("{label}@{name}")
            },
            resolved: blueprint.resolve(name).map_err(told).unwrap(),
            document: blueprint.tree().clone(),
        })
        .collect()
}

/// Every example in every environment.
pub fn examples() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 6, "the examples are gone: {names:?}");
    names
        .iter()
        .flat_map(|name| {
            let mut sources = Sources::new();
            let path =
                Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{name}/blueprint.yaml"));
            let file = load(&mut sources, &path).unwrap();
            cases(&format!("examples/{name}"), &mut sources, file)
        })
        .collect()
}

/// Every example in every environment under every other engine that has what it asks for, by the rules that say what an
/// engine lacks.
pub fn examples_under_other_engines() -> Vec<Case> {
    let lacks = |case: &Case| {
        rules::check(&case.resolved, &case.document).iter().any(|finding| {
            ("BG182".."BG187").contains(&finding.code.id) || ["BG193", "BG194"].contains(&finding.code.id)
        })
    };
    let under = |engine: &'static engines::Abilities| {
        examples().into_iter().filter_map(move |mut case| {
            let mut changes = false;
            let mut give = |service: &mut bluegreen::blueprint::Service| {
                changes |= service.deploy.engine != engine.engine;
                service.deploy.engine = engine.engine;
            };
            for service in &mut case.resolved.services {
                give(&mut service.service);
                service.stages.iter_mut().for_each(|(_, service)| give(service));
            }
            case.label = format!("{} under {}", case.label, engine.engine.word());
            (changes && !lacks(&case)).then_some(case)
        })
    };
    engines::ALL.iter().flat_map(under).collect()
}

/// A blueprint made here, in its only environment.
pub fn one(label: &str, blueprint: &Value) -> Case {
    let mut sources = Sources::new();
    let file = sources.add(format!("{label}.yaml"), blueprint.to_string());
    cases(label, &mut sources, file).remove(0)
}

/// The smallest blueprint that everything else varies.
fn base() -> Value {
    json!({
        "schema": 1,
        "app": "shop",
        "environments": {"prod": {"region": "eu-west-1", "account": "111122223333"}},
        "services": {"web": {
            "port": 8080,
            "http": {
                "certificate": "arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e",
                "healthcheck": "/health",
            },
        }},
    })
}

/// Lays `over` over `under`: maps merge, everything else replaces. `null` stays: it means something in a blueprint.
pub fn lay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay(under.entry(key).or_insert(Value::Object(Map::new())), value);
            }
        }
        (under, over) => *under = over,
    }
}

pub fn varied(label: &str, over: Value) -> Case {
    let mut blueprint = base();
    lay(&mut blueprint, over);
    one(label, &blueprint)
}

fn service(label: &str, over: Value) -> Case {
    varied(label, json!({"services": {"web": over}}))
}

const HOOK: &str = "arn:aws:lambda:eu-west-1:111122223333:function:own-hook";

fn pipeline() -> Value {
    json!({
        "source": {"github": {"repository": "acme/shop", "connection": {"parameter": "ConnectionArn"}}},
        "stages": [{"environment": "prod", "approve": true}],
    })
}

/// A blueprint that uses everything there is, in this layout.
pub fn full(layout: &str) -> Case {
    varied(
        if layout == "single" { "full-single" } else { "full" },
        json!({
            "layout": layout,
            "tags": {"team": "payments"},
            "environments": {"prod": {"protected": true}},
            "network": {"nat": "per_zone", "endpoints": ["ecr", "s3", "logs", "secretsmanager", "ssm"]},
            "notify": {"releases": {"email": ["r@example.com"]}, "oncall": {"email": ["o@example.com"]}},
            "pipeline": pipeline(),
            "services": {"web": {
                "cpu": "0.5 vCPU",
                "memory": "1GB",
                "architecture": "arm64",
                "count": {
                    "range": "2-8", "cpu_percentage": 60, "requests": 900,
                    "schedule": {"nights": {"cron": "0 22 * * ? *", "range": "1-2"}},
                },
                "variables": {"LOG_LEVEL": "info"},
                "secrets": {
                    "DB_URL": {"secretsmanager": "shop/db", "key": "url"},
                    "API_KEY": {"ssm": "/shop/api-key"},
                },
                "permissions": {"receipts": {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::receipts/*"]}},
                "sidecars": {"otel": {
                    "image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.0",
                    "secrets": {"TOKEN": {"ssm": "/shop/otel"}},
                }},
                "discovery": {"namespace": "shop.local"},
                "exec": true,
                "entrypoint": ["/bin/tini", "--"],
                "command": ["serve"],
                "health": {"command": ["/bin/web", "health"]},
                "http": {"access_logs": true, "more_certificates": {
                    "old": "arn:aws:acm:eu-west-1:111122223333:certificate/4f5a6b7c",
                }},
                "deploy": {
                    "strategy": {"canary": {"percent": 20, "wait": "10m"}},
                    "approve": {"timeout": "2h"},
                    "checks": {"health": {"get": "/health"}},
                    "hooks": {"before_traffic": HOOK},
                },
            }},
        }),
    )
}

/// Variations of the base, each with a label.
pub fn variations() -> Vec<Case> {
    let strategy = |label: &str, strategy: Value| service(label, json!({"deploy": {"strategy": strategy}}));
    let mut all = vec![
        varied("base", json!({})),
        strategy("all-at-once", json!("all_at_once")),
        strategy("canary-predefined", json!("Canary10Percent15Minutes")),
        strategy("canary", json!({"canary": {"percent": 25, "wait": "12m"}})),
        strategy("linear-predefined", json!("CodeDeployDefault.ECSLinear10PercentEvery3Minutes")),
        strategy("linear", json!({"linear": {"percent": 20, "wait": "5m"}})),
        service("fixed", json!({"count": 3})),
        service(
            "scaled",
            json!({"count": {"range": "2-9", "cpu_percentage": 50, "memory_percentage": 70, "requests": 500,
                "schedule": {"nights": {"cron": "0 22 * * ? *", "range": "1-2"}}}}),
        ),
        service("internal", json!({"http": {"scheme": "internal"}})),
        service("internal-plain", json!({"http": {"scheme": "internal", "certificate": null}})),
        service("other-port", json!({"http": {"port": 9443}})),
        service("from", json!({"http": {"from": ["192.0.2.0/24", "198.51.100.0/24"]}})),
        service(
            "certificate-parameter",
            json!({"http": {"certificate": {"parameter": "CertificateArn"},
                "more_certificates": {"old": {"parameter": "OldCertificateArn"}}}}),
        ),
        service("no-test-traffic", json!({"deploy": {"test_traffic": null}})),
        service("test-traffic-from", json!({"deploy": {"test_traffic": {"from": ["10.0.0.0/8"]}}})),
        service("test-traffic-open", json!({"deploy": {"test_traffic": {"from": ["0.0.0.0/0"]}}})),
        service(
            "checks",
            json!({"deploy": {"checks": {"health": {"get": "/health", "expect": {"status": 200, "within": "800ms"}}}}}),
        ),
        service("hooks", json!({"deploy": {"hooks": {"before_install": HOOK, "after_traffic": HOOK}}})),
        service("approve", json!({"deploy": {"approve": {"timeout": "30m"}, "keep_old": "2h"}})),
        service("rollback-without-alarms", json!({"deploy": {"rollback": {"on": ["failure", "stop"]}}})),
        service("rollback-named", json!({"deploy": {"rollback": {"alarms": ["errors", "latency"]}}})),
        service("exec", json!({"exec": true, "readonly": false})),
        service(
            "readonly",
            json!({"readonly": true, "entrypoint": ["/app"], "health": {"command": ["/app", "up"]}}),
        ),
        service("discovery", json!({"discovery": {"namespace": "shop.local"}})),
        service(
            "grpc",
            json!({"http": {"protocol": "grpc",
            "healthcheck": {"path": "/grpc.health.v1.Health/Check", "codes": "0"}}}),
        ),
        service("bootstrap-none", json!({"image": {"bootstrap": "none"}})),
        service("bootstrap-none-fixed", json!({"image": {"bootstrap": "none"}, "count": 2})),
        service(
            "bootstrap-none-schedule",
            json!({"image": {"bootstrap": "none"}, "count": {"range": "2-9",
            "cpu_percentage": 50, "schedule": {"nights": {"cron": "0 22 * * ? *", "range": "1-2"}}}}),
        ),
        service("bootstrap-deep-path", json!({"http": {"healthcheck": "/deep/er/health/"}})),
        service("image-public", json!({"image": {"uri": "public.ecr.aws/nginx/nginx:1.29"}})),
        service(
            "image-private",
            json!({"image": {"uri": "444455556666.dkr.ecr.eu-central-1.amazonaws.com/team/web:7"}}),
        ),
        service(
            "sidecar-private",
            json!({"sidecars": {"proxy": {"image": "444455556666.dkr.ecr.eu-west-1.amazonaws.com/team/proxy:7"}},
                "image": {"uri": "public.ecr.aws/nginx/nginx:1.29"}}),
        ),
        service(
            "secrets",
            json!({"secrets": {
                "A": {"secretsmanager": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/a-AbCdEf"},
                "B": {"secretsmanager": "shop/b", "key": "b"}, "C": {"ssm": "/shop/c"},
                "D": {"ssm": "arn:aws:ssm:eu-west-1:111122223333:parameter/shop-d"},
            }}),
        ),
        varied(
            "nat-none",
            json!({"network": {"nat": "none", "endpoints": ["ecr", "s3", "logs"]},
                "services": {"web": {"image": {"bootstrap": "none"}}}}),
        ),
        varied("nat-per-zone", json!({"network": {"nat": "per_zone", "zones": 3, "endpoints": []}})),
        varied(
            "spot",
            json!({"cluster": {"capacity": {"fargate": {"base": 1, "weight": 1}, "spot": {"weight": 3}}}}),
        ),
        varied("notify-releases", json!({"notify": {"releases": {"email": ["r@example.com"]}}})),
        varied("notify-oncall", json!({"notify": {"oncall": {"email": ["o@example.com"]}}})),
        varied(
            "boundary",
            json!({"environments": {"prod": {"protected": true,
                "permissions_boundary": "arn:aws:iam::111122223333:policy/boundary"}}}),
        ),
        varied(
            "imported-network",
            json!({"network": {"import": {"vpc": "vpc-0a1b2c3d", "cidr": "10.40.0.0/16",
                "public": ["subnet-0a1b2c31", "subnet-0a1b2c32"], "private": ["subnet-0a1b2c33", "subnet-0a1b2c34"]}}}),
        ),
        varied("pipeline", json!({"pipeline": pipeline()})),
        varied("pipeline-single", json!({"layout": "single", "pipeline": pipeline()})),
        varied("single", json!({"layout": "single"})),
        varied(
            "china",
            json!({"environments": {"prod": {"region": "cn-north-1"}},
                "services": {"web": {"http": {"certificate": {"parameter": "CertificateArn"}}}}}),
        ),
        one(
            "long-names",
            &json!({"schema": 1, "app": "abcdefghijklmnop", "environments": {"production": {"region": "eu-west-1"}},
                "services": {"orders-and-payments": base()["services"]["web"]}}),
        ),
        full("split"),
        full("single"),
    ];
    all.extend(of_ecs());
    all.extend(of_cloudformation());
    all.extend([shared("split"), shared("single")]);
    all.extend(without_load_balancer());
    all.extend(of_two_clusters());
    all.extend(of_connect());
    all.extend(of_connections());
    all
}

/// A variation that ECS' own action of a pipeline releases.
fn by_action(label: &str, layout: &str, own: Value) -> Case {
    let mut pipeline = pipeline();
    pipeline["stages"][0]["release_with"] = json!("action");
    let mut web = json!({"deploy": {"engine": "ecs"}});
    lay(&mut web, own);
    varied(label, json!({"layout": layout, "pipeline": pipeline, "services": {"web": web}}))
}

/// Variations of services that are sent connections.
pub fn of_connections() -> Vec<Case> {
    let broker = |label: &str, layout: &str, own: Value| {
        let mut service = json!({"port": 1883, "tcp": {}, "deploy": {"engine": "ecs"}});
        lay(&mut service, own);
        one(
            label,
            &json!({"schema": 1, "app": "shop", "layout": layout, "tags": {"team": "payments"},
                "environments": {"prod": {"region": "eu-west-1", "account": "111122223333"}},
                "notify": {"releases": {"email": ["r@example.com"]}, "oncall": {"email": ["o@example.com"]}},
                "services": {"broker": service}}),
        )
    };
    let arn = "arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e";
    vec![
        broker("connections", "split", json!({"deploy": {"test_traffic": {"port": 8884}}})),
        broker("connections-single", "single", json!({"deploy": {"strategy": "all_at_once"}})),
        broker(
            "connections-rolling",
            "split",
            json!({"deploy": {"strategy": "rolling"}, "tcp": {"healthcheck": {"path": "/health"}}}),
        ),
        broker(
            "connections-full",
            "split",
            json!({
                "tcp": {"scheme": "internet", "certificate": arn, "port": 8883, "from": ["192.0.2.0/24"],
                    "healthcheck": {"path": "/health", "interval": "15s", "timeout": "6s", "healthy": 3,
                        "unhealthy": 2, "grace": "90s"},
                    "drain": "20s", "preserve_client_ip": true},
                "count": {"range": "2-8", "cpu_percentage": 60, "memory_percentage": 70},
                "alarms": {"resets": {"connection_errors": {"above": 500}},
                    "fail_open": {"fail_open_requests": {"above": 0}}},
                "deploy": {"strategy": {"linear": {"percent": 25, "wait": "10m"}}, "approve": {"timeout": "2h"},
                    "test_traffic": {"port": 8884, "from": ["192.0.2.0/24"]},
                    "hooks": {"before_install": HOOK, "after_install": HOOK, "before_traffic": HOOK,
                        "after_traffic": HOOK}},
            }),
        ),
    ]
}

/// Variations in which ECS itself moves the traffic.
pub fn of_ecs() -> Vec<Case> {
    let with = |label: &str, over: Value| {
        let mut all = json!({"deploy": {"engine": "ecs"}});
        lay(&mut all, over);
        service(label, all)
    };
    let strategy = |label: &str, strategy: Value| with(label, json!({"deploy": {"strategy": strategy}}));
    vec![
        with("ecs", json!({})),
        strategy("ecs-all-at-once", json!("all_at_once")),
        strategy("ecs-linear", json!({"linear": {"percent": 20, "wait": "5m"}})),
        strategy("ecs-rolling", json!("rolling")),
        strategy(
            "ecs-rolling-full",
            json!({"rolling": {"minimum": 50, "maximum": 150, "watch": "12m",
                "circuit_breaker": {"threshold": 10, "unit": "unbounded_percent"},
                "early_success": {"healthy": 80}}}),
        ),
        with("ecs-no-test-traffic", json!({"deploy": {"test_traffic": null, "approve": {}}})),
        with("ecs-fixed", json!({"count": 3})),
        with("ecs-rollback-without-alarms", json!({"deploy": {"rollback": {"on": ["failure", "stop"]}}})),
        with("ecs-bootstrap-none", json!({"image": {"bootstrap": "none"}})),
        with("ecs-bootstrap-none-fixed", json!({"image": {"bootstrap": "none"}, "count": 2})),
        with("ecs-image-public", json!({"image": {"uri": "public.ecr.aws/nginx/nginx:1.29"}})),
        with("ecs-discovery", json!({"discovery": {"namespace": "shop.local"}, "exec": true})),
        varied(
            "ecs-pipeline",
            json!({"pipeline": pipeline(), "services": {"web": {"deploy": {"engine": "ecs"}}}}),
        ),
        by_action("ecs-pipeline-action", "split", json!({"deploy": {"keep_old": "30m"}})),
        by_action("ecs-pipeline-action-single", "single", json!({"deploy": {"keep_old": "30m"}})),
        by_action(
            "ecs-pipeline-action-rolling",
            "split",
            json!({"image": {"uri": "public.ecr.aws/nginx/nginx:1.29"}, "deploy": {"strategy": "rolling"}}),
        ),
        varied("ecs-single", json!({"layout": "single", "services": {"web": {"deploy": {"engine": "ecs"}}}})),
        varied(
            "ecs-rolling-single",
            json!({"layout": "single", "services": {"web": {"deploy": {"engine": "ecs", "strategy": "rolling"}}}}),
        ),
        varied(
            "ecs-full",
            json!({
                "environments": {"prod": {"protected": true,
                    "permissions_boundary": "arn:aws:iam::111122223333:policy/boundary"}},
                "notify": {"releases": {"email": ["r@example.com"]}, "oncall": {"email": ["o@example.com"]}},
                "services": {"web": {
                    "count": {"range": "2-8", "cpu_percentage": 60, "requests": 900,
                        "schedule": {"nights": {"cron": "0 22 * * ? *", "range": "1-2"}}},
                    "http": {"access_logs": true},
                    "deploy": {
                        "engine": "ecs",
                        "strategy": {"canary": {"percent": 20, "wait": "10m"}},
                        "approve": {"timeout": "2h"},
                        "checks": {"health": {"get": "/health"}},
                        "hooks": {"before_install": HOOK, "after_install": HOOK, "before_traffic": HOOK,
                            "after_traffic": HOOK},
                        "rollback": {"alarms": ["errors", "latency", "connections"]},
                    },
                }},
            }),
        ),
    ]
}

/// Variations in which each color has a cluster.
pub fn of_two_clusters() -> Vec<Case> {
    let with = |label: &str, over: Value| {
        let mut all = json!({"deploy": {"engine": "two_clusters"}});
        lay(&mut all, over);
        service(label, all)
    };
    let strategy = |label: &str, strategy: Value| with(label, json!({"deploy": {"strategy": strategy}}));
    let mut all = examples_of_two_clusters();
    all.extend([
        with("two-clusters", json!({})),
        strategy("two-clusters-all-at-once", json!("all_at_once")),
        strategy("two-clusters-linear", json!({"linear": {"percent": 20, "wait": "5m"}})),
        with("two-clusters-no-test-traffic", json!({"deploy": {"test_traffic": null}})),
        with("two-clusters-fixed", json!({"count": 3})),
        with(
            "two-clusters-rollback-without-alarms",
            json!({"deploy": {"rollback": {"on": ["failure", "stop"]}}}),
        ),
        with("two-clusters-bootstrap-none", json!({"image": {"bootstrap": "none"}})),
        with("two-clusters-bootstrap-none-fixed", json!({"image": {"bootstrap": "none"}, "count": 2})),
        with("two-clusters-image-public", json!({"image": {"uri": "public.ecr.aws/nginx/nginx:1.29"}})),
        varied(
            "two-clusters-full",
            json!({
                "environments": {"prod": {"protected": true,
                    "permissions_boundary": "arn:aws:iam::111122223333:policy/boundary"}},
                "tags": {"team": "payments"},
                "notify": {"releases": {"email": ["r@example.com"]}, "oncall": {"email": ["o@example.com"]}},
                "services": {"web": {
                    "count": {"range": "2-8", "cpu_percentage": 60, "requests": 900,
                        "schedule": {"nights": {"cron": "0 22 * * ? *", "range": "1-2"}}},
                    "secrets": {"DB_URL": {"secretsmanager": "shop/db", "key": "url"}},
                    "http": {"access_logs": true},
                    "deploy": {
                        "engine": "two_clusters",
                        "strategy": {"canary": {"percent": 20, "wait": "10m"}},
                        "checks": {"health": {"get": "/health"}},
                        "hooks": {"before_install": HOOK, "after_install": HOOK, "before_traffic": HOOK,
                            "after_traffic": HOOK},
                        "rollback": {"alarms": ["errors", "latency", "connections"]},
                    },
                }},
            }),
        ),
    ]);
    all
}

/// Examples without what the engine lacks.
fn examples_of_two_clusters() -> Vec<Case> {
    let two_clusters = json!({"deploy": {"engine": "two_clusters"}});
    let shop = json!({
        "pipeline": null,
        "services": {"checkout": {
            "discovery": null,
            "deploy": {"engine": "two_clusters", "approve": null},
            "environments": {"staging": {"deploy": {"approve": null}}},
        }},
    });
    [
        ("shop", shop),
        ("two-services", json!({"layout": "split", "services": {"web": two_clusters, "api": two_clusters}})),
    ]
    .into_iter()
    .flat_map(|(name, over)| derived("two-clusters", name, over))
    .collect()
}

/// Variations of services that call each other through Service Connect.
pub fn of_connect() -> Vec<Case> {
    let service = |own: Value| {
        let mut service = json!({"cpu": 512, "memory": "1GB", "health": {"command": ["bin/healthy"]},
            "deploy": {"engine": "ecs"}});
        lay(&mut service, own);
        service
    };
    let prices =
        service(json!({"port": 9090, "deploy": {"strategy": {"canary": {"percent": 20, "wait": "10m"}}},
        "connect": {"alias": "price-list", "port": 80, "protocol": "grpc",
            "test_header": {"name": "x-test-version", "exact": "next"}}}));
    let web = service(json!({"port": 8080, "connect": {},
        "http": {"certificate": {"parameter": "CertificateArn"}, "healthcheck": "/health"}}));
    let jobs = service(json!({"connect": {"client_only": true}, "deploy": {"strategy": "all_at_once"}}));
    let cache = service(json!({"port": 6379, "connect": {"protocol": "tcp"},
        "image": {"uri": "public.ecr.aws/docker/library/redis:8.2"}}));
    let case = |label: &str, layout: &str, services: Value| {
        one(
            label,
            &json!({"schema": 1, "app": "shop", "layout": layout, "tags": {"team": "payments"},
                "environments": {"prod": {"region": "eu-west-1", "account": "111122223333"}},
                "services": services}),
        )
    };
    vec![
        case("connect", "split", json!({"prices": prices})),
        case("connect-several", "split", json!({"web": web, "prices": prices, "jobs": jobs})),
        case("connect-single", "single", json!({"jobs": jobs, "cache": cache, "web": web})),
    ]
}

/// Three services behind two load balancers, in this layout.
pub fn shared(layout: &str) -> Case {
    let behind = |http: Value, deploy: Value| {
        let mut service = json!({
            "port": 8080,
            "http": {"load_balancer": "public", "healthcheck": "/health"},
            "deploy": {"engine": "ecs"},
        });
        lay(&mut service["http"], http);
        lay(&mut service["deploy"], deploy);
        service
    };
    one(
        if layout == "single" { "shared-single" } else { "shared" },
        &json!({
            "schema": 1,
            "app": "shop",
            "layout": layout,
            "tags": {"team": "payments"},
            "environments": {"prod": {"region": "eu-west-1", "account": "111122223333", "protected": true}},
            "load_balancers": {
                "public": {
                    "certificate": "arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e",
                    "more_certificates": {"old": "arn:aws:acm:eu-west-1:111122223333:certificate/4f5a6b7c"},
                    "access_logs": true,
                    "from": ["192.0.2.0/24"],
                    "test_traffic": {"port": 9443},
                },
                "in-side": {"scheme": "internal", "test_traffic": null},
            },
            "services": {
                "a": behind(json!({"host": "a.example.com"}), json!({"checks": {"health": {"get": "/health"}}})),
                "b": behind(json!({"host": "b.example.com", "paths": ["/b", "/b/*"], "priority": 7}), json!({"strategy": "rolling"})),
                "c": behind(json!({"load_balancer": "in-side"}), json!({"strategy": "all_at_once"})),
                "d": behind(json!({"load_balancer": "in-side", "paths": ["/d/*"]}), json!({"approve": {}})),
            },
        }),
    )
}

/// Examples without what the hook of CloudFormation lacks: as they are, it supports none of them. That of two services is one
/// template, and so is left out.
fn examples_of_cloudformation() -> Vec<Case> {
    let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:checkout/db-AbCdEf";
    let canary = json!({"canary": {"percent": 20, "wait": "10m"}});
    let over = [
        (
            "shop",
            json!({
                "pipeline": null,
                "services": {"checkout": {
                    "discovery": null,
                    "http": {"healthcheck": {"grace": null}},
                    "secrets": {"DB_URL": {"secretsmanager": arn}},
                    "deploy": {"engine": "cloudformation", "approve": null, "strategy": canary},
                    "environments": {"staging": {"deploy": {"approve": null}}},
                }},
            }),
        ),
        (
            "internal-api",
            json!({"services": {"entries": {
                "http": {"healthcheck": {"grace": null}}, "deploy": {"engine": "cloudformation"},
            }}}),
        ),
    ];
    over.into_iter().flat_map(|(name, over)| derived("hook", name, over)).collect()
}

/// An example in every environment with something laid over it; what is null goes.
fn derived(prefix: &str, name: &str, over: Value) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{name}/blueprint.yaml"));
    let mut blueprint = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    lay(&mut blueprint, over);
    without_null(&mut blueprint);
    let label = format!("{prefix}-{name}");
    let mut sources = Sources::new();
    let file = sources.add(format!("{label}.yaml"), blueprint.to_string());
    cases(&label, &mut sources, file)
}

/// Takes out what is null.
fn without_null(value: &mut Value) {
    if let Value::Object(map) = value {
        map.retain(|_, value| !value.is_null());
        map.values_mut().for_each(without_null);
    }
}

/// Variations of services that no load balancer stands before.
pub fn without_load_balancer() -> Vec<Case> {
    let worker = |label: &str, layout: &str, own: Value| {
        let mut service = json!({"health": {"command": ["bin/healthy"]}, "deploy": {"engine": "ecs"}});
        lay(&mut service, own);
        one(
            label,
            &json!({"schema": 1, "app": "shop", "layout": layout, "tags": {"team": "payments"},
                "environments": {"prod": {"region": "eu-west-1", "account": "111122223333"}},
                "notify": {"releases": {"email": ["r@example.com"]}, "oncall": {"email": ["o@example.com"]}},
                "services": {"mailer": service}}),
        )
    };
    let backlog = json!({"metric": {"namespace": "AWS/SQS", "name": "ApproximateAgeOfOldestMessage",
        "dimensions": {"QueueName": "orders"}, "statistic": "Maximum", "above": 300}});
    vec![
        worker("worker", "split", json!({})),
        worker("worker-single", "single", json!({})),
        worker(
            "worker-fixed",
            "split",
            json!({"count": 2, "image": {"uri": "public.ecr.aws/nginx/nginx:1.29"}}),
        ),
        worker(
            "worker-placeholder",
            "split",
            json!({"image": {"bootstrap": "placeholder"}, "command": ["work"]}),
        ),
        worker(
            "worker-two-versions",
            "split",
            json!({"port": 9090, "count": {"range": "0-4", "memory_percentage": 70},
                "alarms": {"backlog": backlog, "cpu": {"cpu_percentage": {"above": 90}}},
                "deploy": {"strategy": "all_at_once", "approve": {"timeout": "1h"}, "keep_old": "20m",
                    "hooks": {"before_install": HOOK, "after_install": HOOK}}}),
        ),
    ]
}

/// Variations in which a hook of CloudFormation moves the traffic.
pub fn of_cloudformation() -> Vec<Case> {
    let with = |label: &str, over: Value| {
        let mut all = json!({"deploy": {"engine": "cloudformation", "strategy": {"canary": {"percent": 20, "wait": "10m"}}}});
        lay(&mut all, over);
        service(label, all)
    };
    let mut all = examples_of_cloudformation();
    all.extend([
        with("hook", json!({})),
        with("hook-all-at-once", json!({"deploy": {"strategy": "all_at_once"}})),
        service(
            "hook-linear",
            json!({"deploy": {"engine": "cloudformation", "strategy": {"linear": {"percent": 25, "wait": "5m"}}}}),
        ),
        with("hook-no-test-traffic", json!({"deploy": {"test_traffic": null}})),
        with("hook-fixed", json!({"count": 3, "exec": true})),
        with("hook-rollback-without-alarms", json!({"deploy": {"rollback": {"on": ["failure", "stop"]}}})),
        with("hook-image-public", json!({"image": {"uri": "public.ecr.aws/nginx/nginx:1.29"}})),
        varied(
            "hook-full",
            json!({
                "environments": {"prod": {"protected": true}},
                "notify": {"releases": {"email": ["r@example.com"]}, "oncall": {"email": ["o@example.com"]}},
                "services": {"web": {
                    "count": {"range": "2-8", "cpu_percentage": 60, "requests": 900,
                        "schedule": {"nights": {"cron": "0 22 * * ? *", "range": "1-2"}}},
                    "http": {"access_logs": true},
                    "secrets": {"KEY": {"ssm": "/web/key"},
                        "DB": {"secretsmanager": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"}},
                    "deploy": {
                        "engine": "cloudformation",
                        "strategy": {"canary": {"percent": 20, "wait": "10m"}},
                        "checks": {"health": {"get": "/health"}},
                        "hooks": {"before_install": HOOK, "after_install": HOOK, "before_traffic": HOOK,
                            "after_traffic": HOOK},
                        "rollback": {"alarms": ["errors", "latency", "connections"]},
                    },
                }},
            }),
        ),
        varied(
            "hook-boundary",
            json!({
                "environments": {"prod": {"permissions_boundary": "arn:aws:iam::111122223333:policy/boundary"}},
                "services": {"web": {"deploy": {"engine": "cloudformation", "strategy": "all_at_once"}}},
            }),
        ),
    ]);
    all
}

/// Everything.
pub fn all() -> Vec<Case> {
    examples().into_iter().chain(examples_under_other_engines()).chain(variations()).collect()
}
