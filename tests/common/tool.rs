//! Programs that a test needs and that aren't ours, such as Node.

use std::io::Write;
use std::process::Command;

/// Whether `program` is there. Where it isn't, the test fails in CI, and elsewhere says in spite of
/// the captured output that it tested nothing; both with what to do.
pub(crate) fn is_there(program: &str, package: &str) -> bool {
    if Command::new(program).arg("--version").output().is_ok_and(|run| run.status.success()) {
        return true;
    }
    let missing = format!("there is no {program}: apt-get install {package}");
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    let _ = writeln!(std::io::stderr(), "not tested: {missing}");
    false
}
