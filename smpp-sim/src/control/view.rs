//! How things are told in JSON.

use std::time::Duration;

use rusmpp::Pdu;
use serde_json::{Map, Value, json};

use crate::alphabet;
use crate::date::rfc3339;
use crate::event::{Event, Mode, SmsOut};
use crate::log::Logged;
use crate::operators::Operator;
use crate::profile::Profile;
use crate::shell::Sim;
use crate::wire;

/// An SMSC in a list.
pub(super) fn smsc(operator: &Operator, sim: &Sim) -> Value {
    let stats = sim.stats();
    let faults = sim.fault_counts();
    let struck = crate::faults::Fault::ALL
        .into_iter()
        .map(|fault| (fault.name().to_owned(), faults.of(fault).into()));
    json!({
        "name": operator.name,
        "listen": sim.addr().to_string(),
        "binds": sim.bound(),
        "paused": sim.with(|smsc, _| smsc.paused()),
        "undelivered": sim.undelivered(),
        "stats": {
            "pdus_in": stats.pdus_in,
            "pdus_out": stats.pdus_out,
            "submitted": stats.submitted,
            "refused": stats.refused,
            "throttled": stats.throttled,
            "delivers": stats.delivers,
            "redelivers": stats.redelivers,
            "delivered": stats.delivered,
            "receipts": stats.receipts,
            "malformed": stats.malformed,
            "peak_rate": stats.peak_rate,
            "peak_window": stats.peak_window,
        },
        "faults_struck": struck.collect::<Map<_, _>>(),
    })
}

/// The binds of an SMSC.
pub(super) fn binds(sim: &Sim) -> Vec<Value> {
    sim.with(|smsc, _| {
        let each = smsc.binds();
        each.map(|(conn, mode, system_id)| {
            json!({ "conn": conn.0, "mode": name(mode), "system_id": system_id })
        })
        .collect()
    })
}

fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Transmitter => "transmitter",
        Mode::Receiver => "receiver",
        Mode::Transceiver => "transceiver",
    }
}

/// An event, with when and where.
pub(super) fn event(operator: &Operator, profile: &Profile, logged: &Logged) -> Value {
    let mut told = what(&logged.event, profile);
    told["number"] = logged.number.into();
    told["at"] = rfc3339(profile.epoch, logged.at).into();
    told["smsc"] = operator.name.clone().into();
    told
}

fn what(event: &Event, profile: &Profile) -> Value {
    match event {
        Event::Bound { conn, mode, system_id } => json!({
            "kind": "bound", "conn": conn.0, "mode": name(*mode), "system_id": system_id,
        }),
        Event::BindRefused { conn, system_id, status } => json!({
            "kind": "bind-refused", "conn": conn.0, "system_id": system_id, "status": status,
        }),
        Event::Unbound { conn, system_id, gracefully } => json!({
            "kind": "unbound", "conn": conn.0, "system_id": system_id, "gracefully": gracefully,
        }),
        Event::Submitted { conn, message_id, from, to, text, data_coding, part, of, reference } => {
            json!({
                "kind": "submitted", "conn": conn.0, "message_id": message_id, "code": from,
                "phone": format!("+{to}"), "text": text, "data_coding": data_coding, "part": part,
                "of": of, "reference": reference,
            })
        }
        Event::SubmitRefused { conn, to, status } => json!({
            "kind": "submit-refused", "conn": conn.0, "phone": format!("+{to}"), "status": status,
        }),
        Event::Message(message) => self::message(message),
        Event::DeliverSent { id, part, attempt, conn, frame } => {
            let mut told = delivered(&frame.0, profile);
            told["kind"] = "deliver".into();
            told["deliver"] = id.0.into();
            told["part"] = (*part).into();
            told["attempt"] = (*attempt).into();
            told["conn"] = conn.0.into();
            told
        }
        Event::DeliverAnswered { id, part, status, took } => json!({
            "kind": "deliver-answered", "deliver": id.0, "part": part, "status": status,
            "took_ms": millis(*took),
        }),
        Event::DeliverGivenUp { id, part } => {
            json!({ "kind": "deliver-given-up", "deliver": id.0, "part": part })
        }
        Event::Malformed { conn, why } => {
            json!({ "kind": "malformed", "conn": conn.0, "why": why })
        }
    }
}

/// A whole text that a phone got.
fn message(message: &SmsOut) -> Value {
    json!({
        "kind": "message",
        "conn": message.conn.0,
        "code": message.from_code,
        "phone": message.to,
        "text": message.text,
        "parts": message.parts,
        "data_coding": message.data_coding,
        "alphabet": alphabet::name(message.data_coding),
        "message_ids": message.message_ids,
        "after_deliver_ms": message.after_deliver.map(millis),
    })
}

/// The fields of a deliver_sm.
fn delivered(frame: &[u8], profile: &Profile) -> Value {
    let command = wire::decode(frame.into());
    let Some(Pdu::DeliverSm(deliver)) = command.as_ref().and_then(|c| c.pdu()) else {
        return json!({});
    };
    let esm_class = u8::from(deliver.esm_class);
    let data_coding = u8::from(deliver.data_coding);
    let octets = &deliver.short_message()[..];
    let header = match octets.first() {
        Some(length) if esm_class & 0x40 != 0 => 1 + usize::from(*length),
        _ => 0,
    };
    let text = octets.get(header..).unwrap_or_default();
    let tlvs = deliver
        .tlvs()
        .iter()
        .map(|tlv| json!({ "tag": u16::from(tlv.tag()), "length": tlv.value_length() }));
    json!({
        "phone": phone(profile, deliver.source_addr.as_str()),
        "code": deliver.destination_addr.as_str(),
        "text": alphabet::decode(text, data_coding, profile.default_alphabet),
        "data_coding": data_coding,
        "esm_class": esm_class,
        "receipt": esm_class & 0x3C != 0,
        "tlvs": tlvs.collect::<Vec<_>>(),
        "pdu": frame.iter().map(|octet| format!("{octet:02x}")).collect::<String>(),
    })
}

/// A number as `+` and digits; a name as it is.
pub(super) fn phone(profile: &Profile, written: &str) -> String {
    if written.chars().any(|c| c.is_ascii_alphabetic()) {
        return written.into();
    }
    format!("+{}", profile.canonical(written))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
