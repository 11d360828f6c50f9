//! The customers of three banks, drawn by dice, and what their branches would enrol.

use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::Date;
use tellerd::base::dice::Dice;

use super::subscribers::{Sub, Subscribers};
use super::time::FIRST;
use tellerd::service::topic::Topic;

/// A shipped bank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Bank {
    /// Alerts of accounts and cards, changed by text.
    Kombank,
    /// Alerts of cards alone.
    CardAlarm,
    /// Polish accounts, by access code.
    SmsKontakt,
    /// Top-ups in Kosovo.
    ProCredit,
}

impl Bank {
    pub(crate) const ALL: [Bank; 4] =
        [Bank::Kombank, Bank::CardAlarm, Bank::SmsKontakt, Bank::ProCredit];

    /// As config.toml calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Bank::Kombank => "kombank",
            Bank::CardAlarm => "card-alarm",
            Bank::SmsKontakt => "sms-kontakt",
            Bank::ProCredit => "procredit",
        }
    }
}

/// Names and prefixes of the operators.
const OPERATORS: [(&str, &str); 3] = [("telenor", "38163"), ("vip", "38160"), ("mts", "38164")];

/// A phone: its number without +, and its operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Phone {
    pub(crate) number: u64,
    pub(crate) operator: &'static str,
}

/// An account, and what is on it at first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) ordinal: usize,
    /// In hundredths.
    pub(crate) balance: i64,
    pub(crate) overdraft: Option<Date>,
    pub(crate) term: Option<Date>,
    /// Its first holder is another customer.
    pub(crate) joint: bool,
    pub(crate) report: Option<Report>,
}

/// When an account's balance is told: in minutes of the day, also where it hasn't changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) at: i64,
    pub(crate) always: bool,
}

/// A card.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) reference: String,
    pub(crate) last4: String,
    /// The card that it is additional to.
    pub(crate) primary: Option<String>,
    /// Others are additional to it.
    pub(crate) has_additional: bool,
}

/// A customer.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) bank: Bank,
    /// Which of the bank's, from 0.
    pub(crate) n: u64,
    pub(crate) phones: Vec<Phone>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) card: Option<Card>,
    /// The JMBG, or the access code.
    pub(crate) secret: String,
}

/// All of them.
pub(crate) struct People {
    pub(crate) customers: Vec<Customer>,
    pub(crate) subscribers: Subscribers,
    /// Second holders of accounts, by their number in the seed: which account, whether credits and
    /// debits are told, from which amount. A seed file has no joint accounts.
    pub(crate) joint: Vec<(u64, String, [bool; 2], i64)>,
    seeds: [String; 4],
}

impl People {
    /// So many customers: most at the first bank, a quarter at the second.
    pub(crate) fn draw(count: u64, dice: &mut Dice) -> People {
        let mut people = People {
            customers: Vec::new(),
            subscribers: Subscribers::default(),
            joint: Vec::new(),
            seeds: [const { String::new() }; 4],
        };
        let (first, second, last) = (count / 2, count / 4, count / 10);
        for n in 0..first {
            people.kombank(n, dice);
        }
        for n in 0..second {
            people.card_alarm(n);
        }
        for n in 0..count - first - second - last {
            people.sms_kontakt(n, dice);
        }
        for n in 0..last {
            people.procredit(n);
        }
        people
    }

    /// What a bank's branch enrols, as a seed file.
    pub(crate) fn seed(&self, bank: Bank) -> &str {
        &self.seeds[bank as usize]
    }

