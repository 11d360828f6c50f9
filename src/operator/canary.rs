//! A canary: a text of ours that leaves over each bind now and then and comes back as a deliver_sm.
//! It measures the whole way round, of which enquire_link sees only the first yard (lesson 9).
//!
//! It goes to a code of ours that the operator leads back to us, or to a phone that sends back what
//! it gets. Beside the contract's rate it touches nothing: the engine never sees it, so that it is
//! no message, is answered with nothing and costs nobody a fee. It is known by its words, that of a
//! process before this one too: a phone that sends everything back would else talk to us for ever.

use std::time::Duration;

use arrayvec::ArrayString;

use crate::base::dice::Dice;
use crate::base::now::Mono;
use crate::smpp::deliver::DeliverSm;
use crate::smpp::pdu::{Address, ShortMessage, Submit, Text, Validity};
use crate::text::decode::{self, Alphabet};

/// What a canary says, in letters that all alphabets write alike; its own number stands behind.
const WORDS: &str = "tellerd canary ";
const NUMBER_DIGITS: usize = 8;

/// As much of a text as is looked at, in characters: more than a canary's, if a phone adds to it.
const LOOKED_AT: usize = 100;

/// The token of a canary's submit_sm: no message's has this bit.
const TOKEN: u64 = 1 << 63;

/// When canaries leave, and where they go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// How often over each bind.
    pub every: Duration,
    /// Within which time it is back.
    pub deadline: Duration,
    /// The code that it comes from.
    pub source: Address,
    /// The code, or the phone, that it goes to.
    pub destination: Address,
    /// Whether the SMSC is told to give it up after its deadline.
    pub validity: bool,
    /// What data_coding 0 means there.
    pub alphabet: Alphabet,
}

/// One that is on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Flight {
    number: u32,
    left: Mono,
}

/// A bind's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Perch {
    next: Mono,
    flight: Option<Flight>,
    lost: bool,
}

/// The canaries of an operator, one a bind.
#[derive(Debug)]
pub(super) struct Canaries {
    options: Options,
    perches: Vec<Perch>,
}

/// Whether this is the token of a canary, and of which bind.
pub(super) fn bind_of(token: u64) -> Option<usize> {
    (token & TOKEN != 0).then_some((token & !TOKEN) as usize)
}

impl Canaries {
    pub(super) fn new(options: Options, binds: usize) -> Canaries {
        Canaries { options, perches: vec![Perch::default(); binds] }
    }

    /// Where a lost one may be looked for.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Whether the next one of a bind is due.
    pub(super) fn is_due(&self, bind: usize, now: Mono) -> bool {
        let perch = &self.perches[bind];
        perch.flight.is_none() && perch.next <= now
    }

    /// When the next one of a bind is due; `None` while one is on its way.
    pub(super) fn next(&self, bind: usize) -> Option<Mono> {
        let perch = &self.perches[bind];
        perch.flight.is_none().then_some(perch.next)
    }

    /// When the first of those on their way is late.
    pub(super) fn next_late(&self) -> Option<Mono> {
        let flights = self.perches.iter().filter_map(|perch| perch.flight);
        flights.map(|flight| flight.left + self.options.deadline).min()
    }

    /// A bind's next one: its token, and its number. The one after it isn't due before its time,
    /// whatever becomes of this one; `leaves` says that it was written.
    pub(super) fn draw(
        &mut self,
        bind: usize,
        dice: &mut Dice,
        now: Mono,
    ) -> Option<(u64, u32, Submit)> {
        self.perches[bind].next = now + self.options.every;
        let number = dice.roll() as u32;
        let octets = format!("{WORDS}{number:0width$X}", width = NUMBER_DIGITS).into_bytes();
        let submit = Submit {
            service_type: ArrayString::new(),
            source: self.options.source,
            destination: self.options.destination,
            esm_class: 0,
            priority: 0,
            validity: self.options.validity.then_some(Validity::For(self.options.deadline)),
            registered_delivery: 0,
            data_coding: 0,
            user_message_reference: None,
            text: Text::Short(ShortMessage::new(octets).ok()?),
        };
        Some((TOKEN | bind as u64, number, submit))
    }

    /// It was written.
    pub(super) fn leaves(&mut self, bind: usize, number: u32, now: Mono) {
        self.perches[bind].flight = Some(Flight { number, left: now });
    }

    /// The SMSC refused it: it won't be back.
    pub(super) fn refused(&mut self, bind: usize) {
        let perch = &mut self.perches[bind];
        (perch.flight, perch.lost) = (None, true);
    }

    /// A deliver_sm: its number, if it is a canary.
    pub(super) fn read(&self, frame: &[u8]) -> Option<u32> {
        let deliver = DeliverSm::parse(frame).ok()?;
        let chars = decode::chars(deliver.data_coding, self.options.alphabet, deliver.text());
        let mut text = ArrayString::<{ LOOKED_AT * 4 }>::new();
        for c in chars.take(LOOKED_AT) {
            text.try_push(c).ok()?;
        }
        let behind = text.split_once(WORDS)?.1;
        u32::from_str_radix(behind.get(..NUMBER_DIGITS)?, 16).ok()
    }

    /// One came back, over whichever bind: which bind it had left by, how long it took, and whether
    /// the last one of that bind was lost. `None` where it wasn't waited for any more.
    pub(super) fn back(&mut self, number: u32, now: Mono) -> Option<(usize, Duration, bool)> {
        let is_it = |perch: &Perch| perch.flight.is_some_and(|flight| flight.number == number);
        let bind = self.perches.iter().position(is_it)?;
        let perch = &mut self.perches[bind];
        let flight = perch.flight.take()?;
        let was_lost = std::mem::take(&mut perch.lost);
        Some((bind, now.since(flight.left), was_lost))
    }

    /// The next one that hasn't come back in time: the bind that it left by.
    pub(super) fn late(&mut self, now: Mono) -> Option<usize> {
        let deadline = self.options.deadline;
        let is_late =
            |perch: &Perch| perch.flight.is_some_and(|flight| flight.left + deadline <= now);
        let bind = self.perches.iter().position(is_late)?;
        let perch = &mut self.perches[bind];
        (perch.flight, perch.lost) = (None, true);
        Some(bind)
    }
}
