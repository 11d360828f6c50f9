//! `RACHUNKI`: all the customer's accounts with the numbers by which he names them.

use minijinja::Value;

use super::ledger::ledger;
use super::{Desk, Outcome};
use crate::service::say::Say;

pub(super) fn carry_out(desk: &Desk<'_>) -> Outcome {
    let entries = ledger(desk);
    if entries.is_empty() {
        return desk.say(Say::NoCustomer, &[]);
    }
    let lines: Value = entries.into_iter().map(|entry| Value::from_pairs(entry.naming)).collect();
    desk.say(Say::AccountsListed, &[("accounts", lines)])
}
