//! Time moved by hand, for those who won't wait for a month's end.
//!
//! The engine's clocks are moved ahead, both together, so that its guard sees no step. Links and
//! simulated operators keep the machine's: what lies in a socket isn't late because of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::base::now::{Now, Wall};
use crate::calendar::local::Zone;
use crate::daemon::clock::Clock;
use crate::engine::setup::Setup;
use crate::service::Service;

/// What is shown of how a moment is written.
pub(super) const FORMS: &str =
    "+3h, SERVICE business-day 08:00, or SERVICE month-end (when its fees are charged)";

/// The engine's clock, and the hand that moves it.
#[derive(Clone, Debug)]
pub(super) struct Hand {
    clock: Clock,
    /// Milliseconds ahead of the machine.
    ahead: Arc<AtomicU64>,
}

impl Hand {
    /// A clock that wasn't moved yet.
    pub(super) fn new(clock: Clock) -> Hand {
        Hand { clock, ahead: Arc::default() }
    }

    /// Both clocks, as the engine sees them.
    pub(super) fn now(&self) -> Now {
        let Now { mono, wall } = self.clock.now();
        let ahead = Duration::from_millis(self.ahead.load(Ordering::Relaxed));
        Now { mono: mono + ahead, wall: wall + ahead }
    }

    /// Moves both to `wall`; never back.
    pub(super) fn move_to(&self, wall: Wall) {
        let span = wall.since(self.now().wall).as_millis();
        self.ahead.fetch_add(u64::try_from(span).unwrap_or(0), Ordering::Relaxed);
    }
}

/// A moment to move to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    /// So much later.
    Later(Duration),
    /// The next time that it is so late on a business day of the service's country.
    BusinessDay(String, Time),
    /// When the service's fees of the month that runs are charged.
    MonthEnd(String),
}

impl Moment {
    /// Reads one of [`FORMS`].
    pub(super) fn parse(text: &str) -> Option<Moment> {
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            [service, "month-end"] => Some(Moment::MonthEnd((*service).to_owned())),
            [service, "business-day", time] => {
                Some(Moment::BusinessDay((*service).to_owned(), time.parse().ok()?))
            }
            [later] => {
                let span: Span = later.strip_prefix('+')?.parse().ok()?;
                let later = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
                Some(Moment::Later(
                    later.timestamp().duration_since(Timestamp::UNIX_EPOCH).try_into().ok()?,
                ))
            }
            _ => None,
        }
    }

    /// When that is next behind `now`, and in which zone it is to be shown.
    pub(super) fn after(&self, now: Wall, setup: &Setup) -> Result<(Wall, Zone), String> {
        match self {
            Moment::Later(span) => {
                let first = setup.services.first().ok_or("there is no service")?;
                Ok((now + *span, first.service.zone.clone()))
            }
            Moment::BusinessDay(name, time) => {
                let Service { zone, calendar, .. } = service(setup, name)?;
                let mut day = zone.date(now);
                if !calendar.is_business_day(day) || zone.wall(day, *time) <= now {
                    day = calendar.next_business_day(day);
                }
                Ok((zone.wall(day, *time), zone.clone()))
            }
            Moment::MonthEnd(name) => {
                let Service { zone, fees, .. } = service(setup, name)?;
                let fees = fees.as_ref().ok_or_else(|| format!("`{name}` takes no fees"))?;
                Ok((fees.charged_at(fees.month_of(now, zone), zone), zone.clone()))
            }
        }
    }
}

/// The service with this name.
pub(super) fn service<'a>(setup: &'a Setup, name: &str) -> Result<&'a Service, String> {
    let place = setup.service_called(name).ok_or_else(|| {
        let known: Vec<_> = setup.services.iter().map(|s| s.service.name.as_str()).collect();
        format!("there is no service `{name}`; it is one of {}", known.join(", "))
    })?;
    Ok(&setup.services[place].service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn time_is_moved_ahead_by_both_clocks_and_never_back() {
        let hand = Hand::new(Clock::start());
        let before = hand.now();
        let later = before.wall + Duration::from_secs(86_400 * 40);
        hand.clone().move_to(later);
        let after = hand.now();
        assert!(after.wall >= later);
        assert!(after.mono.since(before.mono) >= Duration::from_secs(86_400 * 40));
        hand.move_to(before.wall);
        assert!(hand.now().wall >= later);
    }

    #[test]
    fn moments_lie_ahead() {
        let setup = config::load(std::path::Path::new("config.toml"), &|_| None).unwrap().setup;
        let names: Vec<_> = setup.services.iter().map(|s| s.service.name.clone()).collect();
        let zone = Zone::named("Europe/Warsaw").unwrap();
        let at = |text: &str| {
            let local: jiff::civil::DateTime = text.parse().unwrap();
            zone.wall(local.date(), local.time())
        };
        let after = |text: String, now: &str| {
            Moment::parse(&text).unwrap().after(at(now), &setup).unwrap().0
        };
        let polish = names.last().unwrap();
        for (moment, now, then) in [
            ("+3h".into(), "2026-11-23T12:00", "2026-11-23T15:00"),
            ("+2d".into(), "2026-11-23T12:00", "2026-11-25T12:00"),
            // A Monday, and the eve of Christmas, which is a day off as the two days behind it.
            (format!("{polish} business-day 08:00"), "2026-11-23T07:59", "2026-11-23T08:00"),
            (format!("{polish} business-day 08:00"), "2026-11-23T08:00", "2026-11-24T08:00"),
            (format!("{polish} business-day 08:00"), "2026-12-23T12:00", "2026-12-28T08:00"),
            (format!("{polish} month-end"), "2026-11-30T23:58", "2026-11-30T23:59"),
            (format!("{polish} month-end"), "2026-11-30T23:59", "2026-12-31T23:59"),
        ] {
            assert_eq!(after(moment.clone(), now), at(then), "{moment} from {now}");
        }
        for text in ["", "3h", "+x", "a b", "a business-day 25:00", "month-end"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        let nobody =
            Moment::parse("nobody month-end").unwrap().after(at("2026-11-23T12:00"), &setup);
        assert!(nobody.unwrap_err().contains(polish));
    }
}
