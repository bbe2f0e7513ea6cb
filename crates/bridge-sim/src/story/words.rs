//! The words of one line, with the errors that say what is allowed where.

use super::ParseError;

/// A word, or a text in quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    quoted: bool,
    start: usize,
}

/// Reads a line word by word.
#[derive(Debug)]
pub(super) struct Words<'a> {
    line: usize,
    raw: &'a str,
    words: Vec<Word>,
    next: usize,
}

impl<'a> Words<'a> {
    /// Splits a line without its comment.
    pub(super) fn split(raw: &'a str, line: usize) -> Result<Self, ParseError> {
        let mut words = Vec::new();
        let mut chars = raw.char_indices().peekable();
        while let Some(&(start, first)) = chars.peek() {
            if first.is_whitespace() {
                chars.next();
            } else if first == '"' {
                chars.next();
                let mut text = String::new();
                loop {
                    match chars.next() {
                        Some((_, '"')) => break,
                        Some((_, c)) => text.push(c),
                        None => {
                            return Err(ParseError {
                                line,
                                message: format!("the text `\"{text}` has no closing `\"`"),
                            });
                        }
                    }
                }
                words.push(Word {
                    text,
                    quoted: true,
                    start,
                });
            } else {
                let mut text = String::new();
                while let Some((_, c)) = chars.next_if(|(_, c)| !c.is_whitespace()) {
                    text.push(c);
                }
                words.push(Word {
                    text,
                    quoted: false,
                    start,
                });
            }
        }
        Ok(Self {
            line,
            raw,
            words,
            next: 0,
        })
    }

    /// The word that comes next, which stays.
    pub(super) fn peek(&self) -> Option<&str> {
        self.words.get(self.next).map(|word| word.text.as_str())
    }

    /// Takes the next word; `allowed` says in words what may stand there.
    pub(super) fn take(&mut self, allowed: &str) -> Result<String, ParseError> {
        let Some(word) = self.words.get(self.next) else {
            return Err(self.unexpected(allowed));
        };
        self.next += 1;
        Ok(word.text.clone())
    }

    /// Takes this keyword if it comes next.
    pub(super) fn eat(&mut self, keyword: &str) -> bool {
        let found = self
            .words
            .get(self.next)
            .is_some_and(|word| !word.quoted && word.text == keyword);
        self.next += usize::from(found);
        found
    }

    /// Takes this keyword.
    pub(super) fn expect(&mut self, keyword: &str) -> Result<(), ParseError> {
        if self.eat(keyword) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{keyword}`")))
        }
    }

    /// Takes the next word as a number.
    pub(super) fn number<N: std::str::FromStr>(&mut self, allowed: &str) -> Result<N, ParseError> {
        let Some(Ok(number)) = self.peek().map(str::parse) else {
            return Err(self.unexpected(allowed));
        };
        self.next += 1;
        Ok(number)
    }

    /// Takes words up to one of these keywords or the end, at least one, with single spaces between them.
    pub(super) fn until(&mut self, keywords: &[&str], allowed: &str) -> Result<String, ParseError> {
        let words = self.list(keywords);
        if words.is_empty() {
            Err(self.unexpected(allowed))
        } else {
            Ok(words.join(" "))
        }
    }

    /// Takes words up to one of these keywords or the end, or none.
    pub(super) fn list(&mut self, keywords: &[&str]) -> Vec<String> {
        let mut words = Vec::new();
        while let Some(word) = self.words.get(self.next) {
            if !word.quoted && keywords.contains(&word.text.as_str()) {
                break;
            }
            words.push(word.text.clone());
            self.next += 1;
        }
        words
    }

    /// What has not been read yet, as it stands in the line.
    pub(super) fn rest(&mut self) -> &'a str {
        let rest = self
            .words
            .get(self.next)
            .map_or("", |word| self.raw[word.start..].trim_end());
        self.next = self.words.len();
        rest
    }

    /// How many words are left.
    pub(super) fn left(&self) -> usize {
        self.words.len() - self.next
    }

    /// Nothing may follow any more.
    pub(super) fn end(self) -> Result<(), ParseError> {
        if self.left() == 0 {
            Ok(())
        } else {
            Err(self.unexpected("the end of the line"))
        }
    }

    /// The word that comes next is wrong.
    pub(super) fn unexpected(&self, allowed: &str) -> ParseError {
        let found = match self.words.get(self.next) {
            Some(word) => format!("`{}`", word.text),
            None => "the end of the line".to_owned(),
        };
        ParseError {
            line: self.line,
            message: format!("found {found}, allowed: {allowed}"),
        }
    }
}

/// The line without its comment, and the comment.
pub(super) fn comment(line: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    let mut space_before = true;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if space_before && !quoted => return (&line[..at], Some(line[at + 1..].trim())),
            _ => {}
        }
        space_before = c.is_whitespace();
    }
    (line, None)
}

/// Splits at commas that stand outside of quotes.
pub(super) fn clauses(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        if c == '"' {
            quoted = !quoted;
        }
        c == ',' && !quoted
    })
    .collect()
}
