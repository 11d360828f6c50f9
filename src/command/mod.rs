//! What a customer ordered, and what follows from it: one file a command.
//!
//! A [`Command`] is made of a vocabulary's [`Reading`]. It is carried out at a [`Desk`] (the
//! service, whoever is calling, the records) and ends in an [`Outcome`]: a reply at once, or a
//! question to the bank together with what to make of its answer. Questions change nothing;
//! commands that change something change it in the batch of the turn, together with their reply.

pub mod access;
mod accounts;
mod attempts;
mod balance;
mod balances;
mod card;
mod card_alarm;
mod history;
mod ledger;
mod offer;
pub mod pay;
mod product;
mod rates;
mod subscribe;
mod top_up;
mod unsubscribe;
mod wanted;

use jiff::civil::DateTime;
use minijinja::Value;

use crate::bank::{Answer, BankId, CustomerId, Question, Reference};
use crate::base::money::Minor;
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::base::now::Wall;
use crate::customer::{Caller, CallerAccount, Phone};
use crate::service::Service;
use crate::service::pattern::{Reading, Verb};
use crate::service::say::Say;
use crate::service::texts::TextId;
use crate::store::StoreError;
use crate::store::draft::Records;

pub use attempts::forgive;
pub use balance::Balance;
pub use balances::Balances;
pub use card::CardQuery;
pub use card_alarm::CardAlarm;
pub use history::History;
pub use ledger::LedgerBalance;
pub use pay::Order;
pub use product::Product;
pub use rates::Rates;
pub use subscribe::Subscribe;
pub use top_up::TopUp;
pub use unsubscribe::Unsubscribe;

/// A command, understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// `TR 2`
    Balance(Balance),
    /// `KT 1600`
    Card(CardQuery),
    /// `KURS 05.11.26`
    Rates(Rates),
    /// `INFO`
    Offer,
    /// `PRIJAVA PRILIV TR 2 10.000`
    Subscribe(Subscribe),
    /// `ODJAVA PRILIV TR 2`
    Unsubscribe(Unsubscribe),
    /// `POMOC`, and whatever can't be understood.
    Help,
    /// `MOJE PRIJAVE`
    Wanted,
    /// `NISAM JA`: an answer to an alert.
    Call,
    /// `BILANC KURSIMI`
    Balances(Balances),
    /// `PCA VE 1234 0101990710008 11`, `UCA VE 1234 0101990710008`
    CardAlarm(CardAlarm),
    /// `SALDO 2`
    LedgerBalance(LedgerBalance),
    /// `HISTORIA 2`
    History(History),
    /// `RACHUNKI`
    Accounts,
    /// `POMOC`, where it has a text of its own.
    Guide,
    /// `044123456 5`
    TopUp(TopUp),
    /// `DuoTv`, `user1 DuoTv`
    Product(Product),
}

impl Command {
    /// The command that a reading amounts to. What is incomplete or unknown is answered with help.
    pub fn of(reading: Reading) -> Command {
        let Reading::Command { verb, topic, args } = reading else { return Command::Help };
        match (verb, args.account, topic) {
            (Verb::Balance, Some(kind), _) => {
                Command::Balance(Balance { kind, ordinal: args.ordinal })
            }
            (Verb::Card, ..) => Command::Card(CardQuery { card: args.card }),
            (Verb::Rates, ..) => Command::Rates(Rates { date: args.date }),
            (Verb::Offer, ..) => Command::Offer,
            (Verb::Subscribe, _, Some(topic)) => Command::Subscribe(Subscribe { topic, args }),
            (Verb::Unsubscribe, _, topic) => Command::Unsubscribe(Unsubscribe { topic, args }),
            (Verb::Balances, ..) => {
                args.class.map_or(Command::Help, |class| Command::Balances(Balances { class }))
            }
            (Verb::CardAlarmOn, ..) => {
                CardAlarm::of(true, &args).map_or(Command::Help, Command::CardAlarm)
            }
            (Verb::CardAlarmOff, ..) => {
                CardAlarm::of(false, &args).map_or(Command::Help, Command::CardAlarm)
            }
            (Verb::TopUp, ..) => {
                let (number, amount) = (args.order.number, args.order.amount);
                Command::TopUp(TopUp { number, amount })
            }
            (Verb::Product, ..) => args.order.product.map_or(Command::Help, |place| {
                let priced = args.amount.is_some();
                Command::Product(Product { place, user: args.order.user, priced })
            }),
            (Verb::Wanted, ..) => Command::Wanted,
            (Verb::Call, ..) => Command::Call,
            (Verb::Help | Verb::Balance | Verb::Subscribe, ..) => Command::Help,
            (Verb::LedgerBalance, ..) => {
                Command::LedgerBalance(LedgerBalance { ordinal: args.ordinal })
            }
            (Verb::History, ..) => Command::History(History { ordinal: args.ordinal }),
            (Verb::Accounts, ..) => Command::Accounts,
            (Verb::Guide, ..) => Command::Guide,
        }
    }

