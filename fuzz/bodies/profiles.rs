//! The simulator's profile file: whatever stands in it, it is read or refused with places and
//! remedies, and what was read says the same when it is read again.

use smpp_sim::{Profile, file};

/// The text of a file.
pub(crate) fn run(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    match file::read("sim.toml", &text, 1) {
        Ok(operators) => {
            let again = file::read("sim.toml", &text, 1).expect("it was read before");
            assert_eq!(operators, again);
            for (_, profile) in operators {
                let settings = serde_json::to_value(&profile).expect("settings");
                let same = Profile::default().patched(&settings).expect("its own settings");
                assert_eq!(same, profile);
            }
        }
        Err(faults) => {
            let said = faults.to_string();
            assert!(!faults.faults.is_empty() && said.contains("sim.toml"), "{said}");
        }
    }
}
