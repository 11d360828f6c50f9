//! From a deliver_sm to the command and its reply.
//!
//! The frame is read where it lies and folded on the stack; nothing is copied before it is known
//! what it is (design, idea 6). A deliver_sm is answered once the batch of this turn is on disk.

use std::sync::Arc;

use super::network::is_of_country;
use super::{Effect, Engine};
use crate::bank::{Bank, BankId};
use crate::base::access_code::AccessCode;
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::base::now::Now;
use crate::command::access::{self, Access};
use crate::command::{Command, Desk, Outcome, Reply};
use crate::customer::Caller;
use crate::engine::setup::{Foreign, Setup};
use crate::inbox::parts::Part;
use crate::inbox::repeats::Suspect;
use crate::inbox::{address, segment};
use crate::message::{Body, Class, Head, Message, MessageId, State};
use crate::operator::{LinkId, Order};
use crate::service::pattern::Reading;
use crate::service::say::Say;
use crate::smpp::deliver::DeliverSm;
use crate::smpp::receipt::Receipt;
use crate::smpp::session::Ticket;
use crate::smpp::status::Status;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};
use crate::text::decode;
use crate::text::udh::Segment;

const HASH_FINGERPRINT: u8 = 4;
const HASH_GROUP: u8 = 5;

/// How a deliver_sm is to be answered.
#[derive(Clone, Copy)]
pub(super) struct Door {
    pub(super) lane: usize,
    pub(super) link: LinkId,
    pub(super) ticket: Ticket,
}

/// A deliver_sm that leads somewhere and whose sender can be answered.
pub(super) struct Arrival {
    pub(super) door: Door,
    route: usize,
    phone: Msisdn,
    pub(super) code: ShortCode,
    pub(super) fingerprint: u128,
}

/// A whole text, on its way to becoming a message.
struct Incoming {
    lane: usize,
    route: usize,
    phone: Msisdn,
    code: ShortCode,
    fingerprint: u128,
    /// The fingerprints of its parts, where it came in several.
    parts: Vec<u128>,
    text: String,
    reading: Reading,
    /// The access code that it holds, where its service asks for one.
    typed: Option<AccessCode>,
}

impl<S: Store, B: Bank> Engine<S, B> {
    pub(super) fn handle_deliver(
        &mut self,
        lane: usize,
        link: LinkId,
        ticket: Ticket,
        frame: &[u8],
        now: Now,
    ) -> Result<(), StoreError> {
        let door = Door { lane, link, ticket };
        let Ok(deliver) = DeliverSm::parse(frame) else {
            // The session parses before it passes on; a frame that fails here is its bug.
            self.respond(door, Status::RSYSERR);
            return Ok(());
        };
        if let Some(receipt) = Receipt::read(&deliver) {
            return self.handle_receipt(door, &deliver, &receipt, now);
        }
        let Some(arrival) = self.place(door, &deliver) else { return Ok(()) };
        if self.is_turned_away(&arrival, now)? {
            return Ok(());
        }
        let (segment, octets) = segment::of(&deliver);
        let alphabet = self.setup.operators[lane].form.alphabet;
        let chars = || decode::chars(deliver.data_coding, alphabet, octets);
        let service = &self.setup.services[self.setup.routes[arrival.route].service].service;
        if let Some(segment) = segment.filter(|segment| segment.total > 1) {
            let text = decode::kept(chars());
            // Parts are stored until they are all there, and no code ever is.
            let stored = service.code.as_ref().map(|_| service.blotted(&text));
            let (text, typed) = match stored {
                Some(stored) if stored != text => (stored, Some(text)),
                _ => (text, None),
            };
            return self.take_part(&arrival, segment, (text, typed), now);
        }
        let Arrival { route, phone, code, fingerprint, .. } = arrival;
        let (reading, typed) = (service.understand(chars), service.typed_code(chars));
        let (parts, text) = (Vec::new(), decode::kept(chars()));
        let incoming =
            Incoming { lane, route, phone, code, fingerprint, parts, text, reading, typed };
        self.take(incoming, Some(door), now)
    }

