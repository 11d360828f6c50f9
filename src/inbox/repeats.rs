//! A deliver_sm that comes again: known by its fingerprint until our answer is proved received.
//!
//! SMPP 3.4 gives a deliver_sm no identity. An SMSC that lost our deliver_sm_resp sends the same
//! octets again; a customer who asks again sends the same octets too. The two are told apart by
//! proof: once a request that we wrote after our answer is answered, the SMSC has our answer, and
//! an equal deliver_sm is a new one (design, section 4, "Repeats"). Until then the message is under
//! suspicion, for 48 hours.
//!
//! One copy may still lie in the socket of a link that the SMSC has given up, while another came
//! over the next link, and its answer is proved. So a change is known for [`LINGERS`] more where it
//! comes over another link than the one it came on.
//!
//! A part of a long text that comes again once its text was whole would wait for others that don't:
//! the parts are known by their own fingerprints, for [`PARTS_KNOWN`]. Proof is no help here: an
//! SMSC whose one process missed our answer sends a part again after another has answered our
//! requests. But some phones give every long text one reference, so that the same text again has
//! the same octets. So known parts wait like others: if all of them come again it is a new text, if
//! not nothing is lost.
//!
//! The index is in memory; the message's record says `proved` durably, and a start fills the index
//! from it.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::bank::BankId;
use crate::base::limits::SUSPECTS_MAX;
use crate::base::now::{Mono, Wall};
use crate::message::MessageId;
use crate::operator::LinkId;

/// How long the parts of a long text are known: longer than SMSCs try one part again, and than a
/// clock is set wrong by.
pub const PARTS_KNOWN: Duration = Duration::from_secs(3_600);

/// How long after its proof a change is known that comes over another link: longer than octets lie
/// in a socket.
pub const LINGERS: Duration = Duration::from_secs(60);

/// Changes that are known so long, at most: all are looked through for each text.
const LINGERING_MAX: usize = 256;

/// A message that may come again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Suspect {
    /// Which message.
    pub id: MessageId,
    /// Whose.
    pub bank: BankId,
    /// Its octets, hashed.
    pub fingerprint: u128,
    /// Its sender, hashed.
    pub sender: u128,
    /// Whether it changed something.
    pub changes: bool,
    /// Whether it was to move money: his next change doesn't make an equal one new.
    pub money: bool,
    /// When it came in.
    pub received: Wall,
    /// Over which link, unless that was before the start.
    pub link: Option<LinkId>,
}

impl Suspect {
    /// Whose changes end the suspicion: a sender's at one bank say nothing of those at another.
    fn place(&self) -> (BankId, u128) {
        (self.bank, self.sender)
    }
}

/// All messages whose answer isn't proved received.
#[derive(Debug)]
pub struct Repeats {
    window: Duration,
    /// How many messages, and how many parts, are known at one time.
    most: usize,
    by_fingerprint: FxHashMap<u128, Suspect>,
    by_id: FxHashMap<MessageId, u128>,
    /// Until when parts are known.
    parts: FxHashMap<u128, Mono>,
    oldest_parts: VecDeque<(Mono, u128)>,
    changes_by_sender: FxHashMap<(BankId, u128), Vec<MessageId>>,
    oldest: BTreeSet<(Wall, MessageId)>,
    /// Changes that were proved lately, oldest first, and until when they are known.
    lingering: VecDeque<(Mono, Suspect)>,
}

impl Repeats {
    /// None yet. Suspicion ends after `window`.
    pub fn new(window: Duration) -> Repeats {
        Repeats {
            window,
            most: SUSPECTS_MAX,
            by_fingerprint: FxHashMap::default(),
            by_id: FxHashMap::default(),
            parts: FxHashMap::default(),
            oldest_parts: VecDeque::new(),
            changes_by_sender: FxHashMap::default(),
            oldest: BTreeSet::new(),
            lingering: VecDeque::new(),
        }
    }

    /// The message that a deliver_sm with this fingerprint repeats.
    pub fn find(&self, fingerprint: u128) -> Option<Suspect> {
        self.by_fingerprint.get(&fingerprint).copied()
    }

    /// Puts a message under suspicion. An older one with the same fingerprint is no longer.
    pub fn suspect(&mut self, suspect: Suspect) {
        if let Some(older) = self.by_fingerprint.get(&suspect.fingerprint) {
            self.clear(older.id);
        }
        self.by_fingerprint.insert(suspect.fingerprint, suspect);
        self.by_id.insert(suspect.id, suspect.fingerprint);
        if suspect.changes && !suspect.money {
            self.changes_by_sender.entry(suspect.place()).or_default().push(suspect.id);
        }
        self.oldest.insert((suspect.received, suspect.id));
        self.forget_old(suspect.received);
    }

