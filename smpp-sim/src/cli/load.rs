//! `smpp-sim load`: phones that write at a rate, and the table of what came back.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use smpp_sim::load::{Figures, Load, Plan};
use smpp_sim::operators::Operator;
use smpp_sim::units::read_time;
use smpp_sim::{Event, Profile, Record, Sim, file};
use tokio::time::{MissedTickBehavior, interval};

use super::{fail, listen, personality, print, run};

/// How often texts that are due leave.
const TICK: Duration = Duration::from_millis(5);

const EXAMPLES: &str = "\
Examples:
  smpp-sim load --code 5622 --text 'TR 2' --rate 200 --duration 60s
  smpp-sim load --text 'TR 1' --text 'KURS' --phones 1000 --json
  smpp-sim load --profile smsc.toml --rate 50           as the first [[smsc]] of the file

A reply counts from the moment when its text was due, so that a slow ESME can't hide behind the
texts that it didn't take. The exit code is 0 if every text was replied to, else 2.
";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Where the SMSC listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2775")]
    listen: SocketAddr,
    /// A profile file; its first SMSC is the one
    #[arg(long, value_name = "FILE", conflicts_with = "listen")]
    profile: Option<PathBuf>,
    /// Operators as they are met in the field: hex-ids,slow (see smpp-sim personalities)
    #[arg(long, value_name = "NAME,...", value_parser = personality)]
    personality: Option<String>,
    /// The short code that the phones write to
    #[arg(long, default_value = "5622")]
    code: String,
    /// What they write; repeat for several, sent in turn
    #[arg(long, default_value = "TR 2")]
    text: Vec<String>,
    /// How many phones there are
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    phones: u32,
    /// The number of the first one; the others count up
    #[arg(long, value_name = "NUMBER", default_value = "+381630000001", value_parser = number)]
    first: String,
    /// Texts a second, all phones together
    #[arg(long, value_name = "TEXTS", default_value_t = 50.0, value_parser = rate)]
    rate: f64,
    /// How long they write
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = read_time)]
    duration: Duration,
    /// How long a reply may take; after that it is lost
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = read_time)]
    patience: Duration,
    /// How long to wait for the first bind
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = read_time)]
    wait: Duration,
    /// Binds to wait for
    #[arg(long, default_value_t = 1)]
    binds: usize,
    /// Print the figures as JSON, and nothing else
    #[arg(long)]
    json: bool,
}

/// Waits for a bind, sends, waits for the replies, tells.
pub(super) async fn start(arguments: Arguments) -> ExitCode {
    let (name, sim) = match smsc(&arguments).await {
        Ok(sim) => sim,
        Err(message) => return fail(&message),
    };
    let told = |line: &str| {
        if arguments.json { eprint!("{line}") } else { print(line) }
    };
    told(&format!("{name} listens on {}; waiting for a bind\n", sim.addr()));
    if !sim.wait_bound(arguments.binds, arguments.wait).await {
        sim.stop().await;
        return fail(&format!(
            "only {} of {} binds came within {:?}; let the ESME connect to {}",
            sim.bound(),
            arguments.binds,
            arguments.wait,
            sim.addr()
        ));
    }
    let plan = Plan {
        phones: arguments.phones,
        first: arguments.first.clone(),
        code: arguments.code.clone(),
        texts: arguments.text.clone(),
        rate: arguments.rate,
        duration: arguments.duration,
        patience: arguments.patience,
    };
    if !arguments.json {
        print("    time    sent/s  replied/s   waiting    p50 ms    p99 ms\n");
    }
    let figures = send(&sim, plan, !arguments.json).await;
    sim.stop().await;
    if arguments.json {
        print(&format!("{}\n", serde_json::to_string(&figures).unwrap_or_default()));
    } else {
        print(&table(&figures));
    }
    if figures.lost == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

async fn smsc(arguments: &Arguments) -> Result<(String, Sim), String> {
    let read = match &arguments.profile {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("can't read {}: {error}", path.display()))?;
            let read = file::read(&path.display().to_string(), &text, 0);
            read.map_err(|faults| faults.to_string())?
        }
        None => {
            let operator =
                Operator { name: "smsc".into(), addr: arguments.listen, prefixes: Vec::new() };
            // Enough that it is the ESME that decides how fast it takes them.
            vec![(operator, Profile { window: 500, ..Profile::default() })]
        }
    };
    let mut first: Vec<_> = read.into_iter().take(1).collect();
    for (_, profile) in &mut first {
        if let Some(names) = &arguments.personality {
            *profile = profile.clone().with_personality(names).map_err(|e| e.to_string())?;
        }
        // Replies are counted by what is told of them.
        profile.record = Record::Everything;
    }
    let (operators, sims) = listen(first).await?;
    match (operators.into_iter().next(), sims.into_iter().next()) {
        (Some(operator), Some(sim)) => Ok((operator.name, sim)),
        _ => Err("there is no SMSC".into()),
    }
}

async fn send(sim: &Sim, plan: Plan, live: bool) -> Figures {
    let code = plan.code.clone();
    let start = now(sim);
    let mut load = Load::new(plan);
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut told = 0;
    let end = run::asked_to_end();
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return load.figures(),
            _ = tick.tick() => {}
        }
        let elapsed = now(sim).saturating_sub(start);
        while let Some(due) = load.due(elapsed) {
            sim.phone_sends(&due.phone, &code, &due.text);
        }
        while let Some(event) = sim.try_next_event() {
            if let Event::Message(message) = event {
                load.replied(&message.to, message.received_at.saturating_sub(start));
            }
        }
        let is_over = load.is_over(elapsed);
        if live && (elapsed.as_secs() > told || is_over) {
            told = elapsed.as_secs();
            let (sent, replied) = load.lately();
            let figures = load.figures();
            print(&format!(
                "{told:7}s {sent:9} {replied:10} {:9} {:9.1} {:9.1}\n",
                load.waiting(),
                figures.p50_ms,
                figures.p99_ms
            ));
        }
        if is_over {
            return load.figures();
        }
    }
}

fn now(sim: &Sim) -> Duration {
    sim.with(|_, now| now)
}

fn table(figures: &Figures) -> String {
    let share = |count: u64| match figures.sent {
        0 => 0.0,
        sent => 100.0 * count as f64 / sent as f64,
    };
    format!(
        "\nsent       {:9}   {:.1} a second\n\
         replied    {:9}   {:.1} a second, {:.2} %\n\
         lost       {:9}   {:.2} %\n\
         unexpected {:9}\n\
         latency    p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, max {:.1} ms\n",
        figures.sent,
        figures.sent_per_second,
        figures.replied,
        figures.replied_per_second,
        share(figures.replied),
        figures.lost,
        share(figures.lost),
        figures.unexpected,
        figures.p50_ms,
        figures.p90_ms,
        figures.p99_ms,
        figures.max_ms,
    )
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| (0.001..=100_000.0).contains(rate));
    rate.ok_or_else(|| format!("{text:?} is no rate from 0.001 to 100000 texts a second"))
}

fn number(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number = (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    match is_number && !digits.starts_with('0') {
        true => Ok(text.into()),
        false => Err(format!("{text:?} is no number such as +381630000001")),
    }
}
