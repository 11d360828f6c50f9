//! The engine's thread: takes what has gathered, turns the engine, hands out what follows.
//!
//! It ends when it was told to drain and nothing is in flight (or after the drain's time), or when the
//! store can't write: then nothing more is released.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::clock::Clock;
use super::door::Door;
use super::mailbox::Mailbox;
use crate::bank::Bank;
use crate::base::limits::TURN_INPUTS_MAX;
use crate::base::now::Mono;
use crate::engine::{Effect, Engine, Input};
use crate::operator::{Order, Report};
use crate::store::{Store, StoreError};

/// How long a clean end waits for what is in flight.
pub const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How long it then waits for the operators to unbind.
const UNBIND_MAX: Duration = Duration::from_secs(5);

/// The engine and what it is connected to.
pub struct Turner<S, B> {
    engine: Engine<S, B>,
    mailbox: Arc<Mailbox>,
    operators: Vec<UnboundedSender<VecDeque<Order>>>,
    door: Arc<Door>,
    clock: Clock,
}

impl<S: Store, B: Bank> Turner<S, B> {
    /// An engine, the mailbox that feeds it, the operators in the setup's order, and the door.
    pub fn new(
        engine: Engine<S, B>,
        mailbox: Arc<Mailbox>,
        operators: Vec<UnboundedSender<VecDeque<Order>>>,
        door: Arc<Door>,
        clock: Clock,
    ) -> Turner<S, B> {
        Turner { engine, mailbox, operators, door, clock }
    }

    /// Turns until told to drain, then drains, unbinds and closes the store.
    pub fn run(mut self) -> Result<Engine<S, B>, StoreError> {
        let mut inputs = Vec::with_capacity(TURN_INPUTS_MAX);
        let mut drain_until: Option<Mono> = None;
        loop {
            let now = self.clock.now();
            let due = self.engine.poll_timeout(now).min(drain_until.unwrap_or(Mono::NEVER));
            self.mailbox.take(TURN_INPUTS_MAX, due.since(now.mono), &mut inputs);
            let now = self.clock.now();
            if drain_until.is_none() && inputs.iter().any(|input| matches!(input, Input::Drain)) {
                drain_until = Some(now.mono + DRAIN_MAX);
            }
            self.engine.turn(inputs.drain(..), now)?;
            self.hand_out();
            if self.engine.is_drained() || drain_until.is_some_and(|until| until <= now.mono) {
                break;
            }
        }
        self.unbind()?;
        self.engine.close()?;
        Ok(self.engine)
    }

    /// Effects to their operators, one message of the channel for all of a turn.
    fn hand_out(&mut self) {
        let mut orders: Vec<VecDeque<Order>> =
            self.operators.iter().map(|_| VecDeque::new()).collect();
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Order(lane, order) => orders[lane].push_back(order),
                Effect::Response(ticket, response) => self.door.answer(ticket, response),
            }
        }
        for (operator, orders) in self.operators.iter().zip(orders) {
            // An operator that is gone has stopped; what it was to do is *unknown* at the next start.
            if !orders.is_empty() {
                let _ = operator.send(orders);
            }
        }
    }

    fn unbind(&mut self) -> Result<(), StoreError> {
        for operator in &self.operators {
            let _ = operator.send(VecDeque::from([Order::Stop]));
        }
        let until = self.clock.mono() + UNBIND_MAX;
        let mut left = self.operators.len();
        let mut inputs = Vec::new();
        while left > 0 && self.clock.mono() < until {
            self.mailbox.take(TURN_INPUTS_MAX, until.since(self.clock.mono()), &mut inputs);
            let stopped = |input: &&Input| matches!(input, Input::Operator(_, Report::Stopped));
            left -= inputs.iter().filter(stopped).count().min(left);
            self.engine.turn(inputs.drain(..), self.clock.now())?;
            self.hand_out();
        }
        Ok(())
    }
}
