//! Delivery receipts: what became of a message that we sent (appendix B, 5.3.2.12, 5.3.2.35).
//!
//! The optional parameters are believed first; the text, whose form every SMSC varies, fills what
//! they leave out (lessons 1 to 3). The id stays opaque: in which base and case it stands beside
//! the submit_sm_resp is a setting of the operator. Reads a [`DeliverSm`]; used by the outbox.

use std::fmt;

use super::deliver::{DeliverSm, tag};
use super::header::HEADER_OCTETS;

/// A receipt; each part may be missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// The SMSC's id of our message, as this receipt has it.
    pub id: Option<&'a [u8]>,
    /// What became of it.
    pub state: Option<State>,
    /// The `err` of the text, numeric or not.
    pub error: Option<&'a [u8]>,
    /// network_error_code: the network's type and its code (5.3.2.31).
    pub network_error: Option<(u8, u16)>,
    /// user_message_reference: ours, if the SMSC echoes it.
    pub reference: Option<u16>,
}

/// message_state (section 5.2.28), and `stat` of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// On its way.
    Enroute,
    /// On the phone.
    Delivered,
    /// Its validity is over.
    Expired,
    /// Deleted at the SMSC.
    Deleted,
    /// The phone can't be reached for good.
    Undeliverable,
    /// Accepted: by customer care in the specification, by the network in practice.
    Accepted,
    /// The SMSC doesn't know.
    Unknown,
    /// Rejected.
    Rejected,
    /// A word or number that the specification doesn't have.
    Other,
}

impl State {
    /// Whether nothing more will be heard of the message.
    pub const fn is_final(self) -> bool {
        use State::{Deleted, Delivered, Expired, Rejected, Undeliverable};
        matches!(self, Delivered | Expired | Deleted | Undeliverable | Rejected)
    }

    const fn from_octet(octet: u8) -> State {
        match octet {
            1 => State::Enroute,
            2 => State::Delivered,
            3 => State::Expired,
            4 => State::Deleted,
            5 => State::Undeliverable,
            6 => State::Accepted,
            7 => State::Unknown,
            8 => State::Rejected,
            _ => State::Other,
        }
    }

    fn from_word(word: &[u8]) -> State {
        // The specification cuts the words to seven letters, some SMSCs write them out.
        const WORDS: [(&[u8], State); 8] = [
            (b"ENROUTE", State::Enroute),
            (b"DELIV", State::Delivered),
            (b"EXPIRED", State::Expired),
            (b"DELETED", State::Deleted),
            (b"UNDELIV", State::Undeliverable),
            (b"ACCEPT", State::Accepted),
            (b"UNKNOWN", State::Unknown),
            (b"REJECT", State::Rejected),
        ];
        let begins = |stem: &[u8]| {
            word.get(..stem.len()).is_some_and(|head| head.eq_ignore_ascii_case(stem))
        };
        WORDS.iter().find(|(stem, _)| begins(stem)).map_or(State::Other, |(_, state)| *state)
    }
}

impl<'a> Receipt<'a> {
    /// Reads the receipt in `sm`; `None` where it is a customer's text.
    ///
    /// What makes it a receipt is esm_class, or the parameters that only an SMSC can set. A text
    /// alone never does: anybody can write `id:1 stat:DELIVRD`.
    pub fn read(sm: &DeliverSm<'a>) -> Option<Receipt<'a>> {
        let (tlv_id, tlv_state) = (sm.receipted_message_id(), sm.message_state());
        if !sm.is_receipt() && (tlv_id.is_none() || tlv_state.is_none()) {
            return None;
        }
        let text = before_text(sm.text());
        let present = |value: &&[u8]| !value.is_empty();
        Some(Receipt {
            id: tlv_id.filter(present).or_else(|| value_of(text, b"id:")),
            state: tlv_state
                .map(State::from_octet)
                .or_else(|| value_of(text, b"stat:").map(State::from_word)),
            error: value_of(text, b"err:"),
            network_error: sm.tlvs().find(tag::NETWORK_ERROR_CODE).and_then(network_error),
            reference: sm.user_message_reference(),
        })
    }
}

/// A query_sm_resp (section 4.8.2): what became of a message, asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QuerySmResp {
    /// What became of it; `None` where the body is missing.
    pub state: Option<State>,
}

