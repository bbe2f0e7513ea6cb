//! Talk Partner Edition: calls as records, and the comments that are made of them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::check::{Checked, Key, Kind};
use super::errors;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State, whole_seconds};
use super::switch_kinds::CallApp;
use super::ticket::{Via, Voice};
use super::ticket_body::escaped;
use super::ticket_write::author;
use super::view::Pop;

/// A call that a telephone system told of.
#[derive(Clone)]
pub(super) struct Call {
    id: u64,
    ticket: Option<u64>,
    /// All that can be told of a call, by its key; what is missing is null.
    told: Map<String, Value>,
    /// What was made of it: ticket, comment, title, and the fields it shows.
    comments: Vec<(u64, u64, String, Vec<String>)>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The answer's keys after the recorded ones; ids and times of the record itself stand elsewhere.
const TEXTS: [&str; 22] = [
    "from_line",
    "from_line_nickname",
    "to_line",
    "to_line_nickname",
    "call_started_at",
    "call_ended_at",
    "direction",
    "dnis",
    "phone_name",
    "call_type",
    "end_user_location",
    "callback_source",
    "callback_number",
    "queue_name",
    "ivr_action",
    "ivr_routed_to",
    "ivr_destination_group_name",
    "completion_status",
    "call_abandoned_position",
    "overflowed_to",
    "call_disposition",
    "recording_url",
];
const MORE_TEXTS: [&str; 3] = ["call_recording_consent_action", "transcript", "external_id"];
const NUMBERS: [&str; 18] = [
    "end_user_id",
    "organization_id",
    "brand_id",
    "app_id",
    "agent_id",
    "duration",
    "wait_time",
    "time_to_answer",
    "queue_time",
    "ivr_time_spent",
    "ivr_hops",
    "talk_time",
    "hold_time",
    "consultation_time",
    "wrap_up_time",
    "recording_time",
    "not_recording_time",
    "recording_control_interactions",
];
const FLAGS: [&str; 6] = [
    "callback",
    "exceeded_queue_time",
    "customer_requested_voicemail",
    "voicemail",
    "outside_business_hours",
    "overflowed",
];
const REQUIRED: [&str; 5] = ["app_id", "from_line", "to_line", "call_started_at", "direction"];
const DIRECTIONS: [&str; 4] = ["inbound", "outbound", "internal", "callback"];
const STATUSES: [&str; 11] = [
    "completed",
    "abandoned_in_queue",
    "abandoned_in_ivr",
    "abandoned_in_voicemail",
    "abandoned_on_hold",
    "pending_voicemail",
    "missed",
    "declined",
    "dropped",
    "dropped_by_caller",
    "dropped_by_agent",
];
const COMMENT: &[Key] = &[
    ("title", Kind::Text),
    ("subject", Kind::Text),
    ("author_id", Kind::IntOrNull),
    ("display_to_agent", Kind::IntOrNull),
    ("call_fields", Kind::Texts),
];
/// The account's number; it is the same for all calls.
const ACCOUNT: u64 = 850_916;

impl State {
    /// A call of this id that stands there already, without a ticket.
    pub fn add_call(&mut self, id: u64, from: &str, to: &str, now: Timestamp) {
        let now = whole_seconds(now);
        let told = json!({"app_id": 1, "from_line": from, "to_line": to, "call_started_at": now.to_string(), "direction": "inbound"});
        self.calls.insert(
            id,
            Call {
                id,
                ticket: None,
                told: told.as_object().cloned().unwrap_or_default(),
                comments: Vec::new(),
                created_at: now,
                updated_at: now,
            },
        );
    }

    pub(super) fn create_call(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_tell_calls()?;
        let body = ctx.body()?;
        let keys = call_keys();
        let asked = ctx.object("call", &[&keys])?;
        if let Some(key) = REQUIRED.iter().find(|key| asked.value(key).is_none_or(Value::is_null)) {
            let text = format!("{}: cannot be blank", label(key));
            return Err(errors::invalid(key, &text, Some("BlankValue")));
        }
        let told = self.told(&asked)?;
        let comment = match body.get("comment").filter(|comment| !comment.is_null()) {
            Some(_) => Some(self.call_comment(ctx.object("comment", &[COMMENT])?)?),
            None => None,
        };
        let id = self.fresh_id();
        let call = Call {
            id,
            // With a comment the ticket is made; another one cannot be named.
            ticket: asked.id("ticket_id").filter(|_| comment.is_none()),
            told,
            comments: Vec::new(),
            created_at: ctx.now,
            updated_at: ctx.now,
        };
        if let Some(ticket) = call.ticket {
            self.live_ticket(ticket)
                .map_err(|_| errors::invalid("ticket_id", "Ticket: is invalid", Some("InvalidValue")))?;
        }
        self.calls.insert(id, call);
        if let Some(comment) = comment {
            let made = self.comment_of_call(id, &comment, ctx);
            if made.is_err() {
                self.calls.remove(&id);
            }
            made?;
        }
        self.call_reply(201, id)
    }

    pub(super) fn show_call(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_tell_calls()?;
        self.call_reply(200, ctx.id(0))
    }

