//! What waits to leave: every live message, in memory as small as it can be, and when it is due.
//!
//! A [`Life`] is a message that hasn't ended. [`schedule`] knows which is due and which is most urgent;
//! [`order`] what waits for what; [`retry`] knows what an answer, or none, means for a message. Records are on disk; a life holds its
//! record only while it is being worked on.

pub mod order;
pub mod retry;
pub mod schedule;

use crate::bank::BankId;
use crate::base::now::Wall;
use crate::command::Then;
use crate::message::{Head, Message, MessageId};

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
    /// It was made in this turn: nothing about its customer can have changed since.
    pub fresh: bool,
    /// What to make of the bank's answer, while it is awaited.
    pub then: Option<Box<(usize, Then)>>,
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
            then: None,
            out: 0,
            worst: retry::Worst::default(),
        }
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
