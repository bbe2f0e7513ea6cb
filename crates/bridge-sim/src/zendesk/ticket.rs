//! A ticket: the record, how it looks on the wire, and how it is read.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::errors;
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State};
use super::users::rows;

/// A ticket as the account keeps it.
#[derive(Clone)]
pub(super) struct Ticket {
    pub(super) id: u64,
    pub(super) external_id: Option<String>,
    pub(super) subject: String,
    pub(super) description: String,
    pub(super) status: String,
    pub(super) priority: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) requester: u64,
    pub(super) submitter: u64,
    pub(super) assignee: Option<u64>,
    pub(super) group: Option<u64>,
    pub(super) tags: Vec<String>,
    pub(super) is_public: bool,
    pub(super) deleted: bool,
    pub(super) via: Via,
    pub(super) comments: Vec<Comment>,
    pub(super) audits: Vec<Audit>,
    /// The closed ticket that this one follows up.
    pub(super) follows: Option<u64>,
    /// Tickets that follow up this one.
    pub(super) followups: Vec<u64>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A comment.
#[derive(Clone)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) audit: u64,
    pub(super) author: u64,
    pub(super) body: String,
    pub(super) html_body: String,
    pub(super) public: bool,
    pub(super) via: Via,
    pub(super) client: String,
    pub(super) attachments: Vec<u64>,
    /// What it holds of a call, if it is made of one.
    pub(super) voice: Option<Voice>,
    pub(super) created_at: Timestamp,
}

/// What a comment holds of a call.
#[derive(Clone)]
pub(super) struct Voice {
    /// `VoiceComment` or `TpeVoiceComment`.
    pub(super) kind: &'static str,
    pub(super) data: Value,
}

/// One write to a ticket.
#[derive(Clone)]
pub(super) struct Audit {
    pub(super) id: u64,
    pub(super) author: u64,
    pub(super) client: String,
    pub(super) via: Via,
    pub(super) events: Vec<Value>,
    pub(super) created_at: Timestamp,
}

/// By which way something was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    Api,
    Web,
    Voicemail,
    Inbound,
    Outbound,
}

impl Via {
    /// The kinds of calls that `via_id` tells apart.
    pub(super) fn of_call(via_id: u64) -> Option<Self> {
        match via_id {
            44 => Some(Self::Voicemail),
            45 => Some(Self::Inbound),
            46 => Some(Self::Outbound),
            _ => None,
        }
    }

    pub(super) fn channel(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Web => "web",
            Self::Voicemail | Self::Inbound | Self::Outbound => "voice",
        }
    }

    fn json(self) -> Value {
        let rel = match self {
            Self::Api | Self::Web => None,
            Self::Voicemail => Some("voicemail"),
            Self::Inbound => Some("inbound"),
            Self::Outbound => Some("outbound"),
        };
        json!({"channel": self.channel(), "source": {"from": {}, "to": {}, "rel": rel}})
    }
}

/// Ids of the account's only brand and form.
pub(super) const BRAND: u64 = 6_130_830_354_842;
pub(super) const FORM: u64 = 6_130_830_344_474;

impl Ticket {
    /// Whether it is neither closed nor deleted.
    pub(super) fn is_open(&self) -> bool {
        !self.deleted && self.status != "closed"
    }

    pub(super) fn custom_status(&self) -> u64 {
        let place = ["new", "open", "pending", "hold", "solved", "closed"]
            .iter()
            .position(|status| *status == self.status);
        6_130_830_355_738 + 32 * u64::try_from(place.unwrap_or_default()).unwrap_or_default()
    }
}

