//! A seed's customers: each one's form, as the branch would hand it in, and beside it the bank's
//! books, as of the reader's day.

use std::ops::Range;
use std::time::Duration;

use crate::bank::{AccountNumber, AccountState, CardState, CurrencyBalance, Movement};
use crate::base::limits::MOVEMENTS_KEPT_MAX;
use crate::base::msisdn::Msisdn;
use crate::enrol::{self, Application, Contract, Field, Part};
use crate::sale::embedded::Manner;
use crate::seed::file::{
    AccountTable, Alerts, BalanceTable, CardTable, CustomerTable, MovementTable, SaleEnd,
    SaleTable, SeedFile,
};
use crate::seed::reader::Reader;

/// A customer and everything that is stored of him.
pub(super) struct Client {
    /// What the branch enrolled; `None` where that can't be read.
    pub(super) contract: Option<Contract>,
    /// The places of his phones that too many wrong codes came from.
    pub(super) locked: Vec<usize>,
    /// The states of his accounts, in their order; `None` is an account that never answers.
    pub(super) states: Vec<Option<AccountState>>,
    /// The states of the cards that the bank tells of, by reference.
    pub(super) card_states: Vec<(String, CardState)>,
    /// His loans, which the bank mirrors like accounts.
    pub(super) loans: Vec<(AccountNumber, AccountState)>,
}

/// All customers of a file, in its order.
pub(super) fn customers(file: &SeedFile, reader: &mut Reader) -> Vec<Client> {
    file.customer.iter().map(|table| client(table, reader)).collect()
}

/// How the sample seller deals with the numbers that a file names.
pub(super) fn manners(file: &SeedFile, reader: &mut Reader) -> Vec<(Msisdn, Manner)> {
    let manner = |reader: &mut Reader, table: &SaleTable| {
        let number = reader.number(&table.number)?;
        let ends = match table.ends {
            SaleEnd::Done => Some(true),
            SaleEnd::Refused => Some(false),
            SaleEnd::Never => None,
        };
        let after = Duration::from_secs(u64::from(table.after_seconds));
        Some((number, Manner { ends, after }))
    };
    file.sale.iter().filter_map(|table| manner(reader, table)).collect()
}

fn client(table: &CustomerTable, reader: &mut Reader) -> Client {
    let contract = Contract::of(&application(table)).map_err(|refusals| {
        for refusal in refusals {
            reader.fault(span(table, refusal.field), refusal.what, &refusal.remedy);
        }
    });
    let locked = table.phone.iter().enumerate().filter(|(_, phone)| phone.locked);
    Client {
        contract: contract.ok(),
        locked: locked.map(|(at, _)| at).collect(),
        states: table.account.iter().map(|account| state(account, reader)).collect(),
        card_states: table.card.iter().filter_map(|card| card_state(card, reader)).collect(),
        loans: table
            .loan
            .iter()
            .map(|loan| {
                let owed = reader.currency(&loan.currency).map(|currency| CurrencyBalance {
                    currency,
                    amount: reader.amount(&loan.amount),
                    term: None,
                });
                let balances = Vec::from_iter(owed);
                let state = AccountState { balances, ..AccountState::default() };
                (AccountNumber::new(loan.number.get_ref().as_str()), state)
            })
            .collect(),
    }
}

/// A customer's table as the branch's form.
pub(super) fn application(table: &CustomerTable) -> Application {
    let alerts = |alerts: &Alerts| {
        Some(alerts.iter().map(|(topic, text)| (*topic, text.get_ref().clone())).collect())
    };
    let text = |text: &Option<toml::Spanned<String>>| text.as_ref().map(|t| t.get_ref().clone());
    let phones = table.phone.iter().map(|phone| enrol::PhoneTable {
        number: phone.number.get_ref().clone(),
        operator: phone.operator.clone(),
        alerts: alerts(&phone.alerts),
    });
    let accounts = table.account.iter().map(|account| enrol::AccountTable {
        kind: account.kind.get_ref().clone(),
        number: account.number.get_ref().clone(),
        ordinal: None,
        alerts: alerts(&account.alerts),
        report: account.report.as_ref().map(|report| enrol::ReportTable {
            at: Some(report.at.get_ref().clone()),
            when: report.when,
        }),
        alerts_to: account.alerts_to.as_ref().map(|to| *to.get_ref()),
    });
    let cards = table.card.iter().map(|card| enrol::CardTable {
        last4: card.last4.get_ref().clone(),
        kind: card.kind.clone(),
        reference: card.reference.get_ref().clone(),
        word: text(&card.word),
        account: text(&card.account),
        primary: text(&card.primary),
        query: card.query,
        alerts: alerts(&card.alerts),
    });
    let questions = table.questions.as_ref();
    let texts = |list: &[toml::Spanned<String>]| {
        Some(list.iter().map(|text| text.get_ref().clone()).collect())
    };
    Application {
        holder: Some(table.holder),
        jmbg: text(&table.jmbg),
        code: text(&table.code),
        questions: questions.map(|list| list.iter().map(|verb| *verb.get_ref()).collect()),
        products: texts(&table.products),
        pays_for: texts(&table.pays_for),
        tops_up: texts(&table.tops_up),
        phones: Some(phones.collect()),
        accounts: Some(accounts.collect()),
        cards: Some(cards.collect()),
        loans: Some(table.loan.iter().map(|loan| loan.number.get_ref().clone()).collect()),
        ..Application::default()
    }
}

