//! How tickets come into being and change.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::check::Checked;
use super::errors;
use super::index::TicketDoc;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};
use super::switch_kinds::{Idempotency, InFlightTwin, RefusalKey, SuspendedRequester};
use super::ticket::{Audit, BRAND, Comment, FORM, Ticket, Via, Voice, audit_json, clean_tags, comment_event};
use super::ticket_body::{TICKET, TICKET_CREATE, TICKET_UPDATE, texts};

/// Who writes, by which way, and with what.
pub(super) struct Author {
    pub(super) user: u64,
    pub(super) via: Via,
    pub(super) client: String,
}

impl State {
    pub(super) fn post_ticket(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let heeded = self.switches.idempotency != Idempotency::Ignored;
        let key = ctx
            .request
            .header("idempotency-key")
            .filter(|_| heeded)
            .map(str::to_owned);
        let Some(key) = key else {
            let asked = ctx.object("ticket", &[TICKET, TICKET_CREATE])?;
            return self.create_ticket(&asked, ctx);
        };
        if key.is_empty() || key.len() > 255 {
            let why = "The idempotency key must have 1 to 255 characters";
            return Err(errors::named(400, "IdempotentRequestError", why));
        }
        let told = self.switches.idempotency == Idempotency::Told;
        if let Some((kept, remains)) = self.replays.find(&key, &ctx.request.body, ctx.arrived) {
            if !remains.is_zero() && self.switches.in_flight_twin == InFlightTwin::Conflict {
                let why = "A request with this idempotency key is still being processed";
                return Err(errors::named(409, "IdempotentRequestError", why));
            }
            if told && (kept.header("location").is_some() || kept.status != 400) {
                ctx.add_header("x-idempotency-lookup", "hit");
            }
            let delay = kept.delay + remains;
            return Ok(SimResponse { delay, ..kept });
        }
        if told {
            ctx.add_header("x-idempotency-lookup", "miss");
        }
        let answer = ctx
            .object("ticket", &[TICKET, TICKET_CREATE])
            .and_then(|asked| self.create_ticket(&asked, ctx));
        match &answer {
            Ok(answer) => self.replays.keep(&key, &ctx.request.body, answer, ctx.arrived),
            Err(refusal) if self.switches.replay_refusals => {
                self.replays.keep(&key, &ctx.request.body, refusal, ctx.arrived)
            }
            Err(_) => {}
        }
        answer
    }

    pub(super) fn put_ticket(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let id = self.live_ticket(ctx.id(0))?.id;
        let asked = ctx.object("ticket", &[TICKET, TICKET_UPDATE])?;
        let audit = self.change_ticket(id, &asked, &author(ctx, Via::Api), ctx.now)?;
        let ticket = self.live_ticket(id)?;
        let mut body = json!({"ticket": self.ticket_json(ticket)});
        // Where nothing changes there is no audit.
        if let Some(audit) = audit {
            body["audit"] = audit_json(id, &audit);
        }
        Ok(SimResponse::json(200, &body))
    }

    pub(super) fn remove_ticket(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.hide_ticket(self.live_ticket(ctx.id(0))?.id, ctx.now);
        Ok(SimResponse::empty(204))
    }

    /// Deletes a ticket: it is kept, but nobody finds it.
    pub(super) fn hide_ticket(&mut self, id: u64, now: Timestamp) {
        let stamp = self.tickets.get(&id).map(|ticket| self.stamp(ticket.updated_at, now));
        if let (Some(ticket), Some(stamp)) = (self.tickets.get_mut(&id), stamp) {
            ticket.deleted = true;
            ticket.updated_at = stamp;
            self.index_ticket(id, now);
        }
    }

    /// A user was merged: his tickets are the winner's, closed ones too.
    pub(super) fn move_requester(&mut self, id: u64, loser: u64, winner: u64, now: Timestamp) {
        let stamp = self.tickets.get(&id).map(|ticket| self.stamp(ticket.updated_at, now));
        if let (Some(ticket), Some(stamp)) = (self.tickets.get_mut(&id), stamp)
            && ticket.requester == loser
        {
            ticket.requester = winner;
            ticket.updated_at = stamp;
            self.index_ticket(id, now);
        }
    }

