//! Operators that want something else than the usual, each by its settings: the customer notices
//! nothing.

use smpp_sim::Profile;

use crate::rig::{P, X, ask, bound, folder, set, sim, vip_binds};

#[tokio::test]
async fn texts_arrive_whole_however_the_operator_wants_them() {
    let mut whole: Option<String> = None;
    for settings in [
        "long_texts = \"udh8\"",
        "long_texts = \"udh16\"\nnumbers = \"plus\"",
        "long_texts = \"sar\"\nnumbers = \"zero-zero\"\ndestination_ton = 0\nvalidity = \"absolute\"",
        "long_texts = \"payload\"\nvalidity = \"none\"\nservice_types = { reply = \"BANK\" }",
        "policy = \"auto\"\nlong_texts = \"payload\"\nvalidity_max = \"5m\"",
    ] {
        let sim = sim(Profile::default()).await;
        let folder = folder(&[("telenor", sim.addr())]);
        set(&folder, "telenor", settings);
        folder.change("examples/kombank.toml", "Novo: ", &"Novo i povoljno: ".repeat(10));
        let mut daemon = folder.start();
        bound(&sim, 1).await;
        let offer = ask(&sim, X, "5622", "INFO").await;
        assert!(offer.text.len() > 160, "{settings}: {}", offer.text);
        let whole = whole.get_or_insert_with(|| offer.text.clone());
        assert_eq!(offer.text, *whole, "{settings}");
        assert!(ask(&sim, P, "5622", "TR 2").await.text.contains("1.234.567,89"), "{settings}");
        daemon.stop().await;
    }
}

#[tokio::test]
async fn where_one_site_is_down_the_other_is_bound() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("vip", sim.addr())]);
    let nobody = "127.0.0.1:9".parse().unwrap();
    vip_binds(&folder, &[(nobody, &format!("fallback = \"{}\"", sim.addr()))]);
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    daemon.stop().await;
}
