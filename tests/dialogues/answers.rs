//! What the door has answered, as a line of a dialogue expects it.

use tellerd::engine::door::{Over, Page, What};
use tellerd::enrol::{Outcome, Unread};
use tellerd::fee::Line;

/// `accounts[0] added, phones[1] changed; refused cards[0].word no card is called so`
pub(crate) fn became(outcome: &Outcome) -> String {
    let deeds = outcome.deeds.iter().map(|deed| format!("{} {}", deed.field, deed.did.name()));
    let deeds = deeds.collect::<Vec<_>>().join(", ");
    let faults: Vec<Unread> = outcome.refusals.iter().cloned().map(Unread::from).collect();
    let mut said = Vec::new();
    if faults.is_empty() || !deeds.is_empty() {
        said.push(if deeds.is_empty() { "nothing new".to_owned() } else { deeds });
    }
    if !faults.is_empty() {
        said.push(format!("refused {}", shown(&faults)));
    }
    if let Some(code) = &outcome.code {
        said.push(format!("code {}", code.reveal().as_str()));
    }
    said.join("; ")
}

/// `cards[0].word no card is called so`
pub(crate) fn shown(faults: &[Unread]) -> String {
    let faults = faults.iter().map(|fault| format!("{} {}", fault.field, fault.what));
    faults.collect::<Vec<_>>().join(", ")
}

/// `charged; Maestro *1111 **0134 2 10.00`
pub(crate) fn shown_bill(page: &Page) -> String {
    let state = if page.charged { "charged" } else { "open" };
    let line = |line: &Line| {
        let charge = &line.charge;
        let card = charge.card.as_deref().map_or(String::new(), |card| format!("{card} "));
        let account =
            charge.account.as_ref().map_or(String::new(), |account| format!("{account} "));
        let back = line.reversed.map(|back| format!(" back {}", back.decimal()));
        let back = back.unwrap_or_default();
        format!("; {card}{account}{} {}{back}", charge.messages, charge.amount.decimal())
    };
    page.lines.iter().map(line).fold(state.to_owned(), |all, line| all + &line)
}

/// `4640 card-alarm-on 2 at 9.60` or `parts 3`
pub(crate) fn shown_usage(over: &Over) -> String {
    match &over.what {
        What::Inbound { code, kind, price } => {
            let price = price.map_or(String::new(), |price| format!(" at {}", price.decimal()));
            format!("{code} {kind} {}{price}", over.count)
        }
        What::Parts => format!("parts {}", over.count),
        What::Unknown => format!("unknown {}", over.count),
    }
}
