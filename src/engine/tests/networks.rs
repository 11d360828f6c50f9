//! Which operator a number is with, and what becomes of one that is with another (lesson 17).

use super::*;
use crate::engine::network::{Reason, ways};
use crate::engine::ported::Ported;
use crate::engine::setup::Foreign;
use crate::outbox::of_token;

const TELENOR: usize = 0;
const MTS: usize = 1;
const VIP: usize = 2;
const IPKO: usize = 3;

/// Three operators of one country and one of another; [`PHONE`] has a prefix of mts.
fn country() -> Setup {
    let mut setup = setup();
    let operator = |name, country, prefix: &str| OperatorSetup {
        prefixes: vec![prefix.to_owned()],
        ..OperatorSetup::new(name, country, 1_000_000)
    };
    setup.operators = vec![
        operator("telenor", "381", "38163"),
        operator("mts", "381", "38164"),
        operator("vip", "381", "38160"),
        operator("ipko", "383", "38349"),
    ];
    let route = setup.routes[0].clone();
    setup.routes = (0..setup.operators.len())
        .map(|operator| Route {
            operator,
            code: ShortCode::parse(&format!("562{operator}")).unwrap(),
            alerts: true,
            ..route.clone()
        })
        .collect();
    setup.routes.push(Route { alerts: false, ..route });
    setup
}

fn rig() -> Rig {
    let mut rig = Rig::told_of_credits(country());
    for lane in [MTS, VIP, IPKO] {
        rig.turn([Input::Operator(lane, Report::Up)]);
    }
    rig
}

impl Rig {
    /// What leaves in a turn: by which operator, and its token.
    fn leaves(&mut self, inputs: impl IntoIterator<Item = Input>) -> Vec<(usize, u64)> {
        self.pass(SECOND);
        self.engine.turn(inputs, self.now).unwrap();
        let effects = std::iter::from_fn(|| self.engine.poll_effect());
        let submits = effects.filter_map(|effect| match effect {
            Effect::Order(lane, Order::Submit { token, .. }) => Some((lane, token)),
            _ => None,
        });
        submits.collect()
    }

    /// The one that leaves.
    fn one(&mut self, input: Input) -> (usize, u64) {
        let left = self.leaves([input]);
        assert_eq!(left.len(), 1, "{left:?}");
        left[0]
    }

    /// The operators of a message that is refused by each in turn, until nobody is left.
    fn refused_by_all(&mut self, first: (usize, u64)) -> Vec<usize> {
        let (mut lanes, mut next) = (vec![first.0], vec![first]);
        while let Some((lane, token)) = next.pop() {
            next = self.leaves([refused(lane, token)]);
            assert!(next.len() < 2);
            lanes.extend(next.iter().map(|(lane, _)| *lane));
        }
        lanes
    }

    fn phone(&mut self) -> Phone {
        let bank = self.engine.bank_id(0);
        let records = self.engine.records();
        let id = PhoneId::of(records.keyring(), Msisdn::parse(PHONE).unwrap());
        Phone::load(records, bank, id).unwrap().unwrap()
    }

    fn message(&mut self, token: u64) -> Message {
        let bank = self.engine.bank_id(0);
        let id = of_token(token).0;
        let mut message = Message::load(self.engine.records(), bank, id).unwrap().unwrap();
        message.body(self.engine.records()).unwrap();
        message
    }
}

fn refused(lane: usize, token: u64) -> Input {
    let (status, meaning) = (Status(0x0B), Status(0x0B).meaning());
    Input::Operator(lane, Report::Submitted { token, status, meaning, smsc_id: None })
}

fn taken(lane: usize, token: u64) -> Input {
    on(lane, accepted(token))
}

/// The same, at another operator.
fn on(lane: usize, input: Input) -> Input {
    match input {
        Input::Operator(_, report) => Input::Operator(lane, report),
        other => other,
    }
}

#[test]
fn who_serves_a_number_has_its_reasons_in_order() {
    let mut setup = country();
    let number = Msisdn::parse(PHONE).unwrap();
    let known = |link: Option<&str>, operator: Option<&str>| Phone {
        link: link.map(str::to_owned),
        operator: operator.map(str::to_owned),
        ..Phone::default()
    };
    let all = |setup: &Setup, phone: &Phone, number| -> Vec<(usize, Reason)> {
        ways(setup, 0, Some(phone), number).map(|way| (way.lane, way.reason)).collect()
    };
    let by_country = [TELENOR, MTS, VIP].map(|lane| (lane, Reason::Country));
    let nothing = all(&setup, &known(None, None), number);
    assert_eq!(nothing, [&[(MTS, Reason::Prefix)][..], &by_country].concat());
    let list = format!("{PHONE},vip\n");
    let names = ["telenor", "mts", "vip", "ipko"];
    setup.ported = Arc::new(Ported::read(&list, &names).unwrap());
    let all_said = all(&setup, &known(Some("ipko"), Some("telenor")), number);
    let reasons = [
        (IPKO, Reason::Link),
        (TELENOR, Reason::Enrolment),
        (VIP, Reason::Ported),
        (MTS, Reason::Prefix),
    ];
    assert_eq!(all_said, [&reasons[..], &by_country].concat());
    // Who isn't configured any more, or from whose codes no alert leaves, is passed over.
    setup.routes[VIP].alerts = false;
    let left = all(&setup, &known(Some("gone"), None), number);
    assert_eq!(left[0], (MTS, Reason::Prefix));
    // Of two prefixes the longer one.
    setup.operators[TELENOR].prefixes.push(PHONE[..7].to_owned());
    assert_eq!(all(&setup, &known(None, None), number)[0], (TELENOR, Reason::Prefix));
    let foreign = Msisdn::parse("48601234567").unwrap();
    assert_eq!(all(&setup, &known(None, None), foreign), []);
}