    fn kombank(&mut self, n: u64, dice: &mut Dice) {
        let phone = |n: u64, more: u64| {
            let (operator, prefix) = OPERATORS[((n + more) % 3) as usize];
            Phone {
                number: format!("{prefix}{:07}", n + more * 500_000).parse().expect("digits"),
                operator,
            }
        };
        let phones: Vec<Phone> = (0..=u64::from(n % 10 == 4)).map(|more| phone(n, more)).collect();
        let own = |ordinal: usize, balance, overdraft| Account {
            number: format!("205-{n:013}-{ordinal:02}"),
            ordinal,
            balance,
            overdraft,
            ..Account::default()
        };
        let mut day =
            |percent: u64| dice.chance(percent).then(|| FIRST + (9 + dice.below(34) as i64).days());
        // One phone is told of one overdraft: the joint account brings its own.
        let (overdraft, term) = (day(25).filter(|_| n % 10 != 3), day(15));
        let mut accounts = vec![own(1, 1_000_000 + n as i64 * 37, overdraft)];
        match n % 10 {
            7 => accounts.push(own(2, 500_000, None)),
            // A joint account: the one before is its other holder.
            3 => accounts.push(Account { ordinal: 2, joint: true, ..self.last_account() }),
            _ => {}
        }
        let card = (dice.chance(60)).then(|| card(format!("KB-{n}"), n, None, false));
        let (id, mut seed) = (self.customers.len(), String::new());
        head(&mut seed, n, "");
        for phone in &phones {
            line(&mut seed, phone, "overdraft = \"on\", deposit = \"on\", offer = \"on\"");
            for (topic, subject) in [
                (Topic::Overdraft, "overdraft"),
                (Topic::Deposit, "deposit"),
                (Topic::Offer, "offer"),
            ] {
                self.subscribers.add(Sub::new(Bank::Kombank, id, phone.number, topic, subject));
            }
        }
        for account in &accounts {
            let limit = [1_000, 1_000, 2_500, 5_000, 10_000][dice.below(5) as usize];
            let (credit, debit) = (dice.chance(85), dice.chance(70));
            let limit = if credit || debit { limit } else { 1_000 };
            let said = |on| if on { format!("{limit}.00") } else { "off".to_owned() };
            let alerts = format!("credit = \"{}\", debit = \"{}\"", said(credit), said(debit));
            match account.joint {
                false => book(&mut seed, "TR", account, &alerts),
                true => self.joint.push((n, account.number.clone(), [credit, debit], limit * 100)),
            }
            for phone in &phones {
                for (topic, active) in [(Topic::Credit, credit), (Topic::Debit, debit)] {
                    let of = Sub::new(Bank::Kombank, id, phone.number, topic, &account.number);
                    self.subscribers.add(Sub { active, limit: limit * 100, ..of });
                }
            }
        }
        if let Some(term) = term {
            let number = format!("206-{n:013}-01");
            let deposit = Account {
                number,
                ordinal: 1,
                balance: 30_000_000 + n as i64,
                term: Some(term),
                ..Account::default()
            };
            book(&mut seed, "TRS", &deposit, "");
            accounts.push(deposit);
        }
        if let Some(card) = &card {
            plastic(&mut seed, card, "", "card-use = \"on\"");
            for phone in &phones {
                let of = Sub::new(Bank::Kombank, id, phone.number, Topic::CardUse, &card.reference);
                self.subscribers.add(of);
            }
        }
        self.enter(
            Customer { bank: Bank::Kombank, n, phones, accounts, card, secret: String::new() },
            &seed,
        );
    }

    fn card_alarm(&mut self, n: u64) {
        // Every fifth is the other bank's customer, too.
        let (operator, prefix) = OPERATORS[(n % 3) as usize];
        let number = if n.is_multiple_of(5) { n } else { 700_000 + n };
        let number = format!("{prefix}{number:07}").parse().expect("digits");
        let phones = vec![Phone { number, operator }];
        let primary = (n % 4 == 1).then(|| format!("CA-{}", n - 1));
        let card = card(format!("CA-{n}"), 3 * n + 1, primary, n.is_multiple_of(4));
        let (id, mut seed, secret) =
            (self.customers.len(), String::new(), format!("{:013}", 101_990_710_000 + n));
        head(&mut seed, n, &format!("jmbg = \"{secret}\""));
        line(&mut seed, &phones[0], "");
        let additional = if card.has_additional { ", additional-use = \"on\"" } else { "" };
        let more = format!("word = \"VE\"\naccount = \"200-{n:013}-11\"");
        plastic(&mut seed, &card, &more, &format!("card-use = \"on\"{additional}"));
        let topics = [Topic::CardUse, Topic::AdditionalUse];
        for topic in &topics[..1 + usize::from(card.has_additional)] {
            self.subscribers.add(Sub::new(Bank::CardAlarm, id, number, *topic, &card.reference));
        }
        let (accounts, card) = (Vec::new(), Some(card));
        self.enter(Customer { bank: Bank::CardAlarm, n, phones, accounts, card, secret }, &seed);
    }

