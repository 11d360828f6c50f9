//! The probe against the simulator's personalities, over TCP: each is known for what it is.

use smpp_sim::{Profile, Sim};
use tokio::task::LocalSet;

use super::*;
use crate::config;
use crate::smpp::session::Mode;

const PHONE: &str = "+381631112222";
/// Within which those answer that aren't slow.
const SOON: Duration = Duration::from_secs(2);

fn named(personalities: &str) -> Profile {
    Profile::personality(personalities).unwrap()
}

async fn seen_of(profile: Profile, load: Duration, response: Duration) -> (Sim, Seen) {
    let sim = Sim::listen("127.0.0.1:0".parse().unwrap(), profile).await.unwrap();
    let (mut options, form) = (telenor(), Form::new("381"));
    options.binds[0].response = response;
    let links = [LinkAddress::plain(sim.addr().to_string())];
    let plan = Plan {
        bind: 0,
        code: ShortCode::parse("5622").ok(),
        phone: Msisdn::parse(PHONE).ok(),
        load,
        wait: Duration::from_secs(3),
        echo_wait: Duration::from_millis(300),
    };
    let subject = Subject { options: &options, links: &links, form: &form };
    let seen = probe(&plan, subject, Clock::start(), &mut |_| {}).await.unwrap();
    (sim, seen)
}

fn telenor() -> operator::Options {
    let config = config::load(std::path::Path::new("config.toml"), &|_| None).unwrap();
    config.operators[0].clone()
}

fn names(seen: &Seen) -> Vec<&'static str> {
    traits(seen).into_iter().map(|one| one.name).collect()
}

fn value(seen: &Seen, key: &str) -> Option<String> {
    settings(seen, &telenor()).into_iter().find(|one| one.key == key).map(|one| one.value)
}

/// A personality, the names that it is known by, and settings that follow.
type Known = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const KNOWN: &[Known] = &[
    ("echo", &["bare-errors"], &[("alphabet", "\"gsm7\""), ("receipts", "\"all\"")]),
    ("hex-ids", &["hex-ids", "bare-errors"], &[("receipt_ids", "\"hex-then-decimal\"")]),
    ("hex-receipts", &["hex-receipts", "bare-errors"], &[("receipt_ids", "\"decimal-then-hex\"")]),
    ("padded-ids", &["padded-ids", "bare-errors"], &[("receipt_ids", "\"same\"")]),
    ("other-case", &["other-case", "bare-errors"], &[("receipt_ids", "\"same\"")]),
    ("bodies-on-errors", &["bodies-on-errors"], &[]),
    ("latin1,echo", &["bare-errors", "latin1"], &[("alphabet", "\"latin1\"")]),
    ("receipts-first", &["receipts-first", "bare-errors"], &[]),
    ("receipts-tlv-only", &["receipts-tlv-only", "bare-errors"], &[]),
    ("receipts-text-only", &["receipts-text-only", "bare-errors"], &[]),
    ("no-receipts", &["no-receipts", "bare-errors"], &[("receipts", "\"none\"")]),
    ("strict", &["bare-errors", "strict"], &[("query", "true")]),
    ("no-query", &["bare-errors", "no-query"], &[("query", "false")]),
    ("nacks-query", &["bare-errors", "nacks-query"], &[("query", "false")]),
    ("zombie", &["zombie", "bare-errors"], &[]),
    ("already-bound", &["bare-errors"], &[]),
    ("refuses-credentials", &["refuses-credentials"], &[]),
    (
        "no-interface-version",
        &["no-interface-version", "bare-errors"],
        &[("optional_parameters", "\"never\"")],
    ),
    (
        "overlooks-tlvs",
        &["no-interface-version", "bare-errors"],
        &[("optional_parameters", "\"always\"")],
    ),
    ("caps-validity", &["bare-errors"], &[]),
];

#[tokio::test]
async fn each_personality_is_known_for_what_it_is() {
    let together = LocalSet::new();
    let each: Vec<_> =
        KNOWN.iter().map(|known| together.spawn_local(assert_known(known))).collect();
    together.await;
    for one in each {
        one.await.unwrap();
    }
}

async fn assert_known((personality, expected, follows): &Known) {
    let (_sim, seen) = seen_of(named(personality), Duration::ZERO, SOON).await;
    assert_eq!(names(&seen), *expected, "{personality}\n{}", report(&seen));
    for (key, expected) in *follows {
        let found = value(&seen, key);
        assert_eq!(found.as_deref(), Some(*expected), "{personality}\n{}", report(&seen));
    }
}

#[tokio::test]
async fn a_slow_one_is_waited_for_and_gets_a_longer_response() {
    // Somewhat faster than the personality, whose four seconds a response take their time.
    let delay = serde_json::json!({ "response_delay": "1200ms" });
    let slow = named("slow").patched(&delay).unwrap();
    let (_sim, seen) = seen_of(slow, Duration::ZERO, SOON).await;
    assert!(names(&seen).contains(&"slow"), "{}", report(&seen));
    let mut options = telenor();
    options.binds[0].response = SOON;
    let found = settings(&seen, &options).into_iter().find(|one| one.key == "response");
    let response = found.unwrap().value;
    assert!(matches!(response.as_str(), "\"4s\"" | "\"5s\""), "{response}");
}

#[tokio::test]
async fn a_throttler_shows_at_the_contracts_rate_and_a_vendor_by_what_is_its_own() {
    let (_sim, seen) = seen_of(named("throttler"), Duration::from_secs(2), SOON).await;
    assert!(names(&seen).contains(&"throttler"), "{}", report(&seen));
    let rate: u32 = value(&seen, "rate").unwrap().parse().unwrap();
    assert!((4..=7).contains(&rate), "{rate}\n{}", report(&seen));
    let (_sim, seen) = seen_of(named("vendor"), Duration::from_secs(2), SOON).await;
    assert!(names(&seen).contains(&"vendor"), "{}", report(&seen));
    assert!(!seen.tags.is_empty() && !seen.statuses.is_empty(), "{}", report(&seen));
    let (_sim, seen) = seen_of(named(""), Duration::from_secs(1), SOON).await;
    assert_eq!((value(&seen, "rate"), names(&seen)), (None, vec!["bare-errors"]));
    let achieved = seen.load.as_ref().unwrap().achieved();
    assert!((40.0..=50.5).contains(&achieved), "{achieved}");
}

#[tokio::test]
async fn a_customers_text_is_left_to_the_daemon() {
    let sim = Sim::listen("127.0.0.1:0".parse().unwrap(), Profile::default()).await.unwrap();
    sim.phone_sends("+381649998877", "5622", "TR 2");
    let (options, form) = (telenor(), Form::new("381"));
    let links = [LinkAddress::plain(sim.addr().to_string())];
    let wait = Duration::from_secs(1);
    let load = Duration::ZERO;
    let plan = Plan { bind: 0, code: None, phone: None, load, wait, echo_wait: load };
    let subject = Subject { options: &options, links: &links, form: &form };
    let seen = probe(&plan, subject, Clock::start(), &mut |_| {}).await.unwrap();
    assert_eq!((seen.strangers, seen.sent.len(), seen.mode), (1, 0, Mode::Transceiver));
    let answers = std::iter::from_fn(|| sim.try_next_event()).filter_map(|event| match event {
        smpp_sim::Event::DeliverAnswered { status, .. } => Some(status),
        _ => None,
    });
    assert!(answers.into_iter().all(|status| status == Status::RX_T_APPN.0));
}
