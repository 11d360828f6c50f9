//! The scripted tour: conversations from a file, each held over TCP and timed.
//!
//! A line of the script is `operator number code text`; `#` begins a heading; an indented line
//! below a text is a fragment that its reply must hold. `{D-3}` is the date three days ago, as
//! customers write it. Where `bank` stands in the code's place, it is the bank that speaks:
//! `operator number bank NAME TYPE DATA` is an event, and what the number is told of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Country, DemoError, system};
use crate::bank::event::Event;
use crate::base::now::Now;
use crate::daemon::clock::Clock;
use crate::daemon::door::Door;
use crate::engine::door::{Request, Response, Verdict};

/// Stands where a code would, where it is the bank that speaks.
const BANK: &str = "bank";

/// How long a reply may take before the conversation counts as failed: the promise, and a little.
const REPLY_WAIT: Duration = Duration::from_secs(65);

/// A conversation.
pub(super) struct Line {
    pub(super) operator: String,
    pub(super) number: String,
    pub(super) code: String,
    pub(super) text: String,
    expected: Vec<String>,
    heading: Option<String>,
}

/// The script.
pub(super) struct Script {
    pub(super) lines: Vec<Line>,
}

impl Script {
    /// Reads a script.
    pub(super) fn read(path: &Path) -> Result<Script, DemoError> {
        let text =
            std::fs::read_to_string(path).map_err(system(format!("read {}", path.display())))?;
        let now = Clock::start().now();
        Script::parse(&text, now)
            .map_err(|(line, why)| DemoError::Script(format!("{}:{line}: {why}", path.display())))
    }

    fn parse(text: &str, now: Now) -> Result<Script, (usize, String)> {
        let stamp = jiff::Timestamp::from_millisecond(now.wall.as_millis()).unwrap_or_default();
        let today = stamp.to_zoned(TimeZone::system()).date();
        let (mut lines, mut heading): (Vec<Line>, _) = (Vec::new(), None);
        for (at, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            if let Some(words) = line.strip_prefix('#') {
                heading = Some(words.trim().to_owned());
                continue;
            }
            let filled =
                dated(line, today).ok_or((at, "a date is written {D} or {D-3}".to_owned()))?;
            if line.starts_with(' ') {
                let Some(last) = lines.last_mut() else {
                    return Err((
                        at,
                        "a fragment must follow the text that it is expected for".into(),
                    ));
                };
                last.expected.push(filled.trim().to_owned());
                continue;
            }
            let mut words = filled.splitn(4, ' ').map(str::to_owned);
            match (words.next(), words.next(), words.next(), words.next()) {
                (Some(operator), Some(number), Some(code), Some(text)) => lines.push(Line {
                    operator,
                    number,
                    code,
                    text,
                    expected: Vec::new(),
                    heading: heading.take(),
                }),
                _ => return Err((at, "a line is: operator number code text".into())),
            }
        }
        if lines.is_empty() { Err((1, "the script is empty".into())) } else { Ok(Script { lines }) }
    }

