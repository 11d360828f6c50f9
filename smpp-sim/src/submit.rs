//! submit_sm: who may, how fast, what id it gets, and what it says once its parts are joined
//! (SMPP 3.4, 4.4).

use std::collections::VecDeque;
use std::time::Duration;

use rusmpp::CommandId;
use rusmpp::pdus::{SubmitSm, SubmitSmResp};
use rusmpp::tlvs::TlvValue;
use rusmpp::values::Ton;

use crate::alphabet;
use crate::event::{ConnId, Event, Mode, SmsOut};
use crate::faults::Fault;
use crate::join::{Chunk, whole};
use crate::manner::{Record, Submits, Tlvs};
use crate::receipt::{Owed, ReceiptParts};
use crate::smsc::Smsc;
use crate::state::MessageState;
use crate::strict;
use crate::wire;

const OK: u32 = 0;
const WRONG_STATE: u32 = 0x04;
const INVALID_DESTINATION: u32 = 0x0B;
const TLV_NOT_ALLOWED: u32 = 0xC1;

/// The octets of a text that a receipt may repeat (appendix B).
const BEGINNING: usize = 20;

/// The parts of the last second, and the number of the last message.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    arrived: VecDeque<Duration>,
    accepted: VecDeque<Duration>,
    last_id: u64,
}

impl Pace {
    /// Ids begin above what is the same in decimal and in hex.
    fn next_id(&mut self) -> u64 {
        self.last_id = self.last_id.max(999) + 1;
        self.last_id
    }

    /// Counts a part; false if with it more than `rate` would stand in the last second.
    fn admits(&mut self, rate: Option<u32>, now: Duration) -> bool {
        forget(&mut self.arrived, now);
        self.arrived.push_back(now);
        let Some(rate) = rate else { return true };
        forget(&mut self.accepted, now);
        let admitted = self.accepted.len() < rate as usize;
        if admitted {
            self.accepted.push_back(now);
        }
        admitted
    }
}

fn forget(moments: &mut VecDeque<Duration>, now: Duration) {
    while moments.front().is_some_and(|at| *at + Duration::from_secs(1) <= now) {
        moments.pop_front();
    }
}

impl Smsc {
    pub(crate) fn submit(&mut self, conn: ConnId, sequence: u32, submit: &SubmitSm) {
        if self.swallows(conn) {
            return;
        }
        let to = self.destination(submit);
        let without_tlvs;
        let (submit, judged) = match self.profile.tlvs {
            Tlvs::Read => (submit, self.judge(conn, &to, submit)),
            Tlvs::Refused if !submit.tlvs().is_empty() => (submit, Err(TLV_NOT_ALLOWED)),
            Tlvs::Refused | Tlvs::Ignored => {
                let mut overlooked = submit.clone();
                overlooked.clear_tlvs();
                without_tlvs = overlooked;
                (&without_tlvs, self.judge(conn, &to, &without_tlvs))
            }
        };
        let life = match judged {
            Ok(life) => life,
            Err(status) => return self.refuse(conn, sequence, to, status),
        };
        let id = self.pace.next_id();
        let message_id = self.profile.ids.write(id);
        self.stats.submitted += 1;
        self.plan_end(conn, id, &to, submit, life);
        if self.profile.record == Record::Everything {
            self.show(conn, &message_id, to, submit);
        }
        if self.hits(Fault::LoseSubmitResp) || self.profile.submits == Submits::Unanswered {
            if let Some(c) = self.conns.get_mut(&conn) {
                c.unanswered -= 1;
            }
            return;
        }
        let resp = SubmitSmResp::new(wire::c_string(&message_id), Vec::new());
        let frame = self.dress(&wire::encode(OK, sequence, resp));
        self.respond_later(conn, frame, true);
    }

    /// Counts a submit_sm of the connection; whether it is never heard of again.
    fn swallows(&mut self, conn: ConnId) -> bool {
        let Some(c) = self.conns.get_mut(&conn) else { return true };
        c.submits += 1;
        let is_deaf = self.profile.deaf_after.is_some_and(|after| c.submits > after);
        if is_deaf || self.profile.submits == Submits::Swallowed {
            return true;
        }
        c.unanswered += 1;
        self.stats.peak_window = self.stats.peak_window.max(c.unanswered);
        false
    }

    fn refuse(&mut self, conn: ConnId, sequence: u32, to: String, status: u32) {
        self.stats.refused += 1;
        let frame = if self.profile.bare_refusals {
            wire::encode_bare(CommandId::SubmitSmResp, status, sequence)
        } else {
            wire::encode(status, sequence, SubmitSmResp::default())
        };
        self.tell(Event::SubmitRefused { conn, to, status });
        self.respond_later(conn, frame, true);
    }

