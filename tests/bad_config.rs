//! Bad configurations, and the whole of what is said about each.
//!
//! `tests/bad_config/NAME.toml` must fail to load with exactly the text of `NAME.expected`;
//! `UPDATE=1` writes what is said now, for a person to read. No diagnostic may ever hold a
//! password: each file is searched for those that stand in it, and a good file is spoilt in every
//! place near its password.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use tellerd::config::{Config, Faults, check, load};

/// The passwords that stand in the files, and those that the environment holds.
const PASSWORDS: &[&str] = &["Zx9qTr4w", "90417263", "Kp7mWd2sLong", "5a71c09e44d2b68f"];

fn env(name: &str) -> Option<String> {
    match name {
        "EMPTY" => Some(String::new()),
        "SHORT" => Some("5a71c09e44d2b68f".repeat(2)),
        "LONG" => Some("Kp7mWd2sLong".to_owned()),
        _ => None,
    }
}

/// The bad configurations, by paths from the root of the package, which is where tests run.
fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir("tests/bad_config").unwrap();
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    cases.sort();
    cases
}

fn faults_of(path: &Path) -> Faults {
    match check(path, &env) {
        Err(faults) => faults,
        Ok(_) => panic!("{} is accepted", path.display()),
    }
}

#[test]
fn each_bad_configuration_is_told_exactly_what_is_wrong() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for path in cases() {
        let said = faults_of(&path).to_string();
        let expected = path.with_extension("expected");
        if update {
            fs::write(&expected, &said).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("{}:\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 writes what is said now:\n{}", wrong.join("\n"));
    assert!(cases().len() >= 24);
}

/// It is loaded once, into an empty store: a year later it may be gone.
#[test]
fn who_runs_needs_no_seed() {
    assert!(load(Path::new("tests/bad_config/seed.toml"), &env).is_ok());
}

#[test]
fn a_file_that_is_not_there_is_a_fault() {
    let said = faults_of(Path::new("tests/bad_config/absent.toml.none")).to_string();
    assert!(said.contains("there is no such file"), "{said}");
    assert!(said.contains("tests/bad_config/absent.toml.none"), "{said}");
}

#[test]
fn a_password_is_read_from_the_environment_or_from_the_first_line_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "from-fil\nsecond line\n").unwrap();
    for (source, password) in [("env:MTS", "from-env"), ("file:secret", "from-fil")] {
        let text = good().replace("127.0.0.1", "smsc.example").replace("Zx9qTr4w", source);
        let env = |name: &str| (name == "MTS").then(|| "from-env".to_owned());
        let config = load_text(&text, folder.path(), &env).unwrap_or_else(|f| panic!("{f}"));
        assert_eq!(config.operators[0].binds[0].password.reveal(), password);
    }
}

#[test]
fn the_hashing_key_is_read_from_the_environment_or_from_the_first_line_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let key = "5a71c09e44d2b68f".repeat(4);
    fs::write(folder.path().join("secret"), format!("{key}\nsecond line\n")).unwrap();
    let env = |name: &str| (name == "HASHING").then(|| key.clone());
    for source in ["env:HASHING", "file:secret"] {
        let text = format!("{}\n[store]\nhashing_key = \"{source}\"\n", good());
        let config = load_text(&text, folder.path(), &env).unwrap_or_else(|f| panic!("{f}"));
        let read = config.store.hashing_key.unwrap();
        assert_eq!(read.bytes()[..3], [0x5A, 0x71, 0xC0]);
    }
}

#[test]
fn no_diagnostic_holds_a_password() {
    for path in cases() {
        assert_silent(&faults_of(&path), &path.display().to_string());
    }
    let (text, folder) = (good(), tempfile::tempdir().unwrap());
    let from = text.find("[[operator.bind]]").unwrap();
    let end = text.find("[[route]]").unwrap();
    let mut spoilt_ways = 0;
    for at in from..end {
        for insert in ["", "\"", "'", "=", "\n", "#", "x", "[", "\"\"\"", " = 7 ", "\\"] {
            for cut in [0, 1, 2, 8] {
                let rest = &text[(at + cut).min(end)..];
                let spoilt = format!("{}{insert}{rest}", &text[..at]);
                // Cut or broken in the middle the password is another word.
                if let Err(faults) = load_text(&spoilt, folder.path(), &env) {
                    spoilt_ways += 1;
                    assert_silent(&faults, &spoilt);
                }
            }
        }
    }
    assert!(spoilt_ways > 1_000, "{spoilt_ways}");
}

/// Neither what is printed nor what `Debug` shows may hold a password, or six letters of one.
fn assert_silent(faults: &Faults, whose: &str) {
    let said = format!("{faults}{}{faults:?}", faults.coloured());
    for password in PASSWORDS {
        for at in 0..=password.len() - 6 {
            assert!(!said.contains(&password[at..at + 6]), "{whose}\nsays\n{faults}");
        }
    }
}

fn good() -> String {
    fs::read_to_string("tests/bad_config/good/config.toml").unwrap()
}

fn load_text(
    text: &str,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Faults> {
    let service = fs::canonicalize("tests/bad_config/services/rates.toml").unwrap();
    let path = folder.join("config.toml");
    fs::write(&path, text.replace("../services/rates.toml", &service.display().to_string()))
        .unwrap();
    load(&path, env)
}

#[test]
fn the_good_one_is_accepted() {
    let config = load(Path::new("tests/bad_config/good/config.toml"), &env);
    let config = config.unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.setup.services[0].service.name, "rates");
    assert!(!format!("{config:?}").contains("Zx9qTr4w"));
}

/// An operator may be taken out of config.toml for a while: the others' customers are answered.
#[test]
fn who_runs_needs_no_operator_but_his_own() {
    assert!(load(Path::new("tests/bad_config/operators.toml"), &env).is_ok());
}
