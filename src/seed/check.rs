//! What is wrong with a seed although it can be read: repeats, and what its service doesn't allow.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;
use toml::Spanned;

use crate::base::fault::Fault;
use crate::base::money::Minor;
use crate::seed::file::{AccountTable, CardTable, CustomerTable, PhoneTable, SeedFile};
use crate::seed::reader::{Alert, Reader};
use crate::service::blot::without_cards;
use crate::service::file::Holder;
use crate::service::topic::Topic;
use crate::service::{AccountKind, Service};

/// Notes what stands in the file twice and may not, and whole card numbers.
pub(super) fn repeats(file: &SeedFile, reader: &mut Reader) {
    let mut seen = BTreeSet::new();
    let mut once = |what: &'static str, text: &Spanned<String>, reader: &mut Reader| {
        if text.get_ref().is_empty() {
            reader.fault(text.span(), format!("this {what} is empty"), "write one");
        } else if !seen.insert((what, text.get_ref().clone())) {
            let remedy = "give each its own, or leave one out";
            reader.fault(text.span(), format!("this {what} stands here twice"), remedy);
        }
    };
    for customer in &file.customer {
        once("id", &customer.id, reader);
        for number in customer.account.iter().map(|a| &a.number) {
            once("account number", number, reader);
        }
        for number in customer.loan.iter().map(|loan| &loan.number) {
            once("account number", number, reader);
        }
        for card in &customer.card {
            once("reference", &card.reference, reader);
            if without_cards(card.reference.get_ref()) != *card.reference.get_ref() {
                let remedy =
                    "card numbers are kept nowhere; make a reference up, such as \"card-1\"";
                reader.fault(card.reference.span(), "this is a whole card number", remedy);
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
        let mut numbers = BTreeSet::new();
        for phone in &customer.phone {
            let number = reader.number(&phone.number);
            if number.is_some_and(|number| !numbers.insert(number)) {
                let remedy = "leave one out";
                reader.fault(phone.number.span(), "the customer has this phone twice", remedy);
            }
        }
    }
}

/// What the service doesn't have or doesn't allow.
pub(super) fn against(file: &SeedFile, service: &Service) -> Vec<Fault> {
    // No day is read here.
    let mut reader = Reader::new(Date::constant(2000, 1, 1));
    for customer in &file.customer {
        check_contract(customer, service, &mut reader);
        for phone in &customer.phone {
            check_phone(customer, phone, &mut reader);
        }
        for account in &customer.account {
            check_account(customer, account, service, &mut reader);
        }
        for card in &customer.card {
            check_card(customer, card, service, &mut reader);
        }
    }
    reader.faults
}

fn check_contract(customer: &CustomerTable, service: &Service, reader: &mut Reader) {
    for verb in customer.questions.iter().flatten() {
        if !verb.get_ref().is_contracted() || !service.has_verb(*verb.get_ref()) {
            let remedy = "write balance, card, balances, top-up or product, as far as the \
                          service has them";
            let what = format!("no contract is about `{}`", verb.get_ref().name());
            reader.fault(verb.span(), what, remedy);
        }
    }
    let purchases = service.purchases.as_ref();
    for name in &customer.products {
        let sold = purchases.is_some_and(|purchases| {
            purchases.products.iter().any(|product| product.name == *name.get_ref())
        });
        if !sold {
            let remedy = "write the name of a [[product]] of the service file";
            reader.fault(name.span(), "the service sells no such product", remedy);
        }
    }
    match (&service.code, &customer.code) {
        (Some(_), None) => {
            let remedy = "add code = \"…\": without one nothing can be asked";
            reader.fault(customer.id.span(), "the customer has no access code", remedy);
        }
        (None, Some(code)) => {
            let remedy = "leave it out, or add [rules.code] to the service";
            reader.fault(code.span(), "the service asks for no access code", remedy);
        }
        (Some(rule), Some(text)) => {
            let code = reader.code(text);
            if code.is_some_and(|code| code.length() != rule.digits) {
                let what = format!("an access code here has {} digits", rule.digits);
                reader.fault(text.span(), what, "write all of them");
            }
        }
        (None, None) => {}
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

fn check_phone(customer: &CustomerTable, phone: &PhoneTable, reader: &mut Reader) {
    for (topic, text) in &phone.alerts {
        if topic.is_of_item() {
            let remedy = "write it under the account or the card that it is of";
            reader.fault(text.span(), "this alert isn't of a whole customer", remedy);
            continue;
        }
        if topic.holder().is_some_and(|holder| holder != customer.holder) {
            reader.fault(
                text.span(),
                format!("this notice isn't for {}", called(customer.holder)),
                "leave it out, or correct the customer's holder",
            );
        }
        without_limit(text, reader);
    }
}

fn check_account(
    customer: &CustomerTable,
    table: &AccountTable,
    service: &Service,
    reader: &mut Reader,
) {
    let word = table.kind.get_ref();
    let kind = service.account_called(word).and_then(|at| service.account(at));
    let Some(kind) = kind else {
        let words: Vec<&str> = service.accounts.iter().map(|kind| kind.word.as_str()).collect();
        let remedy = format!("{} has {}", service.name, words.join(", "));
        return reader.fault(table.kind.span(), format!("no account is a `{word}`"), &remedy);
    };
    if kind.holder.is_some_and(|holder| holder != customer.holder) {
        let what = format!("`{word}` isn't for {}", called(customer.holder));
        reader.fault(table.kind.span(), what, "correct the kind, or the customer's holder");
    }
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
    let mut limits = Vec::new();
    for (topic, text) in &table.alerts {
        if kind.topics.contains(topic) {
            limits.extend(limit(kind, text, reader));
        } else {
            let what = format!("`{word}` has no such alert");
            reader.fault(text.span(), what, "leave it out");
        }
    }
    if let [(first, _), (second, span)] = limits.as_slice()
        && first != second
    {
        let what = "both directions of an account have the same limit";
        reader.fault(span.clone(), what, "write the same amount twice");
    }
}

/// The limit from which the alert leaves, where it is active; what is wrong with it is noted.
fn limit(
    kind: &AccountKind,
    text: &Spanned<String>,
    reader: &mut Reader,
) -> Option<(Minor, Range<usize>)> {
    if !kind.limits.is_empty() {
        return one_of(kind, text, reader);
    }
    let Some(minimum) = kind.minimum else {
        without_limit(text, reader);
        return None;
    };
    match reader.alert(text) {
        Alert::Off => None,
        Alert::On => Some((minimum, text.span())),
        Alert::From(amount) => {
            if amount < minimum {
                let what = format!("the smallest limit of `{}` is larger", kind.word);
                reader.fault(text.span(), what, "write \"on\" for the smallest");
            }
            Some((amount, text.span()))
        }
    }
}

/// The limit where the kind has a list of them: one of it, or none at all (PC-06).
fn one_of(
    kind: &AccountKind,
    text: &Spanned<String>,
    reader: &mut Reader,
) -> Option<(Minor, Range<usize>)> {
    let amount = match reader.alert(text) {
        Alert::Off => return None,
        Alert::On => Minor::ZERO,
        Alert::From(amount) => amount,
    };
    if amount > Minor::ZERO && !kind.limits.contains(&amount) {
        let what = format!("`{}` has no such limit", kind.word);
        let remedy = "write one of the limits of the kind in the service file, or \"on\" for none";
        reader.fault(text.span(), what, remedy);
    }
    Some((amount, text.span()))
}

fn check_card(customer: &CustomerTable, card: &CardTable, service: &Service, reader: &mut Reader) {
    for (topic, text) in &card.alerts {
        match topic {
            Topic::CardUse => without_limit(text, reader),
            Topic::AdditionalUse if card.primary.is_none() => without_limit(text, reader),
            _ => {
                let remedy = "a card's alert is card-use; a primary one's additional-use, too";
                reader.fault(text.span(), "a card has no such alert", remedy);
            }
        }
    }
    let kind = card.word.as_ref().filter(|word| !service.card_kinds.contains(word.get_ref()));
    if let Some(word) = kind {
        let remedy = format!("{} has {}", service.name, service.card_kinds.join(", "));
        reader.fault(word.span(), format!("no card is a `{}`", word.get_ref()), &remedy);
    }
    if !card.query {
        return;
    }
    if service.cards_for.is_some_and(|holder| holder != customer.holder) {
        let what = format!("questions about cards aren't for {}", called(customer.holder));
        reader.fault(card.last4.span(), what, "leave query out");
    }
    if card.limit.is_none() || card.available.is_none() || card.expires.is_none() {
        let what = "this card may be asked about, and there is nothing to tell";
        reader.fault(card.last4.span(), what, "add expires, limit and available");
    }
}

fn without_limit(text: &Spanned<String>, reader: &mut Reader) {
    if let Alert::From(_) = reader.alert(text) {
        reader.fault(text.span(), "this alert has no limit", "write \"on\" or \"off\"");
    }
}

fn called(holder: Holder) -> &'static str {
    match holder {
        Holder::Natural => "natural persons",
        Holder::Legal => "legal persons",
    }
}
