//! The door beside the operators: what the bank and its clerks ask of a running engine.
//!
//! A [`Request`] is an input like any other; its [`Response`] is released once the batch that it
//! led to is on disk. The daemon decides who may knock (a local socket, or HTTP with a token) and
//! in which format.

use crate::bank::event::Event;
use crate::enrol::{Form, Outcome};

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
}

/// What is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Response {
    /// What became of an event.
    Event(Verdict),
    /// What became of a form; `None`: there is no room just now, it is to be sent again later.
    Enrol(Option<Box<Outcome>>),
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
