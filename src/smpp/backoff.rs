//! When to connect again after a bind ended: doubling spans with jitter (lessons 7 and 8).
//!
//! An operator refuses who comes back at once (already bound), and locks out who tries a wrong
//! password again and again; both have their own floor. The daemon's link owns one for each bind.

use std::time::Duration;

use super::session::EndReason;
use super::status::Status;
use crate::base::dice::Dice;

/// Spans between attempts: from `min`, doubling to `max`, each shortened by up to half.
#[derive(Clone, Debug)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    /// After wrong credentials (0x0D, 0x0E, 0x0F) at least this long: people must mend it.
    pub const CREDENTIALS: Duration = Duration::from_secs(30);
    /// After ESME_RALYBND at least this long: the SMSC must notice that the old bind is gone.
    pub const ALREADY_BOUND: Duration = Duration::from_secs(5);

    /// From `min` to `max`.
    pub fn new(min: Duration, max: Duration) -> Backoff {
        let max = max.max(min);
        Backoff { min, max, next: min }
    }

    /// The attempt failed, or the session ended: how long to wait before the next.
    pub fn fail(&mut self, dice: &mut Dice) -> Duration {
        let span = dice.jittered(self.next);
        self.next = self.next.saturating_mul(2).min(self.max);
        span
    }

    /// As [`Backoff::fail`], but not below the floor that `reason` asks for. The jitter of a floor
    /// lengthens it.
    pub fn fail_by(&mut self, reason: EndReason, dice: &mut Dice) -> Duration {
        let span = self.fail(dice);
        match floor(reason) {
            Duration::ZERO => span,
            floor => (floor * 2 - dice.jittered(floor)).max(span),
        }
    }

    /// Bound: the next failure starts from `min` again.
    pub fn reset(&mut self) {
        self.next = self.min;
    }
}

impl Default for Backoff {
    /// 1 s to 60 s.
    fn default() -> Backoff {
        Backoff::new(Duration::from_secs(1), Duration::from_secs(60))
    }
}

fn floor(reason: EndReason) -> Duration {
    match reason {
        reason if reason.is_of_credentials() => Backoff::CREDENTIALS,
        EndReason::Refused(Status::RALYBND) => Backoff::ALREADY_BOUND,
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn spans_double_up_to_the_maximum_and_start_again_after_a_bind() {
        let (mut backoff, mut dice) = (Backoff::default(), Dice::seeded(3));
        for whole in [1, 2, 4, 8, 16, 32, 60, 60] {
            let span = backoff.fail(&mut dice);
            assert!(span >= secs(whole) / 2 && span <= secs(whole), "{span:?} of {whole}");
        }
        backoff.reset();
        assert!(backoff.fail(&mut dice) <= secs(1));
    }

    #[test]
    fn refusals_have_their_floor() {
        let mut dice = Dice::seeded(4);
        for code in [0x0D, 0x0E, 0x0F] {
            let span = Backoff::default().fail_by(EndReason::Refused(Status(code)), &mut dice);
            assert!(span >= secs(30) && span <= secs(45), "{span:?}");
        }
        let span = Backoff::default().fail_by(EndReason::Refused(Status(0x05)), &mut dice);
        assert!(span >= secs(5) && span <= secs(8), "{span:?}");
        assert!(Backoff::default().fail_by(EndReason::Disconnected, &mut dice) <= secs(1));
    }
}
