//! The counter of a branch: where a form is carried out, and what becomes of it.

use super::field::{Deed, Did, Field, Refusal};
use super::form::{Form, Order};
use super::register;
use crate::bank::{BankId, CustomerId};
use crate::base::access_code::{AccessCode, CodeHash};
use crate::base::last4::Last4;
use crate::base::msisdn::Msisdn;
use crate::customer::{CodeTries, Customer, Phone, PhoneId};
use crate::service::Service;
use crate::store::StoreError;
use crate::store::draft::Records;

/// Where a form is carried out, in one batch with whatever follows from it.
pub struct Counter<'a> {
    /// Everything stored.
    pub records: &'a mut dyn Records,
    /// Whose customers.
    pub bank: BankId,
    /// The service that the form names.
    pub service: &'a Service,
    /// The access code that is given out if the form asks for one; drawn ahead.
    pub code: Option<AccessCode>,
    /// What became of the form.
    pub outcome: Outcome,
    /// What phones are to be told of it.
    pub notices: Vec<Notice>,
    /// Whose wrong data are to be forgotten.
    pub forgiven: Forgiven,
    /// Who has left.
    pub left: Option<CustomerId>,
}

/// What became of a form.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// What was done.
    pub deeds: Vec<Deed>,
    /// What wasn't.
    pub refusals: Vec<Refusal>,
    /// A new access code, for the clerk to hand over: nobody can find it out later.
    pub code: Option<AccessCode>,
}

/// A text to a phone that a form concerns.
pub struct Notice {
    /// Why.
    pub occasion: Occasion,
    /// The number.
    pub number: Msisdn,
    /// What is known of it.
    pub phone: Phone,
    /// For whom; `None`: the number is his no more.
    pub customer: Option<CustomerId>,
}

/// Why a phone is told something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Occasion {
    /// The service begins for it.
    Welcome,
    /// The service ends for it, since another number took its place or the customer gave it up.
    Left,
}

/// Phones and cards whose wrong data are to be forgotten (CA-35).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Forgiven {
    /// The phones.
    pub phones: Vec<PhoneId>,
    /// The cards: the word of each one's kind and how it ends.
    pub cards: Vec<(String, Last4)>,
}

impl<'a> Counter<'a> {
    /// A counter of a bank's service.
    pub fn new(records: &'a mut dyn Records, bank: BankId, service: &'a Service) -> Counter<'a> {
        let (outcome, forgiven) = (Outcome::default(), Forgiven::default());
        let (notices, code, left) = (Vec::new(), None, None);
        Counter { records, bank, service, code, outcome, notices, forgiven, left }
    }

    /// Carries a form out, as far as it can be done.
    pub fn serve(&mut self, form: &Form) -> Result<(), StoreError> {
        let reference = form.customer.as_deref();
        if let (Order::Enrol(contract), Some(reference)) = (&form.order, reference) {
            return self.enrol(reference, contract).map(drop);
        }
        let known = match reference {
            Some(reference) => self.find(reference)?,
            None => None,
        };
        if let Order::Unlock(number) = form.order
            && (known.is_some() || reference.is_none())
        {
            return self.unlock(known, number);
        }
        let (Some(reference), Some((id, contract))) = (reference, known) else {
            let remedy = "enrol him first, or correct the reference";
            self.refuse(Field::of("customer"), "nobody is enrolled under this reference", remedy);
            return Ok(());
        };
        match &form.order {
            Order::ChangeNumber { from, to, operator } => {
                self.change_number(id, contract, *from, *to, operator.as_deref())
            }
            Order::Suspend(number) => self.suspend(&contract, *number, true),
            Order::Resume(number) => self.suspend(&contract, *number, false),
            Order::ReissueCode => self.reissue_code(id, contract),
            Order::Leave => self.part(reference, id, &contract),
            Order::Enrol(_) | Order::Unlock(_) => Ok(()),
        }
    }

    /// The customer whom the bank knows by a reference.
    fn find(&self, reference: &str) -> Result<Option<(CustomerId, Customer)>, StoreError> {
        let Some(id) = register::find(self.records, self.bank, reference)? else { return Ok(None) };
        let contract = Customer::load(self.records, self.bank, id)?;
        Ok(contract.map(|contract| (id, contract)))
    }

    pub(super) fn refuse(&mut self, field: Field, what: &str, remedy: &str) {
        self.outcome.refusals.push(Refusal::new(field, what, remedy));
    }

    pub(super) fn did(&mut self, field: Field, did: Did) {
        self.outcome.deeds.push(Deed { field, did });
    }

    /// Gives a customer the access code that was drawn for him.
    pub(super) fn issue_code(&mut self, id: CustomerId, contract: &mut Customer) {
        if let Some(code) = self.code.take() {
            let hash = CodeHash::of(self.records.keyring(), self.bank.0, id.0, &code);
            contract.code = Some(hash);
            self.outcome.code = Some(code);
        }
    }

    fn reissue_code(&mut self, id: CustomerId, mut contract: Customer) -> Result<(), StoreError> {
        if self.service.code.is_none() {
            let remedy = "leave the form out, or add [rules.code] to the service";
            self.refuse(Field::of("action"), "the service asks for no access code", remedy);
            return Ok(());
        }
        self.issue_code(id, &mut contract);
        contract.save(self.records, self.bank, id)?;
        self.did(Field::of("code"), Did::Changed);
        // Who was given a new code has nothing to be locked for.
        for number in contract.phones {
            let phone = PhoneId::of(self.records.keyring(), number);
            CodeTries::default().save(self.records, self.bank, id, phone);
        }
        Ok(())
    }

    /// He leaves: nothing leads to him, his phones speak for him no more, and what is queued for
    /// them on his behalf is withdrawn when it is picked. What he cost stands on the bill of the
    /// month, as everybody's.
    fn part(
        &mut self,
        reference: &str,
        id: CustomerId,
        contract: &Customer,
    ) -> Result<(), StoreError> {
        for number in &contract.phones {
            self.leave_number(id, *number)?;
        }
        contract.depart(self.records, self.bank, id)?;
        register::strike(self.records, self.bank, reference);
        self.left = Some(id);
        self.did(Field::of("customer"), Did::Ended);
        Ok(())
    }
}
