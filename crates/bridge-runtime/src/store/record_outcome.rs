//! How outcomes are written down.

use bridge_core::desk::{Profile, Standing, TicketId, TicketView, UserId};
use bridge_core::directory::{Insufficient, Source};
use bridge_core::input::{Outcome, Refusal};
use bridge_core::number::E164;
use serde::{Deserialize, Serialize};

use super::record::{FieldRecord, RecordError, from_text, moment_from, to_text};

/// An outcome as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum OutcomeRecord {
    Profiles {
        profiles: Vec<ProfileRecord>,
    },
    Callers {
        profiles: Vec<ProfileRecord>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        as_of: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        searched: Option<InsufficientRecord>,
    },
    User {
        user: u64,
    },
    Opened {
        ticket: u64,
    },
    Popped,
    NotPopped {
        why: String,
    },
    Ticket {
        ticket: u64,
        requester: u64,
        updated_at: String,
        open_for_changes: bool,
        #[serde(default)]
        solved: bool,
    },
    TicketGone {
        why: String,
    },
    Done,
    Conflict,
    Taken,
    Refused {
        what: RefusalRecord,
        why: String,
    },
    Dropped {
        why: String,
    },
    Wedged {
        why: String,
    },
}

/// A user's profile as it is stored.
#[derive(Serialize, Deserialize)]
struct ProfileRecord {
    user: u64,
    name: String,
    numbers: Vec<(FieldRecord, String)>,
    shared_phone: bool,
    active: bool,
    suspended: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_for: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InsufficientRecord {
    Incomplete,
    Stale,
    Nobody,
    Identities,
    Unreadable,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RefusalRecord {
    Requester,
    Assignee,
    Group,
    Number,
    Recording,
    Size,
}

/// An outcome as it is stored.
pub(crate) fn outcome_to_text(outcome: &Outcome) -> String {
    to_text(&record_of(outcome))
}

/// An outcome as it was stored.
pub(crate) fn outcome_from_text(text: &str) -> Result<Outcome, RecordError> {
    outcome_of(from_text(text, "an outcome")?)
}

/// An outcome in words for people, without personal data.
pub(crate) fn outcome_in_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Profiles(profiles) | Outcome::Callers { profiles, .. } => format!("{} profiles", profiles.len()),
        Outcome::User(user) => format!("user {user}"),
        Outcome::Opened { ticket } => format!("ticket {ticket}"),
        Outcome::Popped => "opened on the screen".into(),
        Outcome::NotPopped { why } => format!("not opened on the screen: {why}"),
        Outcome::Ticket(view) => format!("ticket {} of requester {}", view.ticket, view.requester),
        Outcome::TicketGone { why } => format!("the ticket is gone: {why}"),
        Outcome::Done => "done".into(),
        Outcome::Conflict => "somebody changed the ticket meanwhile".into(),
        Outcome::Taken => "the number belongs to somebody else".into(),
        Outcome::Refused { what: _, why } => format!("refused: {why}"),
        Outcome::Dropped { why } => format!("dropped: {why}"),
        Outcome::Wedged { why } => format!("wedged: {why}"),
    }
}

fn record_of(outcome: &Outcome) -> OutcomeRecord {
    match outcome {
        Outcome::Profiles(profiles) => OutcomeRecord::Profiles {
            profiles: profiles.iter().map(profile_record).collect(),
        },
        Outcome::Callers { profiles, source } => OutcomeRecord::Callers {
            profiles: profiles.iter().map(profile_record).collect(),
            as_of: match source {
                Source::Directory { as_of } => Some(as_of.to_string()),
                Source::Search { .. } => None,
            },
            searched: match source {
                Source::Directory { .. } => None,
                Source::Search { why } => Some(insufficient_record(*why)),
            },
        },
        Outcome::User(user) => OutcomeRecord::User { user: user.get() },
        Outcome::Opened { ticket } => OutcomeRecord::Opened { ticket: ticket.get() },
        Outcome::Popped => OutcomeRecord::Popped,
        Outcome::NotPopped { why } => OutcomeRecord::NotPopped { why: why.clone() },
        Outcome::Ticket(view) => OutcomeRecord::Ticket {
            ticket: view.ticket.get(),
            requester: view.requester.get(),
            updated_at: view.updated_at.to_string(),
            open_for_changes: view.is_open_for_changes(),
            solved: view.standing == Standing::Solved,
        },
        Outcome::TicketGone { why } => OutcomeRecord::TicketGone { why: why.clone() },
        Outcome::Done => OutcomeRecord::Done,
        Outcome::Conflict => OutcomeRecord::Conflict,
        Outcome::Taken => OutcomeRecord::Taken,
        Outcome::Refused { what, why } => OutcomeRecord::Refused {
            what: refusal_record(*what),
            why: why.clone(),
        },
        Outcome::Dropped { why } => OutcomeRecord::Dropped { why: why.clone() },
        Outcome::Wedged { why } => OutcomeRecord::Wedged { why: why.clone() },
    }
}

