//! Money moves at most once per request, and the customer is told the truth (promise 4).
//!
//! Bank and seller stand outside the process here: what they were asked and did survives a crash
//! of the daemon, and what was asked of them before the batch was on disk never reaches them.
//! `crash` plays seeds (`SEED=` replays one): questions and answers are lost, commits fail before
//! and behind the flush, the process is killed in every state. `steps` looks at single ones.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "money/crash.rs"]
mod crash;
#[path = "money/outside.rs"]
mod outside;
#[path = "money/steps.rs"]
mod steps;
#[path = "money/till.rs"]
mod till;
