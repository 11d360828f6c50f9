//! The store in memory: the contract of [`super::disk`], for tests, simulations and `tellerd try`.
//!
//! It forgets what was not flushed. [`MemoryStore::crash`] gives the store as a restart would find
//! it: the journal up to its last flushed batch, and the registry as of *some* batch between the
//! second-last checkpoint and the last one applied, by dice, then caught up by the code that the
//! disk uses.
//!
//! A `MemoryStore` is a handle: clones share one store, so that a test keeps one to break and crash
//! what an engine writes to. After a crash the old handles only err, as a dead process would.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::catch_up::{Follows, Keeps, VisitKept, catch_up};
use super::changes::{self, Edit};
use super::checkpoint::{Every, Margin};
use super::image::Image;
use super::{Batch, Home, Key, Read, Seq, Store, StoreError, Visit};
use crate::base::dice::Dice;
use crate::base::seal::{KeyId, Keyring, NewKey};

/// Entries that a scan copies out at a time, so that its visitor may read the store.
const PAGE: usize = 256;

/// Checkpoints come often, so that short simulations see them.
const CHECKPOINTS: Every = Every { batches: 8, changes: 1_000 };

/// How a commit is made to fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Nothing of the batch is on disk.
    BeforeDurable,
    /// The batch is on disk, although commit says that it failed.
    AfterDurable,
}

/// A handle on a store in memory.
#[derive(Clone, Debug)]
pub struct MemoryStore(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    journal: JournalImage,
    registry: RegistryImage,
    hashing: [u8; 32],
    keys: BTreeMap<KeyId, NewKey>,
    margin: Margin,
    every: Every,
    checkpointing: Option<Seq>,
    free_octets: Option<u64>,
    fault: Option<Fault>,
    flight: Option<Flight>,
    unusable: Option<&'static str>,
    caught_up: u64,
}

/// A batch that was begun.
#[derive(Debug)]
struct Flight {
    batch: Arc<Batch>,
    /// Its number, once it is written, though not flushed: where it has been scanned.
    written: Option<Seq>,
    /// How it will end.
    fault: Option<Fault>,
}

#[derive(Debug, Default)]
struct JournalImage {
    data: Image,
    changes: BTreeMap<Seq, Vec<u8>>,
    dropped: Seq,
}

#[derive(Debug, Default)]
struct RegistryImage(Image);

impl MemoryStore {
    /// An empty store; its hashing key comes from `dice`.
    pub fn new(dice: &mut Dice) -> MemoryStore {
        MemoryStore::with_checkpoints(dice, CHECKPOINTS)
    }

    /// An empty store with checkpoints as often as `every` says.
    pub fn with_checkpoints(dice: &mut Dice, every: Every) -> MemoryStore {
        let mut hashing = [0; 32];
        dice.fill(&mut hashing);
        let (journal, registry) = (JournalImage::default(), RegistryImage::default());
        MemoryStore::of(State::new(journal, registry, hashing, BTreeMap::new(), every))
    }

    /// The keys that a restart would read.
    pub fn keyring(&self) -> Keyring {
        let state = self.state();
        let mut ring = Keyring::new(state.hashing);
        state.keys.values().for_each(|key| ring.insert(key));
        ring
    }

    /// Kills the process that holds this store, at this moment, and gives what a restart finds. All
    /// handles on the old store only err from here on.
    ///
    /// `Damaged` where the registry can't be made whole, which would be a fault of ours.
    pub fn crash(&self, dice: &mut Dice) -> Result<MemoryStore, StoreError> {
        let mut old = self.state();
        old.unusable = Some("the process was killed");
        if old.flight.as_ref().is_some_and(|flight| flight.fault != Some(Fault::BeforeDurable))
            && dice.chance(50)
        {
            old.write_flight()?;
            old.settle_flight();
        }
        let mut journal = std::mem::take(&mut old.journal);
        let mut registry = std::mem::take(&mut old.registry);
        let flushed = journal.data.settled();
        journal.data.roll_back(flushed);
        journal.changes.split_off(&Seq(flushed.0 + 1));
        registry.0.roll_back(flushed);
        let (oldest, newest) = (registry.0.settled().0, registry.0.seq().0);
        registry.0.roll_back(Seq(oldest + dice.below(newest - oldest + 1)));
        let found = registry.0.seq();
        registry.0.settle(found);
        let caught_up = catch_up(&journal, &mut registry)?;
        let keys = std::mem::take(&mut old.keys);
        let mut state = State::new(journal, registry, old.hashing, keys, old.every);
        state.caught_up = caught_up;
        state.free_octets = old.free_octets;
        Ok(MemoryStore::of(state))
    }

