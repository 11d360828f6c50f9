//! A phone to type on: what is typed is texted to the bank, what the bank sends is shown.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, stdin};

use super::core::Core;
use super::hand::{FORMS, Moment};
use super::tour::Script;
use super::{Country, DemoError, system};
use crate::base::msisdn::{Msisdn, ShortCode};

/// How long the prompt waits for a reply before it lets the customer type on.
const REPLY_WAIT: Duration = Duration::from_secs(50);

/// How long what follows from a moved clock is waited for: the engine looks once a second.
const UNASKED_WAIT: Duration = Duration::from_secs(3);

const HELP: &str = "  type a text and press Enter: it is sent to the bank's code
  /as +381641112222        be another customer
  /as +381642223344 telenor   … on an operator that isn't the prefix's (a ported number)
  /to 5623                 text another code
  /clock +3h               move time by hand; also: SERVICE business-day 08:00, SERVICE month-end
  /statement SERVICE       what its customers are charged
  /quit                    end (or Ctrl-D)";

/// Who is typing.
struct Phone {
    operator: String,
    number: String,
    code: String,
}

/// Reads lines until `/quit` or the end of the input.
pub(super) async fn converse(
    country: &Country,
    script: &Script,
    core: &Core,
) -> Result<(), DemoError> {
    let Some((talk, code, text)) = script.first() else { return Ok(()) };
    let mut phone = Phone {
        operator: talk.operator.clone(),
        number: talk.number.clone(),
        code: code.to_owned(),
    };
    println!("You hold a customer's phone. Try: {text}\n{HELP}");
    let mut lines = BufReader::new(stdin()).lines();
    loop {
        prompt(&phone);
        let Some(line) = lines.next_line().await.map_err(system("read the terminal"))? else {
            break;
        };
        let line = line.trim();
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [] => {}
            ["/quit" | "/q" | "/exit"] => break,
            ["/help" | "/?"] => println!("{HELP}"),
            ["/to", code] => match ShortCode::parse(code) {
                Ok(code) => phone.code = code.to_string(),
                Err(error) => println!("  {code}: {error}"),
            },
            ["/clock", moment @ ..] => move_time(&phone, &moment.join(" "), country, core).await,
            ["/statement", service] => match core.statement(service).await {
                Ok(lines) => lines.iter().for_each(|line| println!("  {line}")),
                Err(why) => println!("  {why}"),
            },
            ["/as", number, operator @ ..] => become_another(&mut phone, number, operator, country),
            [word, ..] if word.starts_with('/') => println!("  there is no {word}\n{HELP}"),
            _ => send(&phone, line, country).await,
        }
    }
    println!();
    Ok(())
}

fn prompt(phone: &Phone) {
    use std::io::Write;
    print!("{} ({}) to {}> ", phone.number, phone.operator, phone.code);
    // A terminal that can't be flushed will fail at the next read.
    let _ = std::io::stdout().flush();
}

fn become_another(phone: &mut Phone, number: &str, operator: &[&str], country: &Country) {
    if let Err(error) = Msisdn::parse(number) {
        println!("  {number}: {error}");
        return;
    }
    let named = operator.first().copied().or_else(|| country.operator_of(number));
    match named.filter(|name| country.find(name).is_some()) {
        Some(name) => {
            phone.operator = name.to_owned();
            phone.number = format!("+{}", number.trim_start_matches('+').trim_start_matches("00"));
        }
        None => println!("  which operator? /as {number} OPERATOR, one of {}", country.names()),
    }
}

/// Moves time, and shows what the phone is told because of it.
async fn move_time(phone: &Phone, moment: &str, country: &Country, core: &Core) {
    let moved = match Moment::parse(moment) {
        Some(moment) => core.move_to(&moment),
        None => Err(format!("/clock takes {FORMS}")),
    };
    println!("  {}", moved.as_ref().unwrap_or_else(|why| why));
    let Some(sim) = country.find(&phone.operator).filter(|_| moved.is_ok()) else { return };
    while let Some(told) = sim.wait_for_message(&phone.number, UNASKED_WAIT).await {
        println!("  {}: {}", told.from_code, told.text);
    }
}

async fn send(phone: &Phone, text: &str, country: &Country) {
    let Some(sim) = country.find(&phone.operator) else { return };
    sim.phone_sends(&phone.number, &phone.code, text);
    match sim.wait_for_message(&phone.number, REPLY_WAIT).await {
        Some(reply) => {
            let took = reply.after_deliver.unwrap_or_default().as_secs_f64() * 1_000.0;
            println!("  {}: {}  ({took:.1} ms)", reply.from_code, reply.text);
        }
        None => println!("  (no reply; three help texts an hour is what one number gets)"),
    }
}
