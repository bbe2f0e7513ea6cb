//! Finds the digits of one number in what was shown or typed, and nothing that only looks like them.

/// What there is in a text, before any number plan has a say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Scan {
    /// Nothing, or a word that says that there is no number.
    Nothing,
    /// A function code of the PBX, such as `*97`.
    Code,
    /// One number.
    Number {
        /// Whether a `+` stands in front.
        plus: bool,
        /// All digits.
        digits: String,
        /// The digits without a `(0)` between country code and area code, if there is one.
        without_zero: Option<String>,
    },
    /// Anything else: words, two numbers, a number with an extension.
    Garbage,
}

/// Longer texts are no numbers.
const LONGEST: usize = 120;
/// E.164 allows 15; a prefix, and a zero in brackets, may stand before them.
const MOST_DIGITS: usize = 20;

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

/// Reads a text.
pub(super) fn scan(text: &str) -> Scan {
    if text.chars().count() > LONGEST {
        return Scan::Garbage;
    }
    let Some(text) = unwrap_uri(text) else {
        return Scan::Garbage;
    };
    if says_nothing(&text) {
        return Scan::Nothing;
    }
    find(&text.chars().filter(|c| !is_invisible(*c)).collect::<Vec<_>>())
}

/// `"Anna" <sip:0721123@pbx;user=phone>` holds `0721123`. `None` if an extension stands among the parameters.
fn unwrap_uri(text: &str) -> Option<String> {
    let inner = match (text.find('<'), text.rfind('>')) {
        (Some(open), Some(close)) if open < close => &text[open + 1..close],
        _ => text,
    };
    let inner = inner.trim();
    let scheme = ["sips:", "sip:", "tel:", "callto:"]
        .into_iter()
        .find(|s| inner.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)));
    let Some(scheme) = scheme else {
        return Some(inner.into());
    };
    let address = inner[scheme.len()..].split('@').next().unwrap_or_default();
    let mut parts = address.split(';');
    let number = parts.next().unwrap_or_default();
    if parts.any(|p| p.trim_start().to_ascii_lowercase().starts_with("ext=")) {
        return None;
    }
    Some(number.replace("%2B", "+").replace("%2b", "+").replace("%20", " "))
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
    // `Tel.: 0721…` has a word in front; in `ab12…` the digits belong to the word.
    if start > 0 && text[start - 1].is_alphabetic() {
        return Scan::Garbage;
    }
    let (mut plus, mut digits, mut without_zero, mut bracketed) = (false, String::new(), String::new(), false);
    let mut at = start;
    while let Some(&c) = text.get(at) {
        if c.is_ascii_digit() {
            digits.push(c);
            without_zero.push(c);
        } else if !digits.is_empty() && text[at..].starts_with(&['(', '0', ')']) {
            digits.push('0');
            bracketed = true;
            at += 2;
        } else if c == '+' && digits.is_empty() {
            plus = true;
        } else if !is_separator(c) {
            break;
        }
        at += 1;
    }
    // More digits behind other signs: a second number, or an extension, which is another line than the head number.
    if digits.is_empty() || digits.len() > MOST_DIGITS || text[at..].iter().any(|c| c.is_numeric()) {
        return Scan::Garbage;
    }
    Scan::Number {
        plus,
        digits,
        without_zero: bracketed.then_some(without_zero),
    }
}

fn code(text: &[char]) -> Scan {
    let digits = text.iter().filter(|c| c.is_ascii_digit()).count();
    let only = text
        .iter()
        .all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '*' | '#'));
    if only && digits <= super::plan::LONGEST_EXTENSION {
        Scan::Code
    } else {
        Scan::Garbage
    }
}

/// What people put between the digits of one number. Commas and semicolons stand between two numbers.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.' | '/' | '(' | ')' | '[' | ']' | '\'' | '_' | '’' | '·' | '−'
        )
        || ('\u{2010}'..='\u{2015}').contains(&c)
}

/// Signs that come along when numbers are copied from web pages and office programs.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
