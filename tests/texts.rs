//! The texts of a service under every shape of values: what `Service::read` lets pass, and what
//! becomes of a text that fails all the same.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

use minijinja::Value;
use tellerd::service::Service;
use tellerd::service::say::Say;
use tellerd::text::encode::{Options, plan};

const KOMBANK: &str = include_str!("../services/kombank.toml");

/// The shipped service with one of its texts replaced, and what is said of that.
fn with_text(name: &str, wording: &str) -> Result<Service, String> {
    let line = KOMBANK.lines().find(|line| {
        line.starts_with(&format!("\"{name}\"")) && line.split('=').nth(1).unwrap().contains('"')
    });
    let changed = KOMBANK.replace(line.unwrap(), &format!("\"{name}\" = \"{wording}\""));
    Service::read(&changed).map_err(|faults| {
        faults.iter().map(|fault| format!("{} ({})\n", fault.what, fault.remedy)).collect()
    })
}

#[test]
fn the_shipped_texts_fit_their_parts() {
    Service::read(KOMBANK).unwrap();
    // What they are filled with counts: 4 currencies, 4 rates, the longest account word and limit.
    let longer = |name: &str, from: &str, to: &str| {
        let line = KOMBANK.lines().find(|line| line.starts_with(&format!("\"{name}\""))).unwrap();
        assert!(line.contains(from));
        Service::read(&KOMBANK.replace(line, &line.replace(from, to))).err().map(|faults| {
            assert_eq!(faults.len(), 1);
            faults[0].what.clone()
        })
    };
    assert_eq!(longer("kb.kurs", "Kurs ", "Kurs: "), None);
    let said = longer("kb.kurs", "Kurs ", "Kursna lista za ").unwrap();
    assert!(said.contains("`kb.kurs` takes 2 parts at its longest (163 letters)"), "{said}");
    let limit = KOMBANK.replace("\"CHF\", \"GBP\"]", "\"CHF\", \"GBP\", \"SEK\"]");
    assert!(Service::read(&limit).unwrap_err()[0].what.contains("`kb.kurs` takes 2 parts"));
}

#[test]
fn a_text_that_fails_in_one_shape_is_refused() {
    // A list of one, which nobody has tried; an account without a last movement; a card that isn't
    // there.
    for (name, wording, says) in [
        ("kb.list", "{accounts[1].n + 1}", "with one of {accounts}"),
        ("kb.tr.info", "{% if not date %}{amt + 1}{% endif %}{k}", "without {amt}, without {date}"),
        ("kb.sub.not", "{% if k %}Nije ugovoreno.{% endif %}", "is empty without {k}"),
        ("kb.un.all", "{% if phone %}{phone|uper}{% endif %}", "filter uper is unknown"),
        ("kb.un.all", " ", "is empty"),
        ("kb.code5622", "{1 // 0}", "`kb.code5622` can't be filled in"),
    ] {
        let said = with_text(name, wording).map_or_else(|said| said, |_| "nothing".to_owned());
        assert!(said.contains(says), "{wording}: {said}");
    }
    with_text("kb.sub.not", "Nije ugovoreno{% if k %} za {k}{% endif %}.").unwrap();
}

#[test]
fn a_text_that_a_value_breaks_is_answered_with_later() {
    let service = with_text("kb.offer", "{% if text == 'x' %}{1 // 0}{% endif %}{text}").unwrap();
    let offer = |text: &str| {
        let values = [("text", Value::from(text))];
        service.render(service.text_for(Say::Offer).unwrap(), &values)
    };
    assert_eq!(offer("Novo"), "Novo");
    let later = service.render(service.text_for(Say::Later).unwrap(), &[]);
    assert!(!later.is_empty());
    assert_eq!(offer("x"), later);
    assert_eq!(offer(" "), later);
}

#[test]
fn a_long_offer_is_cut_to_what_can_be_sent() {
    let service = Service::read(KOMBANK).unwrap();
    let offer = service.text_for(Say::Offer).unwrap();
    for text in ["š 😀 ".repeat(300), "[]".repeat(700), "ponuda ".repeat(300)] {
        let wording = service.render(offer, &[("text", Value::from(text.as_str()))]);
        assert!(plan(&wording, &Options::default()).is_ok(), "{wording}");
        assert!(
            wording.ends_with("...") && text.starts_with(wording.trim_end_matches('.').trim_end())
        );
    }
}
