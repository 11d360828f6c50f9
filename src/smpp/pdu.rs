//! Everything we send, encoded by rusmpp into the session's buffer (section 4).
//!
//! The values are checked when they are made ([`Address`], [`ShortMessage`]), so that encoding
//! can't fail; what is given more than a field holds is a mistake of the configuration, which
//! [`super::session::Options::check`] finds. The other way is [`super::deliver`].

use std::fmt;
use std::time::Duration;

use arrayvec::ArrayString;
use bytes::{Bytes, BytesMut};
use rusmpp_core::encode::Encode;
use rusmpp_core::pdus::borrowed as wire;
use rusmpp_core::tlvs::borrowed::MessageSubmissionRequestTlvValue as SubmitTlv;
use rusmpp_core::types::borrowed::{
    AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString,
};
use rusmpp_core::values::borrowed::{MessagePayload, ServiceType};
use rusmpp_core::values::{
    DataCoding, EsmClass, InterfaceVersion, Npi, PriorityFlag, RegisteredDelivery, Ton,
    UserMessageReference,
};

use super::header::{CommandId, HEADER_OCTETS, Header};
use super::session::{Mode, Options};
use super::status::Status;
use crate::base::now::Wall;

/// Octets of an address, without its NUL (5.2.8, 5.2.9).
pub const ADDRESS_OCTETS_MAX: usize = 20;

/// Octets of a service_type, without its NUL (5.2.11).
pub const SERVICE_TYPE_OCTETS_MAX: usize = 5;

/// Octets of a short_message (5.2.21).
pub const SHORT_MESSAGE_OCTETS_MAX: usize = 254;

/// The longest validity that a relative time can say without counting in months (7.1.1.2).
pub const VALIDITY_MAX: Duration = Duration::from_secs(31 * 86_400 - 1);

/// Where a message goes, or comes from: type of number, numbering plan, digits or letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Type of number (5.2.5): 1 international, 3 network specific, 5 alphanumeric.
    pub ton: u8,
    /// Numbering plan indicator (5.2.6): 1 for telephone numbers.
    pub npi: u8,
    digits: ArrayString<ADDRESS_OCTETS_MAX>,
}

/// A text is no address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an SMPP address has at most 20 octets of printable ASCII")]
pub struct AddressError;

impl Address {
    /// An address of at most 20 printable ASCII octets.
    ///
    /// # Errors
    /// [`AddressError`] where `digits` are more or others.
    pub fn new(ton: u8, npi: u8, digits: &str) -> Result<Address, AddressError> {
        if !digits.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
            return Err(AddressError);
        }
        let digits = ArrayString::from(digits).map_err(|_| AddressError)?;
        Ok(Address { ton, npi, digits })
    }

    /// The digits or letters. Never for a log.
    pub fn reveal(&self) -> &str {
        &self.digits
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} [{} octets]", self.ton, self.npi, self.digits.len())
    }
}

/// A short_message of at most 254 octets, user data header included; prints only its length.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ShortMessage(Bytes);

/// More octets than a short_message holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a short_message has at most 254 octets, these are {0}")]
pub struct TooManyOctets(pub usize);

impl ShortMessage {
    /// Takes the octets of one part.
    ///
    /// # Errors
    /// [`TooManyOctets`] above 254.
    pub fn new(octets: impl Into<Bytes>) -> Result<ShortMessage, TooManyOctets> {
        let octets = octets.into();
        if octets.len() > SHORT_MESSAGE_OCTETS_MAX {
            return Err(TooManyOctets(octets.len()));
        }
        Ok(ShortMessage(octets))
    }

    /// The octets themselves. Never for a log.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ShortMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} octets]", self.0.len())
    }
}

