//! Every row of the requirements names the tests that show it: `tests/requirements.md`.
//!
//! A row is `| KB-01 | in a few words | file: words in it |`, with as many tests as there are,
//! parted by `;`. The words must stand in the file, so that a scene that is renamed or dropped is
//! missed.

#![allow(clippy::unwrap_used, reason = "tests panic where they fail")]

use std::collections::BTreeMap;
use std::path::Path;

/// How many rows each bank has, as they are numbered in the requirements.
const ROWS: [(&str, usize); 4] = [("KB", 50), ("CA", 35), ("PC", 17), ("SK", 19)];

#[test]
fn every_row_is_shown_by_a_test_that_is_there() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let table = std::fs::read_to_string(tests.join("requirements.md")).unwrap();
    let mut wrong = Vec::new();
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for line in table.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, row, _, shown, _] = cells[..] else { continue };
        if !ROWS.iter().any(|(bank, _)| row.starts_with(&format!("{bank}-"))) {
            continue;
        }
        *rows.entry(row.to_owned()).or_default() += 1;
        for place in shown.split(';').map(str::trim) {
            let Some((file, words)) = place.split_once(": ") else {
                wrong.push(format!("{row}: no test"));
                continue;
            };
            let text = std::fs::read_to_string(tests.join(file)).unwrap_or_default();
            if !text.contains(words) {
                wrong.push(format!("{row}: {file} has no \"{words}\""));
            }
        }
    }
    for (bank, count) in ROWS {
        for number in 1..=count {
            let row = format!("{bank}-{number:02}");
            match rows.remove(&row) {
                Some(1) => {}
                Some(_) => wrong.push(format!("{row} stands there twice")),
                None => wrong.push(format!("{row} is missing")),
            }
        }
    }
    wrong.extend(rows.into_keys().map(|row| format!("there is no row {row}")));
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}
