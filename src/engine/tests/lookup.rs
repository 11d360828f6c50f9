//! What was said with a number, as a clerk looks it up.

use super::*;
use crate::engine::door::{MessageShown, Response, Said};
use jiff::civil::{Date, date, time};

/// All pages that a number's messages take, in the first bank or in the other, and how many.
fn pages(rig: &mut Rig, bank: usize, phone: &str, since: Option<Date>) -> (Vec<MessageShown>, u32) {
    let phone = Msisdn::parse(phone).unwrap();
    let (mut messages, mut from, mut pages) = (Vec::new(), None, 0);
    loop {
        let request = Request::Messages { bank, phone, since, from };
        rig.engine.turn([Input::Request(door::Ticket(pages), request)], rig.now).unwrap();
        let answered =
            std::iter::from_fn(|| rig.engine.poll_effect()).find_map(|effect| match effect {
                Effect::Response(ticket, Response::Messages(said)) => Some((ticket, said)),
                _ => None,
            });
        let (ticket, Said { messages: page, next }) = answered.unwrap();
        assert_eq!(ticket, door::Ticket(pages));
        messages.extend(page);
        (from, pages) = (next, pages + 1);
        if from.is_none() {
            return (messages, pages as u32);
        }
    }
}

fn found(rig: &mut Rig, bank: usize, phone: &str) -> Vec<String> {
    let (messages, _) = pages(rig, bank, phone, None);
    let said = |message: MessageShown| message.body.map_or("-".to_owned(), |body| body.said);
    messages.into_iter().map(said).collect()
}

#[test]
fn what_was_asked_and_told_is_found_by_number_and_bank() {
    let mut rig = Rig::told_of_credits(setup());
    rig.setup.routes[0].alerts = true;
    rig.crash();
    rig.up();
    rig.converse(deliver(PHONE, CODE, "Kurs"));
    rig.converse(deliver(STRANGER, CODE, "INFO"));
    rig.converse(deliver(PHONE, OTHER, "INFO"));
    let alert = credit(&rig, "1");
    let told = rig.sent([alert]);
    rig.turn(told.into_iter().map(accepted));
    rig.turn([deliver(PHONE, CODE, "INFO")]);
    assert_eq!(found(&mut rig, 0, PHONE), ["Kurs", "", "INFO"], "the alert said nothing");
    assert_eq!(found(&mut rig, 0, STRANGER), ["INFO"]);
    assert_eq!(found(&mut rig, 1, PHONE), ["INFO"]);
    assert_eq!(found(&mut rig, 1, STRANGER), [""; 0]);
    let (messages, _) = pages(&mut rig, 0, PHONE, None);
    let [first, alert, last] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!((first.operator.as_str(), first.state, first.parts), ("mts", "accepted", 1));
    assert!(first.ended.is_some() && first.received.ends_with("+01:00"), "{first:?}");
    let body = alert.body.as_ref().unwrap();
    assert!(body.reply.contains("5.000,00") && body.code == 5622, "{}", body.reply);
    assert_eq!((last.state, last.ended.as_ref()), ("in flight", None));
}

#[test]
fn it_begins_with_the_day_that_is_asked_for_or_a_week_ago() {
    let mut rig = Rig::new();
    // At noon of a day each, local time; every day others text too.
    for day in 5..=20 {
        let zone = &rig.setup.services[0].service.zone;
        let noon = zone.wall(date(2026, 11, day), time(12, 0, 0, 0));
        rig.pass(noon.since(rig.now.wall));
        rig.converse(deliver(PHONE, CODE, &format!("KURS {day}")));
        (0..day).for_each(|_| rig.converse(deliver(STRANGER, CODE, "INFO")));
    }
    for first in 1..=20 {
        let (messages, _) = pages(&mut rig, 0, PHONE, Some(date(2026, 11, first)));
        let expected = 21 - first.max(5);
        assert_eq!(messages.len(), usize::try_from(expected).unwrap(), "since {first} November");
    }
    assert_eq!(found(&mut rig, 0, PHONE).len(), 7);
    let after = pages(&mut rig, 0, PHONE, Some(date(2026, 11, 22)));
    assert_eq!(after, (Vec::new(), 1));
}

#[test]
fn much_is_shown_page_by_page_and_nothing_twice() {
    let mut rig = Rig::new();
    let mut said = Vec::new();
    for round in 0..6_u32 {
        let stranger = |n: u32| deliver(&format!("38164{:07}", round * 1_000 + n), CODE, "INFO");
        rig.turn((0..1_000).map(stranger));
        for n in 0..30 {
            said.push(format!("KURS {round} {n}"));
            rig.turn([deliver(PHONE, CODE, &said[said.len() - 1])]);
        }
    }
    let (messages, pages) = pages(&mut rig, 0, PHONE, None);
    let found: Vec<String> =
        messages.into_iter().map(|message| message.body.unwrap().said).collect();
    assert_eq!(found, said);
    assert!(pages >= 3, "{pages}: 180 messages among 6,180");
}

#[test]
fn of_a_forgotten_customer_is_shown_when_and_no_more() {
    let mut rig = Rig::new();
    let bank = rig.engine.bank_id(0);
    rig.converse(deliver(PHONE, CODE, "INFO"));
    rig.engine.records().forget_key(KeyId::customer(bank.0, 1));
    rig.turn([]);
    let (messages, _) = pages(&mut rig, 0, PHONE, None);
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!((message.state, &message.body), ("accepted", &None));
}
