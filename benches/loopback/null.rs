//! The null ESME: answers every deliver_sm with a fixed submit_sm and does nothing else.
//!
//! What it can't do faster, nobody behind the same sockets can: the ceiling of this machine and
//! this tool.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Connects, binds and answers in a thread of its own, until the connection ends.
pub(crate) fn start(address: SocketAddr) {
    std::thread::spawn(move || serve(bind(address, b"null")));
}

/// Connects and asks to be bound; the response is read with whatever comes behind it.
pub(crate) fn bind(address: SocketAddr, system_id: &[u8; 4]) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the load tool");
    stream.set_nodelay(true).expect("no delay");
    let mut bind = vec![0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1];
    bind.extend_from_slice(system_id);
    bind.extend_from_slice(b"\0\0\0\x34\0\0\0");
    let length = bind.len() as u32;
    bind[..4].copy_from_slice(&length.to_be_bytes());
    stream.write_all(&bind).expect("the socket");
    stream
}

fn serve(mut stream: TcpStream) {
    let (mut buffer, mut filled, mut out, mut sequence) = (vec![0; 1 << 20], 0, Vec::new(), 1u32);
    loop {
        let Ok(read) = stream.read(&mut buffer[filled..]) else { return };
        if read == 0 {
            return;
        }
        filled += read;
        out.clear();
        let at = delivers(&buffer[..filled], |frame| {
            respond(&mut out, frame);
            sequence += 1;
            submit(&mut out, &frame[19..31], sequence);
        });
        if stream.write_all(&out).is_err() {
            return;
        }
        buffer.copy_within(at..filled, 0);
        filled -= at;
    }
}

/// Visits the deliver_sm that came whole; how many octets the whole frames took.
pub(crate) fn delivers(octets: &[u8], mut visit: impl FnMut(&[u8])) -> usize {
    let mut at = 0;
    while octets.len() - at >= 16 {
        let frame = &octets[at..];
        let length = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
        if frame.len() < length {
            break;
        }
        if frame[4..8] == [0, 0, 0, 5] {
            visit(&frame[..length]);
        }
        at += length;
    }
    at
}

/// A deliver_sm_resp.
pub(crate) fn respond(out: &mut Vec<u8>, frame: &[u8]) {
    out.extend_from_slice(&[0, 0, 0, 17, 0x80, 0, 0, 5, 0, 0, 0, 0]);
    out.extend_from_slice(&frame[12..16]);
    out.push(0);
}

/// A submit_sm of about the length of a balance to `phone` (12 digits).
pub(crate) fn submit(out: &mut Vec<u8>, phone: &[u8], sequence: u32) {
    let begin = out.len();
    out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    out.extend_from_slice(&sequence.to_be_bytes());
    out.extend_from_slice(b"\0\x03\x005622\0\x01\x01");
    out.extend_from_slice(phone);
    out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 120]);
    out.extend_from_slice(&[b'x'; 120]);
    let length = (out.len() - begin) as u32;
    out[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
}
