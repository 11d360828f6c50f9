//! Delivery receipts: text as in appendix B of SMPP 3.4, and the TLVs that are to be preferred.

use std::time::Duration;

use crate::phone::RawDeliver;
use crate::smsc::Smsc;

/// A receipt that will be due.
#[derive(Debug)]
pub(crate) struct Owed {
    pub(crate) id: u64,
    /// TON, NPI and address of the phone, as submitted.
    pub(crate) phone: (u8, u8, String),
    /// TON, NPI and address that the text came from.
    pub(crate) sender: (u8, u8, String),
    pub(crate) system_id: String,
    pub(crate) submitted_at: Duration,
    pub(crate) unreachable: bool,
    /// user_message_reference, echoed.
    pub(crate) reference: Option<u16>,
}

impl Smsc {
    pub(crate) fn make_receipt(&mut self, owed: Owed) {
        let Some(receipts) = &self.profile.receipts else { return };
        let id = self.profile.receipt_ids.write(owed.id);
        let (state, name, error) = match owed.unreachable {
            _ if self.accepted.is_cancelled(owed.id) => (4, "DELETED", "000"),
            true => (5, "UNDELIV", "001"),
            false => (2, "DELIVRD", "000"),
        };
        let counts = match (receipts.short_text, state) {
            (true, _) => "",
            (false, 2) => " sub:001 dlvrd:001",
            (false, _) => " sub:001 dlvrd:000",
        };
        let submitted = date(self.profile.epoch, owed.submitted_at, false);
        let done = date(self.profile.epoch, self.now, false);
        let text = format!(
            "id:{id}{counts} submit date:{submitted} done date:{done} stat:{name} err:{error} text:"
        );
        let mut tlvs = Vec::new();
        if receipts.tlvs {
            let mut id = id.into_bytes();
            id.push(0);
            tlvs.extend([(0x001E, id), (0x0427, vec![state])]);
            tlvs.extend(owed.reference.map(|r| (0x0204, r.to_be_bytes().into())));
        }
        let raw = RawDeliver {
            source: (owed.phone.0, owed.phone.1),
            source_addr: owed.phone.2,
            dest: (owed.sender.0, owed.sender.1),
            destination_addr: owed.sender.2,
            esm_class: 0x04,
            short_message: if receipts.text { text.into_bytes() } else { Vec::new() },
            tlvs,
            ..RawDeliver::default()
        };
        self.stats.receipts += 1;
        // Any bind of the system may get it, not only the one that submitted (lesson 2).
        self.enqueue_for(&[raw], String::new(), owed.system_id);
    }
}

/// YYMMDDhhmm, or with seconds, in UTC.
pub(crate) fn date(epoch: u64, after: Duration, seconds: bool) -> String {
    let at = epoch + after.as_secs();
    let (year, month, day) = civil(at / 86_400);
    let (hour, minute, second) = (at / 3600 % 24, at / 60 % 60, at % 60);
    let year = year % 100;
    let mut text = format!("{year:02}{month:02}{day:02}{hour:02}{minute:02}");
    if seconds {
        text.push_str(&format!("{second:02}"));
    }
    text
}

/// Year, month and day of a number of days since 1970, counted in years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(0, Duration::ZERO, true), "700101000000");
        assert_eq!(date(951_782_400, Duration::from_secs(3661), true), "000229010101");
        assert_eq!(date(1_767_225_600, Duration::ZERO, false), "2601010000");
    }
}
