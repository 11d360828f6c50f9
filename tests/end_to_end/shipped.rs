//! The shipped configuration to the letter: without a peer, and with one on each of its ports.

use smpp_sim::{Profile, Sim};

use crate::binary::Folder;
use crate::rig::{OPERATORS, P, ask, bound};

/// The ports are fixed: where somebody else has one of them, this test has nothing to say.
#[tokio::test]
async fn the_shipped_configuration_runs_as_it_stands() {
    for (_, port) in OPERATORS {
        if tokio::net::TcpListener::bind(("127.0.0.1", port)).await.is_err() {
            eprintln!("port {port} is taken: not tested");
            return;
        }
    }
    let folder = Folder::shipped();
    let mut daemon = folder.start();
    for (name, _) in OPERATORS {
        daemon.says(&["can't connect", &format!("operator={name}")], 1).await;
    }
    let mut sims = Vec::new();
    for (name, port) in OPERATORS {
        match Sim::listen(([127, 0, 0, 1], port).into(), Profile::named(name)).await {
            Ok(sim) => sims.push(sim),
            Err(error) => return eprintln!("port {port}: {error}: not tested"),
        }
    }
    for (sim, (name, _)) in sims.iter().zip(OPERATORS) {
        bound(sim, 1).await;
        daemon.says(&["bound", &format!("operator={name}")], 1).await;
    }
    let reply = ask(&sims[0], P, "5622", "TR 2").await;
    assert!(reply.text.contains("1.234.567,89"), "{reply:?}");
    assert!(folder.path().join("data").is_dir());
    daemon.stop().await;
    assert_eq!(daemon.lines(&["unbound"]), OPERATORS.len(), "{}", daemon.log());
}
