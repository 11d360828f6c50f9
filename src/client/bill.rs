//! `tellerd bill`: a service's bill of a month, or what went over an operator, as CSV or JSON.
//!
//! A bill names accounts in whole, since whoever reads it is to charge them: what is written to a
//! file can be read by its owner alone.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ClientError, ask};
use crate::base::money::Minor;
use crate::calendar::month::Month;

/// What is asked for.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The service whose bill it is, as its file names it.
    #[arg(long, required_unless_present = "operator", conflicts_with = "operator")]
    service: Option<String>,
    /// The operator whose invoice is to be compared, as config.toml names it.
    #[arg(long)]
    operator: Option<String>,
    /// The month, such as 2026-11.
    #[arg(long)]
    month: Month,
    /// How it is written.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Where it is written; without it, to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A line of a bill that was wrong, and who says so.
#[derive(Args, Debug)]
pub struct Reversal {
    /// The line's id, such as card-alarm/2026-11/5/0.
    id: LineId,
    /// How much of it; left out, all.
    #[arg(long)]
    amount: Option<String>,
    /// Who found out.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Who checked it: another person.
    #[arg(long, value_name = "NAME")]
    and: String,
}

/// The id of a line: service, month, customer, item.
#[derive(Clone, PartialEq, Eq, Debug)]
struct LineId {
    service: String,
    month: Month,
    line: (u64, u16),
}

impl FromStr for LineId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<LineId, &'static str> {
        let parts: Vec<&str> = text.split('/').collect();
        let read = |service: &str, month: &str, customer: &str, item: &str| {
            let line = (customer.parse().ok()?, item.parse().ok()?);
            Some(LineId { service: service.to_owned(), month: month.parse().ok()?, line })
        };
        match parts.as_slice() {
            [service, month, customer, item] => read(service, month, customer, item),
            _ => None,
        }
        .ok_or("write it as the bill does: card-alarm/2026-11/5/0")
    }
}

/// Reverses a line of a bill; true where it was reversed so before.
pub fn reverse(store: &Path, asked: &Reversal) -> Result<bool, ClientError> {
    let Reversal { id: LineId { service, month, line }, amount, by, and } = asked;
    let request = json!({
        "reverse": {
            "service": service, "month": month.to_string(), "line": line,
            "amount": amount, "by": by, "and": and,
        }
    });
    match ask(store, &request)? {
        Answer::Reversed { again } => Ok(again),
        _ => Err(ClientError::Ended),
    }
}

/// What the state and the id of a reversal's own line end in.
const REVERSED: &str = "reversed";

/// How a bill is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// Comma-separated values with a heading line (RFC 4180).
    Csv,
    /// A JSON array of objects.
    Json,
}

/// An answer of the daemon.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Bill { charged: bool, lines: Vec<Line>, next: Option<(u64, u16)> },
    Usage(Vec<Over>),
    Reversed { again: bool },
}

#[derive(Deserialize)]
struct Line {
    customer: u64,
    item: u16,
    account: Option<String>,
    card: Option<String>,
    messages: u32,
    amount: String,
    currency: String,
    reversed: Option<String>,
}

#[derive(Deserialize)]
struct Over {
    bank: String,
    what: String,
    code: Option<String>,
    kind: Option<String>,
    price: Option<String>,
    count: u64,
}

/// A line of a bill as it is written. The id is the same for ever: what charges by it charges once.
#[derive(Clone, Serialize)]
struct BillRow {
    id: String,
    customer: u64,
    account: String,
    card: String,
    messages: u32,
    amount: String,
    currency: String,
    state: &'static str,
}

/// A line about an operator as it is written.
#[derive(Serialize)]
struct UsageRow {
    bank: String,
    operator: String,
    month: String,
    what: String,
    code: String,
    kind: String,
    count: u64,
    price: String,
    amount: String,
}

/// Asks the daemon of `store` and writes what it says.
pub fn show(store: &Path, asked: &Arguments) -> Result<(), ClientError> {
    let system = |doing| move |cause| ClientError::System { doing, cause };
    // Nothing is written, and no file made, before all of it is known.
    let text = match (&asked.service, &asked.operator) {
        (Some(service), _) => {
            let rows = bill(store, service, asked.month)?;
            written(&rows, asked.format, &BILL_HEADING)
        }
        (None, operator) => {
            let rows = usage(store, operator.as_deref().unwrap_or_default(), asked.month)?;
            written(&rows, asked.format, &USAGE_HEADING)
        }
    };
    let Some(path) = &asked.output else {
        // A reader that has gone away needs no answer.
        let _ = io::stdout().lock().write_all(text.as_bytes());
        return Ok(());
    };
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let mut file = file.map_err(system("open the file for the bill"))?;
    file.write_all(text.as_bytes()).map_err(system("write the bill"))
}

