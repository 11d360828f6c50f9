//! How the daemon ends: told to, told twice, killed; and what it knows when it is back.

use std::time::Duration;

use smpp_sim::{Event, Fault, Odds, Profile};

use crate::binary::until;
use crate::rig::{P, W, X, ask, bound, event, folder, reply, sim, status};

#[tokio::test]
async fn told_to_end_it_waits_for_what_is_in_flight() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("telenor", sim.addr())]);
    let mut daemon = folder.start();
    daemon.says(&["bound"], 1).await;
    sim.set_profile(Profile { response_delay: Duration::from_millis(1_500), ..sim.profile() });
    sim.phone_sends(P, "5622", "TR 2");
    // The reply is at the SMSC, its response isn't here yet.
    event(&sim, |event| matches!(event, Event::Submitted { .. }).then_some(())).await;
    daemon.stop().await;
    let polite = event(&sim, |event| match event {
        Event::Unbound { gracefully, .. } => Some(*gracefully),
        _ => None,
    });
    assert!(polite.await);
    // It was heard of: the reply isn't sent again.
    sim.set_profile(Profile { response_delay: Duration::ZERO, ..sim.profile() });
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    assert!(daemon.log().contains("live=0"), "{}", daemon.log());
    ask(&sim, X, "5622", "KURS").await;
    assert_eq!(sim.messages().len(), 2);
    daemon.stop().await;
}

/// Even while it makes its store, before it says that it runs.
#[tokio::test]
async fn told_to_end_while_it_begins_it_ends_cleanly() {
    let sim = sim(Profile::default()).await;
    for _ in 0..3 {
        let folder = folder(&[("telenor", sim.addr())]);
        let mut daemon = folder.start();
        until("its store", || folder.path().join("data").exists().then_some(())).await;
        daemon.stop().await;
        assert_eq!(daemon.lines(&["ended tally"]), 1, "{}", daemon.log());
    }
}

#[tokio::test]
async fn what_was_taken_before_the_end_is_answered_after_it() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("telenor", sim.addr())]);
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    // The bank owes an answer for 45 s.
    let sent = sim.phone_sends(W, "5622", "TR");
    assert_eq!(status(&sim, sent).await, 0);
    daemon.stop().await;
    // Nobody to end politely with: killed, twice over.
    folder.change("config.toml", "# answer = \"45s\"", "answer = \"1s\"");
    for _ in 0..2 {
        let mut daemon = folder.start();
        daemon.says(&["running", "live=1"], 1).await;
        daemon.kill();
        daemon.ended().await;
    }
    let mut daemon = folder.start();
    let late = reply(&sim, W).await.unwrap();
    assert!(late.text.contains("Podatak trenutno nije dostupan"), "{late:?}");
    daemon.stop().await;
    let mut daemon = folder.start();
    daemon.says(&["running", "live=0"], 1).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let odds = Odds::NONE.with(Fault::LoseSubmitResp, 10_000);
    let sim = sim(Profile { odds, ..Profile::default() }).await;
    let folder = folder(&[("telenor", sim.addr())]);
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    assert!(ask(&sim, P, "5622", "TR 2").await.text.contains("1.234.567,89"));
    // Its response never comes, so that a clean end takes 10 s.
    daemon.terminate();
    daemon.says(&["ending: draining"], 1).await;
    daemon.terminate();
    assert_eq!(daemon.ended().await.code(), Some(130));
    assert_eq!(daemon.lines(&["ended at once"]), 1);
    // Whether the reply arrived isn't known: it is sent again, once.
    sim.set_faults(Odds::NONE);
    let mut daemon = folder.start();
    daemon.says(&["running", "live=1"], 1).await;
    assert!(reply(&sim, P).await.unwrap().text.contains("1.234.567,89"));
    ask(&sim, X, "5622", "KURS").await;
    assert_eq!(sim.messages().len(), 3);
    daemon.stop().await;
}

#[tokio::test]
async fn while_it_ends_new_messages_are_put_off_not_lost() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("telenor", sim.addr())]);
    let mut daemon = folder.start();
    daemon.says(&["bound"], 1).await;
    sim.set_profile(Profile { response_delay: Duration::from_millis(2_000), ..sim.profile() });
    sim.phone_sends(P, "5622", "TR 2");
    event(&sim, |event| matches!(event, Event::Submitted { .. }).then_some(())).await;
    daemon.terminate();
    daemon.says(&["ending: draining"], 1).await;
    let sent = sim.phone_sends(X, "5622", "KURS");
    // ESME_RX_T_APPN: the SMSC keeps it and tries again.
    assert_eq!(status(&sim, sent).await, 0x64);
    assert_eq!(daemon.ended().await.code(), Some(0), "{}", daemon.log());
    sim.set_profile(Profile { response_delay: Duration::ZERO, ..sim.profile() });
    let mut daemon = folder.start();
    assert!(reply(&sim, X).await.unwrap().text.contains("Kurs "));
    until("the SMSC's queue", || (sim.undelivered() == 0).then_some(())).await;
    assert_eq!(sim.messages().len(), 2);
    daemon.stop().await;
}
