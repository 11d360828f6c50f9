//! Thirty days in one country, in virtual time, from one number.
//!
//! The shipped services and operators, customers drawn by dice ([`people`]), and what happens to
//! them ([`plan`]): events of three banks, texts, the daily rounds. Operators are values ([`lane`])
//! that accept, refuse, fall silent or answer late; two of their links break with parts on them,
//! and once a day the process dies at some step of a turn ([`world`]). The month holds the change
//! of clocks and a month's end.
//!
//! What must hold is judged from outside: by what went in, what crossed the wire ([`copies`]), and
//! what stands in the store ([`ends`]), against a model of who wants what ([`subscribers`]) and a
//! ledger of causes ([`ledger`]). [`time`] counts local time by hand.

#![allow(clippy::expect_used, reason = "a test, outside of any test function")]

pub(crate) mod copies;
pub(crate) mod ends;
pub(crate) mod lane;
pub(crate) mod ledger;
pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod subscribers;
pub(crate) mod time;
pub(crate) mod world;
