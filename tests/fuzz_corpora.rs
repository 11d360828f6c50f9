//! What the fuzzers have found worth keeping (`fuzz/corpus/`), and mutations of it by a fixed seed,
//! through the bodies of the fuzz targets. The long runs are `.ci/long`'s.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use tellerd::base::dice::Dice;

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use bodies::{frame, parser, profiles, receipts, session, sim};

/// An entry is no longer than this once it is minimised; mutations keep to it.
const OCTETS_MAX: u64 = 4_096;

/// Mutations of a target's corpus.
const MUTATIONS: usize = 10_000;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut entries: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|why| panic!("{}: {why}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
        .collect();
    entries.sort();
    assert!(entries.len() > 10, "the corpus of {target} is gone");
    entries
}

/// Replays the corpus of a target, then mutations of it.
fn replay(target: &str, mutations: usize, run: fn(&[u8])) {
    let corpus = corpus(target);
    for (file, octets) in &corpus {
        assert!(octets.len() as u64 <= OCTETS_MAX, "{file} isn't minimised");
        assert!(catch_unwind(|| run(octets)).is_ok(), "{file}");
    }
    let mut dice = Dice::seeded(1);
    for _ in 0..mutations {
        let octets = mutated(&corpus, &mut dice);
        let hex = || octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        assert!(catch_unwind(|| run(&octets)).is_ok(), "{target}: {}", hex());
    }
}

/// The beginning of one entry before the end of another, with a few octets changed.
fn mutated(corpus: &[(String, Vec<u8>)], dice: &mut Dice) -> Vec<u8> {
    let pick = |dice: &mut Dice| &corpus[dice.below(corpus.len() as u64) as usize].1;
    let (head, tail) = (pick(dice), pick(dice));
    let mut octets = head[..dice.below(head.len() as u64 + 1) as usize].to_vec();
    octets.extend_from_slice(&tail[dice.below(tail.len() as u64 + 1) as usize..]);
    octets.truncate(OCTETS_MAX as usize);
    for _ in 0..dice.below(6) {
        if !octets.is_empty() {
            let at = dice.below(octets.len() as u64) as usize;
            octets[at] = dice.below(256) as u8;
        }
    }
    octets
}

#[test]
fn frames() {
    replay("frame", MUTATIONS, frame::run);
}

#[test]
fn parsers() {
    replay("parser", MUTATIONS, parser::run);
}

#[test]
fn receipts() {
    replay("receipts", MUTATIONS, receipts::run);
}

#[test]
fn sessions() {
    replay("session", MUTATIONS, session::run);
}

/// Each ends with an hour in which the faults are over.
#[test]
fn dialogues_with_the_simulator() {
    replay("sim", MUTATIONS / 10, sim::run);
}

#[test]
fn profiles() {
    replay("profiles", MUTATIONS, profiles::run);
}

#[test]
fn a_broken_promise_is_found() {
    let never_long = |octets: &[u8]| assert!(octets.len() < 100, "on purpose");
    assert!(catch_unwind(|| replay("session", 1, never_long)).is_err());
}
