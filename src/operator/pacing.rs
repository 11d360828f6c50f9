//! The pace towards one operator: a permit a part, taken at the socket write.
//!
//! `rate` is the contract: in no one second more parts than that, and 99 % of it when there is work
//! (promise 5). governor spaces the parts: `rate` a second, and a burst that makes up for timers
//! that wake a millisecond late (with a burst of 1 every lateness is lost: 100/s came to 90/s,
//! measured over TCP). A burst adds to a second, so the contract itself is kept by a memory of the
//! last second's permits. That second is `WINDOW`, a little longer than the SMSC's, because parts
//! that we send 3 ms apart may arrive together. Time is handed in; governor's clock shows what was
//! handed.
//!
//! ESME_RTHROTTLED and ESME_RMSGQFUL hold the whole pace with a growing delay (lessons 6, 7).

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::base::now::Mono;

/// What the contract counts in.
const SECOND: Duration = Duration::from_secs(1);

/// In which no more parts than the contract's leave: a second, and what a path may squeeze it by.
const WINDOW: Duration = Duration::from_millis(1_005);

/// What an operator's contract says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Parts in one second, at most.
    pub rate: u32,
    /// Parts at once; `None`: 1 + 2 ms of the rate, rounded up.
    pub burst: Option<u32>,
    /// The first pause after a throttling status; it doubles up to `hold_max`.
    pub hold_min: Duration,
    /// The longest pause.
    pub hold_max: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            rate: 50,
            burst: None,
            hold_min: Duration::from_secs(1),
            hold_max: Duration::from_secs(30),
        }
    }
}

impl Options {
    /// The burst in force: never so large that nothing would be left to replenish.
    pub fn burst(&self) -> u32 {
        self.burst.unwrap_or(1 + self.rate.div_ceil(500)).clamp(1, self.rate.max(1))
    }
}

#[derive(Clone, Debug, Default)]
struct HandedClock(Arc<AtomicU64>);

impl Clock for HandedClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.load(Ordering::Relaxed))
    }
}

/// Permits for one operator.
#[derive(Debug)]
pub struct Pacer {
    clock: HandedClock,
    limiter: RateLimiter<NotKeyed, InMemoryState, HandedClock, NoOpMiddleware<Nanos>>,
    options: Options,
    /// When the permits of the last [`WINDOW`] were taken.
    taken: VecDeque<Mono>,
    /// Permits that wait until there are enough for what leaves next.
    saved: u8,
    hold: Duration,
    held_until: Mono,
}

impl Pacer {
    /// A pacer with a full burst.
    pub fn new(options: Options) -> Pacer {
        let burst = options.burst();
        let period = Duration::from_nanos(1_000_000_000u64.div_ceil(options.rate.max(1).into()));
        let clock = HandedClock::default();
        // The period is at least 1 ns and the burst at least 1.
        let quota = Quota::with_period(period)
            .unwrap_or(Quota::per_second(NonZeroU32::MIN))
            .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        Pacer {
            clock,
            limiter,
            options,
            taken: VecDeque::new(),
            saved: 0,
            hold: options.hold_min,
            held_until: Mono::ZERO,
        }
    }

    /// The first connection stands. What an earlier process sent in the last second isn't known, so
    /// nothing leaves in this one: until when.
    pub fn begin(&mut self, now: Mono) -> Mono {
        self.held_until = self.held_until.max(now + SECOND);
        self.held_until
    }

    /// Takes permits for so many parts, which then leave together, or says when to ask again.
    pub fn permit_all(&mut self, parts: u8, now: Mono) -> Result<(), Mono> {
        while self.saved < parts {
            self.permit(now)?;
            self.saved += 1;
        }
        // They all leave now: it is from now on that they count against the contract.
        let earlier = self.taken.len().saturating_sub(parts.into());
        self.taken.truncate(earlier);
        self.taken.extend(std::iter::repeat_n(now, parts.into()));
        self.saved = 0;
        Ok(())
    }

    /// Takes a permit for one part, or says when to ask again.
    fn permit(&mut self, now: Mono) -> Result<(), Mono> {
        if now < self.held_until {
            return Err(self.held_until);
        }
        while self.taken.front().is_some_and(|at| *at + WINDOW <= now) {
            self.taken.pop_front();
        }
        if let Some(first) = self.taken.front()
            && self.taken.len() >= self.options.rate.max(1) as usize
        {
            return Err(*first + WINDOW);
        }
        self.clock.0.store(now.as_nanos(), Ordering::Relaxed);
        self.limiter.check().map_err(|denied| {
            let at = Mono::from_nanos(denied.earliest_possible().as_u64());
            // A permit that is due now by rounding is asked for again a little later.
            at.max(now + Duration::from_nanos(1))
        })?;
        self.taken.push_back(now);
        Ok(())
    }

