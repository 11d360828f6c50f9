//! Lesson 17: a number that was ported is refused by the operator of its prefix.

use std::sync::Arc;

use smpp_sim::Profile;
use tellerd::bank::event::Event;
use tellerd::bank::{AccountNumber, CustomerId};
use tellerd::base::money::Minor;
use tellerd::base::msisdn::Msisdn;
use tellerd::customer::{Account, Customer, Phone, PhoneId};
use tellerd::engine::Input;
use tellerd::engine::door::{Request, Ticket};
use tellerd::engine::ported::Ported;
use tellerd::message::State;
use tellerd::service::file::Holder;
use tellerd::service::topic::Topic;
use tellerd::subscription::{Subscription, Subscriptions};

use crate::field::{Field, MINUTE, SECOND, plan};

/// It has telenor's prefix and is with mts, as both SMSCs know.
const PORTED: &str = "+381630000001";

impl Field {
    /// A customer who is told of money that comes in.
    fn enrols(&mut self, phone: &str) {
        let number = Msisdn::parse(phone).unwrap();
        let bank = self.engine.bank_id(0);
        let records = self.engine.records();
        let (id, phone) = (CustomerId(1), PhoneId::of(records.keyring(), number));
        let account = AccountNumber::new("205-1");
        let account = Account { kind: "TR".into(), ordinal: 1, number: account, closed: false };
        let phones = vec![number];
        let contract =
            Customer { phones, accounts: vec![account], ..Customer::new(Holder::Natural) };
        contract.save(records, bank, id).unwrap();
        Phone { customers: vec![id], ..Phone::default() }.save(records, bank, phone);
        let mut list = Subscriptions::default();
        let (topic, limit) = (Topic::Credit, Minor::whole(1));
        list.contract(Subscription { topic, item: 0, active: true, limit });
        list.save(records, bank, id, phone);
    }

    /// Money comes in; a minute passes.
    fn credits(&mut self) {
        let at = self.at();
        let (id, time) = (self.now.as_nanos(), at.wall);
        let json = format!(
            r#"{{"id":"{id}","source":"core","type":"account.credited","time":"{time}",
                "data":{{"account":"205-1","amount":"5000.00","currency":"RSD"}}}}"#
        );
        let event = Box::new(Event::parse(&json).unwrap());
        let told = Input::Request(Ticket(1), Request::Event { bank: 0, event });
        self.engine.turn([told], at).unwrap();
        self.pass(MINUTE);
    }

    /// Parts that telenor refused, and accepted.
    fn telenor(&self) -> (u64, u64) {
        let stats = self.others[0].0.stats();
        (stats.refused, stats.submitted)
    }
}

/// mts, telenor beside it, and a customer with the ported number.
fn field(listed: Option<&str>) -> Field {
    let profile = |numbers: &[&str], ported_out: &[&str]| Profile {
        numbers: numbers.iter().map(|number| number[1..].to_owned()).collect(),
        ported_out: ported_out.iter().map(|number| number[1..].to_owned()).collect(),
        ..Profile::personality("wrong-network").unwrap()
    };
    let mut plan = plan("").beside("telenor", "38163", profile(&["+38163"], &[PORTED]));
    plan.profile = profile(&["+38164", PORTED], &[]);
    let list = listed.map(|line| Ported::read(line, &["mts", "telenor"]).unwrap());
    plan.setup.ported = Arc::new(list.unwrap_or_default());
    let mut field = plan.open();
    field.enrols(PORTED);
    field.pass(SECOND);
    field
}

#[test]
fn lesson_17_a_ported_number_is_found_at_the_other_operator_and_remembered() {
    let mut field = field(None);
    for alerts in 1..=3 {
        field.credits();
        assert_eq!((field.texts().len(), field.telenor()), (alerts, (1, 0)), "asked once");
    }
    assert_eq!(field.states(), [(State::Delivered, 3)]);
    assert_eq!(field.engine.tally().elsewhere, 1);
}

#[test]
fn lesson_17_the_porting_list_goes_before_the_prefix() {
    let mut field = field(Some("+381630000001,mts"));
    field.credits();
    assert_eq!((field.texts().len(), field.telenor()), (1, (0, 0)));
}

#[test]
fn lesson_17_the_last_text_goes_before_the_porting_list() {
    let mut field = field(Some("+381630000001,telenor"));
    field.asks(PORTED);
    field.pass(SECOND);
    field.credits();
    assert_eq!((field.texts().len(), field.telenor()), (2, (0, 0)), "a reply and an alert");
}
