//! Classes of accounts: the kinds that one command asks for together (PC-11), and the limits that
//! a contract may choose from for a kind's alerts (PC-06).

use crate::base::fault::Fault;
use crate::base::money::Minor;
use crate::service::checked_text;
use crate::service::file::{AccountTable, ClassTable, CommandTable, ServiceFile};
use crate::service::texts::{TextId, Texts};
use crate::service::verb::Verb;

/// The placeholders of the text that tells of several accounts.
pub const SEVERAL_PLACEHOLDERS: &[&str] = &["states", "today", "time"];

/// A class of accounts.
#[derive(Clone, Debug)]
pub struct AccountClass {
    /// Its kinds, as places in the service's list, in the order in which they are told.
    pub kinds: Vec<u8>,
    /// Tells of several accounts.
    pub several: TextId,
    /// Answers whoever has none.
    pub none: TextId,
}

/// The classes of a file, in its order.
pub(super) fn build(
    file: &ServiceFile,
    texts: &Texts,
    faults: &mut Vec<Fault>,
) -> Vec<AccountClass> {
    file.class.iter().filter_map(|table| build_one(table, file, texts, faults)).collect()
}

fn build_one(
    table: &ClassTable,
    file: &ServiceFile,
    texts: &Texts,
    faults: &mut Vec<Fault>,
) -> Option<AccountClass> {
    if table.kinds.is_empty() {
        faults.push(Fault::new(
            table.class.span(),
            format!("the class `{}` has no kinds of account", table.class.get_ref()),
            "add kinds = [\"…\"], the words of one or more [[account]]s",
        ));
    }
    let mut kinds = Vec::new();
    for kind in &table.kinds {
        let found = file.account.iter().position(|known| known.word.get_ref() == kind.get_ref());
        match found.and_then(|at| u8::try_from(at).ok()).filter(|at| !kinds.contains(at)) {
            Some(at) => kinds.push(at),
            None => faults.push(Fault::new(
                kind.span(),
                format!("`{}` is no kind of account, or stands here twice", kind.get_ref()),
                "write the word of an [[account]], once",
            )),
        }
    }
    let several = checked_text(&table.several, SEVERAL_PLACEHOLDERS, texts, faults);
    let none = checked_text(&table.none, &[], texts, faults);
    Some(AccountClass { kinds, several: several?, none: none? })
}

/// The class that a command asks for, by its place in the file.
pub(super) fn of_command(
    table: &CommandTable,
    file: &ServiceFile,
    faults: &mut Vec<Fault>,
) -> Option<u8> {
    let pattern = || format!("`{}`", table.pattern.get_ref());
    match (&table.class, table.does == Verb::Balances) {
        (None, false) => None,
        (None, true) => {
            faults.push(Fault::new(
                table.pattern.span(),
                format!("{} asks for the balances of no accounts", pattern()),
                "add class = \"…\", the name of a [[class]]",
            ));
            None
        }
        (Some(class), false) => {
            faults.push(Fault::new(
                class.span(),
                format!("{} asks for no class of accounts", pattern()),
                "only does = \"balances\" has a class: take it out",
            ));
            None
        }
        (Some(class), true) => {
            let found =
                file.class.iter().position(|known| known.class.get_ref() == class.get_ref());
            if found.is_none() {
                faults.push(Fault::new(
                    class.span(),
                    format!("there is no class `{}`", class.get_ref()),
                    "add a [[class]] of that name, or name one that is there",
                ));
            }
            found.and_then(|at| u8::try_from(at).ok())
        }
    }
}

/// The limits that a contract may choose from. A message knows only a smallest one, so a kind that
/// customers subscribe to themselves has no such list.
pub(super) fn limits(
    table: &AccountTable,
    file: &ServiceFile,
    faults: &mut Vec<Fault>,
) -> Vec<Minor> {
    let mut limits = Vec::new();
    for text in &table.limits {
        match Minor::parse(text.get_ref()) {
            Ok(limit) if limit > Minor::ZERO && !limits.contains(&limit) => limits.push(limit),
            _ => faults.push(Fault::new(
                text.span(),
                format!("`{}` is no limit, or stands here twice", text.get_ref()),
                "write a positive decimal string such as \"500.00\", once",
            )),
        }
    }
    let by_text = file.command.iter().any(|command| command.does == Verb::Subscribe);
    if let Some(first) = table.limits.first().filter(|_| by_text || table.minimum.is_some()) {
        faults.push(Fault::new(
            first.span(),
            "limits to choose from go with neither a minimum nor a subscribe command",
            "keep either `limits`, which the branch chooses from, or `minimum`",
        ));
    }
    limits
}
