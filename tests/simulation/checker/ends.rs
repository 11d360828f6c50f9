//! What must hold once everything has come to its end.

use std::collections::{BTreeMap, HashMap, HashSet};

use tellerd::base::money::AmountStyle;
use tellerd::message::{Body, Head, State};
use tellerd::store::memory::MemoryStore;

use super::{Checker, masked, may_count_anew, start};
use crate::simulation::country::{self, ACCOUNTS, BANK};
use crate::simulation::image::{self, Image};
use crate::simulation::people::{People, Said};
use crate::simulation::plan::Plan;

impl Checker {
    /// Everything has come to its end.
    pub(crate) fn ends(&self, store: &MemoryStore, plan: &Plan, people: &People) {
        let image = Image::of(store, BANK);
        let messages: BTreeMap<u64, (Head, Body)> = image
            .messages_from(0)
            .into_iter()
            .map(|(head, body)| (head.id.0, (head, body)))
            .collect();
        let mut unsure = HashSet::new();
        let mut explained = HashSet::new();
        for said in &people.said {
            let ids = self.answers_of(said, people, &messages, &mut explained);
            let again = ids.len() > 1 && may_count_anew(plan, said, people);
            if ids.is_empty() {
                unsure.insert(said.phone);
            }
            for id in ids {
                self.ended_well(said, &messages[&id], again || unsure.contains(&said.phone));
            }
        }
        if let Some(id) = messages.keys().find(|id| !explained.contains(*id)) {
            let (head, body) = &messages[id];
            panic!("promise 3: message {id} has no cause: {head:?} {:?}", start(&body.said));
        }
        for (n, phone) in people.phones.iter().enumerate().filter(|(n, _)| !unsure.contains(n)) {
            let Some(customer) = phone.customer else { continue };
            let wants = country::wants(image.records(), &phone.number, customer);
            assert_eq!(
                wants,
                phone.wants,
                "promise 3: subscriptions of phone {n} ({}) aren't what it ordered",
                masked(&phone.number)
            );
        }
        let needles = needles(plan, people, &messages);
        if let Some(found) = image::in_clear(store, &needles) {
            panic!("promise 7: {found:?} stands in clear in the store");
        }
    }

    /// The messages that a text became.
    fn answers_of(
        &self,
        said: &Said,
        people: &People,
        messages: &BTreeMap<u64, (Head, Body)>,
        explained: &mut HashSet<u64>,
    ) -> Vec<u64> {
        let digits = &people.phones[said.phone].number[1..];
        let cause = (digits.to_owned(), said.text.clone());
        let ids = self.by_cause.get(&cause).cloned().unwrap_or_default();
        let mut pieces = Vec::new();
        for (id, (_, body)) in messages {
            if body.phone.to_string() == digits && is_piece(&body.said, &said.parts) {
                pieces.push(*id);
            }
        }
        let what = || format!("{:?} of phone {}", start(&said.text), said.phone);
        assert!(!(ids.is_empty() && pieces.is_empty()), "promise 2: {} is lost", what());
        assert!(
            ids.is_empty() || pieces.is_empty(),
            "promise 3: {} became a whole message {ids:?} and pieces {pieces:?}",
            what()
        );
        if said.parts.len() == 1 {
            let arrivals = self.arrivals.get(&cause).copied().unwrap_or(0);
            assert!(ids.len() <= arrivals, "promise 3: {} became {} messages", what(), ids.len());
        }
        explained.extend(ids.iter().chain(&pieces));
        ids
    }

    /// A message says how it ended, and its customer got what it says.
    fn ended_well(&self, said: &Said, (head, body): &(Head, Body), unsure: bool) {
        let id = head.id.0;
        let what = || format!("message {id}, {:?} of phone {}", start(&said.text), said.phone);
        match head.state {
            State::Accepted
            | State::Delivered
            | State::Undeliverable
            | State::Lapsed
            | State::Rejected => {
                assert!(head.attempts > 0, "promise 2: {} was accepted and never left", what());
                for part in 0..head.parts {
                    let copies = self.copies.get(&(id, part)).copied().unwrap_or(0);
                    assert!(copies > 0, "promise 2: {} never reached its phone", what());
                }
            }
            State::Failed => assert!(
                head.status != 0 || head.failures > 10,
                "promise 2: {} failed for no reason: {head:?}",
                what()
            ),
            State::Expired => assert!(
                head.ended >= Some(head.worthless),
                "promise 2: {} expired too early: {head:?}",
                what()
            ),
            State::Silent => {
                assert!(said.is_help, "promise 2: {} wasn't answered", what());
                return;
            }
            state => panic!("promise 2: {} ended {state:?}", what()),
        }
        for part in 0..head.parts {
            let count = |of: &HashMap<_, u64>| of.get(&(id, part)).copied().unwrap_or(0);
            let (left, copies) = (count(&self.left), count(&self.copies));
            assert!(
                copies <= left && left <= u64::from(head.attempts),
                "promise 3: {} left {left} times and reached its phone {copies} times in {} \
                 attempts",
                what(),
                head.attempts
            );
        }
        let never_answered = head.state == State::Expired && body.reply.is_empty();
        assert!(
            unsure || never_answered || said.is_answered_by(&body.reply),
            "promise 3: {} was answered {:?} and not {:?}",
            what(),
            body.reply,
            said.holds
        );
    }
}

/// Whether `text` is some of `parts`, but not all, in their order.
fn is_piece(text: &str, parts: &[String]) -> bool {
    let all = (1_u32 << parts.len()) - 1;
    (1..all).any(|some| {
        let chosen = parts.iter().enumerate().filter(|(n, _)| some >> n & 1 == 1);
        chosen.map(|(_, part)| part.as_str()).collect::<String>() == text
    })
}

/// What may stand nowhere in the store: numbers as digits and as words, accounts, texts both ways.
fn needles(plan: &Plan, people: &People, messages: &BTreeMap<u64, (Head, Body)>) -> Vec<Vec<u8>> {
    let mut needles: Vec<Vec<u8>> = Vec::new();
    for phone in &people.phones {
        let digits = &phone.number[1..];
        let word: u64 = digits.parse().expect("digits");
        let varint = postcard::to_allocvec(&word).expect("a word can be encoded");
        needles.extend([digits.into(), word.to_be_bytes()[2..].into(), varint]);
    }
    for customer in 0..plan.customers {
        for ordinal in 1..=ACCOUNTS + 1 {
            needles.push(country::account_number(customer, ordinal).into());
            needles.push(country::balance(customer, ordinal).styled(AmountStyle::Sr).into());
        }
    }
    // The offer is public and stands in the registry.
    let replies = messages.values().map(|(_, body)| body.reply.clone().into_bytes());
    needles.extend(replies.filter(|reply| !reply.starts_with(country::OFFER.as_bytes())));
    needles.extend(people.said.iter().map(|said| said.text.clone().into_bytes()));
    needles
}
