//! One SMPP session as a value: no socket, no clock, no task (sections 2 and 4).
//!
//! # The contract
//!
//! The owner (`daemon::link`, or a simulation) connects, makes a [`Session`] and then moves bytes
//! and time between it and the world:
//!
//! - it hands in what happened: [`Session::handle_bytes`] (or [`Session::handle_frame`]) what was
//!   read, [`Session::handle_timeout`] at [`Session::poll_timeout`], [`Session::handle_disconnect`]
//!   at the end of the stream;
//! - it says what it wants: [`Session::submit`], [`Session::respond`], [`Session::enquire`],
//!   [`Session::unbind`];
//! - after each of these, in this order, it takes out what follows from it: [`Session::poll_event`]
//!   until `None` (handling an event may call the wants above), then [`Session::poll_transmit`] and
//!   writes what it got, then [`Session::poll_timeout`].
//!
//! A time-out is handed in only when all that had come by then was read and handed in, and who
//! stops reading says so ([`Session::handle_pause`]): what lies unread in the socket is in time
//! (lesson 9). A call at the wrong moment (too early, twice, after the end) does nothing.
//!
//! Each [`Event::Deliver`] must be answered by one [`Session::respond`], whatever becomes of the
//! message. [`Event::Ended`] is the last event; what [`Session::poll_transmit`] gives after it (an
//! unbind_resp, a generic_nack) is still to be written, then the socket is closed. Each accepted
//! submit gets exactly one [`Event::Submitted`] or [`Event::Unanswered`]; after the latter there
//! may come one [`Event::Late`].
//!
//! What is bounded in here: requests that wait (`window`), late ones remembered, unproved
//! responses. What the owner must bound: it drains events and octets at each turn, and stops
//! reading the socket while it can't write to it, or while too many deliver_sm wait for
//! [`Session::respond`].

mod event;
mod hearing;
mod inbound;
mod options;
mod proofs;
mod state;
mod timers;
mod window;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;

use bytes::BytesMut;

pub use self::event::{Event, NotNow, Ticket};
pub use self::hearing::Pause;
pub use self::options::{OptionalParameters, Options, OptionsError};
pub use self::state::{EndReason, Mode, State};

use self::hearing::Hearing;
use self::proofs::Proofs;
use self::timers::{Life, Stall};
use self::window::{Asked, Window};
use super::frame::{FrameError, next_frame};
use super::header::CommandId;
use super::pdu::{self, Address, Submit};
use super::status::Status;
use crate::base::limits::WINDOW_MAX;
use crate::base::now::Mono;

/// The conversation with one SMSC over one connection. See the module for its contract.
#[derive(Debug)]
pub struct Session {
    options: Options,
    state: State,
    born: Mono,
    window: Window,
    proofs: Proofs,
    life: Life,
    stall: Option<Stall>,
    hearing: Hearing,
    /// An enquire_link was wanted while one waited that is too old to prove anything new.
    enquire_again: bool,
    /// The peer takes optional parameters.
    optional: bool,
    out: Octets,
    events: VecDeque<Event>,
}

impl Session {
    /// The socket has just been connected; the bind request is what [`Session::poll_transmit`]
    /// gives first.
    pub fn new(options: Options, now: Mono) -> Session {
        let (mut window, mut out) = (Window::default(), BytesMut::new());
        let deadline = now + options.session_init;
        let sequence = window.open(options.mode.bind_request(), Asked::Bind, now, deadline);
        pdu::bind(&mut out, sequence, &options);
        Session {
            options,
            state: State::Binding,
            born: now,
            window,
            proofs: Proofs::default(),
            life: Life { heard_at: now, heard: 0, asked_at: now },
            stall: None,
            hearing: Hearing::default(),
            enquire_again: false,
            optional: false,
            out: Octets(out),
            events: VecDeque::new(),
        }
    }

    /// Takes every whole PDU out of `buf` and handles it; what is incomplete stays for the next
    /// read. A length out of bounds ends the session. After the end `buf` is emptied.
    pub fn handle_bytes(&mut self, buf: &mut BytesMut, now: Mono) {
        while self.state != State::Ended {
            match next_frame(buf) {
                Ok(Some(frame)) => self.handle_frame(frame, now),
                Ok(None) => return,
                Err(error) => self.break_off(error),
            }
        }
        buf.clear();
    }

    /// End of file, or an I/O error: nothing can be written any more.
    pub fn handle_disconnect(&mut self) {
        self.end(EndReason::Disconnected);
        self.out.0.clear();
    }

    /// Whether the owner reads what comes: `None`, or why not. No deadline comes nearer meanwhile.
    pub fn handle_pause(&mut self, pause: Option<Pause>, now: Mono) {
        self.hearing.set(pause, now);
    }

    /// Sends a part; its outcome comes as an event with `token`.
    ///
    /// # Errors
    /// [`NotNow`] where [`Session::room`] is 0; nothing is sent then.
    pub fn submit(&mut self, token: u64, sm: &Submit, now: Mono) -> Result<(), NotNow> {
        if self.state != State::Bound || !self.options.mode.sends() {
            return Err(NotNow::NotBound);
        }
        if self.room() == 0 {
            return Err(NotNow::Full);
        }
        let now = self.hearing.own(now);
        let sequence = self.ask(CommandId::SubmitSm, Asked::Submit { token }, now);
        pdu::submit_sm(&mut self.out.0, sequence, sm, self.optional);
        Ok(())
    }

