//! Every text of a service, rendered with long values, fits the parts that it may take.
//!
//! One part is the rule: a reply that runs over costs double. Lists may run over.

#![allow(clippy::unwrap_used, reason = "tests panic where they fail")]

use minijinja::Value;
use tellerd::service::Service;
use tellerd::text::encode::{Options, Policy, plan};

/// A list of entries, each given as pairs.
fn list(entries: usize, pairs: &[(&'static str, &str)]) -> Value {
    let entry =
        || Value::from_pairs(pairs.iter().map(|(name, value)| (*name, Value::from(*value))));
    (0..entries).map(|_| entry()).collect()
}

/// Long values that really occur, for every placeholder that a text may use.
fn long_values() -> Vec<(&'static str, Value)> {
    let plain = [
        ("k", "TRS"),
        ("n", "12"),
        ("acc", "**0163"),
        ("bal", "-1.234.567,89"),
        ("amt", "-1.234.567,89"),
        ("date", "22.11.2026"),
        ("date2", "22.11.2027"),
        ("limit", "1.234.567,89"),
        ("desc", "Uplata po fakturi 114 od 20.11"),
        ("last4", "1600"),
        ("kind", "Mastercard Installment"),
        ("kinds", "DinaCard DIS co-branding, Mastercard Installment"),
        ("my", "11/28"),
        ("text", "Novo: kes kredit bez naknade za obradu do kraja meseca. U ekspoziturama."),
        ("dir", "PRILIV"),
        ("dir2", "PRILIV"),
        ("topic", "AUTORIZACIJA"),
        ("list", "*1600, *2210, *6666"),
    ];
    let lists = [
        ("accounts", list(6, &[("k", "TRS"), ("n", "12"), ("acc", "**0163")])),
        ("balances", list(4, &[("cur", "CHF"), ("bal", "1.234.567,89"), ("date", "22.11.2027")])),
        (
            "rates",
            list(
                4,
                &[
                    ("cur", "GBP"),
                    ("buy", "133,0049"),
                    ("middle", "133,4051"),
                    ("sell", "133,8053"),
                ],
            ),
        ),
    ];
    plain.into_iter().map(|(name, value)| (name, Value::from(value))).chain(lists).collect()
}

#[test]
fn the_texts_of_kombank_fit() {
    let file = include_str!("../services/kombank.toml");
    let service = Service::read(file).unwrap();
    let table: toml::Table = toml::from_str(file).unwrap();
    let options = Options { policy: Policy::Plain, ..Options::default() };
    let mut wrong = Vec::new();
    for name in table["texts"].as_table().unwrap().keys() {
        let wording = service.render(service.find_text(name).unwrap(), &long_values());
        let plan = plan(&wording, &options).unwrap();
        let parts_max = match name.as_str() {
            "kb.list" | "kb.sub.which" | "kb.kurs.prev" => 2,
            _ => 1,
        };
        if plan.parts > parts_max || plan.lost > 0 || wording.contains("  ") {
            wrong.push(format!("{name}: {} units, {} lost: {wording}", plan.units, plan.lost));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
