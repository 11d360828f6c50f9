//! PDUs as lists of fields: what each of the two readers makes of the same octets is compared
//! field by field, in their order on the wire, under the names of tshark's display filters.

use bytes::BytesMut;
use tellerd::smpp::deliver::DeliverSm;
use tellerd::smpp::frame::next_frame;
use tellerd::smpp::header::{CommandId, HEADER_OCTETS, Header};

use crate::tap::{Conversation, Side};

/// Name and octets; a string has its NUL.
pub(crate) type Field = (String, Vec<u8>);

/// A PDU of a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pdu {
    pub(crate) conversation: usize,
    pub(crate) side: Side,
    pub(crate) fields: Vec<Field>,
}

impl Pdu {
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        let (_, octets) = self.fields.iter().find(|(field, _)| field == name)?;
        Some(octets.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet)))
    }

    pub(crate) fn id(&self) -> CommandId {
        self.number("command_id").unwrap_or_default().into()
    }

    pub(crate) fn begins(&self, name: &str, octets: &[u8]) -> bool {
        self.fields.iter().any(|(field, value)| field == name && value.starts_with(octets))
    }

    /// What a dissector shows: it passes over the status of a request, and over most empty
    /// strings.
    pub(crate) fn as_shown(&self) -> Pdu {
        let is_response = self.id().is_response();
        let shown = |(name, octets): &&Field| match &name[..] {
            "command_status" => is_response,
            name => !STRINGS.contains(&name) || octets != &[0],
        };
        Pdu { fields: self.fields.iter().filter(shown).cloned().collect(), ..self.clone() }
    }
}

/// All PDUs as we read them: one conversation after the other, one side after the other.
pub(crate) fn pdus(conversations: &[Conversation]) -> Vec<Pdu> {
    let mut pdus = Vec::new();
    for (number, conversation) in conversations.iter().enumerate() {
        for side in [Side::Esme, Side::Smsc] {
            let frames = frames(conversation, side);
            assert_eq!(
                frames.concat(),
                conversation.said(side),
                "the end of the {side:?} is no PDU"
            );
            let pdu = |frame: &Vec<u8>| Pdu { conversation: number, side, fields: fields(frame) };
            pdus.extend(frames.iter().map(pdu));
        }
    }
    pdus
}

/// The whole PDUs of one side so far.
pub(crate) fn frames(conversation: &Conversation, side: Side) -> Vec<Vec<u8>> {
    let mut octets = BytesMut::from(&conversation.said(side)[..]);
    std::iter::from_fn(|| next_frame(&mut octets).unwrap()).map(|frame| frame.to_vec()).collect()
}

/// The mandatory fields of what isn't a message, by command; addr_ton and its like are octets, the
/// others strings (section 4 of the specification).
const BODIES: [(CommandId, &[&str]); 11] = [
    (CommandId::BindTransceiver, BIND),
    (CommandId::BindReceiver, BIND),
    (CommandId::BindTransmitter, BIND),
    (CommandId::BindTransceiverResp, &["system_id"]),
    (CommandId::BindReceiverResp, &["system_id"]),
    (CommandId::BindTransmitterResp, &["system_id"]),
    (CommandId::Outbind, &["system_id", "password"]),
    (CommandId::QuerySm, &["message_id", "source_addr_ton", "source_addr_npi", "source_addr"]),
    (CommandId::QuerySmResp, &["message_id", "final_date", "message_state", "error_code"]),
    (CommandId::SubmitSmResp, &["message_id"]),
    (CommandId::DeliverSmResp, &["message_id"]),
];

const BIND: &[&str] = &[
    "system_id",
    "password",
    "system_type",
    "interface_version",
    "addr_ton",
    "addr_npi",
    "address_range",
];

const STRINGS: [&str; 8] = [
    "system_id",
    "password",
    "system_type",
    "address_range",
    "source_addr",
    "destination_addr",
    "message_id",
    "final_date",
];

fn fields(frame: &[u8]) -> Vec<Field> {
    let header = Header::parse(frame).unwrap();
    let mut fields = Vec::new();
    let mut put = |name: &str, octets: &[u8]| fields.push((name.to_owned(), octets.to_vec()));
    put("command_length", &header.length.to_be_bytes());
    put("command_id", &u32::from(header.command_id).to_be_bytes());
    put("command_status", &header.status.0.to_be_bytes());
    put("sequence_number", &header.sequence.to_be_bytes());
    let mut rest = &frame[HEADER_OCTETS..];
    match header.command_id {
        // One layout (4.4.1 and 4.6.1), so that our reader of the one reads the other, too.
        CommandId::SubmitSm | CommandId::DeliverSm => {
            let sm = DeliverSm::parse(frame).unwrap();
            message(&sm, &mut put);
            let tail: usize = sm.tlvs().map(|(_, value)| 4 + value.len()).sum();
            rest = &frame[frame.len() - tail..];
        }
        // A refusal has no body.
        _ if rest.is_empty() => {}
        id => {
            for name in BODIES.iter().filter(|(of, _)| *of == id).flat_map(|(_, names)| *names) {
                let length = match STRINGS.contains(name) {
                    true => 1 + rest.iter().position(|octet| *octet == 0).unwrap(),
                    false => 1,
                };
                put(name, &rest[..length]);
                rest = &rest[length..];
            }
        }
    }
    while let Some((head, tail)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        put("opt_param_tag", &head[..2]);
        put("opt_param_len", &head[2..]);
        put("value", &tail[..length]);
        rest = &tail[length..];
    }
    let read: usize = fields.iter().map(|(_, octets)| octets.len()).sum();
    assert_eq!((read, rest.len()), (frame.len(), 0), "{:?}: octets left over", header.command_id);
    fields
}

fn message(sm: &DeliverSm<'_>, put: &mut impl FnMut(&str, &[u8])) {
    let ended = |string: &[u8]| [string, &[0]].concat();
    put("service_type", &ended(sm.service_type));
    put("source_addr_ton", &[sm.source.ton]);
    put("source_addr_npi", &[sm.source.npi]);
    put("source_addr", &ended(sm.source.digits));
    put("dest_addr_ton", &[sm.destination.ton]);
    put("dest_addr_npi", &[sm.destination.npi]);
    put("destination_addr", &ended(sm.destination.digits));
    put("esm_class", &[sm.esm_class]);
    put("protocol_id", &[sm.protocol_id]);
    put("priority_flag", &[sm.priority]);
    put("schedule_delivery_time_r", &ended(sm.schedule_delivery_time));
    let is_absolute = sm.validity_period.last().is_some_and(|last| *last != b'R');
    let validity = if is_absolute { "validity_period" } else { "validity_period_r" };
    put(validity, &ended(sm.validity_period));
    put("registered_delivery", &[sm.registered_delivery]);
    put("replace_if_present_flag", &[sm.replace_if_present]);
    put("data_coding", &[sm.data_coding]);
    put("sm_default_msg_id", &[sm.sm_default_msg_id]);
    put("sm_length", &[sm.short_message.len() as u8]);
    if !sm.short_message.is_empty() {
        put("message", sm.short_message);
    }
}
