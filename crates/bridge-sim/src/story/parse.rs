//! Reads stories; every error names its line and what is allowed there.

use std::collections::BTreeSet;
use std::time::Duration;

use super::parts::{e164, given, is_call, ticket, time, verb};
use super::words::{Words, comment};
use super::{Act, Expected, Line, Story, Verb, What, Who};

/// A line that makes no sense.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    /// What was found and what is allowed.
    pub message: String,
}

/// What may stand behind a time.
const AFTER_TIME: &str =
    "a call and a verb, `gap`, `away`, `back`, `activate`, `deactivate`, `agent`, `zendesk`, `>` or `<`";
/// Reads a story.
///
/// ```
/// let story = bridge_sim::story::parse(
///     "# Nobody answers.\n\
///      14:02:00  c1 rings group Support from 0721 123456 at 0101 0102\n\
///      14:02:20  c1 ended\n\
///      = c1 none because nobody answered\n",
/// )?;
/// assert_eq!(story.title, "Nobody answers.");
/// assert_eq!(story.lines.len(), 2);
/// # Ok::<(), bridge_sim::story::ParseError>(())
/// ```
///
/// # Errors
/// At the first line that makes no sense.
pub fn parse(text: &str) -> Result<Story, ParseError> {
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        reader.line(index + 1, line)?;
    }
    Ok(reader.story)
}

/// Reads a duration such as `90s`, `1500ms`, `1h30m`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let each = match &rest[..unit] {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return None,
        };
        total = total.checked_add(each.checked_mul(count.try_into().ok()?)?)?;
        rest = &rest[unit..];
    }
    Some(total)
}

