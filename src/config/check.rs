//! From the mirror of config.toml and the service files to a [`Config`]: every rule that one table
//! alone can't keep.
//!
//! Checking goes on after a fault: what is at fault is replaced by something harmless, and the
//! whole is thrown away at the end. What each option means stands in config.toml.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;

use super::data::DataFiles;
use super::error::Findings;
use super::services::Source;
use super::suggest::did_you_mean;
use super::{Config, Log, operators, raw, routes, secrets, units};
use crate::base::limits::LIVE_MESSAGES_MAX;
use crate::engine::setup::{Options, ServiceSetup, Setup};
use crate::store::{Every, disk};

/// The longest name of a bank, an operator or a service, in letters: it stands in every record.
const NAME_LETTERS_MAX: usize = 32;

/// What the configuration is read for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// To be judged: the seeds are there, too, and every operator that a service names.
    Check,
    /// To run on: seeds may have been loaded long ago, and an operator be taken out for a while.
    Run,
}

/// Checks everything. `None` only where there are faults.
pub(super) fn check(
    file: &raw::File,
    sources: &[Source],
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    purpose: Purpose,
    findings: &mut Findings,
) -> Option<Config> {
    let banks = check_banks(file, sources, findings);
    let services = check_services(&banks, file, sources, findings);
    let seeds = check_seeds(file, &banks, folder, purpose, findings);
    let operators = operators::check(&file.operator, folder, env, findings);
    let names: Vec<&str> = operators.iter().map(|made| made.setup.name.as_str()).collect();
    if purpose == Purpose::Check {
        check_enrolled(&names, sources, findings);
    }
    let routes = routes::check(&file.route, &names, sources, findings);
    let (store, store_path) = check_store(&file.store, folder, env, findings);
    let options = check_engine(&file.engine, &file.store, findings);
    let mut config = Config {
        setup: Setup {
            banks,
            services: services?,
            operators: Vec::new(),
            routes,
            ported: Arc::default(),
            options,
        },
        operators: Vec::new(),
        links: Vec::new(),
        store,
        store_path,
        log: Log { format: file.log.format, level: file.log.level },
        seeds,
        data: DataFiles::default(),
    };
    for made in operators {
        config.data.operators.push(made.setup.name.clone());
        config.setup.operators.push(made.setup);
        config.operators.push(made.options);
        config.links.push(made.links);
    }
    Some(config)
}

fn check_banks(file: &raw::File, sources: &[Source], findings: &mut Findings) -> Vec<String> {
    let mut banks: Vec<String> = Vec::new();
    for bank in &file.bank {
        let written = &bank.get_ref().name;
        let Some(name) = name(written, &bank.span(), &banks, "bank", findings) else {
            // Still there, so that seeds stay beside their banks.
            banks.push(String::new());
            continue;
        };
        let is_served = |source: &Source| {
            source.heading.as_ref().is_none_or(|heading| heading.bank.get_ref() == name)
        };
        if !sources.is_empty() && !sources.iter().any(is_served) {
            findings.add(
                written.as_ref().map_or(bank.span(), Spanned::span),
                format!("no service belongs to the bank `{name}`"),
                format!("add a service file with bank = \"{name}\", or remove the bank"),
            );
        }
        banks.push(name.to_owned());
    }
    banks
}

fn check_services(
    banks: &[String],
    file: &raw::File,
    sources: &[Source],
    findings: &mut Findings,
) -> Option<Vec<ServiceSetup>> {
    for (at, source) in sources.iter().enumerate() {
        let Some(heading) = &source.heading else { continue };
        let (name, bank) = (heading.name.get_ref(), heading.bank.get_ref());
        if let Some(twin) = sources[..at].iter().find(|other| other.name() == Some(name)) {
            source.fault(
                heading.name.span(),
                format!("there is a service `{name}` already, in {}", twin.path.display()),
                "give each service a name of its own",
                findings,
            );
        }
        // A bank whose own name is at fault may be the one that is meant.
        let all_named = !banks.iter().any(String::is_empty) && !findings.is_any_broken("bank");
        if all_named && !banks.contains(bank) {
            let known = banks.iter().map(String::as_str);
            source.fault(
                heading.bank.span(),
                format!("config.toml has no bank `{bank}`"),
                did_you_mean(bank, known, "no bank at all; add a [[bank]]"),
                findings,
            );
        }
        // So may this service be by a route that names nobody.
        let may_name_it = |route: &Spanned<raw::Route>| match &route.get_ref().service {
            Some(meant) => {
                let meant = meant.get_ref().as_str();
                meant == name || sources.iter().all(|source| source.name() != Some(meant))
            }
            None => true,
        };
        if !file.route.iter().any(may_name_it) && !findings.is_any_broken("route") {
            source.fault(
                heading.name.span(),
                format!("no short code leads to the service `{name}`"),
                format!(
                    "add a [[route]] with service = \"{name}\" to config.toml, \
                     or take the file out of `services`"
                ),
                findings,
            );
        }
    }
    let made = |source: &Source| {
        let service = source.service.clone()?;
        let bank = banks.iter().position(|bank| *bank == service.bank)?;
        Some(ServiceSetup { service, bank })
    };
    sources.iter().map(made).collect()
}

