//! Searches without an end, by cursor; and what completes a name that is being typed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::errors;
use super::message::SimResponse;
use super::query::Query;
use super::state::{Ctx, Reply, State};
use super::user::{Role, User};
use super::users::rows;

/// Types of records that can be exported; the last two are never found here.
const TYPES: [&str; 4] = ["user", "ticket", "group", "organization"];
/// How long a cursor is good for.
const CURSOR_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// Behind which record a page begins, and when the cursor was given out.
struct Place {
    created_at: i64,
    id: u64,
    given_at: i64,
}

impl State {
    pub(super) fn export_search(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let bad = |what: &str| {
            let title = "Invalid pagination parameter";
            errors::bad_page("InvalidPaginationParameter", title, what)
        };
        let Some(text) = ctx.params.get("query") else {
            return Err(errors::missing("query"));
        };
        let kind = ctx.params.get("filter[type]").unwrap_or_default().to_owned();
        if !TYPES.contains(&kind.as_str()) {
            return Err(errors::named(
                422,
                "invalid",
                "filter[type] must be one type of records",
            ));
        }
        let query = Query::read(text);
        if query.tells_type() && self.switches.export_refuses_type {
            let why = "The query must not contain type:; use filter[type]";
            return Err(errors::named(422, "invalid", why));
        }
        let size = match ctx.params.get("page[size]") {
            Some(text) => text
                .parse()
                .ok()
                .filter(|size| (1..=1000).contains(size))
                .ok_or_else(|| bad("page[size] is not valid"))?,
            None => 100,
        };
        let place = ctx
            .params
            .get("page[after]")
            .map(|cursor| {
                let place = read_cursor(cursor).ok_or_else(|| bad("page[after] is not valid"))?;
                let ends = Timestamp::from_second(place.given_at)
                    .unwrap_or(ctx.now)
                    .saturating_add(CURSOR_LIFE);
                match ends.is_ok_and(|ends| ends > ctx.now) {
                    true => Ok(place),
                    false => Err(bad("page[after] has expired")),
                }
            })
            .transpose()?;
        // The newest come first.
        let mut found: Vec<(i64, u64, Value)> = self
            .hits(&query, ctx)
            .into_iter()
            .filter(|(_, row)| row["result_type"] == kind.as_str())
            .map(|(id, row)| (created_at(&row), id, row))
            .collect();
        found.sort_by_key(|(at, id, _)| (std::cmp::Reverse(*at), *id));
        if let Some(place) = &place {
            found.retain(|(at, id, _)| (std::cmp::Reverse(*at), *id) > (std::cmp::Reverse(place.created_at), place.id));
        }
        let more = found.len() > size;
        found.truncate(size);
        let cursor = found.last().map(|(created_at, id, _)| {
            write_cursor(&Place {
                created_at: *created_at,
                id: *id,
                given_at: ctx.now.as_second(),
            })
        });
        let next = cursor
            .as_ref()
            .map(|cursor| self.link_without(ctx, &["page[after]"], &[("page[after]", cursor)]));
        let mut body = Map::new();
        body.insert("results".to_owned(), found.into_iter().map(|(_, _, row)| row).collect());
        body.insert("facets".to_owned(), Value::Null);
        let meta = json!({"has_more": more, "after_cursor": cursor, "before_cursor": null});
        body.insert("meta".to_owned(), meta);
        body.insert("links".to_owned(), json!({"prev": null, "next": next}));
        Ok(SimResponse::json(200, &Value::Object(body)))
    }

    /// Users whose name has a word, or whose number, begins so.
    pub(super) fn autocomplete_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let (name, phone) = (ctx.params.get("name"), ctx.params.get("phone"));
        if name.is_none() && phone.is_none() {
            return Err(errors::missing("name"));
        }
        let name = name.map(str::to_lowercase);
        let size = ctx.params.get("per_page").and_then(|text| text.parse().ok());
        let agents_only = ctx.params.get("filter") == Some("assignable");
        let words_fit = |wanted: &str, text: &str| {
            let text = text.to_lowercase();
            text.starts_with(wanted) || text.split_whitespace().any(|word| word.starts_with(wanted))
        };
        let known: Vec<u64> = match self.switches.autocomplete_lags {
            true => {
                let fits = |(id, doc): (u64, &super::index::Doc)| {
                    let named = name
                        .as_deref()
                        .is_some_and(|wanted| doc.texts.first().is_some_and(|text| words_fit(wanted, text)));
                    let called = phone.is_some_and(|wanted| doc.phones.iter().any(|number| number.starts_with(wanted)));
                    (named || called).then_some(id)
                };
                self.index.visible(ctx.now).filter_map(fits).collect()
            }
            false => {
                let fits = |user: &&User| {
                    let named = name.as_deref().is_some_and(|wanted| words_fit(wanted, &user.name));
                    let lines = self
                        .identities_of(user.id)
                        .into_iter()
                        .filter(|line| line.kind == "phone_number");
                    let mut numbers = lines.map(|line| line.value.as_str()).chain(user.phone.as_deref());
                    named || phone.is_some_and(|wanted| numbers.any(|number| number.starts_with(wanted)))
                };
                self.users.values().filter(fits).map(|user| user.id).collect()
            }
        };
        let wanted = |user: &&User| {
            let foreign = self
                .identities_of(user.id)
                .iter()
                .any(|identity| identity.kind == "foreign");
            user.active && !foreign && (!agents_only || user.role != Role::EndUser)
        };
        let users = known.iter().filter_map(|id| self.users.get(id)).filter(wanted);
        let found = rows(self.user_items(users.take(size.unwrap_or(100).min(100))));
        let body = json!({"count": found.len(), "next_page": null, "previous_page": null, "users": found});
        Ok(SimResponse::json(200, &body))
    }
}

fn created_at(row: &Value) -> i64 {
    let text = row["created_at"].as_str().unwrap_or_default();
    text.parse::<Timestamp>().map_or(0, Timestamp::as_second)
}

fn write_cursor(place: &Place) -> String {
    STANDARD.encode(json!({"field": "created_at", "desc": true, "sortValues": [place.created_at, place.id], "createdAt": place.given_at}).to_string())
}

fn read_cursor(text: &str) -> Option<Place> {
    let json: Value = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
    Some(Place {
        created_at: json["sortValues"][0].as_i64()?,
        id: json["sortValues"][1].as_u64()?,
        given_at: json["createdAt"].as_i64()?,
    })
}
