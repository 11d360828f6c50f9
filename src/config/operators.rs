//! `[[operator]]`: the contract, what its numbers look like, what all its binds have in common.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;

use super::check::{name, ordered, required, span, span_or_zero};
use super::error::Findings;
use super::{LinkAddress, binds, canary, raw};
use crate::base::limits::BINDS_MAX;
use crate::engine::setup::OperatorSetup;
use crate::message::Class;
use crate::operator::{Options, pacing};
use crate::outbox::form::{ServiceType, place};
use crate::smpp::session::{OptionalParameters, Options as SessionOptions};
use crate::smpp::status::{Meaning, Overrides, Status};

/// The longest prefix, in digits: a whole number (E.164).
const PREFIX_DIGITS_MAX: usize = 15;

/// What reconnects begin and end with.
const RECONNECT_MIN: Duration = Duration::from_secs(1);
const RECONNECT_MAX: Duration = Duration::from_secs(60);

/// All that one `[[operator]]` comes to.
pub(super) struct Made {
    pub(super) setup: OperatorSetup,
    pub(super) options: Options,
    pub(super) links: Vec<LinkAddress>,
}

/// All operators, those with faults too: their places are referred to.
pub(super) fn check(
    tables: &[Spanned<raw::Operator>],
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    findings: &mut Findings,
) -> Vec<Made> {
    let mut all: Vec<Made> = Vec::new();
    for table in tables {
        let made = check_one(table, &all, folder, env, findings);
        all.push(made);
    }
    if all.is_empty() && !findings.is_any_broken("operator") {
        findings.add(0..0, "there is no operator", "add an [[operator]] with a [[operator.bind]]");
    }
    all
}

fn check_one(
    table: &Spanned<raw::Operator>,
    others: &[Made],
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    findings: &mut Findings,
) -> Made {
    let (place, operator) = (table.span(), table.get_ref());
    let taken: Vec<String> = others.iter().map(|made| made.setup.name.clone()).collect();
    let name = name(&operator.name, &place, &taken, "operator", findings).unwrap_or_default();
    let country = check_country(operator, &place, findings);
    let prefixes = check_prefixes(operator, &country, &place, others, findings);
    let pace = check_pace(operator, &place, findings);
    let mut setup = OperatorSetup::new(name, &country, pace.rate);
    fill_setup(&mut setup, operator, findings);
    setup.prefixes = prefixes;
    let session = check_session(operator, findings);
    let mut options = Options {
        name: name.to_owned(),
        binds: Vec::new(),
        pace,
        statuses: check_statuses(operator, findings),
        reconnect_min: span(&operator.reconnect_min, RECONNECT_MIN, findings),
        reconnect_max: span(&operator.reconnect_max, RECONNECT_MAX, findings),
        canary: canary::check(operator.canary.as_ref(), &setup.form, findings),
    };
    ordered(
        ("reconnect_min", &operator.reconnect_min, options.reconnect_min),
        ("reconnect_max", &operator.reconnect_max, options.reconnect_max),
        "pauses grow from one to the other",
        findings,
    );
    let mut links = Vec::new();
    for bind in &operator.bind {
        let (bind, link) = binds::check(bind, &session, folder, env, findings);
        options.binds.push(bind);
        links.push(link);
    }
    let named_at = operator.name.as_ref().map_or(place.clone(), Spanned::span);
    check_directions(name, &options.binds, &place, named_at, findings);
    Made { setup, options, links }
}

fn check_country(
    operator: &raw::Operator,
    place: &Range<usize>,
    findings: &mut Findings,
) -> String {
    let written = required(&operator.country_code, place, "country_code", "\"381\"", findings);
    let Some(written) = written else { return String::new() };
    let code = written.get_ref();
    let digits = code.bytes().all(|b| b.is_ascii_digit()) && !code.starts_with('0');
    if !digits || !(1..=3).contains(&code.len()) {
        findings.add(
            written.span(),
            format!("`{code}` is no country code"),
            "write one to three digits without + and 0 before them, such as \"381\"",
        );
        return String::new();
    }
    code.clone()
}

