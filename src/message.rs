//! The record of one life: what came in, what was understood, what is answered, and how far that
//! got.
//!
//! One record a message, from the deliver_sm (or the event) to its end; every step rewrites it in
//! the batch of that step (design, section 4, "States of a message"). Its [`Head`] holds nothing
//! personal and is all that scheduling needs; its [`Body`] (numbers and texts) is sealed, under the
//! customer's key or, for a stranger, under the key of his bank and day, and is sealed anew only
//! when it changes.

mod state;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

pub use state::{Fate, State};

use crate::bank::{BankId, CustomerId};
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::base::now::Wall;
use crate::base::seal::KeyId;
use crate::service::topic::Topic;
use crate::store::draft::{Records, decode, decode_front, scan_each};
use crate::store::{Key, Read, StoreError, Table};

/// Messages, by bank and id.
pub const MESSAGES: Table = Table::journal(64, "messages");

/// A message's number: made by the engine, ordered, never used again.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct MessageId(pub u64);

/// An operator, as records have it. Names become numbers once, when first seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct OperatorId(pub u16);

/// What kind of message it is: decides its promise and what becomes of it when its fate is unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Class {
    /// A card was used: within seconds.
    Card,
    /// An answer: within a minute.
    Reply,
    /// The bank's news: within ten minutes.
    Alert,
    /// A scheduled report.
    Report,
    /// A broadcast.
    Notice,
}

/// The subscription that a message follows from: where it has ended when the message is picked, so
/// has the message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct About {
    /// To what.
    pub topic: Topic,
    /// Of which account or card, as [`crate::subscription::Subscription::item`].
    pub item: u16,
}

/// All that scheduling needs to know. Nothing in it is personal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Which message.
    pub id: MessageId,
    /// Whose service.
    pub bank: BankId,
    /// Over whose link it came and leaves.
    pub operator: OperatorId,
    /// What kind.
    pub class: Class,
    /// Where it is.
    pub state: State,
    /// The customer it is for; `None` for a stranger.
    pub customer: Option<CustomerId>,
    /// The phone's generation when it was queued; another one now means: withdrawn.
    pub generation: u32,
    /// What leaves in order: of those with the same number, other than 0, one at a time.
    pub order: u64,
    /// The subscription that it follows from, where it wasn't asked for.
    pub about: Option<About>,
    /// A keyed hash of its cause: of operator, source, destination and octets, by which a repeat is
    /// known, or of the event.
    pub fingerprint: u128,
    /// The fingerprints of its parts, where it was a long text: each may come again.
    pub parts_in: Vec<u128>,
    /// A keyed hash of the customer's number: his next change ends the suspicion of a repeat, and
    /// all that was said with him is found by it.
    pub phone: u128,
    /// The SMSC surely has our deliver_sm_resp: an equal deliver_sm is a new one.
    pub proved: bool,
    /// It changed something; a repeat is given the stored reply and is not carried out again.
    pub changes: bool,
    /// It was to move money: only proof ends the suspicion of its repeat.
    pub money: bool,
    /// When it came in.
    pub received: Wall,
    /// When it must have left.
    pub promised: Wall,
    /// When it is no longer worth sending.
    pub worthless: Wall,
    /// When it ended.
    pub ended: Option<Wall>,
    /// Tries so far: those of which a part left, or may have left.
    pub attempts: u16,
    /// Those of them that went wrong: refused, but not for their pace, or never answered. What a
    /// message may have of these is limited.
    pub failures: u16,
    /// Parts of the reply.
    pub parts: u8,
    /// Which parts the SMSC has, a bit each.
    pub accepted: u16,
    /// The last command_status that an SMSC gave it.
    pub status: u32,
    /// The operators that refused it as for another network's number; none is tried twice.
    pub refused_by: Vec<OperatorId>,
    /// What receipts have said.
    pub fate: Option<Fate>,
}

impl Head {
    /// Notes what became of a part, and the end of the message if it is accepted and that was the
    /// last that was missing: that end.
    pub fn note_fate(
        &mut self,
        part: u8,
        end: State,
        network_error: Option<(u8, u16)>,
        at: Wall,
    ) -> Option<State> {
        let fate = self.fate.get_or_insert_default();
        fate.note(part, end, network_error, at);
        let whole = fate.of_whole(self.parts).filter(|_| self.state == State::Accepted)?;
        self.state = whole;
        Some(whole)
    }

    /// A message that came in now, and of which nothing else is known yet.
    pub fn new(
        id: MessageId,
        bank: BankId,
        operator: OperatorId,
        class: Class,
        received: Wall,
    ) -> Head {
        Head {
            id,
            bank,
            operator,
            class,
            state: State::Received,
            customer: None,
            generation: 0,
            order: 0,
            about: None,
            fingerprint: 0,
            parts_in: Vec::new(),
            phone: 0,
            proved: false,
            changes: false,
            money: false,
            received,
            promised: received,
            worthless: received,
            ended: None,
            attempts: 0,
            failures: 0,
            parts: 0,
            accepted: 0,
            status: 0,
            refused_by: Vec::new(),
            fate: None,
        }
    }
}

/// What is personal: sealed on disk, never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The customer's number.
    pub phone: u64,
    /// The bank's code.
    pub code: u64,
    /// What the customer wrote, without whole card numbers.
    pub said: String,
    /// The service's name.
    pub service: String,
    /// The command that was understood.
    pub command: String,
    /// The name of the text that answers.
    pub text: String,
    /// The answer, as it is sent.
    pub reply: String,
}

impl Body {
    /// The customer's number.
    pub fn phone(&self) -> Option<Msisdn> {
        Msisdn::from_word(self.phone)
    }