/// The operators that services enrol numbers of are some of ours: a misspelt one would turn every
/// customer of it away at the branch (KB-03, PC-03).
fn check_enrolled(operators: &[&str], sources: &[Source], findings: &mut Findings) {
    if operators.contains(&"") || findings.is_any_broken("operator") {
        return;
    }
    for source in sources {
        for named in &source.operators {
            let name = named.get_ref().as_str();
            if !operators.contains(&name) {
                let known = operators.iter().copied();
                source.fault(
                    named.span(),
                    format!("config.toml has no operator `{name}`"),
                    did_you_mean(name, known, "no operator at all; add an [[operator]]"),
                    findings,
                );
            }
        }
    }
}

fn check_seeds(
    file: &raw::File,
    banks: &[String],
    folder: &Path,
    purpose: Purpose,
    findings: &mut Findings,
) -> Vec<(String, PathBuf)> {
    let mut seeds = Vec::new();
    for (bank, name) in file.bank.iter().zip(banks) {
        let Some(seed) = &bank.get_ref().seed else { continue };
        let path = folder.join(seed.get_ref());
        if purpose == Purpose::Check && !path.is_file() {
            findings.add(
                seed.span(),
                format!("there is no file `{}`", seed.get_ref()),
                "the path begins at the folder of this file; without `seed` the bank starts empty",
            );
        }
        seeds.push((name.clone(), path));
    }
    seeds
}

fn check_store(
    store: &raw::Store,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    findings: &mut Findings,
) -> (disk::Options, PathBuf) {
    let defaults = disk::Options::default();
    let path = store.path.as_ref().map_or("data", |path| path.get_ref());
    if let Some(written) = store.path.as_ref().filter(|path| path.get_ref().is_empty()) {
        findings.add(written.span(), "the store has no folder", "write path = \"data\"");
    }
    let journal_cache = octets(&store.journal_cache, defaults.journal_cache as u64, findings);
    let every = Every {
        batches: positive(&store.checkpoint_batches, defaults.checkpoint.batches, findings),
        changes: positive(&store.checkpoint_changes, defaults.checkpoint.changes, findings),
    };
    let options = disk::Options {
        reserve: octets(&store.reserve, defaults.reserve, findings),
        registry_cache: octets(&store.registry_cache, defaults.registry_cache, findings),
        journal_cache: usize::try_from(journal_cache).unwrap_or(usize::MAX),
        checkpoint: every,
        hashing_key: (store.hashing_key.as_ref())
            .and_then(|written| secrets::hashing_key(written, folder, env, findings)),
        // A build that sabotages itself does so by its defaults.
        #[cfg(any(test, feature = "sabotage"))]
        durability: defaults.durability,
    };
    (options, folder.join(path))
}

fn check_engine(engine: &raw::Engine, store: &raw::Store, findings: &mut Findings) -> Options {
    let defaults = Options::default();
    let options = Options {
        answer: span(&engine.answer, defaults.answer, findings),
        reply_promise: span(&engine.reply_promise, defaults.reply_promise, findings),
        reply_worthless: span(&engine.reply_worthless, defaults.reply_worthless, findings),
        card_promise: span(&engine.card_promise, defaults.card_promise, findings),
        alert_promise: span(&engine.alert_promise, defaults.alert_promise, findings),
        alert_worthless: span(&engine.alert_worthless, defaults.alert_worthless, findings),
        join: span(&engine.join, defaults.join, findings),
        retry_min: span(&engine.retry_min, defaults.retry_min, findings),
        retry_max: span(&engine.retry_max, defaults.retry_max, findings),
        retries_max: engine.retries_max.as_ref().map_or(defaults.retries_max, |n| *n.get_ref()),
        repeat_window: span(&engine.repeat_window, defaults.repeat_window, findings),
        keep: span(&store.keep, defaults.keep, findings),
        keep_money: span(&store.keep_money, defaults.keep_money, findings),
        live_max: positive(&engine.live_max, defaults.live_max, findings),
    };
    if let Some(written) =
        engine.live_max.as_ref().filter(|live| *live.get_ref() > LIVE_MESSAGES_MAX)
    {
        findings.add(
            written.span(),
            "more live messages than memory is planned for",
            format!("write at most {LIVE_MESSAGES_MAX}"),
        );
    }
    ordered(
        ("answer", &engine.answer, options.answer),
        ("reply_promise", &engine.reply_promise, options.reply_promise),
        "the customer must hear \"later\" before the promise is broken",
        findings,
    );
    ordered(
        ("reply_promise", &engine.reply_promise, options.reply_promise),
        ("reply_worthless", &engine.reply_worthless, options.reply_worthless),
        "a reply must not be given up before it is late",
        findings,
    );
    ordered(
        ("alert_promise", &engine.alert_promise, options.alert_promise),
        ("alert_worthless", &engine.alert_worthless, options.alert_worthless),
        "an alert must not be given up before it is late",
        findings,
    );
    ordered(
        ("retry_min", &engine.retry_min, options.retry_min),
        ("retry_max", &engine.retry_max, options.retry_max),
        "pauses grow from one to the other",
        findings,
    );
    options
}

