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
use crate::profile::Record;
use crate::receipt::Owed;
use crate::smsc::{Smsc, Timer};
use crate::wire;

const OK: u32 = 0;
const WRONG_STATE: u32 = 0x04;
const INVALID_DESTINATION: u32 = 0x0B;
/// What the fault of refusals chooses from: throttled, full, system error, address, temporary.
const REFUSALS: [u32; 5] = [0x58, 0x14, 0x08, 0x0B, 0x64];

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
        let Some(c) = self.conns.get_mut(&conn) else { return };
        c.unanswered += 1;
        self.stats.peak_window = self.stats.peak_window.max(c.unanswered);
        let to = self.destination(submit);
        let status = self.judge(conn, &to);
        if status != OK {
            self.stats.refused += 1;
            let frame = if self.profile.bare_refusals {
                wire::encode_bare(CommandId::SubmitSmResp, status, sequence)
            } else {
                wire::encode(status, sequence, SubmitSmResp::default())
            };
            self.tell(Event::SubmitRefused { conn, to, status });
            return self.respond_later(conn, frame, true);
        }
        let id = self.pace.next_id();
        let message_id = self.profile.ids.write(id);
        self.stats.submitted += 1;
        self.owe_receipt(conn, id, &to, submit);
        if self.profile.record == Record::Everything {
            self.show(conn, &message_id, to, submit);
        }
        if self.hits(Fault::LoseSubmitResp) {
            if let Some(c) = self.conns.get_mut(&conn) {
                c.unanswered -= 1;
            }
            return;
        }
        let resp = SubmitSmResp::new(wire::c_string(&message_id), Vec::new());
        self.respond_later(conn, wire::encode(OK, sequence, resp), true);
    }

    fn judge(&mut self, conn: ConnId, to: &str) -> u32 {
        let mode = self.conns.get(&conn).and_then(|c| c.mode());
        if !mode.is_some_and(Mode::transmits) {
            return WRONG_STATE;
        }
        let admitted = self.pace.admits(self.profile.rate, self.now);
        self.stats.peak_rate = self.stats.peak_rate.max(self.pace.arrived.len() as u64);
        if !admitted {
            self.stats.throttled += 1;
            return self.profile.throttle_status;
        }
        if let Some(status) = self.scripted_submits.pop_front() {
            return status;
        }
        if to.is_empty() {
            return INVALID_DESTINATION;
        }
        if self.hits(Fault::RefuseSubmit) {
            let which = self.faults.below(REFUSALS.len() as u64);
            return REFUSALS[usize::try_from(which).unwrap_or(0)];
        }
        OK
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

    fn owe_receipt(&mut self, conn: ConnId, id: u64, to: &str, submit: &SubmitSm) {
        let unreachable = self.profile.unreachable.iter().any(|p| to.starts_with(p.as_str()));
        if self.profile.record == Record::Everything {
            let delay = self.profile.receipts.as_ref().map_or(Duration::ZERO, |r| r.delay);
            self.accepted.remember(id, to, self.now + delay, unreachable);
        }
        let Some(receipts) = &self.profile.receipts else { return };
        let wanted = match u8::from(submit.registered_delivery) & 3 {
            1 => true,
            2 => unreachable,
            3 => !unreachable,
            _ => false,
        };
        if !wanted {
            return;
        }
        let delay = receipts.delay;
        let system_id = self.conns.get(&conn).map(|c| c.system_id.clone()).unwrap_or_default();
        let owed = Owed {
            id,
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
            system_id,
            submitted_at: self.now,
            unreachable,
            reference: reference_of(submit),
        };
        self.at(delay, Timer::Receipt(Box::new(owed)));
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
        let after_deliver = self.since_deliver(&to);
        self.tell(Event::Message(SmsOut {
            from_code: from,
            text: alphabet::decode(&octets, data_coding, default),
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
