//! Dialogues in plain text: customers, the bank and the clock, through the whole engine.
//!
//! Each file of `tests/dialogues/` is a list of scenes. A scene begins with `## its name` and
//! starts from the shipped configuration on a store in memory, on Sunday 22.11.2026 at noon in
//! Belgrade; all operators are bound and accept at once. Its lines:
//!
//! ```text
//! config tests/new_banks/config.toml  another configuration than the shipped one, for the file
//! set targets = "any" => targets = "own"  a line of the bank's service file is another one: first
//!                                     in a scene, which begins with it
//! phone P +381631112222 telenor       a phone, for all scenes of the file
//! P > 5622 TR 2                       the customer texts (`> 5622 @mts TR 2`: over another one)
//! P < kb.tr.info0 stanje 1.234.567    the next text to the phone, its name and what is in it
//! P < @mts kb.kurs                    the same, and the operator that it came by
//! P < -                               nothing (more) has come
//! bank account.credited {"account":…} the bank that the file is called after tells of an event;
//!                                     `bank of=drava id=7 -3h …`: another bank, its id, its age
//! P = ****** SALDO                    what is kept of the words that the last read text answers
//! = taken 1                           the answer to it: taken N, stale, known, refused
//! enrol {"service":…}                 the branch hands a form in (`enrol dry {…}`: a dry run)
//! P > 5622 {code} SALDO               {code} is the access code that a form was answered with
//! ported P mts                        only mts takes what is sent to P's number from now on; the
//!                                     others refuse it as another network's
//! off telenor                         the operator's links go down; `on telenor`: they are bound
//! = phones[0] added; refused …        what became of it begins so; `nothing new`
//! bill card-alarm 2026-11             a clerk asks for a service's bill of a month
//! = open; Maestro *1111 **0134 2 10.00    its state; each line's card, account, messages, amount
//! reverse card-alarm 2026-11 4 0 2.00 Ana Bojan   two persons reverse a line, or `all` of it
//! usage telenor 2026-11               a clerk asks what went over an operator
//! = 4640 card-alarm-on 2 at 9.60; parts 3     what came in, and left
//! wait 10min                          time passes (s, min, h, days)
//! at 2026-11-23 08:00                 time passes until then, in Belgrade
//! restart                             the process ends and starts anew
//! down 2026-11-23 08:00               the machine is off until then
//! ```
//!
//! At a scene's end every text of the file's bank must have been read. A text's name is that of the
//! service file.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "dialogues/answers.rs"]
mod answers;
#[path = "dialogues/settings.rs"]
mod settings;
#[path = "dialogues/teller.rs"]
mod teller;
#[path = "dialogues/times.rs"]
mod times;

use std::collections::BTreeMap;
use std::path::Path;

use teller::Teller;

/// Plays a file; what went otherwise, scene by scene.
fn play(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let mut phones: BTreeMap<String, (String, String)> = BTreeMap::new();
    let (mut wrong, mut scene, mut teller) = (Vec::new(), String::new(), None::<Teller>);
    let bank = name.split('.').next().unwrap().to_owned();
    let mut config = "config.toml".to_owned();
    for (at, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let complain = |what: String| format!("{name}:{at}: [{scene}] {line}\n    {what}");
        if let Some(title) = line.strip_prefix("## ") {
            if let Some(left) = teller.take().and_then(|mut t: Teller| t.unread(&phones)) {
                wrong.push(format!("{name}:{at}: [{scene}] not read: {left}"));
            }
            scene = title.to_owned();
            teller = Some(Teller::open(&config, &bank));
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(path) = line.strip_prefix("config ") {
            path.clone_into(&mut config);
            continue;
        }
        if let Some(rest) = line.strip_prefix("phone ") {
            let words: Vec<&str> = rest.split_whitespace().collect();
            phones.insert(words[0].to_owned(), (words[1].to_owned(), words[2].to_owned()));
            continue;
        }
        let teller = teller.as_mut().expect("a scene begins with ##");
        if let Err(what) = teller.line(line, &phones) {
            wrong.push(complain(what));
        }
    }
    if let Some(left) = teller.and_then(|mut teller| teller.unread(&phones)) {
        wrong.push(format!("{name}: [{scene}] not read: {left}"));
    }
    wrong
}

#[test]
fn every_dialogue_goes_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogues");
    let only = std::env::var("DIALOGUE").ok();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let (mut wrong, mut played) = (Vec::new(), 0);
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "txt")) {
        if only.as_deref().is_some_and(|only| !file.to_string_lossy().contains(only)) {
            continue;
        }
        wrong.extend(play(file));
        played += 1;
    }
    assert!(played > 0, "no dialogue is called so");
    assert!(wrong.is_empty(), "{}\n{} lines went otherwise", wrong.join("\n"), wrong.len());
}

/// The forms that are shown to clerks: each can be done, in their order.
#[test]
fn every_form_that_is_shown_can_be_done() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/enrol.ndjson");
    let mut tellers: BTreeMap<String, Teller> = BTreeMap::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let form: serde_json::Value = serde_json::from_str(line).unwrap();
        let service = form["service"].as_str().unwrap();
        let teller = tellers
            .entry(service.to_owned())
            .or_insert_with(|| Teller::open("config.toml", service));
        teller.line(&format!("enrol {line}"), &BTreeMap::new()).unwrap();
        let answer = teller.line("= an answer", &BTreeMap::new()).unwrap_err();
        assert!(!answer.contains("refused"), "{line}: {answer}");
    }
    assert_eq!(tellers.len(), 4, "all services are shown");
}

/// A dialogue that is wrong must be found out: otherwise the files above prove nothing.
#[test]
fn a_wrong_dialogue_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    for (lines, complaint) in [
        ("P > 5622 TR 2\nP < kb.later", "kb.tr.info0"),
        ("P > 5622 TR 2\nP < kb.tr.info0 stanje 7", "stanje 1.234.567,89"),
        ("P > 5622 TR 2", "not read"),
        ("P > 5622 TR 2\nP < -", "kb.tr.info0"),
        ("P < kb.tr.info0", "nothing has come"),
        ("bank account.credited {}\n= taken 1", "refused"),
        ("enrol {\"service\":\"kombank\",\"customer\":\"P\"}\n= phones[0]", "nothing new"),
    ] {
        let file = folder.path().join("kombank.txt");
        let text = format!("phone P +381631112222 telenor\n## a scene\n{lines}\n");
        std::fs::write(&file, text).unwrap();
        let wrong = play(&file).join("\n");
        assert!(wrong.contains(complaint), "{lines}: {wrong}");
    }
}
