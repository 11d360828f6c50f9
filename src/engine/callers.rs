//! Who called lately: phones and contracts kept open in memory, so that a second text needs no
//! look-up.
//!
//! Bounded, and emptied when full: what it holds can be read again. Whoever changes a phone or a
//! contract through the engine forgets its entry here.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bank::BankId;
use crate::base::limits::CALLERS_MAX;
use crate::base::msisdn::Msisdn;
use crate::customer::{Caller, PhoneId};
use crate::store::StoreError;
use crate::store::draft::Records;

/// Callers by bank and phone.
#[derive(Debug, Default)]
pub(super) struct Callers {
    known: FxHashMap<(BankId, PhoneId), Arc<Caller>>,
}

impl Callers {
    /// Whoever speaks through `number`.
    pub(super) fn load(
        &mut self,
        records: &dyn Records,
        bank: BankId,
        number: Msisdn,
    ) -> Result<Arc<Caller>, StoreError> {
        let place = (bank, PhoneId::of(records.keyring(), number));
        if let Some(caller) = self.known.get(&place) {
            return Ok(Arc::clone(caller));
        }
        let caller = Arc::new(Caller::behind(records, bank, place.1)?);
        if self.known.len() >= CALLERS_MAX {
            self.known.clear();
        }
        self.known.insert(place, Arc::clone(&caller));
        Ok(caller)
    }

    /// A phone, or a contract behind it, may have changed.
    pub(super) fn forget(&mut self, bank: BankId, phone: PhoneId) {
        self.known.remove(&(bank, phone));
    }

    /// Anything may have changed.
    pub(super) fn forget_all(&mut self) {
        self.known.clear();
    }
}