    /// The bank's code.
    pub fn code(&self) -> Option<ShortCode> {
        ShortCode::from_word(self.code)
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} answered with {}]", self.command, self.text)
    }
}

/// A record as it stands on disk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Stored {
    head: Head,
    #[serde(with = "serde_bytes")]
    sealed: Vec<u8>,
}

/// The same, for writing without a copy.
#[derive(Serialize)]
struct Storing<'a> {
    head: &'a Head,
    #[serde(with = "serde_bytes")]
    sealed: &'a [u8],
}

/// A message in memory: its head, and its body sealed, open, or both.
#[derive(Clone, Debug)]
pub struct Message {
    /// What scheduling needs.
    pub head: Head,
    sealed: Vec<u8>,
    open: Option<Body>,
}

impl Message {
    /// A new message, its body not sealed yet.
    pub fn new(head: Head, body: Body) -> Message {
        Message { head, sealed: Vec::new(), open: Some(body) }
    }

    /// The key of a message's entry.
    pub fn key(bank: BankId, id: MessageId) -> Key {
        MESSAGES.key(bank.0).u64(id.0)
    }

    /// Reads a record.
    pub fn load(
        records: &dyn Records,
        bank: BankId,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let key = Message::key(bank, id);
        records.get(&key)?.map(|value| Message::parse(&key, &value)).transpose()
    }

    /// A record from its entry.
    pub fn parse(key: &Key, value: &[u8]) -> Result<Message, StoreError> {
        let Stored { head, sealed } = decode(key, value)?;
        Ok(Message { head, sealed, open: None })
    }

    /// The head alone of a record, from its entry: what follows it is neither copied nor opened.
    fn parse_head(key: &Key, value: &[u8]) -> Result<Head, StoreError> {
        decode_front(key, value)
    }

    /// Visits the heads of a bank's messages, from `from` on, until `visit` breaks.
    pub fn scan_heads(
        store: &impl Read,
        bank: BankId,
        from: MessageId,
        mut visit: impl FnMut(Head) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let (prefix, from) = (MESSAGES.key(bank.0), Message::key(bank, from));
        scan_each(store, &prefix, Some(&from), Message::parse_head, |_, head| visit(head))
    }

    /// The body, opened if need be; `None` where its key was dropped.
    pub fn body(&mut self, records: &dyn Records) -> Result<Option<&Body>, StoreError> {
        if self.open.is_none() {
            let place = Message::key(self.head.bank, self.head.id);
            self.open = records.open(&place, &self.sealed)?;
        }
        Ok(self.open.as_ref())
    }

    /// The body, if it is open.
    pub fn open_body(&self) -> Option<&Body> {
        self.open.as_ref()
    }

    /// The body to be changed, if it is open: it will be sealed anew.
    pub fn change_body(&mut self) -> Option<&mut Body> {
        let body = self.open.as_mut()?;
        self.sealed.clear();
        Some(body)
    }

    /// Writes the record into the batch, sealing the body where it isn't.
    pub fn save(&mut self, records: &mut dyn Records) {
        let place = Message::key(self.head.bank, self.head.id);
        if self.sealed.is_empty()
            && let Some(body) = &self.open
        {
            match records.sealed(self.sealing_key(), &place, body) {
                Ok(sealed) => self.sealed = sealed,
                Err(why) => return records.spoil(why),
            }
        }
        records.write(place, &Storing { head: &self.head, sealed: &self.sealed });
    }

    /// Lets the open body go; it can be opened again from its seal.
    pub fn close_body(&mut self) {
        if !self.sealed.is_empty() {
            self.open = None;
        }
    }

    fn sealing_key(&self) -> KeyId {
        match self.head.customer {
            Some(customer) => KeyId::customer(self.head.bank.0, customer.0),
            None => KeyId::strangers(self.head.bank.0, day_of(self.head.received)),
        }
    }
}

/// The day (since the epoch, UTC) of the key that a stranger's texts are sealed under.
pub fn day_of(wall: Wall) -> u32 {
    u32::try_from(wall.as_millis().div_euclid(86_400_000)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dice::Dice;
    use crate::store::draft::Draft;
    use crate::store::memory::MemoryStore;

    fn message() -> Message {
        let (id, bank, operator) = (MessageId(1), BankId(1), OperatorId(1));
        let head = Head {
            state: State::Queued,
            customer: Some(CustomerId(1)),
            ..Head::new(id, bank, operator, Class::Reply, Wall::default())
        };
        let (said, service, command, text) = Default::default();
        let reply = "Stanje 84.350,75".to_owned();
        Message::new(head, Body { phone: 1, code: 1, said, service, command, text, reply })
    }

    #[test]
    fn a_damaged_body_is_told_and_a_forgotten_one_is_none() {
        let store = MemoryStore::new(&mut Dice::seeded(1));
        let mut draft = Draft::new(store.clone(), store.keyring(), Dice::seeded(2));
        message().save(&mut draft);
        let key = Message::key(BankId(1), MessageId(1));
        let whole = draft.get(&key).unwrap().unwrap();
        let body = |records: &dyn Records, value: &[u8]| {
            let mut message = Message::parse(&key, value).unwrap();
            message.body(records).map(|body| body.map(|body| body.reply.clone()))
        };
        assert!(body(&draft, &whole).unwrap().is_some());
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(matches!(body(&draft, &damaged), Err(StoreError::Damaged(_))));
        let forgetful = Draft::new(store.clone(), store.keyring(), Dice::seeded(2));
        assert!(body(&forgetful, &whole).unwrap().is_none(), "its key was never written");
    }
}
