//! The real binary under test: a folder to run it in, runs to their end, and a daemon that goes on.
//!
//! A folder begins as a copy of what is shipped, so that every test also reads the shipped
//! configuration; tests change single words of it. A daemon's log goes to a file beside it.

#![allow(dead_code, reason = "each test takes what it needs of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// How long anything that should happen soon may take: long, for a machine that has much to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// The time, as events write it.
#[expect(clippy::disallowed_methods, reason = "the daemon has the real clock, too")]
pub(crate) fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// Waits until `look` sees something.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let seen = async {
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            sleep(GLANCE).await;
        }
    };
    timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("in vain: {what}"))
}

/// A temporary folder with a configuration.
pub(crate) struct Folder {
    dir: TempDir,
    starts: AtomicUsize,
}

impl Folder {
    /// With what is shipped.
    pub(crate) fn shipped() -> Folder {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = tempfile::tempdir().unwrap();
        fs::copy(source.join("config.toml"), dir.path().join("config.toml")).unwrap();
        for sub in ["services", "examples"] {
            fs::create_dir(dir.path().join(sub)).unwrap();
            for entry in fs::read_dir(source.join(sub)).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), dir.path().join(sub).join(entry.file_name())).unwrap();
            }
        }
        Folder { dir, starts: AtomicUsize::new(0) }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Replaces words of a file, which must stand in it.
    pub(crate) fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Runs a command to its end.
    pub(crate) fn tellerd(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Tells the running daemon of another offer of the sample bank.
    pub(crate) fn publish(&self, offer: &str) {
        let (id, time) = (offer.len(), now());
        let event = format!(
            r#"{{"specversion":"1.0","source":"core","id":"{id}","type":"offer.published","time":"{time}","data":{{"text":"{offer}"}}}}"#
        );
        fs::write(self.path().join("offer.ndjson"), event).unwrap();
        let told = self.tellerd(&["event", "--bank", "kombank", "offer.ndjson"]);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    /// Starts `tellerd run`.
    pub(crate) fn start(&self) -> Daemon {
        let log = self.path().join(format!("log-{}", self.starts.fetch_add(1, Ordering::Relaxed)));
        let child = self
            .command(&["run"])
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Daemon { child, log }
    }

    /// Waits until a daemon listens on its local socket; one that was killed leaves a deaf one.
    pub(crate) async fn listens(&self) {
        let socket = self.path().join("data/tellerd.sock");
        until("the daemon listens", || UnixStream::connect(&socket).ok()).await;
    }

    /// Every octet that the daemon has stored.
    pub(crate) fn stored(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        let mut folders = vec![self.path().join("data")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() {
                    octets.extend(fs::read(path).unwrap());
                }
            }
        }
        octets
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tellerd"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command.env_remove("RUST_LOG").env("NO_COLOR", "1");
        command
    }
}

/// A daemon that runs; killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    /// Lines of its log that hold all these words.
    pub(crate) fn lines(&self, words: &[&str]) -> usize {
        self.log().lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    /// Waits until so many lines of its log hold all these words.
    pub(crate) async fn says(&mut self, words: &[&str], times: usize) {
        let said = async {
            while self.lines(words) < times {
                self.assert_alive();
                sleep(GLANCE).await;
            }
        };
        if timeout(PATIENCE, said).await.is_err() {
            panic!("it never says {words:?} {times} times:\n{}", self.log());
        }
    }

    /// Panics if it has ended.
    pub(crate) fn assert_alive(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("ended with {status}:\n{}", self.log());
        }
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// SIGKILL.
    pub(crate) fn kill(&self) {
        self.signal("KILL");
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        until("the daemon's end", || child.try_wait().unwrap()).await
    }

    /// SIGTERM, and an end as it should be.
    pub(crate) async fn stop(&mut self) {
        self.terminate();
        let status = self.ended().await;
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