fn check_prefixes(
    operator: &raw::Operator,
    country: &str,
    place: &Range<usize>,
    others: &[Made],
    findings: &mut Findings,
) -> Vec<String> {
    let Some(written) = &operator.prefixes else {
        if !findings.is_broken(place, "prefixes") {
            findings.add(
                place.clone(),
                "`prefixes` is missing here",
                "add prefixes = [\"+38164\"]",
            );
        }
        return Vec::new();
    };
    let mut prefixes: Vec<String> = Vec::new();
    for prefix in written {
        let digits = prefix.get_ref().strip_prefix('+').unwrap_or_default();
        let is_number = (1..=PREFIX_DIGITS_MAX).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_number || !digits.starts_with(country) {
            findings.add(
                prefix.span(),
                format!("`{}` is no prefix of this operator's country", prefix.get_ref()),
                format!("write + and digits that begin with its country code: \"+{country}…\""),
            );
            continue;
        }
        let holds = |made: &&Made| made.setup.prefixes.iter().any(|other| other == digits);
        if let Some(other) = others.iter().find(holds) {
            findings.add(
                prefix.span(),
                format!(
                    "the prefix `+{digits}` is that of the operator `{}` too",
                    other.setup.name
                ),
                "leave it to whom the numbering plan gives it; ported numbers are learnt",
            );
        } else if prefixes.iter().any(|other| other == digits) {
            let what = format!("the prefix `+{digits}` stands here twice");
            findings.add(prefix.span(), what, "remove one of the two");
        } else {
            prefixes.push(digits.to_owned());
        }
    }
    prefixes
}

fn check_pace(
    operator: &raw::Operator,
    place: &Range<usize>,
    findings: &mut Findings,
) -> pacing::Options {
    let defaults = pacing::Options::default();
    let written =
        required(&operator.rate, place, "rate", "50, the parts a second of the contract", findings);
    let rate = written.map_or(defaults.rate, |rate| *rate.get_ref());
    if let Some(written) = written.filter(|rate| *rate.get_ref() == 0) {
        findings.add(
            written.span(),
            "with a rate of 0 nothing would ever be sent",
            "write the parts a second that the contract allows, at least 1",
        );
    }
    if let Some(burst) = &operator.burst
        && rate > 0
        && !(1..=rate).contains(burst.get_ref())
    {
        findings.add(
            burst.span(),
            format!("a burst of {} doesn't fit a rate of {rate} a second", burst.get_ref()),
            format!("write 1 to {rate}, or leave it out for 2 ms of the rate"),
        );
    }
    let pace = pacing::Options {
        rate,
        burst: operator.burst.as_ref().map(|burst| *burst.get_ref()),
        hold_min: span(&operator.hold_min, defaults.hold_min, findings),
        hold_max: span(&operator.hold_max, defaults.hold_max, findings),
    };
    ordered(
        ("hold_min", &operator.hold_min, pace.hold_min),
        ("hold_max", &operator.hold_max, pace.hold_max),
        "pauses grow from one to the other",
        findings,
    );
    pace
}

fn fill_setup(setup: &mut OperatorSetup, operator: &raw::Operator, findings: &mut Findings) {
    setup.form.alphabet = operator.alphabet.unwrap_or(setup.form.alphabet);
    setup.form.policy = operator.policy.unwrap_or(setup.form.policy);
    setup.form.long = operator.long_texts.unwrap_or(setup.form.long);
    setup.form.registered_delivery = match operator.receipts {
        None => setup.form.registered_delivery,
        Some(raw::Receipts::None) => 0,
        Some(raw::Receipts::All) => 1,
        Some(raw::Receipts::Failures) => 2,
        Some(raw::Receipts::Steps) => 0x11,
    };
    setup.receipt_ids = operator.receipt_ids.unwrap_or(setup.receipt_ids);
    setup.receipt_wait = span(&operator.receipt_wait, setup.receipt_wait, findings);
    setup.query = operator.query.unwrap_or(setup.query);
    setup.foreign = operator.foreign.unwrap_or(setup.foreign);
    setup.form.numbers = operator.numbers.unwrap_or(setup.form.numbers);
    setup.form.validity = operator.validity.unwrap_or(setup.form.validity);
    if operator.validity_max.is_some() {
        setup.form.validity_max =
            Some(span(&operator.validity_max, Duration::from_secs(60), findings));
    }
    check_service_types(setup, &operator.service_types, findings);
    // The values of SMPP 3.4, sections 5.2.5 and 5.2.6.
    let (tons, npis) = (&[0, 1, 2, 3, 4, 5, 6][..], &[0, 1, 3, 4, 6, 8, 9, 10, 14, 18][..]);
    for (written, known, into) in [
        (&operator.source_ton, tons, &mut setup.form.source.0),
        (&operator.source_npi, npis, &mut setup.form.source.1),
        (&operator.destination_ton, tons, &mut setup.form.destination.0),
        (&operator.destination_npi, npis, &mut setup.form.destination.1),
    ] {
        let Some(written) = written else { continue };
        if !known.contains(written.get_ref()) {
            let known: Vec<String> = known.iter().map(u8::to_string).collect();
            findings.add(
                written.span(),
                format!("SMPP 3.4 gives {} no meaning here", written.get_ref()),
                format!("write one of {}", known.join(", ")),
            );
        }
        *into = *written.get_ref();
    }
}

