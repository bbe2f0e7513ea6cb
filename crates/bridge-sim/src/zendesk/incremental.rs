//! Incremental exports: everything that changed since a time, deleted records too.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::errors;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};
use super::ticket::{Audit, Ticket};
use super::user::Role;
use super::users::rows;

/// What is exported: when it changed, its id, and how it looks on the wire.
struct Row {
    at: i64,
    id: u64,
    json: Value,
}

/// A place in an export: everything up to this record of this second is known.
type Place = (i64, u64);

impl State {
    pub(super) fn export_users_by_cursor(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.only_for_admins(ctx)?;
        let answer = self.export_by_cursor(ctx, "users", |place| self.exported_users(ctx, place))?;
        Ok(self.beside_users(ctx, answer))
    }

    pub(super) fn export_users_by_time(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.only_for_admins(ctx)?;
        let answer = self.export_by_time(ctx, "users", |place| self.exported_users(ctx, place))?;
        Ok(self.beside_users(ctx, answer))
    }

    pub(super) fn export_tickets_by_cursor(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.only_for_admins(ctx)?;
        let answer = self.export_by_cursor(ctx, "tickets", |place| self.exported_tickets(ctx, place))?;
        Ok(self.beside_tickets(ctx, answer))
    }

    pub(super) fn export_tickets_by_time(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.only_for_admins(ctx)?;
        let answer = self.export_by_time(ctx, "tickets", |place| self.exported_tickets(ctx, place))?;
        Ok(self.beside_tickets(ctx, answer))
    }

    pub(super) fn export_ticket_events(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.only_for_admins(ctx)?;
        let comments = ctx.params.all("include").contains(&"comment_events");
        let mut found: Vec<Row> = Vec::new();
        for ticket in self.tickets.values() {
            found.extend(ticket.audits.iter().map(|audit| Row {
                at: audit.created_at.as_second(),
                id: audit.id,
                json: event_json(ticket, audit, comments),
            }));
        }
        found.sort_by_key(|row| (row.at, row.id));
        let until = self.settled_until(ctx.now);
        self.export_by_time(ctx, "ticket_events", |place| {
            let rows = found.into_iter();
            rows.filter(move |row| (row.at, row.id) > place && row.at <= until)
        })
    }

    /// Whoever asks must be an administrator.
    pub(super) fn only_for_admins(&self, ctx: &Ctx<'_>) -> Result<(), SimResponse> {
        let admin = self.users.get(&ctx.user).is_some_and(|user| user.role == Role::Admin);
        admin.then_some(()).ok_or_else(errors::forbidden)
    }

    /// Users in the order in which they changed. A million of them is too many to look at for each page.
    fn exported_users(&self, ctx: &Ctx<'_>, after: Place) -> impl Iterator<Item = Row> {
        let deleted = ctx.params.get("exclude_deleted") != Some("true");
        let until = self.settled_until(ctx.now);
        let changed = self.users.changed_after(after);
        let settled = changed.take_while(move |user| user.updated_at.as_second() <= until);
        settled.filter(move |user| user.active || deleted).map(|user| {
            let mut json = self.user_json(user);
            if !user.active {
                json["permanently_deleted"] = false.into();
            }
            Row {
                at: user.updated_at.as_second(),
                id: user.id,
                json,
            }
        })
    }

    /// Tickets in the order in which they changed.
    fn exported_tickets(&self, ctx: &Ctx<'_>, after: Place) -> impl Iterator<Item = Row> {
        let deleted = ctx.params.get("exclude_deleted") != Some("true");
        let until = self.settled_until(ctx.now);
        let place = |ticket: &Ticket| (ticket.updated_at.as_second(), ticket.id);
        let tickets = self.tickets.values().filter(|ticket| !ticket.deleted || deleted);
        let mut found: Vec<&Ticket> = tickets
            .filter(|ticket| place(ticket) > after && place(ticket).0 <= until)
            .collect();
        found.sort_by_key(|ticket| place(ticket));
        found.into_iter().map(move |ticket| {
            let mut json = self.ticket_json(ticket);
            if ticket.deleted {
                json["status"] = "deleted".into();
            }
            let (at, id) = place(ticket);
            Row { at, id, json }
        })
    }

