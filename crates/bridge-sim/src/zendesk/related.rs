//! What hangs on a user: his tickets, and how many they are.

use serde_json::json;

use super::errors;
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State};
use super::ticket::Ticket;

impl State {
    pub(super) fn show_related(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let user = ctx.id(0);
        self.users.get(&user).ok_or_else(errors::not_found)?;
        let live = || self.tickets.values().filter(|ticket| !ticket.deleted);
        let related = json!({
            "assigned_tickets": live().filter(|ticket| ticket.assignee == Some(user)).count(),
            "requested_tickets": live().filter(|ticket| ticket.requester == user).count(),
            "ccd_tickets": 0,
            "organization_subscriptions": 0,
        });
        Ok(SimResponse::json(200, &json!({"user_related": related})))
    }

    pub(super) fn list_requested_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let user = ctx.id(0);
        self.tickets_where(ctx, |ticket| ticket.requester == user)
    }

    pub(super) fn list_assigned_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let user = ctx.id(0);
        self.tickets_where(ctx, |ticket| ticket.assignee == Some(user))
    }

    /// Nobody is in copy: collaborators are taken and dropped.
    pub(super) fn list_ccd_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.tickets_where(ctx, |_| false)
    }

    fn tickets_where(&self, ctx: &Ctx<'_>, wanted: impl Fn(&Ticket) -> bool) -> Reply {
        self.users.get(&ctx.id(0)).ok_or_else(errors::not_found)?;
        let found = self.tickets.values().filter(|ticket| !ticket.deleted && wanted(ticket));
        let items: Items = found.map(|ticket| (ticket.id, self.ticket_json(ticket))).collect();
        self.page(ctx, "tickets", items)
    }

    /// How many a search would find.
    pub(super) fn count_search(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let found = self.search(ctx)?.value()["count"].clone();
        Ok(SimResponse::json(200, &json!({"count": found})))
    }
}
