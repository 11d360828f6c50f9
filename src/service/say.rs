//! What a teller may have to say: the roles that a service file fills with its own texts.
//!
//! The code names the role (`Say::OrdinalUnknown`), the service file names the text (`kb.ord.bad`)
//! and holds its wording. Each role lists the placeholders that the code gives it, so that `tellerd
//! check` finds a placeholder that would stay empty.

use serde::Deserialize;

use crate::base::words::kebab;
use crate::service::pattern::Verb;

macro_rules! says {
    ($($(#[$doc:meta])* $role:ident [$($given:literal)*] for $verbs:expr;)*) => {
        /// A role.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Say { $($(#[$doc])* $role,)* }

        impl Say {
            /// Every role.
            pub const ALL: &'static [Say] = &[$(Say::$role,)*];

            /// The placeholders that the code gives it, `phone` aside, which every text may use.
            pub const fn placeholders(self) -> &'static [&'static str] {
                match self { $(Say::$role => &[$($given),*],)* }
            }

            /// The verbs that may need it; none means that every service needs it.
            pub const fn needed_by(self) -> &'static [Verb] {
                match self { $(Say::$role => $verbs,)* }
            }
        }
    };
}

const WANTED: &[Verb] = &[Verb::Wanted];
const CALL: &[Verb] = &[Verb::Call];
const ALWAYS: &[Verb] = &[];
const BALANCE: &[Verb] = &[Verb::Balance];
const CARD: &[Verb] = &[Verb::Card];
const RATES: &[Verb] = &[Verb::Rates];
const OFFER: &[Verb] = &[Verb::Offer];
const ACCOUNTS: &[Verb] = &[Verb::Balance, Verb::Subscribe];
const LEDGER: &[Verb] = &[Verb::LedgerBalance];
const NUMBERED: &[Verb] = &[Verb::LedgerBalance, Verb::History];
const HISTORY: &[Verb] = &[Verb::History];
const LISTED: &[Verb] = &[Verb::Accounts];
const GUIDE: &[Verb] = &[Verb::Guide];
const CONTRACTS: &[Verb] =
    &[Verb::Balance, Verb::Subscribe, Verb::Balances, Verb::TopUp, Verb::Product];
const CHANGES: &[Verb] = &[Verb::Subscribe, Verb::Unsubscribe];
const CARD_ALARM: &[Verb] = &[Verb::CardAlarmOn, Verb::CardAlarmOff];
const CARD_ALARM_ON: &[Verb] = &[Verb::CardAlarmOn];
const CARD_ALARM_OFF: &[Verb] = &[Verb::CardAlarmOff];
const TOP_UP: &[Verb] = &[Verb::TopUp];
const PRODUCT: &[Verb] = &[Verb::Product];

