//! Repeats of changes: known over restarts, ended only by what is a change, and never for another's
//! eyes.

use super::*;
use crate::customer::{CodeTries, NOBODY};
use crate::service::pattern::Verb;

const ON: &str = "PRIJAVA INFO";

#[test]
fn a_proved_repeat_ends_the_suspicion_of_the_first_over_a_restart() {
    let mut rig = Rig::new();
    rig.converse(deliver(PHONE, CODE, ON));
    rig.converse(deliver(PHONE, CODE, ON));
    rig.turn([proved(2)]);
    assert_eq!((rig.engine.tally().received, rig.engine.tally().repeated), (1, 1));
    rig.crash();
    rig.up();
    rig.converse(deliver(PHONE, CODE, ON));
    let tally = rig.engine.tally();
    assert_eq!((tally.received, tally.repeated), (1, 0), "carried out, as a new one");
}

#[test]
fn a_repeat_for_a_number_that_changed_hands_is_withdrawn() {
    let mut rig = Rig::new();
    rig.converse(deliver(PHONE, CODE, ON));
    let bank = rig.engine.bank_id(0);
    let records = rig.engine.records();
    let id = PhoneId::of(records.keyring(), Msisdn::parse(PHONE).unwrap());
    let next = Phone { generation: 1, customers: vec![CustomerId(2)], ..Phone::default() };
    next.save(records, bank, id);
    rig.turn([]);
    assert!(rig.sent([deliver(PHONE, CODE, ON)]).is_empty(), "nothing for its next owner");
    let tally = rig.engine.tally();
    assert_eq!((tally.repeated, tally.withdrawn), (1, 1));
}

#[test]
fn a_change_that_the_route_refuses_ends_no_suspicion() {
    let mut setup = setup();
    let text = setup.services[0].service.find_text("kb.code5623");
    let mut picky = setup.routes[0].clone();
    picky.code = ShortCode::parse("5623").unwrap();
    (picky.accepts, picky.otherwise) = (Some(vec![Verb::Balance]), text);
    setup.routes.push(picky);
    let mut rig = Rig::with(setup);
    rig.converse(deliver(PHONE, CODE, ON));
    rig.converse(deliver(PHONE, "5623", "ODJAVA INFO"));
    rig.converse(deliver(PHONE, CODE, ON));
    assert_eq!(rig.engine.tally().repeated, 1);
}

#[test]
fn a_change_at_one_bank_ends_no_suspicion_at_another() {
    let mut rig = Rig::new();
    rig.converse(deliver(PHONE, CODE, ON));
    rig.converse(deliver(PHONE, OTHER, "ODJAVA INFO"));
    rig.converse(deliver(PHONE, CODE, ON));
    assert_eq!(rig.engine.tally().repeated, 1);
    rig.converse(deliver(PHONE, CODE, "ODJAVA INFO"));
    rig.converse(deliver(PHONE, CODE, ON));
    assert_eq!(rig.engine.tally().repeated, 1, "another change of his at the same bank does");
}

#[test]
fn a_wrong_code_that_comes_again_is_counted_once() {
    let mut setup = setup();
    let with_codes = include_str!("../../../services/sms-kontakt.toml");
    setup.services[0].service = Service::read(with_codes).unwrap();
    let mut rig = Rig::with(setup);
    let wrong = |rig: &mut Rig| {
        let bank = rig.engine.bank_id(0);
        let records = rig.engine.records();
        let phone = PhoneId::of(records.keyring(), Msisdn::parse(PHONE).unwrap());
        CodeTries::load(records, bank, CustomerId(1), phone).unwrap().wrong
            + CodeTries::load(records, bank, NOBODY, phone).unwrap().wrong
    };
    rig.converse(deliver(PHONE, CODE, "482914 SALDO"));
    rig.converse(deliver(PHONE, CODE, "482914 SALDO"));
    rig.crash();
    rig.up();
    rig.converse(deliver(PHONE, CODE, "482914 SALDO"));
    assert_eq!((wrong(&mut rig), rig.engine.tally().repeated), (1, 1));
    rig.converse(deliver(PHONE, CODE, "482915 SALDO"));
    assert_eq!(wrong(&mut rig), 2, "another code is another try");
    rig.converse(deliver(PHONE, CODE, "482914 SALDO"));
    assert_eq!(wrong(&mut rig), 3, "and behind it the first is one too");
}
