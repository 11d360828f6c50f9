//! What befalls the process and its machine: it dies and starts anew, the clock is set, the disk
//! fills up.

use std::time::Duration;

use bytes::BytesMut;
use tellerd::store::Store;
use tellerd::store::memory::Fault;

use super::World;
use crate::simulation::country;
use crate::simulation::figures::{Crash, Mishap};
use crate::simulation::process::Process;

impl<S: Store> World<S> {
    /// Some octets of some sockets are still written.
    pub(super) fn write_some(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        for (lane, operator) in process.operators.iter_mut().enumerate() {
            for bind in 0..operator.binds() {
                let mut octets = BytesMut::new();
                operator.poll_transmit(bind, &mut octets);
                octets.truncate(self.dice.below(octets.len() as u64 + 1) as usize);
                if let Some(conn) = process.sockets[lane][bind].0.filter(|_| !octets.is_empty()) {
                    self.write(conn, octets);
                }
            }
        }
        self.process = Some(process);
    }

    pub(super) fn crash(&mut self, at: Crash) {
        self.trace.note(self.now, || format!("crash {at:?}"));
        self.figures.crash(at);
        if let Some(process) = self.process.take() {
            self.figures.tally(process.engine.tally());
        }
        for link in &mut self.links {
            link.process_done = true;
            let under_way = link.to_smsc.under_way() as u64;
            if under_way > 0 && self.dice.chance(50) {
                self.figures.mishap(Mishap::Lost);
                link.to_smsc.cut(self.dice.below(under_way) as usize);
            }
            link.to_smsc.close(self.now + link.latency);
        }
        self.armed = None;
        self.memory = self.memory.crash(&mut self.dice).expect("the registry can be made whole");
        if self.memory.caught_up() > 0 {
            self.figures.mishap(Mishap::RegistryBehind);
        }
        self.checker.crashed(&self.memory);
        self.restart_at = self.now + Duration::from_millis(50 + self.dice.below(10_000));
    }

    pub(super) fn restart(&mut self) {
        self.trace.note(self.now, || "start".into());
        if !self.calm && self.dice.chance(20) {
            let fault =
                if self.dice.chance(50) { Fault::BeforeDurable } else { Fault::AfterDurable };
            self.arm(Crash::AtStart, fault);
        }
        let store = (self.wrap)(self.memory.clone(), &mut self.dice);
        let (now, wall) = (self.now, self.wall());
        let (plan, setup, dice) = (&self.plan, &self.setup, &mut self.dice);
        match Process::start(store, &self.memory, plan, setup, dice, now, wall) {
            Ok(process) => {
                self.process = Some(process);
                self.checker.turn_ends(&self.memory);
            }
            Err(_) if self.armed == Some(Crash::AtStart) => self.crash(Crash::AtStart),
            Err(error) => panic!("the store can't be opened: {error}"),
        }
    }

    /// The clock is set, the disk fills up.
    pub(super) fn mishaps(&mut self) {
        if self.calm {
            return;
        }
        if self.dice.below(10_000) < self.plan.clock_steps {
            let step = 6_000 + self.dice.below(1_200_000) as i64;
            let forward = self.wall_ms < country::START_MS;
            self.wall_ms += if forward { step } else { -step };
            self.trace
                .note(self.now, || format!("the clock is set, forward: {forward}, {step} ms"));
            let which = if forward { Mishap::ClockForward } else { Mishap::ClockBack };
            self.figures.mishap(which);
        }
        if self.full_until.is_none() && self.dice.below(10_000) < self.plan.disk_full {
            self.figures.mishap(Mishap::DiskFull);
            self.memory.set_free_octets(Some(0));
            self.full_until = Some(self.now + Duration::from_secs(1 + self.dice.below(10)));
        }
    }
}
