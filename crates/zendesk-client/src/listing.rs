//! Lists in pages. The answer says which kind of paging it is; an empty page is not the end.

use std::fmt;

use futures_core::Stream;
use http::Method;
use serde::Deserialize;

use crate::answer::{Answer, ReadError};
use crate::client::Client;
use crate::error::Error;
use crate::request::Request;
use crate::wire::{self, Resource};

/// One page of a list.
#[derive(Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on it; may be empty in the middle of a list.
    pub items: Vec<T>,
    /// How many there are in the whole list, where Zendesk tells. Searches count what cannot be reached as well.
    pub total: Option<u64>,
    /// Where the list goes on after this page, as Zendesk writes it: an export can be taken up there
    /// [later](Listing::after), even after its last page. `None` where there are no cursors.
    pub cursor: Option<String>,
    /// The time up to which a time-based export has come, in Unix seconds: its next start.
    pub end_time: Option<i64>,
    next: Option<Next>,
}

/// A list that is read page by page as it is asked for.
///
/// Cursor, offset and incremental paging are told apart by the answer; links are followed to the own host only.
#[must_use = "nothing is sent until a page is asked for"]
pub struct Listing<T> {
    client: Client,
    request: Option<Request<Page<T>>>,
    first: Request<Page<T>>,
}

#[derive(Clone, PartialEq, Eq)]
enum Next {
    Link(String),
    /// A query parameter, and the cursor for it.
    Cursor(&'static str, String),
}

impl<T> Page<T> {
    /// Whether there are further pages.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }
}

impl<T: Resource> Page<T> {
    fn read(answer: &Answer) -> Result<Self, ReadError> {
        let items: Vec<T> = answer.many()?;
        let paging: Paging = answer.json()?;
        let cursor = paging.cursor();
        Ok(Self {
            next: paging.next()?,
            items,
            total: paging.count.as_ref().and_then(total),
            cursor,
            end_time: paging.end_time,
        })
    }
}

impl<T: Resource> Listing<T> {
    pub(crate) fn new(client: Client, path: impl Into<String>) -> Self {
        let first = Request::new(Method::GET, path, Page::read);
        Self {
            client,
            request: Some(first.clone()),
            first,
        }
    }

    /// A list by cursor, in the largest pages there are.
    pub(crate) fn by_cursor(client: Client, path: impl Into<String>) -> Self {
        Self::new(client, path).query("page[size]", "100")
    }

    pub(crate) fn sensitive(self) -> Self {
        self.changed(Request::sensitive)
    }

    /// Adds a query parameter to the request for the first page, such as `include` or `sort`. Zendesk ignores what it
    /// does not know.
    pub fn query(self, key: &str, value: impl Into<String>) -> Self {
        self.changed(|request| request.query(key, value))
    }

    /// Asks for pages of this size where Zendesk's usual one is not wanted. Larger than the list allows counts as the
    /// largest.
    pub fn page_size(self, size: u32) -> Self {
        let by_cursor = self.first.query_pairs().iter().any(|(key, _)| key == "page[size]");
        let key = if by_cursor { "page[size]" } else { "per_page" };
        self.changed(|request| request.with_query(key, &size.to_string()))
    }

    /// Begins after the place that a [`Page::cursor`] of the same list names.
    pub fn after(self, cursor: &str) -> Self {
        let exporting = self.first.path().starts_with("/api/v2/incremental/");
        let key = if exporting { INCREMENTAL } else { CURSOR };
        self.changed(|request| request.without_query("start_time").with_query(key, cursor))
    }

    /// What is sent for the first page.
    #[must_use]
    pub fn request(&self) -> &Request<Page<T>> {
        &self.first
    }

    /// The next page; `None` after the last one. After an error the same page is asked for again.
    ///
    /// # Errors
    /// When the page cannot be read, or the list leads away from the own host or in a circle. With
    /// [`ErrorKind::TooDeep`](crate::ErrorKind::TooDeep) where Zendesk shows no more of a list that goes on.
    pub async fn next_page(&mut self) -> Result<Option<Page<T>>, Error> {
        let Some(request) = &self.request else { return Ok(None) };
        let page = self.client.send(request).await?;
        let next = match &page.next {
            None => None,
            Some(Next::Link(link)) => Some(self.client.follow(request, link)?),
            Some(Next::Cursor(key, cursor)) => Some(request.without_query("start_time").with_query(key, cursor)),
        };
        if next
            .as_ref()
            .is_some_and(|next| next.path() == request.path() && next.query_pairs() == request.query_pairs())
        {
            return Err(Error::decode(
                &request.parts,
                ReadError::misfit("links.next (the list leads in a circle)"),
            ));
        }
        self.request = next;
        Ok(Some(page))
    }

