//! What operators do in the field, lesson by lesson: the daemon's core before SMSCs of every
//! personality, in virtual time; and `lessons.md`, which says where each lesson and each section of
//! the specification is shown.
//!
//! [`field`] is the world, [`log`] what it logged; [`receipts`], [`sending`], [`networks`],
//! [`links`] are the tests, named after their lessons.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

use std::path::Path;

#[path = "lessons/field.rs"]
mod field;
#[path = "lessons/links.rs"]
mod links;
#[path = "lessons/log.rs"]
mod log;
#[path = "lessons/networks.rs"]
mod networks;
#[path = "lessons/receipts.rs"]
mod receipts;
#[path = "lessons/sending.rs"]
mod sending;

/// The sections of the specifications that have their row, as they stand there.
const SECTIONS: [&str; 24] = [
    "2.2",
    "2.6",
    "2.8",
    "2.9, 7.2",
    "3.2.3, 5.2.21",
    "3.3",
    "3.4",
    "4.2",
    "4.3",
    "4.4.2",
    "4.6.2",
    "4.9",
    "4.11",
    "5.1.3",
    "5.1.4",
    "5.2.12",
    "5.2.16, 7.1.1",
    "5.2.17",
    "5.2.19",
    "5.2.23",
    "5.3.2",
    "C",
    "23.040",
    "23.038",
];

/// What isn't kept yet. Whoever mends one takes it out here and in the table.
const NOT_YET: [&str; 0] = [];

#[test]
fn every_lesson_and_section_is_shown_by_a_test_that_is_there() {
    let wrong = faults(include_str!("lessons.md"));
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_row_or_a_test_that_is_missing_is_found_out() {
    let table = include_str!("lessons.md");
    let renamed = table.replace("::lesson_4_errors_come", "::lesson_4_errors_came");
    assert_eq!(faults(&renamed).len(), 1);
    let without = |row: &str| {
        let begins = format!("| {row} |");
        table.lines().filter(|line| !line.starts_with(&begins)).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(faults(&without("9")), ["9 is missing"]);
    assert_eq!(faults(&without("4.9")), ["4.9 is missing"]);
    assert_eq!(
        faults(&format!("{table}| 18 | | | open |\n")),
        ["there is no lesson 18", "18 is open, and NOT_YET doesn't say so"]
    );
    let silent = format!("{}\n| 4.9 | cancel_sm | | |\n", without("4.9"));
    assert_eq!(faults(&silent), ["4.9: neither shown nor called open"]);
}

/// What is wrong with the table: rows that are missing, and tests that aren't there.
fn faults(table: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut wrong, mut rows, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for line in table.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, row, _, shown, not_yet, _] = cells[..] else { continue };
        if matches!(row, "lesson" | "section" | "---") {
            continue;
        }
        rows.push(row.to_owned());
        if !not_yet.is_empty() {
            open.push(row);
        } else if shown.is_empty() {
            wrong.push(format!("{row}: neither shown nor called open"));
        }
        for place in shown.split(';').map(str::trim).filter(|place| !place.is_empty()) {
            let (file, name) = place.split_once("::").unwrap_or((place, ""));
            let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
            if name.is_empty() || !text.contains(&format!("fn {name}(")) {
                wrong.push(format!("{row}: there is no {place}"));
            }
        }
    }
    let lessons = (1..=17).map(|lesson| lesson.to_string());
    for row in lessons.chain(SECTIONS.map(str::to_owned)) {
        match rows.iter().position(|there| *there == row) {
            Some(at) => drop(rows.remove(at)),
            None => wrong.push(format!("{row} is missing")),
        }
    }
    wrong.extend(rows.iter().map(|row| format!("there is no lesson {row}")));
    let said = |row: &&str| !open.contains(row);
    wrong.extend(NOT_YET.into_iter().filter(said).map(|row| format!("{row} is called open")));
    let unsaid = open.iter().filter(|row| !NOT_YET.contains(row));
    wrong.extend(unsaid.map(|row| format!("{row} is open, and NOT_YET doesn't say so")));
    wrong
}
