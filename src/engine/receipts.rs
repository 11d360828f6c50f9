//! What becomes of a message behind the SMSC: receipts, and where none comes, a question.
//!
//! A part that is accepted with a receipt asked for is awaited, on disk, under the SMSC's id of it.
//! A receipt finds it there, or by the reference that it echoes; one that comes before the
//! submit_sm_resp waits for it. What has waited for too long is asked about (query_sm) where the
//! operator answers that, and is then `Unheard`.

use std::ops::ControlFlow;

use super::receive::Door;
use super::{Effect, Engine};
use crate::bank::{Bank, BankId};
use crate::base::limits::SMSC_ID_OCTETS_MAX;
use crate::base::msisdn::Msisdn;
use crate::base::now::Now;
use crate::inbox::address;
use crate::message::{Message, MessageId, OperatorId, State};
use crate::operator::Order;
use crate::outbox::receipts::{AWAITED, Awaited, Said, place, places, read_place, sign};
use crate::outbox::{of_token, token};
use crate::smpp::deliver::DeliverSm;
use crate::smpp::receipt::{Receipt, State as Told};
use crate::smpp::status::Status;
use crate::store::draft::{Records, decode, scan_each};
use crate::store::{Key, Store, StoreError};

/// Awaited parts that are looked at in one round of the housekeeping.
const LOOKED_AT_MAX: usize = 512;

/// Questions that are open at one time.
const QUERIES_MAX: usize = 16;

/// How often a part is asked about before it counts as unheard.
const ASKED_MAX: u8 = 3;

/// How long after a question a part is looked at again.
const ASKED_AGAIN: std::time::Duration = std::time::Duration::from_secs(3_600);

impl<S: Store, B: Bank> Engine<S, B> {
    /// A receipt: acknowledged, whatever it is of.
    pub(super) fn handle_receipt(
        &mut self,
        door: Door,
        deliver: &DeliverSm<'_>,
        receipt: &Receipt<'_>,
        now: Now,
    ) -> Result<(), StoreError> {
        self.tally.receipts += 1;
        self.respond(door, Status::ROK);
        let Some(state) = receipt.state else {
            self.tally.receipts_unmatched += 1;
            return Ok(());
        };
        let said = Said { state, network_error: receipt.network_error };
        // Some SMSCs leave source and destination as they were in the submit_sm.
        let country = self.setup.operators[door.lane].form.country;
        let numbers = [deliver.source, deliver.destination]
            .map(|number| address::subscriber(number, &country));
        if let Some(id) = receipt.id
            && self.is_awaited(door.lane, id, &numbers, said, now)?
        {
            return Ok(());
        }
        if let Some(reference) = receipt.reference
            && let Some((bank, id, part)) = self.living(reference, &numbers)?
        {
            return self.tell(bank, id, part, said, now);
        }
        match receipt.id {
            Some(id) => {
                let phone = numbers[0].map_or(0, |number| sign(self.draft.keyring(), number));
                let place = place(self.draft.keyring(), self.operators[door.lane], id);
                self.early.keep(place, phone, said, now.mono);
            }
            None => self.tally.receipts_unmatched += 1,
        }
        Ok(())
    }

    /// Draws the consequence for the part that has this id; false where none is awaited.
    fn is_awaited(
        &mut self,
        lane: usize,
        id: &[u8],
        numbers: &[Option<Msisdn>; 2],
        said: Said,
        now: Now,
    ) -> Result<bool, StoreError> {
        let base = self.setup.operators[lane].receipt_ids;
        let ring = self.draft.keyring();
        let signs = numbers.map(|number| number.map(|number| sign(ring, number)));
        let (records, mut found): (&dyn Records, _) = (&self.draft, None);
        for (place, is_odd) in places(ring, self.operators[lane], base, id) {
            let Some(awaited) = records.read::<Awaited>(&place)? else { continue };
            if !is_odd || signs.contains(&Some(awaited.phone)) {
                found = Some((place, awaited, is_odd));
                break;
            }
        }
        let Some((place, awaited, is_odd)) = found else { return Ok(false) };
        self.tally.receipts_odd += u64::from(is_odd);
        if said.state.is_final() {
            self.draft.delete(place);
        }
        self.tell(awaited.bank, awaited.message, awaited.part, said, now)?;
        Ok(true)
    }

