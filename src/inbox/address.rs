//! Numbers as SMSCs present them, made into numbers as we keep them (requirements 3.2).
//!
//! International numbers come with TON 1, or with TON 0 and `00`, or with a `+`; national ones with
//! TON 2 or a leading 0, and are completed with the link's country code. Codes are compared by
//! their digits, whatever their TON.

use crate::base::msisdn::{Msisdn, ShortCode};
use crate::smpp::deliver::AddressView;

const TON_NATIONAL: u8 = 2;
const TON_ALPHANUMERIC: u8 = 5;

/// The subscriber that a source address means; `None` where nobody could be answered there:
/// letters, a short code, or nothing.
pub fn subscriber(address: AddressView<'_>, country_code: &str) -> Option<Msisdn> {
    if address.ton == TON_ALPHANUMERIC {
        return None;
    }
    let text = std::str::from_utf8(address.digits).ok()?.trim();
    let international = text.strip_prefix('+').or_else(|| text.strip_prefix("00"));
    if let Some(digits) = international {
        return Msisdn::from_digits(digits.as_bytes()).ok();
    }
    let national = text.strip_prefix('0').or((address.ton == TON_NATIONAL).then_some(text));
    let Some(national) = national else { return Msisdn::from_digits(text.as_bytes()).ok() };
    let mut whole = arrayvec::ArrayString::<24>::new();
    whole.try_push_str(country_code).ok()?;
    whole.try_push_str(national).ok()?;
    Msisdn::from_digits(whole.as_bytes()).ok()
}

/// The codes that a destination address may mean: as it stands, and, where the bank is texted to at
/// an ordinary number (SK-09), completed as a subscriber's.
pub fn codes(
    address: AddressView<'_>,
    country_code: &str,
) -> impl Iterator<Item = ShortCode> + use<> {
    let whole = subscriber(address, country_code).map(Msisdn::word).and_then(ShortCode::from_word);
    [code(address), whole].into_iter().flatten()
}

/// The code that a destination address is as it stands.
pub fn code(address: AddressView<'_>) -> Option<ShortCode> {
    ShortCode::parse(std::str::from_utf8(address.digits).ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(ton: u8, digits: &str) -> Option<String> {
        let address = AddressView { ton, npi: 1, digits: digits.as_bytes() };
        subscriber(address, "381").map(Msisdn::reveal)
    }

    #[test]
    fn every_form_of_one_number_is_one_number() {
        for (ton, digits) in [
            (1, "381631112222"),
            (0, "381631112222"),
            (1, "+381631112222"),
            (0, "00381631112222"),
            (2, "631112222"),
            (2, "0631112222"),
            (0, "0631112222"),
        ] {
            assert_eq!(read(ton, digits).as_deref(), Some("381631112222"), "{ton} {digits}");
        }
    }

    #[test]
    fn whom_nobody_can_answer_is_nobody() {
        for (ton, digits) in [(5, "BANKA"), (0, "BANKA"), (3, "5622"), (1, ""), (1, "0")] {
            assert_eq!(read(ton, digits), None, "{ton} {digits}");
        }
    }

    #[test]
    fn codes_are_digits_whatever_their_ton() {
        for ton in 0..6 {
            let address = AddressView { ton, npi: 0, digits: b"5622" };
            assert_eq!(code(address), ShortCode::parse("5622").ok());
            assert!(codes(address, "381").any(|code| code.word() == 5622));
        }
    }

    #[test]
    fn an_ordinary_number_is_one_code_in_every_form() {
        for (ton, digits) in [
            (1, "48661000555"),
            (1, "+48661000555"),
            (0, "0048661000555"),
            (2, "661000555"),
            (0, "0661000555"),
        ] {
            let address = AddressView { ton, npi: 1, digits: digits.as_bytes() };
            let mut codes = codes(address, "48");
            assert!(codes.any(|code| code.word() == 48_661_000_555), "{ton} {digits}");
        }
    }
}
