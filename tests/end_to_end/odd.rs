//! What isn't answered (requirements, 2.0.8), what is refused, and long texts in all their forms.

use smpp_sim::{LongTexts, Profile, RawDeliver};

use crate::rig::{P, X, ask, bound, folder, sim, status};

const UNKNOWN: &str = "Poruka nije prepoznata";

/// 600 letters: four parts.
fn complaint() -> String {
    "Postovani, vec treci put vam pisem zbog usluge na salteru. ".repeat(11)[..600].to_owned()
}

#[tokio::test]
async fn long_texts_are_joined_however_they_come() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("telenor", sim.addr())]);
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    let ways = [(LongTexts::Udh, 4), (LongTexts::Sar, 4), (LongTexts::Payload, 1)];
    for (phone, (long_texts, pdus)) in [P, X, "+381622224444"].into_iter().zip(ways) {
        sim.set_profile(Profile { long_texts, ..sim.profile() });
        let before = sim.stats().delivers;
        let reply = ask(&sim, phone, "5622", &complaint()).await;
        assert!(reply.text.contains(UNKNOWN), "{reply:?}");
        assert_eq!(sim.stats().delivers - before, pdus);
    }
    // Cyrillic, in parts of 67 letters; and a question with a long tail is still a question.
    sim.set_profile(Profile { long_texts: LongTexts::Udh, ..sim.profile() });
    let reply = ask(&sim, P, "5622", &format!("ТР 2 {}", "молим вас ".repeat(20))).await;
    assert!(reply.text.contains("1.234.567,89"), "{reply:?}");
    // One reply for each of them, and no more.
    assert_eq!(sim.messages().len(), 4);
    assert_eq!(sim.undelivered(), 0);
    daemon.stop().await;
    assert!(!daemon.log().contains("Postovani"), "{}", daemon.log());
}

#[tokio::test]
async fn nobody_is_answered_who_cant_be() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("telenor", sim.addr())]);
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    // A name, a short code: taken, so that they don't come again, and dropped.
    for sender in ["BANKA", "KREDIT24"] {
        let sent = sim.phone_sends(sender, "5622", "TR 2");
        assert_eq!(status(&sim, sent).await, 0, "{sender}");
    }
    let short = RawDeliver {
        source: (3, 0),
        source_addr: "1234".into(),
        dest: (3, 0),
        destination_addr: "5622".into(),
        short_message: b"TR 2".to_vec(),
        ..RawDeliver::default()
    };
    assert_eq!(status(&sim, sim.phone_sends_raw(&short)).await, 0);
    daemon.says(&["dropped: its sender can't be answered", "operator=telenor"], 3).await;
    // A code that no route knows: ESME_RX_R_APPN, so that it doesn't come again either.
    for code in ["5699", "4641"] {
        assert_eq!(status(&sim, sim.phone_sends(P, code, "TR 2")).await, 0x66);
    }
    daemon.says(&["no route", "operator=telenor"], 2).await;
    // Receipts: by esm_class, with TLVs or without.
    let text = b"id:0123456789 sub:001 dlvrd:001 submit date:2611221205 done date:2611221206 \
        stat:DELIVRD err:000 text:TR 2";
    let receipt = RawDeliver {
        source: (1, 1),
        source_addr: P[1..].into(),
        dest: (3, 0),
        destination_addr: "5622".into(),
        esm_class: 4,
        short_message: text.to_vec(),
        ..RawDeliver::default()
    };
    let tlvs = vec![(0x001E, b"0123456789\0".to_vec()), (0x0427, vec![2])];
    let bare = RawDeliver { short_message: Vec::new(), tlvs, ..receipt.clone() };
    for receipt in [receipt, bare] {
        assert_eq!(status(&sim, sim.phone_sends_raw(&receipt)).await, 0);
    }
    // All that was before a stranger's question; he alone is answered.
    ask(&sim, X, "5622", "KURS").await;
    assert_eq!(sim.messages().len(), 1);
    daemon.stop().await;
}

#[tokio::test]
async fn help_ends_after_three_an_hour() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("telenor", sim.addr())]);
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    for text in ["zdravo", "halo", "ima li koga"] {
        assert!(ask(&sim, X, "5622", text).await.text.contains(UNKNOWN));
    }
    for text in ["zdravo", "pomoc", "molim vas", "POMOC!"] {
        assert_eq!(status(&sim, sim.phone_sends(X, "5622", text)).await, 0);
    }
    // What is understood goes on being answered, and so is everybody else.
    assert!(ask(&sim, X, "5622", "KURS").await.text.contains("Kurs "));
    assert!(ask(&sim, P, "5622", "zdravo").await.text.contains(UNKNOWN));
    assert_eq!(sim.messages().len(), 5);
    daemon.stop().await;
}
