//! Finds the digits of one number in what was shown or typed, and nothing that only looks like them.

use super::plan::LONGEST_EXTENSION;

/// What there is in a text, before any number plan has a say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Scan {
    /// Nothing, or a word that says that there is no number.
    Nothing,
    /// A function code of the PBX, such as `*97`, or nothing but an extension, such as `x12`.
    Code,
    /// One number.
    Number(Found),
    /// Anything else: words, or two numbers.
    Garbage,
}

/// One number as it stands in a text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// Whether a `+` stands in front.
    pub(super) plus: bool,
    /// All digits, without those of an extension that is named as one.
    pub(super) digits: String,
    /// The digits without a `(0)` between country code and area code, if there is one.
    pub(super) without_zero: Option<String>,
    /// Whether it ends with `-0`, as the switchboard behind a head number is written.
    pub(super) central: bool,
    /// `12` behind `x`, `ext.`, `Durchwahl` and the like.
    pub(super) extension: Option<String>,
}

/// Longer texts are no numbers.
const LONGEST: usize = 120;
/// E.164 allows 15; a prefix, and a zero in brackets, may stand before them.
const MOST_DIGITS: usize = 20;
/// Letters in the place of so many digits follow an area code of North America.
const VANITY: usize = 7;

/// How PBXs, networks and SIP say that the caller does not show a number. Letters and digits only, lower case.
const WITHHELD: &[&str] = &[
    "anonym",
    "anonymous",
    "anonymouscaller",
    "blocked",
    "callerunknown",
    "nocallerid",
    "none",
    "nonumber",
    "notavailable",
    "null",
    "numberwithheld",
    "private",
    "privatecaller",
    "privatenumber",
    "restricted",
    "unavailable",
    "unbekannt",
    "undefined",
    "unknown",
    "unknowncaller",
    "unknownnumber",
    "unterdrückt",
    "withheld",
    "withheldnumber",
];

/// What people write before an extension, lower case.
const EXTENSION: &[&str] = &[
    "anschluss",
    "durchwahl",
    "dw",
    "dwl",
    "ext",
    "extension",
    "extn",
    "int",
    "interno",
    "kl",
    "klappe",
    "nebenstelle",
    "nst",
    "poste",
    "toestel",
    "tst",
    "x",
];

/// Reads a text.
pub(super) fn scan(text: &str) -> Scan {
    if text.chars().count() > LONGEST {
        return Scan::Garbage;
    }
    let text: String = text.chars().filter(|c| !is_invisible(*c)).map(plain).collect();
    let text = unwrap_uri(&text);
    if says_nothing(&text) {
        return Scan::Nothing;
    }
    find(&text.chars().collect::<Vec<_>>())
}

/// A number of North America that people write with letters, such as `1-800-FLOWERS`, in digits; `at_home`: whether that is
/// where this site is. Only capital letters in the place of the last seven digits are taken for some.
pub(super) fn vanity(text: &str, at_home: bool) -> Option<String> {
    let text = text.trim();
    let text = match text.strip_prefix("+1").or(text.strip_prefix("001")) {
        Some(rest) => rest,
        None if at_home => text.strip_prefix('1').unwrap_or(text),
        None => return None,
    };
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || is_separator(c)) {
        return None;
    }
    let signs: Vec<char> = text.chars().filter(|c| !is_separator(*c)).collect();
    let (area, line) = signs.split_at_checked(3)?;
    let (line, more) = line.split_at_checked(VANITY)?;
    let is_word = line.iter().filter(|c| c.is_ascii_uppercase()).count() >= 4
        && line
            .iter()
            .chain(more)
            .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
        && more.len() <= VANITY
        && !text.split(is_separator).any(is_extension_word);
    if !is_word || !area.iter().all(char::is_ascii_digit) {
        return None;
    }
    let digits: String = area.iter().chain(line).map(|c| key(*c)).collect();
    Some(format!("+1{digits}"))
}

/// On which key of a telephone a letter stands.
fn key(letter: char) -> char {
    match letter {
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        'W'..='Z' => '9',
        other => other,
    }
}

/// `"Anna" <sip:0721123@pbx;user=phone>` holds `0721123`, `tel:+4972112;ext=3` holds `+4972112 x3`.
fn unwrap_uri(text: &str) -> String {
    let inner = match (text.find('<'), text.rfind('>')) {
        (Some(open), Some(close)) if open < close => &text[open + 1..close],
        _ => text,
    };
    let inner = inner.trim();
    let scheme = ["sips:", "sip:", "tel:", "callto:"]
        .into_iter()
        .find(|s| inner.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)));
    let Some(scheme) = scheme else {
        return inner.into();
    };
    let address = inner[scheme.len()..].split('@').next().unwrap_or_default();
    let mut parts = address.split(';');
    let number = parts.next().unwrap_or_default();
    let number = number.replace("%2B", "+").replace("%2b", "+").replace("%20", " ");
    let (mut context, mut extension) = (String::new(), String::new());
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        let name = name.trim();
        if name.eq_ignore_ascii_case("ext") {
            extension = format!(" x{value}");
        } else if name.eq_ignore_ascii_case("phone-context") && value.starts_with('+') && !number.starts_with('+') {
            value.clone_into(&mut context);
        }
    }
    format!("{context}{number}{extension}")
}

