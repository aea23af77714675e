//! Input that no one should give and places where nothing can be written: a clear message, the right exit code, no trace
//! of a panic, and the output folder as it was or as it should be.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use bluegreen::{
    render::{self, Format},
    resolve::Blueprint,
    rules,
    source::Sources,
};
use proptest::prelude::*;

fn bluegreen() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bluegreen"));
    command.env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn shop() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/shop/blueprint.yaml")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// One clear message and this exit code.
fn fails(output: &Output, code: i32, says: &str) {
    let all = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{all}");
    assert!(all.contains(says), "expected `{says}` in: {all}");
    assert!(!all.contains("panicked") && !all.contains("RUST_BACKTRACE"), "{all}");
    assert!(!all.contains('\u{1b}'), "colours in a pipe: {all}");
}

/// `check` and `render` of a document: neither may write anything.
fn document(bytes: &[u8], code: i32, says: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("blueprint.yaml"), bytes).unwrap();
    let begun = Instant::now();
    for command in ["check", "render", "inspect"] {
        let output = bluegreen().current_dir(folder.path()).arg(command).output().unwrap();
        fails(&output, code, says);
    }
    // No measure of speed: what grows with the square of the text would take hours.
    assert!(begun.elapsed() < Duration::from_secs(600), "took {:?}", begun.elapsed());
    assert!(!folder.path().join("dist").exists());
}

#[test]
fn not_yaml() {
    document(b"{", 1, "BG001");
    document(b"a: b: c\n", 1, "BG001");
    document(b"<html><body>404</body></html>\n", 1, "error[");
    document(b"\x00\x01\x02\x03", 1, "error[");
}

#[test]
fn nothing() {
    document(b"", 1, "BG002");
    document(b"# only a comment\n", 1, "BG002");
    document(b"\n\n   \n", 1, "BG002");
    document(b"---\n...\n", 1, "error[");
}

#[test]
fn fifty_megabytes() {
    let mut bytes = fs::read(shop()).unwrap();
    bytes.resize(50 * 1024 * 1024, b'#');
    document(&bytes, 2, "larger than 16 MiB");
}

#[test]
fn fifteen_megabytes_of_values() {
    let mut bytes = b"schema: 1\napp: shop\nx-list:\n".to_vec();
    while bytes.len() < 15 * 1024 * 1024 {
        bytes.extend(b"- a\n");
    }
    document(&bytes, 1, "BG013");
}

#[test]
fn ten_thousand_levels() {
    document("[".repeat(10_000).as_bytes(), 1, "error[");
    document(format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000)).as_bytes(), 1, "BG012");
    let mut deep = String::new();
    for level in 0..10_000 {
        deep.push_str(&" ".repeat(level.min(500)));
        deep.push_str("a:\n");
    }
    document(deep.as_bytes(), 1, "error[");
}

#[test]
fn a_bomb_of_aliases() {
    let mut bomb = String::from("x-a: &a [b, b, b, b, b, b, b, b, b]\n");
    for (from, to) in ('a'..'y').zip('b'..'z') {
        bomb.push_str(&format!("x-{to}: &{to} [*{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}]\n"));
    }
    document(bomb.as_bytes(), 1, "BG013");
}

