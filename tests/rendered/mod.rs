//! Rendered files against snapshots, one snapshot a file.
#![allow(dead_code, reason = "each test uses its part")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use bluegreen::{
    diagnostic::Finding,
    emit::OutputFile,
    policy::Allowances,
    render::{self, Format},
    resolve::Blueprint,
    rules,
    source::{self, Sources},
};
use camino::Utf8Path;

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &Path) -> Blueprint {
    let mut sources = Sources::new();
    let file = source::load(&mut sources, Utf8Path::from_path(path).unwrap()).unwrap();
    Blueprint::read_with(&mut sources, file, &mut source::load)
        .unwrap_or_else(|findings| panic!("{}: {findings:#?}", path.display()))
}

pub fn environments(path: &Path) -> Vec<String> {
    read(path).environments().map(str::to_owned).collect()
}

/// The files of an environment.
pub fn files(path: &Path, environment: &str, format: Format) -> Vec<OutputFile> {
    let blueprint = read(path);
    let resolved = blueprint.resolve(environment).unwrap();
    let mut findings = rules::check(&resolved, blueprint.tree());
    Allowances::new(None).apply(&blueprint, &resolved, &mut findings);
    assert!(!findings.iter().any(Finding::counts), "{}: {findings:#?}", path.display());
    let source = path.file_name().unwrap().to_str().unwrap();
    render::environment(resolved, source, format).unwrap().files
}

/// Snapshots of one folder below `snapshots/`.
pub struct Pinned {
    folder: PathBuf,
    seen: BTreeSet<PathBuf>,
}

impl Pinned {
    pub fn new(folder: &str) -> Self {
        Self { folder: root().join("snapshots").join(folder), seen: BTreeSet::new() }
    }

    /// Pins the files of an environment: all of them, and of the JSON rendering those that are another text.
    pub fn environment(&mut self, name: &str, blueprint: &Path, environment: &str) {
        let yaml = files(blueprint, environment, Format::Yaml);
        for file in &yaml {
            self.file(name, file);
        }
        // Beside the templates only names of files tell the renderings apart.
        for file in files(blueprint, environment, Format::Json) {
            if yaml.iter().all(|known| known.path != file.path) {
                self.file(name, &file);
            }
        }
    }

    /// Pins the files of an environment, templates as YAML alone.
    pub fn yaml(&mut self, name: &str, blueprint: &Path, environment: &str) {
        for file in files(blueprint, environment, Format::Yaml) {
            self.file(name, &file);
        }
    }

    fn file(&mut self, name: &str, file: &OutputFile) {
        let path = file.path.as_str();
        let inner = path.split('/').skip(1).collect::<Vec<_>>();
        let (last, folders) = inner.split_last().unwrap();
        let folder = folders.iter().fold(self.folder.join(name), |folder, part| folder.join(part));
        let text = if file.executable { format!("# executable\n{}", file.text) } else { file.text.clone() };
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(*last, text));
        self.seen.insert(folder.join(format!("{last}.snap")));
    }

    /// Fails on snapshots of files that are no longer rendered.
    pub fn nothing_else(&self) {
        let mut left = Vec::new();
        walk(&self.folder, &mut |path| {
            if path.extension().is_some_and(|ending| ending == "snap") && !self.seen.contains(path) {
                left.push(path.to_owned());
            }
        });
        assert!(left.is_empty(), "snapshots of nothing that is rendered: {left:#?}");
    }
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, visit) } else { visit(&path) }
    }
}
