//! Whether what a story expects has come of it.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::{Person, Ticket};
use crate::story::{Expected, Who};
use crate::world::DEFAULT_USER;

/// What there is to look at.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) tickets: Vec<Ticket>,
    pub(super) pops: Vec<(u64, u64)>,
    pub(super) people: Vec<Person>,
    /// Tickets that stood before the story.
    pub(super) old_tickets: BTreeSet<u64>,
    /// Users that stood before the story.
    pub(super) old_people: BTreeSet<u64>,
    /// The PBX's first id of each call, by its names in the story.
    pub(super) ids: BTreeMap<String, String>,
    /// The number of each call's caller, by the call's names.
    pub(super) callers: BTreeMap<String, String>,
    /// Calls that the bridge was told nothing of while they went on.
    pub(super) unseen: BTreeSet<String>,
    /// Users that the bridge made, as they were when they were first seen.
    pub(super) made: BTreeMap<u64, Person>,
    /// Why there is no ticket, as the bridge says it; `None`: it was not asked.
    pub(super) reasons: Option<BTreeMap<String, String>>,
}

impl Scene {
    /// Tickets of a call, by the end of their external ids.
    pub(super) fn tickets_of(&self, call: &str) -> Vec<&Ticket> {
        let Some(id) = self.ids.get(call) else {
            return Vec::new();
        };
        if self.unseen.contains(call) {
            return self.tickets_afterwards(call);
        }
        let ends = |ticket: &&Ticket| {
            let external = ticket.external_id.as_deref().unwrap_or_default();
            external.starts_with("zendesk-bridge:") && external.rsplit(':').next() == Some(id)
        };
        self.tickets.iter().filter(ends).collect()
    }

    /// Tickets of a call that nobody was told of: new ones under names of the bridge's own that hold the caller's number.
    fn tickets_afterwards(&self, call: &str) -> Vec<&Ticket> {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let number = self.callers.get(call).map(|number| digits(&normal(number)));
        let of_call = |ticket: &&Ticket| {
            let external = ticket.external_id.as_deref().unwrap_or_default();
            let own = external.rsplit(':').next().is_some_and(|name| name.starts_with("log-"));
            let named = number
                .as_ref()
                .is_none_or(|number| ticket.comments.iter().any(|text| digits(text).contains(number)));
            own && named && !self.old_tickets.contains(&ticket.id)
        };
        self.tickets.iter().filter(of_call).collect()
    }

    /// In words: what has come of it. `Err` says what is wrong.
    pub(super) fn check(&self, expected: &Expected) -> Result<String, String> {
        match expected {
            Expected::NoTicket { call, because } => {
                if let [ticket, ..] = self.tickets_of(call).as_slice() {
                    return Err(format!("there is ticket {}", ticket.id));
                }
                let Some(because) = because else {
                    return Ok("no ticket".to_owned());
                };
                match self.reasons.as_ref().map(|reasons| reasons.get(call)) {
                    None => Ok(format!("no ticket (not asked whether because {because})")),
                    Some(Some(said)) if said.contains(because) => Ok(format!("no ticket: {said}")),
                    Some(Some(said)) => Err(format!("no ticket, but because {said}")),
                    Some(None) => Err("no ticket, but the bridge knows nothing of the call".to_owned()),
                }
            }
            Expected::Ticket {
                call,
                requester,
                group,
                agent,
                pop,
                notes,
            } => {
                let found = self.tickets_of(call);
                let [ticket] = found.as_slice() else {
                    return Err(match found.len() {
                        0 => "there is no ticket".to_owned(),
                        count => format!("there are {count} tickets"),
                    });
                };
                let mut wrong = Vec::new();
                let requesters = self.who(requester);
                if !requesters.contains(&ticket.requester) {
                    wrong.push(format!("requester {}", ticket.requester));
                }
                let shown = |id: Option<u64>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
                if ticket.group != *group {
                    wrong.push(format!("group {}", shown(ticket.group)));
                }
                if ticket.assignee != *agent {
                    wrong.push(format!("agent {}", shown(ticket.assignee)));
                }
                let pops: Vec<u64> = self
                    .pops
                    .iter()
                    .filter(|(id, _)| *id == ticket.id)
                    .map(|(_, agent)| *agent)
                    .collect();
                if pops != pop.iter().copied().collect::<Vec<_>>() {
                    let pops: Vec<String> = pops.iter().map(u64::to_string).collect();
                    wrong.push(format!(
                        "pop {}",
                        if pops.is_empty() {
                            "none".to_owned()
                        } else {
                            pops.join(" and ")
                        }
                    ));
                }
                for (holds, text) in notes {
                    if ticket.comments.iter().any(|comment| comment.contains(text)) != *holds {
                        wrong.push(if *holds {
                            format!("no note \"{text}\"")
                        } else {
                            format!("a note \"{text}\"")
                        });
                    }
                }
                if wrong.is_empty() {
                    Ok(format!("ticket {}", ticket.id))
                } else {
                    Err(format!("ticket {} has {}", ticket.id, wrong.join(", ")))
                }
            }
            Expected::UserNumber { user, number, place } => {
                let ids = self.who(user);
                let found: Vec<&Person> = self.people.iter().filter(|person| ids.contains(&person.id)).collect();
                let [person] = found.as_slice() else {
                    return Err(format!("{} such users", found.len()));
                };
                let places = places(person, number);
                match place {
                    Some(place) if places.contains(place) => Ok(format!("user {} has it", person.id)),
                    None if places.is_empty() => Ok(format!("user {} lacks it", person.id)),
                    _ if places.is_empty() => Err(format!("user {} lacks it", person.id)),
                    _ => Err(format!("user {} has it in {}", person.id, places.join(" and "))),
                }
            }
            Expected::Tickets(count) => {
                let found = self
                    .tickets
                    .iter()
                    .filter(|ticket| !self.old_tickets.contains(&ticket.id))
                    .count();
                if found == *count {
                    Ok(format!("{found} tickets"))
                } else {
                    Err(format!("there are {found}"))
                }
            }
            Expected::UsersWith { number, count } => {
                let found = self
                    .people
                    .iter()
                    .filter(|person| !places(person, number).is_empty())
                    .count();
                if found == *count {
                    Ok(format!("{found} users"))
                } else {
                    Err(format!("there are {found}"))
                }
            }
        }
    }

