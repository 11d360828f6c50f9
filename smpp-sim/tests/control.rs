//! The HTTP control over real sockets: what one would do with curl.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

mod esme;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use rusmpp::{Command, CommandId, Pdu};
use serde_json::{Value, json};
use smpp_sim::control::Control;
use smpp_sim::operators::Operator;
use smpp_sim::{Profile, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PHONE: &str = "+381641112222";

/// Two operators and their control.
struct Rig {
    sims: Vec<Sim>,
    control: SocketAddr,
}

impl Rig {
    async fn start() -> Self {
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let (mut operators, mut sims) = (Vec::new(), Vec::new());
        for (name, prefix) in [("mts", "38164"), ("vip", "38160")] {
            let sim = Sim::listen(free, Profile::named(name)).await.unwrap();
            let prefixes = vec![prefix.to_owned()];
            operators.push(Operator { name: name.into(), addr: sim.addr(), prefixes });
            sims.push(sim);
        }
        let control = Control::new(operators, sims.clone());
        let (addr, serving) = control.listen(free).await.unwrap();
        tokio::spawn(serving);
        Self { sims, control: addr }
    }

    /// An ESME that has bound to the first one.
    async fn bound(&self) -> Esme {
        let mut esme = Esme::connect(self.sims[0].addr()).await;
        esme.write(&esme::bind(1, "bank", "secret")).await;
        assert_eq!(esme.read().await.id(), CommandId::BindTransceiverResp);
        esme
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|b| b.to_string()).unwrap_or_default();
        self.ask_with(method, path, &body).await
    }

    async fn ask_with(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.control).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head[9..12].parse().unwrap();
        let is_problem = head.contains("application/problem+json");
        assert_eq!(is_problem, status >= 400, "{head}");
        (status, serde_json::from_str(body).unwrap_or_else(|_| body.into()))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask("GET", path, None).await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }
}

/// A client out of rusmpp's types.
struct Esme {
    stream: TcpStream,
    buffer: BytesMut,
    seen: Vec<Command>,
}

impl Esme {
    async fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.unwrap();
        Self { stream, buffer: BytesMut::new(), seen: Vec::new() }
    }

    async fn write(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).await.unwrap();
    }

    async fn read(&mut self) -> Command {
        while self.seen.is_empty() {
            assert!(self.stream.read_buf(&mut self.buffer).await.is_ok_and(|n| n > 0), "closed");
            self.seen.extend(esme::commands(&mut self.buffer));
        }
        self.seen.remove(0)
    }
}

#[tokio::test]
async fn a_phone_asks_over_http_and_waits_for_its_answer() {
    let rig = Rig::start().await;
    let mut esme = rig.bound().await;
    let text = json!({ "from": PHONE, "to": "5622", "text": "СТАЊЕ" });
    let (status, sent) = rig.ask("POST", "/v1/messages", Some(text)).await;
    assert_eq!((status, &sent["smsc"], &sent["binds"]), (201, &json!("mts"), &json!(1)));

    let deliver = esme.read().await;
    assert_eq!(deliver.id(), CommandId::DeliverSm);
    let after = &sent["after"];
    let path = format!("/v1/phones/{PHONE}/messages?wait=30s&after={after}");
    let waiting = rig.get(&path);
    let answering = async {
        let resp = esme::deliver_resp(deliver.sequence_number(), 0);
        let reply = esme::submit(2, "5622", "381641112222", b"84.350,75", false);
        esme.write(&[resp, reply].concat()).await;
    };
    let (got, ()) = tokio::join!(waiting, answering);
    let message = &got["messages"][0];
    assert_eq!((&message["text"], &message["code"]), (&json!("84.350,75"), &json!("5622")));
    assert_eq!((&message["phone"], &message["parts"]), (&json!(PHONE), &json!(1)));

    // Nothing newer; the national number is the same phone; filters leave out.
    let number = got["after"].as_u64().unwrap();
    let newer = rig.get(&format!("/v1/phones/{PHONE}/messages?after={number}")).await;
    assert_eq!(newer["messages"], json!([]));
    assert!(newer["after"].as_u64().unwrap() >= number);
    let count = async |query: &str| {
        let got = rig.get(&format!("/v1/phones/0641112222/messages?{query}")).await;
        got["messages"].as_array().unwrap().len()
    };
    assert_eq!(count("contains=84.350&code=5622&smsc=mts").await, 1);
    assert_eq!(count("contains=nothing").await, 0);
    assert_eq!(count("smsc=vip").await, 0);

    let binds = rig.get("/v1/smscs/mts/binds").await;
    let conn = &binds["binds"][0]["conn"];
    assert_eq!(binds["binds"][0]["system_id"], "bank");
    let received = rig.get(&format!("/v1/smscs/mts/binds/{conn}/received")).await;
    let received = received["received"].as_array().unwrap();
    assert_eq!((received.len(), &received[0]["text"]), (1, &json!("СТАЊЕ")));
    assert_eq!(received[0]["data_coding"], 8);
    let events = rig.get("/v1/events?smsc=mts").await;
    let kinds: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["bound", "deliver", "deliver-answered", "submitted", "message"]);
}

