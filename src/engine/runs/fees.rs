//! Whoever was charged for a month is told how much: once for each account (CA-32).

use super::{Reached, Told};
use crate::bank::{AccountNumber, Bank, CustomerId};
use crate::base::money::Minor;
use crate::calendar::local::Shown;
use crate::calendar::month::Month;
use crate::customer::Customer;
use crate::engine::Engine;
use crate::message::Class;
use crate::store::{Store, StoreError};
use crate::subscription::Subscriptions;

impl<S: Store, B: Bank> Engine<S, B> {
    /// What a phone is told of its customer's charges, if alerts of the service reach it.
    pub(super) fn fees_told(
        &self,
        place: usize,
        customer: CustomerId,
        contract: &Customer,
        phone: &Reached,
        month: Month,
    ) -> Result<Vec<Told>, StoreError> {
        let service = &self.setup.services[place].service;
        let Some(fees) = &service.fees else { return Ok(Vec::new()) };
        let (Some(text), ledger) = (fees.notice, self.ledger(place, month)) else {
            return Ok(Vec::new());
        };
        let list = Subscriptions::load(&self.draft, ledger.bank, customer, phone.id)?;
        let is_only = contract.phones.len() == 1;
        if !is_only && !list.iter().any(|wanted| wanted.active) {
            return Ok(Vec::new());
        }
        let mut sums: Vec<(Option<AccountNumber>, u32, Minor)> = Vec::new();
        for charge in ledger.charges_to(self.draft.store(), &self.draft, customer)? {
            match sums.iter_mut().find(|(account, ..)| *account == charge.account) {
                Some((_, messages, amount)) => {
                    *messages += charge.messages;
                    *amount = amount.plus(charge.amount);
                }
                None => sums.push((charge.account, charge.messages, charge.amount)),
            }
        }
        let told = |(account, messages, amount): (Option<AccountNumber>, u32, Minor)| {
            let mut values = vec![
                ("my", Shown::MonthYear(month.last_day()).into()),
                ("n", messages.into()),
                ("amt", amount.styled(service.style).into()),
                ("cur", fees.currency.as_str().into()),
            ];
            values.extend(account.as_ref().map(|account| ("acc", account.to_string().into())));
            Told {
                customer,
                about: None,
                class: Class::Report,
                text,
                wording: service.render(text, &values),
                subject: account.map(|account| account.reveal().to_owned()).unwrap_or_default(),
            }
        };
        Ok(sums.into_iter().map(told).collect())
    }
}
