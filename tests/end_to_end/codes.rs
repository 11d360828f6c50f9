//! Commands with an access code (requirements, 2.4), texted to an ordinary number over TCP.

use smpp_sim::{Profile, RawDeliver, Sim};

use crate::rig::{ask, bound, folder, reply, sim};

/// SMS Kontakt's number and customers.
const KONTAKT: &str = "48661000555";
const J: &str = "+48601234567";
const J2: &str = "+48501234567";
const FORMER: &str = "+48509000111";
const S: &str = "+48602111222";
const U: &str = "+48603111222";
const O: &str = "+48604111222";
const STRANGER: &str = "+48601000999";

/// Phone, text; what the reply holds. All rows run on one bank, in their order.
#[rustfmt::skip]
const ROWS: &[(&str, &str, &str)] = &[
    (J, "482913 SALDO", "Salda: **0010 4 321,09 PLN; **0020 25 000,00 PLN."),
    (J2, "482913 saldo 1", "Rach. **0010: saldo 4 321,09 PLN, dostepne 4 121,09 PLN"),
    (J, "482913#SALDO#1", "Rach. **0010: saldo"),
    (J, "482913saldo2", "Rach. **0020: saldo 25 000,00"),
    (J, "SALDO 2 482913", "Rach. **0020: saldo"),
    (J, "kod ４８２９１３ saldo", "Salda: "),
    (J, "482913 HISTORIA", "-89,90; "),
    (J, "482913 historia 2", "12 300,00; "),
    (J, "482913 RACHUNKI", "1 **0010, 2 **0020"),
    (J, "482913", "Wyslij KOD i komende"),
    (J, "482913 sałdo", "Salda: "),
    (J, "4829 13 SALDO", "Nieznana komenda"),
    (J, "482913 PRZELEW 100", "Nieznana komenda"),
    (J, "😀👍", "Nieznana komenda"),
    (S, "719350 SALDO", "Rach. **0010: saldo 980,00 PLN, stan na"),
    (S, "482913 SALDO", "Pozostalo prob: 2."),
    (FORMER, "482913 SALDO", "Pozostalo prob: 2."),
    (STRANGER, "482913 SALDO", "Pozostalo prob: 2."),
    (STRANGER, "482913 SALDO 1", "Pozostalo prob: 1."),
    (STRANGER, "482913", "zablokowana"),
    (U, "305518 SALDO", "zablokowana po blednych kodach. Skontaktuj sie z Bankiem: 85 000 00 01"),
    (O, "640271 SALDO", "Dane chwilowo niedostepne"),
    (J, "482914 SALDO", "Pozostalo prob: 2."),
    (J, "482914 SALDO 1", "Pozostalo prob: 1."),
];

/// What must stand in clear nowhere: codes, numbers, accounts, balances.
const SECRETS: [&str; 8] = [
    "482913 ",
    "719350 ",
    "640271 ",
    "601234567",
    "501234567",
    "30001000011112000001",
    "4 321,09",
    "Salda: **0010",
];

async fn wrongly_answered(plus: &Sim, rows: &[(&str, &str, &str)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (phone, text, fragment) in rows {
        let mut told = ask(plus, phone, KONTAKT, text).await;
        if !told.text.contains(fragment) {
            // What was in flight at a kill comes once more, before.
            told = reply(plus, phone).await.unwrap_or(told);
        }
        let is_echoed = ["482913", "482914", "719350"].iter().any(|code| told.text.contains(code));
        if !told.text.contains(fragment) || is_echoed || told.from_code != KONTAKT {
            wrong.push(format!("{phone} {text}: {told:?}"));
        }
    }
    wrong
}

#[tokio::test]
async fn commands_need_their_code_and_a_lock_outlives_the_process() {
    let plus = sim(Profile::named("plus")).await;
    let folder = folder(&[("plus", plus.addr())]);
    folder.change("config.toml", "# answer = \"45s\"", "answer = \"1s\"");
    let mut daemon = folder.start();
    bound(&plus, 1).await;
    let wrong = wrongly_answered(&plus, ROWS).await;
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), daemon.log());
    // In the form that a network of its country may use.
    let national = RawDeliver {
        source: (2, 1),
        source_addr: J2.trim_start_matches("+48").to_owned(),
        dest: (2, 1),
        destination_addr: "661000555".to_owned(),
        short_message: b"482913 SALDO 1".to_vec(),
        ..RawDeliver::default()
    };
    plus.phone_sends_raw(&national);
    let told = reply(&plus, J2).await.expect("a reply");
    assert!(told.text.contains("4 321,09"), "{told:?}");

    // Two wrong codes were counted before; the third locks, and kill -9 forgives nothing.
    daemon.kill();
    daemon.ended().await;
    let mut log = daemon.log();
    let mut daemon = folder.start();
    bound(&plus, 1).await;
    let rows = [
        (J, "482914 HISTORIA", "zablokowana"),
        (J, "482913 SALDO", "zablokowana"),
        (J2, "482913 SALDO 2", "25 000,00"),
    ];
    let wrong = wrongly_answered(&plus, &rows).await;
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), daemon.log());
    daemon.kill();
    daemon.ended().await;
    log += &daemon.log();
    let mut daemon = folder.start();
    bound(&plus, 1).await;
    let wrong = wrongly_answered(&plus, &[(J, "482913 SALDO", "zablokowana")]).await;
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), daemon.log());
    daemon.stop().await;
    log += &daemon.log();
    let stored = folder.stored();
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret} in the log");
        let there = stored.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!there, "{secret} in the store");
    }
}
