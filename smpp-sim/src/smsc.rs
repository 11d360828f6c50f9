//! The SMSC as a value: connections, octets, phones and time are handed in, octets, events and
//! the next time-out are taken out. No socket, clock or task. `session.rs`, `submit.rs` and
//! `deliver.rs` are its chapters.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use crate::accepted::Accepted;
use crate::conn::{Conn, State};
use crate::deliver::{Pending, Queues};
use crate::event::{ConnId, DeliverId, Event, Mode, Stats};
use crate::faults::{Counts, Fault, Faults, Odds};
use crate::join::Joiner;
use crate::manner::Record;
use crate::pause::{Held, Pause};
use crate::phone::{self, RawDeliver};
use crate::profile::Profile;
use crate::receipt::Owed;
use crate::submit::Pace;

/// An SMSC.
///
/// Hand in: [`handle_connected`](Self::handle_connected), [`handle_bytes`](Self::handle_bytes),
/// [`handle_closed`](Self::handle_closed), [`handle_timeout`](Self::handle_timeout),
/// [`phone_sends`](Self::phone_sends). After each of them take out, until there is nothing:
/// [`poll_transmit`](Self::poll_transmit) of every connection,
/// [`poll_close`](Self::poll_close), [`poll_event`](Self::poll_event), and then
/// [`poll_timeout`](Self::poll_timeout). Calls with the same values in the same order give the
/// same results. `now` counts from the start and doesn't go back; if it does, it stands still.
#[derive(Debug)]
pub struct Smsc {
    pub(crate) profile: Profile,
    pub(crate) faults: Faults,
    pub(crate) now: Duration,
    pub(crate) conns: BTreeMap<ConnId, Conn>,
    pub(crate) queues: Queues,
    pub(crate) pace: Pace,
    pub(crate) joiner: Joiner,
    pub(crate) accepted: Accepted,
    pub(crate) events: VecDeque<Event>,
    pub(crate) stats: Stats,
    /// When a phone's last deliver_sm left; looked up by number only, never walked through.
    pub(crate) last_deliver: BTreeMap<String, Duration>,
    /// Statuses for the next binds and submits, as a test has ordered.
    pub(crate) scripted_binds: VecDeque<u32>,
    pub(crate) scripted_submits: VecDeque<u32>,
    /// Binds whose connection died, and until when they still count.
    pub(crate) ghosts: VecDeque<(String, Duration)>,
    pub(crate) paused: Pause,
    pub(crate) held: Vec<Held>,
    timers: BTreeMap<(Duration, u64), Timer>,
    serial: u64,
}

/// What is due at a moment that was set before.
#[derive(Debug)]
pub(crate) enum Timer {
    /// A response leaves; `submit` if it is one to a submit_sm.
    Respond { conn: ConnId, frame: Bytes, submit: bool },
    /// A response that was to be overtaken has waited long enough.
    Release(ConnId),
    /// A receipt is due.
    Receipt(Box<Owed>),
    /// A receipt that has come comes again.
    Copy(Box<Owed>),
    /// A deliver_sm that was refused is tried again.
    Retry(Pending),
}

impl Smsc {
    /// An SMSC of this profile, at time zero.
    pub fn new(profile: Profile) -> Self {
        Self {
            faults: Faults::new(profile.seed, profile.odds),
            profile,
            now: Duration::ZERO,
            conns: BTreeMap::new(),
            queues: Queues::default(),
            pace: Pace::default(),
            joiner: Joiner::default(),
            accepted: Accepted::default(),
            events: VecDeque::new(),
            stats: Stats::default(),
            last_deliver: BTreeMap::new(),
            scripted_binds: VecDeque::new(),
            scripted_submits: VecDeque::new(),
            ghosts: VecDeque::new(),
            paused: Pause::Nothing,
            held: Vec::new(),
            timers: BTreeMap::new(),
            serial: 0,
        }
    }

    /// An ESME has connected. A connection's name is used once.
    pub fn handle_connected(&mut self, conn: ConnId, now: Duration) {
        self.advance(now);
        self.conns.insert(conn, Conn::new(self.now));
    }

    /// Octets have arrived.
    pub fn handle_bytes(&mut self, conn: ConnId, octets: &[u8], now: Duration) {
        self.advance(now);
        self.read(conn, octets);
        self.pump();
    }

    /// The connection is gone; what it owed an answer is delivered over another one.
    pub fn handle_closed(&mut self, conn: ConnId) {
        self.end_session(conn, false);
        self.conns.remove(&conn);
        self.held.retain(|(held_for, ..)| *held_for != conn);
        self.pump();
    }

