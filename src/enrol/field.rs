//! Where in a form something is, and what became of it there.

use std::fmt;

use crate::service::topic::Topic;

/// A part of a form: its lists have several, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// What is of no list.
    Whole,
    /// One of `questions`.
    Question(usize),
    /// One of `products`.
    Product(usize),
    /// One of `pays_for`.
    User(usize),
    /// One of `tops_up`.
    Target(usize),
    /// One of `phones`.
    Phone(usize),
    /// One of `accounts`.
    Account(usize),
    /// One of `cards`.
    Card(usize),
    /// One of `loans`.
    Loan(usize),
    /// One of `additional`.
    Additional(usize),
}

/// A field of a form. Shown as its path: `accounts[1].alerts.credit`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// In which part.
    pub part: Part,
    /// What it is called there; empty: the part itself.
    pub name: &'static str,
    /// Of which topic, where it is one of `alerts`, or a report.
    pub topic: Option<Topic>,
}

impl Field {
    /// A field that is of no list.
    pub const fn of(name: &'static str) -> Field {
        Field { part: Part::Whole, name, topic: None }
    }

    /// A field of a part.
    pub const fn within(part: Part, name: &'static str) -> Field {
        Field { part, name, topic: None }
    }

    /// A part itself.
    pub const fn part(part: Part) -> Field {
        Field::within(part, "")
    }

    /// One of a part's alerts.
    pub const fn alert(part: Part, topic: Topic) -> Field {
        Field { part, name: "alerts", topic: Some(topic) }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Whole => {}
            Part::Question(at) => write!(f, "questions[{at}]")?,
            Part::Product(at) => write!(f, "products[{at}]")?,
            Part::User(at) => write!(f, "pays_for[{at}]")?,
            Part::Target(at) => write!(f, "tops_up[{at}]")?,
            Part::Phone(at) => write!(f, "phones[{at}]")?,
            Part::Account(at) => write!(f, "accounts[{at}]")?,
            Part::Card(at) => write!(f, "cards[{at}]")?,
            Part::Loan(at) => write!(f, "loans[{at}]")?,
            Part::Additional(at) => write!(f, "additional[{at}]")?,
        }
        if self.part != Part::Whole && !self.name.is_empty() {
            f.write_str(".")?;
        }
        f.write_str(self.name)?;
        let alert = self.topic.filter(|_| self.name == "alerts");
        alert.map_or(Ok(()), |topic| write!(f, ".{}", topic.name()))
    }
}

/// What can't be read, or can't be done. It never quotes what stood there: that may be personal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Where.
    pub field: Field,
    /// Why, in a sentence without a full stop.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Refusal {
    /// A refusal at `field`.
    pub fn new(field: Field, what: impl Into<String>, remedy: impl Into<String>) -> Refusal {
        Refusal { field, what: what.into(), remedy: remedy.into() }
    }
}

/// Something that was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deed {
    /// To what.
    pub field: Field,
    /// What.
    pub did: Did,
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Did {
    /// It is in the contract from now on.
    Added,
    /// It is another one than before.
    Changed,
    /// It is in the contract no more.
    Ended,
    /// The number is told nothing and speaks for nobody for now.
    Suspended,
    /// It does again.
    Resumed,
    /// Wrong codes or data count from none again.
    Unlocked,
}

impl Did {
    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Did::Added => "added",
            Did::Changed => "changed",
            Did::Ended => "ended",
            Did::Suspended => "suspended",
            Did::Resumed => "resumed",
            Did::Unlocked => "unlocked",
        }
    }
}
