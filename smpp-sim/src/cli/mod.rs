//! The command line: what can be said on it, and the SMSCs that it asks for.

mod list;
mod load;
mod run;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use smpp_sim::control::Control;
use smpp_sim::file::{self, SAMPLE};
use smpp_sim::operators::{DEFAULTS, Operator};
use smpp_sim::units::read_time;
use smpp_sim::{Odds, Profile, Receipts, Sim, System};

const EXAMPLES: &str = "\
What the lines on stdout say:
  12:00:01 telenor bind         bank transceiver
  12:00:02 telenor in           +381631112222 -> 5622: TR 2
  12:00:02 telenor out          5622 -> +381631112222 (1 part, GSM-7, 38 ms): TR 2: 1.234.567,89

Examples:
  smpp-sim                                              the six operators of the shipped config
  echo '+381631112222 5622 TR 2' | smpp-sim             one question, five seconds for the answer
  smpp-sim --operator a=127.0.0.1:2775,+38163 --rate 50 --receipts 2s
  smpp-sim --operator a=127.0.0.1:2775 --personality hex-ids,receipts-first
  smpp-sim --faults mild --seed 7                       each fault now and then, the same each time
  smpp-sim --faults drop-after=50,lose-submit-resp=20   odds per ten thousand
  smpp-sim --print-profile > smsc.toml                  every setting, to be changed; then
  smpp-sim --profile smsc.toml --control 127.0.0.1:2780 and, from elsewhere,
  curl 127.0.0.1:2780                                   what can be done over HTTP
  smpp-sim load --code 5622 --text 'TR 2' --rate 200 --duration 60s
";

/// SMSCs to test against: SMPP 3.4 over TCP, with phones to type on.
#[derive(Parser)]
#[command(
    version,
    after_help = format!("{}\n{EXAMPLES}", run::TYPING),
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    smscs: Smscs,
    /// Serve the HTTP control on this loopback address, such as 127.0.0.1:2780
    #[arg(long, value_name = "ADDR")]
    control: Option<SocketAddr>,
    /// How long to go on after the end of stdin: 5s, or for ever with --control
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    linger: Option<Duration>,
    /// Print a profile file with every setting, its default and a comment
    #[arg(long)]
    print_profile: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Phones send texts at a rate and wait for the replies; prints rates and latencies
    Load(load::Arguments),
    /// Lists the personalities, or the settings of one
    Personalities {
        /// Print the settings that make this one
        name: Option<String>,
    },
}

/// Which SMSCs there are, and what they are like.
#[derive(Args)]
struct Smscs {
    /// A profile file with a section for each SMSC (see --print-profile)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["operator", "rate", "delay", "receipts", "password"])]
    profile: Option<PathBuf>,
    /// An operator in place of the six of the shipped configuration; repeat for more
    #[arg(long, value_name = "NAME=ADDR[,PREFIX...]")]
    operator: Vec<Operator>,
    /// Parts per second that each operator accepts; more are throttled (0x58) [default: any]
    #[arg(long, value_name = "PARTS")]
    rate: Option<u32>,
    /// Time between a request and its response, such as 50ms or 2s
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = read_time)]
    delay: Duration,
    /// Time until a receipt, where one is asked for; "off" for an operator that sends none
    #[arg(long, value_name = "TIME|off", default_value = "2s", value_parser = Delivery::parse)]
    receipts: Delivery,
    /// Who may bind, and with which password [default: anybody]
    #[arg(long, value_name = "SYSTEM_ID:PASSWORD", value_parser = system)]
    password: Option<System>,
    /// Operators as they are met in the field: hex-ids,slow (see smpp-sim personalities)
    #[arg(long, value_name = "NAME,...", value_parser = personality)]
    personality: Option<String>,
    /// Misbehaviour: none, mild, hostile, or a list of NAME=ODDS per ten thousand
    #[arg(long, value_name = "ODDS", value_parser = Odds::parse)]
    faults: Option<Odds>,
    /// What the faults follow from
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

