//! The choices that a profile makes, one enum each: how this operator writes, what it answers.

use serde::{Deserialize, Serialize};

/// How a text of more than one part is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LongTexts {
    /// A user data header with an 8-bit reference.
    Udh,
    /// A user data header with a 16-bit reference.
    Udh16,
    /// The sar_* TLVs.
    Sar,
    /// One PDU with message_payload.
    Payload,
}

/// How the number of a phone is written in source_addr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// An event for everything; long texts are joined and decoded.
    Everything,
    /// Only the counters of `Stats`, for load: no text is decoded, nothing is kept.
    Counters,
}

/// What happens to TLVs of submit_sm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tlvs {
    /// They are read.
    Read,
    /// They are overlooked: a message_payload is an empty text.
    Ignored,
    /// Each submit_sm that has one gets 0xC1 (optional parameter not allowed).
    Refused,
}

/// What becomes of submit_sm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Submits {
    /// They are answered.
    Answered,
    /// They are accepted and shown; the response never comes.
    Unanswered,
    /// They vanish, as at an SMSC of which only the link is still alive (lesson 9).
    Swallowed,
}

/// Whether a request of lesser use, such as query_sm, is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Serves {
    /// It is answered.
    Answered,
    /// Its own response, with 0x03 (invalid command id).
    Refused,
    /// A generic_nack with 0x03.
    Nacked,
}

/// How validity_period has to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidityForm {
    /// Either way.
    Any,
    /// `YYMMDDhhmmsstnnp` only.
    Absolute,
    /// `YYMMDDhhmmss000R` only.
    Relative,
}
