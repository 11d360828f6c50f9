//! Orders of money: from the text to the outcome, through bank and seller, and over restarts.
//!
//! Each step writes the order's record in the batch of its turn; what is asked leaves this process
//! only after the commit ([`Bank::committed`], [`TopUp::committed`]). What is asked may be asked
//! again, under the same reference: so a start, a look after a silence and the first try are one
//! function, [`Engine::ask_on`].
//!
//! [`TopUp::committed`]: crate::sale::TopUp::committed

use std::sync::Arc;

use super::Engine;
use super::tell::Unasked;
use crate::bank::{Answer, AskId, Bank, BankId, Question, Reference};
use crate::base::limits::{PURCHASES_OPEN_MAX, TURN_INPUTS_MAX};
use crate::base::now::{Mono, Now};
use crate::command::pay::{self, Tell};
use crate::command::{Order, Reply, Then, say};
use crate::customer::{Phone, PhoneId};
use crate::message::{Class, MessageId, State as MessageState};
use crate::outbox::Asked;
use crate::purchase::recent::Recent;
use crate::purchase::{Body, Head, Purchase, State, Told};
use crate::sale::Sold;
use crate::service::say::Say;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// An order is given. Its record is on disk before its deliver_sm is answered.
    pub(super) fn begin_purchase(
        &mut self,
        id: MessageId,
        place: usize,
        order: Order,
        now: Now,
    ) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        let service = &setup.services[place].service;
        let from =
            self.opened(id).and_then(|(head, body)| Some((head.clone(), body.phone()?, body.code)));
        let Some((message, phone, code)) = from else { return Ok(()) };
        let purchases =
            service.purchases.as_ref().filter(|_| self.watch.len() < PURCHASES_OPEN_MAX);
        let Some(purchases) = purchases else {
            return self.queue_reply(id, place, say(service, Say::Later, &[]), now);
        };
        let (bank, reference, customer) = (message.bank, Reference(id.0), order.customer);
        let mut recent = Recent::load(&self.draft, bank, customer)?;
        let when = (message.received, order.day);
        recent.add(reference, order.cause, order.counts(), when, purchases.repeat);
        recent.save(&mut self.draft, bank, customer);
        let head = Head {
            reference,
            bank,
            customer,
            generation: message.generation,
            state: State::Received,
            told: Told::Nothing,
            amount: order.sale.amount,
            received: message.received,
            ended: None,
            settled: None,
        };
        let body = Body {
            phone,
            code,
            service: service.name.clone(),
            account: order.account,
            sale: order.sale,
            is_product: order.is_product,
            balance: None,
            settlement: None,
        };
        self.keep_order(id, reference);
        self.await_outcome(id, place);
        self.watch.begin(bank, reference, now.mono + setup.options.answer);
        self.ask_on(Purchase { head, body: Some(body) }, now)
    }

    /// A message tells of an order: it leaves behind what was told of that before.
    pub(super) fn keep_order(&mut self, id: MessageId, reference: Reference) {
        let Some(life) = self.lives.get_mut(&id) else { return };
        life.order = in_order(reference);
        if let Some(message) = &mut life.message {
            message.head.order = life.order;
        }
        Self::touch(&mut self.dirty, life);
    }

    /// A message waits for the outcome of its order; when that is late is the watch's business.
    pub(super) fn await_outcome(&mut self, id: MessageId, place: usize) {
        let Some(life) = self.lives.get_mut(&id) else { return };
        life.asked = Some(Box::new(Asked { place, then: Then::Bought, due: Mono::NEVER }));
        if let Some(message) = &mut life.message {
            message.head.state = MessageState::Asked;
        }
        Self::touch(&mut self.dirty, life);
    }

    /// Asks whatever the order's state needs to go on, for the first time or again, and writes its
    /// record.
    pub(super) fn ask_on(&mut self, mut purchase: Purchase, now: Now) -> Result<(), StoreError> {
        let Head { reference, bank, state, .. } = purchase.head;
        // Once the process is to end, nothing new is sold.
        let sells = state == State::Held && !self.draining;
        if sells {
            purchase.head.state = State::Sent;
        }
        purchase.save(&mut self.draft);
        let question = match (state, &purchase.body) {
            (State::Received, Some(Body { account, .. })) => {
                let (account, amount) = (account.clone(), purchase.head.amount);
                Question::Hold { reference, account, amount }
            }
            (State::Held, Some(body)) if sells => {
                return self.seller.sell(bank, reference, &body.sale, &mut self.draft, now);
            }
            (State::Sent | State::Unknown, _) => {
                return self.seller.inquire(bank, reference, &mut self.draft, now);
            }
            (State::Sold, _) => Question::Book(reference),
            (State::Refused, _) => Question::Release(reference),
            _ => return Ok(()),
        };
        self.bank.ask(AskId(reference.0), bank, &question, &mut self.draft, now)
    }

    /// The bank answered something about an order.
    pub(super) fn handle_moved(
        &mut self,
        bank: BankId,
        reference: Reference,
        answer: &Answer,
        now: Now,
    ) -> Result<(), StoreError> {
        let Some(mut purchase) = Purchase::load(&self.draft, bank, reference)? else {
            return Ok(());
        };
        match (purchase.head.state, answer) {
            (State::Received, Answer::Held(balance)) => {
                purchase.head.state = State::Held;
                if let Some(body) = &mut purchase.body {
                    body.balance = Some(*balance);
                }
                self.ask_on(purchase, now)
            }
            (State::Received, Answer::Short) => {
                self.end_purchase(purchase, State::Failed, Tell::Funds, now)
            }
            (State::Received, Answer::Nothing) => {
                tracing::error!(%reference, "the bank knows no such account");
                self.tell_purchase(&mut purchase, Tell::Later, now)?;
                self.end_purchase(purchase, State::Failed, Tell::Failed, now)
            }
            (State::Sold, Answer::Booked(balance)) => {
                self.end_purchase(purchase, State::Done, Tell::Done(*balance), now)
            }
            (State::Refused, Answer::Released(_) | Answer::Nothing) => {
                self.end_purchase(purchase, State::Failed, Tell::Failed, now)
            }
            (State::Sold, Answer::Nothing) => {
                tracing::error!(%reference, "sold, and the bank has nothing aside for it");
                Ok(())
            }
            // An answer to what was asked before a step that made it pointless.
            _ => Ok(()),
        }
    }

    /// A seller answered.
    pub(super) fn handle_sold(
        &mut self,
        reference: Reference,
        sold: Sold,
        now: Now,
    ) -> Result<(), StoreError> {
        let Some(bank) = self.watch.bank_of(reference) else {
            tracing::warn!(%reference, "a seller answers {sold:?} to an order that isn't open");
            return Ok(());
        };
        let Some(mut purchase) = Purchase::load(&self.draft, bank, reference)? else {
            return Ok(());
        };
        match (purchase.head.state, sold) {
            (State::Sent | State::Unknown, Sold::Done) => purchase.head.state = State::Sold,
            (State::Sent | State::Unknown, Sold::Refused) => purchase.head.state = State::Refused,
            // Ours was lost on its way, or we died before it left: the same once more, under the
            // same reference.
            (State::Sent | State::Unknown, Sold::Unheard) => {
                let Some(body) = &purchase.body else { return Ok(()) };
                return self.seller.sell(bank, reference, &body.sale, &mut self.draft, now);
            }
            (State::Sold, Sold::Refused) | (State::Refused, Sold::Done) => {
                tracing::error!(%reference, "a seller says {sold:?} after it was settled otherwise");
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.ask_on(purchase, now)
    }

    /// Looks at the orders that are due: what is late is told, and everything is asked again.
    pub(super) fn look_at_purchases(&mut self, now: Now) -> Result<(), StoreError> {
        for _ in 0..TURN_INPUTS_MAX {
            let Some((bank, reference)) = self.watch.pop_due(now.mono) else { break };
            let Some(mut purchase) = Purchase::load(&self.draft, bank, reference)? else {
                self.watch.end(reference);
                continue;
            };
            match (purchase.head.state, purchase.head.told) {
                // Nobody was asked to sell it: it is called off.
                (State::Received, _) => {
                    tracing::warn!(%reference, "the bank didn't answer in time: called off");
                    purchase.head.state = State::Refused;
                    self.tell_purchase(&mut purchase, Tell::Later, now)?;
                }
                (State::Sent, _) => {
                    tracing::warn!(%reference, "the seller didn't answer in time");
                    purchase.head.state = State::Unknown;
                    self.tell_purchase(&mut purchase, Tell::Waits, now)?;
                }
                (State::Sold, Told::Nothing) => {
                    let balance = purchase.body.as_ref().and_then(|body| body.balance);
                    let outcome = Tell::Done(balance.unwrap_or_default());
                    self.tell_purchase(&mut purchase, outcome, now)?;
                }
                (State::Refused, Told::Nothing) => {
                    self.tell_purchase(&mut purchase, Tell::Waits, now)?;
                }
                _ => {}
            }
            self.ask_on(purchase, now)?;
        }
        Ok(())
    }

    /// Takes a bank's open orders up again, each where it stands.
    pub(super) fn recover_purchases(&mut self, bank: BankId, now: Now) -> Result<(), StoreError> {
        let (late, stale) = (self.setup.options.answer, self.setup.options.reply_worthless);
        for reference in Purchase::open_ones(self.draft.store(), bank)? {
            let Some(mut purchase) = Purchase::load(&self.draft, bank, reference)? else {
                continue;
            };
            self.watch.begin(bank, reference, now.mono + late);
            let head = &mut purchase.head;
            // Nobody expects an order to be carried out so long after it was given.
            let is_stale = now.wall.since(head.received) >= stale;
            if is_stale && matches!(head.state, State::Received | State::Held) {
                head.state = State::Refused;
            }
            self.ask_on(purchase, now)?;
        }
        Ok(())
    }

    /// An order's end. What failed may be ordered anew.
    fn end_purchase(
        &mut self,
        mut purchase: Purchase,
        state: State,
        outcome: Tell,
        now: Now,
    ) -> Result<(), StoreError> {
        let Head { reference, bank, customer, told, .. } = purchase.head;
        if state == State::Failed {
            let mut recent = Recent::load(&self.draft, bank, customer)?;
            recent.remove(reference);
            recent.save(&mut self.draft, bank, customer);
        }
        if told != Told::Outcome {
            self.tell_purchase(&mut purchase, outcome, now)?;
        }
        (purchase.head.state, purchase.head.ended) = (state, Some(now.wall));
        self.watch.end(reference);
        purchase.save(&mut self.draft);
        Ok(())
    }

    /// The customer is told how his order stands.
    fn tell_purchase(
        &mut self,
        purchase: &mut Purchase,
        what: Tell,
        now: Now,
    ) -> Result<(), StoreError> {
        let told = if what == Tell::Waits { Told::Waits } else { Told::Outcome };
        let head = purchase.head.clone();
        purchase.head.told = told;
        let Some(body) = &purchase.body else { return Ok(()) };
        let setup = Arc::clone(&self.setup);
        let Some(place) = setup.service_called(&body.service) else {
            tracing::error!(reference = %head.reference, "its service is gone: nobody is told");
            return Ok(());
        };
        let reply = pay::tell(&setup.services[place].service, &head, body, what);
        self.reply_to_purchase(&head, body, place, reply, now)
    }

    /// As the reply that the order's message waits for, else as a text of its own.
    fn reply_to_purchase(
        &mut self,
        head: &Head,
        body: &Body,
        place: usize,
        reply: Reply,
        now: Now,
    ) -> Result<(), StoreError> {
        let id = MessageId(head.reference.0);
        // A message that has waited for too long expires, and the outcome has one of its own.
        let in_time = self.lives.get(&id).is_some_and(|life| life.worthless > now.wall);
        if in_time && self.take_question(id).is_some() {
            return self.queue_reply(id, place, reply, now);
        }
        let phone = PhoneId::of(self.draft.keyring(), body.phone);
        let known = Phone::load(&self.draft, head.bank, phone)?;
        let still_his = known.filter(|phone| {
            phone.generation == head.generation && phone.customers.contains(&head.customer)
        });
        let Some(phone) = still_his else { return Ok(()) };
        let unasked = Unasked {
            customer: Some(head.customer),
            number: body.phone,
            phone,
            about: None,
            class: Class::Reply,
            order: in_order(head.reference),
            cause: u128::from(head.reference.0),
            command: "outcome",
            worthless: now.wall + self.worthless_after(Class::Alert),
            text: reply.text,
            wording: reply.wording,
        };
        self.queue_unasked(place, head.bank, unasked, now);
        Ok(())
    }
}

/// What is told of an order leaves in order: nobody is told to wait behind the outcome. Apart from
/// accounts' alerts, whose keys are hashes: two that meet only wait for one another.
pub(super) fn in_order(reference: Reference) -> u64 {
    !reference.0
}
