//! Parts of a submitted text put together again: by user data header (8- and 16-bit references),
//! by the sar_* TLVs, or a whole one in message_payload (SMPP 3.4, 5.2.12, 5.3.2.22 to .24, .32).

use std::collections::BTreeMap;

use bytes::Bytes;
use rusmpp::pdus::SubmitSm;
use rusmpp::tlvs::TlvValue;

/// Texts that may be incomplete at once; the oldest key goes first.
const INCOMPLETE_MAX: usize = 10_000;

/// The text of one submit_sm and its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) octets: Bytes,
    pub(crate) reference: u16,
    pub(crate) part: u8,
    pub(crate) of: u8,
}

impl Chunk {
    pub(crate) fn of(submit: &SubmitSm) -> Self {
        let mut octets = Bytes::copy_from_slice(submit.short_message());
        let (mut reference, mut part, mut of) = (0, 1, 1);
        for value in submit.tlvs().iter().filter_map(|t| t.value()) {
            match value {
                TlvValue::MessagePayload(p) => octets = Bytes::copy_from_slice(&p.value),
                TlvValue::SarMsgRefNum(n) => reference = *n,
                TlvValue::SarSegmentSeqnum(n) => part = *n,
                TlvValue::SarTotalSegments(n) => of = *n,
                _ => {}
            }
        }
        // esm_class is a bit field: mask, never compare (lesson 12).
        if u8::from(submit.esm_class) & 0x40 != 0 {
            let end = 1 + usize::from(octets.first().copied().unwrap_or(0));
            let header = octets.split_to(end.min(octets.len()));
            if let Some(place) = concatenation(&header) {
                (reference, of, part) = place;
            }
        }
        if part == 0 || part > of {
            (part, of) = (1, 1);
        }
        Self { octets, reference, part, of }
    }
}

/// Reference, total and number in the elements of a user data header.
fn concatenation(header: &[u8]) -> Option<(u16, u8, u8)> {
    let mut rest = header.get(1..)?;
    while let [kind, length, more @ ..] = rest {
        let element = more.get(..usize::from(*length))?;
        match (kind, element) {
            (0x00, [reference, of, part]) => return Some((u16::from(*reference), *of, *part)),
            (0x08, [high, low, of, part]) => {
                return Some((u16::from_be_bytes([*high, *low]), *of, *part));
            }
            _ => rest = &more[usize::from(*length)..],
        }
    }
    None
}

type Key = (String, String, u16, u8);
/// The octets and the message id of each part that has arrived.
pub(crate) type Parts = Vec<Option<(Bytes, String)>>;

/// Texts of which parts are missing.
#[derive(Debug, Default)]
pub(crate) struct Joiner(BTreeMap<Key, Parts>);

impl Joiner {
    /// Adds a part; gives all of them once none is missing.
    pub(crate) fn add(
        &mut self,
        from: &str,
        to: &str,
        chunk: Chunk,
        message_id: &str,
    ) -> Option<Parts> {
        let arrived = Some((chunk.octets, message_id.to_owned()));
        if chunk.of == 1 {
            return Some(vec![arrived]);
        }
        let key = (from.to_owned(), to.to_owned(), chunk.reference, chunk.of);
        if self.0.len() >= INCOMPLETE_MAX && !self.0.contains_key(&key) {
            self.0.pop_first();
        }
        let parts = self.0.entry(key.clone()).or_insert_with(|| vec![None; usize::from(chunk.of)]);
        parts[usize::from(chunk.part) - 1] = arrived;
        if parts.iter().any(Option::is_none) {
            return None;
        }
        self.0.remove(&key)
    }
}

/// The octets of all parts in their order, and their ids.
pub(crate) fn whole(parts: Parts) -> (Vec<u8>, Vec<String>) {
    let mut octets = Vec::new();
    let mut ids = Vec::with_capacity(parts.len());
    for (part, id) in parts.into_iter().flatten() {
        octets.extend_from_slice(&part);
        ids.push(id);
    }
    (octets, ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_reference_are_read_beside_other_elements() {
        assert_eq!(concatenation(&[5, 0, 3, 9, 2, 1]), Some((9, 2, 1)));
        assert_eq!(concatenation(&[6, 8, 4, 1, 9, 2, 1]), Some((265, 2, 1)));
        assert_eq!(concatenation(&[9, 4, 2, 1, 1, 0, 3, 9, 2, 1]), Some((9, 2, 1)));
        assert_eq!(concatenation(&[5, 0, 3, 9]), None);
        assert_eq!(concatenation(&[]), None);
    }
}
