//! Forms out of a table, as a bank exports the enrolments that it has already.
//!
//! The header names the form's fields by their paths; rows of one customer together are one form,
//! so that a customer with three accounts has three rows. Separated by `,` or `;`, quoted by `"`:
//!
//! ```text
//! service;customer;holder;phones.number;phones.operator;accounts.kind;accounts.number
//! teller;10023;natural;+381631110000;telenor;TR;205-1-63
//! teller;10023;;;;TRS;205-2-60
//! ```

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Fields that a form has once.
const SINGLE: [&str; 14] = [
    "service",
    "customer",
    "action",
    "holder",
    "jmbg",
    "code",
    "questions",
    "products",
    "pays_for",
    "tops_up",
    "from",
    "to",
    "operator",
    "number",
];

/// Fields of which a form has a list.
const LISTS: [&str; 5] = ["phones", "accounts", "cards", "loans", "additional"];

/// One form and the lines that it stands in.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// The lines, from 1.
    pub lines: Vec<usize>,
    /// The form, as JSON.
    pub form: Value,
}

/// Why a table can't be read. Holds no value of it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {what}; {remedy}")]
pub struct TableFault {
    /// In which line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// Where it stands, and nothing of what it says.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record {:?}", self.lines)
    }
}

/// The forms in a table, in the order in which they begin; on failure all that is wrong with it.
pub fn forms(text: &str) -> Result<Vec<Record>, Vec<TableFault>> {
    let text = text.trim_start_matches('\u{feff}');
    let separator = if text.lines().next().unwrap_or_default().contains(';') { ';' } else { ',' };
    let mut rows = rows(text, separator).into_iter();
    let header = rows.next().map(|(_, cells)| cells).unwrap_or_default();
    let columns: Vec<&str> = header.iter().map(|name| name.trim()).collect();
    let mut faults = Vec::new();
    for (at, name) in (1..).zip(&columns) {
        if !is_known(name) {
            // It isn't quoted: a table without a header begins with a customer.
            let what = format!("column {at} of the header is no field of a form");
            let remedy = format!("name one of {}, or {}.…", SINGLE.join(", "), LISTS.join(".…, "));
            faults.push(TableFault { line: 1, what, remedy });
        }
    }
    let mut records: Vec<Record> = Vec::new();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (line, cells) in rows {
        if cells.len() != columns.len() {
            let what = format!("has {} cells; the header has {}", cells.len(), columns.len());
            let remedy = "leave a cell empty where there is nothing".to_owned();
            faults.push(TableFault { line, what, remedy });
            continue;
        }
        let form = form(&columns, &cells);
        let place = key_of(&form).map(|key| *places.entry(key).or_insert(records.len()));
        match place.and_then(|place| records.get_mut(place)) {
            Some(known) => {
                if let Err(field) = join(&mut known.form, form) {
                    let what = format!("{field} isn't that of line {}", known.lines[0]);
                    let remedy = "write it once, or the same in each of the customer's rows";
                    faults.push(TableFault { line, what, remedy: remedy.to_owned() });
                }
                known.lines.push(line);
            }
            None => records.push(Record { lines: vec![line], form: Value::Object(form) }),
        }
    }
    if faults.is_empty() { Ok(records) } else { Err(faults) }
}

fn is_known(name: &str) -> bool {
    let (head, rest) = name.split_once('.').unwrap_or((name, ""));
    if SINGLE.contains(&head) {
        return rest.is_empty();
    }
    LISTS.contains(&head) && (head == "loans") == rest.is_empty()
}

/// By which rows belong to one form: service and customer, where it enrols.
fn key_of(form: &Map<String, Value>) -> Option<(String, String)> {
    let text = |name| form.get(name).and_then(Value::as_str).map(str::to_owned);
    let enrols = text("action").is_none_or(|action| action == "enrol");
    enrols.then_some((text("service")?, text("customer")?))
}

/// The form that a row makes: what is empty isn't there.
fn form(columns: &[&str], cells: &[String]) -> Map<String, Value> {
    let mut form = Map::new();
    for (name, cell) in columns.iter().zip(cells) {
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        let Some((list, field)) = name.split_once('.') else {
            let value = value(name, cell);
            let value = if *name == "loans" { Value::Array(vec![value]) } else { value };
            form.insert((*name).to_owned(), value);
            continue;
        };
        let entries = form.entry(list).or_insert_with(|| Value::Array(vec![Map::new().into()]));
        let mut place = &mut entries[0];
        for step in field.split('.') {
            if place.is_null() {
                *place = Map::new().into();
            }
            place = &mut place[step];
        }
        *place = value(field, cell);
    }
    form
}

