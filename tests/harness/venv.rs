//! The oracles' Python: a virtual environment under `target/`, made once for all test binaries.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

/// A file of `tests/oracles`.
pub fn oracle(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles").join(name)
}

/// The folder with the programs of the virtual environment: `python`, `aws`, `cfn-lint`.
///
/// Makes it where it is missing or was made from other requirements. Without Python nothing is skipped: the test fails.
pub fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let venv = target.join("oracles-venv");
        // Test binaries may run at the same time, in other processes: one makes it, the others wait.
        let lock = File::create(target.join("oracles-venv.lock")).unwrap();
        lock.lock().unwrap();
        let wanted = requirements();
        let stamp = venv.join("requirements.stamp");
        if fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
            make(&venv);
            // Last: what is only half made has no stamp.
            fs::write(&stamp, wanted).unwrap();
        }
        venv.join("bin")
    })
}

/// Everything that decides what is installed.
fn requirements() -> String {
    ["requirements.txt", "constraints.txt"].map(|name| fs::read_to_string(oracle(name)).unwrap()).concat()
}

#[allow(clippy::print_stderr, reason = "making it takes a minute, which should not look like a hang")]
fn make(venv: &Path) {
    if venv.exists() {
        fs::remove_dir_all(venv).unwrap();
    }
    eprintln!("making {} from tests/oracles/requirements.txt; once, it takes a minute", venv.display());
    let python = python();
    let done = Command::new(python).args(["-m", "venv"]).arg(venv).output();
    succeeded(done, &format!("{python} -m venv (on Debian it is in the package python3-venv)"));
    let done = Command::new(venv.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(oracle("requirements.txt"))
        .arg("-c")
        .arg(oracle("constraints.txt"))
        .output();
    succeeded(done, "pip install -r tests/oracles/requirements.txt");
}

/// The first Python that is new enough.
fn python() -> &'static str {
    let names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
    let new_enough = |name: &&&str| {
        let asked =
            Command::new(name).args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).output();
        asked.is_ok_and(|output| output.status.success())
    };
    names.iter().find(new_enough).unwrap_or_else(|| {
        panic!(
            "these tests need Python 3.10 or later as one of {}, with venv and pip; it runs the independent \
             checkers of tests/oracles",
            names.join(", ")
        )
    })
}

fn succeeded(done: std::io::Result<Output>, what: &str) {
    let output = done.unwrap_or_else(|error| panic!("{what} cannot be run: {error}"));
    assert!(
        output.status.success(),
        "{what} failed, which these tests need:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
