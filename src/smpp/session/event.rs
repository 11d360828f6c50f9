//! What a session tells its owner, and what it refuses.
//!
//! The order in which events come is part of the contract in [`super`].

use std::fmt;

use bytes::Bytes;

use super::EndReason;
use crate::base::now::Mono;
use crate::smpp::receipt;
use crate::smpp::status::Status;

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
    /// A deliver_sm, text or receipt, that
    /// [`DeliverSm::parse`](crate::smpp::deliver::DeliverSm::parse) can read.
    Deliver {
        /// For [`Session::respond`](super::Session::respond).
        ticket: Ticket,
        /// The PDU; a slice of the read buffer, so copy what is kept.
        frame: Bytes,
    },
    /// A submit_sm was answered.
    Submitted {
        /// As given to [`Session::submit`](super::Session::submit).
        token: u64,
        /// How it went.
        status: Status,
        /// The SMSC's id of the message; a slice of the read buffer, so copy what is kept.
        message_id: Option<Bytes>,
    },
    /// A submit_sm was not answered in time, or the session ended: its outcome is unknown.
    Unanswered {
        /// As given to [`Session::submit`](super::Session::submit).
        token: u64,
    },
    /// A submit_sm was answered after [`Event::Unanswered`].
    Late {
        /// As given to [`Session::submit`](super::Session::submit).
        token: u64,
        /// How it went.
        status: Status,
        /// The SMSC's id of the message; a slice of the read buffer, so copy what is kept.
        message_id: Option<Bytes>,
    },
    /// A query_sm was answered, refused, or will not be any more.
    Queried {
        /// As given to [`Session::query`](super::Session::query).
        token: u64,
        /// What the SMSC says of the message; `None` where it said nothing.
        state: Option<receipt::State>,
    },
    /// The peer surely has the deliver_sm_resp that was given with this proof: a request that was
    /// written after it was answered.
    Proved {
        /// As given to [`Session::respond`](super::Session::respond).
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
            Event::Queried { token, state } => write!(f, "Queried {token}: {state:?}"),
            Event::Proved { proof } => write!(f, "Proved {proof}"),
            Event::Ended { reason } => write!(f, "Ended: {reason}"),
        }
    }
}

/// Which deliver_sm is answered; good for the session that gave it, and ignored by any other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ticket {
    pub(super) sequence: u32,
    pub(super) session: Mono,
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
