//! `tests/peers/node/smsc.js` as a process: orders go to its standard input, what happens comes
//! from its standard output, a JSON object a line.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::binary::until;
use crate::tool;

/// The SMSC; it ends when it is dropped.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    child: Child,
    orders: ChildStdin,
    news: Receiver<Value>,
    /// What was heard while something else was waited for.
    heard: Vec<Value>,
}

impl Node {
    /// Starts it; nothing where Node isn't installed (`tool::is_there`).
    pub(crate) async fn start() -> Option<Node> {
        let folder = installed()?;
        let mut child = Command::new("node")
            .args(["smsc.js", "tellerd", "secret08"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, lines) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, news) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(lines).lines() {
                let news = serde_json::from_str(&line.unwrap()).unwrap();
                if sender.send(news).is_err() {
                    break;
                }
            }
        });
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut node = Node { address, child, orders, news, heard: Vec::new() };
        let port = node.hears("listens").await["port"].as_u64().unwrap();
        node.address.set_port(u16::try_from(port).unwrap());
        Some(node)
    }

    /// Tells it to do something.
    pub(crate) fn order(&mut self, order: &Value) {
        writeln!(self.orders, "{order}").unwrap();
    }

    /// The next event of this name; others on the way are kept.
    pub(crate) async fn hears(&mut self, event: &str) -> Value {
        until(&format!("{event} at node-smpp"), || {
            self.heard.extend(self.news.try_iter());
            let place = self.heard.iter().position(|heard| heard["event"] == event)?;
            Some(self.heard.remove(place))
        })
        .await
    }

    /// It has seen nothing that it doesn't know, or couldn't read.
    pub(crate) fn assert_content(&mut self) {
        self.heard.extend(self.news.try_iter());
        let odd = |heard: &&Value| heard["event"] == "unknown" || heard["event"] == "error";
        assert_eq!(self.heard.iter().find(odd), None);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with the script and what it needs; made once.
fn installed() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(install).as_deref()
}

fn install() -> Option<PathBuf> {
    if !tool::is_there("node", "nodejs") || !tool::is_there("npm", "npm") {
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/node");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers-node");
    std::fs::create_dir_all(&folder).unwrap();
    let read = |path: &Path| std::fs::read(path).ok();
    let lock = "package-lock.json";
    let is_new = read(&source.join(lock)) != read(&folder.join(lock));
    for file in ["package.json", "smsc.js"] {
        std::fs::copy(source.join(file), folder.join(file)).unwrap();
    }
    if is_new {
        // The lock file is copied last of all, so that a failed run isn't taken for a good one.
        let there = tempfile::tempdir_in(&folder).unwrap();
        for file in ["package.json", lock] {
            std::fs::copy(source.join(file), there.path().join(file)).unwrap();
        }
        let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        let npm = Command::new("npm").args(arguments).current_dir(there.path()).output().unwrap();
        let why = String::from_utf8_lossy(&npm.stderr);
        assert!(npm.status.success(), "npm ci needs its registry once:\n{why}");
        let modules = folder.join("node_modules");
        let _ = std::fs::remove_dir_all(&modules);
        std::fs::rename(there.path().join("node_modules"), modules).unwrap();
        std::fs::copy(source.join(lock), folder.join(lock)).unwrap();
    }
    Some(folder)
}
