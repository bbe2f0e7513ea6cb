//! Searching users and tickets.

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors;
use super::page::Items;
use super::query::Query;
use super::state::{Ctx, Reply, State};

impl State {
    pub(super) fn search_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        // By external id the table itself is asked, not the index.
        if let Some(external_id) = ctx.params.get("external_id") {
            let found = self.user_by_external_id(external_id).and_then(|id| self.users.get(&id));
            return self.numbered_page(
                ctx,
                "users",
                self.user_items(found.into_iter()),
                self.switches.list_depth,
            );
        }
        let query = Query::read(ctx.params.get("query").unwrap_or_default());
        let found = self.users_for(&query, ctx);
        let items = self.user_items(found.iter().filter_map(|id| self.users.get(id)));
        self.numbered_page(ctx, "users", items, self.switches.list_depth)
    }

    pub(super) fn search(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let Some(text) = ctx.params.get("query") else {
            return Err(errors::named(422, "invalid", "The query parameter is missing"));
        };
        if ctx.params.get("page[size]").is_some() {
            return Err(errors::bad_page(
                "InvalidPaginationParameter",
                "Invalid pagination parameter",
                "page must be an integer",
            ));
        }
        let query = Query::read(text);
        let number = |key: &str, otherwise: usize| {
            ctx.params
                .get(key)
                .and_then(|text| text.parse().ok())
                .unwrap_or(otherwise)
        };
        let size = number("per_page", 100).min(self.switches.list_page);
        if number("page", 1).saturating_sub(1).saturating_mul(size) >= self.switches.search_depth {
            let text = "Requested response size was greater than Search Response Limits";
            return Err(errors::named(422, "invalid", text));
        }
        let items = self.hits(&query, ctx);
        let mut answer = self.numbered_page(ctx, "results", items, usize::MAX)?;
        if let Value::Object(mut body) = answer.value() {
            body.insert("facets".to_owned(), Value::Null);
            answer.body = Value::Object(body).to_string().into();
        }
        Ok(answer)
    }

    /// Users and tickets that a query finds, each with its type.
    pub(super) fn hits(&self, query: &Query, ctx: &Ctx<'_>) -> Items {
        let mut items = Items::new();
        if query.may_be("user") {
            let found = self.users_for(query, ctx);
            let users = self.user_items(found.iter().filter_map(|id| self.users.get(id)));
            items.extend(users.into_iter().map(typed("user")));
        }
        if query.may_be("ticket") && !self.switches.search_misses {
            let found = self
                .ticket_index
                .visible(ctx.now)
                .filter(|(_, doc)| query.fits_ticket(doc));
            let tickets = found.filter_map(|(id, _)| self.live_ticket(id).ok());
            items.extend(
                tickets
                    .map(|ticket| (ticket.id, self.ticket_json(ticket)))
                    .map(typed("ticket")),
            );
        }
        items
    }

    fn users_for(&self, query: &Query, ctx: &Ctx<'_>) -> BTreeSet<u64> {
        let by_index = self
            .index
            .visible(ctx.now)
            .filter(|(_, doc)| query.fits(doc))
            .map(|(id, _)| id);
        let mut found: BTreeSet<u64> = if self.switches.search_misses {
            BTreeSet::new()
        } else {
            by_index.collect()
        };
        // An e-mail address alone was seen to be found at once.
        found.extend(query.email().and_then(|email| self.user_by_email(email)));
        found.retain(|id| self.users.get(id).is_some_and(|user| user.active));
        found
    }
}

fn typed(kind: &'static str) -> impl Fn((u64, Value)) -> (u64, Value) {
    move |(id, mut row)| {
        row["result_type"] = kind.into();
        (id, row)
    }
}
