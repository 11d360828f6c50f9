//! What an answer, or none, means for a message: it is done, tries again, or has failed.
//!
//! Throttling is the link's business and costs the message nothing. A temporary refusal is tried
//! again with a growing delay, so many times. A permanent one ends the message, unless the number is
//! another network's: then the other operators are tried. What is *unknown*
//! is sent again by its class: a card alarm and a reply again, an alert and a report once, a notice
//! never (design, section 4).

use std::time::Duration;

use crate::message::Class;
use crate::smpp::status::Meaning;

/// The worst that was heard of a message's parts, least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Worst {
    /// A part was never written. Least of all: it is the worst only of a try of which nothing left.
    #[default]
    Returned,
    /// Nothing bad.
    Nothing,
    /// A part was refused because of the pace.
    Throttled,
    /// A part was refused for now.
    Temporary,
    /// A part was refused as for another network's number.
    WrongNetwork,
    /// A part may or may not have arrived.
    Unknown,
    /// A part was refused for good.
    Permanent,
}

impl Worst {
    /// What an answer amounts to.
    pub fn of(meaning: Meaning) -> Worst {
        match meaning {
            Meaning::Ok => Worst::Nothing,
            Meaning::Throttled => Worst::Throttled,
            Meaning::Temporary => Worst::Temporary,
            Meaning::WrongNetwork => Worst::WrongNetwork,
            Meaning::Permanent => Worst::Permanent,
        }
    }

    /// Whether it counts against the message. Operators that it isn't for are counted by
    /// themselves.
    pub fn is_failure(self) -> bool {
        self > Worst::Throttled && self != Worst::WrongNetwork
    }
}

/// What becomes of a message once all its parts have been heard of and some are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// It is queued again, at once.
    Now,
    /// It is queued again after a while.
    After(Duration),
    /// It is tried at another operator; it has failed where there is none.
    Elsewhere,
    /// It has failed.
    Fail,
}

/// How often and how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// The first pause; it doubles.
    pub min: Duration,
    /// The longest pause.
    pub max: Duration,
    /// Failures after each of which a message is still tried again.
    pub failures_max: u16,
}

impl Policy {
    /// What follows from `worst` after so many `failures` (this one included).
    pub fn next(&self, worst: Worst, class: Class, failures: u16) -> Next {
        match worst {
            Worst::Returned | Worst::Nothing | Worst::Throttled => Next::Now,
            Worst::Temporary if failures > self.failures_max => Next::Fail,
            Worst::Temporary => Next::After(self.pause(failures)),
            Worst::WrongNetwork => Next::Elsewhere,
            Worst::Unknown => self.after_unknown(class, failures),
            Worst::Permanent => Next::Fail,
        }
    }

    /// The first resend out of *unknown* is at once; later ones are spaced, since a peer that never
    /// answers must not be showered with copies.
    fn after_unknown(&self, class: Class, failures: u16) -> Next {
        let resends = match class {
            Class::Card | Class::Reply => self.failures_max,
            Class::Alert | Class::Report => 1,
            Class::Notice => 0,
        };
        match failures {
            failures if failures > resends => Next::Fail,
            0 | 1 => Next::Now,
            failures => Next::After(self.pause(failures)),
        }
    }

    fn pause(&self, failures: u16) -> Duration {
        let doublings = u32::from(failures.saturating_sub(1)).min(20);
        self.min.saturating_mul(1 << doublings).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy =
        Policy { min: Duration::from_secs(2), max: Duration::from_secs(300), failures_max: 10 };

    #[test]
    fn temporary_refusals_are_spaced_and_end() {
        let pauses: Vec<Next> =
            (1..=11).map(|n| POLICY.next(Worst::Temporary, Class::Reply, n)).collect();
        assert_eq!(pauses[0], Next::After(Duration::from_secs(2)));
        assert_eq!(pauses[3], Next::After(Duration::from_secs(16)));
        assert_eq!(pauses[9], Next::After(Duration::from_secs(300)));
        assert_eq!(pauses[10], Next::Fail);
    }

    #[test]
    fn what_is_unknown_is_sent_again_by_its_class() {
        assert_eq!(POLICY.next(Worst::Unknown, Class::Reply, 1), Next::Now);
        assert!(matches!(POLICY.next(Worst::Unknown, Class::Card, 5), Next::After(_)));
        assert_eq!(POLICY.next(Worst::Unknown, Class::Alert, 1), Next::Now);
        assert_eq!(POLICY.next(Worst::Unknown, Class::Alert, 2), Next::Fail);
        assert_eq!(POLICY.next(Worst::Unknown, Class::Notice, 1), Next::Fail);
    }

    #[test]
    fn throttling_never_counts_against_a_message() {
        assert!(!Worst::Throttled.is_failure());
        assert_eq!(POLICY.next(Worst::Throttled, Class::Notice, 1_000), Next::Now);
    }
}
