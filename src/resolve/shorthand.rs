use crate::{
    blueprint::STRATEGY_NAMES,
    source::Span,
    yaml::{Data, Entry, Map, Node},
};

/// Writes the short forms of a service (or of a part of one) in full, so that layers can be laid over each other: a
/// health check that is only its path, a strategy that is only its name.
pub(super) fn expand(service: &mut Node) {
    for front in ["http", "tcp"] {
        if let Some(check) = find(service, &[front, "healthcheck"])
            && matches!(check.data, Data::Text(_))
        {
            wrap(check, "path");
        }
    }
    if let Some(strategy) = find(service, &["deploy", "strategy"])
        && let Data::Text(name) = &strategy.data
    {
        let span = strategy.span;
        let (kind, percent, minutes) = match STRATEGY_NAMES.iter().find(|(known, ..)| known == name) {
            Some((_, kind, percent, minutes)) => (*kind, *percent, *minutes),
            None => (name.as_str(), 0, 0),
        };
        let mut steps = Map::new();
        if percent > 0 {
            steps.insert("percent".into(), entry(span, Data::Int(percent.into())));
            steps.insert("wait".into(), entry(span, Data::Text(format!("{minutes}m"))));
        }
        let kind = kind.to_owned();
        strategy.data = Data::Map(Map::from_iter([(kind, entry(span, Data::Map(steps)))]));
    }
}

fn entry(span: Span, data: Data) -> Entry {
    Entry { key: span, value: Node { span, data } }
}

/// `value` becomes `{key: value}` in the same place.
fn wrap(node: &mut Node, key: &str) {
    let span = node.span;
    let inner = std::mem::replace(&mut node.data, Data::Null);
    node.data = Data::Map(Map::from_iter([(key.to_owned(), entry(span, inner))]));
}

fn find<'n>(node: &'n mut Node, keys: &[&str]) -> Option<&'n mut Node> {
    keys.iter().try_fold(node, |node, key| node.as_map_mut()?.get_mut(*key).map(|entry| &mut entry.value))
}