    /// Its name in records and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Balance(_) => "balance",
            Command::Card(_) => "card",
            Command::Rates(_) => "rates",
            Command::Offer => "offer",
            Command::Subscribe(_) => "subscribe",
            Command::Unsubscribe(_) => "unsubscribe",
            Command::Help => "help",
            Command::Wanted => "wanted",
            Command::Call => "call",
            Command::Balances(_) => "balances",
            Command::CardAlarm(command) => command.verb().name(),
            Command::LedgerBalance(_) => "ledger-balance",
            Command::History(_) => "history",
            Command::Accounts => "accounts",
            Command::Guide => "guide",
            Command::TopUp(_) => Verb::TopUp.name(),
            Command::Product(_) => Verb::Product.name(),
        }
    }

    /// What reports count it as: by its name, but an order for what was on already is a change
    /// (CA-34).
    pub fn kind(&self, renewed: bool) -> &'static str {
        if renewed { "change" } else { self.name() }
    }

    /// Whether it is carried out only with the customer's access code, where the service asks for
    /// one: the number to call is for everybody, at once.
    pub fn needs_code(&self) -> bool {
        !matches!(self, Command::Call)
    }

    /// Whether it changes something, so that a repeat must not be carried out again.
    pub fn changes(&self) -> bool {
        matches!(self, Command::Subscribe(_) | Command::Unsubscribe(_) | Command::CardAlarm(_))
            || self.moves_money()
    }

    /// Whether it moves money: what became of it is told for longer than other replies are worth
    /// sending.
    pub fn moves_money(&self) -> bool {
        matches!(self, Command::TopUp(_) | Command::Product(_))
    }

    /// As a contract names it, where it is a question that a contract may leave out.
    fn contracted_as(&self) -> Option<Verb> {
        let verb = Verb::named(self.name());
        verb.filter(|verb| verb.is_contracted())
    }

    /// Carries it out, or asks the bank.
    pub fn carry_out(&self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        let known = !desk.caller.is_stranger();
        if self.contracted_as().is_some_and(|verb| known && !desk.caller.may_ask(verb)) {
            return Ok(desk.say(Say::NotContracted, &[]));
        }
        // Nobody needs to be enrolled to order alerts of a card, but a suspended number may not.
        if desk.caller.is_suspended() && matches!(self, Command::CardAlarm(_)) {
            return Ok(desk.say(Say::NoCustomer, &[]));
        }
        match self {
            Command::Balance(command) => Ok(command.carry_out(desk)),
            Command::Card(command) => Ok(command.carry_out(desk)),
            Command::Rates(command) => Ok(command.carry_out(desk)),
            Command::Offer => Ok(offer::carry_out()),
            Command::Subscribe(command) => command.carry_out(desk),
            Command::Unsubscribe(command) => command.carry_out(desk),
            Command::Help => Ok(desk.say(Say::Unknown, &[])),
            Command::Wanted => wanted::carry_out(desk),
            Command::Call => Ok(desk.say(Say::Call, &[])),
            Command::Balances(command) => Ok(command.carry_out(desk)),
            Command::CardAlarm(command) => command.carry_out(desk),
            Command::LedgerBalance(command) => Ok(command.carry_out(desk)),
            Command::History(command) => Ok(command.carry_out(desk)),
            Command::Accounts => Ok(accounts::carry_out(desk)),
            Command::Guide => Ok(desk.say(Say::Guide, &[])),
            Command::TopUp(command) => command.carry_out(desk),
            Command::Product(command) => command.carry_out(desk),
        }
    }
}

