//! Every resource of every rendered template has the shape CloudFormation's own schema of its type asks for.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "invariants/matrix.rs"]
mod matrix;

use bluegreen::{cfn::catalogue::Catalogue, emit, render};

#[test]
fn every_rendered_resource_has_the_shape_of_its_type() {
    let (mut said, mut seen) = (Vec::new(), 0);
    for case in matrix::all() {
        render::templates(&case.resolved, &[], &mut |stack| {
            let template = emit::to_json_value(&stack.template);
            for (id, resource) in template["Resources"].as_object().unwrap() {
                seen += 1;
                let kind = resource["Type"].as_str().unwrap();
                let Some(schema) = Catalogue::schema(kind) else {
                    said.push(format!("{}: {}/{id}: {kind} is not in the catalogue", case.label, stack.name));
                    continue;
                };
                let empty = serde_json::json!({});
                for fault in schema.validate(resource.get("Properties").unwrap_or(&empty)) {
                    said.push(format!("{}: {}/{id} ({kind}): {fault}", case.label, stack.name));
                }
            }
        });
    }
    assert!(seen > 1000, "only {seen} resources were looked at");
    assert!(said.is_empty(), "{} faults:\n{}", said.len(), said.join("\n"));
}
