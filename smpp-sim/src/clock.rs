//! The only place that reads clocks; all else gets the time since the start handed in.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The time since a start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

#[expect(clippy::disallowed_methods, reason = "the shell's one reading of the clocks")]
impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Duration {
        Instant::now().saturating_duration_since(self.0)
    }

    pub(crate) fn instant(self, at: Duration) -> Instant {
        self.0 + at
    }

    /// Seconds since 1970.
    pub(crate) fn epoch() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}