impl QuerySmResp {
    /// Reads a whole query_sm_resp, header included; message_id, final_date, message_state,
    /// error_code. What it asks about we know, so that only the state is read.
    pub fn parse(frame: &[u8]) -> QuerySmResp {
        let body = frame.get(HEADER_OCTETS..).unwrap_or_default();
        let mut fields = body.splitn(3, |octet| *octet == 0);
        let state = fields.nth(2).and_then(|rest| rest.first());
        QuerySmResp { state: state.map(|octet| State::from_octet(*octet)) }
    }
}

impl fmt::Debug for Receipt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("id_octets", &self.id.map(<[u8]>::len))
            .field("state", &self.state)
            .field("network_error", &self.network_error)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

fn network_error(value: &[u8]) -> Option<(u8, u16)> {
    let [network, high, low] = *value.first_chunk()?;
    Some((network, u16::from_be_bytes([high, low])))
}

/// What stands before `text:`, whose value is the beginning of our message and may hold anything.
fn before_text(text: &[u8]) -> &[u8] {
    &text[..position_of(text, b"text:").unwrap_or(text.len())]
}

/// The value after `key`, up to a blank or comma; `None` where it is missing or empty.
fn value_of<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let after = text.get(position_of(text, key)? + key.len()..)?.trim_ascii_start();
    let end = after.iter().position(|octet| is_gap(*octet)).unwrap_or(after.len());
    let value = &after[..end];
    // `id: sub:001` has no id; taking the next key for it would match another message. (The key
    // `submit date:` is cut at its blank; an id may begin with the word.)
    let begins = |key: &[u8]| value.get(..key.len()).is_some_and(|v| v.eq_ignore_ascii_case(key));
    let next_key = [&b"sub:"[..], b"dlvrd:", b"stat:", b"err:"].into_iter().any(begins)
        || [&b"submit"[..], b"done"].iter().any(|word| value.eq_ignore_ascii_case(word));
    (!value.is_empty() && !next_key).then_some(value)
}

/// Where `key` stands in `text`, in any case, at the beginning of a word.
fn position_of(text: &[u8], key: &[u8]) -> Option<usize> {
    text.windows(key.len()).enumerate().find_map(|(at, window)| {
        let begins = at == 0 || is_gap(text[at - 1]);
        (begins && window.eq_ignore_ascii_case(key)).then_some(at)
    })
}

