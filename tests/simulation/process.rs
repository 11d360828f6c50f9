//! The daemon's core as one process that can die: engine, operators, and what lies between them.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use smpp_sim::ConnId;
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::dice::Dice;
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::engine::setup::Setup;
use tellerd::engine::{Effect, Engine, Input, Opening, StartError};
use tellerd::operator::{Operator, Order, Report};
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::store::Store;
use tellerd::store::memory::MemoryStore;

use super::country;
use super::figures::Crash;
use super::plan::Plan;

/// A turn whose batch is on disk or on its way, and whose effects come out a little later.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) release_at: Duration,
    /// Where the process dies before it is over.
    pub(crate) doom: Option<Crash>,
    /// Its batch is still on its way: the next turn may be built meanwhile.
    pub(crate) ahead: bool,
}

/// A process.
pub(crate) struct Process<S> {
    pub(crate) engine: Engine<S, EmbeddedBank>,
    pub(crate) operators: Vec<Operator>,
    /// The connection of each bind, and what was read of it.
    pub(crate) sockets: Vec<Vec<(Option<ConnId>, BytesMut)>>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) turn: Option<Turn>,
    /// Parts handed to each operator that it hasn't written.
    pub(crate) ahead: Vec<i64>,
    /// When it began, by the world's time: monotonic clocks begin anew.
    began: Duration,
}

impl<S: Store> Process<S> {
    /// Starts on `store`; `memory` has its keys.
    pub(crate) fn start(
        store: S,
        memory: &MemoryStore,
        plan: &Plan,
        setup: &Arc<Setup>,
        dice: &mut Dice,
        now: Duration,
        wall: Wall,
    ) -> Result<Process<S>, StartError> {
        let opening = Opening {
            store,
            keyring: memory.keyring(),
            dice: Dice::seeded(dice.roll()),
            bank: EmbeddedBank::default(),
            seller: Box::<EmbeddedTopUp>::default(),
            setup: Arc::clone(setup),
        };
        let engine = Engine::open(opening, Now { mono: Mono::ZERO, wall })?;
        let operator =
            |operator| Operator::new(country::reach(operator), Dice::seeded(dice.roll()));
        let operators: Vec<Operator> = plan.operators.iter().map(operator).collect();
        let sockets = operators
            .iter()
            .map(|operator| (0..operator.binds()).map(|_| (None, BytesMut::new())).collect())
            .collect();
        let ahead = vec![0; operators.len()];
        let turn = Some(Turn { release_at: now, doom: None, ahead: false });
        Ok(Process { engine, operators, sockets, inputs: Vec::new(), turn, ahead, began: now })
    }

    /// The monotonic clock.
    pub(crate) fn mono(&self, now: Duration) -> Mono {
        Mono::ZERO + (now - self.began)
    }

    /// When it wants to be woken; by connections apart.
    pub(crate) fn next(&self, now: Duration, wall: Wall) -> Duration {
        let turn = match self.turn {
            Some(turn) if turn.ahead && turn.doom.is_none() && !self.inputs.is_empty() => now,
            Some(turn) => turn.release_at,
            None if self.inputs.is_empty() => {
                let mono = self.mono(now);
                self.at(self.engine.poll_timeout(Now { mono, wall }))
            }
            None => now,
        };
        let operators = self.operators.iter().filter_map(Operator::poll_timeout);
        operators.map(|at| self.at(at)).fold(turn, Duration::min).max(now)
    }

    /// Takes an effect to its operator.
    pub(crate) fn carry_out(&mut self, effect: Effect, now: Duration) {
        let Effect::Order(lane, order) = effect else { return };
        self.ahead[lane] += i64::from(matches!(order, Order::Submit { .. }));
        let mono = self.mono(now);
        self.operators[lane].handle_order(order, mono);
    }

    /// Takes an operator's reports in as inputs.
    pub(crate) fn gather(&mut self, lane: usize) {
        while let Some(report) = self.operators[lane].poll_report() {
            match &report {
                Report::Left(parts) => self.ahead[lane] -= i64::from(*parts),
                Report::Returned { .. } => self.ahead[lane] -= 1,
                _ => {}
            }
            self.inputs.push(Input::Operator(lane, report));
        }
    }

    fn at(&self, mono: Mono) -> Duration {
        self.began.saturating_add(mono.since(Mono::ZERO))
    }
}
