//! tshark on a capture, and what it read: its PDML, an XML element a line.

use std::process::Command;

use crate::pcap;
use crate::reading::Pdu;
use crate::tap::{Conversation, Side};

/// What tshark read.
#[derive(Default)]
pub(crate) struct Read {
    /// In the order of [`crate::reading::pdus`].
    pub(crate) pdus: Vec<Pdu>,
    /// All that it couldn't read, warns of, or has no word for.
    pub(crate) odd: Vec<String>,
    /// Parameters of vendors (5.3.2: 0x1400 to 0x3FFF), which have no name.
    pub(crate) vendors: usize,
}

pub(crate) fn dissect(conversations: &[Conversation]) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tour.pcap");
    std::fs::write(&file, pcap::file(conversations)).unwrap();
    let run = Command::new("tshark")
        .arg("-r")
        .arg(&file)
        .args(["-d", &format!("tcp.port=={},smpp", pcap::SMPP), "-T", "pdml"])
        // Nobody's preferences and profiles.
        .env("HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    // What it shows of texts in septets or UCS-2 isn't always UTF-8; their octets are in hex.
    read(&String::from_utf8_lossy(&run.stdout))
}

/// The layers that a packet of ours has. An SMPP command that tshark doesn't know is in another.
const LAYERS: [&str; 7] = ["geninfo", "frame", "raw", "ip", "tcp", "smpp", "gsm_sms_ud"];

/// Severities from here on: warning, error.
const WARNING: u32 = 0x0060_0000;

/// Words for values that SMPP 3.4 doesn't have. (Type and plan of a number may be unknown.)
const NO_WORDS: [&str; 3] = ["[Reserved]", "Reserved/", "Unknown ("];
const MAY_BE_UNKNOWN: [&str; 2] = ["_ton", "_npi"];

fn read(pdml: &str) -> Read {
    let mut reader = Reader::default();
    for line in pdml.lines().map(str::trim_start) {
        let name = attribute(line, "name").unwrap_or_default();
        let said = attribute(line, "showname").unwrap_or_default();
        if line.starts_with("<proto ") {
            reader.layer(name, said);
        } else if let Some(name) = name.strip_prefix("smpp.").filter(|_| reader.layer == "smpp") {
            reader.field(line, name, said);
        } else {
            reader.other(line, name, said);
        }
    }
    let mut read = reader.read;
    read.pdus.sort_by_key(|pdu| (pdu.conversation, pdu.side));
    read
}

#[derive(Default)]
struct Reader {
    read: Read,
    layer: String,
    /// Of the packet: whose it is, whose it becomes.
    ports: [u16; 2],
    /// Where the next field of the PDU begins.
    next: usize,
    /// The latest parameter.
    tag: u32,
}

impl Reader {
    fn layer(&mut self, name: &str, said: &str) {
        self.layer = name.to_owned();
        if !LAYERS.contains(&name) {
            self.read.odd.push(format!("{name}: {said}"));
        }
        if name == "smpp" {
            let (esme, side) = match self.ports {
                [pcap::SMPP, esme] => (esme, Side::Smsc),
                [esme, _] => (esme, Side::Esme),
            };
            let conversation = usize::from(esme - pcap::ESME);
            self.read.pdus.push(Pdu { conversation, side, fields: Vec::new() });
            self.next = 0;
        }
    }

    fn other(&mut self, line: &str, name: &str, said: &str) {
        match name {
            "tcp.srcport" => self.ports[0] = number(&octets(line)) as u16,
            "tcp.dstport" => self.ports[1] = number(&octets(line)) as u16,
            "_ws.expert.severity" => {
                let severity = attribute(line, "show").and_then(|show| show.parse().ok());
                if severity.is_none_or(|severity: u32| severity >= WARNING) {
                    self.read.odd.push(format!("{}: {said}", self.layer));
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, line: &str, name: &str, said: &str) {
        if NO_WORDS.iter().any(|word| said.contains(word))
            && !MAY_BE_UNKNOWN.iter().any(|field| name.ends_with(field))
        {
            self.read.odd.push(said.to_owned());
        }
        let place = |of| attribute(line, of).unwrap().parse::<usize>().unwrap();
        // A group of fields, or a further view of octets that were shown already.
        if !line.ends_with("/>") || place("pos") < self.next {
            return;
        }
        self.next = place("pos") + place("size");
        let octets = octets(line);
        let fields = &mut self.read.pdus.last_mut().unwrap().fields;
        let has_parameters = fields.iter().any(|(name, _)| name == "opt_param_tag");
        let name = match name {
            "esm.submit.msg_mode" => "esm_class",
            "regdel.receipt" => "registered_delivery",
            "opt_param_tag" => {
                self.tag = number(&octets);
                name
            }
            "opt_param_len" => name,
            "vendor_op" if matches!(self.tag, 0x1400..=0x3FFF) => {
                self.read.vendors += 1;
                "value"
            }
            "vendor_op" | "reserved_op" => {
                self.read.odd.push(format!("parameter {:#06x}", self.tag));
                "value"
            }
            _ if has_parameters => "value",
            _ => name,
        };
        match fields.last_mut() {
            // A value of several fields.
            Some((last, value)) if last == "value" && name == "value" => value.extend(octets),
            _ => fields.push((name.to_owned(), octets)),
        }
    }
}

/// The value of an attribute; in those that are looked at as they are, nothing is escaped.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let begin = line.find(&format!(" {name}=\""))? + name.len() + 3;
    let length = line[begin..].find('"')?;
    Some(&line[begin..begin + length])
}

/// The octets of a field; of a few bits, the whole octet.
fn octets(line: &str) -> Vec<u8> {
    let hex = attribute(line, "unmaskedvalue").or(attribute(line, "value")).unwrap_or_default();
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
    hex.as_bytes().chunks(2).map(|pair| octet(pair).unwrap()).collect()
}

fn number(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet))
}
