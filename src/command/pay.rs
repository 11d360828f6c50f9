//! What orders of money have in common: who pays, whether it was ordered before, and how its
//! outcome is told.

use jiff::civil::Date;
use minijinja::Value;

use super::{Desk, Outcome, Pair, Reply, say};
use crate::bank::{AccountNumber, CustomerId};
use crate::base::money::Minor;
use crate::calendar::local::Shown;
use crate::customer::Customer;
use crate::purchase::recent::{Cause, Recent};
use crate::purchase::{Body, Head, Purchase, State};
use crate::sale::Sale;
use crate::service::Service;
use crate::service::purchase::Purchases;
use crate::service::say::Say;
use crate::service::verb::Verb;
use crate::store::StoreError;
use crate::text::fold::{Script, fold};

/// An order that may be carried out: the contract allows it, and it is no repeat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Whose.
    pub customer: CustomerId,
    /// The account that pays.
    pub account: AccountNumber,
    /// What is bought.
    pub sale: Sale,
    /// It has a fixed price, and is exempt from the day's limit.
    pub is_product: bool,
    /// What its repeat is known by.
    pub cause: Cause,
    /// The local day that it counts to.
    pub day: Date,
}

impl Order {
    /// What it counts towards the day's limit.
    pub fn counts(&self) -> Minor {
        if self.is_product { Minor::ZERO } else { self.sale.amount }
    }
}

/// What a customer is told of an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tell {
    /// It is done; what is left on the account.
    Done(Minor),
    /// It isn't decided.
    Waits,
    /// It wasn't carried out, and nothing was taken.
    Failed,
    /// There isn't enough on the account.
    Funds,
    /// It was carried out before.
    Repeated,
    /// It wasn't carried out, for want of an answer of the bank: to be tried again later.
    Later,
}

/// Tells of an order in the service's words.
pub fn tell(service: &Service, head: &Head, body: &Body, what: Tell) -> Reply {
    let amount = |amount: Minor| Value::from(amount.styled(service.style));
    let target = Value::from(body.sale.target.reveal());
    let mut values: Vec<Pair> = vec![
        ("amt", amount(head.amount)),
        ("ref", Value::from(head.reference.to_string())),
        ("prod", Value::from(body.sale.what.as_str())),
        ("num", target.clone()),
        ("user", target),
    ];
    let role = match (what, body.is_product) {
        (Tell::Done(balance), is_product) => {
            values.push(("bal", amount(balance)));
            if is_product { Say::ProductDone } else { Say::TopUpDone }
        }
        (Tell::Waits, false) => Say::TopUpWaits,
        (Tell::Waits, true) => Say::ProductWaits,
        (Tell::Failed, false) => Say::TopUpFailed,
        (Tell::Failed, true) => Say::ProductFailed,
        (Tell::Funds, false) => Say::TopUpFunds,
        (Tell::Funds, true) => Say::ProductFunds,
        (Tell::Later, _) => Say::Later,
        (Tell::Repeated, is_product) => {
            let time = service.zone.local(head.received).time();
            let window = service.purchases.as_ref().map(|purchases| purchases.repeat);
            let minutes = window.unwrap_or_default().as_secs() / 60;
            values.push(("time", Value::from(Shown::Time(time))));
            values.push(("minutes", Value::from(minutes)));
            if is_product { Say::ProductRepeated } else { Say::TopUpRepeated }
        }
    };
    say(service, role, &values)
}

/// Whoever pays: the first account of the kinds that do, of a customer whose contract allows it.
pub(super) fn payer<'a>(
    desk: &Desk<'a>,
    purchases: &Purchases,
    verb: Verb,
    allows: impl Fn(&Customer) -> bool,
) -> Option<(CustomerId, &'a Customer, AccountNumber)> {
    purchases.from.iter().filter_map(|kind| desk.service.account(*kind)).find_map(|kind| {
        let accounts = desk.caller.accounts_asked(verb, &kind.word);
        accounts.into_iter().find_map(|found| {
            let mut customers = desk.caller.customers.iter();
            let (id, contract) = customers.find(|(id, _)| *id == found.customer)?;
            allows(contract).then(|| (*id, contract, found.account.number.clone()))
        })
    })
}

/// Lets an order pass, unless it is a repeat, or beyond what its customer may order in a day.
pub(super) fn ordered(
    desk: &mut Desk<'_>,
    purchases: &Purchases,
    (customer, account): (CustomerId, AccountNumber),
    sale: Sale,
    is_product: bool,
) -> Result<Outcome, StoreError> {
    let folded = fold(desk.text.chars(), Script::Sound);
    let (phone, code) = (desk.caller.id.0, desk.code.word());
    let cause = Cause::of(desk.records.keyring(), phone, code, folded.as_str());
    let recent = Recent::load(desk.records, desk.bank, customer)?;
    if let Some(reference) = recent.repeated(cause, purchases.repeat, desk.now) {
        desk.about = Some(reference);
        let first = Purchase::load(desk.records, desk.bank, reference)?;
        return Ok(match first {
            Some(Purchase { head, body: Some(body) }) => {
                Outcome::Say(standing(desk.service, &head, &body))
            }
            // Of a customer who is being forgotten: nothing is repeated, whatever it was.
            _ => desk.say(Say::Later, &[]),
        });
    }
    let day = desk.local.date();
    let order = Order { customer, account, sale, is_product, cause, day };
    if recent.sum(day).plus(order.counts()) > purchases.day_max && !is_product {
        return Ok(desk.say(Say::TopUpLimit, &[("amt", desk.amount(purchases.day_max))]));
    }
    Ok(Outcome::Buy(Box::new(order)))
}

/// What a repeat is answered: what became of the first.
pub fn standing(service: &Service, head: &Head, body: &Body) -> Reply {
    let what = match head.state {
        State::Sold | State::Done => Tell::Repeated,
        State::Failed => Tell::Failed,
        _ => Tell::Waits,
    };
    tell(service, head, body, what)
}
