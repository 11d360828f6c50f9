//! One SMPP session as a value: no socket, no clock, no task (sections 2 and 4).
//!
//! # The contract
//!
//! The owner (`daemon::link`, or a simulation) connects, makes a [`Session`] and then moves bytes and
//! time between it and the world:
//!
//! - it hands in what happened: [`Session::handle_bytes`] (or [`Session::handle_frame`]) what was read,
//!   [`Session::handle_timeout`] at [`Session::poll_timeout`], [`Session::handle_disconnect`] at the end
//!   of the stream;
//! - it says what it wants: [`Session::submit`], [`Session::respond`], [`Session::enquire`],
//!   [`Session::unbind`];
//! - after each of these, in this order, it takes out what follows from it: [`Session::poll_event`] until
//!   `None` (handling an event may call the wants above), then [`Session::poll_transmit`] and writes what
//!   it got, then [`Session::poll_timeout`].
//!
//! When both what was read and a time-out are at hand, what was read goes first. A call at the wrong
//! moment (too early, twice, after the end) does nothing.
//!
//! Each [`Event::Deliver`] must be answered by one [`Session::respond`], whatever becomes of the
//! message. [`Event::Ended`] is the last event; what [`Session::poll_transmit`] gives after it (an
//! unbind_resp, a generic_nack) is still to be written, then the socket is closed. Each accepted
//! submit gets exactly one [`Event::Submitted`] or [`Event::Unanswered`]; after the latter there may come
//! one [`Event::Late`].
//!
//! What is bounded in here: requests that wait (`window`), late ones remembered, unproved responses. What
//! the owner must bound: it drains events and octets at each turn, and stops reading the socket while
//! it can't write to it, or while too many deliver_sm wait for [`Session::respond`].

mod inbound;
mod proofs;
mod state;
mod timers;
mod window;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

pub use self::state::{EndReason, Mode, State};

use self::proofs::Proofs;
use self::timers::{Life, Stall};
use self::window::{Asked, Window};
use super::frame::{FrameError, next_frame};
use super::header::CommandId;
use super::pdu::{self, Submit};
use super::status::Status;
use crate::base::limits::WINDOW_MAX;
use crate::base::now::Mono;
use crate::base::secret::Secret;

/// How one bind is made and kept. The spans are those of section 7.2.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which way messages go.
    pub mode: Mode,
    /// Our name at the SMSC, at most 15 octets.
    pub system_id: String,
    /// At most 8 octets.
    pub password: Secret,
    /// What kind of system we are, at most 12 octets; empty as a rule.
    pub system_type: String,
    /// Which addresses the bind serves, at most 40 octets; empty as a rule.
    pub address_range: String,
    /// 0x34 for SMPP 3.4.
    pub interface_version: u8,
    /// Whether submit_sm carries optional parameters.
    pub optional_parameters: OptionalParameters,
    /// submit_sm that may wait for their responses at one time.
    pub window: usize,
    /// How long a request waits for its response.
    pub response: Duration,
    /// How long the bind may take.
    pub session_init: Duration,
    /// After how long without a PDU from the peer we ask whether it lives; zero: never.
    pub enquire_link: Duration,
    /// After how long without a PDU from the peer the session ends; zero: never.
    pub inactivity: Duration,
}

/// Whether to send optional parameters (section 3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OptionalParameters {
    /// If the bind response says version 3.4 or later.
    #[default]
    AsBound,
    /// Whatever the bind response says.
    Always,
    /// Not to this SMSC.
    Never,
}

/// A setting that no bind can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OptionsError {
    /// Too long for its field, or not ASCII.
    #[error("{setting} has at most {octets_max} ASCII characters (SMPP 3.4, section 5.2)")]
    Text {
        /// Which.
        setting: &'static str,
        /// How many it may have.
        octets_max: usize,
    },
    /// Not within its bounds.
    #[error("{0} must be more than zero (and a window at most {WINDOW_MAX})")]
    Zero(&'static str),
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mode: Mode::Transceiver,
            system_id: String::new(),
            password: Secret::new(""),
            system_type: String::new(),
            address_range: String::new(),
            interface_version: 0x34,
            optional_parameters: OptionalParameters::AsBound,
            window: 10,
            response: Duration::from_secs(10),
            session_init: Duration::from_secs(5),
            enquire_link: Duration::from_secs(30),
            inactivity: Duration::from_secs(120),
        }
    }
}

impl Options {
    /// Whether a bind can be made of these; for whoever reads them from a configuration.
    ///
    /// # Errors
    /// The first setting that doesn't fit. (A [`Session`] made of it nevertheless sends what fits.)
    pub fn check(&self) -> Result<(), OptionsError> {
        let texts = [
            ("system_id", self.system_id.as_str(), 15),
            ("password", self.password.reveal(), 8),
            ("system_type", &self.system_type, 12),
            ("address_range", &self.address_range, 40),
        ];
        for (setting, text, octets_max) in texts {
            if text.len() > octets_max || !text.is_ascii() || text.contains('\0') {
                return Err(OptionsError::Text { setting, octets_max });
            }
        }
        let zero = [
            ("window", self.window == 0 || self.window > WINDOW_MAX),
            ("response", self.response.is_zero()),
            ("session_init", self.session_init.is_zero()),
        ];
        match zero.into_iter().find(|(_, wrong)| *wrong) {
            Some((setting, _)) => Err(OptionsError::Zero(setting)),
            None => Ok(()),
        }
    }
}

