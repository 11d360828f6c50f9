//! What a turn leads to, held back until the turn is on disk.

use std::collections::VecDeque;

use super::Effect;
use crate::operator::Order;

/// The effects of the turn that is built, of the one on its way to the disk, and those that are out.
#[derive(Debug, Default)]
pub(super) struct Effects {
    answers: VecDeque<Effect>,
    submits: VecDeque<Effect>,
    under_way: VecDeque<Effect>,
    out: VecDeque<Effect>,
}

impl Effects {
    /// An effect of the turn that is built. Submits go out behind the answers.
    pub(super) fn push(&mut self, effect: Effect) {
        match effect {
            Effect::Order(_, Order::Submit { .. }) => self.submits.push_back(effect),
            _ => self.answers.push_back(effect),
        }
    }

    /// The turn is built, and its batch on its way.
    pub(super) fn leave(&mut self) {
        self.under_way.append(&mut self.answers);
        self.under_way.append(&mut self.submits);
    }

    /// What was on its way is on disk.
    pub(super) fn land(&mut self) {
        self.out.append(&mut self.under_way);
    }

    /// Of a turn that failed nothing comes out, nor of any before it that hasn't come out yet.
    pub(super) fn clear(&mut self) {
        *self = Effects::default();
    }

    /// The next one that may be done.
    pub(super) fn pop(&mut self) -> Option<Effect> {
        self.out.pop_front()
    }
}
