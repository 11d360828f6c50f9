//! Runs: everyone once, over crashes too; seconds of work at a time; an operator that is down holds
//! up nobody else; nothing is left of what is over.

use std::collections::BTreeMap;

use super::*;
use crate::bank::event::Event;
use crate::engine::setup::OperatorSetup;
use crate::message::Class;
use crate::outbox::of_token;
use crate::service::topic::Topic;
use crate::store::Read;
use crate::subscription::{Subscription, Subscriptions, WHOLE_CUSTOMER};

/// How many customers there are; `.ci/long` sets RECIPIENTS to a million.
fn customers() -> u64 {
    let asked = std::env::var("RECIPIENTS").ok();
    asked.map_or(1_200, |count| count.parse().expect("RECIPIENTS is a number"))
}

/// Parts a second of each operator.
const RATE: u32 = 50;
const OPERATORS: [&str; 2] = ["38164", "38160"];

fn phone_of(customer: u64) -> Msisdn {
    let prefix = OPERATORS[customer as usize % 2];
    Msisdn::parse(&format!("{prefix}{customer:07}")).unwrap()
}

/// Every tenth customer doesn't want to hear of offers.
fn wants(customer: u64) -> bool {
    !customer.is_multiple_of(10)
}

/// The rig with two operators and many customers; the last one's phone is the first one's, too.
fn rig() -> Rig {
    let mut setup = setup();
    let operator = |name, prefix: &str| OperatorSetup {
        prefixes: vec![prefix.to_owned()],
        ..OperatorSetup::new(name, "381", RATE)
    };
    setup.operators = vec![operator("mts", OPERATORS[0]), operator("vip", OPERATORS[1])];
    setup.routes[0].alerts = true;
    setup.routes.push(Route { operator: 1, ..setup.routes[0].clone() });
    let mut rig = Rig::with(setup);
    let bank = rig.engine.bank_id(0);
    let records = rig.engine.records();
    let customers = customers();
    for customer in 10..10 + customers {
        let shared = customer == 9 + customers;
        let number = if shared { phone_of(11) } else { phone_of(customer) };
        let id = PhoneId::of(records.keyring(), number);
        let mut contract = Customer::new(Holder::Natural);
        contract.phones.push(number);
        contract.save(records, bank, CustomerId(customer)).unwrap();
        let mut phone = Phone::load(records, bank, id).unwrap().unwrap_or_default();
        phone.customers.push(CustomerId(customer));
        phone.save(records, bank, id);
        let mut list = Subscriptions::default();
        list.contract(Subscription {
            topic: Topic::Offer,
            item: WHOLE_CUSTOMER,
            active: wants(customer),
            limit: crate::base::money::Minor::ZERO,
        });
        list.save(records, bank, CustomerId(customer), id);
    }
    rig.turn([Input::Operator(0, Report::Up), Input::Operator(1, Report::Up)]);
    rig
}

fn offer(rig: &Rig) -> Input {
    let time = jiff::Timestamp::from_millisecond(rig.now.wall.as_millis()).unwrap();
    let json = format!(
        r#"{{"id":"1","source":"s","type":"offer.published","time":"{time}","data":{{"text":"Novo."}}}}"#
    );
    let event = Box::new(Event::parse(&json).unwrap());
    Input::Request(crate::engine::door::Ticket(1), Request::Event { bank: 0, event })
}

/// How often each number was written to; every part is accepted at once.
struct Heard {
    times: BTreeMap<u64, usize>,
    inputs: Vec<Input>,
    /// What passes before each turn.
    step: Duration,
}

impl Default for Heard {
    fn default() -> Heard {
        Heard { times: BTreeMap::new(), inputs: Vec::new(), step: SECOND }
    }
}

