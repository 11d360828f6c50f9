//! What the store says after the daemon has ended, held against what phones and operators saw.
//!
//! Faults name phones by their place among the test's, never by number.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::Path;

use tellerd::bank::BankId;
use tellerd::base::dice::Dice;
use tellerd::base::money::Minor;
use tellerd::base::msisdn::Msisdn;
use tellerd::customer::{Phone as PhoneRecord, PhoneId};
use tellerd::engine::names::{Kind, Names};
use tellerd::message::{Body, Head, MESSAGES, Message, State};
use tellerd::service::topic::Topic;
use tellerd::store::disk::{DiskStore, Options};
use tellerd::store::draft::{Draft, Records};
use tellerd::store::{Read, Store};
use tellerd::subscription::Subscriptions;

use crate::daemon_load::{Phone, Wants, World};

const TOPICS: [Topic; 2] = [Topic::Credit, Topic::Debit];

/// All messages of a store, by phone, in their order.
pub(crate) struct Ledger {
    records: Draft<DiskStore>,
    bank: BankId,
    messages: HashMap<u64, Vec<(Head, Body)>>,
}

/// What [`Ledger::audit`] found.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// Broken promises; empty if all is well.
    pub(crate) faults: Vec<String>,
    /// Records.
    pub(crate) records: u64,
    /// Records beyond one a message.
    pub(crate) repeats: u64,
    /// Texts that phones got beyond one a message.
    pub(crate) copies: u64,
    /// How the records ended.
    pub(crate) ends: BTreeMap<String, u64>,
}

impl Ledger {
    /// Opens the store of a daemon that has ended.
    pub(crate) fn read(dir: &Path) -> Ledger {
        // Nothing random is made of a store that is only read.
        let mut dice = Dice::seeded(1);
        let (store, keyring) =
            DiskStore::open(dir, &Options::default(), &mut dice).expect("the store opens");
        let banks = Names::load(&store, Kind::Bank).expect("the banks");
        let bank = banks.numbers().find(|n| banks.name(*n) == Some("kombank"));
        let bank = BankId(bank.expect("a number for kombank"));
        let prefix = MESSAGES.key(bank.0);
        let mut found = Vec::new();
        let read = store.scan(&prefix, None, &mut |_, value| {
            found.push(Message::parse(&prefix, value).expect("a message's record"));
            ControlFlow::Continue(())
        });
        read.expect("the messages");
        let records = Draft::new(store, keyring, dice);
        let mut messages: HashMap<u64, Vec<_>> = HashMap::new();
        for mut message in found {
            let body = message.body(&records).expect("a body").expect("its key").clone();
            messages.entry(body.phone).or_default().push((message.head, body));
        }
        Ledger { records, bank, messages }
    }

    /// Closes the store, so that a daemon can have it again.
    pub(crate) fn close(mut self) {
        self.records.store_mut().close().expect("a clean end");
    }

    /// Holds everything against what phones and operators saw.
    pub(crate) fn audit(&self, world: &World) -> Audit {
        let mut audit = Audit::default();
        for (at, phone) in world.phones.iter().enumerate() {
            let number = Msisdn::parse(&phone.number).expect("a number");
            let none = Vec::new();
            let records = self.messages.get(&number.word()).unwrap_or(&none);
            let wants = audit.messages(at, phone, records);
            audit.replies(at, phone, records);
            if phone.customer {
                self.subscriptions(at, number, wants, &mut audit.faults);
            }
        }
        audit
    }

    fn subscriptions(&self, at: usize, number: Msisdn, wants: Wants, faults: &mut Vec<String>) {
        let id = PhoneId::of(self.records.keyring(), number);
        let record = PhoneRecord::load(&self.records, self.bank, id).expect("a phone's record");
        let Some(record) = record else {
            return faults.push(format!("phone {at} is lost"));
        };
        if record.offers_refused != wants.no_offers {
            faults.push(format!("phone {at}: offers refused: {}", record.offers_refused));
        }
        let customer = record.customers[0];
        let list = Subscriptions::load(&self.records, self.bank, customer, id).expect("a list");
        for account in 0..2 {
            for (direction, topic) in TOPICS.into_iter().enumerate() {
                let found = list.find(topic, account as u16).map(|s| (s.active, s.limit));
                let limit = Minor::whole(wants.limit[account]);
                let wanted = (wants.active[account][direction], limit);
                if found != Some(wanted) {
                    faults.push(format!(
                        "phone {at}, account {account}, {topic:?}: {found:?} stored, {wanted:?} \
                         acknowledged"
                    ));
                }
            }
        }
    }
}

impl Audit {
    /// Every acknowledged message has its record, which ended and answered what the model says.
    fn messages(&mut self, at: usize, phone: &Phone, records: &[(Head, Body)]) -> Wants {
        let mut wants = Wants::SEED;
        let mut records = records.iter().peekable();
        for (n, said) in phone.said.iter().enumerate() {
            let words = wants.hear(said.saying);
            let mut count = 0;
            while let Some((head, body)) = records.next_if(|(_, body)| body.said == said.text) {
                count += 1;
                self.records += 1;
                *self.ends.entry(format!("{:?}", head.state)).or_default() += 1;
                if !head.state.is_end() {
                    self.fault(at, n, format!("hasn't ended: {:?}", head.state));
                }
                if !body.reply.contains(&words) {
                    let (reply, command) = (&body.text, &body.command);
                    self.fault(at, n, format!("{command} was answered with {reply}"));
                }
            }
            if said.status != Some(0) {
                self.fault(at, n, "was never acknowledged".into());
            }
            if count == 0 {
                self.fault(at, n, "was acknowledged and has no record".into());
            }
            if count > said.attempts {
                self.fault(at, n, format!("{count} records of {} deliveries", said.attempts));
            }
            self.repeats += u64::from(count.saturating_sub(1));
        }
        if records.next().is_some() {
            self.fault(at, phone.said.len(), "records that no message explains".into());
        }
        wants
    }

    /// What was accepted arrived, and nothing arrived more often than it was tried.
    fn replies(&mut self, at: usize, phone: &Phone, records: &[(Head, Body)]) {
        let mut tried: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for (head, body) in records {
            let (accepted, tries) = tried.entry(body.reply.as_str()).or_default();
            *accepted += u32::from(matches!(head.state, State::Accepted | State::Delivered));
            *tries += u32::from(head.attempts);
        }
        for (text, (accepted, tries)) in &tried {
            let got = phone.got.get(*text).copied().unwrap_or(0);
            if got < *accepted {
                self.faults.push(format!("phone {at} got {got} of {accepted} accepted replies"));
            }
            if got > *tries {
                self.faults.push(format!("phone {at} got {got} copies of {tries} tries"));
            }
        }
        if phone.got.keys().any(|text| !tried.contains_key(text.as_str())) {
            self.faults.push(format!("phone {at} got a text that no record has"));
        }
        let got: u32 = phone.got.values().sum();
        self.copies += u64::from(got).saturating_sub(phone.said.len() as u64);
    }

    fn fault(&mut self, phone: usize, message: usize, what: String) {
        self.faults.push(format!("phone {phone}, message {message}: {what}"));
    }
}
