//! The engine's responses as lines of the local socket: one JSON object each, whose only field says
//! what it is.

use serde_json::json;

use crate::bank::AccountNumber;
use crate::base::money::Minor;
use crate::base::msisdn::ShortCode;
use crate::engine::door::{
    MessageShown, OpenPurchase, Over, Page, Response, RunShown, Settling, Verdict, What,
};
use crate::enrol::{Deed, Outcome, Unread};
use crate::fee::Reversing;
use crate::message::Body;

/// A form that can't be read: nothing of it is done.
pub(super) fn unread(faults: &[Unread]) -> serde_json::Value {
    let refused: Vec<_> = faults
        .iter()
        .map(|fault| json!({ "field": fault.field, "detail": fault.what, "remedy": fault.remedy }))
        .collect();
    json!({ "enrolled": { "done": [], "refused": refused } })
}

/// What became of a form. A new access code is told here, and nowhere else.
fn enrolled(outcome: &Outcome) -> serde_json::Value {
    let shown = |deed: &Deed| json!([deed.field.to_string(), deed.did.name()]);
    let done: Vec<_> = outcome.deeds.iter().map(shown).collect();
    let refused = outcome.refusals.iter().cloned().map(Unread::from);
    let mut answer = unread(&refused.collect::<Vec<_>>());
    answer["enrolled"]["done"] = done.into();
    if let Some(code) = &outcome.code {
        answer["enrolled"]["code"] = code.reveal().as_str().into();
    }
    answer
}

pub(super) fn refused(field: &str, what: &str) -> serde_json::Value {
    json!({ "refused": { "field": field, "detail": what } })
}

fn full() -> serde_json::Value {
    json!({ "full": { "retry_after": 1 } })
}

pub(super) fn shown(response: &Response) -> serde_json::Value {
    match response {
        Response::Event(verdict) => match verdict {
            Verdict::Taken { alerts, stale } => {
                json!({ "taken": { "alerts": alerts, "stale": stale } })
            }
            Verdict::Known => json!({ "known": {} }),
            Verdict::TooOld => refused("time", "is more than 45 days ago"),
            Verdict::Ahead => refused("time", "lies ahead of the daemon's clock"),
            Verdict::Full => full(),
        },
        Response::Enrol(outcome) => outcome.as_ref().map_or_else(full, |outcome| enrolled(outcome)),
        Response::Purchases(open) => {
            let open: Vec<serde_json::Value> = open.iter().map(shown_purchase).collect();
            json!({ "purchases": { "open": open } })
        }
        Response::Settled(settling) => match settling {
            Settling::Taken => json!({ "settled": { "again": false } }),
            Settling::Known => json!({ "settled": { "again": true } }),
            Settling::Nothing => refused("reference", "names no order of this bank"),
            Settling::NotUnknown(state) => {
                let what = format!("isn't unknown: that order is {}", state.name());
                refused("reference", &what)
            }
            Settling::Otherwise => refused("reference", "was settled otherwise before"),
            Settling::OnePerson => refused("and", "must name a second person"),
        },
        Response::Runs(runs) => json!({ "runs": runs.iter().map(running).collect::<Vec<_>>() }),
        Response::Switches(off) => {
            let off = off.iter().map(
                |off| json!({ "service": off.service, "command": off.command, "text": off.text }),
            );
            json!({ "switches": off.collect::<Vec<_>>() })
        }
        Response::Reloaded => json!({ "reloaded": {} }),
        Response::Bill(page) => bill(page),
        Response::Reversed(reversing) => match reversing {
            Reversing::Taken => json!({ "reversed": { "again": false } }),
            Reversing::Known => json!({ "reversed": { "again": true } }),
            Reversing::Otherwise => refused("amount", "isn't the one that was reversed before"),
            Reversing::Nothing => refused("line", "is none of this bill"),
            Reversing::Amount => refused("amount", "is more than was charged, or nothing"),
            Reversing::OnePerson => refused("and", "must name a second person"),
        },
        Response::Messages(said) => {
            let messages: Vec<_> = said.messages.iter().map(message).collect();
            json!({ "messages": { "messages": messages, "next": said.next.map(|next| next.0) } })
        }
        Response::Usage(over) => json!({ "usage": over.iter().map(usage).collect::<Vec<_>>() }),
        Response::No(field, what) => refused(field, what),
    }
}

/// Numbers and names masked: what a clerk looks up is the reference.
fn shown_purchase(open: &OpenPurchase) -> serde_json::Value {
    let sale = open.sale.as_ref();
    json!({
        "reference": open.reference.0,
        "state": open.state.name(),
        "amount": open.amount.decimal(),
        "currency": sale.map(|sale| sale.currency.as_str()),
        "ordered": open.received.to_string(),
        "what": sale.map(|sale| sale.what.as_str()),
        "for": sale.map(|sale| sale.target.to_string()),
    })
}

/// A page of a bill. Whoever asks is to charge the accounts: their numbers stand here whole.
fn bill(page: &Page) -> serde_json::Value {
    let lines: Vec<_> = page
        .lines
        .iter()
        .map(|line| {
            let charge = &line.charge;
            json!({
                "customer": line.customer.0,
                "item": charge.item,
                "account": charge.account.as_ref().map(AccountNumber::reveal),
                "card": charge.card,
                "messages": charge.messages,
                "amount": charge.amount.decimal(),
                "currency": charge.currency.as_str(),
                "reversed": line.reversed.map(Minor::decimal),
            })
        })
        .collect();
    let next = page.next.map(|mark| (mark.customer, mark.item));
    json!({ "bill": { "charged": page.charged, "lines": lines, "next": next } })
}

fn running(run: &RunShown) -> serde_json::Value {
    let state = match (run.left.is_empty(), run.paused) {
        (true, _) => "ending",
        (false, true) => "paused",
        (false, false) => "running",
    };
    json!({
        "number": run.number, "service": run.service, "kind": run.kind, "state": state,
        "told": run.told, "until": run.worthless.to_string(), "left": run.left,
    })
}

fn usage(over: &Over) -> serde_json::Value {
    let (what, code, kind, price) = match &over.what {
        What::Inbound { code, kind, price } => ("inbound", Some(code), Some(kind), *price),
        What::Parts => ("parts", None, None, None),
        What::Unknown => ("unknown", None, None, None),
    };
    let price = price.map(Minor::decimal);
    json!({
        "bank": over.bank, "what": what, "code": code, "kind": kind, "price": price,
        "count": over.count,
    })
}

/// A message as the customer has it: whoever asks has his complaint before him.
fn message(shown: &MessageShown) -> serde_json::Value {
    let body = shown.body.as_ref();
    let of = |text: fn(&Body) -> &String| body.map(|body| text(body).as_str());
    json!({
        "id": shown.id.0,
        "operator": shown.operator,
        "code": body.and_then(Body::code).map(|code: ShortCode| code.to_string()),
        "service": of(|body| &body.service),
        "said": of(|body| &body.said),
        "command": of(|body| &body.command),
        "text": of(|body| &body.text),
        "reply": of(|body| &body.reply),
        "state": shown.state,
        "received": shown.received,
        "ended": shown.ended,
        "heard": shown.heard,
        "attempts": shown.attempts,
        "parts": shown.parts,
        "status": shown.status,
        "network_error": shown.network_error,
    })
}
