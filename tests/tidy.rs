//! The repository tests its own text: no upward import, no bank's name in Rust, no leftovers.
//!
//! Each complaint names file, line and what to do instead.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `src/`, lowest level first. A module imports only from levels below its own;
/// modules of one level don't import each other (ARCHITECTURE.md, "Levels").
const LEVELS: &[&[&str]] = &[
    &["base"],
    &["smpp", "text", "store", "calendar"],
    &["bank"],
    &["service", "operator", "sale"],
    &["message", "customer", "purchase"],
    &["inbox", "subscription", "fee", "usage", "run", "report"],
    &["enrol"],
    &["command", "alert", "seed"],
    &["outbox"],
    &["engine"],
    &["config"],
    &["daemon"],
    &["trial", "demo", "client", "probe"],
    &["clerk"],
    &["lib", "main"],
];

/// Words that must not stand in `src/`: banks' names (a bank is a file in services/), and
/// leftovers.
const BANNED: &[(&str, &str)] = &[
    ("kombank", "a bank's name belongs into services/ and examples/"),
    ("komercijalna", "a bank's name belongs into services/ and examples/"),
    ("procredit", "a bank's name belongs into services/ and examples/"),
    ("postanska", "a bank's name belongs into services/ and examples/"),
    ("sokol", "a bank's name belongs into services/ and examples/"),
    ("sms-kontakt", "a bank's name belongs into services/ and examples/"),
    ("todo!(", "finish it"),
    ("unimplemented!(", "finish it"),
    ("dbg!(", "take it out"),
    ("#[allow(", "mend the cause, or use #[expect(…, reason = …)]"),
    ("#[ignore", "a test that doesn't run proves nothing"),
];

/// Where a bank's name may stand in `src/`: the names of shipped files in remedies and in tests.
const EXCUSED: &[&str] =
    &["services/kombank.toml", "examples/kombank.toml", "services/sms-kontakt.toml"];

const LINES_MAX: usize = 450;

/// As rustfmt.toml has it; rustfmt leaves comments and texts alone.
const WIDTH_MAX: usize = 100;

/// Where lines are still wider: to be emptied.
const WIDE_TO_BE_EMPTIED: &[&str] =
    &["src/engine/", "src/outbox/", "src/message.rs", "src/service/", "src/inbox/", "src/text/"];

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

/// The modules that code names behind `crate::`, those in braces included, and on which lines.
fn imported(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, word) in text.match_indices("crate::") {
        let before = &text[..at];
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        let is_longer = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        if is_longer || text[line..].trim_start().starts_with("//") {
            continue;
        }
        let from = at + word.len();
        for (offset, module) in heads(&text[from..]) {
            found.push((1 + text[..from + offset].matches('\n').count(), module));
        }
    }
    found
}

/// The first word of a path, or of each path in braces, and where it stands.
fn heads(path: &str) -> Vec<(usize, &str)> {
    let word = |at: usize| {
        let rest = &path[at..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        (at, &rest[..end])
    };
    if !path.starts_with('{') {
        return vec![word(0)];
    }
    let (mut heads, mut depth, mut begins) = (Vec::new(), 0, false);
    for (at, c) in path.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if begins && (c.is_alphabetic() || c == '_') {
            heads.push(word(at));
        }
        begins = depth == 1 && (matches!(c, '{' | ',') || begins && c.is_whitespace());
    }
    heads
}

/// The numbered lines of a file that aren't tests: an item behind `#[cfg(test)]` is left out, be it
/// a line near the top or a module at the end.
fn tested_code(text: &str) -> Vec<(usize, &str)> {
    let mut lines = (1..).zip(text.lines());
    let mut code = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            code.push((number, line));
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let item = lines.find(|(_, line)| !line.trim_start().starts_with("#["));
        let is_over = |line: &str| line.ends_with([';', '}', ',']);
        if item.is_some_and(|(_, line)| !is_over(line)) {
            let end = format!("{indent}}}");
            lines.find(|(_, line)| line.trim_end() == end);
        }
    }
    code
}

/// Whether a line is too wide for no reason: a text may have to stay whole, and so may an address.
fn is_too_wide(line: &str) -> bool {
    let code = line.trim_start();
    let whole = if code.starts_with("//") { code.contains("://") } else { code.contains('"') };
    line.chars().count() > WIDTH_MAX && !whole
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
        for (number, module) in imported(&text) {
            if module != here && level(module).is_some_and(|there| there >= own) {
                complaints.push(format!(
                    "{file}:{number}: `{here}` imports `{module}`, which isn't below it"
                ));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn no_bank_and_no_leftover_stands_in_the_code() {
    let mut complaints = Vec::new();
    for (file, text) in files(&["src", "smpp-sim/src"]) {
        // What is being tested may be a bank's.
        if file.ends_with("tests.rs") || file.contains("/tests/") {
            continue;
        }
        for (number, line) in tested_code(&text) {
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
    for (file, text) in
        files(&["src", "smpp-sim/src", "tests", "benches", "fuzz/bodies", "fuzz/fuzz_targets"])
    {
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
fn no_line_is_wider_than_code_may_be() {
    let mut complaints = Vec::new();
    for (file, text) in
        files(&["src", "smpp-sim", "tests", "benches", "fuzz/bodies", "fuzz/fuzz_targets"])
    {
        if WIDE_TO_BE_EMPTIED.iter().any(|excused| file.starts_with(excused)) {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            if is_too_wide(line) {
                complaints.push(format!("{file}:{number}: wrap it at {WIDTH_MAX}"));
            }
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
    let names = |text| imported(text).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!(names("use crate::engine::Engine;"), ["engine"]);
    assert_eq!(names("fn f(x: &crate::base::now::Now, y: crate::text::T)"), ["base", "text"]);
    assert!(names("use other_crate::engine::X; $crate::base").is_empty());
    assert!(names("    /// See [`crate::engine`].").is_empty());
    assert_eq!(
        names("use crate::{engine::X, base::{now::Now, dice}, text};"),
        ["engine", "base", "text"]
    );
    assert_eq!(
        imported("use a::b;\nuse crate::{\n    engine::{A, B},\n    base,\n};\n"),
        [(3, "engine"), (4, "base")]
    );
    let numbers = |text| tested_code(text).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    assert_eq!(numbers("a;\n#[cfg(test)]\nmod tests;\nb;\n"), [1, 4]);
    assert_eq!(numbers("a;\n#[cfg(test)]\nmod tests {\n    c;\n}\nb;\n"), [1, 6]);
    assert_eq!(
        numbers(
            "impl A {\n    #[cfg(test)]\n    #[inline]\n    fn f() {\n        g();\n    }\n}\n"
        ),
        [1, 7]
    );
    assert!(is_too_wide(&format!("// {}", "word ".repeat(20))));
    assert!(!is_too_wide(&format!("// https://{}", "word/".repeat(20))));
    assert!(!is_too_wide(&format!("    \"{}\",", "word ".repeat(20))));
    assert!(!is_too_wide(&"š".repeat(100)));
    assert_eq!(module_of("src/smpp/session/mod.rs"), "smpp");
    assert!(level("engine") > level("base"));
}
