//! A message as the submit_sm that are still to be sent of it.

use crate::base::msisdn::ShortCode;
use crate::base::now::Now;
use crate::message::{Body, Head};
use crate::outbox::token;
use crate::smpp::pdu::{Address, AddressError, Payload, ShortMessage, Submit, Text};
use crate::text::decode::Alphabet;
use crate::text::encode::{Encoded, Long, Options as EncodeOptions, Part, Place, Policy, encode};

const ESM_UDHI: u8 = 0x40;

/// How an operator's submit_sm are filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    /// Whether a text that plain letters can't hold may leave in UCS-2.
    pub policy: Policy,
    /// What data_coding 0 means.
    pub alphabet: Alphabet,
    /// How a text leaves that one part can't hold.
    pub long: Long,
    /// TON and NPI of a short code that we send from.
    pub source: (u8, u8),
    /// TON and NPI of a whole number: a customer's, or one that we send from (SK-09).
    pub destination: (u8, u8),
    /// registered_delivery.
    pub registered_delivery: u8,
}

impl Form {
    /// What a message from `code` says that it comes from.
    pub fn source_of(&self, code: ShortCode) -> Result<Address, AddressError> {
        let (ton, npi) = if code.is_whole_number() { self.destination } else { self.source };
        Address::new(ton, npi, &code.word().to_string())
    }
}

/// The parts of a message that are still to be sent.
pub struct Submits {
    /// How many parts the whole message has.
    pub total: u8,
    /// The text is cut otherwise than when some of its parts were accepted: it is sent whole.
    pub anew: bool,
    /// The submit_sm that are missing, with their parts' numbers from 0.
    pub list: Vec<(u8, Submit)>,
}

/// What is still to be sent of `body`'s reply, in this form.
///
/// # Errors
///
/// Why it can't be sent at all; nothing personal.
pub fn submits(form: &Form, head: &Head, body: &Body, now: Now) -> Result<Submits, String> {
    let &Form { policy, alphabet, long, .. } = form;
    let options = EncodeOptions { policy, alphabet, long, ..EncodeOptions::default() };
    let Encoded { data_coding, parts, .. } =
        encode(&body.reply, &options, head.id.0 as u16).map_err(|error| error.to_string())?;
    let total = u8::try_from(parts.len()).map_err(|error| error.to_string())?;
    // Policy or alphabet were changed over a restart. A phone joins only parts that were cut as
    // one, so that the missing ones would be of no use to it.
    let anew = head.accepted != 0 && head.parts != total;
    let accepted = if anew { 0 } else { head.accepted };
    let mut list = Vec::with_capacity(parts.len());
    for (number, part) in (0u8..).zip(parts) {
        if accepted & (1 << number) == 0 {
            let mut submit = submit(form, head, body, data_coding, part, now)?;
            // A receipt that echoes it says which part of which message it is of.
            submit.user_message_reference = Some(token(head.id, number) as u16);
            list.push((number, submit));
        }
    }
    Ok(Submits { total, anew, list })
}

fn submit(
    form: &Form,
    head: &Head,
    body: &Body,
    data_coding: u8,
    part: Part,
    now: Now,
) -> Result<Submit, String> {
    let code = body.code().ok_or("its code is none")?;
    let (ton, npi) = form.destination;
    let destination = Address::new(ton, npi, &body.phone.to_string());
    Ok(Submit {
        service_type: Default::default(),
        source: form.source_of(code).map_err(|error| error.to_string())?,
        destination: destination.map_err(|error| error.to_string())?,
        esm_class: if part.place == Place::Header { ESM_UDHI } else { 0 },
        priority: 0,
        validity: Some(head.worthless.since(now.wall)),
        registered_delivery: form.registered_delivery,
        data_coding,
        user_message_reference: None,
        text: text_of(part)?,
    })
}

