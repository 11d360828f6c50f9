//! What the targets do with their octets: `run` of each panics where a promise is broken.
//!
//! [`frame`], [`parser`] and [`receipts`] read octets, [`session`] and [`sim`] follow a programme
//! that is read from them ([`feed`]), with [`books`] kept outside of the session; [`profiles`] is
//! the simulator's own file.

#![allow(dead_code, reason = "each target takes one")]

pub(crate) mod books;
pub(crate) mod feed;
pub(crate) mod frame;
pub(crate) mod parser;
pub(crate) mod profiles;
pub(crate) mod receipts;
pub(crate) mod session;
pub(crate) mod sim;
