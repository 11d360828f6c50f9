//! `tellerd messages`: what was said with a number, when, and what became of it.
//!
//! Whoever has a complaint before him sees the texts as the customer does, so they stand here
//! whole; what looks like a card's number, a citizen's or an access code was never stored. Control
//! characters of a customer's text don't reach the terminal.

use std::io::{self, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ClientError, ask};
use crate::base::msisdn::Msisdn;

/// What is asked for.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The number, such as +381631112222.
    #[arg(long, value_parser = Msisdn::parse)]
    phone: Msisdn,
    /// From this day on, such as 2026-11-16; without it, the last seven days.
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// How messages are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// A JSON object each, a line each.
    Json,
}

/// A message, as the daemon tells it and as JSON has it. What is personal is missing where its
/// customer was forgotten.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Message {
    id: u64,
    operator: String,
    code: Option<String>,
    service: Option<String>,
    said: Option<String>,
    command: Option<String>,
    text: Option<String>,
    reply: Option<String>,
    state: String,
    received: String,
    ended: Option<String>,
    heard: Option<String>,
    attempts: u16,
    parts: u8,
    status: Option<String>,
    network_error: Option<(u8, u16)>,
}

/// An answer of the daemon.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Messages { messages: Vec<Message>, next: Option<u64> },
}

/// Asks the daemon of `store` page by page and writes each as it comes.
pub fn show(store: &Path, bank: &str, asked: &Arguments) -> Result<(), ClientError> {
    let (mut out, mut from, mut shown) = (io::stdout().lock(), None, 0);
    loop {
        let request = json!({
            "messages": {
                "bank": bank, "phone": asked.phone.reveal(), "since": asked.since, "from": from,
            }
        });
        let Answer::Messages { messages, next } = ask(store, &request)?;
        shown += messages.len();
        for message in &messages {
            let written = match asked.format {
                Format::Text => message.written(),
                Format::Json => format!("{}\n", json!(message)),
            };
            if out.write_all(written.as_bytes()).is_err() {
                // A reader that has gone away needs no more.
                return Ok(());
            }
        }
        match next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    if shown == 0 {
        let since =
            asked.since.map_or("in the last seven days".to_owned(), |day| format!("since {day}"));
        eprintln!("nothing was said with {} {since}", asked.phone);
    }
    Ok(())
}

impl Message {
    /// In lines: what came, what became of it, and what was answered.
    fn written(&self) -> String {
        let said = match self.said.as_deref() {
            None => "(its customer was forgotten)".to_owned(),
            Some("") => format!("(told: {})", self.command.as_deref().unwrap_or("?")),
            Some(said) => format!("\"{}\"", printable(said)),
        };
        let code = self.code.as_deref().unwrap_or("?");
        let mut text =
            format!("{}  {} {code}  {said}\n    ", moment(&self.received), self.operator);
        text.push_str(&self.fate());
        if let Some(name) = self.text.as_deref().filter(|name| !name.is_empty()) {
            text.push_str(&format!("; {name}"));
        }
        text.push('\n');
        for line in self.reply.as_deref().unwrap_or_default().lines() {
            text.push_str(&format!("    | {}\n", printable(line)));
        }
        text
    }

    /// What became of it, with its times.
    fn fate(&self) -> String {
        let heard = self.heard.as_deref().map(|heard| self.at(heard)).unwrap_or_default();
        let mut fate = match &self.ended {
            None => self.state.clone(),
            // What it came to behind the SMSC came after.
            Some(ended) if self.heard.is_some() && self.state != "accepted" => {
                format!("accepted {}, {} {heard}", self.at(ended), self.state)
            }
            Some(ended) => format!("{} {}", self.state, self.at(ended)),
        };
        if self.parts > 1 {
            fate.push_str(&format!(", {} parts", self.parts));
        }
        if self.attempts > 1 {
            fate.push_str(&format!(", {} tries", self.attempts));
        }
        if let Some(status) = &self.status {
            fate.push_str(&format!(", last {status}"));
        }
        if let Some((kind, code)) = self.network_error {
            fate.push_str(&format!(", network error {kind}/{code}"));
        }
        fate
    }

    /// A time, with its day where that isn't the one on which the message came in.
    fn at(&self, stamp: &str) -> String {
        let shown = moment(stamp);
        match shown.split_once(' ') {
            Some((day, time)) if self.received.starts_with(day) => time.to_owned(),
            _ => shown,
        }
    }
}

/// `2026-11-23 13:05:02` of `2026-11-23T13:05:02+01:00`.
fn moment(stamp: &str) -> String {
    stamp.get(..19).unwrap_or(stamp).replace('T', " ")
}

/// A text whose control characters are shown and not obeyed.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_in_the_order_of_its_life() {
        let message = Message {
            operator: "telenor".into(),
            code: Some("5622".into()),
            said: Some("TR\u{1b}[2J 2".into()),
            text: Some("kb.tr.info".into()),
            reply: Some("Stanje:\n1,00".into()),
            state: "delivered".into(),
            received: "2026-11-23T23:59:59+01:00".into(),
            ended: Some("2026-11-23T23:59:59+01:00".into()),
            heard: Some("2026-11-24T00:00:04+01:00".into()),
            parts: 2,
            attempts: 2,
            ..Message::default()
        };
        let expected = "2026-11-23 23:59:59  telenor 5622  \"TR\u{FFFD}[2J 2\"\n    accepted 23:59:59, \
                        delivered 2026-11-24 00:00:04, 2 parts, 2 tries; kb.tr.info\n    | \
                        Stanje:\n    | 1,00\n";
        assert_eq!(message.written(), expected);
        let unasked = Message {
            said: Some(String::new()),
            command: Some("card".into()),
            state: "failed".into(),
            status: Some("ESME_RINVDSTADR (0x0B)".into()),
            heard: None,
            parts: 1,
            attempts: 1,
            ..message.clone()
        };
        let written = unasked.written();
        assert!(
            written.contains("(told: card)\n    failed 23:59:59, last ESME_RINVDSTADR (0x0B);")
        );
        let waiting = Message { ended: None, heard: None, state: "queued".into(), ..unasked };
        assert!(waiting.written().contains("\n    queued, last"));
        let forgotten = Message { said: None, reply: None, text: None, ..message };
        assert!(forgotten.written().contains("(its customer was forgotten)\n    accepted"));
    }
}
