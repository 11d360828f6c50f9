//! What a store holds of a configuration that has changed, or of days long past.

use super::*;

#[test]
fn parts_whose_route_is_gone_are_told_and_counted() {
    for bank_is_gone in [true, false] {
        let mut rig = Rig::new();
        rig.turn([first_part(STRANGER, CODE), first_part(STRANGER, OTHER)]);
        if bank_is_gone {
            rig.setup.routes.remove(1);
        } else {
            rig.setup.routes[1].service = 0;
        }
        rig.crash();
        rig.pass(Duration::from_secs(600));
        rig.turn([]);
        let tally = rig.engine.tally();
        assert_eq!((tally.received, tally.stranded), (1, 1), "bank gone: {bank_is_gone}");
    }
}

#[test]
fn a_bank_that_was_taken_out_is_purged_too() {
    let mut rig = Rig::new();
    rig.converse(deliver(PHONE, OTHER, "INFO"));
    let other = rig.engine.bank_id(1);
    rig.setup.routes.truncate(1);
    rig.setup.services.truncate(1);
    rig.setup.banks.truncate(1);
    rig.crash();
    assert!(rig.head(other, 1).is_some());
    rig.pass(rig.setup.options.keep);
    rig.turn([]);
    assert!(rig.head(other, 1).is_none());
}

#[test]
fn a_days_key_goes_once_its_last_message_is_gone() {
    let mut rig = Rig::new();
    let bank = rig.engine.bank_id(0);
    let day = day_of(rig.now.wall);
    let key = KeyId::strangers(bank.0, day);
    rig.converse(deliver(STRANGER, CODE, "INFO"));
    rig.pass(rig.setup.options.keep - DAY);
    rig.turn([]);
    assert!(rig.memory.keyring().contains(key) && rig.head(bank, 1).is_some());
    rig.pass(DAY * 2);
    for _ in 0..5 {
        rig.turn([]);
    }
    assert!(rig.head(bank, 1).is_none());
    assert!(!rig.memory.keyring().contains(key), "the day is over");
    assert!(rig.memory.keyring().contains(KeyId::strangers(bank.0, day_of(rig.now.wall))));
    assert!(rig.memory.keyring().contains(KeyId::customer(bank.0, 1)), "a customer's stays");
    rig.converse(deliver(STRANGER, CODE, "INFO"));
}

#[test]
fn a_clock_set_wrong_purges_nothing() {
    let mut rig = Rig::new();
    let bank = rig.engine.bank_id(0);
    let key = KeyId::strangers(bank.0, day_of(rig.now.wall));
    rig.converse(deliver(STRANGER, CODE, "INFO"));
    rig.now.wall = rig.now.wall + rig.setup.options.keep * 2;
    for _ in 0..5 {
        rig.turn([]);
    }
    assert!(rig.head(bank, 1).is_some() && rig.memory.keyring().contains(key));
}

#[test]
fn what_lives_long_keeps_nothing_behind_it_from_being_purged() {
    let mut setup = setup();
    setup.options.keep = 10 * SECOND;
    setup.services[0].service.replies_per_minute = 1;
    let mut rig = Rig::with(setup);
    let bank = rig.engine.bank_id(0);
    rig.down();
    let stranger = |n: u32| deliver(&format!("38164{n:07}"), CODE, "INFO");
    // More than two pages wait for their operator; of the last one's texts only the first is
    // answered.
    rig.turn((0..300).map(stranger));
    rig.turn([deliver("381640000299", CODE, "TR"), deliver("381640000299", CODE, "TR 2")]);
    let last = 302;
    assert!(rig.head(bank, last).is_some_and(|head| head.state == State::Silent));
    rig.pass(10 * SECOND);
    let turns = (1..20).find(|_| {
        rig.turn([]);
        rig.head(bank, last).is_none()
    });
    assert_eq!((turns, rig.engine.live()), (Some(3), 300), "a page a second");
    rig.pass(SECOND);
    assert!(rig.head(bank, 1).is_some(), "it lives");
}
