//! What customers are told unasked: of the bank's events, and by the daemon's own calendar.
//!
//! An [`AlertRule`] says whom an event is told, in which words.
//! A [`NoticeRule`] says for which kind of event the daemon looks once a day at what it knows of
//! the bank's books, and when one is due. The bank may send the same event itself: one account and
//! date make one notice, whoever is first (requirements, section 0: KB-22, 25, 26).

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use crate::bank::event::{EventKind, Outcome};
use crate::base::fault::Fault;
use crate::calendar::Calendar;
use crate::service::file::NoticeTable;
use crate::service::texts::TextId;
use crate::service::topic::Topic;

/// What customers are told of one kind of event.
#[derive(Clone, Debug)]
pub struct AlertRule {
    /// The kind.
    pub event: EventKind,
    /// How a card's use ended; `None`: any way.
    pub outcome: Option<Outcome>,
    /// Whose subscribers are told.
    pub topic: Topic,
    /// The text that tells them.
    pub text: TextId,
    /// `{type}`, where the event doesn't bring its own.
    pub word: String,
}

/// A daily look, and what it looks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeRule {
    /// The kind of event that it makes.
    pub event: EventKind,
    /// The local time of the look.
    pub at: Time,
    /// When one is due.
    pub when: When,
}

/// When a notice is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum When {
    /// So many calendar days before the day that it tells of.
    Days(u16),
    /// So many business days before it.
    BusinessDays(u16),
    /// On these days of each year: month and day.
    On(Vec<(i8, i8)>),
}

impl When {
    /// Whether it is time, on `today`, to tell of `day`, which still lies ahead. Who was down on the
    /// first day that it was time makes up for it on the next.
    pub fn is_due(&self, today: Date, day: Date, calendar: &Calendar) -> bool {
        let first = match self {
            When::Days(days) => day.saturating_sub(i32::from(*days).days()),
            When::BusinessDays(days) => calendar.add_business_days(day, -i32::from(*days)),
            When::On(_) => return false,
        };
        first <= today && today < day
    }

    /// Whether `today` is one of the set days.
    pub fn is_day(&self, today: Date) -> bool {
        matches!(self, When::On(days) if days.contains(&(today.month(), today.day())))
    }
}

impl NoticeRule {
    /// Reads a table; what is wrong is added to `faults`.
    pub(super) fn read(table: &NoticeTable, faults: &mut Vec<Fault>) -> Option<NoticeRule> {
        let at = table.at.get_ref().parse::<Time>().map_err(|_| {
            let what = format!("`{}` is no time of day", table.at.get_ref());
            faults.push(Fault::new(table.at.span(), what, "write such as at = \"09:00\""));
        });
        let event = *table.event.get_ref();
        let when = match (table.days, table.business_days, &table.on) {
            (Some(days), None, None) => Some(When::Days(days)),
            (None, Some(days), None) => Some(When::BusinessDays(days)),
            (None, None, Some(days)) => days
                .iter()
                .map(|day| match month_and_day(day.get_ref()) {
                    Some(found) => Some(found),
                    None => {
                        let what = format!("`{}` is no day of the year", day.get_ref());
                        let remedy = "write month and day, such as \"06-30\"";
                        faults.push(Fault::new(day.span(), what, remedy));
                        None
                    }
                })
                .collect::<Option<_>>()
                .map(When::On),
            _ => {
                faults.push(Fault::new(
                    table.event.span(),
                    "it isn't said when this notice is due",
                    "write one of days = 7, business_days = 5, on = [\"06-30\", \"12-31\"]",
                ));
                None
            }
        };
        let fits = match event {
            EventKind::LoanBalance => matches!(when, None | Some(When::On(_))),
            EventKind::OverdraftExpiring | EventKind::DepositMaturing => {
                !matches!(when, Some(When::On(_)))
            }
            _ => false,
        };
        if !fits {
            faults.push(Fault::new(
                table.event.span(),
                format!("the daemon can't tell by itself when `{}` is due so", event.name()),
                "by days or business_days: overdraft.expiring, deposit.maturing; on set days: \
                 loan.balance",
            ));
            return None;
        }
        Some(NoticeRule { event, at: at.ok()?, when: when? })
    }
}

fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year, so that a 29th of February may be one.
    Date::new(2028, month, day).ok().map(|_| (month, day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Country, Options};
    use jiff::civil::date;

    #[test]
    fn a_notice_is_due_from_its_first_day_until_the_day_that_it_tells_of() {
        let calendar = Calendar::new(Options::new(Country::Rs));
        let day = date(2026, 12, 22);
        let due = |when: &When, today| when.is_due(today, day, &calendar);
        let days = When::Days(7);
        assert!(!due(&days, date(2026, 12, 14)) && due(&days, date(2026, 12, 15)));
        assert!(due(&days, date(2026, 12, 21)) && !due(&days, day), "what is over is no news");
        let business = When::BusinessDays(5);
        assert!(!due(&business, date(2026, 12, 14)) && due(&business, date(2026, 12, 15)));
        assert!(When::On(vec![(12, 31)]).is_day(date(2026, 12, 31)));
        assert_eq!((month_and_day("02-29"), month_and_day("06-31")), (Some((2, 29)), None));
    }
}
