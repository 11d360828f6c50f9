//! A bank that is configured otherwise for one scene.

use std::path::Path;

use tellerd::config::Config;
use tellerd::service::Service;

/// Lines as people compare them: blanks are one blank.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Changes a line of the bank's service file: `old => new`.
pub(crate) fn change(config: &mut Config, folder: &Path, bank: usize, change: &str) {
    let (old, new) = change.split_once(" => ").expect("set OLD => NEW");
    let entry = config.setup.services.iter_mut().find(|entry| entry.bank == bank);
    let service = &mut entry.expect("a service").service;
    let file = folder.join(format!("services/{}.toml", service.name));
    let text = std::fs::read_to_string(file).unwrap();
    let is_it = |line: &&str| squeezed(line).starts_with(&squeezed(old));
    assert_eq!(text.lines().filter(is_it).count(), 1, "{old} stands there once");
    let lines = text.lines().map(|line| if is_it(&line) { new } else { line });
    let calendar = service.calendar.clone();
    *service = Service::read(&lines.collect::<Vec<_>>().join("\n")).expect("a service");
    service.calendar = calendar;
}
