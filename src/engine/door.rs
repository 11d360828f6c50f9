//! The door beside the operators: what the bank and its clerks ask of a running engine.
//!
//! A [`Request`] is an input like any other; its [`Response`] is released once the batch that it
//! led to is on disk. The daemon decides who may knock (a local socket, or HTTP with a token) and
//! in which format.

use std::sync::Arc;

use jiff::civil::Date;

use crate::bank::Reference;
use crate::bank::event::Event;
use crate::base::money::Minor;
use crate::base::msisdn::Msisdn;
use crate::base::now::Wall;
use crate::calendar::file::Holidays;
use crate::calendar::month::Month;
use crate::engine::ported::Ported;
use crate::enrol::{Form, Outcome};
use crate::fee::{Claim, Line, Mark, Reversing};
use crate::message::{Body, MessageId};
use crate::purchase::State;
use crate::sale::Sale;

/// Which request a response belongs to; whoever asks numbers them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(pub u64);

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// The bank (its place in the setup) tells of an event.
    Event {
        /// Whose.
        bank: usize,
        /// What happened.
        event: Box<Event>,
    },
    /// The branch hands a form in.
    Enrol {
        /// The bank (its place in the setup) whose form it is; `None`: whoever asks may speak for
        /// all of them, and the form's service tells.
        bank: Option<usize>,
        /// What would become of it is told, and nothing is done.
        dry: bool,
        /// The form.
        form: Box<Form>,
    },
    /// Which orders of money of a bank (its place in the setup) are open.
    Purchases {
        /// Whose.
        bank: usize,
    },
    /// Two persons know what became of an order that is unknown.
    Settle {
        /// Whose.
        bank: usize,
        /// Which.
        reference: Reference,
        /// Whether the sale was made.
        done: bool,
        /// Who says so.
        by: String,
        /// And who else.
        and: String,
    },
    /// Which runs of a bank (its place in the setup) are under way.
    Runs {
        /// Whose.
        bank: usize,
    },
    /// A clerk holds a run up, or lets it go on.
    Steer {
        /// Whose.
        bank: usize,
        /// Its number.
        run: u64,
        /// What becomes of it.
        steer: Steer,
    },
    /// A clerk switches a command off or on; `None`: he only asks what is off.
    Switch(Option<Switching>),
    /// Files that were read again.
    Reload(Fresh),
    /// A clerk asks for a page of a service's bill.
    Bill {
        /// The service, as its file names it.
        service: String,
        /// Of which month.
        month: Month,
        /// Where the page before it ended.
        after: Mark,
    },
    /// Two persons say that a line of a bill was wrong.
    Reverse {
        /// The service, as its file names it.
        service: String,
        /// Of which month.
        month: Month,
        /// The line: its customer and item.
        line: Mark,
        /// How much of it, and who says so.
        claim: Claim,
    },
    /// A clerk asks what was said with a number, a page at a time.
    Messages {
        /// The bank (its place in the setup).
        bank: usize,
        /// The number.
        phone: Msisdn,
        /// From this local date on; `None`: the last [`super::lookup::DAYS`] days.
        since: Option<Date>,
        /// Where the page before it ended.
        from: Option<MessageId>,
    },
    /// A clerk asks what went over an operator.
    Usage {
        /// The operator, as config.toml names it.
        operator: String,
        /// In which month.
        month: Month,
    },
}

/// What was read again, file by file; `None`: not named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fresh {
    /// The days off that no rule gives ahead.
    pub days: Option<Holidays>,
    /// Numbers that were ported.
    pub ported: Option<Arc<Ported>>,
}

/// What is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Response {
    /// What became of an event.
    Event(Verdict),
    /// What became of a form; `None`: there is no room just now, it is to be sent again later.
    Enrol(Option<Box<Outcome>>),
    /// Open orders of money, in the order in which they were given.
    Purchases(Vec<OpenPurchase>),
    /// What became of a settlement.
    Settled(Settling),
    /// Runs under way, or the one that was steered.
    Runs(Vec<RunShown>),
    /// What is switched off.
    Switches(Vec<SwitchedOff>),
    /// What was read again is in force.
    Reloaded,
    /// A page of a bill.
    Bill(Page),
    /// What became of a reversal.
    Reversed(Reversing),
    /// A page of what was said with a number.
    Messages(Said),
    /// What went over an operator.
    Usage(Vec<Over>),
    /// Why there is no answer: which of the request's fields is at fault, and how.
    No(&'static str, String),
}

