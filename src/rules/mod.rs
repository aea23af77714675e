//! What is wrong with a resolved application beyond its shape: parts that do not fit together, and rollouts that would not
//! protect what they promise to. One rule a file; [`all`] is the registry.

mod choices;

mod always_taken_back;
mod beyond_engine;
mod blind_rollout;
mod capacity_above_peak;
mod capacity_below_peak;
mod clashing_names;
mod container_restart_loop;
mod costly_detection;
mod costly_idle;
mod costly_overlap;
mod cramped_proxy;
mod cut_connections;
mod cut_draining;
mod cut_requests;
mod decorative_alarm;
mod denominator_trap;
mod downstream_overload;
mod engine_cannot;
mod engine_lacks;
mod engine_not_here;
mod existing_load_balancer;
mod failure_left_standing;
mod fargate_size;
mod first_by_hand;
mod foreign_arn;
mod fragile_sidecar;
mod hasty_health_check;
mod health_accepts_failure;
mod hold_outlives_update;
mod idle_scaling;
mod idle_test_header;
mod impossible_alarm;
mod impossible_capacity;
mod impossible_rolling;
mod invisible_canary;
mod kept_to_the_limit;
mod killed_shutdown;
mod late_start;
mod longer_than_pipeline;
mod longer_than_update;
mod lost_rollback_image;
mod misplaced_key;
mod moving_tag;
mod name_too_long;
mod nat_per_zone;
mod needs_load_balancer;
mod needs_requests;
mod needs_two_versions;
mod no_way_back;
mod one_name_twice;
mod one_way_schedule;
mod open_test_listener;
mod outlived_action;
mod plain_internet;
mod plaintext_secret;
mod port_taken;
mod priority_taken;
mod protocol_needs_tls;
mod release_leaves_out;
mod release_queue;
mod restart_loop;
mod shadowed_rule;
mod shallow_health_check;
mod shell_needs_writing;
mod sidecar_too_large;
mod single_task;
mod slow_checks;
mod slow_health_check;
mod slow_verdict;
mod spot_alone;
mod spot_drain;
mod stage_elsewhere;
mod startup_noise;
mod too_few_addresses;
mod too_few_samples;
mod too_few_subnets;
mod too_many_alarms;
mod too_many_conditions;
mod too_many_rules;
mod too_many_targets;
mod toothless_rollback;
mod two_images;
mod uncounted_tasks;
mod uneven_steps;
mod unheard_approval;
mod unheard_hold;
mod unknown_alarm;
mod unknown_load_balancer;
mod unknown_range;
mod unproven_tasks;
mod unreachable_check;
mod unreachable_service;
mod unseen_red_alarm;
mod unused_endpoint;
mod unused_load_balancer;
mod unverified_switch;
mod unwatched_fail_open;
mod vcpu_quota;
mod vpc_size;
mod wide_exposure;
mod wrong_protocol;

use crate::{
    blueprint::engines::Need,
    diagnostic::{Aim, Code, Finding, Level, Trail, codes},
    resolve::{Resolved, ResolvedService, locate},
    rollout::{Place, Rollout},
};

/// Something that must hold for every application.
#[derive(Debug)]
pub struct Rule {
    /// The stable name of what it finds.
    pub code: Code,
    /// What a finding weighs at most.
    pub level: Level,
    /// The deployment-safety rules it implements, such as `S-01`: see `docs/rules/README.md`.
    pub sources: &'static [&'static str],
    check: Check,
}

