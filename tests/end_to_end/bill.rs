//! What messages cost: `tellerd bill` beside a running daemon, also after kill -9.

use std::os::unix::fs::PermissionsExt;

use smpp_sim::Profile;

use crate::rig::{ask, bound, folder, reply, sim};

const E: &str = "+381623334444";

#[expect(clippy::disallowed_methods, reason = "the daemon has the real clock, too")]
fn now() -> jiff::Zoned {
    jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::get("Europe/Belgrade").unwrap())
}

/// The month that fees count to: from 20:00 of its last day on they are the next one's.
fn open_month() -> String {
    let now = now();
    let is_last = now.date() == now.date().last_of_month();
    let day = if is_last && now.hour() >= 20 { now.date().tomorrow().unwrap() } else { now.date() };
    day.strftime("%Y-%m").to_string()
}

fn use_of(card: &str, id: &str) -> String {
    let time = now().timestamp();
    let data =
        format!(r#"{{"card":"{card}","outcome":"approved","amount":"890.00","currency":"RSD"}}"#);
    format!(
        r#"{{"specversion":"1.0","source":"core","id":"{id}","type":"card.authorized","time":"{time}","data":{data}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_says_the_same_however_often_it_is_asked_for() {
    let telenor = sim(Profile::named("telenor")).await;
    let folder = folder(&[("telenor", telenor.addr())]);
    let month = open_month();
    let bill = |more: &[&str]| {
        let all = [&["bill", "--service", "card-alarm", "--month", &month], more].concat();
        let out = folder.tellerd(&all);
        (out.status.code(), String::from_utf8(out.stdout).unwrap(), out.stderr)
    };
    assert_eq!(bill(&[]).0, Some(1), "no daemon is there");
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    let events = [use_of("E-mm-1111", "1"), use_of("E-mm-1111", "2"), use_of("E-mg-2222", "3")];
    std::fs::write(folder.path().join("events.ndjson"), events.join("\n")).unwrap();
    let tell = || folder.tellerd(&["event", "--bank", "card-alarm", "events.ndjson"]);
    assert!(tell().status.success());
    for _ in 0..3 {
        assert!(reply(&telenor, E).await.is_some());
    }
    ask(&telenor, E, "4640", "PCA").await;
    let heading = "id,customer,account,card,messages,amount,currency,state";
    let (_, first, _) = bill(&[]);
    let lines: Vec<&str> = first.lines().collect();
    assert_eq!(lines.first(), Some(&heading));
    let has = |end: &str| lines.iter().any(|line| line.ends_with(end));
    assert!(has(",200-0002000311201-34,Maestro *1111,2,10.00,RSD,open"), "{first}");
    assert!(has(",200-0002000311202-31,Master Gold *2222,1,5.00,RSD,open"), "{first}");
    assert_eq!(lines.len(), 3, "{first}");

    daemon.kill();
    daemon.ended().await;
    let mut daemon = folder.start();
    folder.listens().await;
    assert!(tell().status.success());
    assert_eq!(bill(&[]).1, first, "the same events again cost nothing");

    let to_file = ["--format", "json", "--output", "bill.json"];
    let (code, out, _) = bill(&to_file);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    let file = folder.path().join("bill.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    assert_eq!(json[0]["id"], format!("card-alarm/{month}/{}/{}", json[0]["customer"], 0));

    let invoice = folder.tellerd(&["bill", "--operator", "telenor", "--month", &month[..]]);
    let invoice = String::from_utf8(invoice.stdout).unwrap();
    let line = format!("card-alarm,telenor,{month},inbound,4640,help,1,9.60,9.60");
    assert!(invoice.lines().any(|found| found == line), "{invoice}");
    assert!(invoice.contains(&format!("card-alarm,telenor,{month},parts,,,4,,")), "{invoice}");

    // What isn't charged yet can't be wrong; and there is no run to be stopped.
    let refused = |arguments: &[&str], why: &str| {
        let out = folder.tellerd(arguments);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(1) && said.contains(why), "{arguments:?}: {said}");
    };
    let id = format!("card-alarm/{month}/5/0");
    refused(&["reverse", &id, "--by", "Ana", "--and", "Bojan"], "month isn't charged yet");
    refused(
        &["reverse", &id, "--amount", "1,5", "--by", "A", "--and", "B"],
        "amount is no decimal",
    );
    refused(&["runs", "--bank", "card-alarm", "stop", "1"], "run is none of this bank's");
    assert!(folder.tellerd(&["runs", "--bank", "card-alarm", "list"]).status.success());
    for wrong in [&["bill", "--month", "2026-11"][..], &["bill", "--service", "x", "--month", "11"]]
    {
        assert_eq!(folder.tellerd(wrong).status.code(), Some(2), "{wrong:?}");
    }
    let ahead = folder.tellerd(&["bill", "--service", "card-alarm", "--month", "2999-01"]);
    assert!(String::from_utf8_lossy(&ahead.stderr).contains("month lies ahead"));
    daemon.stop().await;
}
