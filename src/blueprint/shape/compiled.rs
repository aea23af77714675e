//! The verdict on whole documents, compiled from the committed schema: making a validator as the tool starts would take longer
//! than everything else it does.

use serde_json::Value;

use crate::blueprint::units::each_format;

macro_rules! compile {
    ($($name:literal $kind:ident $($bound:literal)*),* $(,)?) => {
        #[jsonschema::validator(
            path = "schemas/application.schema.json",
            validate_formats = true,
            formats = {
                $($name => crate::blueprint::units::fits::<crate::blueprint::units::$kind<$($bound),*>>),*
            },
            methods = { is_valid = true, validate = false, iter_errors = false }
        )]
        struct Application;
    };
}
each_format!(compile);

/// Whether a document has the shape of an application blueprint.
pub(crate) fn application(document: &Value) -> bool {
    Application::is_valid(document)
}
