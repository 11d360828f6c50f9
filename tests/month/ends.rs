//! What stands in the store when all is over: each record with its cause and its end, the books to
//! the cent, and every promised moment.

use std::collections::BTreeMap;

use tellerd::bank::embedded::EmbeddedBank;
use tellerd::bank::{AccountNumber, Bank as _, BankId};
use tellerd::base::money::Minor;
use tellerd::message::{Body, Class, Head, State};
use tellerd::store::memory::MemoryStore;

use super::bill::Bill;
use super::copies::Copies;
use super::lane::Lane;
use super::ledger::Ledger;
use super::people::{Bank, People};
use super::shop::Shop;
use super::time::{MINUTE, SECOND};
use crate::image::Image;

/// What is judged.
pub(crate) struct Ends<'a> {
    pub(crate) store: &'a MemoryStore,
    pub(crate) banks: [(Bank, BankId); 4],
    pub(crate) lanes: &'a [Lane],
    pub(crate) people: &'a People,
    pub(crate) copies: &'a Copies,
    pub(crate) bill: Bill,
    pub(crate) told: BTreeMap<String, Vec<String>>,
}

impl Ends<'_> {
    /// Every record has its cause and every cause its records.
    pub(crate) fn check(&mut self, ledger: &mut Ledger, shop: &Shop) -> &Bill {
        shop.spend(self.people, ledger);
        for (bank, id) in self.banks {
            let image = Image::of(self.store, id);
            for (head, body) in image.messages_from(0) {
                self.record(bank, &head, &body, ledger);
            }
            self.books(bank, id, &image, ledger);
        }
        ledger.close();
        shop.check(&self.told);
        &self.bill
    }

    fn record(&mut self, bank: Bank, head: &Head, body: &Body, ledger: &mut Ledger) {
        let told = ledger.strike(bank, head, body);
        let ended = head.ended.unwrap_or_else(|| panic!("promise 2: {:?} never ended", head.id));
        let (began, ended) = (head.received.as_millis(), ended.as_millis());
        // Operators are numbered as the configuration names them, from 1.
        let lane = &self.lanes[usize::from(head.operator.0) - 1];
        let trouble = lane.was_in_trouble(began, ended);
        self.copies.ends(head, told.as_ref(), self.people, trouble);
        ledger.count(match head.state {
            State::Accepted => "messages accepted",
            State::Failed => "messages failed",
            State::Withdrawn => "messages withdrawn",
            _ => "messages expired",
        });
        self.bill.record(bank, head, body, told.as_ref(), self.people);
        if bank == Bank::ProCredit {
            let of = self.told.entry(super::shop::target_of(&body.reply)).or_default();
            of.push(body.text.clone());
        }
        let promised = match head.class {
            Class::Card => 5 * SECOND,
            Class::Reply => MINUTE,
            _ => 10 * MINUTE,
        };
        if trouble {
            return ledger.count("messages in time of trouble");
        }
        assert!(
            ended - began <= promised,
            "promise 6: {:?} {:?} took {} ms and nothing was in its way",
            head.class,
            head.id,
            ended - began
        );
        ledger.count("messages in time");
    }

    /// Each account holds what its movements amount to, each counted once.
    fn books(&self, bank: Bank, id: BankId, image: &Image, ledger: &mut Ledger) {
        let mut accounts = 0;
        for ((_, number), expected) in ledger.books.iter().filter(|((of, _), _)| *of == bank) {
            let number = AccountNumber::new(number.clone());
            let state = EmbeddedBank::default().book(id, &number, image.records());
            let state = state.expect("a store that can be read").expect("an account");
            assert_eq!(state.balance, Minor::new(*expected), "promise 4: a balance of {bank:?}");
            accounts += 1;
        }
        (0..accounts).for_each(|_| ledger.count("accounts whose books balance"));
    }
}
