//! `canary` of an operator: a text to ourselves now and then, which measures the whole way round.

use std::time::Duration;

use toml::Spanned;

use super::check::{ordered, required, span};
use super::error::Findings;
use super::raw;
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::operator::canary::Options;
use crate::outbox::form::{Form, ValidityForm};

const EVERY: Duration = Duration::from_secs(600);
const DEADLINE: Duration = Duration::from_secs(60);

/// What is written of it; `None` where nothing is, or where it is at fault.
pub(super) fn check(
    table: Option<&Spanned<raw::Canary>>,
    form: &Form,
    findings: &mut Findings,
) -> Option<Options> {
    let table = table?;
    let (place, canary) = (table.span(), table.get_ref());
    let every = span(&canary.every, EVERY, findings);
    let deadline = span(&canary.deadline, DEADLINE, findings);
    ordered(
        ("deadline", &canary.deadline, deadline),
        ("every", &canary.every, every),
        "one is on its way at a time",
        findings,
    );
    let from = required(&canary.from, &place, "from", "\"5622\", a code of ours", findings);
    let to = required(&canary.to, &place, "to", "\"5622\", or a phone that echoes", findings);
    let source = from.and_then(|written| {
        let code = ShortCode::parse(written.get_ref()).ok();
        refuse(code.and_then(|code| form.source_of(code).ok()), written, findings)
    });
    let destination = to.and_then(|written| {
        let text = written.get_ref();
        let address = match text.starts_with('+') {
            true => Msisdn::parse(text).ok().and_then(|phone| form.destination_of(phone).ok()),
            false => ShortCode::parse(text).ok().and_then(|code| form.source_of(code).ok()),
        };
        refuse(address, written, findings)
    });
    let validity = form.validity == ValidityForm::Relative;
    let (source, destination) = (source?, destination?);
    Some(Options { every, deadline, source, destination, validity, alphabet: form.alphabet })
}

fn refuse<T>(read: Option<T>, written: &Spanned<String>, findings: &mut Findings) -> Option<T> {
    if read.is_none() {
        let what = format!("`{}` is neither a code nor a number", written.get_ref());
        findings.add(written.span(), what, "write \"5622\", or a phone as \"+381640000099\"");
    }
    read
}
