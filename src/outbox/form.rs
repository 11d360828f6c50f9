//! How an operator's submit_sm are filled in: what SMSCs differ in, as settings.

use std::time::Duration;

use arrayvec::ArrayString;

use crate::base::msisdn::{Msisdn, ShortCode};
use crate::base::now::Wall;
use crate::message::{Class, Head};
use crate::smpp::pdu::{Address, AddressError, SERVICE_TYPE_OCTETS_MAX, Validity};
use crate::text::decode::Alphabet;
use crate::text::encode::{Long, Options as Writing, Policy};

/// A service_type (5.2.11).
pub type ServiceType = ArrayString<SERVICE_TYPE_OCTETS_MAX>;

/// How an operator's submit_sm are filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    /// Whether a text that plain letters can't hold may leave in UCS-2.
    pub policy: Policy,
    /// What data_coding 0 means, both ways.
    pub alphabet: Alphabet,
    /// How a text leaves that one part can't hold.
    pub long: Long,
    /// The country code, such as 381: a national number is completed with it, or written without.
    pub country: ArrayString<3>,
    /// How customers' numbers are written.
    pub numbers: NumberFormat,
    /// TON and NPI of a short code that we send from.
    pub source: (u8, u8),
    /// TON and NPI of a whole number: a customer's, or one that we send from (SK-09).
    pub destination: (u8, u8),
    /// registered_delivery: 0 no receipts, 1 both outcomes, 2 failures; 0x10 more: steps too.
    pub registered_delivery: u8,
    /// How it is said until when a message is worth delivering.
    pub validity: ValidityForm,
    /// The longest validity that the SMSC takes.
    pub validity_max: Option<Duration>,
    /// By class, as [`place`] counts them.
    pub service_types: [ServiceType; CLASSES],
}

/// How many classes of messages there are.
pub const CLASSES: usize = 5;

/// A class's place in [`Form::service_types`].
pub const fn place(class: Class) -> usize {
    match class {
        Class::Card => 0,
        Class::Reply => 1,
        Class::Alert => 2,
        Class::Report => 3,
        Class::Notice => 4,
    }
}

/// How an SMSC wants customers' numbers written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NumberFormat {
    /// `381631112222`
    #[default]
    International,
    /// `+381631112222`
    Plus,
    /// `00381631112222`
    ZeroZero,
    /// `0631112222`, and `00` before a number of another country.
    National,
}

/// How it is said until when a message is worth delivering (5.2.16, 7.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidityForm {
    /// For how long from now.
    #[default]
    Relative,
    /// Until when, in UTC.
    Absolute,
    /// Not at all: the SMSC tries as long as it likes.
    None,
}

impl Form {
    /// The usual settings, in a country.
    pub fn new(country_code: &str) -> Form {
        Form {
            policy: Policy::Plain,
            alphabet: Alphabet::Gsm7,
            long: Long::Udh16,
            country: ArrayString::from(country_code).unwrap_or_default(),
            numbers: NumberFormat::International,
            source: (3, 0),
            destination: (1, 1),
            registered_delivery: 0,
            validity: ValidityForm::Relative,
            validity_max: None,
            service_types: Default::default(),
        }
    }

    /// How texts are written.
    pub fn writing(&self) -> Writing {
        let &Form { policy, alphabet, long, .. } = self;
        Writing { policy, alphabet, long, ..Writing::default() }
    }

    /// What a message from `code` says that it comes from.
    pub fn source_of(&self, code: ShortCode) -> Result<Address, AddressError> {
        let (ton, npi) = if code.is_whole_number() { self.destination } else { self.source };
        Address::new(ton, npi, &code.word().to_string())
    }

    /// Where a message to `phone` goes.
    pub fn destination_of(&self, phone: Msisdn) -> Result<Address, AddressError> {
        let (ton, npi) = self.destination;
        let digits = phone.reveal();
        let national = digits.strip_prefix(self.country.as_str());
        let written = match (self.numbers, national) {
            (NumberFormat::International, _) => digits,
            (NumberFormat::Plus, _) => format!("+{digits}"),
            (NumberFormat::National, Some(national)) => format!("0{national}"),
            (NumberFormat::ZeroZero | NumberFormat::National, _) => format!("00{digits}"),
        };
        Address::new(ton, npi, &written)
    }

    /// Until when the SMSC may try, of a message that is worthless at a time.
    pub fn validity_of(&self, head: &Head, now: Wall) -> Option<Validity> {
        let span = head.worthless.since(now).min(self.validity_max.unwrap_or(Duration::MAX));
        match self.validity {
            ValidityForm::Relative => Some(Validity::For(span)),
            ValidityForm::Absolute => Some(Validity::Until(now + span)),
            ValidityForm::None => None,
        }
    }

    /// The service_type of a class.
    pub fn service_type(&self, class: Class) -> ServiceType {
        self.service_types[place(class)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::BankId;
    use crate::message::{MessageId, OperatorId};

    fn form() -> Form {
        Form::new("381")
    }

    #[test]
    fn a_number_is_written_as_the_smsc_wants_it() {
        let written = |numbers, phone| {
            let phone = Msisdn::parse(phone).unwrap();
            let address = Form { numbers, ..form() }.destination_of(phone).unwrap();
            address.reveal().to_owned()
        };
        for (numbers, own, other) in [
            (NumberFormat::International, "381631112222", "38344123456"),
            (NumberFormat::Plus, "+381631112222", "+38344123456"),
            (NumberFormat::ZeroZero, "00381631112222", "0038344123456"),
            (NumberFormat::National, "0631112222", "0038344123456"),
        ] {
            assert_eq!(written(numbers, "381631112222"), own);
            assert_eq!(written(numbers, "38344123456"), other);
        }
    }

    #[test]
    fn validity_is_said_as_the_smsc_wants_it_and_no_longer_than_it_takes() {
        let now = Wall::from_millis(0);
        let mut head = Head::new(MessageId(1), BankId(1), OperatorId(1), Class::Reply, now);
        let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
        head.worthless = now + hour;
        let said = |validity, validity_max| {
            Form { validity, validity_max, ..form() }.validity_of(&head, now)
        };
        assert_eq!(said(ValidityForm::Relative, None), Some(Validity::For(hour)));
        assert_eq!(said(ValidityForm::Relative, Some(minute)), Some(Validity::For(minute)));
        assert_eq!(said(ValidityForm::Absolute, None), Some(Validity::Until(now + hour)));
        assert_eq!(said(ValidityForm::None, None), None);
    }
}
