//! Load from the SMSC's side: phones send texts at a rate to whoever has bound, and wait for the
//! replies. Each reply is timed from when its text was due, not from when it left, so that an ESME
//! that lets nothing through can't look fast.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Serialize;

/// How much of it, and of what.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How many phones; each sends in its turn.
    pub phones: u32,
    /// The number of the first phone, `+` and digits; the next ones count up.
    pub first: String,
    /// The short code that they write to.
    pub code: String,
    /// What they write, in turn; never empty.
    pub texts: Vec<String>,
    /// Texts a second, all phones together.
    pub rate: f64,
    /// How long they send.
    pub duration: Duration,
    /// How long a reply may take; after that its text counts as lost.
    pub patience: Duration,
}

/// A text that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// When it was due, from the start.
    pub at: Duration,
    /// The phone.
    pub phone: String,
    /// The text.
    pub text: String,
}

/// What has been sent, and what came back.
///
/// Hand in: [`due`](Self::due) as time passes, [`replied`](Self::replied) for each text to a
/// phone. Replies to one phone are taken in the order of its texts.
#[derive(Debug)]
pub struct Load {
    plan: Plan,
    base: u64,
    sent: u64,
    replied: u64,
    unexpected: u64,
    waiting: BTreeMap<String, VecDeque<Duration>>,
    /// In microseconds.
    latencies: Vec<u32>,
    last_reply: Duration,
    second: (u64, u64),
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Texts sent.
    pub sent: u64,
    /// Of these, those that were replied to.
    pub replied: u64,
    /// Of these, those that weren't in time.
    pub lost: u64,
    /// Texts to phones that waited for none.
    pub unexpected: u64,
    /// Texts a second.
    pub sent_per_second: f64,
    /// Replies a second, from the start to the last one.
    pub replied_per_second: f64,
    /// Half of the replies took at most this; milliseconds, as the next ones.
    pub p50_ms: f64,
    /// Nine of ten.
    pub p90_ms: f64,
    /// Ninety-nine of a hundred.
    pub p99_ms: f64,
    /// All.
    pub max_ms: f64,
}

impl Load {
    /// A load that begins at time zero.
    pub fn new(plan: Plan) -> Self {
        let digits: String = plan.first.chars().filter(char::is_ascii_digit).collect();
        Self {
            base: digits.parse().unwrap_or(0),
            plan,
            sent: 0,
            replied: 0,
            unexpected: 0,
            waiting: BTreeMap::new(),
            latencies: Vec::new(),
            last_reply: Duration::ZERO,
            second: (0, 0),
        }
    }

    /// The next text that should have left by now.
    pub fn due(&mut self, now: Duration) -> Option<Due> {
        let at = Duration::from_secs_f64(self.sent as f64 / self.plan.rate);
        if at > now || at >= self.plan.duration {
            return None;
        }
        let turn = self.sent % u64::from(self.plan.phones.max(1));
        let phone = format!("+{}", self.base.saturating_add(turn));
        let texts = &self.plan.texts;
        let which = usize::try_from(self.sent).unwrap_or(0) % texts.len().max(1);
        let text = texts.get(which).cloned().unwrap_or_default();
        self.sent += 1;
        self.waiting.entry(phone.clone()).or_default().push_back(at);
        Some(Due { at, phone, text })
    }

