//! Lessons 1 to 3 and 15, section 5.2.23: what becomes of messages, in whatever form an operator
//! tells it.

use tellerd::message::State;
use tellerd::outbox::receipts::IdBase;
use tellerd::smpp::receipt;

use crate::field::{MINUTE, Plan, SECOND, plan};

/// Twenty numbers ask; a quarter of an hour later all answers have been delivered, each once, and
/// that is known. How many receipts had their id in another form than configured.
fn all_are_known_as_delivered(plan: Plan) -> u64 {
    let mut field = plan.open();
    let phones = field.all_ask(20);
    field.pass(15 * MINUTE);
    assert_eq!((field.texts().len(), field.reached()), (phones.len(), phones.len()));
    assert_eq!(field.states(), [(State::Delivered, phones.len())]);
    let tally = field.engine.tally();
    assert_eq!((tally.delivered, tally.accepted), (20, 20), "each is counted once");
    tally.receipts_odd
}

#[test]
fn lesson_1_ids_differ_in_base_case_and_zeros() {
    for (personality, base) in [
        ("hex-ids", IdBase::HexThenDecimal),
        ("hex-receipts", IdBase::DecimalThenHex),
        ("padded-ids", IdBase::Same),
        ("other-case", IdBase::Same),
    ] {
        // By the id alone: no reference of ours comes back.
        for by in ["receipts-text-only", "receipts-tlv-only"] {
            let mut plan =
                plan(&format!("{personality},{by}")).with(|operator| operator.receipt_ids = base);
            plan.profile.receipts.as_mut().unwrap().reference = false;
            assert_eq!(all_are_known_as_delivered(plan), 0, "{personality} {by}");
        }
    }
}

#[test]
fn lesson_1_ids_in_another_base_than_configured_are_found_and_counted() {
    for personality in ["hex-ids", "hex-receipts"] {
        let mut plan = plan(personality);
        plan.profile.receipts.as_mut().unwrap().reference = false;
        assert_eq!(all_are_known_as_delivered(plan), 20, "{personality}");
    }
}

#[test]
fn lesson_2_receipts_come_before_the_response_late_repeated_and_on_another_bind() {
    for personality in [
        "receipts-first",
        "receipts-late",
        "receipts-repeated",
        "receipts-elsewhere",
        "receipts-first,receipts-repeated,receipts-elsewhere,hex-ids",
    ] {
        let base = if personality.contains("hex") { IdBase::HexThenDecimal } else { IdBase::Same };
        // By the id alone, and by the reference that comes back, too.
        for reference in [false, true] {
            let mut plan = plan(personality).with_binds(2);
            plan.profile.receipts.as_mut().unwrap().reference = reference;
            all_are_known_as_delivered(plan.with(|operator| operator.receipt_ids = base));
        }
    }
}

#[test]
fn lesson_2_states_on_the_way_are_noted_and_end_nothing() {
    let mut field = plan("receipts-on-the-way").with(|o| o.form.registered_delivery = 0x11).open();
    field.smsc.set_profile(smpp_sim::Profile {
        receipts: Some(smpp_sim::Receipts {
            delay: MINUTE,
            ..field.smsc.profile().receipts.clone().unwrap()
        }),
        ..field.smsc.profile().clone()
    });
    field.all_ask(5);
    field.pass(50 * SECOND);
    assert_eq!(field.states(), [(State::Accepted, 5)]);
    assert!(field.engine.tally().receipts_underway >= 5);
    field.pass(MINUTE);
    assert_eq!(field.states(), [(State::Delivered, 5)]);
}

#[test]
fn lesson_3_receipts_have_texts_of_every_kind_or_none() {
    for text in [
        "receipts-no-counts",
        "receipts-error-words",
        "receipts-long-dates",
        "receipts-commas",
        "receipts-no-text",
        "receipts-echo",
        "receipts-no-counts,receipts-commas,receipts-error-words,receipts-long-dates",
        "national-numbers",
        "zero-zero-numbers",
    ] {
        let mut plan = plan(&format!("receipts-text-only,{text}"));
        plan.profile.receipts.as_mut().unwrap().reference = false;
        all_are_known_as_delivered(plan);
    }
    all_are_known_as_delivered(plan("receipts-tlv-only"));
}

#[test]
fn lesson_3_each_end_is_known_for_what_it_is() {
    let mut field = plan("mixed-ends").open();
    field.all_ask(12);
    field.pass(15 * MINUTE);
    let mut states = field.states();
    states.sort_by_key(|(state, _)| format!("{state:?}"));
    // Deleted at the SMSC is undeliverable, too; of what it doesn't know, more may be heard.
    assert_eq!(
        states,
        [
            (State::Accepted, 2),
            (State::Delivered, 2),
            (State::Lapsed, 2),
            (State::Rejected, 2),
            (State::Undeliverable, 4),
        ]
    );
    let told = field.heads().into_iter().filter_map(|head| head.fate?.network_error).count();
    assert!(told > 0, "network_error_code is kept");
}

#[test]
fn lesson_15_receipts_of_parts_are_not_mixed_up() {
    for personality in ["receipts-each-part", "receipts-each-part,receipts-first,hex-ids"] {
        let base = if personality.contains("hex") { IdBase::HexThenDecimal } else { IdBase::Same };
        let mut plan = plan(personality).with_long_offer().with_binds(2);
        plan.profile.receipts.as_mut().unwrap().reference = false;
        all_are_known_as_delivered(plan.with(|operator| operator.receipt_ids = base));
    }
    // Of the first part nothing is ever heard: the whole isn't called delivered.
    let mut field = plan("receipts-last-part").with_long_offer().open();
    field.all_ask(3);
    field.pass(15 * MINUTE);
    assert_eq!(field.texts()[0].parts, 2);
    assert_eq!(field.states(), [(State::Accepted, 3)]);
}

#[test]
fn section_5_2_23_an_id_is_opaque() {
    // Neither hexadecimal nor decimal: as it stands, but for case and zeros in front.
    let pdu = |id: &str| {
        let mut pdu = vec![0; 16];
        pdu.extend_from_slice(b"\0\x01\x01381631112222\0\x03\x005622\0\x04\0\0\0\0\0\0\0\0");
        let text = format!("id:{id} stat:DELIVRD err:000");
        pdu.push(text.len() as u8);
        pdu.extend_from_slice(text.as_bytes());
        pdu
    };
    for id in ["7f9c2e1b-03aa-4b5f-9f2e-0c8a", "msg.42/x", "ZZ-TOP"] {
        let pdu = pdu(id);
        let sm = tellerd::smpp::deliver::DeliverSm::parse(&pdu).unwrap();
        assert_eq!(receipt::Receipt::read(&sm).unwrap().id, Some(id.as_bytes()));
    }
}
