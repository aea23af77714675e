//! Why a default is what it is: the words that stand beside it in `defaults.rs`, found for a key.

use super::keys::Key;

/// Where the reasons are written.
const SOURCE: &str = include_str!("defaults.rs");

/// The ends of keys, and the default each has. The longest end that fits is meant.
const DEFAULTS: &[(&str, &str)] = &[
    ("network.cidr", "cidr"),
    ("network.zones", "zones"),
    ("network.nat", "nat"),
    ("network.endpoints", "endpoints"),
    ("cluster.insights", "insights"),
    ("cluster.capacity.fargate", "fargate"),
    ("cluster.capacity.fargate.base", "fargate"),
    ("cluster.capacity.fargate.weight", "fargate"),
    ("cluster.capacity.spot", "spot"),
    ("cluster.capacity.spot.base", "spot"),
    ("cluster.capacity.spot.weight", "spot"),
    ("services.<name>.cpu", "cpu"),
    ("services.<name>.memory", "memory"),
    ("services.<name>.count", "count"),
    ("services.<name>.stop_timeout", "stop_timeout"),
    ("count.scale_out_cooldown", "scale_out_cooldown"),
    ("count.scale_in_cooldown", "scale_in_cooldown"),
    ("count.schedule.<name>.timezone", "timezone"),
    ("image.keep", "keep_images"),
    ("health.interval", "container_health_interval"),
    ("health.timeout", "container_health_timeout"),
    ("health.retries", "container_health_retries"),
    ("health.start", "container_health_start"),
    ("logs.retention", "retention"),
    ("http.drain", "drain"),
    ("http.idle", "idle"),
    ("http.tls", "tls"),
    ("tcp.scheme", "tcp_scheme"),
    ("tcp.drain", "tcp_drain"),
    ("tcp.preserve_client_ip", "preserve_client_ip"),
    ("tcp.tls", "tls"),
    ("healthcheck.path", "health_path"),
    ("healthcheck.interval", "health_interval"),
    ("healthcheck.timeout", "health_timeout"),
    ("healthcheck.healthy", "healthy"),
    ("healthcheck.unhealthy", "unhealthy"),
    ("healthcheck.codes", "health_codes"),
    ("healthcheck.grace", "grace"),
    ("canary.percent", "canary_percent"),
    ("canary.wait", "canary_wait"),
    ("linear.percent", "linear_percent"),
    ("linear.wait", "linear_wait"),
    ("rolling.minimum", "rolling_minimum"),
    ("rolling.maximum", "rolling_maximum"),
    ("circuit_breaker.threshold", "breaker_threshold"),
    ("circuit_breaker.reset_on_healthy_task", "breaker_reset"),
    ("rolling.watch", "rolling_watch"),
    ("deploy.test_traffic.port", "test_port"),
    ("load_balancers.<name>.test_traffic.port", "test_port"),
    ("load_balancers.<name>.idle", "idle"),
    ("load_balancers.<name>.tls", "tls"),
    ("import.production.https", "https"),
    ("import.test.https", "https"),
    ("deploy.keep_old", "keep_old"),
    ("deploy.approve.timeout", "approve_timeout"),
    ("expect.status", "check_status"),
    ("rollback.on", "rollback_on"),
    ("alarms.<name>.over", "alarm_over"),
    ("alarms.<name>.times", "alarm_times"),
    ("alarms.<name>.metric.statistic", "statistic"),
    ("minimum_requests", "minimum_requests"),
    ("branch", "branch"),
    ("build.dockerfile", "dockerfile"),
    ("build.context", "context"),
    ("build.timeout", "build_timeout"),
];

/// Why the default of a key is what it is, where that was worth a word.
pub fn reason(key: &Key) -> Option<String> {
    let text = key.to_string();
    let ends = |end: &str| text == end || text.ends_with(&format!(".{end}"));
    let (_, default) = DEFAULTS.iter().filter(|(end, _)| ends(end)).max_by_key(|(end, _)| end.len())?;
    let before =
        SOURCE.split(&format!("pub fn {default}(")).next().filter(|before| before.len() < SOURCE.len())?;
    let lines: Vec<&str> = before.lines().rev().map_while(|line| line.strip_prefix("/// ")).collect();
    let text = lines.into_iter().rev().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::blueprint::keys;

    #[test]
    fn every_default_there_is_has_its_reason_at_a_key() {
        let written: BTreeSet<&str> =
            SOURCE.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next()).collect();
        let listed: BTreeSet<&str> = DEFAULTS.iter().map(|(_, default)| *default).collect();
        assert_eq!(listed, written);
        for (end, default) in DEFAULTS {
            let keys: Vec<_> = keys::all()
                .iter()
                .filter(|key| key.to_string() == *end || key.to_string().ends_with(&format!(".{end}")))
                .collect();
            assert!(!keys.is_empty(), "no key ends with {end}");
            for key in keys {
                let reason = reason(key).unwrap_or_default();
                assert!(reason.ends_with('.'), "{key} ({default}): {reason}");
            }
        }
    }

    #[test]
    fn a_key_with_a_default_of_the_model_says_why() {
        let silent: Vec<String> = keys::all()
            .iter()
            .filter(|key| {
                // What nothing, no or none is by default needs no reason, nor does a map beside those of its values.
                let empty = key.default().is_none_or(|default| match default {
                    serde_json::Value::Array(items) => items.is_empty(),
                    serde_json::Value::String(text) => key.words().iter().any(|(word, _)| word == text),
                    serde_json::Value::Number(_) => false,
                    _ => true,
                });
                !empty && reason(key).is_none()
            })
            .map(ToString::to_string)
            .collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