    /// The living message, and its part, that left with this reference to one of these numbers.
    fn living(
        &mut self,
        reference: u16,
        numbers: &[Option<Msisdn>; 2],
    ) -> Result<Option<(BankId, MessageId, u8)>, StoreError> {
        // A reference is the end of a token, so that every so many messages have the same.
        let (first, part) = of_token(u64::from(reference));
        let every = of_token(1 << 16).0.0;
        let Some(latest) = self.next_id.checked_sub(1) else { return Ok(None) };
        let behind = latest.wrapping_sub(first.0) % every;
        let mut id = latest.checked_sub(behind);
        let oldest = self.lives.len() as u64 * 2 + every;
        while let Some(candidate) = id.filter(|id| latest - id <= oldest) {
            let of = MessageId(candidate);
            if self.fetch(of)? && self.open_body(of)? {
                let found = self.opened(of).filter(|(head, body)| {
                    part < head.parts && body.phone().is_some_and(|p| numbers.contains(&Some(p)))
                });
                if let Some((head, _)) = found {
                    return Ok(Some((head.bank, of, part)));
                }
            }
            id = candidate.checked_sub(every);
        }
        Ok(None)
    }

    /// A part was accepted under this id: news of it is awaited, where a receipt was asked for,
    /// unless it has come already.
    pub(super) fn await_receipt(
        &mut self,
        id: MessageId,
        part: u8,
        smsc_id: Option<&[u8]>,
        now: Now,
    ) -> Result<(), StoreError> {
        let Some(lane) = self.lives.get(&id).map(|life| life.lane) else { return Ok(()) };
        let operator = &self.setup.operators[lane];
        let (base, wait) = (operator.receipt_ids, operator.receipt_wait);
        let wants = operator.form.registered_delivery != 0;
        let Some(smsc_id) = smsc_id.filter(|smsc_id| wants && smsc_id.len() <= SMSC_ID_OCTETS_MAX)
        else {
            return Ok(());
        };
        if !self.open_body(id)? {
            return Ok(());
        }
        let Some((head, body)) = self.opened(id) else { return Ok(()) };
        let (bank, known) = (head.bank, head.fate);
        let Some(number) = body.phone() else { return Ok(()) };
        let (ring, operator) = (self.draft.keyring(), self.operators[lane]);
        let (phone, place) = (sign(ring, number), place(ring, operator, smsc_id));
        if let Some((said, is_odd)) = self.early.take(ring, operator, base, smsc_id, phone) {
            self.tally.receipts_odd += u64::from(is_odd);
            self.tell(bank, id, part, said, now)?;
            if said.state.is_final() {
                return Ok(());
            }
        }
        let is_told = known.is_some_and(|fate| (fate.delivered | fate.lost) & (1 << part) != 0);
        if !is_told {
            let due = now.wall + wait;
            let smsc_id = smsc_id.to_vec();
            let awaited = Awaited { bank, message: id, part, phone, id: smsc_id, due, asked: 0 };
            let records: &mut dyn Records = &mut self.draft;
            records.write(place, &awaited);
        }
        Ok(())
    }

    /// Something was said of a part: noted, and the message's end if it was the last of it.
    fn tell(
        &mut self,
        bank: BankId,
        id: MessageId,
        part: u8,
        said: Said,
        now: Now,
    ) -> Result<(), StoreError> {
        let end = match said.state {
            Told::Delivered => Some(State::Delivered),
            Told::Undeliverable | Told::Deleted => Some(State::Undeliverable),
            Told::Expired => Some(State::Lapsed),
            Told::Rejected => Some(State::Rejected),
            Told::Enroute | Told::Accepted | Told::Unknown | Told::Other => None,
        };
        if end.is_none() {
            self.tally.receipts_underway += 1;
        }
        self.note_fate(bank, id, part, end, said.network_error, now)
    }

    /// Notes the end of a part, or only that the SMSC has it.
    fn note_fate(
        &mut self,
        bank: BankId,
        id: MessageId,
        part: u8,
        end: Option<State>,
        network_error: Option<(u8, u16)>,
        now: Now,
    ) -> Result<(), StoreError> {
        if self.fetch(id)? {
            let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
            let Some(message) = &mut life.message else { return Ok(()) };
            // Whoever has a receipt has the part, whatever became of our submit_sm_resp.
            message.head.accepted |= 1 << part;
            let whole =
                end.and_then(|end| message.head.note_fate(part, end, network_error, now.wall));
            Self::touch(&mut self.dirty, life);
            let all_heard = life.out == 0 && !life.is_over();
            whole.inspect(|end| self.count_fate(*end));
            if all_heard {
                self.settle_if_accepted(id, now)?;
            }
            return Ok(());
        }
        let (Some(end), Some(mut message)) = (end, Message::load(&self.draft, bank, id)?) else {
            return Ok(());
        };
        let whole = message.head.note_fate(part, end, network_error, now.wall);
        whole.inspect(|end| self.count_fate(*end));
        message.save(&mut self.draft);
        Ok(())
    }

