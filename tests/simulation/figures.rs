//! What happened in the runs, and how often: a simulation in which a fault never strikes tests
//! nothing.

use std::fmt;

use smpp_sim::Fault;
use tellerd::engine::Tally;

use super::plan;

/// Where in a turn the process dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Crash {
    /// The inputs have gathered, the turn hasn't begun.
    BeforeTurn,
    /// The commit fails and nothing of the batch is on disk.
    CommitFails,
    /// The commit fails although the batch is on disk.
    CommitLies,
    /// The batch is on its way to the disk.
    UnderWay,
    /// The batch is on disk, no effect is out.
    AfterCommit,
    /// Some effects are out.
    AmidEffects,
    /// The octets of the effects are being written.
    AmidWrites,
    /// A new process dies while it opens the store.
    AtStart,
}

impl Crash {
    /// All points.
    pub(crate) const ALL: [Crash; 8] = [
        Crash::BeforeTurn,
        Crash::CommitFails,
        Crash::CommitLies,
        Crash::UnderWay,
        Crash::AfterCommit,
        Crash::AmidEffects,
        Crash::AmidWrites,
        Crash::AtStart,
    ];
}

/// What else the world does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mishap {
    /// A write arrives in two pieces.
    Split,
    /// A connection breaks in the middle of a write.
    Cut,
    /// A dead process's last octets never arrive.
    Lost,
    /// A connection can't be made.
    NoConnect,
    /// The wall clock is set forward.
    ClockForward,
    /// The wall clock is set back.
    ClockBack,
    /// A restart found the registry behind the journal.
    RegistryBehind,
    /// The disk is full for a while.
    DiskFull,
    /// A turn is built while the batch of the one before is on its way.
    BuiltAhead,
}

impl Mishap {
    /// All kinds.
    pub(crate) const ALL: [Mishap; 9] = [
        Mishap::Split,
        Mishap::Cut,
        Mishap::Lost,
        Mishap::NoConnect,
        Mishap::ClockForward,
        Mishap::ClockBack,
        Mishap::RegistryBehind,
        Mishap::DiskFull,
        Mishap::BuiltAhead,
    ];
}

/// Counters of one run, or of many.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Figures {
    /// Runs.
    pub(crate) seeds: u64,
    /// Turns of the engine.
    pub(crate) turns: u64,
    /// Texts that phones sent.
    pub(crate) texts: u64,
    /// Texts that phones got.
    pub(crate) replies: u64,
    /// Parts that a phone got more than once.
    pub(crate) copies: u64,
    /// deliver_sm that reached the process more than once.
    pub(crate) resent: u64,
    /// The engine's own counters.
    pub(crate) tally: Tally,
    /// Seconds of virtual time.
    pub(crate) seconds: u64,
    /// The most messages alive at once.
    pub(crate) live_max: u64,
    crashes: [u64; Crash::ALL.len()],
    mishaps: [u64; Mishap::ALL.len()],
    faults: [u64; Fault::ALL.len()],
}

impl Figures {
    /// Of one run that begins.
    pub(crate) fn of_one() -> Figures {
        Figures { seeds: 1, ..Figures::default() }
    }

    /// The process died.
    pub(crate) fn crash(&mut self, at: Crash) {
        self.crashes[at as usize] += 1;
    }

    /// Something went wrong outside.
    pub(crate) fn mishap(&mut self, which: Mishap) {
        self.mishaps[which as usize] += 1;
    }

    /// An SMSC's own faults.
    pub(crate) fn faults(&mut self, counts: &smpp_sim::Counts) {
        for (sum, fault) in self.faults.iter_mut().zip(Fault::ALL) {
            *sum += counts.of(fault);
        }
    }

    /// A process's counters, when it ends.
    pub(crate) fn tally(&mut self, more: Tally) {
        let sum = &mut self.tally;
        sum.received += more.received;
        sum.repeated += more.repeated;
        sum.receipts += more.receipts;
        sum.receipts_odd += more.receipts_odd;
        sum.delivered += more.delivered;
        sum.undelivered += more.undelivered;
        sum.unrouted += more.unrouted;
        sum.stranded += more.stranded;
        sum.refused += more.refused;
        sum.unanswerable += more.unanswerable;
        sum.silent += more.silent;
        sum.accepted += more.accepted;
        sum.failed += more.failed;
        sum.elsewhere += more.elsewhere;
        sum.expired += more.expired;
        sum.withdrawn += more.withdrawn;
        sum.unknown += more.unknown;
        sum.late += more.late;
    }

    /// Adds another run's.
    pub(crate) fn add(&mut self, other: &Figures) {
        self.seeds += other.seeds;
        self.turns += other.turns;
        self.texts += other.texts;
        self.replies += other.replies;
        self.copies += other.copies;
        self.resent += other.resent;
        self.seconds += other.seconds;
        self.live_max = self.live_max.max(other.live_max);
        self.tally(other.tally);
        let more = other.crashes.iter().chain(&other.mishaps).chain(&other.faults);
        let sums = self.crashes.iter_mut().chain(&mut self.mishaps).chain(&mut self.faults);
        sums.zip(more).for_each(|(sum, more)| *sum += more);
    }

    /// What should have happened and never did.
    pub(crate) fn never(&self) -> Vec<String> {
        let tally = &self.tally;
        let outcomes = [
            ("repeated", tally.repeated),
            ("receipts", tally.receipts),
            ("delivered", tally.delivered),
            ("undelivered", tally.undelivered),
            ("receipts with an id in another base", tally.receipts_odd),
            ("unrouted", tally.unrouted),
            ("refused", tally.refused),
            ("unanswerable", tally.unanswerable),
            ("silent", tally.silent),
            ("accepted", tally.accepted),
            ("failed", tally.failed),
            ("tried elsewhere", tally.elsewhere),
            ("expired", tally.expired),
            ("unknown", tally.unknown),
            ("copies", self.copies),
        ];
        let outcomes = outcomes.into_iter().map(|(name, count)| (name.to_owned(), count));
        self.named()
            .chain(outcomes)
            .filter(|(_, count)| *count == 0)
            .map(|(name, _)| name)
            .collect()
    }

    fn named(&self) -> impl Iterator<Item = (String, u64)> {
        let crashes = Crash::ALL.iter().zip(self.crashes).map(|(at, n)| (format!("{at:?}"), n));
        let mishaps =
            Mishap::ALL.iter().zip(self.mishaps).map(|(which, n)| (format!("{which:?}"), n));
        let faults = Fault::ALL.iter().zip(self.faults).filter(|(fault, _)| plan::draws(**fault));
        let faults = faults.map(|(fault, n)| (fault.name().into(), n));
        crashes.chain(mishaps).chain(faults)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { seeds, turns, texts, replies, copies, resent, seconds, .. } = self;
        writeln!(
            f,
            "{seeds} seeds, {seconds} virtual seconds, {turns} turns, {texts} texts from phones,"
        )?;
        writeln!(
            f,
            "{replies} to phones, {copies} copies, {resent} resent, {} alive at most",
            self.live_max
        )?;
        writeln!(f, "{:?}", self.tally)?;
        let named: Vec<String> = self.named().map(|(name, n)| format!("{name} {n}")).collect();
        write!(f, "{}", named.join(", "))
    }
}
