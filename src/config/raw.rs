//! config.toml as it is written: its serde mirror.
//!
//! Every field is optional here, so that one that is missing is a fault among the others and not
//! the end of reading; `super::check` knows which must be there. Values keep their places
//! ([`Spanned`]). Nothing here derives `Debug`: a password may stand in it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::engine::setup::Foreign;
use crate::outbox::form::{NumberFormat, ValidityForm};
use crate::outbox::receipts::IdBase;
use crate::service::pattern::Verb;
use crate::text::decode::Alphabet;
use crate::text::encode::{Long, Policy};

/// A text and its place.
pub(super) type Text = Option<Spanned<String>>;

/// The whole file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) services: Option<Vec<Spanned<String>>>,
    pub(super) holidays: Text,
    pub(super) store: Store,
    pub(super) log: Log,
    pub(super) engine: Engine,
    pub(super) numbers: Numbers,
    pub(super) bank: Vec<Spanned<Bank>>,
    pub(super) operator: Vec<Spanned<Operator>>,
    pub(super) route: Vec<Spanned<Route>>,
}

/// `[store]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Store {
    pub(super) path: Text,
    pub(super) hashing_key: Text,
    pub(super) reserve: Text,
    pub(super) registry_cache: Text,
    pub(super) journal_cache: Text,
    pub(super) checkpoint_batches: Option<Spanned<u64>>,
    pub(super) checkpoint_changes: Option<Spanned<u64>>,
    pub(super) keep: Text,
    pub(super) keep_money: Text,
}

/// `[log]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    pub(super) format: super::LogFormat,
    pub(super) level: super::LogLevel,
}

/// `[engine]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Engine {
    pub(super) answer: Text,
    pub(super) reply_promise: Text,
    pub(super) reply_worthless: Text,
    pub(super) card_promise: Text,
    pub(super) alert_promise: Text,
    pub(super) alert_worthless: Text,
    pub(super) join: Text,
    pub(super) retry_min: Text,
    pub(super) retry_max: Text,
    pub(super) retries_max: Option<Spanned<u16>>,
    pub(super) repeat_window: Text,
    pub(super) live_max: Option<Spanned<usize>>,
}

/// `[numbers]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Numbers {
    pub(super) ported: Text,
}

/// `[[bank]]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Bank {
    pub(super) name: Text,
    pub(super) seed: Text,
}

/// `[[operator]]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Operator {
    pub(super) name: Text,
    pub(super) country_code: Text,
    pub(super) prefixes: Option<Vec<Spanned<String>>>,
    pub(super) rate: Option<Spanned<u32>>,
    pub(super) burst: Option<Spanned<u32>>,
    pub(super) hold_min: Text,
    pub(super) hold_max: Text,
    pub(super) alphabet: Option<Alphabet>,
    pub(super) policy: Option<Policy>,
    pub(super) long_texts: Option<Long>,
    pub(super) numbers: Option<NumberFormat>,
    pub(super) validity: Option<ValidityForm>,
    pub(super) validity_max: Text,
    pub(super) service_types: ServiceTypes,
    pub(super) receipts: Option<Receipts>,
    pub(super) receipt_ids: Option<IdBase>,
    pub(super) receipt_wait: Text,
    pub(super) query: Option<bool>,
    pub(super) foreign: Option<Foreign>,
    pub(super) source_ton: Option<Spanned<u8>>,
    pub(super) source_npi: Option<Spanned<u8>>,
    pub(super) destination_ton: Option<Spanned<u8>>,
    pub(super) destination_npi: Option<Spanned<u8>>,
    pub(super) reconnect_min: Text,
    pub(super) reconnect_max: Text,
    pub(super) response: Text,
    pub(super) session_init: Text,
    pub(super) enquire_link: Text,
    pub(super) inactivity: Text,
    pub(super) optional_parameters: Option<OptionalParameters>,
    pub(super) statuses: BTreeMap<Spanned<String>, Meaning>,
    pub(super) canary: Option<Spanned<Canary>>,
    pub(super) bind: Vec<Spanned<Bind>>,
}

