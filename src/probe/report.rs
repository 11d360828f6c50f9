//! What a person reads of a probe: a line for each thing that was looked at.

use std::fmt::Write as _;
use std::time::Duration;

use super::seen::{Query, Seen, Sent, What};
use super::traits::traits;
use crate::outbox::form::ValidityForm;
use crate::smpp::status::Status;

/// The report, its last line ended.
pub fn report(seen: &Seen) -> String {
    let mut text = String::new();
    let mut line = |name: &str, what: String| {
        let _ = writeln!(text, "  {name:<18} {what}");
    };
    line("connected", format!("to {} in {}", seen.address, ms(seen.connected)));
    match &seen.bound {
        None => line(bind_name(seen), "no answer".to_owned()),
        Some(bound) if !bound.status.is_ok() => {
            line(bind_name(seen), format!("refused in {}: {}", ms(bound.took), bound.status));
        }
        Some(bound) => {
            let version = match bound.version {
                Some(version) => format!("SMPP {}.{}", version >> 4, version & 0x0F),
                None => "without sc_interface_version".to_owned(),
            };
            let by = &bound.system_id;
            line(bind_name(seen), format!("accepted in {} by {by:?}, {version}", ms(bound.took)));
        }
    }
    if seen.is_bound() {
        line("enquire_link", enquiries(&seen.enquiries));
    }
    for sent in &seen.sent {
        line(name_of(sent.what), outcome(sent));
    }
    for (number, sent) in seen.sent.iter().enumerate().filter(|(_, sent)| sent.id.is_some()) {
        for heard in seen.receipts.iter().filter(|heard| heard.of == number) {
            let by = match (heard.by_parameters, heard.by_text) {
                (true, true) => "parameters and text",
                (true, false) => "parameters",
                _ => "text",
            };
            let state = heard.state.map_or("no state".to_owned(), |state| format!("{state:?}"));
            let echoed = if heard.reference { ", with our reference" } else { "" };
            let id = String::from_utf8_lossy(&heard.id);
            let of = sent.id.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            line("receipt", format!("of {of}: {state}, by {by}, id {id}{echoed}"));
        }
    }
    if let Some(echo) = &seen.echo {
        let alphabets = format!("{:?}", echo.alphabets).to_lowercase();
        line("sent back", format!("in data_coding {}, read as {alphabets}", echo.data_coding));
    } else if seen.accepts() && seen.mode.receives() {
        let what = "nothing: a phone that sends each text back shows what data_coding 0 means";
        line("sent back", what.to_owned());
    }
    if let Some(query) = seen.query {
        line(
            "query_sm",
            match query {
                Query::State(state) => format!("{state:?}"),
                Query::Refused(status) => format!("refused: {status}"),
                Query::Nacked(status) => format!("generic_nack: {status}"),
                Query::Silence => "no answer".to_owned(),
            },
        );
    }
    if let Some(load) = &seen.load {
        let statuses: Vec<String> = load
            .statuses
            .iter()
            .map(|(status, count)| match *status {
                Status::ROK => format!("{count} accepted ({:.1} a second)", load.achieved()),
                status => format!("{count} {status}"),
            })
            .collect();
        let name = format!("at {} a second", load.rate);
        line(&name, format!("{} texts: {}", load.sent, statuses.join(", ")));
    }
    if seen.strangers > 0 {
        let what = "texts or receipts of others came and were left to the daemon (0x64)";
        line("meanwhile", format!("{} {what}", seen.strangers));
    }
    if let Some(why) = &seen.ended {
        line("ended", why.clone());
    }
    let found = traits(seen);
    if !found.is_empty() {
        text += "\nWhat it is like:\n";
        for one in found {
            let _ = writeln!(text, "  {:<18} {}", one.name, one.what);
        }
    }
    text
}

fn bind_name(seen: &Seen) -> &'static str {
    match (seen.mode.sends(), seen.mode.receives()) {
        (true, true) => "bind_transceiver",
        (false, _) => "bind_receiver",
        (true, false) => "bind_transmitter",
    }
}

fn name_of(what: What) -> &'static str {
    match what {
        What::Plain { .. } => "submit_sm",
        What::Nobody => ".. to no number",
        What::Letters => ".. in UCS-2",
        What::Half => ".. half a letter",
    }
}

fn outcome(sent: &Sent) -> String {
    let with = match sent.what {
        What::Plain { parameters: true, .. } => ", with a parameter",
        What::Plain { validity: ValidityForm::None, .. } => ", without a validity",
        _ => "",
    };
    let id = sent.id.as_deref().map(String::from_utf8_lossy);
    match (sent.status, id) {
        (None, _) => "no answer".to_owned(),
        (Some(status), _) if !status.is_ok() => format!("refused{with}: {status}"),
        (Some(_), None) => format!("accepted{with}, in {}, without an id", ms(sent.took)),
        (Some(_), Some(id)) => format!("accepted{with}, in {}, id {id}", ms(sent.took)),
    }
}

fn enquiries(spans: &[Duration]) -> String {
    if spans.is_empty() {
        return "no answer".to_owned();
    }
    let spans: Vec<String> = spans.iter().map(|span| ms(*span)).collect();
    format!("answered in {}", spans.join(", "))
}

fn ms(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1e3)
}
