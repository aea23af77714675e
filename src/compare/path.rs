use std::fmt::{self, Write as _};

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into a map.
    Key(String),
    /// Into a list: the position in the template that has the item (the later one, where both have it), and the item's name,
    /// where it carries one.
    Item(usize, Option<String>),
}

/// A way into a part of a template. As text it is for people: `Properties.ContainerDefinitions[web].Memory`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// Whether it leads nowhere further.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a JSON pointer (RFC 6901), with positions for items.
    pub fn pointer(&self) -> String {
        let mut out = String::new();
        for step in &self.0 {
            out.push('/');
            match step {
                Step::Key(key) => out.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Item(at, _) => {
                    let _ = write!(out, "{at}");
                }
            }
        }
        out
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => write!(out, "{key}")?,
                Step::Key(key) => write!(out, ".{key}")?,
                Step::Item(_, Some(name)) => write!(out, "[{name}]")?,
                Step::Item(at, None) => write!(out, "[{at}]")?,
            }
        }
        Ok(())
    }
}