    pub(super) fn count_fate(&mut self, end: State) {
        match end {
            State::Delivered => self.tally.delivered += 1,
            State::Unheard => self.tally.unheard += 1,
            _ => self.tally.undelivered += 1,
        }
    }

    /// Looks at some of the parts of which news is awaited, and asks about those that have waited
    /// for too long, or gives them up.
    pub(super) fn look_for_news(&mut self, now: Now) -> Result<(), StoreError> {
        self.early.expire(now.mono);
        let (mut due, mut seen, mut next) = (Vec::new(), 0, None);
        let prefix = AWAITED.key(0);
        let from = self.news_from.take();
        let read = decode::<Awaited>;
        scan_each(self.draft.store(), &prefix, from.as_ref(), read, |key, awaited| {
            let Some((operator, place)) = read_place(key) else { return ControlFlow::Continue(()) };
            if seen == LOOKED_AT_MAX {
                next = Some(place);
                return ControlFlow::Break(());
            }
            seen += 1;
            if awaited.due <= now.wall {
                due.push((operator, place));
            }
            ControlFlow::Continue(())
        })?;
        self.news_from = next;
        for (operator, place) in due {
            self.look_at_awaited(operator, place, now)?;
        }
        Ok(())
    }

    fn look_at_awaited(
        &mut self,
        operator: OperatorId,
        key: Key,
        now: Now,
    ) -> Result<(), StoreError> {
        let records: &dyn Records = &self.draft;
        // A receipt may have come for it in this turn.
        let Some(mut awaited) = records.read::<Awaited>(&key)? else { return Ok(()) };
        let Awaited { bank, message: id, part, .. } = awaited;
        let lane = self.operators.iter().position(|known| *known == operator);
        let setup = lane.map(|lane| &self.setup.operators[lane]);
        let answers = setup.is_some_and(|setup| setup.query);
        if answers && awaited.asked < ASKED_MAX {
            if self.queried.len() < QUERIES_MAX
                && let Some(lane) = lane
                && self.ask_smsc(lane, &key, &awaited)?
            {
                awaited.asked += 1;
                awaited.due = now.wall + ASKED_AGAIN;
                let records: &mut dyn Records = &mut self.draft;
                records.write(key, &awaited);
            }
            return Ok(());
        }
        self.draft.delete(key);
        // Where only failures are told, silence is good news.
        if setup.is_none_or(|setup| setup.form.registered_delivery == 2) {
            return Ok(());
        }
        self.note_fate(bank, id, part, Some(State::Unheard), None, now)
    }

    /// Asks the SMSC about a part; false where its message is no longer known.
    fn ask_smsc(&mut self, lane: usize, key: &Key, awaited: &Awaited) -> Result<bool, StoreError> {
        let Some(mut message) = Message::load(&self.draft, awaited.bank, awaited.message)? else {
            self.draft.delete(key.clone());
            return Ok(false);
        };
        let form = self.setup.operators[lane].form;
        let code = message.body(&self.draft)?.and_then(|body| body.code());
        let Some(source) = code.and_then(|code| form.source_of(code).ok()) else {
            self.draft.delete(key.clone());
            return Ok(false);
        };
        let token = token(awaited.message, awaited.part);
        self.queried.insert(token, key.clone());
        let order = Order::Query { token, id: awaited.id.clone(), source };
        self.effects.push(Effect::Order(lane, order));
        Ok(true)
    }

    /// What the SMSC said of a part that it was asked about.
    pub(super) fn handle_queried(
        &mut self,
        token: u64,
        state: Option<Told>,
        now: Now,
    ) -> Result<(), StoreError> {
        let Some(key) = self.queried.remove(&token) else { return Ok(()) };
        let records: &dyn Records = &self.draft;
        let (Some(state), Some(awaited)) = (state, records.read::<Awaited>(&key)?) else {
            return Ok(());
        };
        if state.is_final() {
            self.draft.delete(key);
        }
        let said = Said { state, network_error: None };
        self.tell(awaited.bank, awaited.message, awaited.part, said, now)
    }
}
