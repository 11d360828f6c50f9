//! What the engine counts.

/// How often things happened since the start; for logs, metrics and tests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// deliver_sm that became messages.
    pub received: u64,
    /// deliver_sm known to have come before.
    pub repeated: u64,
    /// Receipts acknowledged.
    pub receipts: u64,
    /// Of them, those that tell of a message on its way.
    pub receipts_underway: u64,
    /// Of them, those whose id was written otherwise than the operator's setting says.
    pub receipts_odd: u64,
    /// Of them, those that say nothing of anything that we know.
    pub receipts_unmatched: u64,
    /// Messages that reached their phones, by their receipts.
    pub delivered: u64,
    /// Messages accepted that never will, by their receipts.
    pub undelivered: u64,
    /// Messages accepted of which nothing more was heard.
    pub unheard: u64,
    /// deliver_sm refused because no route leads anywhere.
    pub unrouted: u64,
    /// Long texts that came in parts, all acknowledged, whose route was taken out meanwhile.
    pub stranded: u64,
    /// deliver_sm refused because their sender is of another country than their operator.
    pub foreign: u64,
    /// deliver_sm refused because the door was closed.
    pub refused: u64,
    /// deliver_sm from whom nobody can answer.
    pub unanswerable: u64,
    /// Messages not answered, by allowance.
    pub silent: u64,
    /// Messages accepted by an SMSC.
    pub accepted: u64,
    /// Messages that failed.
    pub failed: u64,
    /// Messages that expired.
    pub expired: u64,
    /// Messages withdrawn.
    pub withdrawn: u64,
    /// Refusals as for another network's number, after which a message was tried at another one.
    pub elsewhere: u64,
    /// Parts whose fate was unknown.
    pub unknown: u64,
    /// Messages that left after their promise.
    pub late: u64,
    /// Events taken.
    pub events: u64,
    /// Events known already.
    pub events_known: u64,
    /// Events refused.
    pub events_refused: u64,
    /// Alerts that events led to.
    pub alerts: u64,
    /// Forms that changed something.
    pub enrolled: u64,
    /// Forms of which something couldn't be done.
    pub forms_refused: u64,
}
