//! Thirty days in one country, in virtual time, from one number.
//!
//! The shipped services and operators, customers drawn by dice ([`people`]), and what happens to
//! them ([`plan`]): events of the banks, texts, top-ups, an offer now and then, and what our own
//! calendar makes. Operators are values ([`lane`]) that accept, refuse, fall silent or answer late;
//! two of their links break with parts on them; a seller ([`shop`]) does likewise; and once a day
//! the process dies at some step of a turn ([`world`]). The month holds the change of clocks, a
//! month's end and a day off.
//!
//! What must hold is judged from outside: by what went in, what crossed the wire ([`copies`]), what
//! a clerk reads on the [`bill`], and what stands in the store ([`ends`]), against a model of who
//! wants what ([`subscribers`]) and a ledger of causes ([`ledger`]). [`time`] counts local time by
//! hand.

#![allow(clippy::expect_used, reason = "a test, outside of any test function")]

pub(crate) mod bill;
pub(crate) mod copies;
pub(crate) mod ends;
pub(crate) mod lane;
pub(crate) mod ledger;
pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod shop;
pub(crate) mod subscribers;
pub(crate) mod time;
pub(crate) mod world;
