//! What one operator's SMSC is like: its pace, its formats, whom it lets in, how it misbehaves.
//! Plain data with defaults that suit a quiet, correct SMSC; a test changes the field it is about.
//!
//! The same names are the settings of a profile file, of a personality and of the HTTP control:
//! each of them is a merge patch upon a profile ([`Profile::patched`]).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::alphabet::DefaultAlphabet;
use crate::faults::Odds;
use crate::manner::{LongTexts, Record, Serves, SourceFormat, Submits, Tlvs};
use crate::message_id::IdFormat;
use crate::receipt::Receipts;
use crate::state::MessageState;
use crate::units;
use crate::validity::Validity;

/// How an SMSC behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The operator's name; also the system_id that a bind response carries.
    pub name: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// Who may bind. Empty: everybody.
    pub systems: Vec<System>,
    /// Binds that one system may hold at once; more get 0x05. None: any number.
    #[serde(with = "units::or_off")]
    pub binds_max: Option<usize>,
    /// How long a bind whose connection died still counts towards `binds_max` (lesson 8).
    #[serde(with = "units::time")]
    pub bind_lingers: Duration,
    /// What every bind gets instead of a welcome, such as 0x0E (invalid password).
    #[serde(with = "units::or_off")]
    pub bind_status: Option<u32>,
    /// Whether bind responses carry sc_interface_version (3.4: without it, no TLVs are allowed).
    pub interface_version: bool,
    /// What happens to TLVs of submit_sm.
    pub tlvs: Tlvs,
    /// Parts accepted within any one second; more get `throttle_status`. None: no limit.
    #[serde(with = "units::or_off")]
    pub rate: Option<u32>,
    /// 0x58 (throttled) or 0x14 (queue full), as the operator prefers.
    pub throttle_status: u32,
    /// submit_sm that may be unanswered on a connection; more get `throttle_status`.
    #[serde(with = "units::or_off")]
    pub submit_window: Option<u64>,
    /// Whether what the specification forbids is refused (see `strict.rs` for the list).
    pub strict: bool,
    /// What becomes of submit_sm.
    pub submits: Submits,
    /// After so many submit_sm a connection swallows all that follow (lesson 9). None: never.
    #[serde(with = "units::or_off")]
    pub deaf_after: Option<u64>,
    /// Time between a request and its response.
    #[serde(with = "units::time")]
    pub response_delay: Duration,
    /// deliver_sm that may be unanswered on a connection.
    pub window: usize,
    /// How message ids are written in submit_sm_resp.
    pub ids: IdFormat,
    /// How message ids are written in receipts (lesson 1: often differently).
    pub receipt_ids: IdFormat,
    /// Receipts, where registered_delivery asks for them. None: this operator sends none.
    #[serde(with = "units::or_off")]
    pub receipts: Option<Receipts>,
    /// How messages end, in turn. Empty: all are delivered.
    pub ends: Vec<MessageState>,
    /// How messages to some numbers end; the longest prefix counts, before `ends`.
    pub fates: Vec<Fate>,
    /// Prefixes of this operator's own numbers (digits, international). Empty: all are.
    pub numbers: Vec<String>,
    /// Prefixes of numbers that were its own and are with another operator now.
    pub ported_out: Vec<String>,
    /// What a submit_sm to a number of another operator gets. None: it is delivered all the same.
    #[serde(with = "units::or_off")]
    pub foreign_status: Option<u32>,
    /// What the fault of refusals chooses from: throttled, full, system error, address, temporary.
    pub refusals: Vec<u32>,
    /// What is made of validity_period.
    pub validity: Validity,
    /// query_sm.
    pub query: Serves,
    /// cancel_sm.
    pub cancel: Serves,
    /// TLVs of its own on deliver_sm, submit_sm_resp and bind responses (lesson 13).
    pub vendor_tlvs: Vec<VendorTlv>,
    /// Octets too many at the end of the same PDUs, such as a stray NUL (lesson 13); in hex.
    #[serde(with = "units::hex")]
    pub trailing: Vec<u8>,
    /// Refused submit_sm_resp have no body (lesson 4: both are normal).
    pub bare_refusals: bool,
    /// How phones' long texts are split.
    pub long_texts: LongTexts,
    /// Prefixes of phones that send every text back to where it came from; `""`: all do.
    pub echoes: Vec<String>,
    /// The last part of a phone's long text comes first (lesson 15).
    pub parts_reversed: bool,
    /// How source addresses of phones are written.
    pub source: SourceFormat,
    /// Country code for the national formats, digits only.
    pub country: String,
    /// Type of number of the short code in deliver_sm (0 unknown, 3 network specific, 6 …).
    pub code_ton: u8,
    /// What data_coding 0 means.
    pub default_alphabet: DefaultAlphabet,
    /// When a deliver_sm without a response is sent again, and an enquire_link without one ends
    /// the connection.
    #[serde(with = "units::time")]
    pub response_timeout: Duration,
    /// Pause before a deliver_sm that got a temporary refusal is sent again.
    #[serde(with = "units::time")]
    pub retry_delay: Duration,
    /// Attempts of a deliver_sm before it is given up; 0 means never.
    pub attempts_max: u32,
    /// A connection without a bind is closed after this.
    #[serde(with = "units::time")]
    pub session_init: Duration,
    /// enquire_link after this much silence of the ESME. None: never.
    #[serde(with = "units::time_or_off")]
    pub enquire_every: Option<Duration>,
    /// A connection whose ESME says nothing for so long is closed without a question. None: never.
    #[serde(with = "units::time_or_off")]
    pub inactivity: Option<Duration>,
    /// What is told of each message.
    pub record: Record,
    /// The wall clock at `Duration::ZERO`, in seconds since 1970, for dates in receipts.
    pub epoch: u64,
    /// How long the fault `SlowResponse` takes.
    #[serde(with = "units::time")]
    pub slow_response: Duration,
    /// Misbehaviour.
    #[serde(rename = "faults")]
    pub odds: Odds,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "smsc".into(),
            seed: 0,
            systems: Vec::new(),
            binds_max: None,
            bind_lingers: Duration::ZERO,
            bind_status: None,
            interface_version: true,
            tlvs: Tlvs::Read,
            rate: None,
            throttle_status: 0x58,
            submit_window: None,
            strict: false,
            submits: Submits::Answered,
            deaf_after: None,
            response_delay: Duration::ZERO,
            window: 10,
            ids: IdFormat::Decimal,
            receipt_ids: IdFormat::Decimal,
            receipts: Some(Receipts::default()),
            ends: Vec::new(),
            fates: Vec::new(),
            numbers: Vec::new(),
            ported_out: Vec::new(),
            foreign_status: None,
            refusals: vec![0x58, 0x14, 0x08, 0x0B, 0x64],
            validity: Validity::default(),
            query: Serves::Answered,
            cancel: Serves::Answered,
            vendor_tlvs: Vec::new(),
            trailing: Vec::new(),
            bare_refusals: true,
            long_texts: LongTexts::Udh,
            echoes: Vec::new(),
            parts_reversed: false,
            source: SourceFormat::International,
            country: "381".into(),
            code_ton: 0,
            default_alphabet: DefaultAlphabet::Gsm7,
            response_timeout: Duration::from_secs(10),
            retry_delay: Duration::from_secs(2),
            attempts_max: 0,
            session_init: Duration::from_secs(5),
            enquire_every: Some(Duration::from_secs(30)),
            inactivity: None,
            record: Record::Everything,
            epoch: 1_767_225_600,
            slow_response: Duration::from_secs(3),
            odds: Odds::default(),
        }
    }
}

