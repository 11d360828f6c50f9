//! Personalities: operators as they are met in the field, each a name for some settings.
//!
//! They stand in `personalities.toml` in the words of a profile file, so one can be read, copied
//! and changed. Several at once are put on one after the other; what comes later prevails.

use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::profile::Profile;

/// An operator as it is met in the field.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personality {
    /// Its name in profiles and on the command line.
    pub name: String,
    /// What it does, in a line.
    pub what: String,
    /// The settings of a [`Profile`] that make it.
    pub settings: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    personality: Vec<Personality>,
}

static ALL: LazyLock<Vec<Personality>> = LazyLock::new(|| {
    let file = toml::from_str::<File>(include_str!("personalities.toml"));
    file.map(|file| file.personality).unwrap_or_default()
});

/// All of them, in the order in which they are listed.
pub fn personalities() -> &'static [Personality] {
    &ALL
}

/// Settings that make no profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrongProfile {
    /// There is no personality of this name.
    NoPersonality(String),
    /// A setting is unknown, or has a value that it can't have.
    Setting {
        /// Its name, dots between: `receipts.delay`. Empty where that isn't known.
        field: String,
        /// What is wrong.
        what: String,
    },
}

impl std::error::Error for WrongProfile {}

impl fmt::Display for WrongProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPersonality(name) => {
                let names: Vec<_> = ALL.iter().map(|p| p.name.as_str()).collect();
                write!(f, "no personality {name:?}; there are {}", names.join(", "))
            }
            Self::Setting { field, what } if field.is_empty() => f.write_str(what),
            Self::Setting { field, what } => write!(f, "{field}: {what}"),
        }
    }
}

impl Profile {
    /// A quiet SMSC with this personality, or several with commas between: `hex-ids,slow`.
    pub fn personality(names: &str) -> Result<Self, WrongProfile> {
        Self::default().with_personality(names)
    }

    /// This profile with a personality put on, or several with commas between.
    pub fn with_personality(self, names: &str) -> Result<Self, WrongProfile> {
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.into_iter().try_fold(self, |profile, name| {
            let found = ALL.iter().find(|p| p.name == name);
            let found = found.ok_or_else(|| WrongProfile::NoPersonality(name.into()))?;
            profile.patched(&found.settings)
        })
    }

    /// This profile with some settings changed: a merge patch (RFC 7396) in the words of a profile
    /// file, so that what isn't named stays, and null gives the default back.
    pub fn patched(&self, settings: &Value) -> Result<Self, WrongProfile> {
        let wrong = |field: String, what: String| WrongProfile::Setting { field, what };
        let mut merged =
            serde_json::to_value(self).map_err(|e| wrong(String::new(), e.to_string()))?;
        merge(&mut merged, settings);
        serde_path_to_error::deserialize(&merged).map_err(|e| {
            let path = e.path().to_string();
            let field = if path == "." { String::new() } else { path };
            wrong(field, e.into_inner().to_string())
        })
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_id::IdFormat;
    use serde_json::json;

    #[test]
    fn each_can_be_put_on_changes_something_and_keeps_who_it_is() {
        let all = toml::from_str::<File>(include_str!("personalities.toml")).unwrap().personality;
        assert_eq!(all, personalities());
        assert!(all.len() >= 20, "{}", all.len());
        let plain = Profile { seed: 7, ..Profile::named("mts") };
        for Personality { name, what, .. } in &all {
            let put_on = plain.clone().with_personality(name).unwrap();
            // It says what is so anyhow, to be put on after one that says otherwise.
            let is_plain = name == "bare-errors";
            assert_eq!(put_on == plain, is_plain, "{name} changes nothing");
            assert_eq!((put_on.name.as_str(), put_on.seed), ("mts", 7), "{name}");
            assert_eq!(all.iter().filter(|p| p.name == *name).count(), 1, "{name} twice");
            assert!(what.chars().count() <= 90, "{name}: {what}");
        }
    }

    #[test]
    fn they_combine_and_the_later_prevails() {
        let profile = Profile::personality("hex-ids, slow").unwrap();
        assert_eq!(profile.ids, IdFormat::Hex);
        assert!(!profile.response_delay.is_zero());
        let wrong = Profile::personality("hex-ids,sloow").unwrap_err().to_string();
        assert!(wrong.contains("\"sloow\"") && wrong.contains("hex-ids, "), "{wrong}");
    }

    #[test]
    fn a_patch_changes_what_it_names_and_names_what_is_wrong() {
        let profile = Profile::default();
        let patched = |patch| profile.patched(&patch);
        let changed = patched(json!({"receipts": {"delay": "5m"}, "rate": 3})).unwrap();
        let delay = changed.receipts.as_ref().unwrap().delay;
        assert_eq!((delay.as_secs(), changed.rate), (300, Some(3)));
        assert!(changed.receipts.as_ref().unwrap().tlvs, "the rest stays");
        let none = changed.patched(&json!({"receipts": "off", "rate": null})).unwrap();
        assert_eq!((none.receipts.clone(), none.rate), (None, None));
        let text = none.patched(&json!({"receipts": {"text": "off"}})).unwrap();
        assert_eq!(text.receipts.unwrap().text, None);
        let wrong = |patch| match patched(patch) {
            Err(WrongProfile::Setting { field, what }) => format!("{field}: {what}"),
            other => panic!("{other:?}"),
        };
        assert!(wrong(json!({"receipts": {"delay": "soon"}})).starts_with("receipts.delay: "));
        assert!(wrong(json!({"rate": "many"})).starts_with("rate: \"many\" is neither"));
        assert!(wrong(json!({"speed": 1})).contains("unknown field `speed`"));
        assert_eq!(patched(json!({})).unwrap(), profile);
    }
}
