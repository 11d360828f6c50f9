//! The load tool: an SMSC that does nothing but send deliver_sm, answer, and count.
//!
//! Plain threads and ready-made octets, so that it takes as little of the two cores as it can.
//! Latency is from just before a deliver_sm is written to just after its submit_sm was read.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::bank::{instant, phone};

/// How messages are sent.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// So many a second, whatever comes back.
    Rate {
        /// How many.
        per_second: u64,
        /// For how long.
        span: Duration,
    },
    /// As many unanswered at a time, until so many have been answered.
    Window {
        /// At a time.
        window: usize,
        /// In all.
        messages: u64,
    },
}

/// What came of a run.
pub(crate) struct Figures {
    /// Replies.
    pub(crate) replies: u64,
    /// From the first message to the last reply.
    pub(crate) took: Duration,
    /// Half of the replies came within this.
    pub(crate) p50: Duration,
    /// 99 % of them within this.
    pub(crate) p99: Duration,
}

impl Figures {
    /// Replies a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.replies as f64 / self.took.as_secs_f64()
    }
}

/// The tool.
pub(crate) struct Load {
    listener: TcpListener,
    stream: Option<TcpStream>,
    customers: u64,
    next: u64,
    sequence: u32,
    sent_at: Arc<Vec<AtomicU64>>,
    start: Instant,
}

impl Load {
    /// Listens on a free port.
    pub(crate) fn listen(customers: u64) -> Load {
        Load {
            listener: TcpListener::bind("127.0.0.1:0").expect("a port"),
            stream: None,
            customers,
            next: 0,
            sequence: 1,
            sent_at: Arc::new((0..customers).map(|_| AtomicU64::new(0)).collect()),
            start: instant(),
        }
    }

    /// Where to connect.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("an address")
    }

    /// Waits for the bind and answers it.
    pub(crate) fn wait_bound(&mut self) {
        let (mut stream, _) = self.listener.accept().expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let mut header = [0; 16];
        stream.read_exact(&mut header).expect("a bind");
        let mut rest = vec![0; length(&header) - 16];
        stream.read_exact(&mut rest).expect("a bind");
        let mut response = pdu(word(&header, 4) | 0x8000_0000, word(&header, 12));
        response.extend_from_slice(b"bench\0");
        close_pdu(&mut response, 0);
        stream.write_all(&response).expect("a response");
        self.stream = Some(stream);
    }

    /// Runs one measurement to its end.
    pub(crate) fn run(&mut self, pace: Pace) -> Figures {
        let stream = self.stream.as_ref().expect("bound").try_clone().expect("a socket");
        let began = instant();
        let (latencies, took) = match pace {
            Pace::Window { window, messages } => self.run_window(stream, window as u64, messages),
            Pace::Rate { per_second, span } => self.run_rate(stream, per_second, span),
        };
        let mut latencies = latencies;
        latencies.sort_unstable();
        let at = |share: f64| {
            let place =
                ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
            Duration::from_nanos(latencies.get(place).copied().unwrap_or(0))
        };
        Figures {
            replies: latencies.len() as u64,
            took: took.duration_since(began),
            p50: at(0.5),
            p99: at(0.99),
        }
    }

    fn run_window(
        &mut self,
        mut stream: TcpStream,
        window: u64,
        messages: u64,
    ) -> (Vec<u64>, Instant) {
        let mut out = Vec::new();
        let mut sent = 0;
        while sent < window.min(messages) {
            self.deliver(&mut out);
            sent += 1;
        }
        stream.write_all(&out).expect("the socket");
        let mut latencies = Vec::with_capacity(messages as usize);
        let mut reader = Reader::new(stream.try_clone().expect("a socket"));
        while (latencies.len() as u64) < messages {
            out.clear();
            let before = latencies.len();
            reader.read(&mut out, &mut |number| latencies.push(self.latency(number)));
            for _ in before..latencies.len() {
                if sent < messages {
                    self.deliver(&mut out);
                    sent += 1;
                }
            }
            stream.write_all(&out).expect("the socket");
        }
        (latencies, instant())
    }

    fn run_rate(
        &mut self,
        stream: TcpStream,
        per_second: u64,
        span: Duration,
    ) -> (Vec<u64>, Instant) {
        let messages = (per_second as f64 * span.as_secs_f64()) as u64;
        let gap = Duration::from_nanos(1_000_000_000 / per_second);
        let writer = Arc::new(Mutex::new(stream.try_clone().expect("a socket")));
        let answers = Arc::clone(&writer);
        let (sent_at, start) = (Arc::clone(&self.sent_at), self.start);
        let reading = std::thread::spawn(move || {
            let mut latencies = Vec::new();
            let mut reader = Reader::new(stream);
            let mut out = Vec::new();
            while (latencies.len() as u64) < messages {
                out.clear();
                reader.read(&mut out, &mut |number| {
                    let sent = sent_at[number as usize].load(Ordering::Relaxed);
                    latencies.push(start.elapsed().as_nanos() as u64 - sent);
                });
                answers.lock().expect("the socket").write_all(&out).expect("the socket");
            }
            (latencies, instant())
        });
        let began = instant();
        let mut out = Vec::new();
        for number in 0..messages {
            let due = began + gap * number as u32;
            #[expect(clippy::disallowed_methods, reason = "a load tool keeps a rate")]
            std::thread::sleep(due.saturating_duration_since(instant()));
            out.clear();
            self.deliver(&mut out);
            writer.lock().expect("the socket").write_all(&out).expect("the socket");
        }
        reading.join().expect("the reader")
    }

    fn latency(&self, number: u64) -> u64 {
        let sent = self.sent_at[number as usize].load(Ordering::Relaxed);
        self.start.elapsed().as_nanos() as u64 - sent
    }

    /// Appends the next customer's deliver_sm (4.6.1).
    fn deliver(&mut self, out: &mut Vec<u8>) {
        let number = self.next % self.customers;
        self.next += 1;
        self.sequence = self.sequence % 0x7FFF_FFFF + 1;
        let begin = out.len();
        out.extend_from_slice(&pdu(5, self.sequence));
        out.extend_from_slice(&[0, 1, 1]);
        out.extend_from_slice(phone(number).as_bytes());
        out.extend_from_slice(&[0, 3, 0]);
        out.extend_from_slice(b"5622\0\0\0\0\0\0\0\0\0\0\x02TR");
        close_pdu(out, begin);
        self.sent_at[number as usize]
            .store(self.start.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }
}

