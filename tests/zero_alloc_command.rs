//! From the frame to the understood command without a heap allocation (design, idea 6).
//!
//! The way is the engine's: [`DeliverSm::parse`], [`decode::chars`], [`Service::understand`],
//! [`Command::of`]. tests/zero_alloc_parse.rs measures the way from the socket to the frame.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use tellerd::command::Command;
use tellerd::service::Service;
use tellerd::smpp::deliver::DeliverSm;
use tellerd::text::decode::{self, Alphabet};

const GSM7: u8 = 0;
const UCS2: u8 = 8;

/// A deliver_sm with a text in short_message, or in message_payload where it is too long for that.
fn deliver_sm(data_coding: u8, text: &str) -> Vec<u8> {
    let octets: Vec<u8> = match data_coding {
        UCS2 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        // Letters, digits and these signs have their ASCII codes in GSM 7-bit.
        _ => text.bytes().collect(),
    };
    let mut pdu = b"\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x01".to_vec();
    pdu.extend_from_slice(b"\0\x01\x01381631112222\0\x03\x005622\0\0\0\0\0\0\0\0");
    pdu.extend_from_slice(&[data_coding, 0]);
    match u8::try_from(octets.len()) {
        Ok(length @ ..=254) => {
            pdu.push(length);
            pdu.extend_from_slice(&octets);
        }
        _ => {
            pdu.extend_from_slice(&[0, 0x04, 0x24]);
            pdu.extend_from_slice(&(octets.len() as u16).to_be_bytes());
            pdu.extend_from_slice(&octets);
        }
    }
    let length = (pdu.len() as u32).to_be_bytes();
    pdu[..4].copy_from_slice(&length);
    pdu
}

/// The name of the command, and the allocations on the way to it.
fn understood(service: &Service, data_coding: u8, text: &str) -> (&'static str, u64) {
    let frame = deliver_sm(data_coding, text);
    let mut name = "";
    let count = allocation_counter::measure(|| {
        let deliver = DeliverSm::parse(&frame).unwrap();
        let chars = || decode::chars(deliver.data_coding, Alphabet::Gsm7, deliver.text());
        name = Command::of(service.understand(chars)).name();
    });
    (name, count.count_total)
}

#[test]
fn a_command_is_understood_without_an_allocation() {
    let service = Service::read(include_str!("../services/kombank.toml")).unwrap();
    let complaint = "Postovani, vec treci put vam pisem zbog usluge na salteru. ".repeat(11);
    let tail = format!("TR 2 {}", "molim vas ".repeat(60));
    for (data_coding, text, command) in [
        (GSM7, "TR 2", "balance"),
        (UCS2, "ТР 2", "balance"),
        (GSM7, "tr2", "balance"),
        (UCS2, "„тр2“", "balance"),
        (GSM7, "KURS 05.11.26", "rates"),
        (UCS2, "Курс 05.11.26.", "rates"),
        (GSM7, "PRIJAVA PRILIV TR 2 10.000", "subscribe"),
        (UCS2, "Пријава прилив ТР 2 10.000,00 динара", "subscribe"),
        (GSM7, "ODJAVA", "unsubscribe"),
        (UCS2, "одјава ауторизација 6666", "unsubscribe"),
        (GSM7, "KT 5412 7512 3458 1600", "card"),
        (UCS2, "Žiro: šta je ovo? đ ć č ＴＲ", "help"),
        // By its looks: Cyrillic letters that stand for Latin ones.
        (UCS2, "РRIJAVA INFО", "subscribe"),
        (UCS2, "KУRS", "rates"),
        // Misspelt, forgiven or not, and beyond that.
        (GSM7, "ponoc", "help"),
        (GSM7, "KURSS", "help"),
        (GSM7, "PRIJAVVA PRILIV TR 2", "help"),
        (GSM7, "zdravo", "help"),
        (GSM7, "", "help"),
        // Far longer than any command.
        (GSM7, &complaint, "help"),
        (GSM7, &tail, "balance"),
        (UCS2, &complaint, "help"),
    ] {
        assert_eq!(understood(&service, data_coding, text), (command, 0), "{text}");
    }
}

/// What a copy would cost: the measure sees it.
#[test]
fn a_copy_is_noticed() {
    let frame = deliver_sm(GSM7, "TR 2");
    let count = allocation_counter::measure(|| {
        let deliver = DeliverSm::parse(&frame).unwrap();
        let text: String = decode::chars(0, Alphabet::Gsm7, deliver.text()).collect();
        assert_eq!(std::hint::black_box(text), "TR 2");
    });
    assert!(count.count_total >= 1);
}
