//! How settings are written in a profile and in JSON: times as `"50ms"`, `"2s"`, `"5m"`, `"1h"`;
//! `"off"` where there may be none; octets in hex. Neither TOML nor a merge patch can say "none".

use std::time::Duration;

/// Reads `50ms`, `2s`, `5m` or `1h`.
pub fn read_time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time such as 50ms, 2s, 5m or 1h");
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u32 = text[..text.len() - unit.len()].parse().map_err(|_| wrong())?;
    match unit {
        "ms" => Ok(Duration::from_millis(number.into())),
        "s" => Ok(Duration::from_secs(number.into())),
        "m" => Ok(Duration::from_secs(60 * u64::from(number))),
        "h" => Ok(Duration::from_secs(3600 * u64::from(number))),
        _ => Err(wrong()),
    }
}

/// The time as `read_time` reads it; what is finer than milliseconds is dropped.
pub fn write_time(time: Duration) -> String {
    let (seconds, millis) = (time.as_secs(), time.as_millis());
    if !millis.is_multiple_of(1000) {
        format!("{millis}ms")
    } else if seconds > 0 && seconds.is_multiple_of(3600) {
        format!("{}h", seconds / 3600)
    } else if seconds > 0 && seconds.is_multiple_of(60) {
        format!("{}m", seconds / 60)
    } else {
        format!("{seconds}s")
    }
}

/// `#[serde(with = "units::time")]`
pub(crate) mod time {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    pub(crate) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::write_time(*time))
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Duration, D::Error> {
        super::read_time(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// `#[serde(with = "units::time_or_off")]`
pub(crate) mod time_or_off {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    pub(crate) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&time.map_or_else(|| "off".into(), super::write_time))
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(from)?;
        if text == "off" {
            return Ok(None);
        }
        super::read_time(&text).map(Some).map_err(|e| D::Error::custom(format!("{e}, or off")))
    }
}

/// `#[serde(with = "units::or_off")]`: a number or a table, or `"off"`.
pub(crate) mod or_off {
    use std::fmt;
    use std::marker::PhantomData;

    use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(to),
            None => to.serialize_str("off"),
        }
    }

    pub(crate) fn deserialize<'d, T: Deserialize<'d>, D: Deserializer<'d>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        from.deserialize_any(OrOff(PhantomData))
    }

    struct OrOff<T>(PhantomData<T>);

    impl<'d, T: Deserialize<'d>> Visitor<'d> for OrOff<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number or a table of settings, or \"off\"")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            if text == "off" {
                return Ok(None);
            }
            Err(E::custom(format!("{text:?} is neither a value nor \"off\"")))
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            T::deserialize(serde::de::value::U64Deserializer::new(number)).map(Some)
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
            T::deserialize(serde::de::value::I64Deserializer::new(number)).map(Some)
        }

        fn visit_map<A: MapAccess<'d>>(self, map: A) -> Result<Self::Value, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }
}

/// `#[serde(with = "units::hex")]`
pub(crate) mod hex {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(octets: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&octets.iter().map(|o| format!("{o:02x}")).collect::<String>())
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || D::Error::custom(format!("{text:?} are no octets in hex such as 0A1B"));
        let digits: Option<Vec<u8>> =
            text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        let digits = digits.filter(|d| d.len().is_multiple_of(2)).ok_or_else(wrong)?;
        Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_there_and_back_and_what_is_none() {
        for text in ["50ms", "0s", "2s", "5m", "1h", "1500ms"] {
            assert_eq!(write_time(read_time(text).unwrap()), text);
        }
        for wrong in ["", "s", "2", "2 s", "-1s", "1d", "99999999999s"] {
            assert!(read_time(wrong).unwrap_err().contains("such as 50ms"), "{wrong}");
        }
    }
}
