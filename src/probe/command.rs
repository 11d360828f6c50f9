//! The command: its arguments, its progress, what it prints.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::{Plan, Subject, probe, report, section, settings};
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::config::Config;
use crate::daemon::clock::Clock;
use crate::daemon::socket;

/// For how long after the receipts a text that the phone sends back is waited for.
const ECHO_WAIT: Duration = Duration::from_secs(5);

/// What is to be looked at.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The operator, as config.toml names it.
    operator: String,
    /// Which of its binds, from 1.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    bind: usize,
    /// A phone of your own on its network, such as +381631112222: it gets two or three texts.
    /// Without it nothing is submitted. One that sends each text back shows what data_coding 0 is.
    #[arg(long, value_parser = Msisdn::parse, value_name = "PHONE")]
    to: Option<Msisdn>,
    /// The code that the texts come from; without it, the first that is routed there.
    #[arg(long, value_parser = ShortCode::parse, value_name = "CODE")]
    from: Option<ShortCode>,
    /// For so many seconds the phone also gets as many texts as the contract's rate allows: each
    /// costs what the operator takes.
    #[arg(long, default_value_t = 0, value_name = "SECONDS", requires = "to")]
    load: u64,
    /// For how many seconds receipts are waited for.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    wait: u64,
    /// Bind although the daemon runs: an SMSC that takes one bind a system_id refuses one of
    /// the two.
    #[arg(long)]
    anyway: bool,
}

/// Probes, and prints what was seen and which section fits. `source`: the configuration as it is
/// written.
pub fn run(config: &Config, source: &Path, asked: &Arguments) -> Result<(), String> {
    let name = asked.operator.as_str();
    let names: Vec<&str> = config.setup.operators.iter().map(|one| one.name.as_str()).collect();
    let Some(place) = names.iter().position(|one| *one == name) else {
        return Err(format!("there is no operator `{name}`; there are {}", names.join(", ")));
    };
    let options = &config.operators[place];
    if !(1..=options.binds.len()).contains(&asked.bind) {
        return Err(format!("{name} has {} binds, no {}th", options.binds.len(), asked.bind));
    }
    if !asked.anyway && UnixStream::connect(socket::path(&config.store_path)).is_ok() {
        return Err(format!(
            "the daemon runs, bound as {}: stop it, or say --anyway if {name} takes another bind",
            options.binds[asked.bind - 1].system_id
        ));
    }
    let routed = || {
        let mut codes = config.setup.routes.iter().filter(|route| route.operator == place);
        codes.next().map(|route| route.code)
    };
    let plan = Plan {
        bind: asked.bind - 1,
        code: asked.from.or_else(routed),
        phone: asked.to,
        load: Duration::from_secs(asked.load),
        wait: Duration::from_secs(asked.wait),
        echo_wait: ECHO_WAIT,
    };
    let form = &config.setup.operators[place].form;
    let subject = Subject { options, links: &config.links[place], form };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| format!("can't start: {cause}"))?;
    let mut tell = |what: &str| eprintln!("{what} …");
    let seen = runtime.block_on(probe(&plan, subject, Clock::start(), &mut tell));
    let seen = seen.map_err(|error| error.to_string())?;
    let mut text = format!("{name}, bind {}\n{}", asked.bind, report(&seen));
    if seen.is_bound() && seen.sent.is_empty() {
        text += "\nNothing was submitted: --to PHONE looks at ids, receipts and alphabets, too.\n";
    }
    let found = settings(&seen, options);
    let written = std::fs::read_to_string(source).unwrap_or_default();
    if let Some(section) = section(&written, name, &found).filter(|_| !found.is_empty()) {
        let _ = write!(text, "\nThe section that fits:\n\n{section}");
    }
    // A reader that has gone away needs no answer.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    if seen.is_bound() { Ok(()) } else { Err(format!("{name} isn't bound to; see above")) }
}
