//! What an SMSC tells its keeper: binds, parts and whole messages that arrived, and what became
//! of those that it delivered. Neighbours: `smsc.rs` makes them, `shell.rs` hands them on.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

/// A connection, named by whoever owns the sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// A message that the SMSC delivers: a phone's text, or a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliverId(pub u64);

/// The octets of a PDU. Its `Debug` tells their number only.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(pub Bytes);

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

/// What a bind may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Submits only.
    Transmitter,
    /// Gets deliver_sm only.
    Receiver,
    /// Both.
    Transceiver,
}

impl Mode {
    /// Whether deliver_sm may go to it.
    pub fn receives(self) -> bool {
        self != Self::Transmitter
    }

    /// Whether it may submit.
    pub fn transmits(self) -> bool {
        self != Self::Receiver
    }
}

/// A whole text that a phone got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsOut {
    /// The sender that the phone shows: a short code or a name.
    pub from_code: String,
    /// The phone, `+` and digits.
    pub to: String,
    /// All parts joined and decoded.
    pub text: String,
    /// Number of parts.
    pub parts: u8,
    /// The alphabet, as submitted.
    pub data_coding: u8,
    /// When the part that completed it arrived.
    pub received_at: Duration,
    /// From the last octet of that phone's latest deliver_sm (last part) until `received_at`.
    pub after_deliver: Option<Duration>,
    /// The ids that submit_sm_resp gave to the parts, in their order.
    pub message_ids: Vec<String>,
    /// The connection it came over.
    pub conn: ConnId,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An ESME bound.
    Bound {
        /// Its connection.
        conn: ConnId,
        /// As what.
        mode: Mode,
        /// Who.
        system_id: String,
    },
    /// A bind was refused.
    BindRefused {
        /// Its connection.
        conn: ConnId,
        /// Who.
        system_id: String,
        /// The command_status it got.
        status: u32,
    },
    /// A bind ended.
    Unbound {
        /// Its connection.
        conn: ConnId,
        /// Who.
        system_id: String,
        /// Whether by unbind rather than by a lost connection.
        gracefully: bool,
    },
    /// One part arrived and was accepted.
    Submitted {
        /// The connection.
        conn: ConnId,
        /// The id its response carries.
        message_id: String,
        /// The sender.
        from: String,
        /// The phone.
        to: String,
        /// The text of this part.
        text: String,
        /// Its alphabet.
        data_coding: u8,
        /// Which part, from 1.
        part: u8,
        /// Of how many.
        of: u8,
        /// user_message_reference, if it came with one.
        reference: Option<u16>,
    },
    /// A submit_sm was refused.
    SubmitRefused {
        /// The connection.
        conn: ConnId,
        /// The phone.
        to: String,
        /// The command_status it got.
        status: u32,
    },
    /// A whole text is out to a phone.
    Message(SmsOut),
    /// A part of a phone's text, or a receipt, was written to a connection.
    DeliverSent {
        /// Which message.
        id: DeliverId,
        /// Which part, from 1.
        part: u8,
        /// Which attempt, from 1.
        attempt: u32,
        /// Where to.
        conn: ConnId,
        /// The PDU, under sequence number 0.
        frame: Frame,
    },
    /// It was answered.
    DeliverAnswered {
        /// Which message.
        id: DeliverId,
        /// Which part, from 1.
        part: u8,
        /// The command_status of the response; temporary ones are tried again.
        status: u32,
        /// From sending it to the response.
        took: Duration,
    },
    /// It was tried often enough.
    DeliverGivenUp {
        /// Which message.
        id: DeliverId,
        /// Which part, from 1.
        part: u8,
    },
    /// The ESME sent what isn't SMPP, or what it may not send.
    Malformed {
        /// The connection.
        conn: ConnId,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Counters since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// PDUs read.
    pub pdus_in: u64,
    /// PDUs written.
    pub pdus_out: u64,
    /// Parts accepted.
    pub submitted: u64,
    /// Parts refused for any reason.
    pub refused: u64,
    /// Parts refused for the rate.
    pub throttled: u64,
    /// deliver_sm written, repeats included.
    pub delivers: u64,
    /// deliver_sm written again.
    pub redelivers: u64,
    /// deliver_sm answered with status 0.
    pub delivered: u64,
    /// Receipts made.
    pub receipts: u64,
    /// PDUs that could not be read, or were not allowed.
    pub malformed: u64,
    /// The most parts that arrived within one second, accepted or not.
    pub peak_rate: u64,
    /// The most submit_sm that were unanswered on one connection.
    pub peak_window: u64,
}
