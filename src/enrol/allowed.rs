//! What of a contract its service doesn't have or doesn't allow.

use super::contract::{AccountPart, Alert, Alerts, CardPart, Contract, PhonePart};
use super::field::{Field, Part, Refusal};
use super::reports;
use crate::base::money::Minor;
use crate::service::file::Holder;
use crate::service::topic::Topic;
use crate::service::{AccountKind, Service};

/// All that can't be done of a contract for a customer of this kind. A refusal within `alerts`
/// is of that alert only; any other is of its part.
pub fn check(contract: &Contract, holder: Holder, service: &Service) -> Vec<Refusal> {
    let mut check = Check { holder, service, refusals: Vec::new() };
    check.questions(contract);
    check.products(contract);
    check.code(contract);
    for (at, phone) in contract.phones.iter().flatten().enumerate() {
        check.phone(at, phone);
    }
    for (at, account) in contract.accounts.iter().flatten().enumerate() {
        check.account(at, account);
    }
    for (at, card) in contract.cards.iter().flatten().enumerate() {
        check.card(at, card);
    }
    for (at, additional) in contract.additional.iter().enumerate() {
        check.additional(Part::Additional(at), &additional.alerts);
    }
    check.refusals
}

/// Why a number of this operator isn't served here (KB-03, PC-03).
pub(super) fn operator(service: &Service, field: Field, named: Option<&str>) -> Option<Refusal> {
    let known = &service.operators;
    if known.is_empty() || named.is_some_and(|named| known.iter().any(|known| known == named)) {
        return None;
    }
    let what = if named.is_none() { "is missing" } else { "isn't served by this service" };
    Some(Refusal::new(field, what, format!("write one of {}", known.join(", "))))
}

struct Check<'a> {
    holder: Holder,
    service: &'a Service,
    refusals: Vec<Refusal>,
}