/// What a rule is asked with.
#[derive(Debug, Clone, Copy)]
enum Check {
    /// The facts of one service's rollout.
    Rollout(fn(&Rollout, &mut Sink<'_>)),
    /// The facts of an environment.
    Place(fn(&Place, &mut Sink<'_>)),
    /// A service, for parts that do not fit together.
    Service(fn(&Subject<'_>, &mut Sink<'_>)),
    /// An application.
    Application(fn(&Resolved, &mut Sink<'_>)),
    /// An application, and each of its services.
    Both(fn(&Resolved, &mut Sink<'_>), fn(&Subject<'_>, &mut Sink<'_>)),
    /// Found where the blueprint is read, where it is rendered, or where findings are weighed.
    Elsewhere,
}

impl Rule {
    /// What it finds, in a sentence without a full stop.
    pub fn summary(&self) -> &'static str {
        codes::ALL.iter().find(|(code, _)| *code == self.code).map_or("", |(_, meaning)| meaning)
    }
}

/// Every rule, sorted by the id of its code.
pub fn all() -> &'static [Rule] {
    ALL
}

const ALL: &[Rule] = &[
    fargate_size::RULE,
    slow_health_check::RULE,
    plain_internet::RULE,
    port_taken::RULE,
    unverified_switch::RULE,
    unknown_alarm::RULE,
    too_many_alarms::RULE,
    toothless_rollback::RULE,
    blind_rollout::RULE,
    elsewhere(codes::UNKNOWN_ENVIRONMENT, Level::Error, &[]),
    stage_elsewhere::RULE,
    name_too_long::RULE,
    vpc_size::RULE,
    clashing_names::RULE,
    impossible_capacity::RULE,
    plaintext_secret::RULE,
    unreachable_service::RULE,
    unknown_range::RULE,
    too_few_subnets::RULE,
    protocol_needs_tls::RULE,
    impossible_alarm::RULE,
    two_images::RULE,
    idle_scaling::RULE,
    sidecar_too_large::RULE,
    elsewhere(codes::TEMPLATE_TOO_LARGE, Level::Error, &["S-145"]),
    elsewhere(codes::UNUSED_ALLOWANCE, Level::Warning, &[]),
    elsewhere(codes::EXPIRED_ALLOWANCE, Level::Warning, &[]),
    elsewhere(codes::IMPOSSIBLE_ALLOWANCE, Level::Error, &[]),
    no_way_back::RULE,
    decorative_alarm::RULE,
    wide_exposure::RULE,
    costly_detection::RULE,
    invisible_canary::RULE,
    too_few_samples::RULE,
    failure_left_standing::RULE,
    startup_noise::RULE,
    unwatched_fail_open::RULE,
    denominator_trap::RULE,
    open_test_listener::RULE,
    unheard_hold::RULE,
    unheard_approval::RULE,
    longer_than_pipeline::RULE,
    kept_to_the_limit::RULE,
    slow_checks::RULE,
    uneven_steps::RULE,
    restart_loop::RULE,
    container_restart_loop::RULE,
    late_start::RULE,
    slow_verdict::RULE,
    health_accepts_failure::RULE,
    shallow_health_check::RULE,
    hasty_health_check::RULE,
    cut_requests::RULE,
    cut_connections::RULE,
    killed_shutdown::RULE,
    spot_drain::RULE,
    release_queue::RULE,
    lost_rollback_image::RULE,
    fragile_sidecar::RULE,
    too_few_addresses::RULE,
    vcpu_quota::RULE,
    downstream_overload::RULE,
    too_many_targets::RULE,
    single_task::RULE,
    spot_alone::RULE,
    moving_tag::RULE,
    shell_needs_writing::RULE,
    capacity_below_peak::RULE,
    needs_load_balancer::RULE,
    unproven_tasks::RULE,
    uncounted_tasks::RULE,
    outlived_action::RULE,
    first_by_hand::RULE,
    foreign_arn::RULE,
    wrong_protocol::RULE,
    nat_per_zone::RULE,
    unused_endpoint::RULE,
    costly_overlap::RULE,
    capacity_above_peak::RULE,
    one_way_schedule::RULE,
    engine_lacks::RULE,
    beyond_engine::RULE,
    needs_two_versions::RULE,
    always_taken_back::RULE,
    longer_than_update::RULE,
    hold_outlives_update::RULE,
    impossible_rolling::RULE,
    misplaced_key::RULE,
    shadowed_rule::RULE,
    priority_taken::RULE,
    unseen_red_alarm::RULE,
    engine_cannot::RULE,
    engine_not_here::RULE,
    release_leaves_out::RULE,
    costly_idle::RULE,
    one_name_twice::RULE,
    idle_test_header::RULE,
    cramped_proxy::RULE,
    needs_requests::RULE,
    cut_draining::RULE,
    unknown_load_balancer::RULE,
    too_many_conditions::RULE,
    too_many_rules::RULE,
    unreachable_check::RULE,
    unused_load_balancer::RULE,
    existing_load_balancer::RULE,
];

/// A rule that other parts of bluegreen check.
const fn elsewhere(code: Code, level: Level, sources: &'static [&'static str]) -> Rule {
    Rule { code, level, sources, check: Check::Elsewhere }
}

/// What rules say goes here.
struct Sink<'r> {
    findings: Vec<Finding>,
    environment: &'r str,
    /// The rule that is asked.
    rule: Option<&'static Rule>,
}

/// A service under judgement.
struct Subject<'r> {
    resolved: &'r Resolved,
    service: &'r ResolvedService,
}

/// Everything that is wrong with an application in an environment.
pub fn check(resolved: &Resolved, document: &crate::yaml::Node) -> Vec<Finding> {
    let environment = resolved.place.name.as_str();
    let mut sink = Sink { findings: Vec::new(), environment, rule: None };
    let place = Place::of(resolved);
    let subjects: Vec<Subject<'_>> =
        resolved.services.iter().map(|service| Subject { resolved, service }).collect();
    // A finding about a service has trails from the service on; any other, from the root of the document.
    let ask_services = |check: fn(&Subject<'_>, &mut Sink<'_>), sink: &mut Sink<'_>| {
        for subject in &subjects {
            let from = sink.findings.len();
            check(subject, sink);
            let trail = Resolved::trail(&subject.service.name);
            for finding in &mut sink.findings[from..] {
                locate(finding, &trail, document, environment, Some(resolved));
            }
        }
    };
    let locate_from = |from: usize, sink: &mut Sink<'_>| {
        for finding in &mut sink.findings[from..] {
            locate(finding, &Trail::root(), document, environment, Some(resolved));
        }
    };
    for rule in ALL {
        sink.rule = Some(rule);
        let from = sink.findings.len();
        match rule.check {
            Check::Rollout(check) => {
                place.rollouts.iter().for_each(|rollout| check(rollout, &mut sink));
                locate_from(from, &mut sink);
            }
            Check::Place(check) => {
                check(&place, &mut sink);
                locate_from(from, &mut sink);
            }
            Check::Service(check) => ask_services(check, &mut sink),
            Check::Application(check) => {
                check(resolved, &mut sink);
                locate_from(from, &mut sink);
            }
            Check::Both(application, service) => {
                application(resolved, &mut sink);
                locate_from(from, &mut sink);
                ask_services(service, &mut sink);
            }
            Check::Elsewhere => {}
        }
    }
    sink.rule = None;
    ask_services(choices::check, &mut sink);
    sink.findings
}

impl Sink<'_> {
    fn add(&mut self, mut finding: Finding) {
        finding.environment = Some(self.environment.to_owned());
        self.findings.push(finding);
    }

