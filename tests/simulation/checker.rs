//! What must hold, judged from outside: by what crossed the wire and what stands in the store.
//!
//! The promises are those of the design (section 6): 1 durable before acknowledged, 2 nothing
//! accepted is lost, 3 one cause one record, 5 rate and window, 7 nobody sees another's data and
//! nothing stands in clear. 8 (no panic) and 9 (bounds) are the harness's and the world's. A broken
//! one panics and names its number.

mod ends;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use smpp_sim::{ConnId, Event, Fault, Profile};
use tellerd::base::money::AmountStyle;
use tellerd::message::{Body, Head, State};
use tellerd::store::memory::MemoryStore;

use super::country::{self, ACCOUNTS, BANK, CODE};
use super::image::{self, Image};
use super::people::{HELP, NONE_ENDED, People, Said};
use super::plan::{OperatorPlan, Plan};
use super::tap::{Deliver, Pdu, Submit, Tap};

/// After this a session has given a response up, so that its place in the window is free.
const RESPONSE: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);
/// command_status of "later, please".
const TEMPORARY: [u32; 3] = [0x08, 0x14, 0x64];

/// A customer's text, by his digits.
type Cause = (String, String);
/// A part of a reply, by its message.
type PartOf = (u64, u8);

#[derive(Default)]
struct Wire {
    to_smsc: Tap,
    to_process: Tap,
    delivers: HashMap<u32, Deliver>,
    /// Submits without a response, and when they left.
    submits: BTreeMap<u32, (PartOf, Duration)>,
}

/// The checker.
#[derive(Default)]
pub(crate) struct Checker {
    wires: HashMap<ConnId, Wire>,
    /// When the parts of the last second left, by operator.
    departures: HashMap<usize, VecDeque<Duration>>,
    /// The sender and text of each message that was seen in the store.
    ledger: BTreeMap<u64, Cause>,
    by_reference: HashMap<u16, Vec<u64>>,
    by_cause: HashMap<Cause, Vec<u64>>,
    /// deliver_sm that came to the process.
    arrivals: HashMap<Cause, usize>,
    acknowledged: HashSet<(Cause, bool)>,
    /// Parts of which the process heard that they were accepted: in the next turn, in this one, on
    /// disk.
    heard: Vec<PartOf>,
    hearing: Vec<PartOf>,
    settled: HashSet<PartOf>,
    /// How often each part left.
    left: HashMap<PartOf, u64>,
    /// How often a phone got each part.
    copies: HashMap<PartOf, u64>,
    /// Texts that phones got.
    pub(crate) replies: u64,
}

impl Checker {
    /// Octets leave the process.
    pub(crate) fn leaves(
        &mut self,
        conn: ConnId,
        octets: &[u8],
        at: usize,
        plan: &OperatorPlan,
        now: Duration,
        store: &MemoryStore,
    ) -> Vec<String> {
        let mut told = Vec::new();
        for pdu in self.wire(conn).to_smsc.read(octets, &plan.profile) {
            match pdu {
                Pdu::Submit(submit) => {
                    told.push(format!("{conn:?} submit {:?}/{}", submit.reference, submit.part));
                    self.submit_leaves(conn, &submit, at, plan, now, store);
                }
                Pdu::DeliverResp { sequence, status } => {
                    told.push(format!("{conn:?} deliver_sm_resp {sequence} {status:#x}"));
                    self.answer_leaves(conn, sequence, status, store);
                }
                Pdu::SubmitResp { .. } | Pdu::Deliver { .. } => {}
            }
        }
        told
    }

    /// Octets reach the process.
    pub(crate) fn arrives(
        &mut self,
        conn: ConnId,
        octets: &[u8],
        profile: &Profile,
    ) -> Vec<String> {
        let mut told = Vec::new();
        for pdu in self.wire(conn).to_process.read(octets, profile) {
            match pdu {
                Pdu::Deliver { sequence, deliver } => {
                    told.push(format!("{conn:?} deliver_sm {sequence} {:?}", start(&deliver.text)));
                    if !deliver.is_receipt {
                        let cause = (deliver.from.clone(), deliver.text.clone());
                        *self.arrivals.entry(cause).or_default() += 1;
                    }
                    self.wire(conn).delivers.insert(sequence, deliver);
                }
                Pdu::SubmitResp { sequence, status } => {
                    told.push(format!("{conn:?} submit_sm_resp {sequence} {status:#x}"));
                    let Some((part, _)) = self.wire(conn).submits.remove(&sequence) else {
                        continue;
                    };
                    if status == 0 {
                        self.heard.push(part);
                    }
                }
                Pdu::Submit(_) | Pdu::DeliverResp { .. } => {}
            }
        }
        told
    }

