use minijinja::{UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;
use thiserror::Error;

/// An artifact could not be written. Always a fault of bluegreen, never of a blueprint.
#[derive(Debug, Error)]
#[error("{name} could not be rendered")]
pub struct ArtifactError {
    name: &'static str,
    #[source]
    cause: minijinja::Error,
}

/// Fills in a template. Names that are not in the context are errors, `sh` quotes a value for a shell. `room` is how many
/// bytes the text has most likely: one that grows is held twice for a moment.
pub(crate) fn render<C: Serialize>(
    name: &'static str,
    template: &'static str,
    context: &C,
    room: usize,
) -> Result<String, ArtifactError> {
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("sh", |value: &str| quote(value));
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map(|syntax| environment.set_syntax(syntax))
        .and_then(|()| environment.add_template(name, template))
        .and_then(|()| {
            let mut text = Vec::with_capacity(room);
            environment.get_template(name)?.render_captured_to(Serde(context), &mut text)?;
            Ok(String::from_utf8(text).expect("the template engine writes text"))
        })
        .map_err(|cause| ArtifactError { name, cause })
}

/// A value as one word of a shell command.
pub(crate) fn quote(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,%+".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_a_shell_would_change() {
        assert_eq!(quote("arn:aws:s3:::x/y"), "arn:aws:s3:::x/y");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's $5 `now`"), r"'it'\''s $5 `now`'");
        assert_eq!(quote("~"), "'~'");
    }

    #[test]
    fn undefined_names_are_errors() {
        let context: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
        assert!(render("test", "{{ absent }}", &context, 0).is_err());
    }
}
