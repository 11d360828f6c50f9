//! An outgoing text as the parts of a submit_sm: alphabet chosen, letters replaced, cut, encoded.
//!
//! Two questions, one answer: [`plan`] says alphabet, units and parts and allocates nothing
//! (`check` and `try` ask it of every text), [`encode`] also writes the octets. Plain letters go
//! with data_coding 0, and only what can't be spelt in them makes a message UCS-2 (data_coding 8),
//! if the policy allows that. [`super::translit`] spells, [`super::split`] cuts (requirements,
//! section 4).

use std::fmt;

use super::decode::Alphabet;
use super::split::{self, Cutter, Room, TooLong};
use super::translit::{self, Letter};
use super::{gsm7, ucs2, udh};
use crate::base::limits::PARTS_MAX;

/// What to do with characters that have no plain spelling.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// They become `?`: a message is never UCS-2, its price is foreseeable.
    Plain,
    /// One of them makes the message UCS-2, with all its accents.
    #[default]
    Auto,
}

/// How texts are written on one link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// When to use UCS-2.
    pub policy: Policy,
    /// What data_coding 0 means on the link.
    pub alphabet: Alphabet,
    /// EUR rather than the € of the extension table, which some routes lose.
    pub euro_word: bool,
    /// How a text leaves that one part can't hold.
    pub long: Long,
}

/// How a text leaves that one part can't hold; a setting of the operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Long {
    /// Parts that begin with a user data header and a reference of 8 bits. References are the low
    /// bits of the messages' ids, so that the 256th reply after a long one may mix with it on the
    /// same phone.
    Udh8,
    /// The same with 16 bits, at one septet (or unit) less a part: 65,536 messages lie between two
    /// that share one.
    #[default]
    Udh16,
    /// Parts without a header that name their place in optional parameters (sar_msg_ref_num,
    /// sar_total_segments, sar_segment_seqnum; 5.3.2.22 to 5.3.2.24). Cut so that the SMSC has room
    /// for any header of its own.
    Sar,
    /// One submit_sm with the whole text in message_payload (5.3.2.32), which the SMSC cuts.
    Payload,
}

impl Long {
    /// Whether parts have to leave room for a reference of 16 bits.
    fn is_wide(self) -> bool {
        matches!(self, Long::Udh16 | Long::Sar)
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            policy: Policy::default(),
            alphabet: Alphabet::default(),
            euro_word: true,
            long: Long::default(),
        }
    }
}

/// The alphabet that a message is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// With data_coding 0: the link's default alphabet.
    Default(Alphabet),
    /// With data_coding 8.
    Ucs2,
}

impl Written {
    /// The octet of submit_sm (SMPP 3.4, 5.2.19).
    pub fn data_coding(self) -> u8 {
        match self {
            Written::Default(_) => 0,
            Written::Ucs2 => 8,
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Written::Default(Alphabet::Gsm7) => "GSM 7-bit",
            Written::Default(Alphabet::Latin1) => "Latin-1",
            Written::Default(Alphabet::Ascii) => "ASCII",
            Written::Ucs2 => "UCS-2",
        })
    }
}

/// What a text will be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// In which alphabet.
    pub written: Written,
    /// Septets, or UTF-16 units in UCS-2, without headers.
    pub units: usize,
    /// From 1 to [`PARTS_MAX`].
    pub parts: u8,
    /// Characters that became `?`.
    pub lost: usize,
}

/// A text, ready to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Encoded {
    /// The data_coding of each part: 0 or 8.
    pub data_coding: u8,
    /// Septets, or UTF-16 units in UCS-2, without headers.
    pub units: usize,
    /// In their order; at least one.
    pub parts: Vec<Part>,
}

/// What one submit_sm holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// How it belongs to the others.
    pub place: Place,
    /// At most 160, but for [`Place::Payload`].
    pub octets: Vec<u8>,
}

/// How a part belongs to the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// It is the whole text.
    Alone,
    /// The octets begin with a header: set bit 0x40 of esm_class.
    Header,
    /// Optional parameters have to say it.
    Sar {
        /// The whole text's number.
        reference: u16,
        /// How many parts.
        total: u8,
        /// Which of them, from 1.
        number: u8,
    },
    /// It is the whole text, which the SMSC cuts.
    Payload {
        /// Into so many parts.
        parts: u8,
    },
}

/// Alphabet, units and parts of `text`; allocates nothing.
///
/// # Errors
///
/// [`TooLong`] above [`PARTS_MAX`] parts.
pub fn plan(text: &str, options: &Options) -> Result<Plan, TooLong> {
    if is_plain(text) {
        return Ok(Plan {
            written: Written::Default(options.alphabet),
            units: text.len(),
            parts: 1,
            lost: 0,
        });
    }
    let lost = letters(text, options).filter(|letter| letter.lost).count();
    if lost > 0 && options.policy == Policy::Auto {
        let room = Room::units(options.long.is_wide());
        let (units, parts) = split::count(text.chars().map(char::len_utf16), room)?;
        return Ok(Plan { written: Written::Ucs2, units, parts, lost: 0 });
    }
    let room = Room::septets(options.long.is_wide());
    let sizes = letters(text, options).map(|letter| letter.septets);
    let (units, parts) = split::count(sizes, room)?;
    Ok(Plan { written: Written::Default(options.alphabet), units, parts, lost })
}

