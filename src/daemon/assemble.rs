//! From a checked configuration to an engine that is ready to turn: the store opened, the seeds loaded.

use std::sync::Arc;

use super::clock::entropy;
use super::link::Address;
use super::run::RunError;
use crate::bank::Bank;
use crate::bank::embedded::EmbeddedBank;
use crate::base::now::Now;
use crate::calendar::{Calendar, Options as CalendarOptions};
use crate::config::Config;
use crate::engine::{Engine, Opening};
use crate::operator::Options as OperatorOptions;
use crate::seed;
use crate::store::disk::DiskStore;
use crate::store::memory::MemoryStore;
use crate::store::{Store, StoreError};

/// An engine on the store that the configuration names.
pub fn on_disk(config: &Config, now: Now) -> Result<Engine<DiskStore, EmbeddedBank>, RunError> {
    let mut dice =
        entropy().map_err(|cause| RunError::System { doing: "read randomness", cause })?;
    let (store, keyring) = DiskStore::open(&config.store_path, &config.store, &mut dice)?;
    let setup = Arc::new(config.setup.clone());
    let mut engine =
        Engine::open(Opening { store, keyring, dice, bank: EmbeddedBank::default(), setup }, now)?;
    load_seeds(&mut engine, config, now)?;
    Ok(engine)
}

/// An engine on a store in memory, filled from the seeds: nothing on disk is touched.
pub fn in_memory(config: &Config, now: Now) -> Result<Engine<MemoryStore, EmbeddedBank>, RunError> {
    let mut dice =
        entropy().map_err(|cause| RunError::System { doing: "read randomness", cause })?;
    let store = MemoryStore::new(&mut dice);
    let keyring = store.keyring();
    let setup = Arc::new(config.setup.clone());
    let mut engine =
        Engine::open(Opening { store, keyring, dice, bank: EmbeddedBank::default(), setup }, now)?;
    load_seeds(&mut engine, config, now)?;
    Ok(engine)
}

/// The operators and where their binds connect, in the setup's order.
pub fn operators(config: &Config) -> Vec<(OperatorOptions, Vec<Address>)> {
    let addresses = config.links.iter().map(|links| {
        links
            .iter()
            .map(|link| Address { remote: link.address.clone(), local: link.local_address })
            .collect()
    });
    config.operators.iter().cloned().zip(addresses).collect()
}

/// Loads each bank's seed once: into a store that hasn't had it.
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
        let seed_error = |why: String| {
            StoreError::Damaged(format!("the seed {} can't be loaded: {why}", path.display()))
        };
        let text = std::fs::read_to_string(path).map_err(|error| seed_error(error.to_string()))?;
        let seed = seed::read(&text).map_err(|faults| {
            seed_error(faults.into_iter().next().map(|fault| fault.what).unwrap_or_default())
        })?;
        let service = &entry.service;
        let today = service.zone.date(now.wall);
        let calendar = Calendar::new(CalendarOptions::new(service.country));
        let loaded = engine.load_once(bank, now, |records, bank| {
            seed.load(records, bank, service, today, &calendar)
        })?;
        if loaded {
            tracing::info!(bank = %name, seed = %path.display(), "seed loaded into the empty store");
        }
    }
    Ok(())
}
