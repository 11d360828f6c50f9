//! Randomness, as it is handed in: one seeded generator, named after what it does.
//!
//! The daemon seeds it from the operating system, a test from a number, and everything that
//! follows from the number can be played again.

use std::time::Duration;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A cryptographically strong generator; good enough for nonces, keys and jitter alike.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha12Rng);

impl Dice {
    /// From 32 bytes of the operating system's randomness.
    pub fn from_entropy(seed: [u8; 32]) -> Dice {
        Dice(ChaCha12Rng::from_seed(seed))
    }

    /// From a number, for simulations and tests.
    pub fn seeded(seed: u64) -> Dice {
        Dice(ChaCha12Rng::seed_from_u64(seed))
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Fills `out`.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }

    /// Evenly from `0..bound`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias of the multiply-shift is below 2^-32 for every bound in use.
        ((u128::from(self.roll()) * u128::from(bound)) >> 64) as u64
    }

    /// True in `percent` of 100 rolls.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// `span` shortened by up to half, so that many who wait don't come back together.
    pub fn jittered(&mut self, span: Duration) -> Duration {
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(nanos - self.below(nanos / 2 + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same() {
        let (mut one, mut two) = (Dice::seeded(7), Dice::seeded(7));
        assert!((0..100).all(|_| one.roll() == two.roll()));
    }

    #[test]
    fn jitter_stays_between_half_and_whole() {
        let mut dice = Dice::seeded(1);
        let whole = Duration::from_secs(10);
        for _ in 0..1_000 {
            let span = dice.jittered(whole);
            assert!(span >= whole / 2 && span <= whole);
        }
    }
}
