//! The shell: the only place that knows tokio, sockets and the clock.
//!
//! [`clock`] reads both clocks; [`mailbox`] gathers what happens until the engine's next turn;
//! [`turner`] is the engine's thread; [`minute`] what it says of itself; [`link`] moves octets
//! between sockets and an [`crate::operator::Operator`]; [`door`] carries requests of the bank and
//! its clerks, which come over the local [`socket`] and are told as `answers` has it; [`assemble`]
//! makes an engine of a configuration; [`run`] puts them together and takes them apart again.

mod answers;
pub mod assemble;
pub mod clock;
pub mod door;
pub mod link;
pub mod mailbox;
pub mod minute;
pub mod run;
pub mod socket;
pub mod stream;
pub mod turner;
