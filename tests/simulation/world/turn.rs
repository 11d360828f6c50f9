//! A turn of the engine, its commit and the release of its effects, and the process's death in each
//! of them.

use std::time::Duration;

use tellerd::base::now::Now;
use tellerd::store::Store;
use tellerd::store::memory::Fault;

use super::{PAST_THE_DOOR_MAX, World};
use crate::simulation::figures::{Crash, Mishap};
use crate::simulation::process::Turn;

/// How a turn may end; [`Crash::UnderWay`] comes out of these.
const DOOMS: [Crash; 6] = [
    Crash::BeforeTurn,
    Crash::CommitFails,
    Crash::CommitLies,
    Crash::AfterCommit,
    Crash::AmidEffects,
    Crash::AmidWrites,
];

impl<S: Store> World<S> {
    /// A turn begins or is released, if it is time.
    pub(super) fn turn(&mut self) {
        let wall = self.wall();
        let Some(process) = &self.process else { return };
        let (mono, turn) = (process.mono(self.now), process.turn);
        match turn {
            Some(turn) if turn.release_at <= self.now => self.release(turn),
            // While one batch is on its way, the next turn may be built.
            Some(Turn { ahead: true, doom: None, .. }) if !process.inputs.is_empty() => {
                self.begin_turn();
            }
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
            .then(|| DOOMS[self.dice.below(6) as usize]);
        match doom {
            Some(Crash::BeforeTurn) => return self.crash(Crash::BeforeTurn),
            Some(Crash::CommitFails) => self.arm(Crash::CommitFails, Fault::BeforeDurable),
            Some(Crash::CommitLies) => self.arm(Crash::CommitLies, Fault::AfterDurable),
            _ => {}
        }
        let ahead = self.built_ahead > 0 && self.ahead.chance(self.built_ahead);
        // A process that would die behind the commit may as well die before its end.
        let doom = match doom {
            Some(Crash::AfterCommit) if ahead && self.ahead.chance(50) => Some(Crash::UnderWay),
            doom => doom,
        };
        let wall = self.wall();
        let Some(process) = &mut self.process else { return };
        let now = Now { mono: process.mono(self.now), wall };
        self.figures.turns += 1;
        let inputs = std::mem::take(&mut process.inputs);
        let engine = &mut process.engine;
        let built = engine.build(inputs, now);
        let done = built.and_then(|()| if ahead { engine.commit_ahead() } else { engine.commit() });
        if let Err(error) = done {
            return self.fail(&error.to_string());
        }
        let live = process.engine.live();
        self.figures.live_max = self.figures.live_max.max(live as u64);
        assert!(live <= self.plan.live_max + PAST_THE_DOOR_MAX, "promise 9: {live} alive");
        let release_at = self.now + Duration::from_micros(1_000 + self.dice.below(9_000));
        let before = process.turn.replace(Turn { release_at, doom, ahead });
        if before.is_some() {
            // It has landed: nothing is begun before that.
            self.checker.turn_ends(&self.memory);
            self.figures.mishap(Mishap::BuiltAhead);
        }
        if ahead || before.is_some() {
            // As the daemon does: what is out now is of the turn before.
            self.carry_out(None);
            self.flush_process();
        }
        self.checker.turn_begins();
        if !ahead {
            self.checker.turn_ends(&self.memory);
        }
        if doom == Some(Crash::UnderWay) {
            self.crash(Crash::UnderWay);
        }
    }

    /// The store has failed, which nothing but our own doing explains.
    fn fail(&mut self, error: &str) {
        let crash = self.armed.take();
        self.crash(crash.unwrap_or_else(|| panic!("the store failed: {error}")));
    }

    pub(super) fn arm(&mut self, crash: Crash, fault: Fault) {
        self.armed = Some(crash);
        self.memory.fail_next(fault);
    }

    /// A turn has landed, and its effects come out.
    fn release(&mut self, turn: Turn) {
        let doom = turn.doom;
        let Some(process) = &mut self.process else { return };
        if turn.ahead {
            if let Err(error) = process.engine.land() {
                return self.fail(&error.to_string());
            }
            self.checker.turn_ends(&self.memory);
        }
        if doom == Some(Crash::AfterCommit) {
            return self.crash(Crash::AfterCommit);
        }
        let Some(process) = &mut self.process else { return };
        process.turn = None;
        self.carry_out(doom);
        if doom == Some(Crash::AmidWrites) {
            self.write_some();
            return self.crash(Crash::AmidWrites);
        }
        self.flush_process();
        if doom == Some(Crash::AmidEffects) {
            self.crash(Crash::AmidEffects);
        }
    }

    /// The effects that are out, or some of them.
    fn carry_out(&mut self, doom: Option<Crash>) {
        let Some(process) = &mut self.process else { return };
        let mut effects: Vec<_> = std::iter::from_fn(|| process.engine.poll_effect()).collect();
        if doom == Some(Crash::AmidEffects) {
            effects.truncate(self.dice.below(effects.len() as u64 + 1) as usize);
        }
        for effect in effects {
            process.carry_out(effect, self.now);
        }
        let mono = process.mono(self.now);
        process.operators.iter_mut().for_each(|operator| operator.dispatch(mono));
    }
}
