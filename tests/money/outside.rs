//! A bank and a seller outside the daemon's process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use tellerd::bank::{Answer, AskId, Bank, BankId, Question, Reference};
use tellerd::base::money::Minor;
use tellerd::base::now::Now;
use tellerd::sale::{Sale, Sold, TopUp};
use tellerd::store::StoreError;
use tellerd::store::draft::Records;

/// What became of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Held {
    Aside,
    Spent,
    Back,
    Never,
}

/// All that is outside. Nothing of it is lost when the daemon dies.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) balance: i64,
    pub(crate) holds: BTreeMap<Reference, (i64, Held)>,
    /// Every debit and every credit back, by reference.
    pub(crate) debits: BTreeMap<Reference, u32>,
    pub(crate) sales: BTreeMap<Reference, (String, i64, Sold)>,
    /// What was asked and not answered yet.
    pub(crate) asked: VecDeque<(AskId, Question)>,
    pub(crate) sells: VecDeque<(Reference, Sale)>,
    pub(crate) inquiries: VecDeque<Reference>,
    /// The seller refuses these targets.
    pub(crate) refuses: Vec<String>,
}

/// A handle on what is outside, with what this process has asked and not committed.
pub(crate) struct Outside<Q> {
    world: Arc<Mutex<World>>,
    drafted: Vec<Q>,
}

impl<Q> Outside<Q> {
    pub(crate) fn new(world: &Arc<Mutex<World>>) -> Outside<Q> {
        Outside { world: Arc::clone(world), drafted: Vec::new() }
    }
}

pub(crate) fn lock(world: &Arc<Mutex<World>>) -> MutexGuard<'_, World> {
    world.lock().unwrap()
}

impl Bank for Outside<(AskId, Question)> {
    fn ask(
        &mut self,
        ask: AskId,
        _: BankId,
        question: &Question,
        _: &mut dyn Records,
        _: Now,
    ) -> Result<(), StoreError> {
        self.drafted.push((ask, question.clone()));
        Ok(())
    }

    fn poll_answer(&mut self) -> Option<(AskId, Answer)> {
        None
    }

    fn committed(&mut self) {
        lock(&self.world).asked.extend(self.drafted.drain(..));
    }

    fn is_waiting(&self) -> bool {
        !self.drafted.is_empty()
    }
}

/// What a seller is asked.
pub(crate) enum ToSeller {
    Sell(Reference, Sale),
    Inquire(Reference),
}

impl TopUp for Outside<ToSeller> {
    fn sell(
        &mut self,
        _: BankId,
        reference: Reference,
        sale: &Sale,
        _: &mut dyn Records,
        _: Now,
    ) -> Result<(), StoreError> {
        self.drafted.push(ToSeller::Sell(reference, sale.clone()));
        Ok(())
    }

    fn inquire(
        &mut self,
        _: BankId,
        reference: Reference,
        _: &mut dyn Records,
        _: Now,
    ) -> Result<(), StoreError> {
        self.drafted.push(ToSeller::Inquire(reference));
        Ok(())
    }

    fn poll_answer(&mut self) -> Option<(Reference, Sold)> {
        None
    }

    fn committed(&mut self) {
        let mut world = lock(&self.world);
        for asked in self.drafted.drain(..) {
            match asked {
                ToSeller::Sell(reference, sale) => world.sells.push_back((reference, sale)),
                ToSeller::Inquire(reference) => world.inquiries.push_back(reference),
            }
        }
    }

    fn is_waiting(&self) -> bool {
        !self.drafted.is_empty()
    }
}

impl World {
    /// The bank does what it is asked: once, whatever comes again.
    pub(crate) fn do_bank(&mut self, question: &Question) -> Answer {
        let balance = |world: &World| Minor::new(world.balance);
        match question {
            Question::Hold { reference, amount, .. } => match self.holds.get(reference) {
                Some((_, Held::Aside)) => Answer::Held(balance(self)),
                Some(_) => Answer::Nothing,
                None if amount.get() > self.balance => Answer::Short,
                None => {
                    self.balance -= amount.get();
                    *self.debits.entry(*reference).or_default() += 1;
                    self.holds.insert(*reference, (amount.get(), Held::Aside));
                    Answer::Held(balance(self))
                }
            },
            Question::Book(reference) => match self.holds.get_mut(reference) {
                Some((_, held @ (Held::Aside | Held::Spent))) => {
                    *held = Held::Spent;
                    Answer::Booked(balance(self))
                }
                _ => Answer::Nothing,
            },
            Question::Release(reference) => {
                let (amount, held) = self.holds.entry(*reference).or_insert((0, Held::Never));
                match held {
                    Held::Aside => {
                        *held = Held::Back;
                        self.balance += *amount;
                        Answer::Released(balance(self))
                    }
                    Held::Back => Answer::Released(balance(self)),
                    Held::Spent | Held::Never => Answer::Nothing,
                }
            }
            other => panic!("nobody asks {other:?} here"),
        }
    }

    /// The seller sells: once, whatever comes again.
    pub(crate) fn do_sell(&mut self, reference: Reference, sale: &Sale) -> Sold {
        let target = sale.target.reveal();
        let sold = if self.refuses.contains(&target) { Sold::Refused } else { Sold::Done };
        let entry = (target, sale.amount.get(), sold);
        self.sales.entry(reference).or_insert(entry).2
    }

    /// What became of a sale.
    pub(crate) fn do_inquire(&self, reference: Reference) -> Sold {
        self.sales.get(&reference).map_or(Sold::Unheard, |sale| sale.2)
    }
}
