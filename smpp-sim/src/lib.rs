//! An SMSC to test against: SMPP 3.4 over TCP, with phones to type on and faults by seed.
//!
//! It never depends on what it tests, and its codec is rusmpp's, so that a misreading of the
//! specification isn't made twice. In the order to read them:
//!
//! - [`Profile`]: what one operator's SMSC is like. [`Odds`], [`Fault`]: how it misbehaves.
//!   [`Profile::personality`]: operators as they are met in the field, by name. [`mod@file`]:
//!   profiles in TOML.
//! - [`Smsc`]: the whole SMSC as a value, for simulations in virtual time. `session`, `submit`,
//!   `deliver`, `accepted` and `receipt` are its chapters, `strict`, `validity` and `pause` its
//!   footnotes; `conn`, `join`, `phone`, `wire`, `date` and `alphabet` its tools.
//! - [`Sim`]: the same behind a TCP listener, with a handle for tests. [`control`]: the same over
//!   HTTP. [`load`]: phones that write at a rate, and what comes back.
//! - [`operators`]: which operator a phone belongs to, and the lines one types for it.

mod accepted;
mod alphabet;
mod clock;
mod conn;
pub mod control;
mod date;
mod deliver;
mod event;
mod faults;
pub mod file;
mod join;
pub mod load;
mod log;
mod manner;
mod message_id;
pub mod operators;
mod pause;
mod personality;
mod phone;
mod profile;
mod receipt;
mod session;
mod shell;
mod smsc;
mod state;
mod strict;
mod submit;
pub mod units;
mod validity;
mod wire;

pub use alphabet::{DefaultAlphabet, name as alphabet_name};
pub use event::{ConnId, DeliverId, Event, Frame, Mode, SmsOut, Stats};
pub use faults::{Counts, Fault, Faults, Odds};
pub use log::Logged;
pub use manner::{LongTexts, Record, Serves, SourceFormat, Submits, Tlvs, ValidityForm};
pub use message_id::IdFormat;
pub use pause::Pause;
pub use personality::{Personality, WrongProfile, personalities};
pub use phone::RawDeliver;
pub use profile::{Fate, Profile, System, VendorTlv};
pub use receipt::{Echo, ReceiptParts, ReceiptText, Receipts};
pub use shell::Sim;
pub use smsc::Smsc;
pub use state::MessageState;
pub use validity::Validity;
