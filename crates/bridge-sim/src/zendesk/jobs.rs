//! Writes of many records at once, and the jobs that tell of them.
//!
//! The work is done at once; what the job says of it lags by so many reads as the switch says.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::check::{Checked, Key, Kind};
use super::errors;
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State};
use super::ticket::Via;
use super::ticket_body::{TICKET, TICKET_CREATE, TICKET_UPDATE};
use super::ticket_write::author;
use super::users::{USER, USER_CREATE, USER_EXTRA, USER_UPDATE};

/// A job as the account keeps it.
pub(super) struct Job {
    number: u64,
    id: String,
    kind: &'static str,
    rows: Vec<Value>,
    reads: u32,
    created_at: Timestamp,
}

/// Keys of a row beside those of its record.
const ROW: &[Key] = &[("id", Kind::Int)];
const TICKET_ROW: &[Key] = &[("additional_tags", Kind::Texts), ("remove_tags", Kind::Texts)];
/// Jobs are forgotten after about an hour.
const LIFE: SignedDuration = SignedDuration::from_hours(1);
/// A job that nobody asks for ends all the same.
const UNATTENDED: SignedDuration = SignedDuration::from_mins(1);

impl State {
    /// A job of this id that has done nothing.
    pub fn add_job(&mut self, id: &str, now: Timestamp) {
        let job = Job {
            number: self.fresh_id(),
            id: id.to_owned(),
            kind: "Bulk Update Ticket",
            rows: Vec::new(),
            reads: 0,
            created_at: now,
        };
        self.jobs.push(job);
    }

