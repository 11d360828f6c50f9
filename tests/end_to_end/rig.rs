//! The country that the tests play in: operators on free ports, the daemon's configuration pointed
//! at them, and what tests say all the time.

use std::net::SocketAddr;

use smpp_sim::{DeliverId, Event, Profile, Sim, SmsOut};

use crate::binary::{Folder, PATIENCE};

/// The sample bank's customers.
pub(crate) const P: &str = "+381631112222";
pub(crate) const M: &str = "+381641112222";
pub(crate) const F: &str = "+381601112222";
pub(crate) const R: &str = "+381642223344";
pub(crate) const W: &str = "+381631119999";
/// Nobody's number.
pub(crate) const X: &str = "+381622223333";

/// The operators of the shipped configuration and their ports.
pub(crate) const OPERATORS: [(&str, u16); 6] = [
    ("telenor", 27_751),
    ("vip", 27_752),
    ("mts", 27_753),
    ("vala", 27_754),
    ("ipko", 27_755),
    ("plus", 27_756),
];

/// An SMSC on a free port.
pub(crate) async fn sim(profile: Profile) -> Sim {
    Sim::listen("127.0.0.1:0".parse().unwrap(), profile).await.unwrap()
}

/// A configuration with the operators named here alone, each at its address, and with the services
/// that can be texted to over them.
pub(crate) fn folder(operators: &[(&str, SocketAddr)]) -> Folder {
    let folder = Folder::shipped();
    let config = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    let (binds, routes) = config.split_once("# --- The short codes").unwrap();
    let named = |table: &str, key: &str| {
        operators.iter().any(|(name, _)| table.contains(&format!("\n{key} = \"{name}\"")))
    };
    let mut binds = binds.split("\n[[operator]]");
    let mut kept = binds.next().unwrap().to_owned();
    for table in binds.filter(|table| named(table, "name")) {
        kept += &format!("\n[[operator]]{table}");
    }
    for table in routes.split("\n[[route]]").skip(1).filter(|table| named(table, "operator")) {
        kept += &format!("\n[[route]]{table}");
    }
    for entry in std::fs::read_dir(folder.path().join("services")).unwrap() {
        let file = entry.unwrap();
        let name = file.file_name().to_string_lossy().replace(".toml", "");
        if !kept.contains(&format!("\nservice = \"{name}\"")) {
            std::fs::remove_file(file.path()).unwrap();
            let begin = kept.find(&format!("[[bank]]\nname = \"{name}\"")).unwrap();
            let length = kept[begin..].find("\n\n").unwrap();
            kept.replace_range(begin..begin + length, "");
        }
    }
    std::fs::write(folder.path().join("config.toml"), kept).unwrap();
    for (name, address) in operators {
        folder.change("config.toml", &shipped_address(name), &address.to_string());
    }
    folder
}

/// Adds settings to an operator.
pub(crate) fn set(folder: &Folder, operator: &str, settings: &str) {
    let name = format!("\nname = \"{operator}\"");
    folder.change("config.toml", &name, &format!("\n{settings}{name}"));
}

/// Puts binds in the place of vip's only one, each with its settings.
pub(crate) fn vip_binds(folder: &Folder, binds: &[(SocketAddr, &str)]) {
    let config = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    let begin = config.find("\nname = \"vip\"").unwrap();
    let begin = begin + config[begin..].find("[[operator.bind]]").unwrap();
    let ends = ["\n[[operator]]", "\n[[route]]"].map(|next| config[begin..].find(next));
    let end = begin + ends.into_iter().flatten().min().unwrap();
    let login = "system_id = \"tellerd\"\npassword = \"secret08\"\n";
    let tables: String = binds
        .iter()
        .map(|(at, more)| format!("[[operator.bind]]\naddress = \"{at}\"\n{login}{more}\n"))
        .collect();
    let changed = format!("{}{tables}{}", &config[..begin], &config[end..]);
    std::fs::write(folder.path().join("config.toml"), changed).unwrap();
}

fn shipped_address(operator: &str) -> String {
    let (_, port) = OPERATORS.iter().find(|(name, _)| *name == operator).unwrap();
    format!("127.0.0.1:{port}")
}

/// Waits for the daemon's binds.
pub(crate) async fn bound(sim: &Sim, binds: usize) {
    assert!(sim.wait_bound(binds, PATIENCE).await, "{} of {binds} binds", sim.bound());
}

/// A text and its reply.
pub(crate) async fn ask(sim: &Sim, from: &str, to: &str, text: &str) -> SmsOut {
    sim.phone_sends(from, to, text);
    reply(sim, from).await.unwrap_or_else(|| panic!("{from} to {to}: {text}: no reply"))
}

/// The next text to a phone.
pub(crate) async fn reply(sim: &Sim, phone: &str) -> Option<SmsOut> {
    sim.wait_for_message(phone, PATIENCE).await
}

/// How a deliver_sm was answered (its last part). Other events on the way are lost.
pub(crate) async fn status(sim: &Sim, sent: DeliverId) -> u32 {
    let answered = event(sim, |event| match event {
        Event::DeliverAnswered { id, status, .. } if *id == sent => Some(*status),
        _ => None,
    });
    answered.await
}

/// The next event that `pick` picks. Others on the way are lost.
pub(crate) async fn event<T>(sim: &Sim, pick: impl Fn(&Event) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = pick(&sim.next_event().await) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("an event that never comes")
}
