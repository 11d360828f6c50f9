//! What the benches share: generated customers of the shipped service, one operator, no limits in
//! the way.

use std::time::Instant;

use jiff::civil::Date;
use tellerd::bank::embedded::{EmbeddedBank, put_account};
use tellerd::bank::{AccountNumber, AccountState, BankId, CustomerId, Movement};
use tellerd::base::money::Minor;
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::base::now::Now;
use tellerd::customer::{Account, Customer, Phone, PhoneId};
use tellerd::engine::Engine;
use tellerd::engine::setup::{OperatorSetup, Setup};
use tellerd::service::Service;
use tellerd::service::file::Holder;
use tellerd::service::topic::Topic;
use tellerd::store::draft::Records;
use tellerd::store::{Store, StoreError};
use tellerd::subscription::{Subscription, Subscriptions};

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// The number of one of the generated customers.
pub(crate) fn phone(number: u64) -> String {
    format!("38163{number:07}")
}

/// So many customers a batch.
const ENROLLED_AT_ONCE: u64 = 20_000;

/// The account of one of them.
pub(crate) fn account(number: u64) -> String {
    format!("205-{number:013}-{:02}", number % 97)
}

/// The shipped service and options at one operator, without allowances.
pub(crate) fn setup(rate: u32) -> Setup {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/services/kombank.toml");
    let text = std::fs::read_to_string(file).expect("a service file");
    let mut service = Service::read(&text).expect("a service");
    (service.replies_per_minute, service.help_per_hour) = (u32::MAX, u32::MAX);
    let operator = OperatorSetup::new("bench", "381", rate);
    Setup::single(service, operator, ShortCode::parse("5622").expect("a code"))
}

/// So many customers with one account, one phone and one subscription each.
pub(crate) fn enrol<S: Store>(engine: &mut Engine<S, EmbeddedBank>, customers: u64, now: Now) {
    let bank = engine.bank_id(0);
    for number in 0..customers {
        enrol_one(engine.records(), bank, number).expect("a customer");
        if number % ENROLLED_AT_ONCE == 0 {
            engine.turn([], now).expect("a turn");
        }
    }
    engine.turn([], now).expect("a turn");
}

fn enrol_one(records: &mut dyn Records, bank: BankId, number: u64) -> Result<(), StoreError> {
    let customer = CustomerId(number + 1);
    let account = AccountNumber::new(self::account(number));
    let kind = "TR".to_owned();
    let contract = Customer {
        phones: vec![Msisdn::parse(&phone(number)).expect("a number")],
        accounts: vec![Account { kind, ordinal: 1, number: account.clone(), closed: false }],
        ..Customer::new(Holder::Natural)
    };
    contract.save(records, bank, customer)?;
    let id = PhoneId::of(records.keyring(), contract.phones[0]);
    Phone { customers: vec![customer], ..Phone::default() }.save(records, bank, id);
    let mut subscriptions = Subscriptions::default();
    for topic in [Topic::Credit, Topic::Debit] {
        let (limit, active) = (Minor::whole(1_000), topic == Topic::Credit);
        subscriptions.contract(Subscription { topic, item: 0, active, limit });
    }
    subscriptions.save(records, bank, customer, id);
    let state = AccountState {
        balance: Minor::new(number as i64 * 37),
        last: Some(Movement {
            date: Date::constant(2026, 11, 20),
            amount: Minor::new(-250_000),
            text: "Prodavnica".into(),
        }),
        overdraft: Some((Minor::whole(60_000), Date::constant(2027, 1, 1))),
        ..AccountState::default()
    };
    put_account(records, bank, customer, &account, Some(state));
    Ok(())
}