fn outcome_of(record: OutcomeRecord) -> Result<Outcome, RecordError> {
    Ok(match record {
        OutcomeRecord::Profiles { profiles } => Outcome::Profiles(profiles.into_iter().map(profile_of).collect()),
        OutcomeRecord::Callers {
            profiles,
            as_of,
            searched,
        } => Outcome::Callers {
            profiles: profiles.into_iter().map(profile_of).collect(),
            source: match (as_of, searched) {
                (_, Some(why)) => Source::Search {
                    why: insufficient_of(&why),
                },
                (Some(as_of), None) => Source::Directory {
                    as_of: moment_from(&as_of)?,
                },
                (None, None) => return Err(RecordError::new("who answered a look-up")),
            },
        },
        OutcomeRecord::User { user } => Outcome::User(UserId::new(user)),
        OutcomeRecord::Opened { ticket } => Outcome::Opened {
            ticket: TicketId::new(ticket),
        },
        OutcomeRecord::Popped => Outcome::Popped,
        OutcomeRecord::NotPopped { why } => Outcome::NotPopped { why },
        OutcomeRecord::Ticket {
            ticket,
            requester,
            updated_at,
            open_for_changes,
            solved,
        } => Outcome::Ticket(TicketView {
            ticket: TicketId::new(ticket),
            requester: UserId::new(requester),
            updated_at: moment_from(&updated_at)?,
            standing: match (open_for_changes, solved) {
                (false, _) => Standing::Closed,
                (true, true) => Standing::Solved,
                (true, false) => Standing::Open,
            },
        }),
        OutcomeRecord::TicketGone { why } => Outcome::TicketGone { why },
        OutcomeRecord::Done => Outcome::Done,
        OutcomeRecord::Conflict => Outcome::Conflict,
        OutcomeRecord::Taken => Outcome::Taken,
        OutcomeRecord::Refused { what, why } => Outcome::Refused {
            what: refusal_of(&what),
            why,
        },
        OutcomeRecord::Dropped { why } => Outcome::Dropped { why },
        OutcomeRecord::Wedged { why } => Outcome::Wedged { why },
    })
}

fn profile_record(profile: &Profile) -> ProfileRecord {
    ProfileRecord {
        user: profile.user.get(),
        name: profile.name.clone(),
        numbers: profile
            .numbers
            .iter()
            .map(|(field, typed)| (field.into(), typed.clone()))
            .collect(),
        shared_phone: profile.shared_phone,
        active: profile.active,
        suspended: profile.suspended,
        made_for: profile.made_for.as_ref().map(|number| number.as_str().to_owned()),
    }
}

fn profile_of(record: ProfileRecord) -> Profile {
    Profile {
        user: UserId::new(record.user),
        name: record.name,
        numbers: record
            .numbers
            .into_iter()
            .map(|(field, typed)| (field.into(), typed))
            .collect(),
        shared_phone: record.shared_phone,
        active: record.active,
        suspended: record.suspended,
        made_for: record.made_for.as_deref().and_then(E164::parse),
    }
}

/// A profile as it is stored by itself.
pub(crate) fn profile_to_text(profile: &Profile) -> String {
    to_text(&profile_record(profile))
}

/// A profile as it was stored by itself.
pub(crate) fn profile_from_text(text: &str) -> Result<Profile, RecordError> {
    Ok(profile_of(from_text(text, "a profile")?))
}

fn insufficient_record(why: Insufficient) -> InsufficientRecord {
    match why {
        Insufficient::Incomplete => InsufficientRecord::Incomplete,
        Insufficient::Stale => InsufficientRecord::Stale,
        Insufficient::Nobody => InsufficientRecord::Nobody,
        Insufficient::Identities => InsufficientRecord::Identities,
        Insufficient::Unreadable => InsufficientRecord::Unreadable,
    }
}

