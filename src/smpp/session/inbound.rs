//! What one PDU of the peer does to a session: every request is answered, every response finds
//! its request (sections 2.6, 2.8 and 4).

use bytes::Bytes;

use super::super::deliver::{BindResp, DeliverSm, SubmitSmResp};
use super::super::frame::FrameError;
use super::super::header::{CommandId, Header};
use super::super::pdu;
use super::super::receipt::QuerySmResp;
use super::super::status::Status;
use super::window::{Answered, Asked};
use super::{EndReason, Event, OptionalParameters, Session, State, Ticket};
use crate::base::now::Mono;

/// Characters of the peer's system_id that are kept; 15 as specified.
const SYSTEM_ID_CHARS_MAX: usize = 64;

impl Session {
    /// Handles one PDU, as [`super::super::frame::next_frame`] isolates it.
    pub fn handle_frame(&mut self, frame: Bytes, now: Mono) {
        if self.state == State::Ended {
            return;
        }
        let now = self.hearing.own(now);
        let Some(header) = Header::parse(&frame) else {
            return self.break_off(FrameError::TooShort(frame.len() as u32));
        };
        // Any PDU shows life (4.11), even one that we refuse.
        self.life.heard_at = now;
        self.life.heard += 1;
        if header.command_id.is_response() {
            self.handle_response(header, &frame, now);
        } else {
            self.handle_request(header, frame);
        }
    }

    fn handle_request(&mut self, header: Header, frame: Bytes) {
        use CommandId as Id;
        let bound = self.state.is_bound();
        let refusal = if bound { Status::RINVCMDID } else { Status::RINVBNDSTS };
        match header.command_id {
            Id::DeliverSm => self.take_deliver(header, frame),
            Id::EnquireLink if bound => self.reply(header, Status::ROK),
            Id::Unbind if bound => {
                self.reply(header, Status::ROK);
                self.end(EndReason::PeerUnbound);
            }
            // The one request that has no response (4.12).
            Id::AlertNotification => {}
            Id::EnquireLink
            | Id::Unbind
            | Id::DataSm
            | Id::SubmitSm
            | Id::SubmitMulti
            | Id::QuerySm
            | Id::ReplaceSm
            | Id::CancelSm
            | Id::BindReceiver
            | Id::BindTransmitter
            | Id::BindTransceiver => self.reply(header, refusal),
            // Unknown to 3.4, or (outbind) without a response of its own.
            _ => {
                let status = Status::RINVCMDID;
                pdu::bare(&mut self.out.0, Id::GenericNack, status, header.sequence);
            }
        }
    }

    fn take_deliver(&mut self, header: Header, frame: Bytes) {
        let refusal = match self.state {
            // Not RINVBNDSTS, by which a text would be lost: the SMSC shall try again, on the next
            // bind or, where its bind response was slower than its first deliver_sm, on this one.
            State::Unbinding => Status::RX_T_APPN,
            State::Binding if self.options.mode.receives() => Status::RX_T_APPN,
            State::Bound if self.options.mode.receives() => match DeliverSm::parse(&frame) {
                Ok(_) => {
                    let ticket = Ticket { sequence: header.sequence, session: self.born };
                    return self.events.push_back(Event::Deliver { ticket, frame });
                }
                Err(error) => error.status(),
            },
            State::Bound | State::Binding | State::Ended => Status::RINVBNDSTS,
        };
        pdu::deliver_sm_resp(&mut self.out.0, refusal, header.sequence);
    }

    fn reply(&mut self, header: Header, status: Status) {
        let response = header.command_id.matching_response();
        pdu::bare(&mut self.out.0, response, status, header.sequence);
    }

    fn handle_response(&mut self, header: Header, frame: &Bytes, now: Mono) {
        let (request, late) = match self.window.answer(header.command_id, header.sequence) {
            Answered::Waiting(request) => (request, false),
            Answered::Late(request) => (request, true),
            // Answering what answers nothing could go back and forth for ever.
            Answered::Nobody => return,
        };
        // A generic_nack may come of a stream that the peer couldn't follow: it proves nothing.
        if header.command_id != CommandId::GenericNack {
            while let Some(proof) = self.proofs.proved_by(request.order) {
                self.events.push_back(Event::Proved { proof });
            }
        }
        let status = outcome(header);
        match request.asked {
            Asked::Bind => self.take_bind(status, frame),
            Asked::Submit { token } => self.take_submit(token, late, header, status, frame),
            Asked::Enquire { .. } => self.take_enquire(now),
            // A late answer is not waited for any more; the owner has asked again, or given up.
            Asked::Query { .. } if late => {}
            Asked::Query { token } => {
                let state = status.is_ok().then(|| QuerySmResp::parse(frame).state).flatten();
                self.events.push_back(Event::Queried { token, state });
            }
            Asked::Unbind => self.end(EndReason::Unbound),
        }
    }

    fn take_bind(&mut self, status: Status, frame: &[u8]) {
        if !status.is_ok() {
            return self.end(EndReason::Refused(status));
        }
        let response = BindResp::parse(frame);
        self.optional = match self.options.optional_parameters {
            OptionalParameters::AsBound => response.version.is_some_and(|v| v >= 0x34),
            OptionalParameters::Always => true,
            OptionalParameters::Never => false,
        };
        self.state = State::Bound;
        let name = String::from_utf8_lossy(response.system_id);
        self.events.push_back(Event::Bound {
            version: response.version,
            system_id: name.chars().take(SYSTEM_ID_CHARS_MAX).collect(),
        });
    }

    fn take_submit(
        &mut self,
        token: u64,
        late: bool,
        header: Header,
        status: Status,
        frame: &Bytes,
    ) {
        self.stall = None;
        let message_id = match header.command_id {
            CommandId::GenericNack => None,
            _ => SubmitSmResp::parse(frame).message_id.map(|id| frame.slice_ref(id)),
        };
        self.events.push_back(if late {
            Event::Late { token, status, message_id }
        } else {
            Event::Submitted { token, status, message_id }
        });
    }

    fn take_enquire(&mut self, now: Mono) {
        if !self.window.is_enquiring() {
            self.enquire_again(now);
        }
    }
}

/// The status of a response; a generic_nack without an error is one nevertheless.
fn outcome(header: Header) -> Status {
    match header.command_id {
        CommandId::GenericNack if header.status.is_ok() => Status::RUNKNOWNERR,
        _ => header.status,
    }
}
