//! A fault in a file that a person wrote: where it is, what is wrong, what to do about it.
//!
//! Service files and config.toml are checked to the end and all their faults reported at once;
//! `config::error` shows each with its file, line and column.

use std::ops::Range;

/// One fault of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The octets of the file that are at fault.
    pub span: Range<usize>,
    /// What is wrong, in a sentence without a full stop.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Fault {
    /// A fault at `span`.
    pub fn new(span: Range<usize>, what: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault { span, what: what.into(), remedy: remedy.into() }
    }
}
