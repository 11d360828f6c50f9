//! A clerk switches a command off beside a running daemon, and on again.

use smpp_sim::Profile;

use crate::rig::{P, ask, bound, folder, sim};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_off_from_the_next_text_on_and_over_a_restart() {
    let telenor = sim(Profile::named("telenor")).await;
    let folder = folder(&[("telenor", telenor.addr())]);
    let switch = |more: &[&str]| {
        let out = folder.tellerd(&[&["switch"], more].concat());
        let text = |octets| String::from_utf8(octets).unwrap();
        (out.status.code(), text(out.stdout), text(out.stderr))
    };
    assert_eq!(switch(&["list"]).0, Some(1), "no daemon is there");
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    assert_eq!(switch(&["list"]), (Some(0), "every command is on\n".into(), String::new()));
    let text = "Stanja se proveravaju. Pokusajte za sat vremena.";
    let off = switch(&["off", "balance", "--service", "kombank", "--text", text]);
    let line = format!("kombank balance is off: {text}\n");
    assert_eq!(off, (Some(0), line.clone(), String::new()));
    assert_eq!(ask(&telenor, P, "5622", "TR 2").await.text, text);
    daemon.kill();
    daemon.ended().await;
    let mut daemon = folder.start();
    folder.listens().await;
    bound(&telenor, 1).await;
    assert_eq!(switch(&["list"]).1, line);
    assert_eq!(ask(&telenor, P, "5622", "TR 2").await.text, text);
    assert!(ask(&telenor, P, "5622", "KURS").await.text != text);
    let (code, _, why) = switch(&["off", "tr", "--service", "kombank"]);
    assert!(code == Some(1) && why.contains("the command is none of balance, "), "{why}");
    assert_eq!(switch(&["on", "balance", "--service", "kombank"]).1, "every command is on\n");
    assert!(ask(&telenor, P, "5622", "TR 2").await.text.contains("1.234.567,89"));
    daemon.stop().await;
}
