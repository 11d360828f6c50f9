//! What customers text and what they are answered (requirements, 2.1), row by row over TCP.
//!
//! All rows run on one bank, in their order. Afterwards neither the log nor the store holds
//! anything in clear that is nobody's business.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use smpp_sim::{Profile, SourceFormat};

use crate::rig::{F, M, P, R, W, X, ask, bound, folder, sim};

/// Operator, phone, code, text; what the reply holds. Dates are filled in by [`dated`].
#[rustfmt::skip]
const ROWS: &[(&str, &str, &str, &str, &str)] = &[
    ("telenor", P, "5622", "TR", "TR 1 **0163, TR 2 **0260"),
    ("telenor", P, "5622", "tr 2", "TR 2 **0260: stanje 1.234.567,89 RSD"),
    ("telenor", P, "5622", "ТР 2", "1.234.567,89"),
    ("telenor", P, "5622", "тр2", "1.234.567,89"),
    ("telenor", P, "5622", "TR 3", "Racun TR 3 ne postoji"),
    ("mts", M, "5622", "TR", "-12.345,67"),
    ("mts", M, "5622", "TR 1", "-12.345,67"),
    ("telenor", P, "5622", "TRS", "TRS 1 **0357: stanje 300.000,00 RSD"),
    ("telenor", P, "5622", "трс", "300.000,00"),
    ("telenor", P, "5622", "T", "nije ugovorena"),
    ("vip", F, "5622", "T", "Uplata po fakturi 114"),
    ("vip", F, "5622", "т", "Uplata po fakturi 114"),
    ("vip", F, "5622", "T 1", "Uplata po fakturi 114"),
    ("telenor", P, "5622", "KT 1600", "raspolozivo 97.215,40"),
    ("telenor", P, "5622", "kt1600", "raspolozivo 97.215,40"),
    ("telenor", P, "5622", "КТ 1600", "raspolozivo 97.215,40"),
    ("telenor", P, "5622", "KT 6666", "nije prijavljena"),
    ("telenor", P, "5622", "KT 5412 7512 3458 1600", "****"),
    ("telenor", X, "5622", "KURS", "Kurs "),
    ("telenor", X, "5622", "Курс", "Kurs "),
    ("telenor", X, "5622", "KURS.", "Kurs "),
    ("vip", "+381608889999", "5622", "KURS EUR", "Kurs "),
    ("telenor", X, "5622", "KURS {later}", "jos nije objavljena"),
    ("telenor", X, "5622", "KURS {saturday}", "vazi lista od"),
    ("telenor", X, "5622", "KURS 01.01.99", "jos nije objavljena"),
    ("telenor", X, "5622", "KURS 01.01.02", "Nema kursne liste"),
    ("telenor", X, "5622", "KURS 15.05.02", "EUR 60,5008/60,6829/60,8650"),
    ("mts", "+381648889999", "5622", "info", "kes kredit"),
    ("telenor", X, "5622", "TR", "Ovaj broj nije prijavljen"),
    ("telenor", P, "5622", "PRIJAVA PRILIV TR 2 10.000", "10.000,00 RSD. Isti limit od sada"),
    ("telenor", P, "5622", "PRIJAVA ODLIV TR 2 1.000", "1.000,00 RSD. Isti limit od sada"),
    ("telenor", P, "5622", "PRIJAVA PRILIV TR 2", "PRILIV TR 2 **0260 za iznose od 1.000,00"),
    ("telenor", P, "5622", "PRIJAVA PRILIV TR 2 999,99", "Najmanji iznos za TR je 1.000,00"),
    ("telenor", P, "5622", "PRIJAVA PRILIV TR 10.000", "Imate vise racuna"),
    ("telenor", P, "5622", "PRIJAVA PRILIV TR", "Imate vise racuna"),
    ("telenor", P, "5622", "PRIJAVA PRILIV", "Poruka nije prepoznata"),
    ("vip", F, "5622", "PRIJAVA PRILIV T 1 1.000", "Najmanji iznos za T je 10.000,00"),
    ("vip", F, "5622", "PRIJAVA PRILIV T 1", "Prijavljen PRILIV T 1"),
    ("telenor", P, "5622", "PRIJAVA AUTORIZACIJA 6666", "*6666"),
    ("telenor", P, "5622", "пријава ауторизација 6666", "*6666"),
    ("telenor", P, "5622", "PRIJAVA AUTORIZACIJA 1234", "nije ugovorena"),
    // The routes (KB-06): what comes to the wrong code is told the right one, and changes nothing.
    ("mts", M, "5622", "PRIJAVA ODLIV TR 1 5000", "iz mreze Telekom saljite na broj 5623"),
    ("mts", M, "5622", "PRIJAVA", "iz mreze Telekom saljite na broj 5623"),
    ("mts", M, "5623", "ODJAVA ODLIV TR 1", "Nista nije promenjeno"),
    ("mts", M, "5622", "ODJAVA", "iz mreze Telekom saljite na broj 5623"),
    ("mts", M, "5623", "TR", "Ovu poruku posaljite na broj 5622"),
    ("mts", M, "5623", "KURS", "Ovu poruku posaljite na broj 5622"),
    ("mts", M, "5623", "PRIJAVA ODLIV TR 1 5000", "Prijavljen ODLIV TR 1"),
    ("mts", M, "5623", "ODJAVA ODLIV TR 1", "Odjavljen ODLIV TR 1"),
    ("telenor", P, "5623", "PRIJAVA AUTORIZACIJA 2210", "Ovu poruku posaljite na broj 5622"),
    ("telenor", P, "5622", "ODJAVA AUTORIZACIJA 2210", "Nista nije promenjeno"),
    ("telenor", P, "5623", "TR 2", "Ovu poruku posaljite na broj 5622"),
    ("vip", F, "5623", "T", "Ovu poruku posaljite na broj 5622"),
    // A ported number counts where it comes from.
    ("telenor", R, "5622", "PRIJAVA PRILIV TR 4 7.000", "Prijavljen PRILIV TR 4"),
    ("telenor", P, "5622", "ODJAVA PRILIV TR 2 10.000", "Odjavljen PRILIV TR 2"),
    ("telenor", P, "5622", "ODJAVA AUTORIZACIJA", "*6666"),
    ("telenor", P, "5622", "ODJAVA INFO", "Odjavljene su poruke o novim uslugama"),
    ("telenor", X, "5622", "ODJAVA INFO", "Odjavljene su poruke o novim uslugama"),
    ("telenor", P, "5622", "PCA VE 6666 0101990710008", "Poruka nije prepoznata"),
    ("telenor", P, "5622", "odjava!", "Odjavljeni ste sa svih"),
    ("telenor", P, "5622", "ОДЈАВА", "Nista nije promenjeno"),
    // The same question again and again is answered each time.
    ("telenor", P, "5622", "TR 2", "1.234.567,89"),
    ("telenor", P, "5622", "TR 2", "1.234.567,89"),
    ("telenor", P, "5622", "TR 2", "1.234.567,89"),
    // The bank never answers for this account.
    ("telenor", W, "5622", "TR", "Podatak trenutno nije dostupan"),
];

