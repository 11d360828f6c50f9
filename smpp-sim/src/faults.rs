//! Misbehaviour by seed: what can go wrong between an SMSC and its ESME, how often, and how often
//! it did. All odds are per ten thousand; an odd of 0 draws nothing from the generator, so
//! adding a kind of fault doesn't change the runs that don't use it.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One kind of misbehaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection dies when a PDU has arrived, which is not processed.
    DropBefore,
    /// The connection dies after a PDU was processed, and its response with it.
    DropAfter,
    /// A submit_sm was processed, its response never comes.
    LoseSubmitResp,
    /// A deliver_sm_resp is overlooked, so the message comes again.
    LoseDeliverResp,
    /// A deliver_sm is sent twice at once.
    DuplicateDeliver,
    /// Octets that are no PDU: random, HTTP, a truncated PDU, an absurd length.
    Garbage,
    /// A write leaves in pieces of a few octets.
    SplitWrites,
    /// Writes are held back, so that many PDUs arrive in one.
    MergeWrites,
    /// A response takes `Profile::slow_response`.
    SlowResponse,
    /// A response comes after the one that follows it.
    SwapResponses,
    /// A submit_sm gets one of `Profile::refusals`.
    RefuseSubmit,
    /// A bind gets 0x05 or 0x0D.
    RefuseBind,
    /// The connection dies in the middle of a PDU that is being written.
    CutPdu,
}

impl Fault {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::DropBefore,
        Self::DropAfter,
        Self::LoseSubmitResp,
        Self::LoseDeliverResp,
        Self::DuplicateDeliver,
        Self::Garbage,
        Self::SplitWrites,
        Self::MergeWrites,
        Self::SlowResponse,
        Self::SwapResponses,
        Self::RefuseSubmit,
        Self::RefuseBind,
        Self::CutPdu,
    ];

    /// The name used in `--faults` and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::DropBefore => "drop-before",
            Self::DropAfter => "drop-after",
            Self::LoseSubmitResp => "lose-submit-resp",
            Self::LoseDeliverResp => "lose-deliver-resp",
            Self::DuplicateDeliver => "duplicate-deliver",
            Self::Garbage => "garbage",
            Self::SplitWrites => "split",
            Self::MergeWrites => "merge",
            Self::SlowResponse => "slow",
            Self::SwapResponses => "swap",
            Self::RefuseSubmit => "refuse-submit",
            Self::RefuseBind => "refuse-bind",
            Self::CutPdu => "cut-pdu",
        }
    }
}

/// How likely each fault is, per ten thousand occasions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odds([u16; Fault::ALL.len()]);

impl Odds {
    /// No faults.
    pub const NONE: Self = Self([0; Fault::ALL.len()]);

    /// A bad day: each fault now and then.
    pub fn mild() -> Self {
        Fault::ALL.into_iter().fold(Self::NONE, |odds, fault| odds.with(fault, 30))
    }

    /// Every fault often; nothing is left whole for long.
    pub fn hostile() -> Self {
        Fault::ALL.into_iter().fold(Self::NONE, |odds, fault| odds.with(fault, 300))
    }

    /// These odds with one of them set.
    pub fn with(mut self, fault: Fault, per_ten_thousand: u16) -> Self {
        self.0[fault as usize] = per_ten_thousand.min(10_000);
        self
    }

    /// The odds of one fault.
    pub fn of(self, fault: Fault) -> u16 {
        self.0[fault as usize]
    }

    /// Reads `mild`, `hostile`, `none`, or a list such as `mild,drop-after=50,garbage=0`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut odds = Self::NONE;
        for word in text.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            odds = match (word, word.split_once('=')) {
                ("none", _) => Self::NONE,
                ("mild", _) => Self::mild(),
                ("hostile", _) => Self::hostile(),
                (_, Some((name, odd))) => {
                    let fault = Fault::ALL.into_iter().find(|f| f.name() == name);
                    let fault = fault.ok_or_else(|| unknown(name))?;
                    let odd = odd.parse().map_err(|_| {
                        format!("{odd:?} is no number of 0 to 10000 (per ten thousand)")
                    })?;
                    odds.with(fault, odd)
                }
                _ => return Err(unknown(word)),
            };
        }
        Ok(odds)
    }
}

