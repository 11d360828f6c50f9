//! The seed: a bank's customers, accounts, cards, rates and offer as a file, for the sample banks.
//!
//! `[[bank]] seed = "examples/…"` is loaded once into an empty store, and `tellerd try` and `demo`
//! run on it. A [`Seed`] is read to the end with all its faults, checked against the service that
//! it is for, and then loaded as of a day: everything in it may count from that day.

mod build;
mod check;
mod file;
mod rates;
mod reader;

use jiff::civil::Date;

use crate::bank::embedded::{put_account, put_card, put_offer, put_rates};
use crate::bank::{BankId, CustomerId};
use crate::base::fault::Fault;
use crate::calendar::Calendar;
use crate::customer::{CodeTries, PhoneId};
use crate::enrol::Counter;
use crate::sale::embedded::put_manner;
use crate::seed::build::{Client, customers, manners};
use crate::seed::file::SeedFile;
use crate::seed::reader::Reader;
use crate::service::Service;
use crate::store::StoreError;
use crate::store::draft::Records;

/// A seed file, read.
#[derive(Clone, Debug)]
pub struct Seed {
    file: SeedFile,
}

/// Reads a seed file; on failure all its faults, in the order of the file.
pub fn read(text: &str) -> Result<Seed, Vec<Fault>> {
    let file: SeedFile = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![Fault::new(span, error.message(), "see the comments of the files in examples/")]
    })?;
    // Any day will do: what can be read as of one day can be read as of all.
    let mut reader = Reader::new(Date::constant(2000, 1, 1));
    customers(&file, &mut reader);
    manners(&file, &mut reader);
    if let Some(table) = &file.rates {
        rates::archived(table, &mut reader);
        rates::lines(&table.lines, &mut reader);
    }
    check::repeats(&file, &mut reader);
    match sorted(reader.faults) {
        faults if faults.is_empty() => Ok(Seed { file }),
        faults => Err(faults),
    }
}

impl Seed {
    /// What in the seed the service doesn't have or doesn't allow, in the order of the file.
    pub fn check(&self, service: &Service) -> Vec<Fault> {
        sorted(check::against(&self.file, service))
    }

    /// Writes everything into an empty store, as of `today`, with the limits that `service` has for
    /// what the seed only calls on or off. Customers are numbered from 1 in the order of the file.
    pub fn load(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        service: &Service,
        today: Date,
        calendar: &Calendar,
    ) -> Result<(), StoreError> {
        let mut reader = Reader::new(today);
        let clients = customers(&self.file, &mut reader);
        for (table, client) in self.file.customer.iter().zip(clients) {
            let Some(contract) = &client.contract else { continue };
            let mut counter = Counter::new(records, bank, service);
            let Some(id) = counter.enrol(table.id.get_ref(), contract)? else { continue };
            for at in &client.locked {
                let (Some(phone), Some(rule)) =
                    (contract.phones.as_ref().and_then(|list| list.get(*at)), &service.code)
                else {
                    continue;
                };
                let phone = PhoneId::of(records.keyring(), phone.number);
                CodeTries { wrong: rule.tries, locked: true }.save(records, bank, id, phone);
            }
            mirror(records, bank, id, client);
        }
        for (number, manner) in manners(&self.file, &mut reader) {
            put_manner(records, bank, number, manner);
        }
        if let Some(table) = &self.file.rates {
            for list in rates::archived(table, &mut reader) {
                put_rates(records, bank, &list);
            }
            for list in rates::daily(table, &mut reader, calendar) {
                put_rates(records, bank, &list);
            }
        }
        if let Some(offer) = &self.file.offer {
            put_offer(records, bank, offer.get_ref());
        }
        Ok(())
    }
}

/// Gives the embedded core what it knows of a customer.
fn mirror(records: &mut dyn Records, bank: BankId, id: CustomerId, client: Client) {
    let accounts = client.contract.iter().flat_map(|contract| contract.accounts.iter().flatten());
    for (account, state) in accounts.zip(client.states) {
        put_account(records, bank, id, &account.number, state);
    }
    for (number, state) in client.loans {
        put_account(records, bank, id, &number, Some(state));
    }
    for (reference, state) in client.card_states {
        put_card(records, bank, id, &reference, state);
    }
}

fn sorted(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by_key(|fault| fault.span.start);
    faults
}

#[cfg(test)]
mod tests;
