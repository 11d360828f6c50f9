//! From an event to the customers who are told of it, and their words.
//!
//! A pure look-up: whose account or card it is, which of their phones subscribed to a topic that
//! the service tells of for such an event, from which amount on. One event makes at most one alert
//! for a phone and a rule, however many ways lead there (a joint account, a card of one's own and
//! an additional one: CA-01).

use std::collections::BTreeSet;

use jiff::civil::Date;
use minijinja::Value;

use crate::bank::event::{Authorization, Event, EventKind, News, Posting};
use crate::bank::{BankId, CustomerId};
use crate::base::limits::DESCRIPTION_CHARS_MAX;
use crate::base::money::Minor;
use crate::base::msisdn::Msisdn;
use crate::calendar::local::Shown;
use crate::customer::{
    Card, Customer, LOAN, Owner, Phone, PhoneId, owners_of_account, owners_of_card,
};
use crate::message::{About, Class};
use crate::service::texts::TextId;
use crate::service::topic::Topic;
use crate::service::{AlertRule, Service};
use crate::store::StoreError;
use crate::store::draft::Records;
use crate::subscription::{Subscriptions, WHOLE_CUSTOMER};

/// What one phone is to be told.
pub struct Alert {
    /// Whose subscription it is.
    pub customer: CustomerId,
    /// The phone.
    pub number: Msisdn,
    /// What is known of it.
    pub phone: Phone,
    /// The subscription that it follows from.
    pub about: About,
    /// How urgent it is.
    pub class: Class,
    /// Which text.
    pub text: TextId,
    /// Its wording.
    pub wording: String,
}

/// The class of an event's alerts.
pub fn class_of(kind: EventKind) -> Class {
    match kind {
        EventKind::CardAuthorized => Class::Card,
        EventKind::OfferPublished => Class::Notice,
        _ => Class::Alert,
    }
}

/// Everyone of `bank` whom `service` tells of `event`.
pub fn alerts(
    event: &Event,
    service: &Service,
    bank: BankId,
    records: &dyn Records,
) -> Result<Vec<Alert>, StoreError> {
    let mut found = Vec::new();
    let card = card_of(event, bank, records)?;
    let rules = service.alerts.iter().filter(|rule| applies(rule, &event.news));
    for rule in rules {
        let mut told = BTreeSet::new();
        for (owner, topic) in concerned(event, rule, card.as_ref(), bank, records)? {
            let Some(contract) = Customer::load(records, bank, owner.customer)? else { continue };
            let item = if topic.is_of_item() { owner.item } else { WHOLE_CUSTOMER };
            let about = About { topic, item };
            for number in &contract.phones {
                let id = PhoneId::of(records.keyring(), *number);
                let list = Subscriptions::load(records, bank, owner.customer, id)?;
                let wanted = list.find(topic, item).filter(|wanted| wanted.active);
                let enough = wanted.is_some_and(|wanted| reaches(&event.news, wanted.limit));
                if !enough || !told.insert(id) {
                    continue;
                }
                let phone = Phone::load(records, bank, id)?.filter(|phone| !phone.suspended);
                let Some(phone) = phone else { continue };
                let values = values(event, rule, service, &contract, owner, card.as_ref());
                found.push(Alert {
                    customer: owner.customer,
                    number: *number,
                    phone,
                    about,
                    class: class_of(event.news.kind()),
                    text: rule.text,
                    wording: service.render(rule.text, &values),
                });
            }
        }
    }
    Ok(found)
}

fn applies(rule: &AlertRule, news: &News) -> bool {
    let outcome = match news {
        News::CardAuthorized(authorization) => Some(authorization.outcome),
        _ => None,
    };
    rule.event == news.kind() && rule.outcome.is_none_or(|wanted| Some(wanted) == outcome)
}

/// Whether the event's amount is one that a subscription from `limit` on wants (KB-17: from it on).
fn reaches(news: &News, limit: Minor) -> bool {
    match news {
        News::Credited(posting) | News::Debited(posting) => posting.amount >= limit,
        _ => true,
    }
}

/// Whose event it is, and by which topic they may want it.
fn concerned(
    event: &Event,
    rule: &AlertRule,
    card: Option<&Card>,
    bank: BankId,
    records: &dyn Records,
) -> Result<Vec<(Owner, Topic)>, StoreError> {
    let with = |owners: Vec<Owner>, topic| owners.into_iter().map(move |owner| (owner, topic));
    if let Some(number) = event.news.account() {
        return Ok(with(owners_of_account(records, bank, number)?, rule.topic).collect());
    }
    let Some(reference) = event.news.card() else { return Ok(Vec::new()) };
    let own = owners_of_card(records, bank, reference)?;
    let mut concerned: Vec<(Owner, Topic)> = with(own, rule.topic).collect();
    // Whoever holds the primary card may want to know of its additional ones (CA-10).
    if let (Topic::CardUse, Some(primary)) = (rule.topic, card.and_then(|c| c.primary.as_deref())) {
        concerned.extend(with(owners_of_card(records, bank, primary)?, Topic::AdditionalUse));
    }
    Ok(concerned)
}

