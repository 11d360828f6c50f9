//! What is wrong with a seed although it can be read: repeats, and what its service doesn't allow.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::base::fault::Fault;
use crate::enrol::{self, Contract};
use crate::seed::build::{application, span};
use crate::seed::file::{AccountTable, CardTable, CustomerTable, SeedFile};
use crate::seed::reader::Reader;
use crate::service::Service;

/// Notes what two customers have and only one may; what one has twice, his form tells.
pub(super) fn repeats(file: &SeedFile, reader: &mut Reader) {
    let mut seen: BTreeMap<(&'static str, &str), usize> = BTreeMap::new();
    for (at, customer) in file.customer.iter().enumerate() {
        if customer.id.get_ref().trim().is_empty() {
            reader.fault(customer.id.span(), "this id is empty", "write one");
        }
        let accounts = customer.account.iter().map(|account| &account.number);
        let numbers = accounts.chain(customer.loan.iter().map(|loan| &loan.number));
        let references = customer.card.iter().map(|card| &card.reference);
        let names = [("id", &customer.id)]
            .into_iter()
            .chain(numbers.map(|number| ("account number", number)))
            .chain(references.map(|reference| ("reference", reference)));
        for (what, text) in names {
            if *seen.entry((what, text.get_ref())).or_insert(at) != at {
                let remedy = "give each its own, or leave one out";
                reader.fault(text.span(), format!("this {what} stands here twice"), remedy);
            }
        }
        for card in &customer.card {
            let Some(primary) = &card.primary else { continue };
            let mut cards = file.customer.iter().flat_map(|customer| &customer.card);
            let is_primary = |c: &CardTable| c.reference == *primary && c.primary.is_none();
            if !cards.any(is_primary) {
                let remedy = "write the reference of a card that is primary itself";
                reader.fault(primary.span(), "no primary card has this reference", remedy);
            }
        }
    }
}

/// What the service doesn't have or doesn't allow.
pub(super) fn against(file: &SeedFile, service: &Service) -> Vec<Fault> {
    // No day is read here.
    let mut reader = Reader::new(Date::constant(2000, 1, 1));
    for customer in &file.customer {
        if let Ok(contract) = Contract::of(&application(customer)) {
            for refusal in enrol::check(&contract, customer.holder, service) {
                reader.fault(span(customer, refusal.field), refusal.what, &refusal.remedy);
            }
        }
        check_contract(customer, service, &mut reader);
        for account in &customer.account {
            check_account(customer, account, &mut reader);
        }
        for card in customer.card.iter().filter(|card| card.query) {
            if card.limit.is_none() || card.available.is_none() || card.expires.is_none() {
                let what = "this card may be asked about, and there is nothing to tell";
                reader.fault(card.last4.span(), what, "add expires, limit and available");
            }
        }
    }
    reader.faults
}

fn check_contract(customer: &CustomerTable, service: &Service, reader: &mut Reader) {
    if service.code.is_some() && customer.code.is_none() {
        let remedy = "add code = \"…\": without one nothing can be asked";
        reader.fault(customer.id.span(), "the customer has no access code", remedy);
    }
    let most = service.phones_max.map_or(usize::MAX, usize::from);
    if let Some(phone) = customer.phone.get(most) {
        let what = format!("the service has {most} phones for a customer");
        reader.fault(phone.number.span(), what, "leave the others out");
    }
    if let (None, Some(phone)) = (&service.code, customer.phone.iter().find(|p| p.locked)) {
        let remedy = "leave locked out";
        reader.fault(phone.number.span(), "without access codes nothing is locked", remedy);
    }
}

fn check_account(customer: &CustomerTable, table: &AccountTable, reader: &mut Reader) {
    if let Some(to) = &table.alerts_to
        && !(1..=customer.phone.len()).contains(&usize::from(*to.get_ref()))
    {
        reader.fault(to.span(), "the customer has no such phone", "count his phones from 1");
    }
    let nothing_told = table.balance.is_none() && table.balances.is_empty();
    if nothing_told && !table.silent {
        let remedy = "write balance or balances, or silent = true";
        reader.fault(table.kind.span(), "this account has no balance", remedy);
    }
}
