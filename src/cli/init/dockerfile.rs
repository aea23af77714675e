//! What a Dockerfile tells of the service: the port it exposes, and the path its own health check asks for. Variables are followed to
//! the values that the Dockerfile itself gives them.

use std::collections::BTreeMap;

use crate::blueprint::units::{HttpPath, Port, Written};

/// What is told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Hints {
    /// `EXPOSE 8080`
    pub(super) port: Option<Port>,
    /// `HEALTHCHECK CMD curl -f http://localhost:8080/health`
    pub(super) health: Option<HttpPath>,
}

impl Hints {
    /// What was taken of it, and what was not found, for port and path as far as they are wanted.
    pub(super) fn told(&self, port: bool, health: bool) -> Vec<String> {
        let mut lines = Vec::new();
        if port {
            lines.push(match &self.port {
                Some(port) => format!("port {} (EXPOSE)", port.get()),
                None => "no port that is exposed (EXPOSE)".to_owned(),
            });
        }
        if health {
            lines.push(match &self.health {
                Some(path) => {
                    format!("health check on {path} (HEALTHCHECK); the load balancer asks it, ECS ignores the image's own")
                }
                None => "no URL that a health check asks (HEALTHCHECK)".to_owned(),
            });
        }
        lines
    }
}

/// Variables and what they stand for.
type Variables = BTreeMap<String, String>;

/// A stage as far as it was read.
#[derive(Debug, Default, Clone)]
struct Stage {
    name: String,
    hints: Hints,
    variables: Variables,
}

/// Reads the last stage, and the stages it is built from by name. What is not understood is no hint.
pub(super) fn read(text: &str) -> Hints {
    let mut stages: Vec<Stage> = Vec::new();
    // What is declared before the first stage holds in those that declare it again.
    let mut global = Variables::new();
    for line in instructions(text) {
        let mut words = line.split_whitespace();
        let instruction = words.next().unwrap_or_default().to_ascii_uppercase();
        if instruction == "FROM" {
            let words: Vec<&str> = words.filter(|word| !word.starts_with("--")).collect();
            let base = words.first().and_then(|base| stages.iter().rfind(|stage| stage.name == *base));
            let mut stage = base.cloned().unwrap_or_default();
            stage.name = if words.len() == 3 { words[2] } else { "" }.to_owned();
            stages.push(stage);
            continue;
        }
        let rest = line[instruction.len()..].trim();
        let Some(stage) = stages.last_mut() else {
            if instruction == "ARG" {
                declare(rest, &mut global, &Variables::new());
            }
            continue;
        };
        match instruction.as_str() {
            "ARG" => declare(rest, &mut stage.variables, &global),
            "ENV" => set(rest, &mut stage.variables),
            "EXPOSE" => {
                let rest = filled(rest, &stage.variables);
                stage.hints.port = stage.hints.port.or_else(|| rest.split_whitespace().find_map(port));
            }
            "HEALTHCHECK" => stage.hints.health = path(&filled(rest, &stage.variables)),
            _ => {}
        }
    }
    stages.pop().map(|stage| stage.hints).unwrap_or_default()
}

/// `ARG PORT=3000`, or `ARG PORT` of what was declared before all stages. What stands in the environment already stays.
fn declare(rest: &str, variables: &mut Variables, global: &Variables) {
    for word in rest.split_whitespace() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(plain(value))),
            None => (word, global.get(word).cloned()),
        };
        if let (Some(value), false) = (value, variables.contains_key(name)) {
            let value = filled(&value, variables);
            variables.insert(name.to_owned(), value);
        }
    }
}

/// `ENV PORT=3000 HOST=0.0.0.0`, or `ENV PORT 3000`.
fn set(rest: &str, variables: &mut Variables) {
    let first = rest.split_whitespace().next().unwrap_or_default();
    let pairs: Vec<(&str, &str)> = if first.contains('=') {
        rest.split_whitespace().filter_map(|word| word.split_once('=')).collect()
    } else {
        rest.split_once(char::is_whitespace).into_iter().collect()
    };
    for (name, value) in pairs {
        let value = filled(&plain(value.trim()), variables);
        variables.insert(name.to_owned(), value);
    }
}

fn plain(value: &str) -> String {
    value.trim_matches(['"', '\'']).to_owned()
}

