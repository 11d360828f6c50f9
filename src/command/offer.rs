//! `INFO`: the bank's offer of the day, for anybody (KB-10).

use minijinja::Value;

use super::{Outcome, Reply, Then, say};
use crate::bank::{Answer, Question};
use crate::service::Service;
use crate::service::say::Say;

pub(super) fn carry_out() -> Outcome {
    Outcome::Ask(Question::Offer, Then::Offer)
}

pub(super) fn reply(service: &Service, answer: &Answer) -> Reply {
    match answer {
        Answer::Offer(text) if !text.trim().is_empty() => {
            say(service, Say::Offer, &[("text", Value::from(text.trim()))])
        }
        _ => say(service, Say::OfferNone, &[]),
    }
}
