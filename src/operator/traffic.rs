//! What goes between the engine and an operator: orders in, reports out.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::smpp::pdu::{Address, Submit};
use crate::smpp::receipt::State;
use crate::smpp::session::Ticket;
use crate::smpp::status::{Meaning, Status};

/// One connection of one bind: an answer to a deliver_sm of an earlier one is dropped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LinkId {
    /// Which bind of the operator.
    pub bind: usize,
    /// Which connection of it.
    pub epoch: u64,
}

/// What the engine wants done.
#[derive(Debug)]
pub enum Order {
    /// Answer a deliver_sm.
    Respond {
        /// The connection that it came on.
        link: LinkId,
        /// Which one.
        ticket: Ticket,
        /// How.
        status: Status,
        /// To be reported once the SMSC surely has the answer.
        proof: Option<u64>,
        /// Find out at once whether it has (after a change).
        enquire: bool,
    },
    /// Send one part.
    Submit {
        /// Comes back in the report.
        token: u64,
        /// The part.
        submit: Box<Submit>,
    },
    /// Ask what became of a part that was accepted; answered by [`Report::Queried`].
    Query {
        /// Comes back in the report.
        token: u64,
        /// The SMSC's id of it.
        id: Vec<u8>,
        /// The code that it came from.
        source: Address,
    },
    /// Write what is queued, unbind everything, connect no more.
    Stop,
}

/// What happened.
pub enum Report {
    /// Something can be sent now.
    Up,
    /// Nothing can be sent any more.
    Down,
    /// A deliver_sm; wants an [`Order::Respond`].
    Deliver {
        /// The connection that it came on.
        link: LinkId,
        /// Which one.
        ticket: Ticket,
        /// The PDU; a slice of the read buffer, so copy what is kept.
        frame: Bytes,
    },
    /// This many parts have been written.
    Left(u32),
    /// A part was answered.
    Submitted {
        /// As ordered.
        token: u64,
        /// How.
        status: Status,
        /// What that means at this operator.
        meaning: Meaning,
        /// The SMSC's id of it; a slice of the read buffer, so copy what is kept.
        smsc_id: Option<Bytes>,
    },
    /// A part may or may not have arrived.
    Unknown {
        /// As ordered.
        token: u64,
    },
    /// A part reported unknown was answered after all.
    Late {
        /// As ordered.
        token: u64,
        /// What the answer means at this operator.
        meaning: Meaning,
        /// The SMSC's id of it; a slice of the read buffer, so copy what is kept.
        smsc_id: Option<Bytes>,
    },
    /// What the SMSC says of a part that it was asked about, if it says anything.
    Queried {
        /// As ordered.
        token: u64,
        /// What became of it.
        state: Option<State>,
    },
    /// A part was never written: no bind is left to write it to.
    Returned {
        /// As ordered.
        token: u64,
    },
    /// The SMSC surely has the answer that was given with this proof.
    Proved(u64),
    /// A canary came back, or is missed.
    Canary {
        /// The bind that it had left by.
        bind: usize,
        /// How long it took; `None`: it didn't come back in time, or was refused.
        back_after: Option<Duration>,
    },
    /// Everything is unbound; the last report.
    Stopped,
}

/// A deliver_sm holds a number and a text: of its frame only the length is printed.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Up => f.write_str("Up"),
            Report::Down => f.write_str("Down"),
            Report::Deliver { link, frame, .. } => {
                write!(f, "Deliver on {link:?} [{} octets]", frame.len())
            }
            Report::Left(parts) => write!(f, "Left {parts}"),
            Report::Submitted { token, status, .. } => write!(f, "Submitted {token}: {status}"),
            Report::Unknown { token } => write!(f, "Unknown {token}"),
            Report::Late { token, meaning, .. } => write!(f, "Late {token}: {meaning:?}"),
            Report::Queried { token, state } => write!(f, "Queried {token}: {state:?}"),
            Report::Returned { token } => write!(f, "Returned {token}"),
            Report::Proved(proof) => write!(f, "Proved {proof}"),
            Report::Canary { bind, back_after } => write!(f, "Canary of {bind}: {back_after:?}"),
            Report::Stopped => f.write_str("Stopped"),
        }
    }
}
