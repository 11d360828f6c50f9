//! What a phone is told without having asked: an event's alert, or what another phone has changed.

use std::time::Duration;

use super::Engine;
use super::network::ways;
use crate::bank::{Bank, BankId, CustomerId};
use crate::base::msisdn::Msisdn;
use crate::base::now::{Now, Wall};
use crate::command::{Command, Notice};
use crate::customer::{Phone, PhoneId};
use crate::message::{About, Body, Class, Head, Message, State};
use crate::service::texts::TextId;
use crate::store::Store;
use crate::store::draft::Records;

/// A text to a phone that didn't ask for it.
pub(super) struct Unasked {
    /// Whose phone it is; `None`: nobody's any more, and it is told all the same.
    pub(super) customer: Option<CustomerId>,
    /// Its number.
    pub(super) number: Msisdn,
    /// What is known of it.
    pub(super) phone: Phone,
    /// The subscription that it follows from, if it does.
    pub(super) about: Option<About>,
    /// How urgent it is.
    pub(super) class: Class,
    /// What it leaves in order with; 0: nothing.
    pub(super) order: u64,
    /// A keyed hash of what it follows from.
    pub(super) cause: u128,
    /// What that is called in records.
    pub(super) command: &'static str,
    /// When it is no longer worth sending.
    pub(super) worthless: Wall,
    /// Which text.
    pub(super) text: TextId,
    /// Its wording.
    pub(super) wording: String,
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// Makes a message of it; it leaves in order with those of its account or card before it.
    pub(super) fn queue_unasked(
        &mut self,
        service: usize,
        bank: BankId,
        unasked: Unasked,
        now: Now,
    ) {
        let id = self.new_id();
        let way = ways(&self.setup, service, Some(&unasked.phone), unasked.number).next();
        let lane = way.map_or(0, |way| way.lane);
        let head = Head {
            customer: unasked.customer,
            generation: unasked.phone.generation,
            about: unasked.about,
            order: unasked.order,
            fingerprint: unasked.cause,
            phone: PhoneId::of(self.draft.keyring(), unasked.number).0,
            proved: true,
            state: State::Queued,
            // A notice takes what the others leave.
            promised: match unasked.class {
                Class::Notice => unasked.worthless,
                class => now.wall + self.promised_after(class),
            },
            worthless: unasked.worthless,
            ..Head::new(id, bank, self.operators[lane], unasked.class, now.wall)
        };
        let entry = &self.setup.services[service].service;
        let body = Body {
            phone: unasked.number.word(),
            code: way.map_or(0, |way| way.code.word()),
            said: String::new(),
            service: entry.name.clone(),
            command: unasked.command.to_owned(),
            text: entry.text_name(unasked.text).to_owned(),
            reply: unasked.wording,
        };
        self.tally.alerts += 1;
        let (order, promised) = (head.order, head.promised);
        self.begin_life(lane, Message::new(head, body), true);
        if way.is_none() {
            tracing::error!(message = id.0, "no route with `alerts = true` leads to its phone");
            self.end(id, State::Refused, now);
        } else if self.orders.enter(order, id) {
            self.schedule.ready(lane, promised, id);
        }
    }

    /// What a command has to say to another phone than the one that texted.
    pub(super) fn queue_notice(
        &mut self,
        service: usize,
        bank: BankId,
        notice: Notice,
        command: &Command,
        cause: u128,
        now: Now,
    ) {
        let class = Class::Alert;
        let unasked = Unasked {
            customer: Some(notice.customer),
            number: notice.number,
            phone: notice.phone,
            about: None,
            class,
            order: 0,
            cause,
            command: command.name(),
            worthless: now.wall + self.worthless_after(class),
            text: notice.reply.text,
            wording: notice.reply.wording,
        };
        self.queue_unasked(service, bank, unasked, now);
    }

    fn promised_after(&self, class: Class) -> Duration {
        let options = &self.setup.options;
        match class {
            Class::Card => options.card_promise,
            Class::Reply => options.reply_promise,
            Class::Alert | Class::Report | Class::Notice => options.alert_promise,
        }
    }

    /// How long a message of a class is worth sending.
    pub(super) fn worthless_after(&self, class: Class) -> Duration {
        let options = &self.setup.options;
        match class {
            Class::Reply => options.reply_worthless,
            Class::Card | Class::Alert | Class::Report | Class::Notice => options.alert_worthless,
        }
    }
}
