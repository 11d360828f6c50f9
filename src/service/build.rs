//! The parts of a service out of its file's tables, each fault with its place.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::base::fault::Fault;
use crate::base::money::Minor;
use crate::service::file::{AccountTable, ServiceFile};
use crate::service::pattern::{Verb, Vocabulary};
use crate::service::say::{ACCOUNT_PLACEHOLDERS, Say};
use crate::service::texts::{TextId, Texts};
use crate::service::{AccountKind, class, purchase};

pub(super) fn build_vocabulary(file: &ServiceFile, faults: &mut Vec<Fault>) -> Vocabulary {
    let accounts = file.account.iter().map(|table| table.word.get_ref().clone()).collect();
    let amount_words = file.amount_words.iter().map(|word| word.get_ref().clone()).collect();
    let card_kinds = card_kinds(file, faults);
    let mut vocabulary = Vocabulary::new(accounts, amount_words)
        .with_card_kinds(card_kinds)
        .with_products(purchase::spellings(file));
    for table in &file.command {
        if table.does == Verb::Subscribe && table.topic.is_none() {
            faults.push(Fault::new(
                table.pattern.span(),
                format!("`{}` subscribes to nothing", table.pattern.get_ref()),
                "add topic = \"credit\" (or debit, card-use, offer)",
            ));
        }
        let span = table.pattern.span();
        if let Err(fault) = vocabulary.add(table.pattern.get_ref(), table.does, table.topic, span) {
            faults.push(fault);
        } else if let Some(class) = class::of_command(table, file, faults) {
            vocabulary.of_class(class);
        }
    }
    faults.extend(vocabulary.overlaps(file.split_digits));
    vocabulary
}

pub(super) fn build_says(
    file: &ServiceFile,
    texts: &Texts,
    vocabulary: &Vocabulary,
    faults: &mut Vec<Fault>,
) -> BTreeMap<Say, TextId> {
    let verbs: Vec<Verb> = vocabulary.verbs().collect();
    let mut says = BTreeMap::new();
    for say in Say::ALL {
        let needed =
            say.needed_by().is_empty() || say.needed_by().iter().any(|verb| verbs.contains(verb));
        match file.say.get(say) {
            Some(name) => {
                if let Some(text) = checked_text(name, say.placeholders(), texts, faults) {
                    says.insert(*say, text);
                }
            }
            None if needed && !say.may_be_left_out() => faults.push(Fault::new(
                0..0,
                format!("no text is named for `{}`", say.name()),
                format!("add {} = \"…\" under [say], and its wording under [texts]", say.name()),
            )),
            None => {}
        }
    }
    says
}

pub(super) fn card_kinds(file: &ServiceFile, faults: &mut Vec<Fault>) -> Vec<String> {
    file.card.iter().for_each(|table| check_word(&table.word, faults));
    file.card.iter().map(|table| table.word.get_ref().clone()).collect()
}

pub(super) fn check_word(word: &Spanned<String>, faults: &mut Vec<Fault>) {
    let letters = word.get_ref();
    if letters.is_empty() || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        faults.push(Fault::new(
            word.span(),
            format!("`{letters}` is no word that a folded message can hold"),
            "words are plain capital letters A-Z",
        ));
    }
}

pub(super) fn build_account(
    table: &AccountTable,
    file: &ServiceFile,
    texts: &Texts,
    faults: &mut Vec<Fault>,
) -> Option<AccountKind> {
    let word = table.word.get_ref();
    check_word(&table.word, faults);
    let minimum = match &table.minimum {
        None => Some(None),
        Some(text) => match Minor::parse(text.get_ref()) {
            Ok(amount) if amount > Minor::ZERO => Some(Some(amount)),
            _ => {
                faults.push(Fault::new(
                    text.span(),
                    format!("`{}` is no smallest amount", text.get_ref()),
                    "write a positive decimal string such as \"1000.00\", or leave it out for no limits",
                ));
                None
            }
        },
    };
    let limits = class::limits(table, file, faults);
    let asked_for =
        file.command.iter().any(|command| matches!(command.does, Verb::Balance | Verb::Balances));
    if table.info.is_none() && asked_for {
        faults.push(Fault::new(
            table.word.span(),
            format!("nothing answers a question for `{word}`"),
            "add info = \"…\", the name of a text",
        ));
    }
    let mut named = |name: &Option<Spanned<String>>| {
        let text = name.as_ref();
        text.map(|name| checked_text(name, ACCOUNT_PLACEHOLDERS, texts, faults))
    };
    let (info, bare) = (named(&table.info), named(&table.info_bare));
    Some(AccountKind {
        word: word.clone(),
        holder: table.holder,
        minimum: minimum?,
        limits,
        topics: table.topics.clone(),
        info: info.flatten(),
        info_bare: bare.or(info).flatten(),
    })
}

/// The text called `name`, with its placeholders checked against what the code gives.
pub(super) fn checked_text(
    name: &Spanned<String>,
    given: &[&str],
    texts: &Texts,
    faults: &mut Vec<Fault>,
) -> Option<TextId> {
    let Some(text) = texts.find(name.get_ref()) else {
        faults.push(Fault::new(
            name.span(),
            format!("there is no text `{}`", name.get_ref()),
            "add it under [texts], or name one that is there",
        ));
        return None;
    };
    for unknown in texts.unknown_placeholders(text, given) {
        faults.push(Fault::new(
            name.span(),
            format!(
                "the text `{}` uses {{{unknown}}}, which is not given to it here",
                name.get_ref()
            ),
            format!(
                "it may use {}",
                given
                    .iter()
                    .map(|g| format!("{{{g}}}"))
                    .chain(["{phone}".into()])
                    .collect::<Vec<_>>()
                    .join(" ")
            ),
        ));
    }
    Some(text)
}