/// One part to send, as the outbox hands it over (section 4.4.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submit {
    /// service_type: empty, or a word that cancel_sm can select by.
    pub service_type: ArrayString<SERVICE_TYPE_OCTETS_MAX>,
    /// The short code, or the name, that it comes from.
    pub source: Address,
    /// The phone that it goes to.
    pub destination: Address,
    /// 0x40 where a user data header begins the message, else 0 (5.2.12).
    pub esm_class: u8,
    /// priority_flag, 0 to 3 (5.2.14).
    pub priority: u8,
    /// How long the SMSC may try; `None`: as it likes.
    pub validity: Option<Validity>,
    /// 1: a receipt whatever comes, 2: only of a failure, 0: none (5.2.17).
    pub registered_delivery: u8,
    /// The alphabet (5.2.19).
    pub data_coding: u8,
    /// Ours, echoed in receipts; left out where the SMSC takes no optional parameters (3.4).
    pub user_message_reference: Option<u16>,
    /// The part itself.
    pub text: Text,
}

/// How long an SMSC may try (5.2.16).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Validity {
    /// For so long, in whole seconds up to [`VALIDITY_MAX`] (7.1.1.2).
    For(Duration),
    /// Until then, said in UTC (7.1.1.1).
    Until(Wall),
}

/// What a submit_sm says, in short_message or in message_payload and never in both (5.2.21).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Text {
    /// In short_message, with a user data header of its own or none.
    Short(ShortMessage),
    /// In short_message, one of several that name their place in optional parameters (5.3.2.22 to
    /// 5.3.2.24).
    Segment {
        /// sar_msg_ref_num.
        reference: u16,
        /// sar_total_segments.
        total: u8,
        /// sar_segment_seqnum, from 1.
        number: u8,
        /// The part's octets.
        octets: ShortMessage,
    },
    /// In message_payload (5.3.2.32).
    Payload {
        /// Into how many parts the SMSC cuts it: that is what the contract counts.
        parts: u8,
        /// The whole text.
        octets: Payload,
    },
}

impl Text {
    /// The parts that the contract counts.
    pub fn parts(&self) -> u8 {
        match self {
            Text::Short(_) | Text::Segment { .. } => 1,
            Text::Payload { parts, .. } => *parts,
        }
    }
}

/// A message_payload; prints only its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// Takes the octets of a whole text.
    pub fn new(octets: impl Into<Bytes>) -> Payload {
        Payload(octets.into())
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} octets]", self.0.len())
    }
}

/// A request or response without a body: enquire_link, unbind, their responses, generic_nack, and
/// every refusal but that of a deliver_sm.
pub fn bare(out: &mut BytesMut, command_id: CommandId, status: Status, sequence: u32) {
    Header { length: HEADER_OCTETS as u32, command_id, status, sequence }.encode(out);
}

/// deliver_sm_resp, whose message_id is always NULL (4.6.2).
pub fn deliver_sm_resp(out: &mut BytesMut, status: Status, sequence: u32) {
    let body: wire::DeliverSmResp<'_, 0> = wire::DeliverSmResp::default();
    put(out, CommandId::DeliverSmResp, status, sequence, &body);
}

/// bind_transceiver, bind_receiver or bind_transmitter (4.1).
pub fn bind(out: &mut BytesMut, sequence: u32, options: &Options) {
    let (id, password) = (
        Terminated::<16>::new(options.system_id.as_bytes()),
        Terminated::<9>::new(options.password.reveal().as_bytes()),
    );
    let (kind, range) = (
        Terminated::<13>::new(options.system_type.as_bytes()),
        Terminated::<41>::new(options.address_range.as_bytes()),
    );
    // The three differ in nothing but their names.
    macro_rules! body {
        ($name:ident) => {
            wire::$name::new(
                id.wire(),
                password.wire(),
                kind.wire(),
                InterfaceVersion::from(options.interface_version),
                Ton::Unknown,
                Npi::Unknown,
                range.wire(),
            )
        };
    }
    let command_id = options.mode.bind_request();
    match options.mode {
        Mode::Transceiver => put(out, command_id, Status::ROK, sequence, &body!(BindTransceiver)),
        Mode::Receiver => put(out, command_id, Status::ROK, sequence, &body!(BindReceiver)),
        Mode::Transmitter => put(out, command_id, Status::ROK, sequence, &body!(BindTransmitter)),
    }
}

