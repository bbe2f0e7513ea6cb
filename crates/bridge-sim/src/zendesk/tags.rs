//! The tags of a ticket, and what is counted.

use serde_json::{Value, json};

use super::check::{Checked, Kind};
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};
use super::ticket::{Via, clean_tags};
use super::ticket_write::author;

impl State {
    pub(super) fn show_tags(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.tags_reply(200, ctx.id(0))
    }

    /// Sets, adds or removes, by the method.
    pub(super) fn write_tags(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ticket = self.live_ticket(ctx.id(0))?;
        let id = ticket.id;
        let keys = [
            ("tags", Kind::TextsOrText),
            ("safe_update", Kind::Any),
            ("updated_stamp", Kind::Text),
        ];
        let asked = ctx.whole(&[&keys])?;
        let (mut tags, told) = (ticket.tags.clone(), clean_tags(asked.texts("tags").unwrap_or_default()));
        let status = match ctx.request.method.as_str() {
            "POST" => {
                tags = told;
                201
            }
            "PUT" => {
                tags.extend(told);
                200
            }
            _ => {
                tags.retain(|tag| !told.contains(tag));
                200
            }
        };
        let mut change = json!({"tags": tags});
        for key in ["safe_update", "updated_stamp"] {
            if let Some(value) = asked.value(key) {
                // The vendor's description has `safe_update` as text here.
                change[key] = if value == "true" { true.into() } else { value.clone() };
            }
        }
        // A stamp alone asks for a safe update.
        if change.get("updated_stamp").is_some() && change.get("safe_update").is_none() {
            change["safe_update"] = true.into();
        }
        self.change_ticket(id, &Checked::of(change), &author(ctx, Via::Api), ctx.now)?;
        self.tags_reply(status, id)
    }

    fn tags_reply(&self, status: u16, ticket: u64) -> Reply {
        Ok(SimResponse::json(
            status,
            &json!({"tags": self.live_ticket(ticket)?.tags}),
        ))
    }

    pub(super) fn count_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        Ok(counted(self.users.values().filter(|user| user.active).count(), ctx))
    }

    pub(super) fn count_groups(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        Ok(counted(
            self.groups.values().filter(|group| !group.deleted).count(),
            ctx,
        ))
    }

    pub(super) fn count_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let found = self.tickets.values().filter(|ticket| !ticket.deleted);
        Ok(counted(found.count(), ctx))
    }
}

fn counted(count: usize, ctx: &Ctx<'_>) -> SimResponse {
    let body: Value = json!({"count": {"value": count, "refreshed_at": ctx.now.to_string()}});
    SimResponse::json(200, &body)
}
