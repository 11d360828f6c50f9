//! Reports: on business days at their hour, once for each local date whatever restarts and clocks
//! do; what changed since the last one; made up for while it makes sense.

use jiff::civil::{DateTime, Time};

use super::*;
use crate::bank::embedded::put_account;
use crate::base::money::Minor;
use crate::customer::Account;
use crate::report::{Reports, When};
use crate::service::topic::Topic;
use crate::subscription::{Subscription, Subscriptions};

const EIGHT: Time = Time::constant(8, 0, 0, 0);
const ACCOUNTS: [&str; 2] = ["PL01", "PL02"];

/// The rig in Poland: one account is told on every business day, the other if it changed.
fn rig() -> Rig {
    let mut setup = setup();
    let text = include_str!("../../../services/kombank.toml")
        .replace("country  = \"rs\"", "country  = \"pl\"")
        .replace("Europe/Belgrade", "Europe/Warsaw")
        .replace(
            "\n[say]\n",
            "\n[reports]\nat = [\"08:00\"]\nuntil = \"20:00\"\ntext = \"rep\"\n\
             changed = \"rep.chg\"\n\n[say]\n",
        )
        .replace(
            "\n[texts]\n",
            "\n[texts]\n\"rep\" = \"{acc} {date} {time}: {bal}\"\n\
             \"rep.chg\" = \"{acc} changed: {bal}\"\n",
        );
    setup.services[0].service = Service::read(&text).unwrap();
    setup.routes[0].alerts = true;
    let mut rig = Rig::with(setup);
    let bank = rig.engine.bank_id(0);
    let records = rig.engine.records();
    let number = Msisdn::parse(PHONE).unwrap();
    let id = PhoneId::of(records.keyring(), number);
    let mut contract = Customer::new(Holder::Natural);
    contract.phones.push(number);
    let (mut list, mut reports) = (Subscriptions::default(), Reports::default());
    for (item, account) in (0..).zip(ACCOUNTS) {
        let number = AccountNumber::new(account);
        contract.accounts.push(Account {
            kind: "TR".into(),
            ordinal: item + 1,
            number,
            closed: false,
        });
        let (topic, limit) = (Topic::Report, Minor::ZERO);
        list.contract(Subscription { topic, item, active: true, limit });
        reports.contract(item, EIGHT, if item == 0 { When::Always } else { When::Changed });
    }
    contract.save(records, bank, CustomerId(1)).unwrap();
    list.save(records, bank, CustomerId(1), id);
    reports.save(records, bank, CustomerId(1), id);
    ACCOUNTS.iter().for_each(|account| book(&mut rig, account, 100));
    rig
}

/// What the bank's books say of an account.
fn book(rig: &mut Rig, account: &str, units: i64) {
    let bank = rig.engine.bank_id(0);
    let state = AccountState { balance: Minor::whole(units), ..AccountState::default() };
    let number = AccountNumber::new(account);
    put_account(rig.engine.records(), bank, CustomerId(1), &number, Some(state));
    rig.turn([]);
}

/// It becomes that time in Warsaw; the wordings that leave, and are accepted.
fn at(rig: &mut Rig, time: &str) -> Vec<String> {
    let time: DateTime = time.parse().unwrap();
    let wall = rig.setup.services[0].service.zone.wall(time.date(), time.time());
    let span = wall.since(rig.now.wall);
    rig.pass(span);
    let (mut said, mut inputs) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let sent = rig.sent(inputs.drain(..));
        inputs.push(Input::Operator(0, Report::Left(sent.len() as u32)));
        for token in sent {
            let (id, bank) = (crate::outbox::of_token(token).0, rig.engine.bank_id(0));
            let records = rig.engine.records();
            let mut message = Message::load(records, bank, id).unwrap().unwrap();
            said.push(message.body(records).unwrap().unwrap().reply.clone());
            inputs.push(accepted(token));
        }
    }
    rig.turn(inputs);
    said
}

#[test]
fn a_report_leaves_on_business_days_at_its_hour_once() {
    let mut rig = rig();
    // 23.12.2026 is a Wednesday; the 24th is a holiday in Poland since 2025 (2.4/28).
    assert!(at(&mut rig, "2026-12-23T07:59:00").is_empty());
    let first = at(&mut rig, "2026-12-23T08:00:01");
    assert_eq!(first, ["**01 23.12.2026 08:00: 100,00", "**02 changed: 100,00"]);
    rig.crash();
    rig.up();
    assert!(at(&mut rig, "2026-12-23T08:05:00").is_empty(), "once for each date");
    book(&mut rig, "PL02", 150);
    for holiday in ["2026-12-24", "2026-12-25", "2026-12-26", "2026-12-27"] {
        assert!(at(&mut rig, &format!("{holiday}T08:00:01")).is_empty(), "{holiday}");
    }
    let monday = at(&mut rig, "2026-12-28T08:00:01");
    assert_eq!(monday, ["**01 28.12.2026 08:00: 100,00", "**02 changed: 150,00"]);
    let tuesday = at(&mut rig, "2026-12-29T08:00:01");
    assert_eq!(tuesday, ["**01 29.12.2026 08:00: 100,00"], "the other didn't change");
}

#[test]
fn a_report_that_was_missed_is_made_up_for_on_the_same_day_only() {
    let mut rig = rig();
    at(&mut rig, "2026-12-01T12:00:00");
    // The process is away from here on.
    let away = |rig: &mut Rig, until: &str| {
        let until: DateTime = until.parse().unwrap();
        let wall = rig.setup.services[0].service.zone.wall(until.date(), until.time());
        let span = wall.since(rig.now.wall);
        rig.pass(span);
        rig.crash();
        rig.up();
    };
    away(&mut rig, "2026-12-02T15:00:00");
    assert_eq!(at(&mut rig, "2026-12-02T15:00:30").len(), 1, "still worth it");
    away(&mut rig, "2026-12-03T20:00:00");
    assert!(at(&mut rig, "2026-12-03T20:00:30").is_empty(), "too late");
    assert_eq!(at(&mut rig, "2026-12-04T08:00:30").len(), 1, "and not two the next day");
    // The clocks go forward on Sunday, 28.3.2027.
    at(&mut rig, "2027-03-26T08:00:30");
    assert!(at(&mut rig, "2027-03-28T12:00:00").is_empty());
    assert!(at(&mut rig, "2027-03-30T07:59:00").len() <= 1);
    assert_eq!(at(&mut rig, "2027-03-30T08:00:30").len(), 1);
}

#[test]
fn whoever_ended_his_report_gets_none() {
    let mut rig = rig();
    let bank = rig.engine.bank_id(0);
    let records = rig.engine.records();
    let id = PhoneId::of(records.keyring(), Msisdn::parse(PHONE).unwrap());
    let mut list = Subscriptions::load(records, bank, CustomerId(1), id).unwrap();
    list.deactivate(|subscription| subscription.item == 0);
    list.save(records, bank, CustomerId(1), id);
    assert_eq!(at(&mut rig, "2026-12-23T08:00:01"), ["**02 changed: 100,00"]);
}
