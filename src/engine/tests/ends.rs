//! How messages end that something odd happens to.

use super::*;
use crate::text::encode::Policy;

/// Two parts in plain letters, three in UCS-2.
const LONG: &str = "Novo 余: kes kredit bez naknade za obradu do kraja meseca. Ponuda vazi za sve \
    klijente koji primaju platu preko Banke, sa rokom otplate do sedam godina. Informacije.";

#[test]
fn a_late_ok_at_the_end_of_a_pause_ends_the_message_once() {
    let mut rig = Rig::new();
    let bank = rig.engine.bank_id(0);
    let tokens = rig.sent([deliver(STRANGER, CODE, "INFO")]);
    assert_eq!(rig.sent([unknown(tokens[0])]), tokens, "again at once");
    assert!(rig.sent([unknown(tokens[0])]).is_empty(), "then after a pause");
    rig.pass(Duration::from_secs(60));
    assert!(rig.sent([late(tokens[0]), late(tokens[0])]).is_empty());
    assert_eq!(rig.head(bank, 1).unwrap().state, State::Accepted);
    assert_eq!((rig.engine.live(), rig.engine.tally().accepted), (0, 1));
}

/// A long text of which `before` had `done` parts accepted is sent by `after`.
fn over_a_restart(before: Policy, done: usize, after: Policy) -> (Vec<u64>, Vec<u64>) {
    let mut setup = setup();
    setup.operators[0].form.policy = before;
    let mut rig = Rig::with(setup);
    let bank = rig.engine.bank_id(0);
    put_offer(rig.engine.records(), bank, LONG);
    let tokens = rig.sent([deliver(STRANGER, CODE, "INFO")]);
    rig.down();
    let heard = tokens.iter().enumerate();
    let heard: Vec<Input> = heard
        .map(|(n, token)| if n < done { accepted(*token) } else { throttled(*token) })
        .collect();
    rig.turn(heard);
    rig.setup.operators[0].form.policy = after;
    rig.crash();
    let again = rig.up();
    rig.turn(again.iter().copied().map(accepted));
    let head = rig.head(bank, 1).unwrap();
    assert_eq!((head.state, rig.engine.live()), (State::Accepted, 0));
    (tokens, again)
}

#[test]
fn a_half_accepted_text_is_finished_or_where_it_is_cut_otherwise_sent_whole() {
    let (tokens, again) = over_a_restart(Policy::Plain, 1, Policy::Plain);
    assert!(tokens.len() == 2 && again == tokens[1..], "finished");
    let (tokens, again) = over_a_restart(Policy::Plain, 1, Policy::Auto);
    assert!(tokens.len() == 2 && again.len() == 3, "sent whole");
    let (tokens, again) = over_a_restart(Policy::Auto, 2, Policy::Plain);
    assert!(tokens.len() == 3 && again.len() == 2, "sent whole");
}

#[test]
fn days_off_that_are_read_again_are_in_force_at_once() {
    let mut rig = Rig::new();
    let date = jiff::civil::Date::constant(2026, 11, 24);
    let works = |rig: &Rig| rig.engine.setup.services[0].service.calendar.is_business_day(date);
    assert!(works(&rig));
    let days = "[rs]\noff = [{ date = \"2026-11-24\", name = \"bridge\" }]";
    let days = crate::calendar::file::Holidays::read(days).unwrap();
    let (ticket, request) =
        (door::Ticket(1), door::Request::Reload(door::Fresh { days: Some(days), ported: None }));
    rig.now.mono = rig.now.mono + SECOND;
    rig.engine.turn([Input::Request(ticket, request)], rig.now).unwrap();
    assert!(!works(&rig));
    let told = std::iter::from_fn(|| rig.engine.poll_effect())
        .any(|effect| matches!(effect, Effect::Response(_, door::Response::Reloaded)));
    assert!(told, "whoever asked is answered");
}