/// submit_sm (4.4.1); without its optional parameters where `optional` is false.
pub fn submit_sm(out: &mut BytesMut, sequence: u32, sm: &Submit, optional: bool) {
    let service_type = Terminated::<6>::new(sm.service_type.as_bytes());
    let source = Terminated::<21>::new(sm.source.digits.as_bytes());
    let destination = Terminated::<21>::new(sm.destination.digits.as_bytes());
    let validity = sm.validity.and_then(|validity| match validity {
        Validity::For(span) => Some(relative_time(span)),
        Validity::Until(wall) => absolute_time(wall),
    });
    let short_message = match &sm.text {
        Text::Short(octets) | Text::Segment { octets, .. } => octets.reveal(),
        Text::Payload { .. } => &[],
    };
    let mut body: wire::SubmitSm<'_, 4> = wire::SubmitSm::builder()
        .service_type(ServiceType::new(service_type.wire()))
        .source_addr_ton(Ton::from(sm.source.ton))
        .source_addr_npi(Npi::from(sm.source.npi))
        .source_addr(source.wire())
        .dest_addr_ton(Ton::from(sm.destination.ton))
        .dest_addr_npi(Npi::from(sm.destination.npi))
        .destination_addr(destination.wire())
        .esm_class(EsmClass::from(sm.esm_class))
        .priority_flag(PriorityFlag::from(sm.priority))
        .validity_period(full_or_null(validity.as_ref()))
        .registered_delivery(RegisteredDelivery::from(sm.registered_delivery))
        .data_coding(DataCoding::from(sm.data_coding))
        .short_message(OctetString::new(short_message).unwrap_or_default())
        .build();
    // There is room for all that can come together.
    if let (true, Some(reference)) = (optional, sm.user_message_reference) {
        let reference = UserMessageReference::new(reference);
        let _ = body.push_tlv(SubmitTlv::UserMessageReference(reference));
    }
    // Whoever is set to get its long texts so gets them so, whatever its bind response said.
    match &sm.text {
        Text::Short(_) => {}
        Text::Segment { reference, total, number, .. } => {
            let _ = body.push_tlv(SubmitTlv::SarMsgRefNum(*reference));
            let _ = body.push_tlv(SubmitTlv::SarTotalSegments(*total));
            let _ = body.push_tlv(SubmitTlv::SarSegmentSeqnum(*number));
        }
        Text::Payload { octets, .. } => {
            let payload = MessagePayload::new(AnyOctetString::new(&octets.0));
            let _ = body.push_tlv(SubmitTlv::MessagePayload(payload));
        }
    }
    put(out, CommandId::SubmitSm, Status::ROK, sequence, &body);
}

/// query_sm (4.8.1): what became of the message with this id that we sent from `source`.
pub fn query_sm(out: &mut BytesMut, sequence: u32, id: &[u8], source: &Address) {
    let id = Terminated::<65>::new(id);
    let address = Terminated::<21>::new(source.digits.as_bytes());
    let body = wire::QuerySm::builder()
        .message_id(id.wire())
        .source_addr_ton(Ton::from(source.ton))
        .source_addr_npi(Npi::from(source.npi))
        .source_addr(address.wire())
        .build();
    put(out, CommandId::QuerySm, Status::ROK, sequence, &body);
}

fn put(
    out: &mut BytesMut,
    command_id: CommandId,
    status: Status,
    sequence: u32,
    body: &impl Encode,
) {
    let start = out.len();
    let octets = HEADER_OCTETS + body.length();
    Header { length: octets as u32, command_id, status, sequence }.encode(out);
    out.resize(start + octets, 0);
    body.encode(&mut out[start + HEADER_OCTETS..]);
}

/// A span as YYMMDDhhmmss000R (5.2.16, 7.1.1.2), at least a second: zero would be "as you like".
fn relative_time(span: Duration) -> [u8; 17] {
    let rounded = span.as_secs().saturating_add(u64::from(span.subsec_nanos() > 0));
    let seconds = rounded.clamp(1, VALIDITY_MAX.as_secs());
    let mut text = *b"000000000000000R\0";
    let fields = [seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60];
    for (at, value) in fields.into_iter().enumerate() {
        text[4 + 2 * at] = b'0' + (value / 10) as u8;
        text[5 + 2 * at] = b'0' + (value % 10) as u8;
    }
    text
}