/// A name that others refer to, checked: `None` if it is missing, unusable, or taken.
pub(super) fn name<'a>(
    written: &'a raw::Text,
    table: &Range<usize>,
    taken: &[String],
    kind: &str,
    findings: &mut Findings,
) -> Option<&'a str> {
    let written = required(written, table, "name", "\"…\", which others refer to", findings)?;
    let name = written.get_ref().as_str();
    let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > NAME_LETTERS_MAX || !name.chars().all(usable) {
        findings.add(
            written.span(),
            format!("the {kind} can't be called `{name}`"),
            format!("use 1 to {NAME_LETTERS_MAX} small letters a-z, digits and -"),
        );
        return None;
    }
    if taken.iter().any(|other| other == name) {
        findings.add(
            written.span(),
            format!("there is another {kind} `{name}`"),
            format!("give each {kind} a name of its own"),
        );
        return None;
    }
    Some(name)
}

/// An option that must be there; `example` is how it may look.
pub(super) fn required<'a, T>(
    value: &'a Option<Spanned<T>>,
    table: &Range<usize>,
    key: &str,
    example: &str,
    findings: &mut Findings,
) -> Option<&'a Spanned<T>> {
    if value.is_none() && !findings.is_broken(table, key) {
        findings.add(
            table.clone(),
            format!("`{key}` is missing here"),
            format!("add {key} = {example}"),
        );
    }
    value.as_ref()
}

/// A span of time that is more than none.
pub(super) fn span(text: &raw::Text, default: Duration, findings: &mut Findings) -> Duration {
    let made = span_or_zero(text, default, findings);
    if let Some(written) = text.as_ref().filter(|_| made.is_zero()) {
        findings.add(written.span(), "this can't be zero", units::DURATION_REMEDY);
    }
    made
}

/// A span of time; zero means never.
pub(super) fn span_or_zero(
    text: &raw::Text,
    default: Duration,
    findings: &mut Findings,
) -> Duration {
    let Some(written) = text else { return default };
    units::duration(written.get_ref()).unwrap_or_else(|| {
        let what = format!("`{}` is no span of time", written.get_ref());
        findings.add(written.span(), what, units::DURATION_REMEDY);
        default
    })
}

/// Two spans of which the first mustn't be longer. The fault is where one of them is written.
pub(super) fn ordered(
    (short_name, short_text, short): (&str, &raw::Text, Duration),
    (long_name, long_text, long): (&str, &raw::Text, Duration),
    why: &str,
    findings: &mut Findings,
) {
    if short > long
        && let Some(written) = short_text.as_ref().or(long_text.as_ref())
    {
        findings.add(
            written.span(),
            format!("`{short_name}` ({short:?}) is longer than `{long_name}` ({long:?})"),
            format!("make `{short_name}` the shorter one: {why}"),
        );
    }
}

fn octets(text: &raw::Text, default: u64, findings: &mut Findings) -> u64 {
    let Some(written) = text else { return default };
    units::octets(written.get_ref()).unwrap_or_else(|| {
        let what = format!("`{}` is no size", written.get_ref());
        findings.add(written.span(), what, units::OCTETS_REMEDY);
        default
    })
}

/// A number that is more than none.
fn positive<T: Copy + PartialEq + Default>(
    value: &Option<Spanned<T>>,
    default: T,
    findings: &mut Findings,
) -> T {
    let Some(written) = value else { return default };
    if *written.get_ref() == T::default() {
        findings.add(written.span(), "this can't be 0", "write at least 1, or leave it out");
    }
    *written.get_ref()
}