    /// A ticket was written: the search index learns of it in its own time.
    pub(super) fn index_ticket(&mut self, id: u64, now: Timestamp) {
        let ticket = self.tickets.get(&id).filter(|ticket| !ticket.deleted);
        let doc = ticket.map(|ticket| TicketDoc {
            external_id: ticket.external_id.clone(),
            status: ticket.status.clone(),
            subject: ticket.subject.clone(),
            requester: ticket.requester,
            assignee: ticket.assignee,
            tags: ticket.tags.clone(),
        });
        self.ticket_index.write(id, doc, now, self.switches.index_delay);
    }

    /// A new ticket from a body that was checked.
    pub(super) fn create_ticket(&mut self, asked: &Checked, ctx: &mut Ctx<'_>) -> Reply {
        let by = author(ctx, asked.id("via_id").and_then(Via::of_call).unwrap_or(Via::Api));
        let voice = Voice::told(asked);
        let comment = asked
            .inner("comment")
            .or_else(|| voice.as_ref().and_then(Voice::comment));
        let comment = comment.unwrap_or_default();
        let (body, html) = texts(&comment, asked.text("description"));
        if body.trim().is_empty() {
            return Err(errors::invalid(
                "base",
                "Description: cannot be blank",
                Some("BlankValue"),
            ));
        }
        let uploads = self.uploads_named(&comment, ctx.now)?;
        let follows = self.followed(asked)?;
        let (assignee, group) = self.assignment(None, None, asked)?;
        let status = asked.text("status").unwrap_or("new");
        let status = if status == "new" && assignee.is_some() {
            "open"
        } else {
            status
        };
        if status == "solved" && assignee.is_none() {
            return Err(errors::invalid(
                "assignee_id",
                "Assignee: is required when solving a ticket",
                Some("BlankValue"),
            ));
        }
        let submitter = match asked.id("submitter_id") {
            Some(id) => self.known_person(id, "submitter")?,
            None => by.user,
        };
        let writer = match comment.id("author_id") {
            Some(id) => self.known_person(id, "author")?,
            None => submitter,
        };
        let requester = self.requester(asked, submitter, ctx.now)?;
        if self.users.get(&requester).is_some_and(|user| user.suspended) {
            match self.switches.suspended_requester {
                SuspendedRequester::Accepted => {}
                SuspendedRequester::Refused => return Err(self.refusal("requester", "is suspended")),
                SuspendedRequester::Suspended => {
                    self.suspended_tickets += 1;
                    let id = self.fresh_id();
                    let body = json!({"suspended_ticket": {"id": id, "subject": asked.text("subject"), "cause": "User is suspended"}});
                    return Ok(SimResponse::json(201, &body));
                }
            }
        }
        let (id, audit_id) = (self.fresh_ticket_id(), self.fresh_id());
        let public = comment.flag("public").unwrap_or(true);
        let comment = Comment {
            id: self.fresh_id(),
            audit: audit_id,
            author: writer,
            body: body.clone(),
            html_body: html,
            public,
            via: by.via,
            client: by.client.clone(),
            attachments: self.take_uploads(&uploads),
            voice,
            created_at: ctx.now,
        };
        let ticket = Ticket {
            id,
            external_id: asked.text("external_id").map(str::to_owned),
            subject: asked
                .text("subject")
                .or(asked.text("raw_subject"))
                .unwrap_or(&body)
                .to_owned(),
            description: body,
            status: status.to_owned(),
            priority: asked.text("priority").map(str::to_owned),
            kind: asked.text("type").map(str::to_owned),
            requester,
            submitter,
            assignee,
            group,
            tags: clean_tags(asked.texts("tags").unwrap_or_default()),
            is_public: public,
            deleted: false,
            via: by.via,
            comments: vec![comment.clone()],
            audits: Vec::new(),
            follows,
            followups: Vec::new(),
            created_at: ctx.now,
            updated_at: ctx.now,
        };
        let mut first = comment_event(&comment);
        first["attachments"] = self.attachments_json(&comment.attachments, ctx.now).into();
        let mut events = vec![first];
        for (field, value) in told(&ticket) {
            events.push(json!({"id": self.fresh_id(), "type": "Create", "value": value, "field_name": field}));
        }
        let audit = Audit {
            id: audit_id,
            author: by.user,
            client: by.client,
            via: by.via,
            events,
            created_at: ctx.now,
        };
        let body = json!({"ticket": self.ticket_json(&ticket), "audit": audit_json(id, &audit)});
        self.tickets.insert(
            id,
            Ticket {
                audits: vec![audit],
                ..ticket
            },
        );
        if let Some(source) = follows.and_then(|source| self.tickets.get_mut(&source)) {
            source.followups.push(id);
        }
        self.index_ticket(id, ctx.now);
        Ok(SimResponse::json(201, &body).with("location", self.url(&format!("tickets/{id}"))))
    }

