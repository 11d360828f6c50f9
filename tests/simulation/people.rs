//! The customers' side: what phones send, and a model of what each should be answered.
//!
//! The model knows subscriptions and nothing of how they are kept: each change is applied to it
//! once, in the order in which its customer sent it. A phone sends its next change only when the
//! last one was acknowledged some seconds ago; what overtakes what is otherwise left to chance.
//! Texts are written so that no two of a phone hold the same octets (by case and by stops at the
//! end), except where a customer repeats his question on purpose.

use std::collections::HashMap;
use std::time::Duration;

use smpp_sim::{DeliverId, LongTexts};
use tellerd::base::dice::Dice;
use tellerd::base::money::{AmountStyle, Minor};
use tellerd::service::topic::Topic;

use super::country::{self, ACCOUNTS, OFFER};
use super::plan::Plan;

/// The order of directions in [`Wants`].
pub(crate) const DIRECTIONS: [Topic; 2] = [Topic::Credit, Topic::Debit];
const WORDS: [&str; 2] = ["PRILIV", "ODLIV"];
/// A change follows the last one's acknowledgement after this, so that no copy of it is under way.
const THINKS: Duration = Duration::from_secs(8);
/// Characters of a part of a long text.
const PART_CHARS: usize = 153;
pub(crate) const HELP: &str = "Poruka nije prepoznata";
pub(crate) const NONE_ENDED: &str = "nije bila prijavljena";

/// A subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Want {
    pub(crate) active: bool,
    pub(crate) limit: Minor,
}

/// By account, then by direction; `None` where it isn't contracted.
pub(crate) type Wants = [[Option<Want>; 2]; ACCOUNTS as usize];

/// A phone.
pub(crate) struct Phone {
    pub(crate) operator: usize,
    /// `+` and digits.
    pub(crate) number: String,
    pub(crate) customer: Option<usize>,
    pub(crate) wants: Wants,
    next_at: Duration,
    left: u64,
    serial: u64,
    question: Option<Said>,
    /// The change that waits for its acknowledgement, and how many parts of it do.
    change: Option<(DeliverId, usize)>,
}

/// What a phone sent.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) phone: usize,
    pub(crate) text: String,
    /// The texts of its parts; one where it isn't long.
    pub(crate) parts: Vec<String>,
    /// What a reply holds.
    pub(crate) holds: Vec<String>,
    /// What a reply doesn't hold.
    pub(crate) lacks: Option<&'static str>,
    pub(crate) is_help: bool,
    pub(crate) is_change: bool,
}

impl Said {
    /// Whether `reply` answers this.
    pub(crate) fn is_answered_by(&self, reply: &str) -> bool {
        self.holds.iter().all(|part| reply.contains(part))
            && self.lacks.is_none_or(|part| !reply.contains(part))
    }
}

/// All phones, and all that they sent.
pub(crate) struct People {
    pub(crate) phones: Vec<Phone>,
    pub(crate) said: Vec<Said>,
    by_digits: HashMap<String, usize>,
}

impl People {
    /// The phones of a plan; each speaks for one customer or for nobody.
    pub(crate) fn new(plan: &Plan, dice: &mut Dice) -> People {
        let mut phones = Vec::new();
        for n in 0..plan.phones {
            let operator = n % plan.operators.len();
            let customer = (!dice.chance(15)).then(|| dice.below(plan.customers as u64) as usize);
            let mut wants = Wants::default();
            for want in wants.iter_mut().flatten().filter(|_| customer.is_some()) {
                let limit = Minor::whole(1_000);
                *want = dice.chance(85).then(|| Want { active: dice.chance(60), limit });
            }
            phones.push(Phone {
                operator,
                number: format!("+{}{:07}", plan.operators[operator].prefix, 1_300_000 + n * 7_919),
                customer,
                wants,
                next_at: Duration::from_millis(dice.below(20_000)),
                left: plan.texts_per_phone,
                serial: 0,
                question: None,
                change: None,
            });
        }
        let by_digits = phones.iter().enumerate().map(|(n, p)| (p.number[1..].to_owned(), n));
        let by_digits = by_digits.collect();
        People { phones, said: Vec::new(), by_digits }
    }

