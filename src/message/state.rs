//! Where a message is in its life, and what became of its parts behind the SMSC.

use serde::{Deserialize, Serialize};

use crate::base::now::Wall;

/// Where a message is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum State {
    /// On disk, nothing done yet.
    Received,
    /// The bank was asked.
    Asked,
    /// Ready to leave, or waiting for its next try.
    Queued,
    /// Handed to the link; the response is outstanding.
    InFlight,
    /// Its link or the process died while it was in flight: it may have arrived.
    Unknown,
    /// The SMSC has all its parts.
    Accepted,
    /// It reached the phone.
    Delivered,
    /// The SMSC refused it for good, or too often.
    Failed,
    /// Its time ran out before it could leave.
    Expired,
    /// The number changed hands, or its customer left.
    Withdrawn,
    /// The daemon refused to act on it.
    Refused,
    /// Deliberately not answered.
    Silent,
    /// The SMSC says that it can't reach the phone, or that it has deleted it.
    Undeliverable,
    /// It lay at the SMSC until its validity was over.
    Lapsed,
    /// The SMSC had accepted it, and then rejected it.
    Rejected,
    /// The SMSC has it, and said nothing more for as long as we wait.
    Unheard,
}

impl State {
    /// Whether nothing more will happen of our doing.
    pub fn is_end(self) -> bool {
        !matches!(
            self,
            State::Received | State::Asked | State::Queued | State::InFlight | State::Unknown
        )
    }

    /// What clerks call it.
    pub const fn name(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Asked => "asked",
            State::Queued => "queued",
            State::InFlight => "in flight",
            State::Unknown => "unknown",
            State::Accepted => "accepted",
            State::Delivered => "delivered",
            State::Failed => "failed",
            State::Expired => "expired",
            State::Withdrawn => "withdrawn",
            State::Refused => "refused",
            State::Silent => "silent",
            State::Undeliverable => "undeliverable",
            State::Lapsed => "lapsed",
            State::Rejected => "rejected",
            State::Unheard => "unheard",
        }
    }
}

/// What receipts have said of the parts of a message, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Fate {
    /// They reached the phone.
    pub delivered: u16,
    /// They won't, or nothing was heard of them.
    pub lost: u16,
    /// What became of the first that was lost.
    pub end: Option<State>,
    /// Why, where the network said it: its type and code (network_error_code, 5.3.2.31).
    pub network_error: Option<(u8, u16)>,
    /// When the last of it was heard.
    pub heard: Wall,
}

impl Fate {
    /// Notes what became of a part; the first that is said of it counts.
    pub fn note(&mut self, part: u8, end: State, network_error: Option<(u8, u16)>, at: Wall) {
        let bit = 1 << part;
        if (self.delivered | self.lost) & bit != 0 {
            return;
        }
        self.heard = at;
        if end == State::Delivered {
            self.delivered |= bit;
        } else {
            self.lost |= bit;
            self.end.get_or_insert(end);
            self.network_error = self.network_error.or(network_error);
        }
    }

    /// What became of the whole message: delivered if all parts were; `None` while some are
    /// missing.
    pub fn of_whole(&self, parts: u8) -> Option<State> {
        let known = (self.delivered | self.lost).count_ones();
        let all = parts > 0 && known >= u32::from(parts);
        all.then(|| self.end.unwrap_or(State::Delivered))
    }
}