    /// Ids that answer to this description.
    fn who(&self, who: &Who) -> Vec<u64> {
        match who {
            Who::Id(id) => vec![*id],
            Who::Default => vec![DEFAULT_USER.0],
            Who::New { call } => {
                let Some(number) = self.callers.get(call).map(|number| normal(number)) else {
                    return Vec::new();
                };
                // A user who was made for a number is that even when the number has gone to somebody else.
                let made = self.made.values().chain(&self.people);
                let new = made.filter(|person| !self.old_people.contains(&person.id));
                let ids: BTreeSet<u64> = new
                    .filter(|person| !places(person, &number).is_empty())
                    .map(|person| person.id)
                    .collect();
                ids.into_iter().collect()
            }
        }
    }
}

/// Where a profile holds this number, in whatever spelling.
fn places(person: &Person, number: &str) -> Vec<String> {
    let number = normal(number);
    let same = |other: &str| normal(other) == number;
    let mut places = Vec::new();
    if person.phone.as_deref().is_some_and(same) {
        places.push("phone".to_owned());
    }
    if person.identities.iter().any(|identity| same(identity)) {
        places.push("identity".to_owned());
    }
    places.extend(
        person
            .fields
            .iter()
            .filter(|(_, value)| same(value))
            .map(|(key, _)| key.clone()),
    );
    places
}