#[tokio::test]
async fn personalities_faults_and_settings_are_changed_while_it_runs() {
    let rig = Rig::start().await;
    let mut esme = rig.bound().await;
    let patch = json!({ "personality": ["hex-ids", "receipts-first"], "faults": "swap=5" });
    let (status, profile) = rig.ask("PATCH", "/v1/smscs/mts/profile", Some(patch)).await;
    assert_eq!((status, &profile["ids"]), (200, &json!("hex")));
    assert_eq!(profile["faults"], "swap=5");
    esme.write(&esme::submit(2, "5622", "381641112222", b"x", true)).await;
    assert_eq!(esme.read().await.id(), CommandId::DeliverSm);
    let resp = esme.read().await;
    let Some(Pdu::SubmitSmResp(resp)) = resp.pdu() else { panic!("{resp:?}") };
    assert_eq!(resp.message_id().as_str(), "3e8");
    let (_, profile) = rig.ask("DELETE", "/v1/smscs/mts/profile", None).await;
    assert_eq!((&profile["ids"], &profile["faults"]), (&json!("decimal"), &json!("none")));
    assert_eq!(rig.get("/v1/smscs/vip/profile").await["ids"], "decimal");
    assert_eq!(rig.get("/v1/smscs").await["smscs"][0]["stats"]["submitted"], 1);
}