    /// A phone got a text.
    pub fn replied(&mut self, phone: &str, now: Duration) {
        let Some(at) = self.waiting.get_mut(phone).and_then(VecDeque::pop_front) else {
            self.unexpected += 1;
            return;
        };
        let took = now.saturating_sub(at);
        if took > self.plan.patience {
            // It counts as lost, and this as the reply that came too late for it.
            return;
        }
        self.replied += 1;
        self.last_reply = now;
        self.latencies.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Whether nothing more is to be sent or waited for.
    pub fn is_over(&self, now: Duration) -> bool {
        let sent_all = now >= self.plan.duration;
        let is_waiting = self.waiting.values().any(|texts| !texts.is_empty());
        sent_all && (!is_waiting || now >= self.plan.duration + self.plan.patience)
    }

    /// Texts sent and replies had since the last call.
    pub fn lately(&mut self) -> (u64, u64) {
        let (sent, replied) = std::mem::replace(&mut self.second, (self.sent, self.replied));
        (self.sent - sent, self.replied - replied)
    }

    /// Texts that wait for their replies.
    pub fn waiting(&self) -> u64 {
        self.waiting.values().map(|texts| texts.len() as u64).sum()
    }

    /// What has come of it so far.
    pub fn figures(&self) -> Figures {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        let per_second = |count: u64, time: Duration| match time.as_secs_f64() {
            0.0 => 0.0,
            seconds => count as f64 / seconds,
        };
        Figures {
            sent: self.sent,
            replied: self.replied,
            lost: self.sent - self.replied,
            unexpected: self.unexpected,
            sent_per_second: per_second(self.sent, self.plan.duration),
            replied_per_second: per_second(self.replied, self.last_reply),
            p50_ms: share(&latencies, 50),
            p90_ms: share(&latencies, 90),
            p99_ms: share(&latencies, 99),
            max_ms: share(&latencies, 100),
        }
    }
}

/// The least that so many of a hundred don't exceed, in milliseconds.
fn share(sorted: &[u32], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            phones: 3,
            first: "+381630000001".into(),
            code: "5622".into(),
            texts: vec!["TR 2".into(), "KURS".into()],
            rate: 10.0,
            duration: Duration::from_secs(1),
            patience: Duration::from_secs(5),
        }
    }

    #[test]
    fn texts_are_due_evenly_phone_by_phone() {
        let mut load = Load::new(plan());
        let now = Duration::from_millis(350);
        let due: Vec<_> = std::iter::from_fn(|| load.due(now)).collect();
        let told: Vec<_> =
            due.iter().map(|d| (d.at.as_millis(), d.phone.as_str(), d.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (0, "+381630000001", "TR 2"),
                (100, "+381630000002", "KURS"),
                (200, "+381630000003", "TR 2"),
                (300, "+381630000001", "KURS"),
            ]
        );
        let rest = std::iter::from_fn(|| load.due(Duration::from_secs(9))).count();
        assert_eq!(rest, 6, "none after its duration");
    }

    #[test]
    fn replies_are_timed_from_when_their_text_was_due_and_the_lost_counted() {
        let mut load = Load::new(plan());
        while load.due(Duration::from_secs(1)).is_some() {}
        let at = Duration::from_millis;
        load.replied("+381630000001", at(1_000));
        load.replied("+381630000001", at(1_000));
        load.replied("+381630000002", at(1_100));
        load.replied("+381630000009", at(1_100));
        assert_eq!((load.waiting(), load.is_over(at(1_000))), (7, false));
        assert!(load.is_over(at(6_000)));
        load.replied("+381630000003", at(9_000));
        let figures = load.figures();
        assert_eq!((figures.sent, figures.replied, figures.lost), (10, 3, 7));
        assert_eq!((figures.unexpected, load.lately()), (1, (10, 3)));
        assert_eq!((figures.p50_ms, figures.p90_ms, figures.max_ms), (1_000.0, 1_000.0, 1_000.0));
        assert_eq!((figures.sent_per_second, load.lately()), (10.0, (0, 0)));
        assert!((figures.replied_per_second - 3.0 / 1.1).abs() < 1e-9);
    }

    #[test]
    fn shares_of_a_hundred() {
        let sorted: Vec<u32> = (1..=200).map(|n| n * 1000).collect();
        assert_eq!([50, 90, 99, 100].map(|p| share(&sorted, p)), [100.0, 180.0, 198.0, 200.0]);
        assert_eq!(share(&[], 99), 0.0);
    }
}
