//! What happens in the month, drawn by dice: the banks' events and the customers' texts by day.

use tellerd::base::dice::Dice;
use tellerd::service::topic::Topic;

use super::people::{Bank, Customer, People};
use super::subscribers::Change;
use super::time::{DAY, FIRST, HOUR, MINUTE, SECOND, instant};

/// Minutes of the day in which nobody texts: the daily rounds are made, so that it is certain who
/// wanted to be told.
const ROUNDS: std::ops::Range<i64> = 8 * 60 + 30..9 * 60 + 30;

/// When an offer is published: it is told while nobody texts.
pub(crate) const OFFER: i64 = 9 * 60 + 3;

/// Something that happens outside.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    News(News),
    Text(Text),
}

/// An event of a bank.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) bank: Bank,
    /// When it happened; it is told of somewhat later, or much later.
    pub(crate) happened: i64,
    pub(crate) kind: Kind,
    /// It is told of again, so long after.
    pub(crate) again: Vec<i64>,
}

/// What it is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A movement on an account, in hundredths.
    Movement { account: String, amount: i64, credit: bool },
    /// A card's use.
    Use { card: String, primary: Option<String>, outcome: &'static str, amount: i64 },
    /// The bank itself says that an overdraft ends.
    Overdraft { account: String, until: jiff::civil::Date },
    /// An offer to all who want them.
    Offer,
}

/// A customer's text.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) bank: Bank,
    pub(crate) phone: u64,
    pub(crate) operator: &'static str,
    pub(crate) code: &'static str,
    pub(crate) said: String,
    pub(crate) change: Option<Change>,
    /// The SMSC misses our answer and delivers it again, so long after.
    pub(crate) missed: Option<i64>,
}

/// All causes, in order of time.
pub(crate) fn draw(people: &People, days: i64, dice: &mut Dice) -> Vec<(i64, Cause)> {
    let mut causes = Vec::new();
    let customers = people.customers.len() as u64;
    for day in 0..days {
        for _ in 0..customers * 4 / 10 {
            let customer = &people.customers[dice.below(customers) as usize];
            if customer.bank == Bank::ProCredit {
                continue;
            }
            burst(customer, instant(day, 0) + dice.below(DAY as u64) as i64, dice, &mut causes);
        }
    }
    for customer in &people.customers {
        overdrafts(customer, dice, &mut causes);
        for phone in 0..customer.phones.len() {
            texts(customer, phone, days, dice, &mut causes);
        }
    }
    for day in offers(days) {
        let (happened, bank) = (instant(day, OFFER), Bank::Kombank);
        let news = News { bank, happened, kind: Kind::Offer, again: vec![SECOND, DAY] };
        causes.push((happened, Cause::News(news)));
    }
    let end = instant(days, 0) - 2 * HOUR;
    causes.retain(|(at, cause)| *at < end && !meets_reports(*at, cause));
    causes.sort_by_key(|(at, _)| *at);
    causes
}

/// Two days of the month.
pub(crate) fn offers(days: i64) -> [i64; 2] {
    [days / 4, days * 2 / 3]
}

/// While balances are reported none moves, so that it is certain what they are.
fn meets_reports(at: i64, cause: &Cause) -> bool {
    let moves = matches!(cause, Cause::News(news) if news.bank == Bank::SmsKontakt);
    // They are told at 08:00 and 16:30.
    moves && matches!(at / MINUTE % 60, 57..|0..7| 27..37)
}

/// One event, or a few of the same account or card within seconds.
fn burst(customer: &Customer, at: i64, dice: &mut Dice, causes: &mut Vec<(i64, Cause)>) {
    let count = if dice.chance(20) { 2 + dice.below(4) } else { 1 };
    let by_card = customer.card.is_some() && (customer.accounts.is_empty() || dice.chance(40));
    let books: Vec<_> = customer.accounts.iter().filter(|account| account.term.is_none()).collect();
    let account = books.get(dice.below(books.len().max(1) as u64) as usize);
    let mut at = at;
    for _ in 0..count {
        let amount = (1 + dice.below(1_500_000)) as i64;
        let kind = match (&customer.card, account) {
            (Some(card), _) if by_card => Kind::Use {
                card: card.reference.clone(),
                primary: card.primary.clone(),
                outcome: ["approved", "approved", "approved", "declined", "reversed"]
                    [dice.below(5) as usize],
                amount,
            },
            (_, Some(account)) => {
                Kind::Movement { account: account.number.clone(), amount, credit: dice.chance(50) }
            }
            _ => return,
        };
        // In one of a hundred the bank's feed lies a day behind.
        let age = if dice.chance(1) { 26 * HOUR } else { dice.below(20_000) as i64 };
        let spans = [5 * SECOND, 3 * MINUTE, 26 * HOUR, 9 * DAY];
        let mut again = || dice.chance(4).then(|| spans[dice.below(spans.len() as u64) as usize]);
        let again = [again(), again()].into_iter().flatten().collect();
        let news = News { bank: customer.bank, happened: at - age, kind, again };
        causes.push((at, Cause::News(news)));
        at += dice.below(3) as i64 * SECOND;
    }
}

