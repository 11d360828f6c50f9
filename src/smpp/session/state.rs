//! Where a session stands, how it was bound and why it ended (section 2.2).

use super::super::frame::FrameError;
use super::super::header::CommandId;
use super::super::status::Status;

/// Which way messages go on a bind (section 2.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// Both ways.
    #[default]
    Transceiver,
    /// To us only.
    Receiver,
    /// From us only.
    Transmitter,
}

impl Mode {
    /// Whether submit_sm may be sent.
    pub const fn sends(self) -> bool {
        !matches!(self, Mode::Receiver)
    }

    /// Whether deliver_sm may come.
    pub const fn receives(self) -> bool {
        !matches!(self, Mode::Transmitter)
    }

    /// The request that binds so.
    pub const fn bind_request(self) -> CommandId {
        match self {
            Mode::Transceiver => CommandId::BindTransceiver,
            Mode::Receiver => CommandId::BindReceiver,
            Mode::Transmitter => CommandId::BindTransmitter,
        }
    }
}

/// Where a session stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Connected; our bind request isn't answered yet (OPEN in the specification).
    Binding,
    /// Bound, in the mode that was asked for.
    Bound,
    /// We have asked to unbind: nothing new is begun, what is in flight may still be answered.
    Unbinding,
    /// Over; only the octets that are left may still be written.
    Ended,
}

impl State {
    /// Whether the peer takes us for bound.
    pub const fn is_bound(self) -> bool {
        matches!(self, State::Bound | State::Unbinding)
    }
}

/// Why a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EndReason {
    /// We unbound (and the peer agreed, or didn't answer in time).
    #[error("unbound by us")]
    Unbound,
    /// The peer unbound.
    #[error("unbound by the peer")]
    PeerUnbound,
    /// The bind was refused.
    #[error("the bind was refused: {0}")]
    Refused(Status),
    /// The bind wasn't answered within `session_init`.
    #[error("the bind was not answered in time")]
    BindTimeout,
    /// An enquire_link wasn't answered within `response`, and nothing else came either.
    #[error("the peer is silent: enquire_link was not answered")]
    Silent,
    /// Nothing at all came within `inactivity`.
    #[error("nothing came from the peer for too long")]
    Inactive,
    /// It took nothing of what we wrote for `inactivity`, so that we could read nothing either.
    #[error("the peer takes nothing that we write")]
    Deaf,
    /// enquire_link is answered, submit_sm never, for `inactivity` and three times at least.
    #[error("the peer lives but answers no submit_sm")]
    Stalled,
    /// What came is no PDU.
    #[error("the stream is broken: {0}")]
    Broken(FrameError),
    /// End of file, or an I/O error.
    #[error("disconnected")]
    Disconnected,
}

impl EndReason {
    /// Whether the peer doesn't know who we are: trying again soon changes nothing, and may lock us
    /// out.
    pub const fn is_of_credentials(self) -> bool {
        matches!(
            self,
            EndReason::Refused(Status::RBINDFAIL | Status::RINVPASWD | Status::RINVSYSID)
        )
    }
}