    /// Changes a ticket; the audit tells what changed. `None`: nothing did.
    pub(super) fn change_ticket(
        &mut self,
        id: u64,
        asked: &Checked,
        by: &Author,
        now: Timestamp,
    ) -> Result<Option<Audit>, SimResponse> {
        let old = self.live_ticket(id)?.clone();
        if old.status == "closed" {
            return Err(errors::invalid("status", "closed prevents ticket update", None));
        }
        let stale = asked
            .text("updated_stamp")
            .is_some_and(|stamp| stamp.parse::<Timestamp>().ok() != Some(old.updated_at));
        if asked.flag("safe_update") == Some(true) && stale && self.switches.safe_updates {
            let why = "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.";
            return Err(errors::named(409, "UpdateConflict", why));
        }
        let mut new = old.clone();
        (new.assignee, new.group) = self.assignment(old.assignee, old.group, asked)?;
        if let Some(requester) = asked.id("requester_id").filter(|id| *id != old.requester) {
            new.requester = self.acceptable_requester(requester)?;
        }
        if let Some(status) = asked.text("status") {
            new.status = status.to_owned();
        }
        if new.status == "new" && new.assignee.is_some() {
            "open".clone_into(&mut new.status);
        }
        if new.status == "solved" && new.assignee.is_none() {
            return Err(errors::invalid(
                "assignee_id",
                "Assignee: is required when solving a ticket",
                Some("BlankValue"),
            ));
        }
        if let Some(subject) = asked.text("subject") {
            subject.clone_into(&mut new.subject);
        }
        new.priority = asked.text_or_null("priority").unwrap_or(new.priority);
        new.kind = asked.text_or_null("type").unwrap_or(new.kind);
        new.external_id = asked.text_or_null("external_id").unwrap_or(new.external_id);
        new.tags = asked.texts("tags").map_or(new.tags, clean_tags);

        let audit_id = self.fresh_id();
        let mut events = Vec::new();
        let voice = Voice::told(asked);
        let written = asked
            .inner("comment")
            .or_else(|| voice.as_ref().and_then(Voice::comment));
        if let Some(written) = written {
            let mut comment = self.comment(&old, &written, audit_id, by, now)?;
            comment.voice = voice;
            let mut event = comment_event(&comment);
            event["attachments"] = self.attachments_json(&comment.attachments, now).into();
            events.push(event);
            new.is_public |= comment.public;
            new.comments.push(comment);
        }
        for ((field, before), (_, after)) in told(&old).into_iter().zip(told(&new)) {
            if before != after {
                let id = self.fresh_id();
                events.push(
                    json!({"id": id, "type": "Change", "value": after, "field_name": field, "previous_value": before}),
                );
            }
        }
        if events.is_empty() {
            return Ok(None);
        }
        let audit = Audit {
            id: audit_id,
            author: by.user,
            client: by.client.clone(),
            via: by.via,
            events,
            created_at: now,
        };
        new.audits.push(audit.clone());
        new.updated_at = self.stamp(old.updated_at, now);
        self.tickets.insert(id, new);
        self.index_ticket(id, now);
        Ok(Some(audit))
    }

