//! Accepted messages, remembered for query_sm and cancel_sm (SMPP 3.4, 4.8, 4.9).

use std::collections::BTreeMap;
use std::time::Duration;

use rusmpp::pdus::{CancelSm, QuerySm, QuerySmResp};
use rusmpp::values::MessageState;
use rusmpp::{CommandId, Pdu};

use crate::event::ConnId;
use crate::receipt::date;
use crate::smsc::Smsc;
use crate::wire;

/// Messages that are remembered; the oldest go first.
const ACCEPTED_MAX: usize = 10_000;

const QUERY_FAILED: u32 = 0x67;
const CANCEL_FAILED: u32 = 0x11;

/// What is known of the last messages.
#[derive(Debug, Default)]
pub(crate) struct Accepted(BTreeMap<u64, Fate>);

#[derive(Debug)]
struct Fate {
    phone: String,
    final_at: Duration,
    unreachable: bool,
    cancelled: bool,
}

impl Accepted {
    pub(crate) fn remember(&mut self, id: u64, phone: &str, final_at: Duration, unreachable: bool) {
        if self.0.len() >= ACCEPTED_MAX {
            self.0.pop_first();
        }
        let phone = phone.to_owned();
        self.0.insert(id, Fate { phone, final_at, unreachable, cancelled: false });
    }

    pub(crate) fn is_cancelled(&self, id: u64) -> bool {
        self.0.get(&id).is_some_and(|fate| fate.cancelled)
    }
}

impl Smsc {
    pub(crate) fn query(&mut self, conn: ConnId, sequence: u32, query: &QuerySm) {
        let id = self.profile.ids.read(query.message_id.as_str());
        let Some(fate) = id.and_then(|id| self.accepted.0.get(&id)) else {
            let frame = wire::encode_bare(CommandId::QuerySmResp, QUERY_FAILED, sequence);
            return self.respond(conn, frame);
        };
        let (state, is_final) = match fate {
            Fate { cancelled: true, .. } => (MessageState::Deleted, true),
            _ if fate.final_at > self.now => (MessageState::Enroute, false),
            Fate { unreachable: true, .. } => (MessageState::Undeliverable, true),
            _ => (MessageState::Delivered, true),
        };
        let mut builder =
            QuerySmResp::builder().message_id(query.message_id.clone()).message_state(state);
        if is_final {
            let at = format!("{}000+", date(self.profile.epoch, fate.final_at, true));
            if let Ok(at) = at.parse() {
                builder = builder.final_date(at);
            }
        }
        self.respond(conn, wire::encode(0, sequence, builder.build()));
    }

    pub(crate) fn cancel(&mut self, conn: ConnId, sequence: u32, cancel: &CancelSm) {
        let now = self.now;
        let id = cancel.message_id.as_str();
        let phone = self.profile.canonical(cancel.destination_addr.as_str());
        // A NULL id cancels all that is pending to that phone (4.9).
        let one = self.profile.ids.read(id);
        let pending = self.accepted.0.iter_mut().filter(|(key, fate)| {
            let meant = if id.is_empty() { fate.phone == phone } else { Some(**key) == one };
            meant && fate.final_at > now && !fate.cancelled
        });
        let cancelled = pending.map(|(_, fate)| fate.cancelled = true).count();
        let status = if cancelled > 0 { 0 } else { CANCEL_FAILED };
        self.respond(conn, wire::encode(status, sequence, Pdu::CancelSmResp));
    }
}
