//! What customers really send, and what comes of it: the tables of `tests/messages/`, row by row.
//!
//! A row is a message of one of the sample customers. It goes from the text through the service,
//! the command, the records and the embedded core to the wording of the reply; then the table says
//! what must be true of the records. Rows start from a fresh sample bank on Sunday 22.11.2026 at
//! noon; those that share a scenario run on one bank, in their order. Which code a message may come
//! to is the routes' business and no row's here.
//!
//! A check reads `TR2:credit=on@1000` (`off`, `-` where it isn't contracted), `6666:card-use=off`,
//! `offer=on`, `refused=yes` or `active=3`, the number of active subscriptions.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::date;
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::bank::{AskId, Bank, BankId};
use tellerd::base::dice::Dice;
use tellerd::base::last4::Last4;
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::base::now::{Mono, Now};
use tellerd::calendar::{Calendar, Options};
use tellerd::command::{Command, Desk, Outcome, Reply, say};
use tellerd::customer::{Caller, PhoneId};
use tellerd::seed::{self, Seed};
use tellerd::service::Service;
use tellerd::service::say::Say;
use tellerd::service::topic::Topic;
use tellerd::store::draft::{Draft, Records};
use tellerd::store::memory::MemoryStore;
use tellerd::subscription::{Subscription, Subscriptions};

const BANK: BankId = BankId(1);

/// A sample bank, ready to be texted.
struct Branch {
    service: Service,
    draft: Draft<MemoryStore>,
    core: EmbeddedBank,
}

impl Branch {
    fn open(service: &Service, seed: &Seed) -> Branch {
        let mut dice = Dice::seeded(5_622);
        let store = MemoryStore::new(&mut dice);
        let mut draft = Draft::new(store.clone(), store.keyring(), dice);
        let calendar = Calendar::new(Options::new(service.country));
        seed.load(&mut draft, BANK, service, date(2026, 11, 22), &calendar).unwrap();
        Branch { service: service.clone(), draft, core: EmbeddedBank::default() }
    }

    fn caller(&self, sender: Msisdn) -> Caller {
        let phone = PhoneId::of(self.draft.keyring(), sender);
        Caller::behind(&self.draft, BANK, phone).unwrap()
    }

    /// What a message from `sender` is answered.
    fn text(&mut self, sender: Msisdn, text: &str) -> Reply {
        let command = Command::of(self.service.understand(|| text.chars()));
        let wall = self.service.zone.wall(date(2026, 11, 22), jiff::civil::time(12, 0, 0, 0));
        let caller = self.caller(sender);
        let mut desk = Desk {
            service: &self.service,
            bank: BANK,
            caller: &caller,
            number: sender,
            code: ShortCode::parse("5622").unwrap(),
            text,
            now: wall,
            local: self.service.zone.local(wall),
            records: &mut self.draft,
            notices: Vec::new(),
            others_changed: false,
            about: None,
            renewed: false,
        };
        match command.carry_out(&mut desk).unwrap() {
            Outcome::Say(reply) => reply,
            Outcome::Buy(_) => panic!("dialogues order"),
            Outcome::Silent => panic!("nobody is met with silence here"),
            Outcome::Ask(question, then) => {
                let now = Now { mono: Mono::ZERO, wall };
                self.core.ask(AskId(1), BANK, &question, &mut self.draft, now).unwrap();
                match self.core.poll_answer() {
                    Some((_, answer)) => then.reply(&self.service, &answer),
                    // The engine waits for its while, and then says so (KB-01).
                    None => say(&self.service, Say::Later, &[]),
                }
            }
        }
    }

    /// What is true instead of `check`; `None` where it holds.
    fn contradicts(&self, sender: Msisdn, check: &str) -> Option<String> {
        let (what, expected) = check.split_once('=').expect("a check has a =");
        let caller = self.caller(sender);
        let actual = match what.split_once(':') {
            None if what == "refused" => {
                let refused = caller.phone.as_ref().is_some_and(|phone| phone.offers_refused);
                if refused { "yes" } else { "no" }.to_owned()
            }
            None if what == "active" => {
                self.contracted(&caller).filter(|s| s.active).count().to_string()
            }
            None => shown(self.contracted(&caller).find(|s| s.topic == topic(what)), expected),
            Some((item, name)) => {
                let items = items(&caller, item);
                let mut states: Vec<String> = self
                    .contracted(&caller)
                    .filter(|s| s.topic == topic(name) && items.contains(&s.item))
                    .map(|s| shown(Some(s), expected))
                    .collect();
                states.dedup();
                if states.is_empty() { "-".to_owned() } else { states.join("+") }
            }
        };
        (actual != expected).then(|| format!("{what}={actual}"))
    }

