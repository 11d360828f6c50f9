//! What is queued in a turn, and withdrawn by what comes later in the same one.

use super::*;
use crate::outbox::of_token;

fn rig() -> Rig {
    let mut setup = setup();
    setup.routes[0].alerts = true;
    Rig::told_of_credits(setup)
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
