//! Our requests that wait for a response: sequence number to what was asked, and when.
//!
//! A request keeps two numbers: its sequence_number, which comes round again after 0x7FFFFFFF
//! (section 5.1.4), and its order on this connection, which never repeats and by which requests
//! time out and responses prove (see [`super::proofs`]). What timed out is remembered for a
//! while, so that a late response still says what became of it.

use std::collections::{BTreeMap, VecDeque};

use super::super::header::{CommandId, SEQUENCE_MAX};
use crate::base::limits::LATE_MAX;
use crate::base::now::Mono;

/// What was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    Bind,
    /// A submit_sm; the token is the owner's.
    Submit {
        token: u64,
    },
    /// An enquire_link, and how many PDUs had been heard when it left.
    Enquire {
        heard: u64,
    },
    /// A query_sm; the token is the owner's.
    Query {
        token: u64,
    },
    Unbind,
}

/// A request that waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Request {
    pub(super) asked: Asked,
    /// The request's id; bit 31 makes the response's.
    pub(super) command_id: CommandId,
    pub(super) sequence: u32,
    pub(super) order: u64,
    pub(super) sent: Mono,
    pub(super) deadline: Mono,
}

/// Whom a response belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answered {
    /// A request that waited for it.
    Waiting(Request),
    /// A request that had been given up.
    Late(Request),
    /// No request of ours, or one of another kind.
    Nobody,
}

/// All requests that wait, and those given up lately.
#[derive(Debug, Default)]
pub(super) struct Window {
    waiting: BTreeMap<u64, Request>,
    orders: BTreeMap<u32, u64>,
    late: BTreeMap<u32, Request>,
    late_queue: VecDeque<u32>,
    next_order: u64,
    last_sequence: u32,
    submits: usize,
    enquiries: usize,
}

impl Window {
    /// Takes a request in and gives its sequence number: the next that no request of ours uses.
    pub(super) fn open(
        &mut self,
        command_id: CommandId,
        asked: Asked,
        sent: Mono,
        deadline: Mono,
    ) -> u32 {
        // Ends: at most WINDOW_MAX + LATE_MAX of the 2^31 - 1 numbers are in use.
        loop {
            self.last_sequence =
                if self.last_sequence >= SEQUENCE_MAX { 1 } else { self.last_sequence + 1 };
            let taken = &self.last_sequence;
            if !self.orders.contains_key(taken) && !self.late.contains_key(taken) {
                break;
            }
        }
        let (sequence, order) = (self.last_sequence, self.next_order);
        self.next_order += 1;
        self.count(asked, 1);
        self.orders.insert(sequence, order);
        self.waiting.insert(order, Request { asked, command_id, sequence, order, sent, deadline });
        sequence
    }

    /// Whom the response `command_id` with this sequence number belongs to; it waits no longer.
    /// A generic_nack fits every request (section 4.3).
    pub(super) fn answer(&mut self, command_id: CommandId, sequence: u32) -> Answered {
        let fits = |request: &Request| {
            command_id == CommandId::GenericNack
                || command_id == request.command_id.matching_response()
        };
        if let Some(request) = self.orders.get(&sequence).and_then(|o| self.waiting.get(o)) {
            if !fits(request) {
                return Answered::Nobody;
            }
            let request = *request;
            self.close(request);
            return Answered::Waiting(request);
        }
        match self.late.get(&sequence) {
            Some(request) if fits(request) => {
                let request = *request;
                self.late.remove(&sequence);
                Answered::Late(request)
            }
            _ => Answered::Nobody,
        }
    }

    /// Gives up the first request whose deadline has come, and remembers it.
    pub(super) fn expire(&mut self, now: Mono) -> Option<Request> {
        let request = *self.waiting.first_key_value()?.1;
        if request.deadline > now {
            return None;
        }
        self.close(request);
        if self.late_queue.len() >= LATE_MAX
            && let Some(oldest) = self.late_queue.pop_front()
        {
            self.late.remove(&oldest);
        }
        self.late_queue.push_back(request.sequence);
        self.late.insert(request.sequence, request);
        Some(request)
    }

