//! A turn of the engine: what goes in, what comes out, and where it breaks off.

use tellerd::bank::event::Event;
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::engine::door::{Request, Response, Ticket as Asked, Verdict};
use tellerd::engine::{Effect, Input};
use tellerd::message::Message;
use tellerd::operator::{LinkId, Order, Report};
use tellerd::outbox::of_token;
use tellerd::smpp::session::Ticket;
use tellerd::smpp::status::{Meaning, Status};
use tellerd::store::memory::Fault;
use tellerd::trial::deliver_sm;

use super::super::copies::Heard;
use super::super::lane::fate;
use super::super::ledger::{Answer, tag};
use super::super::people::Bank;
use super::super::plan::{Cause, Kind, News, Text};
use super::super::subscribers::Change;
use super::super::time::{MINUTE, SECOND};
use super::{Crash, Due, Note, Said, World};

/// Turns at one moment before something spins.
const TURNS_AT_ONCE_MAX: u32 = 10_000;

impl World {
    /// Turns until nothing more follows at once.
    pub(super) fn turn(&mut self) {
        for _ in 0..TURNS_AT_ONCE_MAX {
            let at_stake = self.inputs.iter().any(|(_, note)| self.is_at_stake(*note));
            let doom = self.doom.filter(|_| at_stake);
            let now = self.clock();
            let Some(engine) = self.engine.as_mut() else { return };
            let (inputs, notes): (Vec<_>, Vec<_>) = self.inputs.drain(..).unzip();
            match doom {
                Some(Crash::Before) => return self.die(Crash::Before),
                Some(Crash::Commit) => self.store.fail_next(Fault::BeforeDurable),
                Some(Crash::Flushed) => self.store.fail_next(Fault::AfterDurable),
                _ => {}
            }
            self.turns += 1;
            if let Err(error) = engine.turn(inputs, now) {
                let crash = self.doom.unwrap_or_else(|| panic!("promise 8: {error}"));
                if crash == Crash::Flushed {
                    self.settle(&notes);
                }
                return self.die(crash);
            }
            let mut effects: Vec<Effect> = std::iter::from_fn(|| engine.poll_effect()).collect();
            self.settle(&notes);
            self.ask_seller();
            match doom {
                Some(Crash::After) if !effects.is_empty() => return self.die(Crash::After),
                Some(Crash::Amid) if effects.len() > 1 => {
                    effects.truncate(1 + self.dice.below(effects.len() as u64 - 1) as usize);
                    effects.into_iter().for_each(|effect| self.carry_out(effect));
                    return self.die(Crash::Amid);
                }
                _ => {}
            }
            let quiet = effects.is_empty();
            effects.into_iter().for_each(|effect| self.carry_out(effect));
            if quiet && self.inputs.is_empty() {
                return;
            }
        }
        panic!("promise 8: the engine finds no end");
    }

    /// Whether a crash is to come with this: in turn with news of a part that left, with what comes
    /// in, with a seller's answer.
    fn is_at_stake(&self, note: Note) -> bool {
        let breaks_in = matches!(self.doom, Some(Crash::Before | Crash::Commit | Crash::Flushed));
        match note {
            Note::Nothing => false,
            Note::Part { .. } => !breaks_in || self.process.is_multiple_of(3),
            Note::Sold => breaks_in && self.process % 3 == 2,
            Note::Event { .. } | Note::Text { .. } => !breaks_in || self.process % 3 == 1,
        }
    }

