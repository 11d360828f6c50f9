//! The service files that `services = [...]` names: found, read, and checked each for itself.
//!
//! A `*` in the last part of a path stands for any letters. Of a file with faults at least its name
//! is kept, so that the routes that name it aren't called wrong as well.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::error::Findings;
use crate::base::fault::Fault;
use crate::service::Service;

/// A service file.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// Its place among the files of the diagnostics.
    pub(super) file: usize,
    pub(super) heading: Option<Heading>,
    /// The operators whose numbers it enrols (KB-03, PC-03), each with its place.
    pub(super) operators: Vec<Spanned<String>>,
    /// None if it has faults.
    pub(super) service: Option<Service>,
}

/// What a service file is called and whose it is, each with its place.
#[derive(Deserialize)]
pub(super) struct Heading {
    pub(super) name: Spanned<String>,
    pub(super) bank: Spanned<String>,
}

/// Of `[rules]`, what names something in config.toml.
#[derive(Deserialize, Default)]
struct Named {
    #[serde(default)]
    rules: Rules,
}

#[derive(Deserialize, Default)]
struct Rules {
    #[serde(default)]
    operators: Vec<Spanned<String>>,
}

const DEFAULT: &str = "services/*.toml";

/// Reads all files that match a pattern; their faults are added to `findings`.
pub(super) fn read(
    patterns: Option<&[Spanned<String>]>,
    folder: &Path,
    findings: &mut Findings,
) -> Vec<Source> {
    let default = [Spanned::new(0..0, DEFAULT.to_owned())];
    let mut sources: Vec<Source> = Vec::new();
    let patterns = patterns.unwrap_or(&default);
    if patterns.is_empty() {
        findings.add(0..0, "no service file is named", "write services = [\"services/*.toml\"]");
    }
    for pattern in patterns {
        let paths = matching(&folder.join(pattern.get_ref()));
        if paths.is_empty() {
            findings.add(
                pattern.span(),
                format!("no service file is called `{}`", pattern.get_ref()),
                "name at least one file, from the folder of this one; `*` stands for any letters",
            );
        }
        for path in paths {
            if sources.iter().all(|known| known.path != path) {
                let file = sources.len() + 1;
                sources.extend(read_one(path, file, pattern.span(), findings));
            }
        }
    }
    sources
}

fn read_one(
    path: PathBuf,
    file: usize,
    named_at: Range<usize>,
    findings: &mut Findings,
) -> Option<Source> {
    let text = match super::read(&path) {
        Ok(text) => text,
        Err(why) => {
            let what = format!("{}: {why}", path.display());
            findings.add(named_at, what, "make it readable, or take it out");
            return None;
        }
    };
    let service = Service::read(&text).map_err(|faults| {
        faults.into_iter().for_each(|fault| findings.push_in(file, fault));
    });
    let heading = toml::from_str(&text).ok();
    let named: Named = toml::from_str(&text).unwrap_or_default();
    let operators = named.rules.operators;
    Some(Source { path, file, heading, operators, service: service.ok(), text })
}

/// The files that a pattern stands for, by name. Without a `*` it is the file itself.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let name = pattern.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !name.contains('*') {
        return if pattern.is_file() { vec![pattern.to_owned()] } else { Vec::new() };
    }
    let folder = match pattern.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|found| !found.starts_with('.') && matches(name, found))
        .map(|found| pattern.with_file_name(found))
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths
}

/// Whether `name` is `pattern` with something, or nothing, for each `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, rest)) => name.strip_prefix(before).is_some_and(|name| {
            (0..=name.len())
                .filter(|at| name.is_char_boundary(*at))
                .any(|at| matches(rest, &name[at..]))
        }),
    }
}

impl Source {
    /// What routes call it, if that much can be read.
    pub(super) fn name(&self) -> Option<&str> {
        self.heading.as_ref().map(|heading| heading.name.get_ref().as_str())
    }

    /// A fault of this file.
    pub(super) fn fault(
        &self,
        span: Range<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
        findings: &mut Findings,
    ) {
        findings.push_in(self.file, Fault::new(span, what, remedy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters() {
        assert!(matches("*.toml", "kombank.toml") && matches("k*b*.toml", "kombank.toml"));
        assert!(matches("a*", "a") && matches("č*", "čč"));
        assert!(!matches("*.toml", "kombank.tml") && !matches("a*b", "ac"));
    }
}
