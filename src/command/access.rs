//! Whether a command may be carried out at all: where the service asks for it, only with the
//! customer's access code, from his own phone (SK-08, section 6.6).
//!
//! A wrong code counts against the phone that sent it; too many in a row lock it until a branch
//! unlocks it. What is answered never tells which of the two, phone or code, was wrong.

use minijinja::Value;

use super::{Reply, say};
use crate::bank::{BankId, CustomerId};
use crate::base::access_code::AccessCode;
use crate::customer::{Caller, CodeTries, NOBODY};
use crate::service::Service;
use crate::service::say::Say;
use crate::service::texts::TextId;
use crate::store::StoreError;
use crate::store::draft::Records;

/// What became of a message's code.
pub enum Access {
    /// The service asks for none.
    Open,
    /// It is right, and the phone speaks for its owner only.
    Granted(CustomerId),
    /// The command isn't carried out.
    Refused {
        /// What is said instead.
        reply: Reply,
        /// A wrong code was counted: a repeat of the message mustn't count again.
        counted: bool,
    },
}

/// Checks the code of a message, and counts it where it is wrong.
pub fn check(
    service: &Service,
    records: &mut dyn Records,
    bank: BankId,
    caller: &Caller,
    typed: Option<&AccessCode>,
) -> Result<Access, StoreError> {
    let Some(rule) = &service.code else { return Ok(Access::Open) };
    // Without a code, or with what is none by its form, nothing was tried (2.4/13, 26).
    let Some(typed) = typed else {
        return Ok(Access::Refused { reply: say(service, Say::Unknown, &[]), counted: false });
    };
    let mut owners: Vec<(CustomerId, bool)> = Vec::new();
    for (customer, contract) in &caller.customers {
        let is_right = contract.has_code(records.keyring(), bank, *customer, typed);
        owners.push((*customer, is_right));
    }
    if owners.is_empty() {
        owners.push((NOBODY, false));
    }
    let mut tried = Vec::with_capacity(owners.len());
    for (customer, is_right) in owners {
        tried.push((customer, is_right, CodeTries::load(records, bank, customer, caller.id)?));
    }
    if let Some((customer, _, tries)) = tried.iter().find(|(_, is_right, _)| *is_right) {
        if tries.locked {
            return Ok(refused(service, rule.locked, &[], false));
        }
        if tries.wrong > 0 {
            CodeTries::default().save(records, bank, *customer, caller.id);
        }
        return Ok(Access::Granted(*customer));
    }
    let mut left = None;
    let mut counted = false;
    for (customer, _, tries) in tried.iter_mut().filter(|(.., tries)| !tries.locked) {
        tries.wrong = tries.wrong.saturating_add(1);
        tries.locked = tries.wrong >= rule.tries;
        if tries.locked {
            let service = service.name.as_str();
            tracing::warn!(service, "too many wrong access codes: a phone is locked");
        }
        tries.save(records, bank, *customer, caller.id);
        counted = true;
        if !tries.locked {
            let more = rule.tries.saturating_sub(tries.wrong);
            left = Some(left.map_or(more, |fewest: u8| fewest.min(more)));
        }
    }
    Ok(match left {
        None => refused(service, rule.locked, &[], counted),
        Some(left) => refused(service, rule.wrong, &[("n", Value::from(left))], counted),
    })
}

fn refused(
    service: &Service,
    text: TextId,
    values: &[(&'static str, Value)],
    counted: bool,
) -> Access {
    Access::Refused { reply: Reply { text, wording: service.render(text, values) }, counted }
}
