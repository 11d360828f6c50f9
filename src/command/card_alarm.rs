//! `PCA VE 1234 0101990710008 11`, `UCA VE 1234 0101990710008`: alerts of cards, ordered by whoever
//! knows the card and its holder's number, from the phone that is to get them (CA-08 to CA-30).
//!
//! Which of kind, last four digits and number is wrong is never said (CA-35).

use minijinja::Value;

use super::attempts::{Attempts, Gate};
use super::{Desk, Notice, Outcome, Pair, say};
use crate::bank::CustomerId;
use crate::base::jmbg::Jmbg;
use crate::base::last4::Last4;
use crate::base::money::Minor;
use crate::base::msisdn::Msisdn;
use crate::calendar::local::Shown;
use crate::customer::{Card, Customer, Owner, Phone, PhoneId, additional_to, customers_known_by};
use crate::service::holder::{KindArg, Mode, ModeArg};
use crate::service::pattern::{Args, Verb};
use crate::service::say::Say;
use crate::service::slot::CardArg;
use crate::service::topic::Topic;
use crate::store::StoreError;
use crate::subscription::{Subscription, Subscriptions};

/// The command, complete in its form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CardAlarm {
    on: bool,
    kind: KindArg,
    last4: Last4,
    jmbg: Jmbg,
    mode: ModeArg,
}

/// A card that is meant.
struct Named {
    owner: Owner,
    card: Card,
}

impl CardAlarm {
    /// The command that these make, if they are all there.
    pub(super) fn of(on: bool, args: &Args) -> Option<CardAlarm> {
        let (CardArg::Last4(last4), Some(jmbg)) = (args.card, args.holder.jmbg) else {
            return None;
        };
        let (kind, mode) = (args.holder.kind, args.holder.mode);
        (kind != KindArg::Absent).then_some(CardAlarm { on, kind, last4, jmbg, mode })
    }

    /// The verb that it is of.
    pub(super) fn verb(&self) -> Verb {
        if self.on { Verb::CardAlarmOn } else { Verb::CardAlarmOff }
    }

    pub(super) fn carry_out(&self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        let kinds = &desk.service.card_kinds;
        let word = match self.kind {
            KindArg::Known(at) => kinds.get(usize::from(at)),
            KindArg::Absent | KindArg::Unknown => None,
        };
        let Some(word) = word else { return Ok(desk.say(Say::CardKindUnknown, &[])) };
        if self.mode == ModeArg::Malformed {
            return Ok(desk.say(Say::CardAlarmModeUnknown, &[]));
        }
        let mut attempts = Attempts::load(desk, word, self.last4)?;
        match attempts.gate(desk) {
            Gate::Open => {}
            Gate::Locked => return Ok(desk.say(Say::CardAlarmLocked, &[])),
            Gate::Silent => return Ok(Outcome::Silent),
        }
        let identity = self.jmbg.hash(desk.records.keyring());
        let customers = customers_known_by(desk.records, desk.bank, identity)?;
        let named = self.named(desk, word, &customers)?;
        if named.is_empty() {
            attempts.count(desk);
            return Ok(desk.say(Say::CardAlarmData, &[]));
        }
        if self.on { self.begin(desk, &customers, &named) } else { end(desk, &named) }
    }

    /// The cards that these customers may mean: to begin, each his own (CA-09); to end, the primary
    /// holder his own and those additional to them (CA-30). Two of one kind may end alike.
    fn named(
        &self,
        desk: &Desk<'_>,
        word: &str,
        customers: &[CustomerId],
    ) -> Result<Vec<Named>, StoreError> {
        let meant = |card: &Card| card.last4 == self.last4 && card.word.as_deref() == Some(word);
        let mut named = Vec::new();
        for customer in customers {
            let Some(contract) = Customer::load(desk.records, desk.bank, *customer)? else {
                continue;
            };
            for (item, card) in contract.open_cards() {
                if meant(card) && (self.on || card.primary.is_none()) {
                    let owner = Owner { customer: *customer, item };
                    named.push(Named { owner, card: card.clone() });
                }
                if self.on || card.primary.is_some() {
                    continue;
                }
                for owner in additional_to(desk.records, desk.bank, &card.reference)? {
                    let holder = Customer::load(desk.records, desk.bank, owner.customer)?;
                    let additional = holder.and_then(|holder| {
                        holder.cards.get(usize::from(owner.item)).filter(|c| meant(c)).cloned()
                    });
                    named.extend(additional.map(|card| Named { owner, card }));
                }
            }
        }
        Ok(named)
    }