/// `[[operator.bind]]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Bind {
    pub(super) address: Text,
    pub(super) fallback: Text,
    pub(super) local_address: Text,
    pub(super) tls: Option<Spanned<Tls>>,
    pub(super) mode: Mode,
    pub(super) window: Option<Spanned<usize>>,
    pub(super) interface_version: InterfaceVersion,
    pub(super) system_id: Text,
    pub(super) password: Text,
    pub(super) system_type: Text,
    pub(super) address_range: Text,
}

/// `tls` of an `[[operator.bind]]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Tls {
    pub(super) ca: Text,
    pub(super) certificate: Text,
    pub(super) key: Text,
    pub(super) name: Text,
}

/// `canary`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Canary {
    pub(super) from: Text,
    pub(super) to: Text,
    pub(super) every: Text,
    pub(super) deadline: Text,
}

/// `[[route]]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Route {
    pub(super) operator: Text,
    pub(super) code: Text,
    pub(super) service: Text,
    pub(super) accepts: Option<Vec<Spanned<Verb>>>,
    pub(super) otherwise: Text,
    pub(super) help: Option<Spanned<bool>>,
    pub(super) alerts: Option<Spanned<bool>>,
    pub(super) price: Text,
}

/// `service_types`, by class of messages.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ServiceTypes {
    pub(super) card: Text,
    pub(super) reply: Text,
    pub(super) alert: Text,
    pub(super) report: Text,
    pub(super) notice: Text,
}

/// Which delivery receipts are asked for.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Receipts {
    None,
    All,
    Failures,
    Steps,
}

/// Which way messages go on a bind.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    #[default]
    Transceiver,
    Receiver,
    Transmitter,
}

/// The version of the specification that a bind names.
#[derive(Deserialize, Clone, Copy, Default)]
pub(super) enum InterfaceVersion {
    #[serde(rename = "3.3")]
    V3_3,
    #[default]
    #[serde(rename = "3.4")]
    V3_4,
}

/// Whether optional parameters are sent.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OptionalParameters {
    AsBound,
    Always,
    Never,
}

/// What a status of an operator means.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Meaning {
    Throttled,
    Temporary,
    WrongNetwork,
    Permanent,
}

/// Every key of every table, `password` aside: only their values may be shown in a diagnostic
/// (`super::mask`). A test keeps the list complete.
pub(super) const SHOWN_KEYS: &[&str] = &[
    "accepts",
    "address",
    "address_range",
    "alert_promise",
    "alert_worthless",
    "alerts",
    "alphabet",
    "answer",
    "bank",
    "bind",
    "burst",
    "ca",
    "canary",
    "card_promise",
    "certificate",
    "checkpoint_batches",
    "checkpoint_changes",
    "code",
    "country_code",
    "destination_npi",
    "destination_ton",
    "engine",
    "enquire_link",
    "fallback",
    "foreign",
    "format",
    "help",
    "hold_max",
    "hold_min",
    "holidays",
    "inactivity",
    "interface_version",
    "join",
    "journal_cache",
    "keep",
    "keep_money",
    "key",
    "level",
    "live_max",
    "local_address",
    "log",
    "long_texts",
    "mode",
    "name",
    "numbers",
    "operator",
    "optional_parameters",
    "otherwise",
    "path",
    "policy",
    "ported",
    "prefixes",
    "price",
    "query",
    "rate",
    "receipt_ids",
    "receipt_wait",
    "receipts",
    "reconnect_max",
    "reconnect_min",
    "registry_cache",
    "repeat_window",
    "reply_promise",
    "reply_worthless",
    "reserve",
    "response",
    "retries_max",
    "retry_max",
    "retry_min",
    "route",
    "seed",
    "service",
    "service_types",
    "services",
    "session_init",
    "source_npi",
    "source_ton",
    "statuses",
    "store",
    "system_id",
    "system_type",
    "tls",
    "validity",
    "validity_max",
    "window",
];
