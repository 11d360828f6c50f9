//! The repository tests its own text: no upward import, no bank's name in Rust, no leftovers.
//!
//! Each complaint names file, line and what to do instead.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `src/`, lowest level first. A module imports only from levels below its own; modules of one
/// level don't import each other (ARCHITECTURE.md, "Levels").
const LEVELS: &[&[&str]] = &[
    &["base"],
    &["smpp", "text", "store", "calendar"],
    &["bank"],
    &["service", "operator"],
    &["message", "customer"],
    &["inbox", "subscription"],
    &["command", "alert", "seed"],
    &["outbox"],
    &["engine"],
    &["config"],
    &["daemon"],
    &["trial", "demo", "client"],
    &["lib", "main"],
];

/// Words that must not stand in `src/`: banks' names (a bank is a file in services/), and leftovers.
const BANNED: &[(&str, &str)] = &[
    ("kombank", "a bank's name belongs into services/ and examples/"),
    ("komercijalna", "a bank's name belongs into services/ and examples/"),
    ("procredit", "a bank's name belongs into services/ and examples/"),
    ("postanska", "a bank's name belongs into services/ and examples/"),
    ("sokol", "a bank's name belongs into services/ and examples/"),
    ("todo!(", "finish it"),
    ("unimplemented!(", "finish it"),
    ("dbg!(", "take it out"),
    ("#[allow(", "mend the cause, or use #[expect(…, reason = …)]"),
    ("#[ignore", "a test that doesn't run proves nothing"),
];

/// Where a bank's name may stand in `src/`: the names of shipped files in remedies and in tests.
const EXCUSED: &[&str] = &["services/kombank.toml", "examples/kombank.toml"];

const LINES_MAX: usize = 450;

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(path);
        }
    }
}

fn files(folders: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in folders {
        rust_files(&root.join(folder), &mut paths);
    }
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&module))
}

fn module_of(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    inside.split(['/', '.']).next().unwrap_or(inside)
}

/// The modules that a line names behind `crate::`, those in braces included.
fn imported(line: &str) -> Vec<&str> {
    line.match_indices("crate::")
        .filter(|(at, _)| {
            !line[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
        })
        .map(|(at, word)| &line[at + word.len()..])
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
        .filter(|module| !module.is_empty())
        .collect()
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn nothing_imports_upwards() {
    let mut complaints = Vec::new();
    for (file, text) in files(&["src"]) {
        let here = module_of(&file);
        let Some(own) = level(here) else {
            complaints.push(format!("{file}: `{here}` has no level; add it in tests/tidy.rs"));
            continue;
        };
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for module in imported(line) {
                if module != here && level(module).is_some_and(|there| there >= own) {
                    complaints.push(format!(
                        "{file}:{number}: `{here}` imports `{module}`, which isn't below it"
                    ));
                }
            }
        }
    }
    complain(&complaints);
}

#[test]
fn no_bank_and_no_leftover_stands_in_the_code() {
    let mut complaints = Vec::new();
    for (file, text) in files(&["src", "smpp-sim/src"]) {
        // What is being tested may be a bank's: tests stand at the end of a file, or in one of their own.
        let tests = file.ends_with("tests.rs") || file.contains("/tests/");
        for (number, line) in (1..).zip(text.lines()) {
            if tests || line.starts_with("#[cfg(test)]") {
                break;
            }
            let mut lower = line.to_lowercase();
            for excused in EXCUSED {
                lower = lower.replace(excused, "");
            }
            for (banned, instead) in BANNED {
                if lower.contains(banned) {
                    complaints.push(format!("{file}:{number}: `{banned}`: {instead}"));
                }
            }
        }
    }
    complain(&complaints);
}

#[test]
fn every_file_says_what_it_is_and_is_of_a_size_to_read() {
    let mut complaints = Vec::new();
    for (file, text) in files(&["src", "smpp-sim/src", "tests", "benches"]) {
        if !text.starts_with("//!") {
            complaints.push(format!("{file}:1: open with a //! line that says what the file is"));
        }
        let lines = text.lines().count();
        if lines > LINES_MAX {
            complaints.push(format!("{file}: {lines} lines; is there a second noun inside?"));
        }
    }
    complain(&complaints);
}

#[test]
fn the_simulator_never_uses_our_codec() {
    let mut complaints = Vec::new();
    for (file, text) in files(&["smpp-sim"]) {
        for (number, line) in (1..).zip(text.lines()) {
            if line.contains("tellerd::") {
                complaints
                    .push(format!("{file}:{number}: the simulator's codec must be another one"));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn the_checks_find_what_they_look_for() {
    assert_eq!(imported("use crate::engine::Engine;"), ["engine"]);
    assert_eq!(imported("fn f(x: &crate::base::now::Now, y: crate::text::T)"), ["base", "text"]);
    assert!(imported("use other_crate::engine::X; $crate::base").is_empty());
    assert_eq!(module_of("src/smpp/session/mod.rs"), "smpp");
    assert!(level("engine") > level("base"));
}