/// Where in the file a field of the form stands.
pub(super) fn span(table: &CustomerTable, field: Field) -> Range<usize> {
    let alert =
        |alerts: &Alerts| field.topic.and_then(|topic| alerts.get(&topic)).map(toml::Spanned::span);
    let found = match field.part {
        Part::Whole => match field.name {
            "jmbg" => table.jmbg.as_ref().map(toml::Spanned::span),
            "code" => table.code.as_ref().map(toml::Spanned::span),
            _ => None,
        },
        Part::Question(at) => {
            table.questions.as_ref().and_then(|list| list.get(at)).map(toml::Spanned::span)
        }
        Part::Product(at) => table.products.get(at).map(toml::Spanned::span),
        Part::User(at) => table.pays_for.get(at).map(toml::Spanned::span),
        Part::Target(at) => table.tops_up.get(at).map(toml::Spanned::span),
        Part::Phone(at) => table
            .phone
            .get(at)
            .map(|phone| alert(&phone.alerts).unwrap_or_else(|| phone.number.span())),
        Part::Account(at) => table.account.get(at).map(|account| {
            alert(&account.alerts).unwrap_or_else(|| match (field.name, &account.alerts_to) {
                ("number", _) => account.number.span(),
                ("alerts_to", Some(to)) => to.span(),
                ("report.at", _) => {
                    account.report.as_ref().map_or(account.kind.span(), |report| report.at.span())
                }
                _ => account.kind.span(),
            })
        }),
        Part::Card(at) => table.card.get(at).map(|card| {
            alert(&card.alerts).unwrap_or_else(|| match (field.name, &card.word) {
                ("reference", _) => card.reference.span(),
                ("word", Some(word)) => word.span(),
                _ => card.last4.span(),
            })
        }),
        Part::Loan(at) => table.loan.get(at).map(|loan| loan.number.span()),
        Part::Additional(_) => None,
    };
    found.unwrap_or_else(|| table.id.span())
}

fn state(table: &AccountTable, reader: &mut Reader) -> Option<AccountState> {
    let state = AccountState {
        balance: table.balance.as_ref().map(|text| reader.amount(text)).unwrap_or_default(),
        last: table.last.as_ref().or(table.history.first()).map(|last| movement(last, reader)),
        overdraft: table
            .overdraft
            .as_ref()
            .map(|overdraft| (reader.amount(&overdraft.limit), reader.day(&overdraft.until))),
        term: table.term.as_ref().map(|text| reader.day(text)),
        renews: table
            .renews
            .as_ref()
            .map(|renewal| (*renewal.months.get_ref(), reader.amount(&renewal.rate))),
        balances: table.balances.iter().filter_map(|table| balance(table, reader)).collect(),
        available: table.available.as_ref().map(|text| reader.amount(text)),
        history: table.history.iter().map(|table| movement(table, reader)).collect(),
    };
    if let Some(oldest) = table.history.get(MOVEMENTS_KEPT_MAX) {
        let what = format!("an account keeps {MOVEMENTS_KEPT_MAX} movements");
        reader.fault(oldest.date.span(), what, "leave the oldest out");
    }
    if let Some(renewal) = &table.renews
        && !(1..=600).contains(renewal.months.get_ref())
    {
        let what = "a deposit is renewed for 1 to 600 months";
        reader.fault(renewal.months.span(), what, "write such as months = 12");
    }
    (!table.silent).then_some(state)
}

fn movement(table: &MovementTable, reader: &mut Reader) -> Movement {
    Movement {
        date: reader.day(&table.date),
        amount: reader.amount(&table.amount),
        text: table.text.clone(),
    }
}

fn balance(table: &BalanceTable, reader: &mut Reader) -> Option<CurrencyBalance> {
    let amount = reader.amount(&table.amount);
    let term = table.term.as_ref().map(|text| reader.day(text));
    let currency = reader.currency(&table.currency)?;
    Some(CurrencyBalance { currency, amount, term })
}

fn card_state(table: &CardTable, reader: &mut Reader) -> Option<(String, CardState)> {
    let expires = table.expires.as_ref().map(|text| reader.day(text));
    let limit = table.limit.as_ref().map(|text| reader.amount(text));
    let available = table.available.as_ref().map(|text| reader.amount(text));
    if let Some(reissue) = &table.reissue {
        reader.last4(reissue);
    }
    let state = CardState { expires: expires?, limit: limit?, available: available? };
    Some((table.reference.get_ref().clone(), state))
}
