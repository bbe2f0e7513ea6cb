//! Expectations in the words of the story.

use std::fmt::{Display, Formatter, Result};

use super::{Expected, Who};

impl Display for Expected {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::NoTicket { call, because: None } => write!(f, "{call} none"),
            Self::NoTicket {
                call,
                because: Some(words),
            } => write!(f, "{call} none because {words}"),
            Self::Ticket {
                call,
                requester,
                group,
                agent,
                pop,
                notes,
            } => {
                let or_none = |id: &Option<u64>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
                let requester = match requester {
                    Who::Id(id) => id.to_string(),
                    Who::Default => "default".to_owned(),
                    Who::New { .. } => "new".to_owned(),
                };
                let (group, agent, pop) = (or_none(group), or_none(agent), or_none(pop));
                write!(
                    f,
                    "{call} ticket requester {requester}, group {group}, agent {agent}, pop {pop}"
                )?;
                for (holds, text) in notes {
                    write!(f, ", {}note \"{text}\"", if *holds { "" } else { "no " })?;
                }
                Ok(())
            }
            Self::UserNumber {
                user,
                number,
                place: Some(place),
            } => write!(f, "user {user} has {number} in {place}"),
            Self::UserNumber {
                user,
                number,
                place: None,
            } => write!(f, "user {user} lacks {number}"),
            Self::Tickets(count) => write!(f, "tickets {count}"),
            Self::UsersWith { number, count } => write!(f, "users with {number} {count}"),
        }
    }
}

impl Display for Who {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Default => f.write_str("default"),
            Self::New { call } => write!(f, "new-of-{call}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::story::parse;

    #[test]
    fn what_is_shown_is_read_again() {
        let lines = [
            "c1 none",
            "c1 none because nobody answered",
            "c1 ticket requester new, group none, agent 501, pop none, note \"a, b\", no note \"c\"",
            "user new-of-c1 has +49721123456 in phone",
            "user default lacks +49721123456",
            "tickets 3",
            "users with +49721123456 1",
        ];
        for line in lines {
            let story = parse(&format!("14:02:00 c1 ended\n= {line}")).unwrap();
            assert_eq!(story.expected[0].0.to_string(), line);
        }
    }
}