    /// The SMSC said that it was too much: nothing leaves for a while, longer each time.
    pub fn throttled(&mut self, now: Mono) {
        if now >= self.held_until {
            self.held_until = now + self.hold;
            self.hold = (self.hold * 2).min(self.options.hold_max);
        }
    }

    /// The SMSC took a part.
    pub fn accepted(&mut self) {
        self.hold = self.options.hold_min;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When permits are taken by one who takes each as soon as there is one.
    fn permits(options: Options, seconds: u64) -> Vec<u64> {
        let (mut pacer, mut now, mut taken) = (Pacer::new(options), Mono::ZERO, Vec::new());
        while now < Mono::from_nanos(seconds * 1_000_000_000) {
            match pacer.permit(now) {
                Ok(()) => taken.push(now.as_nanos()),
                Err(at) => {
                    assert!(at > now, "a refusal names a later moment");
                    now = at;
                }
            }
        }
        taken
    }

    #[test]
    fn a_text_that_the_smsc_cuts_counts_as_its_parts() {
        for (rate, parts) in [(5, 3), (5, 10), (50, 7), (5_000, 10)] {
            let mut pacer = Pacer::new(Options { rate, ..Options::default() });
            let (mut now, mut left) = (Mono::ZERO, Vec::new());
            let end = Mono::from_nanos(20_000_000_000);
            while now < end {
                match pacer.permit_all(parts, now) {
                    Ok(()) => left.push(now),
                    Err(at) => now = at,
                }
            }
            // As many as the contract allows at one time, or the one that is more than that.
            let most = (rate / u32::from(parts)).max(1) as usize;
            let within = |at: Mono| left.iter().filter(move |o| **o >= at && o.since(at) < SECOND);
            assert!(left.iter().all(|at| within(*at).count() <= most), "{rate} {parts}");
            let used = left.len() as f64 * f64::from(parts) / (f64::from(rate) * 20.0);
            assert!(used > 0.5, "{rate} {parts}: {used}");
        }
    }

    #[test]
    fn the_contract_is_used_to_99_percent_and_never_exceeded_in_any_second() {
        for rate in [1, 5, 50, 100, 1_000, 5_000, 100_000] {
            for burst in [None, Some(1), Some(rate.min(20)), Some(rate)] {
                let options = Options { rate, burst, ..Options::default() };
                let seconds = if rate == 100_000 { 2 } else { 10 };
                let taken = permits(options, seconds);
                let mut first = 0;
                for (at, time) in taken.iter().enumerate() {
                    while taken[first] + 1_000_000_000 <= *time {
                        first += 1;
                    }
                    assert!(at - first < rate as usize, "rate {rate}, burst {burst:?}");
                }
                if burst.is_none() {
                    let used = taken.len() as f64 / (f64::from(rate) * seconds as f64);
                    assert!(used >= 0.99, "rate {rate}: {used}");
                }
            }
        }
    }

    #[test]
    fn a_new_process_waits_out_the_second_of_its_predecessor() {
        let mut pacer = Pacer::new(Options::default());
        let second = |n: u64| Mono::from_nanos(n * 1_000_000_000);
        pacer.begin(second(7));
        assert_eq!(pacer.permit(second(7)), Err(second(8)));
        assert_eq!(pacer.permit(second(8)), Ok(()));
    }

    #[test]
    fn throttling_holds_longer_each_time_and_an_acceptance_forgives() {
        let mut pacer = Pacer::new(Options { rate: 1_000, ..Options::default() });
        let second = |n: u64| Mono::from_nanos(n * 1_000_000_000);
        pacer.throttled(second(10));
        assert_eq!(pacer.permit(second(10)), Err(second(11)));
        pacer.throttled(second(10));
        assert_eq!(pacer.permit(second(11)), Ok(()), "one burst of refusals counts once");
        pacer.throttled(second(11));
        assert_eq!(pacer.permit(second(11)), Err(second(13)));
        pacer.accepted();
        pacer.throttled(second(20));
        assert_eq!(pacer.permit(second(20)), Err(second(21)));
    }
}
