use crate::{
    cfn::{CompositeAlarm, Text, Value},
    engines::watched::watched,
    stacks::{Canvas, ServiceParts, Site},
};

/// Draws the alarm that takes a release back: CloudFormation watches five at most, and a composite one counts as one (facts 8.13).
/// Its name is fixed, because whoever releases names it.
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) {
    let names: Vec<(Text, Value)> = watched(site, parts.alarms)
        .into_iter()
        .enumerate()
        .map(|(at, name)| (format!("Alarm{at}").into(), name))
        .collect();
    if names.is_empty() {
        return;
    }
    let rule: Vec<String> = names.iter().map(|(name, _)| format!("ALARM(\"${{{name}}}\")")).collect();
    let full = site.full_name();
    let name = format!("{full}-rollback");
    canvas.template.add(
        canvas.id("RollbackAlarm"),
        CompositeAlarm::new()
            .alarm_name(name.clone())
            .alarm_description(format!(
                "Takes a release of {full} back: one of the alarms it is watched with is red"
            ))
            .alarm_rule(Value::sub_all(&rule.join(" OR "), names)),
    );
    canvas.rolls_back_on(name);
}
