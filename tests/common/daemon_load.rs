//! Phones that text: each sends its next message only after its last was acknowledged, so that what
//! it has done is an order that a model can replay.
//!
//! Three operators share the phones. A fifth of them belong to strangers, the rest to customers of
//! a seed that is made here, with two accounts each.
//!
//! A phone's questions differ by their blanks, and no change equals the phone's last: a deliver_sm
//! that equals one whose answer isn't proved received counts as its repeat (`inbox/repeats.rs`),
//! whoever sent it again. So the records of one phone, in their order, show which message each
//! belongs to, and equal changes with another between them (PRIJAVA, ODJAVA, PRIJAVA) are told
//! apart or found to be confused.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use smpp_sim::{DeliverId, Event};
use tellerd::base::dice::Dice;
use tokio::task::AbortHandle;

use crate::daemon::{Country, PATIENCE, until};

const OPERATORS: [(&str, &str); 3] = [("telenor", "+38163"), ("vip", "+38160"), ("mts", "+38164")];

/// Directions, as [`Wants`] numbers them.
const DIRECTIONS: [&str; 2] = ["PRILIV", "ODLIV"];

/// What a phone says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Saying {
    Rates,
    Offer,
    /// A question about accounts, by a stranger.
    Accounts,
    /// Account 0 or 1.
    Balance(usize),
    Subscribe {
        account: usize,
        direction: usize,
        amount: i64,
    },
    Unsubscribe {
        account: usize,
        direction: usize,
    },
    UnsubscribeAll,
}

impl Saying {
    fn text(self) -> String {
        match self {
            Saying::Rates => "KURS".into(),
            Saying::Offer => "INFO".into(),
            Saying::Accounts => "TR".into(),
            Saying::Balance(account) => format!("TR {}", account + 1),
            Saying::Subscribe { account, direction, amount } => {
                format!("PRIJAVA {} TR {} {amount}", DIRECTIONS[direction], account + 1)
            }
            Saying::Unsubscribe { account, direction } => {
                format!("ODJAVA {} TR {}", DIRECTIONS[direction], account + 1)
            }
            Saying::UnsubscribeAll => "ODJAVA".into(),
        }
    }

    /// The same with blanks around it that the phone's `nth` message alone has.
    fn nth(self, nth: usize) -> String {
        let (before, after) = if self.changes() { (0, 0) } else { (nth % 32, nth / 32) };
        format!("{:before$}{}{:after$}", "", self.text(), "")
    }

    pub(crate) fn changes(self) -> bool {
        matches!(
            self,
            Saying::Subscribe { .. } | Saying::Unsubscribe { .. } | Saying::UnsubscribeAll
        )
    }

    fn draw(customer: bool, dice: &mut Dice) -> Saying {
        let mut below = |bound: u64| dice.below(bound) as usize;
        if !customer {
            return [Saying::Rates, Saying::Offer, Saying::Accounts][below(3)];
        }
        match below(20) {
            0..7 => Saying::Balance(below(2)),
            7..9 => Saying::Rates,
            9..15 => Saying::Subscribe {
                account: below(2),
                direction: below(2),
                amount: 1_000 + below(99_000) as i64,
            },
            15..18 => Saying::Unsubscribe { account: below(2), direction: below(2) },
            _ => Saying::UnsubscribeAll,
        }
    }
}

/// What a customer's phone wants to be told of, by the model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wants {
    /// By account and direction.
    pub(crate) active: [[bool; 2]; 2],
    /// By account: a limit belongs to both directions (KB-35).
    pub(crate) limit: [i64; 2],
    /// `ODJAVA` was said: no offers either.
    pub(crate) no_offers: bool,
}

impl Wants {
    /// As the seed has it.
    pub(crate) const SEED: Wants =
        Wants { active: [[false; 2]; 2], limit: [1_000; 2], no_offers: false };

