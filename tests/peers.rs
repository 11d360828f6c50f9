//! Peers on another stack: the real binary bound to an SMSC of node-smpp
//! (<https://www.npmjs.com/package/smpp>), which shares neither code nor author with us.
//!
//! `tests/peers/node/` is installed once by `npm ci`, at the versions of its lock file.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "common/binary.rs"]
mod binary;
#[path = "peers/ends.rs"]
mod ends;
#[path = "peers/node.rs"]
mod node;
#[path = "end_to_end/rig.rs"]
#[expect(dead_code, reason = "each test takes what it needs of it")]
mod rig;
#[path = "common/tool.rs"]
mod tool;

use serde_json::{Value, json};
use tellerd::message::State;

use binary::Folder;
use node::Node;

const PHONE: &str = "381631112222";

/// What is answered to `TR 2`, and in its middle what an unlucky septet would break.
const BALANCE: &str = "TR 2 **0260: stanje 1.234.567,89 RSD";

/// What `INFO` is answered: plain letters with brackets of the extension table, and others.
const PLAIN: &str = "Kes kredit bez naknade [do 30.6.] {samo} 5% @ekspoziture. ";
const WIDE: &str = "Kredit \u{4FE1}\u{7528} \u{1F600} bez naknade. ";

/// A phone's text, in parts if there are several, and what it is answered.
async fn ask(node: &mut Node, coding: u8, texts: &[&str]) -> Value {
    let order = json!({
        "order": "deliver", "from": PHONE, "to": "5622", "coding": coding, "texts": texts
    });
    node.order(&order);
    for _ in texts {
        assert_eq!(node.hears("delivered").await["status"], 0);
    }
    let told = node.hears("text").await;
    assert_eq!((&told["from"], &told["to"]), (&json!("5622"), &json!(PHONE)));
    told
}

/// Questions in all alphabets, long answers in this form, receipts, enquire_link both ways.
async fn talk(node: &mut Node, folder: &Folder, form: &str) {
    for (coding, texts) in [
        (0, &["TR 2"][..]),
        (8, &["ТР 2"]),
        (0, &["TR 2 molim vas da mi posaljete ", "i hvala lepo"]),
        (8, &["ТР 2 молим вас ", "и хвала лепо"]),
    ] {
        let told = ask(node, coding, texts).await;
        assert!(told["text"].as_str().unwrap().starts_with(BALANCE), "{texts:?}: {told}");
        assert_eq!((&told["form"], &told["coding"]), (&json!("short"), &json!(0)), "{told}");
        assert_eq!(node.hears("receipt").await["status"], 0);
    }
    for (offer, coding) in [(PLAIN.repeat(6), 0), (WIDE.repeat(6), 8)] {
        folder.publish(&offer);
        let told = ask(node, 0, &["INFO"]).await;
        assert_eq!(told["text"].as_str().unwrap().trim(), offer.trim());
        assert_eq!((&told["form"], &told["coding"]), (&json!(form), &json!(coding)), "{told}");
        let parts = told["parts"].as_u64().unwrap();
        assert_eq!(parts > 1, form != "payload", "{told}");
        for _ in 0..parts {
            assert_eq!(node.hears("receipt").await["status"], 0);
        }
    }
    node.hears("enquire_link").await;
    node.order(&json!({"order": "enquire"}));
    assert_eq!(node.hears("alive").await["status"], 0);
}

/// Every message ended at the phone: by a receipt, and by no guess.
fn assert_delivered(folder: &Folder) {
    let ends = ends::read(folder, "kombank");
    assert_eq!(ends, vec![State::Delivered; 6]);
}

fn configured(node: &Node, form: &str) -> Folder {
    let folder = rig::folder(&[("vip", node.address)]);
    // Nobody is told anything unasked, as subscribers are by day of an offer.
    for alert in ["offer = \"on\"", "loan = \"on\""] {
        folder.change("examples/kombank.toml", alert, &alert.replace("on\"", "off\""));
    }
    let settings = "policy = \"auto\"\nreceipts = \"all\"\nenquire_link = \"1s\"\n\
                    reconnect_min = \"100ms\"";
    rig::set(&folder, "vip", &format!("{settings}\nlong_texts = \"{form}\""));
    folder
}

async fn bound(node: &mut Node, binds: usize) -> Vec<String> {
    let mut modes = Vec::new();
    for _ in 0..binds {
        let bind = node.hears("bind").await;
        assert_eq!((&bind["known"], &bind["version"]), (&json!(true), &json!(0x34)), "{bind}");
        modes.push(bind["mode"].as_str().unwrap().to_owned());
    }
    modes.sort();
    modes
}

#[tokio::test]
async fn a_transceiver_at_node_smpp() {
    let Some(mut node) = Node::start().await else { return };
    for form in ["udh8", "udh16", "sar", "payload"] {
        let folder = configured(&node, form);
        let mut daemon = folder.start();
        folder.listens().await;
        assert_eq!(bound(&mut node, 1).await, ["transceiver"]);
        talk(&mut node, &folder, form).await;
        // It unbinds us, and gets us again; then we unbind.
        node.order(&json!({"order": "unbind"}));
        assert_eq!(node.hears("unbound").await["status"], 0);
        bound(&mut node, 1).await;
        daemon.stop().await;
        assert_eq!(node.hears("unbind").await["mode"], "transceiver");
        assert_delivered(&folder);
    }
    node.assert_content();
}

#[tokio::test]
async fn a_receiver_and_a_transmitter_at_node_smpp() {
    let Some(mut node) = Node::start().await else { return };
    let folder = configured(&node, "udh16");
    let modes = ["mode = \"receiver\"", "mode = \"transmitter\""];
    rig::vip_binds(&folder, &modes.map(|mode| (node.address, mode)));
    let mut daemon = folder.start();
    folder.listens().await;
    assert_eq!(bound(&mut node, 2).await, ["receiver", "transmitter"]);
    talk(&mut node, &folder, "udh16").await;
    daemon.stop().await;
    assert_delivered(&folder);
    node.assert_content();
}