impl Heard {
    fn turn(&mut self, rig: &mut Rig) {
        rig.pass(self.step);
        rig.engine.turn(self.inputs.drain(..), rig.now).unwrap();
        while let Some(effect) = rig.engine.poll_effect() {
            if let Effect::Order(lane, Order::Submit { token, .. }) = effect {
                let (id, bank) = (of_token(token).0, rig.engine.bank_id(0));
                let records = rig.engine.records();
                let mut message = Message::load(records, bank, id).unwrap().unwrap();
                let number = message.body(records).unwrap().unwrap().phone;
                *self.times.entry(number).or_default() += 1;
                let (status, meaning) = (Status::ROK, Meaning::Ok);
                let heard = Report::Submitted { token, status, meaning, smsc_id: None };
                self.inputs.push(Input::Operator(lane, heard));
                self.inputs.push(Input::Operator(lane, Report::Left(1)));
            }
        }
    }

    fn all_wanting(&self, lane: Option<u64>) -> bool {
        let mut all = (10..9 + customers()).filter(|c| lane.is_none_or(|lane| c % 2 == lane));
        all.all(|c| {
            let times = self.times.get(&phone_of(c).word()).copied().unwrap_or(0);
            times == usize::from(wants(c))
        })
    }
}

/// Entries of runs and of their recipients.
fn left_of_runs(rig: &Rig) -> usize {
    let mut found = 0;
    for table in [Table::journal(72, "runs"), Table::journal(73, "recipients of runs")] {
        let count = &mut |_: &[u8], _: &[u8]| {
            found += 1;
            std::ops::ControlFlow::Continue(())
        };
        rig.engine.store().scan(&table.key(rig.engine.bank_id(0).0), None, count).unwrap();
    }
    found
}

#[test]
fn an_offer_reaches_everyone_once_over_crashes_and_holds_up_no_reply() {
    let mut rig = rig();
    let mut heard = Heard { inputs: vec![offer(&rig)], ..Heard::default() };
    let most = 2 * RATE as usize * 5;
    let mut fullest = 0;
    // A turn for each part that the contracts allow, and more for what a crash makes be sent anew.
    heard.step = SECOND / RATE;
    let turns = customers() / 2 + customers() / 10 + 2_000;
    let crash_every = 97.max(turns / 20);
    for turn in 0..turns {
        // Every now and then somebody else asks, and has his reply within two turns.
        let asking = format!("+3816499{:05}", turn / 97);
        if turn % 97 == 20 {
            heard.inputs.push(deliver(&asking, CODE, "INFO"));
        }
        heard.turn(&mut rig);
        fullest = fullest.max(rig.engine.live());
        if turn % 97 == 20 {
            heard.turn(&mut rig);
            let asking = Msisdn::parse(&asking).unwrap();
            assert_eq!(heard.times.get(&asking.word()), Some(&1), "turn {turn}");
        }
        if turn % crash_every == 50 {
            rig.crash();
            heard.inputs =
                vec![Input::Operator(0, Report::Up), Input::Operator(1, Report::Up), offer(&rig)];
        }
    }
    println!("{} told, the queue held {fullest} at most", heard.times.len());
    assert!(fullest <= most && fullest > most / 2, "{fullest}");
    assert!(heard.all_wanting(None), "each once, a shared phone too");
    assert_eq!((rig.engine.live(), left_of_runs(&rig)), (0, 0));
    assert!(!rig.engine.has_run_to_go(rig.now.wall));
}

#[test]
fn who_is_down_holds_up_nobody_else_and_is_told_once_up() {
    let mut rig = rig();
    let inputs = vec![Input::Operator(1, Report::Down), offer(&rig)];
    let mut heard = Heard { inputs, ..Heard::default() };
    (0..800).for_each(|_| heard.turn(&mut rig));
    assert!(heard.all_wanting(Some(0)) && !heard.all_wanting(Some(1)));
    assert_eq!(rig.engine.live(), 0, "nothing waits for the one that is down");
    assert_ne!(rig.engine.poll_timeout(rig.now), rig.now.mono, "and nothing goes round in vain");
    heard.inputs.push(Input::Operator(1, Report::Up));
    (0..800).for_each(|_| heard.turn(&mut rig));
    assert!(heard.all_wanting(None));
    assert_eq!(left_of_runs(&rig), 0);
}

