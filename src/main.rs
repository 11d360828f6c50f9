//! tellerd's command line: arguments, logging, exit code. What the commands do is in the library.
//!
//! Exit codes: 0 done · 1 a fault that the message names · 2 wrong arguments · 75 the store can't
//! write, or a task of ours died (the supervisor starts the daemon anew) · 130 a second signal.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::client::{bill, messages};
use tellerd::config::{self, Config, LogFormat};
use tellerd::daemon::assemble;
use tellerd::daemon::clock::Clock;
use tellerd::daemon::run::{RunError, start};
use tellerd::daemon::socket::{Known, Socket};
use tellerd::engine::StartError;
use tellerd::probe;
use tellerd::store::StoreError;
use tellerd::trial;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

mod clerk;

use clerk::{
    Money, Runs, Switch, enrol, finish, messages, money, reload, reverse, runs, switch, tell_events,
};

/// Many small allocations in one thread, freed in another: measured, a tenth faster than the
/// system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A bank's teller by SMS: binds to the operators' message centres over SMPP 3.4, answers what
/// customers text to the bank's short codes, and loses nothing that it has accepted.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Arguments {
    /// The configuration.
    #[arg(long, global = true, default_value = "config.toml", value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tellerd check                                    is everything in config.toml and services/ right?
  tellerd try --from +381631112222 --to 5622 \"TR 2\"  what would this customer be answered?
  tellerd demo                                     the daemon, simulated operators, a phone
  tellerd demo --tour                              the same, scripted, ends by itself
  tellerd run                                      the daemon
  tellerd event today.ndjson                       the bank's events, to the daemon that runs
  tellerd enrol --dry-run enrolments.csv           the branch's forms: what would become of them?
  tellerd money list                               orders of money that are open
  tellerd messages --phone +381631112222           what was said with this number? (a complaint)
  tellerd probe telenor --to +381631112222         how does this operator's SMSC behave?
  tellerd bill --service card-alarm --month 2026-11 what that month's messages cost, as CSV";

