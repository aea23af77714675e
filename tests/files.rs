//! Files on a real disk: what is bluegreen's, what is not, and what a run may touch.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{fs, time::SystemTime};

use bluegreen::emit::{self, EmitError, ObstacleKind, OutputFile, StaleKind};
use camino::{Utf8Path, Utf8PathBuf};

struct Scene {
    _home: tempfile::TempDir,
    home: Utf8PathBuf,
    root: Utf8PathBuf,
}

impl Scene {
    fn new() -> Self {
        let guard = tempfile::tempdir().unwrap();
        let home = Utf8PathBuf::from_path_buf(guard.path().to_owned()).unwrap();
        Self { _home: guard, root: home.join("dist"), home }
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// Every path under the root but folders.
    fn paths(&self) -> Vec<String> {
        fn collect(folder: &Utf8Path, root: &Utf8Path, into: &mut Vec<String>) {
            for entry in folder.read_dir_utf8().into_iter().flatten().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    collect(entry.path(), root, into);
                } else {
                    into.push(entry.path().strip_prefix(root).unwrap().to_string());
                }
            }
        }
        let mut paths = Vec::new();
        collect(&self.root, &self.root, &mut paths);
        paths.sort();
        paths
    }

    fn changed(&self, path: &str) -> SystemTime {
        fs::metadata(self.root.join(path)).unwrap().modified().unwrap()
    }

    fn foreign(&self, files: &[OutputFile]) -> Vec<(String, ObstacleKind)> {
        let before = self.paths();
        let Err(EmitError::Foreign(found)) = emit::write(&self.root, files) else { panic!("it was written") };
        assert_eq!(self.paths(), before, "something was written in spite of the error");
        found.into_iter().map(|obstacle| (obstacle.path.into_string(), obstacle.kind)).collect()
    }
}

/// Files of `shop/prod` with their list.
fn prod(files: &[(&str, &str)]) -> Vec<OutputFile> {
    let mut names: Vec<&str> = vec!["stacks.json"];
    names.extend(files.iter().map(|(name, _)| *name));
    let list = serde_json::json!({ "files": names }).to_string();
    let file = |name: &str, text: &str| OutputFile {
        path: Utf8Path::new("shop/prod").join(name),
        text: text.into(),
        executable: name.ends_with(".sh"),
    };
    std::iter::once(file("stacks.json", &list))
        .chain(files.iter().map(|(name, text)| file(name, text)))
        .collect()
}

fn names(paths: &[Utf8PathBuf]) -> Vec<&str> {
    paths.iter().map(|path| path.as_str()).collect()
}

fn stale(scene: &Scene, files: &[OutputFile]) -> Vec<(String, StaleKind)> {
    emit::check(&scene.root, files).unwrap().into_iter().map(|it| (it.path.into_string(), it.kind)).collect()
}

#[test]
fn a_first_run_makes_folders_and_files() {
    let scene = Scene::new();
    let files = prod(&[("network.yaml", "a: 1\n"), ("policies/network.json", "{}\n")]);
    assert_eq!(stale(&scene, &files).len(), 3);
    assert!(!scene.root.exists(), "a check wrote something");

    let outcome = emit::write(&scene.root, &files).unwrap();
    assert_eq!(
        names(&outcome.created),
        ["shop/prod/stacks.json", "shop/prod/network.yaml", "shop/prod/policies/network.json"]
    );
    assert!(outcome.updated.is_empty() && outcome.unchanged.is_empty() && outcome.removed.is_empty());
    assert_eq!(scene.text("shop/prod/network.yaml").unwrap(), "a: 1\n");
    assert_eq!(scene.paths().len(), 3, "{:?}", scene.paths());
    assert_eq!(stale(&scene, &files), []);
}

