//! One operator: its binds, its pace, and what waits to be written to it. A value, like the
//! session.
//!
//! There is one dispatcher an operator and a window a bind (ARCHITECTURE.md, "Decisions"). What the
//! engine has marked and flushed comes in as [`Order`]s; it leaves part by part, in order, each
//! with a permit of the [`pacing::Pacer`] over the next bind with room. What happens comes out as
//! [`Report`]s. The owner (a tokio task, or a simulation) connects sockets when told, moves octets,
//! and passes time in:
//!
//! - in: [`Operator::handle_connected`], [`Operator::handle_connect_failed`],
//!   [`Operator::handle_bytes`], [`Operator::handle_closed`], [`Operator::handle_order`],
//!   [`Operator::handle_timeout`];
//! - then out, in this order: for each bind [`Operator::poll_transmit`] and
//!   [`Operator::poll_close`], then [`Operator::poll_connect`], [`Operator::poll_report`] until
//!   `None`, and last [`Operator::poll_timeout`].
//!
//! Read first, then let time pass (lesson 9): who reads from a socket asks [`Operator::may_read`]
//! each time, and says [`Operator::handle_drained`] when there was nothing left. In between no
//! time-out of that bind happens: the answer that it would miss may lie in the socket.

pub mod canary;
mod hearing;
pub mod pacing;
mod traffic;

use std::collections::VecDeque;
use std::time::Duration;

use bytes::BytesMut;
use tracing::{error, info, warn};

pub use self::traffic::{LinkId, Order, Report};

use crate::base::dice::Dice;
use crate::base::limits::{UNANSWERED_DELIVERS_MAX, UNWRITTEN_OCTETS_MAX};
use crate::base::now::Mono;
use crate::operator::canary::Canaries;
use crate::operator::pacing::Pacer;
use crate::smpp::backoff::Backoff;
use crate::smpp::pdu::Submit;
use crate::smpp::session::{EndReason, Options as SessionOptions, Pause, Session};
use crate::smpp::status::Overrides;

/// How to reach an operator.
#[derive(Clone, Debug)]
pub struct Options {
    /// As config.toml calls it.
    pub name: String,
    /// Its binds.
    pub binds: Vec<SessionOptions>,
    /// Its contract.
    pub pace: pacing::Options,
    /// What its statuses mean, where that isn't the usual.
    pub statuses: Overrides,
    /// The first pause before a reconnect.
    pub reconnect_min: Duration,
    /// The longest.
    pub reconnect_max: Duration,
    /// The texts to ourselves that measure its whole way round, if it has any.
    pub canary: Option<canary::Options>,
}

/// A session that held for so long was a good one, whatever ended it.
const GOOD_SESSION: Duration = Duration::from_secs(30);

#[derive(Debug)]
enum Line {
    Waiting { until: Mono },
    Connecting,
    Open(Box<Session>),
    Closing,
}

#[derive(Debug)]
struct Bind {
    options: SessionOptions,
    backoff: Backoff,
    epoch: u64,
    line: Line,
    bound_at: Option<Mono>,
    /// Something may lie in the socket that came before now.
    unread: bool,
    ended: Option<EndReason>,
}

/// The operator.
#[derive(Debug)]
pub struct Operator {
    name: String,
    binds: Vec<Bind>,
    pacer: Pacer,
    first: bool,
    /// While this process may send nothing yet. The engine isn't told of a bind before: what it
    /// marks is in flight if we die, and counts as tried.
    quiet_until: Option<Mono>,
    statuses: Overrides,
    queue: VecDeque<(u64, Box<Submit>)>,
    next_permit: Option<Mono>,
    next_bind: usize,
    up: bool,
    unanswered: usize,
    stopping: bool,
    stopped: bool,
    canaries: Option<Canaries>,
    reports: VecDeque<Report>,
    dice: Dice,
}

impl Operator {
    /// Not connected yet: every bind is due at once.
    pub fn new(options: Options, dice: Dice) -> Operator {
        let bind = |session: &SessionOptions| Bind {
            options: session.clone(),
            backoff: Backoff::new(options.reconnect_min, options.reconnect_max),
            epoch: 0,
            line: Line::Waiting { until: Mono::ZERO },
            bound_at: None,
            unread: false,
            ended: None,
        };
        let count = options.binds.len();
        Operator {
            canaries: options.canary.map(|canary| Canaries::new(canary, count)),
            binds: options.binds.iter().map(bind).collect(),
            name: options.name,
            pacer: Pacer::new(options.pace),
            first: false,
            quiet_until: None,
            statuses: options.statuses,
            queue: VecDeque::new(),
            next_permit: None,
            next_bind: 0,
            up: false,
            unanswered: 0,
            stopping: false,
            stopped: false,
            reports: VecDeque::new(),
            dice,
        }
    }

