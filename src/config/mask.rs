//! What a diagnostic may show of config.toml: everything but passwords and the hashing key.
//!
//! A diagnostic shows the line that is at fault, and a password may stand on it, under a misspelt
//! key or in a line that is no TOML at all. So it is the other way round: a value is shown where
//! its line is `key = value` with a key of [`SHOWN_KEYS`], or names where a password comes from
//! (`env:`, `file:`); of every other line only what stands before the value. What is hidden keeps
//! its length, so that places in the file stay what they are.

use super::raw::SHOWN_KEYS;

/// `text` with all that might be a password replaced by `*`.
pub(super) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    // Within an array of a key that may be shown, and within a text, which go on over several
    // lines.
    let (mut in_array, mut in_text) = (false, false);
    for line in text.split_inclusive('\n') {
        let from = match (in_text, in_array && !line.contains('=')) {
            (true, _) => 0,
            (_, true) => line.len(),
            _ => shown_until(line),
        };
        in_text ^= (line.matches("\"\"\"").count() + line.matches("'''").count()) % 2 == 1;
        in_array = (in_array || opens_array(line)) && from == line.len() && !line.contains(']');
        masked.push_str(&line[..from]);
        for byte in line[from..].bytes() {
            let keep = byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
            masked.push(if keep { char::from(byte) } else { '*' });
        }
    }
    masked
}

fn opens_array(line: &str) -> bool {
    line.split_once('=').is_some_and(|(_, value)| value.trim_start().starts_with('['))
}

/// How much of the line may be shown, in octets.
fn shown_until(line: &str) -> usize {
    let content = line.trim();
    let header = content.starts_with('[') && !content.contains('=');
    let comment = content.starts_with('#') && !content.contains('=');
    if content.is_empty() || comment || header {
        return line.len();
    }
    // An option that is commented out is as secret as one that isn't.
    let start = line.len() - line.trim_start_matches(['#', ':', ' ', '\t']).len();
    let in_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let end = line[start..].find(|c| !in_key(c)).map_or(line.len(), |at| start + at);
    let (key, rest) = (&line[start..end], &line[end..]);
    let Some((_, value)) = rest.split_once('=').filter(|(space, _)| space.trim().is_empty()) else {
        return start;
    };
    let source = ["\"env:", "\"file:"].iter().any(|s| value.trim_start().starts_with(s));
    // Another = is that of another key on the same line: in an inline table, or where a line end
    // is lost.
    let keys = value.rsplit_once('=').map_or("", |(before, _)| before).split('=').map(last_key);
    let shown = (source || SHOWN_KEYS.contains(&key))
        && (!value.contains('=') || keys.into_iter().all(is_harmless));
    if shown { line.len() } else { line.len() - value.len() }
}

/// The key that `text` ends with, without its quotes.
fn last_key(text: &str) -> &str {
    let text = text.trim_end().trim_end_matches('"');
    text.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// An option that may be shown, or the number of a status.
fn is_harmless(key: &str) -> bool {
    SHOWN_KEYS.contains(&key) || key.starts_with("0x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_password_is_hidden_and_nothing_moves() {
        for line in [
            "password = \"hunter2\"",
            "statuses = { \"0x1\" = \"temporary\", password = \"hunter2\" }",
            "#password = \"hunter2\"",
            "rate = 50  # password = hunter2",
            "pasword = \"hunter2\"",
            "password \"hunter2\"",
            "password = hunter2",
            "\"password\" = 'hunter2'",
            "bind = [{ window = 1, password = \"hunter2\" }]",
            "window = 10 password = \"hunter2\"",
            "= \"hunter2\"",
            "password = \"\"\"\nhunter2\"\"\"",
            "password =\n  \"hunter2\"",
            "password = \"hünter2hunter2\"",
            "password = \"\"\"\nhunter2=\"\"\"",
        ] {
            let masked = mask(line);
            assert!(!masked.contains("hunter2"), "{masked}");
            assert_eq!(masked.len(), line.len());
        }
    }

    #[test]
    fn the_rest_is_shown() {
        let text = "# a comment\n[[operator]]\nname = \"mts\"  # Telekom\nprefixes = [\n  \"+38164\",\n]\n\
                    password = \"env:MTS\"\nstatuses = { \"0x1\" = \"temporary\" }\n";
        assert_eq!(mask(text), text);
    }
}
