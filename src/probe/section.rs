//! The `[[operator]]` that fits: the one that is configured, with what the probe has found.

use super::traits::Setting;

/// The operator's part of a config.toml without its comments, `settings` in it; each that differs
/// from what stood there says so. `None` where the file hasn't this operator.
///
/// A password that stands in clear doesn't go to a terminal: `env:` stands in its place.
pub fn section(source: &str, operator: &str, settings: &[Setting]) -> Option<String> {
    let lines = lines_of(source, operator)?;
    let split = lines.iter().position(|line| line.starts_with("[[operator.bind]]"))?;
    let (own, binds) = lines.split_at(split);
    let mut written: Vec<String> = own.iter().map(|line| (*line).to_owned()).collect();
    for Setting { key, value } in settings {
        let line = format!("{key} = {value}");
        match written.iter_mut().find(|line| key_of(line) == Some(key)) {
            Some(old) if *old == line => {}
            Some(old) => {
                let was = old.split_once('=').map_or("", |(_, was)| was.trim()).to_owned();
                *old = format!("{line}  # was {was}");
            }
            None => written.push(format!("{line}  # new")),
        }
    }
    let variable = operator.to_uppercase().replace('-', "_");
    for line in binds {
        let literal = key_of(line) == Some("password")
            && !["\"env:", "\"file:"].iter().any(|from| line.contains(from));
        written.push(if literal {
            format!("password = \"env:{variable}_PASSWORD\"  # stands in clear in the file")
        } else {
            (*line).to_owned()
        });
    }
    Some(written.join("\n") + "\n")
}

fn key_of(line: &str) -> Option<&str> {
    line.split_once('=').map(|(key, _)| key.trim())
}

/// The lines between the operator's header and the next one that isn't of a bind of it.
fn lines_of<'a>(source: &'a str, operator: &str) -> Option<Vec<&'a str>> {
    let mut tables: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in source.lines().map(bare).filter(|line| !line.is_empty()) {
        if line == "[[operator]]" {
            tables.push(Vec::new());
            inside = true;
        } else if line.starts_with('[') && line.ends_with(']') && !line.contains("operator.bind") {
            inside = false;
        }
        if let Some(table) = tables.last_mut().filter(|_| inside) {
            table.push(line);
        }
    }
    let name = format!("\"{operator}\"");
    let is = |line: &&str| key_of(line) == Some("name") && line.ends_with(&name);
    tables.into_iter().find(|table| table.iter().any(is))
}

/// A line without its comment.
fn bare(line: &str) -> &str {
    let comment = line.match_indices('#').map(|(at, _)| at);
    let outside = |at: &usize| line[..*at].matches('"').count().is_multiple_of(2);
    let mut outside = comment.filter(outside);
    line[..outside.next().unwrap_or(line.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
[store]
path = \"data\"
[[operator]]
name = \"a\"
rate = 5
[[operator.bind]]
password = \"env:A\"

[[operator]]   # the other
name = \"b-c\"     # its name
# burst = 2
prefixes = [\"+38160\",
            \"+38161\"]   # two
rate = 50
receipts = \"all\"
[[operator.bind]]
address = \"h#1:2\" # where
password = \"clear\"
[[operator.bind]]
password = \"file:x\"
[[route]]
operator = \"b-c\"
";

    #[test]
    fn an_operators_part_is_shown_with_what_was_found() {
        let settings = [
            Setting { key: "receipts", value: "\"all\"".to_owned() },
            Setting { key: "rate", value: "7".to_owned() },
            Setting { key: "query", value: "true".to_owned() },
        ];
        let expected = "\
[[operator]]
name = \"b-c\"
prefixes = [\"+38160\",
\"+38161\"]
rate = 7  # was 50
receipts = \"all\"
query = true  # new
[[operator.bind]]
address = \"h#1:2\"
password = \"env:B_C_PASSWORD\"  # stands in clear in the file
[[operator.bind]]
password = \"file:x\"
";
        assert_eq!(section(SOURCE, "b-c", &settings).as_deref(), Some(expected));
        assert_eq!(section(SOURCE, "c", &settings), None);
    }
}
