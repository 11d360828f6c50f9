//! Accepted messages, remembered for query_sm and cancel_sm (SMPP 3.4, 4.8, 4.9), and for those
//! whose end is decided by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use rusmpp::pdus::{CancelSm, QuerySm, QuerySmResp};
use rusmpp::values::MessageState as Coded;
use rusmpp::{CommandId, Pdu};

use crate::date::date;
use crate::event::ConnId;
use crate::manner::Serves;
use crate::receipt::Owed;
use crate::smsc::Smsc;
use crate::state::MessageState;
use crate::wire;

/// Messages that are remembered; the oldest go first.
const ACCEPTED_MAX: usize = 10_000;

const INVALID_COMMAND: u32 = 0x03;
const QUERY_FAILED: u32 = 0x67;
const CANCEL_FAILED: u32 = 0x11;

/// What is known of the last messages.
#[derive(Debug, Default)]
pub(crate) struct Accepted(BTreeMap<u64, Life>);

#[derive(Debug)]
struct Life {
    /// Digits, international.
    phone: String,
    /// When it ends; none while that is for somebody to decide.
    ends_at: Option<Duration>,
    /// How its receipt looks, its state among that.
    owed: Owed,
    cancelled: bool,
    /// Its end was decided by hand, so that the planned receipt doesn't come.
    concluded: bool,
}

impl Accepted {
    pub(crate) fn remember(&mut self, phone: &str, ends_at: Option<Duration>, owed: Owed) {
        if self.0.len() >= ACCEPTED_MAX {
            self.0.pop_first();
        }
        let phone = phone.to_owned();
        let life = Life { phone, ends_at, owed, cancelled: false, concluded: false };
        self.0.insert(life.owed.id, life);
    }

    pub(crate) fn is_cancelled(&self, id: u64) -> bool {
        self.0.get(&id).is_some_and(|life| life.cancelled)
    }

    pub(crate) fn is_concluded(&self, id: u64) -> bool {
        self.0.get(&id).is_some_and(|life| life.concluded)
    }
}

impl Life {
    fn is_over(&self, now: Duration) -> bool {
        self.ends_at.is_some_and(|at| at <= now)
    }

    fn state(&self, now: Duration) -> MessageState {
        match self {
            Self { cancelled: true, .. } => MessageState::Deleted,
            _ if !self.is_over(now) => MessageState::Enroute,
            _ => self.owed.state,
        }
    }
}

impl Smsc {
    /// Decides now how an accepted message ends, and sends its receipt whether or not one was
    /// asked for. Gives whether there is such a message; `message_id` is as in submit_sm_resp.
    pub fn conclude(&mut self, message_id: &str, state: MessageState, now: Duration) -> bool {
        self.advance(now);
        let id = self.profile.ids.read(message_id);
        let Some(life) = id.and_then(|id| self.accepted.0.get_mut(&id)) else { return false };
        life.owed.state = state;
        if state.is_final() {
            life.ends_at = Some(self.now);
            life.concluded = true;
        }
        let owed = life.owed.clone();
        self.send_receipt(owed);
        self.pump();
        true
    }

    /// The state of an accepted message; `message_id` is as in submit_sm_resp.
    pub fn state_of(&mut self, message_id: &str, now: Duration) -> Option<MessageState> {
        self.advance(now);
        let id = self.profile.ids.read(message_id)?;
        Some(self.accepted.0.get(&id)?.state(self.now))
    }

    pub(crate) fn query(&mut self, conn: ConnId, sequence: u32, query: &QuerySm) {
        if !self.serves(self.profile.query, conn, CommandId::QuerySmResp, sequence) {
            return;
        }
        let id = self.profile.ids.read(query.message_id.as_str());
        let Some(life) = id.and_then(|id| self.accepted.0.get(&id)) else {
            let frame = wire::encode_bare(CommandId::QuerySmResp, QUERY_FAILED, sequence);
            return self.respond(conn, frame);
        };
        let state = life.state(self.now);
        let mut builder = QuerySmResp::builder()
            .message_id(query.message_id.clone())
            .message_state(Coded::from(state.code()));
        if let Some(at) = life.ends_at.filter(|_| state.is_final()) {
            let at = format!("{}000+", date(self.profile.epoch, at, true));
            if let Ok(at) = at.parse() {
                builder = builder.final_date(at);
            }
        }
        self.respond(conn, wire::encode(0, sequence, builder.build()));
    }

    pub(crate) fn cancel(&mut self, conn: ConnId, sequence: u32, cancel: &CancelSm) {
        if !self.serves(self.profile.cancel, conn, CommandId::CancelSmResp, sequence) {
            return;
        }
        let now = self.now;
        let id = cancel.message_id.as_str();
        let phone = self.profile.canonical(cancel.destination_addr.as_str());
        // A NULL id cancels all that is pending to that phone (4.9).
        let one = self.profile.ids.read(id);
        let pending = self.accepted.0.iter_mut().filter(|(key, life)| {
            let meant = if id.is_empty() { life.phone == phone } else { Some(**key) == one };
            meant && !life.is_over(now) && !life.cancelled
        });
        let cancelled = pending.map(|(_, life)| life.cancelled = true).count();
        let status = if cancelled > 0 { 0 } else { CANCEL_FAILED };
        self.respond(conn, wire::encode(status, sequence, Pdu::CancelSmResp));
    }

    fn serves(&mut self, serves: Serves, conn: ConnId, resp: CommandId, sequence: u32) -> bool {
        match serves {
            Serves::Answered => return true,
            Serves::Refused => {
                let frame = wire::encode_bare(resp, INVALID_COMMAND, sequence);
                self.respond(conn, frame);
            }
            Serves::Nacked => self.nack(conn, INVALID_COMMAND, sequence),
        }
        false
    }
}
