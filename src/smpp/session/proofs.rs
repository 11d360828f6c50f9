//! Which of our deliver_sm_resp the peer surely has (design, section 4, "Repeats").
//!
//! TCP keeps order: who has answered a request of ours has read everything that we wrote before it.
//! So a response proves each deliver_sm_resp whose place is before that request's.

use std::collections::VecDeque;

use crate::base::limits::PROOFS_MAX;
use crate::base::now::Mono;

/// With so many unproved, an enquire_link asks for proof at once.
pub(super) const PROOFS_ASK: usize = 256;

/// A response that isn't proved yet.
#[derive(Clone, Copy, Debug)]
struct Unproved {
    /// The first request that proves it.
    order: u64,
    proof: u64,
    since: Mono,
}

/// All responses that aren't proved yet, in the order of writing.
#[derive(Debug, Default)]
pub(super) struct Proofs(VecDeque<Unproved>);

impl Proofs {
    /// A response was written, before the request that will have `order`.
    pub(super) fn wait(&mut self, order: u64, proof: u64, since: Mono) {
        if self.0.len() >= PROOFS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Unproved { order, proof, since });
    }

    /// The request `order` was answered: gives one response that this proves, until none is left.
    pub(super) fn proved_by(&mut self, order: u64) -> Option<u64> {
        let first = self.0.front().filter(|unproved| unproved.order <= order)?;
        let proof = first.proof;
        self.0.pop_front();
        Some(proof)
    }

    /// Since when the oldest has waited.
    pub(super) fn since(&self) -> Option<Mono> {
        self.0.front().map(|unproved| unproved.since)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether so many wait that proof should be asked for.
    pub(super) fn are_many(&self) -> bool {
        self.0.len() >= PROOFS_ASK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_kept_is_bounded_and_the_oldest_goes_first() {
        let mut proofs = Proofs::default();
        for proof in 0..PROOFS_MAX as u64 + 3 {
            proofs.wait(proof, proof, Mono::ZERO);
        }
        assert_eq!(proofs.0.len(), PROOFS_MAX);
        assert_eq!(proofs.proved_by(2), None);
        assert_eq!(proofs.proved_by(4), Some(3));
        assert_eq!(proofs.proved_by(4), Some(4));
        assert_eq!(proofs.proved_by(4), None);
    }
}