    /// No process was there before: the first second needs no waiting out.
    pub fn set_first(&mut self) {
        self.first = true;
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many binds there are.
    pub fn binds(&self) -> usize {
        self.binds.len()
    }

    /// The bind that should be connected now, if any; answered by [`Operator::handle_connected`] or
    /// [`Operator::handle_connect_failed`].
    pub fn poll_connect(&mut self, now: Mono) -> Option<usize> {
        if self.stopping {
            return None;
        }
        let due = |bind: &Bind| matches!(bind.line, Line::Waiting { until } if until <= now);
        let at = self.binds.iter().position(due)?;
        self.binds[at].line = Line::Connecting;
        Some(at)
    }

    /// A bind's socket is connected: its session begins.
    pub fn handle_connected(&mut self, bind: usize, now: Mono) {
        if !self.first && self.binds.iter().all(|bind| bind.epoch == 0) {
            self.quiet_until = Some(self.pacer.begin(now));
        }
        let slot = &mut self.binds[bind];
        slot.epoch += 1;
        (slot.bound_at, slot.unread) = (None, false);
        slot.line = Line::Open(Box::new(Session::new(slot.options.clone(), now)));
        self.pump(bind, now);
    }

    /// A bind's socket couldn't be connected; it is tried again after a pause.
    pub fn handle_connect_failed(&mut self, bind: usize, why: &str, now: Mono) {
        let pause = self.binds[bind].backoff.fail(&mut self.dice);
        info!(operator = %self.name, bind, retry_in = ?pause, "can't connect: {why}");
        self.binds[bind].line = Line::Waiting { until: now + pause };
        self.settle_stop();
    }

    /// Whether a bind's socket is to be read, with so many octets waiting to be written to it.
    /// Where it isn't, its session's deadlines stand still; where it is, they wait for
    /// [`Operator::handle_drained`].
    pub fn may_read(&mut self, bind: usize, unwritten: usize, now: Mono) -> bool {
        let pause = if unwritten >= UNWRITTEN_OCTETS_MAX {
            Some(Pause::Deaf)
        } else if self.unanswered >= UNANSWERED_DELIVERS_MAX {
            Some(Pause::Busy)
        } else {
            None
        };
        let slot = &mut self.binds[bind];
        slot.unread = pause.is_none();
        if let Line::Open(session) = &mut slot.line {
            session.handle_pause(pause, now);
        }
        pause.is_none()
    }

    /// All that had come from a bind's socket by now was read and handed in.
    pub fn handle_drained(&mut self, bind: usize) {
        self.binds[bind].unread = false;
    }

    /// What was read from a bind's socket. Whole PDUs are taken out of `buffer`.
    pub fn handle_bytes(&mut self, bind: usize, buffer: &mut BytesMut, now: Mono) {
        if let Line::Open(session) = &mut self.binds[bind].line {
            session.handle_bytes(buffer, now);
        }
        self.pump(bind, now);
    }

    /// A bind's socket is closed, or broken.
    pub fn handle_closed(&mut self, bind: usize, now: Mono) {
        if let Line::Open(session) = &mut self.binds[bind].line {
            session.handle_disconnect();
        }
        self.pump(bind, now);
    }

    /// Takes an order.
    pub fn handle_order(&mut self, order: Order, now: Mono) {
        match order {
            Order::Respond { link, ticket, status, proof, enquire } => {
                self.unanswered = self.unanswered.saturating_sub(1);
                let slot = &mut self.binds[link.bind];
                if slot.epoch == link.epoch
                    && let Line::Open(session) = &mut slot.line
                {
                    session.respond(ticket, status, proof, now);
                    if enquire {
                        session.enquire(now);
                    }
                }
            }
            Order::Submit { token, submit } => {
                if self.up {
                    self.queue.push_back((token, submit));
                } else {
                    self.reports.push_back(Report::Returned { token });
                }
            }
            Order::Query { token, id, source } => {
                let mut sessions = self.binds.iter_mut().filter_map(|bind| match &mut bind.line {
                    Line::Open(session) => Some(session),
                    _ => None,
                });
                if !sessions.any(|session| session.query(token, &id, &source, now).is_ok()) {
                    self.reports.push_back(Report::Queried { token, state: None });
                }
            }
            Order::Stop => {
                self.stopping = true;
                for bind in 0..self.binds.len() {
                    match &mut self.binds[bind].line {
                        Line::Open(session) => session.unbind(now),
                        Line::Waiting { .. } => self.binds[bind].line = Line::Closing,
                        Line::Connecting | Line::Closing => {}
                    }
                    self.pump(bind, now);
                }
                self.settle_stop();
            }
        }
    }

    /// Time has come to something.
    pub fn handle_timeout(&mut self, now: Mono) {
        for bind in 0..self.binds.len() {
            let slot = &mut self.binds[bind];
            if let Line::Open(session) = &mut slot.line
                && !slot.unread
            {
                session.handle_timeout(now);
                self.pump(bind, now);
            }
        }
        self.miss_canaries(now);
        self.dispatch(now);
    }

    /// Writes what is queued, as far as pace and windows allow. Called by the owner once it has
    /// handed in all that was there.
    pub fn dispatch(&mut self, now: Mono) {
        if self.quiet_until.is_some_and(|until| until <= now) {
            self.quiet_until = None;
            self.note_up();
        }
        let mut left = 0;
        self.next_permit = None;
        while let Some((token, submit)) = self.queue.front() {
            let Some(at) = self.bind_with_room() else { break };
            if let Err(at) = self.pacer.permit_all(submit.text.parts(), now) {
                self.next_permit = Some(at);
                break;
            }
            if let Line::Open(session) = &mut self.binds[at].line
                && session.submit(*token, submit, now).is_ok()
            {
                left += 1;
                self.queue.pop_front();
            }
            self.next_bind = at + 1;
        }
        if left > 0 {
            self.reports.push_back(Report::Left(left));
        }
        self.let_canaries_go(now);
    }

    /// The next thing that happened.
    pub fn poll_report(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }

    /// Moves the octets for a bind's socket into `out`; true if there are any.
    pub fn poll_transmit(&mut self, bind: usize, out: &mut BytesMut) -> bool {
        match &mut self.binds[bind].line {
            Line::Open(session) => session.poll_transmit(out),
            _ => false,
        }
    }

    /// Whether a bind's socket is to be closed once its octets are written. Says so once.
    pub fn poll_close(&mut self, bind: usize, now: Mono) -> bool {
        let slot = &mut self.binds[bind];
        let Some(reason) = slot.ended.take() else { return false };
        if slot.bound_at.is_some_and(|since| now.since(since) >= GOOD_SESSION) {
            slot.backoff.reset();
        }
        let pause = slot.backoff.fail_by(reason, &mut self.dice);
        slot.line =
            if self.stopping { Line::Closing } else { Line::Waiting { until: now + pause } };
        match reason {
            EndReason::Unbound => info!(operator = %self.name, bind, "unbound"),
            reason if reason.is_of_credentials() => error!(
                operator = %self.name, bind, retry_in = ?pause,
                "link ended: {reason}: the SMSC doesn't know us; correct `system_id` or `password`"
            ),
            reason => {
                warn!(operator = %self.name, bind, retry_in = ?pause, "link ended: {reason}")
            }
        }
        self.settle_stop();
        true
    }

    /// The next moment at which [`Operator::handle_timeout`] or [`Operator::poll_connect`] has
    /// something to do.
    pub fn poll_timeout(&self) -> Option<Mono> {
        let lines = self.binds.iter().filter_map(|bind| match &bind.line {
            Line::Open(session) if !bind.unread => session.poll_timeout(),
            Line::Waiting { until } if !self.stopping => Some(*until),
            _ => None,
        });
        lines.chain(self.next_permit).chain(self.quiet_until).chain(self.next_canary()).min()
    }

    fn bind_with_room(&self) -> Option<usize> {
        let count = self.binds.len();
        (0..count)
            .map(|n| (self.next_bind + n) % count)
            .find(|at| matches!(&self.binds[*at].line, Line::Open(session) if session.room() > 0))
    }

    fn settle_stop(&mut self) {
        let over = |bind: &Bind| matches!(bind.line, Line::Closing | Line::Waiting { .. });
        if self.stopping && !self.stopped && self.binds.iter().all(over) {
            self.stopped = true;
            self.note_up();
            self.reports.push_back(Report::Stopped);
        }
    }
}

#[cfg(test)]
mod tests;
