//! How fast the stores commit and scan: batches of 1 to 1,024 puts of 350 octets, and a scan of a
//! million entries after a reopen. `TELLERD_BENCH_SMALL=1` makes it short (and its figures
//! worthless).

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on should say where")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use tellerd::base::dice::Dice;
use tellerd::store::disk::{DiskStore, Options};
use tellerd::store::memory::MemoryStore;
use tellerd::store::{Batch, Home, Read, Seq, Store, Table};

const VALUE_OCTETS: usize = 350;
const JOURNAL: Table = Table::journal(1, "messages");
const REGISTRY: Table = Table::registry(2, "phones");

struct Size {
    /// How long each row of the table commits.
    span: Duration,
    /// Entries in each home for the scan.
    entries: u64,
}

fn main() {
    let small = std::env::var_os("TELLERD_BENCH_SMALL").is_some();
    let size = if small {
        Size { span: Duration::from_millis(50), entries: 10_000 }
    } else {
        Size { span: Duration::from_secs(3), entries: 1_000_000 }
    };
    println!("{:<22} {:>6} {:>12} {:>12}", "store", "batch", "batches/s", "puts/s");
    for puts in [1, 16, 256, 1_024] {
        for (name, table) in [("disk, journal", JOURNAL), ("disk, registry", REGISTRY)] {
            let dir = tempfile::tempdir().unwrap();
            commit_for(&mut open(dir.path()), table, puts, size.span, name);
        }
        let mut memory = MemoryStore::new(&mut Dice::seeded(1));
        commit_for(&mut memory, JOURNAL, puts, size.span, "memory, journal");
    }
    scan_after_reopen(size.entries);
}

fn open(dir: &Path) -> DiskStore {
    DiskStore::open(dir, &Options::default(), &mut Dice::seeded(1)).unwrap().0
}

/// Half the batch are new entries, half replace what the batch before wrote, as a message's life
/// does.
fn batch_of(table: Table, puts: u64, seq: Seq) -> Batch {
    let mut batch = Batch::default();
    for n in 0..puts {
        let key = table.key(1).u64(seq.0 * puts.div_ceil(2) + n);
        batch.put(key, vec![n as u8; VALUE_OCTETS]);
    }
    batch
}

fn commit_for(store: &mut impl Store, table: Table, puts: u64, span: Duration, name: &str) {
    let began = Instant::now();
    let mut batches = 0_u64;
    while began.elapsed() < span {
        let seq = store.seq();
        store.commit(batch_of(table, puts, seq), seq).unwrap();
        batches += 1;
    }
    let rate = batches as f64 / began.elapsed().as_secs_f64();
    println!("{name:<22} {puts:>6} {rate:>12.0} {:>12.0}", rate * puts as f64);
}

fn scan_after_reopen(entries: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    for table in [JOURNAL, REGISTRY] {
        for first in (0..entries).step_by(1_000) {
            let mut batch = Batch::default();
            let ids = first..(first + 1_000).min(entries);
            ids.for_each(|id| batch.put(table.key(1).u64(id), vec![id as u8; VALUE_OCTETS]));
            let seq = store.seq();
            store.commit(batch, seq).unwrap();
        }
    }
    store.close().unwrap();
    drop(store);
    let began = Instant::now();
    let store = open(dir.path());
    println!("\nopen with 2 x {entries} entries: {:?}", began.elapsed());
    for table in [JOURNAL, REGISTRY] {
        let began = Instant::now();
        let mut visited = 0_u64;
        let mut visit = |_: &[u8], _: &[u8]| {
            visited += 1;
            ControlFlow::Continue(())
        };
        store.scan(&table.key(1), None, &mut visit).unwrap();
        let home = if table.home == Home::Journal { "journal" } else { "registry" };
        println!("scan of {visited} entries, {home}: {:?}", began.elapsed());
    }
}