    /// Time has passed. A call too early or too often does nothing.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.advance(now);
        while let Some(entry) = self.timers.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            match entry.remove() {
                Timer::Respond { conn, frame, submit } => self.respond_now(conn, frame, submit),
                Timer::Release(conn) => self.release(conn),
                Timer::Receipt(owed) => self.make_receipt(*owed),
                Timer::Copy(owed) => self.send_receipt(*owed),
                Timer::Retry(pending) => self.queues.push_back(pending),
            }
        }
        let due: Vec<_> = self
            .conns
            .iter()
            .filter(|(_, c)| c.deadline(&self.profile).is_some_and(|at| at <= self.now))
            .map(|(id, _)| *id)
            .collect();
        for conn in due {
            self.conn_timeout(conn);
        }
        self.pump();
    }

    /// A phone sends a text to a short code. The parts leave as binds and windows allow.
    pub fn phone_sends(&mut self, from: &str, to: &str, text: &str, now: Duration) -> DeliverId {
        self.advance(now);
        let id = self.text_from(from, to, text);
        self.pump();
        id
    }

    /// Queues a phone's text.
    pub(crate) fn text_from(&mut self, from: &str, to: &str, text: &str) -> DeliverId {
        self.serial += 1;
        let [low, high, ..] = self.serial.to_le_bytes();
        let reference = u16::from_le_bytes([low, high]);
        let parts = phone::parts(&self.profile, from, to, text, reference);
        self.enqueue(&parts, self.profile.canonical(from), to)
    }

    /// Sends a deliver_sm exactly as given, with retries as for any other.
    pub fn phone_sends_raw(&mut self, deliver: &RawDeliver, now: Duration) -> DeliverId {
        self.advance(now);
        let phone = self.profile.canonical(&deliver.source_addr);
        let id = self.enqueue(std::slice::from_ref(deliver), phone, &deliver.destination_addr);
        self.pump();
        id
    }

    /// Writes octets to a connection as they are, PDU or not.
    pub fn inject(&mut self, conn: ConnId, octets: &[u8], now: Duration) {
        self.advance(now);
        if let Some(c) = self.conns.get_mut(&conn) {
            c.out.extend_from_slice(octets);
        }
    }

    /// Octets to be written, if there are any. Ask until there are none: each answer is one write.
    pub fn poll_transmit(&mut self, conn: ConnId) -> Option<Bytes> {
        let c = self.conns.get_mut(&conn)?;
        if c.out.is_empty() || c.quiet_until.is_some() {
            return None;
        }
        if !c.chopped {
            return Some(c.out.split().freeze());
        }
        let length = usize::try_from(1 + self.faults.below(7)).unwrap_or(1).min(c.out.len());
        let piece = c.out.split_to(length).freeze();
        c.chopped = !c.out.is_empty();
        Some(piece)
    }

    /// Whether the connection is to be closed, all being written. Then call `handle_closed`.
    pub fn poll_close(&self, conn: ConnId) -> bool {
        self.conns.get(&conn).is_none_or(|c| c.state == State::Closing && c.out.is_empty())
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When `handle_timeout` is to be called next.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let timer = self.timers.first_key_value().map(|((at, _), _)| *at);
        let conns = self.conns.values().filter_map(|c| c.deadline(&self.profile));
        conns.chain(timer).min()
    }

    /// The connections there are.
    pub fn connections(&self) -> impl Iterator<Item = ConnId> {
        self.conns.keys().copied()
    }

    /// Whether `poll_transmit` or `poll_close` has something to say of this connection.
    pub fn has_output(&self, conn: ConnId) -> bool {
        self.conns.get(&conn).is_none_or(|c| {
            c.state == State::Closing || (!c.out.is_empty() && c.quiet_until.is_none())
        })
    }

    /// The binds there are: connection, mode, system_id.
    pub fn binds(&self) -> impl Iterator<Item = (ConnId, Mode, &str)> {
        self.conns.iter().filter_map(|(id, c)| Some((*id, c.mode()?, c.system_id.as_str())))
    }

    /// deliver_sm that wait or are unanswered.
    pub fn undelivered(&self) -> usize {
        let retries = self.timers.values().filter(|t| matches!(t, Timer::Retry(_))).count();
        let inflight = self.conns.values().flat_map(|c| &c.inflight);
        self.queues.len() + retries + inflight.filter(|i| i.pending.is_some()).count()
    }

    /// Counters since the start.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// How often each fault has hit.
    pub fn fault_counts(&self) -> Counts {
        self.faults.counts()
    }

    /// From now on these odds; `Odds::NONE` ends all faults.
    pub fn set_faults(&mut self, odds: Odds) {
        self.faults.set(odds);
    }

    /// The profile in force.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// From now on another profile; its seed doesn't restart the faults.
    pub fn set_profile(&mut self, profile: Profile) {
        self.faults.set(profile.odds);
        self.profile = profile;
    }

    /// The next binds get this status, so many times.
    pub fn refuse_binds(&mut self, status: u32, times: usize) {
        self.scripted_binds.extend(std::iter::repeat_n(status, times));
    }

    /// The next submits get this status, so many times.
    pub fn refuse_submits(&mut self, status: u32, times: usize) {
        self.scripted_submits.extend(std::iter::repeat_n(status, times));
    }

    pub(crate) fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    pub(crate) fn at(&mut self, delay: Duration, timer: Timer) {
        self.serial += 1;
        self.timers.insert((self.now + delay, self.serial), timer);
    }

    pub(crate) fn tell(&mut self, event: Event) {
        if self.profile.record == Record::Everything {
            self.events.push_back(event);
        }
    }

    pub(crate) fn hits(&mut self, fault: Fault) -> bool {
        self.faults.hits(fault)
    }
}