/// Writes `text`; several parts carry `reference` (of which only eight bits as
/// [`Long::Udh8`]), which the caller doesn't reuse towards the same number for a while.
///
/// # Errors
///
/// [`TooLong`] above [`PARTS_MAX`] parts.
pub fn encode(text: &str, options: &Options, reference: u16) -> Result<Encoded, TooLong> {
    if is_plain(text) {
        let part = Part { place: Place::Alone, octets: text.as_bytes().to_vec() };
        return Ok(Encoded { data_coding: 0, units: text.len(), parts: vec![part] });
    }
    let Plan { written, units, parts: total, .. } = plan(text, options)?;
    let mut writer = Writer { reference, long: options.long, total, parts: Vec::new() };
    writer.begin();
    match written {
        Written::Ucs2 => {
            let mut cutter = Cutter::new(Room::units(options.long.is_wide()));
            for c in text.chars() {
                let cut = cutter.cuts_before(c.len_utf16());
                ucs2::write(c, writer.part(cut));
            }
        }
        Written::Default(alphabet) => {
            let mut cutter = Cutter::new(Room::septets(options.long.is_wide()));
            for Letter { c, septets, .. } in letters(text, options) {
                let octets = writer.part(cutter.cuts_before(septets));
                match (alphabet, gsm7::septets(c), u8::try_from(u32::from(c))) {
                    (Alphabet::Gsm7, Some(septets), _) => septets.write(octets),
                    (_, _, Ok(octet)) => octets.push(octet),
                    _ => octets.push(b'?'),
                }
            }
        }
    }
    Ok(Encoded { data_coding: written.data_coding(), units, parts: writer.parts })
}

/// `text`, cut where it takes more than [`PARTS_MAX`] parts in any of the ways in
/// which a link may write it; three dots say that it was.
pub fn shortened(text: String) -> String {
    // A character takes two septets or units at most unless it is spelt out, which ASCII isn't.
    if text.is_ascii() && text.len() <= usize::from(PARTS_MAX) * ASCII_PART || fits(&text) {
        return text;
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let cut = |at: usize| format!("{}...", text[..at].trim_end());
    let (mut fitting, mut too_long) = (0, ends.len());
    while fitting + 1 < too_long {
        let middle = fitting.midpoint(too_long);
        if fits(&cut(ends[middle])) { fitting = middle } else { too_long = middle }
    }
    cut(ends.get(fitting).copied().unwrap_or(0))
}

/// ASCII characters that fit in a part even if all of them are in the extension table.
const ASCII_PART: usize = 75;

/// Whether every link can send the text, whatever its alphabet; as UCS-2 if only that spells it.
fn fits(text: &str) -> bool {
    let links = [Alphabet::Gsm7, Alphabet::Latin1, Alphabet::Ascii];
    links
        .into_iter()
        .all(|alphabet| plan(text, &Options { alphabet, ..Options::default() }).is_ok())
}

/// Whether a text fits in one part and every octet of it is one septet, and the same, in every
/// alphabet that data_coding 0 can mean. Nearly every reply is; it is sent as it stands.
fn is_plain(text: &str) -> bool {
    let same = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' '..=b'?' if b != b'$');
    text.len() <= split::SINGLE_SEPTETS && text.bytes().all(same)
}

fn letters<'a>(text: &'a str, options: &Options) -> translit::Plain<'a> {
    translit::plain(text, options.alphabet, options.euro_word)
}

/// Begins parts, each with its header if there are several.
struct Writer {
    reference: u16,
    long: Long,
    total: u8,
    parts: Vec<Part>,
}

impl Writer {
    fn begin(&mut self) {
        let &mut Writer { reference, long, total, .. } = self;
        let number = u8::try_from(self.parts.len() + 1).unwrap_or(u8::MAX);
        let mut octets = Vec::new();
        let place = match long {
            _ if total == 1 => Place::Alone,
            Long::Udh8 | Long::Udh16 => {
                udh::write(reference, long == Long::Udh16, total, number, &mut octets);
                Place::Header
            }
            Long::Sar => Place::Sar { reference, total, number },
            Long::Payload => Place::Payload { parts: total },
        };
        self.parts.push(Part { place, octets });
    }

    /// Where the next character goes; `cut` begins a new part, unless there is but one.
    fn part(&mut self, cut: bool) -> &mut Vec<u8> {
        let is_cut = cut && self.total > 1 && self.long != Long::Payload;
        if self.parts.is_empty() || is_cut {
            self.begin();
        }
        let last = self.parts.len() - 1;
        &mut self.parts[last].octets
    }
}

#[cfg(test)]
mod tests;
