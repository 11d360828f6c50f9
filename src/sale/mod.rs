//! The border to those who sell top-ups and products: operators and billers.
//!
//! A sale is asked for under the order's [`Reference`], the same one at every try, and its answer
//! comes back under it as an input of the engine: in the same turn from the [`embedded`] sample, or
//! later, or never. Where none comes we ask what became of the reference; we never ask for the sale
//! under another one (requirements 6.4.7).

pub mod embedded;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bank::{BankId, Reference};
use crate::base::money::{Currency, Minor};
use crate::base::msisdn::Msisdn;
use crate::base::now::Now;
use crate::store::StoreError;
use crate::store::draft::Records;

/// For whom something is bought.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// Whoever has this number.
    Phone(Msisdn),
    /// A user of the seller's service, by his name there.
    User(String),
}

/// A number masked, and of a name the first letter.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Phone(number) => number.fmt(f),
            Target::User(name) => {
                name.chars().take(1).try_for_each(|first| write!(f, "{first}"))?;
                f.write_str("***")
            }
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Target {
    /// As the customer is told it.
    pub fn reveal(&self) -> String {
        match self {
            Target::Phone(number) => format!("+{}", number.reveal()),
            Target::User(name) => name.clone(),
        }
    }
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sale {
    /// A provider's top-up, or a product: its name in the service file.
    pub what: String,
    /// For whom.
    pub target: Target,
    /// How much.
    pub amount: Minor,
    /// In which currency.
    pub currency: Currency,
}

/// What became of a sale.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Sold {
    /// It is done, for good.
    Done,
    /// It is refused, for good.
    Refused,
    /// It is in the works.
    Pending,
    /// The seller has never heard of the reference.
    Unheard,
}

/// Whoever sells, as the engine sees him.
pub trait TopUp {
    /// Asks for a sale. Asked again under the same reference it is done once.
    fn sell(
        &mut self,
        bank: BankId,
        reference: Reference,
        sale: &Sale,
        records: &mut dyn Records,
        now: Now,
    ) -> Result<(), StoreError>;

    /// Asks what became of a sale.
    fn inquire(
        &mut self,
        bank: BankId,
        reference: Reference,
        records: &mut dyn Records,
        now: Now,
    ) -> Result<(), StoreError>;

    /// An order was kept long enough: what a seller in this process knows of its sale may go.
    fn forget_sale(&mut self, bank: BankId, reference: Reference, records: &mut dyn Records) {
        let _ = (bank, reference, records);
    }

    /// The next answer that is there already.
    fn poll_answer(&mut self) -> Option<(Reference, Sold)>;

    /// The batch is on disk in which sales and inquiries were asked for so far. A seller outside
    /// this process hears of a sale only now, so that none is made of which we would know nothing
    /// after a crash.
    fn committed(&mut self) {}

    /// Whether something was asked for that the seller hears only then: its turn is committed
    /// before the next is begun. Whoever does anything in [`TopUp::committed`] says so here.
    fn is_waiting(&self) -> bool {
        false
    }
}
