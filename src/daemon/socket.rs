//! The local socket: `tellerd event`, `tellerd enrol` and the other clients on the same machine
//! knock here.
//!
//! A Unix socket in the store's folder, open to the daemon's own user alone (0600 in a folder of
//! 0700). One request a line, JSON; one answer a line, in the order of the requests. Requests may
//! follow one another without waiting for answers: as many as have gathered are one turn of the
//! engine, and one flush.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::answers::{refused, shown, unread};
use super::door::Door;
use crate::bank::Reference;
use crate::bank::event::Event;
use crate::base::limits::{DOOR_CALLERS_MAX, DOOR_LINE_OCTETS_MAX, DOOR_REQUESTS_MAX};
use crate::base::money::Minor;
use crate::base::msisdn::Msisdn;
use crate::base::now::Wall;
use crate::calendar::month::Month;
use crate::config::data::DataFiles;
use crate::engine::door::{Request, Response, Steer, Switching};
use crate::enrol::Form;
use crate::fee::{Claim, Mark};
use crate::message::MessageId;

/// Where the socket of a store's daemon is.
pub fn path(store: &Path) -> PathBuf {
    store.join("tellerd.sock")
}

/// What a line asks for.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line<'a> {
    /// The bank tells of an event.
    Tell {
        bank: String,
        #[serde(borrow)]
        event: &'a RawValue,
    },
    /// The branch hands a form in.
    Enrol {
        /// Left out: the bank of the service that the form names.
        bank: Option<String>,
        #[serde(default)]
        dry: bool,
        #[serde(borrow)]
        form: &'a RawValue,
    },
    /// Which orders of money are open.
    Purchases { bank: String },
    /// Which runs are under way.
    Runs { bank: String },
    /// A clerk holds a run up, or lets it go on.
    Steer { bank: String, run: u64, what: String },
    /// Two persons say what became of one.
    Settle { bank: String, reference: u64, done: bool, by: String, and: String },
    /// A clerk asks for a page of a bill.
    Bill { service: String, month: String, after: (u64, u16) },
    /// Two persons say that a line of a bill was wrong.
    Reverse {
        service: String,
        month: String,
        line: (u64, u16),
        amount: Option<String>,
        by: String,
        and: String,
    },
    /// A clerk switches a command off (with a text, "" for the service's own) or on (without).
    Switch { service: String, command: String, off: Option<String> },
    /// Which commands are off.
    Switches {},
    /// The data files are to be read again.
    Reload {},
    /// A clerk asks what was said with a number.
    Messages { bank: String, phone: String, since: Option<String>, from: Option<u64> },
    /// A clerk asks what went over an operator.
    Usage { operator: String, month: String },
}

/// What a line leads to: an answer at once, or one from the engine.
enum Asked {
    Answer(serde_json::Value),
    Engine(oneshot::Receiver<Response>),
}

/// The socket, and what its callers may name.
pub struct Socket {
    listener: UnixListener,
    door: Arc<Door>,
    known: Arc<Known>,
}

/// What callers may name, and what they may have read again.
pub struct Known {
    /// The banks, in the setup's order.
    pub banks: Vec<String>,
    /// The files that can be read again.
    pub data: DataFiles,
}