/// What happened.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// The bind stands.
    Bound {
        /// sc_interface_version, if the SMSC gave it.
        version: Option<u8>,
        /// The SMSC's name of itself.
        system_id: String,
    },
    /// A deliver_sm, text or receipt, that [`super::deliver::DeliverSm::parse`] can read.
    Deliver {
        /// For [`Session::respond`].
        ticket: Ticket,
        /// The PDU; a slice of the read buffer, so copy what is kept.
        frame: Bytes,
    },
    /// A submit_sm was answered.
    Submitted {
        /// As given to [`Session::submit`].
        token: u64,
        /// How it went.
        status: Status,
        /// The SMSC's id of the message; a slice of the read buffer, so copy what is kept.
        message_id: Option<Bytes>,
    },
    /// A submit_sm was not answered in time, or the session ended: its outcome is unknown.
    Unanswered {
        /// As given to [`Session::submit`].
        token: u64,
    },
    /// A submit_sm was answered after [`Event::Unanswered`].
    Late {
        /// As given to [`Session::submit`].
        token: u64,
        /// How it went.
        status: Status,
        /// The SMSC's id of the message; a slice of the read buffer, so copy what is kept.
        message_id: Option<Bytes>,
    },
    /// The peer surely has the deliver_sm_resp that was given with this proof: a request that was
    /// written after it was answered.
    Proved {
        /// As given to [`Session::respond`].
        proof: u64,
    },
    /// The last event.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Bound { version, system_id } => {
                write!(f, "Bound to {system_id:?}, version {version:x?}")
            }
            Event::Deliver { frame, .. } => write!(f, "Deliver [{} octets]", frame.len()),
            Event::Submitted { token, status, .. } => write!(f, "Submitted {token}: {status}"),
            Event::Unanswered { token } => write!(f, "Unanswered {token}"),
            Event::Late { token, status, .. } => write!(f, "Late {token}: {status}"),
            Event::Proved { proof } => write!(f, "Proved {proof}"),
            Event::Ended { reason } => write!(f, "Ended: {reason}"),
        }
    }
}

/// Which deliver_sm is answered; good for the session that gave it, and ignored by any other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket {
    sequence: u32,
    session: Mono,
}

/// Why nothing can be submitted at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotNow {
    /// Not bound, or bound as a receiver.
    #[error("the session isn't bound for sending")]
    NotBound,
    /// As many submit_sm wait as the window allows.
    #[error("the window is full")]
    Full,
}

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
    /// An enquire_link was wanted while one waited that is too old to prove anything new.
    enquire_again: bool,
    /// The peer takes optional parameters.
    optional: bool,
    strays: u64,
    out: Octets,
    events: VecDeque<Event>,
}

impl Session {
    /// The socket has just been connected; the bind request is what [`Session::poll_transmit`] gives
    /// first.
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
            enquire_again: false,
            optional: false,
            strays: 0,
            out: Octets(out),
            events: VecDeque::new(),
        }
    }

    /// Takes every whole PDU out of `buf` and handles it; what is incomplete stays for the next read.
    /// A length out of bounds ends the session. After the end `buf` is emptied.
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
    pub fn handle_disconnect(&mut self, _now: Mono) {
        self.end(EndReason::Disconnected);
        self.out.0.clear();
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

    /// Answers a deliver_sm. With a `proof`, [`Event::Proved`] says when the peer surely has it.
    pub fn respond(&mut self, ticket: Ticket, status: Status, proof: Option<u64>, now: Mono) {
        if self.state == State::Ended || ticket.session != self.born {
            return;
        }
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
            self.send_enquire_link(now);
        }
    }

    /// Ends the session in order: unbind, its response or the response timer, [`Event::Ended`]. What is
    /// in flight may still be answered meanwhile; who wants all of it waits for
    /// [`Session::in_flight`] to be 0 first.
    pub fn unbind(&mut self, now: Mono) {
        match self.state {
            State::Binding => self.end(EndReason::Unbound),
            State::Bound => {
                let sequence = self.ask(CommandId::Unbind, Asked::Unbind, now);
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

    /// submit_sm that wait for their responses.
    pub fn in_flight(&self) -> usize {
        self.window.submits()
    }

    /// Responses so far that belonged to no request of ours. They are ignored.
    pub fn strays(&self) -> u64 {
        self.strays
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
            if let Asked::Submit { token } = request.asked {
                self.events.push_back(Event::Unanswered { token });
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