impl Profile {
    /// A quiet SMSC of this name.
    pub fn named(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// How a message to this number (digits, international) ends if nothing comes between.
    pub(crate) fn end_of(&self, id: u64, to: &str) -> MessageState {
        let fitting = self.fates.iter().filter(|fate| begins(to, &fate.prefix));
        if let Some(fate) = fitting.max_by_key(|fate| fate.prefix.len()) {
            return fate.ends;
        }
        let turn = usize::try_from(id).unwrap_or(0).checked_rem(self.ends.len());
        turn.map_or(MessageState::Delivered, |turn| self.ends[turn])
    }

    /// Whether the number (digits, international) is this operator's.
    pub fn owns(&self, to: &str) -> bool {
        let any = |prefixes: &[String]| prefixes.iter().any(|prefix| begins(to, prefix));
        (self.numbers.is_empty() || any(&self.numbers)) && !any(&self.ported_out)
    }

    /// Whether the phone (digits, international) sends back what it gets.
    pub(crate) fn echoes(&self, phone: &str) -> bool {
        self.echoes.iter().any(|prefix| begins(phone, prefix))
    }

    /// The number as digits with its country code, however it was written.
    pub fn canonical(&self, number: &str) -> String {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        if number.starts_with('+') {
            digits
        } else if let Some(rest) = digits.strip_prefix("00") {
            rest.into()
        } else if let Some(rest) = digits.strip_prefix('0') {
            format!("{}{rest}", self.country)
        } else {
            digits
        }
    }
}

/// Whether a number has a prefix, which may be written with its +.
fn begins(number: &str, prefix: &str) -> bool {
    number.starts_with(prefix.trim_start_matches('+'))
}

/// One ESME that may bind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Its system_id.
    pub system_id: String,
    /// Its password.
    pub password: String,
    /// The short codes whose messages it gets. Empty: all that no other system claims.
    #[serde(default)]
    pub codes: Vec<String>,
}

/// How messages to some numbers end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fate {
    /// What the numbers begin with: digits, international.
    pub prefix: String,
    /// How the messages end.
    pub ends: MessageState,
}

/// A TLV of this operator's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorTlv {
    /// Its tag; 0x1400 to 0x3FFF are the vendors' (5.3.2).
    pub tag: u16,
    /// Its value, in hex.
    #[serde(with = "units::hex")]
    pub value: Vec<u8>,
}
