//! Profile files: TOML with a section for each SMSC. All that is wrong with one is reported at
//! once, each fault with file, line and column, the line itself, and what to do.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::operators::Operator;
use crate::personality::{WrongProfile, personalities};
use crate::profile::Profile;

/// A profile file with one SMSC, and every setting at its default with a comment.
pub const SAMPLE: &str = include_str!("sample.toml");

/// The settings of a section that aren't a profile's.
const OWN: [&str; 5] = ["listen", "personality", "system_id", "password", "codes"];

/// One thing that is wrong with a profile file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFault {
    /// The octets that are at fault.
    pub span: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// All that is wrong with a profile file, never nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFaults {
    path: String,
    text: String,
    /// In the order of their places.
    pub faults: Vec<FileFault>,
}

impl std::error::Error for FileFaults {}

impl fmt::Display for FileFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            let mark = AnnotationKind::Primary.span(self.first_line(&fault.span));
            let snippet = Snippet::source(&*self.text).path(&*self.path).annotation(mark);
            let title = Level::ERROR.primary_title(&*fault.what);
            let group = title.element(snippet).element(Level::HELP.message(&*fault.remedy));
            writeln!(f, "{}\n", Renderer::plain().render(&[group]))?;
        }
        let count = self.faults.len();
        write!(f, "{count} fault{}", if count == 1 { "" } else { "s" })
    }
}

impl FileFaults {
    /// The part of a span that is in its first line.
    fn first_line(&self, span: &Range<usize>) -> Range<usize> {
        let text = self.text.as_str();
        let is_boundary = |at: &usize| text.is_char_boundary(*at);
        let start = (0..=span.start.min(text.len())).rev().find(is_boundary).unwrap_or(0);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        start..(span.end.max(start)..=line_end).find(is_boundary).unwrap_or(line_end)
    }
}

/// Reads a profile file: the operators in their order, and how each behaves. The first one's faults
/// follow from `seed`, each next one's from the next, where a section doesn't say its own.
pub fn read(path: &str, text: &str, seed: u64) -> Result<Vec<(Operator, Profile)>, FileFaults> {
    let mut reader = Reader::default();
    let operators = reader.file(text, seed);
    if reader.faults.is_empty() {
        return Ok(operators);
    }
    reader.faults.sort_by_key(|fault| fault.span.start);
    Err(FileFaults { path: path.into(), text: text.into(), faults: reader.faults })
}

#[derive(Default)]
struct Reader {
    faults: Vec<FileFault>,
}

impl Reader {
    fn fault(&mut self, span: Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        self.faults.push(FileFault { span, what: what.into(), remedy: remedy.into() });
    }

    fn file(&mut self, text: &str, seed: u64) -> Vec<(Operator, Profile)> {
        const SHAPE: &str = "a profile file is a list of [[smsc]] sections, each with a name and \
                             an address: smpp-sim --print-profile shows one";
        let document = match DeTable::parse(text) {
            Ok(document) => document.into_inner(),
            Err(e) => {
                self.fault(e.span().unwrap_or(0..0), e.message(), "mend the TOML");
                return Vec::new();
            }
        };
        let mut sections = Vec::new();
        for (key, value) in &document {
            match value.get_ref().as_array() {
                Some(array) if key.get_ref() == "smsc" => sections.extend(array.iter()),
                _ if key.get_ref() == "smsc" => {
                    self.fault(value.span(), "smsc is no list of sections", "write [[smsc]]");
                }
                _ => self.fault(key.span(), format!("unknown section `{}`", key.get_ref()), SHAPE),
            }
        }
        if sections.is_empty() && self.faults.is_empty() {
            self.fault(0..0, "there is no [[smsc]] section", SHAPE);
        }
        let mut found: Vec<(Operator, Profile)> = Vec::new();
        for (seed, section) in (seed..).zip(sections) {
            let Some(table) = section.get_ref().as_table() else {
                self.fault(section.span(), "a section that is no table", SHAPE);
                continue;
            };
            let Some((operator, profile)) = self.section(section.span(), table, seed) else {
                continue;
            };
            let is_taken = |other: &Operator| {
                other.name == operator.name
                    || (other.addr == operator.addr && operator.addr.port() != 0)
            };
            if found.iter().any(|(other, _)| is_taken(other)) {
                let what = format!("a second {} at {}", operator.name, operator.addr);
                self.fault(section.span(), what, "give each its own name and address");
            }
            found.push((operator, profile));
        }
        found
    }

