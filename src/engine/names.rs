//! Numbers for names: banks, operators and services are called by name in config.toml and by number in
//! records.
//!
//! A name gets its number when it is first seen and keeps it for ever, so that the configuration
//! may be put into another order, and a name that is taken out and put back means what it meant.

use std::ops::ControlFlow;

use crate::store::draft::{Records, decode, scan_each};
use crate::store::{Key, Read, StoreError, Table};

const NAMES: Table = Table::journal(1, "names");

/// What a name is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Of a bank.
    Bank = 1,
    /// Of an operator.
    Operator = 2,
    /// Of a service.
    Service = 3,
}

/// The known names of one kind; a name's number is its place, from 1.
#[derive(Debug)]
pub struct Names {
    kind: Kind,
    names: Vec<String>,
}

impl Names {
    /// Reads all names of a kind.
    pub fn load(store: &impl Read, kind: Kind) -> Result<Names, StoreError> {
        let prefix = Names::prefix(kind);
        let mut names = Vec::new();
        scan_each(store, &prefix, None, decode, |_, name| {
            names.push(name);
            ControlFlow::Continue(())
        })?;
        Ok(Names { kind, names })
    }

    /// The number of `name`; a new name is given one in the batch.
    pub fn number(&mut self, records: &mut dyn Records, name: &str) -> u16 {
        let known = self.names.iter().position(|known| known == name);
        let place = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        // A few dozen names, ever.
        let number = u16::try_from(place + 1).unwrap_or(u16::MAX);
        if known.is_none() {
            records.write(Names::prefix(self.kind).u16(number), &name);
        }
        number
    }

    /// The name with this number.
    pub fn name(&self, number: u16) -> Option<&str> {
        self.names.get(usize::from(number).checked_sub(1)?).map(String::as_str)
    }

    /// All numbers given so far.
    pub fn numbers(&self) -> impl Iterator<Item = u16> + use<> {
        1..=u16::try_from(self.names.len()).unwrap_or(u16::MAX)
    }

    fn prefix(kind: Kind) -> Key {
        NAMES.key(0).u8(kind as u8)
    }
}
