//! What one number is answered: so many replies a minute, so many help texts an hour (2.0.8,
//! KB-07).
//!
//! Above it the message is kept and counted and not answered, so that two machines that answer each
//! other come to an end. Kept in memory: a restart grants the allowance anew.

use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::base::limits::SENDERS_MAX;
use crate::base::now::Mono;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

#[derive(Clone, Copy, Debug)]
struct Used {
    minute: Mono,
    replies: u32,
    hour: Mono,
    helps: u32,
}

/// The allowances used by each sender (a keyed hash of service and number).
#[derive(Debug, Default)]
pub struct Allowances {
    used: FxHashMap<u128, Used>,
}

impl Allowances {
    /// Takes one reply of `sender`'s allowance, a help text if `help`; false where it is used up.
    pub fn take(&mut self, sender: u128, help: bool, replies: u32, helps: u32, now: Mono) -> bool {
        if self.used.len() >= SENDERS_MAX && !self.used.contains_key(&sender) {
            self.used.retain(|_, used| now.since(used.hour) < HOUR);
            // Still full: a flood from more numbers than we remember. Nobody is punished for it.
            if self.used.len() >= SENDERS_MAX {
                self.used.clear();
            }
        }
        let used = self.used.entry(sender).or_insert(Used {
            minute: now,
            replies: 0,
            hour: now,
            helps: 0,
        });
        if now.since(used.minute) >= MINUTE {
            (used.minute, used.replies) = (now, 0);
        }
        if now.since(used.hour) >= HOUR {
            (used.hour, used.helps) = (now, 0);
        }
        if used.replies >= replies || (help && used.helps >= helps) {
            return false;
        }
        used.replies += 1;
        used.helps += u32::from(help);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_ends_after_three_and_comes_back_after_an_hour() {
        let mut allowances = Allowances::default();
        let at = |minutes: u64| Mono::from_nanos(minutes * 60 * 1_000_000_000);
        let mut take = |help, minutes| allowances.take(1, help, 60, 3, at(minutes));
        assert!(take(true, 0) && take(true, 1) && take(true, 2));
        assert!(!take(true, 59));
        assert!(take(false, 59), "questions go on");
        assert!(take(true, 60));
    }

    #[test]
    fn sixty_replies_a_minute_each() {
        let mut allowances = Allowances::default();
        let taken = (0..100).filter(|_| allowances.take(1, false, 60, 3, Mono::ZERO)).count();
        assert_eq!(taken, 60);
        assert!(allowances.take(2, false, 60, 3, Mono::ZERO));
    }
}
