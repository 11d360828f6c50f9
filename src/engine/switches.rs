//! Commands that a clerk has switched off: each is answered with a text until it is switched on
//! again.
//!
//! For the hour in which the core's figures are wrong, or a seller sells twice: in force with the
//! next message, without a restart, and kept over one. What was ordered before goes on.

use super::door::{Response, SwitchedOff, Switching, Ticket};
use super::{Effect, Engine};
use crate::bank::Bank;
use crate::command::{Reply, say};
use crate::service::Service;
use crate::service::say::Say;
use crate::service::verb::Verb;
use crate::store::draft::Records;
use crate::store::{Key, Store, StoreError, Table};

/// What is off, by bank and service: commands by name, each with its text ("" for the service's
/// own).
const SWITCHES: Table = Table::journal(81, "commands switched off");

/// The longest text, in characters: three parts of GSM-7.
const TEXT_CHARS_MAX: usize = 459;

/// What is off.
#[derive(Debug, Default)]
pub(super) struct Switches(Vec<Switch>);

#[derive(Debug)]
struct Switch {
    /// The service, as the setup numbers them.
    place: usize,
    verb: Verb,
    text: String,
}

impl Switches {
    /// What answers a command of a service that is off; `None` where it is on.
    pub(super) fn answer(
        &self,
        place: usize,
        service: &Service,
        verb: Option<Verb>,
    ) -> Option<Reply> {
        let verb = verb?;
        let off = self.0.iter().find(|off| off.place == place && off.verb == verb)?;
        let later = say(service, Say::Later, &[]);
        Some(if off.text.is_empty() { later } else { Reply { wording: off.text.clone(), ..later } })
    }
}

impl<S: Store, B: Bank> Engine<S, B> {
    pub(super) fn recover_switches(&mut self) -> Result<(), StoreError> {
        for place in 0..self.setup.services.len() {
            let records: &dyn Records = &self.draft;
            let off: Vec<(String, String)> =
                records.read(&self.switches_key(place))?.unwrap_or_default();
            for (name, text) in off {
                // A release that has no such command has nothing to switch off.
                if let Some(verb) = Verb::named(&name) {
                    self.switches.0.push(Switch { place, verb, text });
                }
            }
        }
        Ok(())
    }

    /// A clerk switches a command of a service off or on, or only looks.
    pub(super) fn switch(&mut self, ticket: Ticket, what: Option<Switching>) {
        let response = match what.map_or(Ok(()), |what| self.switch_one(what)) {
            Ok(()) => Response::Switches(self.switched_off()),
            Err((field, why)) => Response::No(field, why),
        };
        self.effects.push(Effect::Response(ticket, response));
    }

    fn switch_one(&mut self, what: Switching) -> Result<(), (&'static str, String)> {
        let services = &self.setup.services;
        let Some(place) = self.setup.service_called(&what.service) else {
            let names: Vec<&str> = services.iter().map(|e| e.service.name.as_str()).collect();
            return Err(("service", format!("is none of {}", names.join(", "))));
        };
        let service = &services[place].service;
        let can_be_off = |verb: &Verb| {
            // Whoever needs help, or sees his money leave, is never sent away.
            service.has_verb(*verb) && !matches!(verb, Verb::Help | Verb::Guide | Verb::Call)
        };
        let Some(verb) = Verb::named(&what.command).filter(can_be_off) else {
            let known = Verb::ALL.into_iter().filter(can_be_off);
            let names: Vec<&str> = known.map(Verb::name).collect();
            return Err(("command", format!("is none of {}", names.join(", "))));
        };
        let name = service.name.clone();
        let text = what.off.map(|text| text.trim().to_owned());
        if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
            return Err(("text", format!("is longer than {TEXT_CHARS_MAX} characters")));
        }
        let is_off = text.is_some();
        self.switches.0.retain(|off| off.place != place || off.verb != verb);
        self.switches.0.extend(text.map(|text| Switch { place, verb, text }));
        let mine = self.switches.0.iter().filter(|off| off.place == place);
        let off: Vec<(&str, &str)> = mine.map(|off| (off.verb.name(), off.text.as_str())).collect();
        let key = self.switches_key(place);
        let records: &mut dyn Records = &mut self.draft;
        records.write(key, &off);
        tracing::warn!(service = name, command = verb.name(), is_off, "a clerk switched a command");
        Ok(())
    }

    fn switched_off(&self) -> Vec<SwitchedOff> {
        let show = |off: &Switch| {
            let service = &self.setup.services[off.place].service;
            let answer = self.switches.answer(off.place, service, Some(off.verb));
            SwitchedOff {
                service: service.name.clone(),
                command: off.verb.name(),
                text: answer.map_or_else(String::new, |reply| reply.wording),
            }
        };
        self.switches.0.iter().map(show).collect()
    }

    fn switches_key(&self, place: usize) -> Key {
        let bank = self.banks[self.setup.services[place].bank];
        SWITCHES.key(bank.0).u16(self.services[place])
    }
}
