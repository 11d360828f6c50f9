//! The seed read, checked and loaded, as the rest of tellerd then finds it.

use super::*;
use crate::bank::embedded::EmbeddedBank;
use crate::bank::{Answer, AskId, Bank, Question, RateList};
use crate::base::dice::Dice;
use crate::base::money::{Minor, Rate};
use crate::base::msisdn::Msisdn;
use crate::base::now::{Mono, Now, Wall};
use crate::calendar::{Country, Options};
use crate::customer::{Caller, PhoneId};
use crate::service::topic::Topic;
use crate::store::draft::Draft;
use crate::store::memory::MemoryStore;
use crate::subscription::{Subscriptions, WHOLE_CUSTOMER};
use jiff::civil::date;

const TODAY: Date = Date::constant(2026, 11, 22);
const BANK: BankId = BankId(1);

fn kombank() -> Service {
    Service::read(include_str!("../../services/kombank.toml")).unwrap()
}

fn caller_at(draft: &Draft<MemoryStore>, number: &str) -> Caller {
    let phone = PhoneId::of(draft.keyring(), Msisdn::parse(number).unwrap());
    Caller::behind(draft, BANK, phone).unwrap()
}

fn loaded(text: &str) -> Draft<MemoryStore> {
    let mut dice = Dice::seeded(1);
    let store = MemoryStore::new(&mut dice);
    let mut draft = Draft::new(store.clone(), store.keyring(), dice);
    let seed = read(text).unwrap();
    assert_eq!(seed.check(&kombank()), []);
    let calendar = Calendar::new(Options::new(Country::Rs));
    seed.load(&mut draft, BANK, &kombank(), TODAY, &calendar).unwrap();
    draft
}

fn ask(records: &mut dyn Records, question: &Question) -> Answer {
    let mut bank = EmbeddedBank::default();
    let now = Now { mono: Mono::ZERO, wall: Wall::from_millis(1_795_345_200_000) };
    bank.ask(AskId(1), BANK, question, records, now).unwrap();
    bank.poll_answer().unwrap().1
}

fn rates(records: &mut dyn Records, on: Date) -> Option<RateList> {
    match ask(records, &Question::Rates { on, age_days_max: 0 }) {
        Answer::Rates(list) => Some(list),
        _ => None,
    }
}

const SHARED: &str = r#"
[[customer]]
id = "person"
holder = "natural"
[[customer.phone]]
number = "+381631112222"
operator = "telenor"
alerts = { loan = "on", offer = "off" }
[[customer.account]]
kind = "TR"
number = "1"
balance = "-1.50"
last = { date = "D-1", amount = "2.00" }
alerts = { credit = "off", debit = "5000.00" }
[[customer.account]]
kind = "TRS"
number = "2"
balance = "1"
[[customer.account]]
kind = "TR"
number = "3"
balance = "1"
alerts = { credit = "off" }

[[customer]]
id = "his firm"
holder = "legal"
[[customer.phone]]
number = "00381631112222"
operator = "telenor"
[[customer.phone]]
number = "+381601112222"
operator = "vip"
[[customer.account]]
kind = "T"
number = "4"
balance = "7"
alerts = { credit = "on" }
"#;

#[test]
fn a_phone_may_serve_a_person_and_a_firm() {
    let draft = loaded(SHARED);
    let caller = caller_at(&draft, "+381631112222");
    let ids: Vec<u64> = caller.customers.iter().map(|(id, _)| id.0).collect();
    assert_eq!(ids, [1, 2]);
    let ordinals: Vec<u16> =
        caller.accounts_of("TR").iter().map(|found| found.account.ordinal).collect();
    assert_eq!(ordinals, [1, 2]);
    assert_eq!(caller.accounts_of("T").len(), 1);
    let firm = caller_at(&draft, "+381601112222");
    assert_eq!(firm.phone.unwrap().operator.as_deref(), Some("vip"));
    assert_eq!(firm.customers.len(), 1);
}

