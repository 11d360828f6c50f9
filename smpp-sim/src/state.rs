//! message_state (SMPP 3.4, 5.2.28): where a message is, or how it ended.

use serde::{Deserialize, Serialize};

/// Where a message is, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum MessageState {
    /// On its way.
    Enroute = 1,
    /// With the phone.
    Delivered = 2,
    /// Its validity period ended first.
    Expired = 3,
    /// Cancelled, or deleted by the operator.
    Deleted = 4,
    /// The phone can't be reached for good.
    Undeliverable = 5,
    /// Taken over by somebody else, such as customer service.
    Accepted = 6,
    /// Nobody knows.
    Unknown = 7,
    /// Refused after it had been accepted.
    Rejected = 8,
}

impl MessageState {
    /// Those after which nothing follows.
    pub const FINAL: [Self; 6] = [
        Self::Delivered,
        Self::Undeliverable,
        Self::Expired,
        Self::Rejected,
        Self::Deleted,
        Self::Unknown,
    ];

    /// The number in message_state.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The word behind `stat:` in a receipt (appendix B).
    pub fn word(self) -> &'static str {
        match self {
            Self::Enroute => "ENROUTE",
            Self::Delivered => "DELIVRD",
            Self::Expired => "EXPIRED",
            Self::Deleted => "DELETED",
            Self::Undeliverable => "UNDELIV",
            Self::Accepted => "ACCEPTD",
            Self::Unknown => "UNKNOWN",
            Self::Rejected => "REJECTD",
        }
    }

    /// Whether nothing follows.
    pub fn is_final(self) -> bool {
        Self::FINAL.contains(&self)
    }

    /// A customary error number of the network; there is no standard one.
    pub(crate) fn error(self) -> u8 {
        match self {
            Self::Undeliverable => 1,
            Self::Expired => 27,
            Self::Rejected => 88,
            Self::Unknown => 255,
            _ => 0,
        }
    }

    /// What an operator writes whose errors aren't numbers (lesson 3).
    pub(crate) fn error_word(self) -> &'static str {
        match self {
            Self::Undeliverable => "UNK",
            Self::Expired => "ABS",
            Self::Rejected => "REJ",
            Self::Unknown => "1F",
            _ => "NIL",
        }
    }
}
