//! How the messages of a daemon that has ended ended.

use std::ops::ControlFlow;

use tellerd::base::dice::Dice;
use tellerd::engine::names::{Kind, Names};
use tellerd::message::{MESSAGES, Message, State};
use tellerd::store::Read;
use tellerd::store::disk::{DiskStore, Options};

use crate::binary::Folder;

/// The states of a bank's messages, in their order.
pub(crate) fn read(folder: &Folder, bank: &str) -> Vec<State> {
    // Nothing random is made of a store that is only read.
    let mut dice = Dice::seeded(1);
    let data = folder.path().join("data");
    let (store, _) = DiskStore::open(&data, &Options::default(), &mut dice).unwrap();
    let banks = Names::load(&store, Kind::Bank).unwrap();
    let number = banks.numbers().find(|number| banks.name(*number) == Some(bank)).unwrap();
    let prefix = MESSAGES.key(number);
    let mut states = Vec::new();
    store
        .scan(&prefix, None, &mut |_, value| {
            states.push(Message::parse(&prefix, value).unwrap().head.state);
            ControlFlow::Continue(())
        })
        .unwrap();
    states
}
