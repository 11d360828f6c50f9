//! Codec and parse: nanoseconds and heap allocations for one PDU, beside rusmpp's.
//!
//! The medians of many short runs, all in this one process. `TELLERD_BENCH_SMALL=1` is brief.
#![expect(clippy::expect_used, reason = "a bench ends where it can't go on")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rusmpp_core::command::borrowed::Command as Borrowed;
use rusmpp_core::decode::borrowed::DecodeWithLength;
use tellerd::command::Command;
use tellerd::service::Service;
use tellerd::smpp::deliver::{DeliverSm, SubmitSmResp};
use tellerd::smpp::frame::next_frame;
use tellerd::smpp::pdu::{self, Address, ShortMessage, Submit, Text, Validity};
use tellerd::text::decode::{Alphabet, chars};

fn main() {
    let small = std::env::var_os("TELLERD_BENCH_SMALL").is_some();
    let bench =
        Bench { runs: if small { 20 } else { 400 }, calls: if small { 100 } else { 2_000 } };
    println!("{:<52} {:>10} {:>12}", "codec", "ns", "allocations");

    let plain = deliver(b"TR 2", &[]);
    let tlvs = deliver(b"TR 2", &[(0x0204, &[0, 7]), (0x020C, &[0, 1]), (0x1400, b"vendor")]);
    let response = frame(0x8000_0004, b"1a2b3c4d\0");
    for (name, octets) in [("deliver_sm", &plain), ("deliver_sm with 3 TLVs", &tlvs)] {
        bench.show(&format!("{name}, borrowed view"), || {
            black_box(DeliverSm::parse(black_box(octets)).expect("readable"));
        });
        bench.show(&format!("{name}, rusmpp_core borrowed"), || rusmpp(octets));
    }
    bench.show("submit_sm_resp, borrowed view", || {
        black_box(SubmitSmResp::parse(black_box(&response)));
    });
    bench.show("submit_sm_resp, rusmpp_core borrowed", || rusmpp(&response));

    let mut buffer = BytesMut::new();
    bench.show("frame out of the read buffer (10 at once, each)", || {
        buffer.extend_from_slice(&plain.repeat(10));
        while let Ok(Some(frame)) = next_frame(&mut buffer) {
            black_box(frame);
        }
    });
    let submit = submit();
    let mut out = BytesMut::with_capacity(1 << 20);
    bench.show("submit_sm of 120 septets, encode", || {
        out.clear();
        pdu::submit_sm(&mut out, 1, black_box(&submit), true);
    });

    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/services/kombank.toml");
    let text = std::fs::read_to_string(file).expect("a service file");
    let service = Service::read(&text).expect("a service");
    let cyrillic: Vec<u8> =
        "ПРИЈАВА ПРИЛИВ ТР 2 10.000".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (name, coding, octets) in [
        ("TR 2, frame to command", 0, b"TR 2".to_vec()),
        ("PRIJAVA … in UCS-2, frame to command", 8, cyrillic),
        ("a text that is no command", 0, b"Postovani, gde su moje pare?".to_vec()),
    ] {
        let frame = deliver_coded(coding, &octets, &[]);
        bench.show(name, || {
            let deliver = DeliverSm::parse(black_box(&frame)).expect("readable");
            let letters = || chars(deliver.data_coding, Alphabet::Gsm7, deliver.text());
            black_box(Command::of(service.understand(letters)));
        });
    }
}

struct Bench {
    runs: usize,
    calls: u32,
}

impl Bench {
    /// The median of the runs, for one call, and the allocations of one call.
    fn show(&self, name: &str, mut work: impl FnMut()) {
        let mut spans: Vec<Duration> = (0..self.runs)
            .map(|_| {
                let began = instant();
                (0..self.calls).for_each(|_| work());
                began.elapsed() / self.calls
            })
            .collect();
        spans.sort();
        let allocations = allocation_counter::measure(&mut work).count_total;
        println!("{name:<52} {:>10} {allocations:>12}", spans[spans.len() / 2].as_nanos());
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn instant() -> Instant {
    Instant::now()
}

fn rusmpp(octets: &[u8]) {
    let decoded: Result<(Borrowed<'_, 32>, usize), _> =
        Borrowed::decode(black_box(&octets[4..]), octets.len() - 4);
    black_box(decoded.expect("readable"));
}

fn frame(command: u32, body: &[u8]) -> Vec<u8> {
    let words = [16 + body.len() as u32, command, 0, 1];
    [words.map(u32::to_be_bytes).concat(), body.to_vec()].concat()
}

fn deliver(text: &[u8], tlvs: &[(u16, &[u8])]) -> Vec<u8> {
    deliver_coded(0, text, tlvs)
}

/// A deliver_sm of one of the sample customers (4.6.1).
fn deliver_coded(data_coding: u8, text: &[u8], tlvs: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = b"\0\x01\x01381631112222\0\x03\x005622\0\0\0\0\0\0\0\0".to_vec();
    body.extend_from_slice(&[data_coding, 0, text.len() as u8]);
    body.extend_from_slice(text);
    for (tag, value) in tlvs {
        body.extend_from_slice(&tag.to_be_bytes());
        body.extend_from_slice(&(value.len() as u16).to_be_bytes());
        body.extend_from_slice(value);
    }
    frame(5, &body)
}

fn submit() -> Submit {
    let address = |ton, digits| Address::new(ton, 1, digits).expect("an address");
    Submit {
        service_type: Default::default(),
        source: address(3, "5622"),
        destination: address(1, "381631112222"),
        esm_class: 0,
        priority: 0,
        validity: Some(Validity::For(Duration::from_secs(600))),
        registered_delivery: 0,
        data_coding: 0,
        user_message_reference: Some(7),
        text: Text::Short(ShortMessage::new(vec![b'x'; 120]).expect("an octet string")),
    }
}