#[tokio::test]
async fn ends_pauses_refusals_and_broken_links_by_order() {
    let rig = Rig::start().await;
    let mut esme = rig.bound().await;
    let put = async |path: &str, body: Value| rig.ask("PUT", path, Some(body)).await;

    let by_hand = json!({ "receipts": { "by_hand": true } });
    rig.ask("PATCH", "/v1/smscs/mts/profile", Some(by_hand)).await;
    esme.write(&esme::submit(2, "5622", "381641112222", b"x", true)).await;
    assert_eq!(esme.read().await.id(), CommandId::SubmitSmResp);
    let path = "/v1/smscs/mts/submitted/1000";
    assert_eq!(rig.get(path).await["state"], "enroute");
    assert_eq!(put(path, json!({ "state": "expired" })).await.0, 200);
    let receipt = esme.read().await;
    let Some(Pdu::DeliverSm(receipt)) = receipt.pdu() else { panic!("{receipt:?}") };
    assert!(String::from_utf8_lossy(receipt.short_message()).contains("stat:EXPIRED"));
    assert_eq!(rig.get(path).await["state"], "expired");

    let refusals = json!({ "what": "submits", "status": 0x58, "times": 1 });
    rig.ask("POST", "/v1/smscs/mts/refusals", Some(refusals)).await;
    esme.write(&esme::submit(3, "5622", "381641112222", b"x", false)).await;
    assert_eq!(u32::from(esme.read().await.status()), 0x58);

    let paused = put("/v1/smscs/mts/paused", json!({ "paused": "submits" })).await;
    assert_eq!(paused, (200, json!({ "paused": "submits", "released": 0 })));
    let link = esme::octets(0, 5, Pdu::EnquireLink);
    esme.write(&[esme::submit(4, "5622", "381641112222", b"x", false), link].concat()).await;
    assert_eq!(esme.read().await.sequence_number(), 5);
    let released = put("/v1/smscs/mts/paused", json!({ "paused": "nothing" })).await;
    assert_eq!(released.1["released"], 1);
    assert_eq!(esme.read().await.sequence_number(), 4);

    let conn = rig.get("/v1/smscs/mts/binds").await["binds"][0]["conn"].clone();
    let octets = json!({ "hex": "000000100000001500000000000000ff" });
    rig.ask("POST", &format!("/v1/smscs/mts/binds/{conn}/octets"), Some(octets)).await;
    assert_eq!(esme.read().await.sequence_number(), 0xFF);
    let path = format!("/v1/smscs/mts/binds/{conn}?how=unbind");
    assert_eq!(rig.ask("DELETE", &path, None).await, (200, json!({ "ended": 1 })));
    assert_eq!(esme.read().await.id(), CommandId::Unbind);
    let (_, ended) = rig.ask("DELETE", "/v1/smscs/mts/binds", None).await;
    assert_eq!(ended["ended"], 1);
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(10), esme.stream.read_to_end(&mut rest));
    let _ = closed.await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_field() {
    let rig = Rig::start().await;
    let post = async |path: &str, body: &str| rig.ask_with("POST", path, body).await;
    let patch = async |body: &str| rig.ask_with("PATCH", "/v1/smscs/mts/profile", body).await;
    let text = |field: &str, value: Value| {
        let mut body = json!({ "from": PHONE, "to": "5622", "text": "TR 2" });
        body[field] = value;
        body.to_string()
    };
    for ((status, problem), expected, field, detail) in [
        (post("/v1/messages", "{").await, 400, None, "no JSON"),
        (post("/v1/messages", "{}").await, 422, Some(""), "missing field `from`"),
        (post("/v1/messages", &text("to", json!(7))).await, 422, Some("to"), "expected a string"),
        (post("/v1/messages", &text("to", json!(""))).await, 422, Some("to"), "short code"),
        (post("/v1/messages", &text("from", json!("+4912"))).await, 422, Some("smsc"), "nobody's"),
        (post("/v1/messages", &text("smsc", json!("o2"))).await, 422, Some("smsc"), "mts, vip"),
        (
            post("/v1/delivers", r#"{"deliver":{"short_message":"0"}}"#).await,
            422,
            Some("deliver.short_message"),
            "in hex",
        ),
        (
            post("/v1/messages", &text("text", json!("x".repeat(10_001)))).await,
            422,
            Some("text"),
            "10000 characters",
        ),
        (
            post("/v1/delivers", r#"{"deliver":{"source_addr":"012345678901234567890"}}"#).await,
            422,
            Some("deliver.source_addr"),
            "20 ASCII",
        ),
        (patch(r#"{"rate":"many"}"#).await, 422, Some("rate"), "neither a value"),
        (patch(r#"{"receipts":{"delay":"x"}}"#).await, 422, Some("receipts.delay"), "50ms"),
        (patch(r#"{"personality":"hexids"}"#).await, 422, Some("personality"), "hex-ids"),
        (patch(r#"{"personality":7}"#).await, 422, Some("personality"), "neither a name"),
        (patch(r#"{"name":"x"}"#).await, 422, Some("name"), "keeps"),
        (rig.ask("GET", "/v1/events?wait=1h", None).await, 422, Some("wait"), "60s"),
        (rig.ask("GET", "/v1/events?after=x", None).await, 422, Some("after"), "invalid digit"),
        (rig.ask("GET", "/v1/events?limit=0", None).await, 422, Some("limit"), "1 to 1000"),
        (rig.ask("GET", "/v1/smscs/o2", None).await, 404, None, "mts, vip"),
        (rig.ask("DELETE", "/v1/smscs/mts/binds/9", None).await, 404, None, "no connection 9"),
        (rig.ask("GET", "/v1/smscs/mts/submitted/9", None).await, 404, None, "no message 9"),
        (rig.ask("GET", "/v2", None).await, 404, None, "GET / lists"),
        (rig.ask("GET", "/v1/smscs/mts/binds/x/received", None).await, 404, None, "`x`"),
        (rig.ask("PUT", "/v1/messages", None).await, 405, None, "GET / lists"),
    ] {
        assert_eq!(status, expected, "{problem}");
        assert_eq!(problem["status"], expected, "{problem}");
        assert_eq!(problem.get("field").and_then(Value::as_str), field, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{detail}: {problem}");
    }
    assert!(rig.get("/").await.as_str().unwrap().contains("POST   /v1/messages"));
    let control = Control::new(Vec::new(), Vec::new());
    let outside = control.listen("0.0.0.0:0".parse().unwrap()).await.map(|_| ()).unwrap_err();
    assert!(outside.to_string().contains("no password"), "{outside}");
}
