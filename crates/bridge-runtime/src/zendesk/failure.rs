//! The client's errors as failures that an administrator can read.

use std::time::Duration;

use bridge_core::port::{Failure, FailureKind};
use zendesk_client::{Error, ErrorKind};

/// What was being done, for messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Doing {
    ReadingAgents,
    ReadingGroups,
    FindingDefaultUser,
    LookingUp,
    EnsuringUser,
    OpeningTicket,
    Popping,
    ReadingTicket,
    SettingRequester,
    ReadingUser,
    ReadingUsers,
    WritingNumber,
    ReleasingNumber,
    TakingNumberBack,
    AddingNote,
    Attaching,
    Redacting,
    Recording,
}

impl Doing {
    /// For `map_err`.
    pub(super) fn fails(self) -> impl FnOnce(Error) -> Failure {
        move |error| self.failed(&error)
    }

    /// The failure that an error means.
    pub(super) fn failed(self, error: &Error) -> Failure {
        let (kind, advice) = meaning(error);
        tracing::debug!(error = error as &dyn std::error::Error, "Zendesk: {}", self.words());
        Failure {
            kind,
            message: format!("{}: {advice}{}", self.words(), particulars(error)),
            retry_after: error.retry_after(),
            request_id: error.request_id().map(str::to_owned),
        }
    }

    /// Somebody else has to be ready first.
    pub(super) fn in_use(self, what: &str) -> Failure {
        Failure {
            kind: FailureKind::Busy,
            message: format!("{}: {what} is just being changed by another order", self.words()),
            retry_after: Some(Duration::from_secs(1)),
            request_id: None,
        }
    }

    /// A failure that comes with an answer of success.
    pub(super) fn nonsense(self, what: &str) -> Failure {
        Failure {
            kind: FailureKind::Unavailable,
            message: format!("{}: Zendesk's answer has no {what}", self.words()),
            retry_after: None,
            request_id: None,
        }
    }

    /// What can never be done.
    pub(super) fn impossible(self, why: &str) -> Failure {
        Failure {
            kind: FailureKind::Impossible,
            message: format!("{}: {why}", self.words()),
            retry_after: None,
            request_id: None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::ReadingAgents => "reading the agents",
            Self::ReadingGroups => "reading the groups",
            Self::FindingDefaultUser => "finding or setting up the default user",
            Self::LookingUp => "looking a caller up",
            Self::EnsuringUser => "setting up a user for a number",
            Self::OpeningTicket => "opening the ticket",
            Self::Popping => "opening the ticket on the agent's screen",
            Self::ReadingTicket => "reading the ticket",
            Self::SettingRequester => "setting the requester",
            Self::ReadingUser => "reading a user's numbers",
            Self::ReadingUsers => {
                "reading who was changed (the user of the credentials must be an administrator for it)"
            }
            Self::WritingNumber => "writing a number to a user",
            Self::ReleasingNumber => "taking a number from a user",
            Self::TakingNumberBack => "taking a learned number back from a user",
            Self::AddingNote => "adding an internal note",
            Self::Attaching => "attaching a recording",
            Self::Redacting => "taking a recording away from its ticket",
            Self::Recording => "recording a call",
        }
    }
}

/// The fields that Zendesk objects to, by name and code: `assignee_id: InvalidValue, base`.
pub(super) fn objections(error: &Error) -> String {
    let fields: Vec<_> = error.fields().iter().map(ToString::to_string).collect();
    if fields.is_empty() {
        "no field named".to_owned()
    } else {
        fields.join(", ")
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the client's error kinds are open: one that it learns later is temporary until somebody decides otherwise"
)]
fn meaning(error: &Error) -> (FailureKind, &'static str) {
    match error.kind() {
        ErrorKind::NotAuthenticated => (
            FailureKind::Credentials,
            "Zendesk does not accept the credentials; check them in the configuration",
        ),
        ErrorKind::Forbidden => (
            FailureKind::Forbidden,
            "Zendesk does not allow it; the user of the credentials needs the right and the token the scopes `read write`, \
             or the plan lacks the feature",
        ),
        ErrorKind::NoSuchEndpoint => (
            FailureKind::Forbidden,
            "Zendesk has no such function here; check the address and what the plan includes",
        ),
        ErrorKind::RateLimited => (FailureKind::Busy, "Zendesk asks for fewer requests"),
        ErrorKind::Collision => (FailureKind::Busy, "Zendesk was just creating the same user"),
        ErrorKind::Conflict => (FailureKind::Unavailable, "somebody else was changing the same record"),
        ErrorKind::Unavailable => (FailureKind::Unavailable, "Zendesk is in trouble"),
        ErrorKind::Decode => (FailureKind::Unavailable, "Zendesk's answer cannot be read"),
        ErrorKind::ForeignLink => (FailureKind::Unavailable, "Zendesk's answer links to a foreign host"),
        ErrorKind::Timeout => (FailureKind::NoAnswer, "Zendesk did not answer in time"),
        ErrorKind::Interrupted => (FailureKind::NoAnswer, "the connection to Zendesk broke"),
        ErrorKind::Connect => (FailureKind::NoAnswer, "Zendesk cannot be reached"),
        ErrorKind::NotFound => (FailureKind::Impossible, "Zendesk has no such record"),
        ErrorKind::Validation | ErrorKind::IdempotencyMismatch | ErrorKind::TooLarge | ErrorKind::Rejected => {
            (FailureKind::Impossible, "Zendesk refuses it")
        }
        // A kind that the client learns later.
        _ => (FailureKind::Unavailable, "Zendesk does not do it"),
    }
}

/// ` (422 RecordInvalid, assignee_id: InvalidValue)`; nothing of what people typed.
fn particulars(error: &Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(status) = error.status() {
        let code = error.code().map(|code| format!(" {code}")).unwrap_or_default();
        parts.push(format!("{}{code}", status.as_u16()));
    }
    if !error.fields().is_empty() {
        parts.push(objections(error));
    }
    if !error.missing_scopes().is_empty() {
        parts.push(format!("missing scopes: {}", error.missing_scopes().join(" ")));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}