    /// A finding of the rule that is asked.
    fn found(&self, title: impl Into<String>) -> Finding {
        let rule = self.rule.expect("only rules ask for a finding of theirs");
        Finding::of(rule.code, rule.level, title)
    }

    /// An error at a value.
    fn error<const N: usize>(
        &mut self,
        code: Code,
        at: [&str; N],
        title: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Finding::error(code, title).at(Trail::of(at), Aim::Value, "").help(help));
    }
}

/// What a service asks for, itself or through its application, that not every engine has.
pub(crate) fn needs(resolved: &Resolved, service: &ResolvedService) -> Vec<Need> {
    let alone = engine_cannot::of_service_alone(service);
    alone.into_iter().chain(engine_cannot::of_whole(resolved, service)).map(|(need, _)| need).collect()
}

/// A number of seconds the way people write it: `7m24s`.
pub(crate) fn length(seconds: u32) -> String {
    let parts = [
        (seconds / 86_400, "d"),
        (seconds % 86_400 / 3600, "h"),
        (seconds % 3600 / 60, "m"),
        (seconds % 60, "s"),
    ];
    let text: String = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted_and_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].code.id < pair[1].code.id));
    }

    #[test]
    fn every_code_from_100_on_is_a_rule() {
        let known: Vec<&str> = ALL.iter().map(|rule| rule.code.id).collect();
        let codes = codes::ALL.iter().map(|(code, _)| code.id).filter(|id| *id >= "BG100");
        assert_eq!(codes.collect::<Vec<_>>(), known);
    }

    #[test]
    fn lengths_are_short() {
        assert_eq!([0, 59, 60, 444, 7200, 176_400].map(length), ["0s", "59s", "1m", "7m24s", "2h", "2d1h"]);
    }
}
