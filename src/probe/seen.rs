//! What a probe has seen, untouched: statuses, ids, spans, octets. What it means is said by
//! [`super::traits`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::talk::{Answer, Delivery};
use crate::base::now::Mono;
use crate::outbox::form::ValidityForm;
use crate::outbox::receipts::IdBase;
use crate::smpp::deliver::{self, BindResp, DeliverSm, SubmitSmResp};
use crate::smpp::header::{CommandId, HEADER_OCTETS};
use crate::smpp::receipt::{QuerySmResp, Receipt, State};
use crate::smpp::session::Mode;
use crate::smpp::status::Status;
use crate::text::decode::{Alphabet, chars};

/// Tags that the specification leaves to the vendors (5.3.2).
const VENDORS_TAGS: std::ops::RangeInclusive<u16> = 0x1400..=0x3FFF;

/// Everything that was seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Where, `host:port`.
    pub address: String,
    /// Which kind of bind.
    pub mode: Mode,
    /// How long the connection took, TLS included.
    pub connected: Duration,
    /// The bind response; `None`: there was none.
    pub bound: Option<Bound>,
    /// How long the responses to enquire_link took.
    pub enquiries: Vec<Duration>,
    /// What query_sm gave, if it was asked.
    pub query: Option<Query>,
    /// What was submitted, in order.
    pub sent: Vec<Sent>,
    /// The receipts of these, in order.
    pub receipts: Vec<Heard>,
    /// What the phone was asked to send back.
    pub letters: String,
    /// How it came back.
    pub echo: Option<Echo>,
    /// After a submit_sm without an answer enquire_link had one.
    pub alive_after: bool,
    /// How it went at the contract's rate.
    pub load: Option<Load>,
    /// Whether refusals had a body, of those that were seen.
    pub bodies: BTreeSet<bool>,
    /// Vendors' tags among the optional parameters.
    pub tags: BTreeSet<u16>,
    /// Vendors' statuses.
    pub statuses: BTreeSet<Status>,
    /// The longest time to a response.
    pub slowest: Duration,
    /// deliver_sm of others, that were left to the daemon.
    pub strangers: usize,
    /// Why the connection ended before the probe did.
    pub ended: Option<String>,
}

/// A bind response.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Accepted or not.
    pub status: Status,
    /// The SMSC's name of itself.
    pub system_id: String,
    /// sc_interface_version.
    pub version: Option<u8>,
    /// How long it took.
    pub took: Duration,
}

/// What is submitted, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A plain text; which optional fields it had.
    Plain {
        /// user_message_reference.
        parameters: bool,
        /// How long it may be tried.
        validity: ValidityForm,
    },
    /// To no number at all: a refusal to look at.
    Nobody,
    /// In UCS-2, to be sent back.
    Letters,
    /// Half a character of UCS-2, which a strict SMSC refuses.
    Half,
}

/// What became of a submit_sm.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Which.
    pub what: What,
    /// The status of the response, if there was one.
    pub status: Option<Status>,
    /// The id that it was given.
    pub id: Option<Vec<u8>>,
    /// How long the response took.
    pub took: Duration,
    at: Mono,
}

/// A receipt, or news on the way.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Of which message, in [`Seen::sent`].
    pub of: usize,
    /// The id as it stands in it.
    pub id: Vec<u8>,
    /// What became of the message.
    pub state: Option<State>,
    /// user_message_reference came back.
    pub reference: bool,
    /// It has receipted_message_id and message_state.
    pub by_parameters: bool,
    /// It has a text with an id.
    pub by_text: bool,
    /// It came before the response.
    pub early: bool,
}

/// A text that the phone sent back.
#[derive(Clone, Debug)]
pub struct Echo {
    /// Its data_coding.
    pub data_coding: u8,
    /// What data_coding 0 can mean, if that is what it came in.
    pub alphabets: Vec<Alphabet>,
}

/// What came of query_sm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Query {
    /// A state.
    State(State),
    /// A refusal.
    Refused(Status),
    /// generic_nack.
    Nacked(Status),
    /// Nothing.
    Silence,
}

/// How it went at the contract's rate.
#[derive(Clone, Debug)]
pub struct Load {
    /// Texts submitted.
    pub sent: u32,
    /// A second, as the contract has it.
    pub rate: u32,
    /// How often each status was given.
    pub statuses: BTreeMap<Status, u32>,
    /// From the first submit_sm to the last response.
    pub took: Duration,
}

impl Load {
    /// Texts accepted a second.
    pub fn achieved(&self) -> f64 {
        let accepted = self.statuses.get(&Status::ROK).copied().unwrap_or(0);
        f64::from(accepted) / self.took.as_secs_f64().max(0.001)
    }
}

impl Seen {
    pub(super) fn new(address: String, mode: Mode) -> Seen {
        Seen {
            address,
            mode,
            connected: Duration::ZERO,
            bound: None,
            enquiries: Vec::new(),
            query: None,
            sent: Vec::new(),
            receipts: Vec::new(),
            letters: String::new(),
            echo: None,
            alive_after: false,
            load: None,
            bodies: BTreeSet::new(),
            tags: BTreeSet::new(),
            statuses: BTreeSet::new(),
            slowest: Duration::ZERO,
            strangers: 0,
            ended: None,
        }
    }