    /// Comments that were made of the call before change along.
    pub(super) fn update_call(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_tell_calls()?;
        let id = ctx.id(0);
        let mut call = self.calls.get(&id).cloned().ok_or_else(errors::not_found)?;
        let keys = call_keys();
        let asked = ctx.object("call", &[&keys])?;
        if let Some(ticket) = asked.id("ticket_id") {
            call.ticket = Some(self.live_ticket(ticket)?.id);
        }
        call.told.extend(self.told(&asked)?);
        call.updated_at = self.stamp(call.updated_at, ctx.now);
        for (ticket, comment, title, fields) in &call.comments {
            let (data, text) = (call.data(title), call.text(title, fields));
            let place = self
                .tickets
                .get_mut(ticket)
                .into_iter()
                .flat_map(|ticket| &mut ticket.comments);
            for comment in place.filter(|found| found.id == *comment) {
                comment.html_body = format!("<div class=\"zd-comment\" dir=\"auto\">{}</div>", html(&text));
                comment.body.clone_from(&text);
                if let Some(voice) = &mut comment.voice {
                    voice.data = data.clone();
                }
            }
        }
        self.calls.insert(id, call);
        self.call_reply(200, id)
    }

    pub(super) fn comment_on_call(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.may_tell_calls()?;
        let id = ctx.id(0);
        self.calls.get(&id).ok_or_else(errors::not_found)?;
        let asked = ctx.whole(&[COMMENT])?;
        let asked = self.call_comment(asked)?;
        let (ticket, comment) = self.comment_of_call(id, &asked, ctx)?;
        let found = self
            .live_ticket(ticket)?
            .comments
            .iter()
            .find(|found| found.id == comment);
        let mut json = super::ticket::comment_event(found.ok_or_else(errors::not_found)?);
        json["title"] = asked.text("title").into();
        json["trusted"] = true.into();
        json["created_at"] = ctx.now.to_string().into();
        if let Some(object) = json.as_object_mut() {
            object.remove("plain_body");
        }
        Ok(SimResponse::json(201, &json))
    }

    /// What is told of a call, if nothing speaks against it.
    fn told(&self, asked: &Checked) -> Result<Map<String, Value>, SimResponse> {
        let invalid = |key: &str| errors::invalid(key, &format!("{}: is invalid", label(key)), Some("InvalidValue"));
        let mut told = Map::new();
        for (key, value) in asked.entries().filter(|(key, _)| *key != "ticket_id") {
            let value = match (key.as_str(), value.as_str()) {
                // Any offset is taken; UTC is told.
                ("call_started_at" | "call_ended_at", Some(text)) => {
                    let at = text.parse::<Timestamp>().map_err(|_| invalid(key))?;
                    whole_seconds(at).to_string().into()
                }
                ("direction", Some(text)) if !DIRECTIONS.contains(&text) => return Err(invalid(key)),
                ("completion_status", Some(text)) if !STATUSES.contains(&text) => return Err(invalid(key)),
                _ => value.clone(),
            };
            told.insert(key.clone(), value);
        }
        if told
            .get("agent_id")
            .and_then(Value::as_u64)
            .is_some_and(|agent| !self.is_agent(agent))
        {
            return Err(invalid("agent_id"));
        }
        let end_user = told.get("end_user_id").and_then(Value::as_u64);
        if end_user.is_some_and(|user| self.active_user(user).is_err()) {
            return Err(invalid("end_user_id"));
        }
        Ok(told)
    }

    /// A comment as it is asked for, if nothing speaks against it.
    fn call_comment(&self, asked: Checked) -> Result<Checked, SimResponse> {
        if asked.text("title").is_none_or(|title| title.trim().is_empty()) {
            return Err(errors::invalid("title", "Title: cannot be blank", Some("BlankValue")));
        }
        if asked.id("display_to_agent").is_some_and(|agent| !self.is_agent(agent)) {
            let text = "Display to agent: is invalid";
            return Err(errors::invalid("display_to_agent", text, Some("InvalidValue")));
        }
        if asked
            .id("author_id")
            .is_some_and(|user| self.active_user(user).is_err())
        {
            return Err(errors::invalid("author_id", "Author: is invalid", Some("InvalidValue")));
        }
        Ok(asked)
    }

