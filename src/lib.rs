//! tellerd: a bank's teller by SMS.

pub mod bank;
pub mod base;
pub mod calendar;
pub mod command;
pub mod config;
pub mod customer;
pub mod daemon;
#[cfg(feature = "demo")]
pub mod demo;
pub mod engine;
pub mod inbox;
pub mod message;
pub mod operator;
pub mod outbox;
pub mod seed;
pub mod service;
pub mod smpp;
pub mod store;
pub mod subscription;
pub mod text;
pub mod trial;