#[derive(Subcommand)]
enum Command {
    /// Run the daemon until SIGTERM or SIGINT; it drains what is in flight, unbinds, flushes and
    /// exits 0
    Run,
    /// Check the configuration and the service files; report all faults with their places and
    /// remedies
    Check,
    /// Show what would be answered to a text, in which alphabet and how many parts; touches nothing
    Try {
        /// The customer's number, such as +381631112222.
        #[arg(long, value_parser = Msisdn::parse)]
        from: Msisdn,
        /// The bank's code, such as 5622.
        #[arg(long, value_parser = ShortCode::parse)]
        to: ShortCode,
        /// The operator that it comes over; without it the one that the number is probably
        /// with: by the branch's note, the porting list, or its prefix.
        #[arg(long)]
        operator: Option<String>,
        /// What the customer types.
        text: String,
    },
    /// Tell a running daemon of the bank's events (CloudEvents: NDJSON, a JSON array, or one
    /// object)
    ///
    /// An event is on disk, with every alert that follows from it, before this says that it was
    /// taken. The same source and id count once, so that a file may be sent again. Exit code 1 if
    /// any was refused.
    Event {
        /// The bank, as [[bank]] in the configuration names it; may be left out where there is only
        /// one.
        #[arg(long)]
        bank: Option<String>,
        /// The events; `-` for standard input.
        file: PathBuf,
    },
    /// Hand the branch's forms to a running daemon: enrol, change a number, suspend, unlock, leave
    ///
    /// JSON (one object, an array, NDJSON), or a table where the file's name ends in .csv; the
    /// forms of examples/enrol.ndjson show what can be ordered. What can't be done of a form is
    /// refused with its reason, the rest is done, and the same form twice changes nothing. A new
    /// access code is shown once, here. Exit code 1 if anything was refused.
    Enrol {
        /// The bank; left out, each form's service tells.
        #[arg(long)]
        bank: Option<String>,
        /// Only show what would become of each form by itself.
        #[arg(long)]
        dry_run: bool,
        /// The forms; `-` for standard input.
        file: PathBuf,
    },
    /// Orders of money that are open at a running daemon: list them, settle an unknown one
    Money {
        /// The bank, as [[bank]] in the configuration names it; may be left out where there is only
        /// one.
        #[arg(long, global = true)]
        bank: Option<String>,
        #[command(subcommand)]
        what: Money,
    },
    /// What many are being told just now (offers, reports, notices of fees): list, pause, resume,
    /// stop
    Runs {
        /// The bank; may be left out where there is only one.
        #[arg(long, global = true)]
        bank: Option<String>,
        #[command(subcommand)]
        what: Runs,
    },
    /// Switch a command of a service off at once, with a text that answers it, and on again
    ///
    /// For the hour in which the core's figures are wrong: in force with the next message, and kept
    /// over a restart. What was ordered before goes on; help is never switched off.
    Switch {
        #[command(subcommand)]
        what: Switch,
    },
    /// Show a service's bill of a month, or what went over an operator in it
    ///
    /// The bill of a month that was charged (on its last day) never changes: asking again charges
    /// nobody again, and each line's id is the same. That of the month that runs shows what it
    /// would be now. Account numbers stand in it whole.
    Bill(bill::Arguments),
    /// Show what was said with a number, when, and what became of it: the view for a complaint
    ///
    /// Each text as the customer wrote it, what he was answered or told unasked, when the SMSC had
    /// it and, where receipts are asked for, when it reached his phone. Texts stand in it whole,
    /// and what looks like a card's number, a citizen's or an access code was never stored. Ended
    /// messages are kept for `keep` in config.toml.
    Messages {
        /// The bank; may be left out where there is only one.
        #[arg(long)]
        bank: Option<String>,
        #[command(flatten)]
        asked: messages::Arguments,
    },
    /// Reverse a line of a bill that was wrong: two persons say so, and the bill shows it
    ///
    /// The charge stays as it is; its reversal is a line of its own, once, with an id of its own.
    Reverse(bill::Reversal),
    /// Look at how an operator's SMSC answers, and print the [[operator]] section that fits
    ///
    /// Binds once, asks what costs nothing, and with --to also submits to a phone of yours: which
    /// ids and receipts it gives, what data_coding 0 means, what it refuses and how. A bind that is
    /// refused isn't tried again. Exit code 1 if it isn't bound to.
    Probe(probe::command::Arguments),
    /// Let a running daemon read its data files again (the days off and the ported numbers,
    /// `holidays` and `ported` in config.toml), without a restart
    Reload,
    /// Show the whole at work: the daemon, simulated operators and the sample bank in one process
    #[cfg(feature = "demo")]
    Demo {
        /// Hold the scripted conversations of examples/tour.txt and exit, instead of waiting for
        /// typing.
        #[arg(long)]
        tour: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let environment = |name: &str| std::env::var(name).ok();
    let read = match arguments.command {
        Command::Check => config::check,
        _ => config::load,
    };
    let config = match read(&arguments.config, &environment) {
        Ok(config) => config,
        Err(faults) => {
            let coloured = std::io::stderr().is_terminal();
            let shown = if coloured { faults.coloured() } else { faults.to_string() };
            eprintln!("{}", shown.trim_end());
            return ExitCode::FAILURE;
        }
    };
    match arguments.command {
        Command::Run => run(&config),
        Command::Check => check(&config, &arguments.config),
        Command::Try { from, to, operator, text } => try_text(&config, from, to, operator, &text),
        Command::Event { bank, file } => tell_events(&config, bank, &file),
        Command::Enrol { bank, dry_run, file } => enrol(&config, bank, dry_run, &file),
        Command::Money { bank, what } => finish(money(&config, bank, what)),
        Command::Runs { bank, what } => finish(runs(&config, bank, &what)),
        Command::Probe(asked) => {
            log_to_stderr(LogFormat::Human, "warn");
            finish(probe::command::run(&config, &arguments.config, &asked))
        }
        Command::Switch { what } => finish(switch(&config, &what)),
        Command::Reload => finish(reload(&config)),
        Command::Bill(asked) => {
            finish(bill::show(&config.store_path, &asked).map_err(|error| error.to_string()))
        }
        Command::Messages { bank, asked } => finish(messages(&config, bank, &asked)),
        Command::Reverse(asked) => finish(reverse(&config, &asked)),
        #[cfg(feature = "demo")]
        Command::Demo { tour } => {
            log_to_stderr(LogFormat::Human, "warn");
            let folder = arguments.config.parent().map(PathBuf::from).unwrap_or_default();
            let tour = tour || !std::io::stdin().is_terminal();
            finish(tellerd::demo::run(config, &folder, tour).map_err(|error| error.to_string()))
        }
    }
}

fn run(config: &Config) -> ExitCode {
    log_to_stderr(config.log.format, config.log.level.as_str());
    match run_daemon(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            exit_code(&error)
        }
    }
}

