//! `DuoTv`, `user1 DuoTv`: a month of a product, at the price of the list (PC-09, PC-16).

use minijinja::Value;

use super::pay::{ordered, payer};
use super::{Desk, Outcome};
use crate::sale::{Sale, Target};
use crate::service::order::Typed;
use crate::service::say::Say;
use crate::service::verb::Verb;
use crate::store::StoreError;

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Product {
    /// Which product, by its place in the service's list.
    pub place: u8,
    /// Whose; `None`: the customer's own.
    pub user: Option<Typed>,
    /// An amount was named, too.
    pub priced: bool,
}

impl Product {
    pub(super) fn carry_out(&self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        let service = desk.service;
        let found = service.purchases.as_ref();
        let found = found.and_then(|purchases| Some((purchases, purchases.product(self.place)?)));
        let Some((purchases, product)) = found else { return Ok(desk.say(Say::Unknown, &[])) };
        if desk.caller.is_stranger() {
            return Ok(desk.say(Say::NoCustomer, &[]));
        }
        if self.priced {
            let name = Value::from(product.name.as_str());
            let values = [("prod", name), ("amt", desk.amount(product.price))];
            return Ok(desk.say(Say::ProductPrice, &values));
        }
        let payer = payer(desk, purchases, Verb::Product, |contract| match &self.user {
            Some(user) => contract.purchases.users.iter().any(|known| known == user.reveal()),
            None => contract.purchases.products.contains(&product.name),
        });
        let Some((customer, _, account)) = payer else {
            return Ok(desk.say(Say::NotContracted, &[]));
        };
        // The customer's own is known at the seller by the phone that orders it.
        let target = match &self.user {
            Some(user) => Target::User(user.reveal().to_owned()),
            None => Target::Phone(desk.number),
        };
        let (what, amount, currency) = (product.name.clone(), product.price, service.currency);
        let sale = Sale { what, target, amount, currency };
        ordered(desk, purchases, (customer, account), sale, true)
    }
}
