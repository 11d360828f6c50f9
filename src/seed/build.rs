//! A seed's tables as the records that they become, as of the reader's day.

use std::time::Duration;

use crate::bank::{AccountNumber, AccountState, CardState, CurrencyBalance, Movement};
use crate::base::access_code::AccessCode;
use crate::base::jmbg::Jmbg;
use crate::base::limits::MOVEMENTS_KEPT_MAX;
use crate::base::money::Minor;
use crate::base::msisdn::Msisdn;
use crate::customer::{Account, Card, Customer, Payable};
use crate::sale::embedded::Manner;
use crate::seed::file::{
    AccountTable, Alerts, BalanceTable, CardTable, CustomerTable, MovementTable, SaleEnd,
    SaleTable, SeedFile,
};
use crate::seed::reader::{Alert, Reader};
use crate::service::Service;
use crate::service::topic::Topic;
use crate::subscription::{Subscription, Subscriptions, WHOLE_CUSTOMER};

/// A customer and everything that is stored of him.
pub(super) struct Client {
    /// What the branch enrolled.
    pub(super) contract: Customer,
    /// His number as a citizen, of which a keyed hash is stored.
    pub(super) jmbg: Option<Jmbg>,
    /// His access code.
    pub(super) code: Option<AccessCode>,
    /// His phones.
    pub(super) phones: Vec<Line>,
    /// The states of his accounts, in their order; `None` is an account that never answers.
    pub(super) states: Vec<Option<AccountState>>,
    /// The states of the cards that the bank tells of, by reference.
    pub(super) card_states: Vec<(String, CardState)>,
    /// His loans, which the bank mirrors like accounts.
    pub(super) loans: Vec<(AccountNumber, AccountState)>,
    /// Alerts of accounts and cards, which each of his phones gets.
    alerts: Vec<Wanted>,
}

/// A phone of a customer.
pub(super) struct Line {
    /// Its number.
    pub(super) number: Msisdn,
    /// The operator that the branch noted.
    pub(super) operator: Option<String>,
    /// Too many wrong codes came from it.
    pub(super) locked: bool,
    alerts: Vec<Wanted>,
}

/// Something contracted: a topic, its item, and whether it is active.
struct Wanted {
    topic: Topic,
    item: u16,
    alert: Alert,
    /// The place of the only phone that it is for.
    phone: Option<usize>,
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
    let mut contract = Customer::new(table.holder);
    let questions = table.questions.as_ref();
    contract.questions = questions.map(|list| list.iter().map(|verb| *verb.get_ref()).collect());
    contract.purchases = Payable {
        products: table.products.iter().map(|name| name.get_ref().clone()).collect(),
        users: table.pays_for.iter().map(|name| name.get_ref().to_lowercase()).collect(),
        numbers: table.tops_up.iter().filter_map(|number| reader.number(number)).collect(),
    };
    let mut alerts = Vec::new();
    for (item, account) in (0..).zip(&table.account) {
        let same_kind = contract.accounts.iter().filter(|a| a.kind == *account.kind.get_ref());
        let ordinal = (1u16..).zip(same_kind).last().map_or(1, |(last, _)| last + 1);
        contract.accounts.push(Account {
            kind: account.kind.get_ref().clone(),
            ordinal,
            number: AccountNumber::new(account.number.get_ref().as_str()),
        });
        let to = account.alerts_to.as_ref().map(|to| usize::from(*to.get_ref()));
        alerts.extend(wanted(&account.alerts, item, to, reader));
    }
    for (item, card) in (0..).zip(&table.card) {
        let Some(last4) = reader.last4(&card.last4) else { continue };
        contract.cards.push(Card {
            last4,
            kind: card.kind.clone(),
            reference: card.reference.get_ref().clone(),
            query: card.query,
            word: card.word.as_ref().map(|word| word.get_ref().clone()),
            account: card.account.as_ref().map(|a| AccountNumber::new(a.get_ref().as_str())),
            primary: card.primary.as_ref().map(|primary| primary.get_ref().clone()),
        });
        alerts.extend(wanted(&card.alerts, item, None, reader));
    }
    let mut phones = Vec::new();
    for phone in &table.phone {
        let alerts = wanted(&phone.alerts, WHOLE_CUSTOMER, None, reader);
        let Some(number) = reader.number(&phone.number) else { continue };
        contract.phones.push(number);
        let (operator, locked) = (phone.operator.clone(), phone.locked);
        phones.push(Line { number, operator, locked, alerts });
    }
    let loans = table.loan.iter().map(|loan| loan.number.get_ref().as_str());
    contract.loans.extend(loans.map(AccountNumber::new));
    Client {
        contract,
        jmbg: table.jmbg.as_ref().and_then(|text| reader.jmbg(text)),
        code: table.code.as_ref().and_then(|text| reader.code(text)),
        phones,
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
        alerts,
    }
}

fn wanted(alerts: &Alerts, item: u16, phone: Option<usize>, reader: &mut Reader) -> Vec<Wanted> {
    alerts
        .iter()
        .map(|(topic, text)| Wanted { topic: *topic, item, alert: reader.alert(text), phone })
        .collect()
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

impl Client {
    /// All that he has contracted for the phone at this place of his list.
    pub(super) fn subscriptions(&self, phone: usize, service: &Service) -> Subscriptions {
        let mut list = Subscriptions::default();
        let own = self.phones.get(phone).map(|line| &line.alerts);
        let of_items = self.alerts.iter().filter(|w| w.phone.is_none_or(|to| to == phone + 1));
        for wanted in of_items.chain(own.into_iter().flatten()) {
            let limit = match wanted.alert {
                Alert::From(amount) => amount,
                Alert::On | Alert::Off => self.minimum(wanted, service),
            };
            let active = wanted.alert != Alert::Off;
            list.contract(Subscription { topic: wanted.topic, item: wanted.item, active, limit });
        }
        self.share_limits(list)
    }

    /// The smallest limit that the service has for it.
    fn minimum(&self, wanted: &Wanted, service: &Service) -> Minor {
        if !wanted.topic.is_movement() {
            return Minor::ZERO;
        }
        self.contract
            .accounts
            .get(usize::from(wanted.item))
            .and_then(|account| service.account_called(&account.kind))
            .and_then(|at| service.account(at))
            .and_then(|kind| kind.minimum)
            .unwrap_or_default()
    }

    /// The limit belongs to the account (KB-35): an inactive direction has that of the active one.
    fn share_limits(&self, mut list: Subscriptions) -> Subscriptions {
        let active: Vec<Subscription> =
            list.iter().filter(|s| s.active && s.topic.is_movement()).copied().collect();
        for subscription in active {
            list.activate(subscription.topic, subscription.item, subscription.limit);
        }
        list
    }
}
