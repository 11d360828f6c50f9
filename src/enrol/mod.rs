//! Enrolment: what the branch's form says of a customer, and how his contract comes to say it.
//!
//! An [`Application`] is the form as it is written (JSON, a line of CSV, a table of a seed); a
//! [`Form`] is one that can be read; at the [`Counter`] it is carried out. What can't be read is
//! refused as a whole, each fault with its [`Field`]. What can be read but not done (another
//! operator, a kind of account that isn't the holder's, a holder without a phone) is refused part
//! by part with its reason, and the rest is done (CA-24).
//!
//! What a form leaves out stays as it was; a list that it gives is the whole list. So the same
//! form twice changes nothing the second time, and a new phone needs no other line than `phones`.

mod accept;
mod additional;
mod allowed;
mod contract;
mod counter;
pub mod csv;
mod deeds;
mod field;
mod form;
mod items;
mod numbers;
mod register;
mod reports;
mod wishes;

pub use allowed::check;
pub use contract::{AccountPart, AdditionalPart, Alert, Alerts, CardPart, Contract, PhonePart};
pub use counter::{Counter, Forgiven, Notice, Occasion, Outcome};
pub use field::{Deed, Did, Field, Part, Refusal};
pub use form::{
    AccountTable, AdditionalTable, AlertTexts, Application, CardTable, Form, Order, PhoneTable,
    Task, Unread,
};
pub use reports::{ReportPart, ReportTable, ReportWhen};
