//! An SMSC to test against: SMPP 3.4, with phones to type on and faults by seed.
mod alphabet;
mod faults;
mod profile;
