//! The journal: redb, one transaction and one fsync a batch.
//!
//! Four tables: `data` (the entries of the journal's own tables), `registry_changes` (batch number
//! → [`super::changes`], kept until the registry has them for certain), `forgetting` (keys that the
//! key file must no longer have, so that a crash between the two can't keep one) and `meta`.
//!
//! [`Journal`] writes and belongs to whoever commits; a [`Reader`] reads from one transaction that
//! is renewed after each commit: opening one for every look-up would cost more than the look-up.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use redb::{
    Database, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    RepairSession, TableDefinition, WriteTransaction,
};

use super::catch_up::{Keeps, VisitKept};
use super::keyfile::sync_parent;
use super::{Batch, Home, Key, Seq, StoreError, Visit};
use crate::base::seal::KeyId;

const DATA: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("data");
const CHANGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("registry_changes");
const FORGETTING: TableDefinition<'_, u64, ()> = TableDefinition::new("forgetting");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

const SCHEMA: &str = "schema";
const SEQ: &str = "seq";
const DROPPED: &str = "dropped";
const KEYS_OCTETS: &str = "keys_octets";
const KEYS_MARK: &str = "keys_mark";

/// The layout that this release writes.
const SCHEMA_VERSION: u64 = 1;

/// Registry changes dropped by one commit, in batches: a commit adds one at most, so the rest is
/// soon gone, and no commit is long because of it.
const DROPPED_PER_COMMIT_MAX: usize = 64;

/// The open journal, to write to.
pub(super) struct Journal {
    db: Arc<Database>,
    durability: Durability,
    meta: Meta,
    forgetting: Vec<KeyId>,
}

/// The journal as of the last batch that its owner has seen land.
pub(super) struct Reader {
    db: Arc<Database>,
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
}

/// What the journal knows of itself and of the key file beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Meta {
    seq: Seq,
    dropped: Seq,
    /// How much of the key file is in use, in octets.
    pub(super) keys_octets: u64,
    /// Which key file.
    pub(super) keys_mark: u64,
}

/// What a commit writes beside the batch's own changes to the journal's tables.
pub(super) struct Along<'a> {
    /// The encoded registry changes.
    pub(super) registry: Option<&'a [u8]>,
    /// How long the key file is, in octets.
    pub(super) keys_octets: u64,
    /// Registry changes up to here may go.
    pub(super) droppable: Seq,
}

impl Journal {
    /// Makes an empty journal: whole under its name, or not there at all.
    pub(super) fn create(path: &Path, keys_octets: u64, keys_mark: u64) -> Result<(), StoreError> {
        const DOING: &str = "make the journal";
        let draft = path.with_extension("new");
        if draft.exists() {
            // Of a start that was cut short, before anything used it.
            fs::remove_file(&draft).map_err(StoreError::failed(DOING))?;
        }
        let db = Database::create(&draft).map_err(wrong(DOING))?;
        let txn = db.begin_write().map_err(wrong(DOING))?;
        {
            txn.open_table(DATA).map_err(wrong(DOING))?;
            txn.open_table(CHANGES).map_err(wrong(DOING))?;
            txn.open_table(FORGETTING).map_err(wrong(DOING))?;
        }
        let (seq, dropped) = (Seq(0), Seq(0));
        Meta { seq, dropped, keys_octets, keys_mark }.write(&txn, DOING)?;
        txn.commit().map_err(wrong(DOING))?;
        db.close().map_err(wrong(DOING))?;
        fs::rename(&draft, path).and_then(|()| sync_parent(path)).map_err(StoreError::failed(DOING))
    }

    /// Opens the journal with `cache` octets of cache.
    pub(super) fn open(
        path: &Path,
        cache: usize,
        durability: Durability,
    ) -> Result<Journal, StoreError> {
        const DOING: &str = "open the journal";
        let db = Database::builder()
            .set_cache_size(cache)
            .set_repair_callback(tell_of_repair)
            .open(path)
            .map_err(wrong(DOING))?;
        let txn = db.begin_read().map_err(wrong(DOING))?;
        let meta = Meta::read(&txn.open_table(META).map_err(wrong(DOING))?)?;
        let mut forgetting = Vec::new();
        let table = txn.open_table(FORGETTING).map_err(wrong(DOING))?;
        for entry in table.iter().map_err(wrong(DOING))? {
            forgetting.push(KeyId::from_word(entry.map_err(wrong(DOING))?.0.value()));
        }
        Ok(Journal { db: Arc::new(db), durability, meta, forgetting })
    }

