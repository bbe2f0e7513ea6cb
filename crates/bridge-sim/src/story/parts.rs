//! Parts of lines: verbs, the world, tickets, times and numbers.

use std::time::Duration;

use super::parse::{ParseError, duration};
use super::words::{Words, clauses};
use super::{Expected, Given, GivenUser, Number, Verb, Who};

/// What a PBX may do with a call.
const VERBS: &str = "rings, announced, answered, parked, mailbox, ended, becomes, dials";
/// Words that begin other lines than those of calls.
const RESERVED: [&str; 10] = [
    "gap",
    "away",
    "back",
    "activate",
    "deactivate",
    "agent",
    "zendesk",
    "user",
    "users",
    "tickets",
];

pub(super) fn ticket(call: String, text: &str, number: usize) -> Result<Expected, ParseError> {
    let (mut requester, mut group, mut agent, mut pop, mut notes) = (None, None, None, None, Vec::new());
    for clause in clauses(text) {
        let mut words = Words::split(clause, number)?;
        if words.eat("requester") {
            requester = Some(if words.eat("default") {
                Who::Default
            } else if words.eat("new") {
                Who::New { call: call.clone() }
            } else {
                Who::Id(words.number("a user's id, `default` or `new`")?)
            });
        } else if words.eat("group") {
            group = Some(or_none(&mut words, "a group's id or `none`")?);
        } else if words.eat("agent") {
            agent = Some(or_none(&mut words, "an agent's id or `none`")?);
        } else if words.eat("pop") {
            pop = Some(or_none(&mut words, "an agent's id or `none`")?);
        } else {
            let holds = !words.eat("no");
            if !words.eat("note") {
                return Err(words.unexpected("`requester`, `group`, `agent`, `pop`, `note TEXT` or `no note TEXT`"));
            }
            notes.push((holds, words.until(&[], "what the note holds")?));
        }
        words.end()?;
    }
    let missing = |name: &str| ParseError {
        line: number,
        message: format!("the ticket has no `{name}`, allowed: `requester`, `group`, `agent` and `pop`, each once"),
    };
    Ok(Expected::Ticket {
        call,
        requester: requester.ok_or_else(|| missing("requester"))?,
        group: group.ok_or_else(|| missing("group"))?,
        agent: agent.ok_or_else(|| missing("agent"))?,
        pop: pop.ok_or_else(|| missing("pop"))?,
        notes,
    })
}

fn or_none(words: &mut Words<'_>, allowed: &str) -> Result<Option<u64>, ParseError> {
    if words.eat("none") {
        Ok(None)
    } else {
        words.number(allowed).map(Some)
    }
}

pub(super) fn verb(words: &mut Words<'_>) -> Result<Verb, ParseError> {
    let rings = words.eat("rings");
    let verb = if rings || words.eat("announced") {
        let group = if words.eat("group") {
            Some(words.until(&["from"], "a group's name")?)
        } else {
            None
        };
        words.expect("from")?;
        let from = caller(words, &["at"])?;
        words.expect("at")?;
        let stop: &[&str] = if rings { &["dialled"] } else { &[] };
        let at = words.list(stop);
        if at.is_empty() {
            return Err(words.unexpected("one or more logins"));
        }
        if rings {
            let dialled = if words.eat("dialled") {
                Some(words.until(&[], "the number that was dialled")?)
            } else {
                None
            };
            Verb::Rings {
                group,
                from,
                at,
                dialled,
            }
        } else {
            Verb::Announced { group, from, at }
        }
    } else if words.eat("answered") {
        words.expect("by")?;
        let by = words.take("a login")?;
        let from = if words.eat("from") {
            Some(caller(words, &["group"])?)
        } else {
            None
        };
        let group = if words.eat("group") {
            Some(words.until(&[], "a group's name")?)
        } else {
            None
        };
        Verb::Answered { by, from, group }
    } else if words.eat("parked") {
        words.expect("by")?;
        Verb::Parked {
            by: words.take("a login")?,
        }
    } else if words.eat("mailbox") {
        words.expect("at")?;
        Verb::Mailbox {
            at: words.take("a login")?,
        }
    } else if words.eat("ended") {
        let at = if words.eat("at") { words.list(&[]) } else { Vec::new() };
        Verb::Ended { at }
    } else if words.eat("becomes") {
        if !words.peek().is_some_and(is_call) {
            return Err(words.unexpected("the call's new name"));
        }
        Verb::Becomes {
            call: words.take("a call")?,
        }
    } else if words.eat("dials") {
        let number = words.until(&["by"], "a number")?;
        words.expect("by")?;
        Verb::Dials {
            number,
            by: words.take("a login")?,
        }
    } else {
        return Err(words.unexpected(VERBS));
    };
    Ok(verb)
}

