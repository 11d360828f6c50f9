//! What a clerk sees of a customer who complains: `tellerd messages` beside a running daemon.

use smpp_sim::Profile;

use crate::binary::until;
use crate::rig::{P, X, ask, bound, folder, set, sim};

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_sees_what_was_said_and_when_it_arrived() {
    let telenor = sim(Profile::named("telenor")).await;
    let folder = folder(&[("telenor", telenor.addr())]);
    set(&folder, "telenor", "receipts = \"all\"\nreceipt_ids = \"hex-then-decimal\"");
    let look_up = |more: &[&str]| {
        let out = folder.tellerd(&[&["messages", "--bank", "kombank"], more].concat());
        let text = |octets| String::from_utf8(octets).unwrap();
        (out.status.code(), text(out.stdout), text(out.stderr))
    };
    let (code, _, error) = look_up(&["--phone", P]);
    assert!(code == Some(1) && error.contains("no daemon listens"), "{error}");
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    let reply = ask(&telenor, P, "5622", "TR 2").await.text;
    // A number that isn't blotted out before it is stored is none of our clerks' business.
    ask(&telenor, P, "5622", "KT 5412 7512 3458 1600 \u{1b}[2J").await;
    ask(&telenor, X, "5622", "KURS").await;
    let told = until("its receipts", || {
        let (code, told, error) = look_up(&["--phone", P]);
        assert_eq!((code, error.as_str()), (Some(0), ""));
        (told.matches("delivered ").count() == 2).then_some(told)
    });
    let told = told.await;
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].ends_with("  telenor 5622  \"TR 2\""), "{told}");
    assert!(lines[1].starts_with("    accepted ") && lines[1].ends_with("; kb.tr.info0"), "{told}");
    assert_eq!(lines[2], format!("    | {reply}"), "{told}");
    assert!(!told.contains("5412") && !told.contains("3458") && !told.contains('\u{1b}'), "{told}");
    let (_, all, _) = look_up(&["--phone", P, "--format", "json", "--since", "2026-01-01"]);
    let first: serde_json::Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
    assert_eq!((&first["said"], &first["reply"]), (&"TR 2".into(), &reply.as_str().into()));
    // Whoever never texted, a day to come, and what can't be read.
    let (code, none, error) = look_up(&["--phone", "+381652223333"]);
    assert_eq!((code, none.as_str()), (Some(0), ""));
    assert_eq!(error, "nothing was said with 38165***3333 in the last seven days\n");
    assert_eq!(look_up(&["--phone", P, "--since", "2099-01-01"]).1, "");
    assert_eq!(look_up(&["--phone", P, "--since", "yesterday"]).0, Some(2));
    let unknown = folder.tellerd(&["messages", "--bank", "nobody", "--phone", P]);
    assert!(!unknown.status.success());
    daemon.stop().await;
    // No number and no text stands in the log.
    assert!(!daemon.log().contains("381631112222") && !daemon.log().contains(&reply));
}