/// E.164 by the number plan of the world: country DE, area code 721. A rule of thumb that is enough for stories.
fn normal(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let trimmed = number.trim_start();
    if trimmed.starts_with('+') {
        // "+49 (0)721" is how some write it.
        let digits = if trimmed.contains("(0)") {
            digits.replacen("490", "49", 1)
        } else {
            digits
        };
        format!("+{digits}")
    } else if let Some(rest) = digits.strip_prefix("00") {
        format!("+{rest}")
    } else if let Some(rest) = digits.strip_prefix('0') {
        format!("+49{rest}")
    } else if digits.len() > 3 {
        format!("+49721{digits}")
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Person, Scene, Ticket, normal};
    use crate::story::parse;

    fn scene() -> Scene {
        let ticket = |id: u64, call: &str, requester: u64| Ticket {
            id,
            external_id: Some(format!("zendesk-bridge:starface:{call}")),
            requester,
            group: Some(71),
            assignee: Some(501),
            comments: vec!["Called 00497214605300".to_owned(), "Candidates: Karla".to_owned()],
        };
        let person = |id: u64, phone: &str| Person {
            id,
            phone: Some(phone.to_owned()),
            identities: vec!["07247 99".to_owned()],
            fields: vec![("phone_2".to_owned(), "+49 (0)721 55".to_owned())],
        };
        let name = |c: &str, id: &str| (c.to_owned(), id.to_owned());
        Scene {
            tickets: vec![
                ticket(1, "old", 400),
                ticket(2, "id-1", 900),
                ticket(3, "id-2", 1000),
                ticket(4, "id-2", 1000),
            ],
            pops: vec![(2, 501)],
            people: vec![person(900, "0721 1"), person(1000, "+49721123456")],
            old_tickets: [1].into(),
            old_people: [900].into(),
            ids: BTreeMap::from([name("c1", "id-1"), name("c2", "id-2"), name("c3", "id-3")]),
            callers: BTreeMap::from([name("c2", "0049721123456")]),
            unseen: BTreeSet::new(),
            made: BTreeMap::new(),
            reasons: Some(BTreeMap::from([name("c3", "nobody answered")])),
        }
    }

    #[test]
    fn a_user_made_for_a_call_stays_that_when_the_number_goes() {
        let mut scene = scene();
        let new = crate::story::Who::New { call: "c2".to_owned() };
        assert_eq!(scene.who(&new), [1000]);
        let mut made = scene.people[1].clone();
        scene.people[1].phone = None;
        assert!(scene.who(&new).is_empty());
        scene.made.insert(1000, made.clone());
        assert_eq!(scene.who(&new), [1000]);
        made.id = 900;
        scene.made.insert(900, made);
        assert_eq!(scene.who(&new), [1000], "one who stood there before is not new");
    }

    #[test]
    fn what_holds_and_what_does_not() {
        let table = [
            (
                "c1 ticket requester 900, group 71, agent 501, pop 501, note Karla, no note Kunde",
                Ok("ticket 2"),
            ),
            (
                "c1 ticket requester default, group 72, agent none, pop none",
                Err("ticket 2 has requester 900, group 71, agent 501, pop 501"),
            ),
            (
                "c1 ticket requester 900, group 71, agent 501, pop 501, note Kunde, no note Karla",
                Err("ticket 2 has no note \"Kunde\", a note \"Karla\""),
            ),
            (
                "c2 ticket requester new, group 71, agent 501, pop none",
                Err("there are 2 tickets"),
            ),
            (
                "c3 ticket requester 900, group 71, agent 501, pop none",
                Err("there is no ticket"),
            ),
            ("c1 none", Err("there is ticket 2")),
            ("c3 none", Ok("no ticket")),
            ("c3 none because nobody", Ok("no ticket: nobody answered")),
            (
                "c3 none because internal",
                Err("no ticket, but because nobody answered"),
            ),
            ("user 900 has +497211 in phone", Ok("user 900 has it")),
            ("user 900 has +49724799 in identity", Ok("user 900 has it")),
            ("user 900 has +4972155 in phone_2", Ok("user 900 has it")),
            ("user 900 has +4972155 in phone", Err("user 900 has it in phone_2")),
            ("user 900 has +49999 in phone", Err("user 900 lacks it")),
            ("user 900 lacks +49999", Ok("user 900 lacks it")),
            ("user 900 lacks +497211", Err("user 900 has it in phone")),
            ("user new-of-c2 has +49721123456 in phone", Ok("user 1000 has it")),
            ("user new-of-c1 has +49721123456 in phone", Err("0 such users")),
            ("tickets 3", Ok("3 tickets")),
            ("tickets 4", Err("there are 3")),
            ("users with +49721123456 1", Ok("1 users")),
            ("users with +49724799 1", Err("there are 2")),
        ];
        let scene = scene();
        for (line, wanted) in table {
            let calls = "14:02:00 c1 ended\n14:02:00 c2 ended\n14:02:00 c3 ended\n";
            let story = parse(&format!("{calls}= {line}")).unwrap();
            let found = scene.check(&story.expected[0].0);
            assert_eq!(found.as_deref().map_err(String::as_str), wanted, "{line}");
        }
    }

    #[test]
    fn a_reason_that_nobody_can_tell_is_not_held_against_the_bridge() {
        let scene = Scene {
            reasons: None,
            ..scene()
        };
        let story = parse("14:02:00 c3 ended\n= c3 none because x").unwrap();
        assert_eq!(
            scene.check(&story.expected[0].0),
            Ok("no ticket (not asked whether because x)".to_owned())
        );
    }

    #[test]
    fn spellings_of_one_number_are_the_same() {
        for number in [
            "+49 721 123456",
            "0049721123456",
            "0721/123456",
            "123456",
            "+49 (0)721 123456",
        ] {
            assert_eq!(normal(number), "+49721123456", "{number}");
        }
        assert_eq!(normal("12"), "12");
    }
}
