use serde_json::Value;

use super::{Step, value::Walk};

/// Properties whose list is a set: the order of its items means nothing.
const SETS: &[&str] = &[
    "Action",
    "AlarmActions",
    "Capabilities",
    "ContainerDefinitions",
    "DependsOn",
    "Environment",
    "EnvironmentVariables",
    "ManagedPolicyArns",
    "NotAction",
    "NotResource",
    "OKActions",
    "Parameters",
    "Policies",
    "Resource",
    "Secrets",
    "SecurityGroupEgress",
    "SecurityGroupIngress",
    "SecurityGroups",
    "Statement",
    "Subnets",
    "Tags",
];

/// Properties that may hold one thing or a list of things.
pub(super) fn may_be_one(property: &str) -> bool {
    matches!(property, "Action" | "NotAction" | "Resource" | "NotResource" | "DependsOn" | "Statement")
}

/// Keys that name an item, the most telling first.
const NAMES: &[&str] = &["Sid", "Name", "Key", "Id", "PolicyName", "CapacityProvider", "AttributeName"];

/// Compares two lists.
pub(super) fn compare(walk: &mut Walk, before: &[Value], after: &[Value]) {
    let is_set = SETS.binary_search(&walk.property()).is_ok();
    if let Some((then, now)) = names(before, after) {
        by_name(walk, before, after, &then, &now, is_set);
    } else if is_set {
        as_set(walk, before, after);
    } else {
        in_order(walk, before, after);
    }
}

/// What names the items of both lists, where one key does for all of them.
fn names(before: &[Value], after: &[Value]) -> Option<(Vec<String>, Vec<String>)> {
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let of = |items: &[Value], key: &str| -> Option<Vec<String>> {
        let names = items
            .iter()
            .map(|item| Some(item.as_object()?.get(key)?.as_str()?.to_owned()))
            .collect::<Option<Vec<_>>>()?;
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort_unstable();
        sorted.windows(2).all(|pair| pair[0] != pair[1]).then_some(names)
    };
    NAMES.iter().find_map(|key| Some((of(before, key)?, of(after, key)?)))
}

fn by_name(
    walk: &mut Walk,
    before: &[Value],
    after: &[Value],
    then: &[String],
    now: &[String],
    is_set: bool,
) {
    for (at, name) in now.iter().enumerate() {
        let old = then.iter().position(|known| known == name).map(|at| &before[at]);
        walk.step(Step::Item(at, Some(name.clone())), old, Some(&after[at]));
    }
    for (at, name) in then.iter().enumerate().filter(|(_, name)| !now.contains(name)) {
        walk.step(Step::Item(at, Some(name.clone())), Some(&before[at]), None);
    }
    if is_set {
        return;
    }
    let in_both = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|name| those.contains(name)).cloned().collect()
    };
    let (old, new) = (in_both(then, now), in_both(now, then));
    if old != new {
        walk.differs(Some(old.into()), Some(new.into()));
    }
}

fn as_set(walk: &mut Walk, before: &[Value], after: &[Value]) {
    let mut gone: Vec<(usize, &Value)> = before.iter().enumerate().collect();
    let mut new: Vec<(usize, &Value)> = Vec::new();
    for (at, item) in after.iter().enumerate() {
        match gone.iter().position(|(_, known)| *known == item) {
            Some(same) => drop(gone.remove(same)),
            None => new.push((at, item)),
        }
    }
    apart(walk, &gone, &new);
}

fn in_order(walk: &mut Walk, before: &[Value], after: &[Value]) {
    let start = before.iter().zip(after).take_while(|(then, now)| then == now).count();
    let (before_rest, after_rest) = (&before[start..], &after[start..]);
    let end =
        before_rest.iter().rev().zip(after_rest.iter().rev()).take_while(|(then, now)| then == now).count();
    let middle = |items: &'_ [Value]| start..items.len() - end;
    let gone: Vec<_> = middle(before).map(|at| (at, &before[at])).collect();
    let new: Vec<_> = middle(after).map(|at| (at, &after[at])).collect();
    apart(walk, &gone, &new);
}

