//! Commands that a clerk switches off, and on again.

use super::*;
use crate::engine::door::{Response, SwitchedOff, Switching};

const SERVICE: &str = "kombank";

/// What is off afterwards, or what of the request was at fault.
fn switch(rig: &mut Rig, command: &str, off: Option<&str>) -> Result<Vec<String>, &'static str> {
    let off = off.map(str::to_owned);
    ask(rig, Some(Switching { service: SERVICE.to_owned(), command: command.to_owned(), off }))
}

fn ask(rig: &mut Rig, what: Option<Switching>) -> Result<Vec<String>, &'static str> {
    let request = Input::Request(door::Ticket(1), Request::Switch(what));
    rig.engine.turn([request], rig.now).unwrap();
    match rig.engine.poll_effect() {
        Some(Effect::Response(_, Response::Switches(off))) => {
            let show = |off: SwitchedOff| format!("{} {}: {}", off.service, off.command, off.text);
            Ok(off.into_iter().map(show).collect())
        }
        Some(Effect::Response(_, Response::No(field, _))) => Err(field),
        other => panic!("{other:?}"),
    }
}

/// The reply to a text, and its record's state.
fn reply(rig: &mut Rig, code: &str, text: &str) -> String {
    let tokens = rig.sent([deliver(PHONE, code, text)]);
    let (id, _) = crate::outbox::of_token(tokens[0]);
    let bank = rig.engine.bank_id(usize::from(code == OTHER));
    rig.turn(tokens.into_iter().map(accepted));
    let mut message = Message::load(rig.engine.records(), bank, id).unwrap().unwrap();
    message.body(rig.engine.records()).unwrap().unwrap().reply.clone()
}

#[test]
fn a_command_that_is_off_is_answered_with_its_text_over_a_start_until_it_is_on() {
    let mut rig = Rig::new();
    let usual = reply(&mut rig, CODE, "INFO");
    let text = "Ponuda se menja. Pokusajte sutra.";
    let off = switch(&mut rig, "offer", Some(&format!(" {text} ")));
    assert_eq!(off, Ok(vec![format!("kombank offer: {text}")]));
    assert_eq!(reply(&mut rig, CODE, "info."), text);
    assert_eq!(reply(&mut rig, OTHER, "INFO"), usual, "the other service's isn't off");
    assert!(reply(&mut rig, CODE, "POMOC") != text, "another command isn't");
    rig.crash();
    rig.up();
    assert_eq!(reply(&mut rig, CODE, "INFO"), text);
    assert_eq!(ask(&mut rig, None).unwrap().len(), 1);
    // Off again says something else from then on; on again it is as it was.
    let later = switch(&mut rig, "offer", Some("")).unwrap().remove(0);
    assert_eq!(format!("kombank offer: {}", reply(&mut rig, CODE, "INFO")), later);
    assert_eq!(switch(&mut rig, "offer", None), Ok(Vec::new()));
    assert_eq!(reply(&mut rig, CODE, "INFO"), usual);
    rig.crash();
    assert_eq!(ask(&mut rig, None), Ok(Vec::new()));
}

#[test]
fn an_order_that_is_off_changes_nothing() {
    let mut rig = Rig::new();
    let bank = rig.engine.bank_id(0);
    switch(&mut rig, "subscribe", Some("Ne sada.")).unwrap();
    assert_eq!(reply(&mut rig, CODE, "PRIJAVA INFO"), "Ne sada.");
    assert!(!rig.head(bank, 1).unwrap().changes);
    switch(&mut rig, "subscribe", None).unwrap();
    assert!(reply(&mut rig, CODE, "PRIJAVA INFO") != "Ne sada.");
    assert!(rig.head(bank, 2).unwrap().changes, "the same octets, and no repeat");
}

#[test]
fn what_cant_be_switched_off_is_named() {
    let mut rig = Rig::new();
    for command in ["help", "call", "top-up", "TR", ""] {
        assert_eq!(switch(&mut rig, command, Some("")), Err("command"), "{command}");
    }
    assert_eq!(switch(&mut rig, "offer", Some(&"x".repeat(460))), Err("text"));
    let (service, command) = ("nobody".to_owned(), "offer".to_owned());
    assert_eq!(ask(&mut rig, Some(Switching { service, command, off: None })), Err("service"));
    assert_eq!(ask(&mut rig, None), Ok(Vec::new()));
}
