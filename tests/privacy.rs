//! Nothing personal stands in clear in the store or in the log, at the most talkative log level.
//!
//! The tour's conversations and planted secrets pass through the real binary; then every file of
//! the store and the whole log are searched for numbers, accounts, cards, balances and texts, in
//! every form that they might take. Public texts (rates, the offer) may stand there.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "common/daemon.rs"]
mod daemon;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use daemon::{Country, Daemon, PATIENCE, Place, until};

/// Shorter forms are found everywhere by chance.
const SHORTEST: usize = 5;

/// What strangers and customers plant: operator, number, code, text, and what of it must not be
/// found.
const PLANTED: [(&str, &str, &str, &str, &str); 16] = [
    ("vip", "+381608887777", "5622", "Sifra mog sefa je Zvezdana4417", "Zvezdana4417"),
    ("telenor", "+381631112222", "5622", "Moj JMBG je 0101990710018", "0101990710018"),
    ("telenor", "+381631112222", "5622", "KT 4929 1234 5678 9016", "4929 1234 5678 9016"),
    ("telenor", "+381631112222", "5622", "KT 4929123456789016", "4929123456789016"),
    ("mts", "+381641112222", "5622", "Моја тајна шифра је Бисерка", "Бисерка"),
    (
        "vip",
        "+381601112222",
        "5622",
        "Duga poruka u vise delova, koja prvo govori o vremenu i o putu do ekspoziture, o redu \
         pred salterom i o tome da je kisa padala celog dana, a tek na kraju kaze: Vidosava8831",
        "Vidosava8831",
    ),
    // A holder's number: right, wrong, in another order, and with a card that isn't his.
    ("telenor", "+381633334444", "4640", "PCA VE 1234 0101990710008 11", "0101990710008"),
    ("mts", "+381643334444", "4640", "UCA VE 4321 15 03 985710126", "15 03 985710126"),
    ("vip", "+381603334444", "4640", "ПЦА ВЕ 1234 3112979915033", "3112979915033"),
    // Balances, and a number that money was to go to.
    ("vala", "+38343555111", "50333", "bilanc", "15,020.75"),
    ("vala", "+38345200222", "50333", "044 765 432 ju lutem", "044 765 432"),
    // Access codes: right, wrong, a stranger's, and one in a text of several parts.
    ("plus", "+48601234567", "48661000555", "482913 SALDO", "482913"),
    ("plus", "+48602111222", "48661000555", "saldo kod:719351", "719351"),
    ("plus", "+48509000111", "48661000555", "HISTORIA 1 kod 482913", "HISTORIA 1 kod"),
    ("plus", "+48501234567", "48661000555", "482913 historia 2", "12 300,00"),
    (
        "plus",
        "+48602111222",
        "48661000555",
        "719350 SALDO, a poza tym bardzo prosze o pilny kontakt telefoniczny w godzinach \
         popoludniowych, najlepiej miedzy szesnasta a osiemnasta, gdyz wczesniej jestem w pracy \
         i nie moge rozmawiac; moje haslo to Malwina5520",
        "Malwina5520",
    ),
];

/// What the banks tell of: bank, type, the operator and the number of whom it concerns, the data.
const TOLD: [(&str, &str, &str, &str, &str); 3] = [
    (
        "kombank",
        "account.credited",
        "telenor",
        "+381691112222",
        r#"{"account":"205-0001000411201-29","amount":"73219.46","currency":"RSD","description":"Pozajmica Dobrila"}"#,
    ),
    (
        "card-alarm",
        "card.authorized",
        "telenor",
        "+381623334444",
        r#"{"card":"E-mm-1111","outcome":"declined","amount":"83217.35","currency":"RSD","place":"Zlatara Obrenija","available":"61843.27"}"#,
    ),
    (
        "procredit",
        "account.debited",
        "ipko",
        "+38349123456",
        r#"{"account":"1110000002300146","amount":"9173.28","currency":"EUR","description":"Qiraja Arberit","balance":"4417.93"}"#,
    ),
];

