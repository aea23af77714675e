//! What a Dockerfile tells of the service: the port it exposes, and the path its own health check asks for.

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

/// Reads the last stage, and the stages it is built from by name. What is not understood is no hint.
pub(super) fn read(text: &str) -> Hints {
    let mut stages: Vec<(String, Hints)> = Vec::new();
    for line in instructions(text) {
        let mut words = line.split_whitespace();
        let instruction = words.next().unwrap_or_default().to_ascii_uppercase();
        if instruction == "FROM" {
            let words: Vec<&str> = words.filter(|word| !word.starts_with("--")).collect();
            let base = words.first().and_then(|base| stages.iter().rfind(|(name, _)| name == base));
            let hints = base.map(|(_, hints)| hints.clone()).unwrap_or_default();
            let name = if words.len() == 3 { words[2] } else { "" };
            stages.push((name.to_owned(), hints));
            continue;
        }
        let Some((_, hints)) = stages.last_mut() else { continue };
        match instruction.as_str() {
            "EXPOSE" => hints.port = hints.port.or_else(|| words.find_map(port)),
            "HEALTHCHECK" => hints.health = path(&line),
            _ => {}
        }
    }
    stages.pop().map(|(_, hints)| hints).unwrap_or_default()
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
