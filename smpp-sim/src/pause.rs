//! Responses held back by order, until they are let go: an SMSC that stops to think.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::event::ConnId;
use crate::smsc::Smsc;

/// Responses that may be held back; an ESME that goes on regardless is cut off.
const HELD_MAX: usize = 100_000;

/// Which responses are held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pause {
    /// None.
    #[default]
    Nothing,
    /// Those to submit_sm; the link stays alive.
    Submits,
    /// All.
    Everything,
}

/// A response that waits: where to, its octets, whether to a submit_sm.
pub(crate) type Held = (ConnId, Bytes, bool);

impl Smsc {
    /// From now on these responses are held back; what isn't any more leaves at once, in order.
    /// Gives how many left.
    pub fn pause(&mut self, pause: Pause) -> usize {
        self.paused = pause;
        let held = std::mem::take(&mut self.held);
        let (stay, go): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|(_, _, submit)| self.is_paused(*submit));
        self.held = stay;
        let left = go.len();
        for (conn, frame, submit) in go {
            self.respond_now(conn, frame, submit);
        }
        left
    }

    /// What is held back.
    pub fn paused(&self) -> Pause {
        self.paused
    }

    pub(crate) fn is_paused(&self, submit: bool) -> bool {
        match self.paused {
            Pause::Nothing => false,
            Pause::Submits => submit,
            Pause::Everything => true,
        }
    }

    /// Keeps a response for later.
    pub(crate) fn hold(&mut self, conn: ConnId, frame: Bytes, submit: bool) {
        if self.held.len() >= HELD_MAX {
            return self.drop_connection(conn);
        }
        self.held.push((conn, frame, submit));
    }
}