fn value(field: &str, cell: &str) -> Value {
    match field {
        "questions" | "products" | "pays_for" | "tops_up" => cell.split_whitespace().collect(),
        "ordinal" | "alerts_to" => {
            cell.parse::<u16>().map_or_else(|_| Value::from(cell), Value::from)
        }
        "query" => match cell {
            "true" | "yes" | "1" => Value::from(true),
            "false" | "no" | "0" => Value::from(false),
            _ => Value::from(cell),
        },
        _ => Value::from(cell),
    }
}

/// Adds a customer's next row; on failure the field in which it contradicts.
fn join(form: &mut Value, row: Map<String, Value>) -> Result<(), String> {
    for (name, value) in row {
        let known = &mut form[name.as_str()];
        if known.is_null() {
            *known = value;
        } else if LISTS.contains(&name.as_str()) {
            let more = value.as_array().into_iter().flatten();
            let Some(entries) = known.as_array_mut() else { continue };
            for entry in more {
                if !entries.contains(entry) {
                    entries.push(entry.clone());
                }
            }
        } else if *known != value {
            return Err(name);
        }
    }
    Ok(())
}

/// The rows of a table that aren't empty, each with the line that it begins in.
fn rows(text: &str, separator: char) -> Vec<(usize, Vec<String>)> {
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begins, mut quoted) = (1, 1, false);
    let mut chars = text.chars().chain(['\n']).peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            // A quote that is never closed ends with the text.
            '\n' if !quoted || chars.peek().is_none() => {
                cells.push(std::mem::take(&mut cell));
                let row = std::mem::take(&mut cells);
                if row.iter().any(|cell: &String| !cell.trim().is_empty()) {
                    rows.push((begins, row));
                }
                begins = line;
            }
            '\r' if !quoted => {}
            c if c == separator && !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_of_one_customer_are_one_form() {
        let text = "\u{feff}service;customer;holder;questions;phones.number;phones.operator;\
                    accounts.kind;accounts.number;accounts.ordinal;accounts.alerts.credit;loans;\
                    accounts.report.at\r\n\
                    b;1;natural;balance card;+3816;vip;TR;\"20\"\"5;1\";2;on;;08:00\r\n\
                    \r\n\
                    b;2;legal;;;;T;7;;;;\r\n\
                    b;1;;;+3816;vip;TRS;206;;;L1;\r\n\
                    b;1;natural;;;;;;;;L2;";
        let records = forms(text).unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].lines, [2, 5, 6]);
        let expected = json!({
            "service": "b", "customer": "1", "holder": "natural", "questions": ["balance", "card"],
            "phones": [{ "number": "+3816", "operator": "vip" }],
            "accounts": [
                { "kind": "TR", "number": "20\"5;1", "ordinal": 2, "alerts": { "credit": "on" },
                  "report": { "at": "08:00" } },
                { "kind": "TRS", "number": "206" },
            ],
            "loans": ["L1", "L2"],
        });
        assert_eq!(records[0].form, expected);
        assert_eq!(records[1].lines, [4]);
    }

    #[test]
    fn what_may_be_paid_for_stands_in_a_cell_each() {
        let text = "service;customer;products;tops_up\nb;1;DuoTv TV;+38344765432 +38344765433\n";
        let expected = json!({
            "service": "b", "customer": "1", "products": ["DuoTv", "TV"],
            "tops_up": ["+38344765432", "+38344765433"],
        });
        assert_eq!(forms(text).unwrap()[0].form, expected);
    }

    #[test]
    fn actions_stand_alone() {
        let text = "service,customer,action,number\nb,1,suspend,1\nb,1,suspend,2\nb,1,resume,1\n";
        assert_eq!(forms(text).unwrap().len(), 3);
    }

    #[test]
    fn all_faults_are_told_and_no_value() {
        let text = "service,customer,holder,phone\nb,1,natural,+381631112222\nb,1\n\
                    b,1,legal,+381631112222\n";
        let faults = forms(text).unwrap_err();
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(said[0].starts_with("line 1: column 4 of the header is no field"), "{said:?}");
        assert!(said[1].starts_with("line 3: has 2 cells; the header has 4"), "{said:?}");
        assert!(said[2].starts_with("line 4: holder isn't that of line 2"), "{said:?}");
        assert!(said.iter().all(|said| !said.contains("3816")), "{said:?}");
        assert!(forms("").unwrap().is_empty());
    }
}