    fn begin(
        &self,
        desk: &mut Desk<'_>,
        customers: &[CustomerId],
        named: &[Named],
    ) -> Result<Outcome, StoreError> {
        let mut values = naming(&named[0].card);
        let chosen = match self.mode {
            ModeArg::Is(mode) => Some(mode),
            ModeArg::Absent | ModeArg::Malformed => None,
        };
        let mut mode = None;
        for Named { card, .. } in named {
            if card.primary.is_some() {
                if chosen.is_some() {
                    return Ok(desk.say(Say::CardAlarmMode, &[]));
                }
                continue;
            }
            mode = Some(chosen.unwrap_or(Mode::Own));
            let lonely = additional_to(desk.records, desk.bank, &card.reference)?.is_empty();
            if mode == Some(Mode::Additional) && lonely {
                return Ok(desk.say(Say::CardAlarmNoAdditional, &values));
            }
        }
        let mut moved = false;
        for customer in customers {
            moved |= bring_here(desk, *customer)?;
        }
        for Named { owner, card } in named {
            let (bank, phone) = (desk.bank, desk.caller.id);
            let mut list = Subscriptions::load(desk.records, bank, owner.customer, phone)?;
            let mode = if card.primary.is_some() { Mode::Own } else { mode.unwrap_or(Mode::Own) };
            let is_own = |s: &Subscription| s.item == owner.item && s.active && is_of_card(s);
            desk.renewed |= list.iter().any(is_own);
            let mut contract = |topic, active| {
                let (item, limit) = (owner.item, Minor::ZERO);
                list.contract(Subscription { topic, item, active, limit });
            };
            contract(Topic::CardUse, mode.own());
            contract(Topic::AdditionalUse, mode.additional());
            list.save(desk.records, bank, owner.customer, phone);
        }
        if moved {
            values.push(("mode", mode.map_or(Value::UNDEFINED, |mode| mode.digits().into())));
            return Ok(desk.say(Say::CardAlarmMoved, &values));
        }
        let role = match mode {
            None => Say::CardAlarmHolder,
            Some(Mode::Own) => Say::CardAlarmOwn,
            Some(Mode::Additional) => Say::CardAlarmAdditional,
            Some(Mode::Both) => Say::CardAlarmBoth,
        };
        Ok(desk.say(role, &values))
    }
}

/// Makes the caller's phone the one that gets this customer's alerts of cards (CA-27); whether
/// alerts of his went elsewhere until now. Those of the other holders' cards stay where they are.
fn bring_here(desk: &mut Desk<'_>, customer: CustomerId) -> Result<bool, StoreError> {
    let (bank, here) = (desk.bank, desk.caller.id);
    let Some(mut contract) = Customer::load(desk.records, bank, customer)? else {
        return Ok(false);
    };
    let mut list = Subscriptions::load(desk.records, bank, customer, here)?;
    let mut moved = false;
    let own = desk.number;
    for number in contract.phones.iter().copied().filter(|number| *number != own) {
        let there = PhoneId::of(desk.records.keyring(), number);
        let mut left = Subscriptions::load(desk.records, bank, customer, there)?;
        let taken = left.take(is_of_card);
        if taken.is_empty() {
            continue;
        }
        left.save(desk.records, bank, customer, there);
        if taken.iter().any(|subscription| subscription.active) {
            moved = true;
            let values = when(desk);
            tell(desk, customer, number, Say::CardAlarmMovedAway, &values)?;
        }
        for subscription in taken {
            let known = list.find(subscription.topic, subscription.item);
            if !known.is_some_and(|known| known.active) {
                list.contract(subscription);
            }
        }
    }
    list.save(desk.records, bank, customer, here);
    let mut phone = Phone::load(desk.records, bank, here)?.unwrap_or_default();
    if !phone.customers.contains(&customer) {
        phone.customers.push(customer);
    }
    phone.save(desk.records, bank, here);
    if !contract.phones.contains(&desk.number) {
        contract.phones.push(desk.number);
        contract.save(desk.records, bank, customer)?;
    }
    desk.others_changed = true;
    Ok(moved)
}

/// Ends the alerts of these cards, on whatever phone they are. Alerts of additional cards that the
/// primary holder gets belong to his own card: they go on (section 0, CA-30).
fn end(desk: &mut Desk<'_>, named: &[Named]) -> Result<Outcome, StoreError> {
    let values = naming(&named[0].card);
    let mut ended = 0;
    for Named { owner, .. } in named {
        let Some(contract) = Customer::load(desk.records, desk.bank, owner.customer)? else {
            continue;
        };
        for number in contract.phones {
            let phone = PhoneId::of(desk.records.keyring(), number);
            let mut list = Subscriptions::load(desk.records, desk.bank, owner.customer, phone)?;
            let count = list.deactivate(|s| is_of_card(s) && s.item == owner.item);
            if count == 0 {
                continue;
            }
            list.save(desk.records, desk.bank, owner.customer, phone);
            ended += count;
            if number != desk.number {
                let values: Vec<Pair> = values.iter().cloned().chain(when(desk)).collect();
                tell(desk, owner.customer, number, Say::CardAlarmEndedAway, &values)?;
            }
        }
    }
    Ok(match ended {
        0 => desk.say(Say::CardAlarmNone, &[]),
        _ => desk.say(Say::CardAlarmEnded, &values),
    })
}

/// Tells another phone what was changed from this one, once.
fn tell(
    desk: &mut Desk<'_>,
    customer: CustomerId,
    number: Msisdn,
    role: Say,
    values: &[Pair],
) -> Result<(), StoreError> {
    let id = PhoneId::of(desk.records.keyring(), number);
    let Some(phone) = Phone::load(desk.records, desk.bank, id)? else { return Ok(()) };
    let reply = say(desk.service, role, values);
    if !desk.notices.iter().any(|told| told.number == number && told.reply == reply) {
        desk.notices.push(Notice { customer, number, phone, reply });
    }
    Ok(())
}

fn is_of_card(subscription: &Subscription) -> bool {
    matches!(subscription.topic, Topic::CardUse | Topic::AdditionalUse)
}

fn naming(card: &Card) -> Vec<Pair> {
    vec![("kind", Value::from(card.kind.as_str())), ("last4", Value::from(card.last4.as_str()))]
}

fn when(desk: &Desk<'_>) -> [Pair; 2] {
    [
        ("date", Value::from(Shown::Date(desk.local.date()))),
        ("time", Value::from(Shown::Time(desk.local.time()))),
    ]
}