    /// The last second of which everything is old enough to be exported.
    fn settled_until(&self, now: Timestamp) -> i64 {
        // Stamps may be ahead of the clock, since each write moves them on: where nothing lags, nothing is held back.
        if self.switches.export_delay.is_zero() {
            return i64::MAX;
        }
        let delay = SignedDuration::try_from(self.switches.export_delay).unwrap_or(SignedDuration::MAX);
        now.saturating_sub(delay).unwrap_or(Timestamp::MIN).as_second()
    }

    /// A page of what comes after a place.
    fn export_by_cursor<R>(&self, ctx: &Ctx<'_>, name: &str, after: impl FnOnce(Place) -> R) -> Reply
    where
        R: Iterator<Item = Row>,
    {
        let place = match ctx.params.get("cursor") {
            Some(cursor) => read_cursor(cursor).ok_or_else(|| {
                let title = "Invalid pagination parameter";
                errors::bad_page("InvalidPaginationParameter", title, "cursor is not valid")
            })?,
            // Everything of this second counts as changed since.
            None => (self.start_time(ctx)?, 0),
        };
        let size = self.export_size(ctx)?;
        let mut page: Vec<Row> = after(place).take(size.saturating_add(1)).collect();
        let end = page.len() <= size;
        page.truncate(size);
        // At the end there is a cursor, too: one goes on from there later.
        let cursor = write_cursor(page.last().map_or(place, |row| (row.at, row.id)));
        let mut body = Map::new();
        body.insert(name.to_owned(), page.into_iter().map(|row| row.json).collect());
        let url = self.link_without(ctx, &["start_time", "cursor"], &[("cursor", &cursor)]);
        body.insert("after_url".to_owned(), url.into());
        body.insert("before_url".to_owned(), Value::Null);
        body.insert("after_cursor".to_owned(), cursor.into());
        body.insert("before_cursor".to_owned(), Value::Null);
        body.insert("end_of_stream".to_owned(), end.into());
        Ok(SimResponse::json(200, &Value::Object(body)))
    }

    /// A page of what there is from a second on.
    fn export_by_time<R>(&self, ctx: &Ctx<'_>, name: &str, after: impl FnOnce(Place) -> R) -> Reply
    where
        R: Iterator<Item = Row>,
    {
        let since = self.start_time(ctx)?;
        let size = self.export_size(ctx)?;
        let mut rows = after((since, 0)).peekable();
        let mut page: Vec<Row> = rows.by_ref().take(size).collect();
        // A page may be longer than asked for: it never ends within a second.
        if let Some(last) = page.last().map(|row| row.at) {
            page.extend(std::iter::from_fn(|| rows.next_if(|row| row.at == last)));
        }
        let end = rows.peek().is_none();
        let newest = page.last().map_or(since, |row| row.at);
        // Where there is more, the export goes on behind the last second; at the end with it, so records come twice.
        let end_time = if end { newest } else { newest + 1 };
        let url = self.link_without(ctx, &["start_time"], &[("start_time", &end_time.to_string())]);
        let mut body = Map::new();
        body.insert("count".to_owned(), page.len().into());
        body.insert(name.to_owned(), page.into_iter().map(|row| row.json).collect());
        body.insert("next_page".to_owned(), url.into());
        body.insert("end_time".to_owned(), end_time.into());
        body.insert("end_of_stream".to_owned(), end.into());
        Ok(SimResponse::json(200, &Value::Object(body)))
    }

    /// The time from which on is asked for; one within the last minute is refused.
    fn start_time(&self, ctx: &Ctx<'_>) -> Result<i64, SimResponse> {
        let Some(text) = ctx.params.get("start_time") else {
            return Err(errors::missing("start_time"));
        };
        let since: i64 = text.parse().map_err(|_| {
            let problem = ("start_time".to_owned(), "must be an integer".to_owned());
            errors::wrong_types(&[problem])
        })?;
        if since > ctx.now.as_second() - 60 {
            let why = "Too recent start_time. Use a start_time older than 60 seconds";
            return Err(errors::named(self.switches.recent_start_time, "InvalidValue", why));
        }
        Ok(since)
    }

    fn export_size(&self, ctx: &Ctx<'_>) -> Result<usize, SimResponse> {
        let most = self.switches.export_page;
        let Some(text) = ctx.params.get("per_page") else {
            return Ok(most);
        };
        let size = text.parse::<usize>().ok().filter(|size| *size > 0);
        size.map(|size| size.min(most)).ok_or_else(|| {
            let title = "Invalid pagination parameter";
            errors::bad_page("InvalidPaginationParameter", title, "per_page is not valid")
        })
    }

    /// `include=identities`.
    fn beside_users(&self, ctx: &Ctx<'_>, answer: SimResponse) -> SimResponse {
        if !ctx.params.all("include").contains(&"identities") {
            return answer;
        }
        let mut body = answer.value();
        let users = ids(&body["users"], &["id"]);
        let own = users.into_iter().flat_map(|user| self.identities_of(user));
        body["identities"] = own.map(|identity| self.identity_json(identity)).collect();
        SimResponse::json(200, &body)
    }

    /// `include=users`.
    fn beside_tickets(&self, ctx: &Ctx<'_>, answer: SimResponse) -> SimResponse {
        if !ctx.params.all("include").contains(&"users") {
            return answer;
        }
        let mut body = answer.value();
        let users = ids(&body["tickets"], &["requester_id", "submitter_id", "assignee_id"]);
        body["users"] = rows(self.user_items(users.iter().filter_map(|id| self.users.get(id)))).into();
        SimResponse::json(200, &body)
    }
}

fn ids(records: &Value, keys: &[&str]) -> BTreeSet<u64> {
    let records = records.as_array().into_iter().flatten();
    records
        .flat_map(|record| keys.iter().filter_map(|key| record[*key].as_u64()))
        .collect()
}

/// An audit as the export of events tells it: a changed field stands under its own name.
fn event_json(ticket: &Ticket, audit: &Audit, comments: bool) -> Value {
    let via = audit.via.channel();
    let mut children = Vec::new();
    for event in &audit.events {
        let mut child = json!({"id": event["id"], "via": via, "via_reference_id": null, "event_type": event["type"]});
        match event["type"].as_str() {
            Some("Create") => child[event["field_name"].as_str().unwrap_or_default()] = event["value"].clone(),
            Some("Change") => {
                child[event["field_name"].as_str().unwrap_or_default()] = event["value"].clone();
                child["previous_value"] = event["previous_value"].clone();
            }
            // Comments come at a wish only.
            _ if !comments => continue,
            _ => {
                for (key, value) in event.as_object().into_iter().flatten() {
                    if key != "type" {
                        child[key] = value.clone();
                    }
                }
            }
        }
        children.push(child);
    }
    json!({
        "id": audit.id,
        "ticket_id": ticket.id,
        "timestamp": audit.created_at.as_second(),
        "created_at": audit.created_at.to_string(),
        "updater_id": audit.author,
        "via": via,
        "system": {"client": audit.client, "ip_address": "192.0.2.1", "location": "Karlsruhe, BW, Germany", "latitude": 49.0, "longitude": 8.4},
        "event_type": "Audit",
        "child_events": children,
    })
}

fn write_cursor((at, id): Place) -> String {
    STANDARD.encode(format!("{at}.0||{id}|"))
}

fn read_cursor(text: &str) -> Option<Place> {
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (at, id) = text.strip_suffix('|')?.split_once(".0||")?;
    Some((at.parse().ok()?, id.parse().ok()?))
}