    fn comment(
        &mut self,
        ticket: &Ticket,
        asked: &Checked,
        audit: u64,
        by: &Author,
        now: Timestamp,
    ) -> Result<Comment, SimResponse> {
        let (body, html_body) = texts(asked, None);
        if body.trim().is_empty() {
            return Err(errors::invalid(
                "comment",
                "Comment: cannot be blank",
                Some("BlankValue"),
            ));
        }
        if ticket.comments.len() >= 5000 {
            return Err(errors::invalid("base", "The ticket has too many comments", None));
        }
        let author = match asked.id("author_id") {
            Some(id) => self.known_person(id, "author")?,
            None => by.user,
        };
        // Without a word of its own a comment is as visible as the first one.
        let public = asked
            .flag("public")
            .unwrap_or_else(|| ticket.comments.first().is_none_or(|first| first.public));
        let uploads = self.uploads_named(asked, now)?;
        let id = self.fresh_id();
        let client = by.client.clone();
        Ok(Comment {
            id,
            audit,
            author,
            body,
            html_body,
            public,
            via: by.via,
            client,
            attachments: self.take_uploads(&uploads),
            voice: None,
            created_at: now,
        })
    }

    /// The ticket that a new one follows up.
    fn followed(&self, asked: &Checked) -> Result<Option<u64>, SimResponse> {
        let Some(source) = asked.id("via_followup_source_id") else {
            return Ok(None);
        };
        let why = "Via followup source: is invalid";
        let found = self.live_ticket(source);
        found
            .map(|ticket| Some(ticket.id))
            .map_err(|_| errors::invalid("via_followup_source_id", why, Some("InvalidValue")))
    }

    /// Assignee and group after a write. Only an assignee: his default group, unless he is in the present one. Only a group: an
    /// assignee who is not in it goes.
    fn assignment(
        &self,
        assignee: Option<u64>,
        group: Option<u64>,
        asked: &Checked,
    ) -> Result<(Option<u64>, Option<u64>), SimResponse> {
        let by_email = asked
            .text("assignee_email")
            .map(|email| Some(self.user_by_email(email).unwrap_or_default()));
        let (new_assignee, new_group) = (
            asked.id_or_null("assignee_id").or(by_email),
            asked.id_or_null("group_id"),
        );
        let no_group = |group: u64| self.groups.get(&group).is_none_or(|group| group.deleted);
        if new_group.flatten().is_some_and(no_group) {
            return Err(self.refusal("group", "is invalid"));
        }
        let no_agent = |agent: u64| !self.is_agent(agent) || self.switches.refused_assignees.contains(&agent);
        if new_assignee.flatten().is_some_and(no_agent) {
            return Err(self.refusal("assignee", "is invalid"));
        }
        match (new_assignee, new_group) {
            (None, None) => Ok((assignee, group)),
            (Some(None), new_group) => Ok((None, new_group.unwrap_or(group))),
            (Some(Some(agent)), Some(Some(group))) if self.is_member(agent, group) => Ok((Some(agent), Some(group))),
            (Some(Some(_)), Some(Some(_))) => Err(self.refusal("assignee", "is not a member of the group")),
            (Some(Some(agent)), None | Some(None)) => {
                let present = group.filter(|group| self.is_member(agent, *group));
                match present.or_else(|| self.default_group(agent)) {
                    Some(group) => Ok((Some(agent), Some(group))),
                    None => Err(self.refusal("assignee", "is not a member of any group")),
                }
            }
            (None, Some(None)) => Ok((None, None)),
            (None, Some(Some(group))) => Ok((assignee.filter(|agent| self.is_member(*agent, group)), Some(group))),
        }
    }

