//! "Did you mean": the known word that is nearest to one that isn't known.

/// The candidate that `word` is probably a misspelling of: at most a third of its letters differ.
pub(super) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distance_max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `one`, `two` or `three`, or what to say where there is none.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, none: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

/// "did you mean `x`?", or what there is.
pub(super) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
    none: &str,
) -> String {
    match closest(word, candidates.clone()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("known here: {}", listed(candidates, none)),
    }
}

/// How many letters are added, left out, replaced, or swapped with their neighbours.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![(0..=right.len()).collect::<Vec<usize>>()];
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(a != b);
            let mut best = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_finds_its_word_and_a_stranger_finds_none() {
        let known = ["window", "password", "mode"];
        assert_eq!(closest("windo", known), Some("window"));
        assert_eq!(closest("pasword", known), Some("password"));
        assert_eq!(closest("nonsense", known), None);
        assert_eq!(closest("mdoe", known), Some("mode"));
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(did_you_mean("x", ["abc", "def"], "none"), "known here: `abc`, `def`");
    }
}
