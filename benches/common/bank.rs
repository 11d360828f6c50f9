//! What the benches share: generated customers of the shipped service, one operator, no limits in
//! the way.

use std::time::{Duration, Instant};

use jiff::civil::Date;
use tellerd::bank::embedded::{EmbeddedBank, put_account};
use tellerd::bank::{AccountNumber, AccountState, BankId, CustomerId, Movement};
use tellerd::base::money::Minor;
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::base::now::Now;
use tellerd::customer::{Account, Customer, Phone, PhoneId};
use tellerd::engine::Engine;
use tellerd::engine::setup::{OperatorSetup, Options, Setup};
use tellerd::service::Service;
use tellerd::service::file::Holder;
use tellerd::store::draft::Records;
use tellerd::store::{Store, StoreError};

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// The number of one of the generated customers.
pub(crate) fn phone(number: u64) -> String {
    format!("38163{number:07}")
}

/// The shipped service at one operator, without allowances; ended messages are purged at once.
pub(crate) fn setup(rate: u32) -> Setup {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/services/kombank.toml");
    let text = std::fs::read_to_string(file).expect("a service file");
    let mut service = Service::read(&text).expect("a service");
    (service.replies_per_minute, service.help_per_hour) = (u32::MAX, u32::MAX);
    Setup {
        options: Options { keep: Duration::ZERO, ..Options::default() },
        ..Setup::single(
            service,
            OperatorSetup::new("bench", "381", rate),
            ShortCode::parse("5622").expect("a code"),
        )
    }
}

/// So many customers with one account and one phone each.
pub(crate) fn enrol<S: Store>(engine: &mut Engine<S, EmbeddedBank>, customers: u64, now: Now) {
    engine
        .load_once(0, now, |records, bank| -> Result<(), StoreError> {
            (0..customers).try_for_each(|number| enrol_one(records, bank, number))
        })
        .expect("customers");
}

fn enrol_one(records: &mut dyn Records, bank: BankId, number: u64) -> Result<(), StoreError> {
    let customer = CustomerId(number + 1);
    let account = AccountNumber::new(format!("205-{number:013}-{:02}", number % 97));
    let kind = "TR".to_owned();
    let contract = Customer {
        phones: vec![Msisdn::parse(&phone(number)).expect("a number")],
        accounts: vec![Account { kind, ordinal: 1, number: account.clone(), closed: false }],
        ..Customer::new(Holder::Natural)
    };
    contract.save(records, bank, customer)?;
    let id = PhoneId::of(records.keyring(), contract.phones[0]);
    Phone { customers: vec![customer], ..Phone::default() }.save(records, bank, id);
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
