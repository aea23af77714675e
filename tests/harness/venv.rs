//! A Python with the independent checkers of `tests/oracles`, made once under `target/`.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The interpreter. Makes the environment first where there is none, or where the requirements changed since; other test
/// programs wait meanwhile.
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let oracles = root.join("tests/oracles");
        let (requirements, constraints) = (oracles.join("requirements.txt"), oracles.join("constraints.txt"));
        let wanted = [&requirements, &constraints].map(|path| fs::read_to_string(path).unwrap()).concat();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        fs::create_dir_all(&target).unwrap();

        // Held until the program ends at the latest; the system lets go of a lock whose owner has died.
        let lock = File::create(target.join("oracles-venv.lock")).unwrap();
        lock.lock().unwrap();
        let folder = target.join("oracles-venv");
        let interpreter = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
        let stamp = folder.join("made-from.txt");
        if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == wanted) {
            return interpreter;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        run(
            Command::new(if cfg!(windows) { "python" } else { "python3" }).args(["-m", "venv"]).arg(&folder),
            "the independent checkers need Python 3.10 or later with its `venv` module",
        );
        run(
            Command::new(&interpreter)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(&requirements)
                .arg("--constraint")
                .arg(&constraints),
            "the independent checkers come from PyPI",
        );
        fs::write(stamp, wanted).unwrap();
        interpreter
    })
}

fn run(command: &mut Command, why: &str) {
    match command.output() {
        Err(error) => panic!("{why}: {command:?}: {error}"),
        Ok(done) if !done.status.success() => {
            let said = [done.stdout, done.stderr].concat();
            panic!("{why}: {command:?} failed:\n{}", String::from_utf8_lossy(&said));
        }
        Ok(_) => {}
    }
}
