//! The tour: four operators, each with another form of long texts, other binds and receipts.

use std::time::Duration;

use smpp_sim::{Event, Fate, LongTexts, MessageState, Profile, Receipts, Serves, Sim, VendorTlv};
use tellerd::smpp::header::{CommandId, Header};

use crate::binary::{Folder, until};
use crate::reading::frames;
use crate::rig::{ask, bound, event, folder, set, sim, status, vip_binds};
use crate::tap::{Conversation, Side, Tap};

/// Anybody may ask for the offer: a phone of each operator.
const PHONES: [(&str, &str); 4] = [
    ("telenor", "+381622223333"),
    ("vip", "+381608889999"),
    ("mts", "+381648889999"),
    ("plus", "+48601000999"),
];

const NOBODY: &str = "+381601000001";

/// What the phones are answered, in plain letters and in UCS-2.
const OFFERS: [&str; 2] =
    ["Kes kredit bez naknade [do 30.6.]. ", "Kredit \u{4FE1}\u{7528} \u{1F600} bez naknade. "];

/// What stands in plus's own parameter.
pub(crate) const VENDOR: [u8; 4] = *b"plus";

/// The refusals that occur, in their order: of a bind, of a text to us, for now, for good (one in
/// SMPP's words and one in the operator's own), and of query_sm by a generic_nack.
pub(crate) const REFUSALS: [u32; 6] = [0x0A, 0x66, 0x58, 0x0B, 0x0400, 0x03];

/// Holds the tour; every connection that was made.
pub(crate) async fn hold() -> Vec<Conversation> {
    let short = Duration::from_millis(100);
    let quick = Receipts { delay: short, ..Receipts::default() };
    let telenor = Profile { receipts: None, enquire_every: None, ..Profile::default() };
    let lost = Fate { prefix: NOBODY[1..].to_owned(), ends: MessageState::Undeliverable };
    let failing = Receipts { network_error: true, ..quick.clone() };
    let vip = Profile { receipts: Some(failing), fates: vec![lost], ..Profile::default() };
    let steps = vec![MessageState::Accepted, MessageState::Enroute];
    let told = Receipts { intermediate: steps, ..quick.clone() };
    let enquire_every = Some(short * 5);
    let mts = Profile { receipts: Some(told), enquire_every, ..Profile::default() };
    let vendor_tlvs = vec![VendorTlv { tag: 0x1401, value: VENDOR.to_vec() }];
    let bare = Some(Receipts { text: None, ..quick });
    let plus = Profile { receipts: bare, vendor_tlvs, ..Profile::default() };
    let mut sims = Vec::new();
    let mut taps = Vec::new();
    for profile in [telenor, vip, mts, plus] {
        let sim = sim(profile).await;
        taps.push(Tap::before(sim.addr()).await);
        sims.push(sim);
    }
    let [telenor, vip, mts, plus] = &sims[..] else { unreachable!() };
    let folder = configured(&taps);
    vip.with(|smsc, _| smsc.refuse_binds(REFUSALS[0], 1));

    let mut daemon = folder.start();
    folder.listens().await;
    for (sim, binds) in [(telenor, 1), (vip, 2), (mts, 1), (plus, 1)] {
        bound(sim, binds).await;
    }
    for offer in OFFERS {
        folder.publish(&offer.repeat(12));
        for (sim, (_, phone)) in sims.iter().zip(PHONES) {
            let told = ask(sim, phone, "5622", "INFO").await;
            assert_eq!(told.text.trim(), offer.repeat(12).trim());
        }
    }
    // Texts of all kinds to us.
    for (sim, (_, phone)) in sims.iter().zip(PHONES) {
        ask(sim, phone, "5622", "КУРС").await;
        for long_texts in [LongTexts::Udh, LongTexts::Udh16, LongTexts::Sar, LongTexts::Payload] {
            sim.set_profile(Profile { long_texts, ..sim.profile() });
            ask(sim, phone, "5622", &format!("KURS {}", "molim vas ".repeat(30))).await;
        }
    }
    assert_eq!(status(mts, mts.phone_sends(PHONES[2].1, "5699", "KURS")).await, REFUSALS[1]);
    // Refusals: for now, for good, and by a receipt.
    mts.with(|smsc, _| smsc.refuse_submits(REFUSALS[2], 1));
    ask(mts, PHONES[2].1, "5622", "KURS").await;
    for (sim, phone, status) in [(vip, PHONES[1].1, REFUSALS[3]), (plus, PHONES[3].1, REFUSALS[4])]
    {
        sim.with(|smsc, _| smsc.refuse_submits(status, 1));
        sim.phone_sends(phone, "5622", "KURS");
        event(sim, |event| matches!(event, Event::SubmitRefused { .. }).then_some(())).await;
    }
    ask(vip, NOBODY, "5622", "KURS").await;
    said(&taps[0], Side::Smsc, CommandId::QuerySmResp).await;
    telenor.set_profile(Profile { query: Serves::Nacked, ..telenor.profile() });
    ask(telenor, PHONES[0].1, "5622", "KURS").await;
    said(&taps[0], Side::Smsc, CommandId::GenericNack).await;
    // A request that nobody expects on a link that is up.
    let conn = connection(mts);
    mts.with(|smsc, now| smsc.inject(conn, OUTBIND, now));
    said(&taps[2], Side::Esme, CommandId::GenericNack).await;
    // Either asks whether the other lives: the daemon where its SMSC doesn't ask first.
    for (tap, asks, answers) in
        [(&taps[0], Side::Esme, Side::Smsc), (&taps[2], Side::Smsc, Side::Esme)]
    {
        said(tap, asks, CommandId::EnquireLink).await;
        said(tap, answers, CommandId::EnquireLinkResp).await;
    }
    let conn = connection(telenor);
    telenor.with(|smsc, now| smsc.unbind(conn, now));
    said(&taps[0], Side::Esme, CommandId::UnbindResp).await;
    event(telenor, |event| matches!(event, Event::Unbound { .. }).then_some(())).await;
    bound(telenor, 1).await;
    daemon.stop().await;
    taps.iter().flat_map(Tap::heard).collect()
}

