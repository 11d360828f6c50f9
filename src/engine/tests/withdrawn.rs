//! What is queued in a turn, and withdrawn by what comes later in the same one.

use super::*;
use crate::bank::event::Event;
use crate::base::money::Minor;
use crate::customer::Account;
use crate::outbox::of_token;
use crate::service::topic::Topic;
use crate::subscription::{Subscription, Subscriptions};

/// The customer has an account whose credits he is told of.
fn rig() -> Rig {
    let mut setup = setup();
    setup.routes[0].alerts = true;
    let mut rig = Rig::with(setup);
    let bank = rig.engine.bank_id(0);
    let records = rig.engine.records();
    let number = Msisdn::parse(PHONE).unwrap();
    let id = PhoneId::of(records.keyring(), number);
    let mut contract = Customer::new(Holder::Natural);
    contract.phones.push(number);
    contract.accounts.push(Account {
        kind: "TR".into(),
        ordinal: 1,
        number: AccountNumber::new("205-1"),
        closed: false,
    });
    let mut list = Subscriptions::default();
    let (topic, limit) = (Topic::Credit, Minor::whole(1_000));
    list.contract(Subscription { topic, item: 0, active: true, limit });
    contract.save(records, bank, CustomerId(1)).unwrap();
    list.save(records, bank, CustomerId(1), id);
    rig.turn([]);
    rig
}

fn credit(rig: &Rig, id: &str) -> Input {
    let time = rig.now.wall;
    let json = format!(
        r#"{{"id":"{id}","source":"core","type":"account.credited","time":"{time}",
            "data":{{"account":"205-1","amount":"5000.00","currency":"RSD"}}}}"#
    );
    let event = Box::new(Event::parse(&json).unwrap());
    Input::Request(door::Ticket(1), Request::Event { bank: 0, event })
}

#[test]
fn an_alert_whose_subscription_ends_later_in_its_turn_never_leaves() {
    let mut rig = rig();
    let bank = rig.engine.bank_id(0);
    let alert = credit(&rig, "1");
    let sent = rig.sent([alert, deliver(PHONE, CODE, "ODJAVA")]);
    // The alert is the first message, the reply the second.
    assert_eq!(sent.iter().map(|token| of_token(*token).0.0).collect::<Vec<_>>(), [2]);
    assert_eq!(rig.head(bank, 1).unwrap().state, State::Withdrawn);
    rig.turn([accepted(sent[0])]);
    assert_eq!(rig.engine.live(), 0);
}

#[test]
fn what_others_are_told_and_what_comes_behind_leaves() {
    let mut rig = rig();
    let (first, behind) = (credit(&rig, "1"), credit(&rig, "2"));
    let texts =
        [deliver(STRANGER, CODE, "ODJAVA INFO"), deliver(PHONE, CODE, "PRIJAVA PRILIV TR 1")];
    let sent = rig.sent([first].into_iter().chain(texts).chain([behind]));
    // The second alert of the account waits for the first.
    assert_eq!(sent.len(), 3, "{sent:?}");
}
