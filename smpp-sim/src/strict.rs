//! What a submit_sm must not be, by the letter of SMPP 3.4: for operators that check.

use rusmpp::pdus::SubmitSm;
use rusmpp::tlvs::TlvValue;
use rusmpp::values::Ton;

use crate::alphabet::DefaultAlphabet;
use crate::date::Time;
use crate::profile::Profile;

const INVALID_LENGTH: u32 = 0x01;
const INVALID_SOURCE: u32 = 0x0A;
const INVALID_DESTINATION: u32 = 0x0B;
const INVALID_ESM_CLASS: u32 = 0x43;
const INVALID_SCHEDULE: u32 = 0x61;
const INVALID_EXPIRY: u32 = 0x62;
const TLV_NOT_ALLOWED: u32 = 0xC1;

/// The longest short_message (5.2.21).
const MESSAGE_MAX: usize = 254;
/// The longest name for a sender, and the longest number (3GPP 23.040, E.164).
const NAME_MAX: usize = 11;
const DIGITS_MAX: usize = 15;

/// The first rule that it breaks: the status for it, and the rule.
pub(crate) fn check(profile: &Profile, submit: &SubmitSm) -> Result<(), (u32, &'static str)> {
    let text = &submit.short_message()[..];
    let values = || submit.tlvs().iter().filter_map(|t| t.value());
    let payload = values().find_map(|v| match v {
        TlvValue::MessagePayload(p) => Some(&p.value[..]),
        _ => None,
    });
    let has_sar = values().any(|v| {
        matches!(
            v,
            TlvValue::SarMsgRefNum(_)
                | TlvValue::SarSegmentSeqnum(_)
                | TlvValue::SarTotalSegments(_)
        )
    });
    let has_header = u8::from(submit.esm_class) & 0x40 != 0;
    let rule = |is_broken: bool, status, why| if is_broken { Err((status, why)) } else { Ok(()) };

    rule(text.len() > MESSAGE_MAX, INVALID_LENGTH, "a short_message above 254 octets")?;
    rule(
        payload.is_some() && !text.is_empty(),
        TLV_NOT_ALLOWED,
        "message_payload beside a short_message",
    )?;
    rule(
        !profile.interface_version && !submit.tlvs().is_empty(),
        TLV_NOT_ALLOWED,
        "TLVs though the bind response had no sc_interface_version",
    )?;
    rule(has_sar && has_header, INVALID_ESM_CLASS, "sar_* TLVs beside a user data header")?;
    let octets = payload.unwrap_or(text);
    let header = match octets.first() {
        Some(length) if has_header => 1 + usize::from(*length),
        _ => 0,
    };
    rule(
        has_header && (octets.is_empty() || header > octets.len()),
        INVALID_ESM_CLASS,
        "a user data header that isn't there",
    )?;
    let body = octets.get(header..).unwrap_or_default();
    let coding = u8::from(submit.data_coding);
    rule(
        matches!(coding, 8 | 0x18..=0x1B) && !body.len().is_multiple_of(2),
        INVALID_LENGTH,
        "UCS-2 with half a character",
    )?;
    rule(
        coding == 0
            && profile.default_alphabet == DefaultAlphabet::Gsm7
            && body.iter().any(|octet| *octet > 0x7F),
        INVALID_LENGTH,
        "data_coding 0 with octets above 0x7F",
    )?;
    address(submit.source_addr_ton, submit.source_addr.as_str(), INVALID_SOURCE)?;
    address(submit.dest_addr_ton, submit.destination_addr.as_str(), INVALID_DESTINATION)?;
    let is_time = |text: &str| text.is_empty() || Time::read(text).is_some();
    rule(
        !is_time(submit.schedule_delivery_time.as_str()),
        INVALID_SCHEDULE,
        "a schedule_delivery_time that is no time",
    )?;
    rule(
        !is_time(submit.validity_period.as_str()),
        INVALID_EXPIRY,
        "a validity_period that is no time",
    )
}

/// An address must be what its type of number says (5.2.5).
fn address(ton: Ton, written: &str, status: u32) -> Result<(), (u32, &'static str)> {
    let digits = written.bytes().all(|b| b.is_ascii_digit());
    match ton {
        Ton::Alphanumeric if written.len() > NAME_MAX => Err((status, "a name above 11 letters")),
        Ton::Alphanumeric => Ok(()),
        Ton::International if !digits || written.starts_with('0') => {
            Err((status, "an international number with a + or zeros before it"))
        }
        Ton::International if written.len() > DIGITS_MAX => {
            Err((status, "a number above 15 digits"))
        }
        _ => Ok(()),
    }
}