/// 75 (EX_TEMPFAIL) where starting anew may help.
fn exit_code(error: &RunError) -> ExitCode {
    match error {
        RunError::Died(_)
        | RunError::Store(StoreError::Failed { .. } | StoreError::Fenced { .. })
        | RunError::Start(StartError::Store(
            StoreError::Failed { .. } | StoreError::Fenced { .. },
        )) => ExitCode::from(75),
        _ => ExitCode::FAILURE,
    }
}

fn run_daemon(config: &Config) -> Result<(), RunError> {
    let system = |doing| move |cause| RunError::System { doing, cause };
    let clock = Clock::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(system("start the runtime"))?;
    // From here on: who is told to end while the store is being opened opens it and ends cleanly.
    let mut signals = {
        let _runtime = runtime.enter();
        Signals::listen().map_err(system("listen for signals"))?
    };
    for warning in config.warnings(clock.now().wall) {
        tracing::warn!("{warning}");
    }
    let engine = assemble::on_disk(config, clock.now())?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        store = %config.store_path.display(),
        operators = config.operators.len(),
        live = engine.live(),
        "running"
    );
    let runtime = Arc::new(runtime);
    let running = start(engine, assemble::operators(config), clock, Arc::clone(&runtime))?;
    let known = Known { banks: config.setup.banks.clone(), data: config.data.clone() }.into();
    let socket = {
        let _runtime = runtime.enter();
        Socket::listen(&config.store_path, running.door(), known)
    };
    match socket {
        Ok(socket) => drop(runtime.spawn(socket.serve())),
        // Customers are answered all the same.
        Err(error) => tracing::error!("clients on this machine can't reach the daemon: {error}"),
    }
    let stop = running.stopper();
    runtime.spawn(async move {
        signals.next().await;
        tracing::info!("ending: draining what is in flight; a second signal ends at once");
        stop();
        signals.next().await;
        tracing::warn!("ended at once by a second signal");
        std::process::exit(130);
    });
    running.join()?;
    Ok(())
}

/// SIGTERM and SIGINT, none of which is missed between two looks.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn check(config: &Config, path: &std::path::Path) -> ExitCode {
    let setup = &config.setup;
    println!(
        "{}: all right. {} operators, {} services, {} routes.",
        path.display(),
        setup.operators.len(),
        setup.services.len(),
        setup.routes.len()
    );
    for warning in config.warnings(Clock::start().now().wall) {
        eprintln!("warning: {warning}");
    }
    ExitCode::SUCCESS
}

fn try_text(
    config: &Config,
    from: Msisdn,
    to: ShortCode,
    operator: Option<String>,
    text: &str,
) -> ExitCode {
    let now = Clock::start().now();
    let trial = trial::run(config, from, to, operator.as_deref(), text, now);
    finish(trial.map_err(|error| error.to_string()).map(|trial| {
        let mut out = std::io::stdout().lock();
        // A reader that has gone away needs no answer.
        let _ = print_trial(&trial, &mut out);
    }))
}

fn print_trial(trial: &trial::Trial, out: &mut impl Write) -> std::io::Result<()> {
    let why = trial.reason.map(|why| format!(", {why}")).unwrap_or_default();
    let over = format!("{}{why}", trial.operator);
    let Some(told) = &trial.told else {
        return writeln!(out, "over {over}: no message; the SMSC gets {}", trial.status);
    };
    match &told.reply {
        Some((wording, plan)) => {
            writeln!(out, "{wording}")?;
            let parts = if plan.parts == 1 { "part" } else { "parts" };
            let (units, count, written) = (plan.units, plan.parts, plan.written);
            let (command, text) = (&told.command, &told.text);
            writeln!(
                out,
                "-- {text} ({command}, over {over}): {written}, {units} characters, {count} {parts}"
            )
        }
        None => writeln!(out, "-- silence ({}, over {over})", told.command),
    }
}

/// Logs go to stderr; RUST_LOG, where it is set, says what is logged.
fn log_to_stderr(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(format!("{level},sled=warn")));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Human => {
            log.with_ansi(std::io::stderr().is_terminal()).with_target(false).init()
        }
        LogFormat::Json => log.json().init(),
    }
}
