//! What each kind of event says: its `data`.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::read::{
    account, amount, currency, last4, name, positive, said, some_amount, some_currency, text,
};
use crate::bank::AccountNumber;
use crate::base::last4::Last4;
use crate::base::money::{Currency, Minor};

/// A movement on an account, posted.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Posting {
    /// Which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How much, without a sign.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// The balance after it; where the bank doesn't say, it is counted.
    #[serde(default, deserialize_with = "some_amount")]
    pub balance: Option<Minor>,
    /// What for.
    #[serde(default, deserialize_with = "text")]
    pub description: Text,
    /// What kind of movement it is, in the bank's words, for texts that say so (PC-05).
    #[serde(default, rename = "kind", deserialize_with = "text")]
    pub type_word: Text,
}

/// How a card's use ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was approved.
    Approved,
    /// It was declined.
    Declined,
    /// It was approved and then reversed.
    Reversed,
}

/// A use of a card.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Authorization {
    /// Which card: the bank's own reference, never its number.
    #[serde(deserialize_with = "name")]
    pub card: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How much, without a sign.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// Where.
    #[serde(default, deserialize_with = "text")]
    pub place: Text,
    /// What is available after it on the account that the card is linked to.
    #[serde(default, deserialize_with = "some_amount")]
    pub available: Option<Minor>,
    /// In which currency that is, where the bank says so.
    #[serde(default, deserialize_with = "some_currency")]
    pub available_currency: Option<Currency>,
}

/// A cheque that was realized.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Cheque {
    /// On which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// The cheque's number.
    #[serde(deserialize_with = "text")]
    pub number: Text,
    /// How much.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
}

/// By which channel an order came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
pub enum Channel {
    /// The bank's web site.
    #[serde(rename = "web", alias = "WEB")]
    Web,
    /// The bank's application on the telephone.
    #[serde(rename = "mbank", alias = "mBank", alias = "MBANK")]
    MBank,
}

impl Channel {
    /// As customers know it.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Web => "WEB",
            Channel::MBank => "mBank",
        }
    }
}

/// An order that was rejected.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Order {
    /// From which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How it was given.
    pub channel: Channel,
    /// How much.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// When it was given; the day of the event where that isn't said.
    #[serde(default)]
    pub ordered: Option<Date>,
    /// Why it was rejected (KB-21: obligatory).
    #[serde(deserialize_with = "said")]
    pub reason: Text,
}

/// An overdraft that ends.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Overdraft {
    /// Of which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How large it is.
    #[serde(deserialize_with = "positive")]
    pub limit: Minor,
    /// Its last day, or the day on which it was cancelled; the day of the event where that isn't
    /// said.
    #[serde(default)]
    pub date: Option<Date>,
}

/// A card that takes another one's place.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Reissue {
    /// The old card: the bank's own reference.
    #[serde(deserialize_with = "name")]
    pub card: String,
    /// The new one's reference; the old one's where the bank keeps it.
    #[serde(default)]
    pub new_card: Option<String>,
    /// The new one's last four digits.
    #[serde(deserialize_with = "last4")]
    pub last4: Last4,
    /// Where it waits.
    #[serde(default, deserialize_with = "text")]
    pub place: Text,
    /// Until when it waits.
    #[serde(default)]
    pub until: Option<Date>,
}

/// A deposit that matures.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Deposit {
    /// On which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How much.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// On which day.
    pub matures: Date,
    /// For how many months it is renewed.
    pub months: u16,
    /// At what per cent a year.
    #[serde(deserialize_with = "amount")]
    pub rate: Minor,
}

/// What is owed of a loan.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Loan {
    /// Which loan.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How much is owed.
    #[serde(deserialize_with = "amount")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// On which day; that of the event where it isn't said.
    #[serde(default)]
    pub date: Option<Date>,
}

/// An account that is blocked, or no longer.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Block {
    /// Which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// For how much, where that is said.
    #[serde(default, deserialize_with = "some_amount")]
    pub amount: Option<Minor>,
}

/// An offer to all who want them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Offer {
    /// In the bank's words.
    #[serde(deserialize_with = "said")]
    pub text: Text,
}

/// A text of the bank's. Never printed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text(pub String);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[text]")
    }
}
