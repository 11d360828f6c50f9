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
    let mut read = Read::default();
    let mut layer = String::new();
    let mut ports = [0, 0];
    let mut next = 0;
    let mut tag = 0;
    for line in pdml.lines().map(str::trim_start) {
        let said = attribute(line, "showname").unwrap_or_default();
        let name = attribute(line, "name").unwrap_or_default();
        if line.starts_with("<proto ") {
            layer = name.to_owned();
            if !LAYERS.contains(&name) {
                read.odd.push(format!("{name}: {said}"));
            }
            if name == "smpp" {
                let (esme, side) = match ports {
                    [pcap::SMPP, esme] => (esme, Side::Smsc),
                    [esme, _] => (esme, Side::Esme),
                };
                let conversation = usize::from(esme - pcap::ESME);
                read.pdus.push(Pdu { conversation, side, fields: Vec::new() });
                next = 0;
            }
            continue;
        }
        let octets = || hex(attribute(line, "unmaskedvalue").or(attribute(line, "value")));
        let number = || octets().iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet));
        match name {
            "tcp.srcport" => ports[0] = number() as u16,
            "tcp.dstport" => ports[1] = number() as u16,
            "_ws.expert.severity" => {
                let severity = attribute(line, "show").and_then(|show| show.parse().ok());
                if severity.is_none_or(|severity: u32| severity >= WARNING) {
                    read.odd.push(format!("{layer}: {said}"));
                }
            }
            _ => {}
        }
        let Some(name) = name.strip_prefix("smpp.").filter(|_| layer == "smpp") else { continue };
        if NO_WORDS.iter().any(|word| said.contains(word))
            && !MAY_BE_UNKNOWN.iter().any(|field| name.ends_with(field))
        {
            read.odd.push(said.to_owned());
        }
        // A group of fields, or a further view of octets that were shown already.
        let at: usize = attribute(line, "pos").unwrap().parse().unwrap();
        if !line.ends_with("/>") || at < next {
            continue;
        }
        next = at + attribute(line, "size").unwrap().parse::<usize>().unwrap();
        let fields = &mut read.pdus.last_mut().unwrap().fields;
        let name = match name {
            "esm.submit.msg_mode" => "esm_class",
            "regdel.receipt" => "registered_delivery",
            "opt_param_tag" => {
                tag = number();
                name
            }
            "opt_param_len" => name,
            "vendor_op" if matches!(tag, 0x1400..=0x3FFF) => {
                read.vendors += 1;
                "value"
            }
            "vendor_op" | "reserved_op" => {
                read.odd.push(format!("parameter {tag:#06x}"));
                "value"
            }
            _ if fields.iter().any(|(name, _)| name == "opt_param_tag") => "value",
            _ => name,
        };
        match fields.last_mut() {
            // A value of several fields.
            Some((last, value)) if last == "value" && name == "value" => value.extend(octets()),
            _ => fields.push((name.to_owned(), octets())),
        }
    }
    read.pdus.sort_by_key(|pdu| (pdu.conversation, pdu.side));
    read
}

/// The value of an attribute; in those that are looked at as they are, nothing is escaped.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let begin = line.find(&format!(" {name}=\""))? + name.len() + 3;
    let length = line[begin..].find('"')?;
    Some(&line[begin..begin + length])
}

fn hex(digits: Option<&str>) -> Vec<u8> {
    let pairs = digits.unwrap_or_default().as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap_or_default())
        .collect()
}
