//! What an SMSC is like, by name, and which settings of its `[[operator]]` follow from it.
//!
//! The names are those of the simulator's personalities, where it has one.

use std::fmt::Write as _;
use std::time::Duration;

use super::seen::{Heard, Query, Seen, What};
use crate::operator;
use crate::outbox::form::ValidityForm;
use crate::outbox::receipts::IdBase;
use crate::smpp::status::{Meaning, Status};
use crate::text::decode::Alphabet;

/// A response that takes longer is slow.
const SLOW: Duration = Duration::from_secs(1);

/// Something that an operator's engineer should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trait {
    /// Its name, such as `hex-ids`.
    pub name: &'static str,
    /// What was seen.
    pub what: String,
}

/// A line of `[[operator]]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Which.
    pub key: &'static str,
    /// Its value, in TOML.
    pub value: String,
}

/// What the SMSC is like.
pub fn traits(seen: &Seen) -> Vec<Trait> {
    let mut found = Vec::new();
    let mut add = |name, what: String| found.push(Trait { name, what });
    match seen.bound.as_ref().map(|bound| (bound.status, bound.version)) {
        Some((Status::RALYBND, _)) => add(
            "already-bound",
            "somebody is bound under this system_id: the daemon, or a lost connection that the \
             SMSC still believes in"
                .to_owned(),
        ),
        Some((Status::RINVPASWD | Status::RINVSYSID | Status::RBINDFAIL, _)) => {
            add("refuses-credentials", "system_id, password or our address isn't known".to_owned());
        }
        Some((Status::ROK, None)) => add(
            "no-interface-version",
            "no sc_interface_version: by the specification it takes no optional parameters"
                .to_owned(),
        ),
        _ => {}
    }
    if seen.slowest >= SLOW {
        add("slow", format!("a response took {:.1} s", seen.slowest.as_secs_f64()));
    }
    if seen.alive_after && !seen.sent.is_empty() && seen.sent.iter().all(|s| s.status.is_none()) {
        let what = "enquire_link is answered, submit_sm isn't: the daemon will bind anew";
        add("zombie", what.to_owned());
    }
    ids(seen, &mut add);
    receipts(seen, &mut add);
    match (seen.bodies.contains(&false), seen.bodies.contains(&true)) {
        (true, false) => add("bare-errors", "refusals have no body, as 4.4.2 has it".to_owned()),
        (_, true) => add("bodies-on-errors", "refusals have a body".to_owned()),
        (false, false) => {}
    }
    if let Some(half) = refusal(seen, What::Half) {
        add("strict", format!("it looks into texts: half a character of UCS-2 gets {half}"));
    }
    if let Some(alphabet) = echoed_alphabet(seen).filter(|name| *name != "gsm7") {
        add(alphabet, format!("data_coding 0 is {alphabet}"));
    }
    match seen.query {
        Some(Query::Nacked(_)) => add("nacks-query", "query_sm gets a generic_nack".to_owned()),
        Some(Query::Refused(Status::RINVCMDID)) => {
            add("no-query", "query_sm isn't served".to_owned());
        }
        _ => {}
    }
    if let Some((status, count)) = throttled(seen) {
        let rate = seen.load.as_ref().map_or(0.0, |load| load.achieved());
        let what = format!("{status} to {count} texts; {rate:.1} a second were accepted");
        add("throttler", what);
    }
    if !seen.tags.is_empty() || !seen.statuses.is_empty() {
        let mut what = "a vendor's own:".to_owned();
        for tag in &seen.tags {
            let _ = write!(what, " parameter 0x{tag:04X}");
        }
        for status in &seen.statuses {
            let _ = write!(what, " status 0x{:03X}", status.0);
        }
        add("vendor", what);
    }
    found
}

