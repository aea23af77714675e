use super::{
    Alarm, Budget, Capacity, ContainerHealth, Fact, ForeignImage, Mode, PipelineStage, Place, Pool, Probe,
    Releases, Rollback, Rollout, Shift, Signal, Subnets, TargetHealth, TaskRange, Tasks, TestListener,
    Traffic,
};
use crate::{
    blueprint::{
        self, CHECK_PATIENCE_MS, Count, Endpoint, Http, Measure, PRIVATE_SUBNET_BITS, Protocol,
        RollbackEvent, Scheme, Service, StageApproval, Strategy, TcpHealthCheck, VPC_PREFIXES, engines::Need,
        units,
    },
    diagnostic::Trail,
    resolve::{Resolved, ResolvedService},
};

/// Addresses of every subnet that AWS keeps for itself (facts 7.6).
const RESERVED: u32 = 5;

impl Place {
    /// The facts of an environment.
    pub fn of(resolved: &Resolved) -> Self {
        let environment = Trail::of(["environments", resolved.place.name.as_str()]);
        let capacity = &resolved.cluster.capacity;
        let share = |provider: &str, key: &str, value: u32| {
            Fact::proven(value, Trail::of(["cluster", "capacity", provider, key]))
        };
        let place = &resolved.place.environment;
        Self {
            rollouts: resolved.services.iter().map(|service| Rollout::of(resolved, service)).collect(),
            subnets: subnets(resolved),
            capacity: Capacity {
                fargate_base: share("fargate", "base", capacity.fargate.base),
                fargate_weight: share("fargate", "weight", capacity.fargate.weight),
                spot_base: share("spot", "base", capacity.spot.base),
                spot_weight: share("spot", "weight", capacity.spot.weight),
            },
            vcpu_quota: place
                .quotas
                .and_then(|quotas| quotas.fargate_vcpu)
                .map(|vcpu| Fact::declared(vcpu, environment.key("quotas").key("fargate_vcpu"))),
        }
    }
}

fn subnets(resolved: &Resolved) -> Option<Subnets> {
    let network = &resolved.network;
    if let Some(import) = &network.import {
        return import.free_addresses.map(|free| Subnets {
            count: u32::try_from(import.private.len()).unwrap_or(u32::MAX),
            free: Fact::declared(free, Trail::of(["network", "import", "free_addresses"])),
            others: Vec::new(),
        });
    }
    // What cannot be divided into subnets has none.
    if !VPC_PREFIXES.contains(&network.cidr.net().prefix_len()) {
        return None;
    }
    let bits = network.cidr.net().prefix_len().saturating_add(PRIVATE_SUBNET_BITS);
    let size = 1_u32.checked_shl(32_u32.saturating_sub(bits.into())).unwrap_or(u32::MAX);
    let interfaces: u32 = network
        .endpoints
        .iter()
        .map(|endpoint| match endpoint {
            Endpoint::S3 => 0,
            Endpoint::Ecr => 2,
            _ => 1,
        })
        .sum();
    let mut others = vec![format!("AWS keeps {RESERVED} addresses of each subnet")];
    if interfaces > 0 {
        others.push(format!("interface endpoints take {interfaces} of each"));
    }
    Some(Subnets {
        count: network.zones.into(),
        free: Fact::proven(size.saturating_sub(RESERVED + interfaces), Trail::of(["network", "cidr"])),
        others,
    })
}