    /// The next deadline. The first request's: all on one connection wait equally long, and a bind,
    /// which doesn't, waits alone.
    pub(super) fn deadline(&self) -> Option<Mono> {
        self.waiting.first_key_value().map(|(_, request)| request.deadline)
    }

    /// Takes out the oldest request, at the end of the session.
    pub(super) fn pop(&mut self) -> Option<Request> {
        let request = *self.waiting.first_key_value()?.1;
        self.close(request);
        Some(request)
    }

    /// submit_sm that wait.
    pub(super) const fn submits(&self) -> usize {
        self.submits
    }

    /// Whether an enquire_link waits.
    pub(super) const fn is_enquiring(&self) -> bool {
        self.enquiries > 0
    }

    /// The order that the next request will have.
    pub(super) const fn next_order(&self) -> u64 {
        self.next_order
    }

    /// Makes `sequence` the last that was used, so that a test needn't send 2^31 requests.
    #[cfg(test)]
    pub(super) fn wind_to(&mut self, sequence: u32) {
        self.last_sequence = sequence;
    }

    fn close(&mut self, request: Request) {
        self.waiting.remove(&request.order);
        self.orders.remove(&request.sequence);
        self.count(request.asked, -1);
    }

    fn count(&mut self, asked: Asked, change: isize) {
        match asked {
            Asked::Submit { .. } => self.submits = self.submits.saturating_add_signed(change),
            Asked::Enquire { .. } => self.enquiries = self.enquiries.saturating_add_signed(change),
            Asked::Bind | Asked::Query { .. } | Asked::Unbind => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submit(window: &mut Window, token: u64, deadline: u64) -> u32 {
        let asked = Asked::Submit { token };
        window.open(CommandId::SubmitSm, asked, Mono::ZERO, Mono::from_nanos(deadline))
    }

    #[test]
    fn numbers_wrap_to_one_and_skip_those_in_use() {
        let mut window = Window::default();
        assert_eq!((submit(&mut window, 1, 9), submit(&mut window, 2, 9)), (1, 2));
        window.wind_to(SEQUENCE_MAX - 1);
        assert_eq!(submit(&mut window, 3, 9), SEQUENCE_MAX);
        assert_eq!(submit(&mut window, 4, 9), 3);
        // 1 given up is still in use: its late response must not be taken for another's.
        assert_eq!(window.expire(Mono::from_nanos(9)).map(|r| r.sequence), Some(1));
        window.wind_to(SEQUENCE_MAX);
        assert_eq!(submit(&mut window, 5, 9), 4);
    }

    #[test]
    fn a_response_of_another_kind_belongs_to_nobody() {
        let mut window = Window::default();
        let sequence = submit(&mut window, 1, 9);
        assert_eq!(window.answer(CommandId::EnquireLinkResp, sequence), Answered::Nobody);
        assert_eq!(window.submits(), 1);
        assert!(matches!(
            window.answer(CommandId::SubmitSmResp, sequence),
            Answered::Waiting(Request { asked: Asked::Submit { token: 1 }, .. })
        ));
        assert_eq!(window.answer(CommandId::SubmitSmResp, sequence), Answered::Nobody);
        assert_eq!(window.submits(), 0);
    }

    #[test]
    fn what_was_given_up_is_remembered_within_bounds() {
        let mut window = Window::default();
        for token in 0..LATE_MAX as u64 + 5 {
            submit(&mut window, token, 9);
            assert!(window.expire(Mono::from_nanos(8)).is_none());
            assert!(window.expire(Mono::from_nanos(9)).is_some());
        }
        assert_eq!(window.late.len(), LATE_MAX);
        assert_eq!(window.late_queue.len(), LATE_MAX);
        assert_eq!(window.answer(CommandId::SubmitSmResp, 5), Answered::Nobody);
        assert_eq!(window.answer(CommandId::EnquireLinkResp, 6), Answered::Nobody);
        assert!(matches!(window.answer(CommandId::SubmitSmResp, 6), Answered::Late(_)));
        assert_eq!(window.answer(CommandId::SubmitSmResp, 6), Answered::Nobody);
    }
}
