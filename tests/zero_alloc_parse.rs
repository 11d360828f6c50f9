//! From frame to fields without a heap allocation (design, idea 6): an allocator that counts says
//! so.
//!
//! Neighbours: `tellerd::smpp::deliver` and `receipt`, whose views this measures.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use bytes::BytesMut;
use tellerd::smpp::deliver::{BindResp, DeliverSm, SubmitSmResp};
use tellerd::smpp::frame::next_frame;
use tellerd::smpp::header::Header;
use tellerd::smpp::receipt::Receipt;

/// A deliver_sm with this esm_class and text, and three optional parameters.
fn deliver_sm(esm_class: u8, text: &[u8]) -> Vec<u8> {
    let mut body = b"\0\x01\x01381631112222\0\x03\x005622\0".to_vec();
    body.extend_from_slice(&[esm_class, 0, 0, 0, 0, 0, 0, 0, 0, text.len() as u8]);
    body.extend_from_slice(text);
    body.extend_from_slice(b"\0\x1E\0\x021\0\x04\x27\0\x01\x02\x02\x04\0\x02\0\x07");
    let mut pdu = (16 + body.len() as u32).to_be_bytes().to_vec();
    pdu.extend_from_slice(&[0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1]);
    pdu.extend_from_slice(&body);
    pdu
}

fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8; 100]))), 1);
}

#[test]
fn a_deliver_sm_is_read_without_an_allocation() {
    let (text, receipt) = (deliver_sm(0, b"STANJE"), deliver_sm(4, b"id:1 stat:DELIVRD err:000"));
    let mut read = 0;
    let count = allocations(|| {
        for pdu in [&text, &receipt] {
            let header = Header::parse(pdu).unwrap();
            let sm = DeliverSm::parse(pdu).unwrap();
            let seen = (sm.message_state(), sm.receipted_message_id(), sm.text().len());
            let outcome = Receipt::read(&sm).and_then(|receipt| receipt.state);
            read += usize::from(header.length == pdu.len() as u32);
            read += usize::from(seen.0 == Some(2) && outcome.is_some());
        }
        assert!(DeliverSm::parse(&text[..40]).is_err());
    });
    assert_eq!((read, count), (4, 0));
}

#[test]
fn the_responses_are_read_without_an_allocation() {
    let pdu = [&[0; 16][..], b"0123456789\0\x02\x10\0\x01\x34"].concat();
    let count = allocations(|| {
        assert_eq!(SubmitSmResp::parse(&pdu).message_id, Some(&b"0123456789"[..]));
        assert_eq!(BindResp::parse(&pdu).version, Some(0x34));
    });
    assert_eq!(count, 0);
}

/// Splitting shares the read buffer: an allocation for its reference count when it is split first,
/// none for each further frame.
#[test]
fn frames_share_the_read_buffer() {
    let mut buf = BytesMut::new();
    for _ in 0..50 {
        buf.extend_from_slice(&deliver_sm(0, b"STANJE"));
    }
    let mut frames = Vec::with_capacity(50);
    let count = allocations(|| {
        while let Ok(Some(frame)) = next_frame(&mut buf) {
            frames.push(frame);
        }
    });
    assert_eq!(frames.len(), 50);
    assert!(count <= 1, "{count}");
}
