//! `tellerd try`: what would be answered to a text, without touching anything on disk.
//!
//! The text goes the whole way (deliver_sm, engine, submit_sm) on a store in memory that is filled
//! from the seeds. Time is made up here, so that a bank that doesn't answer is waited for at once.

use std::time::Duration;

use bytes::Bytes;

use crate::bank::Bank;
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::base::now::Now;
use crate::config::Config;
use crate::customer::{Phone, PhoneId};
use crate::daemon::assemble::in_memory;
use crate::daemon::run::RunError;
use crate::engine::network::{self, Reason};
use crate::engine::{Effect, Engine, Input};
use crate::message::{Message, MessageId, State};
use crate::operator::{LinkId, Order, Report};
use crate::smpp::header::{CommandId, HEADER_OCTETS, Header};
use crate::smpp::session::Ticket;
use crate::smpp::status::Status;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};
use crate::text::encode::{self, Plan};
use crate::text::gsm7;

/// What a text would bring about.
pub struct Trial {
    /// The operator that it came over.
    pub operator: String,
    /// Why by that one; `None`: it was named, or is any that the code leads over.
    pub reason: Option<Reason>,
    /// How its deliver_sm would be answered.
    pub status: Status,
    /// What was understood and answered; `None` where it became no message.
    pub told: Option<Told>,
}

/// An answer.
pub struct Told {
    /// The command that was understood.
    pub command: String,
    /// The name of the text.
    pub text: String,
    /// Its wording for this customer; `None` where the daemon would stay silent.
    pub reply: Option<(String, Plan)>,
}

/// Why nothing can be tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The operator isn't configured.
    #[error("there is no operator `{name}`; config.toml has {known}")]
    NoOperator {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The engine.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The answer can't be written.
    #[error("the answer can't be sent: {0}")]
    Unsendable(String),
}

/// Tries a text.
pub fn run(
    config: &Config,
    from: Msisdn,
    to: ShortCode,
    operator: Option<&str>,
    text: &str,
    now: Now,
) -> Result<Trial, TrialError> {
    let mut engine = in_memory(config, now)?;
    let fatal = |error| TrialError::Run(RunError::Store(error));
    let (lane, reason) = match operator {
        Some(name) => (named(config, name)?, None),
        None => probable(config, &mut engine, from, to).map_err(fatal)?,
    };
    let setup = &config.setup.operators[lane];
    let report = Report::Deliver {
        link: LinkId { bind: 0, epoch: 1 },
        ticket: Ticket::default(),
        frame: deliver_sm(from, to, text),
    };
    let up = Input::Operator(lane, Report::Up);
    engine.turn([up, Input::Operator(lane, report)], now).map_err(fatal)?;
    let later = now.mono + config.setup.options.answer + Duration::from_secs(1);
    engine.turn([], Now { mono: later, wall: now.wall }).map_err(fatal)?;

    let mut status = Status::ROK;
    while let Some(effect) = engine.poll_effect() {
        if let Effect::Order(_, Order::Respond { status: answered, .. }) = effect {
            status = answered;
        }
    }
    let route = config.setup.routes.iter().find(|route| route.operator == lane && route.code == to);
    let bank = route.map(|route| engine.bank_id(config.setup.services[route.service].bank));
    let told = match bank {
        Some(bank) => {
            let records = engine.records();
            match Message::load(records, bank, MessageId(1)).map_err(fatal)? {
                Some(mut message) => {
                    let silent = message.head.state == State::Silent;
                    let body = message.body(records).map_err(fatal)?.cloned();
                    body.map(|body| -> Result<Told, TrialError> {
                        let plan = encode::plan(&body.reply, &setup.form.writing())
                            .map_err(|error| TrialError::Unsendable(error.to_string()))?;
                        let reply = (!silent).then_some((body.reply, plan));
                        Ok(Told { command: body.command, text: body.text, reply })
                    })
                    .transpose()?
                }
                None => None,
            }
        }
        None => None,
    };
    Ok(Trial { operator: setup.name.clone(), reason, status, told })
}

/// The operator with this name.
fn named(config: &Config, name: &str) -> Result<usize, TrialError> {
    let operators = &config.setup.operators;
    operators.iter().position(|operator| operator.name == name).ok_or_else(|| {
        let known: Vec<&str> = operators.iter().map(|operator| operator.name.as_str()).collect();
        TrialError::NoOperator { name: name.to_owned(), known: known.join(", ") }
    })
}

/// The operator that the number is probably with, and why; of those of its country only one with a
/// route for the code. Without any the first that has one.
fn probable<S: Store, B: Bank>(
    config: &Config,
    engine: &mut Engine<S, B>,
    from: Msisdn,
    to: ShortCode,
) -> Result<(usize, Option<Reason>), StoreError> {
    let setup = &config.setup;
    let leads = |lane| setup.routes.iter().any(|r| r.operator == lane && r.code == to);
    let route = setup.routes.iter().find(|route| route.code == to);
    let bank = route.map(|route| engine.bank_id(setup.services[route.service].bank));
    let records: &dyn Records = engine.records();
    let phone = match bank {
        Some(bank) => Phone::load(records, bank, PhoneId::of(records.keyring(), from))?,
        None => None,
    };
    let mut serving = network::serving(setup, phone.as_ref(), from);
    let found = serving.find(|(lane, reason)| *reason != Reason::Country || leads(*lane));
    let any = || (route.map_or(0, |route| route.operator), None);
    Ok(found.map_or_else(any, |(lane, reason)| (lane, Some(reason))))
}

/// A deliver_sm as an SMSC would send it (4.6.1): GSM 7-bit where the text fits, else UCS-2; as
/// message_payload, so that it is one PDU at any length.
pub fn deliver_sm(from: Msisdn, to: ShortCode, text: &str) -> Bytes {
    let plain = gsm7::count(text).is_some();
    let mut octets = Vec::new();
    for c in text.chars() {
        match gsm7::septets(c).filter(|_| plain) {
            Some(septets) => septets.write(&mut octets),
            None => crate::text::ucs2::write(c, &mut octets),
        }
    }
    octets.truncate(usize::from(u16::MAX));
    let mut body = vec![0, 1, 1];
    body.extend_from_slice(from.reveal().as_bytes());
    body.extend_from_slice(&[0, 3, 0]);
    body.extend_from_slice(to.to_string().as_bytes());
    // esm_class, protocol_id, priority; two empty times; registered_delivery, replace, data_coding,
    // default message, sm_length.
    body.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, if plain { 0 } else { 8 }, 0, 0]);
    body.extend_from_slice(&0x0424u16.to_be_bytes());
    body.extend_from_slice(&(octets.len() as u16).to_be_bytes());
    body.extend_from_slice(&octets);
    let header = Header {
        length: (HEADER_OCTETS + body.len()) as u32,
        command_id: CommandId::DeliverSm,
        status: Status::ROK,
        sequence: 1,
    };
    let mut frame = bytes::BytesMut::new();
    header.encode(&mut frame);
    frame.extend_from_slice(&body);
    frame.freeze()
}