fn unknown(word: &str) -> String {
    let names: Vec<_> = Fault::ALL.iter().map(|f| f.name()).collect();
    format!("no fault {word:?}; there are none, mild, hostile and NAME=ODDS of {}", names.join(" "))
}

impl fmt::Display for Odds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let likely = Fault::ALL.into_iter().filter(|fault| self.of(*fault) > 0);
        for (i, fault) in likely.enumerate() {
            write!(f, "{}{}={}", if i > 0 { "," } else { "" }, fault.name(), self.of(fault))?;
        }
        if *self == Self::NONE { f.write_str("none") } else { Ok(()) }
    }
}

impl Serialize for Odds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'d> Deserialize<'d> for Odds {
    fn deserialize<D: Deserializer<'d>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// The generator, the odds, and what has hit so far.
#[derive(Clone, Debug)]
pub struct Faults {
    rng: ChaCha8Rng,
    odds: Odds,
    counts: Counts,
}

impl Faults {
    /// Faults that follow from a seed.
    pub fn new(seed: u64, odds: Odds) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), odds, counts: Counts::default() }
    }

    /// Whether the fault strikes on this occasion; it counts if so.
    pub fn hits(&mut self, fault: Fault) -> bool {
        let odds = self.odds.of(fault);
        let hit = odds > 0 && self.below(10_000) < u64::from(odds);
        self.counts.0[fault as usize] += u64::from(hit);
        hit
    }

    /// A number from 0 up to, without, `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias of a remainder is far below what odds of 1 in 10,000 could show.
        self.rng.next_u64() % bound.max(1)
    }

    /// Octets at random.
    pub fn octets(&mut self, count: usize) -> Vec<u8> {
        let mut octets = vec![0; count];
        self.rng.fill_bytes(&mut octets);
        octets
    }

    /// From now on other odds.
    pub fn set(&mut self, odds: Odds) {
        self.odds = odds;
    }

    /// Ends all faults: the second phase of a simulation, in which everything must converge.
    pub fn stop(&mut self) {
        self.odds = Odds::NONE;
    }

    /// How often each fault has hit.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}

/// How often each fault has hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Fault::ALL.len()]);

impl Counts {
    /// Hits of one fault.
    pub fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }

    /// Hits of all faults.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hit = Fault::ALL.into_iter().filter(|fault| self.of(*fault) > 0);
        for (i, fault) in hit.enumerate() {
            write!(f, "{}{} {}", if i > 0 { ", " } else { "" }, fault.name(), self.of(fault))?;
        }
        if self.total() == 0 { f.write_str("none") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_odds_is_read_and_a_wrong_one_explained() {
        let odds = Odds::parse("mild, drop-after=50, garbage=0").unwrap();
        assert_eq!((odds.of(Fault::DropAfter), odds.of(Fault::Garbage)), (50, 0));
        assert_eq!(odds.of(Fault::SplitWrites), 30);
        assert_eq!(Odds::parse(&odds.to_string()), Ok(odds));
        assert_eq!(Odds::NONE.to_string(), "none");
        assert!(Odds::parse("dorp=1").unwrap_err().contains("drop-before"));
        assert!(Odds::parse("split=lots").unwrap_err().contains("ten thousand"));
    }

    #[test]
    fn one_seed_gives_one_run_and_stop_ends_it() {
        let run = |seed| {
            let mut faults = Faults::new(seed, Odds::NONE.with(Fault::Garbage, 5_000));
            let hits: Vec<_> = (0..64).map(|_| faults.hits(Fault::Garbage)).collect();
            assert_eq!(faults.counts().total(), hits.iter().filter(|h| **h).count() as u64);
            hits
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let mut faults = Faults::new(7, Odds::NONE.with(Fault::Garbage, 10_000));
        assert!(faults.hits(Fault::Garbage));
        faults.stop();
        assert!(!faults.hits(Fault::Garbage));
    }
}