/// A moment as YYMMDDhhmmss000+ (7.1.1.1), a begun second taken for a whole one; `None` for one
/// that no calendar has.
fn absolute_time(wall: Wall) -> Option<[u8; 17]> {
    let millis = wall.as_millis().saturating_add(999);
    let utc = jiff::Timestamp::from_millisecond(millis).ok()?;
    let text = format!("{}000+\0", utc.strftime("%y%m%d%H%M%S"));
    text.as_bytes().try_into().ok()
}

fn full_or_null(time: Option<&[u8; 17]>) -> EmptyOrFullCOctetString<'_, 17> {
    let full = time.and_then(|octets| EmptyOrFullCOctetString::new(octets).ok());
    full.unwrap_or_default()
}

/// A C-octet string of at most `N` octets, its NUL included, on the stack.
struct Terminated<const N: usize> {
    octets: [u8; N],
    length: usize,
}

impl<const N: usize> Terminated<N> {
    /// Takes what fits of `text`, up to the first octet that a C-octet string can't hold.
    fn new(text: &[u8]) -> Terminated<N> {
        let mut octets = [0; N];
        let fits = |octet: &&u8| octet.is_ascii() && **octet != 0;
        let mut length = 1;
        for (place, octet) in octets[..N - 1].iter_mut().zip(text.iter().take_while(fits)) {
            *place = *octet;
            length += 1;
        }
        Terminated { octets, length }
    }

    fn wire(&self) -> COctetString<'_, 1, N> {
        COctetString::new(&self.octets[..self.length]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validity_is_a_relative_time() {
        let text = |span| relative_time(span).map(char::from).iter().collect::<String>();
        assert_eq!(text(Duration::from_secs(86_400)), "000001000000000R\0");
        assert_eq!(text(Duration::from_secs(600)), "000000001000000R\0");
        assert_eq!(text(Duration::from_secs(90_061)), "000001010101000R\0");
        assert_eq!(text(Duration::from_millis(1)), "000000000001000R\0");
        assert_eq!(text(Duration::ZERO), "000000000001000R\0");
        assert_eq!(text(Duration::MAX), "000030235959000R\0");
    }

    #[test]
    fn or_an_absolute_one() {
        let text = |millis| absolute_time(Wall::from_millis(millis)).map(|t| t.map(char::from));
        let written = text(1_795_400_100_001).unwrap().iter().collect::<String>();
        assert_eq!(written, "261123021501000+\0");
        assert_eq!(text(i64::MAX), None);
    }

    #[test]
    fn addresses_and_messages_are_checked_when_they_are_made() {
        assert_eq!(Address::new(1, 1, "381631112222").unwrap().reveal(), "381631112222");
        assert!(Address::new(5, 0, &"x".repeat(20)).is_ok());
        for wrong in ["x\0", "čačak", &"1".repeat(21)] {
            assert_eq!(Address::new(1, 1, wrong), Err(AddressError));
        }
        assert!(ShortMessage::new(vec![0; 254]).is_ok());
        assert_eq!(ShortMessage::new(vec![0; 255]), Err(TooManyOctets(255)));
    }

    #[test]
    fn neither_is_printed() {
        let address = Address::new(1, 1, "381631112222").unwrap();
        let message = ShortMessage::new(&b"STANJE"[..]).unwrap();
        assert_eq!(format!("{address:?} {message:?}"), "1/1 [12 octets] [6 octets]");
    }

    #[test]
    fn what_a_field_cannot_hold_is_cut() {
        assert_eq!(Terminated::<4>::new(b"abcdef").wire().bytes(), b"abc\0");
        assert_eq!(Terminated::<9>::new(b"ab\0cd").wire().bytes(), b"ab\0");
        assert_eq!(Terminated::<9>::new(b"").wire().bytes(), b"\0");
    }
}
