//! A message as the submit_sm that are still to be sent of it.

use bytes::Bytes;

use crate::base::msisdn::ShortCode;
use crate::base::now::Now;
use crate::message::{Body, Head};
use crate::outbox::token;
use crate::smpp::pdu::{Address, AddressError, ShortMessage, Submit};
use crate::text::decode::Alphabet;
use crate::text::encode::{Encoded, Options as EncodeOptions, Part, Policy, encode};

const ESM_UDHI: u8 = 0x40;

/// How an operator's submit_sm are filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    /// Whether a text that plain letters can't hold may leave in UCS-2.
    pub policy: Policy,
    /// What data_coding 0 means.
    pub alphabet: Alphabet,
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
    let options =
        EncodeOptions { policy: form.policy, alphabet: form.alphabet, ..EncodeOptions::default() };
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
        esm_class: if part.udh { ESM_UDHI } else { 0 },
        priority: 0,
        validity: Some(head.worthless.since(now.wall)),
        registered_delivery: form.registered_delivery,
        data_coding,
        user_message_reference: None,
        short_message: ShortMessage::new(Bytes::from(part.octets))
            .map_err(|error| error.to_string())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::BankId;
    use crate::base::now::{Mono, Wall};
    use crate::message::{Class, MessageId, OperatorId};

    #[test]
    fn an_ordinary_number_that_we_send_from_is_an_international_one() {
        let form = Form {
            policy: Policy::Plain,
            alphabet: Alphabet::Gsm7,
            source: (3, 0),
            destination: (1, 1),
            registered_delivery: 0,
        };
        let now = Now { mono: Mono::ZERO, wall: Wall::from_millis(0) };
        for (code, source) in [(5_622, (3, 0)), (48_661_000_555, (1, 1))] {
            let head = Head::new(MessageId(1), BankId(1), OperatorId(1), Class::Reply, now.wall);
            let body = Body {
                phone: 48_601_234_567,
                code,
                said: String::new(),
                service: String::new(),
                command: String::new(),
                text: String::new(),
                reply: "Salda".to_owned(),
            };
            let sent = submits(&form, &head, &body, now).unwrap();
            let expected = Address::new(source.0, source.1, &code.to_string()).unwrap();
            assert_eq!(sent.list[0].1.source, expected);
        }
    }
}
