//! What an operator hears of its sessions, and what follows from it.

use tracing::{debug, info, warn};

use super::{Line, LinkId, Operator, Report, canary};
use crate::base::now::Mono;
use crate::smpp::session::{Event, State};
use crate::smpp::status::{Meaning, Status};

impl Operator {
    /// Takes a session's events out and draws the consequences.
    pub(super) fn pump(&mut self, bind: usize, now: Mono) {
        loop {
            let slot = &mut self.binds[bind];
            let Line::Open(session) = &mut slot.line else { return };
            let Some(event) = session.poll_event() else { break };
            let link = LinkId { bind, epoch: slot.epoch };
            match event {
                Event::Bound { version, system_id } => {
                    // The peer's own words are escaped: a line feed in them forges a line.
                    info!(operator = %self.name, bind, ?version, smsc = ?system_id, "bound");
                    slot.bound_at = Some(now);
                    if self.stopping {
                        session.unbind(now);
                    }
                }
                Event::Deliver { ticket, frame } => {
                    let canary = self.canaries.as_ref().and_then(|canaries| canaries.read(&frame));
                    if let Some(number) = canary {
                        session.respond(ticket, Status::ROK, None, now);
                        self.canary_is_back(number, now);
                        continue;
                    }
                    self.unanswered += 1;
                    self.reports.push_back(Report::Deliver { link, ticket, frame });
                }
                Event::Submitted { token, status, message_id } => {
                    // Only now: a peer that binds and drops at once isn't to be bound every second.
                    slot.backoff.reset();
                    let meaning = self.answered(status, now);
                    if let Some(bind) = canary::bind_of(token) {
                        self.canary_is_answered(bind, status);
                        continue;
                    }
                    let smsc_id = message_id;
                    self.reports.push_back(Report::Submitted { token, status, meaning, smsc_id });
                }
                // Its deadline says what became of it.
                Event::Unanswered { token } | Event::Late { token, .. }
                    if canary::bind_of(token).is_some() => {}
                Event::Unanswered { token } => self.reports.push_back(Report::Unknown { token }),
                Event::Late { token, status, message_id } => {
                    let (meaning, smsc_id) = (self.statuses.meaning(status), message_id);
                    self.reports.push_back(Report::Late { token, meaning, smsc_id });
                }
                Event::Queried { token, state } => {
                    self.reports.push_back(Report::Queried { token, state });
                }
                Event::Proved { proof } => self.reports.push_back(Report::Proved(proof)),
                // Acted upon in poll_close, when what is left to write has been fetched.
                Event::Ended { reason } => slot.ended = Some(reason),
            }
        }
        self.note_up();
    }

    fn answered(&mut self, status: Status, now: Mono) -> Meaning {
        let meaning = self.statuses.meaning(status);
        match meaning {
            Meaning::Ok => self.pacer.accepted(),
            Meaning::Throttled => {
                let said = status.name().unwrap_or("a status of its own");
                debug!(operator = %self.name, "throttled: {said}");
                self.pacer.throttled(now);
            }
            Meaning::Temporary | Meaning::WrongNetwork | Meaning::Permanent => {}
        }
        meaning
    }

    /// Tells the engine when the first bind can send, and when the last one can't any more.
    pub(super) fn note_up(&mut self) {
        let up = self.binds.iter().any(|bind| {
            matches!(&bind.line, Line::Open(session)
                if session.state() == State::Bound && bind.options.mode.sends())
        });
        let up = up && self.quiet_until.is_none();
        if up == self.up {
            return;
        }
        self.up = up;
        if up {
            self.reports.push_back(Report::Up);
            return;
        }
        let returned = self.queue.drain(..).map(|(token, _)| Report::Returned { token });
        self.reports.extend(returned);
        self.reports.push_back(Report::Down);
    }

    /// Lets those canaries go that are due, while nothing else waits for the pace.
    pub(super) fn let_canaries_go(&mut self, now: Mono) {
        let Some(canaries) = &mut self.canaries else { return };
        for bind in 0..self.binds.len() {
            let Line::Open(session) = &mut self.binds[bind].line else { continue };
            let may_go = !self.stopping && self.next_permit.is_none() && session.room() > 0;
            if !may_go || !canaries.is_due(bind, now) {
                continue;
            }
            if let Err(at) = self.pacer.permit_all(1, now) {
                self.next_permit = Some(at);
                return;
            }
            if let Some((token, number, submit)) = canaries.draw(bind, &mut self.dice, now)
                && session.submit(token, &submit, now).is_ok()
            {
                canaries.leaves(bind, number, now);
            }
        }
    }

    /// When a canary is due, or late. One that waits for the pace is due with it.
    pub(super) fn next_canary(&self) -> Option<Mono> {
        let canaries = self.canaries.as_ref()?;
        let waits = self.stopping || self.next_permit.is_some();
        let can_send = |bind: &usize| {
            matches!(&self.binds[*bind].line, Line::Open(session)
            if session.room() > 0 && !waits)
        };
        let due = (0..self.binds.len()).filter(can_send).filter_map(|bind| canaries.next(bind));
        let late = canaries.next_late().filter(|_| self.binds.iter().all(|bind| !bind.unread));
        due.chain(late).min()
    }

    /// Whoever isn't back in time is missed.
    pub(super) fn miss_canaries(&mut self, now: Mono) {
        // It may lie in a socket that wasn't read yet.
        let is_unread = self.binds.iter().any(|bind| bind.unread);
        let Some(canaries) = self.canaries.as_mut().filter(|_| !is_unread) else { return };
        while let Some(bind) = canaries.late(now) {
            let within = canaries.options().deadline;
            warn!(
                operator = %self.name, bind, ?within,
                "the canary didn't come back: texts over this bind may not arrive, or those to us; \
                 ask the operator, or correct `canary`"
            );
            self.reports.push_back(Report::Canary { bind, back_after: None });
        }
    }

    fn canary_is_back(&mut self, number: u32, now: Mono) {
        let Some(canaries) = &mut self.canaries else { return };
        match canaries.back(number, now) {
            Some((bind, after, was_lost)) => {
                if was_lost {
                    info!(operator = %self.name, bind, ?after, "the canary comes back again");
                }
                self.reports.push_back(Report::Canary { bind, back_after: Some(after) });
            }
            None => debug!(operator = %self.name, "a canary came late, or again"),
        }
    }

    fn canary_is_answered(&mut self, bind: usize, status: Status) {
        // What was too fast says nothing of the way round: it is late, and the next one goes.
        let is_refused = !status.is_ok() && self.statuses.meaning(status) != Meaning::Throttled;
        let Some(canaries) = self.canaries.as_mut().filter(|_| is_refused) else { return };
        canaries.refused(bind);
        let operator = &self.name;
        warn!(%operator, bind, "the canary is refused: {status}; correct `canary`");
        self.reports.push_back(Report::Canary { bind, back_after: None });
    }
}
