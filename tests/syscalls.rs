//! Persist, flush, then act, as the kernel sees it: between the read of a deliver_sm and the write
//! of its answer, and before the write of a submit_sm, the journal is fsynced.
//!
//! The real binary runs under strace while messages pass one by one. That the check can fail is
//! shown by a build that doesn't wait for the disk: `cargo test --features sabotage --test syscalls
//! sabotaged`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "common/daemon.rs"]
mod daemon;

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use daemon::{Country, Daemon, PATIENCE, Place, until};

const MESSAGES: usize = 50;

const DELIVER_SM: u32 = 0x05;
const DELIVER_SM_RESP: u32 = 0x8000_0005;
const SUBMIT_SM: u32 = 0x04;

/// A system call: the lines of the trace where it began and ended, and its text.
struct Call {
    name: String,
    begin: usize,
    end: usize,
    text: String,
}

/// The calls of a trace, joined where another thread's came between.
fn calls(trace: &str) -> Vec<Call> {
    let mut open: HashMap<&str, (usize, String)> = HashMap::new();
    let mut calls = Vec::new();
    for (at, line) in trace.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let (begin, text) = if let Some(begun) = rest.strip_suffix("<unfinished ...>") {
            open.insert(thread, (at, begun.to_owned()));
            continue;
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some((begin, begun)) = open.remove(thread) else { continue };
            let (_, text) = resumed.split_once("resumed>").unwrap_or_default();
            (begin, begun + text)
        } else {
            (at, rest.to_owned())
        };
        if let Some((name, _)) = text.split_once('(') {
            calls.push(Call { name: name.to_owned(), begin, end: at, text });
        }
    }
    calls.sort_by_key(|call| call.begin);
    calls
}

impl Call {
    fn reads(&self) -> bool {
        matches!(self.name.as_str(), "read" | "recvfrom" | "recvmsg" | "readv")
    }

    fn writes(&self) -> bool {
        matches!(self.name.as_str(), "write" | "sendto" | "sendmsg" | "writev")
    }

    /// The journal is on disk when it returns.
    fn flushes(&self) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync")
            && self.text.contains("/journal.redb>")
            && self.text.ends_with("= 0")
    }

    /// command_id and sequence_number of the PDUs that it moved.
    fn pdus(&self) -> Vec<(u32, u32)> {
        let octets: Vec<u8> = self
            .text
            .split('"')
            .nth(1)
            .unwrap_or_default()
            .split("\\x")
            .filter_map(|hex| u8::from_str_radix(hex, 16).ok())
            .collect();
        let (mut pdus, mut rest) = (Vec::new(), octets.as_slice());
        while rest.len() >= 16 {
            let word = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().unwrap());
            pdus.push((word(4), word(12)));
            rest = rest.get((word(0) as usize).max(16)..).unwrap_or_default();
        }
        pdus
    }
}

/// What left before the journal was on disk, and how many answers and submits were looked at.
fn violations(trace: &str) -> (Vec<String>, [usize; 2]) {
    let calls = calls(trace);
    let (mut found, mut seen) = (Vec::new(), [0, 0]);
    for write in calls.iter().filter(|call| call.writes()) {
        for (id, sequence) in write.pdus() {
            let what = match id {
                DELIVER_SM_RESP => "deliver_sm_resp",
                SUBMIT_SM => "submit_sm",
                _ => continue,
            };
            seen[usize::from(id == SUBMIT_SM)] += 1;
            let caused =
                |pdu: &(u32, u32)| pdu.0 == DELIVER_SM && (id == SUBMIT_SM || pdu.1 == sequence);
            let read = calls.iter().rev().find(|call| {
                call.reads() && call.end < write.begin && call.pdus().iter().any(caused)
            });
            let since = read.map_or(usize::MAX, |read| read.end);
            let flushed = calls
                .iter()
                .any(|call| call.flushes() && call.begin > since && call.end < write.begin);
            if !flushed {
                let line = write.begin + 1;
                found.push(format!("line {line}: {what} {sequence} left before the flush"));
            }
        }
    }
    (found, seen)
}

