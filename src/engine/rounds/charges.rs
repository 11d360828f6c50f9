//! A month's fees become charges: one line for each card or account, once (CA-32, CA-33).

use super::super::Engine;
use crate::bank::{Bank, CustomerId};
use crate::base::money::Minor;
use crate::base::now::Now;
use crate::calendar::month::Month;
use crate::customer::{Customer, PhoneId};
use crate::fee::Charge;
use crate::message::Class;
use crate::run::Kind;
use crate::service::fees::{Fees, Per};
use crate::service::topic::Topic;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};
use crate::subscription::Subscriptions;

impl<S: Store, B: Bank> Engine<S, B> {
    /// Charges a customer for a month; what is charged already stays as it is.
    pub(super) fn charge(
        &mut self,
        place: usize,
        customer: CustomerId,
        contract: &Customer,
        month: Month,
    ) -> Result<(), StoreError> {
        let ledger = self.ledger(place, month);
        for charge in self.charges_of(place, customer, contract, month)? {
            ledger.charge(&mut self.draft, customer, &charge)?;
        }
        Ok(())
    }

    /// A month is charged: whoever was is told, where the service says so.
    pub(super) fn tell_of_charges(&mut self, place: usize, month: Month, now: Now) {
        let fees = self.setup.services[place].service.fees.as_ref();
        if fees.is_some_and(|fees| fees.notice.is_some()) {
            let worthless = now.wall + self.worthless_after(Class::Report);
            self.begin_run(place, Kind::Fees(month), worthless);
        }
    }

    /// What a customer is to be charged for a month, as far as it is known now.
    pub(in crate::engine) fn charges_of(
        &self,
        place: usize,
        customer: CustomerId,
        contract: &Customer,
        month: Month,
    ) -> Result<Vec<Charge>, StoreError> {
        let Some(fees) = &self.setup.services[place].service.fees else { return Ok(Vec::new()) };
        let ledger = self.ledger(place, month);
        let mut sums = ledger.sums(self.draft.store(), customer)?;
        if fees.month > Minor::ZERO {
            for number in &contract.phones {
                let phone = PhoneId::of(self.draft.keyring(), *number);
                let list = Subscriptions::load(&self.draft, ledger.bank, customer, phone)?;
                for wanted in list.iter().filter(|s| s.active && has_line(fees, s.topic)) {
                    if !sums.iter().any(|(item, ..)| *item == wanted.item) {
                        sums.push((wanted.item, 0, Minor::ZERO));
                    }
                }
            }
        }
        sums.sort_by_key(|(item, ..)| *item);
        let charges = sums.into_iter().map(|(item, messages, amount)| {
            let amount = amount.plus(fees.month);
            charge(fees, contract, item, messages, amount)
        });
        Ok(charges.filter(|charge| charge.amount != Minor::ZERO).collect())
    }
}

/// Whether a subscription to this is of what has lines of its own.
fn has_line(fees: &Fees, topic: Topic) -> bool {
    let is_card = matches!(topic, Topic::CardUse | Topic::AdditionalUse);
    topic.is_of_item() && is_card == (fees.per == Per::Card)
}

fn charge(fees: &Fees, contract: &Customer, item: u16, messages: u32, amount: Minor) -> Charge {
    let at = usize::from(item);
    let card = contract.cards.get(at).filter(|_| fees.per == Per::Card);
    let account = match fees.per {
        Per::Card => card.and_then(|card| card.account.clone()),
        Per::Account => contract.accounts.get(at).map(|account| account.number.clone()),
    };
    Charge {
        item,
        card: card.map(|card| format!("{} *{}", card.kind, card.last4.as_str())),
        account,
        messages,
        amount,
        currency: fees.currency,
    }
}
