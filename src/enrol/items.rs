//! The accounts and cards of a contract as a form lists them: each keeps its place and its ordinal,
//! whatever becomes of the others.

use super::contract::{AccountPart, CardPart};
use super::field::{Field, Part, Refusal};
use crate::base::limits::CONTRACT_ITEMS_MAX;
use crate::customer::{Account, Card, Customer};

/// Where the parts of a form's list are in the contract now; `None`: refused.
pub(super) type Places = Vec<Option<u16>>;

/// Puts a form's accounts into the contract. What `is_refused` stays as it was.
pub(super) fn accounts(
    contract: &mut Customer,
    parts: &[AccountPart],
    is_refused: impl Fn(Part) -> bool,
    refusals: &mut Vec<Refusal>,
) -> Places {
    for account in &mut contract.accounts {
        account.closed |= parts.iter().all(|part| part.number != account.number);
    }
    let ordinals = ordinals(contract, parts, &is_refused, refusals);
    let mut places = Vec::with_capacity(parts.len());
    for (at, (part, ordinal)) in parts.iter().zip(ordinals).enumerate() {
        let Some(ordinal) = ordinal else {
            places.push(None);
            continue;
        };
        let (kind, number) = (part.kind.clone(), part.number.clone());
        let account = Account { kind, ordinal, number, closed: false };
        let known = contract.accounts.iter().position(|known| known.number == account.number);
        places.push(put(&mut contract.accounts, known, account, Part::Account(at), refusals));
    }
    places
}

/// The ordinals of a form's accounts: that of the form, else the one that it had, else the next;
/// one that was ever given isn't given to another account by itself.
fn ordinals(
    contract: &Customer,
    parts: &[AccountPart],
    is_refused: &impl Fn(Part) -> bool,
    refusals: &mut Vec<Refusal>,
) -> Vec<Option<u16>> {
    let had = |part: &AccountPart| {
        let known = contract.accounts.iter().find(|known| known.number == part.number);
        known.filter(|known| known.kind == part.kind).map(|known| known.ordinal)
    };
    let mut taken: Vec<(&str, u16)> = Vec::new();
    let mut found: Vec<Option<u16>> = vec![None; parts.len()];
    let refused: Vec<bool> = (0..parts.len()).map(|at| is_refused(Part::Account(at))).collect();
    let mut failed = vec![false; parts.len()];
    // What is refused keeps the ordinal that it has.
    for (part, _) in parts.iter().zip(&refused).filter(|(_, refused)| **refused) {
        taken.extend(had(part).map(|ordinal| (part.kind.as_str(), ordinal)));
    }
    for (at, part) in parts.iter().enumerate().filter(|(at, _)| !refused[*at]) {
        let Some(ordinal) = part.ordinal else { continue };
        if taken.contains(&(&part.kind, ordinal)) {
            let field = Field::within(Part::Account(at), "ordinal");
            let remedy = "leave it out for the next";
            refusals.push(Refusal::new(field, "is another account's", remedy));
            failed[at] = true;
            continue;
        }
        taken.push((&part.kind, ordinal));
        found[at] = Some(ordinal);
    }
    let open = |at: usize| !refused[at] && !failed[at];
    for (at, part) in parts.iter().enumerate().filter(|(at, _)| open(*at)) {
        let ordinal = had(part).filter(|had| !taken.contains(&(&part.kind, *had)));
        if let (None, Some(ordinal)) = (found[at], ordinal) {
            taken.push((&part.kind, ordinal));
            found[at] = Some(ordinal);
        }
    }
    for (at, part) in parts.iter().enumerate().filter(|(at, _)| open(*at)) {
        if found[at].is_none() {
            let given = contract.accounts.iter().map(|a| (a.kind.as_str(), a.ordinal));
            let of_kind = given.chain(taken.iter().copied()).filter(|(kind, _)| *kind == part.kind);
            let next = of_kind.map(|(_, ordinal)| ordinal).max().unwrap_or(0).saturating_add(1);
            taken.push((&part.kind, next));
            found[at] = Some(next);
        }
    }
    found
}

/// Puts a form's cards into the contract. What `is_refused` stays as it was.
pub(super) fn cards(
    contract: &mut Customer,
    parts: &[CardPart],
    is_refused: impl Fn(Part) -> bool,
    refusals: &mut Vec<Refusal>,
) -> Places {
    for card in &mut contract.cards {
        card.closed |= parts.iter().all(|part| part.reference != card.reference);
    }
    let mut places = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        if is_refused(Part::Card(at)) {
            places.push(None);
            continue;
        }
        let card = Card {
            last4: part.last4,
            kind: part.kind.clone(),
            reference: part.reference.clone(),
            query: part.query,
            word: part.word.clone(),
            account: part.account.clone(),
            primary: part.primary.clone(),
            closed: false,
        };
        let known = contract.cards.iter().position(|known| known.reference == card.reference);
        places.push(put(&mut contract.cards, known, card, Part::Card(at), refusals));
    }
    places
}

/// Puts an item where it was, or behind the others.
fn put<T>(
    list: &mut Vec<T>,
    known: Option<usize>,
    item: T,
    part: Part,
    refusals: &mut Vec<Refusal>,
) -> Option<u16> {
    let place = match known {
        Some(place) => {
            list[place] = item;
            place
        }
        None if list.len() < CONTRACT_ITEMS_MAX => {
            list.push(item);
            list.len() - 1
        }
        None => {
            let what = format!("a contract has had {CONTRACT_ITEMS_MAX} of them");
            refusals.push(Refusal::new(Field::part(part), what, "enrol the customer anew"));
            return None;
        }
    };
    u16::try_from(place).ok()
}