/// What the branch hands in: each service, and forms that can't be read or done.
const FORMS: &str = r#"{"service":"kombank","customer":"ref-770145","holder":"natural","phones":[{"number":"+381637744100","operator":"telenor"}],"accounts":[{"kind":"TR","number":"205-0009988111201-63","alerts":{"credit":"73000.00"}}]}
{"service":"card-alarm","customer":"ref-770146","holder":"natural","jmbg":"1207983710336","phones":[{"number":"+381647744200","operator":"mts"}],"cards":[{"word":"VE","last4":"4471","kind":"Visa Electron dinar","reference":"card-77014600","account":"200-0009988222201-11"}]}
{"service":"procredit","customer":"ref-770147","holder":"natural","phones":[{"number":"+38344774430","operator":"vala"}],"accounts":[{"kind":"RRJEDHESE","number":"1110009988330166"}],"tops_up":["+38344774431"]}
{"service":"sms-kontakt","customer":"ref-770148","holder":"natural","phones":[{"number":"+48607744500","operator":"plus"}],"accounts":[{"kind":"ROR","number":"PL79806300010099887760000010","report":{"at":"08:00","when":"changed"}}]}
{"service":"sms-kontakt","customer":"ref-770148","action":"reissue-code"}
{"service":"kombank","customer":"ref-770145","action":"change-number","to":"+381637744600","operator":"telenor"}
{"service":"card-alarm","customer":"ref-770149","holder":"natural","jmbg":"120798371033X","phones":[{"number":"+38164774420099887","operator":"mts"}],"cards":[{"last4":"4472","kind":"Visa","reference":"4929 1234 5678 9016"}]}
{"service":"kombank","customer":"ref-770150","holder":"legal","phones":[{"number":"+381637744700","operator":"mtz-77"}],"accounts":[{"kind":"TR","number":"205-0009988444201-44"}]}
{"service":"kombank","customer":"ref-770145","action":"leave"}
"#;

/// What must not be found: a name for it, and one form that it might take.
struct Needles {
    by_head: HashMap<[u8; SHORTEST], Vec<(String, Vec<u8>)>>,
    count: usize,
}

impl Needles {
    fn new() -> Needles {
        Needles { by_head: HashMap::new(), count: 0 }
    }

    fn form(&mut self, name: &str, form: Vec<u8>) {
        let Some(head) = form.first_chunk::<SHORTEST>() else { return };
        self.by_head.entry(*head).or_default().push((name.to_owned(), form));
        self.count += 1;
    }

    /// A text: UTF-8, UTF-16BE, and as logs print octets.
    fn text(&mut self, name: &str, text: &str) {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for octets in [text.as_bytes().to_vec(), wide] {
            let decimal: Vec<String> = octets.iter().map(u8::to_string).collect();
            let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            self.form(name, decimal.join(", ").into_bytes());
            self.form(name, hex.to_uppercase().into_bytes());
            self.form(name, hex.into_bytes());
            self.form(name, octets);
        }
    }

    /// A phone's number: its digits, also without the country code, and packed into a word.
    fn number(&mut self, name: &str, number: &str) {
        let digits = number.trim_start_matches('+');
        self.text(name, digits);
        self.text(name, &digits[if digits.starts_with("48") { 2 } else { 3 }..]);
        let word: u64 = digits.parse().unwrap();
        let significant = |octets: [u8; 8]| octets.into_iter().skip_while(|octet| *octet == 0);
        let big: Vec<u8> = significant(word.to_be_bytes()).collect();
        self.form(name, big.iter().rev().copied().collect());
        self.form(name, big);
        // As records are encoded: seven bits an octet.
        let (mut varint, mut rest) = (Vec::new(), word);
        while rest > 0 {
            varint.push((rest & 0x7F) as u8 | if rest > 0x7F { 0x80 } else { 0 });
            rest >>= 7;
        }
        self.form(name, varint);
    }

