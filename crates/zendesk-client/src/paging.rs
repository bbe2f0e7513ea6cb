//! How an answer says whether a list goes on, and where: cursor, offset and incremental paging told apart.

use serde::Deserialize;

use crate::answer::ReadError;
use crate::identities::Identity;
use crate::wire;

/// The query parameter for cursors of lists.
pub(crate) const CURSOR: &str = "page[after]";
/// The query parameter for cursors of exports.
pub(crate) const INCREMENTAL: &str = "cursor";

/// Where a list goes on.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// At an address.
    Link(String),
    /// A query parameter, and the cursor for it.
    Cursor(&'static str, String),
}

/// Whether an answer tells the end of its list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// By a word, or by not linking on.
    Told,
    /// It does not: exports link on from their last page, too. They have ended with a page that is not full, of which this
    /// is the size, or where they do not move any more.
    Untold(Option<u64>),
}

/// Everything by which the three kinds of paging are told apart.
#[derive(Deserialize)]
pub(crate) struct Paging {
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
    pub(crate) end_time: Option<i64>,
    #[serde(default)]
    pub(crate) identities: Option<Vec<Identity>>,
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

impl End {
    /// Whether a page with room for so many records is the last.
    pub(crate) fn is_here(self, page_size: u64) -> bool {
        matches!(self, Self::Untold(Some(count)) if count < page_size)
    }
}

impl Paging {
    /// Where the list goes on. `has_more` and `end_of_stream` are the words that count: Zendesk links on from last pages
    /// too. Where there is neither, see [`Paging::end`].
    pub(crate) fn next(&self) -> Result<Option<Next>, ReadError> {
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
        let link = self.after_url.clone().or_else(|| self.next_page.clone());
        Ok(link.map(Next::Link))
    }

    /// Whether the end is told at all.
    pub(crate) fn end(&self) -> End {
        let is_export = self.end_time.is_some() || self.after_url.is_some();
        if self.meta.is_none() && self.end_of_stream.is_none() && is_export {
            End::Untold(self.total())
        } else {
            End::Told
        }
    }

    /// How many records there are: of the whole list, or of an export's page. A number, or an object with the number in it.
    pub(crate) fn total(&self) -> Option<u64> {
        let count = self.count.as_ref()?;
        count.as_u64().or_else(|| count.get("value")?.as_u64())
    }

    /// Where the list goes on after this page, whether it does or not.
    pub(crate) fn cursor(&self) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{End, Next, Paging};

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
            (json!({"after_url": "L", "after_cursor": "c"}), some("L")),
            (json!({"after_url": null, "before_url": "B"}), Ok(None)),
            (json!({}), Ok(None)),
        ];
        for (answer, wanted) in table {
            assert_eq!(next(answer.clone()), wanted, "{answer}");
        }
        assert!(next(json!({"meta": {"has_more": true}})).is_err());
        assert!(next(json!({"end_of_stream": false})).is_err());
    }

    #[test]
    fn an_export_that_says_nothing_of_its_end_has_ended_with_a_page_that_is_not_full() {
        let end = |answer: Value| serde_json::from_value::<Paging>(answer).unwrap().end();
        let export = json!({"next_page": "L", "end_time": 9, "count": 999});
        assert_eq!(end(export.clone()), End::Untold(Some(999)));
        assert!(end(export.clone()).is_here(1000) && !end(export).is_here(999));
        assert!(
            !end(json!({"after_url": "L"})).is_here(1000),
            "nobody knows how full it is"
        );
        for told in [
            json!({"next_page": "L", "count": 1}),
            json!({"next_page": "L", "end_time": 9, "count": 1, "end_of_stream": false}),
            json!({"meta": {"has_more": true}, "links": {"next": "L"}, "count": 1}),
        ] {
            assert_eq!(end(told.clone()), End::Told, "{told}");
        }
    }
}
