//! The wire, judged part by part: what leaves, what reaches a phone, what is heard of it.
//!
//! A part leaves again only where its last try was refused, came back, or is unknown; out of
//! *unknown* only as often as its class allows (design, section 4). What was said to be accepted,
//! and is on disk, never leaves again.

use std::collections::{BTreeMap, HashMap};

use tellerd::message::{Body, Class, Head, MessageId, State};
use tellerd::outbox::of_token;

use super::ledger::{Key, Ledger, Order, Told, WITHOUT_LABEL, label_of};
use super::people::{Bank, People};

/// Where a part's last try stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Last {
    Pending,
    Refused,
    Unknown,
    Accepted,
}

/// What was heard of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    Accepted,
    Refused,
    RefusedForGood,
    Returned,
    Unknown,
    Late,
}

#[derive(Debug)]
struct Part {
    last: Last,
    copies: u32,
    again: u32,
    /// The process died while it was under way.
    crashed: bool,
}

/// A message that left.
#[derive(Debug)]
pub(crate) struct Sent {
    key: Option<Key>,
    class: Class,
    parts: BTreeMap<u8, Part>,
    refusals: u32,
    refused_for_good: bool,
    unknown: bool,
    /// What happened to it, for whoever must understand a failure.
    story: Vec<(u64, u8, Option<Heard>)>,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Copies {
    sent: HashMap<MessageId, Sent>,
    /// The last place of each order that reached its phone.
    reached: HashMap<Order, u32>,
    /// Resent out of unknown, by class.
    pub(crate) resent: BTreeMap<&'static str, u64>,
}

impl Copies {
    /// A part leaves. How often of 100 it is to fall silent: more often out of *unknown*, so that
    /// limits are reached.
    pub(crate) fn leaves(
        &mut self,
        token: u64,
        bank: Bank,
        (head, body): (&Head, &Body),
        (ledger, people): (&Ledger, &People),
        turn: u64,
    ) -> u64 {
        let (id, part) = of_token(token);
        assert_eq!(head.state, State::InFlight, "promise 1: {id:?} leaves in another state");
        let unasked = body.said.is_empty() && !WITHOUT_LABEL.contains(&body.command.as_str());
        let sent = self.sent.entry(id).or_insert_with(|| Sent {
            key: unasked.then(|| (bank, body.phone, label_of(body))),
            class: head.class,
            parts: BTreeMap::new(),
            refusals: 0,
            refused_for_good: false,
            unknown: false,
            story: Vec::new(),
        });
        sent.story.push((turn, part, None));
        if let Some(key) = &sent.key {
            let told = ledger.find(key);
            let told = told.unwrap_or_else(|| panic!("promise 3: {key:?} leaves without a cause"));
            let sub = people.subscribers.get(told.sub);
            assert!(
                sub.active || told.turn == turn,
                "{key:?} leaves to a phone that has ended its subscription"
            );
        }
        assert!(!sent.refused_for_good, "{id:?} leaves again, refused for good");
        let class = sent.class;
        let tries = sent.parts.entry(part).or_insert(Part {
            last: Last::Refused,
            copies: 0,
            again: 0,
            crashed: false,
        });
        match tries.last {
            Last::Refused => {}
            Last::Pending => panic!("promise 3: {id:?} leaves twice at once"),
            Last::Accepted => panic!(
                "promise 3: {id:?} leaves again after its acceptance was on disk: {:?}",
                sent.story
            ),
            Last::Unknown => {
                tries.again += 1;
                let (name, most) = match class {
                    Class::Card => ("card", 10),
                    Class::Reply => ("reply", 10),
                    Class::Alert => ("alert", 1),
                    Class::Report => ("report", 1),
                    Class::Notice => ("offer", 0),
                };
                assert!(tries.again <= most, "promise 3: {name} {id:?} leaves again too often");
                *self.resent.entry(name).or_default() += 1;
            }
        }
        let silent = match tries.last {
            Last::Unknown if std::mem::take(&mut tries.crashed) => 90,
            Last::Unknown => 30,
            _ => 0,
        };
        tries.last = Last::Pending;
        silent
    }

