//! An operator as a value: what it does with a part, and when it says so.

use std::collections::BTreeSet;

use tellerd::base::dice::Dice;
use tellerd::smpp::status::{Meaning, Status};

use super::copies::Heard;
use super::time::SECOND;

/// What becomes of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fate {
    /// The phone gets it.
    pub(crate) arrives: bool,
    /// What is heard, and so many milliseconds later.
    pub(crate) answer: (Heard, i64),
    /// The answer comes after it was given up.
    pub(crate) late: bool,
    pub(crate) status: (Status, Meaning),
}

/// An operator's link.
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) up: bool,
    /// Grows with each outage: what belongs to an earlier one is lost.
    pub(crate) epoch: u64,
    /// It breaks with the next part that leaves.
    pub(crate) breaks: bool,
    /// Parts without an answer.
    pub(crate) open: BTreeSet<u64>,
    /// Texts without our answer, in order: a number for each delivery, and which text.
    pub(crate) texts: Vec<(u64, usize)>,
    /// When something went wrong here, and for how long it may show.
    pub(crate) troubles: Vec<(i64, i64)>,
}

impl Lane {
    pub(crate) fn new(name: &str) -> Lane {
        Lane {
            name: name.to_owned(),
            up: true,
            epoch: 0,
            breaks: false,
            open: BTreeSet::new(),
            texts: Vec::new(),
            troubles: Vec::new(),
        }
    }

    /// Something goes wrong; messages of the next `span` may wait because of it.
    pub(crate) fn trouble(&mut self, now: i64, span: i64) {
        self.troubles.push((now, now + span));
    }

    /// Whether anything went wrong between two moments.
    pub(crate) fn was_in_trouble(&self, from: i64, to: i64) -> bool {
        self.troubles.iter().any(|(began, ended)| *began <= to && from <= *ended)
    }
}

/// What becomes of a part that leaves; in so many of 100 there is no answer whatever comes.
pub(crate) fn fate(dice: &mut Dice, silent: u64) -> Fate {
    let soon = 20 + dice.below(400) as i64;
    let accepted = Fate {
        arrives: true,
        answer: (Heard::Accepted, soon),
        late: false,
        status: (Status::ROK, Meaning::Ok),
    };
    let refused = |heard, status, meaning| Fate {
        arrives: false,
        answer: (heard, soon),
        status: (Status(status), meaning),
        ..accepted
    };
    match if dice.chance(silent) { 30 } else { dice.below(1_000) } {
        0..15 => refused(Heard::Refused, 0x08, Meaning::Temporary),
        15..25 => refused(Heard::Refused, 0x58, Meaning::Throttled),
        25..29 => refused(Heard::RefusedForGood, 0x0B, Meaning::Permanent),
        // No answer in time: it may have arrived.
        29..55 => {
            let arrives = dice.chance(50);
            let late = arrives && dice.chance(40);
            Fate { arrives, answer: (Heard::Unknown, 10 * SECOND), late, ..accepted }
        }
        _ => accepted,
    }
}
