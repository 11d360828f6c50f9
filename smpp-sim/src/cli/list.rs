//! `smpp-sim personalities`: a line each, or the settings of one.

use std::process::ExitCode;

use smpp_sim::personalities as known;

use super::{fail, print};

/// Lists all, or prints one as it would stand in a profile file.
pub(super) fn personalities(name: Option<&str>) -> ExitCode {
    let Some(name) = name else {
        let lines: Vec<_> = all().map(|(name, what)| format!("{name:22} {what}\n")).collect();
        print(&lines.concat());
        print("\nsmpp-sim personalities NAME prints the settings; several combine: hex-ids,slow\n");
        return ExitCode::SUCCESS;
    };
    match known().iter().find(|p| p.name == name) {
        Some(found) => {
            let settings = toml::to_string(&found.settings).unwrap_or_default();
            print(&format!("# {}: {}\n{settings}", found.name, found.what));
            ExitCode::SUCCESS
        }
        None => {
            let names: Vec<_> = all().map(|(name, _)| name).collect();
            fail(&format!("no personality {name:?}; there are {}", names.join(", ")))
        }
    }
}

fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    known().iter().map(|p| (p.name.as_str(), p.what.as_str()))
}