    /// Everything on all pages.
    ///
    /// # Errors
    /// When any page cannot be read.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(page) = self.next_page().await? {
            items.extend(page.items);
        }
        Ok(items)
    }

    /// What is on the first page.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn first_page(mut self) -> Result<Vec<T>, Error> {
        Ok(self.next_page().await?.map(|page| page.items).unwrap_or_default())
    }

    /// One item after the other; a page is asked for when the one before is used up. Ends after an error.
    ///
    /// ```no_run
    /// # async fn run(client: zendesk_client::Client) -> Result<(), zendesk_client::Error> {
    /// use futures_util::TryStreamExt;
    /// let mut groups = client.groups().list().stream();
    /// while let Some(group) = groups.try_next().await? {
    ///     println!("{}", group.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<T, Error>> + Send + Unpin + use<T> {
        let start = (self, Vec::new().into_iter());
        Box::pin(futures_util::stream::try_unfold(
            start,
            |(mut list, mut items)| async move {
                loop {
                    if let Some(item) = items.next() {
                        return Ok(Some((item, (list, items))));
                    }
                    match list.next_page().await? {
                        Some(page) => items = page.items.into_iter(),
                        None => return Ok(None),
                    }
                }
            },
        ))
    }

    /// One page after the other, for whoever keeps [`Page::cursor`] or shows progress. Ends after an error.
    pub fn pages(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send + Unpin + use<T> {
        Box::pin(futures_util::stream::try_unfold(self, |mut list| async move {
            Ok(list.next_page().await?.map(|page| (page, list)))
        }))
    }

    fn changed(mut self, change: impl FnOnce(Request<Page<T>>) -> Request<Page<T>>) -> Self {
        self.first = change(self.first);
        self.request = Some(self.first.clone());
        self
    }
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("items", &self.items.len())
            .field("has_more", &self.has_more())
            .finish()
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listing").field(&self.first).finish()
    }
}

const CURSOR: &str = "page[after]";
const INCREMENTAL: &str = "cursor";

/// Everything by which the three kinds of paging are told apart.
#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    meta: Option<Meta>,
    #[serde(default)]
    links: Option<Links>,
    #[serde(default)]
    next_page: Option<String>,
    #[serde(default)]
    count: Option<serde_json::Value>,
    #[serde(default)]
    end_of_stream: Option<bool>,
    #[serde(default)]
    after_url: Option<String>,
    #[serde(default)]
    after_cursor: Option<String>,
    #[serde(default)]
    end_time: Option<i64>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default, deserialize_with = "wire::or_default")]
    has_more: bool,
    #[serde(default)]
    after_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Links {
    #[serde(default)]
    next: Option<String>,
}

impl Paging {
    /// Where the list goes on. `has_more` and `end_of_stream` are the words that count: Zendesk links on from last pages
    /// too. An export without either ends where it does not move any more.
    fn next(&self) -> Result<Option<Next>, ReadError> {
        if let Some(Meta { has_more, after_cursor }) = &self.meta {
            let link = self.links.as_ref().and_then(|links| links.next.clone()).map(Next::Link);
            let cursor = after_cursor.clone().map(|cursor| Next::Cursor(CURSOR, cursor));
            return on_or_off(*has_more, link.or(cursor), "links.next");
        }
        if let Some(ended) = self.end_of_stream {
            let link = self
                .after_url
                .clone()
                .or_else(|| self.next_page.clone())
                .map(Next::Link);
            let cursor = self
                .after_cursor
                .clone()
                .map(|cursor| Next::Cursor(INCREMENTAL, cursor));
            return on_or_off(!ended, link.or(cursor), "after_url");
        }
        Ok(self.next_page.clone().map(Next::Link))
    }

    fn cursor(&self) -> Option<String> {
        let meta = self.meta.as_ref().and_then(|meta| meta.after_cursor.clone());
        meta.or_else(|| self.after_cursor.clone())
    }
}

fn on_or_off(has_more: bool, next: Option<Next>, place: &str) -> Result<Option<Next>, ReadError> {
    match (has_more, next) {
        (false, _) => Ok(None),
        (true, Some(next)) => Ok(Some(next)),
        (true, None) => Err(ReadError::misfit(format!("{place} (there is more, and no word where)"))),
    }
}

/// A number, or an object with the number in it.
fn total(count: &serde_json::Value) -> Option<u64> {
    count.as_u64().or_else(|| count.get("value")?.as_u64())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Next, Paging};

    fn next(answer: Value) -> Result<Option<String>, String> {
        let paging: Paging = serde_json::from_value(answer).unwrap();
        paging.next().map_err(|error| error.to_string()).map(|next| {
            next.map(|next| match next {
                Next::Link(link) => link,
                Next::Cursor(key, cursor) => format!("{key}={cursor}"),
            })
        })
    }

    #[test]
    fn the_answer_tells_which_paging_it_is_and_whether_there_is_more() {
        let some = |text: &str| Ok(Some(text.to_owned()));
        let table = [
            (
                json!({"meta": {"has_more": true, "after_cursor": "c"}, "links": {"next": "L"}}),
                some("L"),
            ),
            (
                json!({"meta": {"has_more": true, "after_cursor": "c"}, "links": {"next": null}}),
                some("page[after]=c"),
            ),
            (
                json!({"meta": {"has_more": false, "after_cursor": "c"}, "links": {"next": "L"}}),
                Ok(None),
            ),
            (json!({"meta": {"has_more": false}, "next_page": "L"}), Ok(None)),
            (json!({"next_page": "L", "count": 3}), some("L")),
            (json!({"next_page": null, "count": 3}), Ok(None)),
            (
                json!({"after_url": "L", "after_cursor": "c", "end_of_stream": false}),
                some("L"),
            ),
            (
                json!({"after_url": null, "after_cursor": "c", "end_of_stream": false}),
                some("cursor=c"),
            ),
            (
                json!({"after_url": "L", "after_cursor": "c", "end_of_stream": true}),
                Ok(None),
            ),
            (
                json!({"next_page": "L", "end_time": 9, "end_of_stream": false}),
                some("L"),
            ),
            (
                json!({"next_page": "L", "end_time": 9, "end_of_stream": true}),
                Ok(None),
            ),
            (json!({}), Ok(None)),
        ];
        for (answer, wanted) in table {
            assert_eq!(next(answer.clone()), wanted, "{answer}");
        }
        assert!(next(json!({"meta": {"has_more": true}})).is_err());
        assert!(next(json!({"end_of_stream": false})).is_err());
    }
}
