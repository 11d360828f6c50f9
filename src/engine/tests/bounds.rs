//! One turn does so much and no more; what waits is bounded.

use super::*;
use crate::base::limits::TURN_INPUTS_MAX;
use crate::service::say::Say;

const MANY: usize = 2 * TURN_INPUTS_MAX + 100;

fn many() -> impl Iterator<Item = Input> {
    (0..MANY).map(|n| deliver(&format!("38164{n:07}"), CODE, "INFO"))
}

#[test]
fn what_is_worthless_is_ended_over_several_turns_and_never_sent() {
    let mut rig = Rig::new();
    rig.down();
    rig.turn(many());
    assert_eq!(rig.engine.live(), MANY);
    rig.pass(Duration::from_secs(3_600));
    rig.turn([]);
    assert_eq!(rig.engine.live(), MANY - TURN_INPUTS_MAX);
    assert_eq!(rig.engine.poll_timeout(rig.now), rig.now.mono, "the rest at once");
    assert!(rig.up().is_empty(), "what waits to be ended doesn't leave");
    while rig.engine.poll_timeout(rig.now) <= rig.now.mono {
        assert!(rig.sent([]).is_empty());
    }
    assert_eq!((rig.engine.live(), rig.engine.tally().expired), (0, MANY as u64));
}

#[test]
fn questions_without_an_answer_end_over_several_turns() {
    let mut rig = Rig::new();
    rig.down();
    rig.held.set(true);
    rig.turn(many());
    assert_eq!(rig.engine.asked.len(), MANY);
    rig.pass(Duration::from_secs(60));
    rig.turn([]);
    assert_eq!(rig.engine.asked.len(), MANY - TURN_INPUTS_MAX);
    assert!(rig.engine.poll_timeout(rig.now) <= rig.now.mono);
}

#[test]
fn an_answer_finds_a_message_that_is_on_disk_only() {
    let mut rig = Rig::new();
    rig.held.set(true);
    rig.turn((0..=RESIDENT_MAX).map(|n| deliver(&format!("38164{n:07}"), CODE, "INFO")));
    rig.held.set(false);
    let mut tokens = rig.sent([]);
    while rig.engine.live() > 0 {
        assert!(!tokens.is_empty(), "{} were forgotten", rig.engine.live());
        let left = Input::Operator(0, Report::Left(tokens.len() as u32));
        let heard = tokens.into_iter().map(accepted);
        tokens = rig.sent(heard.chain([left]));
    }
    assert_eq!(rig.engine.tally().accepted, RESIDENT_MAX as u64 + 1);
}

#[test]
fn an_answered_question_is_watched_no_more() {
    let mut rig = Rig::new();
    rig.converse(deliver(STRANGER, CODE, "INFO"));
    assert!(rig.engine.asked.is_empty(), "answered in the same turn");
    rig.held.set(true);
    assert!(rig.sent([deliver(STRANGER, CODE, "INFO")]).is_empty());
    assert_eq!(rig.engine.asked.len(), 1);
    rig.held.set(false);
    assert_eq!(rig.sent([]).len(), 1, "the answer");
    assert!(rig.engine.asked.is_empty(), "answered later");
}

#[test]
fn an_answer_that_is_there_goes_before_its_deadline() {
    let mut rig = Rig::new();
    rig.held.set(true);
    assert!(rig.sent([deliver(STRANGER, CODE, "INFO")]).is_empty());
    rig.held.set(false);
    rig.pass(rig.setup.options.answer * 2);
    assert_eq!(rig.sent([]).len(), 1);
    let bank = rig.engine.bank_id(0);
    let later = rig.setup.services[0].service.text_for(Say::Later).unwrap();
    let later = rig.setup.services[0].service.text_name(later).to_owned();
    let records = rig.engine.records();
    let mut message = Message::load(records, bank, MessageId(1)).unwrap().unwrap();
    assert_ne!(message.body(records).unwrap().unwrap().text, later);
}

#[test]
fn a_question_that_outlived_its_worth_is_watched_no_more() {
    let mut setup = setup();
    setup.options.answer = Duration::from_secs(3_600);
    let mut rig = Rig::with(setup);
    rig.held.set(true);
    rig.turn([deliver(STRANGER, CODE, "INFO")]);
    rig.pass(Duration::from_secs(900));
    rig.turn([]);
    assert!(rig.engine.asked.is_empty() && rig.engine.tally().expired == 1);
}