impl State {
    pub(super) fn list_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        // This filter asks the table, not the search index.
        let external_id = ctx.params.get("external_id");
        let wanted = |ticket: &&Ticket| {
            !ticket.deleted && external_id.is_none_or(|id| ticket.external_id.as_deref() == Some(id))
        };
        let mut found: Vec<&Ticket> = self.tickets.values().filter(wanted).collect();
        match ctx.params.get("sort").unwrap_or_default() {
            "-id" => found.reverse(),
            "updated_at" => found.sort_by_key(|ticket| ticket.updated_at),
            "-updated_at" => found.sort_by_key(|ticket| std::cmp::Reverse(ticket.updated_at)),
            _ => {}
        }
        let items: Items = found
            .into_iter()
            .map(|ticket| (ticket.id, self.ticket_json(ticket)))
            .collect();
        self.page(ctx, "tickets", items)
    }

    /// What changed last.
    pub(super) fn list_recent_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let mut found: Vec<&Ticket> = self.tickets.values().filter(|ticket| !ticket.deleted).collect();
        found.sort_by_key(|ticket| std::cmp::Reverse(ticket.updated_at));
        found.truncate(5);
        let items: Items = found
            .into_iter()
            .map(|ticket| (ticket.id, self.ticket_json(ticket)))
            .collect();
        self.numbered_page(ctx, "tickets", items, self.switches.list_depth)
    }

    pub(super) fn show_ticket(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ticket = self.live_ticket(ctx.id(0))?;
        let mut body = json!({"ticket": self.ticket_json(ticket)});
        if ctx.params.all("include").contains(&"users") {
            let ids = [Some(ticket.requester), Some(ticket.submitter), ticket.assignee];
            let mut users: Vec<u64> = ids.into_iter().flatten().collect();
            users.sort_unstable();
            users.dedup();
            body["users"] = rows(self.user_items(users.iter().filter_map(|id| self.users.get(id)))).into();
        }
        Ok(SimResponse::json(200, &body))
    }

    pub(super) fn show_many_tickets(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ids = ctx.params.all("ids");
        if ids.is_empty() {
            return Err(errors::missing("ids"));
        }
        if ids.len() > 100 {
            return Err(errors::too_many_values());
        }
        let found: Vec<Value> = ids
            .iter()
            .filter_map(|id| self.live_ticket(id.parse().ok()?).ok())
            .map(|ticket| self.ticket_json(ticket))
            .collect();
        let body = json!({"count": found.len(), "next_page": null, "previous_page": null, "tickets": found});
        Ok(SimResponse::json(200, &body))
    }

    pub(super) fn list_comments(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ticket = self.live_ticket(ctx.id(0))?;
        let mut items: Items = ticket
            .comments
            .iter()
            .map(|comment| {
                let mut json = comment_json(comment);
                json["attachments"] = self.attachments_json(&comment.attachments, ctx.now).into();
                (comment.id, json)
            })
            .collect();
        let newest_first =
            ctx.params.get("sort") == Some("-created_at") || ctx.params.get("sort_order") == Some("desc");
        if newest_first {
            items.reverse();
        }
        self.page(ctx, "comments", items)
    }

    pub(super) fn list_audits(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ticket = self.live_ticket(ctx.id(0))?;
        let items: Items = ticket
            .audits
            .iter()
            .map(|audit| {
                let mut json = audit_json(ticket.id, audit);
                let events = json["events"].as_array_mut();
                for event in events.into_iter().flatten() {
                    self.refresh_attachments(event, ctx.now);
                }
                (audit.id, json)
            })
            .collect();
        self.page(ctx, "audits", items)
    }

    /// Deleted tickets are not found.
    pub(super) fn live_ticket(&self, id: u64) -> Result<&Ticket, SimResponse> {
        self.tickets
            .get(&id)
            .filter(|ticket| !ticket.deleted)
            .ok_or_else(errors::not_found)
    }

    /// A ticket that follows up another says so.
    fn via_json(&self, ticket: &Ticket) -> Value {
        let mut via = ticket.via.json();
        if let Some(source) = ticket.follows.and_then(|id| self.tickets.get(&id)) {
            via["source"]["rel"] = "follow_up".into();
            via["source"]["from"] = json!({"ticket_id": source.id, "subject": source.subject});
        }
        via
    }

    pub(super) fn ticket_json(&self, ticket: &Ticket) -> Value {
        let requester = self.users.get(&ticket.requester);
        let organization = requester.and_then(|user| user.extra.get("organization_id")).cloned();
        json!({
            "url": self.url(&format!("tickets/{}", ticket.id)),
            "id": ticket.id,
            "external_id": ticket.external_id,
            "via": self.via_json(ticket),
            "created_at": ticket.created_at.to_string(),
            "updated_at": ticket.updated_at.to_string(),
            "generated_timestamp": ticket.updated_at.as_second(),
            "type": ticket.kind,
            "subject": ticket.subject,
            "raw_subject": ticket.subject,
            "description": ticket.description,
            "priority": ticket.priority,
            "status": ticket.status,
            "recipient": null,
            "requester_id": ticket.requester,
            "submitter_id": ticket.submitter,
            "assignee_id": ticket.assignee,
            "organization_id": organization,
            "group_id": ticket.group,
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "forum_topic_id": null,
            "problem_id": null,
            "has_incidents": false,
            "is_public": ticket.is_public,
            "due_at": null,
            "tags": ticket.tags,
            "custom_fields": [],
            "satisfaction_rating": null,
            "sharing_agreement_ids": [],
            "custom_status_id": ticket.custom_status(),
            "fields": [],
            "followup_ids": ticket.followups,
            "ticket_form_id": FORM,
            "brand_id": BRAND,
            "allow_channelback": false,
            "allow_attachments": true,
            "from_messaging_channel": false,
        })
    }
}

pub(super) fn audit_json(ticket: u64, audit: &Audit) -> Value {
    json!({
        "id": audit.id,
        "ticket_id": ticket,
        "created_at": audit.created_at.to_string(),
        "author_id": audit.author,
        "metadata": metadata(&audit.client),
        "events": audit.events,
        "via": audit.via.json(),
    })
}

/// How a comment stands among the events of an audit.
pub(super) fn comment_event(comment: &Comment) -> Value {
    let mut json = json!({
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author,
        "body": comment.body,
        "html_body": comment.html_body,
        "plain_body": comment.body,
        "public": comment.public,
        "attachments": [],
        "audit_id": comment.audit,
    });
    if let Some(voice) = &comment.voice {
        let line = |key: &str| voice.data[key].as_str().unwrap_or("Unknown").to_owned();
        json["type"] = voice.kind.into();
        json["data"] = voice.data.clone();
        json["formatted_from"] = line("from").into();
        json["formatted_to"] = line("to").into();
        json["transcription_visible"] = voice.data["transcription_text"].is_string().into();
    }
    json
}

/// Tags as Zendesk keeps them: small letters, sorted, each once.
pub(super) fn clean_tags(tags: Vec<String>) -> Vec<String> {
    let mut tags: Vec<String> = tags
        .iter()
        .flat_map(|tag| tag.split_whitespace())
        .map(str::to_lowercase)
        .collect();
    tags.sort();
    tags.dedup();
    tags
}

fn comment_json(comment: &Comment) -> Value {
    let mut json = comment_event(comment);
    json["via"] = comment.via.json();
    json["created_at"] = comment.created_at.to_string().into();
    json["metadata"] = metadata(&comment.client);
    json
}

fn metadata(client: &str) -> Value {
    json!({
        "system": {"client": client, "ip_address": "192.0.2.1", "location": "Karlsruhe, BW, Germany", "latitude": 49.0, "longitude": 8.4},
        "custom": {},
    })
}
