//! The real binary as a child process, on a configuration made from the shipped one, beside
//! simulated operators in the test's own process.
//!
//! A [`Place`] is a temporary folder with config.toml, services/ and examples/; a [`Country`] its
//! operators; a [`Daemon`] one run of the binary. Neighbours: `daemon_load` texts, `daemon_ledger`
//! reads the store afterwards.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::fs::{self, File, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use smpp_sim::{Profile, Sim};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// How long the daemon may take to start, to bind, to end. Generous: it is for debug builds on busy
/// machines, and nothing waits longer than it has to.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The shipped operators and the ports that config.toml names for them.
const OPERATORS: [(&str, u16); 6] = [
    ("telenor", 27751),
    ("vip", 27752),
    ("mts", 27753),
    ("vala", 27754),
    ("ipko", 27755),
    ("plus", 27756),
];

/// Waits until `check` holds, and fails where it doesn't in time.
pub(crate) async fn until(what: &str, patience: Duration, mut check: impl FnMut() -> bool) {
    let waiting = async {
        while !check() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(patience, waiting).await.is_ok(), "not within {patience:?}: {what}");
}

/// A number from the environment, or `default`.
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

/// The simulated operators.
#[derive(Clone)]
pub(crate) struct Country(Vec<Sim>);

impl Country {
    /// All of config.toml's, on free ports; quick to try again what they were refused.
    pub(crate) async fn listen() -> Country {
        let mut sims = Vec::new();
        for (name, _) in OPERATORS {
            let profile = Profile {
                window: 100,
                retry_delay: Duration::from_millis(200),
                receipts: None,
                ..Profile::named(name)
            };
            let port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            sims.push(Sim::listen(port, profile).await.expect("a free port"));
        }
        Country(sims)
    }

    /// One of them.
    pub(crate) fn sim(&self, operator: &str) -> &Sim {
        let at = OPERATORS.iter().position(|(name, _)| *name == operator);
        &self.0[at.expect("an operator of config.toml")]
    }

    /// All of them.
    pub(crate) fn sims(&self) -> &[Sim] {
        &self.0
    }

    /// Until no operator has one, so that the next bind is a new one.
    pub(crate) async fn unbound(&self) {
        until("the operators see the end", PATIENCE, || self.0.iter().all(|sim| sim.bound() == 0))
            .await;
    }
}

/// A folder that the binary runs in.
pub(crate) struct Place {
    folder: TempDir,
    /// The store's folder.
    pub(crate) store: PathBuf,
}

impl Place {
    /// The shipped configuration, towards `country`, fast enough for load; `edit` changes it
    /// further.
    pub(crate) fn new(country: &Country, edit: impl FnOnce(Texts) -> Texts) -> Place {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let read = |path: &str| fs::read_to_string(Path::new(ROOT).join(path)).expect(path);
        let mut config = read("config.toml");
        for ((_, port), sim) in OPERATORS.iter().zip(country.sims()) {
            let ours = format!("127.0.0.1:{port}");
            assert!(config.contains(&ours), "config.toml no longer names {ours}");
            config = config.replace(&ours, &sim.addr().to_string());
        }
        let bind = "[[operator.bind]]\n";
        config = config.replace(bind, &format!("{bind}window = 100\n"));
        for shipped in ["\nrate = 50", "\nrate = 30"] {
            config = config.replace(shipped, "\nrate = 5000");
        }
        let service = read("services/kombank.toml");
        let texts = edit(Texts { config, service, seed: read("examples/kombank.toml") });
        let place = Place { store: folder.path().join("data"), folder };
        fs::create_dir(place.path("services")).expect("services/");
        fs::create_dir(place.path("examples")).expect("examples/");
        fs::write(place.path("config.toml"), texts.config).expect("config.toml");
        fs::write(place.path("services/kombank.toml"), texts.service).expect("the service");
        fs::write(place.path("examples/kombank.toml"), texts.seed).expect("the seed");
        for other in ["services/sms-kontakt.toml", "examples/sms-kontakt.toml"] {
            fs::write(place.path(other), read(other)).expect(other);
        }
        place
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// All that the binary has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn log_file(&self) -> File {
        OpenOptions::new().append(true).create(true).open(self.path("log")).expect("the log")
    }
}

/// The files that a [`Place`] is made of.
pub(crate) struct Texts {
    pub(crate) config: String,
    pub(crate) service: String,
    pub(crate) seed: String,
}

impl Texts {
    /// Replaces what must be there in config.toml.
    pub(crate) fn set(mut self, shipped: &str, ours: &str) -> Texts {
        assert!(self.config.contains(shipped), "config.toml no longer says `{shipped}`");
        self.config = self.config.replacen(shipped, ours, 1);
        self
    }

    /// As many replies for each number as it likes.
    pub(crate) fn without_allowance(mut self) -> Texts {
        let shipped = "replies_per_minute = 60 ";
        assert!(self.service.contains(shipped), "the service no longer says `{shipped}`");
        self.service = self.service.replacen(shipped, "replies_per_minute = 60000 ", 1);
        self
    }
}

/// A run of the binary. It is killed when it goes out of scope.
pub(crate) struct Daemon(Child);

impl Daemon {
    /// `tellerd run` in `place`.
    pub(crate) fn start(place: &Place) -> Daemon {
        Daemon::start_as(place, Command::new(env!("CARGO_BIN_EXE_tellerd")))
    }

    /// The same, under another command that runs it, or with another environment.
    pub(crate) fn start_as(place: &Place, mut command: Command) -> Daemon {
        let child = command
            .args(["run", "--config"])
            .arg(place.path("config.toml"))
            .stdin(Stdio::null())
            .stdout(place.log_file())
            .stderr(place.log_file())
            .spawn();
        Daemon(child.expect("the binary starts"))
    }

    /// Until every operator has its bind.
    pub(crate) async fn bound(&mut self, country: &Country, place: &Place) {
        for sim in country.sims() {
            while !sim.wait_bound(1, Duration::from_millis(100)).await {
                let ended = self.try_ended();
                assert!(ended.is_none(), "ended: {ended:?}\n{}", tail(&place.log()));
            }
        }
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("kill -9");
        self.0.wait().expect("its end");
    }

    /// A signal by its name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status();
        assert!(status.expect("kill").success(), "kill -s {name}");
    }

    /// SIGTERM, and the exit code 0 that must follow.
    pub(crate) async fn end(self, place: &Place) {
        self.signal("TERM");
        let status = self.ended(place).await;
        assert_eq!(status.code(), Some(0), "{}", tail(&place.log()));
    }

    /// How it ended, if it has.
    pub(crate) fn try_ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("its state")
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(mut self, place: &Place) -> ExitStatus {
        let mut status = None;
        let waiting = async {
            while status.is_none() {
                sleep(Duration::from_millis(5)).await;
                status = self.try_ended();
            }
        };
        let ended = timeout(PATIENCE, waiting).await;
        assert!(ended.is_ok(), "still running:\n{}", tail(&place.log()));
        status.expect("its status")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The last lines of a log.
pub(crate) fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
