//! `[[operator.bind]]`: where a bind connects, as whom, and which way messages go on it.

use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

use toml::Spanned;

use super::check::required;
use super::error::Findings;
use super::{LinkAddress, raw, secrets, tls};
use crate::base::limits::WINDOW_MAX;
use crate::smpp::session::{Mode, Options as SessionOptions};

/// One bind, with what `session` gives to all of its operator's.
pub(super) fn check(
    table: &Spanned<raw::Bind>,
    session: &SessionOptions,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    findings: &mut Findings,
) -> (SessionOptions, LinkAddress) {
    let (place, bind) = (table.span(), table.get_ref());
    let address = required(&bind.address, &place, "address", "\"host:port\"", findings);
    let host = address.and_then(|written| read_host(written, findings));
    let system_id =
        required(&bind.system_id, &place, "system_id", "\"…\", our name there", findings);
    let written = required(&bind.password, &place, "password", "\"env:NAME\"", findings);
    // Whether an address that can't be read stays on this machine isn't known: no second fault.
    let fallback = bind.fallback.as_ref();
    let other = fallback.and_then(|written| read_host(written, findings));
    let local = host.is_none_or(is_loopback) && other.is_none_or(is_loopback);
    let made = SessionOptions {
        mode: match bind.mode {
            raw::Mode::Transceiver => Mode::Transceiver,
            raw::Mode::Receiver => Mode::Receiver,
            raw::Mode::Transmitter => Mode::Transmitter,
        },
        interface_version: match bind.interface_version {
            raw::InterfaceVersion::V3_3 => 0x33,
            raw::InterfaceVersion::V3_4 => 0x34,
        },
        window: bind.window.as_ref().map_or(session.window, |window| *window.get_ref()),
        system_id: system_id.map(|id| id.get_ref().clone()).unwrap_or_default(),
        password: written.map_or(session.password.clone(), |written| {
            secrets::password(written, local, folder, env, findings)
        }),
        system_type: bind.system_type.as_ref().map(|t| t.get_ref().clone()).unwrap_or_default(),
        address_range: bind.address_range.as_ref().map(|r| r.get_ref().clone()).unwrap_or_default(),
        ..session.clone()
    };
    check_texts(bind, &made, findings);
    if let Some(window) = bind.window.as_ref().filter(|w| !(1..=WINDOW_MAX).contains(w.get_ref())) {
        findings.add(
            window.span(),
            format!("a window of {} can't be kept", window.get_ref()),
            format!("write 1 to {WINDOW_MAX}: the submit_sm that may wait for their responses"),
        );
    }
    let local_address = bind.local_address.as_ref().and_then(|written| {
        let parsed = written.get_ref().parse();
        if parsed.is_err() {
            findings.add(
                written.span(),
                format!("`{}` is no IP address", written.get_ref()),
                "write an address of this machine without a port, or leave it out",
            );
        }
        parsed.ok()
    });
    let tls = bind.tls.as_ref().and_then(|table| tls::check(table, folder, findings));
    let address = address.map(|address| address.get_ref().clone()).unwrap_or_default();
    let fallback = fallback.map(|fallback| fallback.get_ref().clone());
    (made, LinkAddress { address, fallback, local_address, tls })
}

/// The texts of a bind request (SMPP 3.4, section 5.2), each by itself so that all are found.
fn check_texts(bind: &raw::Bind, made: &SessionOptions, findings: &mut Findings) {
    let only = |fill: &dyn Fn(&mut SessionOptions)| {
        let mut options = SessionOptions::default();
        fill(&mut options);
        options
    };
    for (written, options) in [
        (&bind.system_id, only(&|o| o.system_id.clone_from(&made.system_id))),
        (&bind.password, only(&|o| o.password = made.password.clone())),
        (&bind.system_type, only(&|o| o.system_type.clone_from(&made.system_type))),
        (&bind.address_range, only(&|o| o.address_range.clone_from(&made.address_range))),
    ] {
        if let (Some(written), Err(error)) = (written, options.check()) {
            findings.add(written.span(), error.to_string(), "ask the operator what it expects");
        }
    }
}

/// The host of `host:port`.
fn read_host<'a>(written: &'a Spanned<String>, findings: &mut Findings) -> Option<&'a str> {
    let host = written.get_ref().rsplit_once(':').and_then(|(host, port)| {
        port.parse::<u16>().ok().filter(|port| *port > 0)?;
        let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        match bracketed {
            Some(inner) => inner.parse::<Ipv6Addr>().ok().map(|_| inner),
            None => Some(host).filter(|host| !host.is_empty() && host.chars().all(letter)),
        }
    });
    if host.is_none() {
        findings.add(
            written.span(),
            format!("`{}` is no address", written.get_ref()),
            "write \"host:port\", such as \"10.1.2.3:2775\" or \"[2001:db8::1]:2775\"",
        );
    }
    host
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