    /// The parts of a long text have become a message: alone they mean nothing.
    pub fn know_parts(&mut self, parts: impl IntoIterator<Item = u128>, now: Mono) {
        let until = now + PARTS_KNOWN;
        for part in parts {
            while let Some((known_until, oldest)) = self.oldest_parts.front().copied()
                && (known_until <= now || self.oldest_parts.len() >= self.most)
            {
                self.oldest_parts.pop_front();
                if self.parts.get(&oldest) == Some(&known_until) {
                    self.parts.remove(&oldest);
                }
            }
            self.parts.insert(part, until);
            self.oldest_parts.push_back((until, part));
        }
    }

    /// Whether this is a part of a long text that is a message already.
    pub fn is_known_part(&self, part: u128, now: Mono) -> bool {
        self.parts.get(&part).is_some_and(|until| now < *until)
    }

    /// The SMSC surely has the answer to this message: its suspicion ends, but for a copy of a change
    /// that is under way on another link.
    pub fn prove(&mut self, id: MessageId, now: Mono) -> Option<Suspect> {
        let suspect = self.clear(id)?;
        while self.lingering.front().is_some_and(|(until, _)| *until <= now)
            || self.lingering.len() >= LINGERING_MAX
        {
            self.lingering.pop_front();
        }
        if suspect.changes && suspect.link.is_some() {
            self.lingering.push_back((now + LINGERS, suspect));
        }
        Some(suspect)
    }

    /// The change, proved lately, of which a deliver_sm over this link is a late copy.
    pub fn find_copy(&self, fingerprint: u128, link: LinkId, now: Mono) -> Option<Suspect> {
        let is_it = |(until, suspect): &&(Mono, Suspect)| {
            suspect.fingerprint == fingerprint && suspect.link != Some(link) && now < *until
        };
        self.lingering.iter().rev().find(is_it).map(|(_, suspect)| *suspect)
    }

    /// Ends the suspicion of one message; `None` where it was under none.
    pub fn clear(&mut self, id: MessageId) -> Option<Suspect> {
        let fingerprint = self.by_id.remove(&id)?;
        let suspect = self.by_fingerprint.remove(&fingerprint)?;
        self.oldest.remove(&(suspect.received, id));
        if suspect.changes
            && let Some(list) = self.changes_by_sender.get_mut(&suspect.place())
        {
            list.retain(|other| *other != id);
            if list.is_empty() {
                self.changes_by_sender.remove(&suspect.place());
            }
        }
        Some(suspect)
    }

    /// Another change of the same sender came to the same bank: his earlier ones are under
    /// suspicion no more (PRIJAVA, ODJAVA, PRIJAVA are three). The messages cleared are returned.
    pub fn clear_changes_of(&mut self, bank: BankId, sender: u128) -> Vec<Suspect> {
        self.lingering.retain(|(_, suspect)| suspect.place() != (bank, sender));
        let ids = self.changes_by_sender.remove(&(bank, sender)).unwrap_or_default();
        ids.into_iter().filter_map(|id| self.clear(id)).collect()
    }

    /// The first message that is under suspicion.
    pub fn first(&self) -> Option<MessageId> {
        self.by_id.keys().copied().min()
    }

