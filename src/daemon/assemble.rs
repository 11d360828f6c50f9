//! From a checked configuration to an engine that is ready to turn: the store opened, the seeds
//! loaded.

use std::path::Path;
use std::sync::Arc;

use super::clock::entropy;
use super::run::RunError;
use crate::bank::Bank;
use crate::bank::embedded::EmbeddedBank;
use crate::base::dice::Dice;
use crate::base::now::Now;
use crate::base::seal::Keyring;
use crate::calendar::{Calendar, Options as CalendarOptions};
use crate::config::{Config, LinkAddress};
use crate::engine::{Engine, Opening};
use crate::operator::Options as OperatorOptions;
use crate::sale::embedded::EmbeddedTopUp;
use crate::seed::{self, Seed};
use crate::store::Store;
use crate::store::disk::DiskStore;
use crate::store::memory::MemoryStore;

/// An engine on the store that the configuration names.
pub fn on_disk(config: &Config, now: Now) -> Result<Engine<DiskStore, EmbeddedBank>, RunError> {
    let mut dice = randomness()?;
    let (store, keyring) = DiskStore::open(&config.store_path, &config.store, &mut dice)?;
    open(store, keyring, dice, config, now)
}

/// An engine on a store in memory, filled from the seeds: nothing on disk is touched.
pub fn in_memory(config: &Config, now: Now) -> Result<Engine<MemoryStore, EmbeddedBank>, RunError> {
    let mut dice = randomness()?;
    let store = MemoryStore::new(&mut dice);
    let keyring = store.keyring();
    open(store, keyring, dice, config, now)
}

fn randomness() -> Result<Dice, RunError> {
    entropy().map_err(|cause| RunError::System { doing: "read randomness", cause })
}

fn open<S: Store>(
    store: S,
    keyring: Keyring,
    dice: Dice,
    config: &Config,
    now: Now,
) -> Result<Engine<S, EmbeddedBank>, RunError> {
    let setup = Arc::new(config.setup.clone());
    let (bank, seller) = (EmbeddedBank::default(), Box::<EmbeddedTopUp>::default());
    let opening = Opening { store, keyring, dice, bank, seller, setup };
    let mut engine = Engine::open(opening, now)?;
    load_seeds(&mut engine, config, now)?;
    Ok(engine)
}

/// The operators and where their binds connect, in the setup's order.
pub fn operators(config: &Config) -> Vec<(OperatorOptions, Vec<LinkAddress>)> {
    config.operators.iter().cloned().zip(config.links.iter().cloned()).collect()
}

/// Loads each bank's seed once: into a store that hasn't had it. No other start looks at the file,
/// so that it may be gone by then.
pub fn load_seeds<S: Store, B: Bank>(
    engine: &mut Engine<S, B>,
    config: &Config,
    now: Now,
) -> Result<(), RunError> {
    for (name, path) in &config.seeds {
        let bank = config.setup.banks.iter().position(|bank| bank == name);
        let services = config.setup.services.iter();
        let entry = bank.and_then(|bank| services.clone().find(|entry| entry.bank == bank));
        let (Some(bank), Some(entry)) = (bank, entry) else { continue };
        let service = &entry.service;
        let loaded = engine.load_once(bank, now, |records, bank| -> Result<(), RunError> {
            let seed = read_seed(path)?;
            let today = service.zone.date(now.wall);
            let calendar = Calendar::new(CalendarOptions::new(service.country));
            Ok(seed.load(records, bank, service, today, &calendar)?)
        })?;
        if loaded {
            let path = path.display();
            tracing::info!(bank = %name, seed = %path, "seed loaded into the empty store");
        }
    }
    Ok(())
}

fn read_seed(path: &Path) -> Result<Seed, RunError> {
    let seed_error = |why: String| RunError::Seed { path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| seed_error(error.to_string()))?;
    seed::read(&text).map_err(|faults| {
        seed_error(faults.into_iter().next().map(|fault| fault.what).unwrap_or_default())
    })
}
