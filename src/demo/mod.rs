//! `tellerd demo`: the daemon, simulated operators and the sample bank in one process.
//!
//! The configuration is the real one; only the addresses (simulated SMSCs on free ports) and the
//! store (a temporary folder) are others, and time can be moved ahead by `hand`. In a terminal
//! there is a `phone` to type on; otherwise, or with `--tour`, a scripted `tour` that ends by
//! itself.

mod core;
mod hand;
mod phone;
mod tour;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use smpp_sim::{Profile, Sim};
use tokio::runtime::Runtime;

use crate::base::msisdn::Msisdn;
use crate::config::Config;
use crate::daemon::assemble;
use crate::daemon::clock::Clock;
use crate::daemon::run::{RunError, start_by};
use crate::engine::network::{Reason, serving};
use crate::engine::setup::Setup;

/// How long the binds may take.
const BIND_WAIT: Duration = Duration::from_secs(10);

/// Why the demo ended early.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The daemon.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file, a socket or the terminal.
    #[error("can't {doing}: {cause}")]
    System {
        /// What was tried.
        doing: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The tour's script.
    #[error("{0}")]
    Script(String),
    /// Conversations that got no reply, or another than the script says.
    #[error("{0} conversations went wrong")]
    Unanswered(usize),
}

fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> DemoError {
    let doing = doing.into();
    move |cause| DemoError::System { doing, cause }
}

/// The simulated operators, in the configuration's order.
struct Country {
    operators: Vec<(String, Sim)>,
    setup: Setup,
}

impl Country {
    async fn listen(config: &Config) -> Result<Country, DemoError> {
        let mut operators = Vec::new();
        for options in &config.operators {
            let profile =
                Profile { rate: Some(options.pace.rate), ..Profile::named(&options.name) };
            let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let sim =
                Sim::listen(free_port, profile).await.map_err(system("listen on a free port"))?;
            operators.push((options.name.clone(), sim));
        }
        Ok(Country { operators, setup: config.setup.clone() })
    }

    fn find(&self, name: &str) -> Option<&Sim> {
        self.operators.iter().find(|(known, _)| known == name).map(|(_, sim)| sim)
    }

    /// The operator that has a number, by the porting list or by its prefix.
    fn operator_of(&self, number: &str) -> Option<&str> {
        let number = Msisdn::parse(number).ok()?;
        let mut serving = serving(&self.setup, None, number);
        let (lane, _) = serving.find(|(_, reason)| *reason != Reason::Country)?;
        Some(&self.operators[lane].0)
    }

    fn names(&self) -> String {
        self.operators.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Runs the demo; `folder` is the configuration's, where the tour's script is found.
pub fn run(mut config: Config, folder: &Path, tour: bool) -> Result<(), DemoError> {
    let script = tour::Script::read(&folder.join("examples/tour.txt"))?;
    let runtime = Arc::new(
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(system("start the runtime"))?,
    );
    let country = runtime.block_on(Country::listen(&config))?;
    for (links, (_, sim)) in config.links.iter_mut().zip(&country.operators) {
        for link in links {
            link.address = sim.addr().to_string();
            (link.fallback, link.local_address, link.tls) = (None, None, None);
        }
    }
    let store = tempfile::tempdir().map_err(system("make a temporary folder"))?;
    config.store_path = store.path().join("data");
    let clock = Clock::start();
    let engine = assemble::on_disk(&config, clock.now())?;
    let hand = hand::Hand::new(clock);
    let engines = hand.clone();
    let now = Box::new(move || engines.now());
    let operators = assemble::operators(&config);
    let running = start_by(engine, operators, clock, now, Arc::clone(&runtime))?;
    let core = core::Core { setup: config.setup.clone(), door: running.door(), hand };
    let held = talk(&runtime, &country, &script, &core, tour);
    running.stopper()();
    running.join()?;
    held
}

fn talk(
    runtime: &Runtime,
    country: &Country,
    script: &tour::Script,
    core: &core::Core,
    tour: bool,
) -> Result<(), DemoError> {
    runtime.block_on(async {
        for (name, sim) in &country.operators {
            if !sim.wait_bound(1, BIND_WAIT).await {
                return Err(DemoError::Script(format!("the daemon didn't bind to {name}")));
            }
        }
        println!("bound to {} simulated operators: {}", country.operators.len(), country.names());
        if tour {
            script.hold(country, core).await
        } else {
            phone::converse(country, script, core).await
        }
    })
}
