//! What the daemon says about itself once a minute: counts of the minute, nothing of anybody.
//!
//! Where nothing happened and nothing changed, nothing is said.

use std::fmt::Write;
use std::time::Duration;

use crate::base::now::Mono;
use crate::engine::{Input, Tally};
use crate::operator::Report;

const MINUTE: Duration = Duration::from_secs(60);

struct Lane {
    name: String,
    rate: u32,
    up: bool,
    parts: u64,
    /// What was heard of its last canary, if it has any: how long it took, or that it is missed.
    canary: Option<Option<Duration>>,
}

/// The minute that passes.
pub struct Minute {
    lanes: Vec<Lane>,
    began: Mono,
    tally: Tally,
    live: usize,
    changed: bool,
}

/// What happened in a minute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// deliver_sm that became messages.
    pub received: u64,
    /// Replies accepted by an SMSC.
    pub accepted: u64,
    /// Replies that left after their promise.
    pub late: u64,
    /// deliver_sm refused because the door was closed.
    pub refused: u64,
    /// Parts whose fate was unknown.
    pub unknown: u64,
    /// Messages that haven't ended.
    pub live: usize,
    /// Of each operator whether it is bound, and what was used of its contract.
    pub operators: String,
}

impl Minute {
    /// The first one, with the operators' names and rates in the setup's order.
    pub fn new(operators: impl IntoIterator<Item = (String, u32)>, now: Mono) -> Minute {
        let lane = |(name, rate)| Lane { name, rate, up: false, parts: 0, canary: None };
        Minute {
            lanes: operators.into_iter().map(lane).collect(),
            began: now,
            tally: Tally::default(),
            live: 0,
            changed: false,
        }
    }

    /// Something happens.
    pub fn note(&mut self, input: &Input) {
        let Input::Operator(lane, report) = input else { return };
        let Some(lane) = self.lanes.get_mut(*lane) else { return };
        match report {
            Report::Up | Report::Down => {
                lane.up = matches!(report, Report::Up);
                self.changed = true;
            }
            Report::Canary { back_after, .. } => {
                let was_back = lane.canary.flatten().is_some();
                self.changed |= lane.canary.is_none() || was_back != back_after.is_some();
                lane.canary = Some(*back_after);
            }
            Report::Left(parts) => lane.parts += u64::from(*parts),
            _ => {}
        }
    }

    /// What there is to say, once a minute is over; `tally` counts from the start.
    pub fn poll(&mut self, tally: Tally, live: usize, now: Mono) -> Option<Said> {
        let span = now.since(self.began);
        if span < MINUTE {
            return None;
        }
        let silent = !self.changed
            && (tally, live) == (self.tally, self.live)
            && self.lanes.iter().all(|lane| lane.parts == 0);
        let said = Said {
            received: tally.received - self.tally.received,
            accepted: tally.accepted - self.tally.accepted,
            late: tally.late - self.tally.late,
            refused: tally.refused - self.tally.refused,
            unknown: tally.unknown - self.tally.unknown,
            live,
            operators: self.operators(span),
        };
        (self.began, self.tally, self.live, self.changed) = (now, tally, live, false);
        self.lanes.iter_mut().for_each(|lane| lane.parts = 0);
        (!silent).then_some(said)
    }

    fn operators(&self, span: Duration) -> String {
        let mut all = String::new();
        for lane in &self.lanes {
            let comma = if all.is_empty() { "" } else { ", " };
            let bound = if lane.up { "bound" } else { "not bound" };
            let room = u64::from(lane.rate) * span.as_secs();
            // Writing to a string can't fail.
            let _ = write!(all, "{comma}{} {bound} {} of {room} parts", lane.name, lane.parts);
            let _ = match lane.canary {
                Some(Some(after)) => write!(all, " canary back in {} ms", after.as_millis()),
                Some(None) => write!(all, " canary lost"),
                None => Ok(()),
            };
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_a_minute_if_anything_changed() {
        let second = |n: u64| Mono::from_nanos(n * 1_000_000_000);
        let mut minute = Minute::new([("mts".into(), 50), ("vip".into(), 30)], second(1));
        let mut tally = Tally { received: 3, accepted: 2, late: 1, ..Tally::default() };
        minute.note(&Input::Operator(0, Report::Up));
        minute.note(&Input::Operator(0, Report::Left(2)));
        minute.note(&Input::Operator(0, Report::Left(5)));
        assert_eq!(minute.poll(tally, 1, second(60)), None);
        let said = minute.poll(tally, 1, second(61)).unwrap();
        assert_eq!(said.operators, "mts bound 7 of 3000 parts, vip not bound 0 of 1800 parts");
        assert_eq!((said.received, said.accepted, said.late, said.live), (3, 2, 1, 1));
        assert_eq!(minute.poll(tally, 1, second(121)), None);
        (tally.refused, tally.unknown) = (4, 5);
        let said = minute.poll(tally, 1, second(181)).unwrap();
        assert_eq!((said.received, said.refused, said.unknown), (0, 4, 5));
        let canary = |back_after| Input::Operator(1, Report::Canary { bind: 0, back_after });
        for (back_after, said) in
            [(Some(Duration::from_millis(812)), "back in 812 ms"), (None, "lost")]
        {
            minute.note(&canary(back_after));
            let now = minute.began + MINUTE;
            assert!(minute.poll(tally, 1, now).unwrap().operators.ends_with(said), "{said}");
            minute.note(&canary(back_after));
            assert_eq!(minute.poll(tally, 1, now + MINUTE), None, "no news");
        }
        minute.note(&Input::Operator(0, Report::Down));
        assert!(minute.poll(tally, 1, second(901)).unwrap().operators.starts_with("mts not bound"));
    }
}