fn caller(words: &mut Words<'_>, stop: &[&str]) -> Result<Number, ParseError> {
    let shown = words.until(stop, "a number, `withheld` or `untold`")?;
    Ok(match shown.as_str() {
        "withheld" => Number::Withheld,
        "untold" => Number::Untold,
        _ => Number::Shown(shown),
    })
}

pub(super) fn given(mut words: Words<'_>) -> Result<Given, ParseError> {
    let given = if words.eat("user") {
        let mut user = GivenUser {
            id: words.number("the user's id")?,
            ..GivenUser::default()
        };
        user.name = words.take("the user's name in quotes")?;
        while words.left() > 0 {
            if words.eat("phone") {
                user.phone = Some(words.take("a number in quotes")?);
            } else if words.eat("identity") {
                user.identities.push(words.take("a number in quotes")?);
            } else if words.eat("field") {
                user.fields
                    .push((words.take("the field's key")?, words.take("a number in quotes")?));
            } else if words.eat("shared") {
                user.shared = true;
            } else if words.eat("suspended") {
                user.suspended = true;
            } else {
                return Err(words.unexpected("`phone`, `shared`, `identity`, `field`, `suspended`"));
            }
        }
        Given::User(user)
    } else if words.eat("search") {
        if words.eat("misses") {
            Given::SearchMisses
        } else {
            words
                .expect("takes")
                .map_err(|_| words.unexpected("`takes DURATION` or `misses`"))?;
            let time = words
                .peek()
                .and_then(duration)
                .ok_or_else(|| words.unexpected("a duration as `1500ms`"))?;
            words.take("a duration")?;
            Given::SearchTakes(time)
        }
    } else if words.eat("requester") {
        words.expect("refused")?;
        Given::RequesterRefused(words.number("a user's id")?)
    } else if words.eat("assignee") {
        words.expect("refused")?;
        Given::AssigneeRefused(words.number("a user's id")?)
    } else {
        return Err(words.unexpected("`user`, `search`, `requester refused`, `assignee refused`"));
    };
    words.end()?;
    Ok(given)
}

/// `HH:MM:SS` with milliseconds if need be.
pub(super) fn time(word: &str) -> Option<Duration> {
    let (clock, millis) = word.split_once('.').unwrap_or((word, "0"));
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let two = |part: &str, below: u64| {
        let fits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u64>().ok().filter(|n| fits && *n < below)
    };
    let seconds = two(hours, 24)? * 3600 + two(minutes, 60)? * 60 + two(seconds, 60)?;
    let fits = parts.next().is_none() && millis.len() <= 3 && millis.bytes().all(|b| b.is_ascii_digit());
    let millis: u64 = format!("{millis:0<3}").parse().ok()?;
    fits.then(|| Duration::from_secs(seconds) + Duration::from_millis(millis))
}

pub(super) fn is_call(word: &str) -> bool {
    !RESERVED.contains(&word)
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// A number in E.164 that may have been written with spaces.
pub(super) fn e164(parts: &[String]) -> Option<String> {
    let number = parts.concat();
    let digits = number.strip_prefix('+')?;
    (digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}