fn text_of(part: Part) -> Result<Text, String> {
    let Part { place, octets } = part;
    let short = |octets| ShortMessage::new(octets).map_err(|error| error.to_string());
    Ok(match place {
        Place::Alone | Place::Header => Text::Short(short(octets)?),
        Place::Sar { reference, total, number } => {
            Text::Segment { reference, total, number, octets: short(octets)? }
        }
        Place::Payload { parts } => Text::Payload { parts, octets: Payload::new(octets) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::BankId;
    use crate::base::now::{Mono, Wall};
    use crate::message::{Class, MessageId, OperatorId};

    fn form() -> Form {
        Form {
            policy: Policy::Plain,
            alphabet: Alphabet::Gsm7,
            long: Long::Udh16,
            source: (3, 0),
            destination: (1, 1),
            registered_delivery: 0,
        }
    }

    fn body(reply: &str) -> Body {
        Body {
            phone: 48_601_234_567,
            code: 5_622,
            said: String::new(),
            service: String::new(),
            command: String::new(),
            text: String::new(),
            reply: reply.to_owned(),
        }
    }

    #[test]
    fn an_ordinary_number_that_we_send_from_is_an_international_one() {
        let now = Now { mono: Mono::ZERO, wall: Wall::from_millis(0) };
        for (code, source) in [(5_622, (3, 0)), (48_661_000_555, (1, 1))] {
            let head = Head::new(MessageId(1), BankId(1), OperatorId(1), Class::Reply, now.wall);
            let body = Body { code, ..body("Salda") };
            let sent = submits(&form(), &head, &body, now).unwrap();
            let expected = Address::new(source.0, source.1, &code.to_string()).unwrap();
            assert_eq!(sent.list[0].1.source, expected);
        }
    }

    #[test]
    fn a_long_text_leaves_as_the_operator_wants_it() {
        let now = Now { mono: Mono::ZERO, wall: Wall::from_millis(0) };
        let head = Head::new(MessageId(0x1234), BankId(1), OperatorId(1), Class::Reply, now.wall);
        let whole = "Stanje 1.234,56 RSD. ".repeat(15);
        for (long, parts) in [(Long::Udh8, 3), (Long::Udh16, 3), (Long::Sar, 3), (Long::Payload, 1)]
        {
            let form = Form { long, ..form() };
            let sent = submits(&form, &head, &body(&whole), now).unwrap();
            assert_eq!(usize::from(sent.total), parts, "{long:?}");
            let mut text = Vec::new();
            for (at, (number, submit)) in (0..).zip(&sent.list) {
                assert_eq!(*number, at);
                assert_eq!(submit.user_message_reference, Some(0x2340 + u16::from(at)));
                let header = if long == Long::Udh8 { 6 } else { 7 };
                match (long, &submit.text) {
                    (Long::Udh8 | Long::Udh16, Text::Short(octets)) => {
                        assert_eq!(submit.esm_class, ESM_UDHI);
                        text.extend_from_slice(&octets.reveal()[header..]);
                    }
                    (Long::Sar, Text::Segment { reference, total, number, octets }) => {
                        let place = (*reference, *total, *number);
                        assert_eq!((submit.esm_class, place), (0, (0x1234, 3, at + 1)));
                        text.extend_from_slice(octets.reveal());
                    }
                    (Long::Payload, Text::Payload { parts, octets }) => {
                        assert_eq!((submit.esm_class, *parts), (0, 3));
                        assert_eq!(octets, &Payload::new(whole.clone().into_bytes()));
                        text.extend_from_slice(whole.as_bytes());
                    }
                    (_, text) => panic!("{long:?}: {text:?}"),
                }
            }
            assert_eq!(text, whole.as_bytes(), "{long:?}");
            // What fits into one part is one, whatever the setting.
            let sent = submits(&form, &head, &body("Stanje"), now).unwrap();
            assert!(matches!(sent.list[0].1.text, Text::Short(_)), "{long:?}");
        }
    }
}
