//! The banks' side of the demo: they tell of events, read a service's statement, and time is moved
//! for them.

use std::sync::Arc;
use std::time::Duration;

use super::hand::{Hand, Moment, service};
use crate::bank::event::Event;
use crate::calendar::month::Month;
use crate::daemon::door::Door;
use crate::engine::door::{Page, Request, Response, Verdict};
use crate::engine::setup::Setup;
use crate::fee::{Line, Mark};

/// How often a month is asked for that is being charged just now, and the pause between.
const ASKED_MAX: usize = 50;
const PAUSE: Duration = Duration::from_millis(200);

/// The banks.
pub(super) struct Core {
    pub(super) setup: Setup,
    pub(super) door: Arc<Door>,
    pub(super) hand: Hand,
}

impl Core {
    /// Tells of an event, `NAME TYPE DATA`, that happens now; `id` tells it from others.
    pub(super) async fn tell(&self, id: usize, text: &str) -> Result<(), String> {
        let mut words = text.splitn(3, ' ');
        let (Some(name), Some(kind), Some(data)) = (words.next(), words.next(), words.next())
        else {
            return Err("a bank's line is: operator number bank NAME TYPE DATA".into());
        };
        let place = self.setup.banks.iter().position(|known| known == name);
        let bank = place.ok_or_else(|| format!("there is no bank `{name}`"))?;
        let time = self.hand.now().wall;
        let json = format!(
            r#"{{"id":"{id}","source":"tour","type":"{kind}","time":"{time}","data":{data}}}"#
        );
        let event = Event::parse(&json).map_err(|error| error.to_string())?;
        let event = Box::new(event);
        match self.door.ask(Request::Event { bank, event }).await {
            Ok(Response::Event(Verdict::Taken { .. })) => Ok(()),
            answer => Err(format!("the event was not taken: {answer:?}")),
        }
    }

    /// Moves time to a moment; how that is told to whoever looks on.
    pub(super) fn move_to(&self, moment: &Moment) -> Result<String, String> {
        let (wall, zone) = moment.after(self.hand.now().wall, &self.setup)?;
        self.hand.move_to(wall);
        Ok(format!(
            "time is moved by hand: it is {}",
            zone.local(wall).strftime("%A %d.%m.%Y %H:%M")
        ))
    }

    /// What a service's customers were charged for the month before, and what the month that runs
    /// has come to so far: a line each.
    pub(super) async fn statement(&self, name: &str) -> Result<Vec<String>, String> {
        let words = service(&self.setup, name)?;
        let fees = words.fees.as_ref().ok_or_else(|| format!("`{name}` takes no fees"))?;
        let runs = fees.month_of(self.hand.now().wall, &words.zone);
        let mut shown = Vec::new();
        for month in [runs.previous(), runs] {
            let Page { charged, lines, .. } = self.bill(name, month).await?;
            if lines.is_empty() {
                shown.push(format!("{month}: nobody is charged anything"));
            }
            shown.extend(lines.into_iter().map(|line| line_of(month, charged, line)));
        }
        Ok(shown)
    }

    /// The same, once it holds all that is expected: what left a moment ago isn't answered yet.
    pub(super) async fn statement_with(
        &self,
        name: &str,
        expected: &[String],
    ) -> Result<Vec<String>, String> {
        let mut lines = self.statement(name).await?;
        for _ in 0..ASKED_MAX {
            let holds = |words: &String| lines.iter().any(|line| line.contains(words.as_str()));
            if expected.iter().all(holds) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            lines = self.statement(name).await?;
        }
        Ok(lines)
    }

    /// The first page of a service's bill: the sample banks have no more.
    async fn bill(&self, service: &str, month: Month) -> Result<Page, String> {
        for _ in 0..ASKED_MAX {
            let (service, after) = (service.to_owned(), Mark::default());
            match self.door.ask(Request::Bill { service, month, after }).await {
                Ok(Response::Bill(page)) => return Ok(page),
                // It is charged just now.
                Ok(Response::No("month", _)) => tokio::time::sleep(PAUSE).await,
                answer => return Err(format!("there is no bill: {answer:?}")),
            }
        }
        Err(format!("{month} isn't charged in time"))
    }
}

fn line_of(month: Month, charged: bool, Line { charge, .. }: Line) -> String {
    let account = charge.account.map_or("no account".to_owned(), |account| account.to_string());
    let card = charge.card.map(|card| format!(", {card}")).unwrap_or_default();
    let (messages, amount) = (charge.messages, charge.amount.decimal());
    let plural = if messages == 1 { "" } else { "s" };
    let state = if charged { "charged" } else { "so far" };
    format!(
        "{month} {account}{card}: {messages} message{plural}, {amount} {} {state}",
        charge.currency
    )
}