    /// What came in is on disk: from here on it counts.
    fn settle(&mut self, notes: &[Note]) {
        for note in notes {
            match *note {
                Note::Nothing | Note::Sold => {}
                Note::Event { asked, cause } => {
                    let Cause::News(news) = &self.causes[cause].1 else { continue };
                    let when = (self.now, self.turns);
                    let answer = self.ledger.news(cause, news, &self.people, when);
                    self.answers.insert(asked, answer);
                }
                Note::Text { cause } => {
                    let Cause::Text(text) = &self.causes[cause].1 else { continue };
                    if self.ledger.text(cause, text)
                        && let Some(change) = &text.change
                    {
                        self.ledger.count("changes by text");
                        self.people.subscribers.change(text.bank, text.phone, change, self.now);
                    }
                }
                Note::Part { token, heard } => self.copies.heard(token, heard, self.turns),
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Response(Asked(number), Response::Event(verdict)) => {
                let answer = match verdict {
                    Verdict::Taken { alerts, stale } => Answer::Taken { alerts, stale },
                    Verdict::Known => Answer::Known,
                    other => panic!("an event was refused: {other:?}"),
                };
                let at = self.asked.remove(&number);
                let expected = self.answers.remove(&number);
                let cause = at.map(|at| &self.causes[at].1);
                assert_eq!(Some(answer), expected, "promise 3: the answer to {cause:?}");
            }
            Effect::Order(lane, Order::Respond { link, status, proof, .. }) => {
                self.respond(lane, link.epoch, status, proof);
            }
            Effect::Order(lane, Order::Submit { token, submit }) => {
                let to = submit.destination.reveal().parse().expect("digits");
                self.submit(lane, token, to);
            }
            Effect::Order(_, Order::Query { .. } | Order::Stop) | Effect::Response(..) => {}
        }
    }

    /// The daemon has answered a deliver_sm.
    fn respond(&mut self, lane: usize, number: u64, status: Status, proof: Option<u64>) {
        assert_eq!(status, Status::ROK, "promise 9: a text is refused");
        let texts = &mut self.lanes[lane].texts;
        let Some(at) = texts.iter().position(|(n, _)| *n == number) else { return };
        let (_, cause) = texts.remove(at);
        let Cause::Text(text) = &mut self.causes[cause].1 else { return };
        // Missed once, heard the next time.
        if let Some(after) = text.missed.take() {
            self.ledger.count("answers that an SMSC missed");
            return self.at(self.now + after, Due::Missed(cause));
        }
        if let Some(proof) = proof {
            self.later(lane, SECOND, proof, Said::Proved);
        }
    }

    /// A part leaves.
    fn submit(&mut self, lane: usize, token: u64, to: u64) {
        if !self.lanes[lane].up {
            return self.hear(lane, Report::Returned { token }, token, Heard::Returned);
        }
        let silent = self.look_at(token, to);
        self.inputs.push((Input::Operator(lane, Report::Left(1)), Note::Nothing));
        let fate = fate(&mut self.dice, silent);
        if fate.arrives {
            self.copies.reaches(token, &self.ledger);
        }
        self.lanes[lane].open.insert(token);
        if self.lanes[lane].breaks {
            return self.link_down(lane);
        }
        if fate.answer.0 != Heard::Accepted {
            self.lanes[lane].trouble(self.now, 6 * MINUTE);
        }
        self.later(lane, fate.answer.1, token, Said::Part(fate));
        if fate.late {
            self.later(lane, fate.answer.1 + 2 * SECOND, token, Said::Late);
        }
    }

    /// Its record, before it leaves; how often of 100 it is to fall silent.
    fn look_at(&mut self, token: u64, to: u64) -> u64 {
        let engine = self.engine.as_mut().expect("a process");
        let banks: Vec<_> = Bank::ALL
            .into_iter()
            .map(|bank| {
                let names = &self.config.setup.banks;
                let place = names.iter().position(|name| name == bank.name());
                (bank, engine.bank_id(place.expect("a bank")))
            })
            .collect();
        let records = engine.records();
        let found = banks.into_iter().find_map(|(bank, id)| {
            let message = Message::load(records, id, of_token(token).0).expect("a store");
            message.map(|message| (bank, message))
        });
        let (bank, mut message) = found.expect("promise 1: a part leaves without a record");
        let body = message.body(records).expect("a body").expect("its key").clone();
        assert_eq!(body.phone, to, "promise 7: it leaves to another phone");
        let about = (&self.ledger, &self.people);
        self.copies.leaves(token, bank, (&message.head, &body), about, self.turns)
    }

    /// An operator reports something of a part.
    pub(super) fn report(&mut self, lane: usize, token: u64, said: Said) {
        match said {
            Said::Part(fate) => {
                let (heard, (status, meaning)) = (fate.answer.0, fate.status);
                self.lanes[lane].open.remove(&token);
                let report = match heard {
                    Heard::Unknown => Report::Unknown { token },
                    _ => Report::Submitted { token, status, meaning, smsc_id: None },
                };
                self.ledger.count(match heard {
                    Heard::Unknown => "parts unknown by silence",
                    Heard::RefusedForGood => "parts refused for good",
                    Heard::Refused => "parts refused for now",
                    _ => "parts accepted",
                });
                self.hear(lane, report, token, heard);
            }
            Said::Late => {
                self.ledger.count("parts answered late");
                let meaning = Meaning::Ok;
                self.hear(lane, Report::Late { token, meaning, smsc_id: None }, token, Heard::Late);
            }
            Said::Proved => {
                self.inputs.push((Input::Operator(lane, Report::Proved(token)), Note::Nothing));
            }
        }
    }

    fn hear(&mut self, lane: usize, report: Report, token: u64, heard: Heard) {
        self.inputs.push((Input::Operator(lane, report), Note::Part { token, heard }));
    }

    fn later(&mut self, lane: usize, after: i64, token: u64, heard: Said) {
        let (process, epoch) = (self.process, self.lanes[lane].epoch);
        self.at(self.now + after, Due::Report { process, lane, epoch, token, heard });
    }

    /// A link breaks, with parts on it.
    fn link_down(&mut self, lane: usize) {
        let span = (4 + self.dice.below(12) as i64) * MINUTE;
        self.note(|| "a link breaks".to_owned());
        self.ledger.count("outages");
        let broken = &mut self.lanes[lane];
        (broken.up, broken.breaks) = (false, false);
        broken.epoch += 1;
        broken.trouble(self.now, span + 15 * MINUTE);
        for token in std::mem::take(&mut broken.open) {
            self.ledger.count("parts unknown by an outage");
            self.hear(lane, Report::Unknown { token }, token, Heard::Unknown);
        }
        self.inputs.push((Input::Operator(lane, Report::Down), Note::Nothing));
        self.at(self.now + span, Due::LinkUp(lane));
        self.change_of_mind(lane);
    }

    /// Some who are told of something during an outage end their subscription before they hear it.
    fn change_of_mind(&mut self, lane: usize) {
        let operator = self.lanes[lane].name.clone();
        let mut customers = self.people.customers.iter().filter(|customer| {
            customer.bank == Bank::Kombank && customer.phones[0].operator == operator
        });
        let skip = self.dice.below(20) as usize;
        let chosen: Vec<_> = customers.by_ref().skip(skip).take(5).cloned().collect();
        for customer in chosen {
            let account = customer.accounts[0].number.clone();
            let kind = Kind::Movement { account, amount: 2_000_000, credit: true };
            let happened = self.now;
            let news = News { bank: customer.bank, happened, kind, again: Vec::new() };
            self.add(self.now + 30 * SECOND, Cause::News(news));
            let phone = &customer.phones[0];
            let text = Text {
                bank: customer.bank,
                phone: phone.number,
                operator: phone.operator,
                code: if phone.operator == "mts" { "5623" } else { "5622" },
                said: "ODJAVA ".to_owned(),
                change: Some(Change::Nothing),
                missed: None,
            };
            self.add(self.now + MINUTE, Cause::Text(text));
        }
    }

    fn add(&mut self, when: i64, cause: Cause) {
        self.causes.push((when, cause));
        self.at(when, Due::Cause(self.causes.len() - 1));
    }

    pub(super) fn link_up(&mut self, lane: usize) {
        self.lanes[lane].up = true;
        if self.engine.is_none() {
            return;
        }
        self.inputs.push((Input::Operator(lane, Report::Up), Note::Nothing));
        for (number, cause) in self.lanes[lane].texts.clone() {
            self.push_text(lane, number, cause);
        }
    }

    /// The bank tells of an event.
    pub(super) fn tell(&mut self, number: u64, cause: usize) {
        let Cause::News(news) = &self.causes[cause].1 else { return };
        if self.engine.is_none() {
            return;
        }
        let (event, bank) = (Event::parse(&json(cause, news)), news.bank.name());
        let event = Box::new(event.unwrap_or_else(|error| panic!("{error}")));
        let bank = self.config.setup.banks.iter().position(|name| name == bank).expect("a bank");
        let input = Input::Request(Asked(number), Request::Event { bank, event });
        self.inputs.push((input, Note::Event { asked: number, cause }));
    }

    /// An SMSC has a text for us, which it keeps until we have answered.
    pub(super) fn deliver(&mut self, cause: usize) {
        let Cause::Text(text) = &self.causes[cause].1 else { return };
        let lane = self.lanes.iter().position(|lane| lane.name == text.operator);
        let (lane, number) = (lane.expect("an operator"), self.number());
        self.lanes[lane].texts.push((number, cause));
        if self.lanes[lane].up && self.engine.is_some() {
            self.push_text(lane, number, cause);
        }
    }

    fn push_text(&mut self, lane: usize, number: u64, cause: usize) {
        let Cause::Text(text) = &self.causes[cause].1 else { return };
        let from = Msisdn::from_word(text.phone).expect("a number");
        let code = ShortCode::parse(text.code).expect("a code");
        let frame = deliver_sm(from, code, &text.said);
        let link = LinkId { bind: 0, epoch: number };
        let report = Report::Deliver { link, ticket: Ticket::default(), frame };
        self.inputs.push((Input::Operator(lane, report), Note::Text { cause }));
    }
}

fn money(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// An event as the bank sends it.
fn json(cause: usize, news: &News) -> String {
    let time = jiff::Timestamp::from_millisecond(news.happened).expect("a time");
    let (tag, currency) = (tag(cause), if news.bank == Bank::SmsKontakt { "PLN" } else { "RSD" });
    let (kind, data) = match &news.kind {
        Kind::Movement { account, amount, credit } => {
            let amount = format!(r#""amount":"{}","currency":"{currency}""#, money(*amount));
            let kind = if *credit { "account.credited" } else { "account.debited" };
            (kind, format!(r#""account":"{account}",{amount},"description":"{tag}""#))
        }
        Kind::Use { card, outcome, amount, .. } => {
            let amount = format!(r#""amount":"{}","currency":"{currency}""#, money(*amount));
            let data = format!(r#""card":"{card}","outcome":"{outcome}",{amount},"place":"{tag}""#);
            ("card.authorized", data)
        }
        Kind::Overdraft { account, until } => {
            let data = format!(r#""account":"{account}","limit":"60000.00","date":"{until}""#);
            ("overdraft.expiring", data)
        }
        Kind::Offer => ("offer.published", format!(r#""text":"Novo {tag}.""#)),
    };
    let head = format!(r#""specversion":"1.0","source":"core","id":"{tag}","type":"{kind}""#);
    format!(r#"{{{head},"time":"{time}","data":{{{data}}}}}"#)
}
