//! What goes wrong: answers that get lost, gateways that fail, servers that are slow.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::errors;
use super::message::{Delivery, SimResponse};
use super::seconds;
use super::switch_kinds::Class;

/// Something that goes wrong with some requests.
///
/// ```
/// use bridge_sim::zendesk::{Class, Fault, FaultKind};
///
/// // The second ticket is created, but its answer never arrives.
/// let fault = Fault::new(FaultKind::NoAnswer).on(Class::CreateTicket).committed().after(1).times(1);
/// # let _ = fault;
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    kind: FaultKind,
    #[serde(default)]
    class: Option<Class>,
    #[serde(default)]
    committed: bool,
    #[serde(default)]
    after: u32,
    #[serde(default)]
    times: Option<u32>,
}

/// What goes wrong.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection is closed without an answer.
    NoAnswer,
    /// No answer for so long, then the connection is closed: what a client with a time-out sees.
    Hang(#[serde(with = "seconds")] Duration),
    /// 500 as JSON.
    ServerError,
    /// 502 or 504 as an HTML page of the load balancer's.
    Gateway(u16),
    /// 503 as an HTML page, with `Retry-After` in seconds if there is one.
    Unavailable(Option<u32>),
    /// 429, with `Retry-After` if there is one (any text: it may be odd), as text or as JSON.
    TooMany {
        /// What `Retry-After` says.
        retry_after: Option<String>,
        /// Text instead of JSON.
        plain: bool,
    },
    /// 409, as when two requests create the same requester.
    Collision,
    /// 401, as if the token had been revoked.
    InvalidToken,
    /// The right answer, but late.
    Slow(#[serde(with = "seconds")] Duration),
    /// The right answer, but the connection breaks in the middle of its body.
    Cut,
    /// The right answer, its body in pieces of so many bytes with so long a pause before each.
    Drip {
        /// The size of a piece.
        bytes: usize,
        /// How long it is silent before each piece.
        #[serde(with = "seconds")]
        pause: Duration,
    },
    /// The right status with the first half of the JSON, as if that were all.
    Truncated,
    /// The right status with an HTML page instead of JSON.
    Page,
}

impl Fault {
    /// Every request fails like this, before anything has come of it.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            class: None,
            committed: false,
            after: 0,
            times: None,
        }
    }

    /// Only requests to these endpoints.
    #[must_use]
    pub fn on(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    /// What was asked for is done all the same; only the answer is not the right one.
    #[must_use]
    pub fn committed(mut self) -> Self {
        self.committed = true;
        self
    }

    /// The first so many requests go well.
    #[must_use]
    pub fn after(mut self, requests: u32) -> Self {
        self.after = requests;
        self
    }

    /// Only so many requests fail.
    #[must_use]
    pub fn times(mut self, requests: u32) -> Self {
        self.times = Some(requests);
        self
    }

    /// Takes notice of a request, and says whether it fails.
    pub(super) fn strikes(&mut self, class: Option<Class>) -> bool {
        if self.class.is_some() && self.class != class || self.times == Some(0) {
            return false;
        }
        if self.after > 0 {
            self.after -= 1;
            return false;
        }
        if let Some(times) = &mut self.times {
            *times -= 1;
        }
        true
    }

    /// Whether the request is carried out.
    pub(super) fn is_committed(&self) -> bool {
        self.committed
            || matches!(
                self.kind,
                FaultKind::Slow(_) | FaultKind::Cut | FaultKind::Drip { .. } | FaultKind::Truncated | FaultKind::Page
            )
    }

    /// What is answered instead of `right` (which is empty if nothing was done).
    pub(super) fn spoil(&self, right: SimResponse) -> SimResponse {
        match &self.kind {
            FaultKind::NoAnswer => SimResponse::lost(),
            FaultKind::Hang(duration) => SimResponse {
                delay: *duration,
                ..SimResponse::lost()
            },
            FaultKind::ServerError => errors::named(
                500,
                "InternalServerError",
                "Sorry, something went wrong. Please try again later.",
            ),
            FaultKind::Gateway(status) => errors::html(
                *status,
                if *status == 504 {
                    "Gateway Time-out"
                } else {
                    "Bad Gateway"
                },
            ),
            FaultKind::Unavailable(retry_after) => unavailable(*retry_after),
            FaultKind::TooMany { retry_after, plain } => {
                let text = "Number of allowed API requests per minute exceeded";
                let mut answer = match plain {
                    true => errors::too_many_plain(text, 0),
                    false => errors::too_many(text, 0),
                };
                answer.headers.retain(|(name, _)| name != "retry-after");
                match retry_after {
                    Some(text) => answer.with("retry-after", text.clone()),
                    None => answer,
                }
            }
            FaultKind::Collision => {
                let text = "Requester creation collision - please try again";
                SimResponse::text(409, "text/plain; charset=utf-8", text)
            }
            FaultKind::InvalidToken => errors::invalid_token(),
            FaultKind::Slow(duration) => SimResponse {
                delay: right.delay + *duration,
                ..right
            },
            FaultKind::Cut => SimResponse {
                delivery: Delivery::Cut,
                ..right
            },
            FaultKind::Drip { bytes, pause } => SimResponse {
                drip: Some((*bytes, *pause)),
                ..right
            },
            FaultKind::Truncated => SimResponse {
                body: right.body.slice(..right.body.len() / 2),
                ..right
            },
            FaultKind::Page => errors::html(right.status, "Please wait"),
        }
    }
}

/// 503 of an account in maintenance.
pub(super) fn unavailable(retry_after: Option<u32>) -> SimResponse {
    let answer = errors::html(503, "Service Temporarily Unavailable");
    match retry_after {
        Some(seconds) => answer.with("retry-after", seconds.to_string()),
        None => answer,
    }
}
