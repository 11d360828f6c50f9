//! `RACHUNKI`: all the customer's accounts with the numbers by which he names them.

use minijinja::Value;

use super::ledger::named;
use super::{Desk, Outcome};
use crate::service::say::Say;

pub(super) fn carry_out(desk: &Desk<'_>) -> Outcome {
    if desk.caller.is_stranger() {
        return desk.say(Say::NoCustomer, &[]);
    }
    let accounts = named(&desk.caller.ledger());
    if accounts.is_empty() {
        return desk.say(Say::NoCustomer, &[]);
    }
    let lines: Value = accounts.iter().map(|named| Value::from_pairs(named.values())).collect();
    desk.say(Say::AccountsListed, &[("accounts", lines)])
}
