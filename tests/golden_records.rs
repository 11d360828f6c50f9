//! Records as they stand on disk: a store that an earlier build wrote must be readable.
//!
//! The layout of a record is the order of its fields and of its enums' variants, so that a field
//! put between two others, or a variant sorted in, changes it without a word from the compiler. The
//! octets here were written once; who changes them on purpose raises the record's version, or
//! reads both.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tellerd::bank::{
    AccountNumber, AccountState, BankId, CardState, CurrencyBalance, CustomerId, Movement,
};
use tellerd::base::last4::Last4;
use tellerd::base::money::{Currency, Minor};
use tellerd::base::msisdn::Msisdn;
use tellerd::base::now::Wall;
use tellerd::customer::{Account, Card, Customer, Payable, Phone};
use tellerd::inbox::parts::Part;
use tellerd::message::{About, Body, Class, Fate, Head, MESSAGES, MessageId, OperatorId, State};
use tellerd::outbox::receipts::Awaited;
use tellerd::service::file::Holder;
use tellerd::service::topic::Topic;
use tellerd::service::verb::Verb;
use tellerd::store::draft::{decode, encode};
use tellerd::subscription::{Subscription, Subscriptions};
use tellerd::text::udh::{Kind, Segment};

/// Records by name, each as the hexadecimal octets of its value.
const GOLDEN: &str = include_str!("golden_records.txt");

#[derive(Default)]
struct Golden {
    known: BTreeMap<&'static str, &'static str>,
    complaints: String,
}

impl Golden {
    fn check<T: Serialize + DeserializeOwned + PartialEq>(
        &mut self,
        name: &'static str,
        record: &T,
    ) {
        let key = MESSAGES.key(1);
        let octets = encode(&key, record).unwrap();
        let hex = octets.iter().fold(String::new(), |hex, octet| format!("{hex}{octet:02x}"));
        match self.known.remove(name) {
            Some(golden) if golden == hex => {
                assert!(decode::<T>(&key, &octets).unwrap() == *record, "{name}");
            }
            Some(_) => writeln!(self.complaints, "{name} {hex}").unwrap(),
            None => writeln!(self.complaints, "{name} {hex} (not there)").unwrap(),
        }
    }
}

#[test]
fn records_are_written_as_they_always_were() {
    let known = GOLDEN.lines().filter_map(|line| line.split_once(' ')).collect();
    let mut golden = Golden { known, ..Golden::default() };
    let at = |second: i64| Wall::from_millis(1_795_348_800_000 + second * 1_000);
    let (bank, number) = (BankId(1), Msisdn::parse("381631112222").unwrap());
    let head = Head {
        state: State::Delivered,
        customer: Some(CustomerId(7)),
        generation: 2,
        order: 3,
        about: Some(About { topic: Topic::Credit, item: 4 }),
        fingerprint: 5,
        parts_in: vec![6, 7],
        phone: 8,
        proved: true,
        changes: true,
        money: false,
        promised: at(60),
        worthless: at(600),
        ended: Some(at(1)),
        attempts: 9,
        failures: 10,
        parts: 2,
        accepted: 3,
        status: 0x58,
        refused_by: vec![OperatorId(11)],
        fate: Some(Fate {
            delivered: 1,
            lost: 2,
            end: Some(State::Lapsed),
            network_error: Some((3, 12)),
            heard: at(5),
        }),
        ..Head::new(MessageId(300), bank, OperatorId(2), Class::Alert, at(0))
    };
    golden.check("message.head", &head);
    let body = Body {
        phone: number.word(),
        code: 5_622,
        said: "TR 2".into(),
        service: "s".into(),
        command: "c".into(),
        text: "t".into(),
        reply: "Стање".into(),
    };
    golden.check("message.body", &body);
    let states = [
        State::Received,
        State::Asked,
        State::Queued,
        State::InFlight,
        State::Unknown,
        State::Accepted,
        State::Delivered,
        State::Failed,
        State::Expired,
        State::Withdrawn,
        State::Refused,
        State::Silent,
        State::Undeliverable,
        State::Lapsed,
        State::Rejected,
        State::Unheard,
    ];
    golden.check("message.states", &states.to_vec());
    let classes = [Class::Card, Class::Reply, Class::Alert, Class::Report, Class::Notice];
    golden.check("message.classes", &classes.to_vec());
    golden.check("verbs", &Verb::ALL.to_vec());
    let awaited = Awaited {
        bank,
        message: MessageId(300),
        part: 1,
        phone: 13,
        id: b"4A9F".to_vec(),
        due: at(7),
        asked: 1,
    };
    golden.check("awaited", &awaited);
    let part = Part {
        operator: 2,
        bank,
        phone: number.word(),
        code: 5_622,
        group: 14,
        fingerprint: 15,
        text: "PRIJAVA".into(),
        typed: None,
        received: at(8),
        again: true,
        segment: Segment { kind: Kind::Sar, reference: 16, total: 3, number: 2 },
    };
    golden.check("part", &part);
    let phone = Phone {
        generation: 1,
        customers: vec![CustomerId(7), CustomerId(8)],
        operator: Some("mts".into()),
        link: Some("vip".into()),
        offers_refused: true,
        suspended: false,
    };
    golden.check("phone", &phone);
    let account = AccountNumber::new("205-1-63");
    let card = Card {
        last4: Last4::parse("1600").unwrap(),
        kind: "Visa".into(),
        reference: "r".into(),
        query: true,
        word: Some("VE".into()),
        account: Some(account.clone()),
        primary: None,
        closed: false,
    };
    let customer = Customer {
        phones: vec![number],
        accounts: vec![Account { kind: "TR".into(), ordinal: 2, number: account, closed: true }],
        cards: vec![card],
        loans: vec![AccountNumber::new("205-2")],
        identity: Some(17),
        questions: Some(vec![Verb::Balance, Verb::TopUp]),
        code: None,
        purchases: Payable {
            products: vec!["DuoTv".into()],
            users: vec!["user1".into()],
            numbers: vec![number],
        },
        ..Customer::new(Holder::Legal)
    };
    golden.check("customer", &customer);
    let mut list = Subscriptions::default();
    for topic in [Topic::Credit, Topic::CardUse, Topic::Offer, Topic::Report] {
        list.contract(Subscription { topic, item: 1, active: true, limit: Minor::new(100_000) });
    }
    golden.check("subscriptions", &list);
    let movement =
        Movement { date: date(2026, 11, 20), amount: Minor::new(-250_000), text: "Plata".into() };
    let balance = CurrencyBalance {
        currency: "EUR".parse::<Currency>().unwrap(),
        amount: Minor::new(125_000),
        term: Some(date(2027, 1, 1)),
    };
    let state = AccountState {
        balance: Minor::new(8_435_075),
        last: Some(movement.clone()),
        overdraft: Some((Minor::new(6_000_000), date(2026, 12, 23))),
        term: None,
        renews: Some((12, Minor::new(450))),
        balances: vec![balance],
        available: Some(Minor::new(1)),
        history: vec![movement],
    };
    golden.check("account", &state);
    let card = CardState {
        expires: date(2028, 11, 30),
        limit: Minor::new(15_000_000),
        available: Minor::new(9_721_540),
    };
    golden.check("card", &card);
    assert!(
        golden.complaints.is_empty(),
        "these are written otherwise than before, so that a store of before can't be read: raise \
         the record's version or read both, and then put these into tests/golden_records.txt:\n{}",
        golden.complaints
    );
    assert!(golden.known.is_empty(), "no longer written: {:?}", golden.known.keys());
}
