//! A seed's rates: lists of single days, and one for every working day up to the day of loading.

use jiff::ToSpan;

use crate::bank::{RateLine, RateList};
use crate::base::money::Rate;
use crate::calendar::Calendar;
use crate::seed::file::{RateTable, RatesTable};
use crate::seed::reader::Reader;

/// The lists that the file gives in full.
pub(super) fn archived(table: &RatesTable, reader: &mut Reader) -> Vec<RateList> {
    table
        .archive
        .iter()
        .map(|list| RateList { date: reader.day(&list.date), rates: lines(&list.lines, reader) })
        .collect()
}

/// A list's lines.
pub(super) fn lines(tables: &[RateTable], reader: &mut Reader) -> Vec<RateLine> {
    tables.iter().filter_map(|table| line(table, reader)).collect()
}

fn line(table: &RateTable, reader: &mut Reader) -> Option<RateLine> {
    let (buy, middle, sell) =
        (reader.rate(&table.buy), reader.rate(&table.middle), reader.rate(&table.sell));
    if buy > middle || middle > sell {
        let what = "the middle rate isn't between the other two";
        reader.fault(table.middle.span(), what, "buy is the lowest, sell the highest");
    }
    if table.unit == 0 {
        reader.fault(table.currency.span(), "this rate is for no unit", "leave unit out for 1");
    }
    let currency = reader.currency(&table.currency)?;
    Some(RateLine { currency, unit: table.unit, buy, middle, sell })
}

/// A list for every working day, the latest first: that one as the file has it, older ones a little
/// beside it, always the same.
pub(super) fn daily(table: &RatesTable, reader: &mut Reader, calendar: &Calendar) -> Vec<RateList> {
    let base = lines(&table.lines, reader);
    let today = reader.today;
    let working = (0..=i64::from(*table.days.get_ref()))
        .filter_map(|back| today.checked_sub(back.days()).ok())
        .filter(|day| calendar.is_business_day(*day));
    (0..).zip(working).map(|(age, date)| RateList { date, rates: aged(&base, age) }).collect()
}

fn aged(base: &[RateLine], age: i64) -> Vec<RateLine> {
    (0i64..)
        .zip(base)
        .map(|(place, line)| {
            let step = (age * 7 + place * 5) % 12;
            // In ten-thousandths: from -6 to 6, and never 0 on an older day.
            let drift = match (age, step) {
                (0, _) => 0,
                (_, 0..6) => step - 6,
                _ => step - 5,
            };
            let moved = |rate: Rate| Rate::new(rate.get() + rate.get() * drift / 10_000);
            let (buy, middle, sell) = (moved(line.buy), moved(line.middle), moved(line.sell));
            RateLine { buy, middle, sell, ..*line }
        })
        .collect()
}