    fn forget_old(&mut self, now: Wall) {
        while let Some((received, id)) = self.oldest.first().copied()
            && (now.since(received) >= self.window || self.oldest.len() > self.most)
        {
            self.clear(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(id: u64, fingerprint: u128, changes: bool, hour: i64) -> Suspect {
        let received = Wall::from_millis(hour * 3_600_000);
        let (id, bank, sender, money) = (MessageId(id), BankId(1), 7, false);
        let link = Some(LinkId { bind: 0, epoch: 1 });
        Suspect { id, bank, fingerprint, sender, changes, money, received, link }
    }

    #[test]
    fn suspicion_ends_by_proof() {
        let mut repeats = Repeats::new(Duration::from_secs(48 * 3_600));
        repeats.suspect(suspect(1, 10, false, 0));
        assert_eq!(repeats.find(10).map(|s| s.id), Some(MessageId(1)));
        repeats.clear(MessageId(1));
        assert!(repeats.find(10).is_none() && repeats.by_id.is_empty());
    }

    #[test]
    fn a_copy_on_another_link_is_known_a_little_longer() {
        let mut repeats = Repeats::new(Duration::from_secs(48 * 3_600));
        let at = |seconds: u64| Mono::from_nanos(seconds * 1_000_000_000);
        let [same, other] = [0, 1].map(|bind| LinkId { bind, epoch: 1 });
        repeats.suspect(suspect(1, 10, true, 0));
        repeats.suspect(suspect(2, 11, false, 0));
        repeats.prove(MessageId(1), at(1));
        repeats.prove(MessageId(2), at(1));
        let found = |repeats: &Repeats, fingerprint, link, seconds| {
            repeats.find_copy(fingerprint, link, at(seconds)).map(|suspect| suspect.id.0)
        };
        assert_eq!(found(&repeats, 10, other, 60), Some(1));
        assert_eq!(found(&repeats, 10, same, 60), None, "he orders it again");
        assert_eq!(found(&repeats, 10, other, 61), None);
        assert_eq!(found(&repeats, 11, other, 2), None, "a question may be answered again");
        repeats.clear_changes_of(BankId(1), 7);
        assert_eq!(found(&repeats, 10, other, 2), None);
        for id in 0..LINGERING_MAX as u64 + 9 {
            repeats.suspect(suspect(id, u128::from(id), true, 0));
            repeats.prove(MessageId(id), at(2));
        }
        assert_eq!(repeats.lingering.len(), LINGERING_MAX);
    }

    #[test]
    fn suspicion_ends_after_two_days() {
        let mut repeats = Repeats::new(Duration::from_secs(48 * 3_600));
        repeats.suspect(suspect(1, 10, false, 0));
        repeats.suspect(suspect(2, 11, false, 47));
        assert_eq!(repeats.by_id.len(), 2);
        repeats.suspect(suspect(3, 12, false, 49));
        assert!(repeats.find(10).is_none() && repeats.find(11).is_some());
    }

    #[test]
    fn a_senders_next_change_ends_the_suspicion_of_his_last() {
        let mut repeats = Repeats::new(Duration::from_secs(48 * 3_600));
        repeats.suspect(suspect(1, 10, true, 0));
        repeats.suspect(suspect(2, 11, false, 0));
        let cleared: Vec<u64> =
            repeats.clear_changes_of(BankId(1), 7).iter().map(|s| s.id.0).collect();
        assert_eq!(cleared, [1]);
        assert!(repeats.find(10).is_none() && repeats.find(11).is_some());
    }

    #[test]
    fn the_parts_of_a_long_text_are_known_for_a_while() {
        let mut repeats = Repeats::new(Duration::from_secs(48 * 3_600));
        let at = |seconds: u64| Mono::from_nanos(seconds * 1_000_000_000);
        repeats.know_parts([11, 12], at(0));
        assert!(repeats.is_known_part(12, at(3_599)) && !repeats.is_known_part(12, at(3_600)));
        repeats.know_parts([13], at(3_600));
        assert!(repeats.parts.len() == 1 && repeats.oldest_parts.len() == 1);
    }

    #[test]
    fn memory_has_a_bound_where_no_proof_ever_comes() {
        let mut repeats = Repeats { most: 100, ..Repeats::new(Duration::from_secs(48 * 3_600)) };
        for id in 0..1_000 {
            repeats.suspect(suspect(id, u128::from(id), true, 0));
            repeats.know_parts([u128::from(id)], Mono::ZERO);
        }
        assert!(repeats.by_id.len() == 100 && repeats.oldest.len() == 100);
        assert!(repeats.parts.len() == 100 && repeats.oldest_parts.len() == 100);
        assert!(repeats.find(899).is_none() && repeats.find(900).is_some());
        assert!(repeats.is_known_part(900, Mono::ZERO));
    }

    #[test]
    fn memory_follows_what_is_under_suspicion() {
        let mut repeats = Repeats::new(Duration::from_secs(48 * 3_600));
        // One that is never proved, such as a lost link leaves behind, holds nothing behind it
        // back.
        repeats.suspect(suspect(10_000, 10_000, false, 0));
        for id in 0..10_000 {
            repeats.suspect(suspect(id, u128::from(id), id % 2 == 0, 0));
            repeats.clear(MessageId(id));
        }
        assert!(repeats.oldest.len() == 1 && repeats.changes_by_sender.is_empty());
    }
}