says! {
    /// The message is no command; says what to type.
    Unknown [] for ALWAYS;
    /// What the phone is told unasked; each of `wanted` has `topic`, and either `k`, `n`, `acc`
    /// and, where there is one, `limit`, or `last4`, or nothing more.
    Wanted ["wanted"] for WANTED;
    /// It is told nothing.
    WantedNone [] for WANTED;
    /// An answer to an alert: the number to call.
    Call [] for CALL;
    /// The sender isn't enrolled.
    NoCustomer [] for ALWAYS;
    /// The bank's core doesn't answer.
    Later [] for ALWAYS;
    /// What was asked for isn't in the contract: an account kind (`n` where one was named), a card,
    /// or a topic.
    NotContracted ["k" "n" "acc" "last4" "topic"] for CONTRACTS;
    /// An ordinal that no account has.
    OrdinalUnknown ["k" "n"] for ACCOUNTS;
    /// Several accounts of the kind that was asked for.
    AccountList ["k" "accounts"] for BALANCE;
    /// A card's state.
    CardInfo ["last4" "kind" "my" "limit" "bal"] for CARD;
    /// Several cards end alike.
    CardAmbiguous ["last4" "kinds"] for CARD;
    /// No card that may be asked about ends so.
    CardNone ["last4"] for CARD;
    /// No four digits where the card's should be.
    CardFormat [] for CARD;
    /// The rates in force.
    Rates ["date" "rates"] for RATES;
    /// The rates in force on a day that has no list of its own.
    RatesPrevious ["date" "date2" "rates"] for RATES;
    /// A day to come.
    RatesFuture ["date"] for RATES;
    /// No list for the day.
    RatesNone ["date"] for RATES;
    /// Digits that are no date.
    RatesMalformed [] for RATES;
    /// The bank's offer.
    Offer ["text"] for OFFER;
    /// The bank offers nothing just now.
    OfferNone [] for OFFER;
    /// Alerts of one account begin, from an amount on.
    Subscribed ["dir" "k" "n" "acc" "limit"] for CHANGES;
    /// As above, and the other direction now has the same limit.
    SubscribedBoth ["dir" "dir2" "k" "n" "acc" "limit"] for CHANGES;
    /// Alerts of one account begin, for any amount.
    SubscribedAll ["dir" "k" "n" "acc"] for CHANGES;
    /// The limit isn't that of the other direction, and the service refuses that.
    LimitConflict ["dir" "dir2" "k" "n" "acc" "limit"] for CHANGES;
    /// The amount is below the kind's minimum.
    BelowMinimum ["dir" "k" "n" "limit"] for CHANGES;
    /// The kind has no alerts of that direction.
    DirectionUnavailable ["dir" "k" "n" "limit"] for CHANGES;
    /// Several accounts, and the message doesn't say which.
    WhichAccount ["dir" "k" "accounts" "limit"] for CHANGES;
    /// Alerts of one card begin.
    SubscribedCard ["last4"] for CHANGES;
    /// The card's four digits are missing.
    CardAlertFormat [] for CHANGES;
    /// Alerts of one account end.
    UnsubscribedOne ["dir" "k" "n" "acc"] for CHANGES;
    /// Alerts of all accounts of a kind end.
    UnsubscribedKind ["dir" "k"] for CHANGES;
    /// Alerts of one direction end.
    UnsubscribedDirection ["dir"] for CHANGES;
    /// Alerts of cards end.
    UnsubscribedCards ["list"] for CHANGES;
    /// All alerts end.
    UnsubscribedAll [] for CHANGES;
    /// There was nothing to end.
    UnsubscribedNone [] for CHANGES;
    /// News of offers begin.
    OffersOn [] for CHANGES;
    /// News of offers end.
    OffersOff [] for CHANGES;
    /// No kind of card is called so.
    CardKindUnknown [] for CARD_ALARM;
    /// Card, kind and holder's number don't belong together; which of them is wrong isn't said.
    CardAlarmData [] for CARD_ALARM;
    /// Too many such failures.
    CardAlarmLocked [] for CARD_ALARM;
    /// Only a primary card knows several modes.
    CardAlarmMode [] for CARD_ALARM_ON;
    /// There is no such mode.
    CardAlarmModeUnknown [] for CARD_ALARM_ON;
    /// No card is additional to this one.
    CardAlarmNoAdditional ["last4"] for CARD_ALARM_ON;
    /// Alerts of a primary card begin, for itself.
    CardAlarmOwn ["kind" "last4"] for CARD_ALARM_ON;
    /// Alerts of a primary card begin, for its additional ones.
    CardAlarmAdditional ["kind" "last4"] for CARD_ALARM_ON;
    /// Alerts of a primary card begin, for itself and its additional ones.
    CardAlarmBoth ["kind" "last4"] for CARD_ALARM_ON;
    /// Alerts of an additional card begin.
    CardAlarmHolder ["kind" "last4"] for CARD_ALARM_ON;
    /// As one of those, and the customer's other cards came along from another phone.
    CardAlarmMoved ["kind" "last4" "mode"] for CARD_ALARM_ON;
    /// To the other phone: its alerts now go elsewhere.
    CardAlarmMovedAway ["date" "time"] for CARD_ALARM_ON;
    /// Alerts of a card end.
    CardAlarmEnded ["kind" "last4"] for CARD_ALARM_OFF;
    /// To another phone: its alerts of a card were ended.
    CardAlarmEndedAway ["kind" "last4" "date" "time"] for CARD_ALARM_OFF;
    /// There was nothing to end.
    CardAlarmNone [] for CARD_ALARM_OFF;
    /// To a number that the branch has enrolled; a service may do without.
    Welcome [] for ALWAYS;
    /// To a number that the customer has given up, or that another one took the place of; a service
    /// may do without.
    NumberLeft ["date" "time"] for ALWAYS;
    /// One account's balance, and what of it may be spent where the bank tells that.
    Ledger ["k" "n" "acc" "bal" "avail" "today" "time"] for LEDGER;
    /// The balances of all accounts; each of `states` has `n`, `acc`, `bal` and `avail`.
    LedgerAll ["states" "today" "time"] for LEDGER;
    /// No account has this place in the contract.
    LedgerUnknown ["n"] for NUMBERED;
    /// An account's last operations; each of `movements` has `dm`, `amt` and `desc`.
    History ["k" "n" "acc" "bal" "movements"] for HISTORY;
    /// The accounts of the contract with their numbers.
    AccountsListed ["accounts"] for LISTED;
    /// What can be typed.
    Guide [] for GUIDE;
    /// A top-up is done.
    TopUpDone ["amt" "num" "ref" "bal"] for TOP_UP;
    /// Its seller hasn't answered yet.
    TopUpWaits ["amt" "num" "ref"] for TOP_UP;
    /// It was refused, and the money is back.
    TopUpFailed ["amt" "num" "ref"] for TOP_UP;
    /// The same text came before, and was carried out.
    TopUpRepeated ["amt" "num" "ref" "time" "minutes"] for TOP_UP;
    /// There isn't enough on the account.
    TopUpFunds ["amt"] for TOP_UP;
    /// There is no such number; `num` as it was typed, empty where it mustn't be shown.
    TopUpNumber ["num"] for TOP_UP;
    /// There is no such amount, or it is beyond the limits.
    TopUpAmount ["min" "max"] for TOP_UP;
    /// The day's limit would be passed.
    TopUpLimit ["amt"] for TOP_UP;
    /// The contract doesn't allow that number.
    TopUpTarget ["num"] for TOP_UP;
    /// A product is paid for.
    ProductDone ["prod" "amt" "user" "ref" "bal"] for PRODUCT;
    /// Its seller hasn't answered yet.
    ProductWaits ["prod" "amt" "user" "ref"] for PRODUCT;
    /// It was refused, and the money is back.
    ProductFailed ["prod" "amt" "user" "ref"] for PRODUCT;
    /// The same text came before, and was carried out.
    ProductRepeated ["prod" "amt" "user" "ref" "time" "minutes"] for PRODUCT;
    /// There isn't enough on the account.
    ProductFunds ["prod" "amt"] for PRODUCT;
    /// An amount was named, and the price is fixed.
    ProductPrice ["prod" "amt"] for PRODUCT;
}

