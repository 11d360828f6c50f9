//! How a message reads in a vocabulary: the command, and what stood in its slots.

use crate::base::money::Minor;
use crate::service::holder::HolderArgs;
use crate::service::order::OrderArgs;
use crate::service::slot::{CardArg, DateArg};
use crate::service::topic::Topic;
use crate::service::verb::Verb;

/// What stood in a pattern's slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Args {
    /// Which kind of account, as an index into the service's `[[account]]` list.
    pub account: Option<u8>,
    /// Which of several.
    pub ordinal: Option<u16>,
    /// From which amount.
    pub amount: Option<Minor>,
    /// Which card.
    pub card: CardArg,
    /// Of which day.
    pub date: DateArg,
    /// Of which class of accounts, as an index into the service's `[[class]]` list.
    pub class: Option<u8>,
    /// Of which kind of card, whose, and how.
    pub holder: HolderArgs,
    /// What is to be paid for, and for whom.
    pub order: OrderArgs,
}

/// How a message reads in a vocabulary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// A whole command.
    Command {
        /// What it asks for.
        verb: Verb,
        /// The topic that its pattern names, if any.
        topic: Option<Topic>,
        /// What it says of it.
        args: Args,
    },
    /// A command's first word, and then something missing or too much. Answered with help.
    Incomplete(Verb),
    /// Nothing that the service knows.
    Unknown,
}

impl Reading {
    /// The command that the customer meant, for judging whether a route accepts it.
    pub fn verb(&self) -> Option<Verb> {
        match self {
            Reading::Command { verb, .. } | Reading::Incomplete(verb) => Some(*verb),
            Reading::Unknown => None,
        }
    }
}
