//! The timers of a session (sections 2.9 and 7.2): each says when it is due, the next time-out is
//! the minimum, and a call too early does nothing.
//!
//! Nothing is armed or cancelled: due times follow from what was heard and asked, so none can be
//! forgotten. A span of zero turns enquire_link or inactivity off.

use std::time::Duration;

use super::hearing::Pause;
use super::window::Asked;
use super::{EndReason, Event, Session, State};
use crate::base::now::Mono;

/// What can become due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Timer {
    /// A request of ours has waited too long: session_init for the bind, response for all others.
    Response,
    /// Nothing came for so long that we ask whether the peer lives.
    EnquireLink,
    /// A deliver_sm_resp is unproved, and nothing has been asked for so long that we ask.
    Proof,
    /// Nothing came for so long that the session is taken for dead.
    Inactivity,
}

impl Timer {
    const ALL: [Timer; 4] = [Timer::Response, Timer::EnquireLink, Timer::Proof, Timer::Inactivity];
}

/// When the peer was heard, and asked, last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) heard_at: Mono,
    /// PDUs heard so far; tells "meanwhile" apart even within one instant.
    pub(super) heard: u64,
    pub(super) asked_at: Mono,
}

/// submit_sm that got no answer since the last that got one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stall {
    since: Mono,
    unanswered: u32,
}

/// Unanswered submit_sm in a row, at least, before a living peer counts as stalled.
const STALLED_SUBMITS_MIN: u32 = 3;

impl Session {
    /// When to call [`Session::handle_timeout`]; `None` after the end.
    pub fn poll_timeout(&self) -> Option<Mono> {
        if self.hearing.pause().is_some() {
            return self.deaf_until();
        }
        let next = Timer::ALL.into_iter().filter_map(|timer| self.due(timer)).min();
        next.map(|due| self.hearing.owners(due))
    }

    /// Time has passed. Hand in first what has arrived meanwhile: a response that lies in the
    /// socket is in time (lesson 9).
    pub fn handle_timeout(&mut self, now: Mono) {
        if self.hearing.pause().is_some() {
            if self.deaf_until().is_some_and(|due| due <= now) {
                self.end(EndReason::Deaf);
            }
            return;
        }
        let now = self.hearing.own(now);
        for timer in Timer::ALL {
            if self.due(timer).is_some_and(|due| due <= now) {
                self.fire(timer, now);
            }
        }
    }

    /// Until when a peer that takes nothing has to take something.
    fn deaf_until(&self) -> Option<Mono> {
        let (since, pause) = self.hearing.pause()?;
        let patience = on(self.options.inactivity)?;
        (pause == Pause::Deaf && self.state != State::Ended).then(|| since + patience)
    }

    fn due(&self, timer: Timer) -> Option<Mono> {
        let asks = self.state == State::Bound && !self.window.is_enquiring();
        let enquire = on(self.options.enquire_link);
        match timer {
            _ if self.state == State::Ended => None,
            Timer::Response => self.window.deadline(),
            Timer::EnquireLink if asks => Some(self.life.heard_at + enquire?),
            Timer::Proof if asks => Some(self.proofs.since()?.max(self.life.asked_at) + enquire?),
            Timer::EnquireLink | Timer::Proof => None,
            Timer::Inactivity => Some(self.life.heard_at + on(self.options.inactivity)?),
        }
    }

    fn fire(&mut self, timer: Timer, now: Mono) {
        match timer {
            Timer::Response => self.give_up(now),
            Timer::EnquireLink | Timer::Proof => self.send_enquire_link(now),
            Timer::Inactivity => self.end(EndReason::Inactive),
        }
    }

    fn give_up(&mut self, now: Mono) {
        while let Some(request) = self.window.expire(now) {
            match request.asked {
                Asked::Submit { token } => {
                    self.events.push_back(Event::Unanswered { token });
                    if self.is_stalled(request.sent, now) {
                        return self.end(EndReason::Stalled);
                    }
                }
                Asked::Enquire { heard } if heard == self.life.heard => {
                    return self.end(EndReason::Silent);
                }
                // Slow, but something came: the peer lives (4.11).
                Asked::Enquire { .. } => self.enquire_again(now),
                Asked::Query { token } => {
                    self.events.push_back(Event::Queried { token, state: None });
                }
                Asked::Bind => return self.end(EndReason::BindTimeout),
                Asked::Unbind => return self.end(EndReason::Unbound),
            }
        }
    }

    fn is_stalled(&mut self, sent: Mono, now: Mono) -> bool {
        let stall = self.stall.get_or_insert(Stall { since: sent, unanswered: 0 });
        stall.unanswered = stall.unanswered.saturating_add(1);
        on(self.options.inactivity).is_some_and(|span| now.since(stall.since) >= span)
            && stall.unanswered >= STALLED_SUBMITS_MIN
    }
}

fn on(span: Duration) -> Option<Duration> {
    (!span.is_zero()).then_some(span)
}
