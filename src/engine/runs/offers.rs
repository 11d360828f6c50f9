//! An offer reaches all who want to hear of offers (KB-47).

use super::{Reached, Told};
use crate::bank::event::{EventKind, News};
use crate::bank::{Bank, BankId, CustomerId};
use crate::engine::Engine;
use crate::message::{About, Class};
use crate::run::Kind;
use crate::service::Service;
use crate::service::topic::Topic;
use crate::store::{Store, StoreError};
use crate::subscription::{Subscriptions, WHOLE_CUSTOMER};

const ABOUT: About = About { topic: Topic::Offer, item: WHOLE_CUSTOMER };

impl<S: Store, B: Bank> Engine<S, B> {
    /// The services of a bank that tell of an offer, each with its run.
    pub(in crate::engine) fn runs_of(&self, bank: usize, news: &News) -> Vec<(usize, Kind)> {
        let News::OfferPublished(offer) = news else { return Vec::new() };
        let services = self.setup.services.iter().enumerate().filter(|(_, s)| s.bank == bank);
        let run = |(place, service): (usize, &Service)| {
            let rule = service.alerts.iter().find(|r| r.event == EventKind::OfferPublished)?;
            let wording = service.render(rule.text, &[("text", offer.text.0.as_str().into())]);
            let text = service.text_name(rule.text).to_owned();
            Some((place, Kind::Offer { text, wording }))
        };
        services.filter_map(|(place, entry)| run((place, &entry.service))).collect()
    }

    /// The offer, for a phone that wants it.
    pub(super) fn offer(
        &self,
        service: &Service,
        bank: BankId,
        customer: CustomerId,
        phone: &Reached,
        text: &str,
        wording: &str,
    ) -> Result<Option<Told>, StoreError> {
        let list = Subscriptions::load(&self.draft, bank, customer, phone.id)?;
        let wanted = list.is_active(ABOUT.topic, ABOUT.item);
        let Some(text) = service.find_text(text).filter(|_| wanted) else { return Ok(None) };
        Ok((!phone.phone.offers_refused).then(|| Told {
            customer,
            about: Some(ABOUT),
            class: Class::Notice,
            text,
            wording: wording.to_owned(),
            subject: String::new(),
        }))
    }
}