impl Say {
    /// Its name as files spell it.
    pub fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }

    /// Whether a service may leave it out, and then nothing is said.
    pub const fn may_be_left_out(self) -> bool {
        matches!(self, Say::Welcome | Say::NumberLeft)
    }

    /// Which of its placeholders may be without a value, as [`ACCOUNT_OPTIONAL`] says it.
    pub const fn optional(self) -> &'static [&'static [&'static str]] {
        match self {
            Say::NotContracted => {
                &[&["k", "n", "acc"], &["n", "acc"], &["acc"], &["last4"], &["topic"]]
            }
            // Of a kind whose alerts know no limits.
            Say::DirectionUnavailable | Say::WhichAccount => &[&["limit"]],
            // Of an additional card.
            Say::CardAlarmMoved => &[&["mode"]],
            Say::Ledger => &[&["avail"]],
            // What was typed was a card's number.
            Say::TopUpNumber => &[&["num"]],
            _ => &[],
        }
    }
}

/// The placeholders of an account kind's own texts that may be without a value. Those of one group
/// are so together: without a last movement there is none of its data.
pub const ACCOUNT_OPTIONAL: &[&[&str]] =
    &[&["date", "amt", "desc"], &["limit", "date2"], &["limit"]];

/// The placeholders of an account kind's own texts.
pub const ACCOUNT_PLACEHOLDERS: &[&str] =
    &["k", "n", "acc", "bal", "date", "amt", "limit", "date2", "desc", "balances", "today", "time"];
