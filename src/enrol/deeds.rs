//! What a form has changed in a contract, part by part: told to the clerk, and the whole of a dry
//! run.

use std::collections::BTreeSet;

use super::field::{Deed, Did, Field, Part};
use super::items::Places;
use super::wishes::is_of_card;
use crate::customer::Customer;
use crate::service::topic::Topic;

/// Subscriptions that have changed: of which topic, of which item.
pub(super) type Changed = BTreeSet<(Topic, u16)>;

/// What became of the contract itself.
pub(super) fn of_whole(old: &Customer, new: &Customer) -> Vec<Deed> {
    let fields = [
        ("holder", old.holder != new.holder),
        ("jmbg", old.identity != new.identity),
        ("code", old.code != new.code),
        ("questions", old.questions != new.questions),
        ("products", old.purchases.products != new.purchases.products),
        ("pays_for", old.purchases.users != new.purchases.users),
        ("tops_up", old.purchases.numbers != new.purchases.numbers),
        ("loans", old.loans != new.loans),
    ];
    let changed = fields.into_iter().filter(|(_, differs)| *differs);
    changed.map(|(name, _)| Deed { field: Field::of(name), did: Did::Changed }).collect()
}

/// What became of its accounts and cards.
pub(super) fn of_items(
    old: &Customer,
    new: &Customer,
    accounts: &Places,
    cards: &Places,
    changed: &Changed,
) -> Vec<Deed> {
    let told_of = |of_card: bool, item: u16| {
        let mut changed = changed.iter();
        changed
            .any(|(topic, at)| *at == item && topic.is_of_item() && is_of_card(*topic) == of_card)
    };
    let mut deeds = Vec::new();
    let mut note = |part, known: bool, differs: bool| {
        let did = if known { Did::Changed } else { Did::Added };
        if differs || !known {
            deeds.push(Deed { field: Field::part(part), did });
        }
    };
    for (at, item) in accounts.iter().enumerate() {
        let Some(item) = *item else { continue };
        let was = old.accounts.get(usize::from(item)).filter(|account| !account.closed);
        let differs = was != new.accounts.get(usize::from(item)) || told_of(false, item);
        note(Part::Account(at), was.is_some(), differs);
    }
    for (at, item) in cards.iter().enumerate() {
        let Some(item) = *item else { continue };
        let was = old.cards.get(usize::from(item)).filter(|card| !card.closed);
        let differs = was != new.cards.get(usize::from(item)) || told_of(true, item);
        note(Part::Card(at), was.is_some(), differs);
    }
    let accounts = old.open_accounts().filter(|(item, _)| new.accounts[usize::from(*item)].closed);
    let cards = old.open_cards().filter(|(item, _)| new.cards[usize::from(*item)].closed);
    let ended = accounts.map(|_| "accounts").chain(cards.map(|_| "cards"));
    deeds.extend(ended.map(|name| Deed { field: Field::of(name), did: Did::Ended }));
    deeds
}
