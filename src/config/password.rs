//! A bind's password: from the environment, from a file, or, towards this machine only, as it
//! stands.
//!
//! Nothing in here puts a password into a fault.

use std::path::Path;

use super::error::Findings;
use crate::base::secret::Secret;
use toml::Spanned;

/// Where a literal password may not go.
const SOURCE_REMEDY: &str =
    "write password = \"env:NAME\" (an environment variable) or \"file:PATH\" (its first line)";

/// Fetches the password that `written` stands for. `local`: the bind stays on this machine.
pub(super) fn fetch(
    written: &Spanned<String>,
    local: bool,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    findings: &mut Findings,
) -> Secret {
    let mut fault = |what: String, remedy: &str| {
        findings.add(written.span(), what, remedy);
        Secret::new("")
    };
    if let Some(name) = written.get_ref().strip_prefix("env:") {
        return match env(name) {
            Some(value) if !value.is_empty() => Secret::new(value),
            Some(_) => fault(
                format!("the environment variable `{name}` is empty"),
                "set it to the password, or write \"file:PATH\"",
            ),
            None => fault(
                format!("there is no environment variable `{name}`"),
                "set it before the daemon starts (systemd: EnvironmentFile=), or write \"file:PATH\"",
            ),
        };
    }
    if let Some(path) = written.get_ref().strip_prefix("file:") {
        return match super::read(&folder.join(path)) {
            Ok(text) => match text.lines().next() {
                Some(line) if !line.is_empty() => Secret::new(line),
                _ => fault(
                    format!("`{path}` has no first line"),
                    "put the password in the first line of the file",
                ),
            },
            Err(why) => fault(
                format!("`{path}`: {why}"),
                "the path begins at the folder of this file; its first line is the password",
            ),
        };
    }
    if !local && !written.get_ref().is_empty() {
        return fault(
            "a password stands here in clear, and the SMSC isn't on this machine".to_owned(),
            SOURCE_REMEDY,
        );
    }
    Secret::new(written.get_ref().as_str())
}
