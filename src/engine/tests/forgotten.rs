//! What goes once it was kept long enough: orders of money, fees, and who has left.

use super::*;
use crate::base::money::Minor;
use crate::calendar::month::Month;
use crate::enrol::Form;
use crate::fee::{Claim, Fee, Mark, Reversing};
use crate::purchase::{self, Purchase, Told};

/// The rig, with a fee for each message or without.
fn rig(fees: bool) -> Rig {
    let mut setup = setup();
    let table = "\n[fees]\nmessage = \"5.00\"\nper = \"account\"\nat = \"20:00\"\n\n[say]\n";
    let text = include_str!("../../../services/kombank.toml");
    let text = if fees { text.replace("\n[say]\n", table) } else { text.to_owned() };
    let service = &mut setup.services[0].service;
    *service = Service::read(&text).unwrap();
    service.operators = Vec::new();
    Rig::with(setup)
}

fn hand_in(rig: &mut Rig, rest: &str) {
    let service = rig.setup.services[0].service.name.clone();
    let json = format!(r#"{{"service":"{service}","customer":"a",{rest}}}"#);
    let form = Box::new(Form::parse(&json).unwrap());
    let request = Request::Enrol { bank: Some(0), dry: false, form };
    rig.turn([Input::Request(door::Ticket(1), request)]);
}

/// A day passes, and another, …
fn days(rig: &mut Rig, days: u32) {
    for _ in 0..days {
        rig.pass(DAY);
        (0..3).for_each(|_| drop(rig.turn([])));
    }
}

fn has_key(rig: &mut Rig) -> bool {
    let bank = rig.engine.bank_id(0);
    rig.engine.records().keyring().contains(KeyId::customer(bank.0, 1))
}

const ENROL: &str = r#""holder":"natural","phones":[{"number":"+381637770001","operator":"mts"}],
    "accounts":[{"kind":"TR","number":"205-1"}]"#;

#[test]
fn the_key_of_who_left_goes_once_his_messages_are_over() {
    let mut rig = rig(false);
    hand_in(&mut rig, ENROL);
    days(&mut rig, 5);
    assert!(has_key(&mut rig));
    hand_in(&mut rig, r#""action":"leave""#);
    days(&mut rig, 2);
    assert!(has_key(&mut rig), "a text of his may still come again");
    // He waits for the outcome of an order, of which nobody knows anything yet.
    let open = order(&mut rig, 77, purchase::State::Unknown, None);
    days(&mut rig, 3);
    assert!(has_key(&mut rig), "he has an order that is open");
    order(&mut rig, 77, purchase::State::Failed, open.ended);
    days(&mut rig, 2);
    assert!(!has_key(&mut rig));
    let bank = rig.engine.bank_id(0);
    let gone = Customer::load(rig.engine.records(), bank, CustomerId(1)).unwrap();
    assert_eq!(gone, None);
}

#[test]
fn a_form_that_is_handed_in_again_after_a_crash_welcomes_nobody_twice() {
    let mut setup = setup();
    setup.services[0].service.operators = Vec::new();
    setup.routes[0].alerts = true;
    let mut rig = Rig::with(setup);
    let sent = |rig: &mut Rig| rig.sent([Input::Operator(0, Report::Up)]);
    rig.down();
    hand_in(&mut rig, ENROL);
    rig.crash();
    hand_in(&mut rig, ENROL);
    assert_eq!(rig.engine.live(), 1, "one welcome waits");
    let first = sent(&mut rig);
    assert_eq!(first.len(), 1);
    // It left, and nobody knows whether it arrived: the same message once more, by its class.
    rig.crash();
    hand_in(&mut rig, ENROL);
    assert_eq!(sent(&mut rig), first);
    rig.turn(first.into_iter().map(accepted));
    hand_in(&mut rig, ENROL);
    assert_eq!(rig.engine.live(), 0);
}

/// An order of the first customer's, in this state.
fn order(
    rig: &mut Rig,
    reference: u64,
    state: purchase::State,
    ended: Option<Wall>,
) -> purchase::Head {
    let (bank, received) = (rig.engine.bank_id(0), rig.now.wall);
    let head = purchase::Head {
        reference: crate::bank::Reference(reference),
        bank,
        customer: CustomerId(1),
        generation: 0,
        state,
        told: Told::Outcome,
        amount: Minor::whole(5),
        received,
        ended,
        settled: None,
    };
    Purchase { head: head.clone(), body: None }.save(rig.engine.records());
    rig.turn([]);
    head
}

#[test]
fn money_is_kept_for_its_time_and_debts_for_good() {
    let mut rig = rig(true);
    hand_in(&mut rig, ENROL);
    let (bank, month) = (rig.engine.bank_id(0), "2026-11".parse::<Month>().unwrap());
    let ledger = rig.engine.ledger(0, month);
    let amount = Minor::whole(5);
    ledger.note(rig.engine.records(), CustomerId(1), MessageId(7), &Fee { item: 0, amount });
    let ended = Some(rig.now.wall);
    order(&mut rig, 1, purchase::State::Done, ended);
    order(&mut rig, 2, purchase::State::Unknown, None);
    days(&mut rig, 40);
    let line = Mark { customer: 1, item: 0 };
    let (by, and) = ("Ana".to_owned(), "Bojan".to_owned());
    let claim = Claim { amount: None, by, and, at: rig.now.wall };
    let taken = ledger.reverse(rig.engine.records(), line, &claim).unwrap();
    assert_eq!(taken, Reversing::Taken, "November was charged");
    rig.turn([]);
    let left = |rig: &mut Rig| {
        let store = rig.memory.clone();
        let records = rig.engine.records();
        let fees = ledger.sums(&store, CustomerId(1)).unwrap().len();
        let charges = ledger.charges_to(&store, records, CustomerId(1)).unwrap().len();
        let reversals = usize::from(ledger.reversal(records, line).unwrap().is_some());
        let orders = Purchase::heads(&store, bank).unwrap().len();
        [fees, charges, reversals, orders]
    };
    assert_eq!(left(&mut rig), [1, 1, 1, 2]);
    days(&mut rig, 350);
    assert_eq!(left(&mut rig), [1, 1, 1, 2]);
    days(&mut rig, 60);
    assert_eq!(left(&mut rig), [0, 0, 0, 1], "the order that is open stays");
    assert_eq!(Purchase::open_ones(&rig.memory, bank).unwrap().len(), 1);
}
