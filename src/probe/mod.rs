//! `tellerd probe`: binds once to an operator's SMSC, looks at how it answers, and says which
//! settings fit.
//!
//! ```text
//! plan ─→ talk (one bind, PDU by PDU) ─→ seen (what came, untouched)
//!                                          ├─→ traits  (what it is like, by name)
//!                                          ├─→ report  (what a person reads)
//!                                          └─→ section (the [[operator]] that fits)
//! ```
//!
//! Without a phone nothing is submitted. With one it gets two texts (three where half a character
//! isn't refused), and as many more as a second of `load` costs. A bind that is refused isn't tried
//! again, and customers' texts that come meanwhile are left to the daemon (see `talk`).

pub mod command;
mod report;
mod section;
mod seen;
mod talk;
mod traits;

use std::collections::BTreeMap;
use std::time::Duration;

use arrayvec::ArrayString;
use bytes::BytesMut;

pub use report::report;
pub use section::section;
pub use seen::{Load, Query, Seen};
pub use traits::{Setting, Trait, settings, traits};

use crate::base::msisdn::{Msisdn, ShortCode};
use crate::config::LinkAddress;
use crate::daemon::clock::Clock;
use crate::daemon::link::{Connect, Tcp};
use crate::operator;
use crate::outbox::form::{Form, ValidityForm};
use crate::smpp::header::CommandId;
use crate::smpp::pdu::{self, Address, AddressError, ShortMessage, Submit, Text, Validity};
use crate::smpp::session::{OptionalParameters, Options};
use crate::smpp::status::Status;
use seen::{Bound, Echo, Sent, What};
use talk::{Answer, Talk};

/// How often the SMSC is asked whether it lives.
const ENQUIRIES: usize = 3;
/// For how long the SMSC may try to reach the probe's phone.
const VALIDITY: Duration = Duration::from_secs(300);
/// What a phone is asked to send back, apart from the number in front: letters that differ between
/// the alphabets that data_coding 0 may mean.
const LETTERS: &str = "@$_£ä";

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which of the operator's binds.
    pub bind: usize,
    /// The code that texts leave from.
    pub code: Option<ShortCode>,
    /// The phone that gets them.
    pub phone: Option<Msisdn>,
    /// For how long texts are submitted at the contract's rate.
    pub load: Duration,
    /// For how long receipts are waited for.
    pub wait: Duration,
    /// For how long after them a text that the phone sends back.
    pub echo_wait: Duration,
}

/// The operator, as it is configured.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its binds and pace.
    pub options: &'a operator::Options,
    /// Where its binds connect.
    pub links: &'a [LinkAddress],
    /// How its texts are filled in.
    pub form: &'a Form,
}

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// No connection.
    #[error("can't connect to {address}: {cause}")]
    Connect {
        /// Where to.
        address: String,
        /// What the system, or TLS, said.
        cause: std::io::Error,
    },
    /// A number that no PDU can hold.
    #[error(transparent)]
    Address(#[from] AddressError),
}

/// Binds, looks, unbinds. `tell` hears what is being done, for whoever waits.
pub async fn probe(
    plan: &Plan,
    subject: Subject<'_>,
    clock: Clock,
    tell: &mut dyn FnMut(&str),
) -> Result<Seen, ProbeError> {
    let options = &subject.options.binds[plan.bind];
    let link = &subject.links[plan.bind];
    let mut seen = Seen::new(link.address.clone(), options.mode);
    let began = clock.mono();
    tell(&format!("connecting to {}", link.address));
    let stream = Tcp(subject.links.to_vec()).connect(plan.bind).await;
    let cause = |cause| ProbeError::Connect { address: link.address.clone(), cause };
    let stream = stream.map_err(cause)?;
    seen.connected = clock.mono().since(began);
    let phone = plan.phone.map(|phone| phone.reveal());
    let mut talk = Talk::new(stream, clock, phone.as_deref());
    let bind = |out: &mut BytesMut, sequence| pdu::bind(out, sequence, options);
    seen.bound = talk.ask(options.session_init, bind).await.map(|answer| Bound::read(&answer));
    if seen.is_bound() {
        Script { plan, subject, options, talk: &mut talk, seen: &mut seen, tell }.play().await?;
    }
    seen.strangers = talk.strangers;
    seen.ended = talk.ended.clone();
    talk.close(options.session_init).await;
    Ok(seen)
}

