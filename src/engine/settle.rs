//! Orders of money that stayed unknown, for the bank's clerks: listed, and settled by two persons.

use super::door::{OpenPurchase, Response, Settling, Ticket};
use super::{Effect, Engine};
use crate::bank::{Bank, Reference};
use crate::base::now::Now;
use crate::purchase::{Purchase, Settlement, State};
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// The open orders of a bank, to whoever asks.
    pub(super) fn list_purchases(
        &mut self,
        ticket: Ticket,
        place: usize,
    ) -> Result<(), StoreError> {
        let bank = self.banks[place];
        let mut open = Vec::new();
        // An order that ended in this very turn is listed for the last time.
        for reference in Purchase::open_ones(self.draft.store(), bank)? {
            let Some(Purchase { head, body }) = Purchase::load(&self.draft, bank, reference)?
            else {
                continue;
            };
            open.push(OpenPurchase {
                reference,
                state: head.state,
                amount: head.amount,
                received: head.received,
                sale: body.map(|body| body.sale),
            });
        }
        self.effects.push(Effect::Response(ticket, Response::Purchases(open)));
        Ok(())
    }

    /// Two persons found out what became of an unknown order: it goes on as if its seller had said
    /// so. The same once more is known already.
    pub(super) fn settle(
        &mut self,
        place: usize,
        reference: Reference,
        done: bool,
        [by, and]: [String; 2],
        now: Now,
    ) -> Result<Settling, StoreError> {
        let bank = self.banks[place];
        let (by, and) = (by.trim().to_owned(), and.trim().to_owned());
        if by.is_empty() || and.is_empty() || by.to_lowercase() == and.to_lowercase() {
            return Ok(Settling::OnePerson);
        }
        let Some(mut purchase) = Purchase::load(&self.draft, bank, reference)? else {
            return Ok(Settling::Nothing);
        };
        match (purchase.head.settled, purchase.head.state) {
            (Some(before), _) if before == done => return Ok(Settling::Known),
            (Some(_), _) => return Ok(Settling::Otherwise),
            (None, State::Unknown) => {}
            (None, state) => return Ok(Settling::NotUnknown(state)),
        }
        purchase.head.settled = Some(done);
        purchase.head.state = if done { State::Sold } else { State::Refused };
        if let Some(body) = &mut purchase.body {
            body.settlement = Some(Settlement { done, by, and, at: now.wall });
        }
        tracing::warn!(%reference, done, "an unknown order is settled by two persons");
        self.ask_on(purchase, now)?;
        Ok(Settling::Taken)
    }
}
