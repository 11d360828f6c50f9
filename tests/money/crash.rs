//! Seeds: whatever is lost, and whenever the process dies, money moves once and the truth is told.

use std::collections::BTreeMap;
use std::time::Duration;

use tellerd::bank::BankId;
use tellerd::base::dice::Dice;
use tellerd::engine::Input;
use tellerd::purchase::{Purchase, State};
use tellerd::sale::Sold;
use tellerd::store::memory::Fault;

use super::outside::{Held, lock};
use super::till::{SECOND, Till};

const SEEDS: u64 = 150;
const BALANCE: i64 = 6_000;

/// In which states the process died, over all seeds.
type Deaths = BTreeMap<&'static str, u32>;

#[test]
fn money_moves_once_whenever_the_process_dies() {
    let only = std::env::var("SEED").ok().map(|seed| seed.parse().expect("a number"));
    let seeds = only.map_or(0..SEEDS, |seed: u64| seed..seed + 1);
    let mut deaths = Deaths::new();
    for seed in seeds {
        println!("SEED={seed}");
        play(seed, &mut deaths);
    }
    if only.is_none() {
        for state in [
            State::Received,
            State::Held,
            State::Sent,
            State::Unknown,
            State::Sold,
            State::Refused,
            State::Done,
            State::Failed,
        ] {
            assert!(deaths.contains_key(state.name()), "nobody died {}: {deaths:?}", state.name());
        }
    }
}

/// What the customer sends: each to another number, so that a sale tells whose it is.
struct Request {
    text: String,
    target: String,
    acknowledged: bool,
    /// How often the SMSC sends it once more although it was acknowledged.
    again: u64,
}

fn play(seed: u64, deaths: &mut Deaths) {
    let mut dice = Dice::seeded(seed);
    let mut till = Till::new(BALANCE, &["+38344000001", "+38344000003"]);
    let mut requests: Vec<Request> = (0..2 + dice.below(4))
        .map(|n| Request {
            text: format!("04400000{n} {}", 5 + dice.below(20)),
            target: format!("+3834400000{n}"),
            acknowledged: false,
            again: dice.below(2),
        })
        .collect();
    let total = requests.len();
    for _ in 0..60 {
        let mut inputs = Vec::new();
        for (n, request) in requests.iter_mut().enumerate() {
            // The SMSC sends until it is answered, and now and then once more.
            let once_more = request.acknowledged && request.again > 0 && dice.chance(10);
            request.again -= u64::from(once_more);
            if (!request.acknowledged && dice.chance(30)) || once_more {
                inputs.push(till.deliver(&request.text, n));
            }
        }
        inputs.extend(lossy(&till, &mut dice));
        if dice.chance(4) {
            inputs.push(Input::Drain);
        }
        match dice.below(100) {
            0..8 => till.memory.fail_next(Fault::BeforeDurable),
            8..16 => till.memory.fail_next(Fault::AfterDurable),
            _ => {}
        }
        let committed = till.turn(inputs).is_ok();
        for n in till.acknowledged.drain(..) {
            requests[n].acknowledged = true;
        }
        if !committed || dice.chance(12) {
            for head in till.crash(&mut dice) {
                *deaths.entry(head.state.name()).or_default() += 1;
            }
        }
        check(&till);
        let span = if dice.chance(70) { 2 } else { 60 };
        till.pass(SECOND * u32::try_from(1 + dice.below(span)).unwrap());
    }
    // Faults end: what is under way comes to its end.
    till.crash(&mut dice);
    for round in 0.. {
        assert!(round < 2_000, "SEED={seed}: it finds no end");
        let mut inputs = till.answers();
        for (n, request) in requests.iter().enumerate().filter(|(_, r)| !r.acknowledged) {
            inputs.push(till.deliver(&request.text, n));
        }
        till.turn(inputs).unwrap();
        for n in till.acknowledged.drain(..) {
            requests[n].acknowledged = true;
        }
        check(&till);
        if requests.iter().all(|request| request.acknowledged) && till.is_calm() {
            break;
        }
        till.pass(Duration::from_secs(5));
    }
    ends(&mut till, &requests);
    assert_eq!(requests.len(), total);
}