#[test]
fn what_is_contracted_is_on_or_off_from_its_limit() {
    let draft = loaded(SHARED);
    let phone = PhoneId::of(draft.keyring(), Msisdn::parse("+381631112222").unwrap());
    let person = Subscriptions::load(&draft, BANK, CustomerId(1), phone).unwrap();
    let firm = Subscriptions::load(&draft, BANK, CustomerId(2), phone).unwrap();
    let state =
        |list: &Subscriptions, topic, item| list.find(topic, item).map(|s| (s.active, s.limit));
    assert_eq!(state(&person, Topic::Debit, 0), Some((true, Minor::whole(5_000))));
    assert_eq!(
        state(&person, Topic::Credit, 0),
        Some((false, Minor::whole(5_000))),
        "the limit is the account's (KB-35)"
    );
    assert_eq!(state(&person, Topic::Credit, 2), Some((false, Minor::whole(1_000))));
    assert_eq!(state(&person, Topic::Debit, 2), None);
    assert_eq!(state(&person, Topic::Credit, 1), None);
    assert_eq!(state(&person, Topic::Loan, WHOLE_CUSTOMER), Some((true, Minor::ZERO)));
    assert_eq!(state(&person, Topic::Offer, WHOLE_CUSTOMER), Some((false, Minor::ZERO)));
    assert_eq!(state(&firm, Topic::Credit, 0), Some((true, Minor::whole(10_000))));
}

#[test]
fn the_sample_bank_reads_fits_its_service_and_loads() {
    let mut draft = loaded(include_str!("../../examples/kombank.toml"));
    let p = caller_at(&draft, "+381631112222");
    assert_eq!(p.customer(), Some(CustomerId(1)));
    let number = p.accounts_of("TR")[1].account.number.clone();
    let Answer::Account(state) = ask(&mut draft, &Question::Account(number)) else {
        panic!("no account");
    };
    assert_eq!(state.balance, Minor::new(123_456_789));
    assert_eq!(state.last.unwrap().date, date(2026, 11, 19));
    let card = p.cards(None).next().unwrap().card.reference.clone();
    let Answer::Card(card) = ask(&mut draft, &Question::Card(card)) else { panic!("no card") };
    assert_eq!((card.expires, card.available), (date(2028, 11, 22), Minor::new(9_721_540)));
    let loan = crate::bank::AccountNumber::new("205-0001000111205-51");
    let Answer::Account(loan) = ask(&mut draft, &Question::Account(loan)) else {
        panic!("no loan");
    };
    assert_eq!(loan.balances[0].amount, Minor::whole(41_250));
    let w = caller_at(&draft, "+381631119999");
    let number = w.accounts_of("TR")[0].account.number.clone();
    let mut bank = EmbeddedBank::default();
    let now = Now { mono: Mono::ZERO, wall: Wall::from_millis(0) };
    bank.ask(AskId(1), BANK, &Question::Account(number), &mut draft, now).unwrap();
    assert_eq!(bank.poll_answer(), None, "W's account never answers");
    for stranger in ["+381622223333", "+381652223333", "+381602223333", "+381622224444"] {
        assert!(caller_at(&draft, stranger).is_stranger(), "{stranger}");
    }
}

#[test]
fn every_working_day_has_rates_and_the_last_has_those_of_the_file() {
    let mut draft = loaded(include_str!("../../examples/kombank.toml"));
    let eur = |list: RateList| list.rates[0].middle;
    let last = rates(&mut draft, date(2026, 11, 20)).unwrap();
    assert_eq!(last.rates.len(), 5);
    assert_eq!(eur(last), Rate::new(1_171_748));
    for day in [date(2026, 11, 21), TODAY, date(2026, 11, 11), date(2026, 9, 22)] {
        assert!(rates(&mut draft, day).is_none(), "{day}");
    }
    for day in [date(2026, 11, 19), date(2026, 9, 23)] {
        let older = eur(rates(&mut draft, day).unwrap()).get();
        assert!(older != 1_171_748 && (older - 1_171_748).abs() < 1_000, "{day} {older}");
    }
    let archived = rates(&mut draft, date(2002, 5, 15)).unwrap();
    assert_eq!(eur(archived), Rate::new(606_829));
}