    /// How many batches the registry was behind when this store started: what a simulation must
    /// see above 0 now and then, or its crashes test nothing.
    pub fn caught_up(&self) -> u64 {
        self.state().caught_up
    }

    /// Makes the next commit fail.
    pub fn fail_next(&self, fault: Fault) {
        self.state().fault = Some(fault);
    }

    /// Sets what [`Store::free_octets`] says.
    pub fn set_free_octets(&self, octets: Option<u64>) {
        self.state().free_octets = octets;
    }

    /// Commits without the flush: a crash forgets the batch unless [`MemoryStore::flush`] follows.
    #[cfg(any(test, feature = "sabotage"))]
    pub(super) fn commit_unflushed(&self, batch: &Batch, expected: Seq) -> Result<Seq, StoreError> {
        let mut state = self.state();
        state.submit(Arc::new(batch.clone()), expected)?;
        state.write_flight()?;
        let Some(flight) = state.flight.take() else { return Ok(expected) };
        flight.batch.forget.iter().for_each(|id| drop(state.keys.remove(id)));
        Ok(flight.written.unwrap_or(expected))
    }

    /// Puts on disk all batches up to `seq`.
    #[cfg(any(test, feature = "sabotage"))]
    pub(super) fn flush(&self, seq: Seq) {
        self.state().journal.data.settle(seq);
    }

