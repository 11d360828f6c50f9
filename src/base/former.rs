//! Numbers as they were written before their country had a code of its own.
//!
//! Kosovo's numbers had the codes of other countries until 2016 to 2019: +377 44 and 45, +386 43
//! and 49, and +381 28, 29, 38 and 39 for landlines (requirements 3.2). Records that are brought in
//! from elsewhere may still hold them so; today's number is what stands behind the code, after 383.
//! Nobody texts from such a number any more: one that does is left as it is, and so is a stranger.

use crate::base::msisdn::Msisdn;

/// How a former number began, and how many digits it has.
const FORMER: [&str; 8] = ["37744", "37745", "38643", "38649", "38128", "38129", "38138", "38139"];
const DIGITS: u32 = 11;

/// The eight digits behind the country code, and 383 in front of them.
const NATIONAL: u64 = 100_000_000;
const TODAY: u64 = 383 * NATIONAL;

/// Today's number: another one only for one of Kosovo's former numbers.
pub fn today(number: Msisdn) -> Msisdn {
    let is_whole = number.word().checked_ilog10() == Some(DIGITS - 1);
    if !is_whole || !FORMER.iter().any(|begins| number.starts_with(begins)) {
        return number;
    }
    Msisdn::from_word(TODAY + number.word() % NATIONAL).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kosovos_former_numbers_are_todays() {
        let read = |text| today(Msisdn::parse(text).unwrap()).reveal();
        for (former, now) in [
            ("+37744123456", "38344123456"),
            ("0037745123456", "38345123456"),
            ("+38643123456", "38343123456"),
            ("+38649123456", "38349123456"),
            ("+38128123456", "38328123456"),
            ("+38138123456", "38338123456"),
        ] {
            assert_eq!(read(former), now, "{former}");
        }
        // Monaco, Slovenia and Serbia have numbers of their own, and a form may be mistyped.
        for other in [
            "+37799123456",
            "+38640123456",
            "+381631112222",
            "+381381234567",
            "+3774412345",
            "+38344123456",
            "+48601234567",
        ] {
            assert_eq!(read(other), other[1..], "{other}");
        }
    }
}
