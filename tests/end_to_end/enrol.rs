//! The branch's forms, over the local socket: `tellerd enrol` beside a running daemon.

use smpp_sim::{Profile, Sim};

use crate::rig::{P, X, ask, bound, folder, reply, sim};

const NEW: &str = "+381605556666";

fn said(output: &std::process::Output) -> (String, String, Option<i32>) {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// Asks for an account and waits for the answer. What was in flight when the daemon was killed is
/// sent again: nobody knew any more that it had arrived.
async fn asked(sim: &Sim, phone: &str, answer: &str) {
    let mut said = vec![ask(sim, phone, "5622", "TR 2").await.text];
    while !said.iter().any(|text| text.contains(answer)) {
        said.push(reply(sim, phone).await.unwrap_or_else(|| panic!("only {said:?}")).text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_number_takes_effect_at_once_and_for_good() {
    let (telenor, vip) = (sim(Profile::named("telenor")).await, sim(Profile::named("vip")).await);
    let folder = folder(&[("telenor", telenor.addr()), ("vip", vip.addr())]);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let change = |to: &str, operator: &str| {
        format!(
            r#"{{"service":"kombank","customer":"P","action":"change-number","to":"{to}","operator":"{operator}"}}"#
        )
    };
    write("forms.json", &format!("[{},\n{{\"customer\":7}}]", change(NEW, "vip")));
    let unheard = said(&folder.tellerd(&["enrol", "forms.json"]));
    assert!(unheard.1.contains("start one with `tellerd run`"), "{unheard:?}");
    assert_eq!(unheard.2, Some(1));

    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    bound(&vip, 1).await;
    let dry = said(&folder.tellerd(&["enrol", "--dry-run", "forms.json"]));
    assert!(dry.0.contains("record 1: to added, from ended"), "{dry:?}");
    assert!(dry.0.contains("1 would be done (dry run)"), "{dry:?}");
    let (out, complaint, code) = said(&folder.tellerd(&["enrol", "forms.json"]));
    assert!(out.contains("record 1: to added, from ended"), "{out}");
    assert!(out.contains("1 done, 0 nothing new, 0 in part, 1 refused"), "{out}");
    assert!(complaint.contains("record 2 refused: customer expected a string"), "{complaint}");
    assert_eq!(code, Some(1), "one was refused");
    let left = reply(&telenor, P).await.expect("a notice to the old number");
    assert!(left.text.contains("odjavljen sa ovog broja"), "{}", left.text);
    let welcome = reply(&vip, NEW).await.expect("a welcome");
    assert!(welcome.text.contains("prijavljen za SMS servis"), "{}", welcome.text);

    daemon.kill();
    daemon.ended().await;
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    bound(&vip, 1).await;
    write("again.json", &change(NEW, "vip"));
    let again = said(&folder.tellerd(&["enrol", "--bank", "kombank", "again.json"]));
    assert_eq!(again.2, Some(1), "his only number is the new one: {again:?}");
    asked(&telenor, P, "nije prijavljen").await;
    asked(&vip, NEW, "TR 2 **0260: stanje").await;
    daemon.stop().await;
    assert!(!daemon.log().contains(&NEW[1..]) && !daemon.log().contains(&P[1..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_enrolments_come_from_a_table_after_a_dry_run() {
    let telenor = sim(Profile::named("telenor")).await;
    let folder = folder(&[("telenor", telenor.addr())]);
    let table = format!(
        "service;customer;holder;phones.number;phones.operator;accounts.kind;accounts.number;\
         accounts.ordinal\n\
         kombank;20001;natural;{X};telenor;TR;205-9-1;3\n\
         kombank;20001;;;;TR;205-9-2;\n\
         kombank;20002;natural;+381677112222;globaltel;TR;205-9-3;\n"
    );
    std::fs::write(folder.path().join("old.csv"), &table).unwrap();
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    let dry = said(&folder.tellerd(&["enrol", "--dry-run", "old.csv"]));
    assert!(
        dry.0.contains("lines 2, 3: customer added, phones[0] added, accounts[0] added"),
        "{dry:?}"
    );
    assert!(dry.1.contains("line 4 refused: phones[0].operator isn't served"), "{dry:?}");
    assert!(dry.1.contains("write one of telenor, vip, mts"), "{dry:?}");
    let text = ask(&telenor, X, "5622", "TR").await.text;
    assert!(text.contains("nije prijavljen"));

    let (out, _, code) = said(&folder.tellerd(&["enrol", "old.csv"]));
    assert!(out.contains("1 done, 0 nothing new, 1 in part, 0 refused"), "{out}");
    assert_eq!(code, Some(1));
    let welcome = reply(&telenor, X).await.expect("a welcome");
    assert!(welcome.text.contains("prijavljen za SMS servis"), "{}", welcome.text);
    let list = ask(&telenor, X, "5622", "TR").await.text;
    assert!(list.contains("TR 3 **0591, TR 4 **0592. Za stanje posaljite npr. TR 3"), "{list}");
    let (out, _, code) = said(&folder.tellerd(&["enrol", "examples/enrol.csv"]));
    assert!(out.contains("3 done, 0 nothing new, 0 in part, 0 refused"), "{out}");
    assert_eq!(code, Some(0));
    std::fs::write(folder.path().join("bad.csv"), table.replace("holder", "owner")).unwrap();
    let bad = said(&folder.tellerd(&["enrol", "bad.csv"]));
    assert!(bad.1.contains("bad.csv:\nline 1: column 3 of the header is no field"), "{bad:?}");
    assert_eq!(bad.2, Some(1));
    daemon.stop().await;
}
