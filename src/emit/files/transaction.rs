//! Exchanging many files as if they were one: everything new is written beside its place, then renamed; whatever was
//! replaced or removed can be put back until the end.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write as _},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    EmitError, LISTING, OutputFile, disk,
    listing::{self, JOURNAL},
    plan::{Plan, State},
};

/// Is told of each change of the disk before it happens: what, and where. An error takes the change's place.
pub(super) type Watch<'w> = dyn FnMut(&'static str, &Utf8Path) -> io::Result<()> + 'w;

/// One exchange of files.
pub(super) struct Transaction<'a, 'w> {
    root: &'a Utf8Path,
    before: &'a mut Watch<'w>,
    number: u32,
    /// Folders made, outer before inner.
    folders: Vec<Utf8PathBuf>,
    /// Temporary files that may exist.
    temporaries: Vec<Utf8PathBuf>,
    journals: Vec<Utf8PathBuf>,
    /// Journals of an interrupted run. What they say is part of what the new ones say, and they are needed until a run
    /// succeeds.
    old_journals: Vec<Utf8PathBuf>,
    done: Vec<Done>,
}

/// A change that can be taken back.
enum Done {
    Created(Utf8PathBuf),
    /// The file, and where the old one is kept.
    Exchanged(Utf8PathBuf, Utf8PathBuf),
}

impl<'a, 'w> Transaction<'a, 'w> {
    pub(super) fn new(root: &'a Utf8Path, before: &'a mut Watch<'w>) -> Self {
        Self {
            root,
            before,
            number: 0,
            folders: Vec::new(),
            temporaries: Vec::new(),
            journals: Vec::new(),
            old_journals: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Makes the disk what the plan says, or leaves it as it was.
    pub(super) fn run(mut self, plan: &Plan<'_>) -> Result<(), EmitError> {
        let leftovers = self.leftovers(plan);
        if plan.changes_nothing() && leftovers.is_empty() {
            return Ok(());
        }
        let (journals, temporaries): (Vec<_>, Vec<_>) =
            leftovers.into_iter().partition(|path| path.file_name() == Some(JOURNAL));
        self.old_journals = journals;
        for path in temporaries {
            self.change("remove", &path, || fs::remove_file(&path))?;
        }
        match self.exchange(plan) {
            Ok(()) => {
                self.finish(plan);
                Ok(())
            }
            Err(first) => Err(self.take_back(first)),
        }
    }

    /// What an interrupted run left behind.
    fn leftovers(&self, plan: &Plan<'_>) -> Vec<Utf8PathBuf> {
        let paths = plan.entries.iter().map(|(file, _)| file.path.as_path());
        let owned = plan.owned.values().flatten().map(Utf8PathBuf::as_path);
        let folders = paths.chain(owned).filter_map(Utf8Path::parent).map(Utf8Path::as_str);
        // Once each: comparing text is cheaper than comparing paths part by part.
        let folders: BTreeSet<&str> = folders.collect();
        let mut found: Vec<Utf8PathBuf> = folders
            .into_iter()
            .map(Utf8Path::new)
            .filter(|folder| disk::is_folder(self.root, folder))
            .flat_map(|folder| disk::temporaries(&self.root.join(folder)))
            .collect();
        found.extend(plan.owned.keys().map(|folder| folder.join(JOURNAL)).filter_map(|journal| {
            matches!(disk::look(self.root, &journal), Ok(disk::Found::File(_)))
                .then(|| self.root.join(journal))
        }));
        found
    }

    fn exchange(&mut self, plan: &Plan<'_>) -> Result<(), EmitError> {
        if plan.changes_nothing() {
            return Ok(());
        }
        // Before anything else, so that the next run knows of every folder this one may leave something in.
        for (folder, owned) in plan.owned.iter().filter(|(folder, _)| plan.changes(folder)) {
            let rendered = plan.entries.iter().map(|(file, _)| file.path.as_path());
            let paths = rendered.chain(owned.iter().map(Utf8PathBuf::as_path));
            let paths =
                paths.filter_map(|path| path.strip_prefix(folder).ok().map(Utf8Path::as_str)).collect();
            let journal = folder.join(JOURNAL);
            let temporary = self.stage(&journal, &listing::journal(paths), false)?;
            let journal = self.root.join(journal);
            self.change("write", &journal, || fs::rename(&temporary, &journal))?;
            if !self.old_journals.contains(&journal) {
                self.journals.push(journal);
            }
        }
        let mut staged: Vec<(Utf8PathBuf, &OutputFile, &State)> = Vec::new();
        for (file, state) in &plan.entries {
            if *state != State::Same {
                staged.push((self.stage(&file.path, &file.text, file.executable)?, file, state));
            }
        }
        // The lists come last: whoever waits for one finds everything it names.
        staged.sort_by_key(|(_, file, _)| file.path.file_name() == Some(LISTING));
        for (temporary, file, state) in staged {
            let target = self.root.join(&file.path);
            if *state == State::Missing {
                // Unlike a rename, a link does not replace what somebody put there in the meantime.
                self.change("write", &target, || match fs::hard_link(&temporary, &target) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        fs::rename(&temporary, &target)
                    }
                    result => result,
                })?;
                self.done.push(Done::Created(target));
            } else {
                let kept = self.fresh(&target);
                self.change("keep a copy of", &target, || {
                    fs::hard_link(&target, &kept).or_else(|_| fs::copy(&target, &kept).map(drop))
                })?;
                self.change("write", &target, || fs::rename(&temporary, &target))?;
                self.done.push(Done::Exchanged(target, kept));
            }
        }
        for path in &plan.left_over {
            let target = self.root.join(path);
            let kept = self.fresh(&target);
            self.change("remove", &target, || fs::rename(&target, &kept))?;
            self.done.push(Done::Exchanged(target, kept));
        }
        Ok(())
    }

