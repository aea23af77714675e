//! Every default of the blueprint language, each with its reason. The smallest application is made of them, so they have
//! to satisfy the deployment-safety rules of the project by themselves (tests/invariants.rs holds them to it).

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{
    CapacityShare, Count, Endpoint, Insights, Nat, RollbackEvent, Scaling, Scheme,
    units::{
        Cidr, Cpu, HttpPath, Memory, Minutes, Port, Retention, Seconds, Share, TaskRange, TlsPolicy, Written,
    },
};

/// 10.0.0.0/16: room for 65,536 addresses, and the block most people expect.
pub fn cidr() -> Cidr {
    Cidr::new(Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 16))
}

/// Two zones: the least a load balancer accepts.
pub fn zones() -> u8 {
    2
}

/// One NAT gateway: tasks reach registries and APIs without public addresses, at the price of one gateway.
pub fn nat() -> Nat {
    Nat::One
}

/// S3 through a gateway endpoint: free, and image layers then do not pay for NAT.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::S3]
}

/// Metrics per service, without the price of one per task.
pub fn insights() -> Insights {
    Insights::Enabled
}

/// All tasks on Fargate, the first one in any case.
pub fn fargate() -> CapacityShare {
    CapacityShare { base: 1, weight: 1 }
}

/// None on Spot: AWS takes Spot capacity back, and green may not get enough to start (facts 7.7).
pub fn spot() -> CapacityShare {
    CapacityShare { base: 0, weight: 0 }
}

/// 0.25 vCPU: the smallest task.
pub fn cpu() -> Cpu {
    Cpu::new(256)
}

/// 512 MiB: the smallest task.
pub fn memory() -> Memory {
    Memory::new(512)
}

/// Two to six tasks: one task is an outage whenever it is replaced, and six lets scaling follow a threefold load.
pub fn count() -> Count {
    Count::Scaled(Scaling {
        range: TaskRange { min: 2, max: 6 },
        cpu_percentage: Some(super::units::Percent::new(60.0)),
        memory_percentage: None,
        requests: None,
        scale_out_cooldown: scale_out_cooldown(),
        scale_in_cooldown: scale_in_cooldown(),
        schedule: indexmap::IndexMap::new(),
    })
}

/// A minute: load that grows is answered at the pace at which metrics arrive.
pub fn scale_out_cooldown() -> Seconds<0, 3600> {
    Seconds::new(60)
}

/// Five minutes: removing tasks too early costs more than keeping them a little longer.
pub fn scale_in_cooldown() -> Seconds<0, 3600> {
    Seconds::new(300)
}

/// UTC, which has no summer time to be surprised by.
pub fn timezone() -> String {
    "UTC".into()
}

/// 30 seconds: what ECS gives a container that was told to stop (facts 7.3).
pub fn stop_timeout() -> Seconds<2, 120> {
    Seconds::new(30)
}

/// 50 images: months of releases to roll back to (facts S-101).
pub fn keep_images() -> u16 {
    50
}

/// Every 30 seconds, as ECS does by itself.
pub fn container_health_interval() -> Seconds<5, 300> {
    Seconds::new(30)
}

/// 5 seconds, as ECS does by itself.
pub fn container_health_timeout() -> Seconds<2, 60> {
    Seconds::new(5)
}

/// Three failures, as ECS does by itself.
pub fn container_health_retries() -> u8 {
    3
}

/// A minute to start in.
pub fn container_health_start() -> Seconds<0, 300> {
    Seconds::new(60)
}

/// 30 days.
pub fn retention() -> Retention {
    Retention::new(30)
}

/// 30 seconds instead of ELB's 300: enough for requests that end, and the old tasks of a release are gone in time.
pub fn drain() -> Seconds<0, 3600> {
    Seconds::new(30)
}

/// `internal`: what speaks something else than HTTP is mostly called from within, and the load balancer looks at nothing that it
/// passes on.
pub fn tcp_scheme() -> Scheme {
    Scheme::Internal
}