    /// A turn takes in what the process has heard.
    pub(crate) fn turn_begins(&mut self) {
        self.hearing.append(&mut self.heard);
    }

    /// A turn is committed.
    pub(crate) fn turn_ends(&mut self, store: &MemoryStore) {
        self.settled.extend(self.hearing.drain(..));
        let next = self.ledger.last_key_value().map_or(0, |(id, _)| id + 1);
        for (head, body) in Image::of(store, BANK).messages_from(next) {
            self.enter(&head, &body);
        }
    }

    /// The process has died; `store` is what it left.
    pub(crate) fn crashed(&mut self, store: &MemoryStore) {
        self.wires.clear();
        self.heard.clear();
        self.hearing.clear();
        let image = Image::of(store, BANK);
        (self.ledger, self.by_reference, self.by_cause) = Default::default();
        for (head, body) in image.messages_from(0) {
            self.enter(&head, &body);
        }
        let parts = image.parts();
        for (cause, is_part) in &self.acknowledged {
            assert!(
                self.is_kept(cause, *is_part, &parts),
                "promise 1: {:?} of {} was acknowledged and a crash lost it",
                start(&cause.1),
                masked(&cause.0)
            );
        }
    }

    /// Something happened at an SMSC.
    pub(crate) fn event(&mut self, event: &Event, plan: &Plan, people: &People) {
        match event {
            Event::Submitted { to, reference, part, .. } => {
                let id = self
                    .named(*reference, to)
                    .unwrap_or_else(|| panic!("promise 1: {} got a text of no record", masked(to)));
                *self.copies.entry((id, part - 1)).or_default() += 1;
            }
            Event::Message(sms) => {
                self.replies += 1;
                self.is_for(&sms.to[1..], &sms.text, plan, people);
            }
            Event::Malformed { why, .. } => assert!(
                *why == "a response to nothing" || *why == "a deliver_sm_resp to nothing",
                "the SMSC can't read us: {why}"
            ),
            _ => {}
        }
    }

    /// Parts that phones got more than once, and deliver_sm that the process got more than once.
    pub(crate) fn copies(&self) -> (u64, u64) {
        let copies = self.copies.values().map(|count| count - 1).sum();
        (copies, self.arrivals.values().map(|count| *count as u64 - 1).sum())
    }

    fn wire(&mut self, conn: ConnId) -> &mut Wire {
        self.wires.entry(conn).or_default()
    }

    fn enter(&mut self, head: &Head, body: &Body) {
        let (id, cause) = (head.id.0, (body.phone.to_string(), body.said.clone()));
        self.by_reference.entry(id as u16 & 0xFFF).or_default().push(id);
        self.by_cause.entry(cause.clone()).or_default().push(id);
        self.ledger.insert(id, cause);
    }

    /// The newest message to a phone whose parts have this reference: the end of the message's
    /// number, and the part's.
    fn named(&self, reference: Option<u16>, to: &str) -> Option<u64> {
        let ids = self.by_reference.get(&(reference? >> 4))?;
        ids.iter().rev().copied().find(|id| self.ledger[id].0 == to)
    }

    fn is_kept(&self, cause: &Cause, is_part: bool, parts: &[Cause]) -> bool {
        if !is_part {
            return self.by_cause.contains_key(cause);
        }
        let holds = |(from, text): &Cause| *from == cause.0 && text.contains(&cause.1);
        parts.contains(cause) || self.by_cause.keys().any(holds)
    }

