//! SMPP 3.4, as far as a bank's teller needs it: PDUs and the session. Knows nothing of banking.
//!
//! Bytes become frames ([`frame`]), a frame has a [`header`], what the SMSC sends is read by our
//! own lenient borrowed views ([`deliver`], [`receipt`]), what we send is encoded by rusmpp
//! ([`pdu`]), a response's status has a meaning ([`status`]), and [`session`] is the whole
//! conversation as a value: no socket, no clock, no randomness. [`backoff`] says when to connect
//! again.
//!
//! Why two codecs: rusmpp refuses what real SMSCs send (a TLV string without its NUL, stray octets
//! at the end, addresses that are too long), so it may not stand between them and us; on every PDU
//! that it accepts, both agree (a differential test says so).
//!
//! Above: `daemon::link` moves bytes between a socket and a session; the inbox reads deliver_sm,
//! the outbox submits. "Section" in here is a section of the SMPP v3.4 specification, issue 1.2.

pub mod backoff;
pub mod deliver;
pub mod frame;
pub mod header;
pub mod pdu;
pub mod receipt;
pub mod session;
pub mod status;
