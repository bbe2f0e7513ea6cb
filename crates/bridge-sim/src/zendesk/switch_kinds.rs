//! The values that switches have beside yes, no and numbers.

use serde::{Deserialize, Serialize};

/// Endpoints that are slow, or fail, together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// `/oauth/tokens` and the authorization page.
    Token,
    /// `/users/search`, `/search` and autocompletion.
    Search,
    /// Incremental exports, and that of a search.
    Export,
    /// Users, read.
    ReadUser,
    /// Users, written: created, updated, merged, deleted.
    WriteUser,
    /// Identities, read and written.
    Identity,
    /// Tickets, comments and audits, read.
    ReadTicket,
    /// A new ticket, by either endpoint.
    CreateTicket,
    /// A ticket updated or deleted.
    UpdateTicket,
    /// A ticket shown to an agent.
    Display,
    /// Uploads and attachments.
    Upload,
    /// Calls as records, and the comments made of them.
    Call,
    /// What is asked at the start: groups, memberships, user fields, the current token.
    Setup,
}

/// What an upload that is too large is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OversizedUpload {
    /// 413.
    PayloadTooLarge,
    /// 422.
    Unprocessable,
}

/// What a comment with an upload that is not there is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownUpload {
    /// 422.
    Refused,
    /// The file is missing without a word.
    Ignored,
}

/// How an account is away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Down {
    /// Connections are closed without an answer.
    Closed,
    /// Maintenance: 503, with `Retry-After` in seconds if there is one.
    Unavailable {
        /// What `Retry-After` says.
        retry_after: Option<u32>,
    },
}

/// Under which key a 422 tells of a requester or assignee that it refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKey {
    /// `requester`, `assignee` or `group`.
    Own,
    /// `base`.
    Base,
}

/// What becomes of a ticket of a suspended requester.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspendedRequester {
    /// It goes into the queue of suspended tickets; the answer holds `suspended_ticket` instead of `ticket`.
    Suspended,
    /// It is a ticket like any other.
    Accepted,
    /// 422.
    Refused,
}

/// What a screen pop for an agent answers who has no browser open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotSignedIn {
    /// 404.
    NotFound,
    /// 200, and nobody sees anything.
    Accepted,
}

/// Whether the plan has the voice endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TalkPlan {
    /// Talk Partner Edition.
    Partner,
    /// None: the voice endpoints answer 403.
    Forbidden,
    /// None: the voice endpoints answer 404.
    NotFound,
}

/// What the authorization page makes of a good request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationPage {
    /// The person agrees at once: 302 with a code.
    Agrees,
    /// The person says no: 302 with `access_denied`.
    Denies,
    /// A page with a button, as a browser sees it; pressing it is agreeing.
    Asks,
}

/// Whether the app that calls belong to is installed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallApp {
    /// It is, whatever its id.
    Installed,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
}

/// What a number in the profile that is somebody else's direct line leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenNumber {
    /// It stands there as a shared number, and is no identity.
    Shared,
    /// 422.
    Refused,
}

/// What becomes of an `Idempotency-Key`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Idempotency {
    /// It is heeded, and the answer says so in `x-idempotency-lookup`.
    Told,
    /// It is heeded, but the answer does not say so.
    Silent,
    /// Nothing: each request makes a ticket.
    Ignored,
}

/// What a request is answered whose twin under the same key is still being answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InFlightTwin {
    /// The twin's answer, when it comes.
    Waits,
    /// 409 at once.
    Conflict,
}

/// How the details of a 422 are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Details {
    /// As lists; those of `phone` as one object.
    AsSeen,
    /// Always as lists.
    Lists,
    /// Always as one object.
    Objects,
}