#[test]
fn the_link_of_the_last_text_is_where_the_next_alert_leaves() {
    let mut rig = rig();
    let alert = credit(&rig, "1");
    let (lane, token) = rig.one(alert);
    assert_eq!(lane, MTS, "his prefix");
    rig.turn([taken(lane, token)]);
    let (lane, token) = rig.one(on(VIP, deliver(PHONE, "5622", "TR")));
    assert_eq!(lane, VIP, "a reply leaves where it was asked");
    rig.turn([taken(lane, token)]);
    rig.crash();
    for lane in [TELENOR, MTS, VIP] {
        rig.turn([Input::Operator(lane, Report::Up)]);
    }
    let alert = credit(&rig, "2");
    assert_eq!(rig.one(alert).0, VIP);
    assert_eq!(rig.phone().link.as_deref(), Some("vip"));
    // Where the service only says that it isn't served there, nobody is with that operator.
    rig.turn([on(TELENOR, deliver(STRANGER, "5620", "TR"))]);
    Arc::make_mut(&mut rig.engine.setup).routes[IPKO].alerts = false;
    rig.turn([on(IPKO, deliver(PHONE, "5623", "TR"))]);
    assert_eq!(rig.phone().link.as_deref(), Some("vip"));
}

#[test]
fn a_list_that_is_read_again_is_in_force_at_once() {
    let mut rig = rig();
    let names = ["telenor", "mts", "vip", "ipko"];
    let ported = Arc::new(Ported::read(&format!("{PHONE},telenor"), &names).unwrap());
    let fresh = door::Fresh { days: None, ported: Some(ported) };
    rig.turn([Input::Request(door::Ticket(1), Request::Reload(fresh))]);
    let alert = credit(&rig, "1");
    assert_eq!(rig.one(alert).0, TELENOR);
    let nothing_named = door::Fresh { days: None, ported: None };
    rig.turn([Input::Request(door::Ticket(2), Request::Reload(nothing_named))]);
    assert_eq!(rig.engine.setup.ported.len(), 1, "what isn't read again stays");
}

#[test]
fn a_number_of_another_network_is_tried_at_the_others_once_and_remembered() {
    let mut rig = rig();
    let alert = credit(&rig, "1");
    let first = rig.one(alert);
    let behind = credit(&rig, "2");
    assert_eq!(rig.leaves([behind]), [], "in order");
    let second = rig.one(refused(first.0, first.1));
    assert_eq!((second.0, second.1), (TELENOR, first.1), "the same record");
    let message = rig.message(second.1);
    assert_eq!(message.open_body().unwrap().code, 5620, "from that operator's code");
    // What was tried is on disk before it leaves: a crash doesn't begin anew.
    rig.crash();
    let again = (TELENOR..=IPKO).flat_map(|lane| rig.leaves([Input::Operator(lane, Report::Up)]));
    assert_eq!(again.collect::<Vec<_>>(), [second]);
    let third = rig.one(refused(TELENOR, second.1));
    assert_eq!(third.0, VIP);
    let next = rig.leaves([taken(VIP, third.1)]);
    assert_eq!(rig.message(third.1).head.state, State::Accepted);
    assert_eq!(rig.phone().link.as_deref(), Some("vip"));
    // The one behind was queued before that was known.
    assert_eq!((next.len(), next[0].0), (1, MTS));
    let next = rig.one(refused(MTS, next[0].1));
    assert_eq!(next.0, VIP);
    rig.turn([taken(VIP, next.1)]);
    let alert = credit(&rig, "3");
    let next = rig.one(alert);
    assert_eq!(next.0, VIP, "whatever comes now goes there at once");
    rig.turn([taken(VIP, next.1)]);
    assert_eq!((rig.engine.live(), rig.engine.tally().failed), (0, 0));
}

#[test]
fn what_every_operator_refuses_fails_after_one_try_at_each() {
    let mut rig = rig();
    let alert = credit(&rig, "1");
    let first = rig.one(alert);
    // The number is of 381: an operator of another country isn't asked.
    assert_eq!(rig.refused_by_all(first), [MTS, TELENOR, VIP]);
    let head = rig.message(first.1).head;
    assert_eq!((head.state, head.status, head.attempts), (State::Failed, 0x0B, 3));
    assert_eq!((rig.engine.live(), rig.engine.tally().elsewhere), (0, 2));
    assert_eq!(rig.phone().link, None);
}

