//! Single steps: a repeat that the SMSC sends, an order that two persons settle.

use tellerd::engine::door::{Request, Response, Settling};
use tellerd::purchase::State;
use tellerd::sale::Sold;

use super::outside::lock;
use super::till::{SECOND, Till};

/// The order of 5 EUR under way to its seller.
fn ordered(till: &mut Till) {
    let order = till.deliver("044123456 5", 0);
    till.turn(vec![order]).unwrap();
    let held = till.answers();
    till.turn(held).unwrap();
    assert!(till.asked_to_sell().is_some());
}

/// The same, and the seller was silent for too long.
fn unknown(till: &mut Till) {
    ordered(till);
    lock(&till.world).sells.clear();
    till.pass(SECOND * 46);
    till.turn(Vec::new()).unwrap();
    lock(&till.world).inquiries.clear();
    till.turn(Vec::new()).unwrap();
    assert_eq!(till.names(), ["pc.top.wait"]);
}

fn settle(till: &mut Till, done: bool, by: &str, and: &str) -> Settling {
    let open = match till.request(Request::Purchases { bank: 0 }) {
        Response::Purchases(open) => open,
        other => panic!("{other:?}"),
    };
    let reference = open.first().map_or(tellerd::bank::Reference(1), |open| open.reference);
    let (by, and) = (by.to_owned(), and.to_owned());
    match till.request(Request::Settle { bank: 0, reference, done, by, and }) {
        Response::Settled(settling) => settling,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_deliver_sm_that_comes_again_moves_nothing_even_behind_another_order() {
    let mut till = Till::new(10_000, &[]);
    for text in ["044123456 5", "044123457 6"] {
        let order = till.deliver(text, 0);
        till.turn(vec![order]).unwrap();
        till.settle_down();
    }
    // Days later the SMSC, which never heard of our answer, sends the first one again.
    till.pass(SECOND * 3_600 * 30);
    let again = till.deliver("044123456 5", 0);
    till.turn(vec![again]).unwrap();
    till.settle_down();
    assert_eq!(till.names(), ["pc.top.ok", "pc.top.ok", "pc.top.dup"]);
    assert_eq!(lock(&till.world).balance, 10_000 - 1_100);
    assert_eq!(lock(&till.world).sales.len(), 2);
}

#[test]
fn a_silent_bank_calls_an_order_off_and_nothing_is_sold() {
    let mut till = Till::new(10_000, &[]);
    let order = till.deliver("044123456 5", 0);
    till.turn(vec![order]).unwrap();
    till.pass(SECOND * 46);
    till.turn(Vec::new()).unwrap();
    assert_eq!(till.names(), ["pc.later"]);
    // Now it does all that it was asked: the hold, and its release.
    till.settle_down();
    assert_eq!(till.names(), ["pc.later"]);
    let world = lock(&till.world);
    assert!(world.balance == 10_000 && world.sales.is_empty() && world.sells.is_empty());
}

#[test]
fn two_persons_settle_what_is_unknown_once_and_the_customer_is_told() {
    for (done, outcome, balance) in [(true, "pc.top.ok", 9_500), (false, "pc.top.fail", 10_000)] {
        let mut till = Till::new(10_000, &[]);
        unknown(&mut till);
        assert_eq!(settle(&mut till, done, "Arta", " arta "), Settling::OnePerson);
        assert_eq!(settle(&mut till, done, "Arta", ""), Settling::OnePerson);
        assert_eq!(settle(&mut till, done, "Arta", "Besa"), Settling::Taken);
        till.settle_down();
        assert_eq!(settle(&mut till, done, "Arta", "Besa"), Settling::Known);
        assert_eq!(settle(&mut till, !done, "Arta", "Besa"), Settling::Otherwise);
        till.settle_down();
        assert_eq!(till.names(), ["pc.top.wait", outcome]);
        assert_eq!(lock(&till.world).balance, balance);
        // What the seller says now changes nothing any more.
        let reference = tellerd::bank::Reference(1);
        for sold in [Sold::Done, Sold::Refused] {
            till.turn(vec![tellerd::engine::Input::Sold(reference, sold)]).unwrap();
        }
        till.settle_down();
        assert_eq!((till.names().len(), lock(&till.world).balance), (2, balance));
    }
}

#[test]
fn what_is_not_unknown_is_not_settled() {
    let mut till = Till::new(10_000, &[]);
    assert_eq!(settle(&mut till, true, "Arta", "Besa"), Settling::Nothing);
    ordered(&mut till);
    assert_eq!(settle(&mut till, true, "Arta", "Besa"), Settling::NotUnknown(State::Sent));
    till.settle_down();
    assert_eq!(settle(&mut till, false, "Arta", "Besa"), Settling::NotUnknown(State::Done));
    assert_eq!(till.names(), ["pc.top.ok"]);
}