fn insufficient_of(record: &InsufficientRecord) -> Insufficient {
    match record {
        InsufficientRecord::Incomplete => Insufficient::Incomplete,
        InsufficientRecord::Stale => Insufficient::Stale,
        InsufficientRecord::Nobody => Insufficient::Nobody,
        InsufficientRecord::Identities => Insufficient::Identities,
        InsufficientRecord::Unreadable => Insufficient::Unreadable,
    }
}

fn refusal_record(refusal: Refusal) -> RefusalRecord {
    match refusal {
        Refusal::Requester => RefusalRecord::Requester,
        Refusal::Assignee => RefusalRecord::Assignee,
        Refusal::Group => RefusalRecord::Group,
        Refusal::Number => RefusalRecord::Number,
        Refusal::Recording => RefusalRecord::Recording,
        Refusal::Size => RefusalRecord::Size,
    }
}

fn refusal_of(record: &RefusalRecord) -> Refusal {
    match record {
        RefusalRecord::Requester => Refusal::Requester,
        RefusalRecord::Assignee => Refusal::Assignee,
        RefusalRecord::Group => Refusal::Group,
        RefusalRecord::Number => Refusal::Number,
        RefusalRecord::Recording => Refusal::Recording,
        RefusalRecord::Size => Refusal::Size,
    }
}

#[cfg(test)]
mod tests {
    use bridge_core::desk::NumberField;

    use super::*;

    #[test]
    fn every_outcome_comes_back_as_it_was() {
        for outcome in every_outcome() {
            assert_eq!(outcome_from_text(&outcome_to_text(&outcome)).unwrap(), outcome);
        }
    }

    #[test]
    fn words_for_people_hold_no_profile() {
        let words = outcome_in_words(&every_outcome()[0]);
        assert_eq!(words, "1 profiles");
    }

    fn every_outcome() -> Vec<Outcome> {
        let why = || "Why".to_owned();
        let refused = |what| Outcome::Refused { what, why: why() };
        let karla = Profile {
            user: UserId::new(900),
            name: "Karla Kunde".into(),
            numbers: vec![
                (NumberField::Phone, "07247 99".into()),
                (NumberField::Identity, "+49724799".into()),
                (NumberField::Custom("phone_2".into()), "99".into()),
            ],
            shared_phone: true,
            active: true,
            suspended: false,
            made_for: E164::parse("+49721123456"),
        };
        let found = |source| Outcome::Callers {
            profiles: vec![karla.clone()],
            source,
        };
        let searched = |why| found(Source::Search { why });
        vec![
            Outcome::Profiles(vec![karla.clone()]),
            found(Source::Directory {
                as_of: "2026-11-24T14:02:00.5Z".parse().unwrap(),
            }),
            searched(Insufficient::Incomplete),
            searched(Insufficient::Stale),
            searched(Insufficient::Nobody),
            searched(Insufficient::Identities),
            searched(Insufficient::Unreadable),
            Outcome::User(UserId::new(1)),
            Outcome::Opened {
                ticket: TicketId::new(2),
            },
            Outcome::Popped,
            Outcome::NotPopped { why: why() },
            Outcome::Ticket(TicketView {
                ticket: TicketId::new(2),
                requester: UserId::new(u64::MAX),
                updated_at: "2026-11-24T14:02:00.5Z".parse().unwrap(),
                standing: Standing::Open,
            }),
            Outcome::Ticket(TicketView {
                ticket: TicketId::new(2),
                requester: UserId::new(u64::MAX),
                updated_at: "2026-11-24T14:02:00.5Z".parse().unwrap(),
                standing: Standing::Solved,
            }),
            Outcome::Ticket(TicketView {
                ticket: TicketId::new(2),
                requester: UserId::new(u64::MAX),
                updated_at: "2026-11-24T14:02:00.5Z".parse().unwrap(),
                standing: Standing::Closed,
            }),
            Outcome::TicketGone { why: why() },
            Outcome::Done,
            Outcome::Conflict,
            Outcome::Taken,
            refused(Refusal::Requester),
            refused(Refusal::Assignee),
            refused(Refusal::Group),
            refused(Refusal::Number),
            refused(Refusal::Recording),
            refused(Refusal::Size),
            Outcome::Dropped { why: why() },
            Outcome::Wedged { why: why() },
        ]
    }
}
