//! Numbers that begin, end, move, and are suspended (SK-15, PC-15, CA-26).

use super::allowed;
use super::counter::{Counter, Notice, Occasion};
use super::field::{Did, Field};
use super::reports::move_reports;
use crate::bank::CustomerId;
use crate::base::msisdn::Msisdn;
use crate::customer::{CodeTries, Customer, NOBODY, Phone, PhoneId};
use crate::report::Reports;
use crate::store::StoreError;
use crate::subscription::Subscriptions;

impl Counter<'_> {
    /// A number speaks for a customer from now on, and is welcomed.
    pub(super) fn join_number(
        &mut self,
        id: CustomerId,
        number: Msisdn,
        operator: Option<&str>,
        offers_refused: bool,
    ) -> Result<(), StoreError> {
        let at = PhoneId::of(self.records.keyring(), number);
        let mut phone = Phone::load(self.records, self.bank, at)?.unwrap_or_default();
        if !phone.customers.contains(&id) {
            phone.customers.push(id);
        }
        phone.operator = operator.map(str::to_owned).or(phone.operator);
        phone.offers_refused |= offers_refused;
        phone.save(self.records, self.bank, at);
        let (occasion, customer) = (Occasion::Welcome, Some(id));
        self.notices.push(Notice { occasion, number, phone, customer });
        Ok(())
    }

    /// A number speaks for a customer no more; returns what was known of it until now.
    pub(super) fn leave_number(
        &mut self,
        id: CustomerId,
        number: Msisdn,
    ) -> Result<Phone, StoreError> {
        let at = PhoneId::of(self.records.keyring(), number);
        let known = Phone::load(self.records, self.bank, at)?.unwrap_or_default();
        let mut phone = known.clone();
        phone.leave(id);
        phone.save(self.records, self.bank, at);
        Subscriptions::remove(self.records, self.bank, id, at);
        Reports::remove(self.records, self.bank, id, at);
        CodeTries::default().save(self.records, self.bank, id, at);
        Ok(known)
    }

    /// The number that a customer gave up is told so, once, by the operator that it was with: who
    /// didn't order it himself learns of it there.
    pub(super) fn tell_left(&mut self, number: Msisdn, phone: Phone) {
        self.notices.push(Notice { occasion: Occasion::Left, number, phone, customer: None });
    }

    /// Another number takes the place of one of a customer's, with all that it was told of.
    pub(super) fn change_number(
        &mut self,
        id: CustomerId,
        mut contract: Customer,
        from: Option<Msisdn>,
        to: Msisdn,
        operator: Option<&str>,
    ) -> Result<(), StoreError> {
        let place = match (from, contract.phones.as_slice()) {
            (Some(from), phones) => phones.iter().position(|known| *known == from),
            (None, [_]) => Some(0),
            (None, _) => None,
        };
        let known = contract.phones.contains(&to);
        let Some(place) = place.filter(|_| !known) else {
            // The same form a second time.
            if known && from.is_some() && place.is_none() {
                return Ok(());
            }
            match (known, from) {
                (true, _) => self.refuse(Field::of("to"), "is his already", "correct it"),
                (false, None) => {
                    let remedy = "write which one is left";
                    self.refuse(Field::of("from"), "he has not just one number", remedy);
                }
                (false, Some(_)) => {
                    let remedy = "write one of the customer's numbers";
                    self.refuse(Field::of("from"), "is none of his numbers", remedy);
                }
            }
            return Ok(());
        };
        if let Some(refusal) = allowed::operator(self.service, Field::of("operator"), operator) {
            self.outcome.refusals.push(refusal);
            return Ok(());
        }
        let from = std::mem::replace(&mut contract.phones[place], to);
        contract.save(self.records, self.bank, id)?;
        let keyring = self.records.keyring();
        let (left, joined) = (PhoneId::of(keyring, from), PhoneId::of(keyring, to));
        let wanted = Subscriptions::load(self.records, self.bank, id, left)?;
        move_reports(self.records, self.bank, id, left, joined)?;
        let phone = self.leave_number(id, from)?;
        wanted.save(self.records, self.bank, id, joined);
        self.join_number(id, to, operator, phone.offers_refused)?;
        self.tell_left(from, phone);
        self.did(Field::of("to"), Did::Added);
        self.did(Field::of("from"), Did::Ended);
        Ok(())
    }

    /// Suspends numbers, or resumes them.
    pub(super) fn suspend(
        &mut self,
        contract: &Customer,
        number: Option<Msisdn>,
        suspended: bool,
    ) -> Result<(), StoreError> {
        let numbers = match number {
            Some(number) if !contract.phones.contains(&number) => {
                let remedy = "write one of the customer's numbers, or leave it out for all";
                self.refuse(Field::of("number"), "is none of his numbers", remedy);
                return Ok(());
            }
            Some(number) => vec![number],
            None => contract.phones.clone(),
        };
        for number in numbers {
            let at = PhoneId::of(self.records.keyring(), number);
            let Some(mut phone) = Phone::load(self.records, self.bank, at)? else { continue };
            if phone.suspended != suspended {
                phone.suspended = suspended;
                phone.save(self.records, self.bank, at);
                let did = if suspended { Did::Suspended } else { Did::Resumed };
                self.did(Field::of("number"), did);
            }
        }
        Ok(())
    }

    /// Forgets the wrong codes and data of a number, or of all numbers of a customer, and those of
    /// his cards. The number needn't be his: who locks himself out may have a new one.
    pub(super) fn unlock(
        &mut self,
        known: Option<(CustomerId, Customer)>,
        number: Option<Msisdn>,
    ) -> Result<(), StoreError> {
        let id = known.as_ref().map_or(NOBODY, |(id, _)| *id);
        let contract = known.map(|(_, contract)| contract);
        let numbers = match number {
            Some(number) => vec![number],
            None => contract.iter().flat_map(|contract| contract.phones.clone()).collect(),
        };
        for number in numbers {
            let phone = PhoneId::of(self.records.keyring(), number);
            for owner in [id, NOBODY] {
                let tries = CodeTries::load(self.records, self.bank, owner, phone)?;
                if tries != CodeTries::default() {
                    CodeTries::default().save(self.records, self.bank, owner, phone);
                    self.did(Field::of("number"), Did::Unlocked);
                }
            }
            self.forgiven.phones.push(phone);
        }
        let cards = contract.iter().flat_map(Customer::open_cards);
        self.forgiven.cards.extend(cards.filter_map(|(_, c)| Some((c.word.clone()?, c.last4))));
        Ok(())
    }
}