    /// The phone with this number (digits).
    pub(crate) fn find(&self, digits: &str) -> Option<usize> {
        self.by_digits.get(digits).copied()
    }

    /// When somebody sends next.
    pub(crate) fn next(&self) -> Option<Duration> {
        let waiting = self.phones.iter().filter(|phone| phone.left > 0 && phone.change.is_none());
        waiting.map(|phone| phone.next_at).min()
    }

    /// Nobody sends any more.
    pub(crate) fn stop(&mut self) {
        self.phones.iter_mut().for_each(|phone| phone.left = 0);
    }

    /// Somebody who sends now: what he says. [`People::sent`] must follow.
    pub(crate) fn speak(&mut self, plan: &Plan, now: Duration, dice: &mut Dice) -> Option<Said> {
        let due = |phone: &Phone| phone.left > 0 && phone.change.is_none() && phone.next_at <= now;
        let at = self.phones.iter().position(due)?;
        let phone = &mut self.phones[at];
        phone.left -= 1;
        let gap = if dice.chance(20) { 300 } else { 1_000 + dice.below(40_000) };
        phone.next_at = now + Duration::from_millis(gap);
        if let Some(question) = phone.question.clone().filter(|_| dice.chance(10)) {
            return Some(question);
        }
        let long = plan.operators[phone.operator].profile.long_texts;
        let said = phone.say(at, long, dice);
        if !said.is_change && said.parts.len() == 1 {
            phone.question = Some(said.clone());
        }
        self.said.push(said.clone());
        Some(said)
    }

    /// A change is on its way under this name.
    pub(crate) fn sent(&mut self, said: &Said, id: DeliverId) {
        if said.is_change {
            self.phones[said.phone].change = Some((id, said.parts.len()));
        }
    }

    /// The SMSC of `operator` has heard that a part was taken.
    pub(crate) fn acknowledged(&mut self, operator: usize, id: DeliverId, now: Duration) {
        let waits =
            |p: &&mut Phone| p.operator == operator && p.change.is_some_and(|(c, _)| c == id);
        let Some(phone) = self.phones.iter_mut().find(waits) else { return };
        let Some((_, parts)) = &mut phone.change else { return };
        *parts -= 1;
        if *parts == 0 {
            phone.change = None;
            phone.next_at = phone.next_at.max(now + THINKS);
        }
    }
}

impl Phone {
    fn say(&mut self, at: usize, long: LongTexts, dice: &mut Dice) -> Said {
        self.serial += 1;
        let n = 1 + dice.below(u64::from(ACCOUNTS)) as usize;
        let d = dice.below(2) as usize;
        let mut said = Said {
            phone: at,
            text: String::new(),
            parts: Vec::new(),
            holds: Vec::new(),
            lacks: None,
            is_help: false,
            is_change: false,
        };
        let stranger = "Ovaj broj nije prijavljen";
        let mut hold =
            |parts: &[&str]| said.holds = parts.iter().map(|p| (*p).to_owned()).collect();
        let style = AmountStyle::Sr;
        let text = match (dice.below(100), self.customer) {
            (0..=9, _) => {
                hold(&["Kurs ", "EUR 116,8233/117,1748/117,5263"]);
                "KURS".to_owned()
            }
            (10..=17, _) => {
                hold(&[OFFER]);
                "INFO".to_owned()
            }
            (18..=24, _) => {
                hold(&[HELP]);
                said.is_help = true;
                "DOBAR DAN".to_owned()
            }
            (25..=29, _) => {
                hold(&[HELP]);
                said.is_help = true;
                "MOLIM LEPO ZA POMOC OKO MOG RACUNA ".repeat(5 + dice.below(6) as usize)
            }
            (_, None) => {
                hold(&[stranger]);
                format!("TR {n}")
            }
            (30..=55, Some(customer)) => {
                let balance = country::balance(customer, n as u16).styled(style);
                hold(&[&format!("TR {n} **"), &format!("stanje {balance} RSD")]);
                format!("TR {n}")
            }
            (56..=58, Some(_)) => {
                hold(&["Podatak trenutno nije dostupan"]);
                format!("TR {}", ACCOUNTS + 1)
            }
            (59..=61, Some(_)) => {
                hold(&["Prijavljeni racuni: TR 1 **"]);
                "TR".to_owned()
            }
            (kind, Some(_)) => {
                said.is_change = true;
                self.change_of_mind(kind, n, d, &mut said, dice)
            }
        };
        said.text = spell(&text, self.serial);
        let is_long = said.text.len() > 160 && long != LongTexts::Payload;
        let octets = said.text.len();
        let part_chars = if is_long { PART_CHARS } else { octets };
        said.parts = said
            .text
            .as_bytes()
            .chunks(part_chars)
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect();
        said
    }

