//! The verbs of a vocabulary: what a customer's message can ask for, whatever words a bank gives
//! it.

use serde::{Deserialize, Serialize};

/// What a pattern's message asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// The balance of an account, or the list of accounts.
    Balance,
    /// The state of a credit or charge card.
    Card,
    /// Rates of exchange.
    Rates,
    /// The bank's current offer.
    Offer,
    /// Begin alerts.
    Subscribe,
    /// End alerts.
    Unsubscribe,
    /// What can be typed.
    Help,
    /// What the customer is told unasked, and from which amount on.
    Wanted,
    /// Whom to call: an answer to an alert, such as "it wasn't me".
    Call,
    /// The balances of all accounts of a class.
    Balances,
    /// Begin alerts of a card, or change whose, known by the holder's number (CA-12).
    CardAlarmOn,
    /// End alerts of a card, known by the primary holder's number (CA-30).
    CardAlarmOff,
    /// The balance of one of all the customer's accounts, by its place in his contract, or of all.
    LedgerBalance,
    /// The last operations of one of all the customer's accounts.
    History,
    /// The list of all the customer's accounts.
    Accounts,
    /// What can be typed, in a text of its own: beside a code, where `unknown` isn't the answer.
    Guide,
    /// Pay an amount onto a telephone (PC-10).
    TopUp,
    /// Pay for a month of a product (PC-09).
    Product,
}

impl Verb {
    /// Every verb, in the order of the declaration.
    pub const ALL: [Verb; 18] = [
        Verb::Balance,
        Verb::Card,
        Verb::Rates,
        Verb::Offer,
        Verb::Subscribe,
        Verb::Unsubscribe,
        Verb::Help,
        Verb::Wanted,
        Verb::Call,
        Verb::Balances,
        Verb::CardAlarmOn,
        Verb::CardAlarmOff,
        Verb::LedgerBalance,
        Verb::History,
        Verb::Accounts,
        Verb::Guide,
        Verb::TopUp,
        Verb::Product,
    ];

    /// Its name in files and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Verb::Balance => "balance",
            Verb::Card => "card",
            Verb::Rates => "rates",
            Verb::Offer => "offer",
            Verb::Subscribe => "subscribe",
            Verb::Unsubscribe => "unsubscribe",
            Verb::Help => "help",
            Verb::Wanted => "wanted",
            Verb::Call => "call",
            Verb::Balances => "balances",
            Verb::CardAlarmOn => "card-alarm-on",
            Verb::CardAlarmOff => "card-alarm-off",
            Verb::LedgerBalance => "ledger-balance",
            Verb::History => "history",
            Verb::Accounts => "accounts",
            Verb::Guide => "guide",
            Verb::TopUp => "top-up",
            Verb::Product => "product",
        }
    }

    /// The verb that files and logs call `name`.
    pub fn named(name: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.name() == name)
    }

    /// Whether a contract may leave it out (PC-04): a question about what a customer has, or an
    /// order that takes from it.
    pub const fn is_contracted(self) -> bool {
        matches!(self, Verb::Balance | Verb::Card | Verb::Balances) || self.moves_money()
    }

    /// Whether the command moves money.
    pub const fn moves_money(self) -> bool {
        matches!(self, Verb::TopUp | Verb::Product)
    }

    /// Whether the command changes something, so that nothing in it may be guessed or ignored.
    pub const fn changes(self) -> bool {
        matches!(self, Verb::Subscribe | Verb::Unsubscribe | Verb::CardAlarmOn | Verb::CardAlarmOff)
            || self.moves_money()
    }
}
