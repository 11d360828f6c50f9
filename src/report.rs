//! Reports: who wants an account's balance on business days, at which local time, and whether only
//! if it changed (SK-05).
//!
//! One record per customer and phone, sealed under the customer's key: it holds the balance that
//! was told last, which is what "changed" is judged by, so that what moved over a weekend shows on
//! Monday. Whether a report is on at all is a subscription like any other.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use crate::bank::{BankId, CustomerId};
use crate::base::money::Minor;
use crate::base::seal::KeyId;
use crate::customer::PhoneId;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const REPORTS: Table = Table::journal(74, "reports");

/// When an account's balance is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// On every business day.
    Always,
    /// On those on which it isn't the one that was told last.
    Changed,
}

/// A report of one account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The account, by its place in the customer's list.
    pub item: u16,
    /// At which local time.
    pub at: Time,
    /// On which business days.
    pub when: When,
    /// The balance that was told last; none before the first report.
    pub last: Option<Minor>,
}

/// The reports that one phone gets of one customer's accounts.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Reports {
    list: Vec<Report>,
}

impl Reports {
    /// Reads them; none where none were contracted, or the customer was forgotten.
    pub fn load(
        records: &dyn Records,
        bank: BankId,
        customer: CustomerId,
        phone: PhoneId,
    ) -> Result<Reports, StoreError> {
        Ok(records.read_sealed(&key(bank, customer, phone))?.unwrap_or_default())
    }

    /// Writes them.
    pub fn save(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        customer: CustomerId,
        phone: PhoneId,
    ) {
        let seal = KeyId::customer(bank.0, customer.0);
        records.write_sealed(seal, key(bank, customer, phone), self);
    }

    /// Takes a phone's reports out.
    pub fn remove(records: &mut dyn Records, bank: BankId, customer: CustomerId, phone: PhoneId) {
        records.delete(key(bank, customer, phone));
    }

    /// Contracts a report, or changes when it is told.
    pub fn contract(&mut self, item: u16, at: Time, when: When) {
        match self.list.iter_mut().find(|report| report.item == item) {
            Some(known) => (known.at, known.when) = (at, when),
            None => self.list.push(Report { item, at, when, last: None }),
        }
    }

    /// Takes those out whose account `stays` doesn't pick.
    pub fn keep(&mut self, stays: impl Fn(u16) -> bool) {
        self.list.retain(|report| stays(report.item));
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Those of a time of day.
    pub fn at(&mut self, at: Time) -> impl Iterator<Item = &mut Report> {
        self.list.iter_mut().filter(move |report| report.at == at)
    }
}

impl Report {
    /// Notes the balance of a business day; whether it is to be told.
    pub fn tells(&mut self, balance: Minor) -> bool {
        let tells = self.when == When::Always || self.last != Some(balance);
        if tells {
            self.last = Some(balance);
        }
        tells
    }
}

fn key(bank: BankId, customer: CustomerId, phone: PhoneId) -> Key {
    REPORTS.key(bank.0).u64(customer.0).u128(phone.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_is_judged_by_what_was_told_last() {
        let (one, two) = (Minor::new(1), Minor::new(2));
        let at = Time::midnight();
        let mut report = Report { item: 0, at, when: When::Changed, last: None };
        let told: Vec<bool> =
            [one, one, two, one, one].map(|balance| report.tells(balance)).to_vec();
        assert_eq!(told, [true, false, true, true, false]);
        report.when = When::Always;
        assert!(report.tells(one));
    }
}