    /// Makes a comment of a call, on its ticket or on a new one.
    fn comment_of_call(&mut self, id: u64, asked: &Checked, ctx: &mut Ctx<'_>) -> Result<(u64, u64), SimResponse> {
        let call = self.calls.get(&id).cloned().ok_or_else(errors::not_found)?;
        let title = asked.text("title").unwrap_or_default().to_owned();
        let fields = asked.texts("call_fields").unwrap_or_default();
        let (data, text) = (call.data(&title), call.text(&title, &fields));
        let end_user = call.told.get("end_user_id").and_then(Value::as_u64);
        let writer = asked.id("author_id").or(end_user).unwrap_or(ctx.user);
        let comment = json!({"body": text, "html_body": html(&text), "public": false, "author_id": writer});
        let ticket = match call.ticket {
            Some(ticket) => {
                let by = author(ctx, call.via());
                let change = json!({"comment": comment, "tpe_voice_comment": data});
                self.change_ticket(ticket, &Checked::of(change), &by, ctx.now)?;
                ticket
            }
            None => {
                let new = json!({
                    "subject": asked.text("subject").unwrap_or(&title),
                    "requester_id": end_user.unwrap_or(ctx.user),
                    "assignee_id": call.told.get("agent_id").cloned().unwrap_or_default(),
                    "via_id": call.via_id(),
                    "comment": comment,
                    "tpe_voice_comment": data,
                });
                let made = self.create_ticket(&Checked::of(new), ctx)?.value();
                made["ticket"]["id"].as_u64().ok_or_else(errors::not_found)?
            }
        };
        let comment = self
            .live_ticket(ticket)?
            .comments
            .last()
            .map(|comment| comment.id)
            .unwrap_or_default();
        if let Some(call) = self.calls.get_mut(&id) {
            call.ticket = Some(ticket);
            call.comments.push((ticket, comment, title, fields));
        }
        let agent = asked
            .id("display_to_agent")
            .filter(|agent| self.signed_in.contains(agent));
        if let Some(agent) = agent {
            let at = ctx.now;
            self.pops.push(Pop { agent, ticket, at });
        }
        Ok((ticket, comment))
    }

    /// What the plan, and the app that the calls belong to, say to these endpoints.
    fn may_tell_calls(&self) -> Result<(), SimResponse> {
        self.talk()?;
        match self.switches.call_app {
            CallApp::Installed => Ok(()),
            CallApp::Forbidden => Err(errors::forbidden()),
            CallApp::NotFound => Err(errors::not_found()),
        }
    }

    fn call_reply(&self, status: u16, id: u64) -> Reply {
        let call = self.calls.get(&id).ok_or_else(errors::not_found)?;
        let mut json = Map::new();
        json.insert("id".to_owned(), call.id.into());
        json.insert("account_id".to_owned(), ACCOUNT.into());
        json.insert("ticket_id".to_owned(), call.ticket.into());
        for key in known_keys() {
            json.insert(key.to_owned(), call.told.get(key).cloned().unwrap_or_default());
        }
        json.insert("created_at".to_owned(), call.created_at.to_string().into());
        json.insert("updated_at".to_owned(), call.updated_at.to_string().into());
        Ok(SimResponse::json(status, &json!({"call": json})))
    }
}

impl Call {
    fn via_id(&self) -> u64 {
        match self.told.get("direction").and_then(Value::as_str) {
            Some("outbound") => 46,
            _ => 45,
        }
    }

    fn via(&self) -> Via {
        match self.via_id() {
            46 => Via::Outbound,
            _ => Via::Inbound,
        }
    }

    /// What a comment holds of the call.
    fn data(&self, title: &str) -> Value {
        let told = |key: &str| self.told.get(key).cloned().unwrap_or_default();
        json!({
            "app_id": told("app_id"),
            "app_name": "Phone",
            "author_id": null,
            "call_id": self.id,
            "direction": told("direction"),
            "external_id": told("external_id"),
            "title": title,
            "via_id": self.via_id(),
            "recording_url": self.told.get("recording_url").and_then(Value::as_str).unwrap_or_default(),
        })
    }

    /// The title, and a line for each field that was asked for.
    fn text(&self, title: &str, fields: &[String]) -> String {
        let line = |key: &String| {
            let value = self.told.get(key).filter(|value| !value.is_null());
            let value = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            format!("\n{}: {}", label(key), value.unwrap_or_default())
        };
        match fields.is_empty() {
            true => title.to_owned(),
            false => format!("{title}\n\nSummary{}", fields.iter().map(line).collect::<String>()),
        }
    }
}

impl Voice {
    /// What a comment is that was made of a call's record.
    pub(super) fn of_record(data: Value) -> Self {
        Self {
            kind: "TpeVoiceComment",
            data,
        }
    }
}

fn known_keys() -> impl Iterator<Item = &'static str> {
    let texts = TEXTS.into_iter().chain(MORE_TEXTS);
    texts.chain(NUMBERS).chain(FLAGS)
}

fn call_keys() -> Vec<Key> {
    // The consent itself is taken, but only what was done about it is shown.
    let texts = TEXTS.into_iter().chain(MORE_TEXTS).chain(["call_recording_consent"]);
    let texts = texts.map(|key| (key, Kind::TextOrNull));
    let numbers = NUMBERS
        .into_iter()
        .chain(["ticket_id"])
        .map(|key| (key, Kind::IntOrNull));
    let flags = FLAGS.into_iter().map(|key| (key, Kind::BoolOrNull));
    texts.chain(numbers).chain(flags).collect()
}

/// `call_started_at` is shown as `Call started at`.
fn label(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn html(text: &str) -> String {
    let line = |part: &str| part.split('\n').map(escaped).collect::<Vec<_>>().join("<br>\n");
    let paragraphs = text
        .split("\n\n")
        .map(|part| format!("<p dir=\"auto\">{}</p>", line(part)));
    paragraphs.collect::<Vec<_>>().join("\n")
}
