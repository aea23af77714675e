//! A folder as `render` writes it, a fake `aws` in front of PATH, and what came of running a script there.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;
use tempfile::TempDir;

/// What a script did.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// Every call of `aws`, in order.
    pub calls: Vec<Vec<String>>,
    /// The world afterwards.
    pub world: Value,
}

/// A folder to run scripts in.
pub struct Place {
    pub folder: TempDir,
    bin: TempDir,
}

/// Calls that change something.
const CHANGING: [&str; 4] = [
    "cloudformation deploy",
    "cloudformation set-stack-policy",
    "cloudformation update-stack",
    "deploy create-deployment",
];

impl Place {
    pub fn new() -> Self {
        let bin = TempDir::new().expect("a folder for the fakes");
        let place = Self { folder: TempDir::new().expect("a folder"), bin };
        let aws = format!(
            "#!/usr/bin/env bash\nexec {} {} \"$@\"\n",
            python().display(),
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deploy_script/fake_aws.py").display()
        );
        place.fake("aws", &aws);
        // A launcher such as pyenv's would put other programs, a real aws among them, in front of the fakes.
        place.fake("python3", &format!("#!/usr/bin/env bash\nexec {} \"$@\"\n", python().display()));
        place
    }

    /// Puts a program in front of PATH.
    pub fn fake(&self, name: &str, text: &str) {
        let path = self.bin.path().join(name);
        fs::write(&path, text).expect("a fake can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a fake can be made executable");
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs a script in a world; from another folder, because people do.
    pub fn run(&self, mut command: Command, world: &Value) -> Outcome {
        let (world_file, calls_file) = (self.bin.path().join("world.json"), self.bin.path().join("calls"));
        fs::write(&world_file, world.to_string()).expect("the world can be written");
        fs::write(&calls_file, "").expect("the calls can be emptied");
        let path = std::env::var("PATH").unwrap_or_default();
        let output = command
            .env("PATH", format!("{}:{path}", self.bin.path().display()))
            // Should a real aws ever be called, it has nobody to talk to.
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env("WORLD", &world_file)
            .env("CALLS", &calls_file)
            .stdin(Stdio::null())
            .output()
            .expect("bash can be run");
        let calls = fs::read_to_string(&calls_file).expect("the calls can be read");
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            calls: calls.lines().map(|line| serde_json::from_str(line).expect("a call is JSON")).collect(),
            world: serde_json::from_str(&fs::read_to_string(&world_file).expect("the world can be read"))
                .expect("the world is JSON"),
        }
    }
}

impl Outcome {
    /// The calls that changed something, as one line each.
    pub fn changes(&self) -> Vec<String> {
        self.calls
            .iter()
            .map(|call| call.join(" "))
            .filter(|call| CHANGING.iter().any(|it| call.starts_with(it)))
            .collect()
    }

    /// The `aws cloudformation deploy` of a stack.
    pub fn deploy_of(&self, stack: &str) -> &[String] {
        self.calls
            .iter()
            .find(|call| call[1] == "deploy" && call.iter().any(|it| it == stack))
            .unwrap_or_else(|| panic!("{stack} was not deployed: {}", self.told()))
    }

    pub fn told(&self) -> String {
        format!("exit {}\n{}\n{}", self.code, self.stdout, self.stderr)
    }

    #[track_caller]
    pub fn succeeded(&self) {
        assert_eq!(self.code, 0, "{}", self.told());
    }

    /// It failed, said this, and changed nothing.
    #[track_caller]
    pub fn refused(&self, said: &[&str]) {
        assert_ne!(self.code, 0, "{}", self.told());
        for it in said {
            assert!(self.stderr.contains(it), "{it:?} is missing from: {}", self.told());
        }
        assert_eq!(self.changes(), Vec::<String>::new(), "{}", self.told());
    }
}

/// A Python that has JMESPath, the AWS CLI's query language.
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let has_jmespath = |python: &Path| {
            let tried =
                Command::new(python).args(["-c", "import jmespath, sys; print(sys.executable)"]).output();
            tried
                .ok()
                .filter(|it| it.status.success())
                .map(|it| PathBuf::from(String::from_utf8_lossy(&it.stdout).trim()))
        };
        if let Some(found) = has_jmespath(Path::new("python3")) {
            return found;
        }
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jmespath");
        let inside = venv.join("bin/python");
        if has_jmespath(&inside).is_none() {
            let run = |program: &Path, arguments: &[&str]| {
                let status = Command::new(program).args(arguments).status();
                assert!(
                    status.is_ok_and(|it| it.success()),
                    "these tests need python3 with venv, and PyPI for jmespath: {} {arguments:?} failed",
                    program.display()
                );
            };
            run(Path::new("python3"), &["-m", "venv", &venv.to_string_lossy()]);
            run(&inside, &["-m", "pip", "install", "--quiet", "jmespath==1.1.0"]);
        }
        inside
    })
}
