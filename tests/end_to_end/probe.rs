//! `tellerd probe`: what it prints of an SMSC, and that the section it prints is one.

use std::process::Output;
use std::sync::Arc;

use smpp_sim::Profile;

use crate::binary::Folder;
use crate::rig::{P, bound, folder, sim};

async fn probe(folder: &Arc<Folder>, more: &'static [&str]) -> Output {
    let folder = Arc::clone(folder);
    let arguments = [&["probe", "telenor", "--wait", "5"], more].concat();
    tokio::task::spawn_blocking(move || folder.tellerd(&arguments)).await.unwrap()
}

#[tokio::test]
async fn the_section_that_a_probe_prints_can_be_taken_as_it_stands() {
    let sim = sim(Profile::personality("hex-ids,echo").unwrap()).await;
    let folder = Arc::new(folder(&[("telenor", sim.addr())]));
    let before = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    assert!(before.contains("# receipt_ids"));
    let output = probe(&folder, &["--to", P]).await;
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("hex-ids            3e8 in submit_sm_resp is 1000"), "{said}");
    assert!(!said.contains("secret08"), "{said}");
    let (_, section) = said.split_once("The section that fits:").unwrap();
    let section = section.trim().replace("env:TELENOR_PASSWORD", "secret08");
    let begin = before.find("\n[[operator]]").unwrap();
    let end = before.find("\n[[route]]").unwrap();
    let after = format!("{}\n{section}\n{}", &before[..begin], &before[end..]);
    std::fs::write(folder.path().join("config.toml"), after).unwrap();
    // It loads and has taken effect: a second look finds nothing to change.
    let again = String::from_utf8(probe(&folder, &["--to", P]).await.stdout).unwrap();
    assert!(again.contains("receipt_ids = \"hex-then-decimal\"\n"), "{again}");
    assert!(!again.contains("# new") && !again.contains("# was"), "{again}");
}

#[tokio::test]
async fn who_isnt_bound_to_says_so_and_a_running_daemon_isnt_disturbed() {
    let sim = sim(Profile::personality("refuses-credentials").unwrap()).await;
    let refusing = Arc::new(folder(&[("telenor", sim.addr())]));
    let output = probe(&refusing, &[]).await;
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("refused") && said.contains("ESME_RINVPASWD"), "{said}");

    let sim = crate::rig::sim(Profile::default()).await;
    let folder = Arc::new(folder(&[("telenor", sim.addr())]));
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    folder.listens().await;
    let output = probe(&folder, &[]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("--anyway"), "{said}");
    assert_eq!(sim.bound(), 1);
    assert!(probe(&folder, &["--anyway"]).await.status.success());
    daemon.stop().await;
}
