//! The blueprints and snapshots of a repository.

use std::{collections::BTreeSet, fs};

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobBuilder;
use walkdir::{DirEntry, WalkDir};

use super::{super::outcome::Failure, snapshot};

/// Folders that hold nothing people wrote.
const SKIPPED: [&str; 6] = [".git", "target", "node_modules", "dist", ".venv", ".terraform"];

/// Bytes of a service blueprint or shared part, at most, that is found by what it says.
const MAX_PART: u64 = 1024 * 1024;

/// What there is.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Blueprints, in the order of their paths.
    pub(super) blueprints: BTreeSet<Utf8PathBuf>,
    /// Snapshots bluegreen wrote: the folder of all snapshots, the folder of one environment in it, and the blueprint they
    /// are of.
    pub(super) snapshots: BTreeSet<(Utf8PathBuf, Utf8PathBuf, Utf8PathBuf)>,
}

/// Finds what paths mean. Snapshots are found beside blueprints, and in folders that are searched.
pub(super) fn find(paths: &[String], folder: &Utf8Path) -> Result<Found, Failure> {
    let mut found = Found::default();
    for path in paths {
        let plain = Utf8Path::new(path);
        if plain.is_dir() {
            search(plain, folder, &mut found, &|path| is_blueprint(path) || is_part(path))?;
        } else if plain.exists() || !path.contains(['*', '?', '[', '{']) {
            // One that is not there is told when it is read.
            found.blueprints.insert(plain.to_owned());
        } else {
            let glob = GlobBuilder::new(path.trim_start_matches("./"))
                .literal_separator(true)
                .build()
                .map_err(|error| format!("`{path}` is not a pattern: {}", error.kind()))?
                .compile_matcher();
            let before = found.blueprints.len();
            search(Utf8Path::new("."), folder, &mut found, &|path| glob.is_match(path))?;
            if found.blueprints.len() == before {
                return Err(format!("no file fits the pattern `{path}`").into());
            }
        }
    }
    for blueprint in &found.blueprints {
        let root = blueprint.parent().unwrap_or(Utf8Path::new("")).join(folder);
        if root.is_dir() {
            beside(&root, &mut found.snapshots)?;
        }
    }
    Ok(found)
}

fn search(
    top: &Utf8Path,
    folder: &Utf8Path,
    found: &mut Found,
    wanted: &dyn Fn(&Utf8Path) -> bool,
) -> Result<(), Failure> {
    let skipped = |entry: &DirEntry| {
        entry.depth() > 0
            && entry.file_type().is_dir()
            && entry.file_name().to_str().is_none_or(|name| SKIPPED.contains(&name))
    };
    let mut roots = BTreeSet::new();
    for entry in WalkDir::new(top).sort_by_file_name().into_iter().filter_entry(|entry| !skipped(entry)) {
        let entry = entry.map_err(|error| format!("{top} cannot be searched: {error}"))?;
        let Some(path) = Utf8Path::from_path(entry.path()) else { continue };
        let path = path.strip_prefix("./").unwrap_or(path);
        if entry.file_type().is_dir() {
            if path.ends_with(folder) {
                roots.insert(path.to_owned());
            }
        } else if !roots.iter().any(|root| path.starts_with(root)) && wanted(path) {
            found.blueprints.insert(path.to_owned());
        }
    }
    for root in &roots {
        beside(root, &mut found.snapshots)?;
    }
    Ok(())
}

/// The snapshots in a folder of snapshots.
fn beside(
    root: &Utf8Path,
    found: &mut BTreeSet<(Utf8PathBuf, Utf8PathBuf, Utf8PathBuf)>,
) -> Result<(), Failure> {
    let depth = WalkDir::new(root).min_depth(3).max_depth(3).sort_by_file_name();
    for entry in depth {
        let entry = entry.map_err(|error| format!("{root} cannot be searched: {error}"))?;
        let Some(path) = Utf8Path::from_path(entry.path()) else { continue };
        if path.file_name() != Some(crate::emit::LISTING) {
            continue;
        }
        if let (Some(name), Some(inside)) =
            (snapshot::is_of(path), path.parent().and_then(|folder| folder.strip_prefix(root).ok()))
        {
            let blueprint = root_of(root).join(name);
            found.insert((root.to_owned(), inside.to_owned(), blueprint));
        }
    }
    Ok(())
}

/// The folder a folder of snapshots stands in.
fn root_of(root: &Utf8Path) -> &Utf8Path {
    root.parent().unwrap_or(Utf8Path::new(""))
}

/// Whether a file is what applications extend or include, by what stands at its top: people name those as they like, and much else in
/// a repository is YAML. What cannot be read is none.
fn is_part(path: &Utf8Path) -> bool {
    let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let text = || {
        let facts = fs::metadata(path).ok().filter(|facts| facts.len() <= MAX_PART)?;
        facts.is_file().then(|| fs::read_to_string(path).ok())?
    };
    let Some(text) = Some(()).filter(|()| is_yaml).and_then(|()| text()) else { return false };
    let has =
        |key: &str| text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
    let is_ours =
        text.lines().any(|line| line.split('#').next().is_some_and(|line| line.trim_end() == "schema: 1"));
    is_ours && (has("blueprint") || has("shared")) && !has("app") && !has("services")
}

/// `blueprint.yaml`, `shop.blueprint.yml`
fn is_blueprint(path: &Utf8Path) -> bool {
    let stem = path.file_name().and_then(|name| name.strip_suffix(".yaml").or(name.strip_suffix(".yml")));
    stem.is_some_and(|stem| stem == "blueprint" || stem.ends_with(".blueprint"))
}
