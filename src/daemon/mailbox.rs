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
    gathered: Mutex<Gathered>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Gathered {
    inputs: VecDeque<Input>,
    /// Batches that have landed.
    landed: u64,
}

impl Mailbox {
    /// Puts several inputs in, in order.
    pub fn put(&self, inputs: impl IntoIterator<Item = Input>) {
        self.lock().inputs.extend(inputs);
        self.arrived.notify_one();
    }

    /// Takes up to `max` inputs, waiting up to `wait` for the first; empty if none came.
    pub fn take(&self, max: usize, wait: Duration, out: &mut Vec<Input>) {
        let guard = self.lock();
        let (mut gathered, _) = self
            .arrived
            .wait_timeout_while(guard, wait, |gathered| gathered.inputs.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let count = gathered.inputs.len().min(max);
        out.extend(gathered.inputs.drain(..count));
    }

    /// One more batch has landed.
    pub fn land(&self) {
        self.lock().landed += 1;
        self.arrived.notify_one();
    }

    /// Waits until `enough` inputs have gathered or `batches` have landed; whether there are enough
    /// inputs.
    pub fn gather(&self, enough: usize, batches: u64) -> bool {
        let guard = self.lock();
        let waits =
            |gathered: &mut Gathered| gathered.inputs.len() < enough && gathered.landed < batches;
        let gathered =
            self.arrived.wait_while(guard, waits).unwrap_or_else(PoisonError::into_inner);
        gathered.inputs.len() >= enough
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
