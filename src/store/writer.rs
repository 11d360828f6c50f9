//! What a commit does on disk, in its order: new keys (fsync), journal (fsync), forgotten keys
//! (fsync), registry (no fsync: it follows, and a checkpoint flushes it now and then).

use super::catch_up::Follows;
use super::changes;
use super::checkpoint::Margin;
use super::journal::{Along, Journal};
use super::keyfile::KeyFile;
use super::registry::{Applier, Flusher};
use super::worker::Worker;
use super::{Batch, Every, Seq, StoreError};

/// The writing side of the store on disk.
pub(super) struct Writer {
    journal: Journal,
    // Before the registry: its thread ends before the registry is closed.
    checkpointer: Worker<Seq, Seq>,
    registry: Applier,
    keys: KeyFile,
    margin: Margin,
}

impl Writer {
    /// Joins what was opened; the registry has been caught up.
    pub(super) fn new(
        journal: Journal,
        registry: Applier,
        mut flusher: Flusher,
        keys: KeyFile,
        every: Every,
    ) -> Result<Writer, StoreError> {
        let flush = move |seq| flusher.run().map(|()| seq);
        let checkpointer = Worker::start("checkpoint", "flush the registry", flush, || ())?;
        let margin = Margin::new(every, journal.kept()?);
        Ok(Writer { journal, checkpointer, registry, keys, margin })
    }

    /// Writes a batch; it is on disk when this returns.
    pub(super) fn write(&mut self, batch: &Batch) -> Result<Seq, StoreError> {
        if let Some(passed) = self.checkpointer.poll()? {
            self.margin.passed(passed);
        }
        let registry = changes::encode(batch)?;
        self.keys.append(&batch.keys)?;
        let along = Along {
            registry: registry.as_ref().map(|(octets, _)| octets.as_slice()),
            keys_octets: self.keys.octets(),
            droppable: self.margin.droppable(),
        };
        let seq = self.journal.commit(batch, &along)?;
        self.keys.forget(&batch.forget)?;
        if let Some((octets, count)) = registry {
            self.registry.apply(seq, &octets)?;
            self.margin.applied(count);
        }
        if self.margin.begin() {
            self.checkpointer.request(self.registry.seq())?;
        }
        Ok(seq)
    }

    /// Up to which batch the journal has dropped registry changes.
    #[cfg(test)]
    pub(super) fn dropped(&self) -> Seq {
        super::catch_up::Keeps::dropped(&self.journal)
    }
}