#[test]
fn other_encodings() {
    document(b"app: \xff\n", 2, "not UTF-8");
    let utf16: Vec<u8> = "\u{feff}app: shop\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    document(&utf16, 2, "UTF-16");
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_fine() {
    let folder = tempfile::tempdir().unwrap();
    let shop = fs::read_to_string(shop()).unwrap().replace('\n', "\r\n");
    fs::write(folder.path().join("blueprint.yaml"), format!("\u{feff}{shop}")).unwrap();
    let output = bluegreen().current_dir(folder.path()).arg("check").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

#[test]
fn things_that_are_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let run = |path: &str| bluegreen().current_dir(folder.path()).args(["check", path]).output().unwrap();
    fails(&run("."), 2, "is a folder");
    fails(&run("none.yaml"), 2, "does not exist");
    fails(&run("blueprint.yaml/below"), 2, "does not exist");
    #[cfg(unix)]
    {
        fails(&run("/dev/zero"), 2, "not a regular file");
        fs::write(folder.path().join("file"), "").unwrap();
        fails(&run("file/below"), 2, "cannot be read");
        let pipe = folder.path().join("pipe");
        if Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
            fails(&run("pipe"), 2, "not a regular file");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blueprint.yaml");
    fs::copy(shop(), &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        println!("not tested: this user may read everything");
        return;
    }
    let output = bluegreen().current_dir(folder.path()).arg("check").output().unwrap();
    fails(&output, 2, "cannot be read");
}

/// Every file below a folder, with its bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn render(folder: &Path, blueprint: &Path) -> Command {
    let mut command = bluegreen();
    command.current_dir(folder).arg("render").arg(blueprint).args(["--out", "dist"]);
    command
}

/// A blueprint whose rendering differs from the shop's in every environment.
fn changed(folder: &Path) -> PathBuf {
    let path = folder.join("changed").join("blueprint.yaml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let shop = fs::read_to_string(shop()).unwrap();
    fs::write(&path, shop.replace("team: payments", "team: orders").replace("drain: 45s", "drain: 50s"))
        .unwrap();
    path
}

#[test]
fn the_output_folder_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dist"), "mine").unwrap();
    let output = render(folder.path(), &shop()).output().unwrap();
    fails(&output, 2, "dist");
    assert_eq!(fs::read_to_string(folder.path().join("dist")).unwrap(), "mine");
}

#[test]
fn an_output_file_is_a_folder_or_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("dist/shop/prod");
    fs::create_dir_all(inner.join("network.yaml")).unwrap();
    let before = tree(folder.path());
    fails(&render(folder.path(), &shop()).output().unwrap(), 2, "network.yaml");
    assert_eq!(tree(folder.path()), before);
    fs::remove_dir(inner.join("network.yaml")).unwrap();
    fs::write(inner.join("deploy.sh"), "mine").unwrap();
    let before = tree(folder.path());
    fails(&render(folder.path(), &shop()).output().unwrap(), 2, "deploy.sh");
    assert_eq!(tree(folder.path()), before);
}

#[test]
#[cfg(unix)]
fn an_output_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let dist = folder.path().join("dist");
    fs::create_dir(&dist).unwrap();
    fs::set_permissions(&dist, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(dist.join("probe"), "").is_ok() {
        println!("not tested: this user may write everywhere");
        fails(
            &bluegreen().arg("render").arg(shop()).args(["--out", "/proc/none"]).output().unwrap(),
            2,
            "/proc/none",
        );
        return;
    }
    fails(&render(folder.path(), &shop()).output().unwrap(), 2, "dist");
    assert!(tree(&dist).is_empty());
}

/// A full disk, by the largest size a file of this process may have: writing fails in the midst of the rendering.
#[test]
#[cfg(unix)]
fn a_disk_that_is_full() {
    let folder = tempfile::tempdir().unwrap();
    assert!(render(folder.path(), &shop()).status().unwrap().success());
    let before = tree(folder.path());
    let changed = changed(folder.path());
    let mut limited = Command::new("sh");
    limited
        .current_dir(folder.path())
        .args(["-c", "ulimit -f 16; trap '' XFSZ; exec \"$0\" render \"$1\" --out dist"])
        .arg(env!("CARGO_BIN_EXE_bluegreen"))
        .arg(&changed);
    let output = limited.output().unwrap();
    fails(&output, 2, "dist");
    let mut after = tree(folder.path());
    after.retain(|path, _| path.starts_with("dist"));
    assert_eq!(after, before.into_iter().filter(|(path, _)| path.starts_with("dist")).collect());
    #[cfg(target_os = "linux")]
    {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = bluegreen().arg("schema").stdout(full).stderr(Stdio::piped()).output().unwrap();
        fails(&output, 2, "standard output cannot be written");
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output =
            bluegreen().arg("check").arg(shop()).stdout(full).stderr(Stdio::piped()).output().unwrap();
        fails(&output, 2, "standard output cannot be written");
    }
}