    /// A change, carried out in the model, and what must be answered.
    fn change_of_mind(
        &mut self,
        kind: u64,
        n: usize,
        d: usize,
        said: &mut Said,
        dice: &mut Dice,
    ) -> String {
        let word = WORDS[d];
        let mut hold =
            |parts: &[&str]| said.holds = parts.iter().map(|p| (*p).to_owned()).collect();
        let account = &mut self.wants[n - 1];
        match kind {
            62..=79 => {
                let dinars = 1_000 + dice.below(90_000) as i64;
                let limit = Minor::whole(dinars);
                let amount = limit.styled(AmountStyle::Sr);
                let other = account[1 - d];
                match &mut account[d] {
                    None => hold(&["nije ugovorena"]),
                    Some(want) => {
                        *want = Want { active: true, limit };
                        hold(&[&format!("Prijavljen {word} TR {n} **"), &format!("{amount} RSD")]);
                        let both = "Isti limit od sada vazi i za";
                        match other {
                            Some(other) if other.active => said.holds.push(both.into()),
                            _ => said.lacks = Some(both),
                        }
                        if let Some(other) = &mut account[1 - d] {
                            other.limit = limit;
                        }
                    }
                }
                // The blanks make two parts of it; the first alone would be no order.
                let blanks = " ".repeat(if dice.chance(15) { 160 } else { 1 });
                format!("PRIJAVA {word}{blanks}TR {n} {dinars}")
            }
            80..=92 => {
                let ended = account[d].filter(|want| want.active).is_some();
                if let Some(want) = &mut account[d] {
                    want.active = false;
                }
                let done = format!("Odjavljen {word} TR {n} **");
                hold(&[if ended { &done } else { NONE_ENDED }]);
                // The first part alone would end everything.
                let blanks = " ".repeat(if dice.chance(25) { 160 } else { 1 });
                format!("ODJAVA{blanks}{word} TR {n}")
            }
            93..=96 => {
                let ended = self.end(|direction| direction == d);
                let done = format!("Odjavljen {word} za sve racune.");
                hold(&[if ended { &done } else { NONE_ENDED }]);
                format!("ODJAVA {word}")
            }
            _ => {
                let ended = self.end(|_| true);
                hold(&[if ended { "Odjavljeni ste sa svih" } else { NONE_ENDED }]);
                "ODJAVA".to_owned()
            }
        }
    }

    fn end(&mut self, which: impl Fn(usize) -> bool) -> bool {
        let mut ended = false;
        for account in &mut self.wants {
            for (_, want) in
                account.iter_mut().enumerate().filter(|(direction, _)| which(*direction))
            {
                ended |= want.as_mut().is_some_and(|want| std::mem::take(&mut want.active));
            }
        }
        ended
    }
}

/// The `n`th spelling of a text: its letters' case, then stops at the end.
fn spell(text: &str, n: u64) -> String {
    let letters = text.chars().filter(char::is_ascii_alphabetic).count().min(3);
    let (mut bits, stops) = (n % (1 << letters), n >> letters);
    let mut seen = 0;
    let spelt = text.chars().map(|c| {
        if !c.is_ascii_alphabetic() || seen == letters {
            return c;
        }
        seen += 1;
        let lower = bits & 1 == 1;
        bits >>= 1;
        if lower { c.to_ascii_lowercase() } else { c }
    });
    spelt.chain(".".repeat(stops as usize).chars()).collect()
}
