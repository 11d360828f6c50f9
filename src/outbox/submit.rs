//! A message as the submit_sm that are still to be sent of it.

use crate::base::now::Now;
use crate::message::{Body, Head};
use crate::outbox::form::Form;
use crate::outbox::token;
use crate::smpp::pdu::{Payload, ShortMessage, Submit, Text};
use crate::text::encode::{Encoded, Part, Place, encode};

const ESM_UDHI: u8 = 0x40;

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
    let Encoded { data_coding, parts, .. } = encode(&body.reply, &form.writing(), head.id.0 as u16)
        .map_err(|error| error.to_string())?;
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
    let phone = body.phone().ok_or("its number is none")?;
    Ok(Submit {
        service_type: form.service_type(head.class),
        source: form.source_of(code).map_err(|error| error.to_string())?,
        destination: form.destination_of(phone).map_err(|error| error.to_string())?,
        esm_class: if part.place == Place::Header { ESM_UDHI } else { 0 },
        priority: 0,
        validity: form.validity_of(head, now.wall),
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
    use crate::smpp::pdu::Address;
    use crate::text::encode::Long;

    fn form() -> Form {
        Form::new("381")
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
