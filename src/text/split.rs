//! Where one part of a message ends and the next begins.
//!
//! 160 septets or 70 UCS-2 units alone; 153 or 67 beside a header with an 8-bit reference, 152 or
//! 66 beside one with 16 bits (3GPP 23.040, 9.2.3.24; requirements, section 4). A cut falls between
//! characters, so never into an escape pair or a surrogate pair. [`super::encode`] writes the
//! parts.

use crate::base::limits::PARTS_MAX;

/// Septets of a message that is one part.
pub const SINGLE_SEPTETS: usize = 160;

/// How much fits, in septets or UTF-16 units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// Into a message of one part.
    pub single: usize,
    /// Into each part of several.
    pub part: usize,
}

impl Room {
    /// Septets of GSM 7-bit; `wide` for references of 16 bits.
    pub fn septets(wide: bool) -> Room {
        Room { single: SINGLE_SEPTETS, part: if wide { 152 } else { 153 } }
    }

    /// Units of UTF-16; `wide` for references of 16 bits.
    pub fn units(wide: bool) -> Room {
        Room { single: 70, part: if wide { 66 } else { 67 } }
    }
}

/// The text needs more parts than a message may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the text takes {units} units of its alphabet in {parts} parts, and {PARTS_MAX} is the most"
)]
pub struct TooLong {
    /// Septets or UTF-16 units.
    pub units: usize,
    /// Parts that it would take.
    pub parts: usize,
}

/// Units and parts of a text whose characters take `sizes` units each.
///
/// An empty text is one empty part.
///
/// # Errors
///
/// [`TooLong`] above [`PARTS_MAX`] parts.
pub fn count(sizes: impl Iterator<Item = usize>, room: Room) -> Result<(usize, u8), TooLong> {
    let mut cutter = Cutter::new(room);
    let (mut units, mut parts) = (0, 1);
    for size in sizes {
        units += size;
        parts += usize::from(cutter.cuts_before(size));
    }
    if units <= room.single {
        return Ok((units, 1));
    }
    match u8::try_from(parts) {
        Ok(few) if few <= PARTS_MAX => Ok((units, few)),
        _ => Err(TooLong { units, parts }),
    }
}

/// Fills parts of several with one character after the other.
#[derive(Clone, Copy, Debug)]
pub struct Cutter {
    part: usize,
    filled: usize,
}

impl Cutter {
    /// Before the first character.
    pub fn new(room: Room) -> Cutter {
        Cutter { part: room.part, filled: 0 }
    }

    /// Takes a character of `size` units; true if a new part begins with it.
    pub fn cuts_before(&mut self, size: usize) -> bool {
        let cuts = self.filled + size > self.part && self.filled > 0;
        self.filled = if cuts { size } else { self.filled + size };
        cuts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::iter::repeat_n;

    #[test]
    fn the_borders_of_the_specification() {
        let cases = [
            (Room::septets(false), 0, 1),
            (Room::septets(false), 160, 1),
            (Room::septets(false), 161, 2),
            (Room::septets(false), 306, 2),
            (Room::septets(false), 307, 3),
            (Room::septets(true), 304, 2),
            (Room::septets(true), 305, 3),
            (Room::units(false), 70, 1),
            (Room::units(false), 71, 2),
            (Room::units(false), 134, 2),
            (Room::units(false), 135, 3),
            (Room::units(true), 132, 2),
            (Room::units(true), 133, 3),
        ];
        for (room, units, parts) in cases {
            assert_eq!(count(repeat_n(1, units), room), Ok((units, parts)), "{units}");
        }
        assert_eq!(count(repeat_n(1, 1530), Room::septets(false)), Ok((1530, 10)));
        let too_long = TooLong { units: 1531, parts: 11 };
        assert_eq!(count(repeat_n(1, 1531), Room::septets(false)), Err(too_long));
    }

    #[test]
    fn pairs_stay_whole() {
        // 152 letters and an escape pair: the pair goes over, and a septet stays empty.
        let sizes = repeat_n(1, 152).chain([2]).chain(repeat_n(1, 151));
        assert_eq!(count(sizes.clone(), Room::septets(false)), Ok((305, 2)));
        assert_eq!(count(sizes.chain([1]), Room::septets(false)), Ok((306, 3)));
        // A single part may hold what several couldn't.
        assert_eq!(count(repeat_n(2, 80), Room::septets(false)), Ok((160, 1)));
    }
}
