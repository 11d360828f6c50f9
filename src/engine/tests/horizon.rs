//! How far back a start looks: at what lives and at what may come again, and no further.

use super::*;
use crate::outbox::{of_token, token};

const HOUR: Duration = Duration::from_secs(3_600);

/// An hour passes, and the housekeeping comes round.
fn an_hour(rig: &mut Rig) {
    rig.pass(HOUR);
    rig.turn([]);
}

#[test]
fn a_start_reads_the_last_hours_and_not_what_ended_before() {
    let mut rig = Rig::new();
    let bank = rig.engine.bank_id(0);
    rig.converse(deliver(PHONE, CODE, "INFO"));
    rig.turn([proved(1)]);
    an_hour(&mut rig);
    assert!(rig.start_reads(bank, 1), "an hour ago it came after the last look");
    an_hour(&mut rig);
    rig.up();
    let young = rig.sent([deliver(PHONE, CODE, "INFO")]);
    let (young, _) = of_token(young[0]);
    rig.turn([accepted(token(young, 0)), proved(young.0)]);
    assert!(!rig.start_reads(bank, 1), "it ended long ago");
    assert!(rig.start_reads(bank, young.0));
    an_hour(&mut rig);
    assert!(!rig.start_reads(bank, young.0));
    assert!(rig.head(bank, 1).is_some(), "it is still kept");
}

#[test]
fn what_may_come_again_is_found_by_a_start_until_it_is_proved_or_too_old() {
    let mut rig = Rig::new();
    let bank = rig.engine.bank_id(0);
    rig.converse(deliver(PHONE, CODE, "PRIJAVA INFO"));
    for _ in 0..3 {
        an_hour(&mut rig);
    }
    assert!(rig.start_reads(bank, 1));
    rig.up();
    rig.converse(deliver(PHONE, CODE, "PRIJAVA INFO"));
    assert_eq!(rig.engine.tally().received, 0, "it is known");
    rig.pass(rig.setup.options.repeat_window);
    rig.converse(deliver(STRANGER, CODE, "INFO"));
    an_hour(&mut rig);
    assert!(!rig.start_reads(bank, 1), "no suspicion lasts for ever");
}

#[test]
fn what_waits_is_found_by_a_start_however_old() {
    let mut setup = setup();
    setup.options.reply_worthless = DAY;
    let mut rig = Rig::with(setup);
    let bank = rig.engine.bank_id(0);
    rig.down();
    rig.turn([deliver(PHONE, CODE, "INFO")]);
    rig.turn([proved(1)]);
    for _ in 0..3 {
        an_hour(&mut rig);
    }
    assert_eq!(rig.engine.live(), 1);
    assert!(rig.start_reads(bank, 1));
    assert_eq!(rig.up().len(), 1);
}
