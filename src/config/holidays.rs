//! The file of the days off that `holidays` names.

use std::ops::Range;
use std::path::Path;

use super::Faults;
use super::error::Findings;
use crate::calendar::file::Holidays;

/// Reads it, `at` being its place among the files of the diagnostics; its faults are added to
/// `findings`. Its text goes along, to be shown with them.
pub(super) fn read(
    path: &Path,
    at: usize,
    named_at: Range<usize>,
    findings: &mut Findings,
) -> (Holidays, String) {
    let text = match super::read(path) {
        Ok(text) => text,
        Err(why) => {
            let what = format!("{}: {why}", path.display());
            findings.add(named_at, what, "name another file, or leave `holidays` out");
            return (Holidays::default(), String::new());
        }
    };
    let holidays = Holidays::read(&text).unwrap_or_else(|faults| {
        faults.into_iter().for_each(|fault| findings.push_in(at, fault));
        Holidays::default()
    });
    (holidays, text)
}

/// Reads it again, for a daemon that runs.
///
/// # Errors
/// All its faults; what was in force stays so.
pub fn read_again(path: &Path) -> Result<Holidays, Faults> {
    let mut findings = Findings::default();
    let (holidays, text) = read(path, 0, 0..0, &mut findings);
    if findings.is_empty() {
        Ok(holidays)
    } else {
        Err(findings.into_faults(vec![(path.to_owned(), text)]))
    }
}
