//! The words of a pattern: what can stand for one, and how far a typed word is from it.

use super::Complaint;

/// A word, or several of which one is typed.
pub(super) fn choices(word: &str) -> Result<Vec<String>, Complaint> {
    let fits = |choice: &str| !choice.is_empty() && choice.bytes().all(|b| b.is_ascii_uppercase());
    if word.split('|').all(fits) {
        return Ok(word.split('|').map(str::to_owned).collect());
    }
    Err((
        format!("`{word}` is no word that a folded message can hold"),
        "words are plain capital letters A-Z (PRIJAVA, POMOC|HELP); customers' letters are folded to them".into(),
    ))
}

/// Whether one insertion, deletion, substitution or swap of neighbours makes `typed` into `word`.
pub(super) fn one_edit_apart(typed: &[u8], word: &[u8]) -> bool {
    let same_head = typed.iter().zip(word).take_while(|(a, b)| a == b).count();
    let (typed, word) = (&typed[same_head..], &word[same_head..]);
    match typed.len() as isize - word.len() as isize {
        0 if typed.is_empty() => true,
        0 => {
            let swapped = typed.len() >= 2
                && typed[0] == word[1]
                && typed[1] == word[0]
                && typed[2..] == word[2..];
            typed[1..] == word[1..] || swapped
        }
        1 => typed[1..] == *word,
        -1 => *typed == word[1..],
        _ => false,
    }
}
