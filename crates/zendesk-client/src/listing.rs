//! Lists in pages. The answer says which kind of paging it is; an empty page is not the end.

use std::fmt;

use futures_core::Stream;
use http::Method;

use crate::answer::{Answer, ReadError};
use crate::client::Client;
use crate::error::Error;
use crate::identities::Identity;
use crate::paging::{CURSOR, End, INCREMENTAL, Next, Paging};
use crate::request::Request;
use crate::wire::Resource;

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
    /// The identities of the users on the page, where `include=identities` was asked for and Zendesk has obliged.
    pub identities: Option<Vec<Identity>>,
    next: Option<Next>,
    end: End,
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
        let mut paging: Paging = answer.json()?;
        let cursor = paging.cursor();
        Ok(Self {
            next: paging.next()?,
            end: paging.end(),
            items,
            total: paging.total(),
            cursor,
            end_time: paging.end_time,
            identities: paging.identities.take(),
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
        Self::new(client, path).with("page[size]", "100")
    }

    /// Adds a query parameter that is nobody's data.
    pub(crate) fn with(self, key: &str, value: impl Into<String>) -> Self {
        self.changed(|request| request.query(key, value))
    }

    /// Adds a query parameter to the request for the first page, such as `include` or `sort`. Zendesk ignores what it
    /// does not know. The query then stands in no trace: what is asked for may be a name or a number.
    pub fn query(self, key: &str, value: impl Into<String>) -> Self {
        self.with(key, value).changed(Request::sensitive)
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
        let mut page = self.client.send(request).await?;
        let mut next = match &page.next {
            _ if page.end.is_here(page_size(request)) => None,
            None => None,
            Some(Next::Link(link)) => Some(self.client.follow(request, link)?),
            Some(Next::Cursor(key, cursor)) => Some(request.without_query("start_time").with_query(key, cursor)),
        };
        if next
            .as_ref()
            .is_some_and(|next| next.path() == request.path() && next.query_pairs() == request.query_pairs())
        {
            if page.end == End::Told {
                return Err(Error::decode(
                    &request.parts,
                    ReadError::misfit("links.next (the list leads in a circle)"),
                ));
            }
            next = None;
        }
        if next.is_none() {
            page.next = None;
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

/// How many records the request's answer has if there are more.
fn page_size<A>(request: &Request<A>) -> u64 {
    let sizes = request.query_pairs().iter().filter(|(key, _)| key == "per_page");
    let told = sizes.filter_map(|(_, size)| size.parse().ok()).next();
    told.unwrap_or(1000)
}
