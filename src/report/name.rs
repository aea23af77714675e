//! Names of files as other machines take them: with `/`, and from the folder the tool was run in.

use std::fmt::Write;

use camino::Utf8Path;

/// A path with `/`, without `.`, and without `..` where that can be told from the path alone.
pub(super) fn relative(path: &Utf8Path) -> String {
    let path = if cfg!(windows) { path.as_str().replace('\\', "/") } else { path.as_str().to_owned() };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// A path as a URI: relative where the path is, else `file:///…`.
pub(super) fn uri(path: &Utf8Path) -> String {
    let name = relative(path);
    // The colon of `C:` stays, as it does in every file URI.
    let drive =
        if cfg!(windows) && path.is_absolute() { name.find(':').map_or(0, |colon| colon + 1) } else { 0 };
    let mut uri = String::new();
    if path.is_absolute() {
        uri.push_str(if name.starts_with('/') { "file://" } else { "file:///" });
    }
    uri.push_str(&name[..drive]);
    for byte in name[drive..].bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            write!(uri, "%{byte:02X}").expect("a string takes all");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        for (path, name) in [
            ("shop.yaml", "shop.yaml"),
            ("./shop.yaml", "shop.yaml"),
            ("a//b/./c.yaml", "a/b/c.yaml"),
            ("a/../b.yaml", "b.yaml"),
            ("../../b.yaml", "../../b.yaml"),
            ("a/../../b.yaml", "../b.yaml"),
            ("/a/../b.yaml", "/b.yaml"),
        ] {
            assert_eq!(relative(Utf8Path::new(path)), name);
        }
    }

    #[test]
    #[cfg(unix)]
    fn uris_hold_nothing_but_what_they_may() {
        for (path, name) in [
            ("./a b/é:1,%.yaml", "a%20b/%C3%A9%3A1%2C%25.yaml"),
            ("a\\b?#.yaml", "a%5Cb%3F%23.yaml"),
            ("<stdin>", "%3Cstdin%3E"),
            ("/a b.yaml", "file:///a%20b.yaml"),
        ] {
            assert_eq!(uri(Utf8Path::new(path)), name);
        }
    }
}
