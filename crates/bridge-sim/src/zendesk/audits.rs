//! What was done to tickets, over the whole account; and comments that are hidden afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::errors;
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State};
use super::ticket::{Audit, Via, audit_json};
use super::ticket_write::author;

impl State {
    pub(super) fn show_audit(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ticket = self.live_ticket(ctx.id(0))?;
        let audit = ticket.audits.iter().find(|audit| audit.id == ctx.id(1));
        let mut json = audit_json(ticket.id, audit.ok_or_else(errors::not_found)?);
        self.refresh_events(&mut json, ctx);
        Ok(SimResponse::json(200, &json!({"audit": json})))
    }

    /// By cursor as other lists; without one in a way of its own.
    pub(super) fn list_all_audits(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let tickets = self.tickets.values().filter(|ticket| !ticket.deleted);
        let mut found: Items = tickets
            .flat_map(|ticket| {
                let own = ticket.audits.iter();
                own.map(|audit| (audit.id, audit_json(ticket.id, audit)))
            })
            .collect();
        // Ids are given out in the order of time.
        found.sort_by_key(|(id, _)| *id);
        for (_, json) in &mut found {
            self.refresh_events(json, ctx);
        }
        let paged = ["page[size]", "page[after]", "page[before]"];
        match paged.iter().any(|key| ctx.params.get(key).is_some()) {
            true => self.cursor_page(ctx, "audits", found),
            false => self.old_audits_page(ctx, found),
        }
    }

    /// A comment that the requester no longer sees.
    pub(super) fn make_comment_private(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let (id, comment) = (self.live_ticket(ctx.id(0))?.id, ctx.id(1));
        let (by, audit, event) = (author(ctx, Via::Api), self.fresh_id(), self.fresh_id());
        let stamp = self
            .tickets
            .get(&id)
            .map(|ticket| self.stamp(ticket.updated_at, ctx.now));
        let (Some(ticket), Some(stamp)) = (self.tickets.get_mut(&id), stamp) else {
            return Err(errors::not_found());
        };
        let Some(found) = ticket.comments.iter_mut().find(|found| found.id == comment) else {
            return Err(errors::not_found());
        };
        if std::mem::replace(&mut found.public, false) {
            let told = json!({"id": event, "type": "CommentPrivacyChange", "comment_id": comment, "public": false});
            ticket.audits.push(Audit {
                id: audit,
                author: by.user,
                client: by.client,
                via: by.via,
                events: vec![told],
                created_at: ctx.now,
            });
            ticket.updated_at = stamp;
        }
        Ok(SimResponse::empty(200).with("content-type", "application/json; charset=utf-8"))
    }

    /// The oldest first; `cursor` leads behind the last one.
    fn old_audits_page(&self, ctx: &Ctx<'_>, mut found: Items) -> Reply {
        let size = ctx
            .params
            .get("limit")
            .and_then(|text| text.parse().ok())
            .unwrap_or(1000);
        let after = match ctx.params.get("cursor") {
            Some(cursor) => read_cursor(cursor).ok_or_else(|| {
                let title = "Invalid pagination parameter";
                errors::bad_page("InvalidPaginationParameter", title, "cursor is not valid")
            })?,
            None => 0,
        };
        found.retain(|(id, _)| *id > after);
        found.truncate(size);
        let place = |row: Option<&(u64, Value)>| write_cursor(row.map_or(after, |(id, _)| *id));
        let mut body = Map::new();
        for (name, cursor) in [("before", place(found.first())), ("after", place(found.last()))] {
            let url = self.link_without(ctx, &["cursor"], &[("cursor", &cursor)]);
            body.insert(format!("{name}_url"), url.into());
            body.insert(format!("{name}_cursor"), cursor.into());
        }
        body.insert("audits".to_owned(), found.into_iter().map(|(_, row)| row).collect());
        Ok(SimResponse::json(200, &Value::Object(body)))
    }

    fn refresh_events(&self, audit: &mut Value, ctx: &Ctx<'_>) {
        for event in audit["events"].as_array_mut().into_iter().flatten() {
            self.refresh_attachments(event, ctx.now);
        }
    }
}

fn write_cursor(id: u64) -> String {
    STANDARD.encode(id.to_string())
}

fn read_cursor(text: &str) -> Option<u64> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()?.parse().ok()
}