type Pair = (&'static str, Value);

/// All that the text of an event may say.
fn values(
    event: &Event,
    rule: &AlertRule,
    service: &Service,
    contract: &Customer,
    owner: Owner,
    card: Option<&Card>,
) -> Vec<Pair> {
    let local = service.zone.local(event.time);
    let amount = |amount: Minor| Value::from(amount.styled(service.style));
    let day = |date: Option<Date>| Value::from(Shown::Date(date.unwrap_or(local.date())));
    let mut values: Vec<Pair> = vec![
        ("date", day(None)),
        ("time", Value::from(Shown::Time(local.time()))),
        ("type", Value::from(rule.word.as_str())),
    ];
    if let Some(number) = event.news.account() {
        values.push(("acc", Value::from(number.to_string())));
        let account = contract.accounts.get(usize::from(owner.item));
        if let Some(account) = account.filter(|_| owner.item != LOAN) {
            values.push(("k", Value::from(account.kind.as_str())));
            values.push(("n", Value::from(account.ordinal)));
        }
    }
    match &event.news {
        News::Credited(posting) | News::Debited(posting) => {
            values.extend(of_posting(posting, &amount));
        }
        News::CardAuthorized(authorization) => {
            values.extend(of_authorization(authorization, &amount));
            values.extend(card.into_iter().flat_map(of_card));
        }
        News::ChequeRealized(cheque) => {
            let number = cheque.number.0.as_str();
            values.extend([("num", Value::from(number)), ("amt", amount(cheque.amount))]);
        }
        News::OrderRejected(order) => values.extend([
            ("chan", Value::from(order.channel.name())),
            ("amt", amount(order.amount)),
            ("cur", Value::from(order.currency.as_str())),
            ("date", day(order.ordered)),
            ("desc", words(&order.reason.0)),
        ]),
        News::OverdraftExpiring(overdraft) | News::OverdraftCancelled(overdraft) => {
            values.extend([("limit", amount(overdraft.limit)), ("date", day(overdraft.date))]);
        }
        News::CardReissued(reissue) => {
            values.extend(card.into_iter().flat_map(of_card));
            values.extend([
                ("last4", Value::from(reissue.last4.as_str())),
                ("place", words(&reissue.place.0)),
                ("date", reissue.until.map_or(Value::UNDEFINED, |until| day(Some(until)))),
            ]);
        }
        News::DepositMaturing(deposit) => values.extend([
            ("amt", amount(deposit.amount)),
            ("cur", Value::from(deposit.currency.as_str())),
            ("date", day(Some(deposit.matures))),
            ("months", Value::from(deposit.months)),
            ("rate", amount(deposit.rate)),
        ]),
        News::LoanBalance(loan) => values.extend([
            ("amt", amount(loan.amount)),
            ("cur", Value::from(loan.currency.as_str())),
            ("date", day(loan.date)),
        ]),
        News::AccountBlocked(block) | News::AccountUnblocked(block) => {
            values.push(("amt", block.amount.map_or(Value::UNDEFINED, amount)));
        }
        News::OfferPublished(offer) => values.push(("text", Value::from(offer.text.0.as_str()))),
    }
    // Of two of one name the later one counts.
    values
}

fn of_posting(posting: &Posting, amount: &impl Fn(Minor) -> Value) -> Vec<Pair> {
    let mut values = vec![
        ("amt", amount(posting.amount)),
        ("cur", Value::from(posting.currency.as_str())),
        ("desc", words(&posting.description.0)),
        ("bal", posting.balance.map_or(Value::UNDEFINED, amount)),
    ];
    if !posting.type_word.0.is_empty() {
        values.push(("type", words(&posting.type_word.0)));
    }
    values
}

fn of_authorization(used: &Authorization, amount: &impl Fn(Minor) -> Value) -> [Pair; 5] {
    [
        ("amt", amount(used.amount)),
        ("cur", Value::from(used.currency.as_str())),
        ("place", words(&used.place.0)),
        ("bal", used.available.map_or(Value::UNDEFINED, amount)),
        ("cur2", used.available_currency.map_or(Value::UNDEFINED, |c| Value::from(c.as_str()))),
    ]
}

/// The card that was used, whoever is told of it.
fn card_of(event: &Event, bank: BankId, records: &dyn Records) -> Result<Option<Card>, StoreError> {
    let Some(reference) = event.news.card() else { return Ok(None) };
    for owner in owners_of_card(records, bank, reference)? {
        if let Some(contract) = Customer::load(records, bank, owner.customer)? {
            return Ok(contract.cards.get(usize::from(owner.item)).cloned());
        }
    }
    Ok(None)
}

/// The card as its holder calls it.
fn of_card(card: &Card) -> [Pair; 2] {
    [("kind", Value::from(card.kind.as_str())), ("last4", Value::from(card.last4.as_str()))]
}

fn words(text: &str) -> Value {
    Value::from(text.chars().take(DESCRIPTION_CHARS_MAX).collect::<String>())
}