/// outbind, of `smsc` with the password `pw`.
const OUTBIND: &[u8] = b"\0\0\0\x18\0\0\0\x0b\0\0\0\0\0\0\x0f\xffsmsc\0pw\0";

fn configured(taps: &[Tap]) -> Folder {
    let operators: Vec<_> =
        PHONES.iter().zip(taps).map(|((name, _), tap)| (*name, tap.address)).collect();
    let folder = folder(&operators);
    let more = "\n[[route]]\noperator = \"plus\"\ncode = \"5622\"\nservice = \"kombank\"\n";
    let config = folder.path().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap() + more;
    std::fs::write(config, text).unwrap();
    let vip = taps[1].address;
    let modes = ["mode = \"receiver\"", "mode = \"transmitter\""];
    vip_binds(&folder, &modes.map(|mode| (vip, mode)));
    let quick = "policy = \"auto\"\nreconnect_min = \"100ms\"\nhold_min = \"100ms\"\n";
    for (name, settings) in [
        (
            "telenor",
            "long_texts = \"udh16\"\nreceipts = \"all\"\nreceipt_wait = \"1s\"\nquery = true\n\
             enquire_link = \"1s\"",
        ),
        (
            "vip",
            "long_texts = \"udh8\"\nreceipts = \"failures\"\n\
                 validity = \"absolute\"",
        ),
        ("mts", "long_texts = \"sar\"\nreceipts = \"steps\""),
        ("plus", "long_texts = \"payload\"\nreceipts = \"all\""),
    ] {
        set(&folder, name, &format!("{quick}{settings}"));
    }
    folder
}

fn connection(sim: &Sim) -> smpp_sim::ConnId {
    sim.with(|smsc, _| smsc.binds().next().unwrap().0)
}

/// Waits until a side has said such a PDU on a connection that goes on, or has ended.
async fn said(tap: &Tap, side: Side, id: CommandId) {
    let is_it = |frame: &Vec<u8>| Header::parse(frame).unwrap().command_id == id;
    let is_there = |conversation: &Conversation| frames(conversation, side).iter().any(is_it);
    until(&format!("{id:?}"), || tap.heard().iter().any(is_there).then_some(())).await;
}
