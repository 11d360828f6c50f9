//! Kinds of binds: a pair of receiver and transmitter, and several transceivers.

use std::collections::BTreeSet;

use smpp_sim::{Event, Mode, Profile};

use crate::binary::until;
use crate::rig::{F, ask, bound, event, folder, sim, vip_binds};

#[tokio::test]
async fn a_receiver_and_a_transmitter_make_a_pair() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("vip", sim.addr())]);
    let modes = ["mode = \"receiver\"", "mode = \"transmitter\""];
    vip_binds(&folder, &modes.map(|mode| (sim.addr(), mode)));
    set_quick(&folder);
    let mut daemon = folder.start();
    bound(&sim, 2).await;
    let mut modes = sim.with(|smsc, _| smsc.binds().map(|bind| bind.1).collect::<Vec<_>>());
    modes.sort_by_key(|mode| mode.transmits());
    assert_eq!(modes, [Mode::Receiver, Mode::Transmitter]);
    assert!(ask(&sim, F, "5622", "T").await.text.contains("Uplata po fakturi 114"));
    // The transmitter is lost: the question is taken, its answer waits for the next transmitter.
    let transmitter = sim.with(|smsc, _| {
        let conn = smsc.binds().find(|bind| bind.1 == Mode::Transmitter).unwrap().0;
        smsc.refuse_binds(0x0A, 1);
        smsc.drop_connection(conn);
        conn
    });
    let reply = ask(&sim, F, "5622", "T 1").await;
    assert_ne!(reply.conn, transmitter);
    bound(&sim, 2).await;
    daemon.stop().await;
    assert_eq!(sim.bound(), 0);
}

#[tokio::test]
async fn several_binds_share_the_work_and_survive_a_loss() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("vip", sim.addr())]);
    vip_binds(&folder, &[(sim.addr(), ""); 3]);
    set_quick(&folder);
    let mut daemon = folder.start();
    bound(&sim, 3).await;
    let phones: Vec<String> = (0..12).map(|n| format!("+3816088800{n:02}")).collect();
    for phone in &phones {
        ask(&sim, phone, "5622", "KURS").await;
    }
    let used: BTreeSet<_> = sim.messages().iter().map(|message| message.conn).collect();
    assert_eq!(used.len(), 3, "{used:?}");
    // One is lost while questions come: all are answered over the others, then it is back.
    let lost = *used.first().unwrap();
    for phone in &phones {
        sim.phone_sends(phone, "5622", "KURS EUR");
    }
    sim.with(|smsc, _| smsc.drop_connection(lost));
    // Those that were on the lost connection may come twice: unknown replies are sent again.
    until("all replies", || {
        let answered = |phone: &String| {
            sim.messages().iter().filter(|message| message.to == **phone).count() >= 2
        };
        phones.iter().all(answered).then_some(())
    })
    .await;
    bound(&sim, 3).await;
    daemon.stop().await;
    let mut polite = 0;
    while polite < 3 {
        polite += event(&sim, |event| match event {
            Event::Unbound { gracefully, .. } => Some(usize::from(*gracefully)),
            _ => None,
        })
        .await;
    }
}

fn set_quick(folder: &crate::binary::Folder) {
    crate::rig::set(folder, "vip", "reconnect_min = \"200ms\"");
}