    fn section(
        &mut self,
        span: Range<usize>,
        table: &DeTable<'_>,
        seed: u64,
    ) -> Option<(Operator, Profile)> {
        let before = self.faults.len();
        let mut patch = Map::new();
        for (key, value) in table {
            if OWN.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let mut one = DeTable::new();
            one.insert(key.clone(), value.clone());
            let one = Spanned::new(span.clone(), DeValue::Table(one));
            match from_toml::<Profile>(&one) {
                Ok(_) => {
                    let value = from_toml::<Value>(value).unwrap_or_default();
                    patch.insert(key.get_ref().to_string(), value);
                }
                Err(e) => self.wrong_setting(key.span(), value.span(), &e),
            }
        }
        if !table.contains_key("name") {
            self.fault(span.clone(), "this SMSC has no name", "add name = \"mts\"");
        }
        let listen: Option<Address> = self.own(table, "listen", "an address: \"127.0.0.1:2775\"");
        if !table.contains_key("listen") {
            let remedy = "add listen = \"127.0.0.1:2775\"";
            self.fault(span, "this SMSC has no address to listen on", remedy);
        }
        self.system(table, &mut patch);
        let base = Profile { seed, ..Profile::default() };
        let profile = self.personality(table, base).patched(&Value::Object(patch));
        if self.faults.len() > before {
            return None;
        }
        let profile = profile.ok()?;
        let numbers = profile.numbers.iter();
        let prefixes = numbers.map(|n| n.trim_start_matches('+').to_owned()).collect();
        Some((Operator { name: profile.name.clone(), addr: listen?.0, prefixes }, profile))
    }

    /// The short way to say who may bind.
    fn system(&mut self, table: &DeTable<'_>, patch: &mut Map<String, Value>) {
        let system_id: Option<String> = self.own(table, "system_id", "a text: \"bank\"");
        let password: Option<String> = self.own(table, "password", "a text: \"secret\"");
        let codes: Option<Vec<String>> = self.own(table, "codes", "a list: [\"5622\"]");
        let codes = codes.unwrap_or_default();
        match (system_id, password) {
            (Some(system_id), Some(password)) => {
                let system = json!([{
                    "system_id": system_id, "password": password, "codes": codes,
                }]);
                patch.insert("systems".into(), system);
            }
            (None, None) if !table.contains_key("codes") => {}
            _ => {
                let at = OWN[2..].iter().find_map(|key| table.get_key_value(*key));
                let span = at.map_or(0..0, |(key, _)| key.span());
                let remedy = "write both system_id and password, or neither to let everybody bind";
                self.fault(span, "half of a system that may bind", remedy);
            }
        }
    }

    fn personality(&mut self, table: &DeTable<'_>, mut profile: Profile) -> Profile {
        let shape = "a name or a list: [\"hex-ids\", \"slow\"]";
        let Some(names) = self.own::<OneOrMany>(table, "personality", shape) else {
            return profile;
        };
        let span = table.get("personality").map_or(0..0, Spanned::span);
        for name in names.list() {
            match profile.clone().with_personality(&name) {
                Ok(changed) => profile = changed,
                Err(WrongProfile::NoPersonality(name)) => {
                    let known = personalities().iter().map(|p| p.name.as_str());
                    let remedy = nearest(&name, known).map_or_else(
                        || "smpp-sim personalities lists them".into(),
                        |near| format!("is it {near:?}? smpp-sim personalities lists them"),
                    );
                    self.fault(span.clone(), format!("no personality {name:?}"), remedy);
                }
                Err(wrong) => self.fault(span.clone(), wrong.to_string(), "choose another"),
            }
        }
        profile
    }

    /// A setting of the section itself, if it is there and right.
    fn own<T: DeserializeOwned>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        shape: &str,
    ) -> Option<T> {
        let value = table.get(key)?;
        match from_toml(value) {
            Ok(value) => Some(value),
            Err(e) => {
                self.fault(
                    value.span(),
                    format!("{key}: {}", e.message()),
                    format!("it is {shape}"),
                );
                None
            }
        }
    }

    fn wrong_setting(&mut self, key: Range<usize>, value: Range<usize>, e: &toml::de::Error) {
        let message = e.message().lines().next().unwrap_or_default();
        let all = "smpp-sim --print-profile shows all settings and their values";
        if let Some(name) = message.strip_prefix("unknown field `") {
            let name = name.split('`').next().unwrap_or_default();
            // serde lists what it would have taken, each in backquotes.
            let known = message.split('`').skip(3).step_by(2).chain(OWN);
            let remedy = nearest(name, known)
                .map_or_else(|| all.into(), |near| format!("is it `{near}`? {all}"));
            let span = e.span().filter(|span| !span.is_empty()).unwrap_or(key);
            return self.fault(span, format!("unknown setting `{name}`"), remedy);
        }
        self.fault(e.span().filter(|span| !span.is_empty()).unwrap_or(value), message, all);
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Address(SocketAddr);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("{text:?} is no address"))
    }
}

/// A name, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "neither a name nor a list of names")]
pub(crate) enum OneOrMany {
    /// Perhaps with commas.
    One(String),
    /// One after the other.
    Many(Vec<String>),
}

impl OneOrMany {
    /// Each by itself.
    pub(crate) fn list(self) -> Vec<String> {
        match self {
            Self::One(names) => names.split(',').map(|name| name.trim().into()).collect(),
            Self::Many(names) => names,
        }
    }
}

