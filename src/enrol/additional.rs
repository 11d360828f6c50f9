//! Additional cards whose holders are to be told on their own phones, by the primary holder's order
//! at the counter (CA-22).

use super::contract::{AdditionalPart, Alert};
use super::counter::Counter;
use super::field::{Did, Field, Part, Refusal};
use crate::base::money::Minor;
use crate::customer::{Customer, Owner, PhoneId, owners_of_card};
use crate::store::StoreError;
use crate::subscription::{Subscription, Subscriptions};

impl Counter<'_> {
    /// The holder of an additional card is told of its use; not without a registered phone
    /// (CA-24).
    pub(super) fn tell_holder(
        &mut self,
        primary: &Customer,
        at: usize,
        part: &AdditionalPart,
        refusals: &[Refusal],
    ) -> Result<(), StoreError> {
        let place = Part::Additional(at);
        let field = Field::within(place, "reference");
        let Some((owner, holder)) = self.holder_of(primary, &part.reference)? else {
            let remedy = "write the reference of a card additional to one of his";
            self.refuse(field, "isn't additional to a card of his", remedy);
            return Ok(());
        };
        if holder.phones.is_empty() {
            let remedy = "enrol its holder's phone first";
            self.refuse(field, "its holder has no phone registered", remedy);
            return Ok(());
        }
        let mut changed = false;
        for number in &holder.phones {
            let phone = PhoneId::of(self.records.keyring(), *number);
            let before = Subscriptions::load(self.records, self.bank, owner.customer, phone)?;
            let mut list = before.clone();
            for (topic, alert) in &part.alerts {
                let field = Field::alert(place, *topic);
                if refusals.iter().all(|refusal| refusal.field != field) {
                    let (active, limit) = (*alert != Alert::Off, Minor::ZERO);
                    let (topic, item) = (*topic, owner.item);
                    list.contract(Subscription { topic, item, active, limit });
                }
            }
            if list != before {
                list.save(self.records, self.bank, owner.customer, phone);
                changed = true;
            }
        }
        if changed {
            self.did(Field::part(place), Did::Changed);
        }
        Ok(())
    }

    /// Whose card it is, if it is additional to one of the primary holder's.
    fn holder_of(
        &self,
        primary: &Customer,
        reference: &str,
    ) -> Result<Option<(Owner, Customer)>, StoreError> {
        for owner in owners_of_card(self.records, self.bank, reference)? {
            let holder = Customer::load(self.records, self.bank, owner.customer)?;
            let Some(holder) = holder else { continue };
            let card = holder.cards.get(usize::from(owner.item));
            let Some(of) = card.and_then(|card| card.primary.as_ref()) else { continue };
            let mut cards = primary.open_cards().map(|(_, card)| card);
            if cards.any(|card| card.primary.is_none() && card.reference == *of) {
                return Ok(Some((owner, holder)));
            }
        }
        Ok(None)
    }
}
