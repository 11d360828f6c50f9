//! Text, both ways: octets of a short message to the words of a command, a reply to its parts.
//!
//! Inbound, nothing here allocates until a message is whole: [`udh`] finds the part's place,
//! [`decode`] reads octets as characters, [`fold`] writes the command on the stack; [`join`] keeps
//! the parts of long messages until the last one is there. Outbound, [`encode`] chooses the
//! alphabet and [`split`] says where a part ends. What an alphabet is stands in [`gsm7`] and
//! [`ucs2`], what a letter becomes without its accents in [`letters`] (requirements, sections 2.0
//! and 4).

pub mod decode;
pub mod encode;
pub mod fold;
pub mod gsm7;
pub mod join;
pub mod letters;
pub mod split;
pub mod translit;
pub mod ucs2;
pub mod udh;