fn from_toml<T: DeserializeOwned>(value: &Spanned<DeValue<'_>>) -> Result<T, toml::de::Error> {
    T::deserialize(ValueDeserializer::from(value.clone()))
}

/// The known word that this one was probably meant to be.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.map(|other| (distance(word, other), other));
    distances.filter(|(d, _)| *d <= 1 + word.len() / 3).min_by_key(|(d, _)| *d).map(|(_, w)| w)
}

/// Letters to insert, drop or change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.chars().enumerate() {
            let changed = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_names_every_setting_with_its_default() {
        let bare = read("sample.toml", SAMPLE, 0).unwrap();
        let plain = Profile::named("mts");
        assert_eq!(bare, [(bare[0].0.clone(), plain.clone())]);
        let is_setting = |line: &str| line.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase);
        let uncommented: String = SAMPLE
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(setting) if is_setting(line) => format!("{setting}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        assert_eq!(read("sample.toml", &uncommented, 0).unwrap()[0].1, plain);
        let all = toml::from_str::<Value>(&uncommented).unwrap();
        let section = &all["smsc"][0];
        let mut missing = Vec::new();
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let whole = serde_json::to_value(&plain).unwrap();
        for (whole, shown) in [
            (&whole, section),
            (&whole["receipts"], &section["receipts"]),
            (&whole["receipts"]["text"], &section["receipts"]["text"]),
            (&whole["validity"], &section["validity"]),
        ] {
            missing.extend(names(whole).into_iter().filter(|name| shown.get(name).is_none()));
        }
        assert!(missing.is_empty(), "not in sample.toml: {missing:?}");
    }

    #[test]
    fn sections_have_personalities_systems_and_what_they_override() {
        let text = "[[smsc]]\nname = \"mts\"\nlisten = \"127.0.0.1:2775\"\n\
                    personality = [\"hex-ids\", \"slow\"]\nresponse_delay = \"1s\"\n\
                    system_id = \"bank\"\npassword = \"secret\"\ncodes = [\"5622\"]\n\
                    numbers = [\"+38164\"]\n[smsc.receipts]\ndelay = \"5m\"\n\
                    [[smsc]]\nname = \"vip\"\nlisten = \"127.0.0.1:0\"\nseed = 3\n";
        let read = read("a.toml", text, 9).unwrap();
        let (operator, profile) = &read[0];
        assert_eq!((operator.name.as_str(), operator.addr.port()), ("mts", 2775));
        assert_eq!(operator.prefixes, ["38164"]);
        assert_eq!(profile.ids, crate::IdFormat::Hex);
        assert_eq!(profile.response_delay.as_secs(), 1, "the section prevails");
        assert_eq!(profile.receipts.as_ref().unwrap().delay.as_secs(), 300);
        assert_eq!(profile.systems[0].codes, ["5622"]);
        assert_eq!((profile.seed, read[1].1.seed), (9, 3));
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_a_remedy() {
        let text = "[[smsc]]\nname = \"mts\"\nlisten = \"here\"\nrat = 5\nwindow = \"many\"\n\
                    personality = \"hexids\"\npassword = \"x\"\n[smsc.receipts]\ndelya = \"1s\"\n\
                    [[smsc]]\nids = \"octal\"\n[other]\n";
        let faults = read("a.toml", text, 0).unwrap_err();
        let page = faults.to_string();
        for (place, what, remedy) in [
            ("a.toml:3:10", "\"here\" is no address", "127.0.0.1:2775"),
            ("a.toml:4:1", "unknown setting `rat`", "is it `rate`?"),
            ("a.toml:5:10", "invalid type: string \"many\"", "--print-profile"),
            ("a.toml:6:15", "no personality \"hexids\"", "is it \"hex-ids\"?"),
            ("a.toml:7:1", "half of a system", "write both"),
            ("a.toml:9:1", "unknown setting `delya`", "is it `delay`?"),
            ("a.toml:10:1", "has no name", "add name"),
            ("a.toml:10:1", "no address to listen on", "add listen"),
            ("a.toml:11:7", "unknown variant `octal`", "--print-profile"),
            ("a.toml:12:2", "unknown section `other`", "[[smsc]]"),
        ] {
            let told = page.split("\n\n").find(|f| f.contains(what));
            let told = told.unwrap_or_else(|| panic!("{what} is missing in\n{page}"));
            assert!(told.contains(place) && told.contains(remedy), "{told}");
        }
        assert_eq!(faults.faults.len(), 10, "{page}");
        let empty = read("a.toml", "", 0).unwrap_err().to_string();
        assert!(empty.contains("there is no [[smsc]] section"), "{empty}");
        assert!(read("a.toml", "[[smsc", 0).unwrap_err().to_string().contains("a.toml:1:7"));
        let one = "[[smsc]]\nname = \"a\"\nlisten = \"127.0.0.1:1\"\n";
        let twice = read("a.toml", &one.repeat(2), 0).unwrap_err().to_string();
        assert!(twice.contains("a second a at 127.0.0.1:1"), "{twice}");
    }
}
