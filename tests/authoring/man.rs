//! Manual pages: one for each command, the same every time, and read by what shows them.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

fn bluegreen(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bluegreen"))
        .args(arguments)
        .current_dir(folder)
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The commands, as `--help` lists them.
fn commands(folder: &Path) -> BTreeSet<String> {
    let help = bluegreen(folder, &["--help"]).1;
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = bluegreen(folder.path(), &["man", "--out", "share/man1"]);
    assert_eq!(code, 0, "{err}");
    let written: BTreeSet<String> = fs::read_dir(folder.path().join("share/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let commands = commands(folder.path());
    assert!(commands.len() > 5, "{commands:?}");
    let mut expected: BTreeSet<String> = commands.iter().map(|name| format!("bluegreen-{name}.1")).collect();
    expected.insert("bluegreen.1".into());
    assert_eq!(written, expected);
    assert_eq!(out.lines().count(), written.len());
    for name in &commands {
        let (code, page, _) = bluegreen(folder.path(), &["man", name]);
        assert_eq!(code, 0);
        let file = fs::read_to_string(folder.path().join(format!("share/man1/bluegreen-{name}.1"))).unwrap();
        assert_eq!(page, file);
        assert!(page.contains(&format!(".TH bluegreen-{name} 1")) && page.contains(".SH OPTIONS"), "{page}");
        assert!(page.lines().all(|line| !line.starts_with("'") && line.len() < 2_000), "{name}");
    }
    let main = bluegreen(folder.path(), &["man"]).1;
    for name in &commands {
        assert!(main.contains(&format!("bluegreen\\-{name}(1)")), "{name}");
    }
    let (code, _, err) = bluegreen(folder.path(), &["man", "chekc"]);
    assert_eq!(code, 2);
    assert!(err.contains("there is no command `chekc`; there are init, check"), "{err}");
}

/// `man`, where there is one, has nothing to complain about.
#[test]
fn pages_are_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    bluegreen(folder.path(), &["man", "--out", "man1"]);
    for entry in fs::read_dir(folder.path().join("man1")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(output) =
            Command::new("groff").args(["-man", "-Kutf8", "-Tutf8", "-ww", "-z"]).arg(&path).output()
        else {
            println!("not tested: there is no groff");
            return;
        };
        assert!(output.status.success(), "{}", path.display());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", path.display());
    }
}
