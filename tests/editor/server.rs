//! The YAML language server, over its protocol on standard input and output.

use std::{
    fs::{self, File},
    io::{BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long an answer may take. Node starts slowly where much else runs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Something the server offers.
#[derive(Debug)]
pub struct Item {
    pub label: String,
    /// What is written when it is taken.
    pub text: String,
    pub documentation: String,
    /// Whether it is a key.
    pub is_property: bool,
}

/// A running server.
pub struct Server {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    settings: Value,
    sent: u64,
    opened: u64,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// A server that takes every document for an application blueprint.
    pub fn start() -> Self {
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/blueprint.schema.json");
        Self::with(json!({format!("file://{}", schema.display()): ["*.yaml"]}))
    }

    /// A server that knows no schema but what a document names.
    pub fn without_schema() -> Self {
        Self::with(json!({}))
    }

    fn with(schemas: Value) -> Self {
        let program = installed().join("node_modules/yaml-language-server/bin/yaml-language-server");
        let mut child = Command::new("node")
            .arg(program)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (sender, from) = channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut out) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let settings = json!({
            "schemas": schemas,
            "validate": true,
            "hover": true,
            "completion": true,
            "schemaStore": {"enable": false},
        });
        let mut server = Self { child, to, from, settings, sent: 0, opened: 0 };
        server.request(
            "initialize",
            json!({"processId": null, "rootUri": null, "capabilities": {
                "workspace": {"configuration": true},
                "textDocument": {
                    "completion": {"completionItem": {"snippetSupport": true, "documentationFormat": ["markdown"]}},
                    "hover": {"contentFormat": ["markdown"]},
                },
            }}),
        );
        server.notify("initialized", json!({}));
        server.notify(
            "workspace/didChangeConfiguration",
            json!({"settings": {"yaml": server.settings.clone()}}),
        );
        // Only when it has asked for its settings and told of a first document it answers as it does in an editor.
        server.diagnose("first: document\n");
        server
    }

    /// What it offers at the `|` of a text.
    pub fn complete(&mut self, text: &str) -> Vec<Item> {
        let answer = self.ask("textDocument/completion", text);
        let items = answer.get("items").unwrap_or(&answer).as_array().cloned().unwrap_or_default();
        let of = |item: &Value| {
            let text = item["textEdit"]["newText"].as_str().or(item["insertText"].as_str());
            let documentation = &item["documentation"];
            let documentation = documentation["value"].as_str().or(documentation.as_str());
            Item {
                label: item["label"].as_str().unwrap().to_owned(),
                text: text.unwrap_or_default().to_owned(),
                documentation: documentation.unwrap_or_default().to_owned(),
                is_property: item["kind"] == 10,
            }
        };
        items.iter().map(of).collect()
    }

    /// What it shows at the `|` of a text.
    pub fn hover(&mut self, text: &str) -> String {
        let answer = self.ask("textDocument/hover", text);
        answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// What it marks: lines from 1, and what it says.
    pub fn diagnose(&mut self, text: &str) -> Vec<(u64, String)> {
        let uri = self.open(text);
        self.marks(&uri)
    }

    /// What it marks in a file, whose first line may name the schema by its way from there.
    pub fn diagnose_file(&mut self, path: &Path, text: &str) -> Vec<(u64, String)> {
        let uri = format!("file://{}", path.display());
        self.open_as(&uri, text);
        self.marks(&uri)
    }

    fn marks(&mut self, uri: &str) -> Vec<(u64, String)> {
        let marks = self.wait(|message| {
            let told = &message["params"];
            (message["method"] == "textDocument/publishDiagnostics" && told["uri"] == uri)
                .then(|| told["diagnostics"].as_array().cloned().unwrap_or_default())
        });
        let of = |mark: &Value| {
            let line = mark["range"]["start"]["line"].as_u64().unwrap() + 1;
            (line, mark["message"].as_str().unwrap_or_default().to_owned())
        };
        marks.iter().map(of).collect()
    }

    fn ask(&mut self, method: &str, text: &str) -> Value {
        let at = text.find('|').unwrap();
        let before = &text[..at];
        let line = before.matches('\n').count();
        let character = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
        let uri = self.open(&format!("{before}{}", &text[at + 1..]));
        self.request(
            method,
            json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}),
        )
    }

    fn open(&mut self, text: &str) -> String {
        self.opened += 1;
        let uri = format!("file:///blueprints/{}.yaml", self.opened);
        self.open_as(&uri, text);
        uri
    }

    fn open_as(&mut self, uri: &str, text: &str) {
        self.notify(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}),
        );
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let id = self.sent;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.wait(|message| {
            assert!(message["id"] != id || message.get("error").is_none(), "{message}");
            (message["id"] == id && message.get("method").is_none()).then(|| message["result"].clone())
        })
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }

    /// Reads messages until one is what is waited for; questions of the server are answered on the way.
    fn wait<T>(&mut self, mut wanted: impl FnMut(&Value) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.from.recv_timeout(left).expect("the language server does not answer");
            if let (Some(method), Some(id)) = (message["method"].as_str(), message.get("id")) {
                let result = match method {
                    "workspace/configuration" => {
                        let items = message["params"]["items"].as_array().cloned().unwrap_or_default();
                        let of = |item: &Value| {
                            if item["section"] == "yaml" { self.settings.clone() } else { Value::Null }
                        };
                        Value::Array(items.iter().map(of).collect())
                    }
                    _ => Value::Null,
                };
                let answer = json!({"jsonrpc": "2.0", "id": id, "result": result});
                self.send(&answer);
            } else if let Some(found) = wanted(&message) {
                return found;
            }
        }
    }
}

/// The next message; nothing when the server is gone.
fn read(from: &mut impl std::io::BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            header => {
                if let Some((name, value)) = header.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().ok()?;
                }
            }
        }
    }
    let mut text = vec![0; length];
    from.read_exact(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The folder the server is installed in: made from tests/editor/package-lock.json where it is missing or was made from another.
/// Without Node nothing is skipped: the test fails.
fn installed() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join("editor");
    // Tests run at the same time: one installs, the others wait.
    let lock = File::create(target.join("editor.lock")).unwrap();
    lock.lock().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editor");
    let wanted = fs::read_to_string(from.join("package-lock.json")).unwrap();
    let stamp = folder.join("installed.stamp");
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        for name in ["package.json", "package-lock.json"] {
            fs::copy(from.join(name), folder.join(name)).unwrap();
        }
        let done = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .unwrap_or_else(|error| {
                panic!("these tests need Node.js 18 or later with npm, which installs the language server: {error}")
            });
        assert!(
            done.status.success(),
            "npm ci in {} failed, which these tests need:\n{}",
            folder.display(),
            String::from_utf8_lossy(&done.stderr)
        );
        // Last: what is only half installed has no stamp.
        fs::write(&stamp, wanted).unwrap();
    }
    folder
}