/// What is asked, one thing after the other.
struct Script<'a> {
    plan: &'a Plan,
    subject: Subject<'a>,
    options: &'a Options,
    talk: &'a mut Talk,
    seen: &'a mut Seen,
    tell: &'a mut dyn FnMut(&str),
}

impl Script<'_> {
    async fn play(mut self) -> Result<(), ProbeError> {
        for _ in 0..ENQUIRIES {
            let Some(answer) = self.enquire().await else { return Ok(()) };
            self.seen.enquiries.push(answer.took);
        }
        let Some(code) = self.plan.code else { return Ok(()) };
        let source = self.subject.form.source_of(code)?;
        let Some(phone) = self.plan.phone.filter(|_| self.options.mode.sends()) else {
            self.query(b"0", &source).await;
            return Ok(());
        };
        let phone = self.subject.form.destination_of(phone)?;
        self.submit_all(source, phone).await?;
        self.hear().await;
        match self.seen.first_id() {
            Some(id) => self.query(&id, &source).await,
            None => self.query(b"0", &source).await,
        }
        if !self.plan.load.is_zero() && self.seen.accepts() {
            self.load(source, phone).await;
        }
        Ok(())
    }

    async fn enquire(&mut self) -> Option<Answer> {
        let enquire = |out: &mut BytesMut, sequence| {
            pdu::bare(out, CommandId::EnquireLink, Status::ROK, sequence);
        };
        self.talk.ask(self.options.response, enquire).await
    }

    async fn query(&mut self, id: &[u8], source: &Address) {
        let query = |out: &mut BytesMut, sequence| pdu::query_sm(out, sequence, id, source);
        let answer = self.talk.ask(self.options.response, query).await;
        self.seen.query = Some(Query::read(answer.as_ref()));
        self.seen.note(answer.as_ref());
    }

    async fn submit_all(&mut self, source: Address, phone: Address) -> Result<(), ProbeError> {
        let number = self.talk.now().as_nanos() % 10_000;
        // What is refused is tried with less, so that what was to blame is known.
        for (parameters, validity) in [
            (true, ValidityForm::Relative),
            (false, ValidityForm::Relative),
            (false, ValidityForm::None),
        ] {
            if parameters && !self.may_add_parameters() {
                continue;
            }
            (self.tell)("submitting a text");
            let text = format!("tellerd probe {number:04}").into_bytes();
            let mut submit = message(source, phone, 0, text);
            submit.user_message_reference = parameters.then_some(number as u16);
            submit.validity = match validity {
                ValidityForm::Relative => Some(Validity::For(VALIDITY)),
                _ => None,
            };
            if !self.submit(What::Plain { parameters, validity }, submit).await {
                break;
            }
        }
        if !self.seen.accepts() {
            // A link that still answers enquire_link, and nothing else.
            self.seen.alive_after = self.enquire().await.is_some();
            return Ok(());
        }
        let nobody = Address::new(phone.ton, phone.npi, "")?;
        self.submit(What::Nobody, message(source, nobody, 0, b"tellerd probe".to_vec())).await;
        let text = format!("{number:04} {LETTERS}");
        let wide = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut submit = message(source, phone, 8, wide);
        submit.validity = Some(Validity::Until(self.talk.wall() + VALIDITY));
        if self.submit(What::Letters, submit).await {
            let wide = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            self.submit(What::Letters, message(source, phone, 8, wide)).await;
        }
        self.seen.letters = text;
        self.submit(What::Half, message(source, phone, 8, b"\0t\0".to_vec())).await;
        Ok(())
    }

    fn may_add_parameters(&self) -> bool {
        match self.options.optional_parameters {
            OptionalParameters::Never => false,
            OptionalParameters::AsBound | OptionalParameters::Always => true,
        }
    }

    /// Submits one text; whether it is worth trying with less.
    async fn submit(&mut self, what: What, submit: Submit) -> bool {
        let build = |out: &mut BytesMut, sequence| pdu::submit_sm(out, sequence, &submit, true);
        let answer = self.talk.ask(self.options.response, build).await;
        self.seen.note(answer.as_ref());
        let sent = Sent::read(what, answer.as_ref());
        let refused = sent.refused().is_some();
        self.seen.sent.push(sent);
        refused
    }

    /// Waits for receipts, and for the phone's answer.
    async fn hear(&mut self) {
        if !self.options.mode.receives() || !self.seen.accepts() {
            return;
        }
        let awaited = self.seen.sent.iter().filter(|sent| sent.id.is_some()).count();
        let wait = self.plan.wait;
        (self.tell)(&format!("waiting for receipts, {} s at most", wait.as_secs()));
        let until = self.talk.now() + wait;
        let ended = |talk: &Talk| {
            let heard = talk.deliveries.iter().filter_map(|delivery| Echo::end(&delivery.frame));
            heard.count() >= awaited
        };
        self.talk.listen(until, ended).await;
        let until = until.min(self.talk.now() + self.plan.echo_wait);
        let letters = self.seen.letters.clone();
        let echoed = |talk: &Talk| {
            talk.deliveries.iter().any(|delivery| Echo::read(&delivery.frame, &letters).is_some())
        };
        self.talk.listen(until, echoed).await;
        let deliveries = std::mem::take(&mut self.talk.deliveries);
        self.seen.hear(&deliveries);
    }

    /// As many texts a second as the contract allows.
    async fn load(&mut self, source: Address, phone: Address) {
        let rate = self.subject.options.pace.rate;
        let count = (f64::from(rate) * self.plan.load.as_secs_f64()).ceil() as u32;
        (self.tell)(&format!("submitting {count} texts, {rate} a second"));
        let submit = message(source, phone, 0, b"tellerd probe".to_vec());
        let submit = Submit { registered_delivery: 0, ..submit };
        let (began, window) = (self.talk.now(), self.options.window);
        let mut sequences = Vec::new();
        for number in 0..count {
            let due = began + Duration::from_secs(1) * number / rate;
            self.talk.listen(due, |_| false).await;
            let until = self.talk.now() + self.options.response;
            let open = |talk: &Talk| {
                sequences.iter().filter(|s| !talk.answers.contains_key(s)).count() < window
            };
            self.talk.listen(until, open).await;
            if self.talk.ended.is_some() || !open(self.talk) {
                break;
            }
            let build = |out: &mut BytesMut, sequence| pdu::submit_sm(out, sequence, &submit, true);
            sequences.push(self.talk.send(build).await);
        }
        let until = self.talk.now() + self.options.response;
        let all = |talk: &Talk| sequences.iter().all(|s| talk.answers.contains_key(s));
        self.talk.listen(until, all).await;
        let mut statuses: BTreeMap<Status, u32> = BTreeMap::new();
        let mut last = began;
        for answer in sequences.iter().filter_map(|s| self.talk.answers.get(s)) {
            *statuses.entry(answer.status).or_default() += 1;
            last = last.max(answer.at);
            self.seen.note(Some(answer));
        }
        // The first of them leaves at once: `count` of them take a second less one's share.
        let took = last.since(began) + Duration::from_secs(1) / rate;
        self.seen.load = Some(Load { sent: sequences.len() as u32, rate, statuses, took });
    }
}

fn message(source: Address, destination: Address, data_coding: u8, octets: Vec<u8>) -> Submit {
    Submit {
        service_type: ArrayString::new(),
        source,
        destination,
        esm_class: 0,
        priority: 0,
        validity: None,
        registered_delivery: 1,
        data_coding,
        user_message_reference: None,
        // Short, all of them.
        text: Text::Short(ShortMessage::new(octets).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