#[test]
fn who_is_bound_is_tried_before_who_is_not() {
    let mut rig = rig();
    rig.turn([Input::Operator(TELENOR, Report::Down)]);
    let alert = credit(&rig, "1");
    let first = rig.one(alert);
    let second = rig.one(refused(first.0, first.1));
    assert_eq!(second.0, VIP);
    assert_eq!(rig.leaves([refused(VIP, second.1)]), [], "it waits for the last one");
    assert_eq!(rig.one(Input::Operator(TELENOR, Report::Up)).0, TELENOR);
}

#[test]
fn a_stranger_is_answered_where_he_asked_or_not_at_all() {
    let mut rig = rig();
    let (lane, token) = rig.one(on(VIP, deliver(STRANGER, "5622", "INFO")));
    assert_eq!((lane, rig.leaves([refused(lane, token)])), (VIP, Vec::new()));
    assert_eq!(rig.message(token).head.state, State::Failed);
    // A customer's reply is looked for like an alert, from the code that he texted.
    let (lane, token) = rig.one(on(MTS, deliver(PHONE, "5621", "INFO")));
    let (lane, _) = rig.one(refused(lane, token));
    assert_eq!(lane, TELENOR);
    assert_eq!(rig.message(token).open_body().unwrap().code, 5620);
    let (lane, token) = rig.one(on(VIP, deliver(PHONE, CODE, "INFO 2")));
    let (lane, _) = rig.one(refused(lane, token));
    assert_eq!((lane, rig.message(token).open_body().unwrap().code), (MTS, 5621));
}

#[test]
fn a_change_that_comes_again_is_answered_where_it_came() {
    let mut rig = rig();
    let change = || on(MTS, deliver(PHONE, "5621", "ODJAVA"));
    let (lane, token) = rig.one(change());
    let (lane, _) = rig.one(refused(lane, token));
    assert_eq!(lane, TELENOR);
    rig.turn([taken(lane, token)]);
    let (lane, again) = rig.one(change());
    assert!(lane == MTS && again != token, "a record of its own");
    let message = rig.message(again);
    assert_eq!(message.head.operator, rig.engine.operators[MTS]);
    assert_eq!(message.open_body().unwrap().code, 5621);
}

#[test]
fn what_was_accepted_in_part_stays_where_it_is() {
    let mut rig = rig();
    let long = "Kes kredit bez naknade. ".repeat(10);
    let bank = rig.engine.bank_id(0);
    put_offer(rig.engine.records(), bank, &long);
    let parts = rig.leaves([on(MTS, deliver(PHONE, "5621", "INFO"))]);
    assert_eq!(parts.len(), 2);
    let left = rig.leaves([taken(MTS, parts[0].1), refused(MTS, parts[1].1)]);
    assert_eq!(left, []);
    assert_eq!(rig.message(parts[0].1).head.state, State::Failed);
    // None of them was: both leave, as that operator cuts them.
    let parts = rig.leaves([on(MTS, deliver(PHONE, "5621", "INFO"))]);
    let left = rig.leaves(parts.iter().map(|(lane, token)| refused(*lane, *token)));
    assert_eq!(left.iter().map(|(lane, _)| *lane).collect::<Vec<_>>(), [TELENOR, TELENOR]);
}

#[test]
fn a_late_answer_of_who_was_left_is_no_news() {
    let mut rig = rig();
    let alert = credit(&rig, "1");
    let first = rig.one(alert);
    let copy = rig.one(on(MTS, unknown(first.1)));
    assert_eq!(copy.0, MTS);
    let elsewhere = rig.one(refused(MTS, copy.1));
    let temporary = Report::Submitted {
        token: elsewhere.1,
        status: Status(0x08),
        meaning: Meaning::Temporary,
        smsc_id: None,
    };
    rig.turn([Input::Operator(TELENOR, temporary)]);
    rig.turn([on(MTS, late(first.1))]);
    assert_eq!(rig.message(first.1).head.accepted, 0);
    assert_eq!(rig.engine.live(), 1);
}

#[test]
fn a_foreign_sender_is_refused_where_the_operators_setting_says_so() {
    for (foreign, received, refused) in [(Foreign::Serve, 1, 0), (Foreign::Refuse, 0, 1)] {
        let mut setup = country();
        setup.operators[TELENOR].foreign = foreign;
        let mut rig = Rig::with(setup);
        let orders = rig.turn([deliver("48601234567", "5620", "TR")]);
        let answered = orders.iter().find_map(|order| match order {
            Order::Respond { status, .. } => Some(*status),
            _ => None,
        });
        let expected = if refused == 1 { Status::RX_R_APPN } else { Status::ROK };
        assert_eq!(answered, Some(expected));
        let tally = rig.engine.tally();
        assert_eq!((tally.received, tally.foreign), (received, refused));
        let bank = rig.engine.bank_id(0);
        assert_eq!(rig.head(bank, 1).is_some(), received == 1, "nothing of it is stored");
        rig.turn([deliver(PHONE, "5620", "TR")]);
        assert_eq!(rig.engine.tally().received, received + 1, "his own are served");
    }
}
