//! A clerk looks at the runs under way, and pauses, resumes or stops one: one record changes.
//!
//! A run that is paused makes no more messages; what stands in the outbox of it, seconds of work,
//! leaves. One that is stopped is over: what waits of it is withdrawn, what is in flight isn't.

use super::Live;
use crate::bank::{Bank, BankId};
use crate::base::now::Now;
use crate::engine::door::{Response, RunShown, Steer, Ticket};
use crate::engine::{Effect, Engine};
use crate::message::{MessageId, State};
use crate::run::RunId;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// The runs of a bank that are under way.
    pub(in crate::engine) fn list_runs(&mut self, ticket: Ticket, place: usize) {
        let bank = self.banks[place];
        let live = self.runs.list.iter().filter(|live| live.id.bank == bank);
        let shown = live.map(|live| self.shown(live)).collect();
        self.effects.push(Effect::Response(ticket, Response::Runs(shown)));
    }

    fn shown(&self, Live { id, place, run }: &Live) -> RunShown {
        let operators = self.setup.operators.iter().zip(&self.operators);
        let left = operators.filter(|(_, id)| run.passes.iter().any(|pass| pass.operator == **id));
        RunShown {
            number: id.number,
            service: self.setup.services[*place].service.name.clone(),
            kind: run.kind.name(),
            told: run.told,
            paused: run.paused,
            worthless: run.worthless,
            left: left.map(|(operator, _)| operator.name.clone()).collect(),
        }
    }

    /// A run goes on otherwise; or there is none with this number.
    pub(in crate::engine) fn steer_run(
        &mut self,
        ticket: Ticket,
        place: usize,
        number: u64,
        steer: Steer,
        now: Now,
    ) -> Result<(), StoreError> {
        let id = RunId { bank: self.banks[place], number };
        let found = self.runs.list.iter().position(|live| live.id == id);
        let response = match found {
            None => Response::No("run", "is none of this bank's that are under way".to_owned()),
            Some(at) => {
                let run = &mut self.runs.list[at].run;
                match steer {
                    Steer::Pause => run.paused = true,
                    Steer::Resume => run.paused = false,
                    Steer::Stop => run.passes.clear(),
                }
                id.save(&mut self.draft, run);
                tracing::warn!(run = number, ?steer, "a run is steered by hand");
                if steer == Steer::Stop {
                    self.withdraw_run(id, now)?;
                }
                Response::Runs(vec![self.shown(&self.runs.list[at])])
            }
        };
        self.effects.push(Effect::Response(ticket, response));
        Ok(())
    }

    /// Withdraws what waits of a run.
    fn withdraw_run(&mut self, run: RunId, now: Now) -> Result<(), StoreError> {
        let waits = self.lives.values().filter(|life| life.is_of_run && life.out == 0);
        let waiting: Vec<(BankId, MessageId)> = waits.map(|life| (life.bank, life.id)).collect();
        for (bank, id) in waiting {
            if bank != run.bank || !self.fetch(id)? {
                continue;
            }
            let message = self.lives.get(&id).and_then(|life| life.message.as_ref());
            let Some(head) = message.map(|message| &message.head) else { continue };
            let (state, recipient) = (head.state, head.fingerprint);
            let records: &mut dyn Records = &mut self.draft;
            if !state.is_end() && run.has_told(records, recipient)? {
                self.end(id, State::Withdrawn, now);
            }
        }
        Ok(())
    }
}
