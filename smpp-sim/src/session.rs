//! The session with an ESME: frames in, binds, enquire_link and unbind both ways, responses out,
//! and the faults of a connection (SMPP 3.4, 2.2, 4.1, 4.2, 4.11).

use std::time::Duration;

use bytes::Bytes;
use rusmpp::pdus::{BindReceiverResp, BindTransceiverResp, BindTransmitterResp};
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, CommandId, Pdu};

use crate::conn::{OUTPUT_MAX, State};
use crate::event::{ConnId, Event, Mode};
use crate::faults::Fault;
use crate::smsc::{Smsc, Timer};
use crate::wire::{self, Header};

/// How long the fault of merged writes holds octets back.
const MERGE: Duration = Duration::from_millis(20);
/// How long a response waits to be overtaken.
const OVERTAKE: Duration = Duration::from_millis(50);

const OK: u32 = 0;
const INVALID_LENGTH: u32 = 0x02;
const INVALID_COMMAND: u32 = 0x03;
const WRONG_STATE: u32 = 0x04;
const ALREADY_BOUND: u32 = 0x05;
const BIND_FAILED: u32 = 0x0D;
const INVALID_PASSWORD: u32 = 0x0E;

impl Smsc {
    /// Ends a bind politely: unbind, then the end of the connection.
    pub fn unbind(&mut self, conn: ConnId, now: Duration) {
        self.advance(now);
        let Some(c) = self.conns.get_mut(&conn) else { return };
        if c.mode().is_none() {
            c.state = State::Closing;
            return;
        }
        let sequence = c.next_sequence();
        c.asked = Some(self.now);
        c.state = State::Unbinding;
        self.write(conn, &wire::encode(OK, sequence, Pdu::Unbind));
    }

    /// Ends a connection without a word, and what was not yet written with it.
    pub fn drop_connection(&mut self, conn: ConnId) {
        if let Some(c) = self.conns.get_mut(&conn) {
            c.out.clear();
        }
        self.end_session(conn, false);
    }

    pub(crate) fn read(&mut self, conn: ConnId, octets: &[u8]) {
        let Some(c) = self.conns.get_mut(&conn) else { return };
        c.input.extend_from_slice(octets);
        loop {
            let Some(c) = self.conns.get_mut(&conn).filter(|c| c.state != State::Closing) else {
                return;
            };
            match wire::take_frame(&mut c.input) {
                Ok(None) => return,
                Ok(Some((header, frame))) => {
                    c.heard = self.now;
                    self.stats.pdus_in += 1;
                    self.handle_frame(conn, header, frame);
                }
                Err(wire::BadLength) => {
                    self.malformed(conn, "a command_length that no PDU has");
                    let nack = wire::encode(INVALID_LENGTH, 0, Pdu::GenericNack);
                    self.write(conn, &nack);
                    self.end_session(conn, false);
                }
            }
        }
    }

    fn handle_frame(&mut self, conn: ConnId, header: Header, frame: bytes::BytesMut) {
        if self.profile.strict && !(1..=0x7FFF_FFFF).contains(&header.sequence) {
            self.malformed(conn, "a sequence number that isn't from 1 to 0x7FFFFFFF");
        }
        if self.hits(Fault::DropBefore) {
            return self.drop_connection(conn);
        }
        let drop_after = self.hits(Fault::DropAfter);
        match wire::decode(frame) {
            Some(command) => self.handle_command(conn, header, &command),
            None => {
                self.malformed(conn, "a body that can't be read");
                // A response that can't be read is still a response (lesson 4).
                if header.id & 0x8000_0000 != 0 {
                    self.handle_response(conn, header);
                } else {
                    self.nack(conn, INVALID_LENGTH, header.sequence);
                }
            }
        }
        if drop_after {
            self.drop_connection(conn);
        } else if self.hits(Fault::Garbage) {
            self.garbage(conn);
        }
    }

    fn handle_command(&mut self, conn: ConnId, header: Header, command: &Command) {
        let sequence = header.sequence;
        match command.pdu() {
            _ if header.id & 0x8000_0000 != 0 => self.handle_response(conn, header),
            Some(Pdu::BindTransceiver(b)) => {
                let who = (b.system_id.as_str(), b.password.as_str());
                self.bind(conn, sequence, Mode::Transceiver, who);
            }
            Some(Pdu::BindReceiver(b)) => {
                let who = (b.system_id.as_str(), b.password.as_str());
                self.bind(conn, sequence, Mode::Receiver, who);
            }
            Some(Pdu::BindTransmitter(b)) => {
                let who = (b.system_id.as_str(), b.password.as_str());
                self.bind(conn, sequence, Mode::Transmitter, who);
            }
            Some(Pdu::SubmitSm(submit)) => self.submit(conn, sequence, submit),
            Some(Pdu::QuerySm(query)) => self.query(conn, sequence, query),
            Some(Pdu::CancelSm(cancel)) => self.cancel(conn, sequence, cancel),
            Some(Pdu::EnquireLink) => {
                // 2.2: it needs a bind; few check.
                let is_early = self.profile.strict && !self.is_bound(conn);
                let status = if is_early { WRONG_STATE } else { OK };
                self.respond(conn, wire::encode(status, sequence, Pdu::EnquireLinkResp));
            }
            Some(Pdu::Unbind) => {
                let status = if self.is_bound(conn) { OK } else { WRONG_STATE };
                self.write(conn, &wire::encode(status, sequence, Pdu::UnbindResp));
                self.end_session(conn, true);
            }
            Some(_) => {
                self.malformed(conn, "a request that this SMSC doesn't know");
                self.nack(conn, INVALID_COMMAND, sequence);
            }
            None => {
                self.malformed(conn, "a request without its body");
                self.nack(conn, INVALID_LENGTH, sequence);
            }
        }
    }

