//! The real binary between simulated operators: over TCP, on a store on disk, with the shipped
//! configuration but for its addresses.
//!
//! [`rig`] is the country that the tests play in. [`messages`]: what customers text and are
//! answered; [`odd`]: what isn't answered, and long texts; [`binds`]: kinds of binds; [`links`]:
//! peers that come, go and misbehave; [`codes`]: access codes and an ordinary number; [`pace`]:
//! SMSCs that refuse, forget and break off; [`complaint`], [`switch`]: what a clerk looks up and
//! switches off; [`ends`]: how the daemon ends and what it knows afterwards; [`events`],
//! [`mod@enrol`]: the bank's events and the branch's forms over the local socket; [`money`]: orders
//! of money that stayed unknown; [`mod@tls`]: binds over TLS; [`probe`]: `tellerd probe`;
//! [`shipped`]: the shipped configuration.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "common/binary.rs"]
mod binary;

#[path = "end_to_end/bill.rs"]
mod bill;
#[path = "end_to_end/binds.rs"]
mod binds;
#[path = "end_to_end/codes.rs"]
mod codes;
#[path = "end_to_end/complaint.rs"]
mod complaint;
#[path = "end_to_end/ends.rs"]
mod ends;
#[path = "end_to_end/enrol.rs"]
mod enrol;
#[path = "end_to_end/events.rs"]
mod events;
#[path = "end_to_end/forms.rs"]
mod forms;
#[path = "end_to_end/links.rs"]
mod links;
#[path = "end_to_end/messages.rs"]
mod messages;
#[path = "end_to_end/money.rs"]
mod money;
#[path = "end_to_end/odd.rs"]
mod odd;
#[path = "end_to_end/pace.rs"]
mod pace;
#[path = "end_to_end/probe.rs"]
mod probe;
#[path = "end_to_end/rig.rs"]
mod rig;
#[path = "end_to_end/shipped.rs"]
mod shipped;
#[path = "end_to_end/switch.rs"]
mod switch;
#[path = "end_to_end/tls.rs"]
mod tls;
