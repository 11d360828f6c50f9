//! A turn: inputs in, one batch, and its effects once that is on disk.
//!
//! In one go ([`Engine::turn`]), or in halves: [`Engine::build`], then [`Engine::commit`], or, where
//! more has gathered meanwhile, [`Engine::commit_ahead`], so that the next turn is built while this
//! one's batch is written. Either way nothing comes out before the batch that it follows from has
//! landed, and batches land in their order.

use super::{Engine, Input};
use crate::bank::Bank;
use crate::base::now::Now;
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// Handles `inputs` as one turn: one batch, committed before any effect comes out. Any error is
    /// the store's and final: nothing of this turn is released, and the process must end (exit code
    /// 75).
    pub fn turn(
        &mut self,
        inputs: impl IntoIterator<Item = Input>,
        now: Now,
    ) -> Result<(), StoreError> {
        self.build(inputs, now)?;
        self.commit()
    }

    /// The first half of a turn: handles `inputs` and drafts their batch. [`Engine::commit`] or
    /// [`Engine::commit_ahead`] is to follow. The batch of the turn before may still be on its way.
    pub fn build(
        &mut self,
        inputs: impl IntoIterator<Item = Input>,
        now: Now,
    ) -> Result<(), StoreError> {
        let built = self.build_once(inputs, now);
        self.or_nothing(built)
    }

    /// The second half: the batch is durable when this returns, and its effects come out.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.land()?;
        let committed = self.draft.commit();
        self.or_nothing(committed)?;
        self.bank.committed();
        self.seller.committed();
        self.effects.leave();
        self.effects.land();
        Ok(())
    }

    /// The second half where more has gathered meanwhile: the batch is on its way to the disk when
    /// this returns, so that the next turn is built at the same time. Its effects come out once it
    /// has landed: with the next commit, or by [`Engine::land`]; those of the turn before come out
    /// now.
    pub fn commit_ahead(&mut self) -> Result<(), StoreError> {
        if self.bank.is_waiting() || self.seller.is_waiting() {
            // What they were asked in this turn they hear when it is durable, and no sooner.
            return self.commit();
        }
        self.land()?;
        let begun = self.draft.commit_ahead();
        self.or_nothing(begun)?;
        self.effects.leave();
        Ok(())
    }

    /// How many changes the turn that was built has.
    pub fn drafted(&self) -> usize {
        self.draft.changes()
    }

    /// Whether a batch is on its way to the disk.
    pub fn is_under_way(&self) -> bool {
        self.draft.store().is_under_way()
    }

    /// Has `landed` called, from any thread, whenever a batch that was on its way has landed.
    pub fn on_landing(&mut self, landed: impl Fn() + Send + Sync + 'static) {
        self.draft.store_mut().on_landing(Box::new(landed));
    }

    /// Waits for the batch that is on its way, and lets its effects out.
    pub fn land(&mut self) -> Result<(), StoreError> {
        let landed = self.draft.land();
        self.or_nothing(landed)?;
        self.effects.land();
        Ok(())
    }

    fn build_once(
        &mut self,
        inputs: impl IntoIterator<Item = Input>,
        now: Now,
    ) -> Result<(), StoreError> {
        self.make_keys_ahead(now.wall);
        self.handled = 0;
        for input in inputs {
            self.handled += 1;
            self.handle(input, now)?;
            // At once, while what it is about is at hand.
            self.answers(now)?;
        }
        // Also where nothing came in: what is answered is late for no deadline.
        self.answers(now)?;
        self.handle_time(now)?;
        self.answers(now)?;
        self.pick_all(now)?;
        self.save();
        self.save_usages(now)
    }

    fn or_nothing<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if done.is_err() {
            self.effects.clear();
        }
        done
    }
}
