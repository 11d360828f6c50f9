//! What others can fill: each queue and buffer that an SMSC, a customer or an operation can make
//! grow has its limit here. What is bounded by how it is made (a cache, a page of a scan, a key)
//! has its bound beside it.
//!
//! Full means refused at the door (ESME_RMSGQFUL towards an SMSC), never dropped (promise 9).

/// Inputs handled in one turn of the engine, at most (design, section 4).
pub const TURN_INPUTS_MAX: usize = 1_024;

/// Live messages (not yet ended) kept at one time; above it a deliver_sm is refused with
/// ESME_RMSGQFUL.
pub const LIVE_MESSAGES_MAX: usize = 2_000_000;

/// deliver_sm of one operator that wait for their deliver_sm_resp; from it on we stop reading its
/// sockets.
pub const UNANSWERED_DELIVERS_MAX: usize = 2_048;

/// Octets that wait to be written to one socket; from it on we stop reading it.
pub const UNWRITTEN_OCTETS_MAX: usize = 1024 * 1024;

/// Octets of one PDU, header included. A message_payload holds up to 64 KiB (3.4, 5.3.2.32).
pub const PDU_OCTETS_MAX: u32 = 66_560;

/// Octets of one PDU, header included, at least (3.4, 3.2): the header alone.
pub const PDU_OCTETS_MIN: u32 = 16;

/// Binds of one operator.
pub const BINDS_MAX: usize = 16;

/// Requests of ours that may wait for a response on one bind, whatever the configuration says.
pub const WINDOW_MAX: usize = 10_000;

/// Requests without a response that one bind remembers for a late one; the oldest is forgotten
/// first.
pub const LATE_MAX: usize = 1_024;

/// Unproved deliver_sm_resp that one bind remembers; above it the oldest stays unproved for good,
/// which only means that its message counts as "perhaps resent" for its 48 hours.
pub const PROOFS_MAX: usize = 4_096;

/// Parts of one long message, in or out.
pub const PARTS_MAX: u8 = 10;

/// Long inbound messages of which parts are still missing, kept at one time.
pub const JOINS_MAX: usize = 10_000;

/// Octets of text that these parts hold together; above it the oldest long message is given up.
/// Ordinary texts reach [`JOINS_MAX`] long before: it is for parts that are messages of 64 KiB.
pub const JOIN_OCTETS_MAX: usize = 16 << 20;

/// Characters of an inbound text, or of one of its parts, that are kept. The longest text that a
/// phone sends in [`PARTS_MAX`] parts has 1,530; a message_payload may hold 65,535.
pub const TEXT_IN_CHARS_MAX: usize = 1_600;

/// Messages, and parts of messages, whose answer isn't proved received; above it the oldest is no
/// longer known when it comes again. One takes about 200 octets, so all of them 200 MB; proof takes
/// seconds, so that so many are the work of half an hour in which no SMSC answered anything.
pub const SUSPECTS_MAX: usize = 1_000_000;

/// Characters of a movement's description that a text is given.
pub const DESCRIPTION_CHARS_MAX: usize = 30;

/// Currencies of a foreign-currency account that a text is given (KB-15).
pub const BALANCES_SHOWN_MAX: usize = 4;

/// Movements of an account that the mirror of the bank's books keeps, the newest.
pub const MOVEMENTS_KEPT_MAX: usize = 10;

/// Receipts that wait for the submit_sm_resp of their part; above it the oldest is given up.
pub const RECEIPTS_EARLY_MAX: usize = 10_000;

/// Octets of a message id that are kept; 64 as specified (5.2.23).
pub const SMSC_ID_OCTETS_MAX: usize = 128;

/// Octets of a folded command; what is longer is no command, and its tail is dropped.
pub const FOLDED_OCTETS_MAX: usize = 256;

/// Words of a folded command.
pub const TOKENS_MAX: usize = 40;

/// Orders of money that are open at one time; above it new ones are put off.
pub const PURCHASES_OPEN_MAX: usize = 100_000;

/// Callers whose phones and contracts are kept in memory.
pub const CALLERS_MAX: usize = 100_000;

/// Senders whose help and query allowances are remembered at one time.
pub const SENDERS_MAX: usize = 100_000;

/// Local callers served at one time; more wait to be let in.
pub const DOOR_CALLERS_MAX: usize = 16;

/// Requests of one local caller under way; more wait to be read.
pub const DOOR_REQUESTS_MAX: usize = 1_024;

/// Octets of one request.
pub const DOOR_LINE_OCTETS_MAX: u64 = 1 << 20;

/// Phones, accounts, cards or loans that one form names.
pub const CONTRACT_PARTS_MAX: usize = 500;

/// Accounts or cards that a contract has had, the closed ones included.
pub const CONTRACT_ITEMS_MAX: usize = 10_000;
