//! The engine's thread: takes what has gathered, turns the engine, hands out what follows. Under
//! load it builds the next turn while the batch of the one before is on its way to the disk.
//!
//! It ends when it was told to drain and nothing is in flight (or after the drain's time), or when
//! the store can't write: then nothing more is released. A link that dies makes it drain and end,
//! too, by an error: an operator that is off for ever is worse than a start anew.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tracing::{error, info};

use super::door::Door;
use super::mailbox::Mailbox;
use super::minute::Minute;
use super::run::RunError;
use crate::bank::Bank;
use crate::base::limits::TURN_INPUTS_MAX;
use crate::base::now::{Mono, Now};
use crate::engine::{Effect, Engine, Input};
use crate::operator::{Order, Report};
use crate::store::{Store, StoreError};

/// How long a clean end waits for what is in flight.
pub const DRAIN_MAX: Duration = Duration::from_secs(10);

/// So many inputs are a turn of their own while the batch of the one before is on its way; so many
/// changes are sent on their way, and fewer are written at once.
const WORTH_A_TURN: usize = 64;

/// How long it then waits for the operators to unbind.
const UNBIND_MAX: Duration = Duration::from_secs(5);

/// Reads both clocks for the engine.
pub type Reading = Box<dyn Fn() -> Now + Send>;

/// The way to an operator's task.
pub struct Wire {
    /// The operator's name.
    pub name: String,
    /// Parts a second of its contract.
    pub rate: u32,
    /// Takes its orders; closed once the task is over.
    pub orders: UnboundedSender<VecDeque<Order>>,
}

/// The engine and what it is connected to.
pub struct Turner<S, B> {
    engine: Engine<S, B>,
    mailbox: Arc<Mailbox>,
    operators: Vec<Wire>,
    door: Arc<Door>,
    minute: Minute,
    now: Reading,
}

impl<S: Store, B: Bank> Turner<S, B> {
    /// An engine, the mailbox that feeds it, the operators in the setup's order, and the door.
    pub fn new(
        engine: Engine<S, B>,
        mailbox: Arc<Mailbox>,
        operators: Vec<Wire>,
        door: Arc<Door>,
        now: Reading,
    ) -> Turner<S, B> {
        let lanes = operators.iter().map(|wire| (wire.name.clone(), wire.rate));
        let minute = Minute::new(lanes, now().mono);
        Turner { engine, mailbox, operators, door, minute, now }
    }

    /// Turns until told to drain, then drains, unbinds and closes the store.
    pub fn run(mut self) -> Result<Engine<S, B>, RunError> {
        let mut inputs = Vec::with_capacity(TURN_INPUTS_MAX);
        let mut drain_until: Option<Mono> = None;
        let mut dead: Option<String> = None;
        let mut begun = 0;
        let landed = Arc::clone(&self.mailbox);
        self.engine.on_landing(move || landed.land());
        loop {
            if self.engine.is_under_way() && !self.mailbox.gather(WORTH_A_TURN, begun) {
                self.engine.land()?;
                self.hand_out();
            }
            let now = (self.now)();
            let due = self.engine.poll_timeout(now).min(drain_until.unwrap_or(Mono::NEVER));
            self.mailbox.take(TURN_INPUTS_MAX, due.since(now.mono), &mut inputs);
            let now = (self.now)();
            if drain_until.is_none() && inputs.iter().any(|input| matches!(input, Input::Drain)) {
                drain_until = Some(now.mono + DRAIN_MAX);
            }
            inputs.iter().for_each(|input| self.minute.note(input));
            self.engine.build(inputs.drain(..), now)?;
            // A small batch isn't worth waking another thread for, nor anything to be built
            // meanwhile.
            if self.engine.drafted() < WORTH_A_TURN {
                self.engine.commit()?;
            } else {
                self.engine.commit_ahead()?;
                if self.engine.is_under_way() {
                    begun += 1;
                } else {
                    // A store that is done already tells of no landing.
                    self.engine.land()?;
                }
            }
            self.hand_out();
            self.say(now.mono);
            // Before the order to stop no task ends but by a fault of ours. (A turn comes at least
            // with each housekeeping, so this is noticed within a second.)
            if dead.is_none()
                && let Some(wire) = self.operators.iter().find(|wire| wire.orders.is_closed())
            {
                error!(operator = %wire.name, "its task has died: draining, then ending");
                dead = Some(wire.name.clone());
                self.mailbox.put([Input::Drain]);
            }
            if self.engine.is_drained() || drain_until.is_some_and(|until| until <= now.mono) {
                break;
            }
        }
        self.engine.land()?;
        self.hand_out();
        self.unbind()?;
        self.engine.close()?;
        match dead {
            Some(name) => Err(RunError::Died(format!("the task of the operator {name}"))),
            None => Ok(self.engine),
        }
    }

    /// Once a minute, what happened in it.
    fn say(&mut self, now: Mono) {
        let Some(said) = self.minute.poll(self.engine.tally(), self.engine.live(), now) else {
            return;
        };
        info!(
            received = said.received,
            accepted = said.accepted,
            late = said.late,
            refused = said.refused,
            unknown = said.unknown,
            live = said.live,
            operators = said.operators,
            "the last minute"
        );
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
        for (wire, orders) in self.operators.iter().zip(orders) {
            // Of a task that is gone: what it was to do is *unknown* at the next start.
            if !orders.is_empty() {
                let _ = wire.orders.send(orders);
            }
        }
    }

    fn unbind(&mut self) -> Result<(), StoreError> {
        let until = (self.now)().mono + UNBIND_MAX;
        let stop = |wire: &&Wire| wire.orders.send(VecDeque::from([Order::Stop])).is_ok();
        let mut left = self.operators.iter().filter(stop).count();
        let mut inputs = Vec::new();
        while left > 0 && (self.now)().mono < until {
            self.mailbox.take(TURN_INPUTS_MAX, until.since((self.now)().mono), &mut inputs);
            let stopped = |input: &&Input| matches!(input, Input::Operator(_, Report::Stopped));
            left -= inputs.iter().filter(stopped).count().min(left);
            self.engine.turn(inputs.drain(..), (self.now)())?;
            self.hand_out();
        }
        Ok(())
    }
}