#[test]
fn what_says_the_same_is_not_touched() {
    let scene = Scene::new();
    emit::write(&scene.root, &prod(&[("network.yaml", "a"), ("cluster.yaml", "b")])).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for path in ["shop/prod/network.yaml", "shop/prod/cluster.yaml", "shop/prod/stacks.json"] {
        let file = fs::File::options().write(true).open(scene.root.join(path)).unwrap();
        file.set_modified(long_ago).unwrap();
    }

    let outcome = emit::write(&scene.root, &prod(&[("network.yaml", "a"), ("cluster.yaml", "new")])).unwrap();
    assert_eq!(names(&outcome.unchanged), ["shop/prod/stacks.json", "shop/prod/network.yaml"]);
    assert_eq!(names(&outcome.updated), ["shop/prod/cluster.yaml"]);
    assert_eq!(scene.changed("shop/prod/network.yaml"), long_ago);
    assert_eq!(scene.changed("shop/prod/stacks.json"), long_ago);
    assert!(scene.changed("shop/prod/cluster.yaml") > long_ago);
}

#[test]
fn what_is_no_longer_rendered_goes_with_its_empty_folders() {
    let scene = Scene::new();
    emit::write(&scene.root, &prod(&[("a.yaml", "a"), ("x/y/b.json", "b"), ("z/c.json", "c")])).unwrap();
    scene.put("shop/prod/z/mine.txt", "mine");
    let files = prod(&[("a.yaml", "a")]);
    let left_over =
        [("shop/prod/x/y/b.json", StaleKind::LeftOver), ("shop/prod/z/c.json", StaleKind::LeftOver)];
    let found = stale(&scene, &files);
    assert_eq!(found[0], ("shop/prod/stacks.json".into(), StaleKind::Differs));
    assert_eq!(found[1..], left_over.map(|(path, kind)| (path.to_owned(), kind)));

    let outcome = emit::write(&scene.root, &files).unwrap();
    assert_eq!(names(&outcome.removed), left_over.map(|(path, _)| path));
    assert_eq!(scene.paths(), ["shop/prod/a.yaml", "shop/prod/stacks.json", "shop/prod/z/mine.txt"]);
    assert!(!scene.root.join("shop/prod/x").exists());
}

