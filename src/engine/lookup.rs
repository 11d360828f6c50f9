//! The view for a complaint: what was said with a number, when, and what became of it.
//!
//! There is no index by number: complaints are few, and an index would cost an entry with every
//! message. A bank's heads are looked through from the first message that came in since the day
//! that is asked about, which is found by halving, since ids grow with time; a page for each
//! request, so that who texts us meanwhile needn't wait, and whoever asks goes on from where it
//! ended.

use std::ops::ControlFlow;
use std::time::Duration;

use jiff::civil::{Date, Time};

use super::door::{MessageShown, Response, Said, Ticket};
use super::{Effect, Engine};
use crate::bank::{Bank, BankId};
use crate::base::msisdn::Msisdn;
use crate::base::now::{Now, Wall};
use crate::calendar::local::Zone;
use crate::customer::PhoneId;
use crate::message::{Head, Message, MessageId};
use crate::smpp::status::Status;
use crate::store::draft::Records;
use crate::store::{Landed, Store, StoreError};

/// How far back it goes where no day is said.
pub const DAYS: u64 = 7;

/// Heads looked through for one request.
const PAGE: usize = 4_096;

/// Messages shown in one answer.
const SHOWN_MAX: usize = 64;

impl<S: Store, B: Bank> Engine<S, B> {
    /// A page of what was said with a number of a bank (its place in the setup).
    pub(super) fn look_up(
        &mut self,
        ticket: Ticket,
        (place, number): (usize, Msisdn),
        since: Option<Date>,
        from: Option<MessageId>,
        now: Now,
    ) -> Result<(), StoreError> {
        let bank = self.banks[place];
        let from = match from {
            Some(from) => from,
            None => {
                let mut services = self.setup.services.iter();
                let zone = services.find(|entry| entry.bank == place).map(|e| &e.service.zone);
                let day = |day| zone.map(|zone| zone.wall(day, Time::midnight()));
                let week = now.wall - Duration::from_secs(DAYS * 86_400);
                self.first_since(bank, since.and_then(day).unwrap_or(week))?
            }
        };
        let phone = PhoneId::of(self.draft.keyring(), number);
        let (found, next) = self.page_of(bank, phone, from)?;
        let mut messages = Vec::with_capacity(found.len());
        for id in found {
            let Some(mut message) = Message::load(&self.draft, bank, id)? else { continue };
            message.body(&self.draft)?;
            messages.push(self.show_message(&message));
        }
        let said = Said { messages, next };
        self.effects.push(Effect::Response(ticket, Response::Messages(said)));
        Ok(())
    }

    /// The first message of a bank that came in at `since` or later, or where it would be.
    fn first_since(&self, bank: BankId, since: Wall) -> Result<MessageId, StoreError> {
        let (mut low, mut high) = (0, self.next_id);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.head_from(bank, MessageId(middle))? {
                Some(head) if head.received < since => low = head.id.0 + 1,
                _ => high = middle,
            }
        }
        Ok(MessageId(low))
    }

    /// The head of the first message of a bank from `from` on.
    fn head_from(&self, bank: BankId, from: MessageId) -> Result<Option<Head>, StoreError> {
        let mut found = None;
        Message::scan_heads(&Landed(self.draft.store()), bank, from, |head| {
            found = Some(head);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Which messages of the next page are of a phone, and where the page after it begins.
    fn page_of(
        &self,
        bank: BankId,
        phone: PhoneId,
        from: MessageId,
    ) -> Result<(Vec<MessageId>, Option<MessageId>), StoreError> {
        let (mut found, mut seen, mut next) = (Vec::new(), 0, None);
        Message::scan_heads(&Landed(self.draft.store()), bank, from, |head| {
            if seen == PAGE || found.len() == SHOWN_MAX {
                next = Some(head.id);
                return ControlFlow::Break(());
            }
            seen += 1;
            if head.phone == phone.0 {
                found.push(head.id);
            }
            ControlFlow::Continue(())
        })?;
        Ok((found, next))
    }

    fn show_message(&self, message: &Message) -> MessageShown {
        let (head, body) = (&message.head, message.open_body());
        let place = body.and_then(|body| self.setup.service_called(&body.service));
        let utc = Zone::default();
        let zone = place.map_or(&utc, |place| &self.setup.services[place].service.zone);
        let lane = self.operators.iter().position(|operator| *operator == head.operator);
        let status = Status(head.status);
        MessageShown {
            id: head.id,
            operator: lane.map_or("?", |lane| &self.setup.operators[lane].name).to_owned(),
            state: head.state.name(),
            received: zone.stamp(head.received),
            ended: head.ended.map(|ended| zone.stamp(ended)),
            heard: head.fate.map(|fate| zone.stamp(fate.heard)),
            attempts: head.attempts,
            parts: head.parts,
            status: (status != Status::ROK).then(|| status.to_string()),
            network_error: head.fate.and_then(|fate| fate.network_error),
            body: body.cloned(),
        }
    }
}