/// What must stand in clear nowhere: numbers, balances, texts, a card, a JMBG, the password.
const SECRETS: [&str; 9] = [
    "631112222",
    "642223344",
    "608889999",
    "1.234.567,89",
    "fakturi",
    "5412 7512",
    "541275123458",
    "0101990710008",
    "secret08",
];

// As many go over TCP; all of them go through the engine (`tests/messages.rs`).
const _: () = assert!(ROWS.len() >= 60);

#[tokio::test]
async fn customers_are_answered() {
    let telenor = sim(Profile::named("telenor")).await;
    // Operators write numbers in their own ways.
    let source = |name, source| Profile { source, ..Profile::named(name) };
    let vip = sim(source("vip", SourceFormat::National)).await;
    let mts = sim(source("mts", SourceFormat::Plus)).await;
    let sims = [("telenor", &telenor), ("vip", &vip), ("mts", &mts)];
    let folder = folder(&sims.map(|(name, sim)| (name, sim.addr())));
    folder.change("config.toml", "# answer = \"45s\"", "answer = \"1s\"");
    let mut daemon = folder.start();
    for (_, sim) in sims {
        bound(sim, 1).await;
    }
    let mut wrong = Vec::new();
    for (operator, phone, code, text, fragment) in ROWS {
        let (_, sim) = sims.iter().find(|(name, _)| name == operator).unwrap();
        let text = dated(text);
        let reply = ask(sim, phone, code, &text).await;
        if !reply.text.contains(fragment) || reply.from_code != *code {
            wrong.push(format!("{operator} {phone} {code} {text}: {reply:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), daemon.log());
    for (_, sim) in sims {
        assert_eq!(sim.stats().malformed, 0);
    }
    daemon.stop().await;
    let (log, stored) = (daemon.log(), folder.stored());
    assert!(!stored.is_empty());
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret} in the log");
        let there = stored.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!there, "{secret} in the store");
    }
}

/// `{later}`: a day to come; `{saturday}`: the last one, when an earlier list is in force.
#[expect(clippy::disallowed_methods, reason = "the daemon has the real clock, too")]
fn dated(text: &str) -> String {
    let today = Zoned::now().with_time_zone(TimeZone::get("Europe/Belgrade").unwrap()).date();
    let later = today.checked_add(3.days()).unwrap();
    let saturday = today.nth_weekday(-1, Weekday::Saturday).unwrap();
    let written = |date: jiff::civil::Date| date.strftime("%d.%m.%y").to_string();
    text.replace("{later}", &written(later)).replace("{saturday}", &written(saturday))
}