    /// Writes a text beside its place.
    fn stage(&mut self, path: &Utf8Path, text: &str, executable: bool) -> Result<Utf8PathBuf, EmitError> {
        let target = self.root.join(path);
        if let Some(folder) = target.parent() {
            self.make_folders(folder)?;
        }
        let temporary = self.fresh(&target);
        self.change("write", &target, || {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
            file.write_all(text.as_bytes())?;
            if executable { disk::make_executable(&file) } else { Ok(()) }
        })?;
        Ok(temporary)
    }

    fn make_folders(&mut self, folder: &Utf8Path) -> Result<(), EmitError> {
        if folder.as_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        if let Some(outer) = folder.parent() {
            self.make_folders(outer)?;
        }
        let made = self.change("create the folder", folder, || match fs::create_dir(folder) {
            // Another run may make the same folder for another environment at this moment.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(false),
            result => result.map(|()| true),
        })?;
        if made {
            self.folders.push(folder.to_owned());
        }
        Ok(())
    }

    /// A temporary name in the folder of a file.
    fn fresh(&mut self, beside: &Utf8Path) -> Utf8PathBuf {
        let path = beside.with_file_name(disk::temporary(self.number));
        self.number += 1;
        self.temporaries.push(path.clone());
        path
    }

    fn change<T>(
        &mut self,
        action: &'static str,
        path: &Utf8Path,
        change: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, EmitError> {
        (self.before)(action, path).and_then(|()| change()).map_err(|cause| EmitError::Io {
            action,
            path: path.to_owned(),
            cause,
        })
    }

    /// Removes what is no longer needed. Nothing here can make the result wrong, and the next run tries again.
    fn finish(&mut self, plan: &Plan<'_>) {
        for path in self.temporaries.iter().chain(&self.journals).chain(&self.old_journals) {
            let _ = fs::remove_file(path);
        }
        // All that ever was bluegreen's: an interrupted run may have left a folder empty.
        for path in plan.owned.values().flatten() {
            let inner = path.ancestors().skip(1).take_while(|folder| !plan.owned.contains_key(folder));
            for folder in inner.filter(|folder| disk::is_folder(self.root, folder)) {
                // One that is not empty stays.
                let _ = fs::remove_dir(self.root.join(folder));
            }
        }
    }

    /// Puts everything back and answers the error to report.
    fn take_back(mut self, first: EmitError) -> EmitError {
        while let Some(done) = self.done.pop() {
            let (path, result) = match done {
                Done::Created(path) => {
                    let result = (self.before)("take back", &path).and_then(|()| fs::remove_file(&path));
                    (path, result)
                }
                Done::Exchanged(path, kept) => {
                    let result = (self.before)("take back", &path).and_then(|()| fs::rename(&kept, &path));
                    (path, result)
                }
            };
            if let Err(cause) = result {
                // Journal and copies stay: the next run knows by them which files are bluegreen's.
                return EmitError::Torn { first: Box::new(first), path, cause };
            }
        }
        for path in self.temporaries.iter().chain(&self.journals) {
            let _ = fs::remove_file(path);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
        first
    }
}
