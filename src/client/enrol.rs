//! `tellerd enrol`: the branch's forms, out of JSON or a table, handed to the daemon one by one.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::{ClientError, converse, one_line, pause, records};
use crate::enrol::csv;
pub use crate::enrol::csv::TableFault;

/// Forms under way in one conversation: many enough to share a flush.
const FORMS_AT_ONCE: usize = 256;

/// A form as it is written, and where.
pub struct Paper {
    /// Where it stands: `record 3`, `lines 4, 5`.
    pub place: String,
    json: String,
}

/// What became of one form.
#[derive(Deserialize)]
pub struct Told {
    /// What was done: which field, what.
    pub done: Vec<(String, String)>,
    /// What wasn't.
    pub refused: Vec<Refused>,
    /// A new access code, shown once.
    pub code: Option<String>,
}

/// Something that wasn't done.
#[derive(Deserialize)]
pub struct Refused {
    /// Which field.
    pub field: String,
    /// Why.
    pub detail: String,
    /// What to do about it.
    #[serde(default)]
    pub remedy: String,
}

/// What the daemon answers to a form.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Enrolled(Told),
    Full {},
    Refused(Refused),
}

/// The forms in a JSON text: NDJSON, an array, or objects one after another.
pub fn of_json(text: &str) -> Result<Vec<Paper>, ClientError> {
    let papers = (1..).zip(records(text)?).map(|(place, record)| Paper {
        place: format!("record {place}"),
        json: one_line(record.get()),
    });
    Ok(papers.collect())
}

/// The forms in a table, see [`crate::enrol::csv`].
pub fn of_table(text: &str) -> Result<Vec<Paper>, Vec<TableFault>> {
    let records = csv::forms(text)?.into_iter();
    let papers = records.map(|record| {
        let lines: Vec<String> = record.lines.iter().map(ToString::to_string).collect();
        let word = if lines.len() == 1 { "line" } else { "lines" };
        let place = format!("{word} {}", lines.join(", "));
        Paper { place, json: record.form.to_string() }
    });
    Ok(papers.collect())
}

/// Hands the forms to the daemon of `store`, on behalf of `bank` or of the banks of their services;
/// with `dry` it only says what would become of them. `report` hears of each form in turn.
pub fn hand_in(
    store: &Path,
    bank: Option<&str>,
    dry: bool,
    papers: &[Paper],
    mut report: impl FnMut(&Paper, &Told),
) -> Result<(), ClientError> {
    for papers in papers.chunks(FORMS_AT_ONCE) {
        let mut left: Vec<&Paper> = papers.iter().collect();
        while !left.is_empty() {
            let requests = left.iter().map(|paper| request(bank, dry, paper));
            let answers: Vec<Answer> = converse(store, requests)?;
            let mut again = Vec::new();
            for (paper, answer) in left.into_iter().zip(answers) {
                match answer {
                    Answer::Enrolled(told) => report(paper, &told),
                    Answer::Refused(refused) => {
                        let (done, refused, code) = (Vec::new(), vec![refused], None);
                        report(paper, &Told { done, refused, code });
                    }
                    Answer::Full {} => again.push(paper),
                }
            }
            left = again;
            if !left.is_empty() {
                pause();
            }
        }
    }
    Ok(())
}

fn request(bank: Option<&str>, dry: bool, paper: &Paper) -> String {
    let bank = json!(bank);
    format!("{{\"enrol\":{{\"bank\":{bank},\"dry\":{dry},\"form\":{}}}}}\n", paper.json)
}
