//! Time, as it is handed in: a monotonic instant for waiting, a wall-clock instant for promises.
//!
//! The core never reads a clock. The shell reads both clocks once per turn and hands them in as one
//! [`Now`]; the simulation makes them up. Intervals are measured on [`Mono`] alone, so that a step
//! of the wall clock can't cut a time-out short; what is stored or shown is [`Wall`].

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A monotonic instant: nanoseconds since some fixed moment of this process (or simulation).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Mono(u64);

impl Mono {
    /// The moment that this process's time is counted from.
    pub const ZERO: Mono = Mono(0);
    /// Later than anything that will happen.
    pub const NEVER: Mono = Mono(u64::MAX);

    /// The instant `nanos` nanoseconds after [`Mono::ZERO`].
    pub const fn from_nanos(nanos: u64) -> Mono {
        Mono(nanos)
    }

    /// Nanoseconds since [`Mono::ZERO`].
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long `self` is after `earlier`; zero if it is before.
    pub const fn since(self, earlier: Mono) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;

    fn add(self, span: Duration) -> Mono {
        Mono(self.0.saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// A wall-clock instant: milliseconds since 1970-01-01T00:00:00Z. Everything stored uses it.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Wall(i64);

impl Wall {
    /// The instant `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Wall {
        Wall(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How long `self` is after `earlier`; zero if it is before.
    pub const fn since(self, earlier: Wall) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(if millis < 0 { 0 } else { millis as u64 })
    }
}

impl Add<Duration> for Wall {
    type Output = Wall;

    fn add(self, span: Duration) -> Wall {
        Wall(self.0.saturating_add(millis(span)))
    }
}

impl Sub<Duration> for Wall {
    type Output = Wall;

    fn sub(self, span: Duration) -> Wall {
        Wall(self.0.saturating_sub(millis(span)))
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Both clocks, read once and handed in together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Now {
    /// For waiting.
    pub mono: Mono,
    /// For promises, records and people.
    pub wall: Wall,
}

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(stamp) => stamp.fmt(f),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// Tells when the wall clock was set by hand: while it and the monotonic clock disagree by
/// [`ClockGuard::TOLERANCE`] or more, nothing may expire (design, section 4, "Clocks").
///
/// The disagreement is measured against the offset at start; once the clocks have kept the new
/// offset for [`ClockGuard::SETTLED`], it becomes the truth and expiry goes on.
#[derive(Clone, Copy, Debug)]
pub struct ClockGuard {
    offset_ms: i64,
    stepped: Option<(i64, Mono)>,
}

impl ClockGuard {
    /// What counts as a step.
    pub const TOLERANCE: Duration = Duration::from_secs(5);
    /// How long a new offset must hold before it is believed.
    pub const SETTLED: Duration = Duration::from_secs(60);

    /// Takes the clocks' offset at `now` as true.
    pub fn new(now: Now) -> ClockGuard {
        ClockGuard { offset_ms: offset(now), stepped: None }
    }

    /// Notes both clocks; true where they agree, so that deadlines may be judged.
    pub fn agrees(&mut self, now: Now) -> bool {
        let here = offset(now);
        let tolerance = millis(Self::TOLERANCE);
        if (here - self.offset_ms).abs() < tolerance {
            self.stepped = None;
            return true;
        }
        match self.stepped {
            Some((there, since)) if (here - there).abs() < tolerance => {
                if now.mono.since(since) >= Self::SETTLED {
                    self.offset_ms = here;
                    self.stepped = None;
                    return true;
                }
            }
            _ => self.stepped = Some((here, now.mono)),
        }
        false
    }
}

fn offset(now: Now) -> i64 {
    now.wall.0 - i64::try_from(now.mono.0 / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mono_ms: u64, wall_ms: i64) -> Now {
        Now { mono: Mono::from_nanos(mono_ms * 1_000_000), wall: Wall::from_millis(wall_ms) }
    }

    #[test]
    fn a_step_of_the_wall_clock_stops_expiry_until_it_has_settled() {
        let mut guard = ClockGuard::new(at(0, 1_000_000));
        assert!(guard.agrees(at(1_000, 1_001_000)));
        assert!(!guard.agrees(at(2_000, 9_002_000)));
        assert!(!guard.agrees(at(61_000, 9_061_000)));
        assert!(guard.agrees(at(62_000, 9_062_000)));
        assert!(guard.agrees(at(63_000, 9_063_000)));
    }

    #[test]
    fn a_step_that_is_taken_back_is_forgotten() {
        let mut guard = ClockGuard::new(at(0, 0));
        assert!(!guard.agrees(at(1_000, -50_000)));
        assert!(guard.agrees(at(2_000, 2_000)));
    }

    #[test]
    fn instants_saturate() {
        assert_eq!(Mono::NEVER + Duration::from_secs(1), Mono::NEVER);
        assert_eq!(Mono::ZERO.since(Mono::from_nanos(5)), Duration::ZERO);
        assert_eq!(Wall::from_millis(0).since(Wall::from_millis(5)), Duration::ZERO);
    }
}