/// Reads whatever has come, answers it, and tells of each submit_sm whose it is.
struct Reader {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Reader {
    fn new(stream: TcpStream) -> Reader {
        Reader { stream, buffer: vec![0; 1 << 20], filled: 0 }
    }

    fn read(&mut self, out: &mut Vec<u8>, submitted: &mut dyn FnMut(u64)) {
        let read = self.stream.read(&mut self.buffer[self.filled..]).expect("the socket");
        assert!(read > 0, "the ESME closed the connection");
        self.filled += read;
        let mut at = 0;
        while self.filled - at >= 16 {
            let frame = &self.buffer[at..self.filled];
            let length = length(frame);
            if frame.len() < length {
                break;
            }
            let frame = &frame[..length];
            match word(frame, 4) {
                4 => {
                    submitted(destination(frame));
                    let begin = out.len();
                    out.extend_from_slice(&pdu(0x8000_0004, word(frame, 12)));
                    out.extend_from_slice(b"1a2b3c\0");
                    close_pdu(out, begin);
                }
                0x15 => {
                    let begin = out.len();
                    out.extend_from_slice(&pdu(0x8000_0015, word(frame, 12)));
                    close_pdu(out, begin);
                }
                _ => {}
            }
            at += length;
        }
        self.buffer.copy_within(at..self.filled, 0);
        self.filled -= at;
    }
}

/// The customer's place, from the destination_addr of a submit_sm (4.4.1).
fn destination(frame: &[u8]) -> u64 {
    let body = &frame[16..];
    let after =
        |from: usize| from + body[from..].iter().position(|b| *b == 0).expect("a string") + 1;
    let source = after(0) + 2;
    let digits = after(source) + 2;
    let number = &body[digits + 5..after(digits) - 1];
    number.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
}

fn pdu(command: u32, sequence: u32) -> Vec<u8> {
    let mut header = vec![0; 4];
    header.extend_from_slice(&command.to_be_bytes());
    header.extend_from_slice(&0u32.to_be_bytes());
    header.extend_from_slice(&sequence.to_be_bytes());
    header
}

fn close_pdu(out: &mut [u8], begin: usize) {
    let length = (out.len() - begin) as u32;
    out[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
}

fn length(header: &[u8]) -> usize {
    word(header, 0) as usize
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
}
