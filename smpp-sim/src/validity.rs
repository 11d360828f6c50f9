//! validity_period (SMPP 3.4, 5.2.16): which one an operator takes, and what it does with it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::date::Time;
use crate::manner::ValidityForm;
use crate::units;

const INVALID_EXPIRY: u32 = 0x62;

/// What is made of validity_period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Validity {
    /// A message ends expired if its end would come later than this; one that can't be read gets
    /// 0x62 (invalid expiry time).
    pub honoured: bool,
    /// How it has to be written; another form gets 0x62.
    pub form: ValidityForm,
    /// A longer one gets 0x62. None: any.
    #[serde(with = "units::time_or_off")]
    pub max: Option<Duration>,
}

impl Default for Validity {
    fn default() -> Self {
        Self { honoured: false, form: ValidityForm::Any, max: None }
    }
}

impl Validity {
    /// How long a message lives; none if the ESME doesn't say or nobody cares. `now` is in seconds
    /// since 1970.
    pub(crate) fn read(&self, written: &str, now: u64) -> Result<Option<Duration>, u32> {
        let is_checked = self.honoured || self.form != ValidityForm::Any || self.max.is_some();
        if written.is_empty() || !is_checked {
            return Ok(None);
        }
        let (life, form) = match Time::read(written) {
            Some(Time::Relative(life)) => (Some(life), ValidityForm::Relative),
            Some(Time::Absolute(end)) => {
                (end.checked_sub(now).map(Duration::from_secs), ValidityForm::Absolute)
            }
            None => return Err(INVALID_EXPIRY),
        };
        // What has already passed is as wrong as what can't be read.
        let life = life.ok_or(INVALID_EXPIRY)?;
        let is_form = self.form == ValidityForm::Any || self.form == form;
        let is_short = self.max.is_none_or(|max| life <= max);
        match is_form && is_short {
            true => Ok(self.honoured.then_some(life)),
            false => Err(INVALID_EXPIRY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_caps() {
        let (absolute, relative) = ("260101010000000+", "000000010000000R");
        let now = 1_767_225_600;
        let hour = Ok(Some(Duration::from_secs(3600)));
        let any = Validity { honoured: true, ..Validity::default() };
        assert_eq!((any.read(absolute, now), any.read(relative, now)), (hour, hour));
        assert_eq!(any.read("", now), Ok(None));
        assert_eq!(any.read("tomorrow", now), Err(0x62));
        assert_eq!(any.read(absolute, now + 3601), Err(0x62), "it has passed");
        assert_eq!(Validity::default().read("tomorrow", now), Ok(None), "nobody reads it");
        let form = |form| Validity { form, ..any.clone() };
        assert_eq!(form(ValidityForm::Absolute).read(relative, now), Err(0x62));
        assert_eq!(form(ValidityForm::Relative).read(absolute, now), Err(0x62));
        let capped = Validity { max: Some(Duration::from_secs(3599)), ..any.clone() };
        assert_eq!(capped.read(relative, now), Err(0x62));
    }
}
