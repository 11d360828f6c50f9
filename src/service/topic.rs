//! What a customer can be told of unasked: the topics that a subscription names.
//!
//! The list is banking's, not one bank's; which of them a service offers, under which word, stands
//! in its file. Numbers are stored, so they never change their meaning.

use serde::{Deserialize, Serialize};

use crate::base::words::kebab;
use crate::service::file::Holder;

/// A kind of alert.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Money came in (KB-17).
    Credit,
    /// Money went out (KB-18).
    Debit,
    /// A card was used (KB-19).
    CardUse,
    /// A cheque was realized (KB-20).
    Cheque,
    /// An order of the web bank was rejected (KB-21).
    Order,
    /// An overdraft expires or was cancelled (KB-22, KB-23).
    Overdraft,
    /// A reissued card waits at the branch (KB-24).
    Reissue,
    /// A deposit matures (KB-25).
    Deposit,
    /// A loan's balance, twice a year (KB-26).
    Loan,
    /// A firm's account was blocked or unblocked (KB-29).
    Block,
    /// New services and offers (KB-47).
    Offer,
    /// A card additional to this one was used (CA-10).
    AdditionalUse,
    /// An account's balance on business days (SK-05).
    Report,
}

impl Topic {
    /// Its name as files spell it.
    pub fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }

    /// Whether its subscriptions are of one account and one direction of money.
    pub fn is_movement(self) -> bool {
        matches!(self, Topic::Credit | Topic::Debit)
    }

    /// Whether its subscriptions are of one account.
    pub fn is_of_account(self) -> bool {
        self.is_movement() || self == Topic::Report
    }

    /// Whether its subscriptions are of one account or card, and not of the whole customer.
    pub fn is_of_item(self) -> bool {
        self.is_of_account() || matches!(self, Topic::CardUse | Topic::AdditionalUse)
    }

    /// Who alone may have it; `None`: anybody (section 0, KB-02).
    pub fn holder(self) -> Option<Holder> {
        match self {
            Topic::Block => Some(Holder::Legal),
            Topic::Cheque
            | Topic::Order
            | Topic::Overdraft
            | Topic::Reissue
            | Topic::Deposit
            | Topic::Loan => Some(Holder::Natural),
            Topic::Credit
            | Topic::Debit
            | Topic::CardUse
            | Topic::AdditionalUse
            | Topic::Offer
            | Topic::Report => None,
        }
    }

    /// The other direction of money.
    pub fn opposite(self) -> Topic {
        match self {
            Topic::Credit => Topic::Debit,
            Topic::Debit => Topic::Credit,
            other => other,
        }
    }
}