    /// How long the message lives, if that is limited, or the status with which it is refused.
    fn judge(
        &mut self,
        conn: ConnId,
        to: &str,
        submit: &SubmitSm,
    ) -> Result<Option<Duration>, u32> {
        let Some(c) = self.conns.get(&conn) else { return Err(WRONG_STATE) };
        if !c.mode().is_some_and(Mode::transmits) {
            return Err(WRONG_STATE);
        }
        let is_crowded = self.profile.submit_window.is_some_and(|window| c.unanswered > window);
        let admitted = self.pace.admits(self.profile.rate, self.now);
        self.stats.peak_rate = self.stats.peak_rate.max(self.pace.arrived.len() as u64);
        if is_crowded || !admitted {
            self.stats.throttled += 1;
            return Err(self.profile.throttle_status);
        }
        if let Some(status) = self.scripted_submits.pop_front() {
            return if status == OK { Ok(None) } else { Err(status) };
        }
        if to.is_empty() {
            return Err(INVALID_DESTINATION);
        }
        if let Some(status) = self.profile.foreign_status.filter(|_| !self.profile.owns(to)) {
            return Err(status);
        }
        if self.profile.strict
            && let Err((status, why)) = strict::check(&self.profile, submit)
        {
            self.malformed(conn, why);
            return Err(status);
        }
        let now = self.profile.epoch + self.now.as_secs();
        let life = self.profile.validity.read(submit.validity_period.as_str(), now)?;
        if self.hits(Fault::RefuseSubmit) {
            let count = self.profile.refusals.len();
            let which = usize::try_from(self.faults.below(count as u64)).unwrap_or(0);
            return Err(self.profile.refusals.get(which).copied().unwrap_or(INVALID_DESTINATION));
        }
        Ok(life)
    }

    /// The phone as digits with its country code; empty if it is none.
    fn destination(&self, submit: &SubmitSm) -> String {
        let to = submit.destination_addr.as_str();
        if !to.trim_start_matches('+').bytes().all(|b| b.is_ascii_digit()) {
            return String::new();
        }
        match submit.dest_addr_ton {
            Ton::International => to.trim_start_matches('+').to_owned(),
            _ => self.profile.canonical(to),
        }
    }

    /// Decides how and when the message ends, and what is told of it.
    fn plan_end(
        &mut self,
        conn: ConnId,
        id: u64,
        to: &str,
        submit: &SubmitSm,
        life: Option<Duration>,
    ) {
        let receipts = self.profile.receipts.as_ref();
        let delay = receipts.map_or(Duration::ZERO, |r| r.delay);
        let (state, end_in) = match (self.profile.end_of(id, to), life) {
            (MessageState::Expired, Some(life)) => (MessageState::Expired, life),
            (_, Some(life)) if life < delay => (MessageState::Expired, life),
            (state, _) => (state, delay),
        };
        let is_kept = self.profile.record == Record::Everything;
        let asked = u8::from(submit.registered_delivery);
        if !is_kept && asked == 0 {
            return;
        }
        let by_hand = receipts.is_some_and(|r| r.by_hand);
        let copies = receipts.map_or(1, |r| r.copies);
        let parts = receipts.map_or(ReceiptParts::Each, |r| r.parts);
        let chunk = Chunk::of(submit);
        let system_id = self.conns.get(&conn).map(|c| c.system_id.clone()).unwrap_or_default();
        let owed = Owed {
            id,
            state,
            phone: (
                submit.dest_addr_ton.into(),
                submit.dest_addr_npi.into(),
                submit.destination_addr.as_str().to_owned(),
            ),
            sender: (
                submit.source_addr_ton.into(),
                submit.source_addr_npi.into(),
                submit.source_addr.as_str().to_owned(),
            ),
            conn,
            system_id,
            submitted_at: self.now,
            reference: reference_of(submit),
            beginning: chunk.octets.iter().copied().take(BEGINNING).collect(),
            copies,
        };
        if is_kept {
            let ends_at = (!by_hand).then_some(self.now + end_in);
            self.accepted.remember(to, ends_at, owed.clone());
        }
        let wanted = match asked & 3 {
            1 => true,
            2 => state != MessageState::Delivered,
            3 => state == MessageState::Delivered,
            _ => false,
        };
        let its_turn = match parts {
            ReceiptParts::Each => true,
            ReceiptParts::First => chunk.part == 1,
            ReceiptParts::Last => chunk.part == chunk.of,
        };
        if its_turn && asked & 0x10 != 0 {
            self.plan_intermediate(&owed, end_in);
        }
        if its_turn && wanted {
            self.plan_receipt(owed, end_in);
        }
    }

    /// Tells of the part, and of the message if this completes it.
    fn show(&mut self, conn: ConnId, message_id: &str, to: String, submit: &SubmitSm) {
        let chunk = Chunk::of(submit);
        let default = self.profile.default_alphabet;
        let from = submit.source_addr.as_str().to_owned();
        let data_coding = u8::from(submit.data_coding);
        let text = alphabet::decode(&chunk.octets, data_coding, default);
        self.tell(Event::Submitted {
            conn,
            message_id: message_id.to_owned(),
            from: from.clone(),
            to: to.clone(),
            text,
            data_coding,
            part: chunk.part,
            of: chunk.of,
            reference: reference_of(submit),
        });
        let Some(parts) = self.joiner.add(&from, &to, chunk, message_id) else { return };
        let (octets, message_ids) = whole(parts);
        let text = alphabet::decode(&octets, data_coding, default);
        let after_deliver = self.since_deliver(&to);
        if self.profile.echoes(&to) {
            self.text_from(&format!("+{to}"), &from, &text);
        }
        self.tell(Event::Message(SmsOut {
            from_code: from,
            text,
            parts: u8::try_from(message_ids.len()).unwrap_or(u8::MAX),
            data_coding,
            received_at: self.now,
            after_deliver,
            message_ids,
            conn,
            to: format!("+{to}"),
        }));
    }
}

/// user_message_reference, by which an ESME knows its message again.
fn reference_of(submit: &SubmitSm) -> Option<u16> {
    submit.tlvs().iter().find_map(|t| match t.value() {
        Some(TlvValue::UserMessageReference(r)) => Some(r.value),
        _ => None,
    })
}