#[test]
fn another_environment_is_not_touched() {
    let scene = Scene::new();
    scene.put("shop/staging/stacks.json", r#"{"files": ["stacks.json", "a.yaml"]}"#);
    scene.put("shop/staging/a.yaml", "theirs");
    emit::write(&scene.root, &prod(&[("a.yaml", "a")])).unwrap();
    assert_eq!(scene.text("shop/staging/a.yaml").unwrap(), "theirs");
}

#[test]
fn what_bluegreen_did_not_write_is_never_overwritten() {
    let scene = Scene::new();
    scene.put("shop/prod/network.yaml", "mine");
    scene.put("shop/prod/deploy.sh", "mine");
    let files = prod(&[("a.yaml", "a"), ("network.yaml", "new"), ("deploy.sh", "new")]);
    assert_eq!(
        scene.foreign(&files),
        [
            ("shop/prod/network.yaml".into(), ObstacleKind::File),
            ("shop/prod/deploy.sh".into(), ObstacleKind::File)
        ]
    );
    assert_eq!(scene.text("shop/prod/network.yaml").unwrap(), "mine");
    let message = emit::write(&scene.root, &files).unwrap_err().to_string();
    assert!(message.contains("`shop/prod/network.yaml`, `shop/prod/deploy.sh`"), "{message}");

    // Somebody else's list, and one that is no list at all.
    for list in [r#"{"stacks": []}"#, "not JSON"] {
        scene.put("shop/prod/stacks.json", list);
        assert_eq!(scene.foreign(&files)[0], ("shop/prod/stacks.json".into(), ObstacleKind::File));
    }
}

#[test]
fn a_file_that_says_what_would_be_written_may_stay() {
    let scene = Scene::new();
    scene.put("shop/prod/network.yaml", "a");
    let outcome = emit::write(&scene.root, &prod(&[("network.yaml", "a")])).unwrap();
    assert_eq!(names(&outcome.unchanged), ["shop/prod/network.yaml"]);
}

#[test]
fn a_folder_in_the_way_is_left_alone_and_so_is_everything_else() {
    let scene = Scene::new();
    emit::write(&scene.root, &prod(&[("a.yaml", "old")])).unwrap();
    scene.put("shop/prod/z.yaml/mine", "mine");
    let files = prod(&[("a.yaml", "new"), ("z.yaml", "new")]);
    assert_eq!(scene.foreign(&files), [("shop/prod/z.yaml".into(), ObstacleKind::Folder)]);
    assert_eq!(scene.text("shop/prod/a.yaml").unwrap(), "old");
}

#[test]
fn a_file_where_a_folder_must_go_is_left_alone() {
    let scene = Scene::new();
    scene.put("shop", "mine");
    assert_eq!(scene.foreign(&prod(&[])), [("shop".into(), ObstacleKind::File)]);
    assert_eq!(scene.text("shop").unwrap(), "mine");

    let root = scene.root.join("shop");
    let Err(EmitError::Foreign(found)) = emit::write(&root, &prod(&[])) else { panic!("it was written") };
    assert_eq!((found[0].path.clone(), found[0].kind), (root, ObstacleKind::File));
}

#[test]
fn a_list_that_leads_out_is_not_followed() {
    let scene = Scene::new();
    let victim = scene.home.join("victim");
    fs::write(&victim, "mine").unwrap();
    scene.put("shop/staging/a.yaml", "mine");
    let list = serde_json::json!({
        "files": ["../staging/a.yaml", "../../../victim", victim.as_str(), "./a/../../x", "stacks.json", "folder", ""],
    });
    scene.put("shop/prod/stacks.json", &list.to_string());
    scene.put("shop/prod/folder/mine", "mine");
    let outcome = emit::write(&scene.root, &prod(&[])).unwrap();
    assert!(outcome.removed.is_empty(), "{outcome:?}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
    assert_eq!(scene.text("shop/staging/a.yaml").unwrap(), "mine");
    assert_eq!(scene.text("shop/prod/folder/mine").unwrap(), "mine");
}

#[test]
fn paths_that_lead_out_are_a_fault() {
    let scene = Scene::new();
    for path in ["../x", "/tmp/x", "shop/prod/../../../x", "shop/other/x"] {
        let mut files = prod(&[]);
        files.push(OutputFile { path: path.into(), text: String::new(), executable: false });
        assert!(matches!(emit::write(&scene.root, &files), Err(EmitError::Fault { .. })), "{path}");
    }
    let mut unlisted = prod(&[]);
    unlisted.push(OutputFile { path: "shop/prod/x".into(), text: String::new(), executable: false });
    assert!(matches!(emit::write(&scene.root, &unlisted), Err(EmitError::Fault { .. })));
    let mut twice = prod(&[("a", "1")]);
    twice.push(OutputFile { path: "shop/prod/A".into(), text: String::new(), executable: false });
    assert!(matches!(emit::write(&scene.root, &twice), Err(EmitError::Fault { .. })));
    assert!(!scene.root.exists());
}

#[test]
fn what_a_killed_run_left_is_cleaned_up() {
    let scene = Scene::new();
    let files = prod(&[("a.yaml", "a")]);
    emit::write(&scene.root, &files).unwrap();
    scene.put("shop/prod/.bluegreen-3.tmp", "half");
    scene.put("shop/prod/.bluegreen-notes.tmp", "mine");
    scene.put("shop/prod/.bluegreen-journal.tmp", r#"{"files": ["new.yaml"]}"#);
    scene.put("shop/prod/new.yaml", "of the killed run");
    emit::write(&scene.root, &files).unwrap();
    assert_eq!(
        scene.paths(),
        ["shop/prod/.bluegreen-notes.tmp", "shop/prod/a.yaml", "shop/prod/stacks.json"]
    );
}

#[test]
fn a_disk_that_refuses_is_named_with_the_path_and_the_cause() {
    let scene = Scene::new();
    emit::write(&scene.root, &prod(&[("a.yaml", "old")])).unwrap();
    let endless = "x".repeat(300);
    let error = emit::write(&scene.root, &prod(&[("a.yaml", "new"), (&endless, "x")])).unwrap_err();
    assert!(matches!(&error, EmitError::Io { path, .. } if path.as_str().ends_with(&endless)), "{error}");
    assert_eq!(scene.text("shop/prod/a.yaml").unwrap(), "old");
    assert_eq!(scene.paths(), ["shop/prod/a.yaml", "shop/prod/stacks.json"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(scene: &Scene, path: &str) -> u32 {
        fs::metadata(scene.root.join(path)).unwrap().permissions().mode()
    }

    #[test]
    fn a_script_can_be_run_and_stays_so() {
        let scene = Scene::new();
        let files = prod(&[("deploy.sh", "#!/bin/sh\n"), ("a.yaml", "a")]);
        emit::write(&scene.root, &files).unwrap();
        assert_eq!(mode(&scene, "shop/prod/deploy.sh") & 0o100, 0o100);
        assert_eq!(mode(&scene, "shop/prod/a.yaml") & 0o111, 0);

        let script = scene.root.join("shop/prod/deploy.sh");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(stale(&scene, &files), [("shop/prod/deploy.sh".into(), StaleKind::Differs)]);
        emit::write(&scene.root, &files).unwrap();
        assert_eq!(mode(&scene, "shop/prod/deploy.sh") & 0o100, 0o100);
    }

    #[test]
    fn links_are_not_followed() {
        let scene = Scene::new();
        let outside = scene.home.join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("victim"), "mine").unwrap();
        fs::write(outside.join(".bluegreen-0.tmp"), "mine").unwrap();

        // A file, although it is listed.
        emit::write(&scene.root, &prod(&[("a.yaml", "a")])).unwrap();
        fs::remove_file(scene.root.join("shop/prod/a.yaml")).unwrap();
        symlink(outside.join("victim"), scene.root.join("shop/prod/a.yaml")).unwrap();
        assert_eq!(
            scene.foreign(&prod(&[("a.yaml", "b")])),
            [("shop/prod/a.yaml".into(), ObstacleKind::Link)]
        );
        // No longer rendered: the link is not what was written.
        emit::write(&scene.root, &prod(&[])).unwrap();
        assert!(scene.root.join("shop/prod/a.yaml").is_symlink());

        // A folder, for files to write and for files to remove.
        symlink(&outside, scene.root.join("shop/prod/policies")).unwrap();
        assert_eq!(
            scene.foreign(&prod(&[("policies/victim", "b")])),
            [("shop/prod/policies".into(), ObstacleKind::Link)]
        );
        scene.put("shop/prod/stacks.json", r#"{"files": ["stacks.json", "policies/victim"]}"#);
        emit::write(&scene.root, &prod(&[])).unwrap();
        assert_eq!(fs::read_to_string(outside.join("victim")).unwrap(), "mine");
        assert!(outside.join(".bluegreen-0.tmp").exists(), "cleaned up behind a link");
    }

    #[test]
    fn the_root_itself_may_be_a_link() {
        let scene = Scene::new();
        fs::create_dir(scene.home.join("real")).unwrap();
        symlink(scene.home.join("real"), &scene.root).unwrap();
        emit::write(&scene.root, &prod(&[("a.yaml", "a")])).unwrap();
        assert!(scene.home.join("real/shop/prod/a.yaml").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let scene = Scene::new();
        emit::write(&scene.root, &prod(&[("a.yaml", "old"), ("x/b.yaml", "old")])).unwrap();
        let folder = scene.root.join("shop/prod/x");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
        let may_anyway = fs::write(folder.join("probe"), "").is_ok();
        let result = emit::write(&scene.root, &prod(&[("a.yaml", "new"), ("x/b.yaml", "new")]));
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        if may_anyway {
            return; // The superuser is never refused.
        }
        assert!(matches!(result, Err(EmitError::Io { .. })), "{result:?}");
        assert_eq!(scene.text("shop/prod/a.yaml").unwrap(), "old");
    }

    #[test]
    fn nothing_is_written_where_nothing_changes() {
        let scene = Scene::new();
        let files = prod(&[("a.yaml", "a")]);
        emit::write(&scene.root, &files).unwrap();
        let folder = scene.root.join("shop/prod");
        let before = fs::metadata(&folder).unwrap().modified().unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
        let outcome = emit::write(&scene.root, &files);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(outcome.unwrap().unchanged.len(), 2);
        assert_eq!(fs::metadata(&folder).unwrap().modified().unwrap(), before);
    }
}