    /// Does what is said; the words that the reply must hold.
    pub(crate) fn hear(&mut self, saying: Saying) -> String {
        const NOTHING: &str = "Ta usluga nije bila prijavljena";
        match saying {
            Saying::Rates => "Kurs ".into(),
            Saying::Offer => "kes kredit".into(),
            Saying::Accounts => "nije prijavljen za SMS servis".into(),
            Saying::Balance(account) => format!("TR {} **", account + 1),
            Saying::Subscribe { account, direction, amount } => {
                self.active[account][direction] = true;
                self.limit[account] = amount;
                format!("Prijavljen {} TR {} ", DIRECTIONS[direction], account + 1)
            }
            Saying::Unsubscribe { account, direction } => {
                if std::mem::take(&mut self.active[account][direction]) {
                    format!("Odjavljen {} TR {} ", DIRECTIONS[direction], account + 1)
                } else {
                    NOTHING.into()
                }
            }
            Saying::UnsubscribeAll => {
                self.no_offers = true;
                let any = std::mem::take(&mut self.active) != [[false; 2]; 2];
                if any { "Odjavljeni ste sa svih".into() } else { NOTHING.into() }
            }
        }
    }
}

/// A message that a phone has sent.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) saying: Saying,
    /// As it was typed.
    pub(crate) text: String,
    /// How often its operator has delivered it.
    pub(crate) attempts: u32,
    /// The last command_status that the daemon gave it.
    pub(crate) status: Option<u32>,
}

/// A phone.
pub(crate) struct Phone {
    pub(crate) number: String,
    pub(crate) customer: bool,
    /// All that it sent, in order; only the last can be without an acknowledgement.
    pub(crate) said: Vec<Said>,
    /// What it got, and how often.
    pub(crate) got: BTreeMap<String, u32>,
    operator: usize,
    left: u64,
    idle: bool,
    dice: Dice,
}

#[derive(Default)]
pub(crate) struct World {
    pub(crate) phones: Vec<Phone>,
    /// Messages acknowledged with status 0.
    pub(crate) acknowledged: u64,
    /// deliver_sm written again after an attempt that wasn't refused.
    pub(crate) redelivered: u64,
    /// Refusals, by command_status.
    pub(crate) refused: BTreeMap<u32, u64>,
    /// Texts that phones got.
    pub(crate) replies: u64,
    senders: HashMap<(usize, DeliverId), usize>,
    by_number: HashMap<String, usize>,
}

/// The phones at work.
#[derive(Clone)]
pub(crate) struct Load {
    country: Country,
    world: Arc<Mutex<World>>,
    listeners: Vec<AbortHandle>,
}

impl Load {
    /// So many customers, and a quarter as many strangers.
    pub(crate) fn new(country: &Country, customers: u64, seed: u64) -> Load {
        let mut world = World::default();
        for n in 0..customers + customers / 4 {
            let operator = n as usize % OPERATORS.len();
            let number = number(n);
            world.by_number.insert(number.clone(), world.phones.len());
            world.phones.push(Phone {
                number,
                customer: n < customers,
                said: Vec::new(),
                got: BTreeMap::new(),
                operator,
                left: 0,
                idle: true,
                dice: Dice::seeded(seed.wrapping_mul(1_000_003).wrapping_add(n)),
            });
        }
        let world = Arc::new(Mutex::new(world));
        let mut load = Load { country: country.clone(), world, listeners: Vec::new() };
        for operator in 0..OPERATORS.len() {
            let listener = tokio::spawn(load.clone().listen(operator));
            load.listeners.push(listener.abort_handle());
        }
        load
    }

    /// So many more messages, shared among the phones.
    pub(crate) fn give(&self, messages: u64) {
        let mut world = self.world();
        let phones = world.phones.len() as u64;
        for at in 0..phones {
            let share = messages / phones + u64::from(at < messages % phones);
            world.phones[at as usize].left += share;
            if world.phones[at as usize].idle {
                self.say_next(&mut world, at as usize);
            }
        }
    }

    /// Nobody begins another message.
    pub(crate) fn stop(&self) {
        self.world().phones.iter_mut().for_each(|phone| phone.left = 0);
    }

    /// Until so many are acknowledged in all.
    pub(crate) async fn acknowledged(&self, count: u64) {
        let what = format!("{count} acknowledged");
        until(&what, PATIENCE * 5, || self.world().acknowledged >= count).await;
    }

    /// Until all that was given is acknowledged.
    pub(crate) async fn done(&self) {
        until("every message acknowledged", PATIENCE * 5, || {
            self.world().phones.iter().all(|phone| phone.idle)
        })
        .await;
    }