    /// A reader of what is committed so far.
    pub(super) fn reader(&self) -> Result<Reader, StoreError> {
        let db = Arc::clone(&self.db);
        Ok(Reader { table: open_data(&db)?, db })
    }

    /// Keys that the last batch forgot, and that the key file may still have after a crash.
    pub(super) fn forgetting(&self) -> &[KeyId] {
        &self.forgetting
    }

    /// What the journal knows of the key file.
    pub(super) fn meta(&self) -> Meta {
        self.meta
    }

    /// For how many batches registry changes are kept.
    pub(super) fn kept(&self) -> Result<u64, StoreError> {
        const DOING: &str = "count the registry changes";
        let txn = self.db.begin_read().map_err(wrong(DOING))?;
        let table = txn.open_table(CHANGES).map_err(wrong(DOING))?;
        table.len().map_err(wrong(DOING))
    }

    /// Writes `batch` with what goes along as one transaction; it is on disk when this returns.
    pub(super) fn commit(&mut self, batch: &Batch, along: &Along<'_>) -> Result<Seq, StoreError> {
        const DOING: &str = "write the journal";
        let seq = Seq(self.meta.seq.0 + 1);
        let mut meta = Meta { seq, keys_octets: along.keys_octets, ..self.meta };
        let mut txn = self.db.begin_write().map_err(wrong(DOING))?;
        txn.set_durability(self.durability).map_err(wrong(DOING))?;
        put_data(&txn, batch).map_err(wrong(DOING))?;
        if along.registry.is_some() || along.droppable > meta.dropped {
            self.put_changes(&txn, along, &mut meta).map_err(wrong(DOING))?;
        }
        if !batch.forget.is_empty() || !self.forgetting.is_empty() {
            self.put_forgetting(&txn, &batch.forget).map_err(wrong(DOING))?;
        }
        meta.write(&txn, DOING)?;
        txn.commit().map_err(wrong(DOING))?;
        self.meta = meta;
        self.forgetting.clone_from(&batch.forget);
        Ok(seq)
    }

    fn put_changes(
        &self,
        txn: &WriteTransaction,
        along: &Along<'_>,
        meta: &mut Meta,
    ) -> Result<(), redb::Error> {
        let mut table = txn.open_table(CHANGES)?;
        if let Some(changes) = along.registry {
            table.insert(meta.seq.0, changes)?;
        }
        for _ in 0..DROPPED_PER_COMMIT_MAX {
            let first = table.first()?.map(|(seq, _)| Seq(seq.value()));
            match first {
                Some(first) if first <= along.droppable => {
                    table.remove(first.0)?;
                    meta.dropped = first;
                }
                _ => break,
            }
        }
        Ok(())
    }

    fn put_forgetting(&self, txn: &WriteTransaction, ids: &[KeyId]) -> Result<(), redb::Error> {
        let mut table = txn.open_table(FORGETTING)?;
        // The key file has forgotten those of the batch before this one: its commit has returned.
        for id in &self.forgetting {
            table.remove(id.word())?;
        }
        for id in ids {
            table.insert(id.word(), ())?;
        }
        Ok(())
    }
}

impl Reader {
    /// Sees what was committed meanwhile.
    pub(super) fn renew(&mut self) -> Result<(), StoreError> {
        self.table = open_data(&self.db)?;
        Ok(())
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.table.get(key.as_bytes()).map_err(wrong("read the journal"))?;
        Ok(found.map(|value| value.value().to_vec()))
    }

