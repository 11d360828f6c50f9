//! The configuration: config.toml and the service files, read and checked to the end.
//!
//! [`load`] (or [`check()`]) gives a [`Config`] in which nothing dangles, or all [`Faults`] of all
//! files at once. It reads files and is handed the environment; it opens no socket and changes
//! nothing. In the order of use: `shape` (TOML to the mirror in `raw`), `services` (the files that
//! it names), `check`, with `operators`, `binds`, `secrets` and `routes` for their tables,
//! [`data`] for the files that can be read again, and [`error`] to show what was found. Modules
//! further down own their options; here they are filled, and nothing below imports this.

mod binds;
mod canary;
mod check;
pub mod data;
pub mod error;
mod mask;
mod operators;
mod raw;
mod routes;
mod secrets;
mod services;
mod shape;
mod suggest;
#[cfg(test)]
mod tests;
mod tls;
mod units;

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::base::fault::Fault;
use crate::base::now::Wall;
use crate::engine::setup::{ServiceSetup, Setup};
use crate::operator;
use crate::store::disk;

use check::Purpose;
use data::DataFiles;
pub use error::Faults;
use error::{CONFIG, Findings};
pub use tls::Tls;

/// Everything that is configured.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the engine runs on.
    pub setup: Setup,
    /// How to reach the operators, in the order of [`Setup::operators`].
    pub operators: Vec<operator::Options>,
    /// Where each bind connects, in the order of [`operator::Options::binds`].
    pub links: Vec<Vec<LinkAddress>>,
    /// How the store is kept.
    pub store: disk::Options,
    /// The store's folder.
    pub store_path: PathBuf,
    /// What is logged, and how.
    pub log: Log,
    /// The files that can be read again without a restart.
    pub data: DataFiles,
    /// The banks whose data are to fill an empty store, by name, and the file that holds them.
    pub seeds: Vec<(String, PathBuf)>,
}

/// Where a bind connects, and how.
#[derive(Clone, Debug)]
pub struct LinkAddress {
    /// The SMSC, `host:port`; a name is resolved when connecting.
    pub address: String,
    /// Its other site, `host:port`, for when that can't be reached.
    pub fallback: Option<String>,
    /// The address of ours that the SMSC expects; `None`: whichever the system takes.
    pub local_address: Option<IpAddr>,
    /// TLS, where the operator speaks it.
    pub tls: Option<Tls>,
}

impl LinkAddress {
    /// TCP to `address` (`host:port`), and nothing else.
    pub fn plain(address: String) -> LinkAddress {
        LinkAddress { address, fallback: None, local_address: None, tls: None }
    }
}

/// `[log]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// From which weight on.
    pub level: LogLevel,
}

/// How a line of the log is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// The lightest events that are logged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What must be mended.
    Error,
    /// What may need mending.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// Why it happens.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// Its name, as tracing's filters know it.
    pub const fn as_str(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        }
    }
}

impl Config {
    /// What is no fault today and will be one: calendars that don't know their next days off.
    pub fn warnings(&self, now: Wall) -> Vec<String> {
        let mut missing: Vec<i16> = Vec::new();
        for ServiceSetup { service, .. } in &self.setup.services {
            missing.extend(service.calendar.missing_years(service.zone.date(now).year()));
        }
        missing.sort_unstable();
        missing.dedup();
        let file = self.data.holidays.as_ref().map(|path| path.display().to_string());
        let file = file.unwrap_or_else(|| "the file of `holidays` in config.toml".to_owned());
        let tell =
            |year| format!("the days of Eid {year} aren't known: add them under [xk] in {file}");
        missing.into_iter().map(tell).collect()
    }
}

/// Reads the configuration at `path` and all that it names, but for the seeds. Relative paths in it
/// begin at its folder. `env` gives the environment, for passwords and the hashing key.
///
/// # Errors
/// All faults of all files.
pub fn load(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, Faults> {
    read_all(path, env, Purpose::Run)
}

/// As [`load`], to be judged whole: the seeds must be there, too, and each operator that a service
/// enrols numbers of.
///
/// # Errors
/// All faults of all files.
pub fn check(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, Faults> {
    read_all(path, env, Purpose::Check)
}

fn read_all(
    path: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    purpose: Purpose,
) -> Result<Config, Faults> {
    let mut findings = Findings::default();
    let text = read(path).unwrap_or_else(|why| {
        findings.add(0..0, why, "name another file with --config, or start from the shipped one");
        String::new()
    });
    let mut files = vec![(path.to_owned(), mask::mask(&text))];
    if !findings.is_empty() {
        return Err(findings.into_faults(files));
    }
    let Some(file) = shape::read(&text, &mut findings) else {
        return Err(findings.into_faults(files));
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let sources = services::read(file.services.as_deref(), folder, &mut findings);
    let mut config = check::check(&file, &sources, folder, env, purpose, &mut findings);
    files.extend(sources.into_iter().map(|source| (source.path, source.text)));
    if let Some(written) = &file.holidays {
        let path = folder.join(written.get_ref());
        let (days, text) = data::holidays(&path, files.len(), written.span(), &mut findings);
        files.push((path.clone(), text));
        if let Some(config) = &mut config {
            config.setup.keep_days(&days);
            config.data.holidays = Some(path);
        }
    }
    // An operator that couldn't be read would be missed on every line.
    if let Some(written) = &file.numbers.ported
        && !findings.is_any_broken("operator")
    {
        let path = folder.join(written.get_ref());
        let named = file.operator.iter().map(|operator| operator.get_ref().name.as_ref());
        let names: Vec<&str> = named.map(|name| name.map_or("", |name| name.get_ref())).collect();
        let (list, text) = data::ported(&path, &names, files.len(), written.span(), &mut findings);
        files.push((path.clone(), text));
        if let Some(config) = &mut config {
            config.setup.ported = list;
            config.data.ported = Some(path);
        }
    }
    match config {
        Some(config) if findings.is_empty() => Ok(config),
        _ => {
            // Nothing but a fault keeps a configuration from being made.
            if findings.is_empty() {
                findings.push_in(CONFIG, Fault::new(0..0, "nothing was made of this", "report it"));
            }
            Err(findings.into_faults(files))
        }
    }
}

/// The text of a file, or why there is none.
fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::InvalidData => "this file isn't UTF-8".to_owned(),
        kind => format!("this file can't be read: {kind}"),
    })
}