    /// Until every phone got as many texts as it sent, and then nothing for a while.
    pub(crate) async fn answered(&self) {
        let enough = |phone: &Phone| phone.got.values().sum::<u32>() as usize >= phone.said.len();
        until("every phone has its replies", PATIENCE, || self.world().phones.iter().all(enough))
            .await;
        let mut before = 0;
        while before != self.world().replies {
            before = self.world().replies;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// What has happened.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing more is noted.
    pub(crate) fn end(&self) {
        self.listeners.iter().for_each(AbortHandle::abort);
    }

    async fn listen(self, operator: usize) {
        let sim = self.country.sim(OPERATORS[operator].0).clone();
        loop {
            let event = sim.next_event().await;
            self.hear(operator, event);
        }
    }

    fn hear(&self, operator: usize, event: Event) {
        let mut guard = self.world();
        let world = &mut *guard;
        match event {
            Event::DeliverSent { id, attempt, .. } => {
                let Some(at) = world.senders.get(&(operator, id)) else { return };
                let Some(said) = world.phones[*at].said.last_mut() else { return };
                said.attempts = attempt;
                // A refused one made no record and isn't told again, it is asked again.
                world.redelivered += u64::from(attempt > 1 && said.status.take().is_none());
            }
            Event::DeliverAnswered { id, status, .. } => {
                let Some(at) = world.senders.get(&(operator, id)).copied() else { return };
                if let Some(said) = world.phones[at].said.last_mut() {
                    said.status = Some(status);
                }
                if status != 0 {
                    *world.refused.entry(status).or_default() += 1;
                    return;
                }
                world.acknowledged += 1;
                world.senders.remove(&(operator, id));
                self.say_next(world, at);
            }
            Event::Message(message) => {
                let Some(at) = world.by_number.get(&message.to).copied() else { return };
                world.replies += 1;
                *world.phones[at].got.entry(message.text).or_default() += 1;
            }
            _ => {}
        }
    }

    fn say_next(&self, world: &mut World, at: usize) {
        let phone = &mut world.phones[at];
        phone.idle = phone.left == 0;
        if phone.idle {
            return;
        }
        phone.left -= 1;
        let mut changes = phone.said.iter().rev().map(|said| said.saying);
        let last = changes.find(|saying| saying.changes());
        let mut saying = Saying::draw(phone.customer, &mut phone.dice);
        while Some(saying) == last {
            saying = Saying::draw(phone.customer, &mut phone.dice);
        }
        let text = saying.nth(phone.said.len());
        phone.said.push(Said { saying, text: text.clone(), attempts: 0, status: None });
        let operator = OPERATORS[phone.operator].0;
        // Telekom's subscribers subscribe on 5623 (KB-06).
        let code = if operator == "mts" && saying.changes() { "5623" } else { "5622" };
        let id = self.country.sim(operator).phone_sends(&phone.number, code, &text);
        world.senders.insert((phone.operator, id), at);
    }
}

fn number(n: u64) -> String {
    format!("{}{:07}", OPERATORS[n as usize % OPERATORS.len()].1, 3_000_000 + n)
}

/// `seed` with so many customers behind it, to whom the phones of [`Load`] belong.
pub(crate) fn with_customers(mut seed: String, customers: u64) -> String {
    for n in 0..customers {
        let (operator, number) = (OPERATORS[n as usize % OPERATORS.len()].0, number(n));
        let _ = write!(
            seed,
            "\n[[customer]]\nid = \"X{n}\"\nholder = \"natural\"\n[[customer.phone]]\n\
             number = \"{number}\"\noperator = \"{operator}\"\n"
        );
        for account in 0..2 {
            let digits = 2_050_001_000_900_000 + n * 2 + account;
            let check = 98 - digits % 97 * 100 % 97;
            let middle = format!("{digits:016}");
            let _ = write!(
                seed,
                "[[customer.account]]\nkind = \"TR\"\nnumber = \"205-{}-{check:02}\"\n\
                 balance = \"{n}.25\"\nalerts = {{ credit = \"off\", debit = \"off\" }}\n",
                &middle[3..]
            );
        }
    }
    seed
}