/// Does what the command line says.
pub(crate) async fn start() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Personalities { name }) => return list::personalities(name.as_deref()),
        Some(Command::Load(load)) => return load::start(load).await,
        None if arguments.print_profile => {
            print(SAMPLE);
            return ExitCode::SUCCESS;
        }
        None => {}
    }
    let read = match arguments.smscs.read() {
        Ok(read) => read,
        Err(message) => return fail(&message),
    };
    let (operators, sims) = match listen(read).await {
        Ok(listening) => listening,
        Err(message) => return fail(&message),
    };
    for (operator, sim) in operators.iter().zip(&sims) {
        run::say(sim, &operator.name, "listens", &sim.addr().to_string());
    }
    if let Some(addr) = arguments.control {
        match Control::new(operators.clone(), sims.clone()).listen(addr).await {
            Ok((addr, serving)) => {
                run::say(&sims[0], "control", "listens", &addr.to_string());
                drop(tokio::spawn(serving));
            }
            Err(error) => return fail(&format!("the control can't listen on {addr}: {error}")),
        }
    }
    let patient = arguments.control.is_some();
    let linger = arguments.linger.or((!patient).then_some(Duration::from_secs(5)));
    run::converse(&operators, &sims, linger).await;
    ExitCode::SUCCESS
}

fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

fn print(text: &str) {
    // Whoever closed stdout doesn't want to read it; the phones go on.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Starts all listeners; each operator's SMSC stands at the same place.
async fn listen(read: Vec<(Operator, Profile)>) -> Result<(Vec<Operator>, Vec<Sim>), String> {
    let (mut operators, mut sims) = (Vec::new(), Vec::new());
    for (operator, profile) in read {
        let sim = Sim::listen(operator.addr, profile).await.map_err(|error| {
            format!("{} can't listen on {}: {error}", operator.name, operator.addr)
        })?;
        operators.push(operator);
        sims.push(sim);
    }
    Ok((operators, sims))
}

impl Smscs {
    fn read(&self) -> Result<Vec<(Operator, Profile)>, String> {
        let mut found = match &self.profile {
            Some(path) => {
                let shown = path.display();
                let text = std::fs::read_to_string(path).map_err(|error| {
                    format!("can't read {shown}: {error}; --print-profile prints a profile file")
                })?;
                let path = path.display().to_string();
                file::read(&path, &text, self.seed).map_err(|faults| faults.to_string())?
            }
            None => self.operators(),
        };
        for (_, profile) in &mut found {
            if let Some(names) = &self.personality {
                *profile = profile.clone().with_personality(names).map_err(|e| e.to_string())?;
            }
            profile.odds = self.faults.unwrap_or(profile.odds);
        }
        Ok(found)
    }

    fn operators(&self) -> Vec<(Operator, Profile)> {
        let mut operators = self.operator.clone();
        if operators.is_empty() {
            operators = DEFAULTS.iter().filter_map(|o| o.parse().ok()).collect();
        }
        let numbered = (self.seed..).zip(operators);
        numbered.map(|(seed, operator)| (operator.clone(), self.quiet(&operator, seed))).collect()
    }

    fn quiet(&self, operator: &Operator, seed: u64) -> Profile {
        let country = operator.prefixes.first().map_or("381", |p| match p.as_str() {
            p if p.starts_with("48") => "48",
            p if p.starts_with("383") => "383",
            _ => "381",
        });
        Profile {
            seed,
            systems: self.password.iter().cloned().collect(),
            rate: self.rate,
            response_delay: self.delay,
            receipts: self.receipts.0.clone(),
            numbers: operator.prefixes.clone(),
            country: country.into(),
            ..Profile::named(&operator.name)
        }
    }
}

/// Receipts or none. A type of its own, for clap takes an `Option` to be an optional argument.
#[derive(Clone)]
struct Delivery(Option<Receipts>);

impl Delivery {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let delay = read_time(text)?;
        Ok(Self(Some(Receipts { delay, ..Receipts::default() })))
    }
}

fn personality(names: &str) -> Result<String, String> {
    Profile::personality(names).map(|_| names.into()).map_err(|e| e.to_string())
}

fn system(text: &str) -> Result<System, String> {
    let (system_id, password) =
        text.split_once(':').ok_or("give SYSTEM_ID:PASSWORD, e.g. bank:secret")?;
    Ok(System { system_id: system_id.into(), password: password.into(), codes: Vec::new() })
}