    /// Where a deliver_sm leads and whom it is from; `None`, and answered, where nowhere or nobody.
    fn place(&mut self, door: Door, deliver: &DeliverSm<'_>) -> Option<Arrival> {
        let operator = &self.setup.operators[door.lane];
        let mut codes = address::codes(deliver.destination, &operator.form.country);
        let found = codes.find_map(|code| Some((find_route(&self.setup, door.lane, code)?, code)));
        let Some((route, code)) = found else {
            self.tally.unrouted += 1;
            let code = address::code(deliver.destination);
            tracing::warn!(operator = %operator.name, code = ?code, "no route: refused");
            self.respond(door, Status::RX_R_APPN);
            return None;
        };
        let Some(phone) = address::subscriber(deliver.source, &operator.form.country) else {
            self.tally.unanswerable += 1;
            tracing::info!(operator = %operator.name, %code, "dropped: its sender can't be answered");
            self.respond(door, Status::ROK);
            return None;
        };
        let is_foreign = !is_of_country(&self.setup, door.lane, phone);
        if is_foreign && operator.foreign == Foreign::Refuse {
            self.tally.foreign += 1;
            tracing::info!(operator = %operator.name, %code, "refused: its sender's country isn't its");
            self.respond(door, Status::RX_R_APPN);
            return None;
        }
        let fingerprint = self.fingerprint(door.lane, deliver);
        Some(Arrival { door, route, phone, code, fingerprint })
    }

    /// A part of a long text: kept, unless it was the last one missing.
    fn take_part(
        &mut self,
        arrival: &Arrival,
        segment: Segment,
        (text, typed): (String, Option<String>),
        now: Now,
    ) -> Result<(), StoreError> {
        let &Arrival { door, route, phone, code, fingerprint } = arrival;
        let part = Part {
            operator: self.operators[door.lane].0,
            bank: self.bank_of(route),
            phone: phone.word(),
            code: code.word(),
            group: self.group(door.lane, phone, code),
            fingerprint,
            text,
            typed,
            received: now.wall,
            again: self.repeats.is_known_part(fingerprint, now.mono),
            segment,
        };
        match self.parts.add(&mut self.draft, part, now.mono) {
            Some(parts) => self.take_long(parts, Some((door, fingerprint)), now),
            None => {
                self.respond(door, Status::ROK);
                Ok(())
            }
        }
    }

    fn bank_of(&self, route: usize) -> BankId {
        self.banks[self.setup.services[self.setup.routes[route].service].bank]
    }

