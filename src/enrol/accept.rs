//! A contract as a form says it, in place of what was contracted until now.

use super::contract::Contract;
use super::counter::Counter;
use super::deeds::{self, Changed};
use super::field::{Did, Field, Part, Refusal};
use super::items::{self, Places};
use super::wishes::Wishes;
use super::{allowed, register};
use crate::bank::CustomerId;
use crate::base::access_code::CodeHash;
use crate::base::msisdn::Msisdn;
use crate::customer::{Customer, Phone, PhoneId};
use crate::report::Reports;
use crate::service::topic::Topic;
use crate::store::StoreError;
use crate::subscription::{Subscription, Subscriptions, WHOLE_CUSTOMER};

/// A phone of the contract to be, and where the form speaks of it.
#[derive(Clone, Copy)]
struct Line {
    number: Msisdn,
    part: Option<usize>,
}

impl Counter<'_> {
    /// Makes a customer's contract what the form says; his number, unless nothing could be done.
    pub fn enrol(
        &mut self,
        reference: &str,
        form: &Contract,
    ) -> Result<Option<CustomerId>, StoreError> {
        let known = register::find(self.records, self.bank, reference)?;
        let old = match known {
            Some(id) => Customer::load(self.records, self.bank, id)?,
            None => None,
        };
        let Some(holder) = form.holder.or(old.as_ref().map(|old| old.holder)) else {
            let what = "is missing: nobody is enrolled under this reference";
            self.refuse(Field::of("holder"), what, "write natural or legal");
            return Ok(None);
        };
        let mut refusals = allowed::check(form, holder, self.service);
        let mut new = old.clone().unwrap_or_else(|| Customer::new(holder));
        new.holder = holder;
        let lines = self.lines(&new, form, &mut refusals);
        check_places(form, lines.len(), &mut refusals);
        new.phones = lines.iter().map(|line| line.number).collect();
        let (accounts, cards) = list_items(&mut new, form, &mut refusals);
        if let Some(loans) = &form.loans {
            new.loans.clone_from(loans);
        }
        if let Some(jmbg) = form.jmbg {
            new.identity = Some(jmbg.hash(self.records.keyring()));
        }
        if let Some(questions) = &form.questions {
            let kept = questions.iter().enumerate();
            let kept = kept.filter(|(at, _)| !is_refused(&refusals, Part::Question(*at)));
            new.questions = Some(kept.map(|(_, verb)| *verb).collect());
        }
        if let Some(products) = &form.products {
            let kept = products.iter().enumerate();
            let kept = kept.filter(|(at, _)| !is_refused(&refusals, Part::Product(*at)));
            new.purchases.products = kept.map(|(_, name)| name.clone()).collect();
        }
        if let Some(users) = &form.pays_for {
            new.purchases.users.clone_from(users);
        }
        if let Some(numbers) = &form.tops_up {
            new.purchases.numbers.clone_from(numbers);
        }
        let nothing = new.phones.is_empty() && new.accounts.is_empty() && new.cards.is_empty();
        if old.is_none() && nothing {
            self.outcome.refusals.extend(refusals);
            let what = "isn't enrolled: nothing is left of the contract";
            let remedy = "name a phone, an account or a card that the service has";
            self.refuse(Field::of("customer"), what, remedy);
            return Ok(None);
        }
        let id = match known {
            Some(id) => id,
            None => register::enter(self.records, self.bank, reference)?,
        };
        self.give_code(id, &mut new, form, &refusals);
        let (contract, customer, service) = (form, &new, self.service);
        let wishes = Wishes { service, contract, customer, accounts, cards, refusals: &refusals };
        if old.is_none() {
            self.did(Field::of("customer"), Did::Added);
        }
        let nobody = Customer::new(holder);
        let before = old.as_ref().unwrap_or(&nobody);
        self.outcome.deeds.extend(deeds::of_whole(before, &new));
        let changed = self.tell_phones(id, &before.phones, &wishes, &lines)?;
        let (accounts, cards) = (&wishes.accounts, &wishes.cards);
        self.outcome.deeds.extend(deeds::of_items(before, &new, accounts, cards, &changed));
        if old.as_ref() != Some(&new) {
            new.replace(old.as_ref(), self.records, self.bank, id)?;
        }
        self.outcome.refusals.extend_from_slice(&refusals);
        for (at, part) in form.additional.iter().enumerate() {
            if !is_refused(&refusals, Part::Additional(at)) {
                self.tell_holder(&new, at, part, &refusals)?;
            }
        }
        Ok(Some(id))
    }

    /// The phones of the contract to be. A refused one stays if it was there.
    fn lines(&self, new: &Customer, form: &Contract, refusals: &mut Vec<Refusal>) -> Vec<Line> {
        let Some(parts) = &form.phones else {
            return new.phones.iter().map(|number| Line { number: *number, part: None }).collect();
        };
        let most = self.service.phones_max.map_or(usize::MAX, usize::from);
        let mut lines = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let is_new = !new.phones.contains(&part.number);
            let refused = is_refused(refusals, Part::Phone(at));
            if refused && is_new {
                continue;
            }
            if lines.len() == most {
                let what = format!("the service has {most} phones for a customer");
                let field = Field::part(Part::Phone(at));
                refusals.push(Refusal::new(field, what, "leave the others out"));
                continue;
            }
            lines.push(Line { number: part.number, part: (!refused).then_some(at) });
        }
        lines
    }

    /// The access code that the form brings, or a new one for who has none where one is asked for.
    fn give_code(
        &mut self,
        id: CustomerId,
        new: &mut Customer,
        form: &Contract,
        refusals: &[Refusal],
    ) {
        let refused = refusals.iter().any(|refusal| refusal.field == Field::of("code"));
        if let Some(code) = form.code.as_ref().filter(|_| !refused) {
            let hash = CodeHash::of(self.records.keyring(), self.bank.0, id.0, code);
            new.code = Some(hash);
        } else if new.code.is_none() && self.service.code.is_some() {
            self.issue_code(id, new);
        }
    }

    /// Makes each phone what the form says, and takes those out that it doesn't name; which
    /// subscriptions have changed.
    fn tell_phones(
        &mut self,
        id: CustomerId,
        had: &[Msisdn],
        wishes: &Wishes<'_>,
        lines: &[Line],
    ) -> Result<Changed, StoreError> {
        let mut changed = Changed::new();
        // A new phone is told what the first one is, as far as the form says nothing else.
        let mut first = match had.first() {
            Some(number) => {
                let phone = PhoneId::of(self.records.keyring(), *number);
                Subscriptions::load(self.records, self.bank, id, phone)?
            }
            None => Subscriptions::default(),
        };
        first.take(|s| !s.topic.is_of_item());
        let first_reports = match had.first() {
            Some(number) => self.reports_of(id, *number)?,
            None => Reports::default(),
        };
        for (place, line) in (1..).zip(lines) {
            let phone = PhoneId::of(self.records.keyring(), line.number);
            let is_new = !had.contains(&line.number);
            let before = Subscriptions::load(self.records, self.bank, id, phone)?;
            let base = if is_new { &first } else { &before };
            let after = wishes.of_phone(base, place, line.part);
            let differ = after.difference(&before).map(|s| (s.topic, s.item));
            changed.extend(differ);
            if after != before || is_new {
                after.save(self.records, self.bank, id, phone);
            }
            let reported = self.reports_of(id, line.number)?;
            let base = if is_new { &first_reports } else { &reported };
            let reports = wishes.reports_of_phone(base, &after, place);
            if reports != reported {
                let told = wishes.reports_to(place).filter(|(_, _, report)| report.is_some());
                changed.extend(told.map(|(_, item, _)| (Topic::Report, item)));
                reports.save(self.records, self.bank, id, phone);
            }
            let part = line.part.and_then(|at| wishes.contract.phones.as_ref()?.get(at));
            let operator = part.and_then(|part| part.operator.as_deref());
            if is_new {
                self.join_number(id, line.number, operator, false)?;
            }
            let accepts = |list: &Subscriptions| list.is_active(Topic::Offer, WHOLE_CUSTOMER);
            let consents = accepts(&after) && !accepts(&before);
            let is_other = self.note_phone(phone, operator, consents)?;
            if let Some(at) = line.part {
                let whole = |s: &Subscription| !s.topic.is_of_item();
                let told = after.difference(&before).any(whole);
                let field = Field::part(Part::Phone(at));
                if is_new {
                    self.did(field, Did::Added);
                } else if is_other || told {
                    self.did(field, Did::Changed);
                }
            }
        }
        for number in had.iter().filter(|had| lines.iter().all(|line| line.number != **had)) {
            let phone = self.leave_number(id, *number)?;
            self.tell_left(*number, phone);
            self.did(Field::of("phones"), Did::Ended);
        }
        Ok(changed)
    }

    fn reports_of(&self, id: CustomerId, number: Msisdn) -> Result<Reports, StoreError> {
        let phone = PhoneId::of(self.records.keyring(), number);
        Reports::load(self.records, self.bank, id, phone)
    }

    /// Notes a phone's operator, and that its holder signed for offers; whether that is news.
    fn note_phone(
        &mut self,
        at: PhoneId,
        operator: Option<&str>,
        consents: bool,
    ) -> Result<bool, StoreError> {
        let Some(known) = Phone::load(self.records, self.bank, at)? else { return Ok(false) };
        let mut phone = known.clone();
        phone.operator = operator.map(str::to_owned).or(phone.operator);
        phone.offers_refused &= !consents;
        let differs = phone != known;
        if differs {
            phone.save(self.records, self.bank, at);
        }
        Ok(differs)
    }
}

