//! What the world asks of the daemon and hears of others: bills at the door, and the seller.

use tellerd::bank::Reference;
use tellerd::engine::door::{Request, Response, Ticket};
use tellerd::engine::{Effect, Input};
use tellerd::fee::{Line, Mark};
use tellerd::purchase::Purchase;
use tellerd::sale::Sold;

use super::super::ends::Ends;
use super::super::people::Bank;
use super::super::shop;
use super::super::time::SECOND;
use super::{Due, Note, World};

impl World {
    /// What must hold in the end.
    pub(crate) fn check(&mut self) {
        let engine = self.engine.as_ref().expect("a process");
        let banks = Bank::ALL.map(|bank| {
            let place = self.config.setup.banks.iter().position(|name| name == bank.name());
            (bank, engine.bank_id(place.expect("a bank")))
        });
        let shop = shop::open(&self.shop);
        let heads = Purchase::heads(&self.store, banks[3].1).expect("a store");
        shop.agrees(&heads, &mut self.ledger);
        let (store, lanes, people, copies) = (&self.store, &self.lanes, &self.people, &self.copies);
        let (bill, told) = Default::default();
        let mut ends = Ends { store, banks, lanes, people, copies, bill, told };
        ends.check(&mut self.ledger, &shop);
        let bill = ends.bill;
        drop(shop);
        for bank in [Bank::CardAlarm, Bank::SmsKontakt] {
            for (month, is_october) in [("2026-10", true), ("2026-11", false)] {
                let lines = self.bill(bank, month, is_october);
                bill.check(bank, is_october, &lines, &mut self.ledger);
            }
        }
        bill.check_notices(&self.people, &mut self.ledger);
    }

    /// A bill, page by page.
    fn bill(&mut self, bank: Bank, month: &str, is_charged: bool) -> Vec<Line> {
        let (mut lines, mut after, now) = (Vec::new(), Mark::default(), self.clock());
        loop {
            let (service, month) = (bank.name().to_owned(), month.parse().expect("a month"));
            let request = Request::Bill { service, month, after };
            let engine = self.engine.as_mut().expect("a process");
            engine.turn([Input::Request(Ticket(0), request)], now).expect("a turn");
            let mut effects = std::iter::from_fn(|| engine.poll_effect());
            let page = effects.find_map(|effect| match effect {
                Effect::Response(_, Response::Bill(page)) => Some(page),
                _ => None,
            });
            let page = page.expect("a page of the bill");
            assert_eq!(page.charged, is_charged, "{month} of {bank:?}");
            lines.extend(page.lines);
            match page.next {
                Some(next) => after = next,
                None => return lines,
            }
        }
    }

    /// The seller looks at what he was asked.
    pub(super) fn ask_seller(&mut self) {
        let asked = std::mem::take(&mut shop::open(&self.shop).asked);
        for asked in asked {
            let answer = shop::open(&self.shop).answer(&asked);
            match answer {
                Some((reference, sold)) => {
                    let process = self.process;
                    self.at(self.now + SECOND / 2, Due::Sold { process, reference, sold });
                }
                None => self.ledger.count("sales without an answer"),
            }
        }
    }

    /// He answers.
    pub(super) fn sold(&mut self, reference: Reference, sold: Sold) {
        self.inputs.push((Input::Sold(reference, sold), Note::Sold));
    }

    /// Whether orders of money are open.
    pub(super) fn owes(&self) -> bool {
        let Some(engine) = &self.engine else { return true };
        let mut banks = self.config.setup.banks.iter();
        let place = banks.position(|name| name == Bank::ProCredit.name()).expect("a bank");
        let open = Purchase::open_ones(&self.store, engine.bank_id(place));
        !open.expect("a store").is_empty()
    }
}
