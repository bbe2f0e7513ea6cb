//! Lists in pages: by cursor and by number.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::errors;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};

/// What stands in a list: an id, and how it looks on the wire.
pub(super) type Items = Vec<(u64, Value)>;

const PAGING: &[&str] = &["page", "per_page", "page[size]", "page[after]", "page[before]"];

impl State {
    /// A page of a list that knows both ways. `name` is the key of the list, also in errors.
    pub(super) fn page(&self, ctx: &Ctx<'_>, name: &str, items: Items) -> Reply {
        match ctx
            .params
            .get("page[size]")
            .or(ctx.params.get("page[after]"))
            .or(ctx.params.get("page[before]"))
        {
            Some(_) => self.cursor_page(ctx, name, items),
            None => self.numbered_page(ctx, name, items, self.switches.list_depth),
        }
    }

    /// A page of a list that only knows numbers. Records beyond `depth` are out of reach.
    pub(super) fn numbered_page(&self, ctx: &Ctx<'_>, name: &str, items: Items, depth: usize) -> Reply {
        let number = |key: &str, otherwise: usize| match ctx.params.get(key) {
            Some(text) => text.parse::<usize>().ok().filter(|n| *n > 0).ok_or_else(|| {
                errors::bad_page(
                    "InvalidPaginationParameter",
                    "Invalid pagination parameter",
                    &format!("{key} is not valid"),
                )
            }),
            None => Ok(otherwise),
        };
        let most = self.switches.list_page.max(1);
        let (page, size) = (number("page", 1)?, number("per_page", most)?.min(most));
        if page.saturating_mul(size) > depth.max(size) {
            let detail = "You have requested too many pages. Please use cursor-based pagination.";
            return Err(errors::bad_page(
                "InvalidPaginationDepth",
                "Invalid pagination depth",
                detail,
            ));
        }
        let count = items.len();
        let rows: Vec<Value> = items
            .into_iter()
            .skip((page - 1) * size)
            .take(size)
            .map(|(_, row)| row)
            .collect();
        let link = |page: usize| self.link(ctx, &[("page", &page.to_string()), ("per_page", &size.to_string())]);
        let mut body = Map::new();
        body.insert(name.to_owned(), Value::Array(rows));
        body.insert(
            "next_page".to_owned(),
            (page * size < count).then(|| link(page + 1)).into(),
        );
        body.insert("previous_page".to_owned(), (page > 1).then(|| link(page - 1)).into());
        body.insert("count".to_owned(), count.into());
        Ok(SimResponse::json(200, &Value::Object(body)))
    }

    /// A page of a list that only knows cursors.
    pub(super) fn cursor_page(&self, ctx: &Ctx<'_>, name: &str, items: Items) -> Reply {
        let bad = |key: &str| {
            errors::bad_page(
                "InvalidPaginationParameter",
                "Invalid pagination parameter",
                &format!("{key} is not valid"),
            )
        };
        let size = match ctx.params.get("page[size]") {
            Some(text) => text
                .parse()
                .ok()
                .filter(|n| (1..=100).contains(n))
                .ok_or_else(|| bad("page[size]"))?,
            None => 100,
        };
        let size = size.min(self.switches.list_page.max(1));
        let place = |key: &str| -> Result<Option<u64>, SimResponse> {
            ctx.params
                .get(key)
                .map(|text| read_cursor(text).ok_or_else(|| bad(key)))
                .transpose()
        };
        let (after, before) = (place("page[after]")?, place("page[before]")?);
        // A record that is gone leaves its place to the next one, where the list is in the order of ids.
        let position = |id: u64| {
            let exact = items.iter().position(|(item, _)| *item == id);
            exact.map_or_else(
                || (items.iter().filter(|(item, _)| *item < id).count(), false),
                |at| (at, true),
            )
        };
        let (from, to) = match (after, before) {
            (_, Some(id)) => {
                let (end, _) = position(id);
                (end.saturating_sub(size), end)
            }
            (Some(id), None) => {
                let (at, exact) = position(id);
                let from = at + usize::from(exact);
                (from, (from + size).min(items.len()))
            }
            (None, None) => (0, size.min(items.len())),
        };
        let has_more = if before.is_some() { from > 0 } else { to < items.len() };
        let rows = &items[from.min(to)..to];
        // The last page with rows still has a cursor and a link; only an empty one has none.
        let first = rows.first().map(|(id, _)| write_cursor(*id));
        let last = rows.last().map(|(id, _)| write_cursor(*id));
        let link = |key: &str, cursor: &Option<String>| {
            cursor
                .as_ref()
                .map(|cursor| self.link(ctx, &[(key, cursor), ("page[size]", &size.to_string())]))
        };
        let mut body = Map::new();
        body.insert(
            "links".to_owned(),
            json!({"prev": link("page[before]", &first), "next": link("page[after]", &last)}),
        );
        body.insert(
            "meta".to_owned(),
            json!({"has_more": has_more, "after_cursor": last, "before_cursor": first}),
        );
        body.insert(name.to_owned(), rows.iter().map(|(_, row)| row.clone()).collect());
        Ok(SimResponse::json(200, &Value::Object(body)))
    }

    /// The address of the same list with other paging.
    pub(super) fn link(&self, ctx: &Ctx<'_>, paging: &[(&str, &str)]) -> String {
        self.link_without(ctx, PAGING, paging)
    }

    /// The address of the same request with these parameters instead of those.
    pub(super) fn link_without(&self, ctx: &Ctx<'_>, those: &[&str], these: &[(&str, &str)]) -> String {
        let path = ctx.request.path.strip_suffix(".json").unwrap_or(&ctx.request.path);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(ctx.params.without(those)).extend_pairs(these);
        format!("{}?{}", self.url(path.trim_start_matches("/api/v2/")), query.finish())
    }
}

fn write_cursor(id: u64) -> String {
    STANDARD.encode(json!({"o": "id", "v": id.to_string()}).to_string())
}

fn read_cursor(text: &str) -> Option<u64> {
    let json: Value = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
    json.get("v")?.as_str()?.parse().ok()
}
