//! How many requests went where, and what they were answered.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use crate::request::Parts;

/// How often one endpoint was asked and gave one kind of answer, since the client was built: [`Client::counts`].
///
/// [`Client::counts`]: crate::Client::counts
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub struct Count {
    /// Method and path, with `{id}` for whatever tells one record from another: `GET /api/v2/users/{id}`. After a hundred different
    /// ones, `other`.
    pub endpoint: String,
    /// The answer's status; `None`: there was no answer, or nobody waited for it any more.
    pub status: Option<StatusCode>,
    /// How many requests.
    pub requests: u64,
}

/// So many endpoints are told apart. The client itself knows fewer; who builds requests of his own may ask for anything.
const MOST: usize = 100;

/// All the others.
const OTHER: &str = "other";

/// What all clones of a client have sent.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<BTreeMap<String, BTreeMap<Option<StatusCode>, u64>>>);

/// One request that leaves; dropped without [`Leaving::answered`] it counts as one without an answer.
#[must_use]
pub(crate) struct Leaving<'a> {
    counts: &'a Counts,
    endpoint: Option<String>,
}

impl Counts {
    pub(crate) fn leaving(&self, parts: &Parts) -> Leaving<'_> {
        Leaving {
            counts: self,
            endpoint: Some(endpoint(parts)),
        }
    }

    pub(crate) fn all(&self) -> Vec<Count> {
        let counted = self.lock();
        let all = counted.iter().flat_map(|(endpoint, statuses)| {
            statuses.iter().map(|(status, requests)| Count {
                endpoint: endpoint.clone(),
                status: *status,
                requests: *requests,
            })
        });
        all.collect()
    }

    fn add(&self, endpoint: String, status: Option<StatusCode>) {
        let mut counted = self.lock();
        let known = counted.len() < MOST || counted.contains_key(&endpoint);
        let endpoint = if known { endpoint } else { OTHER.to_owned() };
        *counted.entry(endpoint).or_default().entry(status).or_default() += 1;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<Option<StatusCode>, u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leaving<'_> {
    pub(crate) fn answered(mut self, status: StatusCode) {
        if let Some(endpoint) = self.endpoint.take() {
            self.counts.add(endpoint, Some(status));
        }
    }
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if let Some(endpoint) = self.endpoint.take() {
            self.counts.add(endpoint, None);
        }
    }
}

/// Only what is certainly a word of the API stays: an id may be a number, a token, or whatever others put into theirs.
fn endpoint(parts: &Parts) -> String {
    let path = parts.shown();
    let path = path.strip_suffix(".json").unwrap_or(path);
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| if is_word(segment) { segment } else { "{id}" })
        .collect();
    format!("{} {}", parts.method, segments.join("/"))
}

/// Words of Zendesk's paths are shorter than thirty letters; a token that has neither digit nor capital in so many is not to be met.
fn is_word(segment: &str) -> bool {
    segment == "v2" || (segment.len() <= 30 && segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode};

    use super::{Counts, MOST, endpoint};
    use crate::request::Request;

    fn request(method: Method, path: &str) -> Request<()> {
        Request::unread(method, path)
    }

    #[test]
    fn an_endpoint_names_no_record() {
        let table = [
            ("/api/v2/tickets", "GET /api/v2/tickets"),
            ("/api/v2/tickets.json", "GET /api/v2/tickets"),
            ("/api/v2/users/7/identities/9", "GET /api/v2/users/{id}/identities/{id}"),
            ("/api/v2/job_statuses/V3-2ef2.json", "GET /api/v2/job_statuses/{id}"),
            ("/api/v2/job_statuses/82de0b044094f0c6", "GET /api/v2/job_statuses/{id}"),
            ("/api/v2/attachments/9 (content)", "GET /api/v2/attachments/{id}"),
            ("/attachments/token/Xyz/?name=a", "GET /attachments/token/{id}/{id}"),
            ("/api/v2/users/tel:+4972112345", "GET /api/v2/users/{id}"),
            ("/", "GET /"),
        ];
        for (path, expected) in table {
            assert_eq!(endpoint(&request(Method::GET, path).parts), expected);
        }
        let upload = request(Method::DELETE, "/api/v2/uploads/s3cret").shown_as("/api/v2/uploads/…");
        assert_eq!(endpoint(&upload.parts), "DELETE /api/v2/uploads/{id}");
    }

    #[test]
    fn there_is_an_end_to_how_many_are_told_apart() {
        let counts = Counts::default();
        let word = |n: u8| {
            let letter = |n: u8| char::from(b'a' + n % 26);
            format!("/{}{}", letter(n / 26), letter(n))
        };
        for n in 0..=255 {
            counts
                .leaving(&request(Method::GET, &word(n)).parts)
                .answered(StatusCode::OK);
        }
        drop(counts.leaving(&request(Method::GET, &word(0)).parts));
        let all = counts.all();
        let other = all.iter().find(|count| count.endpoint == "other").unwrap();
        assert_eq!(other.requests, 256 - u64::try_from(MOST).unwrap());
        let of_first: Vec<_> = all.iter().filter(|count| count.endpoint == "GET /aa").collect();
        assert_eq!(
            of_first
                .iter()
                .map(|count| (count.status, count.requests))
                .collect::<Vec<_>>(),
            [(None, 1), (Some(StatusCode::OK), 1)]
        );
    }
}
