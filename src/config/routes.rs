//! `[[route]]`: which service answers at which code of which operator, and what it takes there.

use toml::Spanned;

use super::check::required;
use super::error::Findings;
use super::raw;
use super::services::Source;
use super::suggest::{did_you_mean, listed};
use crate::base::money::Minor;
use crate::base::msisdn::ShortCode;
use crate::engine::setup::Route;
use crate::service::Service;
use crate::service::pattern::Verb;
use crate::service::texts::TextId;

/// The routes; those with faults are left out. `operators` are names, empty where one is at fault.
pub(super) fn check(
    routes: &[Spanned<raw::Route>],
    operators: &[&str],
    sources: &[Source],
    findings: &mut Findings,
) -> Vec<Route> {
    let mut made: Vec<Route> = Vec::new();
    for route in routes {
        if let Some(route) = check_one(route, operators, sources, &made, findings) {
            made.push(route);
        }
    }
    made
}

fn check_one(
    route: &Spanned<raw::Route>,
    operators: &[&str],
    sources: &[Source],
    others: &[Route],
    findings: &mut Findings,
) -> Option<Route> {
    let (table, route) = (route.span(), route.get_ref());
    let operator = required(&route.operator, &table, "operator", "\"…\"", findings);
    let operator = operator.and_then(|written| find_operator(written, operators, findings));
    let code = required(&route.code, &table, "code", "\"5622\"", findings);
    let code = code.and_then(|written| Some((written, read_code(written, findings)?)));
    let service = required(&route.service, &table, "service", "\"…\"", findings);
    let service = service.and_then(|written| find_service(written, sources, findings));
    // What follows needs the service whole; its own faults are reported already.
    let live = service.and_then(|at| sources[at].service.as_ref());
    let accepts = check_accepts(route, live, findings);
    let otherwise = check_otherwise(route, live, &table, findings);
    let (operator, (written, code), service) = (operator?, code?, service?);
    let help = check_help(route, findings);
    let alerts = route.alerts.as_ref().is_some_and(|alerts| *alerts.get_ref());
    let price = check_price(route, findings);
    let here = |other: &&Route| other.operator == operator;
    if let Some(other) = others.iter().filter(here).find(|other| other.code == code) {
        findings.add(
            written.span(),
            format!(
                "{code} of the operator `{}` leads to the service `{}` already",
                operators[operator],
                sources[other.service].name().unwrap_or("?")
            ),
            "a code of an operator leads to one service: remove one of the two routes",
        );
        return None;
    }
    let same_alerts = |other: &Route| other.service == service && other.alerts;
    if let (true, Some(other)) =
        (alerts, others.iter().filter(here).find(|other| same_alerts(other)))
    {
        findings.add(
            route.alerts.as_ref().map_or(table, Spanned::span),
            format!(
                "the alerts of this service leave from {} on `{}` already",
                other.code, operators[operator]
            ),
            "keep alerts = true on one code of each operator",
        );
    }
    Some(Route { operator, code, service, accepts, otherwise, help, alerts, price })
}

fn check_price(route: &raw::Route, findings: &mut Findings) -> Option<Minor> {
    let written = route.price.as_ref()?;
    let price = Minor::parse(written.get_ref()).ok().filter(|price| *price > Minor::ZERO);
    if price.is_none() {
        findings.add(
            written.span(),
            format!("`{}` is no price", written.get_ref()),
            "write a positive decimal string such as \"9.60\", or leave it out",
        );
    }
    price
}

fn find_operator(
    written: &Spanned<String>,
    operators: &[&str],
    findings: &mut Findings,
) -> Option<usize> {
    let name = written.get_ref().as_str();
    let found = operators.iter().position(|operator| *operator == name);
    // Where an operator's own name is at fault it may be the one that is meant.
    if found.is_none() && !operators.contains(&"") {
        findings.add(
            written.span(),
            format!("there is no operator `{name}`"),
            did_you_mean(
                name,
                operators.iter().copied(),
                "no operator at all; add an [[operator]]",
            ),
        );
    }
    found
}