/// 30 seconds instead of ELB's 300: as long as a task has to stop (S-74).
pub fn tcp_drain() -> Seconds<0, 3600> {
    Seconds::new(30)
}

/// The load balancer's addresses, as ELB does for tasks by itself: with those of clients, a task that calls its own service could
/// reach itself, and gets no answer (facts 6.11).
pub fn preserve_client_ip() -> bool {
    false
}

/// 60 seconds, as ELB does by itself.
pub fn idle() -> Seconds<1, 4000> {
    Seconds::new(60)
}

/// TLS 1.2 and 1.3 with post-quantum key exchange: what AWS recommends, while the default of the API still speaks TLS 1.0
/// (facts 6.5).
pub fn tls() -> TlsPolicy {
    TlsPolicy::parse("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09")
        .expect("the policy AWS recommends is a policy")
}

/// `/`, as ELB does by itself; a path that tells something about the application is better.
pub fn health_path() -> HttpPath {
    HttpPath::parse("/").expect("/ is a path")
}

/// Every 10 seconds: a bad task is out in 30 instead of ELB's 60.
pub fn health_interval() -> Seconds<5, 300> {
    Seconds::new(10)
}

/// 5 seconds, below the interval.
pub fn health_timeout() -> Seconds<2, 120> {
    Seconds::new(5)
}

/// Two good answers, the fewest ELB accepts.
pub fn healthy() -> u8 {
    2
}

/// Three bad answers: one lost packet is no reason to lose a task.
pub fn unhealthy() -> u8 {
    3
}

/// 200 alone: a redirect to a login page is no health.
pub fn health_codes() -> String {
    "200".into()
}

/// A minute in which a starting task is not killed for being slow; ECS gives none by itself (facts 7.9).
pub fn grace() -> Seconds<0, 2147483647> {
    Seconds::new(60)
}

/// 10 percent first.
pub fn canary_percent() -> Share {
    Share::whole(10)
}

/// Ten minutes: the slowest default alarm needs `W + R` = 7.4 minutes in the worst case (facts 10.5).
pub fn canary_wait() -> Minutes<1, 2880> {
    Minutes::new(10)
}

/// Steps of 10 percent.
pub fn linear_percent() -> Share {
    Share::whole(10)
}

/// Three minutes a step: a default alarm then fires before half of the traffic has moved.
pub fn linear_wait() -> Minutes<1, 2880> {
    Minutes::new(3)
}

/// No task fewer than asked for while tasks are replaced.
pub fn rolling_minimum() -> u8 {
    100
}

/// Twice as many, so that new tasks start before old ones go, as ECS does by itself.
pub fn rolling_maximum() -> u16 {
    200
}

/// Half of the tasks, as ECS does by itself.
pub fn breaker_threshold() -> u16 {
    50
}

/// A healthy task starts the count anew, as ECS does by itself.
pub fn breaker_reset() -> bool {
    true
}

/// Ten minutes: the slowest default alarm needs 8 in the worst case, and ECS by itself watches for less than 5 (facts 4.6).
pub fn rolling_watch() -> Minutes<0, 1440> {
    Minutes::new(10)
}

/// Almost every listener that is worth sharing speaks HTTPS.
pub fn https() -> bool {
    true
}

/// 8443, by custom.
pub fn test_port() -> Port {
    Port::new(8443)
}

/// An hour, in which a rollback is a flip of weights and not a new deployment.
pub fn keep_old() -> Minutes<0, 2880> {
    Minutes::new(60)
}

/// Two hours for someone to say go.
pub fn approve_timeout() -> Minutes<1, 7200> {
    Minutes::new(120)
}

/// 200.
pub fn check_status() -> u16 {
    200
}

/// On all three: a failed deployment that is not rolled back leaves things as they are (facts 1.5.5).
pub fn rollback_on() -> Vec<RollbackEvent> {
    vec![RollbackEvent::Failure, RollbackEvent::Alarm, RollbackEvent::Stop]
}

/// A minute, the granularity in which ELB publishes (facts 10.1).
pub fn alarm_over() -> Seconds<60, 86400> {
    Seconds::new(60)
}