    fn handle_response(&mut self, conn: ConnId, header: Header) {
        let Some(c) = self.conns.get_mut(&conn) else { return };
        match CommandId::from(header.id) {
            CommandId::DeliverSmResp => self.deliver_answered(conn, header),
            CommandId::GenericNack if c.inflight.iter().any(|i| i.sequence == header.sequence) => {
                self.deliver_answered(conn, header);
            }
            CommandId::UnbindResp if c.state == State::Unbinding => self.end_session(conn, true),
            CommandId::EnquireLinkResp if c.state != State::Unbinding => c.asked = None,
            CommandId::GenericNack => {}
            _ => self.malformed(conn, "a response to nothing"),
        }
    }

    fn bind(&mut self, conn: ConnId, sequence: u32, mode: Mode, (system, password): (&str, &str)) {
        let status = self.may_bind(conn, system, password);
        let name = wire::c_string(&self.profile.name.chars().take(15).collect::<String>());
        let version = self.profile.interface_version.then_some(InterfaceVersion::Smpp3_4);
        let (id, pdu): (_, Pdu) = match mode {
            Mode::Transceiver => {
                let pdu = BindTransceiverResp::new(name, version);
                (CommandId::BindTransceiverResp, pdu.into())
            }
            Mode::Receiver => {
                (CommandId::BindReceiverResp, BindReceiverResp::new(name, version).into())
            }
            Mode::Transmitter => {
                (CommandId::BindTransmitterResp, BindTransmitterResp::new(name, version).into())
            }
        };
        let system_id = system.to_owned();
        if status != OK {
            self.respond(conn, wire::encode_bare(id, status, sequence));
            return self.tell(Event::BindRefused { conn, system_id, status });
        }
        let frame = self.dress(&wire::encode(OK, sequence, pdu));
        self.respond(conn, frame);
        if let Some(c) = self.conns.get_mut(&conn) {
            c.state = State::Bound(mode);
            c.system_id.clone_from(&system_id);
        }
        self.tell(Event::Bound { conn, mode, system_id });
    }

    fn may_bind(&mut self, conn: ConnId, system_id: &str, password: &str) -> u32 {
        if let Some(status) = self.scripted_binds.pop_front() {
            return status;
        }
        if self.is_bound(conn) {
            return ALREADY_BOUND;
        }
        if let Some(status) = self.profile.bind_status {
            return status;
        }
        if self.hits(Fault::RefuseBind) {
            return if self.faults.below(2) == 0 { ALREADY_BOUND } else { BIND_FAILED };
        }
        let systems = &self.profile.systems;
        match systems.iter().find(|s| s.system_id == system_id) {
            None if !systems.is_empty() => return BIND_FAILED,
            Some(known) if known.password != password => return INVALID_PASSWORD,
            _ => {}
        }
        let now = self.now;
        self.ghosts.retain(|(_, until)| *until > now);
        let ghosts = self.ghosts.iter().filter(|(system, _)| system == system_id).count();
        let binds = self.binds().filter(|(_, _, system)| *system == system_id).count();
        match self.profile.binds_max {
            Some(max) if binds + ghosts >= max => ALREADY_BOUND,
            _ => OK,
        }
    }

    /// The ESME is silent, or a request of ours is: see which deadline has passed.
    pub(crate) fn conn_timeout(&mut self, conn: ConnId) {
        let (now, patience) = (self.now, self.profile.response_timeout);
        let Some(c) = self.conns.get_mut(&conn) else { return };
        if c.quiet_until.is_some_and(|until| until <= now) {
            c.quiet_until = None;
        }
        let bored = c.mode().is_some()
            && self.profile.inactivity.is_some_and(|after| c.heard + after <= now);
        let silent = c.asked.is_some_and(|at| at + patience <= now);
        let never_bound = c.state == State::Open && c.heard + self.profile.session_init <= now;
        if silent || bored || never_bound {
            return self.end_session(conn, false);
        }
        let idle = self.profile.enquire_every.is_some_and(|every| c.heard + every <= now);
        if idle && c.asked.is_none() && c.mode().is_some() {
            let sequence = c.next_sequence();
            c.asked = Some(now);
            self.write(conn, &wire::encode(OK, sequence, Pdu::EnquireLink));
        }
        self.redeliver_overdue(conn);
    }

