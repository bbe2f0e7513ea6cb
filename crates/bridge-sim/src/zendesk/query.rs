//! The language of searches: words and terms, all of which must fit.

use super::index::{Doc, TicketDoc};

/// A query: all terms must fit.
pub(super) struct Query(Vec<Term>);

struct Term {
    key: Option<String>,
    value: String,
    negated: bool,
}

/// Keys that only users have. Tickets have them not, so they are not found by them.
const OF_USERS: [&str; 8] = [
    "role",
    "phone",
    "email",
    "name",
    "suspended",
    "notes",
    "details",
    "organization",
];
const OF_TICKETS: [&str; 4] = ["status", "subject", "requester", "assignee"];

impl Query {
    pub(super) fn read(text: &str) -> Self {
        Self(words(text).into_iter().map(|word| Term::read(&word)).collect())
    }

    /// Whether it says which type of record is wanted.
    pub(super) fn tells_type(&self) -> bool {
        self.0.iter().any(|term| term.key.as_deref() == Some("type"))
    }

    /// Whether records of this type can be meant.
    pub(super) fn may_be(&self, kind: &str) -> bool {
        let foreign: &[&str] = if kind == "user" { &OF_TICKETS } else { &OF_USERS };
        self.0.iter().all(|term| match term.key.as_deref() {
            Some("type") => (term.value == kind) != term.negated,
            Some(key) => !foreign.contains(&key),
            None => true,
        })
    }

    pub(super) fn fits(&self, doc: &Doc) -> bool {
        self.0
            .iter()
            .all(|term| term.key.as_deref() == Some("type") || term.fits(doc) != term.negated)
    }

    pub(super) fn fits_ticket(&self, ticket: &TicketDoc) -> bool {
        self.0.iter().all(|term| {
            let value = term.value.as_str();
            let fits = match term.key.as_deref() {
                Some("type") => return true,
                Some("external_id") => ticket.external_id.as_deref() == Some(value),
                Some("status") => ticket.status == value,
                Some("requester") => ticket.requester.to_string() == value,
                Some("assignee") => ticket.assignee.is_some_and(|id| id.to_string() == value),
                Some("tags") => ticket.tags.iter().any(|tag| tag == value),
                Some("subject") | None => contains(&ticket.subject, value),
                Some(_) => false,
            };
            fits != term.negated
        })
    }

    /// An e-mail address that is all that is asked for, but for the kind of record.
    pub(super) fn email(&self) -> Option<&str> {
        let mut emails = self.0.iter().filter(|term| term.key.as_deref() != Some("type"));
        let (term, rest) = (emails.next()?, emails.next());
        let is_email = term.key.as_deref() == Some("email") || term.key.is_none() && term.value.contains('@');
        (rest.is_none() && is_email && !term.negated && !term.value.contains('*')).then_some(term.value.as_str())
    }
}

impl Term {
    fn read(word: &str) -> Self {
        let (negated, word) = match word.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (true, rest),
            Some(_) | None => (false, word),
        };
        let unquoted = |text: &str| text.trim_matches('"').to_owned();
        match word.split_once(':') {
            Some((key, value)) if !key.is_empty() && !key.starts_with('"') => Self {
                key: Some(key.to_lowercase()),
                value: unquoted(value),
                negated,
            },
            Some(_) | None => Self {
                key: None,
                value: unquoted(word),
                negated,
            },
        }
    }

    fn fits(&self, doc: &Doc) -> bool {
        let value = self.value.as_str();
        let any = |texts: &[String]| texts.iter().any(|text| word_fits(value, text));
        match self.key.as_deref() {
            None => {
                let known = doc
                    .texts
                    .iter()
                    .chain(&doc.emails)
                    .chain(&doc.phones)
                    .any(|text| contains(text, value));
                known || doc.external_id.as_deref() == Some(value)
            }
            Some("role") => doc.role == value,
            Some("phone") => doc.phones.iter().any(|number| number_fits(value, number)),
            Some("email") => any(&doc.emails),
            Some("name" | "notes" | "details") => doc.texts.iter().any(|text| contains(text, value.trim_matches('*'))),
            Some("external_id") => doc.external_id.as_deref().is_some_and(|id| word_fits(value, id)),
            Some("suspended") => doc.suspended == (value == "true"),
            Some("tags") => any(&doc.tags),
            Some(field) => doc
                .fields
                .get(field)
                .is_some_and(|text| number_fits(value, text) || word_fits(value, text)),
        }
    }
}

/// Words, apart from what stands in quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            words.push(std::mem::take(&mut word));
        } else {
            word.push(c);
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// A pattern of digits spans whatever stands between them: `*5137611` finds `(513) 761-1`. One with other
/// characters only finds what is spelt so.
fn number_fits(pattern: &str, number: &str) -> bool {
    let core = pattern.trim_matches('*');
    if core.is_empty() || pattern.contains('*') && core.len() < 3 {
        return false;
    }
    match core.bytes().all(|byte| byte.is_ascii_digit()) {
        true => {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            edges_fit(pattern, core, &digits)
        }
        false => edges_fit(pattern, core, number),
    }
}

fn word_fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let core = pattern.trim_matches('*');
    !core.is_empty() && edges_fit(&pattern, core, &text)
}

fn edges_fit(pattern: &str, core: &str, text: &str) -> bool {
    match (pattern.starts_with('*'), pattern.ends_with('*')) {
        (true, true) => text.contains(core),
        (true, false) => text.ends_with(core),
        (false, true) => text.starts_with(core),
        (false, false) => text == core,
    }
}

fn contains(text: &str, value: &str) -> bool {
    !value.is_empty() && text.to_lowercase().contains(&value.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Query, number_fits, words};

    #[test]
    fn a_pattern_of_digits_spans_punctuation() {
        for number in ["+1 513.555.7611", "(513) 555-7611", "15135557611"] {
            assert!(number_fits("*5135557611", number), "{number}");
        }
        assert!(number_fits("+4972112345", "+4972112345"));
        assert!(
            !number_fits("+4972112345", "+49 721 12345"),
            "numbers are not normalised"
        );
        assert!(number_fits("4972112345", "+49 721 12345"));
        assert!(!number_fits("*721", "+49 721 12345"));
        assert!(
            !number_fits("*45", "+49 721 12345"),
            "two digits are too few for a wildcard"
        );
        assert!(!number_fits("", "+49"));
    }

    #[test]
    fn an_unencoded_plus_is_a_space_and_finds_nothing() {
        let query = Query::read("phone: 4972112345");
        assert_eq!(query.0.len(), 2);
        assert_eq!(
            words(r#"name:"Karla Kunde" role:agent"#),
            [r#"name:"Karla Kunde""#, "role:agent"]
        );
    }
}