    /// Whether the bind was accepted.
    pub fn is_bound(&self) -> bool {
        self.bound.as_ref().is_some_and(|bound| bound.status.is_ok())
    }

    /// Whether a text was accepted.
    pub fn accepts(&self) -> bool {
        self.sent.iter().any(|sent| sent.id.is_some() || sent.status.is_some_and(Status::is_ok))
    }

    /// The first plain text as it was accepted.
    pub fn plain(&self) -> Option<&Sent> {
        self.sent.iter().find(|sent| {
            matches!(sent.what, What::Plain { .. }) && sent.status.is_some_and(Status::is_ok)
        })
    }

    pub(super) fn first_id(&self) -> Option<Vec<u8>> {
        self.plain().and_then(|sent| sent.id.clone())
    }

    /// Notes what is odd about a response.
    pub(super) fn note(&mut self, answer: Option<&Answer>) {
        let Some(answer) = answer else { return };
        self.slowest = self.slowest.max(answer.took);
        if !answer.status.is_ok() && answer.command_id != CommandId::GenericNack {
            self.bodies.insert(answer.frame.len() > HEADER_OCTETS);
        }
        if matches!(answer.status.0, 0x400..=0x4FF) {
            self.statuses.insert(answer.status);
        }
        if answer.command_id == CommandId::SubmitSmResp {
            let tags = deliver::response_tlvs(&answer.frame).map(|(tag, _)| tag);
            self.tags.extend(tags.filter(|tag| VENDORS_TAGS.contains(tag)));
        }
    }

    /// Finds receipts and the echo among what the phone, or the SMSC in its name, has sent.
    pub(super) fn hear(&mut self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            let Ok(sm) = DeliverSm::parse(&delivery.frame) else { continue };
            let tags = sm.tlvs().map(|(tag, _)| tag);
            self.tags.extend(tags.filter(|tag| VENDORS_TAGS.contains(tag)));
            match Receipt::read(&sm) {
                Some(receipt) => self.hear_receipt(&sm, &receipt, delivery.at),
                None => {
                    let echo = Echo::read(&delivery.frame, &self.letters);
                    self.echo = self.echo.take().or(echo);
                }
            }
        }
    }

    fn hear_receipt(&mut self, sm: &DeliverSm<'_>, receipt: &Receipt<'_>, at: Mono) {
        let id = receipt.id.unwrap_or_default();
        let fits = |sent: &Sent| {
            let first = sent.id.as_deref();
            first.is_some_and(|first| IdBase::between(first, id).is_some())
        };
        let Some(of) = self.sent.iter().position(fits) else { return };
        self.receipts.push(Heard {
            of,
            id: id.to_vec(),
            state: receipt.state,
            reference: receipt.reference.is_some(),
            by_parameters: sm.receipted_message_id().is_some() && sm.message_state().is_some(),
            by_text: sm.text().windows(3).any(|word| word.eq_ignore_ascii_case(b"id:")),
            early: at < self.sent[of].at,
        });
    }
}

impl Bound {
    pub(super) fn read(answer: &Answer) -> Bound {
        let resp = BindResp::parse(&answer.frame);
        Bound {
            status: answer.status,
            system_id: String::from_utf8_lossy(resp.system_id).into_owned(),
            version: resp.version,
            took: answer.took,
        }
    }
}

impl Sent {
    pub(super) fn read(what: What, answer: Option<&Answer>) -> Sent {
        let id = answer.and_then(|answer| SubmitSmResp::parse(&answer.frame).message_id);
        Sent {
            what,
            status: answer.map(|answer| answer.status),
            id: id.map(<[u8]>::to_vec),
            took: answer.map_or(Duration::ZERO, |answer| answer.took),
            at: answer.map_or(Mono::ZERO, |answer| answer.at),
        }
    }

    /// With which status it was refused.
    pub fn refused(&self) -> Option<Status> {
        self.status.filter(|status| !status.is_ok())
    }
}

impl Query {
    pub(super) fn read(answer: Option<&Answer>) -> Query {
        match answer {
            None => Query::Silence,
            Some(answer) if answer.command_id == CommandId::GenericNack => {
                Query::Nacked(answer.status)
            }
            Some(answer) if !answer.status.is_ok() => Query::Refused(answer.status),
            Some(answer) => {
                Query::State(QuerySmResp::parse(&answer.frame).state.unwrap_or(State::Unknown))
            }
        }
    }
}

impl Echo {
    /// A text that is `letters`, in whatever alphabet.
    pub(super) fn read(frame: &[u8], letters: &str) -> Option<Echo> {
        let sm = DeliverSm::parse(frame).ok().filter(|_| !letters.is_empty())?;
        let is =
            |alphabet: &Alphabet| chars(sm.data_coding, *alphabet, sm.text()).eq(letters.chars());
        let alphabets: Vec<Alphabet> =
            [Alphabet::Gsm7, Alphabet::Latin1, Alphabet::Ascii].into_iter().filter(is).collect();
        (!alphabets.is_empty()).then_some(Echo { data_coding: sm.data_coding, alphabets })
    }

    /// What a receipt says of the end of a message.
    pub(super) fn end(frame: &[u8]) -> Option<State> {
        let sm = DeliverSm::parse(frame).ok()?;
        Receipt::read(&sm)?.state.filter(|state| state.is_final())
    }
}
