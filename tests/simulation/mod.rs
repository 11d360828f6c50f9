//! A whole country in virtual time: phones, operators, the daemon's core, crashes, from one number.
//!
//! Everything follows from the seed. First the safety phase: [`smpp_sim::Smsc`]s misbehave, the
//! network ([`net`]) cuts and splits, the wall clock is set, the process dies at every step of a
//! turn ([`process`]). Then all faults stop and everything must come to its end. What must hold is
//! checked from outside ([`checker`], with [`tap`] on the wire and [`image`] on the store) against
//! a model of its own ([`people`]); nothing is asked of the engine but how much it holds.
//!
//! [`plan`] draws what one seed amounts to, [`country`] sets the bank up, [`world`] drives,
//! [`figures`] counts what was hit, [`harness`] runs many seeds and tells of the one that failed.

#![allow(clippy::expect_used, reason = "a test, outside of any test function")]

pub(crate) mod checker;
pub(crate) mod country;
pub(crate) mod figures;
pub(crate) mod harness;
pub(crate) mod image;
pub(crate) mod net;
pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod process;
pub(crate) mod tap;
pub(crate) mod world;
