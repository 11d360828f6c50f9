//! The branch's forms: one form, one turn, one batch with all that follows from it.
//!
//! A form takes effect at once, also on what is queued: whatever was queued for a number is looked
//! at again when it is picked (`send`), and what was queued in this very turn is looked at, too.

use std::sync::Arc;

use super::door::{Response, Ticket};
use super::tell::Unasked;
use super::{Effect, Engine};
use crate::bank::{Bank, BankId};
use crate::base::access_code::AccessCode;
use crate::base::now::Now;
use crate::calendar::local::Shown;
use crate::command::forgive;
use crate::customer::note_leaver;
use crate::enrol::{Counter, Deed, Did, Field, Form, Notice, Occasion, Outcome, Refusal};
use crate::message::Class;
use crate::service::say::Say;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};

/// What a form's messages are called in records.
const ENROL: &str = "enrol";

const HASH_OCCASION: u8 = 36;

/// Messages that one form may lead to: room is kept for them before it is taken.
const NOTICES_MAX: usize = 2 * crate::base::limits::CONTRACT_PARTS_MAX;

impl<S: Store, B: Bank> Engine<S, B> {
    /// A form came in through the door. A dry one leaves no trace.
    pub(super) fn handle_form(
        &mut self,
        ticket: Ticket,
        bank: Option<usize>,
        dry: bool,
        form: &Form,
        now: Now,
    ) -> Result<(), StoreError> {
        let most = NOTICES_MAX.min(self.setup.options.live_max);
        let outcome = if !dry && !self.takes(most) {
            None
        } else {
            Some(Box::new(self.take_form(bank, dry, form, now)?))
        };
        self.effects.push(Effect::Response(ticket, Response::Enrol(outcome)));
        Ok(())
    }

    fn take_form(
        &mut self,
        place: Option<usize>,
        dry: bool,
        form: &Form,
        now: Now,
    ) -> Result<Outcome, StoreError> {
        let setup = Arc::clone(&self.setup);
        let mut services = setup.services.iter().enumerate();
        let found = services.find(|(_, entry)| {
            entry.service.name == form.service && place.is_none_or(|bank| bank == entry.bank)
        });
        let Some((service, entry)) = found else {
            let names = setup.services.iter().map(|entry| entry.service.name.as_str());
            let remedy = format!("write one of {}", names.collect::<Vec<_>>().join(", "));
            let refusal = Refusal::new(Field::of("service"), "isn't one of this bank's", remedy);
            return Ok(Outcome { refusals: vec![refusal], ..Outcome::default() });
        };
        let bank = self.banks[entry.bank];
        let digits = entry.service.code.as_ref().map(|rule| rule.digits);
        let code = digits.map(|digits| AccessCode::draw(digits, self.draft.dice()));
        let mark = dry.then(|| self.draft.mark());
        let mut counter = Counter::new(&mut self.draft, bank, &entry.service);
        counter.code = code;
        counter.serve(form)?;
        let forgiven = &counter.forgiven;
        if forgive(counter.records, bank, &forgiven.phones, &forgiven.cards)? {
            counter.outcome.deeds.push(Deed { field: Field::of("number"), did: Did::Unlocked });
        }
        if let Some(id) = counter.left {
            note_leaver(counter.records, bank, id, now.wall);
        }
        let (mut outcome, notices) = (counter.outcome, counter.notices);
        if let Some(mark) = mark {
            self.draft.go_back(mark);
            outcome.code = None;
            return Ok(outcome);
        }
        if !outcome.deeds.is_empty() {
            self.tally.enrolled += 1;
            self.callers.forget_all();
            self.look_again();
        }
        self.tally.forms_refused += u64::from(!outcome.refusals.is_empty());
        for notice in notices {
            self.queue_occasion(service, bank, notice, now);
        }
        Ok(outcome)
    }

    /// What a welcome or a farewell follows from: this number's, for this customer, in this
    /// generation of it. The form that orders it again finds it done, and queues none.
    fn cause_of(&self, notice: &Notice) -> u128 {
        let mut octets = vec![u8::from(notice.occasion == Occasion::Welcome)];
        octets.extend_from_slice(&notice.customer.map_or(0, |id| id.0).to_be_bytes());
        octets.extend_from_slice(&notice.number.word().to_be_bytes());
        octets.extend_from_slice(&notice.phone.generation.to_be_bytes());
        self.draft.keyring().hash(HASH_OCCASION, &octets)
    }

    /// Welcomes a number, or tells it that it is given up, if the service has words for it.
    fn queue_occasion(&mut self, service: usize, bank: BankId, notice: Notice, now: Now) {
        let setup = Arc::clone(&self.setup);
        let words = &setup.services[service].service;
        let role = match notice.occasion {
            Occasion::Welcome => Say::Welcome,
            Occasion::Left => Say::NumberLeft,
        };
        let Some(text) = words.text_for(role) else { return };
        let local = words.zone.local(now.wall);
        let values = [
            ("date", Shown::Date(local.date()).into()),
            ("time", Shown::Time(local.time()).into()),
        ];
        let class = Class::Alert;
        let cause = self.cause_of(&notice);
        let unasked = Unasked {
            customer: notice.customer,
            number: notice.number,
            phone: notice.phone,
            about: None,
            class,
            order: 0,
            cause,
            command: ENROL,
            worthless: now.wall + self.worthless_after(class),
            text,
            wording: words.render(text, &values),
        };
        self.queue_unasked(service, bank, unasked, now);
    }
}