    fn answer_leaves(&mut self, conn: ConnId, sequence: u32, status: u32, store: &MemoryStore) {
        let Some(deliver) = self.wire(conn).delivers.remove(&sequence) else { return };
        if deliver.is_receipt || deliver.code != CODE || deliver.from.is_empty() {
            return;
        }
        if status != 0 {
            assert!(TEMPORARY.contains(&status), "promise 9: {status:#x} refuses a text for good");
            return;
        }
        let cause = (deliver.from, deliver.text);
        let parts = if deliver.is_part { Image::of(store, BANK).parts() } else { Vec::new() };
        assert!(
            self.is_kept(&cause, deliver.is_part, &parts),
            "promise 1: {:?} of {} is acknowledged and isn't in the store",
            start(&cause.1),
            masked(&cause.0)
        );
        self.acknowledged.insert((cause, deliver.is_part));
    }

    fn submit_leaves(
        &mut self,
        conn: ConnId,
        submit: &Submit,
        at: usize,
        plan: &OperatorPlan,
        now: Duration,
        store: &MemoryStore,
    ) {
        let id = self.named(submit.reference, &submit.to);
        let id = id.expect("promise 1: a submit_sm leaves without a record");
        assert_eq!(
            self.ledger[&id].0, submit.to,
            "promise 7: message {id} leaves to another phone"
        );
        let state = image::head(store, BANK, id).map(|head| head.state);
        assert_eq!(state, Some(State::InFlight), "promise 1: message {id} leaves in another state");
        let part = (id, submit.part);
        assert!(
            !self.settled.contains(&part),
            "promise 3: part {} of message {id} leaves again after its acceptance was on disk",
            submit.part
        );
        *self.left.entry(part).or_default() += 1;
        let departures = self.departures.entry(at).or_default();
        while departures.front().is_some_and(|left| *left + SECOND <= now) {
            departures.pop_front();
        }
        departures.push_back(now);
        assert!(
            departures.len() <= plan.rate as usize,
            "promise 5: {} parts within a second to {}, the contract is {}",
            departures.len(),
            plan.name,
            plan.rate
        );
        let submits = &mut self.wire(conn).submits;
        submits.insert(submit.sequence, (part, now));
        let waiting = submits.values().filter(|(_, left)| now < *left + RESPONSE).count();
        assert!(waiting <= plan.window, "promise 5: {waiting} parts wait on one bind");
    }

    /// A text that a phone got answers something that it asked, and tells nothing of anybody else.
    fn is_for(&self, digits: &str, text: &str, plan: &Plan, people: &People) {
        let phone = people.find(digits).expect("promise 7: a reply to a phone that never asked");
        let mut asked = people.said.iter().filter(|said| said.phone == phone);
        assert!(
            asked.any(|said| {
                // A piece of a long text is answered with help.
                let piece = said.parts.len() > 1 && text.contains(HELP);
                piece || said.is_answered_by(text) || is_again(text, plan, said, people)
            }),
            "promise 7: phone {phone} got what it never asked: {text:?}"
        );
        for other in (0..plan.customers).filter(|n| people.phones[phone].customer != Some(*n)) {
            for ordinal in 1..=ACCOUNTS {
                let balance = country::balance(other, ordinal).styled(AmountStyle::Sr);
                assert!(!text.contains(&balance), "promise 7: phone {phone} got another's balance");
            }
        }
    }
}

/// Whether the SMSC that `said` went to overlooks answers that it has: no proof holds against that.
fn overlooks(plan: &Plan, said: &Said, people: &People) -> bool {
    let operator = people.phones[said.phone].operator;
    plan.operators[operator].profile.odds.of(Fault::LoseDeliverResp) > 0
}

/// Whether a change that came again may count as ordered again: because its SMSC overlooked the
/// answer, or because another change of the same phone came in between, which ends the suspicion
/// that it is a repeat (design, section 4, "Repeats").
fn may_count_anew(plan: &Plan, said: &Said, people: &People) -> bool {
    let mut others = people.said.iter().filter(|other| other.phone == said.phone);
    let another = others.any(|other| other.is_change && other.text != said.text);
    said.is_change && (another || overlooks(plan, said, people))
}

/// Whether `text` answers a change that counts as ordered again.
fn is_again(text: &str, plan: &Plan, said: &Said, people: &People) -> bool {
    may_count_anew(plan, said, people) && text.contains(NONE_ENDED)
}

/// The beginning of a text, for a log.
fn start(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(40).collect()
}

/// A number as logs show it.
fn masked(digits: &str) -> String {
    let tail = digits.len().saturating_sub(4);
    format!("***{}", &digits[tail..])
}
