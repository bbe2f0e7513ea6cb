//! What was answered to the `Idempotency-Key` of a ticket creation, for two hours.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::errors;
use super::message::{SimRequest, SimResponse};

/// Answers that are kept under their keys.
#[derive(Default)]
pub(super) struct Replays(BTreeMap<String, Kept>);

struct Kept {
    until: Timestamp,
    /// The answer was just made; how long it takes is not known yet.
    fresh: bool,
    /// Before this moment the answer is still on its way.
    answered: Timestamp,
    asked: Bytes,
    answer: SimResponse,
}

const LIFE: SignedDuration = SignedDuration::from_hours(2);

impl Replays {
    /// The answer that is kept for this key, if the body is the same; a refusal if it is not. And how long its twin still takes.
    pub(super) fn find(&mut self, key: &str, body: &Bytes, now: Timestamp) -> Option<(SimResponse, Duration)> {
        self.0.retain(|_, kept| kept.until > now);
        let kept = self.0.get(key)?;
        if !same(&kept.asked, body) {
            let why = "Request parameters don't match the given idempotency key";
            return Some((errors::named(400, "IdempotentRequestError", why), Duration::ZERO));
        }
        let remains = Duration::try_from(kept.answered.duration_since(now)).unwrap_or_default();
        Some((kept.answer.clone(), remains))
    }

    /// The answer to this request takes so long.
    pub(super) fn under_way(&mut self, request: &SimRequest, now: Timestamp, delay: Duration) {
        let kept = request.header("idempotency-key").and_then(|key| self.0.get_mut(key));
        // A twin changes nothing about the first answer.
        if let Some(kept) = kept
            && std::mem::take(&mut kept.fresh)
        {
            let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
            kept.answered = now.saturating_add(delay).unwrap_or(Timestamp::MAX);
        }
    }

    /// Keeps an answer.
    pub(super) fn keep(&mut self, key: &str, body: &Bytes, answer: &SimResponse, now: Timestamp) {
        let until = now.saturating_add(LIFE).unwrap_or(now);
        self.0.insert(
            key.to_owned(),
            Kept {
                until,
                fresh: true,
                answered: now,
                asked: body.clone(),
                answer: answer.clone(),
            },
        );
    }
}

/// The parameters count, not how they are written down.
fn same(one: &Bytes, other: &Bytes) -> bool {
    let read = |body: &Bytes| serde_json::from_slice::<Value>(body).ok();
    one == other || read(one).is_some_and(|value| Some(value) == read(other))
}
