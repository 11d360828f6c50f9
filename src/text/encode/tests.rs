//! Encoding against the tables of requirements, section 4, two other libraries, and its own
//! undoing.

use proptest::prelude::*;
use sms_splitter::SplitSms;

use super::*;
use crate::base::limits::PARTS_MAX;
use crate::base::now::Mono;
use crate::text::decode;
use crate::text::join::{self, Joined, Joiner};

fn options(policy: Policy, alphabet: Alphabet) -> Options {
    Options { policy, alphabet, long: Long::Udh8, ..Options::default() }
}

fn narrow() -> Options {
    options(Policy::Auto, Alphabet::Gsm7)
}

/// What the phone shows: parts joined by their headers, in the order given, and decoded.
fn received(encoded: &Encoded, parts: &[Part], alphabet: Alphabet) -> String {
    let mut joiner = Joiner::new(join::Options::default());
    for part in parts {
        let (segment, octets) = if part.place == Place::Header {
            udh::parse(&part.octets)
        } else {
            (None, &part.octets[..])
        };
        let text: String = decode::chars(encoded.data_coding, alphabet, octets).collect();
        let Some(segment) = segment else { return text };
        match joiner.add(0, segment, text, 0, Mono::ZERO, |a, b| a == b) {
            Joined::Whole(parts) => return parts.concat(),
            other => assert_eq!(other, Joined::Waiting),
        }
    }
    panic!("never whole");
}

#[test]
fn plain_letters_take_one_part_where_accents_would_take_two() {
    let text = "č".repeat(130);
    let plan = plan(&text, &Options::default()).unwrap();
    assert_eq!((plan.written, plan.units, plan.parts), (Written::Default(Alphabet::Gsm7), 130, 1));
    let emoji = format!("{text}😀");
    let plan = super::plan(&emoji, &Options::default()).unwrap();
    assert_eq!((plan.written, plan.units, plan.parts, plan.lost), (Written::Ucs2, 132, 2, 0));
    let plan = super::plan(&emoji, &options(Policy::Plain, Alphabet::Gsm7)).unwrap();
    assert_eq!((plan.units, plan.parts, plan.lost), (131, 1, 1));
}

#[test]
fn octets_of_each_alphabet() {
    let octets = |text: &str, alphabet| {
        let encoded = encode(text, &options(Policy::Plain, alphabet), 0).unwrap();
        assert_eq!((encoded.data_coding, encoded.parts.len()), (0, 1));
        assert_eq!(encoded.parts[0].place, Place::Alone);
        encoded.parts[0].octets.clone()
    };
    assert_eq!(octets("@[é", Alphabet::Gsm7), [0x00, 0x1B, 0x3C, 0x05]);
    assert_eq!(octets("@[é", Alphabet::Latin1), [0x40, 0x5B, 0xE9]);
    assert_eq!(octets("@[é", Alphabet::Ascii), [0x40, 0x5B, 0x65]);
    assert!(octets("", Alphabet::Gsm7).is_empty());
    let encoded = encode("余", &Options::default(), 0).unwrap();
    assert_eq!((encoded.data_coding, &encoded.parts[0].octets[..]), (8, &[0x4F, 0x59][..]));
    let sign = Options { euro_word: false, ..Options::default() };
    assert_eq!(encode("€", &sign, 0).unwrap().parts[0].octets, [0x1B, 0x65]);
}

#[test]
fn parts_carry_their_header() {
    let encoded = encode(&"a".repeat(161), &narrow(), 0x1FE).unwrap();
    assert_eq!(encoded.parts.len(), 2);
    assert_eq!(encoded.parts[0].octets[..7], [5, 0, 3, 0xFE, 2, 1, 0x61]);
    assert_eq!(encoded.parts[1].octets[..7], [5, 0, 3, 0xFE, 2, 2, 0x61]);
    assert_eq!(encoded.parts.iter().map(|part| part.octets.len()).collect::<Vec<_>>(), [159, 14]);
    // As tellerd sends them: ids 256 apart share no reference.
    let encoded = encode(&"a".repeat(161), &Options::default(), 0x1FE).unwrap();
    assert_eq!(encoded.parts[1].octets[..8], [6, 8, 4, 1, 0xFE, 2, 2, 0x61]);
}

#[test]
fn too_many_parts_are_the_callers_business() {
    let most = usize::from(PARTS_MAX) * 153;
    assert!(encode(&"a".repeat(most), &narrow(), 0).is_ok());
    let error = encode(&"a".repeat(most + 1), &narrow(), 0).unwrap_err();
    assert_eq!(error, TooLong { units: most + 1, parts: 11 });
}