impl Check<'_> {
    fn refuse(&mut self, field: Field, what: impl Into<String>, remedy: impl Into<String>) {
        self.refusals.push(Refusal::new(field, what, remedy));
    }

    fn code(&mut self, contract: &Contract) {
        let Some(code) = &contract.code else { return };
        let field = Field::of("code");
        match &self.service.code {
            None => {
                let remedy = "leave it out, or add [rules.code] to the service";
                self.refuse(field, "the service asks for no access code", remedy);
            }
            Some(rule) if rule.digits != code.length() => {
                let what = format!("an access code here has {} digits", rule.digits);
                self.refuse(field, what, "write all of them");
            }
            Some(_) => {}
        }
    }

    fn questions(&mut self, contract: &Contract) {
        for (at, verb) in contract.questions.iter().flatten().enumerate() {
            if !verb.is_contracted() || !self.service.has_verb(*verb) {
                let remedy = "write balance, card, balances, top-up or product, as far as the \
                              service has them";
                let what = format!("no contract is about `{}`", verb.name());
                self.refuse(Field::part(Part::Question(at)), what, remedy);
            }
        }
    }

    fn products(&mut self, contract: &Contract) {
        let purchases = self.service.purchases.as_ref();
        for (at, name) in contract.products.iter().flatten().enumerate() {
            let sold = purchases
                .is_some_and(|sold| sold.products.iter().any(|product| product.name == *name));
            if !sold {
                let remedy = "write the name of a [[product]] of the service file";
                self.refuse(
                    Field::part(Part::Product(at)),
                    "the service sells no such product",
                    remedy,
                );
            }
        }
    }

    fn phone(&mut self, at: usize, phone: &PhonePart) {
        let part = Part::Phone(at);
        let field = Field::within(part, "operator");
        self.refusals.extend(operator(self.service, field, phone.operator.as_deref()));
        for (topic, alert) in phone.alerts.iter().flatten() {
            let field = Field::alert(part, *topic);
            if topic.is_of_item() {
                let remedy = "write it under the account or the card that it is of";
                self.refuse(field, "this alert isn't of a whole customer", remedy);
                continue;
            }
            if topic.holder().is_some_and(|holder| holder != self.holder) {
                let what = format!("this notice isn't for {}", called(self.holder));
                self.refuse(field, what, "leave it out, or correct the customer's holder");
            }
            self.without_limit(field, *alert);
        }
    }

    fn account(&mut self, at: usize, account: &AccountPart) {
        let (part, service) = (Part::Account(at), self.service);
        let kind = service.account_called(&account.kind).and_then(|at| service.account(at));
        self.refusals.extend(reports::check(part, account, service));
        let field = Field::within(part, "kind");
        let Some(kind) = kind else {
            let words: Vec<&str> = service.accounts.iter().map(|kind| kind.word.as_str()).collect();
            let remedy = format!("{} has {}", service.name, words.join(", "));
            return self.refuse(field, "no account is called so", remedy);
        };
        if kind.holder.is_some_and(|holder| holder != self.holder) {
            let what = format!("`{}` isn't for {}", kind.word, called(self.holder));
            self.refuse(field, what, "correct the kind, or the customer's holder");
        }
        let mut limits = Vec::new();
        for (topic, alert) in account.alerts.iter().flatten() {
            let field = Field::alert(part, *topic);
            if kind.topics.contains(topic) {
                limits.extend(self.limit(kind, field, *alert).map(|limit| (field, limit)));
            } else {
                let what = format!("`{}` has no such alert", kind.word);
                self.refuse(field, what, "leave it out");
            }
        }
        if let [(_, first), (field, second)] = limits.as_slice()
            && first != second
        {
            let what = "both directions of an account have the same limit";
            self.refuse(*field, what, "write the same amount twice");
        }
    }

    /// The limit from which the alert leaves, where it is active and the kind knows limits.
    fn limit(&mut self, kind: &AccountKind, field: Field, alert: Alert) -> Option<Minor> {
        let chosen = match alert {
            Alert::Off => return None,
            Alert::On => kind.minimum.unwrap_or(Minor::ZERO),
            Alert::From(amount) => amount,
        };
        if !kind.limits.is_empty() {
            // One of the kind's list, or none at all (PC-06).
            if chosen > Minor::ZERO && !kind.limits.contains(&chosen) {
                let what = format!("`{}` has no such limit", kind.word);
                let remedy = "write one of the limits of the kind in the service file, or \"on\" \
                              for none";
                self.refuse(field, what, remedy);
            }
            return Some(chosen);
        }
        let Some(minimum) = kind.minimum else {
            self.without_limit(field, alert);
            return None;
        };
        if chosen < minimum {
            let what = format!("the smallest limit of `{}` is larger", kind.word);
            self.refuse(field, what, "write \"on\" for the smallest");
        }
        Some(chosen)
    }

    fn card(&mut self, at: usize, card: &CardPart) {
        let (part, service) = (Part::Card(at), self.service);
        for (topic, alert) in card.alerts.iter().flatten() {
            let field = Field::alert(part, *topic);
            match topic {
                Topic::CardUse => self.without_limit(field, *alert),
                Topic::AdditionalUse if card.primary.is_none() => {
                    self.without_limit(field, *alert);
                }
                _ => {
                    let remedy = "a card's alert is card-use; a primary one's additional-use, too";
                    self.refuse(field, "a card has no such alert", remedy);
                }
            }
        }
        if card.word.as_ref().is_some_and(|word| !service.card_kinds.contains(word)) {
            let remedy = format!("{} has {}", service.name, service.card_kinds.join(", "));
            self.refuse(Field::within(part, "word"), "no card is called so", remedy);
        }
        if card.query && service.cards_for.is_some_and(|holder| holder != self.holder) {
            let what = format!("questions about cards aren't for {}", called(self.holder));
            self.refuse(Field::within(part, "query"), what, "leave query out");
        }
    }

    fn additional(&mut self, part: Part, alerts: &Alerts) {
        for (topic, alert) in alerts {
            let field = Field::alert(part, *topic);
            if *topic == Topic::CardUse {
                self.without_limit(field, *alert);
            } else {
                let remedy = "write card-use";
                self.refuse(field, "an additional card has no such alert", remedy);
            }
        }
    }

    fn without_limit(&mut self, field: Field, alert: Alert) {
        if matches!(alert, Alert::From(_)) {
            self.refuse(field, "this alert has no limit", "write \"on\" or \"off\"");
        }
    }
}

fn called(holder: Holder) -> &'static str {
    match holder {
        Holder::Natural => "natural persons",
        Holder::Legal => "legal persons",
    }
}