impl Rollout {
    /// The facts of a service.
    pub fn of(resolved: &Resolved, service: &ResolvedService) -> Self {
        let at = Resolved::trail(&service.name);
        let key = |path: &[&str]| path.iter().fold(at.clone(), |trail, key| trail.key(*key));
        let it = &service.service;
        let deploy = &it.deploy;
        let (balancer_at, test_at) = match service.shares() {
            Some(name) => {
                let at = Trail::of(["load_balancers", name.as_str()]);
                (at.clone(), at.key("test_traffic"))
            }
            None => (key(&[service.front_key()]), key(&["deploy", "test_traffic"])),
        };
        let place = &resolved.place;
        let stages = service.pipeline.iter().flat_map(|pipeline| pipeline.stages.iter().enumerate());
        let here = stages.filter(|(_, stage)| stage.environment == place.name);
        Self {
            service: service.name.to_string(),
            protected: Fact::proven(
                place.environment.protected,
                Trail::of(["environments", place.name.as_str(), "protected"]),
            ),
            shift: Shift { mode: mode(deploy.strategy), at: key(&["deploy", "strategy"]) },
            keep_old: match deploy.strategy {
                // The old tasks are gone by then, but an alarm still brings them back.
                Strategy::Rolling(rolling) => Fact::proven(
                    rolling.watch.minutes() * 60,
                    key(&["deploy", "strategy", "rolling", "watch"]),
                ),
                _ => Fact::proven(deploy.keep_old.minutes() * 60, key(&["deploy", "keep_old"])),
            },
            stays: (deploy.old_stays() && deploy.engine.abilities().lack(Need::IdleColor).is_none())
                .then(|| key(&["deploy", "idle_color"])),
            engine: deploy.engine.abilities(),
            overlap: match deploy.strategy {
                Strategy::Rolling(rolling) => rolling.maximum.into(),
                _ => 200,
            },
            approve: deploy
                .approve
                .map(|approve| Fact::proven(approve.timeout.minutes() * 60, key(&["deploy", "approve"]))),
            stage_approvals: here
                .clone()
                .filter(|(_, stage)| !matches!(stage.approve, StageApproval::Asked(false)))
                .map(|(index, _)| Trail::of(["pipeline", "stages"]).index(index).key("approve"))
                .collect(),
            releases_told: resolved.notify.releases.is_some(),
            pipeline: here
                .filter_map(|(index, stage)| {
                    Some(PipelineStage {
                        at: Trail::of(["pipeline", "stages"]).index(index),
                        action: deploy.engine.abilities().releases_with(stage.release_with)?,
                    })
                })
                .collect(),
            test: service.balancer.as_ref().and_then(|it| it.test_traffic.as_ref()).map(|test| {
                TestListener {
                    at: test_at.clone(),
                    from: test
                        .from
                        .iter()
                        .flatten()
                        .enumerate()
                        .map(|(index, block)| Fact::proven(block.net(), test_at.key("from").index(index)))
                        .collect(),
                }
            }),
            forwards: service.balancer.as_ref().map(|it| it.forwards),
            traffic_moves: it.has_load_balancer() || it.called().is_some(),
            internet: service
                .balancer
                .as_ref()
                .map(|it| Fact::proven(it.scheme == Scheme::Internet, balancer_at.key("scheme"))),
            hooks: hooks(deploy, it.http.is_some()),
            probes: deploy
                .checks
                .iter()
                .map(|(name, check)| Probe {
                    name: name.to_string(),
                    patience: Fact::proven(
                        check.expect.within.map_or(CHECK_PATIENCE_MS, |within| within.milliseconds()),
                        key(&["deploy", "checks", name.as_str(), "expect", "within"]),
                    ),
                })
                .collect(),
            rollback: Rollback {
                at: key(&["deploy", "rollback", "on"]),
                alarms_at: key(&["deploy", "rollback", "alarms"]),
                on_failure: deploy.rollback.on.contains(&RollbackEvent::Failure),
                on_alarm: deploy.rollback.on.contains(&RollbackEvent::Alarm),
                on_stop: deploy.rollback.on.contains(&RollbackEvent::Stop),
                named: deploy.rollback.alarms.as_ref().map(Vec::len),
            },
            alarms: alarms(it, &key(&["alarms"])),
            health: match (&it.http, &it.tcp) {
                (Some(http), _) => Some(target_health(it, http, &key(&["http", "healthcheck"]))),
                (None, Some(tcp)) => {
                    Some(connection_health(it, &tcp.healthcheck, &key(&["tcp", "healthcheck"])))
                }
                (None, None) => None,
            },
            container_health: it.health.as_ref().map(|health| ContainerHealth {
                interval: Fact::proven(health.interval.seconds(), key(&["health", "interval"])),
                retries: Fact::proven(health.retries.into(), key(&["health", "retries"])),
                start: Fact::proven(health.start.seconds(), key(&["health", "start"])),
            }),
            unwatched_essentials: it
                .sidecars
                .iter()
                .filter(|(_, sidecar)| sidecar.essential && sidecar.health.is_none())
                .map(|(name, _)| key(&["sidecars", name.as_str()]))
                .collect(),
            startup: it.startup.map(|time| Fact::declared(time.seconds(), key(&["startup"]))),
            shutdown: it.shutdown.map(|time| Fact::declared(time.seconds(), key(&["shutdown"]))),
            longest_request: it
                .longest_request
                .map(|time| Fact::declared(time.seconds(), key(&["longest_request"]))),
            longest_connection: it
                .longest_connection
                .map(|time| Fact::declared(time.seconds(), key(&["longest_connection"]))),
            drain: it
                .http
                .as_ref()
                .map(|http| http.drain)
                .or(it.tcp.as_ref().map(|tcp| tcp.drain))
                .map(|drain| Fact::proven(drain.seconds(), key(&[service.front_key(), "drain"]))),
            stop: Fact::proven(it.stop_timeout.seconds(), key(&["stop_timeout"])),
            tasks: tasks(it, &at),
            traffic: it.expected_traffic.filter(|_| it.http.is_some()).map_or_else(
                Traffic::default,
                |traffic| {
                    let said = |name: &str, value: Option<u32>| {
                        value.map(|value| Fact::declared(value, key(&["expected_traffic", name])))
                    };
                    Traffic {
                        quiet: said("requests_per_minute", traffic.requests_per_minute),
                        peak: said("peak", traffic.peak),
                        p99: said("p99", traffic.p99.map(|time| time.milliseconds())),
                    }
                },
            ),
            releases: it.expected_releases.map(|releases| Releases {
                per_day: Fact::declared(releases.per_day.into(), key(&["expected_releases", "per_day"])),
                back: releases.back.map(|back| {
                    Fact::declared(back.minutes().div_ceil(24 * 60), key(&["expected_releases", "back"]))
                }),
            }),
            pools: it
                .downstream
                .iter()
                .map(|(name, pool)| Pool {
                    name: name.to_string(),
                    per_task: Fact::declared(pool.per_task, key(&["downstream", name.as_str(), "per_task"])),
                    most: Fact::declared(pool.most, key(&["downstream", name.as_str(), "most"])),
                })
                .collect(),
            budget: deploy.exposure.filter(|_| it.has_load_balancer()).map_or_else(
                Budget::default,
                |budget| Budget {
                    percent: budget.percent.map(|percent| {
                        Fact::declared(percent.into(), key(&["deploy", "exposure", "percent"]))
                    }),
                    requests: budget
                        .requests
                        .map(|requests| Fact::declared(requests, key(&["deploy", "exposure", "requests"]))),
                },
            ),
            foreign_images: foreign_images(service, &at),
            images_kept: (it.image.uri.is_none())
                .then(|| Fact::proven(it.image.keep.into(), key(&["image", "keep"]))),
            exec: Fact::proven(it.exec, key(&["exec"])),
            readonly: Fact::proven(it.readonly, key(&["readonly"])),
            at,
        }
    }
}

