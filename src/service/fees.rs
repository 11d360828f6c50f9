//! `[fees]`: what the bank takes for its messages, and when (SK-17, CA-32, CA-33).
//!
//! One message is one fee, whatever its parts, from the moment that the SMSC has all of it. The
//! fees of a month are charged on its last calendar day at a local time; what is accepted later is
//! of the next month.

use jiff::civil::Time;
use serde::Deserialize;
use toml::Spanned;

use crate::base::fault::Fault;
use crate::base::money::{Currency, Minor};
use crate::base::now::Wall;
use crate::calendar::local::Zone;
use crate::calendar::month::Month;
use crate::service::checked_text;
use crate::service::texts::{TextId, Texts};

/// The placeholders of the text that tells of a month's fees.
pub const FEE_PLACEHOLDERS: &[&str] = &["my", "n", "amt", "cur", "acc"];

/// Which of them may be without a value: a card that is linked to no account that we know.
pub const FEE_OPTIONAL: &[&[&str]] = &[&["acc"]];

/// `[fees]` as it is written.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct FeesTable {
    /// The price of a message, as a decimal string.
    pub message: Option<Spanned<String>>,
    /// The price of a month, as a decimal string.
    pub month: Option<Spanned<String>>,
    /// In which currency; left out, the service's.
    pub currency: Option<Spanned<String>>,
    /// What has a line of its own on the bill.
    pub per: Per,
    /// The texts that cost nothing.
    #[serde(default)]
    pub free: Vec<Spanned<String>>,
    /// The local time of the last calendar day at which the month is charged.
    pub at: Spanned<String>,
    /// The text that tells customers of it; left out: none.
    pub notice: Option<Spanned<String>>,
}

/// What has a line of its own on the bill, and what a message must be about to cost something.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// Each account. What is about no account (a list, a help text) is on the first one's line.
    Account,
    /// Each card, charged to the account that it is linked to. What is about no card is free.
    Card,
}

/// What a service's messages cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fees {
    /// One message.
    pub message: Minor,
    /// A month, whatever its messages.
    pub month: Minor,
    /// Of both.
    pub currency: Currency,
    /// What has a line of its own.
    pub per: Per,
    /// When on the last calendar day.
    pub at: Time,
    /// Tells customers of it.
    pub notice: Option<TextId>,
    free: Vec<TextId>,
}

impl Fees {
    /// Reads the table; what is wrong is added to `faults`.
    pub(super) fn read(
        table: &FeesTable,
        service: Currency,
        texts: &Texts,
        faults: &mut Vec<Fault>,
    ) -> Option<Fees> {
        let mut price = |written: &Option<Spanned<String>>| match written {
            None => Some(Minor::ZERO),
            Some(text) => match Minor::parse(text.get_ref()) {
                Ok(price) if price > Minor::ZERO => Some(price),
                _ => {
                    let what = format!("`{}` is no price", text.get_ref());
                    let remedy =
                        "write a positive decimal string such as \"0.39\", or leave it out";
                    faults.push(Fault::new(text.span(), what, remedy));
                    None
                }
            },
        };
        let (message, month) = (price(&table.message), price(&table.month));
        if table.message.is_none() && table.month.is_none() {
            faults.push(Fault::new(
                table.at.span(),
                "these fees have no price",
                "add message = \"…\" (of one message), month = \"…\" (flat), or both",
            ));
        }
        let currency = match &table.currency {
            None => Some(service),
            Some(written) => written
                .get_ref()
                .parse()
                .map_err(|error| {
                    let what = format!("{error}");
                    faults.push(Fault::new(written.span(), what, "write such as \"PLN\""));
                })
                .ok(),
        };
        let mut free = Vec::new();
        for name in &table.free {
            match texts.find(name.get_ref()) {
                Some(text) => free.push(text),
                None => faults.push(Fault::new(
                    name.span(),
                    format!("there is no text `{}`", name.get_ref()),
                    "name one of [texts], or take it out",
                )),
            }
        }
        let at = table.at.get_ref().parse::<Time>().map_err(|_| {
            let what = format!("`{}` is no time of day", table.at.get_ref());
            faults.push(Fault::new(table.at.span(), what, "write such as at = \"20:00\""));
        });
        let notice = match &table.notice {
            None => Some(None),
            Some(name) => checked_text(name, FEE_PLACEHOLDERS, texts, faults).map(Some),
        };
        Some(Fees {
            message: message?,
            month: month?,
            currency: currency?,
            per: table.per,
            at: at.ok()?,
            notice: notice?,
            free,
        })
    }

    /// Whether a text costs nothing.
    pub fn is_free(&self, text: TextId) -> bool {
        self.free.contains(&text)
    }

    /// When a month is charged.
    pub fn charged_at(&self, month: Month, zone: &Zone) -> Wall {
        zone.wall(month.last_day(), self.at)
    }

    /// The month on whose bill a message stands that is accepted at `wall`.
    pub fn month_of(&self, wall: Wall, zone: &Zone) -> Month {
        let month = Month::of(zone.date(wall));
        if wall < self.charged_at(month, zone) { month } else { month.next() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn a_month_ends_once_also_where_the_clocks_change_on_its_last_day() {
        let zone = Zone::named("Europe/Belgrade").unwrap();
        let fees = |at| Fees {
            message: Minor::new(500),
            month: Minor::ZERO,
            currency: "RSD".parse().unwrap(),
            per: Per::Card,
            at,
            notice: None,
            free: Vec::new(),
        };
        let month = |text: &str| text.parse::<Month>().unwrap();
        // 31.10.2027: 02:00 to 03:00 comes twice.
        let night = fees(time(2, 30, 0, 0));
        let first = zone.wall(date(2027, 10, 31), time(2, 30, 0, 0));
        let hour = std::time::Duration::from_secs(3_600);
        let minute = std::time::Duration::from_secs(60);
        assert_eq!(night.charged_at(month("2027-10"), &zone), first);
        assert_eq!(night.month_of(first - minute, &zone), month("2027-10"));
        for later in [first, first + minute, first + hour, first + hour + hour] {
            assert_eq!(night.month_of(later, &zone), month("2027-11"), "never back again");
        }
        let evening = fees(time(20, 0, 0, 0));
        for (day, of) in [
            (date(2026, 11, 30), "2026-11"),
            (date(2027, 2, 28), "2027-02"),
            (date(2028, 2, 29), "2028-02"),
            (date(2030, 3, 31), "2030-03"),
            (date(2032, 10, 31), "2032-10"),
        ] {
            let at = zone.wall(day, time(20, 0, 0, 0));
            assert_eq!(evening.month_of(at - minute, &zone), month(of));
            assert_eq!(evening.month_of(at, &zone), month(of).next());
        }
        // 28.2.2028 isn't the last day.
        let leap = zone.wall(date(2028, 2, 28), time(23, 0, 0, 0));
        assert_eq!(evening.month_of(leap, &zone), month("2028-02"));
    }
}