/// Two periods: one bad minute may be chance.
pub fn alarm_times() -> u8 {
    2
}

/// The average, as most metrics are looked at.
pub fn statistic() -> String {
    "Average".into()
}

/// 20 requests a period, below which a percentage or a percentile says nothing.
pub fn minimum_requests() -> u32 {
    20
}

/// `main`.
pub fn branch() -> String {
    "main".into()
}

/// `Dockerfile`.
pub fn dockerfile() -> String {
    "Dockerfile".into()
}

/// The whole repository.
pub fn context() -> String {
    ".".into()
}

/// Half an hour.
pub fn build_timeout() -> Minutes<5, 2160> {
    Minutes::new(30)
}

/// What a health check of gRPC has where it says nothing: the standard health service, and OK. A path for HTTP is none there, and
/// its status codes are beyond those of gRPC, 0 to 99 (facts 6.1).
pub const GRPC_HEALTH: [(&str, &str); 2] = [("path", "/grpc.health.v1.Health/Check"), ("codes", "0")];

/// `image.bootstrap` where tasks speak HTTP/2 or gRPC: the placeholder answers in HTTP/1.1 and would never be healthy (facts 6.8).
pub const BOOTSTRAP_BEYOND_HTTP1: &str = "none";

/// `image.bootstrap` without a load balancer: no stack waits for a healthy target, so there is nothing for a placeholder to do.
pub const BOOTSTRAP_WITHOUT_LOAD_BALANCER: &str = "none";

/// What lies below every service: parts that a blueprint may change by name or remove with `null`. One part for services that a
/// load balancer sends requests, one for those that it sends connections, one for those without.
///
/// With requests, a test listener, because without it nothing looks at green before production does (facts 1.5.5), and the alarms
/// of facts 10.7 over both target groups. `unhealthy` waits for five periods: a task that starts may count as
/// unhealthy until it has passed its checks, and CodeDeploy watches alarms from the moment green starts (S-23). `latency` goes by
/// the highest percentile that 100 answers a period are enough for (facts 10.4), and counts no period with fewer: one on p99
/// would need a thousand, or fire on chance.
///
/// With connections, `unhealthy` as above, and `missing` and `memory` as below: a load balancer that looks into nothing knows no errors.
/// It counts resets, but how many are many differs from one protocol to the next, and none of them says which color it came from
/// (facts 10.9). No test listener: ECS waits until the new tasks are healthy, and no check could use it.
///
/// Without one, a rolling update: there is no traffic to move, and two whole fleets would work off one queue. `missing` is red where
/// tasks that should run do not, which is what a version that ends again and again looks like; five periods, because tasks
/// that scaling adds take a while to run. `memory` is red before containers are ended for what they use. What their work looks like,
/// only a metric of its own can tell.
pub const LAYERS: &str = "\
with_load_balancer:
  deploy:
    test_traffic: {port: 8443}
  alarms:
    errors: {http_5xx: {above: 5, percent_of_requests: true}, over: 1m, times: 2, of: 3}
    burst: {http_5xx: {above: 100}, over: 1m, times: 1}
    latency: {p90: {above: 3s, minimum_requests: 100}, over: 1m, times: 3}
    connections: {connection_errors: {above: 5}, over: 1m, times: 1, of: 2}
    unhealthy: {unhealthy_tasks: {above: 0}, over: 1m, times: 5}
    fail_open: {fail_open_requests: {above: 0}, over: 1m, times: 1}
with_network_load_balancer:
  alarms:
    unhealthy: {unhealthy_tasks: {above: 0}, over: 1m, times: 5}
    missing: {missing_tasks: {above: 0}, over: 1m, times: 5}
    memory: {memory_percentage: {above: 95}, over: 1m, times: 3}
without_load_balancer:
  deploy:
    strategy: {rolling: {}}
  alarms:
    missing: {missing_tasks: {above: 0}, over: 1m, times: 5}
    memory: {memory_percentage: {above: 95}, over: 1m, times: 3}
";
