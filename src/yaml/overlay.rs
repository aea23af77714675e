//! Trees laid over each other, each value keeping the place that wrote it.

use super::{Data, Entry, Map, Node};

/// Lays `over` on `base`: maps merge, lists and scalars replace, `null` removes the key.
///
/// `is_choice` is asked with the keys from the root whether a map there is a choice (`strategy: {canary: …}`). A choice
/// that shares no key with the one before replaces it whole: half of each would be a choice of neither.
///
/// Keys keep the order of `base`; new ones go last.
pub fn overlay(base: &Node, over: &Node, is_choice: &dyn Fn(&[&str]) -> bool) -> Node {
    // An overlay with nothing in it changes nothing.
    if over.data == Data::Null {
        return base.clone();
    }
    lay(base, over, &mut Vec::new(), is_choice)
}

fn lay<'t>(
    base: &'t Node,
    over: &'t Node,
    keys: &mut Vec<&'t str>,
    is_choice: &dyn Fn(&[&str]) -> bool,
) -> Node {
    let (Data::Map(below), Data::Map(above)) = (&base.data, &over.data) else {
        return without_nulls(over);
    };
    if !below.is_empty()
        && !above.is_empty()
        && !above.keys().any(|key| below.contains_key(key))
        && is_choice(keys)
    {
        return without_nulls(over);
    }
    let mut merged = Map::with_capacity(below.len() + above.len());
    for (key, entry) in below {
        let entry = match above.get(key) {
            None => entry.clone(),
            Some(Entry { value: Node { data: Data::Null, .. }, .. }) => continue,
            Some(other) => {
                keys.push(key);
                let value = lay(&entry.value, &other.value, keys, is_choice);
                keys.pop();
                // A map that grew is still the one of the base; anything else was written anew.
                let grew = matches!((&entry.value.data, &value.data), (Data::Map(_), Data::Map(_)))
                    && value.span == entry.value.span;
                Entry { key: if grew { entry.key } else { other.key }, value }
            }
        };
        merged.insert(key.clone(), entry);
    }
    for (key, entry) in above {
        if !below.contains_key(key) && entry.value.data != Data::Null {
            merged.insert(key.clone(), Entry { key: entry.key, value: without_nulls(&entry.value) });
        }
    }
    Node { span: base.span, data: Data::Map(merged) }
}

/// What an overlay writes where there is nothing below: its removals have nothing to remove.
fn without_nulls(node: &Node) -> Node {
    let Data::Map(map) = &node.data else { return node.clone() };
    let kept = map
        .iter()
        .filter(|(_, entry)| entry.value.data != Data::Null)
        .map(|(key, entry)| (key.clone(), Entry { key: entry.key, value: without_nulls(&entry.value) }));
    Node { span: node.span, data: Data::Map(kept.collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnostic::{Aim, Trail},
        source::Sources,
        yaml::read,
    };

    fn laid(base: &str, over: &str) -> (Sources, Node) {
        let mut sources = Sources::new();
        let files = [sources.add("base.yaml", base), sources.add("over.yaml", over)];
        let [base, over] = files.map(|file| read(&sources, file).expect("reads"));
        let node = overlay(&base, &over, &|keys| keys.last() == Some(&"strategy"));
        (sources, node)
    }

    fn json(base: &str, over: &str) -> String {
        laid(base, over).1.to_json().to_string()
    }

    #[test]
    fn maps_merge_and_the_rest_replaces() {
        assert_eq!(
            json("a: 1\nb: {x: 1, y: [1, 2]}\nc: t\n", "b: {y: [3], z: 4}\nd: 5\nc: {e: 6}\n"),
            r#"{"a":1,"b":{"x":1,"y":[3],"z":4},"c":{"e":6},"d":5}"#
        );
    }

    #[test]
    fn null_removes_at_every_depth() {
        assert_eq!(
            json("a: 1\nb: {x: 1, y: 2}\n", "a: null\nb: {x: ~}\nc: null\nd: {e: null, f: 1}\n"),
            r#"{"b":{"y":2},"d":{"f":1}}"#
        );
    }

    #[test]
    fn nulls_in_lists_are_values() {
        assert_eq!(json("a: [1]\n", "a: [null, {b: null}]\n"), r#"{"a":[null,{"b":null}]}"#);
    }

    #[test]
    fn another_choice_replaces_and_the_same_merges() {
        let base = "strategy: {canary: {percent: 10, wait: 5m}}\n";
        assert_eq!(
            json(base, "strategy: {linear: {percent: 20}}\n"),
            r#"{"strategy":{"linear":{"percent":20}}}"#
        );
        assert_eq!(
            json(base, "strategy: {canary: {percent: 20}}\n"),
            r#"{"strategy":{"canary":{"percent":20,"wait":"5m"}}}"#
        );
        assert_eq!(json(base, "strategy: all_at_once\n"), r#"{"strategy":"all_at_once"}"#);
        assert_eq!(json("strategy: canary\n", base), r#"{"strategy":{"canary":{"percent":10,"wait":"5m"}}}"#);
        assert_eq!(json(base, "strategy: {canary: null, linear: {}}\n"), r#"{"strategy":{"linear":{}}}"#);
        assert_eq!(
            json("plain: {canary: 1}\n", "plain: {linear: 1}\n"),
            r#"{"plain":{"canary":1,"linear":1}}"#
        );
    }

    #[test]
    fn the_callback_gets_the_keys_from_the_root() {
        let mut sources = Sources::new();
        let files =
            [sources.add("a", "s: {web: {d: {a: 1}}}\n"), sources.add("b", "s: {web: {d: {b: 1}}}\n")];
        let [base, over] = files.map(|file| read(&sources, file).expect("reads"));
        let node = overlay(&base, &over, &|keys| keys == ["s", "web", "d"]);
        assert_eq!(node.to_json().to_string(), r#"{"s":{"web":{"d":{"b":1}}}}"#);
    }

    #[test]
    fn a_value_is_blamed_where_it_was_written() {
        let (sources, node) = laid("a: {x: 1, y: 2}\nb: 1\n", "a: {y: three}\nb: {c: 1}\n");
        let at = |trail: Trail, aim| {
            let span = node.locate(&trail, aim);
            format!("{}: {}", sources.path(span.file), sources.slice(span))
        };
        assert_eq!(at(Trail::of(["a", "x"]), Aim::Value), "base.yaml: 1");
        assert_eq!(at(Trail::of(["a", "y"]), Aim::Value), "over.yaml: three");
        assert_eq!(at(Trail::of(["a", "y"]), Aim::Key), "over.yaml: y");
        assert_eq!(at(Trail::of(["a"]), Aim::Key), "base.yaml: a");
        assert_eq!(at(Trail::of(["b"]), Aim::Key), "over.yaml: b");
    }

    #[test]
    fn an_empty_overlay_changes_nothing() {
        assert_eq!(json("a: {b: 1}\n", "a: {}\n"), r#"{"a":{"b":1}}"#);
        let (_, base) = laid("a: 1\n", "a: 2\n");
        let nothing = Node { span: base.span, data: Data::Null };
        assert_eq!(overlay(&base, &nothing, &|_| true), base);
        assert_eq!(json("strategy: {canary: {}}\n", "strategy: {}\n"), r#"{"strategy":{"canary":{}}}"#);
    }
}