fn ids(seen: &Seen, add: &mut impl FnMut(&'static str, String)) {
    let pair = |heard: &Heard| Some((seen.sent.get(heard.of)?.id.clone()?, heard.id.clone()));
    let Some((first, receipt)) = seen.receipts.iter().find_map(pair) else { return };
    let shown = format!(
        "{} in submit_sm_resp is {} in its receipt",
        String::from_utf8_lossy(&first),
        String::from_utf8_lossy(&receipt)
    );
    match IdBase::between(&first, &receipt) {
        Some(IdBase::HexThenDecimal) => add("hex-ids", shown),
        Some(IdBase::DecimalThenHex) => add("hex-receipts", shown),
        Some(IdBase::Same) if first == receipt => {}
        Some(IdBase::Same) if first.iter().all(u8::is_ascii_digit) => add("padded-ids", shown),
        Some(IdBase::Same) => add("other-case", shown),
        None => {}
    }
}

fn receipts(seen: &Seen, add: &mut impl FnMut(&'static str, String)) {
    let all = &seen.receipts;
    if all.is_empty() {
        if seen.accepts() && seen.mode.receives() {
            add("no-receipts", "no receipt came while it was waited for".to_owned());
        }
        return;
    }
    if all.iter().any(|heard| heard.early) {
        add("receipts-first", "a receipt came before its submit_sm_resp".to_owned());
    }
    if all.iter().all(|heard| !heard.by_text) {
        add("receipts-tlv-only", "receipts have parameters and no text".to_owned());
    }
    if all.iter().all(|heard| !heard.by_parameters) {
        add("receipts-text-only", "receipts have a text and no parameters".to_owned());
    }
}

fn refusal(seen: &Seen, what: What) -> Option<Status> {
    seen.sent.iter().find(|sent| sent.what == what)?.refused()
}

fn throttled(seen: &Seen) -> Option<(Status, u32)> {
    let statuses = &seen.load.as_ref()?.statuses;
    let mut found = statuses.iter().filter(|(s, _)| s.meaning() == Meaning::Throttled);
    found.next().map(|(status, count)| (*status, *count))
}

fn echoed_alphabet(seen: &Seen) -> Option<&'static str> {
    let echo = seen.echo.as_ref().filter(|echo| echo.data_coding == 0)?;
    // The letters differ between GSM 7-bit and the others; of these Latin-1 is the one with more.
    let order =
        [(Alphabet::Gsm7, "gsm7"), (Alphabet::Latin1, "latin1"), (Alphabet::Ascii, "ascii")];
    order.into_iter().find(|(one, _)| echo.alphabets.contains(one)).map(|(_, name)| name)
}

/// The settings that follow from it.
pub fn settings(seen: &Seen, options: &operator::Options) -> Vec<Setting> {
    let mut found = Vec::new();
    let mut set = |key, value: String| found.push(Setting { key, value });
    let quoted = |word: &str| format!("\"{word}\"");
    if let Some(load) = &seen.load
        && throttled(seen).is_some()
    {
        let rate = (load.achieved().floor() as u32).clamp(1, options.pace.rate);
        set("rate", rate.to_string());
    }
    if let Some(alphabet) = echoed_alphabet(seen) {
        set("alphabet", quoted(alphabet));
    }
    if seen.accepts() && seen.mode.receives() {
        set("receipts", quoted(if seen.receipts.is_empty() { "none" } else { "all" }));
    }
    let pair = |heard: &Heard| IdBase::between(seen.sent.get(heard.of)?.id.as_deref()?, &heard.id);
    if let Some(base) = seen.receipts.iter().find_map(pair) {
        set(
            "receipt_ids",
            quoted(match base {
                IdBase::Same => "same",
                IdBase::HexThenDecimal => "hex-then-decimal",
                IdBase::DecimalThenHex => "decimal-then-hex",
            }),
        );
    }
    match seen.query {
        Some(Query::State(_)) => set("query", "true".to_owned()),
        // It doesn't know the id, but it looks.
        Some(Query::Refused(Status::RQUERYFAIL)) | None => {}
        Some(_) => set("query", "false".to_owned()),
    }
    if let Some(What::Plain { parameters, validity }) = seen.plain().map(|sent| sent.what) {
        let tried = |with| matches!(with, What::Plain { parameters: true, .. });
        let version = seen.bound.as_ref().and_then(|bound| bound.version);
        if parameters && version.is_none() {
            set("optional_parameters", quoted("always"));
        } else if !parameters && seen.sent.iter().any(|sent| tried(sent.what)) {
            set("optional_parameters", quoted("never"));
        }
        if validity == ValidityForm::None {
            let absolute = seen
                .sent
                .iter()
                .any(|sent| sent.what == What::Letters && sent.status.is_some_and(Status::is_ok));
            set("validity", quoted(if absolute { "absolute" } else { "none" }));
        }
    }
    let response = options.binds.first().map_or(Duration::ZERO, |bind| bind.response);
    if seen.slowest * 3 > response {
        set("response", quoted(&format!("{}s", (seen.slowest * 3).as_secs().max(1) + 1)));
    }
    found
}