#[test]
fn all_faults_are_told_at_once_each_at_its_place() {
    let text = r#"
[rates]
days = 5
lines = [{ currency = "euro", buy = "2", middle = "1", sell = "x" }]
[[customer]]
id = "A"
holder = "natural"
[[customer.phone]]
number = "0631112222"
alerts = { loan = "yes" }
[[customer.account]]
kind = "TR"
number = "1"
balance = "1,00"
last = { date = "yesterday", amount = "1" }
[[customer.account]]
kind = "TR"
number = "1"
balance = "1.00"
[[customer.card]]
last4 = "160"
kind = "Visa"
reference = "5412751234581600"
expires = "D+24 moons"
"#;
    let faults = read(text).unwrap_err();
    let places: Vec<&str> = faults.iter().map(|fault| &text[fault.span.clone()]).collect();
    let expected = [
        "\"euro\"",
        "\"1\"",
        "\"x\"",
        "\"0631112222\"",
        "\"yes\"",
        "\"1,00\"",
        "\"yesterday\"",
        "\"1\"",
        "\"160\"",
        "\"5412751234581600\"",
        "\"D+24 moons\"",
    ];
    assert_eq!(places, expected);
    let unknown = read("[[customer]]\nid = \"A\"\nholder = \"natural\"\npin = \"1\"").unwrap_err();
    assert!(unknown[0].what.contains("pin"), "{unknown:?}");
}

#[test]
fn what_the_service_does_not_allow_is_a_fault() {
    let text = r#"
[[customer]]
id = "A"
holder = "natural"
phone = [{ number = "+381631112222", operator = "telenor", alerts = { block = "on", credit = "on", offer = "5.00" } }]
[[customer.account]]
kind = "T"
number = "1"
alerts = { debit = "on" }
[[customer.account]]
kind = "XY"
number = "2"
[[customer.account]]
kind = "TR"
number = "3"
balance = "1"
alerts = { credit = "999.99", debit = "2000.00" }
[[customer.account]]
kind = "DR"
number = "4"
balance = "1"
alerts = { credit = "1000.00" }
[[customer]]
id = "B"
holder = "legal"
phone = [{ number = "+381631112222", operator = "telenor", alerts = { loan = "on" } }]
[[customer.card]]
last4 = "1600"
kind = "Visa"
reference = "x"
expires = "D"
query = true
alerts = { offer = "on" }
"#;
    let faults = read(text).unwrap().check(&kombank());
    let whats: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
    let expected = [
        "this notice isn't for natural persons",
        "this alert isn't of a whole customer",
        "this alert has no limit",
        "`T` isn't for natural persons",
        "this account has no balance",
        "`T` has no such alert",
        "no account is called so",
        "this account has no balance",
        "the smallest limit of `TR` is larger",
        "both directions of an account have the same limit",
        "this alert has no limit",
        "this notice isn't for legal persons",
        "questions about cards aren't for legal persons",
        "this card may be asked about, and there is nothing to tell",
        "a card has no such alert",
    ];
    assert_eq!(whats, expected);
}

#[test]
fn what_a_service_with_codes_does_not_allow_is_a_fault() {
    let text = r#"
[[customer]]
id = "three phones, and a code of seven digits"
holder = "natural"
code = "4829134"
phone = [{ number = "+48601234567" }, { number = "+48601234568" }, { number = "+48601234569" }]
[[customer.account]]
kind = "ROR"
number = "1"
balance = "1"
alerts = { credit = "on" }
alerts_to = 4
report = { at = "09:00", when = "always" }
[[customer]]
id = "no code"
holder = "legal"
"#;
    let whats = |service: &Service| -> Vec<String> {
        read(text).unwrap().check(service).into_iter().map(|fault| fault.what).collect()
    };
    let with_codes = Service::read(include_str!("../../services/sms-kontakt.toml")).unwrap();
    let expected = [
        "an access code here has 6 digits",
        "the service has 2 phones for a customer",
        "the customer has no such phone",
        "the service has no reports at this time",
        "the customer has no access code",
    ];
    assert_eq!(whats(&with_codes), expected);
    assert_eq!(whats(&kombank())[0], "the service asks for no access code");
    let spoilt = read(&text.replace("4829134", "48291A")).unwrap_err();
    assert_eq!(spoilt[0].what, "this is no access code");
    assert!(!format!("{spoilt:?}").contains("48291A"), "no code is repeated");
}
