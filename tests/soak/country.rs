//! The shipped configuration on a store in memory, its receipts asked for and its messages kept for
//! two days.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::dice::Dice;
use tellerd::base::now::Now;
use tellerd::config::{self, Config};
use tellerd::daemon::assemble::load_seeds;
use tellerd::engine::{Engine, Opening};
use tellerd::operator::Operator;
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::store::memory::MemoryStore;

const KEEP: Duration = Duration::from_secs(2 * 86_400);

/// What is shipped, with receipts and query_sm in use.
pub(crate) fn config() -> Config {
    let mut config = config::load(Path::new("config.toml"), &|_| None).unwrap();
    for operator in &mut config.setup.operators {
        operator.form.registered_delivery = 1;
        operator.query = true;
        operator.receipt_wait = Duration::from_secs(3_600);
    }
    config.setup.options.keep = KEEP;
    config
}

/// An engine with the seeds in it, on an empty store.
pub(crate) fn engine(
    config: &Config,
    store: MemoryStore,
    dice: &mut Dice,
    now: Now,
) -> Engine<MemoryStore, EmbeddedBank> {
    let keyring = store.keyring();
    let opening = Opening {
        store,
        keyring,
        dice: Dice::seeded(dice.roll()),
        bank: EmbeddedBank::default(),
        seller: Box::<EmbeddedTopUp>::default(),
        setup: Arc::new(config.setup.clone()),
    };
    let mut engine = Engine::open(opening, now).unwrap();
    load_seeds(&mut engine, config, now).unwrap();
    engine
}

/// The daemon's side of each operator.
pub(crate) fn operators(config: &Config, dice: &mut Dice) -> Vec<Operator> {
    let one = |options: &tellerd::operator::Options| {
        Operator::new(options.clone(), Dice::seeded(dice.roll()))
    };
    config.operators.iter().map(one).collect()
}