    fn of(state: State) -> MemoryStore {
        MemoryStore(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panics while it holds the lock has failed already.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(
        journal: JournalImage,
        registry: RegistryImage,
        hashing: [u8; 32],
        keys: BTreeMap<KeyId, NewKey>,
        every: Every,
    ) -> State {
        let margin = Margin::new(every, journal.changes.len() as u64);
        let (checkpointing, free_octets, fault, flight) = (None, None, None, None);
        State {
            journal,
            registry,
            hashing,
            keys,
            margin,
            every,
            checkpointing,
            free_octets,
            fault,
            flight,
            unusable: None,
            caught_up: 0,
        }
    }

    fn usable(&self) -> Result<(), StoreError> {
        match self.unusable {
            None => Ok(()),
            Some(why) => Err(StoreError::Failed { doing: "go on", cause: why.to_owned() }),
        }
    }

    fn submit(&mut self, batch: Arc<Batch>, expected: Seq) -> Result<(), StoreError> {
        self.usable()?;
        let actual = self.journal.data.seq();
        if expected != actual || self.flight.is_some() {
            return Err(StoreError::Fenced { expected: expected.0, actual: actual.0 });
        }
        if !batch.is_empty() {
            let fault = self.fault.take();
            self.flight = Some(Flight { batch, written: None, fault });
        }
        Ok(())
    }

    /// Writes the batch that was begun, as late as the contract allows: a get before it sees
    /// nothing of it.
    fn write_flight(&mut self) -> Result<(), StoreError> {
        let next = Seq(self.journal.data.seq().0 + 1);
        let Some(flight) = self.flight.as_mut().filter(|flight| flight.written.is_none()) else {
            return Ok(());
        };
        flight.written = Some(next);
        let batch = Arc::clone(&flight.batch);
        self.end_checkpoint();
        self.write(&batch, next)
    }

    fn land(&mut self) -> Result<Seq, StoreError> {
        self.usable()?;
        self.write_flight()?;
        match self.flight.as_ref().and_then(|flight| flight.fault) {
            Some(Fault::BeforeDurable) => return Err(self.fail()),
            Some(Fault::AfterDurable) => {
                self.settle_flight();
                return Err(self.fail());
            }
            None => self.settle_flight(),
        }
        Ok(self.journal.data.seq())
    }

    fn settle_flight(&mut self) {
        let Some(flight) = self.flight.take() else { return };
        let Some(seq) = flight.written else { return };
        self.journal.data.settle(seq);
        flight.batch.forget.iter().for_each(|id| drop(self.keys.remove(id)));
    }

    /// The number of the last batch that has landed.
    fn seq(&self) -> Seq {
        let written = self.flight.as_ref().is_some_and(|flight| flight.written.is_some());
        Seq(self.journal.data.seq().0 - u64::from(written))
    }

    fn write(&mut self, batch: &Batch, seq: Seq) -> Result<(), StoreError> {
        let registry = changes::encode(batch)?;
        self.keys.extend(batch.keys.iter().map(|key| (key.id, key.clone())));
        let own = batch.changes.iter().filter(|c| c.key.table().home == Home::Journal);
        let edits = own.map(|c| Edit { key: c.key.as_bytes(), value: c.value.as_deref() });
        self.journal.data.apply(seq, edits);
        self.journal.drop_up_to(self.margin.droppable());
        if let Some((octets, count)) = registry {
            self.registry.apply(seq, &octets)?;
            self.journal.changes.insert(seq, octets);
            self.margin.applied(count);
        }
        if self.margin.begin() {
            self.checkpointing = Some(self.registry.seq());
        }
        Ok(())
    }

    /// A checkpoint that began with one commit has ended by the next, as a fast disk's would. What
    /// only the last one passed can still be rolled back: the margin is there for disks that lie.
    fn end_checkpoint(&mut self) {
        let flushed = self.journal.data.settled();
        if let Some(seq) = self.checkpointing.take_if(|seq| *seq <= flushed) {
            self.margin.passed(seq);
            self.registry.0.settle(self.margin.droppable());
        }
    }

    fn fail(&mut self) -> StoreError {
        self.unusable = Some("an earlier commit failed, and what it wrote is unknown");
        StoreError::Failed { doing: "write the journal", cause: "a test made it fail".to_owned() }
    }
}

impl JournalImage {
    fn drop_up_to(&mut self, seq: Seq) {
        while let Some(entry) = self.changes.first_entry().filter(|e| *e.key() <= seq) {
            self.dropped = entry.remove_entry().0;
        }
    }
}

impl Keeps for JournalImage {
    fn last(&self) -> Seq {
        self.data.seq()
    }

    fn dropped(&self) -> Seq {
        self.dropped
    }

    fn visit_after(&self, seq: Seq, visit: VisitKept<'_>) -> Result<(), StoreError> {
        let after = self.changes.range(Seq(seq.0.saturating_add(1))..);
        after.into_iter().try_for_each(|(&seq, changes)| visit(seq, changes))
    }
}

impl Follows for RegistryImage {
    fn seq(&self) -> Seq {
        self.0.seq()
    }

    fn apply(&mut self, seq: Seq, changes: &[u8]) -> Result<(), StoreError> {
        self.0.apply(seq, changes::decode(changes)?.into_iter());
        Ok(())
    }
}

impl State {
    fn home(&self, home: Home) -> &Image {
        match home {
            Home::Journal => &self.journal.data,
            Home::Registry => &self.registry.0,
        }
    }
}

impl Read for MemoryStore {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state();
        state.usable()?;
        Ok(state.home(key.table().home).get(key.as_bytes()).cloned())
    }

    fn scan(&self, prefix: &Key, from: Option<&Key>, visit: Visit<'_>) -> Result<(), StoreError> {
        self.state().write_flight()?;
        self.scan_landed(prefix, from, visit)
    }

    fn scan_landed(
        &self,
        prefix: &Key,
        from: Option<&Key>,
        visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        let (home, prefix) = (prefix.table().home, prefix.as_bytes());
        let mut from = from.map_or(prefix, |from| from.as_bytes().max(prefix)).to_vec();
        loop {
            let page = {
                let state = self.state();
                state.usable()?;
                state.home(home).page(prefix, &from, PAGE)
            };
            for (key, value) in &page {
                if visit(key, value).is_break() {
                    return Ok(());
                }
            }
            let Some((last, _)) = page.last().filter(|_| page.len() == PAGE) else {
                return Ok(());
            };
            // The next key in order is the last one with a zero behind it.
            from.clear();
            from.extend_from_slice(last);
            from.push(0);
        }
    }
}

impl Store for MemoryStore {
    fn submit(&mut self, batch: Arc<Batch>, expected: Seq) -> Result<(), StoreError> {
        self.state().submit(batch, expected)
    }

    fn land(&mut self) -> Result<Seq, StoreError> {
        self.state().land()
    }

    fn seq(&self) -> Seq {
        self.state().seq()
    }

    fn free_octets(&self) -> Option<u64> {
        self.state().free_octets
    }

    fn close(&mut self) -> Result<(), StoreError> {
        let mut state = self.state();
        state.usable()?;
        let seq = state.journal.data.settled();
        state.registry.0.settle(seq);
        Ok(())
    }
}
