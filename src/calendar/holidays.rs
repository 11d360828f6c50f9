//! The holidays of a year by law, and the days off that come of them (requirements, section 5).
//!
//! Rules only: what a government decides by the year (Eid, a bridge day) is handed in as dates by
//! [`super::Calendar`]. Where a holiday falls on a weekend, Serbia moves its state holidays from
//! Sunday (law 43/2001, article 3a), Kosovo every holiday from both days (law 03/L-064), each to
//! the next working day that isn't off already; Poland moves none.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

use super::{Country, easter};

/// A holiday on its own date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holiday {
    /// The date that it is kept on, before any move.
    pub date: Date,
    /// In English, for logs and the operators.
    pub name: &'static str,
    /// From which days it moves to the next working day.
    pub moves: Moves,
}

/// From which days of the week a holiday moves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Moves {
    /// It never does.
    Never,
    /// From Sunday.
    Sunday,
    /// From Saturday and from Sunday.
    Weekend,
}

impl Moves {
    /// Whether a holiday that falls on `day` moves.
    pub fn from_day(self, day: Weekday) -> bool {
        match self {
            Moves::Never => false,
            Moves::Sunday => day == Weekday::Sunday,
            Moves::Weekend => weekend(day),
        }
    }
}

/// Saturday and Sunday.
pub fn weekend(day: Weekday) -> bool {
    matches!(day, Weekday::Saturday | Weekday::Sunday)
}

/// The holidays that the law of `country` names for `year`, in no order; Eid is not among them.
pub fn of(country: Country, year: i16) -> Vec<Holiday> {
    let (fixed, moves): (&[Fixed], Moves) = match country {
        Country::Rs => (SERBIA, Moves::Sunday),
        Country::Xk => (KOSOVO, Moves::Weekend),
        Country::Pl => (POLAND, Moves::Never),
    };
    let (west, east) = (easter::western(year), easter::orthodox(year));
    let moving: &[(Option<Date>, i32, &str)] = match country {
        Country::Rs => &[
            (east, -2, "Orthodox Good Friday"),
            (east, -1, "Orthodox Holy Saturday"),
            (east, 0, "Orthodox Easter"),
            (east, 1, "Orthodox Easter Monday"),
        ],
        Country::Xk => &[(west, 1, "Easter Monday"), (east, 1, "Orthodox Easter Monday")],
        Country::Pl => &[
            (west, 0, "Easter"),
            (west, 1, "Easter Monday"),
            (west, 49, "Pentecost"),
            (west, 60, "Corpus Christi"),
        ],
    };
    let fixed = fixed.iter().filter(|fixed| year >= fixed.since).filter_map(|fixed| {
        let moves = if fixed.religious { religious(moves) } else { moves };
        Some(Holiday {
            date: Date::new(year, fixed.month, fixed.day).ok()?,
            name: fixed.name,
            moves,
        })
    });
    let moving = moving.iter().filter_map(|(easter, days, name)| {
        let date = (*easter)?.checked_add(jiff::Span::new().try_days(*days).ok()?).ok()?;
        Some(Holiday { date, name, moves: religious(moves) })
    });
    fixed.chain(moving).collect()
}

/// The days off that `holidays` make, moved ones included; `also` are off too, and don't move.
pub fn days_off(holidays: &[Holiday], also: &[Date]) -> BTreeMap<Date, &'static str> {
    // Two holidays on one day are one, which moves if either does.
    let mut kept: BTreeMap<Date, (&'static str, Moves)> = BTreeMap::new();
    for holiday in holidays {
        let entry = kept.entry(holiday.date).or_insert((holiday.name, holiday.moves));
        entry.1 = entry.1.max(holiday.moves);
    }
    let mut off: BTreeMap<Date, &'static str> =
        kept.iter().map(|(date, (name, _))| (*date, *name)).collect();
    for (date, (name, moves)) in kept {
        if !moves.from_day(date.weekday()) {
            continue;
        }
        let mut day = date;
        while let Ok(next) = day.tomorrow() {
            day = next;
            if !weekend(day.weekday()) && !off.contains_key(&day) && !also.contains(&day) {
                off.insert(day, name);
                break;
            }
        }
    }
    off
}

/// Serbia moves state holidays alone.
fn religious(moves: Moves) -> Moves {
    if moves == Moves::Sunday { Moves::Never } else { moves }
}

/// The same date every year.
struct Fixed {
    month: i8,
    day: i8,
    name: &'static str,
    religious: bool,
    /// The first year that it is a holiday in; earlier history is none of ours.
    since: i16,
}

const fn state(day: i8, month: i8, name: &'static str) -> Fixed {
    Fixed { month, day, name, religious: false, since: 0 }
}

const fn church(day: i8, month: i8, name: &'static str) -> Fixed {
    Fixed { month, day, name, religious: true, since: 0 }
}

/// 9 May, Victory Day, is a working holiday and not listed.
const SERBIA: &[Fixed] = &[
    state(1, 1, "New Year"),
    state(2, 1, "New Year"),
    church(7, 1, "Orthodox Christmas"),
    state(15, 2, "Statehood Day"),
    state(16, 2, "Statehood Day"),
    state(1, 5, "Labour Day"),
    state(2, 5, "Labour Day"),
    state(11, 11, "Armistice Day"),
];

const KOSOVO: &[Fixed] = &[
    state(1, 1, "New Year"),
    state(2, 1, "New Year"),
    church(7, 1, "Orthodox Christmas"),
    state(17, 2, "Independence Day"),
    state(9, 4, "Constitution Day"),
    state(1, 5, "Labour Day"),
    state(9, 5, "Europe Day"),
    church(25, 12, "Christmas"),
];

const POLAND: &[Fixed] = &[
    state(1, 1, "New Year"),
    church(6, 1, "Epiphany"),
    state(1, 5, "Labour Day"),
    state(3, 5, "Constitution Day"),
    church(15, 8, "Assumption"),
    church(1, 11, "All Saints"),
    state(11, 11, "Independence Day"),
    Fixed { since: 2025, ..church(24, 12, "Christmas Eve") },
    church(25, 12, "Christmas"),
    church(26, 12, "Second day of Christmas"),
];
