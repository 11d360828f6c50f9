//! Words for people out of what the code calls things.

/// `CardUse` as files spell it: `card-use`.
pub fn kebab(name: &str) -> String {
    let mut spelt = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !spelt.is_empty() {
            spelt.push('-');
        }
        spelt.push(letter.to_ascii_lowercase());
    }
    spelt
}

/// What serde says of a fault, without the value that it quotes: that may be personal.
pub fn without_values(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    match said.split_once("expected ") {
        Some((before, expected)) if before.contains('`') || before.starts_with("invalid") => {
            format!("expected {expected}")
        }
        _ => said.to_owned(),
    }
}
