//! Delivery towards the ESMEs: a queue a system, binds in turn, a window a bind, and repeats
//! until there is an answer (SMPP 3.4, 2.8: until answered, assume not received).

use std::collections::VecDeque;
use std::ops::Bound::{Excluded, Unbounded};
use std::time::Duration;

use bytes::Bytes;

use crate::conn::{Conn, InFlight};
use crate::event::{ConnId, DeliverId, Event, Frame, Mode};
use crate::faults::Fault;
use crate::phone::RawDeliver;
use crate::smsc::{Smsc, Timer};
use crate::wire::{self, Header};

/// Phones whose last deliver_sm is remembered.
const PHONES_MAX: usize = 1_000_000;

/// One deliver_sm on its way.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) id: DeliverId,
    pub(crate) part: u8,
    pub(crate) frame: Bytes,
    /// The phone, digits only; empty for a receipt.
    pub(crate) phone: String,
    /// The system that gets it; empty: any that has bound.
    pub(crate) system_id: String,
    /// The bind that gets it only if the system has no other.
    pub(crate) avoided: Option<ConnId>,
    pub(crate) attempts: u32,
}

/// What waits, system by system. A few systems at most, so they are walked through.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    queues: Vec<(String, VecDeque<Pending>)>,
    next_id: u64,
    /// The bind that got the last one, so that the next is another's turn.
    turn: ConnId,
}

impl Queues {
    pub(crate) fn len(&self) -> usize {
        self.queues.iter().map(|(_, q)| q.len()).sum()
    }

    pub(crate) fn push_back(&mut self, pending: Pending) {
        self.of(&pending.system_id).push_back(pending);
    }

    fn push_front(&mut self, pending: Pending) {
        self.of(&pending.system_id).push_front(pending);
    }

    fn of(&mut self, system_id: &str) -> &mut VecDeque<Pending> {
        let at = self.queues.iter().position(|(s, _)| s == system_id).unwrap_or_else(|| {
            self.queues.push((system_id.to_owned(), VecDeque::new()));
            self.queues.len() - 1
        });
        &mut self.queues[at].1
    }
}

impl Smsc {
    pub(crate) fn enqueue(&mut self, parts: &[RawDeliver], phone: String, code: &str) -> DeliverId {
        let owner = self.profile.systems.iter().find(|s| s.codes.iter().any(|c| c == code));
        let system_id = owner.map(|s| s.system_id.clone()).unwrap_or_default();
        self.enqueue_for(parts, phone, system_id, None)
    }

    pub(crate) fn enqueue_for(
        &mut self,
        parts: &[RawDeliver],
        phone: String,
        system_id: String,
        avoided: Option<ConnId>,
    ) -> DeliverId {
        self.queues.next_id += 1;
        let id = DeliverId(self.queues.next_id);
        for (part, raw) in (1..=u8::MAX).zip(parts) {
            self.queues.push_back(Pending {
                id,
                part,
                frame: raw.encode(),
                phone: phone.clone(),
                system_id: system_id.clone(),
                avoided,
                attempts: 0,
            });
        }
        id
    }

    /// Sends what binds and windows allow, one of each queue in turn.
    pub(crate) fn pump(&mut self) {
        loop {
            let mut moved = false;
            for queue in 0..self.queues.queues.len() {
                moved |= self.send_first(queue);
            }
            if !moved {
                return;
            }
        }
    }

    fn send_first(&mut self, queue: usize) -> bool {
        let (system_id, waiting) = &self.queues.queues[queue];
        if waiting.is_empty() {
            return false;
        }
        let avoided = waiting.front().and_then(|first| first.avoided);
        let Some(conn) = self.next_bind(system_id, avoided) else { return false };
        let Some(pending) = self.queues.queues[queue].1.pop_front() else { return false };
        self.queues.turn = conn;
        self.send_deliver(conn, pending);
        true
    }

    fn next_bind(&self, system_id: &str, avoided: Option<ConnId>) -> Option<ConnId> {
        let turn = self.queues.turn;
        let after = self.conns.range((Excluded(turn), Unbounded));
        let its = |c: &Conn| system_id.is_empty() || c.system_id == system_id;
        let receives = |c: &Conn| its(c) && c.mode().is_some_and(Mode::receives);
        // Without another bind, even a full one, it goes where it would rather not.
        let avoided =
            avoided.filter(|avoided| self.conns.iter().any(|(id, c)| id != avoided && receives(c)));
        let mut in_turn = after.chain(self.conns.range(..=turn));
        let fits = in_turn.find(|(id, c)| {
            Some(**id) != avoided && its(c) && c.can_receive(self.profile.window.max(1))
        });
        fits.map(|(id, _)| *id)
    }