/// Killed at any moment, a run leaves each environment as it was or as it should be, or the next run heals it.
#[test]
#[cfg(unix)]
fn a_run_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let changed = changed(folder.path());
    let dist = folder.path().join("dist");
    assert!(render(folder.path(), &changed).status().unwrap().success());
    let new = tree(&dist);
    let begun = Instant::now();
    assert!(render(folder.path(), &shop()).status().unwrap().success());
    let whole = begun.elapsed();
    let old = tree(&dist);
    for step in 0..12 {
        let mut child =
            render(folder.path(), &changed).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * step / 12);
        child.kill().unwrap();
        child.wait().unwrap();
        // No file is half written: each is an old one, a new one, or a remainder the next run clears away.
        for (path, bytes) in tree(&dist) {
            let known =
                |tree: &BTreeMap<PathBuf, Vec<u8>>| tree.get(&path).is_some_and(|whole| *whole == bytes);
            let listed = old.contains_key(&path) || new.contains_key(&path);
            assert!(!listed || known(&old) || known(&new), "half written: {}", path.display());
        }
        let healed = render(folder.path(), &changed).output().unwrap();
        assert!(healed.status.success(), "{}", text(&healed.stderr));
        assert_eq!(tree(&dist).keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
        assert_eq!(tree(&dist), new, "healed after {step}");
        assert!(render(folder.path(), &shop()).status().unwrap().success());
        assert_eq!(tree(&dist), old);
    }
}

#[test]
fn a_reader_that_goes_away() {
    for arguments in [vec!["schema"], vec!["inspect", "-e", "prod", "--origin"], vec!["--help"]] {
        let mut command = bluegreen();
        command.args(&arguments);
        if arguments[0] == "inspect" {
            command.arg(shop());
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0]).unwrap();
        drop(out);
        let output = child.wait_with_output().unwrap();
        fails(&output, 0, "");
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
    }
    // Findings stay findings when nobody reads on.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blueprint.yaml");
    let wrong: String = (0..300).map(|at| format!("x{at}: 1\n")).collect();
    fs::write(&path, format!("app: shop\n{wrong}")).unwrap();
    let mut child =
        bluegreen().arg("check").arg(&path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    fails(&output, 1, "");
}

