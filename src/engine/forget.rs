//! What is kept for its time alone: orders of money and fees; and who has left is forgotten, his key
//! dropped once nothing needs it any more.
//!
//! For a customer the rule is of time alone, so that nothing of his need be searched for. Until
//! then his messages have ended and can't come again, and the bank had a month to fetch his last
//! bill; open orders of money are waited for. What of a joint account was sealed under his key is sealed
//! under another holder's.

use super::Engine;
use crate::bank::{Bank, BankId, CustomerId};
use crate::base::now::{Now, Wall};
use crate::calendar::month::Month;
use crate::customer::{self, Customer, owners_of_account, owners_of_card};
use crate::message::day_of;
use crate::purchase::Purchase;
use crate::purchase::recent::Recent;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};

/// Customers forgotten in one turn, at most.
const FORGOTTEN_MAX: usize = 64;

/// Entries of one kind deleted in one turn, at most.
const ENTRIES_MAX: usize = 1_024;

impl<S: Store, B: Bank> Engine<S, B> {
    /// Once a day, forgets that of which the time has come; true if there may be more of it.
    pub(super) fn forget_once_a_day(&mut self, now: Now) -> Result<bool, StoreError> {
        let today = day_of(now.wall);
        if self.forgot_day == today {
            return Ok(false);
        }
        let more = self.forget_leavers(now)? | self.forget_money(now)?;
        if !more {
            self.forgot_day = today;
        }
        Ok(more)
    }

    /// Deletes orders of money that ended, and fees of months that were charged, once they were
    /// kept long enough, so that the store grows no more.
    fn forget_money(&mut self, now: Now) -> Result<bool, StoreError> {
        let mut more = false;
        // While an order's text may come again, its record answers.
        let keep = self.setup.options.keep_money.max(self.setup.options.keep);
        let before = now.wall - keep;
        for bank in self.banks.clone() {
            let store = self.draft.store();
            let ended = Purchase::ended_before(store, bank, before, ENTRIES_MAX)?;
            more |= ended.len() == ENTRIES_MAX;
            for reference in ended {
                Purchase::forget(&mut self.draft, bank, reference);
                self.bank.forget_hold(bank, reference, &mut self.draft);
                self.seller.forget_sale(bank, reference, &mut self.draft);
            }
        }
        for place in 0..self.setup.services.len() {
            // What isn't charged yet is no record but a debt.
            let Some(charged) = self.charged_month(place) else { continue };
            let zone = &self.setup.services[place].service.zone;
            let month = Month::of(zone.date(before)).min(charged);
            let old = self.ledger(place, month).entries_before(self.draft.store(), ENTRIES_MAX)?;
            more |= old.len() == ENTRIES_MAX;
            old.into_iter().for_each(|key| self.draft.delete(key));
        }
        Ok(more)
    }

    /// Forgets customers who have left; true if there may be more of them.
    fn forget_leavers(&mut self, now: Now) -> Result<bool, StoreError> {
        let mut more = false;
        for place in 0..self.banks.len() {
            let bank = self.banks[place];
            let mut busy = Vec::new();
            for reference in Purchase::open_ones(self.draft.store(), bank)? {
                busy.extend(Purchase::load(&self.draft, bank, reference)?);
            }
            let is_done = |id: CustomerId, left: Wall| {
                self.is_done(place, left, now.wall)
                    && busy.iter().all(|order| order.head.customer != id)
            };
            let gone = customer::leavers(self.draft.store(), bank, FORGOTTEN_MAX, is_done)?;
            let is_page = gone.len() == FORGOTTEN_MAX;
            for id in gone {
                more |= self.forget(bank, id, &busy)? && is_page;
            }
        }
        Ok(more)
    }

    /// Whether nothing needs what is sealed under the key of a customer who left then: his messages
    /// and what may repeat them are over, and the month in which he left was charged, and the next.
    fn is_done(&self, place: usize, left: Wall, now: Wall) -> bool {
        let options = &self.setup.options;
        let is_over = now.since(left) >= options.repeat_window + options.alert_worthless;
        let mut services = self.setup.services.iter().enumerate().filter(|(_, s)| s.bank == place);
        is_over
            && services.all(|(at, entry)| {
                entry.service.fees.as_ref().is_none_or(|fees| {
                    let month = fees.month_of(left, &entry.service.zone);
                    self.charged_month(at).is_some_and(|charged| month < charged)
                        && !self.is_charging(at)
                })
            })
    }

    /// Forgets a customer; false where another holder's order waits for an account of his, since
    /// what it keeps aside may be sealed under his key.
    fn forget(
        &mut self,
        bank: BankId,
        id: CustomerId,
        busy: &[Purchase],
    ) -> Result<bool, StoreError> {
        let contract = Customer::load(&self.draft, bank, id)?;
        let accounts = || contract.iter().flat_map(|contract| &contract.accounts);
        let mut paying = busy.iter().filter_map(|order| Some(&order.body.as_ref()?.account));
        if paying.any(|number| accounts().any(|account| account.number == *number)) {
            return Ok(false);
        }
        for account in accounts() {
            let heir = owners_of_account(&self.draft, bank, &account.number)?;
            let heir = heir.first().map(|owner| owner.customer);
            self.bank.inherit_account(bank, &account.number, heir, &mut self.draft)?;
        }
        for card in contract.iter().flat_map(|contract| &contract.cards) {
            let heir = owners_of_card(&self.draft, bank, &card.reference)?;
            let heir = heir.first().map(|owner| owner.customer);
            self.bank.inherit_card(bank, &card.reference, heir, &mut self.draft)?;
        }
        Recent::default().save(&mut self.draft, bank, id);
        Customer::forget(&mut self.draft, bank, id);
        tracing::info!(customer = id.0, "a customer who left is forgotten");
        Ok(true)
    }
}