    fn send_deliver(&mut self, conn: ConnId, mut pending: Pending) {
        pending.attempts += 1;
        let (id, part, attempt) = (pending.id, pending.part, pending.attempts);
        self.stats.redelivers += u64::from(attempt > 1);
        if !pending.phone.is_empty() {
            if self.last_deliver.len() >= PHONES_MAX {
                self.last_deliver.pop_first();
            }
            self.last_deliver.insert(pending.phone.clone(), self.now);
        }
        let frame = pending.frame.clone();
        // The fault is drawn first, so that the copy is one more PDU and nothing else changes.
        let twice = self.hits(Fault::DuplicateDeliver);
        self.write_deliver(conn, &frame, Some(pending));
        if twice {
            self.write_deliver(conn, &frame, None);
        }
        self.tell(Event::DeliverSent { id, part, attempt, conn, frame: Frame(frame) });
    }

    fn write_deliver(&mut self, conn: ConnId, frame: &Bytes, pending: Option<Pending>) {
        let now = self.now;
        let frame = self.dress(frame);
        let Some(c) = self.conns.get_mut(&conn) else { return };
        let sequence = c.next_sequence();
        c.inflight.push_back(InFlight { sequence, sent_at: now, pending });
        let mut out = bytes::BytesMut::with_capacity(frame.len());
        wire::put_with_sequence(&mut out, &frame, sequence);
        self.stats.delivers += 1;
        self.write(conn, &out);
    }

    pub(crate) fn deliver_answered(&mut self, conn: ConnId, header: Header) {
        let known = self
            .conns
            .get(&conn)
            .is_some_and(|c| c.inflight.iter().any(|i| i.sequence == header.sequence));
        if !known {
            return self.malformed(conn, "a deliver_sm_resp to nothing");
        }
        if self.hits(Fault::LoseDeliverResp) {
            return;
        }
        let answered = self.conns.get_mut(&conn).and_then(|c| c.answered(header.sequence));
        let Some(InFlight { sent_at, pending: Some(pending), .. }) = answered else { return };
        let (id, part, status) = (pending.id, pending.part, header.status);
        let took = self.now.saturating_sub(sent_at);
        self.tell(Event::DeliverAnswered { id, part, status, took });
        self.stats.delivered += u64::from(status == 0);
        if is_temporary(status) && !self.give_up(&pending) {
            self.at(self.profile.retry_delay, Timer::Retry(pending));
        }
    }

    /// What has had no answer in time goes out again, as real SMSCs do it.
    pub(crate) fn redeliver_overdue(&mut self, conn: ConnId) {
        let (now, patience) = (self.now, self.profile.response_timeout);
        let Some(c) = self.conns.get_mut(&conn) else { return };
        let overdue = c.inflight.iter().take_while(|i| i.sent_at + patience <= now).count();
        let overdue: Vec<_> = c.inflight.drain(..overdue).collect();
        for pending in overdue.into_iter().rev().filter_map(|i| i.pending) {
            self.again(pending);
        }
    }

    /// Puts an unanswered deliver_sm back at the head of its queue, unless it is given up.
    pub(crate) fn again(&mut self, pending: Pending) {
        if !self.give_up(&pending) {
            self.queues.push_front(pending);
        }
    }

    fn give_up(&mut self, pending: &Pending) -> bool {
        let max = self.profile.attempts_max;
        let enough = max > 0 && pending.attempts >= max;
        if enough {
            self.tell(Event::DeliverGivenUp { id: pending.id, part: pending.part });
        }
        enough
    }

    /// From that phone's last deliver_sm until now.
    pub(crate) fn since_deliver(&self, phone: &str) -> Option<Duration> {
        self.last_deliver.get(phone).map(|at| self.now.saturating_sub(*at))
    }
}

/// System error, queue full, throttled, temporary application error: try again (5.1.3).
fn is_temporary(status: u32) -> bool {
    matches!(status, 0x08 | 0x14 | 0x58 | 0x64)
}
