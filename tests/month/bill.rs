//! What messages cost: counted from the records that were accepted, compared with the bill that a
//! clerk gets at the door, and with what customers are told of it.

use std::collections::BTreeMap;

use tellerd::base::money::{AmountStyle, Minor};
use tellerd::fee::Line;
use tellerd::message::{Body, Head, State};
use tellerd::service::topic::Topic;

use super::ledger::{Ledger, Told};
use super::people::{Bank, People};
use super::time::{MINUTE, instant};

/// 2026-10-31, counted from the first day.
const LAST: i64 = 18;

/// Texts of the Polish bank that cost nothing.
const FREE: [&str; 6] = ["sk.badcode", "sk.lock", "sk.unknown", "sk.noacc", "sk.call", "sk.later"];

/// Messages by customer and item.
type Lines = BTreeMap<(u64, u16), u32>;

/// The fees of two months.
#[derive(Default)]
pub(crate) struct Bill {
    lines: BTreeMap<(Bank, bool), Lines>,
    notices: BTreeMap<u64, Vec<String>>,
}

/// What a message costs, in hundredths, and when October is charged.
fn terms(bank: Bank) -> Option<(i64, i64)> {
    match bank {
        Bank::CardAlarm => Some((500, instant(LAST, 20 * 60))),
        Bank::SmsKontakt => Some((39, instant(LAST, 24 * 60 - 1))),
        Bank::Kombank | Bank::ProCredit => None,
    }
}

impl Bill {
    /// Takes in a record.
    pub(crate) fn record(
        &mut self,
        bank: Bank,
        head: &Head,
        body: &Body,
        told: Option<&Told>,
        people: &People,
    ) {
        let Some((_, charged)) = terms(bank) else { return };
        if body.command == "fees" {
            let late = head.received.as_millis() - charged;
            assert!((0..5 * MINUTE).contains(&late), "told of fees {late} ms after the charge");
            return self.notices.entry(body.phone).or_default().push(body.reply.clone());
        }
        if head.state != State::Accepted || FREE.contains(&body.text.as_str()) {
            return;
        }
        let sub = told.map(|told| people.subscribers.get(told.sub));
        let is_card =
            sub.is_some_and(|sub| matches!(sub.topic, Topic::CardUse | Topic::AdditionalUse));
        if bank == Bank::CardAlarm && !is_card {
            return;
        }
        let owns = |customer: &&super::people::Customer| {
            customer.bank == bank && customer.phones.iter().any(|own| own.number == body.phone)
        };
        let customer = match sub {
            Some(sub) => &people.customers[sub.customer],
            None => people.customers.iter().find(owns).expect("a customer"),
        };
        let about = |number: &str| sub.is_some_and(|sub| sub.subject.ends_with(number));
        let item = customer.accounts.iter().position(|account| about(&account.number));
        let item = u16::try_from(item.unwrap_or(0)).expect("a few accounts");
        let is_october = head.ended.is_some_and(|ended| ended.as_millis() < charged);
        let lines = self.lines.entry((bank, is_october)).or_default();
        *lines.entry((customer.n + 1, item)).or_default() += 1;
    }

    /// The bill of a bank and month says exactly this: one fee for each message, to the cent.
    pub(crate) fn check(&self, bank: Bank, is_october: bool, bill: &[Line], ledger: &mut Ledger) {
        let Some((price, _)) = terms(bank) else { return };
        let mut expected = self.lines.get(&(bank, is_october)).cloned().unwrap_or_default();
        for Line { customer, charge, .. } in bill {
            let messages = expected.remove(&(customer.0, charge.item)).unwrap_or_default();
            assert_eq!(charge.messages, messages, "fees of {bank:?}, {customer:?}");
            let amount = Minor::new(price * i64::from(messages));
            assert_eq!(charge.amount, amount, "fees of {bank:?}, {customer:?}");
            (0..messages).for_each(|_| ledger.count("fees"));
        }
        assert!(expected.is_empty(), "messages of {bank:?} that aren't on the bill: {expected:?}");
    }

    /// Who was charged for October was told so, once, and nobody else.
    pub(crate) fn check_notices(&self, people: &People, ledger: &mut Ledger) {
        let october = self.lines.get(&(Bank::CardAlarm, true)).cloned().unwrap_or_default();
        let mut notices = self.notices.clone();
        for customer in people.customers.iter().filter(|c| c.bank == Bank::CardAlarm) {
            let messages = october.get(&(customer.n + 1, 0)).copied().unwrap_or_default();
            let told = notices.remove(&customer.phones[0].number).unwrap_or_default();
            assert_eq!(told.len(), usize::from(messages > 0), "notices of {messages} fees");
            if let Some(told) = told.first() {
                let amount = Minor::new(500 * i64::from(messages)).styled(AmountStyle::Sr);
                let says = format!("{messages} poruka, naknada {amount} RSD");
                assert!(told.contains(&says), "{told} doesn't say {says}");
                ledger.count("notices of fees");
            }
        }
        assert!(notices.is_empty(), "told of fees that nobody had: {notices:?}");
    }
}