fn check_service_types(
    setup: &mut OperatorSetup,
    written: &raw::ServiceTypes,
    findings: &mut Findings,
) {
    for (class, written) in [
        (Class::Card, &written.card),
        (Class::Reply, &written.reply),
        (Class::Alert, &written.alert),
        (Class::Report, &written.report),
        (Class::Notice, &written.notice),
    ] {
        let Some(written) = written else { continue };
        let word = written.get_ref();
        match ServiceType::from(word) {
            Ok(known) if word.bytes().all(|octet| octet.is_ascii_alphanumeric()) => {
                setup.form.service_types[place(class)] = known;
            }
            _ => findings.add(
                written.span(),
                format!("`{word}` is no service_type"),
                "write at most five letters and digits, as the operator has agreed (SMPP 3.4, 5.2.11)",
            ),
        }
    }
}

/// What all binds of an operator have in common.
fn check_session(operator: &raw::Operator, findings: &mut Findings) -> SessionOptions {
    let defaults = SessionOptions::default();
    let session = SessionOptions {
        response: span(&operator.response, defaults.response, findings),
        session_init: span(&operator.session_init, defaults.session_init, findings),
        enquire_link: span_or_zero(&operator.enquire_link, defaults.enquire_link, findings),
        inactivity: span_or_zero(&operator.inactivity, defaults.inactivity, findings),
        optional_parameters: match operator.optional_parameters {
            None | Some(raw::OptionalParameters::AsBound) => OptionalParameters::AsBound,
            Some(raw::OptionalParameters::Always) => OptionalParameters::Always,
            Some(raw::OptionalParameters::Never) => OptionalParameters::Never,
        },
        ..defaults
    };
    if !session.inactivity.is_zero() {
        let inactivity = ("inactivity", &operator.inactivity, session.inactivity);
        ordered(
            ("enquire_link", &operator.enquire_link, session.enquire_link),
            inactivity,
            "a quiet SMSC is asked whether it lives before it is given up",
            findings,
        );
        ordered(
            ("session_init", &operator.session_init, session.session_init),
            inactivity,
            "a bind that takes longer would be given up first",
            findings,
        );
    }
    session
}

fn check_statuses(operator: &raw::Operator, findings: &mut Findings) -> Overrides {
    let mut statuses = Overrides::default();
    for (written, meaning) in &operator.statuses {
        let digits = written.get_ref().strip_prefix("0x");
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).filter(|s| *s != 0) {
            Some(status) => statuses.set(
                Status(status),
                match meaning {
                    raw::Meaning::Throttled => Meaning::Throttled,
                    raw::Meaning::Temporary => Meaning::Temporary,
                    raw::Meaning::WrongNetwork => Meaning::WrongNetwork,
                    raw::Meaning::Permanent => Meaning::Permanent,
                },
            ),
            None => findings.add(
                written.span(),
                format!("`{}` is no command_status of a refusal", written.get_ref()),
                "write it in hexadecimal, such as \"0x00000400\"; 0 always means accepted",
            ),
        }
    }
    statuses
}

fn check_directions(
    name: &str,
    binds: &[SessionOptions],
    place: &Range<usize>,
    named_at: Range<usize>,
    findings: &mut Findings,
) {
    if findings.is_broken(place, "bind") {
        return;
    }
    if binds.len() > BINDS_MAX {
        let what = format!("the operator `{name}` has {} binds", binds.len());
        findings.add(named_at.clone(), what, format!("keep at most {BINDS_MAX}"));
    }
    let missing = match (
        binds.iter().any(|bind| bind.mode.sends()),
        binds.iter().any(|bind| bind.mode.receives()),
    ) {
        (true, true) => return,
        (false, false) => "no bind",
        (false, true) => "no bind that sends",
        (true, false) => "no bind that receives",
    };
    findings.add(
        named_at,
        format!("the operator `{name}` has {missing}"),
        "add a [[operator.bind]]: a transceiver does both, a transmitter sends, a receiver receives",
    );
}
