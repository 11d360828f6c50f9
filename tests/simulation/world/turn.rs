//! A turn of the engine, its commit and the release of its effects, and the process's death in each
//! of them.

use std::time::Duration;

use tellerd::base::now::Now;
use tellerd::store::Store;
use tellerd::store::memory::Fault;

use super::{PAST_THE_DOOR_MAX, World};
use crate::simulation::figures::Crash;
use crate::simulation::process::Turn;

impl<S: Store> World<S> {
    /// A turn begins or is released, if it is time.
    pub(super) fn turn(&mut self) {
        let wall = self.wall();
        let Some(process) = &self.process else { return };
        let (mono, turn) = (process.mono(self.now), process.turn);
        match turn {
            Some(turn) if turn.release_at <= self.now => self.release(turn.doom),
            Some(_) => {}
            None => {
                let due = process.engine.poll_timeout(Now { mono, wall }) <= mono;
                if due || !process.inputs.is_empty() {
                    self.begin_turn();
                }
            }
        }
    }

    fn begin_turn(&mut self) {
        self.mishaps();
        let doom = (!self.calm && self.dice.below(10_000) < self.plan.crashes)
            .then(|| Crash::ALL[self.dice.below(6) as usize]);
        match doom {
            Some(Crash::BeforeTurn) => return self.crash(Crash::BeforeTurn),
            Some(Crash::CommitFails) => self.arm(Crash::CommitFails, Fault::BeforeDurable),
            Some(Crash::CommitLies) => self.arm(Crash::CommitLies, Fault::AfterDurable),
            _ => {}
        }
        let wall = self.wall();
        let Some(process) = &mut self.process else { return };
        let now = Now { mono: process.mono(self.now), wall };
        self.figures.turns += 1;
        self.checker.turn_begins();
        let inputs = std::mem::take(&mut process.inputs);
        if let Err(error) = process.engine.turn(inputs, now) {
            let crash = self.armed.take();
            return self.crash(crash.unwrap_or_else(|| panic!("the store failed: {error}")));
        }
        let live = process.engine.live();
        self.figures.live_max = self.figures.live_max.max(live as u64);
        assert!(live <= self.plan.live_max + PAST_THE_DOOR_MAX, "promise 9: {live} alive");
        let release_at = self.now + Duration::from_micros(1_000 + self.dice.below(9_000));
        process.turn = Some(Turn { release_at, doom });
        self.checker.turn_ends(&self.memory);
    }

    pub(super) fn arm(&mut self, crash: Crash, fault: Fault) {
        self.armed = Some(crash);
        self.memory.fail_next(fault);
    }

    /// The effects of a turn come out.
    fn release(&mut self, doom: Option<Crash>) {
        if doom == Some(Crash::AfterCommit) {
            return self.crash(Crash::AfterCommit);
        }
        let Some(process) = &mut self.process else { return };
        process.turn = None;
        let mut effects: Vec<_> = std::iter::from_fn(|| process.engine.poll_effect()).collect();
        if doom == Some(Crash::AmidEffects) {
            effects.truncate(self.dice.below(effects.len() as u64 + 1) as usize);
        }
        for effect in effects {
            process.carry_out(effect, self.now);
        }
        let mono = process.mono(self.now);
        process.operators.iter_mut().for_each(|operator| operator.dispatch(mono));
        if doom == Some(Crash::AmidWrites) {
            self.write_some();
            return self.crash(Crash::AmidWrites);
        }
        self.flush_process();
        if doom == Some(Crash::AmidEffects) {
            self.crash(Crash::AmidEffects);
        }
    }
}
