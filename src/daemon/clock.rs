//! The clocks, read in one place and handed in everywhere else.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::base::dice::Dice;
use crate::base::now::{Mono, Now, Wall};

/// Both clocks of this machine. Copies count from the same moment.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

#[expect(clippy::disallowed_methods, reason = "the one place where clocks are read")]
impl Clock {
    /// Counts from now.
    pub fn start() -> Clock {
        Clock { start: Instant::now() }
    }

    /// Both clocks.
    pub fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            mono: self.mono(),
            wall: Wall::from_millis(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)),
        }
    }

    /// The monotonic clock.
    pub fn mono(&self) -> Mono {
        // Begins at 1 s, so that "some time ago" can be said from the start.
        let since = self.start.elapsed() + Duration::from_secs(1);
        Mono::from_nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    /// The instant that tokio's timers understand.
    pub fn tokio(&self, at: Mono) -> tokio::time::Instant {
        let wait = at.since(self.mono());
        tokio::time::Instant::now() + wait
    }
}

/// Randomness from the operating system.
pub fn entropy() -> Result<Dice, std::io::Error> {
    let mut seed = [0; 32];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut seed)?;
    Ok(Dice::from_entropy(seed))
}
