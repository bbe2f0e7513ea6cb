//! Search over everything, and its export without a limit.

use http::Method;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::groups::Group;
use crate::listing::Listing;
use crate::pending::Pending;
use crate::request::Request;
use crate::tickets::Ticket;
use crate::users::User;
use crate::wire::Resource;

/// The endpoints about search: [`Client::search`]. They ask an index that is behind by a minute or more.
#[derive(Clone, Debug)]
pub struct Search {
    client: Client,
}

impl Search {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Whatever fits a query in Zendesk's search language. The first 1,000 results can be reached; then the list ends with
    /// [`ErrorKind::TooDeep`](crate::ErrorKind::TooDeep). [`Page::total`](crate::Page::total) counts all of them.
    pub fn query(&self, query: impl Into<String>) -> Listing<Hit> {
        Listing::new(self.client.clone(), "/api/v2/search").query("query", query)
    }

    /// How many records fit a query.
    pub fn count(&self, query: impl Into<String>) -> Pending<u64> {
        let request = Request::new(Method::GET, "/api/v2/search/count", |answer| answer.count());
        self.client.pending(request.query("query", query).sensitive())
    }

    /// All records of one kind that fit a query, however many, in the order of their creation. The query must not name the
    /// kind. The list's cursor lives for an hour.
    pub fn export(&self, kind: &HitKind, query: impl Into<String>) -> Listing<Hit> {
        Listing::by_cursor(self.client.clone(), "/api/v2/search/export")
            .page_size(1000)
            .query("query", query)
            .query("filter[type]", kind.as_str())
    }
}

/// What a search found.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Hit {
    /// A user.
    User(Box<User>),
    /// A ticket.
    Ticket(Box<Ticket>),
    /// A group.
    Group(Group),
    /// Anything else.
    Other(OtherHit),
}

/// Found, and of a kind that this crate has no type for. `Debug` shows the kind only.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct OtherHit {
    /// `organization`, `article`, …
    pub kind: String,
    /// The record as it came.
    pub record: Map<String, Value>,
}

/// A kind of record.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum HitKind {
    /// Users.
    User,
    /// Tickets.
    Ticket,
    /// Groups.
    Group,
    /// Organizations.
    Organization,
}

impl Hit {
    /// The user, if it is one.
    #[must_use]
    pub fn into_user(self) -> Option<User> {
        match self {
            Self::User(user) => Some(*user),
            Self::Ticket(_) | Self::Group(_) | Self::Other(_) => None,
        }
    }

    /// The ticket, if it is one.
    #[must_use]
    pub fn into_ticket(self) -> Option<Ticket> {
        match self {
            Self::Ticket(ticket) => Some(*ticket),
            Self::User(_) | Self::Group(_) | Self::Other(_) => None,
        }
    }
}

impl HitKind {
    /// As Zendesk writes it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Ticket => "ticket",
            Self::Group => "group",
            Self::Organization => "organization",
        }
    }
}

impl<'de> Deserialize<'de> for Hit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Map::<String, Value>::deserialize(deserializer)?;
        let kind = record
            .get("result_type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let read = |record| Value::Object(record);
        let hit = match kind.as_str() {
            "user" => serde_json::from_value(read(record)).map(Self::User),
            "ticket" => serde_json::from_value(read(record)).map(Self::Ticket),
            "group" => serde_json::from_value(read(record)).map(Self::Group),
            _ => Ok(Self::Other(OtherHit { kind, record })),
        };
        // The words of the inner error may hold what stands in the record.
        hit.map_err(|_| serde::de::Error::custom("a result that is not of its kind"))
    }
}

impl Resource for Hit {
    const ONE: &'static str = "result";
    const MANY: &'static str = "results";
}

impl std::fmt::Debug for OtherHit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OtherHit")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Hit, HitKind};
    use crate::{Client, Credentials};

    #[test]
    fn requests() {
        let search = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .search();
        let export = search.export(&HitKind::User, "phone:*721");
        let pairs = [
            ("page[size]", "1000"),
            ("query", "phone:*721"),
            ("filter[type]", "user"),
        ];
        assert_eq!(export.request().query_pairs(), pairs.map(|(k, v)| (k.into(), v.into())));
        assert!(export.request().is_sensitive() && search.count("x").request().is_sensitive());
        assert_eq!(
            search.query("x").request().query_pairs(),
            [("query".into(), "x".into())]
        );
    }

    #[test]
    fn results_are_told_apart() {
        let hit = |json| serde_json::from_value::<Hit>(json);
        assert!(
            hit(json!({"result_type": "user", "id": 7}))
                .unwrap()
                .into_user()
                .is_some()
        );
        assert!(
            hit(json!({"result_type": "ticket", "id": 7}))
                .unwrap()
                .into_ticket()
                .is_some()
        );
        assert!(matches!(
            hit(json!({"result_type": "group", "id": 7})),
            Ok(Hit::Group(_))
        ));
        assert!(matches!(hit(json!({"result_type": "topic"})), Ok(Hit::Other(other)) if other.kind == "topic"));
        let error = hit(json!({"result_type": "user", "id": "+4972112345"})).unwrap_err();
        assert!(!error.to_string().contains("4972112345"), "{error}");
    }
}