/// The text with `$NAME`, `${NAME}` and `${NAME:-default}` replaced, where it is known by what; the rest as it is.
fn filled(text: &str, variables: &Variables) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let (whole, name, default) = match rest[1..].strip_prefix('{') {
            Some(inner) => {
                let Some(end) = inner.find('}') else { break };
                let (name, default) = match inner[..end].split_once(":-") {
                    Some((name, default)) => (name, Some(default)),
                    None => (&inner[..end], None),
                };
                (end + 3, name, default)
            }
            None => {
                let end = rest[1..].find(|letter| !is_name(letter)).map_or(rest.len(), |end| end + 1);
                (end, &rest[1..end], None)
            }
        };
        match variables.get(name).map(String::as_str).or(default) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[..whole]),
        }
        rest = &rest[whole..];
    }
    out.push_str(rest);
    out
}

/// Lines without comments, with those that end in `\` put together.
fn instructions(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_suffix('\\') {
            Some(part) => open.push_str(part),
            None => {
                open.push_str(line);
                all.push(std::mem::take(&mut open));
            }
        }
    }
    all.push(open);
    all
}

fn port(word: &str) -> Option<Port> {
    let (number, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
    let number: u16 = number.parse().ok().filter(|_| protocol == "tcp")?;
    Port::try_from(number).ok()
}

fn path(line: &str) -> Option<HttpPath> {
    let (_, rest) = line.split_once("://")?;
    let end = rest
        .find(|letter: char| letter.is_whitespace() || "\"'`;,)|&".contains(letter))
        .unwrap_or(rest.len());
    let path = rest[..end].find('/').map(|at| &rest[at..end])?;
    // A variable of the shell would be taken for an expression.
    HttpPath::parse(path).ok().filter(|path| !path.as_str().contains('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Option<u16>, Option<String>) {
        let hints = read(text);
        (hints.port.map(Port::get), hints.health.map(|path| path.to_string()))
    }

    #[test]
    fn port_and_path_are_found() {
        let text = "FROM rust AS build\nEXPOSE 1\nFROM debian\nexpose 53/udp 8081/tcp\nHEALTHCHECK --interval=5s \\\n  # why\n  CMD curl -f http://localhost:8081/up || exit 1\n";
        assert_eq!(told(text), (Some(8081), Some("/up".into())));
        assert_eq!(
            told("FROM a\nHEALTHCHECK CMD [\"wget\", \"http://127.0.0.1/ok\"]\n").1,
            Some("/ok".into())
        );
    }

    #[test]
    fn stages_inherit_by_name() {
        assert_eq!(told("FROM a AS base\nEXPOSE 80\nFROM base\nRUN x\n").0, Some(80));
    }

    #[test]
    fn variables_are_followed_to_what_the_file_gives_them() {
        for text in [
            "FROM node\nENV PORT=3000\nEXPOSE $PORT\nHEALTHCHECK CMD wget -qO- http://localhost:${PORT}/up\n",
            "FROM node\nARG PORT=3000\nEXPOSE ${PORT}/tcp\nHEALTHCHECK CMD curl localhost://x/up || exit 1\n",
            "FROM node\nENV PORT 3000\nENV BASE=/up\nEXPOSE $PORT\nHEALTHCHECK CMD curl http://localhost$BASE\n",
            "ARG PORT=3000\nFROM node\nARG PORT\nEXPOSE $PORT\nHEALTHCHECK CMD curl http://localhost/up\n",
            "FROM node AS base\nENV P=3000 HOST=\"0.0.0.0\"\nFROM base\nEXPOSE ${P}\nHEALTHCHECK CMD curl http://$HOST/up\n",
            "FROM node\nEXPOSE ${PORT:-3000}\nHEALTHCHECK CMD curl http://localhost:${PORT:-3000}/up\n",
            "FROM node\nENV A=3000\nENV PORT=$A\nEXPOSE $PORT\nHEALTHCHECK CMD curl http://localhost/up\n",
        ] {
            assert_eq!(told(text), (Some(3000), Some("/up".into())), "{text}");
        }
        // Not known here, or of another stage.
        for text in [
            "ARG PORT=1\nFROM node\nEXPOSE $PORT\n",
            "FROM a\nENV PORT=1\nFROM b\nEXPOSE $PORT\n",
            "FROM a\nEXPOSE ${PORT\n",
            "FROM a\nEXPOSE $\n",
            "FROM a\nENV é=1\nEXPOSE $é\n",
        ] {
            assert_eq!(told(text), (None, None), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_no_hint() {
        for text in [
            "",
            "EXPOSE 1",
            "FROM a\nEXPOSE $PORT 0 99999\nHEALTHCHECK NONE",
            "FROM a\nHEALTHCHECK CMD curl http://localhost/${X}",
            "FROM a\nHEALTHCHECK CMD true",
        ] {
            assert_eq!(told(text), (None, None), "{text}");
        }
    }
}
