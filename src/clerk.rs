//! The clients of a running daemon, as a person at a terminal uses them: events, forms, money.
//!
//! What they say to the daemon is `client`'s; here are their arguments, what they print, and how
//! they exit.

use std::path::Path;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use tellerd::client::{self, bill, messages};
use tellerd::config::Config;

/// `tellerd money`.
#[derive(Subcommand)]
pub(crate) enum Money {
    /// All that are open: reference, state, amount, when, what and for whom (masked)
    List,
    /// Two persons know what became of an unknown order: it ends so, and the customer is told
    Settle {
        /// The order's reference, as customers and `money list` have it.
        reference: u64,
        /// `done` where the sale was made, `failed` where it wasn't.
        outcome: Outcome,
        /// Who found out.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Who checked it: another person.
        #[arg(long, value_name = "NAME")]
        and: String,
    },
}

/// `tellerd runs`.
#[derive(Subcommand)]
pub(crate) enum Runs {
    /// All that are under way: number, service, what, state, messages made, until when, operators
    /// left
    List,
    /// Make no more messages of it for now; what stands in the outbox, seconds of work, leaves
    Pause {
        /// Its number, as `runs list` has it.
        number: u64,
    },
    /// Go on with it
    Resume {
        /// Its number.
        number: u64,
    },
    /// End it for good; what waits of it is withdrawn
    Stop {
        /// Its number.
        number: u64,
    },
}

/// `tellerd switch`.
#[derive(Subcommand)]
pub(crate) enum Switch {
    /// All commands that are off, and what answers them
    List,
    /// Answer a command with a text until it is switched on again
    Off {
        /// The command, as service files name it (`does = "balance"`).
        command: String,
        /// The service, as its file names it.
        #[arg(long)]
        service: String,
        /// What answers it; left out, the service's own "later".
        #[arg(long, default_value = "", hide_default_value = true)]
        text: String,
    },
    /// Carry it out again
    On {
        /// The command.
        command: String,
        /// The service.
        #[arg(long)]
        service: String,
    },
}

/// What became of an order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Outcome {
    Done,
    Failed,
}

/// The bank that is meant: the one named, or the only one.
fn choose_bank(config: &Config, named: Option<String>) -> Result<String, String> {
    let banks = &config.setup.banks;
    match (named, banks.as_slice()) {
        (Some(name), _) if banks.contains(&name) => Ok(name),
        (None, [only]) => Ok(only.clone()),
        (_, banks) => Err(format!("say which bank: --bank {}", banks.join(", --bank "))),
    }
}

/// What stands in a file; `-` is standard input.
fn read_file(file: &Path) -> Result<String, String> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| format!("can't read {}: {error}", file.display()))
}

/// Hands forms in, and tells what became of each.
pub(crate) fn enrol(config: &Config, bank: Option<String>, dry: bool, file: &Path) -> ExitCode {
    let bank = match bank.map(|bank| choose_bank(config, Some(bank))).transpose() {
        Ok(bank) => bank,
        Err(error) => return finish(Err(error)),
    };
    let is_table = file.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let papers = read_file(file).and_then(|text| {
        let lines = |faults: Vec<client::enrol::TableFault>| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            format!("{}:\n{}", file.display(), lines.join("\n"))
        };
        if is_table {
            client::enrol::of_table(&text).map_err(lines)
        } else {
            client::enrol::of_json(&text).map_err(|error| error.to_string())
        }
    });
    let (mut done, mut partly, mut refused, mut same) = (0, 0, 0, 0);
    let handed = papers.and_then(|papers| {
        let report = |paper: &client::enrol::Paper, told: &client::enrol::Told| {
            match (told.done.is_empty(), told.refused.is_empty()) {
                (false, true) => done += 1,
                (true, true) => same += 1,
                (false, false) => partly += 1,
                (true, false) => refused += 1,
            }
            let deeds = told.done.iter().map(|(field, did)| format!("{field} {did}"));
            let deeds = deeds.collect::<Vec<_>>().join(", ");
            if !deeds.is_empty() {
                println!("{}: {deeds}", paper.place);
            }
            if let Some(code) = &told.code {
                println!("{}: the new access code is {code}", paper.place);
            }
            for r in &told.refused {
                eprintln!("{} refused: {} {}: {}", paper.place, r.field, r.detail, r.remedy);
            }
        };
        client::enrol::hand_in(&config.store_path, bank.as_deref(), dry, &papers, report)
            .map_err(|error| error.to_string())
    });
    if let Err(error) = handed {
        return finish(Err(error));
    }
    let what = if dry { "would be done (dry run)" } else { "done" };
    println!("{done} {what}, {same} nothing new, {partly} in part, {refused} refused");
    if partly + refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells the daemon of events, and tells what became of them.