    /// Marks the connection for closing and takes back what it has not answered.
    pub(crate) fn end_session(&mut self, conn: ConnId, gracefully: bool) {
        let Some(c) = self.conns.get_mut(&conn) else { return };
        let was_bound = matches!(c.state, State::Bound(_) | State::Unbinding);
        (c.state, c.asked, c.quiet_until) = (State::Closing, None, None);
        let system_id = c.system_id.clone();
        for inflight in std::mem::take(&mut c.inflight).into_iter().rev() {
            if let Some(pending) = inflight.pending {
                self.again(pending);
            }
        }
        if was_bound {
            if !gracefully && !self.profile.bind_lingers.is_zero() {
                let until = self.now + self.profile.bind_lingers;
                self.ghosts.push_back((system_id.clone(), until));
            }
            self.tell(Event::Unbound { conn, system_id, gracefully });
        }
    }

    pub(crate) fn respond(&mut self, conn: ConnId, frame: Bytes) {
        self.respond_later(conn, frame, false);
    }

    pub(crate) fn respond_later(&mut self, conn: ConnId, frame: Bytes, submit: bool) {
        let mut delay = self.profile.response_delay;
        if self.hits(Fault::SlowResponse) {
            delay += self.profile.slow_response;
        }
        if delay.is_zero() {
            self.respond_now(conn, frame, submit);
        } else {
            self.at(delay, Timer::Respond { conn, frame, submit });
        }
    }

    pub(crate) fn respond_now(&mut self, conn: ConnId, frame: Bytes, submit: bool) {
        if self.is_paused(submit) {
            return self.hold(conn, frame, submit);
        }
        let swap = self.hits(Fault::SwapResponses);
        let Some(c) = self.conns.get_mut(&conn) else { return };
        c.unanswered = c.unanswered.saturating_sub(u64::from(submit));
        if swap && c.held.is_none() {
            c.held = Some(frame);
            return self.at(OVERTAKE, Timer::Release(conn));
        }
        self.write(conn, &frame);
        self.release(conn);
    }

    pub(crate) fn release(&mut self, conn: ConnId) {
        if let Some(frame) = self.conns.get_mut(&conn).and_then(|c| c.held.take()) {
            self.write(conn, &frame);
        }
    }

    pub(crate) fn write(&mut self, conn: ConnId, frame: &[u8]) {
        let (chop, merge) = (self.hits(Fault::SplitWrites), self.hits(Fault::MergeWrites));
        let cut = self.hits(Fault::CutPdu);
        let Some(c) = self.conns.get_mut(&conn) else { return };
        if c.state == State::Closing {
            return;
        }
        if cut {
            c.out.extend_from_slice(&frame[..frame.len() / 2]);
            return self.end_session(conn, false);
        }
        c.out.extend_from_slice(frame);
        c.chopped |= chop;
        if merge && c.quiet_until.is_none() {
            c.quiet_until = Some(self.now + MERGE);
        }
        self.stats.pdus_out += 1;
        if c.out.len() > OUTPUT_MAX {
            self.drop_connection(conn);
        }
    }

    /// The PDU with what this operator adds of its own.
    pub(crate) fn dress(&self, frame: &Bytes) -> Bytes {
        if self.profile.vendor_tlvs.is_empty() && self.profile.trailing.is_empty() {
            return frame.clone();
        }
        wire::lengthen(frame, &self.profile.vendor_tlvs, &self.profile.trailing)
    }

    fn garbage(&mut self, conn: ConnId) {
        let kind = self.faults.below(4);
        let octets = match kind {
            0 => self.faults.octets(40),
            1 => b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec(),
            2 => vec![0, 0, 0, 60, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1],
            _ => vec![0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9],
        };
        let Some(c) = self.conns.get_mut(&conn).filter(|c| c.state != State::Closing) else {
            return;
        };
        c.out.extend_from_slice(&octets);
        if kind == 2 {
            // A truncated PDU is only seen as one when nothing follows it.
            self.end_session(conn, false);
        }
    }

    pub(crate) fn is_bound(&self, conn: ConnId) -> bool {
        self.conns.get(&conn).is_some_and(|c| c.mode().is_some())
    }

    pub(crate) fn nack(&mut self, conn: ConnId, status: u32, sequence: u32) {
        self.respond(conn, wire::encode(status, sequence, Pdu::GenericNack));
    }

    pub(crate) fn malformed(&mut self, conn: ConnId, why: &'static str) {
        self.stats.malformed += 1;
        self.tell(Event::Malformed { conn, why });
    }
}
