//! Talk Partner Edition: tickets on agents' screens.

use serde_json::Value;

use super::check::{Key, Kind};
use super::errors;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};
use super::switch_kinds::{NotSignedIn, TalkPlan};
use super::ticket_body::{TICKET, VOICE_COMMENT};
use super::view::Pop;

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
        let told = body.get("display_to_agent").filter(|agent| !agent.is_null());
        let agent = told.and_then(Value::as_u64).filter(|agent| self.is_agent(*agent));
        let nobody = told.is_some() && agent.is_none();
        let refused = || {
            let text = "Display to agent: is invalid";
            errors::invalid("display_to_agent", text, Some("InvalidValue"))
        };
        // Before the ticket is made: who cannot see it gets none.
        if nobody && self.switches.display_checked_first {
            return Err(refused());
        }
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
        let answer = self.create_ticket(&super::check::Checked::of(ticket), ctx)?;
        if nobody {
            return Err(refused());
        }
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
    pub(super) fn talk(&self) -> Result<(), SimResponse> {
        match self.switches.talk_plan {
            TalkPlan::Partner => Ok(()),
            TalkPlan::Forbidden => Err(errors::forbidden()),
            TalkPlan::NotFound => Err(errors::no_such_endpoint()),
        }
    }
}
