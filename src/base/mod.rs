//! The nouns that everything else is made of: time, numbers, money, secrets, sealed values, bounds.
//!
//! Nothing in here does I/O or reads a clock; nothing in here knows SMPP or a bank.

pub mod access_code;
pub mod dice;
pub mod fault;
pub mod former;
pub mod jmbg;
pub mod last4;
pub mod limits;
pub mod money;
pub mod msisdn;
pub mod now;
pub mod seal;
pub mod secret;
pub mod words;
