use serde_json::json;

use super::{Canvas, Site};
use crate::cfn::{Handle, Repository, Resource};

/// Draws the repository of a service's images.
///
/// Tags are immutable: under CodeDeploy nothing pins a tag to a digest, and tasks of one task set could run different images
/// (facts 1.2). Old images are kept by number, so that a rollback finds its own (S-101).
pub(super) fn repository(canvas: &mut Canvas, site: Site<'_>) -> Handle<Repository> {
    let keep = site.service.service.image.keep;
    let lifecycle = json!({"rules": [{
        "rulePriority": 1,
        "description": format!("Keep the last {keep} images"),
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
        "action": {"type": "expire"},
    }]});
    let lifecycle = format!("{}\n", serde_json::to_string_pretty(&lifecycle).expect("keys are text"));
    use crate::cfn::Value;
    canvas.template.add(
        canvas.id("Repository"),
        Repository::new()
            .repository_name(site.names().repository(site.service))
            .image_tag_mutability("IMMUTABLE")
            .image_scanning_configuration(Value::map([("ScanOnPush", Value::from(true))]))
            .encryption_configuration(Value::map([("EncryptionType", Value::from("AES256"))]))
            .lifecycle_policy(Value::map([("LifecyclePolicyText", Value::from(lifecycle))]))
            .retained(),
    )
}
