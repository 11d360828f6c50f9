//! What the engine runs on: services, operators, routes, and its own options, all checked.
//!
//! The configuration builds a [`Setup`]; tests and simulations build their own. Everything that
//! names something else here is an index into the same value, so that nothing can dangle.

use std::sync::Arc;
use std::time::Duration;

use crate::base::money::Minor;
use crate::base::msisdn::ShortCode;
use crate::calendar::file::Holidays;
use crate::engine::door::Fresh;
use crate::engine::ported::Ported;
use crate::outbox::form::Form;
use crate::outbox::receipts::IdBase;
use crate::service::Service;
use crate::service::pattern::{Reading, Verb};
use crate::service::texts::TextId;

/// Everything that is configured, as the engine sees it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The banks' names; a service belongs to one.
    pub banks: Vec<String>,
    /// The services.
    pub services: Vec<ServiceSetup>,
    /// The operators, in the order that the daemon numbers them.
    pub operators: Vec<OperatorSetup>,
    /// Which service answers at which code of which operator.
    pub routes: Vec<Route>,
    /// Numbers that were taken to another operator.
    pub ported: Arc<Ported>,
    /// The engine's own.
    pub options: Options,
}

impl Setup {
    /// The place of the service with this name.
    pub fn service_called(&self, name: &str) -> Option<usize> {
        self.services.iter().position(|entry| entry.service.name == name)
    }

    /// Gives every service the business days of its country.
    pub fn keep_days(&mut self, holidays: &Holidays) {
        for ServiceSetup { service, .. } in &mut self.services {
            service.calendar = holidays.calendar(service.country);
        }
    }

    /// What was read again is in force.
    pub fn renew(&mut self, fresh: Fresh) {
        fresh.days.inspect(|days| self.keep_days(days));
        self.ported = fresh.ported.unwrap_or_else(|| Arc::clone(&self.ported));
    }

    /// One service at one code of one operator.
    pub fn single(service: Service, operator: OperatorSetup, code: ShortCode) -> Setup {
        Setup {
            banks: vec![service.bank.clone()],
            services: vec![ServiceSetup { service, bank: 0 }],
            operators: vec![operator],
            routes: vec![Route {
                operator: 0,
                code,
                service: 0,
                accepts: None,
                otherwise: None,
                help: true,
                alerts: true,
                price: None,
            }],
            ported: Arc::default(),
            options: Options::default(),
        }
    }
}

/// A service and its bank.
#[derive(Clone, Debug)]
pub struct ServiceSetup {
    /// The service.
    pub service: Service,
    /// Its bank, in [`Setup::banks`].
    pub bank: usize,
}

/// An operator as the engine needs it; how to bind to it is the [`crate::operator`]'s.
#[derive(Clone, Debug)]
pub struct OperatorSetup {
    /// As config.toml calls it; what is stored names it so.
    pub name: String,
    /// Numbers that are probably its own begin so; without `+`.
    pub prefixes: Vec<String>,
    /// How its submit_sm are filled in, and its deliver_sm read.
    pub form: Form,
    /// Parts a second of the contract.
    pub rate: u32,
    /// Parts marked ahead of their permits, at most: max(1, 20 ms of the rate).
    pub ahead_max: u32,
    /// In which bases it writes its ids.
    pub receipt_ids: IdBase,
    /// How long a receipt is waited for.
    pub receipt_wait: Duration,
    /// Whether it answers query_sm.
    pub query: bool,
    /// What becomes of a text whose sender is of another country.
    pub foreign: Foreign,
}

impl OperatorSetup {
    /// An operator with the usual settings (0, or 20 ms of `rate`, marked ahead).
    pub fn new(name: &str, country_code: &str, rate: u32) -> OperatorSetup {
        OperatorSetup {
            name: name.to_owned(),
            prefixes: Vec::new(),
            form: Form::new(country_code),
            rate,
            ahead_max: (rate / 50).max(1),
            receipt_ids: IdBase::Same,
            receipt_wait: RECEIPT_WAIT,
            query: false,
            foreign: Foreign::Serve,
        }
    }
}

/// What becomes of a text whose sender isn't of its operator's country.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Foreign {
    /// It is answered as any other.
    #[default]
    Serve,
    /// Its deliver_sm is refused.
    Refuse,
}

/// A code of one operator.
#[derive(Clone, Debug)]
pub struct Route {
    /// Which operator, in [`Setup::operators`].
    pub operator: usize,
    /// Which code.
    pub code: ShortCode,
    /// Which service, in [`Setup::services`].
    pub service: usize,
    /// The verbs that it accepts; `None`: all.
    pub accepts: Option<Vec<Verb>>,
    /// What is answered to the others.
    pub otherwise: Option<TextId>,
    /// Whether help is given here, asked for or not; if not, `otherwise` answers everything else.
    pub help: bool,
    /// Whether alerts of the service leave from this code on this operator.
    pub alerts: bool,
    /// What the operator takes from a customer for a message to this code (CA-31).
    pub price: Option<Minor>,
}

impl Route {
    /// The text of a route that doesn't accept what was ordered, judged by its command, before its
    /// arguments.
    pub fn refusal(&self, reading: Reading) -> Option<TextId> {
        let accepts = self.accepts.as_ref()?;
        let accepted = match reading.verb() {
            None | Some(Verb::Help) => self.help,
            // Whoever sees his money leave isn't sent to another code first.
            Some(Verb::Call) => true,
            Some(verb) => accepts.contains(&verb),
        };
        if accepted { None } else { self.otherwise }
    }
}

/// How long a receipt is waited for: a phone may be switched off over a long weekend.
pub const RECEIPT_WAIT: Duration = Duration::from_secs(72 * 3_600);

/// The engine's own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long the bank may take to answer.
    pub answer: Duration,
    /// A reply is promised within this.
    pub reply_promise: Duration,
    /// A reply is worthless after this.
    pub reply_worthless: Duration,
    /// A card alarm is promised within this.
    pub card_promise: Duration,
    /// An alert is promised within this.
    pub alert_promise: Duration,
    /// An alert is worthless after this, counted from what it tells of.
    pub alert_worthless: Duration,
    /// Parts of a long inbound message are joined within this.
    pub join: Duration,
    /// The first pause after a temporary refusal; it doubles.
    pub retry_min: Duration,
    /// The longest pause after a temporary refusal.
    pub retry_max: Duration,
    /// Temporary refusals before a message has failed.
    pub retries_max: u16,
    /// How long an unproved deliver_sm may come again.
    pub repeat_window: Duration,
    /// How long an ended message is kept.
    pub keep: Duration,
    /// How long ended orders of money, and fees, charges and reversals, are kept.
    pub keep_money: Duration,
    /// Live messages at one time; above it the door is closed.
    pub live_max: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            answer: Duration::from_secs(45),
            reply_promise: Duration::from_secs(60),
            reply_worthless: Duration::from_secs(600),
            card_promise: Duration::from_secs(5),
            alert_promise: Duration::from_secs(600),
            alert_worthless: Duration::from_secs(86_400),
            join: Duration::from_secs(300),
            retry_min: Duration::from_secs(2),
            retry_max: Duration::from_secs(300),
            retries_max: 10,
            repeat_window: Duration::from_secs(48 * 3_600),
            keep: Duration::from_secs(30 * 86_400),
            keep_money: Duration::from_secs(400 * 86_400),
            live_max: crate::base::limits::LIVE_MESSAGES_MAX,
        }
    }
}