/// Where a command is carried out.
pub struct Desk<'a> {
    /// The service that was texted.
    pub service: &'a Service,
    /// Its bank.
    pub bank: BankId,
    /// Whoever texted.
    pub caller: &'a Caller,
    /// His number.
    pub number: Msisdn,
    /// The code that he texted.
    pub code: ShortCode,
    /// What he texted.
    pub text: &'a str,
    /// The time.
    pub now: Wall,
    /// The local date and time.
    pub local: DateTime,
    /// Everything stored.
    pub records: &'a mut dyn Records,
    /// What other phones are told of it; queued in the same batch as the reply.
    pub notices: Vec<Notice>,
    /// Contracts or phones other than the caller's were changed.
    pub others_changed: bool,
    /// The order of money that the reply tells of.
    pub about: Option<Reference>,
    /// What was ordered was on already: the order changes it (CA-34).
    pub renewed: bool,
}

/// A text to another phone than the one that texted.
pub struct Notice {
    /// Whose phone it is.
    pub customer: CustomerId,
    /// Its number.
    pub number: Msisdn,
    /// What is known of it.
    pub phone: Phone,
    /// What it is told.
    pub reply: Reply,
}

/// A rendered text and its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// Which text of the service.
    pub text: TextId,
    /// Its wording for this customer.
    pub wording: String,
}

/// How carrying a command out ends.
pub enum Outcome {
    /// With a reply.
    Say(Reply),
    /// With a question to the bank, and what to make of the answer.
    Ask(Question, Then),
    /// With an order of money.
    Buy(Box<Order>),
    /// With nothing: whoever asks again and again is told once.
    Silent,
}

/// What to make of the bank's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Then {
    /// Tell an account's state.
    Balance(balance::Asked),
    /// Tell a card's state.
    Card(card::Asked),
    /// Tell rates.
    Rates(rates::Asked),
    /// Tell the offer.
    Offer,
    /// Tell the state of several accounts.
    Balances(balances::Asked),
    /// Tell balances.
    Ledger(ledger::Asked),
    /// Tell the last operations.
    History(history::Asked),
    /// Wait for the outcome of an order of money, which is watched elsewhere.
    Bought,
}

impl Then {
    /// The reply that an answer makes.
    pub fn reply(&self, service: &Service, answer: &Answer) -> Reply {
        match self {
            Then::Balance(asked) => asked.reply(service, answer),
            Then::Card(asked) => asked.reply(service, answer),
            Then::Rates(asked) => asked.reply(service, answer),
            Then::Offer => offer::reply(service, answer),
            Then::Balances(asked) => asked.reply(service, answer),
            Then::Ledger(asked) => asked.reply(service, answer),
            Then::History(asked) => asked.reply(service, answer),
            Then::Bought => say(service, Say::Later, &[]),
        }
    }
}

/// A value for a text.
type Pair = (&'static str, Value);

/// Says something in the service's words.
pub fn say(service: &Service, role: Say, values: &[Pair]) -> Reply {
    // The service was checked to fill every role that its verbs need; help is always there.
    let text = service.text_for(role).or_else(|| service.text_for(Say::Unknown));
    match text {
        Some(text) => Reply { text, wording: service.render(text, values) },
        None => unreachable!("a service without help text is refused when it is read"),
    }
}

impl Desk<'_> {
    fn say(&self, role: Say, values: &[Pair]) -> Outcome {
        Outcome::Say(say(self.service, role, values))
    }

    /// Whether anyone whom the phone speaks for may ask about cards (KB-02).
    fn may_ask_about_cards(&self) -> bool {
        let allowed = self.service.cards_for;
        let mut holders = self.caller.customers.iter().map(|(_, contract)| contract.holder);
        allowed.is_none_or(|allowed| holders.any(|holder| holder == allowed))
    }

    fn amount(&self, amount: Minor) -> Value {
        Value::from(amount.styled(self.service.style))
    }
}

/// The values that name an account.
fn naming(found: &CallerAccount<'_>) -> Vec<Pair> {
    vec![
        ("k", Value::from(found.account.kind.as_str())),
        ("n", Value::from(found.account.ordinal)),
        ("acc", Value::from(found.account.number.to_string())),
    ]
}

/// A list of accounts, for texts that loop over it.
fn listing(accounts: &[CallerAccount<'_>]) -> Value {
    accounts.iter().map(|found| Value::from_pairs(naming(found))).collect()
}
