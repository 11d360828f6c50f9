//! Phones on stdin, and a line on stdout for all that happens.

use std::time::Duration;

use smpp_sim::operators::{Line, Operator, read_line};
use smpp_sim::{Event, Sim, alphabet_name};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::signal::unix::{SignalKind, signal};

use super::print;

/// What can be typed.
pub(super) const TYPING: &str = "\
Type on phones, one text a line:
  +381631112222 5622 TR 2             NUMBER CODE TEXT; the operator follows from the number
  @telenor +381642223344 5622 TR      of this operator, whatever the number (ported ones)
  status                              counters of every operator
  help                                this
";

/// Goes on until stdin has ended and `linger` is over, or a signal comes; then unbinds all.
pub(super) async fn converse(operators: &[Operator], sims: &[Sim], linger: Option<Duration>) {
    for (sim, operator) in sims.iter().zip(operators) {
        tokio::spawn(report(sim.clone(), operator.name.clone()));
    }
    let typed = async {
        phones(operators, sims).await;
        match linger {
            Some(linger) => tokio::time::sleep(linger).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = typed => {}
        () = asked_to_end() => {}
    }
    for sim in sims {
        sim.stop().await;
    }
}

/// SIGINT or SIGTERM.
pub(super) async fn asked_to_end() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
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

/// A line on stdout: the time, who, what.
pub(super) fn say(sim: &Sim, name: &str, what: &str, told: &str) {
    let at = sim.with(|smsc, now| smsc.profile().epoch + now.as_secs());
    let (hour, minute, second) = (at / 3600 % 24, at / 60 % 60, at % 60);
    print(&format!("{hour:02}:{minute:02}:{second:02} {name:7} {what:12} {told}\n"));
}