    /// A phone gets a part.
    pub(crate) fn reaches(&mut self, token: u64, ledger: &Ledger) {
        let (id, part) = of_token(token);
        let sent = self.sent.get_mut(&id).expect("it left");
        let part = sent.parts.get_mut(&part).expect("it left");
        part.copies += 1;
        assert!(part.copies <= 1 + part.again, "promise 3: {id:?} reached its phone too often");
        let Some(told) = sent.key.as_ref().and_then(|key| ledger.find(key)) else { return };
        let reached = self.reached.entry(told.queue.clone()).or_default();
        assert!(
            told.place >= *reached,
            "order: {:?} reached its phone after what came later on the same account",
            sent.key
        );
        *reached = told.place;
    }

    /// A turn that heard of a part is on disk.
    pub(crate) fn heard(&mut self, token: u64, heard: Heard, turn: u64) {
        let (id, part) = of_token(token);
        let sent = self.sent.get_mut(&id).expect("it left");
        sent.story.push((turn, part, Some(heard)));
        let part = sent.parts.get_mut(&part).expect("it left");
        match heard {
            Heard::Accepted => part.last = Last::Accepted,
            // Good news of a try that was given up; while another is under way that one counts.
            Heard::Late if part.last != Last::Pending => part.last = Last::Accepted,
            Heard::Late => {}
            Heard::Returned => part.last = Last::Refused,
            Heard::Refused => {
                part.last = Last::Refused;
                sent.refusals += 1;
            }
            Heard::RefusedForGood => {
                part.last = Last::Refused;
                sent.refused_for_good = true;
            }
            Heard::Unknown => {
                part.last = Last::Unknown;
                sent.unknown = true;
            }
        }
    }

    /// The process died: nothing will be heard of what was under way.
    pub(crate) fn crashed(&mut self) -> u64 {
        let mut lost = 0;
        for sent in self.sent.values_mut() {
            for part in sent.parts.values_mut().filter(|part| part.last == Last::Pending) {
                (part.last, part.crashed) = (Last::Unknown, true);
                sent.unknown = true;
                lost += 1;
            }
        }
        lost
    }

    /// A message's record says how it ended: whether that is so.
    pub(crate) fn ends(
        &self,
        head: &Head,
        told: Option<&Told>,
        people: &People,
        was_in_trouble: bool,
    ) {
        let sent = self.sent.get(&head.id);
        let id = head.id;
        match head.state {
            State::Accepted => {
                let sent = sent.unwrap_or_else(|| panic!("promise 2: {id:?} never left"));
                assert_eq!(sent.parts.len(), usize::from(head.parts), "promise 2: parts of {id:?}");
                for part in sent.parts.values() {
                    assert!(part.copies > 0, "promise 2: {id:?} is accepted, no phone has it");
                    assert_eq!(part.last, Last::Accepted, "promise 2: {id:?} wasn't accepted");
                }
            }
            State::Failed => {
                let given_up =
                    |sent: &Sent| sent.refused_for_good || sent.unknown || sent.refusals > 10;
                assert!(sent.is_some_and(given_up), "promise 2: {id:?} failed without a reason");
            }
            State::Withdrawn => {
                let ended = told.and_then(|told| {
                    people.subscribers.get(told.sub).ended.filter(|ended| *ended >= told.at)
                });
                assert!(ended.is_some(), "promise 2: {id:?} was withdrawn without a reason");
            }
            State::Expired => {
                assert!(was_in_trouble, "promise 2: {id:?} expired while all went well");
            }
            state => panic!("promise 2: {id:?} ended {state:?}"),
        }
    }

    /// How many messages reached a phone, in how many parts, and how many of these more than once.
    pub(crate) fn sums(&self) -> (u64, u64, u64) {
        let reached = |sent: &&Sent| sent.parts.values().any(|part| part.copies > 0);
        let messages = self.sent.values().filter(reached).count() as u64;
        let parts = self.sent.values().flat_map(|sent| sent.parts.values());
        let (copies, twice) = parts.fold((0, 0), |(copies, twice), part| {
            (copies + u64::from(part.copies), twice + u64::from(part.copies > 1))
        });
        (messages, copies, twice)
    }
}
