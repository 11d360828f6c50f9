//! What one operator's SMSC is like: its pace, its formats, whom it lets in, how it misbehaves.
//! Plain data with defaults that suit a quiet, correct SMSC; a test changes the field it is about.

use std::time::Duration;

use crate::alphabet::DefaultAlphabet;
use crate::faults::Odds;

/// How an SMSC behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The operator's name; also the system_id that a bind response carries.
    pub name: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// Who may bind. Empty: everybody.
    pub systems: Vec<System>,
    /// Binds that one system may hold at once; more get 0x05. None: any number.
    pub binds_max: Option<usize>,
    /// How long a bind whose connection died still counts towards `binds_max` (lesson 8).
    pub bind_lingers: Duration,
    /// Whether bind responses carry sc_interface_version (3.4: without it, no TLVs are allowed).
    pub interface_version: bool,
    /// Parts accepted within any one second; more get `throttle_status`. None: no limit.
    pub rate: Option<u32>,
    /// 0x58 (throttled) or 0x14 (queue full), as the operator prefers.
    pub throttle_status: u32,
    /// Time between a request and its response.
    pub response_delay: Duration,
    /// deliver_sm that may be unanswered on a connection.
    pub window: usize,
    /// How message ids are written in submit_sm_resp.
    pub ids: IdFormat,
    /// How message ids are written in receipts (lesson 1: often differently).
    pub receipt_ids: IdFormat,
    /// Receipts, where registered_delivery asks for them. None: this operator sends none.
    pub receipts: Option<Receipts>,
    /// Prefixes of numbers (digits, international) that no message reaches: failure receipts.
    pub unreachable: Vec<String>,
    /// Refused submit_sm_resp have no body (lesson 4: both are normal).
    pub bare_refusals: bool,
    /// How phones' long texts are split.
    pub long_texts: LongTexts,
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
    pub response_timeout: Duration,
    /// Pause before a deliver_sm that got a temporary refusal is sent again.
    pub retry_delay: Duration,
    /// Attempts of a deliver_sm before it is given up; 0 means never.
    pub attempts_max: u32,
    /// A connection without a bind is closed after this.
    pub session_init: Duration,
    /// enquire_link after this much silence of the ESME. None: never.
    pub enquire_every: Option<Duration>,
    /// What is told of each message.
    pub record: Record,
    /// The wall clock at `Duration::ZERO`, in seconds since 1970, for dates in receipts.
    pub epoch: u64,
    /// How long the fault `SlowResponse` takes.
    pub slow_response: Duration,
    /// Misbehaviour.
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
            interface_version: true,
            rate: None,
            throttle_status: 0x58,
            response_delay: Duration::ZERO,
            window: 10,
            ids: IdFormat::Decimal,
            receipt_ids: IdFormat::Decimal,
            receipts: Some(Receipts::default()),
            unreachable: Vec::new(),
            bare_refusals: true,
            long_texts: LongTexts::Udh,
            source: SourceFormat::International,
            country: "381".into(),
            code_ton: 0,
            default_alphabet: DefaultAlphabet::Gsm7,
            response_timeout: Duration::from_secs(10),
            retry_delay: Duration::from_secs(2),
            attempts_max: 0,
            session_init: Duration::from_secs(5),
            enquire_every: Some(Duration::from_secs(30)),
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

/// One ESME that may bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Its system_id.
    pub system_id: String,
    /// Its password.
    pub password: String,
    /// The short codes whose messages it gets. Empty: all that no other system claims.
    pub codes: Vec<String>,
}

/// How message ids are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdFormat {
    /// `4711`
    Decimal,
    /// `1267`, lower case
    Hex,
    /// `0000126F`, upper case with leading zeros
    HexPadded,
}

impl IdFormat {
    /// The id in this notation.
    pub fn write(self, id: u64) -> String {
        match self {
            Self::Decimal => id.to_string(),
            Self::Hex => format!("{id:x}"),
            Self::HexPadded => format!("{id:08X}"),
        }
    }

    /// The id that was written in this notation.
    pub fn read(self, text: &str) -> Option<u64> {
        match self {
            Self::Decimal => text.parse().ok(),
            Self::Hex | Self::HexPadded => u64::from_str_radix(text, 16).ok(),
        }
    }
}

/// How this operator's receipts look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipts {
    /// From the submit_sm to its receipt.
    pub delay: Duration,
    /// With receipted_message_id and message_state.
    pub tlvs: bool,
    /// With the customary text.
    pub text: bool,
    /// Without `sub` and `dlvrd`, as some do (lesson 3).
    pub short_text: bool,
}

impl Default for Receipts {
    fn default() -> Self {
        Self { delay: Duration::from_secs(2), tlvs: true, text: true, short_text: false }
    }
}

/// How a text of more than one part is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongTexts {
    /// A user data header with an 8-bit reference.
    Udh,
    /// The sar_* TLVs.
    Sar,
    /// One PDU with message_payload.
    Payload,
}

/// How the number of a phone is written in source_addr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFormat {
    /// `381631112222`, TON 1, NPI 1
    International,
    /// `+381631112222`, TON 1, NPI 1
    Plus,
    /// `00381631112222`, TON 0, NPI 1
    ZeroZero,
    /// `0631112222`, TON 2, NPI 1 (numbers of other countries as `ZeroZero`)
    National,
}

/// What is told of each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// An event for everything; long texts are joined and decoded.
    Everything,
    /// Only the counters of `Stats`, for load: no text is decoded, nothing is kept.
    Counters,
}
