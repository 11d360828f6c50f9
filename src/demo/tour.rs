//! The scripted tour: conversations from a file, each held over TCP and timed.
//!
//! A line of the script is `operator number code text`; `#` begins a heading; an indented line
//! below a text is a fragment that its reply must hold. `{D-3}` is the date three days ago, as
//! customers write it. Two words may stand in the code's place: `operator number bank NAME TYPE
//! DATA` is an event, `operator number clock MOMENT` moves time by hand ([`hand::FORMS`]), and what
//! follows is what the number is told of it. `statement SERVICE` shows what its customers are
//! charged.
//!
//! [`hand::FORMS`]: super::hand::FORMS

use std::path::Path;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use smpp_sim::SmsOut;

use super::core::Core;
use super::hand::{FORMS, Moment};
use super::{Country, DemoError, system};
use crate::base::now::Now;
use crate::daemon::clock::Clock;

/// How long a reply may take before the conversation counts as failed: the promise, and a little.
const REPLY_WAIT: Duration = Duration::from_secs(65);

/// One thing that happens, and what is expected of it.
#[derive(Debug)]
struct Line {
    step: Step,
    expected: Vec<String>,
    heading: Option<String>,
}

/// Something that happens.
#[derive(Debug)]
enum Step {
    /// Somebody is told something: a reply to his text, or what follows from something else.
    Told(Talk, Cause),
    /// A service's statement is read.
    Statement(String),
}

/// Who is told, and by which operator.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) operator: String,
    pub(super) number: String,
}

/// What he is told because of.
#[derive(Debug)]
enum Cause {
    Text { code: String, text: String },
    Event(String),
    Time(Moment),
}

/// The script.
pub(super) struct Script {
    lines: Vec<Line>,
}

/// What went wrong, and how long replies took.
#[derive(Default)]
struct Held {
    wrong: usize,
    times: Vec<Duration>,
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
                    let why = "a fragment must follow the text that it is expected for";
                    return Err((at, why.into()));
                };
                last.expected.push(filled.trim().to_owned());
                continue;
            }
            let step = Step::parse(&filled).map_err(|why| (at, why))?;
            lines.push(Line { step, expected: Vec::new(), heading: heading.take() });
        }
        if lines.is_empty() { Err((1, "the script is empty".into())) } else { Ok(Script { lines }) }
    }

    /// The first customer, and what he texts to which code.
    pub(super) fn first(&self) -> Option<(&Talk, &str, &str)> {
        self.lines.iter().find_map(|line| match &line.step {
            Step::Told(talk, Cause::Text { code, text }) => {
                Some((talk, code.as_str(), text.as_str()))
            }
            _ => None,
        })
    }

    /// Holds all conversations, one after the other.
    pub(super) async fn hold(&self, country: &Country, core: &Core) -> Result<(), DemoError> {
        let mut held = Held::default();
        for (at, line) in (1..).zip(&self.lines) {
            if let Some(heading) = &line.heading {
                println!("\n{heading}");
            }
            let said = match &line.step {
                Step::Told(talk, cause) => {
                    held.conversation(at, talk, cause, country, core).await?
                }
                Step::Statement(service) => {
                    println!("{at:>3}  the statement of {service}:");
                    let lines = core
                        .statement_with(service, &line.expected)
                        .await
                        .map_err(DemoError::Script)?;
                    lines.iter().for_each(|line| println!("     {line}"));
                    Some(lines.join("\n"))
                }
            };
            let Some(said) = said else {
                println!("     WRONG: no reply");
                held.wrong += 1;
                continue;
            };
            for missing in line.expected.iter().filter(|words| !said.contains(words.as_str())) {
                println!("     WRONG: the script expects \"{missing}\"");
                held.wrong += 1;
            }
        }
        let Held { wrong, mut times } = held;
        times.sort();
        let middle = times.get(times.len() / 2).copied().unwrap_or_default();
        let slowest = times.last().copied().unwrap_or_default();
        println!(
            "\n{} conversations held; from deliver_sm to submit_sm {:.1} ms in the middle, {:.1} ms at most",
            self.lines.iter().filter(|line| matches!(line.step, Step::Told(..))).count(),
            middle.as_secs_f64() * 1_000.0,
            slowest.as_secs_f64() * 1_000.0
        );
        if wrong == 0 { Ok(()) } else { Err(DemoError::Unanswered(wrong)) }
    }
}

impl Step {
    fn parse(line: &str) -> Result<Step, String> {
        if let Some(service) = line.strip_prefix("statement ") {
            return Ok(Step::Statement(service.trim().to_owned()));
        }
        let mut words = line.splitn(4, ' ').map(str::to_owned);
        let (Some(operator), Some(number), Some(code), Some(text)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err("a line is: operator number code text".into());
        };
        let cause = match code.as_str() {
            "bank" => Cause::Event(text),
            "clock" => {
                let moment = Moment::parse(&text);
                Cause::Time(moment.ok_or_else(|| format!("a moment is {FORMS}"))?)
            }
            _ => Cause::Text { code, text },
        };
        Ok(Step::Told(Talk { operator, number }, cause))
    }
}

impl Held {
    /// Something happens, and what the number is told of it; nothing where it is told nothing.
    async fn conversation(
        &mut self,
        at: usize,
        Talk { operator, number }: &Talk,
        cause: &Cause,
        country: &Country,
        core: &Core,
    ) -> Result<Option<String>, DemoError> {
        let Some(sim) = country.find(operator) else {
            return Err(DemoError::Script(format!("there is no operator `{operator}`")));
        };
        match cause {
            Cause::Text { code, text } => {
                println!("{at:>3}  {number} ({operator}) to {code}: {text}");
                sim.phone_sends(number, code, text);
            }
            Cause::Event(text) => {
                println!("{at:>3}  the bank: {text}");
                core.tell(at, text).await.map_err(DemoError::Script)?;
            }
            Cause::Time(moment) => {
                let moved = core.move_to(moment).map_err(DemoError::Script)?;
                println!("{at:>3}  {moved}");
            }
        }
        let Some(reply) = sim.wait_for_message(number, REPLY_WAIT).await else { return Ok(None) };
        let SmsOut { from_code, text, parts, after_deliver, .. } = reply;
        if !matches!(cause, Cause::Text { .. }) {
            println!("     {from_code} to {number}: {text}");
            return Ok(Some(text));
        }
        let took = after_deliver.unwrap_or_default();
        let parts = if parts > 1 { format!(", {parts} parts") } else { String::new() };
        println!("     {from_code}: {text}\n     {:.1} ms{parts}", took.as_secs_f64() * 1_000.0);
        self.times.push(took);
        Ok(Some(text))
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
        let (talk, code, text) = script.first().unwrap();
        assert_eq!((talk.number.as_str(), code, text), ("+381", "5622", "KURS 20.11.26"));
        assert_eq!(script.lines[0].expected, ["Kurs"]);
        let faults = [
            ("", 1),
            ("vip 5622", 1),
            ("\n\nvip +1 2 {D+x}", 3),
            (" x", 1),
            ("statement s\nvip +1 clock yesterday", 2),
        ];
        for (text, line) in faults {
            assert_eq!(
                Script::parse(text, now).map_err(|(line, _)| line).err(),
                Some(line),
                "{text}"
            );
        }
    }
}