pub(crate) fn tell_events(config: &Config, bank: Option<String>, file: &Path) -> ExitCode {
    let told = choose_bank(config, bank).and_then(|bank| {
        let text = read_file(file)?;
        let complain = |place: usize, field: &str, why: &str| {
            eprintln!("event {place} refused: {field} {why}");
        };
        client::tell(&config.store_path, &bank, &text, complain).map_err(|error| error.to_string())
    });
    match told {
        Ok(told) => {
            println!(
                "{} taken ({} alerts, {} too old to be told), {} known already, {} refused",
                told.taken, told.alerts, told.stale, told.known, told.refused
            );
            if told.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => finish(Err(error)),
    }
}

/// Lists or settles orders of money.
pub(crate) fn money(config: &Config, bank: Option<String>, what: Money) -> Result<(), String> {
    let bank = choose_bank(config, bank)?;
    match what {
        Money::List => {
            let open = client::money::list(&config.store_path, &bank);
            for order in open.map_err(|error| error.to_string())? {
                let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
                println!(
                    "{:08}  {:8}  {:>8} {}  {}  {} for {}",
                    order.reference,
                    order.state,
                    order.amount,
                    or_unknown(order.currency),
                    order.ordered,
                    or_unknown(order.what),
                    or_unknown(order.target)
                );
            }
        }
        Money::Settle { reference, outcome, by, and } => {
            let done = outcome == Outcome::Done;
            let settlement = client::money::Settlement { reference, done, by, and };
            let settled = client::money::settle(&config.store_path, &bank, &settlement);
            match settled.map_err(|error| error.to_string())? {
                false => println!("{reference:08} settled; the customer is told"),
                true => println!("{reference:08} was settled so before; nothing follows again"),
            }
        }
    }
    Ok(())
}

/// Lists or steers what many are being told.
pub(crate) fn runs(config: &Config, bank: Option<String>, what: &Runs) -> Result<(), String> {
    let bank = choose_bank(config, bank)?;
    let steer = |number, what| client::runs::steer(&config.store_path, &bank, number, what);
    let shown = match what {
        Runs::List => client::runs::list(&config.store_path, &bank),
        Runs::Pause { number } => steer(*number, "pause"),
        Runs::Resume { number } => steer(*number, "resume"),
        Runs::Stop { number } => steer(*number, "stop"),
    };
    for run in shown.map_err(|error| error.to_string())? {
        let left = if run.left.is_empty() { "nobody".to_owned() } else { run.left.join(", ") };
        println!(
            "{:>6}  {}  {}  {:8}  {} told, until {}, left: {left}",
            run.number, run.service, run.kind, run.state, run.told, run.until
        );
    }
    Ok(())
}

/// Switches commands off and on, and lists what is off.
pub(crate) fn switch(config: &Config, what: &Switch) -> Result<(), String> {
    let store = &config.store_path;
    let off = match what {
        Switch::List => client::switches::list(store),
        Switch::Off { command, service, text } => {
            client::switches::switch(store, service, command, Some(text))
        }
        Switch::On { command, service } => client::switches::switch(store, service, command, None),
    };
    let off = off.map_err(|error| error.to_string())?;
    if off.is_empty() {
        println!("every command is on");
    }
    for off in off {
        println!("{} {} is off: {}", off.service, off.command, off.text);
    }
    Ok(())
}

/// Shows what was said with a number.
pub(crate) fn messages(
    config: &Config,
    bank: Option<String>,
    asked: &messages::Arguments,
) -> Result<(), String> {
    let bank = choose_bank(config, bank)?;
    messages::show(&config.store_path, &bank, asked).map_err(|error| error.to_string())
}

/// The exit code, and what went wrong on stderr.
pub(crate) fn finish(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tellerd: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reverses a line of a bill.
pub(crate) fn reverse(config: &Config, asked: &bill::Reversal) -> Result<(), String> {
    let again = bill::reverse(&config.store_path, asked).map_err(|error| error.to_string())?;
    println!("{}", if again { "it was reversed so before" } else { "reversed; the bill shows it" });
    Ok(())
}

/// Lets the daemon read the days off and the ported numbers again.
pub(crate) fn reload(config: &Config) -> Result<(), String> {
    client::reload(&config.store_path).map_err(|error| error.to_string())?;
    println!("the files are in force as they stand");
    Ok(())
}
