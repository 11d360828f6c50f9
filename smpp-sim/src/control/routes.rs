//! What there is to ask for, and what it does.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::problem::Problem;
use super::request::{
    At, Body, Break, End, Filter, Hold, How, Octets, Params, PutOn, Raw, Refuse, Refused, Text,
};
use super::{Control, events_of, view};
use crate::event::{ConnId, Event};
use crate::log;
use crate::shell::Sim;

/// Characters of an address, of a phone's text; octets of TLVs.
const ADDRESS_MAX: usize = 20;
const TEXT_MAX: usize = 10_000;
const TLVS_MAX: usize = 60_000;

/// Events in one answer.
const LIMIT: usize = 1_000;

/// The answer to GET /, and to whoever is lost.
const HELP: &str = "\
GET    /v1/smscs                                 the SMSCs and their counters
GET    /v1/smscs/{smsc}                          one of them
GET    /v1/smscs/{smsc}/profile                  its settings
PATCH  /v1/smscs/{smsc}/profile                  {\"personality\": [\"hex-ids\"], \"faults\": \"mild\"}
DELETE /v1/smscs/{smsc}/profile                  back to those of the start
GET    /v1/smscs/{smsc}/binds                    the binds
DELETE /v1/smscs/{smsc}/binds[/{conn}]?how=cut   ends all or one; how=unbind: politely
GET    /v1/smscs/{smsc}/binds/{conn}/received    the deliver_sm that went to it
POST   /v1/smscs/{smsc}/binds/{conn}/octets      {\"hex\": \"00\"}: octets as they are
PUT    /v1/smscs/{smsc}/paused                   {\"paused\": \"submits\"}: responses; nothing, everything
POST   /v1/smscs/{smsc}/refusals                 {\"what\": \"submits\", \"status\": 20, \"times\": 3}
GET    /v1/smscs/{smsc}/submitted/{message_id}   the state of a message
PUT    /v1/smscs/{smsc}/submitted/{message_id}   {\"state\": \"undeliverable\"}: and its receipt
POST   /v1/messages                              {\"from\": \"+381641112222\", \"to\": \"5622\", \"text\": \"TR 2\"}
POST   /v1/delivers                              {\"smsc\": \"mts\", \"deliver\": {...}}: field by field
GET    /v1/phones/{number}/messages              the texts that a phone got
GET    /v1/events                                all that happened
Lists take after, limit, wait=5s, kind, smsc, conn, phone, code and contains.
";

type Answer = Result<Json<Value>, Problem>;

/// All routes.
pub(super) fn all(control: Control) -> Router {
    let smsc = Router::new()
        .route("/", get(one))
        .route("/profile", get(profile).patch(change).delete(restore))
        .route("/binds", get(binds).delete(break_all))
        .route("/binds/{conn}", delete(break_one))
        .route("/binds/{conn}/received", get(received))
        .route("/binds/{conn}/octets", post(octets))
        .route("/paused", put(pause))
        .route("/refusals", post(refuse))
        .route("/submitted/{message_id}", get(state).put(conclude));
    Router::new()
        .route("/", get(|| async { HELP }))
        .route("/v1/smscs", get(list))
        .nest("/v1/smscs/{smsc}", smsc)
        .route("/v1/messages", post(send))
        .route("/v1/delivers", post(deliver))
        .route("/v1/phones/{number}/messages", get(messages))
        .route("/v1/events", get(events))
        .fallback(|| async { Problem::not_found("no such path; GET / lists them") })
        .method_not_allowed_fallback(|| async {
            Problem::not_allowed("not with this method; GET / lists what there is")
        })
        .with_state(control)
}

async fn list(State(control): State<Control>) -> Json<Value> {
    let each = control.0.operators.iter().zip(&control.0.sims);
    Json(json!({ "smscs": each.map(|(o, sim)| view::smsc(o, sim)).collect::<Vec<_>>() }))
}

async fn one(State(control): State<Control>, At(name): At<String>) -> Answer {
    let (at, sim) = control.find(&name)?;
    Ok(Json(view::smsc(&control.0.operators[at], sim)))
}

async fn profile(State(control): State<Control>, At(name): At<String>) -> Answer {
    settings(control.find(&name)?.1)
}

fn settings(sim: &Sim) -> Answer {
    serde_json::to_value(sim.profile()).map(Json).map_err(|e| Problem::not_found(e.to_string()))
}

async fn change(
    State(control): State<Control>,
    At(name): At<String>,
    Body(mut patch): Body<Value>,
) -> Answer {
    let (_, sim) = control.find(&name)?;
    let Some(fields) = patch.as_object_mut() else {
        return Err(Problem::invalid("", "the body is no object of settings"));
    };
    let put_on = json!({ "personality": fields.remove("personality") });
    let put_on: PutOn = serde_json::from_value(put_on)
        .map_err(|e| Problem::invalid("personality", e.to_string()))?;
    if fields.contains_key("name") {
        return Err(Problem::invalid("name", "an SMSC keeps its name"));
    }
    let mut changed = sim.profile();
    for name in put_on.personality.into_iter().flat_map(|names| names.list()) {
        changed = changed.with_personality(&name)?;
    }
    sim.set_profile(changed.patched(&patch)?);
    settings(sim)
}

async fn restore(State(control): State<Control>, At(name): At<String>) -> Answer {
    let (at, sim) = control.find(&name)?;
    sim.set_profile(control.0.originals[at].clone());
    settings(sim)
}

async fn binds(State(control): State<Control>, At(name): At<String>) -> Answer {
    Ok(Json(json!({ "binds": view::binds(control.find(&name)?.1) })))
}

async fn break_all(
    State(control): State<Control>,
    At(name): At<String>,
    Params(query): Params<Break>,
) -> Answer {
    let (_, sim) = control.find(&name)?;
    let conns = sim.with(|smsc, _| smsc.connections().collect::<Vec<_>>());
    conns.iter().for_each(|conn| break_link(sim, *conn, query.how));
    Ok(Json(json!({ "ended": conns.len() })))
}

async fn break_one(
    State(control): State<Control>,
    At((name, conn)): At<(String, u64)>,
    Params(query): Params<Break>,
) -> Answer {
    let (sim, conn) = connection(&control, &name, conn)?;
    break_link(sim, conn, query.how);
    Ok(Json(json!({ "ended": 1 })))
}

fn break_link(sim: &Sim, conn: ConnId, how: How) {
    sim.with(|smsc, now| match how {
        How::Cut => smsc.drop_connection(conn),
        How::Unbind => smsc.unbind(conn, now),
    });
}

/// A connection that is there.
fn connection<'a>(
    control: &'a Control,
    name: &str,
    conn: u64,
) -> Result<(&'a Sim, ConnId), Problem> {
    let (_, sim) = control.find(name)?;
    let is_there = sim.with(|smsc, _| smsc.connections().any(|c| c == ConnId(conn)));
    if !is_there {
        return Err(Problem::not_found(format!("{name} has no connection {conn}")));
    }
    Ok((sim, ConnId(conn)))
}

async fn octets(
    State(control): State<Control>,
    At((name, conn)): At<(String, u64)>,
    Body(body): Body<Octets>,
) -> Answer {
    let (sim, conn) = connection(&control, &name, conn)?;
    sim.with(|smsc, now| smsc.inject(conn, &body.hex, now));
    Ok(Json(json!({ "written": body.hex.len() })))
}

async fn pause(
    State(control): State<Control>,
    At(name): At<String>,
    Body(body): Body<Hold>,
) -> Answer {
    let (_, sim) = control.find(&name)?;
    let released = sim.with(|smsc, _| smsc.pause(body.paused));
    Ok(Json(json!({ "paused": body.paused, "released": released })))
}

async fn refuse(
    State(control): State<Control>,
    At(name): At<String>,
    Body(body): Body<Refuse>,
) -> Answer {
    let (_, sim) = control.find(&name)?;
    if body.times > LIMIT {
        return Err(Problem::invalid("times", format!("{LIMIT} at most")));
    }
    sim.with(|smsc, _| match body.what {
        Refused::Binds => smsc.refuse_binds(body.status, body.times),
        Refused::Submits => smsc.refuse_submits(body.status, body.times),
    });
    Ok(Json(json!({ "status": body.status, "times": body.times })))
}

async fn state(State(control): State<Control>, At((name, id)): At<(String, String)>) -> Answer {
    let (_, sim) = control.find(&name)?;
    match sim.with(|smsc, now| smsc.state_of(&id, now)) {
        Some(state) => Ok(Json(json!({ "message_id": id, "state": state }))),
        None => Err(Problem::not_found(format!("{name} remembers no message {id}"))),
    }
}

async fn conclude(
    State(control): State<Control>,
    At((name, id)): At<(String, String)>,
    Body(body): Body<End>,
) -> Answer {
    let (_, sim) = control.find(&name)?;
    if sim.profile().receipts.is_none() {
        return Err(Problem::invalid("state", format!("{name} sends no receipts")));
    }
    if !sim.with(|smsc, now| smsc.conclude(&id, body.state, now)) {
        return Err(Problem::not_found(format!("{name} remembers no message {id}")));
    }
    Ok(Json(json!({ "message_id": id, "state": body.state })))
}

async fn send(
    State(control): State<Control>,
    Body(body): Body<Text>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let is_number = body.from.chars().any(|c| c.is_ascii_alphanumeric());
    if !is_number || !body.from.is_ascii() || body.from.len() > ADDRESS_MAX {
        return Err(Problem::invalid("from", "a phone's number, such as +381641112222"));
    }
    let is_code = !body.to.is_empty() && body.to.is_ascii() && body.to.len() <= ADDRESS_MAX;
    if !is_code {
        return Err(Problem::invalid("to", "a short code, such as 5622"));
    }
    if body.text.chars().count() > TEXT_MAX {
        return Err(Problem::invalid("text", format!("{TEXT_MAX} characters at most")));
    }
    let (at, sim) = control.choose(body.smsc.as_deref(), &body.from)?;
    let after = log::latest();
    let id = sim.phone_sends(&body.from, &body.to, &body.text);
    let smsc = &control.0.operators[at].name;
    let told = json!({ "deliver": id.0, "smsc": smsc, "binds": sim.bound(), "after": after });
    Ok((StatusCode::CREATED, Json(told)))
}

async fn deliver(
    State(control): State<Control>,
    Body(body): Body<Raw>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let raw = &body.deliver;
    let is_address = |text: &str| text.is_ascii() && text.len() <= ADDRESS_MAX;
    for (is_right, field, what) in [
        (is_address(&raw.source_addr), "source_addr", "20 ASCII characters at most"),
        (is_address(&raw.destination_addr), "destination_addr", "20 ASCII characters at most"),
        (raw.short_message.len() <= 255, "short_message", "255 octets at most"),
        (
            raw.tlvs.iter().map(|(_, v)| v.len()).sum::<usize>() <= TLVS_MAX,
            "tlvs",
            "60000 octets at most",
        ),
    ] {
        if !is_right {
            return Err(Problem::invalid(format!("deliver.{field}"), what));
        }
    }
    let (at, sim) = control.choose(body.smsc.as_deref(), &body.deliver.source_addr)?;
    let after = log::latest();
    let id = sim.phone_sends_raw(&body.deliver);
    let smsc = &control.0.operators[at].name;
    let told = json!({ "deliver": id.0, "smsc": smsc, "binds": sim.bound(), "after": after });
    Ok((StatusCode::CREATED, Json(told)))
}

async fn messages(
    State(control): State<Control>,
    At(number): At<String>,
    Params(mut filter): Params<Filter>,
) -> Answer {
    filter.phone = Some(number);
    filter.kind = Some("message".into());
    told(&control, &filter, "messages").await
}

async fn received(
    State(control): State<Control>,
    At((name, conn)): At<(String, u64)>,
    Params(mut filter): Params<Filter>,
) -> Answer {
    filter.smsc = Some(name);
    filter.conn = Some(conn);
    filter.kind = Some("deliver".into());
    told(&control, &filter, "received").await
}

async fn events(State(control): State<Control>, Params(filter): Params<Filter>) -> Answer {
    told(&control, &filter, "events").await
}

/// The events of a filter under a name, and how far one has read.
async fn told(control: &Control, filter: &Filter, name: &str) -> Answer {
    let first = match &filter.smsc {
        Some(smsc) => control.find(smsc)?.0,
        None => 0,
    };
    let sims = match filter.smsc {
        Some(_) => &control.0.sims[first..=first],
        None => &control.0.sims[..],
    };
    let limit = filter.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT).contains(&limit) {
        return Err(Problem::invalid("limit", format!("from 1 to {LIMIT}")));
    }
    let profiles: Vec<_> = sims.iter().map(Sim::profile).collect();
    let first_profile = profiles.first();
    let phone = filter.phone.as_ref().zip(first_profile).map(|(p, first)| view::phone(first, p));
    let show = |at: usize, logged: &log::Logged| {
        view::event(&control.0.operators[first + at], &profiles[at], logged)
    };
    let keep = |at: usize, logged: &log::Logged| {
        if filter.kind.as_deref() == Some("message") && !matches!(logged.event, Event::Message(_)) {
            return false;
        }
        let shown = show(at, logged);
        let is = |field: &str, wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| shown[field] == wanted.as_str())
        };
        let contains = |wanted: &String| {
            shown["text"].as_str().is_some_and(|text| text.contains(wanted.as_str()))
        };
        is("kind", &filter.kind)
            && is("phone", &phone)
            && is("code", &filter.code)
            && filter.conn.is_none_or(|conn| shown["conn"] == conn)
            && filter.contains.as_ref().is_none_or(contains)
    };
    let (found, after) = events_of(sims, filter.after, limit, filter.wait()?, keep).await;
    let shown: Vec<_> = found.iter().map(|(at, logged)| show(*at, logged)).collect();
    Ok(Json(json!({ name: shown, "after": after })))
}