    pub(super) fn create_many_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_start(ctx.now)?;
        let asked = ctx.list("users", &[USER, USER_EXTRA, USER_CREATE])?;
        let rows = asked.iter().enumerate().map(|(index, asked)| {
            let made = self.insert_user(asked, ctx.now);
            made.map_or_else(
                |refusal| failed("index", index.into(), &refusal),
                |id| json!({"index": index, "id": id}),
            )
        });
        let rows = rows.collect();
        Ok(self.start_job("Bulk Create User", rows, ctx.now))
    }

    pub(super) fn create_or_update_many_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_start(ctx.now)?;
        let asked = ctx.list("users", &[USER, USER_EXTRA, USER_CREATE])?;
        let rows = asked.iter().enumerate().map(|(index, asked)| {
            let written = self.user_meant(asked).and_then(|existing| match existing {
                Some(id) => self.change_user(id, asked, ctx.now).map(|()| (id, "Updated")),
                None => self.insert_user(asked, ctx.now).map(|id| (id, "Created")),
            });
            written.map_or_else(
                |refusal| failed("index", index.into(), &refusal),
                |(id, status)| json!({"index": index, "id": id, "status": status}),
            )
        });
        let rows = rows.collect();
        Ok(self.start_job("Bulk Create or Update User", rows, ctx.now))
    }

    pub(super) fn update_many_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_start(ctx.now)?;
        let asked = ctx.rows("user", "users", &[ROW, USER, USER_EXTRA, USER_UPDATE])?;
        let rows = asked.iter().map(|(id, asked)| {
            let written = self
                .active_user(*id)
                .and_then(|user| self.change_user(user, asked, ctx.now));
            done(*id, "update", "Updated", written)
        });
        let rows = rows.collect();
        Ok(self.start_job("Bulk Update User", rows, ctx.now))
    }

    pub(super) fn destroy_many_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_start(ctx.now)?;
        let ids = ctx.wanted_ids()?;
        let rows = ids
            .iter()
            .map(|&id| done(id, "delete", "Deleted", self.delete_one_user(id, ctx.now)));
        let rows = rows.collect();
        Ok(self.start_job("Bulk Delete User", rows, ctx.now))
    }

    pub(super) fn create_many_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_start(ctx.now)?;
        let asked = ctx.list("tickets", &[TICKET, TICKET_CREATE])?;
        let mut rows = Vec::new();
        for (index, asked) in asked.iter().enumerate() {
            rows.push(match self.create_ticket(asked, ctx) {
                Ok(made) => json!({"index": index, "id": made.value()["ticket"]["id"].as_u64().unwrap_or_default()}),
                Err(refusal) => failed("index", index.into(), &refusal),
            });
        }
        Ok(self.start_job("Bulk Create Ticket", rows, ctx.now))
    }

    pub(super) fn update_many_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_start(ctx.now)?;
        let asked = ctx.rows("ticket", "tickets", &[ROW, TICKET, TICKET_UPDATE, TICKET_ROW])?;
        let by = author(ctx, Via::Api);
        let rows = asked.iter().map(|(id, asked)| {
            let asked = self.with_tags(*id, asked);
            let written = self.change_ticket(*id, &asked, &by, ctx.now).map(drop);
            done(*id, "update", "Updated", written)
        });
        let rows = rows.collect();
        Ok(self.start_job("Bulk Update Ticket", rows, ctx.now))
    }

    pub(super) fn destroy_many_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_start(ctx.now)?;
        let ids = ctx.wanted_ids()?;
        let rows = ids.iter().map(|&id| {
            let found = self.live_ticket(id).map(drop);
            if found.is_ok() {
                self.hide_ticket(id, ctx.now);
            }
            done(id, "delete", "Deleted", found)
        });
        let rows = rows.collect();
        Ok(self.start_job("Bulk Delete Ticket", rows, ctx.now))
    }

    pub(super) fn show_job(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let job = self.read_job(ctx.last(), ctx.now).ok_or_else(errors::not_found)?;
        Ok(SimResponse::json(200, &json!({"job_status": job})))
    }

    pub(super) fn show_many_jobs(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ids: Vec<String> = ctx.params.all("ids").into_iter().map(str::to_owned).collect();
        if ids.is_empty() {
            return Err(errors::missing("ids"));
        }
        if ids.len() > 100 {
            return Err(errors::too_many_values());
        }
        let found: Vec<Value> = ids.iter().filter_map(|id| self.read_job(id, ctx.now)).collect();
        let body = json!({"count": found.len(), "next_page": null, "previous_page": null, "job_statuses": found});
        Ok(SimResponse::json(200, &body))
    }

    pub(super) fn list_jobs(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ids: Vec<(u64, String)> = self.jobs.iter().map(|job| (job.number, job.id.clone())).collect();
        let items: Items = ids
            .iter()
            .filter_map(|(number, id)| Some((*number, self.read_job(id, ctx.now)?)))
            .collect();
        self.cursor_page(ctx, "job_statuses", items)
    }

    /// Tags that are added or taken away, as tags that are set.
    fn with_tags(&self, ticket: u64, asked: &Checked) -> Checked {
        let (more, less) = (asked.texts("additional_tags"), asked.texts("remove_tags"));
        let Some(old) = self.tickets.get(&ticket).filter(|_| more.is_some() || less.is_some()) else {
            return asked.clone();
        };
        let mut tags = asked.texts("tags").unwrap_or_else(|| old.tags.clone());
        tags.extend(more.unwrap_or_default());
        let less = less.unwrap_or_default();
        tags.retain(|tag| !less.contains(tag));
        asked.clone().with("tags", tags.into())
    }

    /// Only so many jobs may be under way.
    fn may_start(&mut self, now: Timestamp) -> Result<(), SimResponse> {
        let under_way: Vec<&str> = self
            .jobs
            .iter()
            .filter(|job| !job.is_done(self.switches.job_reads, now))
            .map(|job| job.id.as_str())
            .collect();
        match self.switches.limits.jobs {
            Some(limit) if under_way.len() >= usize::try_from(limit).unwrap_or(usize::MAX) => {
                let why = "Too many jobs are currently queued or running. Try again later.";
                let body = json!({"error": "TooManyJobs", "description": why, "current_job_ids": under_way});
                Err(SimResponse::json(429, &body))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn start_job(&mut self, kind: &'static str, rows: Vec<Value>, now: Timestamp) -> SimResponse {
        let job = Job {
            number: self.fresh_id(),
            id: format!("V3-{}", self.hex(32)),
            kind,
            rows,
            reads: 0,
            created_at: now,
        };
        let shown = self.job_json(&job, "queued");
        self.jobs.push(job);
        SimResponse::json(200, &json!({"job_status": shown}))
    }

    fn read_job(&mut self, id: &str, now: Timestamp) -> Option<Value> {
        self.jobs.retain(|job| now.duration_since(job.created_at) < LIFE);
        let reads = self.switches.job_reads;
        let place = self.jobs.iter().position(|job| job.id == id)?;
        let job = self.jobs.get_mut(place)?;
        job.reads = job.reads.saturating_add(1);
        let status = if job.is_done(reads, now) {
            "completed"
        } else {
            "working"
        };
        Some(self.job_json(self.jobs.get(place)?, status))
    }

    fn job_json(&self, job: &Job, status: &str) -> Value {
        let done = status == "completed";
        json!({
            "id": job.id,
            "job_type": job.kind,
            "url": self.url(&format!("job_statuses/{}", job.id)),
            "total": job.rows.len(),
            "progress": if done { job.rows.len() } else { 0 },
            "status": status,
            "message": done.then(|| format!("Completed at {}", job.created_at)),
            "results": done.then_some(&job.rows),
        })
    }
}

impl Job {
    fn is_done(&self, reads: u32, now: Timestamp) -> bool {
        self.reads > reads || now.duration_since(self.created_at) >= UNATTENDED
    }
}

impl Ctx<'_> {
    /// The ids of the query, of which there are at most a hundred.
    fn wanted_ids(&self) -> Result<Vec<u64>, SimResponse> {
        let ids: Vec<u64> = self
            .params
            .all("ids")
            .iter()
            .map(|id| id.parse().unwrap_or_default())
            .collect();
        match ids.len() {
            0 => Err(errors::missing("ids")),
            1..=100 => Ok(ids),
            _ => Err(errors::too_many_values()),
        }
    }

    /// Which records are to be changed, and how: one change for the ids of the query, or a list of changes with ids.
    fn rows(&mut self, one: &str, many: &str, tables: &[&[Key]]) -> Result<Vec<(u64, Checked)>, SimResponse> {
        if self.params.get("ids").is_some() {
            let ids = self.wanted_ids()?;
            let change = self.object(one, tables)?;
            return Ok(ids.into_iter().map(|id| (id, change.clone())).collect());
        }
        let changes = self.list(many, tables)?;
        Ok(changes
            .into_iter()
            .map(|change| (change.id("id").unwrap_or_default(), change))
            .collect())
    }
}

fn done(id: u64, action: &str, status: &str, written: Result<(), SimResponse>) -> Value {
    match written {
        Ok(()) => json!({"id": id, "action": action, "success": true, "status": status}),
        Err(refusal) => failed("id", id.into(), &refusal),
    }
}

/// What a row tells of a refusal: the name of the error, and the first objection.
fn failed(key: &str, place: Value, refusal: &SimResponse) -> Value {
    let body = refusal.value();
    let objection = body["details"].as_object().and_then(|details| details.values().next());
    let details = objection
        .and_then(|item| item.get(0).unwrap_or(item)["description"].as_str())
        .or(body["description"].as_str())
        .unwrap_or_default();
    let error = match body["error"].as_str() {
        Some("RecordNotFound") => "NotFound",
        Some(name) => name,
        None => "Failed",
    };
    json!({key: place, "error": error, "details": details})
}