fn mode(strategy: Strategy) -> Mode {
    match strategy {
        Strategy::AllAtOnce {} => Mode::AllAtOnce,
        Strategy::Rolling(_) => Mode::Rolling,
        Strategy::Canary { percent, wait } => Mode::Canary { percent, minutes: wait.minutes() },
        Strategy::Linear { percent, wait } => Mode::Linear { percent, minutes: wait.minutes() },
    }
}

/// bluegreen's own hook stands behind the test listener, where that takes requests.
fn hooks(deploy: &blueprint::Deploy, is_asked: bool) -> u32 {
    let hooks = &deploy.hooks;
    let own = [&hooks.before_install, &hooks.after_install, &hooks.before_traffic, &hooks.after_traffic];
    let own = own.into_iter().filter(|hook| hook.is_some()).count();
    u32::try_from(own).unwrap_or(u32::MAX).saturating_add((is_asked && deploy.test_traffic.is_some()).into())
}

fn alarms(service: &Service, at: &Trail) -> Vec<Alarm> {
    let rollback = &service.deploy.rollback;
    let on_alarm = rollback.on.contains(&RollbackEvent::Alarm);
    service
        .alarms
        .iter()
        .map(|(name, alarm)| Alarm {
            name: name.to_string(),
            at: at.key(name.as_str()),
            signal: match alarm.measure {
                Measure::Http5xx { above, percent_of_requests: true, minimum_requests: minimum } => {
                    Signal::ErrorRate { above, minimum }
                }
                Measure::Http5xx { above, .. } => Signal::Errors { above },
                Measure::P50 { minimum_requests: minimum, .. } => Signal::Latency { percentile: 50, minimum },
                Measure::P90 { minimum_requests: minimum, .. } => Signal::Latency { percentile: 90, minimum },
                Measure::P95 { minimum_requests: minimum, .. } => Signal::Latency { percentile: 95, minimum },
                Measure::P99 { minimum_requests: minimum, .. } => Signal::Latency { percentile: 99, minimum },
                Measure::ConnectionErrors { .. } => Signal::ConnectionErrors,
                Measure::UnhealthyTasks { .. } => Signal::UnhealthyTasks,
                Measure::FailOpenRequests { .. } => Signal::FailOpen,
                Measure::MissingTasks { .. } => Signal::MissingTasks,
                Measure::CpuPercentage { .. } | Measure::MemoryPercentage { .. } => Signal::Usage,
                Measure::Metric(_) => Signal::Own,
            },
            period: alarm.over.seconds(),
            bad: alarm.times.into(),
            of: alarm.of.unwrap_or(alarm.times).into(),
            reaction: service.deploy.engine.abilities().reaction,
            watched: on_alarm && rollback.alarms.as_ref().is_none_or(|named| named.contains(name)),
        })
        .collect()
}

