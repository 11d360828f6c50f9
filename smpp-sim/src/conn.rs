//! One connection to an ESME: what has been read of it, what is to be written, which deliver_sm
//! it owes an answer. Decisions are taken in `session.rs`; this keeps the books.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::deliver::Pending;
use crate::event::Mode;
use crate::profile::Profile;

/// Octets a peer may leave unread before it is cut off.
pub(crate) const OUTPUT_MAX: usize = 16 << 20;

#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) input: BytesMut,
    pub(crate) out: BytesMut,
    pub(crate) state: State,
    pub(crate) system_id: String,
    /// deliver_sm without an answer, in the order in which they were sent.
    pub(crate) inflight: VecDeque<InFlight>,
    /// submit_sm that have arrived.
    pub(crate) submits: u64,
    /// submit_sm whose response has not been written yet.
    pub(crate) unanswered: u64,
    /// When the ESME was last heard, or connected.
    pub(crate) heard: Duration,
    /// When our enquire_link or unbind left, if it is unanswered.
    pub(crate) asked: Option<Duration>,
    /// A response that lets the next one pass first.
    pub(crate) held: Option<Bytes>,
    /// Nothing is handed out before this (writes are being merged).
    pub(crate) quiet_until: Option<Duration>,
    /// What is to be written leaves in pieces of a few octets.
    pub(crate) chopped: bool,
    sequence: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Bound(Mode),
    /// We have asked for the end and wait for unbind_resp.
    Unbinding,
    /// What is in `out` is still written, then the socket closes.
    Closing,
}

#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) sequence: u32,
    pub(crate) sent_at: Duration,
    /// Nothing for the copy that the fault of duplicates made: it isn't tried again.
    pub(crate) pending: Option<Pending>,
}

impl Conn {
    pub(crate) fn new(now: Duration) -> Self {
        Self {
            input: BytesMut::new(),
            out: BytesMut::new(),
            state: State::Open,
            system_id: String::new(),
            inflight: VecDeque::new(),
            submits: 0,
            unanswered: 0,
            heard: now,
            asked: None,
            held: None,
            quiet_until: None,
            chopped: false,
            sequence: 0,
        }
    }

    pub(crate) fn mode(&self) -> Option<Mode> {
        match self.state {
            State::Bound(mode) => Some(mode),
            _ => None,
        }
    }

    pub(crate) fn can_receive(&self, window: usize) -> bool {
        self.mode().is_some_and(Mode::receives) && self.inflight.len() < window
    }

    /// The next sequence number: 1 to 0x7FFFFFFF, then again from 1 (5.1.4).
    pub(crate) fn next_sequence(&mut self) -> u32 {
        self.sequence = if self.sequence >= 0x7FFF_FFFF { 1 } else { self.sequence + 1 };
        self.sequence
    }

    /// Takes the deliver_sm that a response answers.
    pub(crate) fn answered(&mut self, sequence: u32) -> Option<InFlight> {
        let at = self.inflight.iter().position(|i| i.sequence == sequence)?;
        self.inflight.remove(at)
    }

    /// When this connection next needs attention though nothing arrives.
    pub(crate) fn deadline(&self, profile: &Profile) -> Option<Duration> {
        let asked = self.asked.map(|at| at + profile.response_timeout);
        let own = match self.state {
            State::Open => Some(self.heard + profile.session_init),
            State::Bound(_) if self.asked.is_none() => [profile.enquire_every, profile.inactivity]
                .into_iter()
                .flatten()
                .min()
                .map(|every| self.heard + every),
            _ => None,
        };
        let oldest = self.inflight.front().map(|i| i.sent_at + profile.response_timeout);
        [asked, own, oldest, self.quiet_until].into_iter().flatten().min()
    }
}
