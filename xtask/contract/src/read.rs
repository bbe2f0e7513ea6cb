//! What the client's answers hold, told independently of how the client reads them: a list that loses a record, or a
//! record that comes from another place, is no success.

use serde_json::Value;
use zendesk_client::attachments::{Attachment, Upload};
use zendesk_client::calls::{Call, MadeComment};
use zendesk_client::groups::Group;
use zendesk_client::identities::Identity;
use zendesk_client::incremental::TicketEvent;
use zendesk_client::jobs::Job;
use zendesk_client::memberships::Membership;
use zendesk_client::oauth::TokenInfo;
use zendesk_client::search::Hit;
use zendesk_client::tickets::{Audit, Comment, Created, Ticket};
use zendesk_client::user_fields::UserField;
use zendesk_client::users::{Related, Upserted, User};
use zendesk_client::{Page, Resource};

/// A type of answers.
pub(crate) trait Read: 'static {
    /// What the records that were read are told by, mostly their ids; `None` where there are no records.
    fn records(&self) -> Option<Vec<String>>;
    /// The same from the JSON.
    fn records_in(body: &Value) -> Option<Vec<String>>;
}

macro_rules! records {
    ($($record:ty),+ $(,)?) => {$(
        impl Read for $record {
            fn records(&self) -> Option<Vec<String>> {
                Some(vec![self.id.to_string()])
            }

            fn records_in(body: &Value) -> Option<Vec<String>> {
                one(body, Self::ONE)
            }
        }

        impl Read for Vec<$record> {
            fn records(&self) -> Option<Vec<String>> {
                Some(self.iter().map(|record| record.id.to_string()).collect())
            }

            fn records_in(body: &Value) -> Option<Vec<String>> {
                many(body, <$record>::MANY)
            }
        }

        impl Read for Page<$record> {
            fn records(&self) -> Option<Vec<String>> {
                self.items.records()
            }

            fn records_in(body: &Value) -> Option<Vec<String>> {
                many(body, <$record>::MANY)
            }
        }
    )+};
}

records!(
    Attachment,
    Audit,
    Call,
    Comment,
    Group,
    Identity,
    Job,
    Membership,
    Ticket,
    TicketEvent,
    User,
    UserField
);

impl Read for Page<Hit> {
    fn records(&self) -> Option<Vec<String>> {
        let id = |hit: &Hit| match hit {
            Hit::User(user) => user.id.to_string(),
            Hit::Ticket(ticket) => ticket.id.to_string(),
            Hit::Group(group) => group.id.to_string(),
            Hit::Other(other) => text(other.record.get("id").unwrap_or(&Value::Null)).unwrap_or_default(),
            _ => String::new(),
        };
        Some(self.items.iter().map(id).collect())
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        many(body, Hit::MANY)
    }
}

impl Read for Created {
    fn records(&self) -> Option<Vec<String>> {
        self.ticket.records()
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        one(body, Ticket::ONE)
    }
}

impl Read for Option<Ticket> {
    fn records(&self) -> Option<Vec<String>> {
        Some(self.iter().map(|ticket| ticket.id.to_string()).collect())
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        one(body, Ticket::ONE)
    }
}

impl Read for Upserted {
    fn records(&self) -> Option<Vec<String>> {
        self.user.records()
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        one(body, User::ONE)
    }
}

impl Read for MadeComment {
    fn records(&self) -> Option<Vec<String>> {
        Some(vec![self.id.to_string()])
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        Some(text(&body["id"]).into_iter().collect())
    }
}

/// Told by its files: the token is a secret.
impl Read for Upload {
    fn records(&self) -> Option<Vec<String>> {
        Some(
            self.attachments
                .iter()
                .chain(&self.attachment)
                .map(|file| file.id.to_string())
                .collect(),
        )
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        let upload = &body[Self::ONE];
        let files = upload["attachments"].as_array().into_iter().flatten();
        Some(
            files
                .chain([&upload["attachment"]])
                .filter_map(|file| text(&file["id"]))
                .collect(),
        )
    }
}

impl Read for TokenInfo {
    fn records(&self) -> Option<Vec<String>> {
        Some(self.user_id.iter().map(ToString::to_string).collect())
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        Some(text(&body[Self::ONE]["user_id"]).into_iter().collect())
    }
}

/// Tags.
impl Read for Vec<String> {
    fn records(&self) -> Option<Vec<String>> {
        Some(self.clone())
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        Some(body["tags"].as_array()?.iter().filter_map(text).collect())
    }
}

/// A count.
impl Read for u64 {
    fn records(&self) -> Option<Vec<String>> {
        Some(vec![self.to_string()])
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        let count = body.pointer("/count/value").or_else(|| body.get("count"))?;
        Some(text(count).into_iter().collect())
    }
}

impl Read for Related {
    fn records(&self) -> Option<Vec<String>> {
        Some(
            [self.assigned_tickets, self.requested_tickets]
                .iter()
                .flatten()
                .map(ToString::to_string)
                .collect(),
        )
    }

    fn records_in(body: &Value) -> Option<Vec<String>> {
        let related = &body[Self::ONE];
        Some(
            ["assigned_tickets", "requested_tickets"]
                .iter()
                .filter_map(|key| text(&related[*key]))
                .collect(),
        )
    }
}

impl Read for () {
    fn records(&self) -> Option<Vec<String>> {
        None
    }

    fn records_in(_: &Value) -> Option<Vec<String>> {
        None
    }
}

fn one(body: &Value, key: &str) -> Option<Vec<String>> {
    Some(text(&body[key]["id"]).into_iter().collect())
}

fn many(body: &Value, key: &str) -> Option<Vec<String>> {
    Some(
        body[key]
            .as_array()?
            .iter()
            .filter_map(|record| text(&record["id"]))
            .collect(),
    )
}

/// A number or text as text: Zendesk writes ids as both.
fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(ToOwned::to_owned)
        .or_else(|| value.as_u64().map(|number| number.to_string()))
}