    fn contracted(&self, caller: &Caller) -> impl Iterator<Item = Subscription> {
        let lists: Vec<Subscription> = caller
            .customers
            .iter()
            .flat_map(|(customer, _)| {
                let list = Subscriptions::load(&self.draft, BANK, *customer, caller.id).unwrap();
                list.iter().copied().collect::<Vec<_>>()
            })
            .collect();
        lists.into_iter()
    }
}

/// `on`, `off`, `-`; with its limit where the expected one has a limit.
fn shown(subscription: Option<Subscription>, expected: &str) -> String {
    let Some(subscription) = subscription else { return "-".to_owned() };
    let state = if subscription.active { "on" } else { "off" };
    if !expected.contains('@') {
        return state.to_owned();
    }
    format!("{state}@{}", subscription.limit.get() / 100)
}

/// The items that `TR2` or `6666` names.
fn items(caller: &Caller, name: &str) -> Vec<u16> {
    if let Some(last4) = Last4::parse(name) {
        return caller.cards(Some(last4)).map(|found| found.item).collect();
    }
    let digit = name.find(|c: char| c.is_ascii_digit()).expect("TR2");
    let ordinal: u16 = name[digit..].parse().expect("TR2");
    caller
        .accounts_of(&name[..digit])
        .iter()
        .filter(|found| found.account.ordinal == ordinal)
        .map(|found| found.item)
        .collect()
}

fn topic(name: &str) -> Topic {
    match name {
        "credit" => Topic::Credit,
        "debit" => Topic::Debit,
        "card-use" => Topic::CardUse,
        "cheque" => Topic::Cheque,
        "loan" => Topic::Loan,
        "block" => Topic::Block,
        "deposit" => Topic::Deposit,
        "offer" => Topic::Offer,
        other => panic!("no topic is called {other}"),
    }
}

fn number(sender: &str) -> Msisdn {
    let digits = match sender {
        "P" => "+381631112222",
        "M" => "+381641112222",
        "F" => "+381601112222",
        "G" => "+381691112222",
        "N" => "+381611112222",
        "R" => "+381642223344",
        "W" => "+381631119999",
        "X" => "+381622223333",
        digits if digits.starts_with('+') => digits,
        other => panic!("nobody is called {other}"),
    };
    Msisdn::parse(digits).unwrap()
}

/// `\n`, `\t` and `\u{A0}` as the characters that they mean.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = match escape.strip_prefix("u{") {
            Some(code) => {
                let (digits, after) = code.split_once('}').expect("\\u{A0}");
                plain.extend(char::from_u32(u32::from_str_radix(digits, 16).unwrap()));
                after
            }
            None => {
                plain.push(if escape.starts_with('t') { '\t' } else { '\n' });
                &escape[1..]
            }
        };
    }
    plain + rest
}

/// Runs a table; all rows that come out otherwise, and how many there are.
fn run(table: &str, service: &Service, seed: &Seed) -> (usize, String) {
    let mut scenarios: BTreeMap<&str, Branch> = BTreeMap::new();
    let (mut rows, mut wrong) = (0, String::new());
    for (at, row) in table.lines().enumerate() {
        if row.is_empty() || row.starts_with("# ") || row == "#" {
            continue;
        }
        let columns: Vec<&str> = row.split('\t').collect();
        let &[scenario, sender, _code, _operator, text, expected, fragment, checks] =
            columns.as_slice()
        else {
            panic!("row {}: 8 columns, not {}: {row}", at + 1, columns.len());
        };
        rows += 1;
        let mut fresh = None;
        let branch = match scenario {
            "-" => fresh.insert(Branch::open(service, seed)),
            name => scenarios.entry(name).or_insert_with(|| Branch::open(service, seed)),
        };
        let reply = branch.text(number(sender), &unescaped(text));
        let name = branch.service.text_name(reply.text);
        let mut complain = |what: &str| {
            let wording = &reply.wording;
            writeln!(wrong, "row {} {sender} `{text}`: {what}\n    {name}: {wording}", at + 1)
                .unwrap()
        };
        if name != expected {
            complain(&format!("expected {expected}"));
        } else if fragment != "-" && !reply.wording.contains(fragment) {
            complain(&format!("lacks `{fragment}`"));
        }
        for check in checks.split_whitespace().filter(|check| *check != "-") {
            if let Some(actual) = branch.contradicts(number(sender), check) {
                complain(&format!("expected {check}, is {actual}"));
            }
        }
    }
    (rows, wrong)
}

