//! `tellerd run`: puts the daemon together, and takes it apart cleanly when told to.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;
use tracing::info;

use super::clock::{Clock, entropy};
use super::door::Door;
use super::link::{Links, Tcp};
use super::mailbox::Mailbox;
use super::turner::{Reading, Turner, Wire};
use crate::bank::Bank;
use crate::config::LinkAddress;
use crate::engine::{Engine, Input, StartError};
use crate::operator::{Operator, Options as OperatorOptions};
use crate::store::{Store, StoreError};

/// Why the daemon ended otherwise than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store can't be used: exit code 75, so that the supervisor starts the daemon anew.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store and the configuration don't fit together.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A seed that the store hasn't had can't be read.
    #[error("the seed {} can't be loaded: {why}", path.display())]
    Seed {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A thread or a task of ours ended by a fault of its own: exit code 75, too.
    #[error("{0} died of a fault of its own")]
    Died(String),
    /// The system refused something.
    #[error("can't {doing}: {cause}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What it said.
        cause: std::io::Error,
    },
}

/// A daemon that runs: its threads, and the door to end it by.
pub struct Running<S, B> {
    mailbox: Arc<Mailbox>,
    door: Arc<Door>,
    turner: std::thread::JoinHandle<Result<Engine<S, B>, RunError>>,
    links: Vec<tokio::task::JoinHandle<()>>,
    runtime: Arc<Runtime>,
}

/// Starts an engine and its operators on `runtime`; returns at once.
pub fn start<S, B>(
    engine: Engine<S, B>,
    operators: Vec<(OperatorOptions, Vec<LinkAddress>)>,
    clock: Clock,
    runtime: Arc<Runtime>,
) -> Result<Running<S, B>, RunError>
where
    S: Store + Send + 'static,
    B: Bank + Send + 'static,
{
    start_by(engine, operators, clock, Box::new(move || clock.now()), runtime)
}

/// The same, with the engine's clocks read by `now`; links go by `clock`.
pub fn start_by<S, B>(
    engine: Engine<S, B>,
    operators: Vec<(OperatorOptions, Vec<LinkAddress>)>,
    clock: Clock,
    now: Reading,
    runtime: Arc<Runtime>,
) -> Result<Running<S, B>, RunError>
where
    S: Store + Send + 'static,
    B: Bank + Send + 'static,
{
    let system = |doing| move |cause| RunError::System { doing, cause };
    let mailbox = Arc::new(Mailbox::default());
    let (mut wires, mut links) = (Vec::new(), Vec::new());
    for (lane, (options, addresses)) in operators.into_iter().enumerate() {
        let (sender, orders) = unbounded_channel();
        wires.push(Wire { name: options.name.clone(), rate: options.pace.rate, orders: sender });
        let mut operator = Operator::new(options, entropy().map_err(system("read randomness"))?);
        if engine.began_empty() {
            operator.set_first();
        }
        let link = Links::new(lane, operator, Tcp(addresses), orders, Arc::clone(&mailbox), clock);
        links.push(runtime.spawn(link.run()));
    }
    let door = Arc::new(Door::new(Arc::clone(&mailbox)));
    let turner = Turner::new(engine, Arc::clone(&mailbox), wires, Arc::clone(&door), now);
    let turner = std::thread::Builder::new()
        .name("engine".into())
        .spawn(move || turner.run())
        .map_err(system("start the engine's thread"))?;
    Ok(Running { mailbox, door, turner, links, runtime })
}

impl<S: Store, B: Bank> Running<S, B> {
    /// Something that ends the daemon cleanly when called, from any thread.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + 'static {
        let mailbox = Arc::clone(&self.mailbox);
        move || mailbox.put([Input::Drain])
    }

    /// The door to the engine.
    pub fn door(&self) -> Arc<Door> {
        Arc::clone(&self.door)
    }

    /// Waits for the end.
    pub fn join(self) -> Result<Engine<S, B>, RunError> {
        let ended = self.turner.join();
        self.runtime.block_on(async {
            for link in self.links {
                // One that died was noticed by the engine's thread.
                let _ = link.await;
            }
        });
        let engine = ended.map_err(|_| RunError::Died("the engine's thread".into()))??;
        info!(tally = ?engine.tally(), "ended");
        Ok(engine)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config;
    use crate::daemon::assemble;

    #[test]
    fn a_link_that_panics_ends_the_daemon_by_an_error() {
        let config = config::load(Path::new("config.toml"), &|_| None).unwrap();
        let clock = Clock::start();
        let engine = assemble::in_memory(&config, clock.now()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let mut operators = assemble::operators(&config);
        operators.truncate(1);
        // Connecting looks for an address that isn't there: a panic in the link's task.
        operators[0].1.clear();
        let running = start(engine, operators, clock, Arc::new(runtime)).unwrap();
        let error = running.join().err().unwrap();
        assert!(matches!(&error, RunError::Died(who) if who.contains("telenor")), "{error}");
    }
}
