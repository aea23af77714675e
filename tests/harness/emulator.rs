//! AWS on loopback, one per test, gone with it.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::venv::{oracle, programs};

/// A running emulator, and an AWS CLI that talks to it.
pub struct Emulator {
    process: Child,
    cli: Child,
    port: u16,
    folder: TempDir,
}

impl Emulator {
    /// Starts one for an account, on a port that is free.
    pub fn start(account: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        // It ends by itself when this process does, however that ends.
        let process = Command::new(programs().join("python"))
            .arg(oracle("emulator.py"))
            .arg("--port-file")
            .arg(folder.path().join("port"))
            .args(["--account", account])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let cli = serve_cli(folder.path());
        let mut emulator = Self { process, cli, port: 0, folder };
        let start = Instant::now();
        while emulator.port == 0 {
            if let Ok(port) = fs::read_to_string(emulator.folder.path().join("port")) {
                emulator.port = port.trim().parse().unwrap();
            } else if emulator.process.try_wait().unwrap().is_some() || start.elapsed().as_secs() > 120 {
                let log = fs::read_to_string(emulator.folder.path().join("log")).unwrap();
                panic!("the emulator did not start: {log}");
            } else {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        emulator
    }

    /// A program of the virtual environment, or one that calls such programs, talking to this emulator only.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = of_nobody(program, self.folder.path());
        command
            .env("PATH", format!("{}:{}:{path}", self.folder.path().display(), programs().display()))
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env_remove("TEMPLATE_BUCKET")
            .stdin(Stdio::null());
        command
    }

    /// Runs the AWS CLI; its answer as JSON.
    #[track_caller]
    pub fn aws(&self, region: &str, arguments: &[&str]) -> Value {
        let output = self
            .command("aws")
            .args(["--region", region, "--output", "json"])
            .args(arguments)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "aws {arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// A control of the emulator, as listed at the top of `emulator.py`.
    #[track_caller]
    pub fn control(&self, method: &str, name: &str, request: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let body = request.to_string();
        write!(
            stream,
            "{method} /_bluegreen/{name} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{method} {name} {request}: {body}");
        serde_json::from_str(body).unwrap()
    }

    /// What stack operations touched since the last call.
    #[track_caller]
    pub fn journal(&self) -> Vec<Touch> {
        let journal = self.control("GET", "journal", &Value::Null);
        self.control("POST", "journal/reset", &json!({}));
        serde_json::from_value(journal).unwrap()
    }
}

/// A program that sees nothing of the person who runs the tests: no profile, no account, no region.
fn of_nobody(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .env("AWS_CONFIG_FILE", folder.join("no-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("no-credentials"));
    command
}

/// The AWS CLI, started once and forked for each command, with a program `aws` in this folder that calls it. It ends by itself
/// when this process does.
fn serve_cli(folder: &Path) -> Child {
    let python = programs().join("python");
    let (script, socket, program) = (oracle("aws_cli.py"), folder.join("cli"), folder.join("aws"));
    let call = format!(
        "#!/bin/sh\nexec '{}' -I -S '{}' call '{}' \"$@\"\n",
        python.display(),
        script.display(),
        socket.display()
    );
    fs::write(&program, call).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let serving =
        of_nobody(python, folder).arg(script).arg("serve").arg(&socket).stdin(Stdio::null()).spawn().unwrap();
    // A command that comes before it listens would find nobody.
    let start = Instant::now();
    while !socket.exists() {
        assert!(start.elapsed().as_secs() < 120, "the AWS CLI did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    serving
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Already ended is as good.
        for process in [&mut self.cli, &mut self.process] {
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking()
            && let Ok(log) = fs::read_to_string(self.folder.path().join("log"))
        {
            eprintln!("the emulator said:\n{log}");
        }
    }
}

/// A line of the journal: what happened to a resource.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Touch {
    pub stack: String,
    pub logical_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub action: String,
    pub changed_properties: Vec<String>,
}