    /// The names of what is in `octets`.
    fn find(&self, octets: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for (at, head) in octets.windows(SHORTEST).enumerate() {
            for (name, form) in self.by_head.get(head).into_iter().flatten() {
                if octets[at..].starts_with(form) {
                    found.insert(name.as_str());
                }
            }
        }
        found
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    files
}

/// Accounts, balances, numbers and references of the sample customers.
fn seed_needles(seed: &str, needles: &mut Needles) {
    for (at, line) in (1..).zip(seed.lines()) {
        let Some((key, value)) = line.split_once('=') else { continue };
        let Some(value) = value.split('"').nth(1) else { continue };
        let name = format!("{} of the seed's line {at}", key.trim());
        match key.trim() {
            "number" if value.starts_with('+') => needles.number(&name, value),
            "number" => {
                needles.text(&name, value);
                needles.text(&name, &value.replace('-', ""));
                needles.text(&name, &value[4..]);
            }
            "balance" | "available" if value.len() > 7 => needles.text(&name, value),
            "reference" | "code" | "jmbg" => needles.text(&name, value),
            _ => {}
        }
    }
}

/// A log without the times that its lines begin with: of a million microseconds one is a code.
fn without_times(log: &[u8]) -> Vec<u8> {
    let lines = log.split_inclusive(|octet| *octet == b'\n');
    let told = lines.map(|line| {
        let begins = line.iter().position(|octet| *octet == b' ').unwrap_or_default();
        if line.first().is_some_and(u8::is_ascii_digit) { &line[begins..] } else { line }
    });
    told.flatten().copied().collect()
}

#[expect(clippy::disallowed_methods, reason = "the daemon has the real clock, too")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// The bank's news, over the local socket, and the alerts that follow from them.
async fn tell(place: &Place, country: &Country, needles: &mut Needles) {
    for (bank, kind, operator, number, data) in TOLD {
        let time = now();
        let event = format!(
            r#"{{"specversion":"1.0","source":"core","id":"{number}","type":"{kind}","time":"{time}","data":{data}}}"#
        );
        fs::write(place.path("news.ndjson"), event).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tellerd"));
        command.args(["event", "--bank", bank, "news.ndjson"]).current_dir(place.path(""));
        assert!(command.output().unwrap().status.success(), "{kind} isn't taken");
        let alert = country.sim(operator).wait_for_message(number, PATIENCE).await;
        needles.text(kind, &alert.unwrap_or_else(|| panic!("no alert of {kind}")).text);
        let values = data.split('"').skip(3).step_by(4).filter(|value| value.len() > 6);
        values.for_each(|value| needles.text(kind, value));
    }
}

/// A client of the daemon that stands beside it; what it prints.
fn client(place: &Place, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tellerd"));
    let output = command.args(arguments).current_dir(place.path("")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The branch's forms, those with faults too, and the bills.
fn hand_in(place: &Place, needles: &mut Needles) {
    fs::write(place.path("forms.ndjson"), FORMS).unwrap();
    let told = client(place, &["enrol", "forms.ndjson"]);
    let codes = told.lines().filter_map(|line| line.split_once("access code is "));
    let codes: Vec<&str> = codes.map(|(_, code)| code.trim()).collect();
    assert_eq!(codes.len(), 2, "{told}");
    codes.iter().for_each(|code| needles.text("a new access code", code));
    let values = FORMS.split('"').skip(1).step_by(2).filter(|value| value.len() > 6);
    for value in values.filter(|value| value.contains(|c: char| c.is_ascii_digit())) {
        match value.strip_prefix('+') {
            Some(number) => needles.number("a form's number", number),
            None => needles.text("a form's value", value),
        }
    }
    let month = now().to_zoned(jiff::tz::TimeZone::get("Europe/Belgrade").unwrap());
    let month = month.strftime("%Y-%m").to_string();
    for service in ["card-alarm", "sms-kontakt"] {
        let bill = client(place, &["bill", "--service", service, "--month", &month]);
        let accounts = bill.lines().skip(1).filter_map(|line| line.split(',').nth(2));
        let accounts: Vec<&str> = accounts.filter(|account| !account.is_empty()).collect();
        assert!(!accounts.is_empty() || has_no_open_bill(&bill), "{service}: {bill}");
        accounts.iter().for_each(|account| needles.text("a bill's account", account));
        let id = format!("{service}/{month}/1/0");
        client(place, &["reverse", &id, "--by", "Zdravka Ilincic", "--and", "Momir Stojkic"]);
    }
    needles.text("a clerk", "Zdravka Ilincic");
    needles.text("a clerk", "Momir Stojkic");
}

/// On the evening of a month's last day its bill has just been charged, and nothing is in the next.
fn has_no_open_bill(bill: &str) -> bool {
    bill.lines().count() <= 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_stands_in_clear() {
    let country = Country::listen().await;
    let place = Place::new(&country, |texts| {
        texts.set("# level = \"info\" ", "level = \"trace\" ").without_allowance()
    });
    let mut needles = Needles::new();
    for seed in ["kombank", "card-alarm", "procredit", "sms-kontakt"] {
        let seed = fs::read_to_string(place.path(&format!("examples/{seed}.toml"))).unwrap();
        seed_needles(&seed, &mut needles);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tellerd"));
    command.env("RUST_LOG", "trace");
    let mut daemon = Daemon::start_as(&place, command);
    daemon.bound(&country, &place).await;

    let tour = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/tour.txt");
    let tour = fs::read_to_string(tour).unwrap();
    let is_text = |line: &&str| !line.contains('{') && !line.contains(" clock ");
    let spoken = tour.lines().filter(|line| !line.starts_with([' ', '#'])).filter(is_text);
    let mut talks: Vec<(&str, &str, &str, &str)> = Vec::new();
    for line in spoken {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let talk = (word(), word(), word(), word());
        if !talk.3.is_empty() {
            talks.push(talk);
        }
    }
    for (operator, number, code, text, secret) in PLANTED {
        needles.text("a planted secret", secret);
        talks.push((operator, number, code, text));
    }
    assert!(talks.len() > 30, "{} conversations", talks.len());
    for (at, (operator, number, code, text)) in talks.iter().enumerate() {
        let sim = country.sim(operator);
        sim.phone_sends(number, code, text);
        let reply = sim.wait_for_message(number, PATIENCE).await;
        let reply = reply.unwrap_or_else(|| panic!("no reply to conversation {at}")).text;
        needles.number("a sender", number);
        // The offer is public, and commands of a word or two say nothing of anybody.
        if text.len() > 7 {
            needles.text(&format!("text {at}"), text);
        }
        if !reply.contains("kes kredit") {
            needles.text(&format!("the reply to text {at}"), &reply);
            let amounts = reply.split_whitespace().filter(|word| word.contains(','));
            let amounts = amounts.filter(|word| word.len() > 7 && !word.contains('/'));
            amounts.for_each(|amount| needles.text(&format!("an amount in reply {at}"), amount));
        }
    }
    tell(&place, &country, &mut needles).await;
    hand_in(&place, &mut needles);
    let sims = country.sims();
    until("all acknowledged", PATIENCE, || sims.iter().all(|sim| sim.undelivered() == 0)).await;
    // Everything as it stands while the daemon runs, then once more after its end.
    let mut found: Vec<String> = Vec::new();
    let mut octets = 0;
    let mut look = |place: &Place| {
        for path in files(&place.store).into_iter().chain([place.path("log")]) {
            let mut content = fs::read(&path).unwrap_or_default();
            octets += content.len();
            if path.ends_with("log") {
                content = without_times(&content);
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found
                .extend(needles.find(&content).into_iter().map(|what| format!("{what} in {name}")));
        }
    };
    look(&place);
    daemon.end(&place).await;
    look(&place);
    assert!(place.log().contains(" TRACE "), "the log isn't at its most talkative");
    assert!(found.is_empty(), "{}", found.join("\n"));
    println!("{} conversations, {} forms, {octets} octets searched", talks.len(), needles.count);

    // The same search finds what does stand there.
    for (name, planted) in [
        ("digits", b"x+381631112222x".to_vec()),
        ("word", 381_631_112_222_u64.to_le_bytes().to_vec()),
        ("wide", "Бисерка".encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("account", b"205000100011120163".to_vec()),
    ] {
        let path = place.store.join("registry").join(name);
        fs::write(&path, planted).unwrap();
        let hits = files(&place.store);
        let hits = hits.iter().filter(|path| !needles.find(&fs::read(path).unwrap()).is_empty());
        assert_eq!(hits.collect::<Vec<_>>(), [&path]);
        fs::remove_file(&path).unwrap();
    }
}