/// The trace of a run in which messages pass one by one.
async fn trace() -> String {
    let version = Command::new("strace").arg("--version").output();
    assert!(version.is_ok(), "this test needs strace: apt-get install strace");
    let country = Country::listen().await;
    let place = Place::new(&country, |texts| texts);
    let output = place.path("trace");
    let mut strace = Command::new("strace");
    // -D: the daemon is our child and strace the grandchild, so that signals and exit codes are its
    // own.
    strace
        .args(["-D", "-f", "-y", "-x", "-s", "4096", "-e", "signal=none", "-e"])
        .arg("trace=read,recvfrom,recvmsg,readv,write,sendto,sendmsg,writev,fsync,fdatasync")
        .arg("-o")
        .arg(&output)
        .arg(env!("CARGO_BIN_EXE_tellerd"));
    let mut daemon = Daemon::start_as(&place, strace);
    daemon.bound(&country, &place).await;
    let sim = country.sim("telenor");
    for n in 0..MESSAGES {
        let amount = 2_000 + n;
        let text = if n % 2 == 0 { "TR 2".into() } else { format!("PRIJAVA PRILIV TR 2 {amount}") };
        sim.phone_sends("+381631112222", "5622", &text);
        let reply = sim.wait_for_message("+381631112222", PATIENCE).await;
        assert!(reply.is_some(), "no reply to message {n}");
    }
    until("every message acknowledged", PATIENCE, || sim.undelivered() == 0).await;
    daemon.end(&place).await;
    let read = || fs::read_to_string(&output).unwrap_or_default();
    until("strace has written its last line", PATIENCE, || {
        read().trim_end().ends_with("+++ exited with 0 +++")
    })
    .await;
    read()
}

#[cfg(not(feature = "sabotage"))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_before_the_journal_is_on_disk() {
    let (found, [answered, submitted]) = violations(&trace().await);
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(answered >= MESSAGES && submitted >= MESSAGES, "{answered} and {submitted} seen");
    println!("{answered} deliver_sm_resp and {submitted} submit_sm, each behind an fsync");
}

#[cfg(feature = "sabotage")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sabotaged_the_check_finds_out() {
    let (found, [answered, submitted]) = violations(&trace().await);
    assert!(found.len() >= MESSAGES, "{} found of {answered} and {submitted}", found.len());
    println!("{} of {answered} deliver_sm_resp and {submitted} submit_sm found out", found.len());
}

#[test]
fn a_trace_is_read_across_threads() {
    let pdu = |id: u8, high: &str| {
        format!("\"{0}{0}{0}\\x10{high}{0}{0}\\x{id:02x}{0}{0}{0}{0}{0}{0}{0}\\x07\"", "\\x00")
    };
    let (deliver, response) = (pdu(5, "\\x00"), pdu(5, "\\x80"));
    let flush = "2 fdatasync(9</store/journal.redb>";
    let read = format!("1 recvfrom(8<TCP:[1]>, {deliver}, 65536, 0, NULL, NULL) = 16\n");
    let write = format!("1 sendto(8<TCP:[1]>, {response}, 16, MSG_NOSIGNAL, NULL, 0) = 16\n");
    let good = format!(
        "{read}{flush} <unfinished ...>\n3 read(4<x>, \"\", 1) = 0\n\
                        2 <... fdatasync resumed>) = 0\n{write}"
    );
    assert_eq!(violations(&good), (vec![], [1, 0]));
    let failed = format!("{read}{flush}) = -1 EIO (Input/output error)\n{write}");
    let late = format!("{read}{flush} <unfinished ...>\n{write}2 <... fdatasync resumed>) = 0\n");
    let early = format!("{flush}) = 0\n{read}{write}");
    let other = format!("{read}2 fdatasync(9</store/keys>) = 0\n{write}");
    for bad in [failed, late, early, other] {
        assert_eq!(violations(&bad).0.len(), 1, "{bad}");
    }
}
