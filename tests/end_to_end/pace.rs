//! SMSCs that are slower than agreed, forget to answer and break off: all are answered in the end.

use std::collections::BTreeSet;

use smpp_sim::{Fault, Odds, Profile, Sim};

use crate::binary::until;
use crate::rig::{bound, folder, set, sim};

fn phones(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("+38162222{n:04}")).collect()
}

/// Waits until each phone has had a text.
async fn all_answered(sim: &Sim, phones: &[String]) {
    until("a reply for everybody", || {
        let answered: BTreeSet<String> =
            sim.messages().into_iter().map(|message| message.to).collect();
        phones.iter().all(|phone| answered.contains(phone)).then_some(())
    })
    .await;
}

/// The SMSC takes 10 a second where 50 were agreed: our pace gives way, no part is lost or doubled.
async fn slower_than_agreed(throttle_status: u32) {
    let sim = sim(Profile { rate: Some(10), throttle_status, ..Profile::default() }).await;
    let folder = folder(&[("telenor", sim.addr())]);
    set(&folder, "telenor", "hold_min = \"200ms\"");
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    let phones = phones(40);
    for phone in &phones {
        sim.phone_sends(phone, "5622", "KURS");
    }
    all_answered(&sim, &phones).await;
    assert_eq!(sim.messages().len(), phones.len());
    let stats = sim.stats();
    assert!(stats.throttled > 0, "{stats:?}");
    // At most a window full of refusals for each pause, and pauses double: far from one a part.
    assert!(stats.throttled <= 80, "{stats:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_throttling_smsc_gets_everything_in_the_end() {
    slower_than_agreed(0x58).await;
}

#[tokio::test]
async fn a_full_smsc_gets_everything_in_the_end() {
    slower_than_agreed(0x14).await;
}

#[tokio::test]
async fn every_question_gets_a_reply_whatever_is_lost() {
    let odds = Odds::NONE
        .with(Fault::LoseSubmitResp, 1_500)
        .with(Fault::LoseDeliverResp, 1_000)
        .with(Fault::DropBefore, 400)
        .with(Fault::DropAfter, 400)
        .with(Fault::RefuseSubmit, 500)
        .with(Fault::SplitWrites, 2_000)
        .with(Fault::Garbage, 200);
    // 0x0B, which RefuseSubmit gives now and then, is final at most operators; not at this one.
    let response = std::time::Duration::from_secs(1);
    let profile = Profile { seed: 7, odds, response_timeout: response, ..Profile::default() };
    let sim = sim(profile).await;
    let folder = folder(&[("telenor", sim.addr())]);
    let quick = "reconnect_min = \"100ms\"\nreconnect_max = \"500ms\"\nresponse = \"1s\"\n\
        hold_min = \"100ms\"\nstatuses = { \"0x0000000B\" = \"temporary\" }";
    set(&folder, "telenor", quick);
    folder.change("config.toml", "# retry_min = \"2s\"", "retry_min = \"200ms\"");
    let mut daemon = folder.start();
    let phones = phones(60);
    for phone in &phones {
        sim.phone_sends(phone, "5622", "KURS");
    }
    all_answered(&sim, &phones).await;
    let counts = sim.fault_counts();
    for fault in [Fault::LoseSubmitResp, Fault::DropBefore, Fault::DropAfter] {
        assert!(counts.of(fault) > 0, "{counts}");
    }
    // With the faults everything settles: nothing waits at the SMSC, and the end is clean.
    sim.set_faults(Odds::NONE);
    until("the last deliver_sm", || (sim.undelivered() == 0).then_some(())).await;
    bound(&sim, 1).await;
    daemon.stop().await;
}
