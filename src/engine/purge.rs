//! Ended messages are deleted once they were kept long enough, and strangers' keys after them.
//!
//! A sweep goes through a bank's messages from the first on, a page a turn, so that whoever texts
//! us meanwhile needn't wait for it, and ends at the first that is young. It looks at what has
//! landed: what is on its way to the disk is none of its business yet.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use super::Engine;
use crate::bank::{Bank, BankId};
use crate::base::now::Now;
use crate::base::seal::KeyId;
use crate::message::{Message, MessageId, day_of};
use crate::store::draft::Records;
use crate::store::{Landed, Store, StoreError};

/// The key of a day's strangers stays that long at least.
const DAY: Duration = Duration::from_secs(86_400);

/// Messages looked at in a turn that has little else to do.
const PAGE_MIN: usize = 128;

/// Messages looked at in one turn, at most.
const PAGE_MAX: usize = 1_024;

/// How far the sweeps have come that aren't over, by bank.
#[derive(Debug, Default)]
pub(super) struct Purge {
    sweeps: BTreeMap<BankId, Sweep>,
    /// The day on which the keys of a bank's strangers were last looked through.
    keys_swept: BTreeMap<BankId, u32>,
}

#[derive(Debug, Default)]
struct Sweep {
    /// Where it goes on.
    from: MessageId,
    /// The day of the first message that stays.
    stays: Option<u32>,
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// Deletes ended messages that were kept long enough, a page of each bank, those of banks that
    /// were taken out too; true where the next turn is to go on. The more the turn had to do, the
    /// larger its page, so that what goes keeps up with what comes. Once a day the keys of
    /// strangers' days of which no message is left go as well, so that what the disk still holds of
    /// their texts can't be read either.
    pub(super) fn purge_old(&mut self, now: Now) -> Result<bool, StoreError> {
        let today = day_of(now.wall);
        // Parts of long texts have no message yet, but never wait for a day.
        let past = day_of(now.wall - self.setup.options.keep.max(DAY));
        let mut more = false;
        for bank in self.known_banks.clone() {
            let sweep = self.purge.sweeps.remove(&bank).unwrap_or_default();
            let (old, sweep, is_over) = self.sweep_on(bank, sweep, now)?;
            more |= !is_over && !old.is_empty();
            for id in old {
                self.draft.delete(Message::key(bank, id));
            }
            if !is_over {
                self.purge.sweeps.insert(bank, sweep);
                continue;
            }
            if self.purge.keys_swept.insert(bank, today) != Some(today) {
                let past = sweep.stays.map_or(past, |stays| stays.min(past));
                self.forget_strangers(bank, past);
            }
        }
        Ok(more)
    }

    /// Drops the keys of a bank's strangers of the days before `past`.
    fn forget_strangers(&mut self, bank: BankId, past: u32) {
        let days = self.draft.keyring().stranger_days();
        let gone: Vec<u32> =
            days.filter(|(of, day)| *of == bank.0 && *day < past).map(|(_, day)| day).collect();
        for day in gone {
            self.draft.forget_key(KeyId::strangers(bank.0, day));
        }
    }

    /// A page of a sweep: what may go, how far it came, and whether that was all.
    fn sweep_on(
        &self,
        bank: BankId,
        mut sweep: Sweep,
        now: Now,
    ) -> Result<(Vec<MessageId>, Sweep, bool), StoreError> {
        let (keep, page) = (self.setup.options.keep, self.handled.clamp(PAGE_MIN, PAGE_MAX));
        let (mut old, mut seen, mut is_over) = (Vec::new(), 0, true);
        let from = sweep.from;
        Message::scan_heads(&Landed(self.draft.store()), bank, from, |head| {
            let is_young = now.wall.since(head.received) < keep;
            if is_young {
                sweep.stays.get_or_insert(day_of(head.received));
                return ControlFlow::Break(());
            }
            if seen == page {
                is_over = false;
                return ControlFlow::Break(());
            }
            seen += 1;
            sweep.from = MessageId(head.id.0 + 1);
            if head.state.is_end() {
                old.push(head.id);
            } else {
                sweep.stays.get_or_insert(day_of(head.received));
            }
            ControlFlow::Continue(())
        })?;
        Ok((old, sweep, is_over))
    }
}