const fn is_gap(octet: u8) -> bool {
    matches!(octet, b' ' | b',' | b';' | b'\t' | b'\r' | b'\n' | 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text, and the id, state and error in it.
    type Variant = (&'static str, Option<&'static str>, Option<State>, Option<&'static str>);

    /// The body of a deliver_sm with this esm_class and text, then `tail`.
    fn pdu(esm_class: u8, text: &[u8], tail: &[u8]) -> Vec<u8> {
        let mut pdu = vec![0; 16];
        pdu.extend_from_slice(b"\0\x01\x01381631112222\0\x03\x005622\0");
        pdu.extend_from_slice(&[esm_class, 0, 0, 0, 0, 0, 0, 0, 0, text.len() as u8]);
        pdu.extend_from_slice(text);
        pdu.extend_from_slice(tail);
        pdu
    }

    fn read(pdu: &[u8]) -> Option<Receipt<'_>> {
        Receipt::read(&DeliverSm::parse(pdu).unwrap())
    }

    #[test]
    fn the_text_is_read_in_all_its_variants() {
        let variants: [Variant; 16] = [
            (
                "id:0123456789 sub:001 dlvrd:001 submit date:2311220830 done date:2311220831 \
                 stat:DELIVRD err:000 text:STANJE",
                Some("0123456789"),
                Some(State::Delivered),
                Some("000"),
            ),
            (
                "id:a1 submit date:231122083059 done date:231122083100 stat:EXPIRED err:27",
                Some("a1"),
                Some(State::Expired),
                Some("27"),
            ),
            ("ID:7F STAT:undeliv ERR:abc", Some("7F"), Some(State::Undeliverable), Some("abc")),
            (
                "id:9,sub:001,dlvrd:000,stat:REJECTD,err:0B,text:",
                Some("9"),
                Some(State::Rejected),
                Some("0B"),
            ),
            ("id: 42 stat: ACCEPTD", Some("42"), Some(State::Accepted), None),
            ("stat:DELIVERED id:5-6.x", Some("5-6.x"), Some(State::Delivered), None),
            ("id:5 stat:DELETED err:", Some("5"), Some(State::Deleted), None),
            ("id: sub:001 stat:UNKNOWN", None, Some(State::Unknown), None),
            ("id: submit date:2311220830 stat:UNKNOWN", None, Some(State::Unknown), None),
            ("id:DONE7 stat:DELIVRD", Some("DONE7"), Some(State::Delivered), None),
            ("id:1 stat:ENROUTE", Some("1"), Some(State::Enroute), None),
            ("id:1 stat:PURPLE", Some("1"), Some(State::Other), None),
            ("sub:001 text:id:9 stat:DELIVRD", None, None, None),
            ("uuid:77 id:8", Some("8"), None, None),
            ("", None, None, None),
            ("id:", None, None, None),
        ];
        for (text, id, state, error) in variants {
            let pdu = pdu(0x04, text.as_bytes(), &[]);
            let receipt = read(&pdu).unwrap();
            assert_eq!(receipt.id, id.map(str::as_bytes), "{text}");
            assert_eq!(receipt.state, state, "{text}");
            assert_eq!(receipt.error, error.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn the_parameters_are_believed_before_the_text() {
        let tail =
            b"\0\x1E\0\x03AB\0\x04\x27\0\x01\x05\x04\x23\0\x03\x03\0\x22\x02\x04\0\x02\0\x07";
        let pdu = pdu(0x04, b"id:171 stat:DELIVRD err:001", tail);
        let receipt = read(&pdu).unwrap();
        assert_eq!(receipt.id, Some(&b"AB"[..]));
        assert_eq!(receipt.state, Some(State::Undeliverable));
        assert_eq!(receipt.error, Some(&b"001"[..]));
        assert_eq!(receipt.network_error, Some((3, 0x22)));
        assert_eq!(receipt.reference, Some(7));
    }

    #[test]
    fn a_customer_cannot_write_a_receipt() {
        assert_eq!(read(&pdu(0x00, b"id:1 stat:DELIVRD", &[])), None);
        assert_eq!(read(&pdu(0x40, b"id:1 stat:DELIVRD", &[])), None);
        assert!(read(&pdu(0x00, b"", b"\0\x1E\0\x02A\0\x04\x27\0\x01\x02")).is_some());
        assert!(read(&pdu(0x24, b"", &[])).is_some());
    }

    #[test]
    fn only_ends_are_final() {
        assert!(State::from_octet(2).is_final() && State::from_octet(8).is_final());
        assert!(!State::from_octet(1).is_final() && !State::from_octet(6).is_final());
        assert_eq!(State::from_octet(0), State::Other);
    }

    #[test]
    fn nothing_of_the_text_is_printed() {
        let pdu = pdu(0x04, b"id:1234 stat:DELIVRD err:STANJE text:STANJE", &[]);
        let printed = format!("{:?}", read(&pdu));
        assert!(!printed.contains("STANJE") && !printed.contains("83, 84"), "{printed}");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(id:|stat:|err:|text:|[ ,a-z0-9\\PC]){0,20}") {
            let text = &text.as_bytes()[..text.len().min(254)];
            let pdu = pdu(0x04, text, &[]);
            prop_assert!(read(&pdu).is_some());
        }
    }
}