    /// Holds all conversations, one after the other.
    pub(super) async fn hold(&self, country: &Country, bank: &Core) -> Result<(), DemoError> {
        let (mut wrong, mut times) = (0, Vec::new());
        for (at, line) in (1..).zip(&self.lines) {
            if let Some(heading) = &line.heading {
                println!("\n{heading}");
            }
            let Line { operator, number, code, text, expected, .. } = line;
            let Some(sim) = country.find(operator) else {
                return Err(DemoError::Script(format!("there is no operator `{operator}`")));
            };
            if code == BANK {
                println!("{at:>3}  the bank: {text}");
                bank.tell(at, text).await.map_err(DemoError::Script)?;
            } else {
                println!("{at:>3}  {number} ({operator}) to {code}: {text}");
                sim.phone_sends(number, code, text);
            }
            match sim.wait_for_message(number, REPLY_WAIT).await {
                Some(reply) => {
                    let took = reply.after_deliver.unwrap_or_default();
                    let to = if code == BANK { format!(" to {number}") } else { String::new() };
                    println!("     {}{to}: {}", reply.from_code, reply.text);
                    let parts = if reply.parts > 1 {
                        format!(", {} parts", reply.parts)
                    } else {
                        String::new()
                    };
                    if code != BANK {
                        println!("     {:.1} ms{parts}", took.as_secs_f64() * 1_000.0);
                        times.push(took);
                    }
                    for missing in
                        expected.iter().filter(|words| !reply.text.contains(words.as_str()))
                    {
                        println!("     WRONG: the script expects \"{missing}\"");
                        wrong += 1;
                    }
                }
                None => {
                    println!("     WRONG: no reply");
                    wrong += 1;
                }
            }
        }
        times.sort();
        let middle = times.get(times.len() / 2).copied().unwrap_or_default();
        let slowest = times.last().copied().unwrap_or_default();
        println!(
            "\n{} conversations held; from deliver_sm to submit_sm {:.1} ms in the middle, {:.1} ms at most",
            self.lines.len(),
            middle.as_secs_f64() * 1_000.0,
            slowest.as_secs_f64() * 1_000.0
        );
        if wrong == 0 { Ok(()) } else { Err(DemoError::Unanswered(wrong)) }
    }
}

/// The banks, as far as the tour needs them: they tell of events.
pub(super) struct Core {
    pub(super) banks: Vec<String>,
    pub(super) door: Arc<Door>,
}

impl Core {
    /// Tells of an event, `NAME TYPE DATA`, that happens now.
    async fn tell(&self, at: usize, text: &str) -> Result<(), String> {
        let mut words = text.splitn(3, ' ');
        let (Some(name), Some(kind), Some(data)) = (words.next(), words.next(), words.next())
        else {
            return Err("a bank's line is: operator number bank NAME TYPE DATA".into());
        };
        let place = self.banks.iter().position(|known| known == name);
        let bank = place.ok_or_else(|| format!("there is no bank `{name}`"))?;
        let wall = Clock::start().now().wall;
        let time = jiff::Timestamp::from_millisecond(wall.as_millis()).unwrap_or_default();
        let json = format!(
            r#"{{"id":"{at}","source":"tour","type":"{kind}","time":"{time}","data":{data}}}"#
        );
        let event = Event::parse(&json).map_err(|error| error.to_string())?;
        let event = Box::new(event);
        match self.door.ask(Request::Event { bank, event }).await {
            Ok(Response::Event(Verdict::Taken { .. })) => Ok(()),
            answer => Err(format!("the event was not taken: {answer:?}")),
        }
    }
}

/// `line` with every `{D}` and `{D-n}` replaced by its date.
fn dated(line: &str, today: Date) -> Option<String> {
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("{D") {
        let (offset, after) = behind.split_once('}')?;
        let days: i64 = if offset.is_empty() { 0 } else { offset.parse().ok()? };
        let date = today.checked_add(days.days()).ok()?;
        filled.push_str(before);
        filled.push_str(&date.strftime("%d.%m.%y").to_string());
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::now::Wall;

    #[test]
    fn scripts_read_and_faults_name_their_line() {
        let wall = Wall::from_millis(1_795_348_800_000); // 2026-11-22T12:00Z
        let now = Now { wall, ..Now::default() };
        let script = Script::parse("# Rates\nvip +381 5622 KURS {D-2}\n  Kurs\n", now);
        let script = script.map_err(|(line, why)| format!("{line} {why}")).unwrap();
        assert_eq!(script.lines[0].text, "KURS 20.11.26");
        assert_eq!(script.lines[0].expected, ["Kurs"]);
        for (text, line) in [("", 1), ("vip 5622", 1), ("\n\nvip +1 2 {D+x}", 3), (" x", 1)] {
            assert_eq!(
                Script::parse(text, now).map_err(|(line, _)| line).err(),
                Some(line),
                "{text}"
            );
        }
    }
}
