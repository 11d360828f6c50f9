//! What a character becomes in plain Latin letters, where Unicode's own decomposition doesn't say.
//!
//! One table for both ways: [`super::fold`] reads customers' commands with it, [`super::translit`]
//! writes our replies. Accents need no table, they fall off by decomposition. Cyrillic goes by
//! letter as requirements 2.0.2 lists it, so that mixed script works too (`Т` + `R`).

/// The letters of `c` in upper-case Latin: Cyrillic, Greek and the Latin letters that don't
/// decompose.
///
/// Empty for a letter without a sound of its own (ь, ъ); None for what isn't in the table.
pub fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'đ' | 'Đ' | 'ð' | 'Ð' | 'Ɖ' | 'ɖ' => "DJ",
        'ł' | 'Ł' => "L",
        'ø' | 'Ø' => "O",
        'ß' | 'ẞ' => "SS",
        'æ' | 'Æ' => "AE",
        'œ' | 'Œ' => "OE",
        'þ' | 'Þ' => "TH",
        'ħ' | 'Ħ' => "H",
        'ŧ' | 'Ŧ' => "T",
        'ı' => "I",
        'ŋ' | 'Ŋ' => "N",
        'ĸ' => "K",
        'ə' | 'Ə' => "E",
        _ => return cyrillic(c).or_else(|| greek(c)),
    })
}

fn cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'А' | 'а' => "A",
        'Б' | 'б' => "B",
        'В' | 'в' => "V",
        'Г' | 'г' | 'Ґ' | 'ґ' => "G",
        'Д' | 'д' => "D",
        'Ђ' | 'ђ' => "DJ",
        'Е' | 'е' | 'Є' | 'є' | 'Э' | 'э' => "E",
        'Ж' | 'ж' | 'З' | 'з' => "Z",
        'И' | 'и' | 'І' | 'і' | 'Ї' | 'ї' => "I",
        'Ј' | 'ј' | 'Й' | 'й' => "J",
        'К' | 'к' => "K",
        'Л' | 'л' => "L",
        'Љ' | 'љ' => "LJ",
        'М' | 'м' => "M",
        'Н' | 'н' => "N",
        'Њ' | 'њ' => "NJ",
        'О' | 'о' => "O",
        'П' | 'п' => "P",
        'Р' | 'р' => "R",
        'С' | 'с' | 'Ш' | 'ш' => "S",
        'Т' | 'т' => "T",
        'Ћ' | 'ћ' | 'Ц' | 'ц' | 'Ч' | 'ч' => "C",
        'У' | 'у' | 'Ў' | 'ў' => "U",
        'Ф' | 'ф' => "F",
        'Х' | 'х' => "H",
        'Џ' | 'џ' | 'Ѕ' | 'ѕ' => "DZ",
        'Щ' | 'щ' => "SC",
        'Ы' | 'ы' => "Y",
        'Ю' | 'ю' => "JU",
        'Я' | 'я' => "JA",
        'Ь' | 'ь' | 'Ъ' | 'ъ' => "",
        _ => return None,
    })
}

/// Greek: some phones write capitals with it, since GSM 7-bit has ten of them.
fn greek(c: char) -> Option<&'static str> {
    Some(match c {
        'Α' | 'α' => "A",
        'Β' | 'β' => "B",
        'Γ' | 'γ' => "G",
        'Δ' | 'δ' => "D",
        'Ε' | 'ε' => "E",
        'Ζ' | 'ζ' => "Z",
        'Η' | 'η' | 'Ι' | 'ι' => "I",
        'Θ' | 'θ' => "TH",
        'Κ' | 'κ' => "K",
        'Λ' | 'λ' => "L",
        'Μ' | 'μ' => "M",
        'Ν' | 'ν' => "N",
        'Ξ' | 'ξ' => "X",
        'Ο' | 'ο' | 'Ω' | 'ω' => "O",
        'Π' | 'π' => "P",
        'Ρ' | 'ρ' => "R",
        'Σ' | 'σ' | 'ς' => "S",
        'Τ' | 'τ' => "T",
        'Υ' | 'υ' => "Y",
        'Φ' | 'φ' => "F",
        'Χ' | 'χ' => "H",
        'Ψ' | 'ψ' => "PS",
        _ => return None,
    })
}

/// The Latin capital that the capital of `c` looks like, where it isn't the one it sounds like.
///
/// For the second try of requirements 2.0.2: somebody wrote `РС` and meant `PC`.
pub fn looks(c: char) -> Option<&'static str> {
    Some(match c {
        'В' | 'в' => "B",
        'Н' | 'н' | 'Η' | 'η' => "H",
        'Р' | 'р' | 'Ρ' | 'ρ' => "P",
        'С' | 'с' => "C",
        'У' | 'у' | 'Ү' | 'ү' => "Y",
        'Х' | 'х' | 'Χ' | 'χ' => "X",
        'Ѕ' | 'ѕ' => "S",
        'Ь' | 'ь' => "B",
        'Ν' | 'ν' => "N",
        _ => return None,
    })
}

/// The ASCII spelling of a typographic sign: dashes, quotes, points; € and £ by their codes.
pub fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '€' => "EUR",
        '£' => "GBP",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '⁃' | '﹘' => "-",
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '〝' | '〞' | '〟' => "\"",
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '´' | 'ʼ' | 'ʹ' | '＇' => "'",
        '〈' | '《' | '⟨' | '⟪' => "<",
        '〉' | '》' | '⟩' | '⟫' => ">",
        '「' | '『' | '【' | '〔' => "[",
        '」' | '』' | '】' | '〕' => "]",
        '⁄' | '∕' => "/",
        '、' | '،' => ",",
        '。' | '·' | '•' | '∙' => ".",
        '؟' => "?",
        _ => return None,
    })
}

/// The digit that `c` is in another script or typeface (Unicode's decimal digits, the common ones).
pub fn digit(c: char) -> Option<char> {
    /// Where ten digits begin.
    const ZEROS: [u32; 20] = [
        0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
        0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xFF10, 0x1FBF0,
    ];
    let code = u32::from(c);
    let value = if (0x1D7CE..=0x1D7FF).contains(&code) {
        (code - 0x1D7CE) % 10
    } else {
        ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|value| *value < 10))?
    };
    char::from_digit(value, 10)
}

/// What is to be seen of a character without ink.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blank {
    /// A space of some width, a line's end, a control character.
    Space,
    /// Nothing: zero-width, soft hyphen, byte-order mark, direction marks.
    Nothing,
}

/// Whether `c` is blank, and how.
pub fn blank(c: char) -> Option<Blank> {
    match c {
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' => {
            Some(Blank::Nothing)
        }
        '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => Some(Blank::Nothing),
        '\u{FE00}'..='\u{FE0F}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' => {
            Some(Blank::Nothing)
        }
        '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}' => Some(Blank::Space),
        _ if c.is_whitespace() || c.is_control() => Some(Blank::Space),
        _ => None,
    }
}
