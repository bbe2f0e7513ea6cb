//! Talk Partner Edition: tickets on agents' screens.

use serde_json::Value;

use super::check::{Key, Kind};
use super::errors;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};
use super::switches::{NotSignedIn, TalkPlan};
use super::ticket_body::TICKET;
use super::view::Pop;

const VOICE_COMMENT: &[Key] = &[
    ("from", Kind::Text),
    ("to", Kind::Text),
    ("recording_url", Kind::Text),
    ("recording_type", Kind::Word(&["call", "voicemail", "ai"])),
    ("started_at", Kind::Text),
    ("call_duration", Kind::Int),
    ("answered_by_id", Kind::IntOrNull),
    ("transcription_text", Kind::TextOrNull),
    ("location", Kind::TextOrNull),
    ("author_id", Kind::Int),
    ("public", Kind::Bool),
    ("transcription_visible", Kind::Bool),
];
const VOICE_TICKET: &[Key] = &[
    ("via_id", Kind::Int),
    ("voice_comment", Kind::Inner(VOICE_COMMENT)),
    ("description", Kind::Text),
    ("requester", Kind::Any),
    ("submitter_id", Kind::IntOrNull),
    ("additional_tags", Kind::Texts),
    ("remove_tags", Kind::Texts),
];

impl State {
    pub(super) fn display_ticket(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.talk()?;
        let (agent, ticket) = (ctx.id(0), self.live_ticket(ctx.id(1))?.id);
        if !self.is_agent(agent) {
            return Err(errors::not_found());
        }
        match (self.signed_in.contains(&agent), self.switches.not_signed_in) {
            (true, _) => self.pops.push(Pop {
                agent,
                ticket,
                at: ctx.now,
            }),
            (false, NotSignedIn::Accepted) => {}
            (false, NotSignedIn::NotFound) => return Err(errors::not_found()),
        }
        Ok(SimResponse::empty(200).with("content-type", "application/json; charset=utf-8"))
    }

    /// A user's profile on an agent's screen.
    pub(super) fn display_profile(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.talk()?;
        let (agent, user) = (ctx.id(0), self.active_user(ctx.id(1))?);
        if !self.is_agent(agent) {
            return Err(errors::not_found());
        }
        match (self.signed_in.contains(&agent), self.switches.not_signed_in) {
            (true, _) => self.profile_pops.push((agent, user)),
            (false, NotSignedIn::Accepted) => {}
            (false, NotSignedIn::NotFound) => return Err(errors::not_found()),
        }
        Ok(SimResponse::empty(200).with("content-type", "application/json; charset=utf-8"))
    }

    /// Which profiles were shown so far: agent and user, in order.
    #[must_use]
    pub fn profile_pops(&self) -> &[(u64, u64)] {
        &self.profile_pops
    }

    pub(super) fn post_voice_ticket(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.talk()?;
        let body = ctx.body()?;
        let agent = match body.get("display_to_agent") {
            None | Some(Value::Null) => None,
            // Before the ticket is made: who cannot see it gets none.
            Some(agent) => match agent.as_u64().filter(|agent| self.is_agent(*agent)) {
                Some(agent) => Some(agent),
                None => {
                    return Err(errors::invalid(
                        "display_to_agent",
                        "Display to agent: is invalid",
                        Some("InvalidValue"),
                    ));
                }
            },
        };
        let asked = ctx.object("ticket", &[TICKET, VOICE_TICKET])?;
        if !asked.id("via_id").is_some_and(|via| (44..=46).contains(&via)) {
            return Err(errors::invalid(
                "via_id",
                "Via: must be 44, 45 or 46",
                Some("InvalidValue"),
            ));
        }
        let mut ticket = Value::Object(
            asked
                .entries()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        );
        let mut tags = asked.texts("tags").unwrap_or_default();
        tags.extend(asked.texts("additional_tags").unwrap_or_default());
        tags.retain(|tag| !asked.texts("remove_tags").unwrap_or_default().contains(tag));
        ticket["tags"] = tags.into();
        if let (Some(call), None) = (asked.inner("voice_comment"), asked.value("comment")) {
            let text = |key: &str| call.text(key).unwrap_or("unknown").to_owned();
            let body = format!("Call from: {}\nCall to: {}", text("from"), text("to"));
            ticket["comment"] = serde_json::json!({"body": body, "public": call.flag("public").unwrap_or(false)});
        }
        let answer = self.create_ticket(&super::check::Checked::of(ticket), ctx)?;
        let made = answer.value()["ticket"]["id"].as_u64();
        if let (Some(agent), Some(ticket)) = (agent.filter(|agent| self.signed_in.contains(agent)), made) {
            self.pops.push(Pop {
                agent,
                ticket,
                at: ctx.now,
            });
        }
        Ok(answer)
    }

    /// What the plan says to the voice endpoints.
    fn talk(&self) -> Result<(), SimResponse> {
        match self.switches.talk_plan {
            TalkPlan::Partner => Ok(()),
            TalkPlan::Forbidden => Err(errors::forbidden()),
            TalkPlan::NotFound => Err(errors::no_such_endpoint()),
        }
    }
}
