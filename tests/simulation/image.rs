//! Looking at a store from outside: its messages, its waiting parts, and every octet of it.

use std::ops::ControlFlow;

use tellerd::bank::BankId;
use tellerd::base::dice::Dice;
use tellerd::inbox::parts::{Part, Parts};
use tellerd::message::{Body, Head, MESSAGES, Message};
use tellerd::store::draft::{Draft, Records};
use tellerd::store::memory::MemoryStore;
use tellerd::store::{Key, Read, Table};

/// A store, with its keys, to be read only.
pub(crate) struct Image {
    draft: Draft<MemoryStore>,
    bank: BankId,
}

impl Image {
    /// What `store` holds now.
    pub(crate) fn of(store: &MemoryStore, bank: BankId) -> Image {
        // Nothing is ever sealed with these dice.
        Image { draft: Draft::new(store.clone(), store.keyring(), Dice::seeded(0)), bank }
    }

    /// The heads and bodies of all messages from `id` on.
    pub(crate) fn messages_from(&self, id: u64) -> Vec<(Head, Body)> {
        let (prefix, from) = (MESSAGES.key(self.bank.0), MESSAGES.key(self.bank.0).u64(id));
        let mut found = Vec::new();
        let mut visit = |_: &[u8], value: &[u8]| {
            let mut message = Message::parse(&prefix, value).expect("a message is readable");
            let body = message.body(&self.draft).expect("a body is readable").cloned();
            found.push((message.head, body.expect("its key is there")));
            ControlFlow::Continue(())
        };
        self.draft.store().scan(&prefix, Some(&from), &mut visit).expect("the store is readable");
        found
    }

    /// The texts of the parts that wait for others, with their senders.
    pub(crate) fn parts(&self) -> Vec<(String, String)> {
        let prefix = Parts::prefix(self.bank);
        let records: &dyn Records = &self.draft;
        let mut found = Vec::new();
        let mut visit = |key: &[u8], _: &[u8]| {
            let hash = key[prefix.as_bytes().len()..].try_into().expect("16 octets of hash");
            let key = Parts::prefix(self.bank).u128(u128::from_be_bytes(hash));
            let part: Option<Part> = records.read_sealed(&key).expect("a part is readable");
            let part = part.expect("its key is there");
            found.push((part.phone.to_string(), part.text));
            ControlFlow::Continue(())
        };
        self.draft.store().scan(&prefix, None, &mut visit).expect("the store is readable");
        found
    }

    /// Records, for reading what else is in it.
    pub(crate) fn records(&self) -> &dyn Records {
        &self.draft
    }
}

/// The head of one message.
pub(crate) fn head(store: &MemoryStore, bank: BankId, id: u64) -> Option<Head> {
    let key: Key = MESSAGES.key(bank.0).u64(id);
    let value = store.get(&key).expect("the store is readable")?;
    Some(Message::parse(&key, &value).expect("a message is readable").head)
}

/// The first of `needles` that stands in clear anywhere in a key or value.
pub(crate) fn in_clear(store: &MemoryStore, needles: &[Vec<u8>]) -> Option<String> {
    // By the first four octets, so that a long store is read once.
    let mut starts = std::collections::HashMap::<[u8; 4], Vec<&[u8]>>::new();
    for needle in needles.iter().filter(|needle| needle.len() >= 5) {
        let start = [0, 1, 2, 3].map(|at| needle[at]);
        starts.entry(start).or_default().push(needle);
    }
    let stands = |octets: &[u8]| {
        octets.windows(4).enumerate().find_map(|(at, start)| {
            let candidates = starts.get::<[u8; 4]>(start.try_into().ok()?)?;
            candidates.iter().find(|needle| octets[at..].starts_with(needle)).copied()
        })
    };
    let tables = (0..=u8::MAX).flat_map(|n| [Table::journal(n, "any"), Table::registry(n, "any")]);
    for prefix in tables.flat_map(|table| [table.key(0), table.key(1)]) {
        let mut found = None;
        let mut visit = |key: &[u8], value: &[u8]| {
            found = stands(key).or_else(|| stands(value));
            if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        store.scan(&prefix, None, &mut visit).expect("the store is readable");
        if let Some(found) = found {
            return Some(String::from_utf8_lossy(found).into());
        }
    }
    None
}