#[test]
fn kombank() {
    let service = Service::read(include_str!("../services/kombank.toml")).unwrap();
    let seed = seed::read(include_str!("../examples/kombank.toml")).unwrap();
    assert_eq!(seed.check(&service), []);
    let (rows, wrong) = run(include_str!("messages/kombank.tsv"), &service, &seed);
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(rows >= 400, "{rows} rows");
}

/// What the file of the service or of the bank can make otherwise.
#[test]
fn kombank_otherwise() {
    let service = include_str!("../services/kombank.toml");
    let bank = include_str!("../examples/kombank.toml");
    let passes = |service: &str, bank: &str, table: &str| {
        let (rows, wrong) =
            run(table, &Service::read(service).unwrap(), &seed::read(bank).unwrap());
        assert!(rows > 0 && wrong.is_empty(), "\n{wrong}");
    };
    let changed = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    // KB-35 as a refusal; the same limit is none.
    let reject = changed(service, "= \"align\"", "= \"reject\"");
    let table = "\
-\tP\t5622\ttelenor\tPRIJAVA PRILIV TR 2 10.000\tkb.sub.conflict\tvazi 1.000,00\tTR2:credit=on@1000
-\tP\t5622\ttelenor\tPRIJAVA PRILIV TR 2 1.000\tkb.sub.sync\t-\tTR2:credit=on@1000
-\tM\t5623\tmts\tPRIJAVA PRILIV TR 1 5000\tkb.sub.ok\t-\tTR1:credit=on@5000";
    passes(&reject, bank, table);
    // Before the hour from which the day's rates are in force: yesterday's list.
    let late = changed(service, "rates_from_hour    = 8", "rates_from_hour    = 13");
    passes(&late, bank, "-\tX\t5622\tvip\tKURS\tkb.kurs\tKurs 20.11.2026\t-");
    // The bank offers nothing.
    let silent = changed(bank, "offer = \"Novo", "# offer = \"Novo");
    passes(service, &silent, "-\tX\t5622\tvip\tINFO\tkb.offer.none\t011 000 0001\t-");
    // One phone serves a person and his firm (KB-02).
    let shared = changed(bank, "+381601112222", "+381631112222");
    let table = "\
-\tP\t5622\ttelenor\tTR 2\tkb.tr.info0\t1.234.567,89\t-
-\tP\t5622\ttelenor\tT\tkb.t.info\t2.750.310,00\t-
-\tP\t5622\ttelenor\tKT 1600\tkb.kt.info\t97.215,40\t-
-\tP\t5622\ttelenor\tPRIJAVA ODLIV T\tkb.sub.noout\t-\t-
-\tP\t5622\ttelenor\tODJAVA PRILIV\tkb.un.dir\t-\tT1:credit=off TR1:credit=off
-\tP\t5622\ttelenor\tODJAVA\tkb.un.all\t-\tactive=0 block=off cheque=off";
    passes(service, &shared, table);
}

