//! The session's own time: it stands still while its owner reads nothing from the peer.
//!
//! Who doesn't listen can't say that no answer came (lesson 9): a pause in the reading takes no
//! time from any deadline, whichever side it began on. The own time is the owner's without all
//! pauses so far.

use std::time::Duration;

use crate::base::now::Mono;

/// Why nothing is read from the peer at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pause {
    /// Too many of its deliver_sm wait for us.
    Busy,
    /// Too many of our octets wait for it to take them. A peer that is deaf for as long as the
    /// option `inactivity` says is given up.
    Deaf,
}

/// Whether the peer is listened to, and how long it wasn't.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hearing {
    pause: Option<(Mono, Pause)>,
    lost: Duration,
}

impl Hearing {
    /// A pause begins, goes on or ends.
    pub(super) fn set(&mut self, pause: Option<Pause>, now: Mono) {
        if self.pause.map(|(_, why)| why) == pause {
            return;
        }
        if let Some((since, _)) = self.pause {
            self.lost += now.since(since);
        }
        self.pause = pause.map(|why| (now, why));
    }

    /// The pause that lasts, and since when (by the owner's time).
    pub(super) const fn pause(&self) -> Option<(Mono, Pause)> {
        self.pause
    }

    /// The session's own time.
    pub(super) fn own(&self, now: Mono) -> Mono {
        let until = self.pause.map_or(now, |(since, _)| since.min(now));
        Mono::ZERO + until.since(Mono::ZERO + self.lost)
    }

    /// When, by the owner's time, `own` comes if no other pause does.
    pub(super) fn owners(&self, own: Mono) -> Mono {
        own + self.lost
    }
}
