//! How one bind is made and kept: what a `[[operator.bind]]` of the configuration comes to.
//!
//! The configuration fills these and asks [`Options::check`]; the session only reads them. The
//! spans are those of section 7.2, the texts those of section 5.2.

use std::time::Duration;

use super::Mode;
use crate::base::limits::WINDOW_MAX;
use crate::base::secret::Secret;

/// How one bind is made and kept. The spans are those of section 7.2.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which way messages go.
    pub mode: Mode,
    /// Our name at the SMSC, at most 15 octets.
    pub system_id: String,
    /// At most 8 octets.
    pub password: Secret,
    /// What kind of system we are, at most 12 octets; empty as a rule.
    pub system_type: String,
    /// Which addresses the bind serves, at most 40 octets; empty as a rule.
    pub address_range: String,
    /// 0x34 for SMPP 3.4.
    pub interface_version: u8,
    /// Whether submit_sm carries optional parameters.
    pub optional_parameters: OptionalParameters,
    /// submit_sm that may wait for their responses at one time.
    pub window: usize,
    /// How long a request waits for its response.
    pub response: Duration,
    /// How long the bind may take.
    pub session_init: Duration,
    /// After how long without a PDU from the peer we ask whether it lives; zero: never.
    pub enquire_link: Duration,
    /// After how long without a PDU from the peer the session ends; zero: never.
    pub inactivity: Duration,
}

/// Whether to send optional parameters (section 3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OptionalParameters {
    /// If the bind response says version 3.4 or later.
    #[default]
    AsBound,
    /// Whatever the bind response says.
    Always,
    /// Not to this SMSC.
    Never,
}

/// A setting that no bind can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OptionsError {
    /// Too long for its field, or not ASCII.
    #[error("{setting} has at most {octets_max} ASCII characters (SMPP 3.4, section 5.2)")]
    Text {
        /// Which.
        setting: &'static str,
        /// How many it may have.
        octets_max: usize,
    },
    /// Not within its bounds.
    #[error("{0} must be more than zero (and a window at most {WINDOW_MAX})")]
    Zero(&'static str),
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mode: Mode::Transceiver,
            system_id: String::new(),
            password: Secret::new(""),
            system_type: String::new(),
            address_range: String::new(),
            interface_version: 0x34,
            optional_parameters: OptionalParameters::AsBound,
            window: 10,
            response: Duration::from_secs(10),
            session_init: Duration::from_secs(5),
            enquire_link: Duration::from_secs(30),
            inactivity: Duration::from_secs(120),
        }
    }
}

impl Options {
    /// Whether a bind can be made of these; for whoever reads them from a configuration.
    ///
    /// # Errors
    /// The first setting that doesn't fit. (A session made of it sends what fits.)
    pub fn check(&self) -> Result<(), OptionsError> {
        let texts = [
            ("system_id", self.system_id.as_str(), 15),
            ("password", self.password.reveal(), 8),
            ("system_type", &self.system_type, 12),
            ("address_range", &self.address_range, 40),
        ];
        for (setting, text, octets_max) in texts {
            if text.len() > octets_max || !text.is_ascii() || text.contains('\0') {
                return Err(OptionsError::Text { setting, octets_max });
            }
        }
        let zero = [
            ("window", self.window == 0 || self.window > WINDOW_MAX),
            ("response", self.response.is_zero()),
            ("session_init", self.session_init.is_zero()),
        ];
        match zero.into_iter().find(|(_, wrong)| *wrong) {
            Some((setting, _)) => Err(OptionsError::Zero(setting)),
            None => Ok(()),
        }
    }
}