/// The bank tells of some overdrafts itself, before our own round of that day or after it.
fn overdrafts(customer: &Customer, dice: &mut Dice, causes: &mut Vec<(i64, Cause)>) {
    for account in &customer.accounts {
        let Some(until) = account.overdraft.filter(|_| dice.chance(30)) else { continue };
        let day = i64::from(until.since(FIRST).map_or(0, |span| span.get_days())) - 7;
        let happened = instant(day, if dice.chance(50) { 8 * 60 + 5 } else { 10 * 60 });
        if day < 1 {
            continue;
        }
        let kind = Kind::Overdraft { account: account.number.clone(), until };
        let news = News { bank: customer.bank, happened, kind, again: Vec::new() };
        causes.push((happened + SECOND, Cause::News(news)));
    }
}

/// What one phone texts in the month: changes that alternate, and questions.
fn texts(
    customer: &Customer,
    phone: usize,
    days: i64,
    dice: &mut Dice,
    causes: &mut Vec<(i64, Cause)>,
) {
    let (bank, phone) = (customer.bank, &customer.phones[phone]);
    let mut last = String::new();
    for day in 0..days {
        if !dice.chance(12) {
            continue;
        }
        let minutes = dice.below(24 * 60) as i64;
        if ROUNDS.contains(&minutes) {
            continue;
        }
        let mut change = if dice.chance(45) { change(customer, dice) } else { None };
        // The same change twice in a row may count as a repeat: that is another test's.
        change = change.filter(|(said, _)| *said != last);
        if let Some((said, _)) = &change {
            last.clone_from(said);
        }
        let (said, change) = match change {
            Some((said, change)) => (said, Some(change)),
            None => (question(customer, day, dice), None),
        };
        let code = match bank {
            Bank::Kombank if phone.operator == "mts" && change.is_some() => "5623",
            Bank::Kombank => "5622",
            Bank::CardAlarm => "4640",
            Bank::SmsKontakt => "48661000555",
            Bank::ProCredit => "50333",
        };
        let missed = dice.chance(5).then(|| (2 + dice.below(60) as i64) * SECOND);
        let text = Text {
            bank,
            phone: phone.number,
            operator: phone.operator,
            code,
            said,
            change,
            missed,
        };
        causes.push((instant(day, minutes) + dice.below(60_000) as i64, Cause::Text(text)));
    }
}

fn change(customer: &Customer, dice: &mut Dice) -> Option<(String, Change)> {
    match (customer.bank, &customer.card) {
        (Bank::Kombank, _) if dice.chance(8) => Some(("ODJAVA".to_owned(), Change::Nothing)),
        (Bank::Kombank, Some(card)) if dice.chance(30) => {
            let on = dice.chance(60);
            let word = if on { "PRIJAVA" } else { "ODJAVA" };
            let said = format!("{word} AUTORIZACIJA {}", card.last4);
            Some((said, Change::Card { card: card.reference.clone(), on }))
        }
        (Bank::Kombank, _) => {
            let books = customer.accounts.iter().filter(|account| account.term.is_none());
            let books: Vec<_> = books.collect();
            let account = books[dice.below(books.len() as u64) as usize];
            let (topic, word) =
                [(Topic::Credit, "PRILIV"), (Topic::Debit, "ODLIV")][dice.below(2) as usize];
            let on = dice.chance(65).then(|| [1_000, 2_000, 7_500][dice.below(3) as usize] * 100);
            let said = match on {
                Some(limit) => format!("Prijava {word} TR {} {}", account.ordinal, limit / 100),
                None => format!("Odjava {word} TR {}", account.ordinal),
            };
            Some((said, Change::Movement { topic, account: account.number.clone(), on }))
        }
        (Bank::CardAlarm, Some(card)) if card.primary.is_none() => {
            let (on, jmbg) = (dice.chance(60), &customer.secret);
            let word = if on { "PCA" } else { "UCA" };
            let mode = if on && card.has_additional { " 11" } else { "" };
            let said = format!("{word} VE {} {jmbg}{mode}", card.last4);
            Some((said, Change::Card { card: card.reference.clone(), on }))
        }
        _ => None,
    }
}

fn question(customer: &Customer, day: i64, dice: &mut Dice) -> String {
    let any = dice.below(4) as usize;
    match customer.bank {
        Bank::Kombank => ["TR 1", "TR", "KURS", "INFO"][any].to_owned(),
        Bank::CardAlarm => ["POMOC", "nisam ja", "PCA", "BLOKADA"][any].to_owned(),
        Bank::SmsKontakt => {
            let asked = ["SALDO", "SALDO 1", "HISTORIA 1", "RACHUNKI"][any];
            format!("{} {asked}", customer.secret)
        }
        Bank::ProCredit if any == 0 => "BILANC".to_owned(),
        // Each to a number of its own, so that a sale tells which text ordered it.
        Bank::ProCredit => format!("044{:04}{day:02} {}", customer.n, 1 + dice.below(20)),
    }
}
