//! Delivery receipts: when they come and how often, and what they say: by text as in appendix B of
//! SMPP 3.4 and its relatives in the field (lesson 3), and by the TLVs that are to be preferred.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::date::date;
use crate::event::ConnId;
use crate::phone::RawDeliver;
use crate::profile::Profile;
use crate::smsc::{Smsc, Timer};
use crate::state::MessageState;
use crate::units;

/// esm_class of a receipt, and of an intermediate notification (5.2.12).
const RECEIPT: u8 = 0x04;
const INTERMEDIATE: u8 = 0x20;

/// How this operator's receipts come, and how they look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Receipts {
    /// From the submit_sm to the end of its message, of which the receipt tells.
    #[serde(with = "units::time")]
    pub delay: Duration,
    /// None comes by itself, only by order (`Smsc::conclude`).
    pub by_hand: bool,
    /// At once and ahead of the submit_sm_resp (lesson 2); `delay` doesn't count then.
    pub before_response: bool,
    /// How often each comes in all.
    pub copies: u8,
    /// From one copy to the next.
    #[serde(with = "units::time")]
    pub copy_gap: Duration,
    /// Over another bind of the same system_id than the one that submitted, if there is one.
    pub other_bind: bool,
    /// Which parts of a long message get one.
    pub parts: ReceiptParts,
    /// States told on the way, where registered_delivery has 0x10; spread evenly over `delay`.
    pub intermediate: Vec<MessageState>,
    /// With receipted_message_id and message_state.
    pub tlvs: bool,
    /// With user_message_reference, where the submit_sm had one.
    pub reference: bool,
    /// With network_error_code, where the message failed.
    pub network_error: bool,
    /// With a text. None: by TLVs only.
    #[serde(with = "units::or_off")]
    pub text: Option<ReceiptText>,
}

impl Default for Receipts {
    fn default() -> Self {
        Self {
            delay: Duration::from_secs(2),
            by_hand: false,
            before_response: false,
            copies: 1,
            copy_gap: Duration::from_secs(1),
            other_bind: false,
            parts: ReceiptParts::Each,
            intermediate: Vec::new(),
            tlvs: true,
            reference: true,
            network_error: false,
            text: Some(ReceiptText::default()),
        }
    }
}

/// Which parts of a long message get a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptParts {
    /// Each of those that ask for one.
    Each,
    /// The first only.
    First,
    /// The last only.
    Last,
}

/// How the text of a receipt is written: the operators' own versions of appendix B.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReceiptText {
    /// With `sub` and `dlvrd`.
    pub counts: bool,
    /// Dates of twelve digits.
    pub seconds: bool,
    /// `err` is a word.
    pub error_words: bool,
    /// What stands between the fields.
    pub separator: String,
    /// What the field `text` holds.
    pub echo: Echo,
}

impl Default for ReceiptText {
    fn default() -> Self {
        Self {
            counts: true,
            seconds: false,
            error_words: false,
            separator: " ".into(),
            echo: Echo::Empty,
        }
    }
}

/// What the field `text` of a receipt holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Echo {
    /// There is no such field.
    Absent,
    /// Nothing.
    Empty,
    /// The first twenty octets of the message.
    Beginning,
}

/// A receipt that will be due.
#[derive(Clone, Debug)]
pub(crate) struct Owed {
    pub(crate) id: u64,
    /// What is told of.
    pub(crate) state: MessageState,
    /// TON, NPI and address of the phone, as submitted.
    pub(crate) phone: (u8, u8, String),
    /// TON, NPI and address that the text came from.
    pub(crate) sender: (u8, u8, String),
    /// The bind that submitted.
    pub(crate) conn: ConnId,
    pub(crate) system_id: String,
    pub(crate) submitted_at: Duration,
    /// user_message_reference, to be echoed.
    pub(crate) reference: Option<u16>,
    /// The first octets of the text.
    pub(crate) beginning: Vec<u8>,
    /// How often it still comes.
    pub(crate) copies: u8,
}