#[test]
fn standard_input() {
    let run = |bytes: &[u8]| {
        let mut child = bluegreen()
            .args(["check", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(bytes);
        child.wait_with_output().unwrap()
    };
    assert_eq!(run(&fs::read(shop()).unwrap()).status.code(), Some(0));
    fails(&run(b""), 1, "<stdin>");
    fails(&run(&vec![b'#'; 17 * 1024 * 1024]), 2, "larger than 16 MiB");
}

/// Reads, judges and renders a text, whatever it is.
fn whole(text: &str) {
    let mut sources = Sources::new();
    let file = sources.add("blueprint.yaml", text);
    let findings = match Blueprint::read(&mut sources, file) {
        Err(findings) => findings,
        Ok(blueprint) => {
            let mut all = Vec::new();
            for environment in blueprint.environments() {
                match blueprint.resolve(environment) {
                    Err(findings) => all.extend(findings),
                    Ok(resolved) => {
                        let findings = rules::check(&resolved, blueprint.tree());
                        let errors =
                            findings.iter().any(|it| it.level == bluegreen::diagnostic::Level::Error);
                        all.extend(findings);
                        if !errors {
                            render::environment(resolved, "blueprint.yaml", Format::Yaml)
                                .expect("what is right is rendered");
                        }
                    }
                }
            }
            all
        }
    };
    for finding in &findings {
        assert!(finding.primary.as_ref().is_some_and(|mark| mark.span.is_some()), "{}", finding.title);
    }
    bluegreen::report::text(&sources, &findings, true);
    bluegreen::report::json(&sources, &findings);
}

fn blueprints() -> Vec<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for entry in fs::read_dir(root.join("examples")).unwrap() {
        texts.push(fs::read_to_string(entry.unwrap().path().join("blueprint.yaml")).unwrap());
    }
    for entry in fs::read_dir(root.join("tests/good")).unwrap() {
        texts.push(fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    texts.sort();
    texts
}

/// One slip of the hand.
fn slip(text: &mut String, kind: u8, at: usize, with: &str) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return;
    }
    let line = at % lines.len();
    let middle = |line: &str| {
        line.char_indices().map(|(at, _)| at).nth(at / 7 % line.chars().count().max(1)).unwrap_or(0)
    };
    match kind {
        0 => drop(lines.remove(line)),
        1 => lines.insert(line, lines[line].clone()),
        2 => lines[line] = with.to_owned(),
        3 => {
            let at = middle(&lines[line]);
            if !lines[line].is_empty() {
                lines[line].remove(at);
            }
        }
        4 => {
            let at = middle(&lines[line]);
            lines[line].insert_str(at, with);
        }
        5 => lines.swap(line, at / 3 % text.lines().count()),
        _ => {
            // Another value for a key.
            if let Some((key, _)) = lines[line].split_once(": ") {
                lines[line] = format!("{key}: {with}");
            }
        }
    }
    *text = lines.join("\n");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slips_of_the_hand_never_panic(
        blueprint in 0..1_000_usize,
        slips in prop::collection::vec(
            (0..7_u8, any::<usize>(), prop_oneof![
                Just("0".to_owned()), Just("-1".to_owned()), Just("99999999999999999999".to_owned()), Just("1e400".to_owned()),
                Just("[]".to_owned()), Just("{}".to_owned()), Just("null".to_owned()), Just("\"\"".to_owned()), Just("é\u{202e}".to_owned()),
                Just("${env.name}".to_owned()), Just("${app.name * 3}".to_owned()), Just("${'a' ~ env.region}".to_owned()),
                Just("4294967296h".to_owned()), Just("5m".to_owned()), Just("1GB".to_owned()), Just("*a".to_owned()), Just("&a b".to_owned()),
                "[ -~]{0,12}",
            ]),
            1..4,
        ),
    ) {
        let texts = blueprints();
        let mut text = texts[blueprint % texts.len()].clone();
        for (kind, at, with) in slips {
            slip(&mut text, kind, at, &with);
        }
        whole(&text);
    }
}

/// What people amend in the stacks is judged beside what else is wrong, as far as stacks can be drawn at all.
#[test]
fn what_is_broken_may_be_amended_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let broken = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let (mut tried, mut panicked) = (0, Vec::new());
    for entry in fs::read_dir(broken).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if text.contains("patches:") || text.contains('\r') || !text.contains("services:") {
            continue;
        }
        let amended = folder.path().join(path.file_name().unwrap());
        let patch = "where: {resource: NoSuchThing}, set: {/Properties/A: b}, reason: to see what happens";
        fs::write(&amended, format!("{}\npatches: {{some: {{{patch}}}}}\n", text.trim_end())).unwrap();
        for format in ["text", "json"] {
            let output = bluegreen().arg("check").arg(&amended).args(["--format", format]).output().unwrap();
            let said = self::text(&output.stderr);
            if said.contains("panicked") || output.status.code().is_none_or(|code| code > 2) {
                let why = said.lines().nth(1).unwrap_or_default().to_owned();
                panicked.push(format!("{}: {why}", path.file_name().unwrap().display()));
            }
        }
        tried += 1;
    }
    assert!(tried > 100, "{tried}");
    assert!(panicked.is_empty(), "{}", panicked.join("\n"));
}
