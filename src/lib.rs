//! tellerd: a bank's teller by SMS.

pub mod base;
pub mod smpp;
