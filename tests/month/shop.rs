//! Whoever sells top-ups, outside of the process: what he sold stays sold when it dies.
//!
//! By the number that is topped up he sells at once, refuses, sells and falls silent, never hears
//! of it at first, or takes his time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tellerd::bank::{BankId, Reference};
use tellerd::base::now::Now;
use tellerd::purchase::{Head, State};
use tellerd::sale::{Sale, Sold, TopUp};
use tellerd::store::StoreError;
use tellerd::store::draft::Records;

use super::ledger::Ledger;
use super::people::{Bank, People};

/// What he is asked.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Sell(Reference, Sale),
    Inquire(Reference),
}

/// What was sold under a reference.
#[derive(Clone, Debug)]
struct Deal {
    target: String,
    amount: i64,
    done: bool,
    /// So often he was asked until now.
    asked: u32,
}

/// His books.
#[derive(Default)]
pub(crate) struct Shop {
    deals: BTreeMap<Reference, Deal>,
    /// What he didn't hear when he was asked first.
    missed: BTreeSet<Reference>,
    /// Asked of him by what is on disk, and not looked at yet.
    pub(crate) asked: Vec<Asked>,
}

/// The process's line to him.
pub(crate) struct Seller {
    shop: Arc<Mutex<Shop>>,
    drafted: Vec<Asked>,
}

impl Seller {
    pub(crate) fn new(shop: &Arc<Mutex<Shop>>) -> Seller {
        Seller { shop: Arc::clone(shop), drafted: Vec::new() }
    }
}

/// His books, to look at.
pub(crate) fn open(shop: &Mutex<Shop>) -> MutexGuard<'_, Shop> {
    shop.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TopUp for Seller {
    fn sell(
        &mut self,
        _: BankId,
        reference: Reference,
        sale: &Sale,
        _: &mut dyn Records,
        _: Now,
    ) -> Result<(), StoreError> {
        self.drafted.push(Asked::Sell(reference, sale.clone()));
        Ok(())
    }

    fn inquire(
        &mut self,
        _: BankId,
        reference: Reference,
        _: &mut dyn Records,
        _: Now,
    ) -> Result<(), StoreError> {
        self.drafted.push(Asked::Inquire(reference));
        Ok(())
    }

    fn poll_answer(&mut self) -> Option<(Reference, Sold)> {
        None
    }

    fn committed(&mut self) {
        open(&self.shop).asked.append(&mut self.drafted);
    }

    fn is_waiting(&self) -> bool {
        !self.drafted.is_empty()
    }
}

impl Shop {
    /// What he says to it; nothing where he is silent.
    pub(crate) fn answer(&mut self, asked: &Asked) -> Option<(Reference, Sold)> {
        let (reference, sale) = match asked {
            Asked::Sell(reference, sale) => (*reference, Some(sale)),
            Asked::Inquire(reference) => (*reference, None),
        };
        let Some(sale) = sale else {
            let Some(deal) = self.deals.get_mut(&reference) else {
                return Some((reference, Sold::Unheard));
            };
            deal.asked += 1;
            let waits = manner(&deal.target) == 4 && deal.asked < 4;
            let ends = if deal.done { Sold::Done } else { Sold::Refused };
            return Some((reference, if waits { Sold::Pending } else { ends }));
        };
        let target = sale.target.reveal();
        let manner = manner(&target);
        if manner == 3 && self.missed.insert(reference) {
            return None;
        }
        let deal = Deal { target, amount: sale.amount.get(), done: manner != 1, asked: 0 };
        let deal = self.deals.entry(reference).or_insert(deal);
        match manner {
            2 => None,
            4 => Some((reference, Sold::Pending)),
            _ => Some((reference, if deal.done { Sold::Done } else { Sold::Refused })),
        }
    }

    /// The accounts must hold so much less.
    pub(crate) fn spend(&self, people: &People, ledger: &mut Ledger) {
        for deal in self.deals.values() {
            if !deal.done {
                ledger.count("sales refused");
                continue;
            }
            ledger.count("sales");
            // +38344, four digits of the customer, two of the day.
            let n: u64 = deal.target[6..10].parse().expect("digits");
            let mut customers = people.customers.iter();
            let payer = customers.find(|c| c.bank == Bank::ProCredit && c.n == n);
            let account = payer.expect("who ordered it").accounts[0].number.clone();
            *ledger.books.get_mut(&(Bank::ProCredit, account)).expect("a book") -= deal.amount;
        }
    }

    /// One sale for each order at most, and every customer was told the truth of his.
    pub(crate) fn check(&self, told: &BTreeMap<String, Vec<String>>) {
        let mut sold = BTreeMap::new();
        for deal in self.deals.values() {
            let twice = sold.insert(&deal.target, deal.done);
            assert!(twice.is_none(), "promise 4: one text has bought twice");
        }
        for (target, texts) in told {
            let says = |name: &str| texts.iter().any(|text| text == name);
            match sold.get(target) {
                Some(true) => {
                    assert!(says("pc.top.ok"), "promise 4: sold, and told {texts:?}");
                    assert!(!says("pc.top.fail"), "promise 4: sold, and told {texts:?}");
                }
                _ => assert!(!says("pc.top.ok"), "promise 4: nothing was sold, told {texts:?}"),
            }
        }
        let untold = sold.iter().find(|(target, done)| **done && !told.contains_key(**target));
        assert!(untold.is_none(), "promise 4: sold, and nobody was told");
    }

    /// The daemon's own records agree.
    pub(crate) fn agrees(&self, heads: &[Head], ledger: &mut Ledger) {
        for head in heads {
            assert!(head.state.is_end(), "promise 4: an order is {:?}", head.state);
            let done = self.deals.get(&head.reference).is_some_and(|deal| deal.done);
            assert_eq!(head.state == State::Done, done, "promise 4: an order's end");
            ledger.count("orders of money");
        }
    }
}

/// How he deals with a number: sells at once, refuses (1), sells silently (2), doesn't hear it at
/// first (3), takes his time (4).
fn manner(target: &str) -> u64 {
    let digits: u64 = target[1..].parse().unwrap_or(0);
    [0, 0, 0, 1, 2, 3, 4][(digits % 7) as usize]
}

/// The number that a text tells of.
pub(crate) fn target_of(reply: &str) -> String {
    let at = reply.find("+383").unwrap_or(reply.len());
    reply[at..].chars().take(12).collect()
}