impl Socket {
    /// Listens in the store's folder. What a daemon that was killed left there is taken away: the
    /// folder is locked, so that no other one listens.
    pub fn listen(store: &Path, door: Arc<Door>, known: Arc<Known>) -> io::Result<Socket> {
        let path = path(store);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Socket { listener, door, known })
    }

    /// Serves callers until it is dropped.
    pub async fn serve(self) {
        let places = Arc::new(Semaphore::new(DOOR_CALLERS_MAX));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let (door, known) = (Arc::clone(&self.door), Arc::clone(&self.known));
                    tokio::spawn(async move {
                        if let Err(error) = serve_one(stream, &door, &known).await {
                            tracing::debug!("a local caller went away: {error}");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!("the local socket: {error}");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn serve_one(stream: UnixStream, door: &Door, known: &Known) -> io::Result<()> {
    let (reader, writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let (asked, mut answers) = mpsc::channel::<Asked>(DOOR_REQUESTS_MAX);
    let reading = async move {
        let mut line = Vec::new();
        while read_line(&mut reader, &mut line).await? {
            let next = match std::str::from_utf8(&line) {
                Ok(text) => ask(text, door, known),
                Err(_) => Asked::Answer(refused("line", "is no UTF-8")),
            };
            if asked.send(next).await.is_err() {
                break;
            }
        }
        io::Result::Ok(())
    };
    let writing = async move {
        let mut writer = BufWriter::new(writer);
        while let Some(asked) = answers.recv().await {
            let answer = match asked {
                Asked::Answer(answer) => answer,
                Asked::Engine(response) => match response.await {
                    Ok(response) => shown(&response),
                    // The daemon ends: nothing is known of this request; the same one may be sent
                    // again.
                    Err(_) => return Ok(()),
                },
            };
            writer.write_all(answer.to_string().as_bytes()).await?;
            writer.write_all(b"\n").await?;
            if answers.is_empty() {
                writer.flush().await?;
            }
        }
        writer.shutdown().await
    };
    let (read, written) = tokio::join!(reading, writing);
    read.and(written)
}

/// Reads a line that is no longer than it may be; false at the end.
async fn read_line(
    reader: &mut (impl AsyncBufReadExt + Unpin),
    line: &mut Vec<u8>,
) -> io::Result<bool> {
    line.clear();
    let mut limited = tokio::io::AsyncReadExt::take(reader, DOOR_LINE_OCTETS_MAX);
    let read = limited.read_until(b'\n', line).await?;
    if read as u64 == DOOR_LINE_OCTETS_MAX && line.last() != Some(&b'\n') {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
    }
    Ok(read > 0)
}

fn ask(text: &str, door: &Door, known: &Known) -> Asked {
    let banks = &known.banks;
    let line: Line<'_> = match serde_json::from_str(text) {
        Ok(line) => line,
        Err(_) => return Asked::Answer(refused("line", "is no request that is known here")),
    };
    let place = |bank: &String| {
        let place = banks.iter().position(|known| known == bank);
        place.ok_or_else(|| refused("bank", &format!("is none of {}", banks.join(", "))))
    };
    match line {
        Line::Tell { bank, event } => {
            let bank = match place(&bank) {
                Ok(bank) => bank,
                Err(refused) => return Asked::Answer(refused),
            };
            match Event::parse(event.get()) {
                Ok(event) => {
                    let event = Box::new(event);
                    Asked::Engine(door.ask(Request::Event { bank, event }))
                }
                Err(error) => Asked::Answer(refused(&error.field, &error.what)),
            }
        }
        Line::Enrol { bank, dry, form } => {
            let bank = match bank.as_ref().map(place).transpose() {
                Ok(bank) => bank,
                Err(refused) => return Asked::Answer(refused),
            };
            match Form::parse(form.get()) {
                Ok(form) => {
                    let form = Box::new(form);
                    Asked::Engine(door.ask(Request::Enrol { bank, dry, form }))
                }
                Err(faults) => Asked::Answer(unread(&faults)),
            }
        }
        Line::Purchases { bank } => match place(&bank) {
            Ok(bank) => Asked::Engine(door.ask(Request::Purchases { bank })),
            Err(refused) => Asked::Answer(refused),
        },
        Line::Runs { bank } => match place(&bank) {
            Ok(bank) => Asked::Engine(door.ask(Request::Runs { bank })),
            Err(refused) => Asked::Answer(refused),
        },
        Line::Steer { bank, run, what } => {
            let steer = match what.as_str() {
                "pause" => Steer::Pause,
                "resume" => Steer::Resume,
                "stop" => Steer::Stop,
                _ => return Asked::Answer(refused("what", "is none of pause, resume, stop")),
            };
            match place(&bank) {
                Ok(bank) => Asked::Engine(door.ask(Request::Steer { bank, run, steer })),
                Err(refused) => Asked::Answer(refused),
            }
        }
        Line::Settle { bank, reference, done, by, and } => match place(&bank) {
            Ok(bank) => {
                let reference = Reference(reference);
                Asked::Engine(door.ask(Request::Settle { bank, reference, done, by, and }))
            }
            Err(refused) => Asked::Answer(refused),
        },
        Line::Bill { service, month, after: (customer, item) } => with_month(&month, |month| {
            let after = Mark { customer, item };
            Asked::Engine(door.ask(Request::Bill { service, month, after }))
        }),
        Line::Reverse { service, month, line: (customer, item), amount, by, and } => {
            let Ok(amount) = amount.as_deref().map(Minor::parse).transpose() else {
                return Asked::Answer(refused("amount", "is no decimal string"));
            };
            let claim = Claim { amount, by, and, at: Wall::default() };
            with_month(&month, |month| {
                let line = Mark { customer, item };
                Asked::Engine(door.ask(Request::Reverse { service, month, line, claim }))
            })
        }
        Line::Switch { service, command, off } => {
            let switching = Switching { service, command, off };
            Asked::Engine(door.ask(Request::Switch(Some(switching))))
        }
        Line::Switches {} => Asked::Engine(door.ask(Request::Switch(None))),
        // A million ported numbers take a while to read, and others wait for this thread.
        Line::Reload {} => match tokio::task::block_in_place(|| known.data.read_again()) {
            Ok(Some(fresh)) => Asked::Engine(door.ask(Request::Reload(fresh))),
            Ok(None) => {
                Asked::Answer(refused("reload", "needs `holidays` or `ported` in config.toml"))
            }
            Err(_) => Asked::Answer(refused("file", "has faults; see `tellerd check`")),
        },
        Line::Messages { bank, phone, since, from } => {
            let Ok(phone) = Msisdn::parse(&phone) else {
                return Asked::Answer(refused("phone", "is no number such as +381631112222"));
            };
            let Ok(since) = since.map(|day| day.parse()).transpose() else {
                return Asked::Answer(refused("since", "is no date such as 2026-11-23"));
            };
            let from = from.map(MessageId);
            match place(&bank) {
                Ok(bank) => Asked::Engine(door.ask(Request::Messages { bank, phone, since, from })),
                Err(refused) => Asked::Answer(refused),
            }
        }
        Line::Usage { operator, month } => {
            with_month(&month, |month| Asked::Engine(door.ask(Request::Usage { operator, month })))
        }
    }
}

fn with_month(month: &str, ask: impl FnOnce(Month) -> Asked) -> Asked {
    match month.parse() {
        Ok(month) => ask(month),
        Err(error) => Asked::Answer(refused("month", &format!("{error}"))),
    }
}
