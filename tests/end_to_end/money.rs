//! Orders of money that stayed unknown: `tellerd money` beside a running daemon, over kill -9.

use smpp_sim::Profile;

use crate::rig::{bound, folder, reply, sim};

const K: &str = "+38344123456";

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_order_outlives_kill_and_is_settled_by_two_persons() {
    let telenor = sim(Profile::named("telenor")).await;
    let vala = sim(Profile::named("vala")).await;
    let folder = folder(&[("telenor", telenor.addr()), ("vala", vala.addr())]);
    folder.change("config.toml", "# answer = \"45s\"", "answer = \"1s\"  #");
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&vala, 1).await;
    let money = |arguments: &[&str]| {
        let all = [&["money", "--bank", "procredit"], arguments].concat();
        let done = folder.tellerd(&all);
        let said = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    assert_eq!(money(&["list"]), (Some(0), String::new()), "nothing is open");
    vala.phone_sends(K, "50333", "044000004 5");
    let wait = reply(&vala, K).await.expect("an answer");
    assert!(wait.text.contains("eshte ne proces"), "{}", wait.text);

    daemon.kill();
    daemon.ended().await;
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&vala, 1).await;
    let (code, open) = money(&["list"]);
    assert_eq!(code, Some(0));
    assert!(open.starts_with("00000001  unknown       5.00 EUR"), "{open}");
    assert!(open.contains("Vala for 38344***0004") && !open.contains("44000004"), "{open}");

    let settle =
        |outcome, by, and| money(&["settle", "00000001", outcome, "--by", by, "--and", and]);
    let (code, said) = settle("failed", "Arta", "arta");
    assert!(code == Some(1) && said.contains("must name a second person"), "{said}");
    let (code, said) = settle("failed", "Arta", "Besa");
    assert!(code == Some(0) && said.contains("settled; the customer is told"), "{said}");
    let mut outcome = reply(&vala, K).await.expect("the outcome");
    // What the phone had when we died is sent again, and before the outcome.
    if outcome.text == wait.text {
        outcome = reply(&vala, K).await.expect("the outcome");
    }
    assert!(outcome.text.contains("nuk u krye. Llogaria juaj nuk u ngarkua."), "{}", outcome.text);
    let (code, said) = settle("failed", "Arta", "Besa");
    assert!(code == Some(0) && said.contains("settled so before"), "{said}");
    let (code, said) = settle("done", "Arta", "Besa");
    assert!(code == Some(1) && said.contains("settled otherwise before"), "{said}");
    assert_eq!(money(&["list"]), (Some(0), String::new()));
    vala.phone_sends(K, "50333", "B");
    assert!(reply(&vala, K).await.expect("a balance").text.contains("120.50 EUR"));
    daemon.stop().await;
}
