//! What has happened since the engine's last turn, gathered from all operators.
//!
//! Turns form by themselves: while a batch commits, inputs gather here, and the next turn takes
//! them all (up to its bound). The number of inputs is bounded by what feeds it: an operator stops
//! reading at [`crate::base::limits::UNANSWERED_DELIVERS_MAX`] unanswered deliver_sm, and responses
//! by its windows.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::engine::Input;

/// The mailbox.
#[derive(Debug, Default)]
pub struct Mailbox {
    inputs: Mutex<VecDeque<Input>>,
    arrived: Condvar,
}

impl Mailbox {
    /// Puts several inputs in, in order.
    pub fn put(&self, inputs: impl IntoIterator<Item = Input>) {
        self.lock().extend(inputs);
        self.arrived.notify_one();
    }

    /// Takes up to `max` inputs, waiting up to `wait` for the first; empty if none came.
    pub fn take(&self, max: usize, wait: Duration, out: &mut Vec<Input>) {
        let guard = self.lock();
        let (mut inputs, _) = self
            .arrived
            .wait_timeout_while(guard, wait, |inputs| inputs.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let count = inputs.len().min(max);
        out.extend(inputs.drain(..count));
    }

    /// Whether nothing has come since the last look.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Input>> {
        self.inputs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
