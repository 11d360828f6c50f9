//! tellerd: a bank's teller by SMS, as a library. The binary is `src/main.rs`.
//!
//! # The two ways through the house
//!
//! ```text
//! a customer asks  SMSC ─octets→ frame ─PDU→ session ─deliver_sm→ inbox ─text→ command ─→ reply
//!                                                        │                    │ (asks the bank)
//!                                           deliver_sm_resp only              ▼
//!                                              after the flush  outbox ─→ pace ─→ session ─→ SMSC
//!                                                                 ▲
//! the bank has news  (events and alerts come later) ──────────────┘
//! ```
//!
//! Data goes one way. What comes back (a submit_sm_resp, the bank's answer) is a new input at the
//! front.
//!
//! # The order to read in
//!
//! 1. [`engine`]: inputs in, one durable batch, effects out. The heart; its
//!    [`engine::Engine::turn`] is the whole of "persist, flush, then act".
//! 2. [`message`]: the record of one life. [`inbox`], [`outbox`]: what comes in and what leaves.
//! 3. [`service`]: a bank's programme from its file; [`command`]: what a customer ordered;
//!    [`customer`], [`subscription`], [`bank`]: whom it concerns, what he wants to be told of, and
//!    the core's border; [`fee`], [`usage`]: what it costs him, and what operators may
//!    ask for; [`run`], [`report`]: what many are told.
//! 4. [`smpp`]: PDUs and the session as a value; [`operator`]: an operator's binds and pace;
//!    [`text`]: alphabets, folding, parts.
//! 5. [`store`]: batches, journal and registry; [`base`]: time, numbers, money, seals, bounds.
//! 6. [`config`] and [`seed`]: files that people write, checked; [`daemon`]: the only tokio;
//!    [`trial`], [`demo`] and [`probe`]: the commands of these names.
//!
//! Everything above [`daemon`] is a value: time, randomness and octets are handed in (`handle_*`),
//! effects are taken out (`poll_*`). ARCHITECTURE.md has the levels and the reasons.

pub mod alert;
pub mod bank;
pub mod base;
pub mod calendar;
pub mod client;
pub mod command;
pub mod config;
pub mod customer;
pub mod daemon;
#[cfg(feature = "demo")]
pub mod demo;
pub mod engine;
pub mod enrol;
pub mod fee;
pub mod inbox;
pub mod message;
pub mod operator;
pub mod outbox;
pub mod probe;
pub mod purchase;
pub mod report;
pub mod run;
pub mod sale;
pub mod seed;
pub mod service;
pub mod smpp;
pub mod store;
pub mod subscription;
pub mod text;
pub mod trial;
pub mod usage;