    fn sms_kontakt(&mut self, n: u64, dice: &mut Dice) {
        let number = format!("4860{:07}", 1_234_567 + n).parse().expect("digits");
        let phones = vec![Phone { number, operator: "plus" }];
        let (id, mut seed) = (self.customers.len(), String::new());
        let secret = format!("{}", 100_000 + dice.below(900_000));
        head(&mut seed, n, &format!("code = \"{secret}\""));
        line(&mut seed, &phones[0], "");
        let account = |ordinal: usize| Account {
            number: format!("PL{:026}", n * 10 + ordinal as u64),
            ordinal,
            balance: 432_109 + n as i64,
            report: [(8 * 60, true), (8 * 60, false), (16 * 60 + 30, true)]
                .get((n % 4) as usize * ordinal)
                .map(|(at, always)| Report { at: *at, always: *always }),
            ..Account::default()
        };
        let accounts: Vec<Account> =
            (1..=1 + usize::from(n.is_multiple_of(4))).map(account).collect();
        for account in &accounts {
            let kind = if account.ordinal == 1 { "ROR" } else { "RB" };
            book(&mut seed, kind, account, "credit = \"on\", debit = \"on\"");
            let of = |topic, subject: &str| Sub::new(Bank::SmsKontakt, id, number, topic, subject);
            for topic in [Topic::Credit, Topic::Debit] {
                self.subscribers.add(of(topic, &account.number));
            }
            let report = format!("report {}", account.number);
            self.subscribers.add(of(Topic::Report, &report));
        }
        self.enter(
            Customer { bank: Bank::SmsKontakt, n, phones, accounts, card: None, secret },
            &seed,
        );
    }

    fn procredit(&mut self, n: u64) {
        let (operator, prefix) = [("vala", "38344"), ("ipko", "38349")][(n % 2) as usize];
        let number = format!("{prefix}{:06}", 900_000 + n).parse().expect("digits");
        let phones = vec![Phone { number, operator }];
        let (mut seed, number) = (String::new(), format!("{:016}", 1_110_000_000_000_000 + n));
        head(&mut seed, n, "");
        line(&mut seed, &phones[0], "");
        // Some can't pay for much.
        let balance = if n % 8 == 5 { 900 } else { 30_000 + n as i64 };
        let accounts = vec![Account { number, ordinal: 1, balance, ..Account::default() }];
        book(&mut seed, "RRJEDHESE", &accounts[0], "");
        let (bank, card, secret) = (Bank::ProCredit, None, String::new());
        self.enter(Customer { bank, n, phones, accounts, card, secret }, &seed);
    }

    fn last_account(&self) -> Account {
        self.customers.last().expect("somebody before").accounts[0].clone()
    }

    fn enter(&mut self, customer: Customer, seed: &str) {
        self.seeds[customer.bank as usize].push_str(seed);
        self.customers.push(customer);
    }
}

fn card(reference: String, n: u64, primary: Option<String>, has_additional: bool) -> Card {
    Card { reference, last4: format!("{:04}", n % 10_000), primary, has_additional }
}

fn head(seed: &mut String, n: u64, more: &str) {
    let _ = writeln!(seed, "[[customer]]\nid = \"{n}\"\nholder = \"natural\"\n{more}");
}

fn line(seed: &mut String, phone: &Phone, alerts: &str) {
    let Phone { number, operator } = phone;
    let _ = writeln!(seed, "[[customer.phone]]\nnumber = \"+{number}\"\noperator = \"{operator}\"");
    let _ = writeln!(seed, "alerts = {{ {alerts} }}");
}

fn book(seed: &mut String, kind: &str, account: &Account, alerts: &str) {
    let Account { number, balance, overdraft, term, report, .. } = account;
    let _ = writeln!(seed, "[[customer.account]]\nkind = \"{kind}\"\nnumber = \"{number}\"");
    let _ = writeln!(seed, "balance = \"{}.{:02}\"", balance / 100, balance % 100);
    let _ = writeln!(seed, "alerts = {{ {alerts} }}");
    if let Some(Report { at, always }) = report {
        let when = if *always { "always" } else { "changed" };
        let (hour, minute) = (at / 60, at % 60);
        let _ = writeln!(seed, "report = {{ at = \"{hour:02}:{minute:02}\", when = \"{when}\" }}");
    }
    if let Some(until) = overdraft {
        let _ = writeln!(seed, "overdraft = {{ limit = \"60000.00\", until = \"{until}\" }}");
    }
    if let Some(term) = term {
        let _ = writeln!(seed, "term = \"{term}\"\nrenews = {{ months = 12, rate = \"4.50\" }}");
    }
}

fn plastic(seed: &mut String, card: &Card, more: &str, alerts: &str) {
    let Card { reference, last4, primary, .. } = card;
    let _ = writeln!(seed, "[[customer.card]]\nlast4 = \"{last4}\"\nkind = \"Visa Electron\"");
    let _ = writeln!(seed, "reference = \"{reference}\"\n{more}\nalerts = {{ {alerts} }}");
    if let Some(primary) = primary {
        let _ = writeln!(seed, "primary = \"{primary}\"");
    }
}
