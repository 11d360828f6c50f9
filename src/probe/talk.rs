//! The conversation of a probe with an SMSC: one bind, requests in order, and a note of everything
//! that comes, as it comes.
//!
//! No [`crate::smpp::session`]: that one smooths over what a probe is there to see. Whatever isn't
//! of the probe's own phone is a customer's, or of another's message: it is refused for now
//! (ESME_RX_T_APPN), so that the SMSC brings it again to the daemon, which can keep it.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout_at;

use crate::base::now::{Mono, Wall};
use crate::daemon::clock::Clock;
use crate::daemon::stream::Stream;
use crate::smpp::deliver::DeliverSm;
use crate::smpp::frame::next_frame;
use crate::smpp::header::{CommandId, Header};
use crate::smpp::pdu;
use crate::smpp::status::Status;

/// How many digits at the end of a number tell that it is the probe's phone, however it is written.
const TELLING_DIGITS: usize = 8;

/// A response.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// What it answers with.
    pub(super) command_id: CommandId,
    pub(super) status: Status,
    /// The whole PDU.
    pub(super) frame: Bytes,
    pub(super) at: Mono,
    pub(super) took: Duration,
}

/// A deliver_sm from the probe's phone.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) frame: Bytes,
    pub(super) at: Mono,
}

/// One open connection.
pub(super) struct Talk {
    stream: Stream,
    clock: Clock,
    read: BytesMut,
    sequence: u32,
    asked: BTreeMap<u32, Mono>,
    /// The last digits of the phone that the probe writes to.
    phone: Option<String>,
    pub(super) answers: BTreeMap<u32, Answer>,
    pub(super) deliveries: Vec<Delivery>,
    /// deliver_sm that weren't the probe's.
    pub(super) strangers: usize,
    /// The SMSC has unbound or closed, or said what is no SMPP.
    pub(super) ended: Option<String>,
}

impl Talk {
    pub(super) fn new(stream: Stream, clock: Clock, phone: Option<&str>) -> Talk {
        let last = |digits: &str| digits[digits.len().saturating_sub(TELLING_DIGITS)..].to_owned();
        Talk {
            stream,
            clock,
            read: BytesMut::new(),
            sequence: 0,
            asked: BTreeMap::new(),
            phone: phone.map(last),
            answers: BTreeMap::new(),
            deliveries: Vec::new(),
            strangers: 0,
            ended: None,
        }
    }

    pub(super) fn now(&self) -> Mono {
        self.clock.mono()
    }

    pub(super) fn wall(&self) -> Wall {
        self.clock.now().wall
    }

    /// Sends a request that `build` writes with its sequence number, which is returned.
    pub(super) async fn send(&mut self, build: impl FnOnce(&mut BytesMut, u32)) -> u32 {
        self.sequence += 1;
        let mut octets = BytesMut::new();
        build(&mut octets, self.sequence);
        self.asked.insert(self.sequence, self.now());
        self.write(&octets).await;
        self.sequence
    }

    /// Sends a request and waits for its response.
    pub(super) async fn ask(
        &mut self,
        within: Duration,
        build: impl FnOnce(&mut BytesMut, u32),
    ) -> Option<Answer> {
        let sequence = self.send(build).await;
        let until = self.now() + within;
        self.listen(until, |talk| talk.answers.contains_key(&sequence)).await;
        self.answers.get(&sequence).cloned()
    }

    /// Listens until `enough`, a moment, or the end.
    pub(super) async fn listen(&mut self, until: Mono, enough: impl Fn(&Talk) -> bool) {
        while self.ended.is_none() && !enough(self) {
            let deadline = self.clock.tokio(until);
            match timeout_at(deadline, self.stream.read_buf(&mut self.read)).await {
                Err(_) => return,
                Ok(Ok(0)) => self.end("the SMSC has closed the connection"),
                Ok(Err(error)) => self.end(&error.to_string()),
                Ok(Ok(_)) => self.take().await,
            }
        }
    }

    async fn take(&mut self) {
        loop {
            match next_frame(&mut self.read) {
                Ok(Some(frame)) => self.handle(frame).await,
                Ok(None) => return,
                Err(error) => return self.end(&error.to_string()),
            }
        }
    }

    async fn handle(&mut self, frame: Bytes) {
        let Some(Header { command_id, status, sequence, .. }) = Header::parse(&frame) else {
            return;
        };
        let at = self.now();
        let mut reply = BytesMut::new();
        match command_id {
            CommandId::DeliverSm => {
                let ours = DeliverSm::parse(&frame).is_ok_and(|sm| self.is_phone(sm.source.digits));
                let status = if ours { Status::ROK } else { Status::RX_T_APPN };
                pdu::deliver_sm_resp(&mut reply, status, sequence);
                if ours {
                    self.deliveries.push(Delivery { frame, at });
                } else {
                    self.strangers += 1;
                }
            }
            CommandId::EnquireLink => {
                pdu::bare(&mut reply, CommandId::EnquireLinkResp, Status::ROK, sequence);
            }
            CommandId::Unbind => {
                pdu::bare(&mut reply, CommandId::UnbindResp, Status::ROK, sequence);
                self.end("the SMSC has unbound");
            }
            CommandId::AlertNotification => {}
            // A response, generic_nack among them.
            _ if u32::from(command_id) >> 31 == 1 => {
                if let Some(asked) = self.asked.remove(&sequence) {
                    let took = at.since(asked);
                    let answer = Answer { command_id, status, frame, at, took };
                    self.answers.insert(sequence, answer);
                }
            }
            _ => pdu::bare(&mut reply, CommandId::GenericNack, Status::RINVCMDID, sequence),
        }
        self.write(&reply).await;
    }

    fn is_phone(&self, digits: &[u8]) -> bool {
        self.phone.as_ref().is_some_and(|last| digits.ends_with(last.as_bytes()))
    }

    async fn write(&mut self, octets: &[u8]) {
        let written = async {
            self.stream.write_all(octets).await?;
            self.stream.flush().await
        };
        let failed: Option<io::Error> = written.await.err();
        if let Some(error) = failed {
            self.end(&error.to_string());
        }
    }

    fn end(&mut self, why: &str) {
        self.ended.get_or_insert_with(|| why.to_owned());
    }

    /// Unbinds, and closes whatever is answered.
    pub(super) async fn close(mut self, within: Duration) {
        if self.ended.is_none() {
            let unbind = |out: &mut BytesMut, sequence| {
                pdu::bare(out, CommandId::Unbind, Status::ROK, sequence);
            };
            self.ask(within, unbind).await;
        }
        let _ = self.stream.shutdown().await;
    }
}