    /// Who is meant as requester of a new ticket; a person told by name and address may be created.
    fn requester(&mut self, asked: &Checked, submitter: u64, now: Timestamp) -> Result<u64, SimResponse> {
        if let Some(id) = asked.id("requester_id") {
            return self.acceptable_requester(id);
        }
        let Some(told) = asked.value("requester") else {
            return Ok(submitter);
        };
        if let Some(id) = told.as_u64() {
            return self.acceptable_requester(id);
        }
        let email = told.as_str().or_else(|| told.get("email").and_then(Value::as_str));
        if let Some(id) = email.and_then(|email| self.user_by_email(email)) {
            return self.acceptable_requester(id);
        }
        let name = told.get("name").and_then(Value::as_str);
        let user = json!({"name": name.or(email), "email": email});
        self.insert_user(&Checked::of(user), now)
            .map_err(|_| self.refusal("requester", "is invalid"))
    }

    fn acceptable_requester(&self, id: u64) -> Result<u64, SimResponse> {
        match self.switches.refused_requesters.contains(&id) {
            true => Err(self.refusal("requester", "is invalid")),
            false => self.known_person(id, "requester"),
        }
    }

    fn known_person(&self, id: u64, field: &str) -> Result<u64, SimResponse> {
        self.active_user(id).map_err(|_| self.refusal(field, "is invalid"))
    }

    fn refusal(&self, field: &str, what: &str) -> SimResponse {
        let label = format!("{}{}", field[..1].to_uppercase(), &field[1..]);
        let key = match self.switches.refusal_key {
            RefusalKey::Own => field,
            RefusalKey::Base => "base",
        };
        errors::invalid(key, &format!("{label}: {what}"), Some("InvalidValue"))
    }
}

impl Voice {
    /// What a body says of a call.
    fn told(asked: &Checked) -> Option<Self> {
        if let Some(data) = asked.value("tpe_voice_comment") {
            return Some(Self::of_record(data.clone()));
        }
        let call = asked.inner("voice_comment")?;
        let key = |key: &str| call.value(key).cloned().unwrap_or_default();
        let data = json!({
            "from": key("from"),
            "to": key("to"),
            "recording_url": key("recording_url"),
            "recording_type": key("recording_type"),
            "started_at": key("started_at"),
            "call_duration": key("call_duration"),
            "answered_by_id": key("answered_by_id"),
            "transcription_text": key("transcription_text"),
            "location": key("location"),
            "author_id": key("author_id"),
            "public": key("public"),
            "brand_id": BRAND,
            "via_id": asked.id("via_id").unwrap_or(45),
        });
        let kind = "VoiceComment";
        Some(Self { kind, data })
    }

    /// The comment that a call is where there is no other text.
    fn comment(&self) -> Option<Checked> {
        let text = |key: &str| self.data[key].as_str().unwrap_or("unknown");
        let body = format!("Call from: {}\nCall to: {}", text("from"), text("to"));
        let public = self.data["public"].as_bool().unwrap_or(false);
        (self.kind == "VoiceComment")
            .then(|| Checked::of(json!({"body": body, "public": public, "author_id": self.data["author_id"]})))
    }
}

pub(super) fn author(ctx: &Ctx<'_>, via: Via) -> Author {
    Author {
        user: ctx.user,
        via,
        client: ctx.request.header("user-agent").unwrap_or_default().to_owned(),
    }
}

/// What audits tell of a ticket: ids as text, tags as a list.
fn told(ticket: &Ticket) -> Vec<(&'static str, Value)> {
    let id = |id: Option<u64>| id.map_or(Value::Null, |id| id.to_string().into());
    vec![
        ("subject", ticket.subject.clone().into()),
        ("requester_id", id(Some(ticket.requester))),
        ("assignee_id", id(ticket.assignee)),
        ("group_id", id(ticket.group)),
        ("priority", ticket.priority.clone().into()),
        ("type", ticket.kind.clone().into()),
        ("status", ticket.status.clone().into()),
        ("tags", ticket.tags.clone().into()),
        ("external_id", ticket.external_id.clone().into()),
        ("brand_id", id(Some(BRAND))),
        ("ticket_form_id", id(Some(FORM))),
        ("custom_status_id", id(Some(ticket.custom_status()))),
    ]
}