#[test]
fn what_is_no_longer_worth_telling_is_told_to_nobody() {
    let mut rig = rig();
    let inputs = vec![Input::Operator(1, Report::Down), offer(&rig)];
    let mut heard = Heard { inputs, ..Heard::default() };
    (0..800).for_each(|_| heard.turn(&mut rig));
    assert!(left_of_runs(&rig) > 0);
    rig.pass(DAY);
    heard.inputs.push(Input::Operator(1, Report::Up));
    (0..10).for_each(|_| heard.turn(&mut rig));
    assert_eq!(left_of_runs(&rig), 0);
    assert!(
        !(10..9 + customers()).any(|c| c % 2 == 1 && heard.times.contains_key(&phone_of(c).word()))
    );
}

#[test]
fn a_reply_goes_before_a_run() {
    let mut rig = rig();
    let mut heard = Heard { inputs: vec![offer(&rig)], ..Heard::default() };
    (0..5).for_each(|_| heard.turn(&mut rig));
    assert!(rig.engine.live() > 100, "a queue of notices");
    heard.inputs.push(deliver(STRANGER, CODE, "INFO"));
    (0..2).for_each(|_| heard.turn(&mut rig));
    let stranger = Msisdn::parse(STRANGER).unwrap();
    assert_eq!(heard.times.get(&stranger.word()), Some(&1));
    let bank = rig.engine.bank_id(0);
    let notices =
        (1..2_000).filter(|id| rig.head(bank, *id).is_some_and(|head| head.class == Class::Notice));
    assert!(notices.count() > 100);
}

#[test]
fn a_clerk_holds_a_run_up_lets_it_go_on_and_ends_it() {
    let mut rig = rig();
    let mut heard = Heard { inputs: vec![offer(&rig)], ..Heard::default() };
    (0..3).for_each(|_| heard.turn(&mut rig));
    let number = rig.engine.runs.list[0].id.number;
    let steer = |steer| {
        let request = Request::Steer { bank: 0, run: number, steer };
        Input::Request(door::Ticket(2), request)
    };
    let told = |heard: &Heard| heard.times.values().sum::<usize>();
    heard.inputs.push(steer(door::Steer::Pause));
    (0..400).for_each(|_| heard.turn(&mut rig));
    let paused = told(&heard);
    assert!(paused > 0 && rig.engine.live() == 0, "what stood in the outbox has left");
    // A restart remembers it.
    rig.crash();
    heard.inputs = vec![Input::Operator(0, Report::Up), Input::Operator(1, Report::Up)];
    (0..30).for_each(|_| heard.turn(&mut rig));
    assert_eq!(told(&heard), paused);
    assert!(rig.engine.poll_timeout(rig.now) > rig.now.mono, "nothing spins meanwhile");
    heard.inputs.push(steer(door::Steer::Resume));
    (0..3).for_each(|_| heard.turn(&mut rig));
    assert!(told(&heard) > paused);
    // Nothing of it leaves any more, also not what waits for an operator that is down.
    let down = [Input::Operator(0, Report::Down), Input::Operator(1, Report::Down)];
    heard.inputs.extend(down);
    (0..3).for_each(|_| heard.turn(&mut rig));
    let before = told(&heard);
    assert!(rig.engine.live() > 0);
    heard.inputs.push(steer(door::Steer::Stop));
    heard.turn(&mut rig);
    heard.inputs.extend([Input::Operator(0, Report::Up), Input::Operator(1, Report::Up)]);
    (0..30).for_each(|_| heard.turn(&mut rig));
    assert_eq!((told(&heard), rig.engine.live(), left_of_runs(&rig)), (before, 0, 0));
    heard.inputs.push(steer(door::Steer::Stop));
    rig.engine.turn(heard.inputs.drain(..), rig.now).unwrap();
    let refused = |effect| matches!(effect, Effect::Response(_, door::Response::No("run", _)));
    assert!(std::iter::from_fn(|| rig.engine.poll_effect()).any(refused));
}
