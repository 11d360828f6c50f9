//! The command line (design, section 5): what it teaches, what it prints, and its exit codes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "common/binary.rs"]
mod binary;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;

use binary::Folder;

/// What a run said, and its exit code.
struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Said {
    fn of(output: Output) -> Said {
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        Said { out: text(output.stdout), err: text(output.stderr), code: output.status.code() }
    }
}

fn tellerd(folder: &Folder, arguments: &[&str]) -> Said {
    Said::of(folder.tellerd(arguments))
}

fn assert_holds(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no `{word}` in:\n{text}");
    }
}

/// Every file below a folder and its length.
fn files(folder: &Folder) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(dir) = folders.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                folders.push(entry.path());
            }
            found.insert(entry.path(), metadata.len());
        }
    }
    found
}

#[test]
fn help_teaches() {
    let folder = Folder::shipped();
    let topics: [(&[&str], &[&str]); 5] = [
        (&["--help"], &["SMPP 3.4", "Examples:", "tellerd check", "--tour", "--config", "run"]),
        (&["run", "--help"], &["SIGTERM", "drains", "unbinds", "exits 0", "config.toml"]),
        (&["check", "--help"], &["all faults", "places", "remedies", "config.toml"]),
        (
            &["try", "--help"],
            &[
                "--from",
                "+381631112222",
                "--to",
                "5622",
                "--operator",
                "alphabet",
                "parts",
                "nothing",
            ],
        ),
        (&["demo", "--help"], &["simulated operators", "--tour", "examples/tour.txt"]),
    ];
    for (arguments, words) in topics {
        let said = tellerd(&folder, arguments);
        assert_eq!(said.code, Some(0));
        assert_holds(&said.out, words);
    }
    let version = tellerd(&folder, &["--version"]);
    assert_eq!(version.out.trim(), concat!("tellerd ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_arguments_are_explained() {
    let folder = Folder::shipped();
    let number = ["--from", "+381631112222", "--to", "5622"];
    for (arguments, words) in [
        (vec![], "Usage: tellerd"),
        (vec!["serve"], "unrecognized subcommand 'serve'"),
        (vec!["check", "--quiet"], "unexpected argument '--quiet'"),
        (vec!["try", "TR 2"], "--from"),
        (vec!["try", "--from", "BANKA", "--to", "5622", "TR"], "a telephone number has digits"),
        (vec!["try", "--from", number[1], "--to", "56x2", "TR"], "'56x2'"),
        ([vec!["try"], number.to_vec()].concat(), "<TEXT>"),
    ] {
        let said = tellerd(&folder, &arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}");
        assert_holds(&said.err, &[words]);
    }
}

#[test]
fn check_finds_all_faults_at_once() {
    let folder = Folder::shipped();
    let said = tellerd(&folder, &["check"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let shipped = include_str!("../config.toml");
    let count = |table: &str| shipped.lines().filter(|line| line.trim() == table).count();
    let counted = format!(
        "config.toml: all right. {} operators, {} services, {} routes",
        count("[[operator]]"),
        std::fs::read_dir(folder.path().join("services")).unwrap().count(),
        count("[[route]]"),
    );
    assert_holds(&said.out, &[&counted]);
    // From elsewhere, by its path.
    let path = folder.path().join("config.toml");
    let elsewhere = Folder::shipped();
    assert_eq!(tellerd(&elsewhere, &["check", "--config", path.to_str().unwrap()]).code, Some(0));

    // A missing year of Eid is no fault yet; it is told all the same.
    folder.change("config.toml", "holidays = ", "# holidays = ");
    let said = tellerd(&folder, &["check"]);
    assert_eq!(said.code, Some(0));
    assert_holds(&said.err, &["warning: the days of Eid", "add them under [xk]"]);
    folder.change("config.toml", "# holidays = ", "holidays = ");

    folder.change("config.toml", "rate = 30", "rate = 0");
    folder.change("config.toml", "name = \"vip\"", "nmae = \"vip\"");
    folder.change("services/kombank.toml", "PRIJAVA INFO", "PRIJAVA {info}");
    for command in ["check", "run"] {
        let said = tellerd(&folder, &[command]);
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{command}");
        let place = |file: &str, words: &str| {
            let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
            let line = text.lines().position(|line| line.contains(words)).unwrap() + 1;
            assert_holds(&said.err, &[&format!("{file}:{line}:")]);
        };
        place("config.toml", "rate = 0");
        place("config.toml", "nmae");
        place("services/kombank.toml", "{info}");
        assert!(!said.err.contains("secret08"), "{}", said.err);
    }
    assert!(!folder.path().join("data").exists());
    // A configuration that isn't there, or is none.
    let said = tellerd(&folder, &["check", "--config", "none.toml"]);
    assert_eq!(said.code, Some(1));
    assert_holds(&said.err, &["none.toml"]);
    folder.change("config.toml", "[store]", "[store");
    let said = tellerd(&folder, &["check"]);
    assert_eq!(said.code, Some(1));
    assert_holds(&said.err, &["config.toml:"]);
}

#[test]
fn try_shows_the_answer_and_touches_nothing() {
    let folder = Folder::shipped();
    let before = files(&folder);
    let p = "+381631112222";
    let m = "+381641112222";
    for (from, to, operator, text, words) in [
        (
            p,
            "5622",
            "",
            "TR 2",
            &["1.234.567,89", "balance, over telenor, the branch noted it", "1 part", "GSM"][..],
        ),
        (p, "5622", "", "ТР 2", &["1.234.567,89", "balance"]),
        (p, "5622", "", "PRIJAVA PRILIV TR 2 10.000", &["Isti limit", "kb.sub.sync"]),
        // Tried means: not done. The same again has the same answer.
        (p, "5622", "", "ODJAVA PRILIV TR 2", &["kb.un.one"]),
        (p, "5622", "", "ODJAVA PRILIV TR 2", &["kb.un.one"]),
        // By the number's prefix, and as it is told.
        (m, "5622", "", "PRIJAVA", &["5623", "over mts, the branch noted it"]),
        (m, "5622", "telenor", "TR", &["-12.345,67", "over telenor"]),
        (m, "5623", "mts", "TR", &["kb.code5622", "over mts"]),
        // A bank that doesn't answer isn't waited for.
        ("+381631119999", "5622", "", "TR", &["kb.later"]),
        ("+381622223333", "5622", "", "zdravo", &["over telenor, the number has its prefix"]),
        (p, "5699", "", "TR", &["no message", "ESME_RX_R_APPN"]),
        (p, "5622", "plus", "TR", &["no message", "ESME_RX_R_APPN"]),
    ] {
        let mut arguments = vec!["try", "--from", from, "--to", to, text];
        if !operator.is_empty() {
            arguments.extend(["--operator", operator]);
        }
        let said = tellerd(&folder, &arguments);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{arguments:?}");
        assert_holds(&said.out, words);
    }
    let said = tellerd(&folder, &["try", "--from", p, "--to", "5622", "--operator", "mtz", "TR"]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert_holds(&said.err, &["no operator `mtz`", "telenor, vip, mts"]);
    assert_eq!(files(&folder), before);
    // Where help is switched off, what isn't understood is met with silence.
    folder.change("services/kombank.toml", "help_per_hour      = 3", "help_per_hour      = 0");
    let said = tellerd(&folder, &["try", "--from", p, "--to", "5622", "zdravo"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_holds(&said.out, &["silence", "help, over telenor"]);
}

#[test]
fn the_tour_is_held_to_its_end() {
    let folder = Folder::shipped();
    let before = files(&folder);
    let said = tellerd(&folder, &["demo", "--tour"]);
    assert_eq!(said.code, Some(0), "{}\n{}", said.out, said.err);
    let held = said.out.lines().find_map(|line| line.split_once(" conversations held"));
    let held: usize = held.unwrap().0.trim().parse().unwrap();
    let readme = std::fs::read_to_string("README.md").unwrap();
    assert!(readme.contains(&format!("holds {held} scripted conversations")), "{held}");
    // Time moved by hand: fees are charged, a report comes, and both statements say so.
    let by_hand = ["time is moved by hand", "naknada 5,00 RSD", "5.00 RSD charged", "Saldo rach."];
    assert_holds(&said.out, &by_hand);
    assert!(!said.out.contains("WRONG"), "{}", said.out);
    assert_eq!(files(&folder), before);
    // A conversation that goes otherwise than scripted is a fault.
    folder.change("examples/tour.txt", "stanje 1.234.567,89 RSD", "stanje 1.234.567,88 RSD");
    let said = tellerd(&folder, &["demo", "--tour"]);
    assert_eq!(said.code, Some(1));
    assert_holds(&said.out, &["WRONG: the script expects \"stanje 1.234.567,88 RSD\""]);
}

#[tokio::test]
async fn one_store_one_daemon() {
    let folder = Folder::shipped();
    // Nobody is there, wherever this runs.
    folder.change("config.toml", "127.0.0.1:2775", "127.0.0.1:1");
    let mut first = folder.start();
    first.says(&["running"], 1).await;
    let mut second = folder.start();
    let code = second.ended().await.code();
    assert_eq!(code, Some(75), "{}", second.log());
    assert_holds(&second.log(), &["data", "another"]);
    // Which doesn't trouble the first, and its end lets the next one in.
    first.assert_alive();
    first.stop().await;
    let mut third = folder.start();
    third.says(&["running"], 1).await;
    third.stop().await;
}

#[tokio::test]
async fn the_seed_is_needed_once() {
    let folder = Folder::shipped();
    folder.change("config.toml", "127.0.0.1:2775", "127.0.0.1:1");
    let whole = std::fs::read_to_string(folder.path().join("examples/kombank.toml")).unwrap();
    let spoil = || std::fs::write(folder.path().join("examples/kombank.toml"), "[[custmer]]");
    // An empty store needs it, and says what is wrong with it, not with the store.
    spoil().unwrap();
    let mut daemon = folder.start();
    assert_eq!(daemon.ended().await.code(), Some(1), "{}", daemon.log());
    assert_holds(&daemon.log(), &["the seed", "examples/kombank.toml", "custmer"]);
    assert!(!daemon.log().contains("damaged"), "{}", daemon.log());
    std::fs::write(folder.path().join("examples/kombank.toml"), whole).unwrap();
    let mut daemon = folder.start();
    daemon.says(&["seed loaded"], 1).await;
    daemon.says(&["running"], 1).await;
    daemon.stop().await;
    // A store that has had it doesn't, spoilt or gone; `check` still says so.
    spoil().unwrap();
    let mut daemon = folder.start();
    daemon.says(&["running"], 1).await;
    daemon.stop().await;
    std::fs::remove_file(folder.path().join("examples/kombank.toml")).unwrap();
    let mut daemon = folder.start();
    daemon.says(&["running"], 1).await;
    daemon.stop().await;
    let said = tellerd(&folder, &["check"]);
    assert_eq!(said.code, Some(1));
    assert_holds(&said.err, &["there is no file `examples/kombank.toml`"]);
}
