//! The binary `smpp-sim`: a listener an operator, phones on stdin, a line for all that happens.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use smpp_sim::operators::{DEFAULTS, Line, Operator, read_line};
use smpp_sim::{Event, Odds, Profile, Receipts, Sim, System, alphabet_name};
use tokio::io::{AsyncBufReadExt, BufReader};

const TYPING: &str = "\
Type on phones, one text a line:
  +381631112222 5622 TR 2             NUMBER CODE TEXT; the operator follows from the number
  @telenor +381642223344 5622 TR      of this operator, whatever the number (ported ones)
  status                              counters of every operator
  help                                this
";

const EXAMPLES: &str = "\
What the lines on stdout say:
  12:00:01 telenor bind         bank transceiver
  12:00:02 telenor in           +381631112222 -> 5622: TR 2
  12:00:02 telenor out          5622 -> +381631112222 (1 part, GSM-7, 38 ms): TR 2: 1.234.567,89

Examples:
  smpp-sim                                              the six operators of the shipped config
  echo '+381631112222 5622 TR 2' | smpp-sim             one question, five seconds for the answer
  smpp-sim --operator a=127.0.0.1:2775,+38163 --rate 50 --receipts 2s
  smpp-sim --faults mild --seed 7                       each fault now and then, the same each time
  smpp-sim --faults drop-after=50,lose-submit-resp=20   odds per ten thousand
";