/// Items without partners: as many on either side are compared one by one, otherwise they came and went.
fn apart(walk: &mut Walk, gone: &[(usize, &Value)], new: &[(usize, &Value)]) {
    if gone.len() == new.len() {
        for ((_, then), (at, now)) in gone.iter().zip(new) {
            walk.step(Step::Item(*at, None), Some(then), Some(now));
        }
        return;
    }
    for (at, now) in new {
        walk.step(Step::Item(*at, None), None, Some(now));
    }
    for (at, then) in gone {
        walk.step(Step::Item(*at, None), Some(then), None);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::SETS;
    use crate::compare::values;

    fn told(before: &Value, after: &Value) -> Vec<String> {
        let show = |value: Option<Value>| value.map_or("-".to_owned(), |value| value.to_string());
        values(before, after)
            .into_iter()
            .map(|(path, before, after)| format!("{path}: {} -> {}", show(before), show(after)))
            .collect()
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(SETS.is_sorted());
    }

    #[test]
    fn order_means_nothing_where_it_means_nothing() {
        for (before, after) in [
            (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1})),
            (json!({"Tags": [{"Key": "a"}, {"Key": "b"}]}), json!({"Tags": [{"Key": "b"}, {"Key": "a"}]})),
            (json!({"Action": ["a", "b"]}), json!({"Action": ["b", "a"]})),
            (json!({"Action": "a"}), json!({"Action": ["a"]})),
            (json!({"Arn": {"Fn::GetAtt": "A.Arn"}}), json!({"Arn": {"Fn::GetAtt": ["A", "Arn"]}})),
        ] {
            assert_eq!(told(&before, &after), Vec::<String>::new());
        }
    }

    #[test]
    fn order_is_told_where_it_means_something() {
        let stages = |names: [&str; 2]| json!({"Stages": [{"Name": names[0]}, {"Name": names[1]}]});
        assert_eq!(
            told(&stages(["Source", "Build"]), &stages(["Build", "Source"])),
            [r#"Stages: ["Source","Build"] -> ["Build","Source"]"#]
        );
        assert_eq!(
            told(&json!({"Command": ["a", "b"]}), &json!({"Command": ["b", "a"]})),
            [r#"Command[0]: "a" -> "b""#, r#"Command[1]: "b" -> "a""#]
        );
    }

    #[test]
    fn items_are_matched_by_name() {
        let before = json!({"Statement": [{"Sid": "A", "Action": "a"}, {"Sid": "B", "Action": "b"}]});
        let after = json!({"Statement": [{"Sid": "C", "Action": "c"}, {"Sid": "A", "Action": ["a", "x"]}]});
        assert_eq!(
            told(&before, &after),
            [
                r#"Statement[C]: - -> {"Sid":"C","Action":"c"}"#,
                r#"Statement[A].Action[1]: - -> "x""#,
                r#"Statement[B]: {"Sid":"B","Action":"b"} -> -"#,
            ]
        );
    }

    #[test]
    fn one_item_more_is_one_change() {
        assert_eq!(told(&json!([1, 2, 3]), &json!([1, 9, 2, 3])), ["[1]: - -> 9"]);
        assert_eq!(told(&json!([1, 2, 3]), &json!([1, 3])), ["[1]: 2 -> -"]);
    }

    #[test]
    fn functions_are_shown_whole_and_branches_are_looked_into() {
        assert_eq!(
            told(&json!({"Fn::Sub": "a"}), &json!({"Fn::Sub": "b"})),
            [r#": {"Fn::Sub":"a"} -> {"Fn::Sub":"b"}"#]
        );
        assert_eq!(
            told(&json!({"Fn::If": ["C", {"A": 1}, 2]}), &json!({"Fn::If": ["C", {"A": 3}, 2]})),
            ["Fn::If[1].A: 1 -> 3"]
        );
        assert_eq!(
            told(&json!({"A": {"Ref": "B"}}), &json!({"A": {"C": 1}})),
            [r#"A: {"Ref":"B"} -> {"C":1}"#]
        );
    }

    #[test]
    fn templates_are_compared_section_by_section() {
        let before = json!({"Description": "a", "Resources": {"A": {"Type": "T"}, "B": {"Type": "T"}}});
        let after = json!({"Description": "b", "Resources": {"B": {"Type": "U"}, "C": {"Type": "T"}}});
        let changes = crate::compare::stacks(
            &[("s".into(), before), ("old".into(), json!({}))],
            &[("s".into(), after), ("new".into(), json!({}))],
        );
        let told: Vec<_> = changes
            .iter()
            .map(|it| format!("{} {:?} {}/{} {}", it.stack, it.kind(), it.section, it.id, it.path))
            .collect();
        assert_eq!(
            told,
            [
                "s Changed Description/ ",
                "s Changed Resources/B Type",
                "s Added Resources/C ",
                "s Removed Resources/A ",
                "new Added / ",
                "old Removed / ",
            ]
        );
    }
}