/// A service of classes, and contracts that leave something out.
#[test]
fn procredit_otherwise() {
    let service = include_str!("../services/procredit.toml");
    let bank = include_str!("../examples/procredit.toml");
    let passes = |bank: &str, table: &str| {
        let service = Service::read(service).unwrap();
        let bank = seed::read(bank).unwrap();
        assert_eq!(bank.check(&service), []);
        let (rows, wrong) = run(table, &service, &bank);
        assert!(rows > 0 && wrong.is_empty(), "\n{wrong}");
    };
    // PC-04: a contract without the balance, and a phone that also speaks for someone who has it.
    let without = bank.replace("questions = [\"balances\"]", "questions = []");
    assert_ne!(without, bank);
    passes(&without, "-\t+38344700333\t50333\tvala\tB\tpc.notcon\t-\t-");
    let shared = without.replace("+38345200222", "+38344700333");
    passes(&shared, "-\t+38344700333\t50333\tvala\tB\tpc.bal\t**0106: 3.20\t-");
    // PC-11: no current account at all; several holders' together.
    let none = bank.replace("kind    = \"RRJEDHESE\"", "kind    = \"KURSIMI\"");
    passes(&none, "-\t+38349123456\t50333\tipko\tBILANC\tpc.notcon\t-\t-");
    let all = "**0166 120.50 EUR; **0146 64.20 EUR; **0183 410.00 EUR; **0263 1,500.00 EUR.";
    let joint =
        none.replace("+38349123456", "+38344123456").replace("+38344700333", "+38344123456");
    let row = format!("-\t+38344123456\t50333\tvala\tBK\tpc.bal.two\t{all}\t-");
    let seed = seed::read(&joint).unwrap();
    let (_, wrong) = run(&row, &Service::read(service).unwrap(), &seed);
    assert!(wrong.is_empty(), "{wrong}");
}

/// PC-06: a contract chooses from the list, and from nothing else.
#[test]
fn a_limit_that_the_service_does_not_list_is_refused() {
    let service = include_str!("../services/procredit.toml");
    let bank = include_str!("../examples/procredit.toml");
    let said = |bank: &str| {
        let faults = seed::read(bank).unwrap().check(&Service::read(service).unwrap());
        faults.into_iter().map(|fault| fault.what).collect::<Vec<String>>()
    };
    let limits = |limit: &str| bank.replace("\"1000.00\"", &format!("\"{limit}\""));
    for limit in ["500.00", "1000", "2000.00", "5000.00", "on", "off"] {
        assert!(said(&limits(limit)).is_empty(), "{limit}");
    }
    for limit in ["499.00", "750.00", "1000.01", "10000.00"] {
        let expected =
            ["RRJEDHESE", "BIZNES", "KURSIMI"].map(|k| format!("`{k}` has no such limit"));
        assert_eq!(said(&limits(limit))[..1], expected[..1], "{limit}");
        assert_eq!(said(&limits(limit)).len(), 6, "{limit}");
    }
    let other = bank.replacen("[\"balances\"]", "[\"balances\", \"balance\", \"help\"]", 1);
    assert_eq!(said(&other), ["no contract is about `balance`", "no contract is about `help`"]);
    // What is wrong in the service file itself is told there.
    for (from, to, what) in [
        ("\"500.00\", \"1000.00\"", "\"500.00\", \"500\"", "`500` is no limit"),
        ("\"BIZNES\"]", "\"FIRMA\"]", "`FIRMA` is no kind of account"),
        (
            "class   = \"savings\"\n\n[[command]]\npattern = \"BK",
            "\n[[command]]\npattern = \"BK",
            "balances of no",
        ),
        ("does    = \"help\"", "does    = \"help\"\nclass   = \"savings\"", "asks for no class"),
        ("limits = [", "minimum = \"5.00\"\nlimits = [", "go with neither"),
    ] {
        assert!(service.contains(from), "{from}");
        let faults = Service::read(&service.replacen(from, to, 1)).unwrap_err();
        assert!(faults.iter().any(|fault| fault.what.contains(what)), "{what}: {faults:?}");
    }
}

#[test]
fn a_wrong_row_is_found() {
    let service = Service::read(include_str!("../services/kombank.toml")).unwrap();
    let seed = seed::read(include_str!("../examples/kombank.toml")).unwrap();
    for row in [
        "-\tP\t5622\ttelenor\tTR 2\tkb.list\t-\t-",
        "-\tP\t5622\ttelenor\tTR 2\tkb.tr.info0\t1.234.567,88\t-",
        "-\tP\t5622\ttelenor\tTR 2\tkb.tr.info0\t-\tTR2:credit=off",
        "-\tP\t5622\ttelenor\tTR 2\tkb.tr.info0\t-\tTR2:credit=on@2000",
        "-\tP\t5622\ttelenor\tTR 2\tkb.tr.info0\t-\trefused=yes",
    ] {
        let (rows, wrong) = run(row, &service, &seed);
        assert!(rows == 1 && !wrong.is_empty(), "{row}");
    }
}
