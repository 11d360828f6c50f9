//! `044123456 5`: an amount onto a telephone (PC-08, PC-10, PC-17).

use minijinja::Value;

use super::pay::{ordered, payer};
use super::{Desk, Outcome};
use crate::base::money::Minor;
use crate::sale::{Sale, Target};
use crate::service::file::Targets;
use crate::service::order::NumberArg;
use crate::service::say::Say;
use crate::service::verb::Verb;
use crate::store::StoreError;

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopUp {
    /// The number.
    pub number: NumberArg,
    /// The amount, where there is one.
    pub amount: Option<Minor>,
}

impl TopUp {
    pub(super) fn carry_out(&self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        let service = desk.service;
        let Some(purchases) = &service.purchases else { return Ok(desk.say(Say::Unknown, &[])) };
        if desk.caller.is_stranger() {
            return Ok(desk.say(Say::NoCustomer, &[]));
        }
        let Some((customer, contract, account)) = payer(desk, purchases, Verb::TopUp, |_| true)
        else {
            return Ok(desk.say(Say::NotContracted, &[]));
        };
        let typed = match self.number {
            NumberArg::Typed(typed) | NumberArg::Malformed(typed) => typed,
            NumberArg::Absent => return Ok(desk.say(Say::Unknown, &[])),
        };
        let well_formed = matches!(self.number, NumberArg::Typed(_));
        let found = purchases.target(typed.reveal()).filter(|_| well_formed);
        let Some((number, provider)) = found else {
            let shown = Some(typed.reveal()).filter(|shown| !shown.is_empty());
            let shown = shown.map_or(Value::UNDEFINED, Value::from);
            return Ok(desk.say(Say::TopUpNumber, &[("num", shown)]));
        };
        let (min, max) = purchases.range;
        let Some(amount) = self.amount.filter(|amount| (min..=max).contains(amount)) else {
            let values = [("min", desk.amount(min)), ("max", desk.amount(max))];
            return Ok(desk.say(Say::TopUpAmount, &values));
        };
        let allowed = match purchases.targets {
            Targets::Any => true,
            Targets::Own => contract.phones.contains(&number),
            Targets::Listed => {
                contract.phones.contains(&number) || contract.purchases.numbers.contains(&number)
            }
        };
        let target = Target::Phone(number);
        if !allowed {
            let shown = Value::from(target.reveal());
            return Ok(desk.say(Say::TopUpTarget, &[("num", shown)]));
        }
        let (what, currency) = (provider.name.clone(), service.currency);
        let sale = Sale { what, target, amount, currency };
        ordered(desk, purchases, (customer, account), sale, false)
    }
}