impl Receipts {
    /// The deliver_sm that tells of a message.
    fn compose(&self, profile: &Profile, owed: &Owed, now: Duration) -> RawDeliver {
        let id = profile.receipt_ids.write(owed.id);
        let text = self.text.as_ref();
        let short_message = text.map(|text| text.write(&id, profile.epoch, owed, now));
        let mut tlvs = Vec::new();
        if self.tlvs {
            let mut id = id.into_bytes();
            id.push(0);
            tlvs.extend([(0x001E, id), (0x0427, vec![owed.state.code()])]);
        }
        if self.tlvs && self.reference {
            tlvs.extend(owed.reference.map(|r| (0x0204, r.to_be_bytes().into())));
        }
        if self.network_error && owed.state.error() != 0 {
            // Network type 3 is GSM, then an error of the network's own numbering (5.3.2.31).
            tlvs.push((0x0423, vec![3, 0, owed.state.error()]));
        }
        RawDeliver {
            source: (owed.phone.0, owed.phone.1),
            source_addr: owed.phone.2.clone(),
            dest: (owed.sender.0, owed.sender.1),
            destination_addr: owed.sender.2.clone(),
            esm_class: if owed.state.is_final() { RECEIPT } else { INTERMEDIATE },
            short_message: short_message.unwrap_or_default(),
            tlvs,
            ..RawDeliver::default()
        }
    }
}

impl ReceiptText {
    fn write(&self, id: &str, epoch: u64, owed: &Owed, now: Duration) -> Vec<u8> {
        let mut fields = vec![format!("id:{id}")];
        if self.counts {
            let delivered = u8::from(owed.state == MessageState::Delivered);
            fields.extend(["sub:001".into(), format!("dlvrd:{delivered:03}")]);
        }
        fields.push(format!("submit date:{}", date(epoch, owed.submitted_at, self.seconds)));
        fields.push(format!("done date:{}", date(epoch, now, self.seconds)));
        fields.push(format!("stat:{}", owed.state.word()));
        fields.push(match self.error_words {
            true => format!("err:{}", owed.state.error_word()),
            false => format!("err:{:03}", owed.state.error()),
        });
        if self.echo != Echo::Absent {
            fields.push("text:".into());
        }
        let mut text = fields.join(&self.separator).into_bytes();
        if self.echo == Echo::Beginning {
            // Octets as they came, whatever their alphabet: so it is done in the field.
            text.extend_from_slice(&owed.beginning);
        }
        text
    }
}

impl Smsc {
    /// Plans what is told of a message on its way.
    pub(crate) fn plan_intermediate(&mut self, owed: &Owed, end_in: Duration) {
        let Some(receipts) = &self.profile.receipts else { return };
        let states = receipts.intermediate.clone();
        let steps = u32::try_from(states.len()).unwrap_or(0) + 1;
        for (step, state) in (1..steps).zip(states) {
            let owed = Owed { state, copies: 1, ..owed.clone() };
            self.at(end_in * step / steps, Timer::Receipt(Box::new(owed)));
        }
    }

    /// Plans what is told at the end of a message.
    pub(crate) fn plan_receipt(&mut self, owed: Owed, end_in: Duration) {
        let Some(receipts) = self.profile.receipts.as_ref().filter(|r| !r.by_hand) else { return };
        if receipts.before_response {
            self.make_receipt(owed);
            self.pump();
        } else {
            self.at(end_in, Timer::Receipt(Box::new(owed)));
        }
    }

    /// A planned receipt is due; not if somebody has decided before.
    pub(crate) fn make_receipt(&mut self, mut owed: Owed) {
        if self.accepted.is_concluded(owed.id) {
            return;
        }
        if self.accepted.is_cancelled(owed.id) {
            owed.state = MessageState::Deleted;
        }
        self.send_receipt(owed);
    }

    /// Queues a receipt, and sees to its next copy.
    pub(crate) fn send_receipt(&mut self, mut owed: Owed) {
        let Some(receipts) = &self.profile.receipts else { return };
        let raw = receipts.compose(&self.profile, &owed, self.now);
        let (other_bind, copy_gap) = (receipts.other_bind, receipts.copy_gap);
        self.stats.receipts += 1;
        // Any bind of the system may get it, not only the one that submitted (lesson 2).
        let avoided = other_bind.then_some(owed.conn);
        self.enqueue_for(&[raw], String::new(), owed.system_id.clone(), avoided);
        if owed.copies > 1 {
            owed.copies -= 1;
            self.at(copy_gap, Timer::Copy(Box::new(owed)));
        }
    }
}