    /// A long text, whole or as far as it came. `last` is the part that made it whole: with its
    /// answer the message's is proved, so under its fingerprint the message may come again.
    pub(super) fn take_long(
        &mut self,
        parts: Vec<Part>,
        last: Option<(Door, u128)>,
        now: Now,
    ) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        let found = parts.last().and_then(|last| {
            let lane = self.operators.iter().position(|operator| operator.0 == last.operator)?;
            let (phone, code) = (Msisdn::from_word(last.phone)?, ShortCode::from_word(last.code)?);
            let route = find_route(&setup, lane, code)?;
            let bank = self.bank_of(route);
            // What was texted to one bank is no other's to read, even where it took over the code.
            (bank == last.bank).then_some((lane, phone, code, route, last.fingerprint))
        });
        let door = last.map(|(door, _)| door);
        let Some((lane, phone, code, route, of_piece)) = found else {
            // Its operator or route was taken out of the configuration meanwhile. Messages refuse
            // such a start, since they have a reply that is owed; half a text has not, and mustn't
            // close the bank.
            self.tally.stranded += 1;
            tracing::warn!(parts = parts.len(), "a long text is dropped: its route is gone");
            if let Some(door) = door {
                self.respond(door, Status::ROK);
            }
            return Ok(());
        };
        let text: String = parts.iter().map(Part::known).collect();
        let is_piece = parts.iter().any(|part| usize::from(part.segment.total) > parts.len());
        let begins = parts.iter().any(|part| part.segment.number == 1);
        let service = &setup.services[setup.routes[route].service].service;
        let reading = match service.understand(|| text.chars()) {
            // Nobody ordered what is left of an order: ODJAVA PRILIV without its end is another
            // one, and without its beginning PRIJAVA PRILIV TR 2 is a question.
            Reading::Command { verb, .. } if is_piece && (verb.changes() || !begins) => {
                Reading::Incomplete(verb)
            }
            reading => reading,
        };
        // What is left of a code is none.
        let typed = if is_piece { None } else { service.typed_code(|| text.chars()) };
        let fingerprint = last.map_or(of_piece, |(_, fingerprint)| fingerprint);
        let text = decode::kept(text.chars());
        let parts = parts.iter().map(|part| part.fingerprint).collect();
        self.take(
            Incoming { lane, route, phone, code, fingerprint, parts, text, reading, typed },
            door,
            now,
        )
    }

    /// Makes a message of a whole text: understands, carries out, and drafts the reply.
    fn take(&mut self, incoming: Incoming, door: Option<Door>, now: Now) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        let route = &setup.routes[incoming.route];
        let place = route.service;
        let service = &setup.services[place].service;
        let bank = self.banks[setup.services[place].bank];
        let mut caller = self.callers.load(&self.draft, bank, incoming.phone)?;
        let command = Command::of(incoming.reading);
        let id = self.new_id();
        self.tally.received += 1;
        let sender = caller.id.0;
        let refusal = match route.refusal(incoming.reading) {
            Some(text) => Some(Reply { text, wording: service.render(text, &[]) }),
            None => self.switches.answer(place, service, incoming.reading.verb()),
        };
        // What isn't taken is no try of a code.
        let access = if refusal.is_none() && command.needs_code() {
            access::check(service, &mut self.draft, bank, &caller, incoming.typed.as_ref())?
        } else {
            Access::Open
        };
        if let Access::Granted(owner) = access
            && caller.customers.len() > 1
        {
            caller = Arc::new(caller.only(owner));
        }
        let changes = match &access {
            Access::Refused { counted, .. } => *counted,
            Access::Open | Access::Granted(_) => command.changes() && refusal.is_none(),
        };
        let money = changes && command.moves_money();
        if changes {
            self.look_again();
        }
        if changes && !money {
            self.end_suspicion_of_changes(bank, sender)?;
        }
        let mut message = self.message_of(id, place, &incoming, &caller, now);
        (message.head.changes, message.head.money) = (changes, money);
        if money {
            message.head.worthless = now.wall + setup.options.alert_worthless;
        }
        // What is left of a text has no answer of its own: its parts had theirs.
        message.head.proved = door.is_none();
        self.begin_life(incoming.lane, message, true);

        let mut renewed = false;
        let outcome = match (refusal, access) {
            (Some(reply), _) => Outcome::Say(reply),
            (None, Access::Refused { reply, .. }) => Outcome::Say(reply),
            (None, Access::Open | Access::Granted(_)) => {
                let local = service.zone.local(now.wall);
                let mut desk = Desk {
                    service,
                    bank,
                    caller: &caller,
                    number: incoming.phone,
                    code: incoming.code,
                    text: &incoming.text,
                    now: now.wall,
                    local,
                    records: &mut self.draft,
                    notices: Vec::new(),
                    others_changed: false,
                    about: None,
                    renewed: false,
                };
                let outcome = command.carry_out(&mut desk)?;
                let (notices, others_changed) = (desk.notices, desk.others_changed);
                renewed = desk.renewed;
                if let Some(reference) = desk.about {
                    self.keep_order(id, reference);
                }
                if others_changed {
                    self.callers.forget_all();
                }
                for notice in notices {
                    self.queue_notice(place, bank, notice, &command, incoming.fingerprint, now);
                }
                outcome
            }
        };
        self.note_link(bank, (place, incoming.lane), &caller, changes)?;
        let (operator, code) = (self.operators[incoming.lane], incoming.code.word());
        self.usages.came(bank, operator, code, command.kind(renewed));
        if changes {
            self.callers.forget(bank, caller.id);
        }
        if let Some(door) = door {
            self.repeats.suspect(Suspect {
                id,
                bank,
                fingerprint: incoming.fingerprint,
                sender,
                changes,
                money,
                received: now.wall,
                link: Some(door.link),
            });
            self.respond_to(door, Status::ROK, Some(id), changes);
        }
        self.repeats.know_parts(incoming.parts, now.mono);
        let help = service.text_for(Say::Unknown);
        let help = matches!(&outcome, Outcome::Say(reply) if Some(reply.text) == help);
        let allowed = self.allowances.take(
            sender ^ (place as u128),
            help,
            service.replies_per_minute,
            service.help_per_hour,
            now.mono,
        );
        if !allowed {
            self.end(id, State::Silent, now);
            return Ok(());
        }
        self.follow(id, place, outcome, now)
    }

    /// The record of a text, as it came in: nothing is carried out yet.
    fn message_of(
        &self,
        id: MessageId,
        place: usize,
        incoming: &Incoming,
        caller: &Caller,
        now: Now,
    ) -> Message {
        let (entry, options) = (&self.setup.services[place], &self.setup.options);
        let (bank, operator) = (self.banks[entry.bank], self.operators[incoming.lane]);
        let head = Head {
            customer: caller.customer(),
            generation: caller.phone.as_ref().map_or(0, |phone| phone.generation),
            fingerprint: incoming.fingerprint,
            parts_in: incoming.parts.clone(),
            phone: caller.id.0,
            promised: now.wall + options.reply_promise,
            worthless: now.wall + options.reply_worthless,
            ..Head::new(id, bank, operator, Class::Reply, now.wall)
        };
        let body = Body {
            phone: incoming.phone.word(),
            code: incoming.code.word(),
            said: entry.service.blotted(&incoming.text),
            service: entry.service.name.clone(),
            command: Command::of(incoming.reading).name().to_owned(),
            text: String::new(),
            reply: String::new(),
        };
        Message::new(head, body)
    }

    fn fingerprint(&self, lane: usize, deliver: &DeliverSm<'_>) -> u128 {
        let mut octets = Vec::with_capacity(deliver.text().len() + 48);
        octets.extend_from_slice(&self.operators[lane].0.to_be_bytes());
        for part in [
            deliver.source.digits,
            deliver.destination.digits,
            &[deliver.data_coding, deliver.esm_class],
        ] {
            octets.extend_from_slice(part);
            octets.push(0);
        }
        // SAR parts of one text may hold the same octets; their numbers tell them apart.
        let sar = [deliver.sar_msg_ref_num(), deliver.sar_segment_seqnum().map(u16::from)];
        sar.iter().for_each(|n| octets.extend_from_slice(&n.unwrap_or(0).to_be_bytes()));
        octets.extend_from_slice(deliver.text());
        self.draft.keyring().hash(HASH_FINGERPRINT, &octets)
    }

    fn group(&self, lane: usize, phone: Msisdn, code: ShortCode) -> u128 {
        let mut octets = [0; 18];
        octets[..2].copy_from_slice(&self.operators[lane].0.to_be_bytes());
        octets[2..10].copy_from_slice(&phone.word().to_be_bytes());
        octets[10..].copy_from_slice(&code.word().to_be_bytes());
        self.draft.keyring().hash(HASH_GROUP, &octets)
    }

    pub(super) fn respond(&mut self, door: Door, status: Status) {
        self.respond_to(door, status, None, false);
    }

    pub(super) fn respond_to(
        &mut self,
        door: Door,
        status: Status,
        proof: Option<MessageId>,
        enquire: bool,
    ) {
        let order = Order::Respond {
            link: door.link,
            ticket: door.ticket,
            status,
            proof: proof.map(|id| id.0),
            enquire,
        };
        self.effects.push(Effect::Order(door.lane, order));
    }
}

fn find_route(setup: &Setup, lane: usize, code: ShortCode) -> Option<usize> {
    setup.routes.iter().position(|route| route.operator == lane && route.code == code)
}
