//! An account's balance, on business days, at the time that its holder chose (SK-05).

use jiff::civil::Time;
use minijinja::Value;

use super::{Live, Reached, Told};
use crate::bank::{Bank, CustomerId};
use crate::base::now::Now;
use crate::calendar::local::Shown;
use crate::customer::Customer;
use crate::engine::Engine;
use crate::message::{About, Class};
use crate::report::{Reports, When};
use crate::service::topic::Topic;
use crate::store::{Store, StoreError};
use crate::subscription::Subscriptions;

impl<S: Store, B: Bank> Engine<S, B> {
    /// What a phone is told of its customer's accounts at this time of day; what is told is noted
    /// as told last. An account that the bank doesn't answer for is left out.
    pub(super) fn reports_told(
        &mut self,
        live: &Live,
        customer: CustomerId,
        contract: &Customer,
        phone: &Reached,
        at: Time,
        now: Now,
    ) -> Result<Vec<Told>, StoreError> {
        let setup = std::sync::Arc::clone(&self.setup);
        let service = &setup.services[live.place].service;
        let (bank, mut told) = (live.id.bank, Vec::new());
        let Some(texts) = &service.reports else { return Ok(told) };
        let mut reports = Reports::load(&self.draft, bank, customer, phone.id)?;
        if reports.is_empty() {
            return Ok(told);
        }
        let wanted = Subscriptions::load(&self.draft, bank, customer, phone.id)?;
        let local = service.zone.local(now.wall);
        for report in reports.at(at) {
            let about = About { topic: Topic::Report, item: report.item };
            let is_on = wanted.is_active(about.topic, about.item);
            let account = contract.accounts.get(usize::from(report.item));
            let account = account.filter(|account| is_on && !account.closed);
            let Some(account) = account else { continue };
            let book = self.bank.book(bank, &account.number, &self.draft)?;
            let Some(state) = book.filter(|state| report.tells(state.balance)) else { continue };
            let text = match report.when {
                When::Always => texts.text,
                When::Changed => texts.changed,
            };
            let values = [
                ("k", Value::from(account.kind.as_str())),
                ("n", Value::from(account.ordinal)),
                ("acc", account.number.to_string().into()),
                ("bal", state.balance.styled(service.style).into()),
                ("cur", service.currency.as_str().into()),
                ("date", Shown::Date(local.date()).into()),
                ("time", Shown::Time(local.time()).into()),
            ];
            told.push(Told {
                customer,
                about: Some(about),
                class: Class::Report,
                text,
                wording: service.render(text, &values),
                subject: account.number.reveal().to_owned(),
            });
        }
        if !told.is_empty() {
            reports.save(&mut self.draft, bank, customer, phone.id);
        }
        Ok(told)
    }
}
