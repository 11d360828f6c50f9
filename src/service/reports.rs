//! `[reports]`: balances that customers are told of on business days (SK-05).

use jiff::civil::Time;
use serde::Deserialize;
use toml::Spanned;

use crate::base::fault::Fault;
use crate::service::checked_text;
use crate::service::texts::{TextId, Texts};

/// The placeholders of a report's texts.
pub const REPORT_PLACEHOLDERS: &[&str] = &["k", "n", "acc", "bal", "cur", "date", "time"];

/// `[reports]` as it is written.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct ReportsTable {
    /// The local times that a contract may choose from.
    pub at: Vec<Spanned<String>>,
    /// What couldn't be told by this local time isn't told.
    pub until: Spanned<String>,
    /// The text of every business day.
    pub text: Spanned<String>,
    /// The text of those who want to hear only of changes.
    pub changed: Spanned<String>,
}

/// A service's reports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reports {
    /// The times that a contract may choose from.
    pub at: Vec<Time>,
    /// What couldn't be told by then isn't told.
    pub until: Time,
    /// The text of every business day.
    pub text: TextId,
    /// The text of those who want to hear only of changes.
    pub changed: TextId,
}

impl Reports {
    /// Reads the table; what is wrong is added to `faults`.
    pub(super) fn read(
        table: &ReportsTable,
        texts: &Texts,
        faults: &mut Vec<Fault>,
    ) -> Option<Reports> {
        let mut time = |written: &Spanned<String>| {
            let parsed = written.get_ref().parse::<Time>();
            parsed
                .map_err(|_| {
                    let what = format!("`{}` is no time of day", written.get_ref());
                    faults.push(Fault::new(written.span(), what, "write such as \"08:00\""));
                })
                .ok()
        };
        let until = time(&table.until);
        let mut at = Vec::new();
        for written in &table.at {
            let Some(found) = time(written) else { continue };
            at.push((found, written.span()));
        }
        for (place, (found, span)) in at.iter().enumerate() {
            if at[..place].iter().any(|(other, _)| other == found) {
                faults.push(Fault::new(
                    span.clone(),
                    "this time stands here twice",
                    "once will do",
                ));
            }
            if until.is_some_and(|until| until <= *found) {
                let what = "this report would begin when it is too late for it";
                faults.push(Fault::new(span.clone(), what, "write a time before `until`"));
            }
        }
        if table.at.is_empty() {
            let remedy = "add at = [\"08:00\"], or take [reports] out";
            faults.push(Fault::new(table.until.span(), "there is no time for a report", remedy));
        }
        let text = checked_text(&table.text, REPORT_PLACEHOLDERS, texts, faults);
        let changed = checked_text(&table.changed, REPORT_PLACEHOLDERS, texts, faults);
        let at = at.into_iter().map(|(at, _)| at).collect();
        Some(Reports { at, until: until?, text: text?, changed: changed? })
    }
}
