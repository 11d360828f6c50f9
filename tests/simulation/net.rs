//! The network: connections as two queues of octets with a latency, that break in the middle.
//!
//! Octets arrive in order; what is on its way when a connection breaks arrives up to some octet and
//! then the end of the connection does.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use smpp_sim::ConnId;

/// One direction.
#[derive(Default)]
pub(crate) struct Pipe {
    queue: VecDeque<(Duration, Bytes)>,
    last: Duration,
    /// When the receiver learns that there will be no more.
    end: Option<Duration>,
}

impl Pipe {
    /// Octets that will arrive at `at`, or later if others are before them.
    pub(crate) fn push(&mut self, at: Duration, octets: Bytes) {
        if self.end.is_none() {
            self.last = self.last.max(at);
            self.queue.push_back((self.last, octets));
        }
    }

    /// Nothing more is sent; the receiver learns it at `at`, after what is under way.
    pub(crate) fn close(&mut self, at: Duration) {
        if self.end.is_none() {
            self.end = Some(self.last.max(at));
        }
    }

    /// Of what is under way only the first `octets` arrive.
    pub(crate) fn cut(&mut self, mut octets: usize) {
        for (_, piece) in &mut self.queue {
            piece.truncate(octets);
            octets -= piece.len();
        }
        self.queue.retain(|(_, piece)| !piece.is_empty());
    }

    /// Octets under way.
    pub(crate) fn under_way(&self) -> usize {
        self.queue.iter().map(|(_, piece)| piece.len()).sum()
    }

    /// What arrives now.
    pub(crate) fn pop(&mut self, now: Duration) -> Option<Bytes> {
        let due = self.queue.front().is_some_and(|(at, _)| *at <= now);
        if due { self.queue.pop_front().map(|(_, octets)| octets) } else { None }
    }

    /// Whether the end has been reached.
    pub(crate) fn is_over(&self, now: Duration) -> bool {
        self.queue.is_empty() && self.end.is_some_and(|at| at <= now)
    }

    fn next(&self) -> Option<Duration> {
        self.queue.front().map(|(at, _)| *at).or(self.end)
    }
}

/// A connection.
pub(crate) struct Link {
    pub(crate) conn: ConnId,
    pub(crate) operator: usize,
    pub(crate) bind: usize,
    pub(crate) latency: Duration,
    /// When it stands; until then the process waits for it.
    pub(crate) stands_at: Duration,
    pub(crate) stands: bool,
    pub(crate) to_smsc: Pipe,
    pub(crate) to_process: Pipe,
    /// Each end has learnt of the end.
    pub(crate) smsc_done: bool,
    pub(crate) process_done: bool,
}

impl Link {
    /// A connection that stands after its latency.
    pub(crate) fn new(
        conn: ConnId,
        operator: usize,
        bind: usize,
        now: Duration,
        latency: Duration,
    ) -> Link {
        Link {
            conn,
            operator,
            bind,
            latency,
            stands_at: now + latency,
            stands: false,
            to_smsc: Pipe::default(),
            to_process: Pipe::default(),
            smsc_done: false,
            process_done: false,
        }
    }

    /// When something happens on it next.
    pub(crate) fn next(&self) -> Option<Duration> {
        if !self.stands && !self.process_done {
            return Some(self.stands_at);
        }
        let up = self.to_smsc.next().filter(|_| !self.smsc_done);
        let down = self.to_process.next().filter(|_| !self.process_done);
        up.into_iter().chain(down).min()
    }

    /// Whether nobody is interested in it any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.process_done && (self.smsc_done || !self.stands)
    }
}
