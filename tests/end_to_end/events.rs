//! The bank's events, over the local socket: `tellerd event` beside a running daemon.

use std::os::unix::fs::PermissionsExt;

use smpp_sim::Profile;

use crate::binary::now;
use crate::rig::{P, bound, folder, reply, sim};

/// Three lines: one that is told, the same again, one without an account.
fn events(id: &str) -> String {
    let event = |id: &str, data: &str| {
        format!(
            r#"{{"specversion":"1.0","source":"core","id":"{id}","type":"account.credited","time":"{}","data":{data}}}"#,
            now()
        )
    };
    let credit = r#"{"account":"205-0001000111202-60","amount":"12000.00","currency":"RSD"}"#;
    let nobody = r#"{"amount":"12000.00","currency":"RSD"}"#;
    [event(id, credit), event(id, credit), event("3", nobody)].join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_reaches_the_phone_and_counts_once_also_after_a_restart() {
    let telenor = sim(Profile::named("telenor")).await;
    let folder = folder(&[("telenor", telenor.addr())]);
    let file = folder.path().join("events.ndjson");
    std::fs::write(&file, events("1")).unwrap();
    let tell = || folder.tellerd(&["event", "--bank", "kombank", "events.ndjson"]);
    let unheard = tell();
    assert_eq!(unheard.status.code(), Some(1), "no daemon is there");
    assert!(String::from_utf8_lossy(&unheard.stderr).contains("start one with `tellerd run`"));

    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    let told = tell();
    let (out, complaint) =
        (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(
        out.contains("1 taken (1 alerts, 0 too old to be told), 1 known already, 1 refused"),
        "{out}"
    );
    assert!(complaint.contains("event 3 refused: event missing field `account`"), "{complaint}");
    assert_eq!(told.status.code(), Some(1), "one was refused");
    let alert = reply(&telenor, P).await.expect("an alert");
    assert!(alert.text.starts_with("Priliv na TR 2 **0260: 12.000,00 RSD"), "{}", alert.text);
    let socket = folder.path().join("data/tellerd.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    daemon.kill();
    daemon.ended().await;
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    let again = tell();
    let out = String::from_utf8_lossy(&again.stdout);
    assert!(out.contains("0 taken (0 alerts, 0 too old to be told), 2 known already"), "{out}");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_files_are_read_again_without_a_restart() {
    let telenor = sim(Profile::named("telenor")).await;
    let folder = folder(&[("telenor", telenor.addr())]);
    folder.change("config.toml", "#: ported = ", "ported = ");
    folder.change("examples/ported.csv", ",mts", ",telenor");
    let reload = || folder.tellerd(&["reload"]);
    assert!(!reload().status.success(), "no daemon is there");
    let mut daemon = folder.start();
    folder.listens().await;
    let said = reload();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    for (file, right, wrong, place) in [
        ("examples/holidays.toml", "2027-03-10", "10.3.2027", "holidays.toml:8:"),
        ("examples/ported.csv", ",telenor", ",telnor", "ported.csv:3:15"),
    ] {
        folder.change(file, right, wrong);
        let said = reload();
        assert_eq!(said.status.code(), Some(1));
        let complaint = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(complaint.contains(place), "the place: {complaint}");
        folder.change(file, wrong, right);
    }
    assert!(reload().status.success());
    daemon.stop().await;
}