/// SMSCs to test against: SMPP 3.4 over TCP, with phones to type on.
#[derive(Parser)]
#[command(version, after_help = format!("{TYPING}\n{EXAMPLES}"))]
struct Arguments {
    /// An operator in place of the six of the shipped configuration; repeat for more
    #[arg(long, value_name = "NAME=ADDR[,PREFIX...]")]
    operator: Vec<Operator>,
    /// Parts per second that each operator accepts; more are throttled (0x58) [default: any]
    #[arg(long, value_name = "PARTS")]
    rate: Option<u32>,
    /// Time between a request and its response, such as 50ms or 2s
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = time)]
    delay: Duration,
    /// Time until a receipt, where one is asked for; "off" for an operator that sends none
    #[arg(long, value_name = "TIME|off", default_value = "2s", value_parser = Delivery::parse)]
    receipts: Delivery,
    /// Who may bind, and with which password [default: anybody]
    #[arg(long, value_name = "SYSTEM_ID:PASSWORD", value_parser = system)]
    password: Option<System>,
    /// Misbehaviour: none, mild, hostile, or a list of NAME=ODDS per ten thousand
    #[arg(long, value_name = "ODDS", default_value = "none", value_parser = Odds::parse)]
    faults: Odds,
    /// What the faults follow from
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// How long to go on after the end of stdin
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    linger: Duration,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    if arguments.operator.is_empty() {
        arguments.operator = DEFAULTS.iter().filter_map(|o| o.parse().ok()).collect();
    }
    let mut sims = Vec::new();
    for (seed, operator) in (arguments.seed..).zip(&arguments.operator) {
        match Sim::listen(operator.addr, profile(&arguments, operator, seed)).await {
            Ok(sim) => {
                say(&sim, &operator.name, "listens", &sim.addr().to_string());
                tokio::spawn(report(sim.clone(), operator.name.clone()));
                sims.push(sim);
            }
            Err(error) => {
                eprintln!("{} can't listen on {}: {error}", operator.name, operator.addr);
                return ExitCode::FAILURE;
            }
        }
    }
    tokio::select! {
        () = phones(&arguments.operator, &sims) => {
            tokio::select! {
                () = tokio::time::sleep(arguments.linger) => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        _ = tokio::signal::ctrl_c() => {}
    }
    for sim in &sims {
        sim.stop().await;
    }
    ExitCode::SUCCESS
}

fn profile(arguments: &Arguments, operator: &Operator, seed: u64) -> Profile {
    let country = operator.prefixes.first().map_or("381", |p| match p.as_str() {
        p if p.starts_with("48") => "48",
        p if p.starts_with("383") => "383",
        _ => "381",
    });
    Profile {
        seed,
        systems: arguments.password.iter().cloned().collect(),
        rate: arguments.rate,
        response_delay: arguments.delay,
        receipts: arguments.receipts.0.clone(),
        odds: arguments.faults,
        country: country.into(),
        ..Profile::named(&operator.name)
    }
}

/// Sends what is typed, until there is no more.
async fn phones(operators: &[Operator], sims: &[Sim]) {
    let mut lines = BufReader::new(tokio::io::stdin()).split(b'\n');
    // A line that is not UTF-8 is a line all the same.
    while let Ok(Some(line)) = lines.next_segment().await {
        match read_line(operators, &String::from_utf8_lossy(&line)) {
            Ok(Line::Empty) => {}
            Ok(Line::Help) => print(TYPING),
            Ok(Line::Status) => {
                for (sim, operator) in sims.iter().zip(operators) {
                    let s = sim.stats();
                    let told = format!(
                        "{} bound; {} in, {} waiting; {} out, {} refused; faults: {}",
                        sim.bound(),
                        s.delivered,
                        sim.undelivered(),
                        s.submitted,
                        s.refused,
                        sim.fault_counts()
                    );
                    say(sim, &operator.name, "status", &told);
                }
            }
            Ok(Line::Send { operator, from, to, text }) => {
                let sim = &sims[operator];
                let waits = if sim.bound() == 0 { " (waits for a bind)" } else { "" };
                let told = format!("{from} -> {to}: {text}{waits}");
                say(sim, &operators[operator].name, "in", &told);
                sim.phone_sends(from, to, text);
            }
            Err(message) => eprintln!("{message}"),
        }
    }
}

/// Prints what happens at one operator.
async fn report(sim: Sim, name: String) {
    loop {
        let (what, told) = match sim.next_event().await {
            Event::Bound { mode, system_id, .. } => {
                ("bind", format!("{system_id} {}", format!("{mode:?}").to_lowercase()))
            }
            Event::BindRefused { system_id, status, .. } => {
                ("bind refused", format!("{system_id} with 0x{status:02X}"))
            }
            Event::Unbound { system_id, gracefully: true, .. } => ("unbind", system_id),
            Event::Unbound { system_id, .. } => ("lost", system_id),
            Event::Message(m) => {
                let parts =
                    if m.parts == 1 { "1 part".into() } else { format!("{} parts", m.parts) };
                let alphabet = alphabet_name(m.data_coding);
                let after = m.after_deliver.map(|d| format!(", {} ms", d.as_millis()));
                let after = after.unwrap_or_default();
                let text = m.text.replace('\n', "\\n").replace('\r', "\\r");
                ("out", format!("{} -> {} ({parts}, {alphabet}{after}): {text}", m.from_code, m.to))
            }
            Event::SubmitRefused { to, status, .. } => {
                ("refused", format!("-> +{to} with 0x{status:02X}"))
            }
            Event::DeliverAnswered { id, status: 1.., part, .. } => {
                ("in refused", format!("message {} part {part} by the bank", id.0))
            }
            Event::Malformed { why, .. } => ("malformed", why.into()),
            _ => continue,
        };
        say(&sim, &name, what, &told);
    }
}

fn say(sim: &Sim, name: &str, what: &str, told: &str) {
    let at = sim.with(|smsc, now| smsc.profile().epoch + now.as_secs());
    let (hour, minute, second) = (at / 3600 % 24, at / 60 % 60, at % 60);
    print(&format!("{hour:02}:{minute:02}:{second:02} {name:7} {what:12} {told}\n"));
}

fn print(text: &str) {
    // Whoever closed stdout doesn't want to read it; the phones go on.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Reads `50ms`, `2s` or `5m`.
fn time(text: &str) -> Result<Duration, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u32 = text[..text.len() - unit.len()].parse().map_err(|_| wrong_time(text))?;
    match unit {
        "ms" => Ok(Duration::from_millis(number.into())),
        "s" => Ok(Duration::from_secs(number.into())),
        "m" => Ok(Duration::from_secs(60 * u64::from(number))),
        _ => Err(wrong_time(text)),
    }
}

fn wrong_time(text: &str) -> String {
    format!("{text:?} is no time such as 50ms, 2s or 5m")
}

/// Receipts or none. A type of its own, for clap takes an `Option` to be an optional argument.
#[derive(Clone)]
struct Delivery(Option<Receipts>);

impl Delivery {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let delay = time(text)?;
        Ok(Self(Some(Receipts { delay, ..Receipts::default() })))
    }
}

fn system(text: &str) -> Result<System, String> {
    let (system_id, password) =
        text.split_once(':').ok_or("give SYSTEM_ID:PASSWORD, e.g. bank:secret")?;
    Ok(System { system_id: system_id.into(), password: password.into(), codes: Vec::new() })
}
