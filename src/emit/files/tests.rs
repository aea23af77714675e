//! Failures and kills at every single change of the disk, which no real disk gives on demand.

use std::{
    collections::BTreeMap,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{EmitError, OutputFile, check, write, write_watched};

/// Files of one folder with their list.
fn folder(path: &str, files: &[(&str, &str)]) -> Vec<OutputFile> {
    let mut names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    names.push("stacks.json");
    let list = serde_json::json!({"files": names, "of": files.len()}).to_string();
    files
        .iter()
        .copied()
        .chain([("stacks.json", list.as_str())])
        .map(|(name, text)| OutputFile {
            path: Utf8Path::new(path).join(name),
            text: text.into(),
            executable: name.ends_with(".sh"),
        })
        .collect()
}

fn before() -> Vec<OutputFile> {
    let mut files = folder(
        "shop/prod",
        &[
            ("network.yaml", "old"),
            ("deploy.sh", "old"),
            ("gone.yaml", "gone"),
            ("checkout/gone.json", "gone"),
        ],
    );
    files.extend(folder("shop/staging", &[("network.yaml", "same")]));
    files
}

fn after() -> Vec<OutputFile> {
    let mut files = folder(
        "shop/prod",
        &[
            ("network.yaml", "new"),
            ("deploy.sh", "new"),
            ("policies/network.json", "new"),
            ("edge.yaml", "new"),
        ],
    );
    files.extend(folder("shop/staging", &[("network.yaml", "same")]));
    files.extend(folder("shop/test", &[("network.yaml", "new")]));
    files
}

fn later() -> Vec<OutputFile> {
    let mut files =
        folder("shop/prod", &[("network.yaml", "later"), ("deploy.sh", "new"), ("edge.yaml", "later")]);
    files.extend(folder("shop/staging", &[]));
    files.extend(folder("shop/test", &[("cluster.yaml", "later")]));
    files
}

/// Everything under a folder: texts of files, nothing for folders.
fn tree(root: &Utf8Path) -> BTreeMap<Utf8PathBuf, Option<String>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in folder.read_dir_utf8().unwrap().map(Result::unwrap) {
            let path = entry.path().to_owned();
            let text = entry.file_type().unwrap().is_file().then(|| fs::read_to_string(&path).unwrap());
            if text.is_none() {
                open.push(path.clone());
            }
            found.insert(path.strip_prefix(root).unwrap().to_owned(), text);
        }
    }
    found
}

struct Scene {
    _home: tempfile::TempDir,
    root: Utf8PathBuf,
}

impl Scene {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(home.path().join("dist")).unwrap();
        write(&root, &before()).unwrap();
        fs::write(root.join("shop/prod/notes.md"), "mine").unwrap();
        Self { _home: home, root }
    }

    /// The exchange, failing at one change and, if so wished, at all after it. `None` when there are fewer changes.
    fn fail(&self, files: &[OutputFile], at: usize, for_good: bool) -> Option<EmitError> {
        let mut count = 0;
        write_watched(&self.root, files, &mut |_, _| {
            count += 1;
            let fails = count == at + 1 || (for_good && count > at);
            if fails { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
        })
        .err()
    }

    /// The exchange, ended as if the process were killed before one change. Whether it came so far.
    fn kill(&self, files: &[OutputFile], at: usize) -> bool {
        let mut count = 0;
        catch_unwind(AssertUnwindSafe(|| {
            write_watched(&self.root, files, &mut |_, _| {
                count += 1;
                if count == at + 1 { resume_unwind(Box::new(())) } else { Ok(()) }
            })
        }))
        .is_err()
    }

    /// A run without trouble makes the disk exactly what it should be.
    fn settles_on(&self, files: &[OutputFile]) {
        write(&self.root, files).unwrap();
        assert_eq!(check(&self.root, files).unwrap(), []);
        let mut found = tree(&self.root);
        found.retain(|_, text| text.is_some());
        assert_eq!(found.remove(Utf8Path::new("shop/prod/notes.md")), Some(Some("mine".into())));
        let expected: BTreeMap<_, _> =
            files.iter().map(|file| (file.path.clone(), Some(file.text.clone()))).collect();
        assert_eq!(found, expected);
        assert!(!self.root.join("shop/prod/checkout").exists(), "an empty folder stays");
    }
}

#[test]
fn a_failure_at_any_change_leaves_everything_as_it_was() {
    let mut at = 0;
    loop {
        let scene = Scene::new();
        let was = tree(&scene.root);
        let Some(error) = scene.fail(&after(), at, false) else { break };
        assert!(matches!(error, EmitError::Io { .. }), "{error}");
        assert_eq!(tree(&scene.root), was, "after a failure at change {at}");
        scene.settles_on(&after());
        at += 1;
    }
    assert!(at > 20, "only {at} changes");
}

#[test]
fn a_disk_that_fails_for_good_is_put_in_order_by_the_next_run() {
    let mut torn = 0;
    for at in 0.. {
        let scene = Scene::new();
        let was = tree(&scene.root);
        match scene.fail(&after(), at, true) {
            None => break,
            Some(EmitError::Torn { .. }) => torn += 1,
            Some(_) => assert_eq!(tree(&scene.root), was, "after a failure from change {at} on"),
        }
        scene.settles_on(&later());
    }
    assert!(torn > 5, "{torn} were torn");
}

#[test]
fn a_kill_at_any_change_leaves_whole_files_and_the_next_run_puts_them_in_order() {
    for at in 0.. {
        let scene = Scene::new();
        if !scene.kill(&after(), at) {
            break;
        }
        for (path, text) in tree(&scene.root) {
            let known = |files: &[OutputFile]| {
                files.iter().any(|file| file.path == path && Some(&file.text) == text.as_ref())
            };
            let temporary = path.file_name().is_some_and(|name| name.starts_with(".bluegreen-"));
            let whole = text.is_none() || temporary || known(&before()) || known(&after());
            assert!(whole || path.ends_with("notes.md"), "{path} is {text:?} after a kill at change {at}");
        }
        scene.settles_on(&later());
    }
}

#[test]
fn failures_after_a_kill_do_not_make_strangers_of_its_files() {
    for killed in 0.. {
        for failed in (killed % 3..).step_by(3) {
            let scene = Scene::new();
            if !scene.kill(&after(), killed) {
                return;
            }
            if scene.fail(&later(), failed, false).is_none() {
                break;
            }
            scene.settles_on(&later());
        }
    }
}
