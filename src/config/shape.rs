//! From the text of config.toml to its mirror, past every fault of its shape.
//!
//! serde stops at the first fault. So each field that it trips over is reported, taken out of the
//! parsed document, and the rest is read again; what was taken out is remembered, so that it isn't
//! reported as missing too. TOML that can't be parsed is reported with all its syntax errors.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Findings;
use super::raw::File;
use super::suggest::{closest, listed};
use crate::base::fault::Fault;

/// Faults of shape after which reading is given up: the file is something else.
const FAULTS_MAX: usize = 100;

/// Sections and options that people will look for and that aren't there yet.
const NOT_YET: &[(&str, &str)] = &[("api", "there is no HTTP API yet: remove the section")];

/// The mirror, as far as it can be read; its faults are added to `findings`.
pub(super) fn read(text: &str, findings: &mut Findings) -> Option<File> {
    let (mut document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            findings.add(error.span().unwrap_or(0..0), error.message(), SYNTAX_REMEDY);
        }
        return None;
    }
    for _ in 0..FAULTS_MAX {
        let error = match File::deserialize(toml::Deserializer::from(document.clone())) {
            Ok(file) => return Some(file),
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let whole = document.span();
        let Some(taken) = take_out(document.get_mut(), &whole, &span) else {
            findings.add(span, error.message(), TYPE_REMEDY);
            return None;
        };
        findings.push(explain(&taken.key, span, error.message()));
        findings.broken(taken.table, taken.key);
    }
    None
}

const SYNTAX_REMEDY: &str = "this is no TOML; the shipped config.toml shows how it is written";
const TYPE_REMEDY: &str = "the shipped config.toml shows how it is written";

/// What there may be several of, each in a table of its own.
const TABLES: &[&str] = &["bank", "operator", "bind", "route"];

struct Taken {
    table: Range<usize>,
    key: String,
}

/// Takes the field at `span` (its key, its value, or an element of its array) out of the document.
fn take_out(table: &mut DeTable<'_>, place: &Range<usize>, span: &Range<usize>) -> Option<Taken> {
    let at_fault = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        key.span() == *span
            || value.span() == *span
            || matches!(value.get_ref(), DeValue::Array(array)
                if array.iter().any(|element| element.span() == *span))
    };
    if let Some((key, _)) = table.iter().find(|entry| at_fault(*entry)) {
        let key = key.clone();
        table.remove(&key);
        return Some(Taken { table: place.clone(), key: key.into_inner().into_owned() });
    }
    table.iter_mut().find_map(|(_, value)| take_out_of_value(value, span))
}

fn take_out_of_value(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<Taken> {
    let place = value.span();
    match value.get_mut() {
        DeValue::Table(table) => take_out(table, &place, span),
        DeValue::Array(array) => {
            array.iter_mut().find_map(|element| take_out_of_value(element, span))
        }
        _ => None,
    }
}

/// serde's message in the words of whoever writes the file.
fn explain(key: &str, span: Range<usize>, message: &str) -> Fault {
    if let Some(known) = message.strip_prefix("unknown field ") {
        let known: Vec<&str> = quoted(known).skip(1).collect();
        let remedy = match NOT_YET.iter().find(|(word, _)| *word == key) {
            Some((_, remedy)) => (*remedy).to_owned(),
            None => match closest(key, known.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("remove it; known here: {}", listed(known, "nothing")),
            },
        };
        return Fault::new(span, format!("there is no option `{key}` here"), remedy);
    }
    // serde quotes the value, which here may be the password.
    if key == "password" {
        return Fault::new(span, "`password` is no string", "write password = \"env:NAME\"");
    }
    if let Some(variants) = message.strip_prefix("unknown variant ") {
        let mut words = quoted(variants);
        let word = words.next().unwrap_or_default();
        let variants = listed(words, "nothing");
        return Fault::new(
            span,
            format!("`{key}` can't be `{word}`"),
            format!("write one of {variants}"),
        );
    }
    let (found, expected) = message.rsplit_once(", expected ").unwrap_or((message, ""));
    let found = found.split_once(": ").map_or(found, |(_, found)| found);
    let found = if found == "map" { "table" } else { found };
    let remedy = match expected {
        "a string" => format!("write it in quotes: {key} = \"…\""),
        "a sequence" if TABLES.contains(&key) => {
            format!(
                "each {key} begins with [[{}{key}]]",
                if key == "bind" { "operator." } else { "" }
            )
        }
        "a sequence" => format!("write a list: {key} = [\"…\"]"),
        "a boolean" => "write true or false, without quotes".to_owned(),
        "usize" | "u64" | "u32" | "u16" | "u8" => {
            format!("write a whole number, not negative and not too large: {key} = 10")
        }
        _ => TYPE_REMEDY.to_owned(),
    };
    Fault::new(span, format!("`{key}` can't be the {found}"), remedy)
}

/// The words between backticks.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::super::raw::SHOWN_KEYS;
    use super::*;

    /// Every key that serde knows in some table.
    fn known_keys() -> Vec<String> {
        let tables = [
            "",
            "[store]\n",
            "[log]\n",
            "[engine]\n",
            "[numbers]\n",
            "[[bank]]\n",
            "[[operator]]\n",
            "[[route]]\n",
            "[[operator]]\n[[operator.bind]]\n",
            "[[operator]]\n[[operator.bind]]\n[operator.bind.tls]\n",
        ];
        let mut keys = Vec::new();
        for table in tables {
            let error = toml::from_str::<File>(&format!("{table}zz = 1")).err().unwrap();
            keys.extend(quoted(error.message()).skip(1).map(str::to_owned));
        }
        keys.sort();
        keys.dedup();
        keys
    }

    #[test]
    fn every_key_but_those_of_secrets_is_listed_as_one_that_may_be_shown() {
        let secret = |key: &String| matches!(key.as_str(), "password" | "hashing_key");
        let keys: Vec<String> = known_keys().into_iter().filter(|key| !secret(key)).collect();
        assert_eq!(keys, SHOWN_KEYS);
    }

    #[test]
    fn the_shipped_file_teaches_every_key() {
        let shipped = include_str!("../../config.toml");
        for key in known_keys() {
            let word = |line: &str| {
                let line = line.trim_start_matches(['#', ':', ' ', '[']);
                line.strip_prefix(&key).is_some_and(|rest| rest.starts_with([' ', ']', '.']))
                    || line.contains(&format!(".{key}]"))
                    || line.contains(&format!(" {key} = "))
            };
            assert!(shipped.lines().any(word), "config.toml says nothing of `{key}`");
        }
    }

    #[test]
    fn several_faults_of_shape_are_found_at_once() {
        let mut findings = Findings::default();
        let text = "servces = 1\n[log]\nformat = 5\n[[bank]]\nname = 7\nseed = \"x\"\n[[route]]\n\
                    accepts = [\"dance\"]\n";
        let file = read(text, &mut findings).unwrap();
        let whats: Vec<&str> = findings.faults().map(|fault| fault.what.as_str()).collect();
        assert_eq!(whats.len(), 4, "{whats:?}");
        assert!(file.bank[0].get_ref().seed.is_some(), "what is right was read");
        assert!(findings.is_broken(&file.bank[0].span(), "name"));
    }
}
