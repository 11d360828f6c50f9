//! Operators on the command line, and what one types: whose phone a number is, and what it sends.

use std::net::SocketAddr;

/// One operator: a listener, and the numbers whose phones are its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Its name.
    pub name: String,
    /// Where its SMSC listens.
    pub addr: SocketAddr,
    /// Prefixes of its numbers, digits with the country code.
    pub prefixes: Vec<String>,
}

/// The operators of the shipped configuration.
pub const DEFAULTS: [&str; 6] = [
    "telenor=127.0.0.1:27751,+38162,+38163,+38169",
    "vip=127.0.0.1:27752,+38160,+38161,+38168",
    "mts=127.0.0.1:27753,+38164,+38165,+38166",
    "vala=127.0.0.1:27754,+38344,+38345",
    "ipko=127.0.0.1:27755,+38343,+38349",
    "plus=127.0.0.1:27756,+48",
];

impl std::str::FromStr for Operator {
    type Err = String;

    /// Reads `NAME=ADDR[,PREFIX...]`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text
            .split_once('=')
            .ok_or("an operator is NAME=ADDR[,PREFIX...], e.g. mts=127.0.0.1:27753,+38164")?;
        let mut words = rest.split(',').map(str::trim);
        let addr = words.next().unwrap_or_default();
        let addr =
            addr.parse().map_err(|_| format!("{addr:?} is no address such as 127.0.0.1:27753"))?;
        let digits = |p: &str| p.chars().filter(char::is_ascii_digit).collect::<String>();
        let prefixes = words.map(digits).filter(|p| !p.is_empty()).collect();
        Ok(Self { name: name.trim().into(), addr, prefixes })
    }
}

/// A line that was typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Nothing, or a comment.
    Empty,
    /// `help`
    Help,
    /// `status`
    Status,
    /// A phone sends a text.
    Send {
        /// Index of its operator.
        operator: usize,
        /// Its number.
        from: &'a str,
        /// The short code.
        to: &'a str,
        /// The text, as typed.
        text: &'a str,
    },
}

/// Reads a line `[@OPERATOR] NUMBER CODE TEXT`; an error says what to type instead.
pub fn read_line<'a>(operators: &[Operator], line: &'a str) -> Result<Line<'a>, String> {
    let line = line.trim();
    match line {
        "" => return Ok(Line::Empty),
        "help" | "?" => return Ok(Line::Help),
        "status" => return Ok(Line::Status),
        _ if line.starts_with('#') => return Ok(Line::Empty),
        _ => {}
    }
    let (named, rest) = match line.strip_prefix('@') {
        Some(rest) => {
            let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            (Some(name), rest.trim_start())
        }
        None => (None, line),
    };
    let usage = || format!("type NUMBER CODE TEXT, e.g. +381631112222 5622 TR 2 (not {line:?})");
    let (from, rest) = rest.split_once(char::is_whitespace).ok_or_else(usage)?;
    let (to, text) = rest.trim_start().split_once(char::is_whitespace).ok_or_else(usage)?;
    let digits: String = from.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() && named.is_none() {
        return Err(usage());
    }
    let found = match named {
        Some(name) => operators.iter().position(|o| o.name == name),
        None => owner(operators, &digits),
    };
    let operator = found.ok_or_else(|| {
        let names: Vec<_> = operators.iter().map(|o| format!("@{}", o.name)).collect();
        let what = named.map_or_else(
            || format!("{from} is nobody's prefix"),
            |name| format!("there is no operator {name}"),
        );
        format!("{what}; put one of {} before the number", names.join(" "))
    })?;
    Ok(Line::Send { operator, from, to, text: text.trim_start() })
}

/// The operator with the longest prefix of these digits.
pub(crate) fn owner(operators: &[Operator], digits: &str) -> Option<usize> {
    let prefixes = operators.iter().enumerate().flat_map(|(i, o)| {
        let fitting = o.prefixes.iter().filter(|p| digits.starts_with(p.as_str()));
        fitting.map(move |p| (p.len(), i))
    });
    prefixes.max_by_key(|(length, _)| *length).map(|(_, i)| i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_finds_its_operator_or_says_what_to_type() {
        let operators: Vec<Operator> = DEFAULTS.iter().map(|o| o.parse().unwrap()).collect();
        let operator = |line| match read_line(&operators, line) {
            Ok(Line::Send { operator, text: "TR 2", .. }) => operators[operator].name.clone(),
            other => format!("{other:?}"),
        };
        assert_eq!(operator("+381631112222 5622 TR 2"), "telenor");
        assert_eq!(operator("@telenor +381642223344  5622  TR 2"), "telenor");
        assert_eq!(operator("+48601234567 +48661000555 TR 2"), "plus");
        assert!(operator("+4912 5622 TR 2").contains("@vala"));
        assert!(operator("@o2 +381631112222 5622 TR 2").contains("no operator o2"));
        assert!(operator("hello").contains("type NUMBER CODE TEXT"));
        assert_eq!(read_line(&operators, " # note"), Ok(Line::Empty));
        assert!("mts".parse::<Operator>().is_err() && "mts=x".parse::<Operator>().is_err());
    }
}
