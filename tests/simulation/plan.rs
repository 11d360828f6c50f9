//! What a seed amounts to: who is there, how badly things go, and for how long.

use std::time::Duration;

use smpp_sim::{Fault, IdFormat, LongTexts, MessageState, Odds, Profile, Receipts, SourceFormat};
use tellerd::base::dice::Dice;
use tellerd::smpp::session::Mode;

/// An operator, both sides of it.
pub(crate) struct OperatorPlan {
    pub(crate) name: &'static str,
    /// Digits that its numbers begin with.
    pub(crate) prefix: &'static str,
    pub(crate) modes: Vec<Mode>,
    pub(crate) rate: u32,
    pub(crate) window: usize,
    pub(crate) profile: Profile,
}

/// Everything that is drawn once.
pub(crate) struct Plan {
    pub(crate) operators: Vec<OperatorPlan>,
    pub(crate) customers: usize,
    pub(crate) phones: usize,
    pub(crate) texts_per_phone: u64,
    /// Faults strike, and phones send, until then.
    pub(crate) safety: Duration,
    /// Per ten thousand turns.
    pub(crate) crashes: u64,
    /// Per ten thousand writes.
    pub(crate) cuts: u64,
    /// Per ten thousand writes.
    pub(crate) splits: u64,
    /// Per hundred connects.
    pub(crate) refusals: u64,
    /// Per ten thousand turns.
    pub(crate) clock_steps: u64,
    /// Per ten thousand turns.
    pub(crate) disk_full: u64,
    /// Messages that may be alive at once.
    pub(crate) live_max: usize,
}

impl Plan {
    /// Draws it.
    pub(crate) fn draw(dice: &mut Dice) -> Plan {
        let severity = [0, 1, 3, 10][dice.below(4) as usize];
        let count = 2 + dice.below(2) as usize;
        let shapes = [
            ("telenor", "38163", vec![Mode::Transceiver]),
            ("mts", "38164", vec![Mode::Receiver, Mode::Transmitter]),
            ("vip", "38160", vec![Mode::Transceiver, Mode::Transceiver]),
        ];
        let skip = dice.below(3) as usize;
        let shapes = shapes.into_iter().cycle().skip(skip).take(count);
        let operators =
            shapes.map(|(name, prefix, modes)| operator(name, prefix, modes, severity, dice));
        Plan {
            operators: operators.collect(),
            customers: 3 + dice.below(6) as usize,
            phones: 20 + dice.below(31) as usize,
            texts_per_phone: 3 + dice.below(5),
            safety: Duration::from_secs(90 + dice.below(300)),
            crashes: if dice.chance(80) { 20 + dice.below(120) } else { 0 },
            cuts: dice.below(40) * severity / 10,
            splits: dice.below(2_000),
            refusals: dice.below(40) * severity / 10,
            clock_steps: if dice.chance(50) { dice.below(60) } else { 0 },
            disk_full: if dice.chance(30) { 20 } else { 0 },
            live_max: if dice.chance(30) { 5 + dice.below(20) as usize } else { 10_000 },
        }
    }
}

/// Whether a plan has this fault of an SMSC. The network itself cuts PDUs, so that the SMSC
/// needn't, and a seed that was kept means what it meant before there was that fault.
pub(crate) fn draws(fault: Fault) -> bool {
    fault != Fault::CutPdu
}

fn operator(
    name: &'static str,
    prefix: &'static str,
    modes: Vec<Mode>,
    severity: u64,
    dice: &mut Dice,
) -> OperatorPlan {
    let mut odds = Odds::NONE;
    for fault in Fault::ALL.into_iter().filter(|fault| draws(*fault)) {
        // Against an SMSC that overlooks answers there is no proof: often there is none such.
        let chance = if fault == Fault::LoseDeliverResp { 30 } else { 70 };
        if dice.chance(chance) {
            odds = odds.with(fault, (dice.below(50) * severity) as u16);
        }
    }
    let long_texts = [LongTexts::Udh, LongTexts::Sar, LongTexts::Payload];
    let sources = [
        SourceFormat::International,
        SourceFormat::Plus,
        SourceFormat::ZeroZero,
        SourceFormat::National,
    ];
    let seed = dice.roll();
    let response_delay = Duration::from_millis(dice.below(60));
    let window = 1 + dice.below(12) as usize;
    let tells = dice.chance(60);
    // At half of the operators a range of numbers was taken to others: its customers text over the
    // old link all the same, and what is sent to them there is refused.
    let profile = Profile {
        name: name.into(),
        seed,
        response_delay,
        window,
        bare_refusals: dice.chance(50),
        long_texts: long_texts[dice.below(3) as usize],
        source: sources[dice.below(4) as usize],
        bind_lingers: Duration::from_secs(dice.below(4)),
        binds_max: dice.chance(50).then_some(modes.len()),
        odds,
        ported_out: vec![format!("{prefix}14")],
        foreign_status: seed.is_multiple_of(2).then_some(0x0B),
        ..receipts(tells, Dice::seeded(seed))
    };
    let rate = [2, 5, 10, 30, 50, 200][dice.below(6) as usize];
    OperatorPlan { name, prefix, modes, rate, window: 1 + dice.below(10) as usize, profile }
}

/// How an SMSC writes its ids, and whether, when and over what it tells what became of a message.
fn receipts(any: bool, mut dice: Dice) -> Profile {
    use IdFormat::{Decimal, DecimalPadded, Hex, HexPadded, HexUpper};
    let mut format = || [Decimal, DecimalPadded, Hex, HexPadded, HexUpper][dice.below(5) as usize];
    let (ids, receipt_ids) = (format(), format());
    let end = [MessageState::Undeliverable, MessageState::Expired, MessageState::Rejected];
    let ends = match dice.below(3) {
        0 => vec![MessageState::Delivered, end[dice.below(3) as usize]],
        _ => Vec::new(),
    };
    let how = Receipts {
        before_response: dice.chance(30),
        copies: 1 + dice.below(2) as u8,
        other_bind: dice.chance(30),
        tlvs: dice.chance(50),
        reference: dice.chance(50),
        delay: Duration::from_millis(dice.below(5_000)),
        ..Receipts::default()
    };
    Profile { ids, receipt_ids, ends, receipts: any.then_some(how), ..Profile::default() }
}
