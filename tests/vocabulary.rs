//! The shipped vocabulary against anything that can be typed: it never panics, never guesses a
//! change, and reads a command the same however it is dressed.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

use std::sync::LazyLock;

use proptest::prelude::*;
use tellerd::command::Command;
use tellerd::service::Service;
use tellerd::service::blot::without_cards;
use tellerd::service::slot::CardArg;

/// Read once: a service file is checked with values of every shape, which takes its time.
fn service() -> &'static Service {
    static SERVICE: LazyLock<Service> =
        LazyLock::new(|| Service::read(include_str!("../services/kombank.toml")).unwrap());
    &SERVICE
}

/// Commands as the bank's own leaflet writes them.
const COMMANDS: &[&str] = &[
    "TR",
    "TR 2",
    "TRS 1",
    "DR",
    "T 1",
    "KT 1600",
    "KURS",
    "KURS 05.11.26",
    "INFO",
    "PRIJAVA PRILIV TR 2 10.000",
    "PRIJAVA ODLIV TRS 1",
    "PRIJAVA AUTORIZACIJA 6666",
    "PRIJAVA INFO",
    "ODJAVA PRILIV TR 2",
    "ODJAVA ODLIV",
    "ODJAVA AUTORIZACIJA",
    "ODJAVA INFO",
    "ODJAVA",
];

/// The same letters in Serbian Cyrillic, where there is one for them.
fn cyrillic(text: &str) -> String {
    const LETTERS: &[(char, char)] = &[
        ('A', 'А'),
        ('B', 'Б'),
        ('C', 'Ц'),
        ('D', 'Д'),
        ('E', 'Е'),
        ('F', 'Ф'),
        ('G', 'Г'),
        ('H', 'Х'),
        ('I', 'И'),
        ('J', 'Ј'),
        ('K', 'К'),
        ('L', 'Л'),
        ('M', 'М'),
        ('N', 'Н'),
        ('O', 'О'),
        ('P', 'П'),
        ('R', 'Р'),
        ('S', 'С'),
        ('T', 'Т'),
        ('U', 'У'),
        ('V', 'В'),
        ('Z', 'З'),
    ];
    let turned =
        |c| LETTERS.iter().find(|(latin, _)| *latin == c).map_or(c, |(_, cyrillic)| *cyrillic);
    text.chars().map(turned).collect()
}

fn read(service: &Service, text: &str) -> Command {
    Command::of(service.understand(|| text.chars()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_typed_panics(text in "\\PC{0,200}") {
        read(service(), &text);
        without_cards(&text);
    }

    #[test]
    fn near_commands_never_panic(text in "(PRIJAVA|ODJAVA|KURS|KT|TR|PRILIV|[0-9.,/ -]{1,12}|RSD| ){1,12}") {
        read(service(), &text);
    }

    #[test]
    fn a_command_is_read_however_it_is_dressed(
        which in 0..COMMANDS.len(),
        script in 0..2,
        lower in any::<bool>(),
        before in "[ \u{A0}\t\"“(]{0,3}",
        after in "[ .!?\u{200B}]{0,3}",
    ) {
        let service = service();
        let plain = COMMANDS[which];
        let turned = if script == 0 { plain.to_owned() } else { cyrillic(plain) };
        let turned = if lower { turned.to_lowercase() } else { turned };
        let dressed = format!("{before}{turned}{after}");
        prop_assert_eq!(read(service, &dressed), read(service, plain), "{}", dressed);
    }

    #[test]
    fn a_change_with_a_word_too_many_changes_nothing(which in 0..COMMANDS.len(), tail in "[A-Z]{4,9}") {
        let service = service();
        let command = read(service, &format!("{} Q{tail}", COMMANDS[which]));
        // A word where a card's digits belong is read as such, and answered with how to write them.
        let no_card =
            matches!(command, Command::Unsubscribe(c) if c.args.card == CardArg::Malformed);
        prop_assert!(no_card || !command.changes(), "{} Q{tail}", COMMANDS[which]);
    }

    #[test]
    fn no_stored_text_holds_a_whole_card_number(
        groups in prop::collection::vec(0u16..10_000, 4),
        glue in "( |-|\\.|)",
        before in "[A-Za-z ]{0,10}",
    ) {
        let digits: String = groups.iter().map(|group| format!("{group:04}")).collect();
        let body: u32 = digits[..15].bytes().rev().enumerate().map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        }).sum();
        let card = format!("{}{}", &digits[..15], (10 - body % 10) % 10);
        let written: Vec<&str> = (0..4).map(|n| &card[n * 4..n * 4 + 4]).collect();
        let text = format!("{before} {}", written.join(&glue));
        let kept: String = without_cards(&text).chars().filter(char::is_ascii_digit).collect();
        prop_assert_eq!(kept, "", "{}", text);
    }
}
