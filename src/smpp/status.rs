//! command_status and what it means for a message: ok, throttled, temporary, the wrong
//! network's, or permanent (5.1.3).
//!
//! The specification names the codes and is silent on what to do about them; the table here is what
//! works in practice, and one operator's deviations are its [`Overrides`].

use std::collections::BTreeMap;
use std::fmt;

/// A command_status as it stands on the wire; any value, the vendors' included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Status(pub u32);

/// What a status means for the request that it answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// Done.
    Ok,
    /// Too fast, or the SMSC's queue is full: hold the whole link, then send the same again.
    Throttled,
    /// This request may succeed later.
    Temporary,
    /// The number isn't of this network: another operator may take it.
    WrongNetwork,
    /// This request will never succeed.
    Permanent,
}

/// One operator's deviations from the table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Overrides(BTreeMap<u32, Meaning>);

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl Status {
            $($(#[$doc])* pub const $name: Status = Status($code);)*

            /// The name that the specification gives it; vendors' and reserved codes have none.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(concat!("ESME_", stringify!($name))),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    /// No error.
    ROK = 0x00;
    /// sm_length is invalid.
    RINVMSGLEN = 0x01;
    /// command_length is invalid.
    RINVCMDLEN = 0x02;
    /// command_id is invalid.
    RINVCMDID = 0x03;
    /// Not in this state of the bind.
    RINVBNDSTS = 0x04;
    /// Already bound.
    RALYBND = 0x05;
    /// priority_flag is invalid.
    RINVPRTFLG = 0x06;
    /// registered_delivery is invalid.
    RINVREGDLVFLG = 0x07;
    /// System error.
    RSYSERR = 0x08;
    /// Source address is invalid.
    RINVSRCADR = 0x0A;
    /// Destination address is invalid.
    RINVDSTADR = 0x0B;
    /// message_id is invalid.
    RINVMSGID = 0x0C;
    /// Bind failed.
    RBINDFAIL = 0x0D;
    /// The password is wrong.
    RINVPASWD = 0x0E;
    /// The system_id is wrong.
    RINVSYSID = 0x0F;
    /// cancel_sm failed.
    RCANCELFAIL = 0x11;
    /// replace_sm failed.
    RREPLACEFAIL = 0x13;
    /// The message queue is full.
    RMSGQFUL = 0x14;
    /// service_type is invalid.
    RINVSERTYP = 0x15;
    /// esm_class is invalid.
    RINVESMCLASS = 0x43;
    /// submit_sm failed.
    RSUBMITFAIL = 0x45;
    /// Source TON is invalid.
    RINVSRCTON = 0x48;
    /// Source NPI is invalid.
    RINVSRCNPI = 0x49;
    /// Destination TON is invalid.
    RINVDSTTON = 0x50;
    /// Destination NPI is invalid.
    RINVDSTNPI = 0x51;
    /// system_type is invalid.
    RINVSYSTYP = 0x53;
    /// replace_if_present_flag is invalid.
    RINVREPFLAG = 0x54;
    /// The allowed rate is exceeded.
    RTHROTTLED = 0x58;
    /// schedule_delivery_time is invalid.
    RINVSCHED = 0x61;
    /// validity_period is invalid.
    RINVEXPIRY = 0x62;
    /// The predefined message doesn't exist.
    RINVDFTMSGID = 0x63;
    /// The receiver has a temporary fault.
    RX_T_APPN = 0x64;
    /// The receiver has a permanent fault.
    RX_P_APPN = 0x65;
    /// The receiver rejects the message.
    RX_R_APPN = 0x66;
    /// query_sm failed.
    RQUERYFAIL = 0x67;
    /// The optional part of the PDU is faulty.
    RINVOPTPARSTREAM = 0xC0;
    /// An optional parameter isn't allowed.
    ROPTPARNOTALLWD = 0xC1;
    /// An optional parameter's length is invalid.
    RINVPARLEN = 0xC2;
    /// An expected optional parameter is missing.
    RMISSINGOPTPARAM = 0xC3;
    /// An optional parameter's value is invalid.
    RINVOPTPARAMVAL = 0xC4;
    /// Delivery failed (data_sm_resp).
    RDELIVERYFAILURE = 0xFE;
    /// Unknown error.
    RUNKNOWNERR = 0xFF;
}

impl Status {
    /// Whether the request succeeded.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// What the status means where an operator has said nothing else.
    pub const fn meaning(self) -> Meaning {
        match self {
            Status::ROK => Meaning::Ok,
            Status::RTHROTTLED | Status::RMSGQFUL => Meaning::Throttled,
            // A submit refused for its bind's state succeeds on the next bind.
            Status::RSYSERR
            | Status::RX_T_APPN
            | Status::RINVBNDSTS
            | Status::RSUBMITFAIL
            | Status::RUNKNOWNERR => Meaning::Temporary,
            // What SMSCs say of a number that was ported away, too (lesson 17).
            Status::RINVDSTADR => Meaning::WrongNetwork,
            _ => Meaning::Permanent,
        }
    }
}

impl Overrides {
    /// `status` means `meaning` at this operator. That 0 is ok can't be overridden.
    pub fn set(&mut self, status: Status, meaning: Meaning) {
        if !status.is_ok() {
            self.0.insert(status.0, meaning);
        }
    }

    /// What `status` means at this operator.
    pub fn meaning(&self, status: Status) -> Meaning {
        self.0.get(&status.0).copied().unwrap_or_else(|| status.meaning())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self.0) {
            (Some(name), code) => write!(f, "{name} (0x{code:02X})"),
            (None, code @ 0x400..=0x4FF) => write!(f, "a vendor's status (0x{code:03X})"),
            (None, code) => write!(f, "status 0x{code:X}"),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_to_do() {
        assert_eq!(Status(0x00).meaning(), Meaning::Ok);
        for code in [0x58, 0x14] {
            assert_eq!(Status(code).meaning(), Meaning::Throttled);
        }
        for code in [0x08, 0x64, 0x45] {
            assert_eq!(Status(code).meaning(), Meaning::Temporary);
        }
        assert_eq!(Status(0x0B).meaning(), Meaning::WrongNetwork);
        for code in [0x0A, 0x61, 0x65, 0x400, 0x4FF, u32::MAX] {
            assert_eq!(Status(code).meaning(), Meaning::Permanent);
        }
    }

    #[test]
    fn an_operator_may_differ_but_ok_stays_ok() {
        let mut overrides = Overrides::default();
        overrides.set(Status(0x0B), Meaning::Temporary);
        overrides.set(Status(0x444), Meaning::Throttled);
        overrides.set(Status::ROK, Meaning::Permanent);
        assert_eq!(overrides.meaning(Status(0x0B)), Meaning::Temporary);
        assert_eq!(overrides.meaning(Status(0x444)), Meaning::Throttled);
        assert_eq!(overrides.meaning(Status::ROK), Meaning::Ok);
        assert_eq!(overrides.meaning(Status::RTHROTTLED), Meaning::Throttled);
    }

    #[test]
    fn statuses_print_by_name_and_code() {
        assert_eq!(Status(0x58).to_string(), "ESME_RTHROTTLED (0x58)");
        assert_eq!(Status(0x401).to_string(), "a vendor's status (0x401)");
        assert_eq!(Status(0x300).to_string(), "status 0x300");
        assert_eq!(Status(0x64).name(), Some("ESME_RX_T_APPN"));
    }
}
