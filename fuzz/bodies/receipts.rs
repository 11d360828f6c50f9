//! Receipts: any text and parameters; the same told in other letters; and one in the usual form
//! with any id and any text of ours behind it, which has to be read as it was written.

use tellerd::base::seal::Keyring;
use tellerd::message::OperatorId;
use tellerd::outbox::receipts::{IdBase, place, places};
use tellerd::smpp::deliver::DeliverSm;
use tellerd::smpp::receipt::{Receipt, State};
use tellerd::store::Key;

use super::feed::Feed;

const WORDS: [(&str, State); 9] = [
    ("DELIVRD", State::Delivered),
    ("ENROUTE", State::Enroute),
    ("EXPIRED", State::Expired),
    ("DELETED", State::Deleted),
    ("UNDELIV", State::Undeliverable),
    ("ACCEPTD", State::Accepted),
    ("UNKNOWN", State::Unknown),
    ("REJECTD", State::Rejected),
    ("SKIPPED", State::Other),
];

/// esm_class, the text behind its length, the parameters.
pub(crate) fn run(octets: &[u8]) {
    let mut feed = Feed::new(octets);
    let esm_class = feed.octet();
    let text = feed.octets();
    let tail = feed.rest();
    any(esm_class, text, tail);
    usual(text, tail);
    if !text.is_empty() {
        ids(text);
    }
}

fn any(esm_class: u8, text: &[u8], tail: &[u8]) {
    let frame = pdu(esm_class, text, tail);
    let sm = DeliverSm::parse(&frame).expect("a deliver_sm");
    let told = Receipt::read(&sm);
    if told.is_none() {
        assert!(!sm.is_receipt());
        return;
    }
    // A customer can't write one: only an SMSC sets these.
    let by_parameters = sm.receipted_message_id().is_some() && sm.message_state().is_some();
    assert!(sm.is_receipt() || by_parameters);
    let loud = pdu(esm_class, &text.to_ascii_uppercase(), tail);
    let loud = DeliverSm::parse(&loud).expect("a deliver_sm");
    let (told, loud) = (told.unwrap(), Receipt::read(&loud).expect("a receipt, too"));
    assert_eq!((told.state, told.reference), (loud.state, loud.reference));
    let same = |one: Option<&[u8]>, other: Option<&[u8]>| match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (one, other) => one == other,
    };
    assert!(same(told.id, loud.id) && same(told.error, loud.error));
}

/// An id of letters and digits, with or without the rest of it, and whatever our message began
/// with, which is never taken for what is left out.
fn usual(text: &[u8], tail: &[u8]) {
    let (word, state) = WORDS[text.len() % WORDS.len()];
    let left_out = tail.len() % 4;
    let mut id = text.to_vec();
    id.retain(u8::is_ascii_alphanumeric);
    id.truncate(64);
    let mut octets = b"id:".to_vec();
    octets.extend(&id);
    octets.extend(b" sub:001 dlvrd:001 submit date:2611230600 done date:2611230601");
    if left_out & 1 == 0 {
        octets.extend(format!(" stat:{word}").bytes());
    }
    if left_out & 2 == 0 {
        octets.extend(b" err:0a1");
    }
    octets.extend(b" text:");
    octets.extend(tail.iter().take(255 - octets.len()));
    let frame = pdu(0x04, &octets, &[]);
    let sm = DeliverSm::parse(&frame).expect("a deliver_sm");
    let told = Receipt::read(&sm).expect("a receipt");
    // Of an id that is the first word of the next key nobody can tell.
    let is_word = [&b"submit"[..], b"done"].iter().any(|word| id.eq_ignore_ascii_case(word));
    assert_eq!(told.id, Some(&id[..]).filter(|id| !id.is_empty() && !is_word));
    assert_eq!(told.state, Some(state).filter(|_| left_out & 1 == 0));
    assert_eq!(told.error, Some(&b"0a1"[..]).filter(|_| left_out & 2 == 0));
}

/// A part is found by its id in another case, with zeros in front, or in the other base.
fn ids(id: &[u8]) {
    let keyring = Keyring::new([7; 32]);
    let operator = OperatorId(1);
    let kept = place(&keyring, operator, id);
    let is_first = |base, id: &[u8], kept: &Key| {
        places(&keyring, operator, base, id)
            .next()
            .is_some_and(|(place, odd)| place == *kept && !odd)
    };
    let padded = [b"000", &id.to_ascii_uppercase()[..]].concat();
    for form in [id, &padded] {
        assert!(is_first(IdBase::Same, form, &kept));
        for base in [IdBase::Same, IdBase::HexThenDecimal, IdBase::DecimalThenHex] {
            assert!(places(&keyring, operator, base, form).any(|(place, _)| place == kept));
        }
    }
    let number = id.iter().take(15).fold(0_u128, |sum, octet| sum << 8 | u128::from(*octet));
    let (hex, decimal) = (format!("{number:08X}"), number.to_string());
    for (base, first_form, in_receipt) in
        [(IdBase::HexThenDecimal, &hex, &decimal), (IdBase::DecimalThenHex, &decimal, &hex)]
    {
        let kept = place(&keyring, operator, first_form.as_bytes());
        assert!(is_first(base, in_receipt.as_bytes(), &kept));
        // And where nobody has said how the operator writes its ids.
        let mut tried = places(&keyring, operator, IdBase::Same, in_receipt.as_bytes());
        assert!(tried.any(|(place, _)| place == kept));
    }
}

fn pdu(esm_class: u8, text: &[u8], tail: &[u8]) -> Vec<u8> {
    let mut octets = vec![0; 16];
    octets.extend(b"\0\x01\x01381631112222\0\x03\x005622\0");
    octets.extend([esm_class, 0, 0, 0, 0, 0, 0, 0, 0, text.len() as u8]);
    octets.extend([text, tail].concat());
    octets
}