fn says_nothing(text: &str) -> bool {
    let core: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    // `-1` is what programs write that keep numbers as integers.
    core.chars().all(|c| c == '0') || text.trim() == "-1" || WITHHELD.contains(&core.as_str())
}

fn find(text: &[char]) -> Scan {
    let Some(start) = text.iter().position(|c| c.is_numeric() || matches!(c, '+' | '*' | '#')) else {
        return Scan::Garbage;
    };
    if matches!(text[start], '*' | '#') {
        return code(&text[start..]);
    }
    if extension(text).is_some() {
        return Scan::Code;
    }
    // `Tel.: 0721…` has a word in front; in `ab12…` the digits belong to the word.
    if start > 0 && text[start - 1].is_alphabetic() {
        return Scan::Garbage;
    }
    let mut found = Found::default();
    let (mut without_zero, mut bracketed, mut at) = (String::new(), false, start);
    while let Some(&c) = text.get(at) {
        if c.is_ascii_digit() {
            found.digits.push(c);
            without_zero.push(c);
        } else if !found.digits.is_empty() && text[at..].starts_with(&['(', '0', ')']) {
            found.digits.push('0');
            bracketed = true;
            at += 2;
        } else if c == '+' && found.digits.is_empty() {
            found.plus = true;
        } else if !is_separator(c) {
            break;
        }
        at += 1;
    }
    found.extension = extension(&text[at..]);
    // More digits behind other signs are a second number.
    let is_more = found.extension.is_none() && text[at..].iter().any(|c| c.is_numeric());
    if found.digits.is_empty() || found.digits.len() > MOST_DIGITS || is_more {
        return Scan::Garbage;
    }
    found.central = ends_with_central(&text[start..at]);
    found.without_zero = bracketed.then_some(without_zero);
    Scan::Number(found)
}

/// Whether the last group of digits is a single zero behind a hyphen.
fn ends_with_central(text: &[char]) -> bool {
    let spaceless: Vec<char> = text.iter().copied().filter(|c| !c.is_whitespace()).collect();
    let end = spaceless.iter().rposition(char::is_ascii_digit).unwrap_or_default();
    end > 1 && spaceless[end] == '0' && is_hyphen(spaceless[end - 1])
}

/// The extension, where a word for one and its digits are all that a text holds.
fn extension(text: &[char]) -> Option<String> {
    let is_between = |c: char| is_separator(c) || matches!(c, ',' | ';' | ':' | '=' | '#');
    let text: String = text.iter().collect();
    let text = text.trim_matches(is_between);
    let (word, rest) = text.split_at(text.find(|c: char| !c.is_alphabetic())?);
    let digits = rest.trim_start_matches(is_between);
    let fits = (1..=LONGEST_EXTENSION).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    (is_extension_word(word) && fits).then(|| digits.to_owned())
}

fn is_extension_word(word: &str) -> bool {
    EXTENSION.contains(&word.to_lowercase().as_str())
}

fn code(text: &[char]) -> Scan {
    let digits = text.iter().filter(|c| c.is_ascii_digit()).count();
    let only = text
        .iter()
        .all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '*' | '#'));
    if only && digits <= LONGEST_EXTENSION {
        Scan::Code
    } else {
        Scan::Garbage
    }
}

/// What people put between the digits of one number. Commas and semicolons stand between two numbers.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace() || is_hyphen(c) || matches!(c, '.' | '/' | '(' | ')' | '[' | ']' | '\'' | '_' | '’' | '·')
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '−' | '\u{2010}'..='\u{2015}')
}

/// Signs that come along when numbers are copied from web pages and office programs.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Full-width signs as keyboards of East Asia type them, and the digits of Arabic and Persian, as ours.
fn plain(c: char) -> char {
    let moved = |from: char, to: char| char::from_u32(u32::from(c) - u32::from(from) + u32::from(to)).unwrap_or(c);
    match c {
        '\u{ff01}'..='\u{ff5e}' => moved('\u{ff01}', '!'),
        '\u{660}'..='\u{669}' => moved('\u{660}', '0'),
        '\u{6f0}'..='\u{6f9}' => moved('\u{6f0}', '0'),
        other => other,
    }
}
