//! What a clerk asks for: a page of a service's bill, and what went over an operator.

use super::door::{Over, Page, Response, Ticket, What};
use super::rounds::PAGE;
use super::{Effect, Engine};
use crate::bank::Bank;
use crate::base::msisdn::ShortCode;
use crate::base::now::Now;
use crate::calendar::month::Month;
use crate::customer::Customer;
use crate::fee::{Claim, Line, Mark, Reversing};
use crate::store::{Store, StoreError};
use crate::usage::{Place, Usage};

impl<S: Store, B: Bank> Engine<S, B> {
    /// A page of the bill of `service`: of a month that was charged as it was charged, of the month
    /// that runs as it would be now.
    pub(super) fn handle_bill(
        &mut self,
        ticket: Ticket,
        service: &str,
        month: Month,
        after: Mark,
        now: Now,
    ) -> Result<(), StoreError> {
        let response = self.bill(service, month, after, now)?;
        self.effects.push(Effect::Response(ticket, response));
        Ok(())
    }

    fn bill(
        &self,
        service: &str,
        month: Month,
        after: Mark,
        now: Now,
    ) -> Result<Response, StoreError> {
        let setup = &self.setup;
        let Some(place) = setup.service_called(service) else {
            let known = setup.services.iter().map(|entry| entry.service.name.as_str());
            return Ok(Response::No("service", none_of(known)));
        };
        let Some(fees) = &setup.services[place].service.fees else {
            return Ok(Response::No("service", "takes no fees: its file has no [fees]".to_owned()));
        };
        let charged = self.charged_month(place);
        let ledger = self.ledger(place, month);
        if charged == Some(month) && self.is_charging(place) {
            let what = format!("{month} is being charged just now: ask again in a while");
            return Ok(Response::No("month", what));
        }
        if charged.is_some_and(|charged| month <= charged) {
            let (lines, next) = ledger.charges(self.draft.store(), &self.draft, after, PAGE)?;
            return Ok(Response::Bill(Page { charged: true, lines, next }));
        }
        let open = self.open_month(place, fees, now.wall);
        if month > open {
            return Ok(Response::No("month", format!("lies ahead; the month that runs is {open}")));
        }
        if month < open {
            // Its time has come, and its round begins with the next housekeeping.
            let what = format!("{month} is charged just now: ask again in a while");
            return Ok(Response::No("month", what));
        }
        let customers = self.customers_after(ledger.bank, after.customer)?;
        let mut lines = Vec::new();
        for customer in customers.iter().copied() {
            let Some(contract) = Customer::load(&self.draft, ledger.bank, customer)? else {
                continue;
            };
            let charges = self.charges_of(place, customer, &contract, month)?;
            lines.extend(charges.into_iter().map(|charge| {
                let reversed = None;
                Line { customer, charge, reversed }
            }));
        }
        let next = customers.last().filter(|_| customers.len() == PAGE);
        let next = next.map(|last| Mark { customer: last.0, item: u16::MAX });
        Ok(Response::Bill(Page { charged: false, lines, next }))
    }

    /// Two persons say that a line of a bill was wrong.
    pub(super) fn handle_reversal(
        &mut self,
        ticket: Ticket,
        service: &str,
        month: Month,
        line: Mark,
        claim: &Claim,
    ) -> Result<(), StoreError> {
        let place = self.setup.service_called(service);
        let charged = place.and_then(|place| self.charged_month(place).map(|last| (place, last)));
        let response = match charged {
            None => Response::No("service", "is none that takes fees".to_owned()),
            Some((place, last)) if month > last || (month == last && self.is_charging(place)) => {
                Response::No("month", format!("isn't charged yet: {month} can't be wrong"))
            }
            Some((place, _)) => {
                let ledger = self.ledger(place, month);
                let reversing = ledger.reverse(&mut self.draft, line, claim)?;
                if reversing == Reversing::Taken {
                    tracing::warn!(service, %month, "a charge is reversed by two persons");
                }
                Response::Reversed(reversing)
            }
        };
        self.effects.push(Effect::Response(ticket, response));
        Ok(())
    }

    /// What went over an operator in a month of each bank's own time.
    pub(super) fn handle_usage(
        &mut self,
        ticket: Ticket,
        operator: &str,
        month: Month,
    ) -> Result<(), StoreError> {
        let response = self.usage(operator, month)?;
        self.effects.push(Effect::Response(ticket, response));
        Ok(())
    }

    fn usage(&self, operator: &str, month: Month) -> Result<Response, StoreError> {
        let operators = &self.setup.operators;
        let Some(lane) = operators.iter().position(|known| known.name == operator) else {
            let known = operators.iter().map(|operator| operator.name.as_str());
            return Ok(Response::No("operator", none_of(known)));
        };
        let mut all = Vec::new();
        for (at, name) in self.setup.banks.iter().enumerate() {
            let place = Place { bank: self.banks[at], operator: self.operators[lane], month };
            let usage = Usage::read(&self.draft, place)?;
            let over = |what, count| Over { bank: name.clone(), what, count };
            for inbound in usage.inbound {
                let code = ShortCode::from_word(inbound.code);
                let routes = self.setup.routes.iter().filter(|route| route.operator == lane);
                let price = routes.filter(|r| Some(r.code) == code).find_map(|r| r.price);
                let code = code.map(|code| code.to_string()).unwrap_or_default();
                let what = What::Inbound { code, kind: inbound.kind, price };
                all.push(over(what, inbound.messages));
            }
            all.extend((usage.parts > 0).then(|| over(What::Parts, usage.parts)));
            all.extend((usage.unknown > 0).then(|| over(What::Unknown, usage.unknown)));
        }
        Ok(Response::Usage(all))
    }
}

fn none_of<'a>(known: impl Iterator<Item = &'a str>) -> String {
    format!("is none of {}", known.collect::<Vec<_>>().join(", "))
}