#[derive(Default)]
struct Reader {
    story: Story,
    titled: bool,
    at: Option<Duration>,
    calls: BTreeSet<String>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), ParseError> {
        let (text, said) = comment(line);
        if let (Some(said), false) = (said, self.titled)
            && text.trim().is_empty()
            && !said.is_empty()
        {
            said.clone_into(&mut self.story.title);
            self.titled = true;
        }
        let mut words = Words::split(text, number)?;
        let Some(first) = words.peek() else { return Ok(()) };
        if let Some(at) = time(first) {
            if self.at.is_some_and(|before| at < before) {
                return Err(ParseError {
                    line: number,
                    message: format!("`{first}` is before the time of the line above"),
                });
            }
            self.at = Some(at);
            words.take("a time")?;
            return self.timed(words, number, at);
        }
        match first {
            ">" | "<" => match self.at {
                Some(at) => self.effect(words, number, at),
                None => Err(words.unexpected("a time, since no line above has one")),
            },
            "set" | "given" if self.at.is_some() => {
                let message = format!("`{first}` comes too late, allowed: before the first line with a time");
                Err(ParseError { line: number, message })
            }
            "set" => self.set(words, number),
            "given" => {
                words.take("given")?;
                self.story.given.push(given(words)?);
                Ok(())
            }
            "=" => {
                words.take("=")?;
                let expected = self.expected(words, number)?;
                self.story.expected.push((expected, number));
                Ok(())
            }
            _ => Err(words.unexpected("a time as `14:02:05`, `set`, `given`, `>`, `<`, `=` or a comment `#`")),
        }
    }

    fn push(&mut self, number: usize, at: Duration, what: What) {
        self.story.lines.push(Line { number, at, what });
    }

    fn effect(&mut self, mut words: Words<'_>, number: usize, at: Duration) -> Result<(), ParseError> {
        let order = words.eat(">");
        if !order {
            words.expect("<")?;
        }
        if !words.peek().is_some_and(|effect| effect.contains('/')) {
            return Err(words.unexpected("the name of an effect as `c1/lookup`"));
        }
        let effect = words.take("an effect")?;
        let text = words.rest().to_owned();
        self.push(
            number,
            at,
            if order {
                What::Order { effect, text }
            } else {
                What::Outcome { effect, text }
            },
        );
        Ok(())
    }

    fn set(&mut self, mut words: Words<'_>, number: usize) -> Result<(), ParseError> {
        words.expect("set")?;
        let (found, value) = words
            .rest()
            .split_once('=')
            .map(|(k, v)| (k.trim(), v.trim()))
            .ok_or(ParseError {
                line: number,
                message: "found no `=`, allowed: `set KEY = VALUE`".to_owned(),
            })?;
        let wrong = |found: &str, allowed: &str| ParseError {
            line: number,
            message: format!("found `{found}`, allowed: {allowed}"),
        };
        let (fits, allowed): (fn(&str) -> bool, &str) = match found {
            "unknown" => (
                |v| matches!(v, "default-user" | "new-user"),
                "`default-user` or `new-user`",
            ),
            "wrap_up" | "patience" => (|v| duration(v).is_some(), "a duration as `90s`, `1500ms`, `2m`"),
            "screen_pop" | "active" => (|v| matches!(v, "true" | "false"), "`true` or `false`"),
            "number_fields" | "include" | "record" => (
                |v| v.split(',').all(|part| !part.trim().is_empty()),
                "a list with commas",
            ),
            _ => {
                let keys = "unknown, wrap_up, patience, number_fields, screen_pop, include, record, active";
                return Err(wrong(found, keys));
            }
        };
        if !fits(value) {
            return Err(wrong(value, allowed));
        }
        self.story.settings.push((found.to_owned(), value.to_owned(), number));
        Ok(())
    }

    fn timed(&mut self, mut words: Words<'_>, number: usize, at: Duration) -> Result<(), ParseError> {
        let what = match words.peek() {
            None => What::Wake,
            Some(">") => {
                self.push(number, at, What::Wake);
                return self.effect(words, number, at);
            }
            Some("<") => return self.effect(words, number, at),
            Some("gap") => What::Gap(of_login(&mut words, "gap")?),
            Some("away") => What::Away(of_login(&mut words, "away")?),
            Some("back") => What::Back(of_login(&mut words, "back")?),
            Some("activate") => {
                words.expect("activate")?;
                What::Activation(true)
            }
            Some("deactivate") => {
                words.expect("deactivate")?;
                What::Activation(false)
            }
            Some("zendesk") => {
                words.expect("zendesk")?;
                let up = words.eat("up");
                if !up && !words.eat("down") {
                    return Err(words.unexpected("`up` or `down`"));
                }
                What::Zendesk { up }
            }
            Some("agent") => {
                words.expect("agent")?;
                What::Agent {
                    agent: words.number("the agent's Zendesk id")?,
                    act: self.act(&mut words)?,
                }
            }
            Some(call) if !is_call(call) => return Err(words.unexpected(AFTER_TIME)),
            Some(_) => {
                let call = words.take("a call")?;
                let verb = verb(&mut words)?;
                if let Verb::Becomes { call: new } = &verb {
                    self.calls.insert(new.clone());
                }
                self.calls.insert(call.clone());
                What::Call { call, verb }
            }
        };
        words.end()?;
        self.push(number, at, what);
        Ok(())
    }

    fn act(&self, words: &mut Words<'_>) -> Result<Act, ParseError> {
        let act = if words.eat("sets") {
            words.expect("requester")?;
            words.expect("of")?;
            let call = self.known(words)?;
            words.expect("to")?;
            Act::SetRequester {
                call,
                requester: words.number("a user's id")?,
            }
        } else if words.eat("merges") {
            words.expect("requester")?;
            words.expect("of")?;
            let call = self.known(words)?;
            words.expect("into")?;
            Act::MergeRequester {
                call,
                into: words.number("a user's id")?,
            }
        } else if words.eat("closes") {
            Act::Close {
                call: self.known(words)?,
            }
        } else if words.eat("deletes") {
            Act::Delete {
                call: self.known(words)?,
            }
        } else if words.eat("edits") {
            Act::Edit {
                call: self.known(words)?,
            }
        } else {
            return Err(words.unexpected(
                "`sets requester of CALL to ID`, `merges requester of CALL into ID`, `closes CALL`, `deletes CALL`, `edits CALL`",
            ));
        };
        Ok(act)
    }

    /// A call that a line above names.
    fn known(&self, words: &mut Words<'_>) -> Result<String, ParseError> {
        if words.peek().is_some_and(|call| self.calls.contains(call)) {
            return words.take("a call");
        }
        let calls: Vec<&str> = self.calls.iter().map(String::as_str).collect();
        Err(words.unexpected(&format!("a call that a line above names ({})", calls.join(", "))))
    }

    fn expected(&self, mut words: Words<'_>, number: usize) -> Result<Expected, ParseError> {
        let expected = if words.eat("tickets") {
            Expected::Tickets(words.number("how many")?)
        } else if words.eat("users") {
            words.expect("with")?;
            let mut parts = words.list(&[]);
            let count = parts.pop().and_then(|last| last.parse().ok());
            let (Some(count), Some(e164)) = (count, e164(&parts)) else {
                let message = format!("found `{}`, allowed: `users with +49721123456 1`", parts.join(" "));
                return Err(ParseError { line: number, message });
            };
            Expected::UsersWith { number: e164, count }
        } else if words.eat("user") {
            let new_of = words
                .peek()
                .and_then(|word| word.strip_prefix("new-of-"))
                .map(str::to_owned);
            let user = if let Some(call) = new_of.filter(|call| self.calls.contains(call)) {
                words.take("a user")?;
                Who::New { call }
            } else if words.eat("default") {
                Who::Default
            } else {
                Who::Id(words.number("a user's id, `default` or `new-of-CALL` with a call of this story")?)
            };
            let has = words.eat("has");
            if !has && !words.eat("lacks") {
                return Err(words.unexpected("`has NUMBER in PLACE` or `lacks NUMBER`"));
            }
            let parts = words.list(&["in"]);
            let Some(number) = e164(&parts) else {
                return Err(ParseError {
                    line: number,
                    message: format!(
                        "found `{}`, allowed: a number in E.164 as `+49721123456`",
                        parts.join(" ")
                    ),
                });
            };
            let place = if has {
                words.expect("in")?;
                Some(words.take("`phone`, `identity` or the key of a user field")?)
            } else {
                None
            };
            Expected::UserNumber { user, number, place }
        } else {
            let call = self.known(&mut words)?;
            if words.eat("none") {
                let because = if words.eat("because") {
                    Some(words.until(&[], "the reason")?)
                } else {
                    None
                };
                Expected::NoTicket { call, because }
            } else {
                if !words.eat("ticket") {
                    return Err(words.unexpected("`none` or `ticket`"));
                }
                return ticket(call, words.rest(), number);
            }
        };
        words.end()?;
        Ok(expected)
    }
}

/// A word that stands for all logins, or for the one behind it.
fn of_login(words: &mut Words<'_>, word: &str) -> Result<Option<String>, ParseError> {
    words.expect(word)?;
    if words.left() > 0 {
        words.take("a login").map(Some)
    } else {
        Ok(None)
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
