//! What waits to leave: every live message, in memory as small as it can be, and when it is due.
//!
//! A [`Life`] is a message that hasn't ended. [`schedule`] knows which is due and which is most
//! urgent; [`order`] what waits for what; [`retry`] knows what an answer, or none, means for a
//! message; [`submit`] writes its parts, as the operator's [`form`] has them; [`receipts`] knows what the SMSC calls them. Records are on disk; a life holds its record only while
//! it is being worked on.

pub mod form;
pub mod order;
pub mod receipts;
pub mod retry;
pub mod schedule;
pub mod submit;

use crate::bank::BankId;
use crate::base::now::{Mono, Wall};
use crate::command::Then;
use crate::message::{Class, Head, Message, MessageId};
use crate::store::StoreError;
use crate::store::draft::Records;

/// An open question to the bank.
#[derive(Debug)]
pub struct Asked {
    /// Which service asks, as the setup numbers them.
    pub place: usize,
    /// What to make of the answer.
    pub then: Then,
    /// When it is no longer waited for.
    pub due: Mono,
}

/// A message that hasn't ended.
#[derive(Debug)]
pub struct Life {
    /// Which message.
    pub id: MessageId,
    /// Whose.
    pub bank: BankId,
    /// The operator that it leaves by, as the setup numbers them.
    pub lane: usize,
    /// What it leaves in order with; 0: with nothing.
    pub order: u64,
    /// When it must have left.
    pub promised: Wall,
    /// When it is no longer worth sending.
    pub worthless: Wall,
    /// Its record, while it is in memory.
    pub message: Option<Box<Message>>,
    /// The record has changed since it was last in a batch.
    pub dirty: bool,
    /// It was understood in this turn: nothing about its customer can have changed since.
    pub fresh: bool,
    /// It is a report or a notice: of these an operator has only seconds of work before it.
    pub is_of_run: bool,
    /// What the bank was asked, while its answer is awaited.
    pub asked: Option<Box<Asked>>,
    /// Parts handed to the operator and not heard of since, a bit each.
    pub out: u16,
    /// The worst that was heard of its parts since it was last picked.
    pub worst: retry::Worst,
}

impl Life {
    /// The life of a message that leaves by `lane`: nothing heard of it, its record not in memory.
    pub fn new(lane: usize, head: &Head) -> Life {
        Life {
            id: head.id,
            bank: head.bank,
            lane,
            order: head.order,
            promised: head.promised,
            worthless: head.worthless,
            message: None,
            dirty: false,
            fresh: false,
            is_of_run: matches!(head.class, Class::Report | Class::Notice),
            asked: None,
            out: 0,
            worst: retry::Worst::default(),
        }
    }
}

impl Life {
    /// Its record, read back in if need be.
    pub fn fetch(&mut self, records: &dyn Records) -> Result<Option<&mut Message>, StoreError> {
        if self.message.is_none() {
            self.message = Message::load(records, self.bank, self.id)?.map(Box::new);
        }
        Ok(self.message.as_deref_mut())
    }

    /// Whether it has ended in this turn, so that nothing more may happen of it.
    pub fn is_over(&self) -> bool {
        self.message.as_ref().is_some_and(|message| message.head.state.is_end())
    }
}

/// The token of one part, as the operator gives it back.
pub fn token(id: MessageId, part: u8) -> u64 {
    (id.0 << 4) | u64::from(part)
}

/// The message and part of a token.
pub fn of_token(token: u64) -> (MessageId, u8) {
    (MessageId(token >> 4), (token & 0xF) as u8)
}
