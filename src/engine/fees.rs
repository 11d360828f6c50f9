//! A message's fee, in the batch of its acceptance; parts and messages counted by operator.

use std::sync::Arc;

use super::Engine;
use super::setup::ServiceSetup;
use crate::bank::Bank;
use crate::base::now::{Now, Wall};
use crate::calendar::month::Month;
use crate::fee::{Fee, Ledger};
use crate::message::{About, MessageId};
use crate::service::fees::{Fees, Per};
use crate::service::topic::Topic;
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// Notes what an accepted message costs, if it costs anything: one that a customer got, about a
    /// card where cards are charged, in a text that isn't free.
    pub(super) fn note_fee(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        let Some(life) = self.lives.get(&id) else { return Ok(()) };
        let owner = self.banks.iter().position(|bank| *bank == life.bank);
        let takes_fees =
            |entry: &ServiceSetup| Some(entry.bank) == owner && entry.service.fees.is_some();
        if !setup.services.iter().any(takes_fees) || !self.open_body(id)? {
            return Ok(());
        }
        let Some((head, body)) = self.opened(id) else { return Ok(()) };
        let place = setup.service_called(&body.service);
        let place = place.filter(|place| takes_fees(&setup.services[*place]));
        let Some((place, customer)) = place.zip(head.customer) else { return Ok(()) };
        let service = &setup.services[place].service;
        let Some(fees) = &service.fees else { return Ok(()) };
        let is_free = service.find_text(&body.text).is_some_and(|text| fees.is_free(text));
        let Some(item) = charged_item(fees, head.about).filter(|_| !is_free) else { return Ok(()) };
        let ledger = self.ledger(place, self.open_month(place, fees, now.wall));
        ledger.note(&mut self.draft, customer, id, &Fee { item, amount: fees.message });
        Ok(())
    }

    /// The fees of a service and month.
    pub(super) fn ledger(&self, place: usize, month: Month) -> Ledger {
        let bank = self.banks[self.setup.services[place].bank];
        Ledger { bank, service: self.services[place], month }
    }

    /// The month that fees count to now: never one that is charged, whatever the clock says.
    pub(super) fn open_month(&self, place: usize, fees: &Fees, wall: Wall) -> Month {
        let month = fees.month_of(wall, &self.setup.services[place].service.zone);
        self.charged_month(place).map_or(month, |charged| month.max(charged.next()))
    }

    /// A part left: accepted, or nobody knows.
    pub(super) fn count_part(&mut self, id: MessageId, is_known: bool) {
        if let Some(life) = self.lives.get(&id) {
            self.usages.left(life.bank, self.operators[life.lane], is_known);
        }
    }

    /// Writes what went over the operators in this turn.
    pub(super) fn save_usages(&mut self, now: Now) -> Result<(), StoreError> {
        let (services, banks) = (&self.setup.services, &self.banks);
        self.usages.save(&mut self.draft, |bank| {
            let entry = services.iter().find(|entry| banks[entry.bank] == bank)?;
            Some(Month::of(entry.service.zone.date(now.wall)))
        })
    }
}

/// The card or account that a message is charged for, by its place in the customer's list.
fn charged_item(fees: &Fees, about: Option<About>) -> Option<u16> {
    let is_card = |topic| matches!(topic, Topic::CardUse | Topic::AdditionalUse);
    match fees.per {
        Per::Card => about.filter(|about| is_card(about.topic)).map(|about| about.item),
        Per::Account => {
            let account = about.filter(|about| about.topic.is_of_item() && !is_card(about.topic));
            Some(account.map_or(0, |about| about.item))
        }
    }
}
