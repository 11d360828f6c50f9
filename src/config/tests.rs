//! The shipped config.toml: it loads without any environment, and what its comments call defaults
//! are the defaults of the code.

use std::fs;
use std::path::Path;

use super::*;

const SHIPPED: &str = include_str!("../../config.toml");

/// Loads `text` as the config.toml of a folder that has the shipped services, a seed for each, and
/// nothing else.
fn load_in(folder: &Path, text: &str) -> Result<Config, Faults> {
    load_with(folder, text, &|_| None)
}

fn load_with(
    folder: &Path,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Faults> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("services");
    fs::create_dir_all(folder.join("services")).unwrap();
    fs::create_dir_all(folder.join("examples")).unwrap();
    for entry in fs::read_dir(shipped).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.join("services").join(entry.file_name())).unwrap();
        fs::write(folder.join("examples").join(entry.file_name()), "").unwrap();
    }
    let holidays = include_str!("../../examples/holidays.toml");
    fs::write(folder.join("examples/holidays.toml"), holidays).unwrap();
    let authority = include_str!("../../tests/bad_config/tls.pem");
    fs::write(folder.join("telenor-ca.pem"), authority).unwrap();
    let ported = include_str!("../../examples/ported.csv");
    fs::write(folder.join("examples/ported.csv"), ported).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
    load(&folder.join("config.toml"), env)
}

/// All that is configured, printed; the burst as it is in force.
fn printed(mut config: Config) -> String {
    for operator in &mut config.operators {
        operator.pace.burst = Some(operator.pace.burst());
    }
    let services: Vec<&str> =
        config.setup.services.iter().map(|setup| setup.service.name.as_str()).collect();
    let services = format!("{services:?}");
    // A service prints its templates, of which there is nothing in config.toml.
    config.setup.services.clear();
    format!("{config:#?}{services}")
}

/// Takes the `# ` from each line that shows a default.
fn with_defaults_written(text: &str) -> (String, usize) {
    let mut written = 0;
    let lines = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if is_option(rest) => {
            written += 1;
            rest
        }
        _ => line,
    });
    let text = lines.collect::<Vec<&str>>().join("\n");
    (text, written)
}

fn is_option(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(key, _)| {
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    })
}

#[test]
fn the_shipped_file_loads_and_holds_what_outsiders_rely_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = load_in(folder.path(), SHIPPED).unwrap_or_else(|faults| panic!("{faults}"));
    let names: Vec<&str> = config.setup.operators.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["telenor", "vip", "mts", "vala", "ipko", "plus"]);
    let addresses: Vec<&str> = config.links.iter().map(|l| l[0].address.as_str()).collect();
    let ports = ["27751", "27752", "27753", "27754", "27755", "27756"];
    assert_eq!(addresses, ports.map(|port| format!("127.0.0.1:{port}")));
    let rates: Vec<u32> = config.operators.iter().map(|o| o.pace.rate).collect();
    assert_eq!(rates, [50, 50, 50, 30, 30, 30]);
    assert_eq!(config.setup.operators[2].prefixes, ["38164", "38165", "38166"]);
    let first = config.setup.banks[0].as_str();
    assert_eq!(config.store_path, folder.path().join("data"));
    let seed = (first.to_owned(), folder.path().join(format!("examples/{first}.toml")));
    assert_eq!(config.seeds[0], seed);
    let place = config.setup.services.iter().position(|s| s.service.bank == first).unwrap();
    let service = &config.setup.services[place].service;
    let routes: Vec<_> = config.setup.routes.iter().filter(|r| r.service == place).collect();
    let otherwise = |at: usize| routes[at].otherwise.map(|text| service.text_name(text).to_owned());
    assert_eq!(routes.len(), 6);
    assert_eq!(routes[0].accepts, None);
    assert_eq!(routes[2].accepts, Some(Vec::new()));
    assert_eq!(otherwise(4).as_deref(), Some("kb.code5623"));
    assert_eq!(otherwise(5).as_deref(), Some("kb.code5622"));
    assert_eq!(routes.iter().filter(|route| route.alerts).count(), 3);
}

#[test]
fn what_the_shipped_file_calls_defaults_are_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let (text, written) = with_defaults_written(SHIPPED);
    assert!(written >= 40, "only {written} defaults are shown");
    let left_out = load_in(folder.path(), SHIPPED).unwrap_or_else(|faults| panic!("{faults}"));
    let written = load_in(folder.path(), &text).unwrap_or_else(|faults| panic!("{faults}"));
    let (left_out, written) = (printed(left_out), printed(written));
    let pairs = left_out.lines().zip(written.lines());
    // The default of the code, and what the comment says it is.
    let differ: Vec<(&str, &str)> = pairs.filter(|(code, comment)| code != comment).collect();
    assert_eq!(differ, []);
    assert_eq!(left_out.len(), written.len());
}

#[test]
fn the_examples_of_the_shipped_file_can_be_taken_as_they_stand() {
    for at in SHIPPED.lines().enumerate().filter(|(_, l)| l.starts_with("#: ")).map(|(at, _)| at) {
        // `accepts` and `otherwise` need each other.
        let pair = |line: &str| line.starts_with("#: accepts") || line.starts_with("#: otherwise");
        let both = pair(SHIPPED.lines().nth(at).unwrap());
        let lines = SHIPPED.lines().enumerate().map(|(n, line)| {
            let taken = n == at || both && pair(line);
            if taken { line.trim_start_matches("#: ") } else { line }
        });
        let text = lines.collect::<Vec<&str>>().join("\n");
        let folder = tempfile::tempdir().unwrap();
        let env = |_: &str| Some("0123456789abcdef".repeat(4));
        load_with(folder.path(), &text, &env).unwrap_or_else(|faults| panic!("{faults}"));
    }
}