/// An order of money that hasn't ended, for the bank's clerks. Numbers are masked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenPurchase {
    /// Its reference.
    pub reference: Reference,
    /// Where it is.
    pub state: State,
    /// How much it moves.
    pub amount: Minor,
    /// When it was ordered.
    pub received: Wall,
    /// What is bought, and for whom; `None` where its customer was forgotten.
    pub sale: Option<Sale>,
}

/// A command to be switched off or on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Switching {
    /// The service, as its file names it.
    pub service: String,
    /// The command, as files name it.
    pub command: String,
    /// The text that answers while it is off, "" for the service's own; `None`: it is on again.
    pub off: Option<String>,
}

/// A command that is off, for the bank's clerks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SwitchedOff {
    /// The service.
    pub service: String,
    /// The command.
    pub command: &'static str,
    /// What answers it.
    pub text: String,
}

/// What a clerk does to a run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Steer {
    /// No more messages are made of it for now.
    Pause,
    /// They are again.
    Resume,
    /// It is over, and what waits of it is withdrawn.
    Stop,
}

/// A run, for the bank's clerks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunShown {
    /// Its number.
    pub number: u64,
    /// The service that tells it.
    pub service: String,
    /// What is told.
    pub kind: &'static str,
    /// How many messages were made of it.
    pub told: u64,
    /// It is paused.
    pub paused: bool,
    /// When it is no longer worth telling.
    pub worthless: Wall,
    /// The operators whose customers haven't all been looked at; none: it is over.
    pub left: Vec<String>,
}

/// What became of a settlement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Settling {
    /// It counts; the customer is told.
    Taken,
    /// It was settled so before; nothing follows a second time.
    Known,
    /// There is no such order.
    Nothing,
    /// It isn't unknown: it is under way, or ended by itself.
    NotUnknown(State),
    /// It was settled otherwise before.
    Otherwise,
    /// It takes two persons.
    OnePerson,
}

/// A page of a bill.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The month was charged: these lines don't change any more. Otherwise they are what they would
    /// be now.
    pub charged: bool,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Where it ends; `None` where no more follow.
    pub next: Option<Mark>,
}

/// A page of what was said with a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// In the order in which it came in.
    pub messages: Vec<MessageShown>,
    /// Where the next page begins; `None` where there are no more.
    pub next: Option<MessageId>,
}

/// A message, for the bank's clerks. Times are RFC 3339, in the service's zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageShown {
    /// Which.
    pub id: MessageId,
    /// The operator that it came and left by.
    pub operator: String,
    /// Where it is.
    pub state: &'static str,
    /// When it came in, or what it tells did.
    pub received: String,
    /// When the SMSC had it all, or it ended otherwise.
    pub ended: Option<String>,
    /// When the last was heard of what became of it behind the SMSC.
    pub heard: Option<String>,
    /// Tries.
    pub attempts: u16,
    /// Parts of the answer.
    pub parts: u8,
    /// The last command_status other than ESME_ROK.
    pub status: Option<String>,
    /// The network's type and code, where it said why it doesn't reach the phone (5.3.2.31).
    pub network_error: Option<(u8, u16)>,
    /// What is personal; `None` where its customer was forgotten.
    pub body: Option<Body>,
}

/// What one bank had over an operator, of one kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Over {
    /// The bank's name.
    pub bank: String,
    /// What it is.
    pub what: What,
    /// How many.
    pub count: u64,
}

/// What went over an operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Messages that came in.
    Inbound {
        /// At which code.
        code: String,
        /// What was ordered, as records call it.
        kind: String,
        /// What the operator takes from the customer for each, where config.toml says so.
        price: Option<Minor>,
    },
    /// Parts that the SMSC accepted.
    Parts,
    /// Parts of which nobody knows whether it did.
    Unknown,
}

/// What became of an event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// It counts, and is on disk with all that follows from it.
    Taken {
        /// How many alerts it led to.
        alerts: usize,
        /// It happened too long ago to be told as news.
        stale: bool,
    },
    /// It was taken before; nothing follows from it a second time.
    Known,
    /// It is older than events are known for: nobody could tell whether it was taken before.
    TooOld,
    /// Its time lies ahead of our clock.
    Ahead,
    /// There is no room just now: to be sent again later.
    Full,
}