fn bill(store: &Path, service: &str, month: Month) -> Result<Vec<BillRow>, ClientError> {
    let (mut rows, mut after) = (Vec::new(), Some((0, 0)));
    while let Some(mark) = after {
        let request = json!({
            "bill": { "service": service, "month": month.to_string(), "after": mark }
        });
        let Answer::Bill { charged, lines, next } = ask(store, &request)? else {
            return Err(ClientError::Ended);
        };
        for line in lines {
            let row = BillRow {
                id: format!("{service}/{month}/{}/{}", line.customer, line.item),
                customer: line.customer,
                account: line.account.unwrap_or_default(),
                card: line.card.unwrap_or_default(),
                messages: line.messages,
                amount: line.amount,
                currency: line.currency,
                state: if charged { "charged" } else { "open" },
            };
            let back = line.reversed.map(|amount| BillRow {
                id: format!("{}/{REVERSED}", row.id),
                messages: 0,
                amount: format!("-{amount}"),
                state: REVERSED,
                ..row.clone()
            });
            rows.extend([Some(row), back].into_iter().flatten());
        }
        after = next;
    }
    Ok(rows)
}

fn usage(store: &Path, operator: &str, month: Month) -> Result<Vec<UsageRow>, ClientError> {
    let request = json!({ "usage": { "operator": operator, "month": month.to_string() } });
    let Answer::Usage(over) = ask(store, &request)? else { return Err(ClientError::Ended) };
    let row = |over: Over| {
        let price = over.price.as_deref().and_then(|price| Minor::parse(price).ok());
        let amount = price.map(|price| price.times(over.count).decimal());
        UsageRow {
            bank: over.bank,
            operator: operator.to_owned(),
            month: month.to_string(),
            what: over.what,
            code: over.code.unwrap_or_default(),
            kind: over.kind.unwrap_or_default(),
            count: over.count,
            price: over.price.unwrap_or_default(),
            amount: amount.unwrap_or_default(),
        }
    };
    Ok(over.into_iter().map(row).collect())
}

const BILL_HEADING: [&str; 8] =
    ["id", "customer", "account", "card", "messages", "amount", "currency", "state"];

const USAGE_HEADING: [&str; 9] =
    ["bank", "operator", "month", "what", "code", "kind", "count", "price", "amount"];

/// The rows in a format; CSV with these columns, in this order.
fn written<R: Serialize>(rows: &[R], format: Format, heading: &[&str]) -> String {
    let rows: Vec<serde_json::Value> =
        rows.iter().filter_map(|row| serde_json::to_value(row).ok()).collect();
    match format {
        Format::Json => format!("{:#}\n", serde_json::Value::Array(rows)),
        Format::Csv => {
            let mut text = format!("{}\n", heading.join(","));
            for row in &rows {
                let fields: Vec<String> = heading.iter().map(|name| field(&row[name])).collect();
                text.push_str(&fields.join(","));
                text.push('\n');
            }
            text
        }
    }
}

/// A value of a line of CSV. What begins like a formula isn't let near a spreadsheet as one.
fn field(value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let is_formula = text.starts_with(['=', '+', '@']);
    if is_formula || text.contains([',', '"', '\n', '\r']) {
        let guard = if is_formula { "'" } else { "" };
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_named_as_the_bill_names_it() {
        let read: LineId = "card-alarm/2026-11/5/0".parse().unwrap();
        assert_eq!((read.service.as_str(), read.line), ("card-alarm", (5, 0)));
        for wrong in ["", "a/2026-11/5", "a/11/5/0", "a/2026-11/5/0/reversed", "a/2026-11/x/0"] {
            assert!(wrong.parse::<LineId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn csv_keeps_its_columns_whatever_stands_in_them() {
        let row = BillRow {
            id: "card-alarm/2026-11/1/0".into(),
            customer: 1,
            account: "200-0002000111201-89".into(),
            card: "Visa \"Electron\", dinar *1234".into(),
            messages: 3,
            amount: "15.00".into(),
            currency: "RSD".into(),
            state: "charged",
        };
        let text = written(&[row], Format::Csv, &BILL_HEADING);
        let line = "card-alarm/2026-11/1/0,1,200-0002000111201-89,\"Visa \"\"Electron\"\", dinar \
                    *1234\",3,15.00,RSD,charged";
        assert_eq!(text.lines().collect::<Vec<_>>(), [BILL_HEADING.join(",").as_str(), line]);
        assert_eq!(field(&json!("=1+1")), "\"'=1+1\"");
        assert_eq!(written::<BillRow>(&[], Format::Json, &BILL_HEADING), "[]\n");
    }
}
