//! The porting list: numbers that took their customers to another operator.
//!
//! A file that the bank gets from the register of its country or from an operator: a line for each
//! number, `+381631112222,mts`, the operator as config.toml calls it. It can be read again without
//! a restart. A million numbers take 8 MB: each is one word, kept in order.

use std::collections::HashMap;
use std::fmt;

use crate::base::fault::Fault;
use crate::base::former::today;
use crate::base::msisdn::Msisdn;

/// Which operator, as the setup numbers them, a ported number is with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Ported {
    /// Number and operator in one word each, ascending: a number has at most 15 digits, 50 bits.
    words: Vec<u64>,
}

/// Bits that an operator takes in a word.
const OPERATOR_BITS: u32 = 14;

/// Faults that are told of one file; whoever has more of them has one cause.
const FAULTS_MAX: usize = 20;

/// Numbers are personal data: only how many there are is printed.
impl fmt::Debug for Ported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ported numbers", self.words.len())
    }
}

impl Ported {
    /// Reads such a file; on failure its first faults, in its order. A fault quotes no number.
    /// Empty lines and those that begin with `#` are skipped; a former number counts as today's.
    pub fn read(text: &str, operators: &[&str]) -> Result<Ported, Vec<Fault>> {
        let places: HashMap<&str, u64> = operators.iter().copied().zip(0..).collect();
        let (mut words, mut faults) = (Vec::new(), Vec::new());
        for (at, line) in lines_of(text) {
            match entry(line, at, &places) {
                Ok(word) => words.push(word),
                Err(fault) => faults.push(fault),
            }
            if faults.len() == FAULTS_MAX {
                break;
            }
        }
        words.sort_unstable();
        words.dedup();
        words.shrink_to_fit();
        if faults.is_empty() && words.windows(2).any(|pair| is_same_number(pair[0], pair[1])) {
            faults = twins(text, &places);
        }
        if faults.is_empty() { Ok(Ported { words }) } else { Err(faults) }
    }

    /// The operator that a number was taken to, as the setup numbers them.
    pub fn operator_of(&self, number: Msisdn) -> Option<usize> {
        let first = number.word() << OPERATOR_BITS;
        let word = self.words.get(self.words.partition_point(|word| *word < first))?;
        (word >> OPERATOR_BITS == number.word()).then(|| (word - first) as usize)
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The file as a diagnostic may show it: every digit hidden, each place where it was.
    pub fn masked(text: &str) -> String {
        text.chars().map(|c| if c.is_ascii_digit() { '*' } else { c }).collect()
    }
}

/// The lines that say something, and where they begin.
fn lines_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut at = mark;
    text[mark..].split_inclusive('\n').filter_map(move |line| {
        let begin = at;
        at += line.len();
        let line = line.trim_end();
        (!line.is_empty() && !line.starts_with('#')).then_some((begin, line))
    })
}

/// A line's word.
fn entry(line: &str, at: usize, operators: &HashMap<&str, u64>) -> Result<u64, Fault> {
    let Some((number, name)) = line.split_once([',', ';']) else {
        let what = "a number and its operator belong here, parted by a comma";
        return Err(Fault::new(at..at + line.len(), what, "write it as +381631112222,mts"));
    };
    let number = Msisdn::parse(number.trim()).map_err(|error| {
        let remedy = "write it in international form, such as +381631112222";
        Fault::new(at..at + number.len(), error.to_string(), remedy)
    })?;
    let place = operators.get(name.trim()).filter(|place| **place < 1 << OPERATOR_BITS);
    let Some(place) = place else {
        let from = at + line.len() - name.len();
        return Err(Fault::new(
            from..at + line.len(),
            "this is no operator of config.toml",
            "write the `name` of an [[operator]], or leave the line out",
        ));
    };
    Ok((today(number).word() << OPERATOR_BITS) | place)
}

fn is_same_number(one: u64, other: u64) -> bool {
    one >> OPERATOR_BITS == other >> OPERATOR_BITS
}

/// The first lines whose number stands before them with another operator.
fn twins(text: &str, operators: &HashMap<&str, u64>) -> Vec<Fault> {
    let mut known = HashMap::new();
    let is_twin = |(at, line): &(usize, &str)| {
        let Ok(word) = entry(line, *at, operators) else { return false };
        *known.entry(word >> OPERATOR_BITS).or_insert(word) != word
    };
    let fault = |(at, line): (usize, &str)| {
        let what = "this number stands further up with another operator";
        Fault::new(at..at + line.len(), what, "keep the line that holds today")
    };
    lines_of(text).filter(is_twin).map(fault).take(FAULTS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATORS: [&str; 3] = ["telenor", "mts", "ipko"];

    fn number(text: &str) -> Msisdn {
        Msisdn::parse(text).unwrap()
    }

    #[test]
    fn a_list_says_where_a_number_is_now() {
        let text = "\u{feff}# from the register\r\n+381631112222,mts\r\n\n00381641112222 ; telenor\n\
                    +37744123456,ipko\n+381631112222,mts\n";
        let ported = Ported::read(text, &OPERATORS).unwrap();
        let found = |text| ported.operator_of(number(text)).map(|at| OPERATORS[at]);
        assert_eq!(found("+381631112222"), Some("mts"));
        assert_eq!(found("+381641112222"), Some("telenor"));
        assert_eq!(found("+38344123456"), Some("ipko"), "a former number is today's");
        for other in ["+381631112221", "+381631112223", "+999999999999999", "+1000000"] {
            assert_eq!(found(other), None, "{other}");
        }
        assert_eq!((ported.len(), format!("{ported:?}")), (3, "3 ported numbers".to_owned()));
        assert!(Ported::read("", &OPERATORS).unwrap().is_empty());
    }

    #[test]
    fn a_number_of_all_lengths_finds_its_operator() {
        let text = "1000000,ipko\n999999999999999,ipko\n";
        let ported = Ported::read(text, &OPERATORS).unwrap();
        for whole in ["1000000", "999999999999999"] {
            assert_eq!(ported.operator_of(number(whole)), Some(2));
        }
    }

    #[test]
    fn faults_have_their_place_and_quote_no_number() {
        let text = "+381631112222,mtz\n0631112222,mts\n+381641112222\n";
        let faults = Ported::read(text, &OPERATORS).unwrap_err();
        let places: Vec<&str> = faults.iter().map(|fault| &text[fault.span.clone()]).collect();
        assert_eq!(places, ["mtz", "0631112222", "+381641112222"]);
        assert!(faults.iter().all(|fault| !fault.what.contains("1112222")), "{faults:?}");
        assert_eq!(Ported::masked("+38163,mts\n"), "+*****,mts\n");
        let twice = "+381631112222,mts\n+381641112222,mts\n+381631112222,telenor\n";
        let faults = Ported::read(twice, &OPERATORS).unwrap_err();
        assert_eq!(&twice[faults[0].span.clone()], "+381631112222,telenor");
        assert_eq!(faults.len(), 1);
        assert_eq!(Ported::read(&"x\n".repeat(1_000), &OPERATORS).unwrap_err().len(), FAULTS_MAX);
    }
}