fn find_service(
    written: &Spanned<String>,
    sources: &[Source],
    findings: &mut Findings,
) -> Option<usize> {
    let name = written.get_ref().as_str();
    let found = sources.iter().position(|source| source.name() == Some(name));
    // A file whose name can't be read may be the one that is meant, or one that wasn't found.
    let all_named = !sources.is_empty() && sources.iter().all(|source| source.name().is_some());
    if found.is_none() && all_named {
        findings.add(
            written.span(),
            format!("there is no service `{name}`"),
            did_you_mean(name, sources.iter().filter_map(Source::name), "no service at all"),
        );
    }
    found
}

fn read_code(written: &Spanned<String>, findings: &mut Findings) -> Option<ShortCode> {
    ShortCode::parse(written.get_ref())
        .map_err(|_| {
            findings.add(
                written.span(),
                format!("`{}` is no short code", written.get_ref()),
                "write 3 to 15 digits that don't begin with 0, such as \"5622\"",
            );
        })
        .ok()
}

fn check_accepts(
    route: &raw::Route,
    service: Option<&Service>,
    findings: &mut Findings,
) -> Option<Vec<Verb>> {
    let accepts = route.accepts.as_ref()?;
    if let Some(service) = service {
        let known: Vec<Verb> = Verb::ALL.into_iter().filter(|v| service.has_verb(*v)).collect();
        for verb in accepts.iter().filter(|verb| !known.contains(verb.get_ref())) {
            findings.add(
                verb.span(),
                format!(
                    "the service `{}` has no command for `{}`",
                    service.name,
                    verb.get_ref().name()
                ),
                format!("it has {}", listed(known.iter().map(|verb| verb.name()), "none")),
            );
        }
    }
    Some(accepts.iter().map(|verb| *verb.get_ref()).collect())
}

/// Whether help is given, which only a route can do without that has something else to say.
fn check_help(route: &raw::Route, findings: &mut Findings) -> bool {
    let Some(help) = route.help.as_ref().filter(|help| !help.get_ref()) else { return true };
    if route.accepts.is_none() {
        findings.add(
            help.span(),
            "this route accepts everything, and has nothing to say instead of help",
            "add accepts = [\"…\"] and otherwise = \"…\", or remove `help`",
        );
    }
    *help.get_ref()
}

fn check_otherwise(
    route: &raw::Route,
    service: Option<&Service>,
    table: &std::ops::Range<usize>,
    findings: &mut Findings,
) -> Option<TextId> {
    let Some(written) = &route.otherwise else {
        if route.accepts.is_some() && !findings.is_broken(table, "otherwise") {
            findings.add(
                table.clone(),
                "this route says what it accepts, and not what it answers to the rest",
                "add otherwise = \"…\", the name of a text of the service",
            );
        }
        return None;
    };
    if route.accepts.is_none() && !findings.is_broken(table, "accepts") {
        findings.add(
            written.span(),
            "`otherwise` is never said: without `accepts` this route takes everything",
            "add accepts = [\"…\"], or remove `otherwise`",
        );
    }
    let service = service?;
    let Some(text) = service.find_text(written.get_ref()) else {
        findings.add(
            written.span(),
            format!("the service `{}` has no text `{}`", service.name, written.get_ref()),
            did_you_mean(written.get_ref(), service.text_names(), "no text at all"),
        );
        return None;
    };
    if let Some(placeholder) = service.unknown_placeholders(text, &[]).first() {
        findings.add(
            written.span(),
            format!(
                "the text `{}` uses {{{placeholder}}}, and a refusal has nothing to put there",
                written.get_ref()
            ),
            "name a text without placeholders ({phone} may be used)",
        );
    }
    Some(text)
}