    /// See [`super::Read::scan`].
    pub(super) fn scan(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        const DOING: &str = "read the journal";
        for entry in self.table.range(from..).map_err(wrong(DOING))? {
            let (key, value) = entry.map_err(wrong(DOING))?;
            let key = key.value();
            if !key.starts_with(prefix) || visit(key, value.value()).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Keeps for Journal {
    fn last(&self) -> Seq {
        self.meta.seq
    }

    fn dropped(&self) -> Seq {
        self.meta.dropped
    }

    fn visit_after(&self, seq: Seq, visit: VisitKept<'_>) -> Result<(), StoreError> {
        const DOING: &str = "read the registry changes";
        let txn = self.db.begin_read().map_err(wrong(DOING))?;
        let table = txn.open_table(CHANGES).map_err(wrong(DOING))?;
        for entry in table.range(seq.0.saturating_add(1)..).map_err(wrong(DOING))? {
            let (seq, changes) = entry.map_err(wrong(DOING))?;
            visit(Seq(seq.value()), changes.value())?;
        }
        Ok(())
    }
}

impl Meta {
    /// The last batch committed.
    pub(super) fn seq(&self) -> Seq {
        self.seq
    }

    fn read(table: &ReadOnlyTable<&'static str, u64>) -> Result<Meta, StoreError> {
        let value = |name: &str| match table.get(name).map_err(wrong("read the journal"))? {
            Some(value) => Ok(value.value()),
            None => Err(StoreError::Damaged(format!("the journal doesn't say its {name}"))),
        };
        let schema = value(SCHEMA)?;
        if schema != SCHEMA_VERSION {
            return Err(StoreError::Damaged(format!(
                "the journal's layout is {schema}, this release reads {SCHEMA_VERSION}: run the \
                 release that wrote it"
            )));
        }
        Ok(Meta {
            seq: Seq(value(SEQ)?),
            dropped: Seq(value(DROPPED)?),
            keys_octets: value(KEYS_OCTETS)?,
            keys_mark: value(KEYS_MARK)?,
        })
    }

    fn write(&self, txn: &WriteTransaction, doing: &'static str) -> Result<(), StoreError> {
        let mut table = txn.open_table(META).map_err(wrong(doing))?;
        let words = [
            (SCHEMA, SCHEMA_VERSION),
            (SEQ, self.seq.0),
            (DROPPED, self.dropped.0),
            (KEYS_OCTETS, self.keys_octets),
            (KEYS_MARK, self.keys_mark),
        ];
        for (name, word) in words {
            table.insert(name, word).map_err(wrong(doing))?;
        }
        Ok(())
    }
}

/// After a crash redb reads the whole file, twice: seconds a gigabyte, in which whoever watches the
/// start should know what it is doing.
fn tell_of_repair(repair: &mut RepairSession) {
    let percent = (repair.progress() * 100.0).round();
    tracing::info!("the journal wasn't closed: reading it through, {percent} %");
}

fn open_data(db: &Database) -> Result<ReadOnlyTable<&'static [u8], &'static [u8]>, StoreError> {
    const DOING: &str = "read the journal";
    db.begin_read().map_err(wrong(DOING))?.open_table(DATA).map_err(wrong(DOING))
}

fn put_data(txn: &WriteTransaction, batch: &Batch) -> Result<(), redb::Error> {
    let mut table = txn.open_table(DATA)?;
    for change in batch.changes.iter().filter(|c| c.key.table().home == Home::Journal) {
        match &change.value {
            Some(value) => table.insert(change.key.as_bytes(), value.as_slice())?,
            None => table.remove(change.key.as_bytes())?,
        };
    }
    Ok(())
}

/// For `map_err`: redb's error as ours, damage apart from refusal.
fn wrong<E: Into<redb::Error>>(doing: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| match error.into() {
        redb::Error::Corrupted(what) => StoreError::Damaged(format!(
            "journal.redb: {what}; put `journal.redb`, `registry` and `keys` of one and the same \
             backup in their places"
        )),
        redb::Error::UpgradeRequired(version) => StoreError::Damaged(format!(
            "journal.redb is of file format {version}: run the release that wrote it"
        )),
        error => StoreError::Failed { doing, cause: error.to_string() },
    }
}