fn target_health(service: &Service, http: &Http, at: &Trail) -> TargetHealth {
    let check = &http.healthcheck;
    let number = |text: &str| text.parse().unwrap_or(0);
    let codes = check.codes.split(',').map(|part| match part.split_once('-') {
        Some((from, to)) => (number(from), number(to)),
        None => (number(part), number(part)),
    });
    TargetHealth {
        path: Some(Fact::proven(check.path.to_string(), at.key("path"))),
        interval: Fact::proven(check.interval.seconds(), at.key("interval")),
        timeout: Fact::proven(check.timeout.seconds(), at.key("timeout")),
        unhealthy: Fact::proven(check.unhealthy.into(), at.key("unhealthy")),
        codes: Some(Fact::proven(codes.collect(), at.key("codes"))),
        grpc: http.protocol == Protocol::Grpc,
        grace: grace(service, check.grace.seconds(), at),
    }
}

fn connection_health(service: &Service, check: &TcpHealthCheck, at: &Trail) -> TargetHealth {
    TargetHealth {
        path: check.path.as_ref().map(|path| Fact::proven(path.to_string(), at.key("path"))),
        interval: Fact::proven(check.interval.seconds(), at.key("interval")),
        timeout: Fact::proven(check.timeout.seconds(), at.key("timeout")),
        unhealthy: Fact::proven(check.unhealthy.into(), at.key("unhealthy")),
        codes: None,
        grpc: false,
        grace: grace(service, check.grace.seconds(), at),
    }
}

fn grace(service: &Service, seconds: u32, at: &Trail) -> Fact<u32> {
    let seconds = match service.deploy.engine.abilities().lack(Need::Grace) {
        Some(_) => 0,
        None => seconds,
    };
    Fact::proven(seconds, at.key("grace"))
}

fn tasks(service: &Service, at: &Trail) -> Tasks {
    let count = at.key("count");
    let cpu_units = Fact::proven(service.cpu.units(), at.key("cpu"));
    match &service.count {
        Count::Fixed(number) => Tasks {
            ranges: vec![TaskRange { min: *number, max: *number, at: count, fixed: true }],
            requests: None,
            cpu_units,
        },
        Count::Scaled(scaling) => {
            let range = |range: units::TaskRange, at: Trail| TaskRange {
                min: range.min,
                max: range.max,
                at: at.key("range"),
                fixed: false,
            };
            let mut ranges = vec![range(scaling.range, count.clone())];
            let schedule = count.key("schedule");
            ranges.extend(
                scaling.schedule.iter().map(|(name, other)| range(other.range, schedule.key(name.as_str()))),
            );
            Tasks {
                ranges,
                requests: scaling.requests.map(|requests| Fact::proven(requests, count.key("requests"))),
                cpu_units,
            }
        }
    }
}

fn foreign_images(service: &ResolvedService, at: &Trail) -> Vec<ForeignImage> {
    let it = &service.service;
    let own = it.image.uri.as_ref().map(|uri| ForeignImage {
        container: service.name.to_string(),
        uri: Fact::proven(uri.to_string(), at.key("image").key("uri")),
    });
    let sidecars = it.sidecars.iter().map(|(name, sidecar)| ForeignImage {
        container: name.to_string(),
        uri: Fact::proven(sidecar.image.to_string(), at.key("sidecars").key(name.as_str()).key("image")),
    });
    own.into_iter().chain(sidecars).collect()
}
