//! Who serves a number: which operator it is probably with, best reason first.
//!
//! This is the one place that decides it (requirements 3.2, CA-25, PC-03). A number can be ported,
//! so that its prefix says least: the link that the customer's last message came in on goes first,
//! then what the branch noted, the porting list, the prefix, and last any operator of the number's
//! country. What was asked over a link is answered over it; this decides for what nobody asked for,
//! and whom to try when an SMSC says that a number isn't its network's (`elsewhere`).

use std::fmt;

use super::setup::Setup;
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::customer::Phone;

/// Why an operator is thought to serve a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// The last message came in on its link, or it took what another one had refused.
    Link,
    /// The branch noted it.
    Enrolment,
    /// The porting list says so.
    Ported,
    /// The number begins like its numbers.
    Prefix,
    /// It is of the number's country.
    Country,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Link => "its last message came over it",
            Reason::Enrolment => "the branch noted it",
            Reason::Ported => "the porting list names it",
            Reason::Prefix => "the number has its prefix",
            Reason::Country => "it is of the number's country",
        })
    }
}

/// A way to write to a number unasked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Way {
    /// By which operator, as the setup numbers them.
    pub lane: usize,
    /// From which code.
    pub code: ShortCode,
    /// Why by that one.
    pub reason: Reason,
}

/// The operators that may serve a number, as the setup numbers them, best reason first. One may
/// come again for a lesser reason.
pub fn serving(
    setup: &Setup,
    phone: Option<&Phone>,
    number: Msisdn,
) -> impl Iterator<Item = (usize, Reason)> {
    let operators = &setup.operators;
    let called = |name: Option<&String>| {
        name.and_then(|name| operators.iter().position(|operator| operator.name == *name))
    };
    let link = called(phone.and_then(|phone| phone.link.as_ref()));
    let noted = called(phone.and_then(|phone| phone.operator.as_ref()));
    let by_prefix = std::iter::once_with(move || by_prefix(setup, number)).flatten();
    let of_country = (0..operators.len())
        .filter(move |lane| is_of_country(setup, *lane, number))
        .map(|lane| (lane, Reason::Country));
    let named = [
        (link, Reason::Link),
        (noted, Reason::Enrolment),
        (setup.ported.operator_of(number), Reason::Ported),
    ];
    named
        .into_iter()
        .filter_map(|(lane, reason)| Some((lane?, reason)))
        .chain(by_prefix.map(|lane| (lane, Reason::Prefix)))
        .chain(of_country)
}

/// The ways from a service to a number, best first: of the operators that may serve it those from
/// which the service's alerts leave.
pub fn ways(
    setup: &Setup,
    service: usize,
    phone: Option<&Phone>,
    number: Msisdn,
) -> impl Iterator<Item = Way> {
    serving(setup, phone, number).filter_map(move |(lane, reason)| {
        let mut routes = setup.routes.iter();
        let route = routes.find(|r| r.service == service && r.alerts && r.operator == lane)?;
        Some(Way { lane, code: route.code, reason })
    })
}

/// Whether a number is of an operator's country.
pub fn is_of_country(setup: &Setup, lane: usize, number: Msisdn) -> bool {
    number.starts_with(&setup.operators[lane].form.country)
}

/// The operator whose prefix a number has; of several the longest one's.
fn by_prefix(setup: &Setup, number: Msisdn) -> Option<usize> {
    let prefixes = setup.operators.iter().enumerate().flat_map(|(lane, operator)| {
        operator.prefixes.iter().map(move |prefix| (prefix.as_str(), lane))
    });
    let held = prefixes.filter(|(prefix, _)| number.starts_with(prefix));
    held.max_by_key(|(prefix, _)| prefix.len()).map(|(_, lane)| lane)
}
