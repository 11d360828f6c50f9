//! What each of this process's threads has spent, so that a message's cost can be told by thread.

use std::collections::BTreeMap;
use std::fs;

/// Seconds on a core by thread name, of the threads that run now.
#[derive(Debug, Default)]
pub(crate) struct Spent(BTreeMap<String, f64>);

impl Spent {
    /// Up to now.
    pub(crate) fn now() -> Spent {
        let mut spent = BTreeMap::new();
        let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        for thread in threads.map(|thread| thread.path()) {
            let read = |name| fs::read_to_string(thread.join(name)).unwrap_or_default();
            // "run queue-wait slices", in nanoseconds.
            let run = read("schedstat").split(' ').next().and_then(|run| run.parse::<f64>().ok());
            // sled numbers its threads.
            let name = read("comm");
            let name = name.trim_end().trim_end_matches(|c: char| c == '-' || c.is_ascii_digit());
            *spent.entry(name.to_owned()).or_default() += run.unwrap_or(0.0) / 1e9;
        }
        Spent(spent)
    }

    /// Microseconds a message since `before`, the largest first; what rounds to nothing is left
    /// out.
    pub(crate) fn a_message(&self, before: &Spent, messages: u64) -> Vec<(String, f64)> {
        let mut each: Vec<(String, f64)> = self
            .0
            .iter()
            .map(|(name, spent)| {
                let spent = spent - before.0.get(name).unwrap_or(&0.0);
                (name.clone(), spent * 1e6 / messages as f64)
            })
            .filter(|(_, spent)| *spent >= 0.05)
            .collect();
        each.sort_by(|one, other| other.1.total_cmp(&one.1));
        each
    }
}