    /// submit_sm that the window still takes; 0 unless bound for sending.
    pub fn room(&self) -> usize {
        if self.state != State::Bound || !self.options.mode.sends() {
            return 0;
        }
        self.options.window.min(WINDOW_MAX).saturating_sub(self.window.submits())
    }

    /// Asks what became of a message that the SMSC accepted from `source` under this id (4.8); the
    /// answer, or that there is none, comes as an event with `token`.
    ///
    /// # Errors
    /// [`NotNow`] unless the session is bound for sending.
    pub fn query(
        &mut self,
        token: u64,
        id: &[u8],
        source: &Address,
        now: Mono,
    ) -> Result<(), NotNow> {
        if self.state != State::Bound || !self.options.mode.sends() {
            return Err(NotNow::NotBound);
        }
        let now = self.hearing.own(now);
        let sequence = self.ask(CommandId::QuerySm, Asked::Query { token }, now);
        pdu::query_sm(&mut self.out.0, sequence, id, source);
        Ok(())
    }

    /// Answers a deliver_sm. With a `proof`, [`Event::Proved`] says when the peer surely has it.
    pub fn respond(&mut self, ticket: Ticket, status: Status, proof: Option<u64>, now: Mono) {
        if self.state == State::Ended || ticket.session != self.born {
            return;
        }
        let now = self.hearing.own(now);
        pdu::deliver_sm_resp(&mut self.out.0, status, ticket.sequence);
        if let Some(proof) = proof {
            self.proofs.wait(self.window.next_order(), proof, now);
        }
        if self.proofs.are_many() && !self.window.is_enquiring() {
            self.send_enquire_link(now);
        }
    }

    /// Asks at once whether the peer lives, so that what was answered before is proved soon. While
    /// an enquire_link waits, the next follows its answer, if there is still something to prove.
    pub fn enquire(&mut self, now: Mono) {
        if self.window.is_enquiring() {
            self.enquire_again = true;
        } else {
            self.send_enquire_link(self.hearing.own(now));
        }
    }

    /// Ends the session in order: unbind, its response or the response timer, [`Event::Ended`].
    /// What is in flight may still be answered meanwhile.
    pub fn unbind(&mut self, now: Mono) {
        match self.state {
            State::Binding => self.end(EndReason::Unbound),
            State::Bound => {
                let sequence = self.ask(CommandId::Unbind, Asked::Unbind, self.hearing.own(now));
                pdu::bare(&mut self.out.0, CommandId::Unbind, Status::ROK, sequence);
                self.state = State::Unbinding;
            }
            State::Unbinding | State::Ended => {}
        }
    }

    /// Moves all octets that are to be sent, many PDUs as a rule, to the end of `out`; false where
    /// there are none.
    pub fn poll_transmit(&mut self, out: &mut BytesMut) -> bool {
        let mine = &mut self.out.0;
        let any = !mine.is_empty();
        if out.is_empty() {
            std::mem::swap(out, mine);
        } else {
            out.extend_from_slice(mine);
            mine.clear();
        }
        any
    }

    /// What happened, one by one.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Where the session stands.
    pub fn state(&self) -> State {
        self.state
    }

    fn ask(&mut self, command_id: CommandId, asked: Asked, now: Mono) -> u32 {
        self.life.asked_at = now;
        self.window.open(command_id, asked, now, now + self.options.response)
    }

    fn send_enquire_link(&mut self, now: Mono) {
        if self.state != State::Bound {
            return;
        }
        self.enquire_again = false;
        let asked = Asked::Enquire { heard: self.life.heard };
        let sequence = self.ask(CommandId::EnquireLink, asked, now);
        pdu::bare(&mut self.out.0, CommandId::EnquireLink, Status::ROK, sequence);
    }

    /// The enquire_link that waited is done with; sends the one that was wanted meanwhile.
    fn enquire_again(&mut self, now: Mono) {
        if std::mem::take(&mut self.enquire_again) && !self.proofs.is_empty() {
            self.send_enquire_link(now);
        }
    }

    fn break_off(&mut self, error: FrameError) {
        // Where the fault is in an SMPP peer, it is told; 0, because no sequence can be read (4.3).
        if !matches!(error, FrameError::NotSmpp(_)) {
            pdu::bare(&mut self.out.0, CommandId::GenericNack, Status::RINVCMDLEN, 0);
        }
        self.end(EndReason::Broken(error));
    }

    fn end(&mut self, reason: EndReason) {
        if self.state == State::Ended {
            return;
        }
        self.state = State::Ended;
        while let Some(request) = self.window.pop() {
            match request.asked {
                Asked::Submit { token } => self.events.push_back(Event::Unanswered { token }),
                Asked::Query { token } => {
                    self.events.push_back(Event::Queried { token, state: None });
                }
                Asked::Bind | Asked::Enquire { .. } | Asked::Unbind => {}
            }
        }
        self.events.push_back(Event::Ended { reason });
    }
}

/// Octets to send; they hold the password and texts, so only their number is printed.
struct Octets(BytesMut);

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} octets]", self.0.len())
    }
}