#[test]
fn what_no_link_can_send_is_cut() {
    let kept = |text: &str| {
        let text = shortened(text.to_owned());
        assert!(fits(&text));
        text
    };
    for text in ["Stanje 1,00", &"a".repeat(1_520), &"č".repeat(1_520), &"余".repeat(660)] {
        assert_eq!(kept(text), *text);
    }
    assert_eq!(kept(&"a".repeat(1_521)), "a".repeat(1_517) + "...");
    assert_eq!(kept(&"余".repeat(661)), "余".repeat(657) + "...");
    // Each a pair: of 66 units, of 152 septets.
    assert_eq!(kept(&"😀".repeat(400)), "😀".repeat(328) + "...");
    assert_eq!(kept(&"[".repeat(800)), "[".repeat(758) + "...");
    // One sign that plain letters can't spell, and a text of 700 is too long.
    let offer = format!("{}😀{}", "ponuda, ".repeat(40), "vaša ".repeat(80));
    assert!(kept(&offer).ends_with("vaša..."));
    assert_eq!(kept(&offer.replace('😀', "")), offer.replace('😀', ""));
}

#[test]
fn planning_allocates_nothing() {
    let counted = allocation_counter::measure(|| {
        for text in ["Stanje 1.234,56 RSD, č đ €", "余 😀"] {
            std::hint::black_box(plan(text, &Options::default()).is_ok());
        }
    });
    assert_eq!(counted.count_total, 0);
}

/// Characters that the oracles and we see alike, pairs among them.
fn gsm_text() -> impl Strategy<Value = String> {
    let chars: Vec<char> = "aAzZ09 @$_Çéèß?.,/-*{}[]~\\|^€".chars().collect();
    prop::collection::vec(prop::sample::select(chars), 0..700).prop_map(String::from_iter)
}

fn any_text() -> impl Strategy<Value = String> {
    let chars: Vec<char> = "abc đĐŠ ČЉљТР €[ 余😀\u{301}“”\u{A0}".chars().collect();
    let chosen = prop::sample::select(chars);
    prop::collection::vec(prop_oneof![4 => chosen, 1 => any::<char>()], 0..400)
        .prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn what_arrives_is_the_plain_text(
        text in any_text(), auto: bool, wide: bool, backwards: bool,
        alphabet in prop::sample::select(vec![Alphabet::Gsm7, Alphabet::Latin1, Alphabet::Ascii]),
    ) {
        let policy = if auto { Policy::Auto } else { Policy::Plain };
        let long = if wide { Long::Udh16 } else { Long::Udh8 };
        let options = Options { policy, alphabet, euro_word: true, long };
        let Ok(encoded) = encode(&text, &options, 0xABCD) else { return Ok(()) };
        let plan = plan(&text, &options).unwrap();
        prop_assert_eq!(encoded.parts.len(), usize::from(plan.parts));
        let mut parts = encoded.parts.clone();
        if backwards {
            parts.reverse();
        }
        prop_assert!(parts.iter().all(|part| part.octets.len() <= 160));
        let expected: String = match encoded.data_coding {
            8 => text.clone(),
            _ => letters(&text, &options).map(|letter| letter.c).collect(),
        };
        prop_assert_eq!(received(&encoded, &parts, alphabet), expected);
        prop_assert_eq!(encoded.data_coding == 8, plan.written == Written::Ucs2);
        // Every part is readable alone: no pair was cut.
        if encoded.data_coding == 8 {
            for part in &encoded.parts {
                let octets = if part.place == Place::Header { udh::parse(&part.octets).1 } else { &part.octets };
                let broken = decode::chars(8, alphabet, octets).any(|c| c == '\u{FFFD}');
                prop_assert!(!broken || text.contains(char::REPLACEMENT_CHARACTER));
            }
        }
    }

    #[test]
    fn splits_like_another_library(text in gsm_text()) {
        let options = Options { euro_word: false, ..narrow() };
        let theirs = SplitSms::default().split(text.clone());
        let Ok(ours) = encode(&text, &options, 1) else {
            prop_assert!(theirs.parts.len() > usize::from(PARTS_MAX));
            return Ok(());
        };
        prop_assert_eq!(ours.parts.len(), theirs.parts.len());
        for (ours, theirs) in ours.parts.iter().zip(&theirs.parts) {
            let octets = if ours.place == Place::Header { udh::parse(&ours.octets).1 } else { &ours.octets };
            let text: String = decode::chars(0, Alphabet::Gsm7, octets).collect();
            prop_assert_eq!(&text, &theirs.content);
        }
    }

    #[test]
    fn splits_unicode_like_another_library(
        text in prop::collection::vec(prop::sample::select(vec!['余', 'a', '😀', 'Њ']), 1..300)
    ) {
        let text = format!("余{}", String::from_iter(text));
        let theirs = SplitSms::default().split(text.clone());
        match plan(&text, &narrow()) {
            Ok(plan) => prop_assert_eq!(usize::from(plan.parts), theirs.parts.len()),
            Err(error) => prop_assert_eq!(error.parts, theirs.parts.len()),
        }
    }
}
