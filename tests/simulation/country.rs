//! The bank and its customers as the branch enrolled them, and what the daemon is set up with.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;
use tellerd::bank::embedded::{put_account, put_offer, put_rates};
use tellerd::bank::{
    AccountNumber, AccountState, BankId, CustomerId, Movement, RateLine, RateList,
};
use tellerd::base::dice::Dice;
use tellerd::base::money::{Minor, Rate};
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::base::secret::Secret;
use tellerd::customer::{Account, Customer, Phone, PhoneId};
use tellerd::engine::setup::{OperatorSetup, Options, Route, ServiceSetup, Setup};
use tellerd::operator::{Options as OperatorOptions, pacing};
use tellerd::service::Service;
use tellerd::service::file::Holder;
use tellerd::smpp::session::Options as SessionOptions;
use tellerd::smpp::status::Overrides;
use tellerd::store::draft::{Draft, Records};
use tellerd::store::memory::MemoryStore;
use tellerd::subscription::{Subscription, Subscriptions};

use super::people::{DIRECTIONS, People};
use super::plan::{OperatorPlan, Plan};

/// The first bank of a new store.
pub(crate) const BANK: BankId = BankId(1);
/// Where it answers.
pub(crate) const CODE: &str = "5622";
/// What it offers.
pub(crate) const OFFER: &str = "Novo: kes kredit bez naknade za obradu do kraja meseca. Ponuda vazi za sve klijente \
    koji primaju platu preko Banke, sa rokom otplate do sedam godina. Informacije u ekspoziturama.";
/// Accounts of each customer that answer; one more never does.
pub(crate) const ACCOUNTS: u16 = 2;
/// The wall clock at the start: 5 November 2026, 10:00 UTC.
pub(crate) const START_MS: i64 = 1_793_872_800_000;

/// What the daemon runs on.
pub(crate) fn setup(plan: &Plan) -> Setup {
    let text = include_str!("../../services/kombank.toml");
    let service = Service::read(text).expect("the shipped service has no faults");
    let operators = plan.operators.iter().map(|operator| {
        let mut setup = OperatorSetup::new(operator.name, "381", operator.rate);
        setup.form.registered_delivery = u8::from(operator.profile.receipts.is_some());
        setup
    });
    let route = |operator| Route {
        operator,
        code: ShortCode::parse(CODE).expect("a code"),
        service: 0,
        accepts: None,
        otherwise: None,
        help: true,
        // Nothing is told unasked; but a customer whom one operator refuses is tried at the others.
        alerts: true,
        price: None,
    };
    Setup {
        banks: vec![service.bank.clone()],
        services: vec![ServiceSetup { service, bank: 0 }],
        operators: operators.collect(),
        routes: (0..plan.operators.len()).map(route).collect(),
        ported: Arc::default(),
        options: Options { live_max: plan.live_max, ..Options::default() },
    }
}

/// How the daemon reaches an operator.
pub(crate) fn reach(plan: &OperatorPlan) -> OperatorOptions {
    let bind = |mode| SessionOptions {
        mode,
        system_id: "bank".into(),
        password: Secret::new("secret"),
        window: plan.window,
        ..SessionOptions::default()
    };
    OperatorOptions {
        name: plan.name.into(),
        binds: plan.modes.iter().map(|mode| bind(*mode)).collect(),
        pace: pacing::Options { rate: plan.rate, ..pacing::Options::default() },
        statuses: Overrides::default(),
        reconnect_min: Duration::from_secs(1),
        reconnect_max: Duration::from_secs(60),
        canary: None,
    }
}

/// The number of a customer's account.
pub(crate) fn account_number(customer: usize, ordinal: u16) -> String {
    format!("205-00010{customer:03}0{ordinal:02}21-63")
}

/// What is on it: five digits before the comma and no two alike.
pub(crate) fn balance(customer: usize, ordinal: u16) -> Minor {
    Minor::new(1_234_567 + customer as i64 * 100_003 + i64::from(ordinal) * 7_919)
}

/// Fills an empty store, as one batch.
pub(crate) fn enrol(store: &MemoryStore, plan: &Plan, people: &People, dice: Dice) {
    let mut draft = Draft::new(store.clone(), store.keyring(), dice);
    let records: &mut dyn Records = &mut draft;
    for customer in 0..plan.customers {
        enrol_customer(records, customer);
    }
    for phone in &people.phones {
        let Some(customer) = phone.customer else { continue };
        let id = CustomerId(customer as u64 + 1);
        let number = Msisdn::parse(&phone.number).expect("a number");
        let key = PhoneId::of(records.keyring(), number);
        Phone { customers: vec![id], ..Phone::default() }.save(records, BANK, key);
        let mut list = Subscriptions::default();
        for (item, directions) in phone.wants.iter().enumerate() {
            for (want, topic) in directions.iter().zip(DIRECTIONS) {
                let Some(want) = want else { continue };
                let (item, active, limit) = (item as u16, want.active, want.limit);
                list.contract(Subscription { topic, item, active, limit });
            }
        }
        list.save(records, BANK, id, key);
    }
    let rate = |currency: &str, middle: i64| RateLine {
        currency: currency.parse().expect("a currency"),
        unit: 1,
        buy: Rate::new(middle - 3_515),
        middle: Rate::new(middle),
        sell: Rate::new(middle + 3_515),
    };
    for day in 1..=5 {
        let rates = vec![rate("EUR", 1_171_748), rate("USD", 1_012_040)];
        put_rates(records, BANK, &RateList { date: date(2026, 11, day), rates });
    }
    put_offer(records, BANK, OFFER);
    draft.commit().expect("an empty store takes everything");
}

fn enrol_customer(records: &mut dyn Records, customer: usize) {
    let id = CustomerId(customer as u64 + 1);
    let account = |ordinal| Account {
        kind: "TR".into(),
        ordinal,
        number: AccountNumber::new(account_number(customer, ordinal)),
        closed: false,
    };
    let accounts = (1..=ACCOUNTS + 1).map(account).collect();
    let contract = Customer { accounts, ..Customer::new(Holder::Natural) };
    contract.save(records, BANK, id).expect("an empty store takes everything");
    for ordinal in 1..=ACCOUNTS + 1 {
        let last = Movement {
            date: date(2026, 11, 4),
            amount: Minor::whole(-2_500),
            text: "Prodavnica".into(),
        };
        let balance = balance(customer, ordinal);
        let state = AccountState { balance, last: Some(last), ..AccountState::default() };
        let number = AccountNumber::new(account_number(customer, ordinal));
        let answers = (ordinal <= ACCOUNTS).then_some(state);
        put_account(records, BANK, id, &number, answers);
    }
}

/// The durable subscriptions of a phone, in the model's form.
pub(crate) fn wants(records: &dyn Records, number: &str, customer: usize) -> super::people::Wants {
    let key = PhoneId::of(records.keyring(), Msisdn::parse(number).expect("a number"));
    let list = Subscriptions::load(records, BANK, CustomerId(customer as u64 + 1), key);
    let list = list.expect("subscriptions are readable");
    let mut wants = super::people::Wants::default();
    for (item, directions) in wants.iter_mut().enumerate() {
        for (want, topic) in directions.iter_mut().zip(DIRECTIONS) {
            *want = list
                .find(topic, item as u16)
                .map(|found| super::people::Want { active: found.active, limit: found.limit });
        }
    }
    wants
}

/// The setup, shared as the engine wants it.
pub(crate) fn shared(plan: &Plan) -> Arc<Setup> {
    Arc::new(setup(plan))
}
