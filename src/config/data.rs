//! The files of data that config.toml names and that a daemon reads again while it runs: the days
//! off that no rule gives ahead (`holidays`), and numbers that were ported (`[numbers] ported`).

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Faults;
use super::error::Findings;
use crate::base::fault::Fault;
use crate::calendar::file::Holidays;
use crate::engine::door::Fresh;
use crate::engine::ported::Ported;

/// Which they are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DataFiles {
    /// The days off that no rule gives ahead.
    pub holidays: Option<PathBuf>,
    /// Numbers that were ported.
    pub ported: Option<PathBuf>,
    /// The operators that a ported number may be with, in the setup's order.
    pub operators: Vec<String>,
}

impl DataFiles {
    /// Reads them again, for a daemon that runs: `None` where none is named.
    ///
    /// # Errors
    /// All their faults; what was in force stays so.
    pub fn read_again(&self) -> Result<Option<Fresh>, Faults> {
        let mut findings = Findings::default();
        let mut files = Vec::new();
        let days = self.holidays.as_ref().map(|path| {
            let (days, text) = holidays(path, files.len(), 0..0, &mut findings);
            files.push((path.clone(), text));
            days
        });
        let ported = self.ported.as_ref().map(|path| {
            let names: Vec<&str> = self.operators.iter().map(String::as_str).collect();
            let (list, text) = ported(path, &names, files.len(), 0..0, &mut findings);
            files.push((path.clone(), text));
            list
        });
        if !findings.is_empty() {
            return Err(findings.into_faults(files));
        }
        Ok((days.is_some() || ported.is_some()).then_some(Fresh { days, ported }))
    }
}

/// Reads the days off, `at` being the file's place among the files of the diagnostics; its faults
/// are added to `findings`. Its text goes along, to be shown with them.
pub(super) fn holidays(
    path: &Path,
    at: usize,
    named_at: Range<usize>,
    findings: &mut Findings,
) -> (Holidays, String) {
    let Some(text) = text(path, "holidays", named_at, findings) else { return Default::default() };
    let days = Holidays::read(&text).unwrap_or_else(|faults| refuse(faults, at, findings));
    (days, text)
}

/// Reads the ported numbers, in the same way. What goes along is shown without its numbers, and
/// only where there is a fault.
pub(super) fn ported(
    path: &Path,
    operators: &[&str],
    at: usize,
    named_at: Range<usize>,
    findings: &mut Findings,
) -> (Arc<Ported>, String) {
    let Some(text) = text(path, "ported", named_at, findings) else { return Default::default() };
    match Ported::read(&text, operators) {
        Ok(ported) => (Arc::new(ported), String::new()),
        Err(faults) => (refuse(faults, at, findings), Ported::masked(&text)),
    }
}

fn text(path: &Path, key: &str, named_at: Range<usize>, findings: &mut Findings) -> Option<String> {
    let told = |why| {
        let what = format!("{}: {why}", path.display());
        findings.add(named_at, what, format!("name another file, or leave `{key}` out"));
    };
    super::read(path).map_err(told).ok()
}

fn refuse<T: Default>(faults: Vec<Fault>, at: usize, findings: &mut Findings) -> T {
    faults.into_iter().for_each(|fault| findings.push_in(at, fault));
    T::default()
}
