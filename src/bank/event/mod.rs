//! Events: what the bank tells of, unasked.
//!
//! An [`Event`] arrives as a CloudEvent (1.0, JSON): `id`, `source`, `type`, `time` (RFC 3339, when
//! it happened) and `data`. Its identity is (bank, source, id); the bank is never in its body.
//! Amounts are decimal strings with a currency beside them. What `data` holds beyond what is named
//! here is not looked at, so that a bank may send its events as it has them; what is missing or
//! can't be read is refused with its field's name.

mod news;
mod read;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AccountNumber;
use crate::base::now::Wall;

pub use news::{
    Authorization, Block, Channel, Cheque, Deposit, Loan, Offer, Order, Outcome, Overdraft,
    Posting, Reissue, Text,
};
pub use read::{EventError, NAME_OCTETS_MAX};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal [$($given:literal)*];)*) => {
        /// What kind of event it is.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum EventKind { $($(#[$doc])* #[serde(rename = $name)] $kind,)* }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$kind,)*];

            /// Its `type` in events and in service files.
            pub const fn name(self) -> &'static str {
                match self { $(EventKind::$kind => $name,)* }
            }

            /// The placeholders that its alerts' texts may use, `phone` aside.
            pub const fn placeholders(self) -> &'static [&'static str] {
                match self { $(EventKind::$kind => &[$($given),*],)* }
            }
        }
    };
}

kinds! {
    /// Money came in (KB-17, KB-28, PC-05, SK-04).
    Credited "account.credited" ["k" "n" "acc" "amt" "cur" "date" "time" "desc" "bal" "type"];
    /// Money went out (KB-18, PC-05, SK-04).
    Debited "account.debited" ["k" "n" "acc" "amt" "cur" "date" "time" "desc" "bal" "type"];
    /// A card was used, or someone tried to (KB-19, KB-30, CA-01 to CA-04).
    CardAuthorized "card.authorized"
        ["kind" "last4" "amt" "cur" "date" "time" "place" "bal" "cur2"];
    /// A cheque was realized (KB-20).
    ChequeRealized "cheque.realized" ["k" "n" "acc" "num" "amt" "date"];
    /// An order was rejected (KB-21).
    OrderRejected "order.rejected" ["chan" "amt" "cur" "date" "desc"];
    /// An overdraft is about to end (KB-22).
    OverdraftExpiring "overdraft.expiring" ["k" "n" "acc" "limit" "date"];
    /// An overdraft was cancelled (KB-23).
    OverdraftCancelled "overdraft.cancelled" ["k" "n" "acc" "limit" "date"];
    /// A reissued card waits at the branch (KB-24), or a service moves on to it (CA-23).
    CardReissued "card.reissued" ["kind" "last4" "place" "date"];
    /// A deposit matures (KB-25).
    DepositMaturing "deposit.maturing" ["k" "n" "acc" "amt" "cur" "date" "months" "rate"];
    /// A loan's balance (KB-26).
    LoanBalance "loan.balance" ["acc" "amt" "cur" "date"];
    /// A firm's account was blocked (KB-29).
    AccountBlocked "account.blocked" ["k" "n" "acc" "amt" "date" "time"];
    /// A firm's account was unblocked (KB-29).
    AccountUnblocked "account.unblocked" ["k" "n" "acc" "date" "time"];
    /// A new offer (KB-47).
    OfferPublished "offer.published" ["text"];
}

impl EventKind {
    /// Which of its placeholders may be without a value: those of one group are so together.
    pub const fn optional(self) -> &'static [&'static [&'static str]] {
        match self {
            EventKind::Credited | EventKind::Debited => &[&["desc"], &["bal"], &["type"]],
            EventKind::CardAuthorized => &[&["place"], &["bal", "cur2"], &["cur2"]],
            EventKind::CardReissued => &[&["place"], &["date"]],
            EventKind::AccountBlocked => &[&["amt"]],
            _ => &[],
        }
    }
}

/// What the bank tells of.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// The system that tells.
    pub source: String,
    /// The event's name there.
    pub id: String,
    /// When it happened.
    pub time: Wall,
    /// What happened.
    pub news: News,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.news.kind().name())
    }
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// `account.credited`
    Credited(Posting),
    /// `account.debited`
    Debited(Posting),
    /// `card.authorized`
    CardAuthorized(Authorization),
    /// `cheque.realized`
    ChequeRealized(Cheque),
    /// `order.rejected`
    OrderRejected(Order),
    /// `overdraft.expiring`
    OverdraftExpiring(Overdraft),
    /// `overdraft.cancelled`
    OverdraftCancelled(Overdraft),
    /// `card.reissued`
    CardReissued(Reissue),
    /// `deposit.maturing`
    DepositMaturing(Deposit),
    /// `loan.balance`
    LoanBalance(Loan),
    /// `account.blocked`
    AccountBlocked(Block),
    /// `account.unblocked`
    AccountUnblocked(Block),
    /// `offer.published`
    OfferPublished(Offer),
}

impl News {
    /// What kind of news it is.
    pub fn kind(&self) -> EventKind {
        match self {
            News::Credited(_) => EventKind::Credited,
            News::Debited(_) => EventKind::Debited,
            News::CardAuthorized(_) => EventKind::CardAuthorized,
            News::ChequeRealized(_) => EventKind::ChequeRealized,
            News::OrderRejected(_) => EventKind::OrderRejected,
            News::OverdraftExpiring(_) => EventKind::OverdraftExpiring,
            News::OverdraftCancelled(_) => EventKind::OverdraftCancelled,
            News::CardReissued(_) => EventKind::CardReissued,
            News::DepositMaturing(_) => EventKind::DepositMaturing,
            News::LoanBalance(_) => EventKind::LoanBalance,
            News::AccountBlocked(_) => EventKind::AccountBlocked,
            News::AccountUnblocked(_) => EventKind::AccountUnblocked,
            News::OfferPublished(_) => EventKind::OfferPublished,
        }
    }

    /// The account that it is of.
    pub fn account(&self) -> Option<&AccountNumber> {
        match self {
            News::Credited(posting) | News::Debited(posting) => Some(&posting.account),
            News::ChequeRealized(cheque) => Some(&cheque.account),
            News::OrderRejected(order) => Some(&order.account),
            News::OverdraftExpiring(overdraft) | News::OverdraftCancelled(overdraft) => {
                Some(&overdraft.account)
            }
            News::DepositMaturing(deposit) => Some(&deposit.account),
            News::LoanBalance(loan) => Some(&loan.account),
            News::AccountBlocked(block) | News::AccountUnblocked(block) => Some(&block.account),
            News::CardAuthorized(_) | News::CardReissued(_) | News::OfferPublished(_) => None,
        }
    }

    /// The card that it is of, by the bank's reference.
    pub fn card(&self) -> Option<&str> {
        match self {
            News::CardAuthorized(authorization) => Some(&authorization.card),
            News::CardReissued(reissue) => Some(&reissue.card),
            _ => None,
        }
    }
}
