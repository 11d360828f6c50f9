//! The branch enrols a bank's customers: by a seed file, and joint accounts beside it.

use tellerd::bank::{AccountNumber, BankId, CustomerId};
use tellerd::base::money::Minor;
use tellerd::calendar::{Calendar, Options as CalendarOptions};
use tellerd::customer::{Account, Customer, PhoneId};
use tellerd::seed;
use tellerd::service::topic::Topic;
use tellerd::store::StoreError;
use tellerd::store::draft::Records;
use tellerd::subscription::{Subscription, Subscriptions};

use super::super::people::{Bank, People};
use super::super::time::FIRST;
use super::World;

impl World {
    pub(super) fn enrol(&mut self, bank: Bank) {
        let setup = &self.config.setup;
        let place = setup.banks.iter().position(|name| name == bank.name()).expect("a bank");
        let entry = setup.services.iter().find(|entry| entry.bank == place).expect("a service");
        let seed = seed::read(self.people.seed(bank)).unwrap_or_else(|faults| panic!("{faults:?}"));
        let calendar = Calendar::new(CalendarOptions::new(entry.service.country));
        let now = self.clock();
        let engine = self.engine.as_mut().expect("a process");
        let loaded = engine.load_once(place, now, |records, id| -> Result<(), StoreError> {
            seed.load(records, id, &entry.service, FIRST, &calendar)?;
            if bank == Bank::Kombank { joint(records, id, &self.people) } else { Ok(()) }
        });
        loaded.expect("an enrolment");
    }
}

/// Second holders of accounts.
fn joint(records: &mut dyn Records, bank: BankId, people: &People) -> Result<(), StoreError> {
    for (n, account, wanted, limit) in &people.joint {
        let id = CustomerId(n + 1);
        let mut contract = Customer::load(records, bank, id)?.expect("a customer");
        let (kind, number) = ("TR".to_owned(), AccountNumber::new(account.clone()));
        let item = u16::try_from(contract.accounts.len()).expect("a few accounts");
        contract.accounts.push(Account { kind, ordinal: 2, number, closed: false });
        contract.save(records, bank, id)?;
        let phone = PhoneId::of(records.keyring(), contract.phones[0]);
        let mut list = Subscriptions::load(records, bank, id, phone)?;
        for (topic, active) in [Topic::Credit, Topic::Debit].into_iter().zip(*wanted) {
            list.contract(Subscription { topic, item, active, limit: Minor::new(*limit) });
        }
        list.save(records, bank, id, phone);
    }
    Ok(())
}
