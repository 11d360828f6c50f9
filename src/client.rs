//! Clients of a running daemon: they speak to it over the socket in its store's folder.
//! [`tell`] hands the bank's events in, [`mod@enrol`] the branch's forms.

pub mod enrol;

pub mod bill;

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_json::value::RawValue;

use crate::daemon::socket;

pub mod messages;
pub mod money;
pub mod runs;
pub mod switches;

/// How long a client waits before it sends again what found no room.
const RETRY: Duration = Duration::from_secs(1);

/// Why a client can't do its work.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("no daemon listens at {path}: start one with `tellerd run` ({cause})")]
    NoDaemon {
        /// Where.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The daemon went away before it had answered everything.
    #[error(
        "the daemon ended before it had answered; what was sent may be sent again, it counts once"
    )]
    Ended,
    /// It doesn't do what was asked.
    #[error("refused: the {field} {detail}")]
    Refused {
        /// What of it is at fault.
        field: String,
        /// And why.
        detail: String,
    },
    /// What was given is no JSON.
    #[error("record {place}: no JSON: {cause}")]
    NoJson {
        /// Which record, from 1.
        place: usize,
        /// What is wrong.
        cause: serde_json::Error,
    },
    /// The system refused something.
    #[error("can't {doing}: {cause}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What it said.
        cause: io::Error,
    },
}

/// What became of all events.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// Taken.
    pub taken: usize,
    /// Alerts that they led to.
    pub alerts: usize,
    /// Taken, but too old to be told as news.
    pub stale: usize,
    /// Known already.
    pub known: usize,
    /// Refused.
    pub refused: usize,
}

/// What the daemon answers to an event.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Taken { alerts: usize, stale: bool },
    Known {},
    Full {},
    Refused { field: String, detail: String },
}

/// Tells the daemon of `store` of all events in `text` (NDJSON, a JSON array, or JSON objects one
/// after another) on behalf of `bank`. `complain` hears of each refusal: which event, from 1, which
/// field, and why.
pub fn tell(
    store: &Path,
    bank: &str,
    text: &str,
    mut complain: impl FnMut(usize, &str, &str),
) -> Result<Told, ClientError> {
    let events = records(text)?;
    let mut told = Told::default();
    let mut left: Vec<(usize, &RawValue)> =
        (1..).zip(events.iter().map(|event| &**event)).collect();
    while !left.is_empty() {
        let answers: Vec<Answer> =
            converse(store, left.iter().map(|(_, event)| request(bank, event)))?;
        let mut again = Vec::new();
        for (sent, answer) in left.into_iter().zip(answers) {
            match answer {
                Answer::Taken { alerts, stale } => {
                    told.taken += 1;
                    told.alerts += alerts;
                    told.stale += usize::from(stale);
                }
                Answer::Known {} => told.known += 1,
                Answer::Full {} => again.push(sent),
                Answer::Refused { field, detail } => {
                    told.refused += 1;
                    complain(sent.0, &field, &detail);
                }
            }
        }
        left = again;
        if !left.is_empty() {
            pause();
        }
    }
    Ok(told)
}

/// Lets the daemon of `store` read its data files again; they are in force when this returns.
pub fn reload(store: &Path) -> Result<(), ClientError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Answer {
        Reloaded {},
    }
    let Answer::Reloaded {} = ask(store, &json!({ "reload": {} }))?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a client of its own process has nothing else to do")]
fn pause() {
    std::thread::sleep(RETRY);
}

/// The records in a text, each as it stands.
fn records(text: &str) -> Result<Vec<Box<RawValue>>, ClientError> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(|cause| ClientError::NoJson { place: 1, cause });
    }
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Box<RawValue>>();
    (1..)
        .zip(stream)
        .map(|(place, event)| event.map_err(|cause| ClientError::NoJson { place, cause }))
        .collect()
}

fn request(bank: &str, event: &RawValue) -> String {
    format!("{{\"tell\":{{\"bank\":{},\"event\":{}}}}}\n", json!(bank), one_line(event.get()))
}

/// JSON in one line, whatever line ends stand in it.
fn one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// An answer, or why there is none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answered<A> {
    Refused { refused: Refusal },
    Answer(A),
}

/// What of a request is at fault, and why.
#[derive(Deserialize)]
struct Refusal {
    field: String,
    detail: String,
}

/// Sends one request; its answer, unless it is refused.
fn ask<A: DeserializeOwned>(store: &Path, request: &serde_json::Value) -> Result<A, ClientError> {
    let answers = converse(store, std::iter::once(format!("{request}\n")))?;
    match answers.into_iter().next().ok_or(ClientError::Ended)? {
        Answered::Answer(answer) => Ok(answer),
        Answered::Refused { refused: Refusal { field, detail } } => {
            Err(ClientError::Refused { field, detail })
        }
    }
}

/// Sends requests and reads one answer for each, both at the same time.
fn converse<A: DeserializeOwned>(
    store: &Path,
    requests: impl Iterator<Item = String> + Send,
) -> Result<Vec<A>, ClientError> {
    let path = socket::path(store);
    let stream = UnixStream::connect(&path)
        .map_err(|cause| ClientError::NoDaemon { path: path.display().to_string(), cause })?;
    let system = |doing| move |cause| ClientError::System { doing, cause };
    let reader = stream.try_clone().map_err(system("use the socket"))?;
    let (sent, counted): (Sender<()>, Receiver<()>) = channel();
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || -> io::Result<()> {
            let mut writer = BufWriter::new(&stream);
            for request in requests {
                writer.write_all(request.as_bytes())?;
                let _ = sent.send(());
            }
            writer.flush()?;
            stream.shutdown(Shutdown::Write)
        });
        let mut answers = Vec::new();
        let mut lines = BufReader::new(reader).lines();
        for () in counted {
            let line = lines.next().ok_or(ClientError::Ended)?.map_err(|_| ClientError::Ended)?;
            answers.push(serde_json::from_str(&line).map_err(|_| ClientError::Ended)?);
        }
        // A broken pipe has shown itself as a missing answer already.
        let _ = writing.join();
        Ok(answers)
    })
}
