//! The service blueprints that come with bluegreen: the files of `blueprints/`, compiled in.

macro_rules! blueprints {
    ($($name:literal)*) => {
        /// Name and text of each, the most common first.
        pub const ALL: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../blueprints/", $name, ".yaml")))),*];
    };
}

blueprints! { "web" "api" "grpc" "multi-container" "worker" "critical" "express" }

/// The text of a built-in service blueprint.
pub fn text(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
