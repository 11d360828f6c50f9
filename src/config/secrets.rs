//! What must not stand in config.toml: a bind's password and the hashing key, from the environment
//! or from a file; a password towards this machine may stand as it is.
//!
//! Nothing in here puts a secret into a fault.

use std::path::Path;

use super::error::Findings;
use crate::base::seal::HashingKey;
use crate::base::secret::Secret;
use toml::Spanned;

/// Where a literal password may not go.
const SOURCE_REMEDY: &str =
    "write password = \"env:NAME\" (an environment variable) or \"file:PATH\" (its first line)";

/// Fetches the password that `written` stands for. `local`: the bind stays on this machine.
pub(super) fn password(
    written: &Spanned<String>,
    local: bool,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    findings: &mut Findings,
) -> Secret {
    match fetch(written, folder, env) {
        Some(Ok(secret)) => secret,
        Some(Err((what, remedy))) => {
            findings.add(written.span(), what, remedy);
            Secret::new("")
        }
        None if local || written.get_ref().is_empty() => Secret::new(written.get_ref().as_str()),
        None => {
            let what = "a password stands here in clear, and the SMSC isn't on this machine";
            findings.add(written.span(), what, SOURCE_REMEDY);
            Secret::new("")
        }
    }
}

/// Fetches the hashing key that `written` stands for.
pub(super) fn hashing_key(
    written: &Spanned<String>,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    findings: &mut Findings,
) -> Option<HashingKey> {
    let (what, remedy) = match fetch(written, folder, env) {
        Some(Ok(secret)) => match HashingKey::parse(secret.reveal()) {
            Some(key) => return Some(key),
            None => (
                "what stands there is no hashing key".to_owned(),
                "a key has 64 hexadecimal digits: `openssl rand -hex 32` makes one",
            ),
        },
        Some(Err(fault)) => fault,
        None => (
            "the hashing key can't stand here".to_owned(),
            "write \"env:NAME\" (an environment variable) or \"file:PATH\" (its first line)",
        ),
    };
    findings.add(written.span(), what, remedy);
    None
}

/// The secret that `env:NAME` or `file:PATH` stands for, or the fault and its remedy. `None` if it
/// is neither.
fn fetch(
    written: &Spanned<String>,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Option<Result<Secret, (String, &'static str)>> {
    if let Some(name) = written.get_ref().strip_prefix("env:") {
        return Some(match env(name) {
            Some(value) if !value.is_empty() => Ok(Secret::new(value)),
            Some(_) => Err((
                format!("the environment variable `{name}` is empty"),
                "give it its value, or write \"file:PATH\"",
            )),
            None => Err((
                format!("there is no environment variable `{name}`"),
                "set it before the daemon starts (systemd: EnvironmentFile=), or write \"file:PATH\"",
            )),
        });
    }
    let path = written.get_ref().strip_prefix("file:")?;
    Some(match super::read(&folder.join(path)) {
        Ok(text) => match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(Secret::new(line)),
            _ => Err((
                format!("`{path}` has no first line"),
                "the first line of the file is what is asked for",
            )),
        },
        Err(why) => Err((
            format!("`{path}`: {why}"),
            "the path begins at the folder of this file; its first line is the secret",
        )),
    })
}
