//! An endpoint of the mock: what it is asked, and what it answers.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method, path, query_param};
use wiremock::{Match, Mock, MockBuilder, Request, Respond, ResponseTemplate};

use super::{Failure, MockZendesk, Record};
use crate::wire::Resource;

/// What an endpoint answers with.
pub trait Kind {
    /// What a test says.
    type Input;
    /// What is sent.
    #[doc(hidden)]
    fn reply(input: Self::Input, status: u16) -> Reply;
}

/// One record under its key.
#[derive(Debug)]
pub struct One<T>(PhantomData<T>);

/// A list by cursor.
#[derive(Debug)]
pub struct Many<T>(PhantomData<T>);

/// A list on a single page, as of searches for users.
#[derive(Debug)]
pub struct Found<T>(PhantomData<T>);

/// Nothing.
#[derive(Debug)]
pub struct Nothing;

/// Any JSON.
#[derive(Debug)]
pub struct Json;

/// A list in pages.
#[derive(Debug)]
pub struct Pages<T>(Vec<Vec<Record<T>>>);

impl<T> Pages<T> {
    /// These pages; a page may be empty.
    #[must_use]
    pub fn new(pages: impl IntoIterator<Item = Vec<Record<T>>>) -> Self {
        Self(pages.into_iter().collect())
    }
}

impl<T> From<Vec<Record<T>>> for Pages<T> {
    fn from(page: Vec<Record<T>>) -> Self {
        Self(vec![page])
    }
}

/// What is sent.
#[doc(hidden)]
pub enum Reply {
    Fixed(Box<ResponseTemplate>),
    Pages { key: &'static str, pages: Vec<Vec<Value>> },
}

impl<T: Resource> Kind for One<T> {
    type Input = Record<T>;

    fn reply(input: Record<T>, status: u16) -> Reply {
        fixed(status, Some(json!({ T::ONE: input.into_json() })))
    }
}

impl<T: Resource> Kind for Many<T> {
    type Input = Pages<T>;

    fn reply(input: Pages<T>, _: u16) -> Reply {
        let pages = input
            .0
            .into_iter()
            .map(|page| page.into_iter().map(Record::into_json).collect());
        Reply::Pages {
            key: T::MANY,
            pages: pages.collect(),
        }
    }
}

impl<T: Resource> Kind for Found<T> {
    type Input = Vec<Record<T>>;

    fn reply(input: Vec<Record<T>>, status: u16) -> Reply {
        let items: Vec<_> = input.into_iter().map(Record::into_json).collect();
        let body = json!({ "count": items.len(), T::MANY: items, "next_page": null, "previous_page": null });
        fixed(status, Some(body))
    }
}

impl Kind for Nothing {
    type Input = ();

    fn reply((): (), status: u16) -> Reply {
        fixed(status, None)
    }
}

impl Kind for Json {
    type Input = Value;

    fn reply(input: Value, status: u16) -> Reply {
        fixed(status, Some(input))
    }
}

fn fixed(status: u16, body: Option<Value>) -> Reply {
    let answer = ResponseTemplate::new(status);
    Reply::Fixed(Box::new(match body {
        Some(body) => answer.set_body_json(body),
        None => answer,
    }))
}

/// An endpoint that is being told what to do. Nothing happens before [`Endpoint::mount`].
#[must_use = "an endpoint answers once it is mounted"]
pub struct Endpoint<'a, K> {
    zendesk: &'a MockZendesk,
    asked: MockBuilder,
    status: u16,
    replies: Vec<Reply>,
    times: Option<u64>,
    kind: PhantomData<fn() -> K>,
}

impl<'a, K: Kind> Endpoint<'a, K> {
    pub(super) fn new(zendesk: &'a MockZendesk, verb: &str, place: String, status: u16) -> Self {
        Self {
            zendesk,
            asked: Mock::given(method(verb)).and(path(place)),
            status,
            replies: Vec::new(),
            times: None,
            kind: PhantomData,
        }
    }

    /// Answers with success, after what it was told before.
    #[track_caller]
    pub fn answers(mut self, input: impl Into<K::Input>) -> Self {
        self.replies.push(K::reply(input.into(), self.status));
        self
    }

    /// Answers with another status of success than the endpoint's usual one, such as 200 instead of 201.
    #[track_caller]
    pub fn answers_with_status(mut self, status: u16, input: impl Into<K::Input>) -> Self {
        self.replies.push(K::reply(input.into(), status));
        self
    }

    /// Fails, after what it was told before.
    pub fn fails(mut self, failure: Failure) -> Self {
        self.replies.push(Reply::Fixed(Box::new(failure.0)));
        self
    }

    /// Gives the answer that was named last a header. Pages have none.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Some(Reply::Fixed(answer)) = self.replies.last_mut() {
            **answer = answer.as_ref().clone().insert_header(name, value);
        }
        self
    }

    /// Minds only requests whose JSON has at least this in it.
    pub fn with_body(self, part: Value) -> Self {
        self.matching(body_partial_json(part))
    }

    /// Minds only requests with this query parameter.
    pub fn with_query(self, key: &str, value: &str) -> Self {
        self.matching(query_param(key, value))
    }

    /// Minds only requests with this idempotency key.
    pub fn with_key(self, key: &str) -> Self {
        self.matching(header("idempotency-key", key))
    }

    /// Minds only requests that a matcher likes.
    pub fn matching(mut self, matcher: impl Match + 'static) -> Self {
        self.asked = self.asked.and(matcher);
        self
    }

    /// Expects to be asked so many times. Checked when the mock is dropped or [verified](MockZendesk::verify).
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Answers from now on.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn mount(self) {
        assert!(!self.replies.is_empty(), "an endpoint without an answer");
        let script = Script {
            uri: self.zendesk.uri(),
            replies: self.replies,
            asked: AtomicUsize::new(0),
        };
        let mut mock = self.asked.respond_with(script);
        if let Some(times) = self.times {
            mock = mock.expect(times);
        }
        mock.mount(self.zendesk.server()).await;
    }
}

impl<K> std::fmt::Debug for Endpoint<'_, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("answers", &self.replies.len())
            .finish_non_exhaustive()
    }
}

/// One answer after the other; the last one stays.
struct Script {
    uri: String,
    replies: Vec<Reply>,
    asked: AtomicUsize,
}

impl Respond for Script {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.replies.len() - 1);
        match &self.replies[turn] {
            Reply::Fixed(answer) => answer.as_ref().clone(),
            Reply::Pages { key, pages } => {
                let cursor = request.url.query_pairs().find(|(key, _)| key == "page[after]");
                let number: usize = cursor.and_then(|(_, cursor)| cursor.parse().ok()).unwrap_or_default();
                let next = number + 1;
                // The last page links on too, as Zendesk's do.
                let link = format!("{}{}?page%5Bafter%5D={next}", self.uri, request.url.path());
                let body = json!({
                    *key: pages.get(number).cloned().unwrap_or_default(),
                    "meta": { "has_more": next < pages.len(), "after_cursor": next.to_string(), "before_cursor": null },
                    "links": { "next": link, "prev": null },
                });
                ResponseTemplate::new(200).set_body_json(body)
            }
        }
    }
}
