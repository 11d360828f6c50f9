//! Stores that break the contract on purpose: a test that passes with one of these tests nothing.
//!
//! Each wraps a handle on a [`MemoryStore`]; keep a clone of the handle to crash it.

use std::sync::Arc;

use super::memory::MemoryStore;
use super::{Batch, Change, Key, Read, Seq, Store, StoreError, Table, Visit};
use crate::base::dice::Dice;

/// Acknowledges a batch before it is flushed: it is on disk only `lag` batches later.
#[derive(Clone, Debug)]
pub struct AckEarly {
    store: MemoryStore,
    lag: u64,
}

impl AckEarly {
    /// Around `store`; the last `lag` batches are lost by a crash.
    pub fn new(store: MemoryStore, lag: u64) -> AckEarly {
        AckEarly { store, lag }
    }
}

/// Flushes only with every so manieth batch, as a store with a flush timer would.
#[derive(Clone, Debug)]
pub struct FlushLate {
    store: MemoryStore,
    every: u64,
}

impl FlushLate {
    /// Around `store`; flushes when the batch number is a multiple of `every`.
    pub fn new(store: MemoryStore, every: u64) -> FlushLate {
        FlushLate { store, every: every.max(1) }
    }
}

/// Where a forgotten record goes.
const NOTHING: Table = Table::journal(255, "nothing");

/// Forgets one record of a batch now and then.
#[derive(Clone, Debug)]
pub struct ForgetOne {
    store: MemoryStore,
    percent: u64,
    dice: Dice,
}

impl ForgetOne {
    /// Around `store`; in `percent` of 100 batches one change, by `dice`, isn't written.
    pub fn new(store: MemoryStore, percent: u64, dice: Dice) -> ForgetOne {
        ForgetOne { store, percent, dice }
    }
}

impl AckEarly {
    fn write(&mut self, batch: &Batch, expected: Seq) -> Result<(), StoreError> {
        let seq = self.store.commit_unflushed(batch, expected)?;
        self.store.flush(Seq(seq.0.saturating_sub(self.lag)));
        Ok(())
    }
}

impl FlushLate {
    fn write(&mut self, batch: &Batch, expected: Seq) -> Result<(), StoreError> {
        let seq = self.store.commit_unflushed(batch, expected)?;
        if seq.0.is_multiple_of(self.every) {
            self.store.flush(seq);
        }
        Ok(())
    }
}

impl ForgetOne {
    fn write(&mut self, batch: &Batch, expected: Seq) -> Result<(), StoreError> {
        let mut batch = batch.clone();
        if !batch.changes.is_empty() && self.dice.chance(self.percent) {
            let which = self.dice.below(batch.changes.len() as u64);
            // In its place a delete of nothing: an emptied batch would get no number, and be
            // noticed.
            let nothing = Change { key: NOTHING.key(0), value: None };
            batch.changes[usize::try_from(which).unwrap_or(0)] = nothing;
        }
        self.store.submit(Arc::new(batch), expected)
    }
}

macro_rules! as_a_store {
    ($($name:ty),*) => {$(
        impl Read for $name {
            fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
                self.store.get(key)
            }

            fn scan(
                &self,
                prefix: &Key,
                from: Option<&Key>,
                visit: Visit<'_>,
            ) -> Result<(), StoreError> {
                self.store.scan(prefix, from, visit)
            }

            fn scan_landed(
                &self,
                prefix: &Key,
                from: Option<&Key>,
                visit: Visit<'_>,
            ) -> Result<(), StoreError> {
                self.store.scan_landed(prefix, from, visit)
            }
        }

        impl Store for $name {
            fn submit(&mut self, batch: Arc<Batch>, expected: Seq) -> Result<(), StoreError> {
                self.write(&batch, expected)
            }

            fn land(&mut self) -> Result<Seq, StoreError> {
                self.store.land()
            }

            fn seq(&self) -> Seq {
                self.store.seq()
            }

            fn free_octets(&self) -> Option<u64> {
                self.store.free_octets()
            }

            fn close(&mut self) -> Result<(), StoreError> {
                self.store.close()
            }
        }
    )*};
}

as_a_store!(AckEarly, FlushLate, ForgetOne);