/// Refuses accounts whose alerts go to a phone that the customer doesn't have.
fn check_places(form: &Contract, phones: usize, refusals: &mut Vec<Refusal>) {
    for (at, part) in form.accounts.iter().flatten().enumerate() {
        if part.alerts_to.is_some_and(|to| !(1..=phones).contains(&usize::from(to))) {
            let field = Field::within(Part::Account(at), "alerts_to");
            let remedy = "count his phones from 1";
            refusals.push(Refusal::new(field, "the customer has no such phone", remedy));
        }
    }
}

/// Puts the form's accounts and cards into the contract.
fn list_items(
    new: &mut Customer,
    form: &Contract,
    refusals: &mut Vec<Refusal>,
) -> (Places, Places) {
    let before = refusals.clone();
    let accounts = form.accounts.as_ref().map_or_else(Places::new, |parts| {
        items::accounts(new, parts, |part| is_refused(&before, part), refusals)
    });
    let cards = form.cards.as_ref().map_or_else(Places::new, |parts| {
        items::cards(new, parts, |part| is_refused(&before, part), refusals)
    });
    (accounts, cards)
}

/// Whether a part is refused, not only an alert of it.
pub(super) fn is_refused(refusals: &[Refusal], part: Part) -> bool {
    refusals.iter().any(|refusal| refusal.field.part == part && refusal.field.topic.is_none())
}