/// Some of what bank and seller were asked is done, some of it is answered, the rest is lost.
fn lossy(till: &Till, dice: &mut Dice) -> Vec<Input> {
    let mut world = lock(&till.world);
    let mut inputs = Vec::new();
    for _ in 0..world.asked.len() {
        let Some((ask, question)) = world.asked.pop_front() else { break };
        match dice.below(10) {
            0 => {}
            1 | 2 => world.asked.push_back((ask, question)),
            3 => drop(world.do_bank(&question)),
            4 => {
                // It comes again, later than its answer.
                let answer = world.do_bank(&question);
                inputs.push(Input::Answer(ask, answer));
                world.asked.push_back((ask, question));
            }
            _ => {
                let answer = world.do_bank(&question);
                inputs.push(Input::Answer(ask, answer));
            }
        }
    }
    for _ in 0..world.sells.len() {
        let Some((reference, sale)) = world.sells.pop_front() else { break };
        match dice.below(10) {
            0 => {}
            1..5 => world.sells.push_back((reference, sale)),
            5 | 6 => drop(world.do_sell(reference, &sale)),
            _ => inputs.push(Input::Sold(reference, world.do_sell(reference, &sale))),
        }
    }
    for _ in 0..world.inquiries.len() {
        let Some(reference) = world.inquiries.pop_front() else { break };
        match dice.below(10) {
            0..4 => {}
            4 => inputs.push(Input::Sold(reference, Sold::Pending)),
            _ => inputs.push(Input::Sold(reference, world.do_inquire(reference))),
        }
    }
    inputs
}

/// What holds at every moment: no reference is debited twice, and no cent comes or goes.
fn check(till: &Till) {
    let world = lock(&till.world);
    assert!(world.debits.values().all(|times| *times == 1), "promise 4: debited twice");
    let kept = world.holds.values().filter(|(_, held)| matches!(held, Held::Aside | Held::Spent));
    assert_eq!(world.balance + kept.map(|(amount, _)| amount).sum::<i64>(), BALANCE);
    for (reference, (_, amount, sold)) in &world.sales {
        let hold = world.holds.get(reference);
        let paid = hold.is_some_and(|(held, state)| {
            held == amount && matches!(state, Held::Aside | Held::Spent)
        });
        assert!(paid || *sold == Sold::Refused, "promise 4: sold, and nothing is held for it");
    }
}

/// What holds at the end: one sale a request, paid, and told.
fn ends(till: &mut Till, requests: &[Request]) {
    let heads = Purchase::heads(&till.memory, BankId(1)).unwrap();
    assert!(heads.iter().all(|head| head.state.is_end()), "an order is open");
    let world = lock(&till.world);
    assert!(world.holds.values().all(|(_, held)| *held != Held::Aside), "money is still aside");
    for request in requests {
        let sales: Vec<_> = world
            .sales
            .values()
            .filter(|sale| sale.0 == request.target && sale.2 == Sold::Done)
            .collect();
        assert!(sales.len() <= 1, "promise 4: {} was sold twice", request.target);
        let about = |(_, wording): &&(String, String)| wording.contains(&request.target);
        let told: Vec<&str> =
            till.told.iter().filter(about).map(|(name, _)| name.as_str()).collect();
        let says = |name: &str| told.contains(&name);
        if sales.is_empty() {
            assert!(!says("pc.top.ok") && !says("pc.top.dup"), "a lie: {told:?}");
        } else {
            assert!(says("pc.top.ok"), "sold, and nobody was told: {told:?}");
            assert!(!says("pc.top.fail"), "a lie: {told:?}");
        }
        // Of what the account doesn't cover, or a silent bank put off, no text names the number.
        let otherwise = till.names().iter().any(|name| ["pc.top.funds", "pc.later"].contains(name));
        let owed = told.last() == Some(&"pc.top.wait") && !(sales.is_empty() && otherwise);
        assert!(!owed, "the outcome was owed: {told:?}");
    }
    // Whoever was told nothing of his number was told that it didn't work, or of his funds.
    let answered = till.told.len();
    assert!(answered >= requests.len(), "{answered} texts for {} requests", requests.len());
}
